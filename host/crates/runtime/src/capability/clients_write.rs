//! `rulewright:host/clients-write`.

use rulewright_domain::{ClientId, Command};

use super::{Function, at_once, function};
use crate::{bindings::values::Attr, convert, refusal::Refusal, step::Step};

pub const FUNCTIONS: &[Function] =
    &[function("clients-write.set-fields", |linker, name| at_once(linker, name, set_fields))];

fn set_fields(step: &mut Step, (id, attrs): (String, Vec<Attr>)) -> Result<(), Refusal> {
    let id: ClientId = convert::id("/id", &id)?;
    let fields = convert::fields("/fields", attrs, &step.limits)?.into_iter().collect();
    step.command(Command::ChangeClient { id, fields })
}
