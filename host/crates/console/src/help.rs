//! Help: the keys that pages listen to, and what codes mean. The catalogue is the one that `rulewright explain` reads.

use axum::{
    Router,
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use maud::{Markup, html};
use rulewright_domain::code::{Explained, areas, explain, nearest};
use serde::Deserialize;

use crate::{
    Console,
    door::{At, Look, See, Visitor},
    reasons::foreign,
    shell::{self, Page},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/help", get(help)).route("/help/{code}", get(explained))
}

/// A code, and what it means behind a link where that is known: plugins have codes of their own.
pub fn code(look: &Look, code: &str) -> Markup {
    let known = explain(look.words.language().code, code);
    html! {
        @if let Some(known) = known {
            a href={ "/help/" (code) } title=(look.words.told(known.title)) { code { (code) } }
        } @else {
            code { (code) }
        }
    }
}

/// A button for what somebody who is asked for help wants to know first: the code, and what it was about.
pub fn copy(look: &Look, code: &str, about: Option<&str>) -> Markup {
    let text = [Some(code), about].into_iter().flatten().collect::<Vec<_>>().join(" ");
    html! {
        button.link type="button" data-copy=(text) aria-label=(look.with("list-copy-what", &[("what", text.as_str().into())])) {
            (look.text("list-copy"))
        }
    }
}

/// What a trouble left as it was, by its code.
pub fn kept(look: &Look, code: &str) -> Option<Markup> {
    Some(marked(look, explain(look.words.language().code, code)?.kept))
}

/// What to do about it, by its code; where that is not known, what whoever refused says to programs.
pub fn next(look: &Look, code: &str, hint: &str) -> Markup {
    match explain(look.words.language().code, code) {
        Some(known) => marked(look, known.next),
        None => foreign(hint),
    }
}

/// A text of the catalogue, with its code between backticks.
fn marked(look: &Look, text: &'static str) -> Markup {
    let text = look.words.told(text);
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// Of what somebody typed or pasted, e.g. `error[not-found]`: nothing else is part of a code.
fn typed(text: &str) -> String {
    const LONGEST: usize = 100;
    let text = text.rsplit('[').next().unwrap_or_default().to_ascii_lowercase();
    let part = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-';
    text.chars().filter(part).take(LONGEST).collect()
}

#[derive(Deserialize)]
struct Asked {
    code: Option<String>,
}

/// The keys that pages listen to.
const KEYS: [(&str, &str); 15] = [
    ("Ctrl K", "palette-label"),
    ("/", "keys-search"),
    ("?", "keys-help"),
    ("j  k", "keys-rows"),
    ("e", "keys-edit"),
    ("g o", "nav-orders"),
    ("g a", "nav-automation"),
    ("g r", "nav-runs"),
    ("g c", "nav-clients"),
    ("g d", "nav-deliveries"),
    ("g m", "nav-marketplace"),
    ("g p", "nav-plugins"),
    ("g h", "nav-health"),
    ("g s", "nav-settings"),
    ("Esc", "keys-close"),
];

async fn help(See(visitor): See, Query(asked): Query<Asked>) -> Response {
    let wanted = typed(asked.code.as_deref().unwrap_or_default());
    if !wanted.is_empty() {
        return Redirect::to(&format!("/help/{wanted}")).into_response();
    }
    let title = visitor.text("help-page");
    let body = html! {
        h1 { (title) }
        section.card {
            h2 { (visitor.text("help-title")) }
            dl.facts { @for (keys, what) in KEYS { dt { @for key in keys.split(' ').filter(|key| !key.is_empty()) { kbd { (key) } " " } } dd { (visitor.text(what)) } } }
            p { label { input type="checkbox" data-shortcuts="" checked; " " (visitor.text("keys-single")) } }
            p.muted { (visitor.text("keys-single-help")) }
        }
        (codes(&visitor.look))
    };
    shell::page(&visitor, Page { title: &title, place: None, body }).into_response()
}

fn codes(look: &Look) -> Markup {
    let all = areas(look.words.language().code);
    html! {
        section.card #codes {
            h2 { (look.text("help-codes")) }
            p { (look.text("help-codes-what")) }
            form.filters method="get" action="/help" {
                label { (look.text("help-code")) input type="search" name="code" autocomplete="off" autocapitalize="none" spellcheck="false" required; }
                button.quiet type="submit" { (look.text("help-look-up")) }
            }
            @for area in all {
                details {
                    summary { strong { (look.words.told(area.title)) } " " span.muted { (area.codes.len()) } }
                    ul { @for one in &area.codes { li { a href={ "/help/" (one.code) } { code { (one.code) } } " " (look.words.told(one.title)) } } }
                }
            }
        }
    }
}

/// For everybody: whoever cannot sign in wants to know why, and what stands here is no secret of a shop.
async fn explained(look: Look, visitor: Result<Visitor, Trouble>, At(code): At<String>) -> Response {
    let look = visitor.as_ref().map_or(&look, |visitor| &visitor.look);
    let code = typed(&code);
    let found = explain(look.words.language().code, &code);
    let (status, title, body) = match found {
        Some(found) => {
            (StatusCode::OK, look.words.told(found.title).into_owned(), meaning(look, &code, found))
        }
        None => (StatusCode::NOT_FOUND, look.text("help-unknown"), unknown(look, &code)),
    };
    let body = html! { h1 { (title) } (body) };
    let page = match &visitor {
        Ok(visitor) => {
            let body = html! { (body) p { a href="/help#codes" { (look.text("help-codes")) } } };
            shell::page(visitor, Page { title: &title, place: None, body })
        }
        Err(_) => {
            shell::bare(look, &title, html! { (body) p { a href="/sign-in" { (look.text("sign-in")) } } })
        }
    };
    (status, page).into_response()
}

fn meaning(look: &Look, code: &str, found: &Explained) -> Markup {
    html! {
        p { code { (code) } " " (copy(look, code, None)) }
        h2 { (look.text("help-what")) }
        p { (marked(look, found.what)) }
        h2 { (look.text("help-kept")) }
        p { (marked(look, found.kept)) }
        h2 { (look.text("help-next")) }
        p { (marked(look, found.next)) }
    }
}

fn unknown(look: &Look, code: &str) -> Markup {
    html! {
        p { (look.with("help-unknown-what", &[("code", code.into())])) }
        @if let Some(near) = nearest(code) {
            p { (look.text("help-unknown-near")) " " a href={ "/help/" (near) } { code { (near) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::look;

    #[test]
    fn a_code_leads_to_what_it_means_and_one_of_a_plugin_nowhere() {
        let html = code(&look("en"), "trap").into_string();
        assert!(html.contains("href=\"/help/trap\"") && html.contains("<code>trap</code>"), "{html}");
        assert!(html.contains("title=\"The plugin broke off\""), "{html}");
        assert_eq!(code(&look("en"), "of-a-plugin").into_string(), "<code>of-a-plugin</code>");
    }

    #[test]
    fn a_code_is_explained_in_the_language_of_whoever_reads() {
        let explained = |language: &str| {
            let found = explain(language, "other-key").unwrap();
            meaning(&look(language), "other-key", found).into_string()
        };
        assert!(explained("en").contains("signed with another key"));
        assert!(explained("de").contains("mit einem anderen Schlüssel"));
        assert!(!explained("de").contains("publisher"));
    }

    #[test]
    fn what_to_do_is_told_by_the_catalogue_and_of_the_codes_of_others_by_them() {
        let told = |code: &str| next(&look("en"), code, "ask for it").into_string();
        assert!(told("digest-mismatch").contains("Do not use it"));
        assert_eq!(told("of-the-future"), "<span lang=\"en\">ask for it</span>");
    }

    #[test]
    fn what_is_written_as_code_is_shown_as_code() {
        let found = explain("en", "usage").unwrap();
        let html = meaning(&look("en"), "usage", found).into_string();
        assert!(html.contains("<code>rulewright help COMMAND</code>") && !html.contains('`'), "{html}");
    }

    #[test]
    fn whatever_is_pasted_with_a_code_in_it_names_the_code() {
        assert_eq!(typed(" error[Not-Found]: "), "not-found");
        assert_eq!(typed("uses-64-bit-memory"), "uses-64-bit-memory");
        assert_eq!(typed("//evil.example/<b>"), "evilexampleb");
        assert_eq!(typed(&"a".repeat(1_000)).len(), 100);
    }

    #[test]
    fn whoever_mistyped_a_code_is_led_to_the_right_one() {
        let html = unknown(&look("en"), "no-such-stgae").into_string();
        assert!(html.contains("href=\"/help/no-such-stage\""), "{html}");
        assert!(!unknown(&look("en"), "zzz").into_string().contains("href"));
    }

    #[test]
    fn the_list_has_every_code_by_its_part() {
        let html = codes(&look("de")).into_string();
        for area in areas("de") {
            assert!(html.contains(area.title), "{}", area.title);
            for one in &area.codes {
                assert!(html.contains(&format!("href=\"/help/{}\"", one.code)), "{}", one.code);
            }
        }
    }

    #[test]
    fn what_is_copied_names_the_code_and_what_it_was_about() {
        let html = copy(&look("en"), "trap", Some("run_7")).into_string();
        assert!(html.contains("data-copy=\"trap run_7\"") && html.contains("aria-label"), "{html}");
    }
}
