//! `rulewright:host/lists-write`. What a list requires, and whether there is such an item, the commit says.

use rulewright_domain::{Command, ItemId};

use super::{Function, at_once, function};
use crate::{
    bindings::{errors::HostError, values::Attr},
    convert,
    refusal::Refusal,
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[
    function("lists-write.create", |linker, name| at_once(linker, name, create)),
    function("lists-write.update", |linker, name| at_once(linker, name, update)),
];

fn create(step: &mut Step, (list, attrs): (String, Vec<Attr>)) -> Result<String, Refusal> {
    let fields = convert::fields("/fields", attrs, &step.limits)?.into_iter().collect();
    step.create("item", Command::AddItem { list, fields })
}

fn update(step: &mut Step, (list, id, attrs): (String, String, Vec<Attr>)) -> Result<(), Refusal> {
    let id: ItemId = id.trim().parse().map_err(|_| HostError::NotFound)?;
    let fields = convert::fields("/fields", attrs, &step.limits)?.into_iter().collect();
    step.command(Command::ChangeItem { list, id, fields })
}
