//! `rulewright:host/activities`.

use rulewright_domain::{Command, EmployeeId, EntryKind};
use serde_json::json;

use super::{Function, at_once, function};
use crate::{bindings::host::activities::Activity, convert, refusal::Refusal, step::Step};

pub const FUNCTIONS: &[Function] = &[function("activities.add", |linker, name| at_once(linker, name, add))];

fn add(step: &mut Step, (activity,): (Activity,)) -> Result<String, Refusal> {
    let responsible: Option<EmployeeId> =
        convert::optional_id("/responsible", activity.responsible.as_ref())?;
    let time = |path: &str, at: Option<i64>| at.map(|at| convert::time(path, at)).transpose();
    let details = json!({
        "kind": activity.kind,
        "description": activity.description,
        "starts": time("/starts", activity.starts)?,
        "deadline": time("/deadline", activity.deadline)?,
        "responsible": responsible,
        "completed": activity.completed,
        "attrs": convert::fields("/attrs", activity.attrs, &step.limits)?,
    });
    let order = Some(convert::id("/order", &activity.order)?);
    let text = activity.subject;
    step.create(
        "activity",
        Command::AddEntry { order, client: None, kind: EntryKind::Activity, text, details },
    )
}
