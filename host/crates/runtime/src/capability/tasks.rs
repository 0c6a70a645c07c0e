//! `rulewright:host/tasks`.

use rulewright_domain::{Command, EmployeeId, EntryKind};
use serde_json::json;

use super::{Function, at_once, function};
use crate::{bindings::host::tasks::Task, convert, refusal::Refusal, step::Step};

pub const FUNCTIONS: &[Function] = &[function("tasks.create", |linker, name| at_once(linker, name, create))];

fn create(step: &mut Step, (task,): (Task,)) -> Result<String, Refusal> {
    let responsible: Option<EmployeeId> = convert::optional_id("/responsible", task.responsible.as_ref())?;
    let people = |path: &str, ids: &[String]| convert::ids::<EmployeeId>(path, ids);
    let deadline = task.deadline.map(|at| convert::time("/deadline", at)).transpose()?;
    let details = json!({
        "description": task.description,
        "responsible": responsible,
        "participants": people("/participants", &task.participants)?,
        "observers": people("/observers", &task.observers)?,
        "deadline": deadline,
        "checklist": task.checklist,
        "attrs": convert::fields("/attrs", task.attrs, &step.limits)?,
    });
    let order = convert::optional_id("/order", task.order.as_ref())?;
    let text = task.title;
    step.create("task", Command::AddEntry { order, client: None, kind: EntryKind::Task, text, details })
}
