//! The versions of a plugin that a shop has or had, and the way from one to another.

use maud::{Markup, html};
use rulewright_domain::{Installation, Package, Timestamp};
use rulewright_market::fingerprint;

use super::load::Known;
use crate::{door::Look, show};

pub fn shown(look: &Look, known: &Known, may: bool) -> Markup {
    let heads = ["plugin-version", "market-state", "market-from", "plugin-installed", "plugin-waiting"];
    let rows = html! {
        (row(look, known, &known.package, &known.installation, None))
        @for (replaced, package) in &known.before {
            (row(look, known, package, &replaced.installation, Some(replaced.replaced_at)))
        }
    };
    html! {
        (show::table(look, "market-versions", &heads, &rows))
        @if may { div.row { (roll_back(look, known)) (migrate(look, known)) } }
    }
}

fn row(
    look: &Look,
    known: &Known,
    package: &Package,
    installation: &Installation,
    until: Option<Timestamp>,
) -> Markup {
    let provenance = &installation.provenance;
    html! {
        tr {
            td { (package.manifest.version) }
            td {
                @match until {
                    None => { strong { (look.text("market-in-use")) } }
                    Some(until) => { (look.text("plugin-until")) " " (look.at(until)) }
                }
            }
            td {
                code { (provenance.source) }
                @if let Some(key) = &provenance.signed_by { br; span.muted { (look.text("market-key")) " " code { (fingerprint(key)) } } }
            }
            td { (look.at(Timestamp(installation.installed_at))) }
            td.num { (look.number(known.open.get(&package.digest).copied().unwrap_or_default())) }
        }
    }
}

fn roll_back(look: &Look, known: &Known) -> Markup {
    let id = &known.package.manifest.id;
    let label = look.text("plugin-roll-back");
    html! {
        @match known.back() {
            Some((_, package)) => {
                form method="post" action=(format!("/plugins/{id}/roll-back"))
                    data-confirm=(look.with("plugin-roll-back-question", &[("from", known.package.manifest.version.as_str().into()), ("to", package.manifest.version.as_str().into())]))
                    data-confirm-yes=(label) data-confirm-no=(look.text("cancel")) {
                    button.quiet type="submit" { (look.with("plugin-roll-back-to", &[("version", package.manifest.version.as_str().into())])) }
                }
            }
            None => { span.muted { (look.text("plugin-no-roll-back")) } }
        }
    }
}

fn migrate(look: &Look, known: &Known) -> Markup {
    let (id, count) = (&known.package.manifest.id, known.waiting_elsewhere());
    html! {
        @if count > 0 {
            form method="post" action=(format!("/plugins/{id}/migrate"))
                data-confirm=(look.with("plugin-migrate-question", &[("count", count.into())]))
                data-confirm-yes=(look.text("plugin-migrate-yes")) data-confirm-no=(look.text("cancel")) {
                button.quiet type="submit" { (look.with("plugin-migrate", &[("count", count.into())])) }
            }
        }
    }
}
