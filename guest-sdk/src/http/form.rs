//! A request as staff write it into settings. The fields of [`Form`] are settings of the same names in kebab-case:
//! [`Form::issues`] points at them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Request, Response};
use crate::error::{Error, Result};
use crate::{Issue, Json, SECOND, secrets};

/// The longest time limit, in seconds.
pub const LONGEST: u32 = 50;
/// Milliseconds of a step that waits for the longest time limit, and handles the answer: for `limits` of `rule!`.
pub const WALL: u64 = 60_000;
/// Names of the secrets that staff choose from: for `secrets` of `rule!`.
pub const SECRETS: [&str; 3] = ["first", "second", "third"];

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    #[default]
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// Inserted values are written as the kind of body needs it: whatever they hold, each stays one value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Body {
    /// None
    #[default]
    None,
    /// JSON
    Json {
        /// Text
        /// Put inserted texts between quotes: {"name": "{{ client.name }}"}.
        #[schemars(extend("x-template" = "json", "x-widget" = "textarea"))]
        text: String,
    },
    /// Form
    Form {
        /// Text
        /// E.g. order={{ order.number }}&name={{ client.name }}.
        #[schemars(extend("x-template" = "url", "x-widget" = "textarea"))]
        text: String,
    },
    /// XML
    Xml {
        /// Text
        /// Inserted texts stand between tags or between quotes: <name>{{ client.name }}</name>.
        #[schemars(extend("x-template" = "markup", "x-widget" = "textarea"))]
        text: String,
    },
    /// CSV
    Csv {
        /// Text
        /// Each inserted value is a cell, with its quotes: {{ order.number }},{{ client.name }}.
        #[schemars(extend("x-template" = "csv", "x-widget" = "textarea"))]
        text: String,
    },
    /// Text
    Text {
        /// Text
        #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
        text: String,
    },
}

impl Body {
    /// The text, and its media type.
    fn sent(&self) -> Option<(&str, &'static str)> {
        match self {
            Body::None => None,
            Body::Json { text } => Some((text, "application/json")),
            Body::Form { text } => Some((text, "application/x-www-form-urlencoded")),
            Body::Xml { text } => Some((text, "application/xml")),
            Body::Csv { text } => Some((text, "text/csv; charset=utf-8")),
            Body::Text { text } => Some((text, "text/plain; charset=utf-8")),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Name
    pub name: String,
    /// Value
    #[schemars(extend("x-template" = "line"))]
    pub value: String,
}

/// Which of the [`SECRETS`] is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Secret {
    /// None
    #[default]
    None,
    /// First
    First,
    /// Second
    Second,
    /// Third
    Third,
}

impl Secret {
    fn name(self) -> Option<&'static str> {
        match self {
            Secret::None => None,
            Secret::First => Some(SECRETS[0]),
            Secret::Second => Some(SECRETS[1]),
            Secret::Third => Some(SECRETS[2]),
        }
    }
}

/// Defaults of settings.
pub fn authorization() -> String {
    "Authorization".into()
}

pub fn bearer() -> String {
    "Bearer ".into()
}

pub fn ten() -> u32 {
    10
}

/// The settings of a request.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    pub method: Method,
    pub url: &'a str,
    pub headers: &'a [Header],
    pub body: &'a Body,
    pub secret: Secret,
    pub secret_header: &'a str,
    pub secret_prefix: &'a str,
    pub timeout_seconds: u32,
}

impl Form<'_> {
    /// Sends it, with one more header, e.g. an idempotency key; the errors are those of [`Response::success`].
    pub fn send(&self, name: &str, value: String) -> Result<Response> {
        if let Some(issue) = self.issues().first() {
            return Err(Error::give_up(format!("{}: {}", issue.code, issue.message)));
        }
        let secret = self.secret.name().map(open).transpose()?;
        let mut request = Request::new(self.method.name(), self.url.trim())
            .timeout(u64::from(self.timeout_seconds) * SECOND)
            .header(name, value);
        for Header { name, value } in self.headers {
            request = request.header(name.trim(), value);
        }
        if let Some(secret) = &secret {
            request = request.secret_header(self.secret_header.trim(), self.secret_prefix, secret);
        }
        if let Some((text, media_type)) = self.body.sent() {
            let mut names = self.headers.iter().map(|header| header.name.trim());
            if !names.any(|name| name.eq_ignore_ascii_case("content-type")) {
                request = request.header("Content-Type", media_type);
            }
            request = request.body(text);
        }
        request.send()?.success()
    }

    /// What cannot be sent, before and after the values were inserted.
    pub fn issues(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        let mut issue = |path: String, code: &str, message: &str| {
            issues.push(Issue::new(path, code, message));
        };
        let url = self.url.trim();
        let known = ["https://", "http://", "{{"].iter().any(|start| url.starts_with(start));
        let spaced = !url.contains("{{") && url.contains(char::is_whitespace);
        if !known || spaced {
            let message = "An address begins with https:// and has no spaces.";
            issue("/url".into(), "invalid-url", message);
        }
        if !(1..=LONGEST).contains(&self.timeout_seconds) {
            issue("/timeout-seconds".into(), "out-of-range", "1 to 50 seconds.");
        }
        if let Body::Json { text } = self.body
            && !text.contains("{{")
            && text.parse::<Json>().is_err()
        {
            issue("/body/text".into(), "invalid-json", "That is no JSON; texts stand between quotes.");
        }
        for (index, Header { name, value }) in self.headers.iter().enumerate() {
            if !is_header_name(name.trim()) {
                issue(format!("/headers/{index}/name"), "invalid-header", "That is no header name.");
            }
            if value.contains(['\r', '\n', '\0']) {
                issue(format!("/headers/{index}/value"), "invalid-header", "A header is one line.");
            }
        }
        if self.secret.name().is_some() && !is_header_name(self.secret_header.trim()) {
            issue("/secret-header".into(), "invalid-header", "That is no header name.");
        }
        issues
    }
}

fn open(name: &str) -> Result<secrets::Secret> {
    secrets::open(name).map_err(|error| match error.code() {
        "no-secret" => Error::settings(error.explain()),
        _ => error.into(),
    })
}

pub fn is_header_name(name: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form<'a>(url: &'a str, body: &'a Body) -> Form<'a> {
        Form {
            method: Method::Post,
            url,
            headers: &[],
            body,
            secret: Secret::None,
            secret_header: "Authorization",
            secret_prefix: "Bearer ",
            timeout_seconds: 10,
        }
    }

    fn codes(form: Form<'_>) -> Vec<(String, String)> {
        form.issues().into_iter().map(|issue| (issue.path, issue.code)).collect()
    }

    fn one(path: &str, code: &str) -> Vec<(String, String)> {
        vec![(path.into(), code.into())]
    }

    #[test]
    fn what_cannot_be_sent_is_told_with_its_place() {
        let good = form("https://x/{{ order.number | none }}", &Body::None);
        assert_eq!(codes(good), []);
        assert_eq!(codes(form("ftp://x", &Body::None)), one("/url", "invalid-url"));
        assert_eq!(codes(form("https://x/a b", &Body::None)), one("/url", "invalid-url"));
        assert_eq!(codes(Form { timeout_seconds: 51, ..good }), one("/timeout-seconds", "out-of-range"));
        let headers = [Header { name: "A".into(), value: "b\r\nc".into() }];
        assert_eq!(codes(Form { headers: &headers, ..good }), one("/headers/0/value", "invalid-header"));
        let secret = Form { secret: Secret::First, secret_header: " ", ..good };
        assert_eq!(codes(secret), one("/secret-header", "invalid-header"));
        assert_eq!(codes(Form { secret: Secret::None, ..secret }), []);
    }

    #[test]
    fn json_is_checked_unless_values_are_still_to_come() {
        let json = |text: &str| Body::Json { text: text.into() };
        assert_eq!(codes(form("https://x", &json("{"))), one("/body/text", "invalid-json"));
        assert_eq!(codes(form("https://x", &json("{\"a\": {{ order.total }}}"))), []);
    }
}
