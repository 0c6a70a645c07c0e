//! A published rule for the orders that are in its stage already, after a look at what it would do.

use axum::{Router, extract::State, response::Redirect, routing::get};
use maud::{Markup, html};
use rulewright_domain::{RuleId, RuleSpec, StageId, account::Ability};
use rulewright_engine::{Among, RunNow};

use super::Desk;
use crate::{
    Console,
    door::{At, Visitor, Work},
    shell::{self, Page, Place},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/automation/{pipeline}/rules/{rule}/run-now", get(preview).post(run))
}

fn published(desk: &Desk, id: &str) -> Result<(StageId, RuleSpec), Trouble> {
    let stages = desk.published().ok_or(Trouble::NotFound)?;
    let found = stages.iter().find_map(|(stage, on)| {
        let rule = on.rules.iter().find(|rule| rule.id.0 == id)?;
        Some((stage.clone(), rule.clone()))
    });
    found.ok_or(Trouble::NotFound)
}

async fn preview(
    State(console): State<Console>,
    Work(visitor): Work,
    At((pipeline, rule)): At<(String, String)>,
) -> Result<Markup, Trouble> {
    let desk = Desk::open(&console, &visitor, &pipeline, None).await?;
    let (stage, rule) = published(&desk, &rule)?;
    let id = RuleId(rule.id.0.clone());
    let counts = console.engine().run_now_preview(visitor.shop, &desk.pipeline.id, &stage, &id).await?;
    Ok(page(&visitor, &desk, &stage, &rule, counts.here, counts.never_ran))
}

fn page(visitor: &Visitor, desk: &Desk, stage: &StageId, rule: &RuleSpec, here: u64, never: u64) -> Markup {
    let title = visitor.with("run-now-title", &[("rule", rule.name.as_str().into())]);
    let at = desk.at();
    let body = html! {
        h1 { (title) }
        p { (visitor.with("run-now-here", &[("here", here.into()), ("never", never.into()), ("stage", desk.stage_name(stage).into())])) }
        p.muted { (visitor.text("run-now-explained")) }
        div.row {
            @if visitor.may(Ability::Edit) { a.button.quiet href={ (at) "/dry-run?published=on&stage=" (stage) "&rule=" (rule.id) } { (visitor.text("dry-run-first")) } }
            form method="post" action={ (at) "/rules/" (rule.id) "/run-now" }
                data-confirm=(visitor.with("run-now-confirm", &[("count", never.into()), ("rule", rule.name.as_str().into())]))
                data-confirm-yes=(visitor.text("run-now")) data-confirm-no=(visitor.text("cancel")) {
                button type="submit" disabled[never == 0] { (visitor.with("run-now-start", &[("count", never.into())])) }
            }
            a href={ (at) "/parts/" (rule.id) "#side" } { (visitor.text("cancel")) }
        }
    };
    shell::page(visitor, Page { title: &title, place: Some(Place::Automation), body })
}

async fn run(
    State(console): State<Console>,
    Work(visitor): Work,
    At((pipeline, rule)): At<(String, String)>,
) -> Result<Redirect, Trouble> {
    let desk = Desk::open(&console, &visitor, &pipeline, None).await?;
    let (stage, rule) = published(&desk, &rule)?;
    let wish = RunNow {
        pipeline: desk.pipeline.id.clone(),
        stage,
        rule: rule.id.clone(),
        orders: Among::Here,
        by: visitor.actor(),
    };
    visitor.engine(&console).run_now(visitor.shop, wish).await?;
    Ok(Redirect::to(&format!("/runs?rule={}", rule.id)))
}
