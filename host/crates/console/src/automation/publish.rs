//! Publishing a draft: what changes, what becomes of runs that wait, what keeps it from being published.

use axum::{
    Form, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use maud::{Markup, html};
use rulewright_domain::Edit as DraftEdit;
use rulewright_engine::{Editor, Pending, Reach, Removed};
use rulewright_ports::Issue;
use serde::Deserialize;

use super::{Desk, Stages, change};
use crate::{
    Console,
    door::{At, Edit, Visitor},
    refusals,
    shell::{self, Page, Place},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/automation/{pipeline}/publish", get(preview).post(publish))
}

async fn preview(
    State(console): State<Console>,
    Edit(visitor): Edit,
    At(pipeline): At<String>,
) -> Result<Markup, Trouble> {
    let desk = Desk::open(&console, &visitor, &pipeline, None).await?;
    let engine = console.engine();
    let issues = engine.check_automation(visitor.shop, &desk.pipeline.id, &desk.stages).await?;
    let removed = engine.publish_preview(visitor.shop, &desk.pipeline.id).await?;
    let reach = engine.publish_reach(visitor.shop, &desk.pipeline.id).await?;
    let ahead = Ahead { issues: &issues, removed: &removed, reach: &reach };
    Ok(page(&visitor, &desk, &ahead, None))
}

/// What is known of a publication before it.
#[derive(Default)]
struct Ahead<'a> {
    issues: &'a [Issue],
    removed: &'a [Removed],
    reach: &'a [Reach],
}

fn page(visitor: &Visitor, desk: &Desk, ahead: &Ahead<'_>, trouble: Option<&Trouble>) -> Markup {
    let Ahead { issues, removed, reach } = *ahead;
    let nothing = Stages::new();
    let edits = DraftEdit::between(desk.published().unwrap_or(&nothing), &desk.stages);
    let pending: u64 = removed.iter().map(|one| one.pending).sum();
    let title = visitor.with("publish-title", &[("pipeline", desk.pipeline.name.as_str().into())]);
    let body = html! {
        h1 { (title) }
        @if let Some(trouble) = trouble { (trouble.note(&visitor.look)) }
        @if edits.is_empty() { p { (visitor.text("publish-nothing")) } }
        ul { @for edit in &edits { li { (edit_line(visitor, desk, edit)) } } }
        (reached(visitor, desk, reach))
        @if !issues.is_empty() {
            div.note.bad role="alert" {
                p { strong { (visitor.with("publish-issues", &[("count", issues.len().into())])) } }
                ul { @for issue in issues { li { (issue_line(visitor, desk, issue)) } } }
            }
        }
        form.stack method="post" action={ (desk.at()) "/publish" } {
            input type="hidden" name="version" value=(desk.version);
            @if pending > 0 {
                fieldset {
                    legend { (visitor.with("publish-pending", &[("count", pending.into())])) }
                    ul { @for one in removed.iter().filter(|one| one.pending > 0) { li { (one.name) " · " (desk.stage_name(&one.stage)) " · " (one.pending) } } }
                    label { input type="radio" name="pending" value="finish" checked; " " (visitor.text("publish-finish")) } br;
                    label { input type="radio" name="pending" value="cancel"; " " (visitor.text("publish-cancel")) }
                }
            }
            div.row {
                button type="submit" disabled[!issues.is_empty() || edits.is_empty()] { (visitor.with("publish-changes", &[("count", edits.len().into())])) }
                a href=(desk.at()) { (visitor.text("cancel")) }
            }
        }
    };
    shell::page(visitor, Page { title: &title, place: Some(Place::Automation), body })
}

/// Whom the new rules are for, and for whom they come too late.
fn reached(visitor: &Visitor, desk: &Desk, reach: &[Reach]) -> Markup {
    html! {
        @if reach.is_empty() { p.muted { (visitor.text("publish-orders-stay")) } }
        @else { ul #reach.reach { @for one in reach { li { (reach_line(visitor, desk, one)) } } } }
    }
}

fn reach_line(visitor: &Visitor, desk: &Desk, one: &Reach) -> Markup {
    let stage = desk.stage_name(&one.stage);
    let a_day = visitor.look.few(one.a_day);
    // Of what is written with a point in it there are several.
    let many: u64 = if a_day == "1" { 1 } else { 2 };
    let new = match one.a_day {
        pace if pace <= 0.0 => visitor.text("publish-reaches-none"),
        pace if pace < 1.0 => visitor.text("publish-reaches-few"),
        _ => visitor.with("publish-reaches", &[("count", many.into()), ("orders", a_day.into())]),
    };
    let late = visitor.with(
        "publish-late",
        &[
            ("count", one.here.into()),
            ("orders", visitor.look.number(one.here).into()),
            ("stage", stage.as_str().into()),
            ("rules", one.rules.len().into()),
        ],
    );
    html! { strong { (stage) } " · " (one.rules.join(", ")) br; (new) " " (late) }
}

pub fn edit_line(visitor: &Visitor, desk: &Desk, edit: &DraftEdit) -> Markup {
    let kind = if edit.rule { "part-rule" } else { "part-trigger" };
    html! { (visitor.text(&format!("edited-{}", edit.edited.name()))) " " (visitor.text(kind)) " " strong { (edit.name) } " · " (desk.stage_name(&edit.stage)) }
}

/// Where it is, as a link to the form, and what to do.
fn issue_line(visitor: &Visitor, desk: &Desk, issue: &Issue) -> Markup {
    let told = refusals::issue(&visitor.look, issue);
    match part_of(&desk.stages, &issue.path) {
        Some(part) => {
            html! { a href={ (desk.at()) "/parts/" (part.id()) "#side" } { (part.name()) } ": " (told) }
        }
        None => told,
    }
}

/// The part that a path such as `/new/rules/0/settings/text` leads into.
fn part_of(stages: &Stages, path: &str) -> Option<change::Part> {
    let mut steps = path.strip_prefix('/')?.split('/');
    let on = stages.iter().find(|(id, _)| Some(id.0.as_str()) == steps.clone().next())?.1;
    let (kind, index) = (steps.nth(1)?, steps.next()?.parse::<usize>().ok()?);
    match kind {
        "rules" => on.rules.get(index).cloned().map(change::Part::Rule),
        _ => on.triggers.get(index).cloned().map(change::Part::Trigger),
    }
}

#[derive(Deserialize)]
struct Sent {
    version: u64,
    #[serde(default)]
    pending: Pending,
}

async fn publish(
    State(console): State<Console>,
    Edit(visitor): Edit,
    At(pipeline): At<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Trouble> {
    let desk = Desk::open(&console, &visitor, &pipeline, None).await?;
    let editor = Editor { by: Some(visitor.actor()), expected: Some(sent.version) };
    let engine = visitor.engine(&console);
    match engine.publish_as(visitor.shop, &desk.pipeline.id, sent.pending, editor).await {
        Ok(_) => Ok(Redirect::to(&desk.at()).into_response()),
        Err(refusal) => {
            let trouble = Trouble::from(refusal);
            let issues = trouble.issues().to_vec();
            let ahead = Ahead { issues: &issues, ..Ahead::default() };
            let page = page(&visitor, &desk, &ahead, issues.is_empty().then_some(&trouble));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::account::Role;
    use serde_json::json;

    use super::*;
    use crate::orders::sample;

    #[test]
    fn what_keeps_a_draft_back_leads_to_the_form_where_it_is_mended() {
        let rule = json!({ "id": "r1", "name": "Send", "plugin": "sms" });
        let stages: Stages = serde_json::from_value(json!({ "new": { "rules": [rule] } })).unwrap();
        assert_eq!(part_of(&stages, "/new/rules/0/settings/text").unwrap().id(), "r1");
        assert_eq!(part_of(&stages, "/new/rules/1"), None);
        assert_eq!(part_of(&stages, "/new"), None);
        assert_eq!(part_of(&stages, ""), None);
    }

    #[test]
    fn whoever_publishes_is_told_for_how_many_it_is_and_for_how_many_too_late() {
        let told = |language: &str, a_day: f64, here: u64, rules: &[&str]| {
            let visitor = Visitor { look: sample::look(language), ..sample::visitor(Role::Editor) };
            let rules = rules.iter().map(|name| (*name).to_owned()).collect();
            reach_line(&visitor, &sample_desk(), &Reach { stage: "paid".into(), rules, here, a_day })
                .into_string()
        };
        let html = told("en", 37.4, 12, &["Thank"]);
        assert!(html.contains("Publishes for about 37 new orders a day."), "{html}");
        assert!(html.contains("12 orders already in Paid will not run it."), "{html}");
        let html = told("en", 1.0, 1, &["Thank", "Call"]);
        assert!(html.contains("about 1 new order a day."), "{html}");
        assert!(html.contains("1 order already in Paid will not run them.") && html.contains("Thank, Call"));
        let html = told("en", 0.2, 0, &["Thank"]);
        assert!(html.contains("fewer than 1 new order a day. No order is in Paid yet."), "{html}");
        let html = told("de", 2.5, 1_200, &["Thank"]);
        assert!(html.contains("etwa 2,5 neue Aufträge am Tag") && html.contains("1.200 Aufträge"), "{html}");
    }

    fn sample_desk() -> Desk {
        Desk {
            config: sample::config().into(),
            pipeline: sample::pipeline(),
            version: 1,
            stages: Stages::new(),
            sample: None,
            observed: Default::default(),
        }
    }
}
