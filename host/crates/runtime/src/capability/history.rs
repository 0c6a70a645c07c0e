//! `rulewright:host/history`: the order's log, not its timeline.

use rulewright_domain::{Command, EntryKind};
use serde_json::{Value, json};

use super::{Function, at_once, function};
use crate::{convert, refusal::Refusal, step::Step};

pub const FUNCTIONS: &[Function] = &[function("history.write", |linker, name| {
    at_once(linker, name, |step, arguments| entry(step, EntryKind::History, arguments))
})];

type Entry = (String, String, Option<String>);

/// A text on an order, in an author's name where one is given.
pub(super) fn entry(step: &mut Step, kind: EntryKind, (order, text, author): Entry) -> Result<(), Refusal> {
    let order = Some(convert::id("/order", &order)?);
    let details = author.map_or(Value::Null, |author| json!({ "author": author }));
    step.command(Command::AddEntry { order, kind, text, details })
}
