//! Many orders at once: what was chosen in the list becomes a job with a page of its own.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{RawForm, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use rulewright_domain::{
    OrderId, Pipeline, PipelineId, RuleSpec, ShopConfig, Stage, StageId, account::Ability,
};

use super::{
    ask::{Ask, NOBODY},
    job::{Failure, Job, Jobs, MOST, What},
    load, outlook,
};
use crate::{
    Console,
    door::{At, Look, See, Visitor, Work},
    help,
    jobs::too_many,
    reasons, refusals,
    shell::{self, Place},
    show::Tone,
    trouble::Trouble,
};

/// The form of the list: the filters that it was made with, the rows that were chosen, and what to do.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sent {
    ask: Ask,
    all: bool,
    orders: Vec<OrderId>,
    stage: String,
    employee: String,
    rule: String,
    /// The revision with which somebody has seen what starting the rule would come to.
    agreed: Option<u64>,
}

impl Sent {
    /// `order` comes as often as rows were chosen, so no derive reads it.
    fn read(body: &[u8]) -> Sent {
        let mut sent = Sent::default();
        for (name, value) in form_urlencoded::parse(body) {
            let value = value.into_owned();
            match &*name {
                "pipeline" => sent.ask.pipeline = value,
                "q" => sent.ask.q = value,
                "responsible" => sent.ask.responsible = value,
                "late" => sent.ask.late = value,
                "failed" => sent.ask.failed = value,
                "stage" => sent.ask.stage = value,
                "view" => sent.ask.view = value,
                "which" => sent.all = value == "all",
                "order" => sent.orders.extend(value.parse::<OrderId>().ok()),
                "to-stage" => sent.stage = value,
                "to-employee" => sent.employee = value,
                "to-rule" => sent.rule = value,
                "agreed" => sent.agreed = value.parse().ok(),
                _ => {}
            }
        }
        sent.orders.truncate(MOST);
        sent
    }

    /// One thing at a time: a job that fails halfway says then what was done.
    fn what(&self, visitor: &Visitor, config: &ShopConfig, pipeline: &Pipeline) -> Result<What, Trouble> {
        let wrong =
            |key: &str| Trouble::from(refusals::own(visitor.text("bulk-title"), "", visitor.text(key)));
        match (self.stage.as_str(), self.employee.as_str(), self.rule.as_str()) {
            ("", "", "") => Err(wrong("bulk-no-change")),
            (stage, "", "") => {
                let stage = pipeline.stage(&StageId::from(stage)).ok_or_else(|| wrong("bulk-no-change"))?;
                Ok(What::Move { stage: stage.id.clone(), name: stage.name.clone() })
            }
            ("", "", rule) => {
                let found = rules(config, pipeline).into_iter().find(|(_, known)| known.id.0 == rule);
                let (stage, rule) = found.ok_or_else(|| wrong("bulk-no-change"))?;
                Ok(What::Run {
                    pipeline: pipeline.id.clone(),
                    stage: stage.id.clone(),
                    rule: rule.id.clone(),
                    name: rule.name.clone(),
                })
            }
            ("", NOBODY, "") => Ok(What::Assign { to: None, name: visitor.text("order-nobody") }),
            ("", employee, "") => {
                let known = employee.parse().ok().and_then(|id| config.employees.get(&id));
                let employee = known.ok_or_else(|| wrong("bulk-no-change"))?;
                Ok(What::Assign { to: Some(employee.id), name: employee.name.clone() })
            }
            _ => Err(wrong("bulk-two-changes")),
        }
    }
}

/// Published rules that are switched on, as the stages and their lists have them.
pub fn rules<'c>(config: &'c ShopConfig, pipeline: &'c Pipeline) -> Vec<(&'c Stage, &'c RuleSpec)> {
    let of_stage = |stage: &'c Stage| {
        let rules = config.rules(&pipeline.id, &stage.id).iter().filter(|rule| rule.active);
        rules.map(move |rule| (stage, rule))
    };
    pipeline.stages.iter().flat_map(of_stage).collect()
}

pub async fn start(
    State(console): State<Console>,
    Extension(jobs): Extension<Arc<Jobs>>,
    Work(visitor): Work,
    RawForm(body): RawForm,
) -> Result<Response, Trouble> {
    let sent = Sent::read(&body);
    let config = console.config(visitor.shop).await?;
    let pipeline = config.pipelines.get(&PipelineId(sent.ask.pipeline.clone())).ok_or(Trouble::NotFound)?;
    let what = sent.what(&visitor, &config, pipeline)?;
    let orders = match sent.all {
        false => sent.orders,
        true => {
            let (shop, now, pipeline, ask) =
                (visitor.shop, visitor.look.now, pipeline.clone(), sent.ask.clone());
            let found = console.read(move |reads| load::all_of(reads, shop, &pipeline, &ask, now, MOST));
            found.await?
        }
    };
    if orders.is_empty() {
        let message = visitor.text("bulk-none-chosen");
        return Err(refusals::own(visitor.text("bulk-title"), "", message).into());
    }
    // What was published since may do something else: the rule may have left the shadow.
    if let What::Run { stage, rule, .. } = &what
        && sent.agreed != config.automations.get(&pipeline.id).map(|automation| automation.revision)
    {
        let (id, stage, rule) = (pipeline.id.clone(), stage.clone(), rule.clone());
        let found = console.engine().run_now_outlook(visitor.shop, id, stage, rule, orders.clone()).await?;
        let asked =
            outlook::Asked { config: &config, pipeline, ask: &sent.ask, orders: &orders, what: &what };
        return Ok(outlook::page(&visitor, &asked, &found).into_response());
    }
    let job = jobs.add(visitor.shop, what, orders, visitor.look.now);
    let job = job.ok_or_else(|| too_many(&visitor.look))?;
    let to = format!("/orders/jobs/{}", job.id);
    let (engine, account, ends) = (visitor.engine(&console), visitor.account, console.0.stop.clone());
    tokio::spawn(async move { job.work(&engine, &account, &ends).await });
    Ok(Redirect::to(&to).into_response())
}

fn job_of(jobs: &Jobs, visitor: &Visitor, id: &str) -> Result<Arc<Job>, Trouble> {
    id.parse().ok().and_then(|id| jobs.of(visitor.shop, id)).ok_or(Trouble::NotFound)
}

pub async fn stop(
    Extension(jobs): Extension<Arc<Jobs>>,
    Work(visitor): Work,
    At(id): At<String>,
) -> Result<Response, Trouble> {
    let job = job_of(&jobs, &visitor, &id)?;
    job.stop();
    Ok(Redirect::to(&format!("/orders/jobs/{}", job.id)).into_response())
}

pub async fn page(
    Extension(jobs): Extension<Arc<Jobs>>,
    See(visitor): See,
    At(id): At<String>,
) -> Result<Markup, Trouble> {
    let job = job_of(&jobs, &visitor, &id)?;
    let title = called(&visitor, &job.what, job.orders.len());
    let body = html! {
        p { a href="/orders" { "‹ " (visitor.text("nav-orders")) } }
        h1 { (title) }
        (shown(&visitor, &job))
    };
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Orders), body }))
}

pub fn called(visitor: &Visitor, what: &What, count: usize) -> String {
    match what {
        What::Move { name, .. } => {
            visitor.with("job-move", &[("count", count.into()), ("stage", name.as_str().into())])
        }
        What::Assign { name, .. } => {
            visitor.with("job-assign", &[("count", count.into()), ("name", name.as_str().into())])
        }
        What::Run { name, .. } => {
            visitor.with("job-run", &[("count", count.into()), ("rule", name.as_str().into())])
        }
    }
}

fn shown(visitor: &Visitor, job: &Job) -> Markup {
    let progress = job.progress();
    let (total, failed) = (job.orders.len(), progress.failures.len());
    let left = total.saturating_sub(progress.done + failed);
    let state = match (progress.ended.is_some(), job.is_stopped() && left > 0) {
        (false, _) => Tone::Busy.pill(&visitor.text("job-running")),
        (true, true) => Tone::Stop.pill(&visitor.text("job-stopped")),
        (true, false) if failed > 0 => Tone::Warn.pill(&visitor.text("job-done-failures")),
        (true, false) => Tone::Good.pill(&visitor.text("job-done")),
    };
    let (done, refused) = match &job.what {
        What::Run { .. } => (visitor.text("job-started"), visitor.text("job-not-started")),
        _ => (visitor.text("job-changed"), visitor.text("job-failed")),
    };
    html! {
        div.card #job data-live="order" data-again=[progress.ended.is_none().then_some("")] {
            p role="status" { (state) }
            progress max=(total) value=(total - left) aria-label=(visitor.text("job-progress")) {}
            dl.facts {
                dt { (done) } dd data-count="done" { (progress.done) }
                dt { (refused) } dd data-count="failed" { (failed) }
                dt { (visitor.text("job-left")) } dd data-count="left" { (left) }
                dt { (visitor.text("job-began")) } dd { (visitor.look.at(job.began)) }
            }
            @if progress.ended.is_none() && visitor.may(Ability::Work) {
                form method="post" action={ "/orders/jobs/" (job.id) "/stop" } {
                    button.danger type="submit" { (visitor.text("job-stop")) }
                }
            }
            @if let What::Run { rule, .. } = &job.what {
                p { a href={ "/runs?rule=" (rule) } { (visitor.text("job-runs")) } }
            }
            @if failed > 0 {
                h2 { (refused) }
                ul { @for one in &progress.failures { li { a href={ "/orders/" (one.order) } { (one.order) } ": " (why(&visitor.look, one)) " " (help::code(&visitor.look, &one.code)) } } }
                p { a.button.quiet href={ "/orders/jobs/" (job.id) "/failures.csv" } download="" { (visitor.text("job-download")) } }
            }
        }
    }
}

pub async fn failures(
    Extension(jobs): Extension<Arc<Jobs>>,
    See(visitor): See,
    At(id): At<String>,
) -> Result<Response, Trouble> {
    let job = job_of(&jobs, &visitor, &id)?;
    let mut table = "order,code,message\r\n".to_owned();
    for one in job.progress().failures {
        table.push_str(&format!("{},{},{}\r\n", one.order, cell(&one.code), cell(&one.told(&visitor.look))));
    }
    let name = format!("attachment; filename=\"failures-{}.csv\"", job.id);
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, table).into_response())
}

/// Quoted; and what a table program would compute stays text.
fn cell(text: &str) -> String {
    let computed =
        text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    format!("\"{}{}\"", if computed { "'" } else { "" }, text.replace('"', "\"\""))
}

/// Why an order was left as it was.
fn why(look: &Look, one: &Failure) -> Markup {
    match one.own(look) {
        Some(own) => html! { (own) },
        None => reasons::failure(look, &one.code, &one.message),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{EmployeeId, account::Role};
    use rulewright_engine::Refusal;

    use super::*;
    use crate::orders::sample;

    fn what(body: &str) -> Result<What, Trouble> {
        Sent::read(body.as_bytes()).what(
            &sample::visitor(Role::Operator),
            &sample::config(),
            &sample::pipeline(),
        )
    }

    #[test]
    fn a_cell_is_one_cell_and_computes_nothing() {
        for (text, expected) in [
            ("no-such-stage", "\"no-such-stage\""),
            ("a \"b\", c\r\nd", "\"a \"\"b\"\", c\r\nd\""),
            ("=HYPERLINK(\"https://x.example\")", "\"'=HYPERLINK(\"\"https://x.example\"\")\""),
            ("  @SUM(1)", "\"'  @SUM(1)\""),
            ("\t=1+1", "\"'\t=1+1\""),
            ("-2+3", "\"'-2+3\""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }

    #[test]
    fn a_form_names_every_row_that_was_chosen_and_one_change() {
        let sent = Sent::read(
            b"pipeline=orders&q=tea&which=chosen&order=ord_1&order=ord_2&order=none&to-stage=paid",
        );
        assert_eq!(
            (sent.orders, sent.all, sent.ask.q.as_str()),
            (vec![OrderId(1), OrderId(2)], false, "tea")
        );
        assert_eq!(what("to-stage=paid").unwrap(), What::Move { stage: "paid".into(), name: "Paid".into() });
        assert_eq!(
            what("to-employee=emp_1").unwrap(),
            What::Assign { to: Some(EmployeeId(1)), name: "Dana".into() }
        );
        assert!(matches!(what("to-employee=none"), Ok(What::Assign { to: None, .. })));
        let (stage, rule) = ("new".into(), "r1".into());
        let run = What::Run { pipeline: "orders".into(), stage, rule, name: "Thank".into() };
        assert_eq!(what("to-rule=r1").unwrap(), run);
        for wrong in [
            "",
            "to-stage=nowhere",
            "to-employee=emp_9",
            "to-stage=paid&to-employee=emp_1",
            "to-rule=r1&to-stage=paid",
            "to-rule=r9",
            // Switched off.
            "to-rule=r3",
        ] {
            assert!(matches!(what(wrong), Err(Trouble::Refused(Refusal::Invalid(_)))), "{wrong}");
        }
    }

    #[test]
    fn a_job_says_what_is_done_and_what_is_left() {
        let jobs = Jobs::default();
        let what = What::Move { stage: "paid".into(), name: "Paid".into() };
        let shop = sample::visitor(Role::Operator).shop;
        let job = jobs.add(shop, what, vec![OrderId(1), OrderId(2)], sample::NOW).unwrap();
        let html = shown(&sample::visitor(Role::Operator), &job).into_string();
        assert!(
            html.contains("data-count=\"left\">2<") && html.contains("data-again") && html.contains("/stop"),
            "{html}"
        );
    }

    #[test]
    fn no_cell_is_computed() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("a \"b\""), "\"a \"\"b\"\"\"");
    }
}
