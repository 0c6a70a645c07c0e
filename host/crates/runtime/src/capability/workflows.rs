//! `rulewright:host/workflows`.

use rulewright_domain::Command;

use super::{Function, at_once, function};
use crate::{bindings::values::Attr, convert, refusal::Refusal, step::Step};

pub const FUNCTIONS: &[Function] =
    &[function("workflows.start", |linker, name| at_once(linker, name, start))];

fn start(
    step: &mut Step,
    (workflow, order, parameters): (String, String, Vec<Attr>),
) -> Result<String, Refusal> {
    let order = convert::id("/order", &order)?;
    let parameters = convert::fields("/parameters", parameters, &step.limits)?;
    step.create("workflow", Command::StartWorkflow { workflow, order, parameters })
}
