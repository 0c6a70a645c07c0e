//! `bizproc.workflow.*`: the shop's workflows by number, and what runs of them.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use rulewright_domain::{Command, EventId, Run, Timestamp, kind};
use rulewright_engine::Refusal;
use rulewright_ports::{
    Reads, WorkflowNumber,
    storage::{Page, RunQuery},
};
use serde_json::{Map, Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    document::{self, NoDocument},
    fault::Fault,
    filter::{self, Nesting},
    method::{Method, method},
    order, scalar,
    select::Select,
    sift,
    wire::envelope::date,
};

pub(crate) const METHODS: &[Method] = &[
    method!("bizproc.workflow.instances", "bizproc", instances),
    method!("bizproc.workflow.kill", "bizproc", kill),
    method!("bizproc.workflow.start", "bizproc", start),
    method!("bizproc.workflow.terminate", "bizproc", terminate),
];

/// Of runs that have not ended.
const OPEN: &[&str] = &["blocked", "scheduled", "parked", "ready", "waiting"];

const COLUMNS: &[&str] = &[
    "ID",
    "MODIFIED",
    "OWNED_UNTIL",
    "MODULE_ID",
    "ENTITY",
    "DOCUMENT_ID",
    "STARTED",
    "STARTED_BY",
    "TEMPLATE_ID",
];

async fn start(call: Call) -> Outcome {
    let wrong = |sentence: &str| Fault::coded("ERROR_WRONG_WORKFLOW_ID", sentence);
    let template = call.params.integer("TEMPLATE_ID").ok().flatten().filter(|id| *id > 0);
    let template = template.ok_or_else(|| wrong("Empty TEMPLATE_ID"))?;
    let numbers = call.facade.engine().workflow_numbers(call.shop()).await?;
    let number = numbers.into_iter().find(|one| one.id == template);
    let number = number.ok_or_else(|| wrong("Template not found"))?;
    let given = Value::Array(call.params.list("DOCUMENT_ID"));
    let (of, order) = document::order(&given).map_err(|why| match why {
        NoDocument::Wrong => Fault::classic("Wrong DOCUMENT_ID!"),
        NoDocument::OtherType => Fault::classic("Incorrect document type!"),
    })?;
    let config = call.config().await?;
    let workflow = config.workflows.get(&number.workflow).ok_or_else(|| wrong("Template not found"))?;
    if workflow.kind != of {
        return Err(Fault::classic("Template type and DOCUMENT_ID mismatch!"));
    }
    let shop = call.shop();
    let found = call.read(move |reads| Ok(reads.order(shop, order)?)).await?;
    if found.is_none_or(|found| found.kind != of) {
        return Err(Fault::classic("Wrong DOCUMENT_ID!"));
    }
    let parameters = call.params.maybe_map("PARAMETERS")?.unwrap_or_default();
    let command = Command::StartWorkflow { workflow: number.workflow, order, parameters };
    let receipt = call.execute(command).await?;
    let id = receipt.events.first().map(|event| event.0.to_string());
    Ok(Answer::of(id.unwrap_or_default()))
}

async fn terminate(call: Call) -> Outcome {
    let status = call.params.text("STATUS").unwrap_or_default();
    let status: String = status.chars().filter(|c| !c.is_control()).take(500).collect();
    let reason = if status.trim().is_empty() { "terminated through the interface" } else { &status };
    stop(&call, reason).await?;
    Ok(Answer::of(true))
}

/// What has run already stays in the history: nobody can take it out of there.
async fn kill(call: Call) -> Outcome {
    stop(&call, "killed through the interface").await?;
    Ok(Answer::of(true))
}

async fn stop(call: &Call, reason: &str) -> Result<(), Fault> {
    admin(call)?;
    let wrong = |sentence: &str| Fault::coded("ERROR_WRONG_WORKFLOW_ID", sentence);
    let id = call.params.text("ID").filter(|id| !id.trim().is_empty());
    let id = id.ok_or_else(|| wrong("Empty workflow instance ID"))?;
    let unknown = || wrong("There is no such workflow instance");
    let started = id.trim().parse().ok().map(EventId).ok_or_else(unknown)?;
    match call.facade.engine().stop_workflow(call.asked(), started, reason).await {
        Ok(_) => Ok(()),
        Err(Refusal::NotFound { .. }) => Err(unknown()),
        Err(refusal) => Err(refusal.into()),
    }
}

/// What has not ended.
async fn instances(call: Call) -> Outcome {
    admin(&call)?;
    let config = call.config().await?;
    let numbers = call.facade.engine().workflow_numbers(call.shop()).await?;
    let (shop, zone) = (call.shop(), config.shop.time_zone.clone());
    let rows = call.read(move |reads| {
        let mut rows = Vec::new();
        for (started, (runs, modified)) in running(reads, shop)? {
            let Some(run) = runs.first() else { continue };
            let Some(event) =
                reads.event(shop, started)?.filter(|event| event.what.kind == kind::WORKFLOW_STARTED)
            else {
                continue;
            };
            let Some(order) = reads.order(shop, run.order)? else { continue };
            let by = event.cause.by.employee().map_or(0, |employee| employee.0);
            rows.push(json!({
                "ID": started.0.to_string(),
                "MODIFIED": date(modified, &zone),
                "OWNED_UNTIL": null,
                "MODULE_ID": document::MODULE,
                "ENTITY": document::entity(order.kind),
                "DOCUMENT_ID": document::id(order.kind, order.id),
                "STARTED": date(event.at, &zone),
                "STARTED_BY": by.to_string(),
                "TEMPLATE_ID": template_of(run, &numbers),
            }));
        }
        Ok(rows)
    });
    listed(&call, rows.await?, COLUMNS)
}

/// Of each start the runs that have not ended, and when the last of them changed.
type Running = BTreeMap<EventId, (Vec<Run>, Timestamp)>;

fn running(reads: &mut dyn Reads, shop: rulewright_domain::ShopId) -> Result<Running, Fault> {
    let mut found = Running::new();
    for state in OPEN {
        let query = RunQuery { state: Some((*state).to_owned()), ..RunQuery::default() };
        let mut page = Page { after: None, limit: Page::MAX, newest_first: false };
        loop {
            let runs = reads.runs(shop, &query, page)?;
            let Some(last) = runs.last() else { break };
            page.after = Some(last.id.0);
            for run in runs.into_iter().filter(|run| run.workflow.is_some()) {
                let modified = run.ready_at.max(run.created);
                let (all, latest) = found.entry(run.event).or_insert_with(|| (Vec::new(), modified));
                *latest = modified.max(*latest);
                all.push(run);
            }
        }
    }
    Ok(found)
}

fn template_of(run: &Run, numbers: &[WorkflowNumber]) -> Option<String> {
    let started = run.workflow.as_ref()?;
    let number = numbers.iter().find(|number| number.workflow == started.workflow)?;
    Some(number.id.to_string())
}

/// Filtered, sorted, a page of them, and of each row what was selected.
pub(super) fn listed(call: &Call, rows: Vec<Value>, columns: &[&str]) -> Outcome {
    let wanted = filter::parse(call.params.node("filter"), Nesting::Flat)?;
    let sorted = order::lenient(&call.params.pairs("order"));
    let mut answer = sift::page(rows, &wanted, &sorted, call.params.start(), columns);
    let select = Select::parse(&call.params.list("select"));
    if let Value::Array(rows) = &mut answer.result {
        for row in rows {
            let Some(members) = row.as_object_mut() else { continue };
            let shown = |name: &str| name == "ID" || select.shows(name);
            *row = Value::Object(
                members.clone().into_iter().filter(|(name, _)| shown(name)).collect::<Map<_, _>>(),
            );
        }
    }
    Ok(answer)
}

pub(super) fn admin(call: &Call) -> Result<(), Fault> {
    match call.caller.admin {
        true => Ok(()),
        false => Err(Fault::new(StatusCode::FORBIDDEN, "ACCESS_DENIED", "Access denied!")),
    }
}

/// A whole number that is sent as one or as a text.
pub(super) fn number(value: Option<Value>) -> Option<i64> {
    value.as_ref().and_then(scalar::integer)
}
