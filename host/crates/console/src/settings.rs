//! Settings of the shop, a page for each part of them. Whom a part concerns may look at it; owners change it.
//!
//! A form is drawn from what is posted: from what is stored, put as a browser would send it, or from what somebody has
//! sent and the engine has refused.

mod accounts;
mod applications;
mod connections;
mod dictionaries;
mod documents;
mod employees;
pub mod field;
mod halts;
mod lists;
mod mailboxes;
mod pipelines;
mod requisites;
mod rows;
mod schedules;
mod segments;
mod shop;
mod thing;
mod tokens;
mod uses;
mod webhooks;

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use maud::{Markup, html};
use rulewright_domain::account::Ability;
use rulewright_engine::Refusal;

use crate::{
    Console,
    door::{Look, See, Visitor},
    forms::Posted,
    refusals,
    shell::{self, Page, Place},
    trouble::Trouble,
};

pub use halts::banner;

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings", get(overview))
        .merge(accounts::routes())
        .merge(applications::routes())
        .merge(connections::routes())
        .merge(dictionaries::routes())
        .merge(documents::routes())
        .merge(employees::routes())
        .merge(halts::routes())
        .merge(lists::routes())
        .merge(mailboxes::routes())
        .merge(pipelines::routes())
        .merge(requisites::routes())
        .merge(schedules::routes())
        .merge(segments::routes())
        .merge(shop::routes())
        .merge(tokens::routes())
        .merge(webhooks::routes())
}

/// What a form holds, in the order in which it was sent.
type Pairs = Vec<(String, String)>;

/// The parts, in the order of the tabs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Shop,
    Requisites,
    Pipelines,
    Employees,
    Documents,
    Dictionaries,
    Lists,
    Connections,
    Accounts,
    Mailboxes,
    Tokens,
    Webhooks,
    Applications,
    Halts,
}

impl Part {
    /// By its word in addresses and keys, and who may look at it.
    const ALL: [(Part, &'static str, Ability); 14] = [
        (Part::Shop, "shop", Ability::See),
        (Part::Requisites, "requisites", Ability::See),
        (Part::Pipelines, "pipelines", Ability::See),
        (Part::Employees, "employees", Ability::See),
        (Part::Documents, "documents", Ability::See),
        (Part::Dictionaries, "dictionaries", Ability::See),
        (Part::Lists, "lists", Ability::See),
        (Part::Connections, "providers", Ability::Plugins),
        (Part::Accounts, "accounts", Ability::Own),
        (Part::Mailboxes, "mailboxes", Ability::Own),
        (Part::Tokens, "tokens", Ability::Own),
        (Part::Webhooks, "webhooks", Ability::Own),
        (Part::Applications, "applications", Ability::Own),
        (Part::Halts, "halts", Ability::Own),
    ];

    fn open_to(visitor: &Visitor) -> impl Iterator<Item = (Part, &'static str)> {
        let all = Part::ALL.into_iter().filter(|(.., ability)| visitor.may(*ability));
        all.map(|(part, word, _)| (part, word))
    }
}

async fn overview(See(visitor): See) -> Markup {
    let look = &visitor.look;
    let body = html! {
        p { (look.text("settings-what")) }
        ul.list { @for (_, word) in Part::open_to(&visitor) {
            li.card data-row="" {
                h2 { a href=(format!("/settings/{word}")) { (look.text(&format!("settings-{word}"))) } }
                p.muted { (look.text(&format!("settings-{word}-what"))) }
            }
        } }
        p.muted { (look.text("settings-elsewhere")) " " a href="/plugins" { (look.text("nav-plugins")) } " · " a href="/account" { (look.text("account-own")) } }
    };
    framed(&visitor, None, &look.text("nav-settings"), body)
}

/// A page of a part, with its tabs above and what has just been done.
fn framed(visitor: &Visitor, part: Option<Part>, title: &str, body: Markup) -> Markup {
    let look = &visitor.look;
    let body = html! {
        h1 { (title) }
        nav.tabs aria-label=(look.text("nav-settings")) { @for (one, word) in Part::open_to(visitor) {
            a href=(format!("/settings/{word}")) aria-current=[(part == Some(one)).then_some("page")] { (look.text(&format!("settings-{word}"))) }
        } }
        @if let Some(text) = done(look, &visitor.here) { (good(&text)) }
        (body)
    };
    shell::page(visitor, Page { title, place: Some(Place::Settings), body })
}

/// A change leads to an address that says what was done.
fn done(look: &Look, here: &str) -> Option<String> {
    let (_, query) = here.split_once('?')?;
    let said = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "done")?;
    match &*said.1 {
        "saved" => Some(look.text("settings-saved")),
        "removed" => Some(look.text("settings-removed")),
        "ended" => Some(look.text("settings-ended")),
        _ => None,
    }
}

fn good(text: &str) -> Markup {
    html! { div.note.ok role="status" { p { (text) } } }
}

fn leads(path: &str, done: &str) -> Response {
    Redirect::to(&format!("{path}?done={done}")).into_response()
}

/// Why something was not done, for the page that it was sent from.
fn why(visitor: &Visitor, refusal: Refusal) -> (StatusCode, Markup) {
    let trouble = trouble(refusal);
    (trouble.status(), trouble.note(&visitor.look))
}

fn trouble(refusal: Refusal) -> Trouble {
    if let Refusal::Invalid(issues) = &refusal
        && let Some(issue) = issues.iter().find(|issue| refusals::own_field(issue) == Some(OVERTAKEN))
    {
        return Trouble::Own(issue.message.clone());
    }
    // Not as what is absent itself: what is missing is something that the form names.
    Trouble::Refused(refusal)
}

/// The page again with what was sent, and why it was not done.
fn again(visitor: &Visitor, refusal: Refusal, page: impl FnOnce(Markup) -> Markup) -> Response {
    let (status, note) = why(visitor, refusal);
    (status, page(note)).into_response()
}

/// What cannot be read of a form.
fn wrong(path: &str, message: String) -> Refusal {
    refusals::own(path.to_owned(), "", message)
}

const OVERTAKEN: &str = "overtaken";

/// What a form began with is not there any more: somebody else has changed it.
fn overtaken(message: String) -> Refusal {
    refusals::own(String::new(), OVERTAKEN, message)
}

/// Saving replaces what is there by this name: whoever adds something does not mean that.
fn taken(visitor: &Visitor, name: &str) -> Refusal {
    wrong("/name", visitor.with("settings-taken", &[("id", name.into())]))
}

/// The name of something new, which becomes a part of an address.
fn new_name(visitor: &Visitor, posted: &Posted<'_>, known: impl Fn(&str) -> bool) -> Result<String, Refusal> {
    let name = field::said(posted, "name");
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match name {
        "" | "new" => Err(wrong("/name", visitor.text("settings-id-help"))),
        name if !name.chars().all(plain) => Err(wrong("/name", visitor.text("settings-id-help"))),
        name if known(name) => Err(taken(visitor, name)),
        name => Ok(name.to_owned()),
    }
}

/// What is shown this once: it is kept only as a hash, or only where it is needed.
fn once(look: &Look, title: &str, secret: &str) -> Markup {
    html! {
        div.note.info role="status" #once {
            p { strong { (title) } }
            p { code { (secret) } " " button.quiet type="button" data-copy=(secret) { (look.text("list-copy")) } }
            p { (look.text("settings-once")) }
        }
    }
}

/// A change that is asked for once more, with what it means.
fn danger(look: &Look, action: &str, label: &str, confirm: &str) -> Markup {
    html! {
        form method="post" action=(action) data-confirm=(confirm) data-confirm-yes=(label) data-confirm-no=(look.text("cancel")) {
            button.danger type="submit" { (label) }
        }
    }
}

/// A button that does something that needs no question.
fn press(action: &str, label: &str) -> Markup {
    html! { form method="post" action=(action) { button.quiet type="submit" { (label) } } }
}

/// Where this host is reached: as it was told, or else as the browser has called it.
fn base(console: &Console, headers: &HeaderMap) -> String {
    if let Some(told) = console.engine().public_url() {
        return told.trim_end_matches('/').to_owned();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("{}://{host}", if console.0.encrypted { "https" } else { "http" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::look;

    #[test]
    fn only_what_the_console_says_itself_is_said_to_be_done() {
        let said = |here: &str| done(&look("en"), here);
        assert_eq!(said("/settings/shop?done=saved").as_deref(), Some("Saved."));
        assert_eq!(said("/settings/shop?done=%3Cb%3E"), None);
        assert_eq!(said("/settings/shop"), None);
    }

    #[test]
    fn whoever_was_overtaken_is_told_so_once_and_in_the_words_of_the_page() {
        let look = look("de");
        let said = look.text("dictionary-other");
        let trouble = trouble(overtaken(said.clone()));
        assert_eq!(trouble.status(), StatusCode::CONFLICT);
        let html = trouble.note(&look).into_string();
        assert_eq!(html.matches(&said).count(), 1, "{html}");
        assert!(!html.contains("lang=\"en\"") && !html.contains("own-words"), "{html}");
        assert_eq!(self::trouble(wrong("/name", said)).status(), StatusCode::UNPROCESSABLE_ENTITY);
    }

    #[test]
    fn every_part_has_its_words() {
        for (_, word, _) in Part::ALL {
            for language in ["en", "de"] {
                for key in [format!("settings-{word}"), format!("settings-{word}-what")] {
                    assert!(look(language).words.has(&key), "{language} {key}");
                }
            }
        }
    }
}
