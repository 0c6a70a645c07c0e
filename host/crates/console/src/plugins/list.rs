//! All plugins that the shop has, what needs somebody first.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use maud::{Markup, html};
use rulewright_domain::{Installation, Package, ShopId};
use rulewright_ports::{Reads, StorageError};
use rulewright_registry::diff;
use serde::Deserialize;

use crate::{
    Console,
    door::{Look, See},
    installs,
    listing::{self, filled},
    marketplace, names,
    shell::{self, Place},
    show::{self, Tone},
    trouble::Trouble,
};

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    /// Any, or one of [`STATES`].
    state: String,
    /// One that somebody has just removed.
    removed: String,
}

/// What can be asked for, the worst first.
const STATES: [(&str, &str, Tone); 5] = [
    ("revoked", "plugin-state-revoked", Tone::Bad),
    ("secrets", "plugin-state-secrets", Tone::Warn),
    ("part", "plugin-state-part", Tone::Warn),
    ("update", "plugin-state-update", Tone::Busy),
    ("ready", "plugin-state-ready", Tone::Good),
];

struct Row {
    package: Package,
    installation: Installation,
    /// Place in [`STATES`].
    state: usize,
    /// Runs that have not ended, of every version.
    waiting: u64,
    /// What could be had in its place.
    update: Option<String>,
}

fn found(reads: &mut dyn Reads, shop: ShopId) -> Result<Vec<Row>, StorageError> {
    let mut waiting: BTreeMap<String, u64> = BTreeMap::new();
    for (digest, count) in reads.open_digests(shop)? {
        if let Some(package) = reads.package(&digest)? {
            *waiting.entry(package.manifest.id).or_default() += count;
        }
    }
    let mut rows = Vec::new();
    for installation in reads.installations(shop)? {
        let Some(package) = reads.package(&installation.digest)? else { continue };
        let mut lacks = false;
        for name in &installation.grant.secrets {
            lacks |= reads.secret(shop, &installation.plugin, name)?.is_none();
        }
        let state = match reads.revocation(&installation.digest)? {
            Some(_) => 0,
            None if lacks => 1,
            None if diff(&package, &installation.grant, &package).wider() => 2,
            None => 4,
        };
        let waiting = waiting.get(&installation.plugin).copied().unwrap_or_default();
        rows.push(Row { package, installation, state, waiting, update: None });
    }
    Ok(rows)
}

pub async fn page(
    State(console): State<Console>,
    See(visitor): See,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let shop = visitor.shop;
    let mut rows = console.read(move |reads| found(reads, shop)).await?;
    let looker = marketplace::looker(&console, shop).await?;
    let listed = console.0.market.listed().await;
    for row in &mut rows {
        let id = &row.package.manifest.id;
        let plugin = listed.iter().find(|plugin| plugin.id == *id);
        row.update = plugin.and_then(|plugin| looker.update(plugin)).map(|release| release.version.clone());
        if row.state == 4 && row.update.is_some() {
            row.state = 3;
        }
    }
    let jobs = installs::open(&console, shop).await?;
    let look = &visitor.look;
    let title = look.text("nav-plugins");
    let body = html! {
        div.head {
            h1 { (title) }
            div.end { a.button.quiet href="/marketplace" { (look.text("plugins-find")) } }
        }
        @if let Some(removed) = filled(&asked.removed) {
            div.note.ok role="status" { p { (look.with("plugins-removed", &[("what", removed.into())])) } }
        }
        (installs::under_way(look, &jobs))
        (shown(look, &asked, rows))
    };
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Plugins), body }))
}

fn shown(look: &Look, asked: &Asked, mut rows: Vec<Row>) -> Markup {
    let none = rows.is_empty();
    let words = asked.q.trim().to_lowercase();
    let wanted = STATES.iter().position(|(name, ..)| *name == asked.state);
    rows.retain(|row| {
        let manifest = &row.package.manifest;
        let text = format!("{} {} {}", manifest.id, manifest.title, manifest.publisher).to_lowercase();
        text.contains(&words) && wanted.is_none_or(|wanted| wanted == row.state)
    });
    rows.sort_by(|a, b| (a.state, &a.package.manifest.title).cmp(&(b.state, &b.package.manifest.title)));
    let states: Vec<_> = STATES.iter().map(|(name, key, _)| ((*name).to_owned(), look.text(key))).collect();
    let filtered = !words.is_empty() || !asked.state.is_empty();
    html! {
        form.filters method="get" action="/plugins" role="search" aria-label=(look.text("list-filters")) {
            label { (look.text("plugins-search")) input type="search" name="q" value=(asked.q); }
            (listing::choice("state", &look.text("market-state"), &look.text("list-any"), &asked.state, &states))
            (listing::filter_buttons(look, "/plugins", filtered))
        }
        div #plugins-list data-live="plugin run" {
            @if none {
                (show::empty(&look.text("plugins-none"), Some((&look.text("plugins-find"), "/marketplace"))))
            } @else if rows.is_empty() {
                (show::empty(&look.text("plugins-none-match"), Some((&look.text("list-clear"), "/plugins"))))
            } @else {
                @let heads = ["plugins-plugin", "plugin-version", "market-state", "plugin-waiting", "market-publisher", "market-group"];
                (show::table(look, "nav-plugins", &heads, &html! { @for one in &rows { (row(look, one)) } }))
            }
        }
    }
}

fn row(look: &Look, row: &Row) -> Markup {
    let manifest = &row.package.manifest;
    html! {
        tr id=(format!("row-{}", manifest.id)) data-row="" {
            td { a href=(format!("/plugins/{}", manifest.id)) { (names::plugin(look, manifest)) } br; span.muted { (manifest.id) } }
            td {
                (manifest.version)
                @if let Some(update) = &row.update { br; span.muted { (look.with("market-update", &[("version", update.as_str().into())])) } }
            }
            td { @if let Some((_, key, tone)) = STATES.get(row.state) { (tone.pill(&look.text(key))) } }
            td.num { @if row.waiting > 0 { (look.number(row.waiting)) } }
            td { (manifest.publisher) @if row.installation.provenance.signed_by.is_some() { " " span.muted { (look.text("plugins-signed")) } } }
            td { (marketplace::group(look, manifest.group)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{Grant, Provenance};

    use super::*;
    use crate::{installs::sample::package, listing::tests::look};

    fn one(state: usize) -> Row {
        let package = package("1.3.0", &[]);
        let installation = Installation {
            plugin: "acme.greet".to_owned(),
            digest: package.digest.clone(),
            grant: Grant::default(),
            installed_at: 0,
            provenance: Provenance::default(),
        };
        Row { package, installation, state, waiting: 3, update: Some("1.4.0".to_owned()) }
    }

    #[test]
    fn a_plugin_says_its_version_its_state_and_what_could_be_had() {
        let html = shown(&look("en"), &Asked::default(), vec![one(3)]).into_string();
        for part in ["/plugins/acme.greet", "1.3.0", "Update to 1.4.0", "Acme", "<td class=\"num\">3</td>"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn nothing_yet_and_nothing_that_matches_are_two_things() {
        let asked = Asked { state: "revoked".into(), ..Asked::default() };
        assert!(shown(&look("en"), &asked, vec![one(4)]).into_string().contains("No plugins match"));
        assert!(shown(&look("en"), &asked, Vec::new()).into_string().contains("href=\"/marketplace\""));
    }
}
