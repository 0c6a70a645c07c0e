//! A draft tried with many orders of the past, beside what is published: how often each rule would do what. Nothing is sent.

mod job;
mod result;

use std::sync::Arc;

use axum::{
    Extension, Form, Router,
    extract::State,
    response::Redirect,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{RuleId, StageId};
use rulewright_engine::Simulation;
use serde::Deserialize;

use self::job::{Job, Jobs};
use super::Desk;
use crate::{
    Console,
    door::{At, Edit, Visitor},
    jobs::too_many,
    shell::{self, Page, Place},
    show::{self, Tone},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/automation/{pipeline}/simulate", get(form).post(start))
        .route("/automation/{pipeline}/simulate/{job}", get(page))
        .route("/automation/{pipeline}/simulate/{job}/stop", post(stop))
        .layer(Extension(Arc::new(Jobs::default())))
}

/// Orders that are tried where nobody says how many.
const USUAL: usize = 100;
/// Between a stage and one of its rules in the form.
const WITHIN: char = '/';

async fn form(
    State(console): State<Console>,
    Edit(visitor): Edit,
    At(pipeline): At<String>,
) -> Result<Markup, Trouble> {
    let desk = Desk::open(&console, &visitor, &pipeline, None).await?;
    let title = visitor.with("simulate-title", &[("pipeline", desk.pipeline.name.as_str().into())]);
    let with_rules = desk.stages.values().any(|on| !on.rules.is_empty());
    let body = html! {
        div.head { h1 { (title) } div.end { a.button.quiet href=(desk.at()) { (visitor.text("nav-automation")) } } }
        p { (visitor.text("simulate-explained")) }
        @if with_rules { (asks(&visitor, &desk)) } @else {
            (show::empty(&visitor.text("simulate-no-rules"), Some((&visitor.text("nav-automation"), &desk.at()))))
        }
    };
    Ok(shell::page(&visitor, Page { title: &title, place: Some(Place::Automation), body }))
}

fn asks(visitor: &Visitor, desk: &Desk) -> Markup {
    html! {
        form.filters method="post" action={ (desk.at()) "/simulate" } {
            label { (visitor.text("simulate-of"))
                select name="of" {
                    @for stage in &desk.pipeline.stages {
                        @let rules = desk.stages.get(&stage.id).map_or(&[][..], |on| &on.rules);
                        @if !rules.is_empty() {
                            optgroup label=(stage.name) {
                                option value=(stage.id) { (visitor.with("simulate-all-rules", &[("stage", stage.name.as_str().into())])) }
                                @for rule in rules { option value=(format!("{}{WITHIN}{}", stage.id, rule.id)) { (rule.name) } }
                            }
                        }
                    }
                }
            }
            label { (visitor.text("simulate-last")) input type="number" name="last" min="1" max=(Simulation::MOST) value=(USUAL) required; }
            button type="submit" { (visitor.text("simulate-go")) }
        }
        p.help { (visitor.text("simulate-which")) }
    }
}

#[derive(Deserialize)]
struct Sent {
    /// A stage, or a stage and one of its rules.
    of: String,
    last: usize,
}

async fn start(
    State(console): State<Console>,
    Extension(jobs): Extension<Arc<Jobs>>,
    Edit(visitor): Edit,
    At(pipeline): At<String>,
    Form(sent): Form<Sent>,
) -> Result<Redirect, Trouble> {
    let desk = Desk::open(&console, &visitor, &pipeline, None).await?;
    let (stage, rule) =
        sent.of.split_once(WITHIN).map_or((&*sent.of, None), |(stage, rule)| (stage, Some(rule)));
    let stage = StageId::from(stage);
    let on = desk.stages.get(&stage).ok_or(Trouble::NotFound)?;
    let rule = match rule {
        Some(id) => Some(on.rules.iter().find(|rule| rule.id.0 == id).ok_or(Trouble::NotFound)?),
        None => None,
    };
    let wish = Simulation {
        pipeline: desk.pipeline.id.clone(),
        stage: stage.clone(),
        stages: Some(desk.stages.clone()),
        rule: rule.map(|rule| RuleId(rule.id.0.clone())),
        last: sent.last.clamp(1, Simulation::MOST),
    };
    let of = rule.map_or_else(|| desk.stage_name(&stage), |rule| rule.name.clone());
    let job = jobs.begin(visitor.shop, &wish, of, visitor.look.now, console.0.stop.child_token());
    let job = job.ok_or_else(|| too_many(&visitor.look))?;
    let to = format!("{}/simulate/{}", desk.at(), job.id);
    let (engine, shop) = (console.engine().clone(), visitor.shop);
    tokio::spawn(async move { job.work(&engine, shop, wish).await });
    Ok(Redirect::to(&to))
}

fn job_of(jobs: &Jobs, visitor: &Visitor, pipeline: &str, id: &str) -> Result<Arc<Job>, Trouble> {
    let found = id.parse().ok().and_then(|id| jobs.of(visitor.shop, id));
    found.filter(|job| job.pipeline.0 == pipeline).ok_or(Trouble::NotFound)
}

async fn stop(
    Extension(jobs): Extension<Arc<Jobs>>,
    Edit(visitor): Edit,
    At((pipeline, id)): At<(String, String)>,
) -> Result<Redirect, Trouble> {
    let job = job_of(&jobs, &visitor, &pipeline, &id)?;
    job.stop();
    Ok(Redirect::to(&job.at()))
}

async fn page(
    Extension(jobs): Extension<Arc<Jobs>>,
    Edit(visitor): Edit,
    At((pipeline, id)): At<(String, String)>,
) -> Result<Markup, Trouble> {
    let job = job_of(&jobs, &visitor, &pipeline, &id)?;
    let title = visitor.with("simulate-title", &[("pipeline", job.of.as_str().into())]);
    let body = html! {
        div.head {
            h1 { (title) }
            div.end { a.button.quiet href={ (super::at(&job.pipeline)) "/simulate" } { (visitor.text("simulate-again")) } }
        }
        (shown(&visitor, &job))
    };
    Ok(shell::page(&visitor, Page { title: &title, place: Some(Place::Automation), body }))
}

/// Looked at again by itself until it has ended; that it hears of nothing else is meant.
fn shown(visitor: &Visitor, job: &Job) -> Markup {
    let progress = job.progress();
    // Of none, all are done.
    let (whole, done) = match progress.total {
        0 => (1, usize::from(progress.end.is_some())),
        total => (total, progress.done),
    };
    let state = match &progress.end {
        None => Tone::Busy.pill(&visitor.text("job-running")),
        Some(Ok(simulated)) if simulated.cancelled => Tone::Stop.pill(&visitor.text("job-stopped")),
        Some(Ok(_)) => Tone::Good.pill(&visitor.text("job-done")),
        Some(Err(_)) => Tone::Bad.pill(&visitor.text("simulate-failed")),
    };
    html! {
        div #job data-live="simulation" data-again=[progress.end.is_none().then_some("")] {
            div.card {
                p role="status" { (state) " " strong { (visitor.text("dry-run-nothing-sent")) } }
                progress max=(whole) value=(done) aria-label=(visitor.text("job-progress")) {}
                p { (visitor.with("simulate-progress", &[("done", progress.done.into()), ("total", progress.total.into())])) }
                dl.facts { dt { (visitor.text("job-began")) } dd { (visitor.look.at(job.began)) } }
                @if progress.end.is_none() {
                    form method="post" action={ (job.at()) "/stop" } { button.danger type="submit" { (visitor.text("job-stop")) } }
                }
            }
            @match &progress.end {
                Some(Ok(simulated)) => { (result::shown(&visitor.look, job, simulated)) }
                Some(Err(trouble)) => { (trouble.note(&visitor.look)) }
                None => {}
            }
        }
    }
}
