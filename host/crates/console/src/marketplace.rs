//! What can be had: looking for plugins, and one of them with all that one would like to know before.

mod detail;
mod list;

use axum::{
    Router,
    extract::State,
    response::Redirect,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{ShopId, plugin::Group};
use rulewright_market::{BUNDLED, Listed, ListedRelease, Looker, Trust};

use crate::{
    Console,
    door::{Look, Plugins},
    listing,
    show::Tone,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/marketplace", get(list::page))
        .route("/marketplace/refresh", post(refresh))
        .route("/marketplace/{id}", get(detail::page))
        .route("/marketplace/{id}/icon", get(detail::icon))
}

/// The groups of the catalogue, with their words.
const GROUPS: [(Group, &str, &str); 4] = [
    (Group::ClientCommunications, "client-communications", "market-group-clients"),
    (Group::Employees, "employees", "market-group-employees"),
    (Group::Trigger, "trigger", "market-group-triggers"),
    (Group::Provider, "provider", "market-group-providers"),
];

/// What staff call a group.
pub fn group(look: &Look, group: Group) -> String {
    let found = GROUPS.iter().find(|(one, ..)| *one == group);
    found.map(|(.., key)| look.text(key)).unwrap_or_default()
}

/// Reads the lists of all registries again, and stops what they revoke.
async fn refresh(State(console): State<Console>, Plugins(_): Plugins) -> Redirect {
    console.0.market.refresh_soon(console.engine()).await;
    Redirect::to("/marketplace")
}

/// What the shop has, and what must not run.
pub async fn looker(console: &Console, shop: ShopId) -> Result<Looker, Trouble> {
    let looker = console.0.market.looker(console.engine(), shop).await?;
    looker.ok_or(Trouble::NotFound)
}

/// In the language of whoever looks, where the plugin has it.
pub fn title<'p>(look: &Look, plugin: &'p Listed) -> &'p str {
    plugin.titles.get(look.words.language().code).unwrap_or(&plugin.title)
}

/// Where a plugin is shown. Several sources may have one of the same name.
fn address(plugin: &Listed) -> String {
    let source = if plugin.source == BUNDLED { "" } else { plugin.source.as_str() };
    listing::address(&format!("/marketplace/{}", plugin.id), &[("source", source)])
}

/// Who answers for a version.
fn trust(look: &Look, release: &ListedRelease) -> Markup {
    match release.trust {
        Trust::Bundled => Tone::Good.pill(&look.text("market-trust-bundled")),
        Trust::Verified => Tone::Good.pill(&look.text("market-trust-verified")),
        Trust::Unverified if release.signed_by.is_some() => {
            Tone::Warn.pill(&look.text("market-trust-unverified"))
        }
        Trust::Unverified => Tone::Warn.pill(&look.text("market-trust-unsigned")),
    }
}

/// What the shop has of it, and what it could have.
fn marks(look: &Look, looker: &Looker, plugin: &Listed) -> Markup {
    let update = looker.update(plugin);
    html! {
        @if let Some(has) = looker.has(plugin) {
            (Tone::Good.pill(&look.with("market-installed", &[("version", has.version.as_str().into())]))) " "
        }
        @if let Some(update) = update {
            (Tone::Busy.pill(&look.with("market-update", &[("version", update.version.as_str().into())]))) " "
        }
        @if looker.offered(plugin).is_none() { (Tone::Stop.pill(&look.text("market-not-offered"))) }
    }
}

/// Begins an installation of exactly this.
pub fn install(
    look: &Look,
    release: &ListedRelease,
    plugin: &str,
    label: &str,
    class: Option<&str>,
) -> Markup {
    html! {
        form method="post" action="/installs" {
            input type="hidden" name="source" value=(release.reference);
            input type="hidden" name="plugin" value=(plugin);
            button class=[class] type="submit" {
                (label) span.sr { " " (look.with("market-install-which", &[("plugin", plugin.into()), ("version", release.version.as_str().into())])) }
            }
        }
    }
}

#[cfg(test)]
pub mod sample {
    use std::collections::BTreeMap;

    use rulewright_domain::plugin::PluginKind;
    use rulewright_market::Has;

    use super::*;
    use crate::plugins::permissions::tests::{names, sentence};

    pub fn release(version: &str, trust: Trust) -> ListedRelease {
        ListedRelease {
            version: version.to_owned(),
            reference: format!("registry.example/acme/greet@sha256:{version}"),
            named: format!("registry.example/acme/greet:{version}"),
            artifact: None,
            component: format!("digest-{version}"),
            size: 2048,
            host_api: "0.1.0".to_owned(),
            fits: true,
            signed_by: (trust != Trust::Bundled).then(|| "ed25519:key".to_owned()),
            trust,
            added_at: None,
            permissions: vec![sentence("segments.queue", names(&["sms"]))],
        }
    }

    pub fn listed(releases: Vec<ListedRelease>) -> Listed {
        Listed {
            id: "acme.greet".to_owned(),
            kind: PluginKind::Rule,
            group: Group::ClientCommunications,
            title: "Greet".to_owned(),
            titles: [("de".to_owned(), "Grüßen".to_owned())].into(),
            description: "Says hello.".to_owned(),
            publisher: "Acme".to_owned(),
            key: None,
            verified_since: None,
            source: "registry.example".to_owned(),
            downloads: Some(1200),
            releases,
        }
    }

    pub fn looker(installed: Option<&str>) -> Looker {
        let has = |version: &str| Has { version: version.to_owned(), digest: format!("digest-{version}") };
        Looker {
            locale: "en".to_owned(),
            installed: installed
                .map(|version| ("acme.greet".to_owned(), has(version)))
                .into_iter()
                .collect::<BTreeMap<_, _>>(),
            revoked: Vec::new(),
        }
    }
}
