//! The page that asks. Plain HTML: nothing runs on it, and it loads nothing.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sha2::{Digest, Sha256};

use super::kept_by_nobody;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;\
                     color:#1c1c1c;background:#fff}label{display:block;margin-top:1.5rem}input{width:100%;\
                     box-sizing:border-box;font:inherit;padding:.5rem;margin-top:.25rem}button{font:inherit;\
                     padding:.5rem 1.25rem;margin:1.5rem .75rem 0 0}.wrong{border-left:4px solid #b00020;\
                     padding-left:.75rem}code{overflow-wrap:anywhere}";

/// What somebody is asked to agree to.
pub struct Question<'q> {
    pub application: &'q str,
    pub shop: &'q str,
    /// Each scope with what it opens.
    pub asks: Vec<(String, String)>,
    /// Where the person is sent back to; None: the code is shown here.
    pub back: Option<&'q str>,
    /// Not installed, or it asks for more by now: whoever agrees must be an administrator.
    pub installs: bool,
    /// What the form brings back.
    pub fields: Vec<(&'static str, String)>,
    /// What was wrong with the last try.
    pub wrong: Option<String>,
}

pub fn question(status: StatusCode, question: &Question<'_>) -> Response {
    let Question { application, shop, asks, back, installs, fields, wrong } = question;
    let mut body = format!("<h1>{}</h1>", escape(application));
    if let Some(wrong) = wrong {
        body += &format!("<p class=\"wrong\" role=\"alert\">{}</p>", escape(wrong));
    }
    let what = match installs {
        true => "wants to be installed, and to act in your name. It asks for:",
        false => "wants to act in your name. It is let into:",
    };
    body += &format!("<p><b>{}</b> {what}</p><ul>", escape(application));
    for (scope, opens) in asks {
        body += &format!("<li><b>{}</b>: {}</li>", escape(scope), escape(opens));
    }
    body += &format!("</ul><p>In the shop <b>{}</b>.", escape(shop));
    if let Some(back) = back {
        body += &format!(" Afterwards you are sent to <code>{}</code>.", escape(back));
    }
    body += "</p><form method=\"post\" autocomplete=\"off\">";
    for (name, value) in fields {
        body += &format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
    }
    let whose = match installs {
        true => "Your token; of an administrator, because it is installed by this",
        false => "Your token",
    };
    body += &format!(
        "<label>{whose}<input type=\"password\" name=\"token\" autofocus placeholder=\"rw_...\"></label>\
         <button name=\"decision\" value=\"allow\">Allow</button>\
         <button name=\"decision\" value=\"deny\" formnovalidate>Deny</button></form>"
    );
    page(status, &body, *back)
}

/// For an application that has no address of its own.
pub fn code(application: &str, code: &str) -> Response {
    let body = format!(
        "<h1>{}</h1><p>Give it this code within 30 seconds:</p><p><code>{}</code></p>",
        escape(application),
        escape(code)
    );
    page(StatusCode::OK, &body, None)
}

pub fn wrong(status: StatusCode, text: &str) -> Response {
    let body = format!("<h1>This does not work</h1><p class=\"wrong\" role=\"alert\">{}</p>", escape(text));
    page(status, &body, None)
}

fn page(status: StatusCode, body: &str, back: Option<&str>) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Rulewright</title><style>{STYLE}</style></head>\
         <body>{body}</body></html>"
    );
    let mut response = kept_by_nobody((status, Html(html)).into_response());
    let style = BASE64.encode(Sha256::digest(STYLE));
    // A form may lead on to where it is redirected.
    let back = back.and_then(origin).map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'{back}; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// `https://app.example:8443`
fn origin(url: &str) -> Option<&str> {
    let start = url.find("://")? + 3;
    let rest = url.get(start..)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    url.get(..start + end)
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut html, c| {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
        html
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_text_on_the_page() {
        assert_eq!(escape("<a href=\"x\" b='&'>"), "&lt;a href=&quot;x&quot; b=&#39;&amp;&#39;&gt;");
        assert_eq!(origin("https://app.example:8443/cb?x=1"), Some("https://app.example:8443"));
        assert_eq!(origin("https://app.example"), Some("https://app.example"));
        assert_eq!(origin("nothing"), None);
    }
}
