//! `rulewright:host/history`: the order's log, not its timeline.

use rulewright_domain::{Command, EmployeeId, EntryKind};
use serde_json::{Value, json};

use super::{Function, function, waiting};
use crate::{
    convert,
    refusal::{Refusal, invalid},
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[function("history.write", |linker, name| {
    waiting(linker, name, |step, arguments| Box::pin(entry(step, EntryKind::History, arguments, Vec::new())))
})];

type Entry = (String, String, Option<String>);

/// A text on an order, in an employee's name where one is given: nobody else can be made to have said something.
pub(super) async fn entry(
    step: &mut Step,
    kind: EntryKind,
    (order, text, author): Entry,
    attachments: Vec<String>,
) -> Result<(), Refusal> {
    let order = Some(convert::id("/order", &order)?);
    let author: Option<EmployeeId> = convert::optional_id("/author", author.as_ref())?;
    if let Some(author) = author {
        step.read()?;
        let keeper = step.keeper.clone();
        if !step.ask(keeper.has_employee(author)).await? {
            let message = format!("there is no employee {author}");
            return Err(invalid("/author", "no-such-employee", message).into());
        }
    }
    let mut details = author.map_or(Value::Null, |author| json!({ "author": author }));
    if !attachments.is_empty() {
        details["attachments"] = json!(attachments);
    }
    step.command(Command::AddEntry { order, client: None, kind, text, details })
}
