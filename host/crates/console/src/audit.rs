//! Who changed what about the shop, the latest first.

use axum::{
    Router,
    extract::{Query, State},
    routing::get,
};
use maud::{Markup, html};
use rulewright_domain::audit::{Entry, Who};
use rulewright_engine::AuditVerified;
use serde::Deserialize;

use crate::{
    Console,
    door::{Look, Own},
    effect, listing,
    shell::{self, Place},
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/audit", get(page))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    before: Option<u64>,
    /// With any value: whether the whole log is as it was written.
    verify: Option<String>,
}

async fn page(
    State(console): State<Console>,
    Own(visitor): Own,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let mut entries = console.engine().audit(visitor.shop, asked.before, listing::ROWS + 1).await?;
    let next = listing::cut(&mut entries, |entry| i64::try_from(entry.number).unwrap_or(i64::MAX));
    let verified = match asked.verify {
        Some(_) => Some(console.engine().verify_audit(visitor.shop).await?),
        None => None,
    };
    let title = visitor.text("audit-title");
    let body = shown(&visitor.look, &entries, next, verified.as_ref());
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Settings), body }))
}

fn shown(look: &Look, entries: &[Entry], next: Option<i64>, verified: Option<&AuditVerified>) -> Markup {
    let more = next.map(|number| listing::address("/audit", &[("before", &number.to_string())]));
    html! {
        div.head {
            h1 { (look.text("audit-title")) }
            div.end { a.button.quiet href="/audit?verify=1" { (look.text("audit-verify")) } }
        }
        p.muted { (look.text("audit-help")) }
        @if let Some(verified) = verified { (proof(look, verified)) }
        @if entries.is_empty() {
            (show::empty(&look.text("audit-none"), None))
        } @else {
            @let heads = ["audit-number", "audit-when", "audit-who", "audit-what", "audit-subject", "audit-details"];
            (show::table(look, "audit-title", &heads, &html! { @for entry in entries { (row(look, entry)) } }))
            (show::more(look, more))
        }
    }
}

fn row(look: &Look, entry: &Entry) -> Markup {
    let details = entry.deed.details.iter().map(|(name, value)| format!("{name}: {}", effect::plain(value)));
    let details: Vec<String> = details.collect();
    html! {
        tr id=(format!("row-{}", entry.number)) data-row="" {
            td.num { (entry.number) }
            td { (look.at(entry.at)) }
            td { (entry.who.name()) @if let Who::Token { .. } = entry.who { " " span.muted { (look.text("audit-token")) } } }
            td { (done(look, &entry.deed.action)) }
            td { code { (entry.deed.subject) } }
            td { (details.join(", ")) }
        }
    }
}

/// In words where there are any: what is new in the log is still told by its name.
fn done(look: &Look, action: &str) -> String {
    let key = format!("audit-{}", action.replace('.', "-"));
    if look.words.has(&key) { look.text(&key) } else { action.to_owned() }
}

fn proof(look: &Look, verified: &AuditVerified) -> Markup {
    html! {
        @match verified.broken {
            None => {
                div.note.ok role="status" {
                    p { (look.with("audit-whole", &[("count", verified.entries.into())])) }
                    p.muted { code { (verified.hash) } }
                }
            }
            Some(number) => {
                div.note.bad role="alert" { p { (look.with("audit-broken", &[("number", number.into())])) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{Timestamp, audit::Deed};

    use super::*;
    use crate::{listing::tests::look, runs::sample::BEGAN};

    #[test]
    fn a_change_is_told_in_words_and_an_unknown_one_by_its_name() {
        let at = Timestamp::parse(BEGAN).unwrap();
        let deed = Deed::new("automation.published", "sales").with("revision", 9);
        let entries = [
            Entry::after(None, at, Who::Host, deed),
            Entry::after(None, at, Who::Host, Deed::new("moon.landed", "apollo")),
        ];
        let html = shown(&look("en"), &entries, Some(7), None).into_string();
        for part in ["Automation published", "revision: 9", "Rulewright", "moon.landed", "/audit?before=7"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }
}
