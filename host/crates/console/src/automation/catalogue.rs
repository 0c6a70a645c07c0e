//! What can be put on a stage: the shop's rules or triggers by group, with a search.

use std::collections::BTreeMap;

use axum::{
    Form, Router,
    extract::{Query, State},
    response::Redirect,
    routing::get,
};
use maud::{Markup, html};
use rulewright_domain::{
    ActivePlugin, StageId,
    plugin::{PluginId, PluginKind},
};
use serde::Deserialize;

use super::{
    Desk, board,
    change::{self, Part},
};
use crate::{
    Console,
    door::{At, Edit, Visitor},
    marketplace, names, show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/automation/{pipeline}/add", get(choose).post(add))
}

#[derive(Deserialize)]
struct Wanted {
    stage: StageId,
    kind: String,
    q: Option<String>,
}

async fn choose(
    State(console): State<Console>,
    Edit(visitor): Edit,
    At(pipeline): At<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Trouble> {
    let desk = Desk::open(&console, &visitor, &pipeline, None).await?;
    desk.pipeline.stage(&wanted.stage).ok_or(Trouble::NotFound)?;
    let desk = desk.observed(&console, &visitor).await?;
    let side = shelf(&visitor, &desk, &wanted);
    Ok(board::page(&visitor, &desk, None, Some(side)))
}

fn shelf(visitor: &Visitor, desk: &Desk, wanted: &Wanted) -> Markup {
    let kind = if wanted.kind == "trigger" { PluginKind::Trigger } else { PluginKind::Rule };
    let looked_for = wanted.q.as_deref().unwrap_or_default().to_lowercase();
    let mut groups: BTreeMap<String, Vec<&ActivePlugin>> = BTreeMap::new();
    for plugin in desk.config.plugins.values() {
        let manifest = &plugin.manifest;
        let text =
            format!("{} {} {}", names::plugin(&visitor.look, manifest), manifest.title, manifest.description);
        if manifest.kind == kind && text.to_lowercase().contains(&looked_for) {
            groups.entry(marketplace::group(&visitor.look, manifest.group)).or_default().push(plugin);
        }
    }
    let heading = if kind == PluginKind::Trigger { "automation-add-trigger" } else { "automation-add-rule" };
    html! {
        h2 { (visitor.text(heading)) " · " (desk.stage_name(&wanted.stage)) }
        form.filters method="get" action={ (desk.at()) "/add" } {
            input type="hidden" name="stage" value=(wanted.stage);
            input type="hidden" name="kind" value=(wanted.kind);
            label { (visitor.text("search")) input type="search" name="q" value=(wanted.q.as_deref().unwrap_or_default()); }
            button.quiet type="submit" { (visitor.text("search")) }
        }
        @if groups.is_empty() {
            (show::empty(&visitor.text("catalogue-none"), Some((&visitor.text("nav-marketplace"), "/marketplace"))))
        }
        @for (group, plugins) in &groups {
            h3 { (group) }
            ul.list {
                @for plugin in plugins { li { (offer(visitor, desk, wanted, plugin)) } }
            }
        }
        p { a href=(desk.at()) { (visitor.text("cancel")) } }
    }
}

fn offer(visitor: &Visitor, desk: &Desk, wanted: &Wanted, plugin: &ActivePlugin) -> Markup {
    let manifest = &plugin.manifest;
    let planned = desk.config.in_plan(&manifest.id);
    html! {
        form.offer method="post" action={ (desk.at()) "/add" } {
            input type="hidden" name="stage" value=(wanted.stage);
            input type="hidden" name="version" value=(desk.version);
            button.quiet type="submit" name="plugin" value=(manifest.id) disabled[!planned] { (names::plugin(&visitor.look, manifest)) }
            @if !planned { p.error { (visitor.text("rule-not-in-plan")) } }
            p.help lang="en" { (manifest.description) }
        }
    }
}

#[derive(Deserialize)]
struct Added {
    stage: StageId,
    plugin: PluginId,
    version: u64,
}

/// Puts it below the others of the stage, and opens its form.
async fn add(
    State(console): State<Console>,
    Edit(visitor): Edit,
    At(pipeline): At<String>,
    Form(added): Form<Added>,
) -> Result<Redirect, Trouble> {
    let mut desk = Desk::open(&console, &visitor, &pipeline, None).await?;
    let plugin = desk.config.plugins.get(&added.plugin).ok_or(Trouble::NotFound)?.clone();
    let id = fresh_id()?;
    let part = Part::new(&id, &plugin.manifest, names::plugin(&visitor.look, &plugin.manifest));
    change::add(&mut desk.stages, &added.stage, part);
    super::part::save(&console, &visitor, &desk, added.version).await?;
    Ok(Redirect::to(&format!("{}/parts/{id}#side", desk.at())))
}

/// Never used before: what has run is known by it for ever.
pub fn fresh_id() -> Result<String, Trouble> {
    let random =
        getrandom::u64().map_err(|error| Trouble::Unreadable(format!("no random number: {error}")))?;
    Ok(format!("p{random:016x}"))
}
