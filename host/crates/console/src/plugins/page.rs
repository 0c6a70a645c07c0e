//! One plugin of the shop.

use axum::extract::{Query, State};
use maud::{Markup, html};
use rulewright_domain::account::Ability;
use rulewright_market::{ListedRelease, fingerprint};
use rulewright_registry::{Sentence, consent, diff};
use serde::Deserialize;

use super::{
    failures, fixture,
    load::Known,
    pause, permissions, settings, trust, usage,
    used::{self, Use},
    versions,
};
use crate::{
    Console,
    door::{At, Look, See},
    installs, listing, marketplace, names, reasons,
    shell::{self, Place},
    show::Tone,
    trouble::Trouble,
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Of logs.
    level: String,
    words: String,
    /// What a migration has done.
    moved: Option<u64>,
    stayed: Option<u64>,
    /// What somebody has just done, e.g. `grant` or `secret`.
    saved: String,
}

pub async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let (shop, wanted) = (visitor.shop, id.clone());
    let known =
        console.read(move |reads| Known::read(reads, shop, &wanted)).await?.ok_or(Trouble::NotFound)?;
    let config = console.config(shop).await?;
    let looker = marketplace::looker(&console, shop).await?;
    let listed = console.0.market.find(&id, None).await;
    let update = listed.as_deref().and_then(|plugin| looker.update(plugin));
    let mut jobs = installs::open(&console, shop).await?;
    jobs.retain(|job| job.question.as_ref().is_some_and(|question| question.package.manifest.id == id));
    let paused = console.engine().plugin_pause(shop, &id).await?;
    let look = &visitor.look;
    let may = visitor.may(Ability::Plugins);
    let title = names::plugin(look, &known.package.manifest);
    let uses = used::uses(&config, &id);
    let body = html! {
        p { a href="/plugins" { (look.text("plugin-back")) } }
        (done(look, &asked))
        (installs::under_way(look, &jobs))
        (pause::shown(look, paused.as_ref(), may))
        (shown(look, &known, &uses, update, may))
        section #usage { h2 { (look.text("usage-title")) } (usage::shown(look, &known.usage, &known.package.manifest)) }
        section #logs { h2 { (look.text("plugin-logs")) } (failures::logs(look, &known, &asked.level, &asked.words)) }
        @if may {
            section #try {
                h2 { (look.text("fixture-section")) }
                (fixture::form(look, &known.package.manifest, None))
            }
            (trust::shown(look, &known, &visitor))
            (removal(look, &known, &uses))
        }
    };
    Ok(shell::page(&visitor, shell::Page { title, place: Some(Place::Plugins), body }))
}

/// What somebody has just done.
fn done(look: &Look, asked: &Asked) -> Markup {
    let saved = match asked.saved.as_str() {
        "grant" => Some("plugin-saved-grant"),
        "secret" => Some("plugin-saved-secret"),
        "stopped" => Some("plugin-saved-stopped"),
        "resumed" => Some("plugin-saved-resumed"),
        "released" => Some("plugin-saved-released"),
        "forgotten" => Some("plugin-saved-forgotten"),
        _ => None,
    };
    html! {
        @if let Some(key) = saved { div.note.ok role="status" { p { (look.text(key)) } } }
        @if let (Some(moved), Some(stayed)) = (asked.moved, asked.stayed) {
            div class={ "note " (if stayed == 0 { "ok" } else { "warn" }) } role="status" {
                p { (look.with("plugin-migrated", &[("moved", moved.into()), ("stayed", stayed.into())])) }
                @if stayed > 0 { p.muted { (look.text("plugin-migrated-why")) } }
            }
        }
    }
}

fn shown(look: &Look, known: &Known, uses: &[Use], update: Option<&ListedRelease>, may: bool) -> Markup {
    let manifest = &known.package.manifest;
    html! {
        div.head {
            h1 { (names::plugin(look, manifest)) }
            span.muted { (manifest.version) }
            (state(look, known))
            div.end {
                @if let (Some(update), true) = (update, may) {
                    (marketplace::install(look, update, &manifest.id, &look.with("market-update", &[("version", update.version.as_str().into())]), None))
                }
            }
        }
        p lang="en" { (manifest.description) }
        @if !manifest.missing.is_empty() { p.muted { (manifest.missing) } }
        @if let Some((by, revocation)) = &known.revoked {
            div.note.bad {
                p { strong { (look.text("plugin-revoked")) } " " (reasons::foreign(&revocation.reason)) }
                p { (look.with("plugin-revoked-by", &[("by", by.as_str().into())])) }
                p.muted { (look.text("plugin-revoked-next")) }
            }
        }
        div.split {
            div {
                section { h2 { (look.text("plugin-used")) } (used::shown(look, uses)) }
                section { h2 { (look.text("plugin-failures")) } (failures::shown(look, known)) }
                section { h2 { (look.text("market-versions")) } (versions::shown(look, known, may)) }
                @if let Some(changelog) = &known.changelog {
                    section {
                        h2 { (look.text("upgrade-changelog")) }
                        pre.text.readme tabindex="0" role="region" aria-label=(look.text("upgrade-changelog")) { (changelog) }
                    }
                }
                @if let Some(readme) = &known.readme {
                    section {
                        h2 { (look.text("market-readme")) }
                        pre.text.readme lang="en" tabindex="0" role="region" aria-label=(look.text("market-readme")) { (readme) }
                    }
                }
            }
            div {
                (grant(look, known, may))
                @if !known.secrets.is_empty() { (secrets(look, known, may)) }
                section.card { h2 { (look.text("market-settings")) } (settings::told(look, &manifest.settings)) }
                (facts(look, known))
            }
        }
    }
}

/// What keeps it from doing all that it is for.
fn state(look: &Look, known: &Known) -> Markup {
    let denied = !denied(known).is_empty();
    let lacks = known.secrets.values().any(|filled| !filled);
    html! {
        @if known.revoked.is_some() { (Tone::Bad.pill(&look.text("plugin-state-revoked"))) }
        @else if lacks { (Tone::Warn.pill(&look.text("plugin-state-secrets"))) }
        @else if denied { (Tone::Warn.pill(&look.text("plugin-state-part"))) }
        @else { (Tone::Good.pill(&look.text("plugin-state-ready"))) }
    }
}

/// What it asks for and the shop did not agree to.
fn denied(known: &Known) -> Vec<Sentence> {
    diff(&known.package, &known.installation.grant, &known.package).added
}

fn grant(look: &Look, known: &Known, may: bool) -> Markup {
    let (grant, manifest) = (&known.installation.grant, &known.package.manifest);
    let sentences = consent(&known.package);
    let denied = denied(known);
    let own = &manifest.permissions.http;
    let chosen: Vec<&str> =
        grant.http.iter().filter(|target| !own.contains(target)).map(|target| target.host.as_str()).collect();
    html! {
        section.card {
            h2 { (look.text("market-may")) }
            (permissions::listed(look, &sentences))
            @if !chosen.is_empty() { p { (look.text("plugin-hosts")) " " code { (chosen.join(", ")) } } }
            @if !denied.is_empty() {
                div.note.warn {
                    p { strong { (look.text("plugin-denied")) } }
                    (permissions::plain(look, &denied.iter().collect::<Vec<_>>()))
                    p.muted { (look.text("plugin-denied-what")) }
                }
            }
            @if may {
                details {
                    summary { (look.text("plugin-grant-change")) }
                    form.stack method="post" action=(format!("/plugins/{}/grant", manifest.id)) {
                        // What was looked at is what is changed.
                        input type="hidden" name="digest" value=(known.package.digest);
                        (permissions::choices(look, &sentences, &|function| grant.functions.contains(function)))
                        @if manifest.permissions.http_chosen_by_shop {
                            label for="hosts" { (look.text("question-hosts")) }
                            p.help #hosts-help { (look.text("question-hosts-help")) }
                            textarea #hosts name="hosts" rows="2" spellcheck="false" aria-describedby="hosts-help" { (chosen.join("\n")) }
                        }
                        button type="submit" { (look.text("plugin-grant-save")) }
                    }
                }
            }
        }
    }
}

/// Written, and never shown again.
fn secrets(look: &Look, known: &Known, may: bool) -> Markup {
    let id = &known.package.manifest.id;
    html! {
        section.card {
            h2 { (look.text("plugin-secrets")) }
            p.help { (look.text("plugin-secrets-help")) }
            @for (place, (name, filled)) in known.secrets.iter().enumerate() {
                @let field = format!("secret-{place}");
                @let path = format!("/plugins/{id}/secrets/{name}");
                div.secret {
                    p {
                        strong { (name) } " "
                        @if *filled { (Tone::Good.pill(&look.text("plugin-secret-set"))) }
                        @else { (Tone::Warn.pill(&look.text("plugin-secret-missing"))) }
                    }
                    @if may {
                        form.row method="post" action=(path) {
                            label.sr for=(field) { (look.with("plugin-secret-value", &[("name", name.as_str().into())])) }
                            input id=(field) name="value" type="password" autocomplete="off" required;
                            button.quiet type="submit" { (look.text("save")) span.sr { " " (name) } }
                        }
                        @if *filled {
                            form method="post" action={ (path) "/remove" }
                                data-confirm=(look.with("plugin-secret-remove-question", &[("name", name.as_str().into())]))
                                data-confirm-yes=(look.text("plugin-secret-remove")) data-confirm-no=(look.text("cancel")) {
                                button.link type="submit" { (look.text("plugin-secret-remove")) span.sr { " " (name) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn facts(look: &Look, known: &Known) -> Markup {
    let (manifest, provenance) = (&known.package.manifest, &known.installation.provenance);
    html! {
        dl.facts {
            dt { (look.text("market-publisher")) } dd { (manifest.publisher) }
            dt { (look.text("market-key")) }
            dd {
                @match &provenance.signed_by {
                    Some(key) => {
                        code { (fingerprint(key)) }
                        @if known.pinned.as_ref() == Some(key) { " " (Tone::Good.pill(&look.text("question-pinned"))) }
                    }
                    None => { (look.text("market-trust-unsigned")) }
                }
            }
            dt { (look.text("market-from")) } dd { code { (provenance.source) } }
            dt { (look.text("market-group")) } dd { (marketplace::group(look, manifest.group)) }
            dt { (look.text("market-id")) } dd { (listing::copied(look, &manifest.id)) }
            dt { (look.text("question-digest")) } dd { (listing::copied(look, &known.package.digest)) }
            dt { (look.text("market-size")) } dd { (look.bytes(known.package.size)) }
            dt { (look.text("plugin-stored")) } dd { (look.bytes(known.stored)) " / " (look.bytes(known.installation.grant.storage)) }
            dt { (look.text("plugin-runs")) }
            dd { a href=(listing::address("/runs", &[("plugin", &manifest.id)])) { (look.with("plugin-waiting-count", &[("count", known.waiting().into())])) } }
        }
    }
}

/// Refused while something in force uses it; what has not ended is ended only by whoever says so.
fn removal(look: &Look, known: &Known, uses: &[Use]) -> Markup {
    let (manifest, waiting) = (&known.package.manifest, known.waiting());
    let question = look.with(
        "plugin-remove-question",
        &[("what", names::plugin(look, manifest).into()), ("count", waiting.into())],
    );
    html! {
        section.card {
            h2 { (look.text("plugin-remove")) }
            @if uses.is_empty() {
                form.stack method="post" action=(format!("/plugins/{}/remove", manifest.id))
                    data-confirm=(question) data-confirm-yes=(look.text("plugin-remove")) data-confirm-no=(look.text("cancel")) {
                    @if waiting > 0 {
                        label { input type="checkbox" name="force" value="yes"; " " (look.with("plugin-remove-force", &[("count", waiting.into())])) }
                    }
                    button.danger type="submit" { (look.text("plugin-remove")) }
                }
            } @else {
                button.danger type="button" disabled aria-describedby="no-removal" { (look.text("plugin-remove")) }
                p.muted #no-removal { (look.with("plugin-remove-used", &[("count", uses.len().into())])) }
            }
        }
    }
}

#[cfg(test)]
pub mod tests {
    use rulewright_domain::{Installation, Provenance, Revocation};

    use super::*;
    use crate::{installs::sample::package, listing::tests::look};

    pub fn known() -> Known {
        let package = package("1.4.0", &["messages.queue", "clients-read.get"]);
        let mut grant = rulewright_domain::Grant::whole(&package.manifest, &package.imports, &[]);
        grant.functions.remove("clients-read.get");
        Known {
            installation: Installation {
                plugin: "acme.greet".to_owned(),
                digest: package.digest.clone(),
                grant,
                installed_at: 0,
                provenance: Provenance::default(),
            },
            package,
            readme: Some("<script>".to_owned()),
            changelog: Some("## 1.4.0 <script>".to_owned()),
            before: Vec::new(),
            open: [("digest-1.4.0".to_owned(), 2)].into(),
            secrets: [("api-key".to_owned(), true)].into(),
            stored: 0,
            pinned: None,
            revoked: None,
            failed: Vec::new(),
            latest: Vec::new(),
            usage: Vec::new(),
        }
    }

    #[test]
    fn what_the_shop_did_not_agree_to_is_named_and_its_box_is_empty() {
        let html = shown(&look("en"), &known(), &[], None, true).into_string();
        assert!(
            html.contains("value=\"clients-read.get\">") && html.contains("value=\"messages.queue\" checked"),
            "{html}"
        );
        assert!(html.contains("In part"), "{html}");
        assert!(html.contains("## 1.4.0") && !html.contains("<script>"), "{html}");
    }

    #[test]
    fn a_secret_is_written_and_never_read() {
        let html = secrets(&look("en"), &known(), true).into_string();
        assert!(
            html.contains("type=\"password\"") && html.contains("/plugins/acme.greet/secrets/api-key"),
            "{html}"
        );
        assert!(!html.contains("value=\""), "nothing is filled in: {html}");
    }

    #[test]
    fn whoever_only_looks_has_nothing_to_press() {
        let html = shown(&look("en"), &known(), &[], None, false).into_string();
        assert!(!html.contains("method=\"post\""), "{html}");
    }

    #[test]
    fn what_is_in_use_is_not_removed_and_what_waits_is_ended_only_on_demand() {
        let used = [Use { name: "Greet".into(), kind: "plugin-use-rule", place: "Paid".into(), link: None }];
        let refused = removal(&look("en"), &known(), &used).into_string();
        assert!(refused.contains("disabled") && !refused.contains("<form"), "{refused}");
        let free = removal(&look("en"), &known(), &[]).into_string();
        assert!(free.contains("name=\"force\"") && free.contains("data-confirm"), "{free}");
    }

    #[test]
    fn what_was_revoked_says_why_and_by_whom() {
        let revocation = Revocation { digest: "digest-1.4.0".into(), reason: "It sends twice".into() };
        let known = Known { revoked: Some(("operator".to_owned(), revocation)), ..known() };
        let html = shown(&look("en"), &known, &[], None, true).into_string();
        assert!(
            html.contains("It sends twice") && html.contains("operator") && html.contains("Revoked"),
            "{html}"
        );
    }
}
