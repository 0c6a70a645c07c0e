//! One plugin that can be had: what it is, what each version may do, and the way in.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use rulewright_domain::{ShopConfig, account::Ability};
use rulewright_market::{Detail, Listed, ListedRelease, Looker, fingerprint};
use serde::Deserialize;

use super::{group, install, looker, marks, title, trust};
use crate::{
    Console,
    door::{At, Look, See},
    help,
    listing::{self, filled},
    plugins::{permissions, settings},
    reasons,
    shell::{self, Place},
    trouble::Trouble,
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    source: String,
}

pub async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let looker = looker(&console, visitor.shop).await?;
    let detail = console.0.market.detail(&id, filled(&asked.source), &looker).await;
    let detail = detail.ok_or(Trouble::NotFound)?;
    let config = console.config(visitor.shop).await?;
    let title = title(&visitor.look, &detail.plugin).to_owned();
    let body = shown(&visitor.look, &detail, &looker, &config, visitor.may(Ability::Plugins));
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Marketplace), body }))
}

fn shown(look: &Look, detail: &Detail, looker: &Looker, config: &ShopConfig, may: bool) -> Markup {
    let plugin = &*detail.plugin;
    let described = looker.described(plugin);
    html! {
        p { a href="/marketplace" { (look.text("market-back")) } }
        div.head {
            @if let Ok(page) = &detail.page { @if page.icon.is_some() {
                img src=(listing::address(&format!("/marketplace/{}/icon", plugin.id), &[("source", &plugin.source)])) alt="" width="40" height="40";
            } }
            h1 { (title(look, plugin)) }
            @if let Some(release) = described { (trust(look, release)) }
            (marks(look, looker, plugin))
            div.end { (way_in(look, looker, plugin, may)) }
        }
        p lang="en" { (plugin.description) }
        @if let Some(why) = described.and_then(|release| looker.revocation(&release.component)) {
            div.note.bad { p { strong { (look.text("market-revoked")) } " " span lang="en" { (why) } } }
        }
        @if looker.has(plugin).is_some_and(|has| looker.revocation(&has.digest).is_some()) {
            div.note.bad { p { (look.text("market-revoked-installed")) } }
        }
        div.split {
            div {
                (readme(look, detail))
                section {
                    h2 { (look.text("market-settings")) }
                    @match config.plugins.get(&plugin.id) {
                        Some(active) => { (settings::told(look, &active.manifest.settings)) }
                        None => { p.muted { (look.text("market-settings-later")) } }
                    }
                }
                (versions(look, looker, plugin, may))
            }
            div {
                @if let Some(release) = described {
                    section.card {
                        h2 { (look.text("market-may")) }
                        (permissions::listed(look, &release.permissions))
                        p.help { (look.text("market-may-asked")) }
                    }
                }
                (facts(look, detail, described))
            }
        }
    }
}

/// One button, or why there is none.
fn way_in(look: &Look, looker: &Looker, plugin: &Listed, may: bool) -> Markup {
    let has = looker.has(plugin);
    html! {
        @if has.is_some() {
            a.button.quiet href=(format!("/plugins/{}", plugin.id)) { (look.text("market-manage")) }
        }
        @match (may, has, looker.offered(plugin), looker.update(plugin)) {
            (false, ..) => { span.muted { (look.text("market-no-role")) } }
            (true, _, None, _) => { span.muted { (look.text("market-nothing-offered")) } }
            (true, Some(_), _, Some(update)) => {
                (install(look, update, &plugin.id, &look.with("market-update", &[("version", update.version.as_str().into())]), None))
            }
            (true, Some(_), Some(_), None) => {}
            (true, None, Some(release), _) => {
                (install(look, release, &plugin.id, &look.with("market-install", &[("version", release.version.as_str().into())]), None))
            }
        }
    }
}

/// A stranger's text: shown as it was written, and nothing in it becomes part of the page.
fn readme(look: &Look, detail: &Detail) -> Markup {
    html! {
        section {
            h2 { (look.text("market-readme")) }
            @match &detail.page {
                Ok(page) => {
                    @match &page.readme {
                        Some(text) => { pre.text.readme lang="en" tabindex="0" role="region" aria-label=(look.text("market-readme")) { (text) } }
                        None => { p.muted { (look.text("market-readme-none")) } }
                    }
                    @if let Some(text) = &page.changelog {
                        details {
                            summary { (look.text("upgrade-changelog")) }
                            pre.text.readme lang="en" tabindex="0" role="region" aria-label=(look.text("upgrade-changelog")) { (text) }
                        }
                    }
                }
                Err(trouble) => {
                    div.note.warn { p { (look.text("market-readme-trouble")) } p.muted { span lang="en" { (trouble.message) } " " (help::code(look, &trouble.code)) } }
                }
            }
        }
    }
}

fn facts(look: &Look, detail: &Detail, described: Option<&ListedRelease>) -> Markup {
    let plugin = &*detail.plugin;
    html! {
        dl.facts {
            dt { (look.text("market-publisher")) } dd { (plugin.publisher) " " span.muted { (plugin.publisher_id()) } }
            @if let Some(key) = &plugin.key { dt { (look.text("market-key")) } dd { code { (fingerprint(key)) } } }
            @if let Some(since) = plugin.verified_since { dt { (look.text("market-verified-since")) } dd { (look.at(since)) } }
            dt { (look.text("market-group")) } dd { (group(look, plugin.group)) }
            dt { (look.text("market-source")) }
            dd { @if plugin.source == rulewright_market::BUNDLED { (look.text("market-source-bundled")) } @else { (plugin.source) } }
            dt { (look.text("market-id")) } dd { (listing::copied(look, &plugin.id)) }
            @if let Some(release) = described {
                dt { (look.text("market-size")) } dd { (look.bytes(release.size)) }
                dt { (look.text("market-reference")) } dd { code { (release.named) } }
            }
            @if let Some(downloads) = plugin.downloads { dt { (look.text("market-downloaded")) } dd.num { (look.number(downloads)) } }
            @if !detail.also_from.is_empty() {
                dt { (look.text("market-also-from")) }
                dd {
                    @for source in &detail.also_from {
                        a href=(listing::address(&format!("/marketplace/{}", plugin.id), &[("source", source)])) { (source) } " "
                    }
                }
            }
        }
    }
}

fn versions(look: &Look, looker: &Looker, plugin: &Listed, may: bool) -> Markup {
    html! {
        section {
            h2 { (look.text("market-versions")) }
            div.scroll tabindex="0" role="region" aria-label=(look.text("market-versions")) {
                table {
                    thead { tr {
                        th scope="col" { (look.text("plugin-version")) }
                        th scope="col" { (look.text("market-state")) }
                        th scope="col" { (look.text("market-added")) }
                        th scope="col" { (look.text("market-may")) }
                        th scope="col" { span.sr { (look.text("market-action")) } }
                    } }
                    tbody { @for release in &plugin.releases { (version(look, looker, plugin, release, may)) } }
                }
            }
        }
    }
}

fn version(look: &Look, looker: &Looker, plugin: &Listed, release: &ListedRelease, may: bool) -> Markup {
    let is_here = looker.has(plugin).is_some_and(|has| has.digest == release.component);
    let revoked = looker.revocation(&release.component);
    html! {
        tr {
            td { (release.version) }
            td {
                @if is_here { (look.text("market-in-use")) }
                @else if let Some(why) = &revoked { (look.text("market-revoked")) " " (reasons::foreign(why)) }
                @else if !release.fits { (look.with("market-needs-host", &[("version", release.host_api.as_str().into())])) }
                @else { (trust(look, release)) }
            }
            td { @if let Some(added) = release.added_at { (look.at(added)) } }
            td { (permissions::summary(look, &release.permissions)) }
            td {
                @if may && !is_here && release.fits && revoked.is_none() {
                    (install(look, release, &plugin.id, &look.text("market-install-this"), Some("quiet")))
                }
            }
        }
    }
}

/// As its publisher made it, and nothing else than a picture.
pub async fn icon(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let found: Option<Arc<Listed>> = console.0.market.find(&id, filled(&asked.source)).await;
    let plugin = found.ok_or(Trouble::NotFound)?;
    let looker = looker(&console, visitor.shop).await?;
    let page = console.0.market.page_for(&plugin, &looker).await.map_err(|_| Trouble::NotFound)?;
    let icon = page.icon.clone().ok_or(Trouble::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600")),
    ];
    Ok((headers, icon).into_response())
}

#[cfg(test)]
mod tests {
    use rulewright_domain::Revocation;
    use rulewright_market::{Page, Trust};

    use super::*;
    use crate::{
        listing::tests::look,
        marketplace::sample::{listed, looker, release},
        runs::sample::config,
    };

    fn detail(releases: Vec<ListedRelease>, readme: &str) -> Detail {
        let page = Page {
            readme: Some(readme.to_owned()),
            changelog: Some("## 1.0.0 <script>".to_owned()),
            icon: None,
        };
        Detail { plugin: Arc::new(listed(releases)), page: Ok(Arc::new(page)), also_from: Default::default() }
    }

    #[test]
    fn the_readme_is_a_strangers_and_stays_text() {
        let detail = detail(vec![release("1.0.0", Trust::Verified)], "# Hi\n<script>x</script>");
        let html = shown(&look("en"), &detail, &looker(None), &config(), true).into_string();
        assert!(html.contains("## 1.0.0 &lt;script&gt;"), "{html}");
        assert!(html.contains("# Hi\n&lt;script&gt;") && !html.contains("<script>"), "{html}");
    }

    #[test]
    fn what_is_installed_is_updated_and_what_is_not_is_installed() {
        let releases = || vec![release("1.3.0", Trust::Verified), release("1.2.0", Trust::Verified)];
        let way = |installed: Option<&str>, may| {
            way_in(&look("en"), &looker(installed), &listed(releases()), may).into_string()
        };
        assert!(way(None, true).contains("Install 1.3.0"));
        assert!(way(Some("1.2.0"), true).contains("Update to 1.3.0"));
        assert!(!way(Some("1.3.0"), true).contains("<form"));
        assert!(!way(None, false).contains("<form"), "a viewer installs nothing");
    }

    #[test]
    fn a_revoked_version_says_why_and_has_no_button() {
        let mut looker = looker(None);
        looker.revoked.push(Revocation { digest: "digest-1.0.0".into(), reason: "It lies".into() });
        let detail = detail(vec![release("1.0.0", Trust::Verified)], "");
        let html = shown(&look("en"), &detail, &looker, &config(), true).into_string();
        assert!(html.contains("It lies") && !html.contains("action=\"/installs\""), "{html}");
    }
}
