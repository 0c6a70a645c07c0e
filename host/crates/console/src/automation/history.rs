//! Every revision that was published, what it changed, and how to go back to it.

use axum::{
    Form, Router,
    extract::State,
    response::Redirect,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{Automation, Edit as DraftEdit, ShopConfig, account::Ability};
use rulewright_engine::Editor;
use serde::Deserialize;

use super::{Desk, Stages, publish::edit_line, shown_settings};
use crate::{
    Console,
    door::{At, Edit, See, Visitor},
    shell::{self, Page, Place},
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/automation/{pipeline}/history", get(list))
        .route("/automation/{pipeline}/history/{revision}", get(one))
        .route("/automation/{pipeline}/history/{revision}/restore", post(restore))
}

async fn revisions(console: &Console, visitor: &Visitor, desk: &Desk) -> Result<Vec<Automation>, Trouble> {
    let (shop, pipeline) = (visitor.shop, desk.pipeline.id.clone());
    console.read(move |reads| reads.revisions(shop, &pipeline)).await
}

async fn list(
    State(console): State<Console>,
    See(visitor): See,
    At(pipeline): At<String>,
) -> Result<Markup, Trouble> {
    let desk = Desk::open(&console, &visitor, &pipeline, None).await?;
    // The latest first: each is told by what it changed of the one below it.
    let revisions = revisions(&console, &visitor, &desk).await?;
    let nothing = Stages::new();
    let title = visitor.with("history-title", &[("pipeline", desk.pipeline.name.as_str().into())]);
    let body = html! {
        div.head { h1 { (title) } div.end { a.button.quiet href=(desk.at()) { (visitor.text("nav-automation")) } } }
        @if revisions.is_empty() { (show::empty(&visitor.text("history-none"), None)) }
        ol.list {
            @for (index, revision) in revisions.iter().enumerate() {
                @let before = revisions.get(index + 1).map_or(&nothing, |before| &before.stages);
                li.card {
                    h2 { a href={ (desk.at()) "/history/" (revision.revision) } data-row="" { (visitor.with("history-revision", &[("revision", revision.revision.into())])) } }
                    p.muted { (visitor.look.at(revision.published)) @if let Some(by) = &revision.by { " · " (by.name()) } }
                    ul { @for edit in DraftEdit::between(before, &revision.stages) { li { (edit_line(&visitor, &desk, &edit)) } } }
                }
            }
        }
    };
    Ok(shell::page(&visitor, Page { title: &title, place: Some(Place::Automation), body }))
}

async fn one(
    State(console): State<Console>,
    See(visitor): See,
    At((pipeline, revision)): At<(String, u64)>,
) -> Result<Markup, Trouble> {
    let desk = Desk::open(&console, &visitor, &pipeline, None).await?;
    let revisions = revisions(&console, &visitor, &desk).await?;
    let past = revisions.iter().find(|one| one.revision == revision).ok_or(Trouble::NotFound)?;
    let edits = DraftEdit::between(&past.stages, &desk.stages);
    let title = visitor.with("history-revision", &[("revision", revision.into())]);
    let json = whole(&desk.config, &past.stages);
    let body = html! {
        div.head { h1 { (desk.pipeline.name) " · " (title) } div.end { a.button.quiet href={ (desk.at()) "/history" } { (visitor.text("history")) } } }
        p.muted { (visitor.look.at(past.published)) @if let Some(by) = &past.by { " · " (by.name()) } }
        h2 { (visitor.text("history-since")) }
        @if edits.is_empty() { p { (visitor.text("history-same")) } }
        ul { @for edit in &edits { li { (edit_line(&visitor, &desk, edit)) } } }
        @if visitor.may(Ability::Edit) && !edits.is_empty() {
            form method="post" action={ (desk.at()) "/history/" (revision) "/restore" }
                data-confirm=(visitor.with("history-restore-confirm", &[("revision", revision.into())])) data-confirm-yes=(visitor.text("history-restore")) data-confirm-no=(visitor.text("cancel")) {
                input type="hidden" name="version" value=(desk.version);
                button.quiet type="submit" { (visitor.text("history-restore")) }
            }
        }
        details { summary { (visitor.text("history-whole")) } pre tabindex="0" { (json) } }
    };
    Ok(shell::page(&visitor, Page { title: &title, place: Some(Place::Automation), body }))
}

/// As it was published, but for what is secret: whoever may only look sees this.
fn whole(config: &ShopConfig, stages: &Stages) -> String {
    let mut stages = stages.clone();
    for on in stages.values_mut() {
        for rule in &mut on.rules {
            rule.settings = shown_settings(config, &rule.plugin, &rule.settings);
        }
        for trigger in &mut on.triggers {
            trigger.settings = shown_settings(config, &trigger.plugin, &trigger.settings);
        }
    }
    serde_json::to_string_pretty(&stages).unwrap_or_default()
}

#[derive(Deserialize)]
struct Sent {
    version: u64,
}

/// Into the draft: what runs changes only when that is published.
async fn restore(
    State(console): State<Console>,
    Edit(visitor): Edit,
    At((pipeline, revision)): At<(String, u64)>,
    Form(sent): Form<Sent>,
) -> Result<Redirect, Trouble> {
    let desk = Desk::open(&console, &visitor, &pipeline, None).await?;
    let editor = Editor { by: Some(visitor.actor()), expected: Some(sent.version) };
    visitor.engine(&console).restore_revision(visitor.shop, &desk.pipeline.id, revision, editor).await?;
    Ok(Redirect::to(&desk.at()))
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{ActivePlugin, Grant};
    use serde_json::json;

    use super::*;
    use crate::{installs::sample::package, runs::sample::config};

    #[test]
    fn a_revision_is_shown_whole_and_without_its_secrets() {
        let mut config = config();
        let mut package = package("1.0.0", &[]);
        package.manifest.settings = json!({ "properties": { "token": { "x-widget": "secret" } } });
        let grant = Grant::whole(&package.manifest, &package.imports, &[]);
        let plugin = ActivePlugin { digest: package.digest, manifest: package.manifest, grant };
        config.plugins.insert("acme.greet".to_owned(), plugin.into());
        let rule = |plugin: &str| {
            let settings = json!({ "token": "hush", "text": "Hello" });
            json!({ "id": plugin, "name": "Greet", "plugin": plugin, "settings": settings })
        };
        let stages = json!({ "paid": { "rules": [rule("acme.greet"), rule("gone.plugin")] } });
        let stages: Stages = serde_json::from_value(stages).unwrap();
        let shown = whole(&config, &stages);
        assert!(shown.contains("\"text\": \"Hello\"") && !shown.contains("hush"), "{shown}");
    }
}
