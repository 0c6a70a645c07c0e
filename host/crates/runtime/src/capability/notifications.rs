//! `rulewright:host/notifications`.

use rulewright_domain::{Command, EmployeeId, EntryKind};
use serde_json::json;

use super::{Function, at_once, function};
use crate::{
    bindings::host::notifications::Notification,
    convert,
    refusal::{Refusal, invalid},
    step::Step,
};

pub const FUNCTIONS: &[Function] =
    &[function("notifications.send", |linker, name| at_once(linker, name, send))];

fn send(step: &mut Step, (notification,): (Notification,)) -> Result<(), Refusal> {
    if notification.recipients.is_empty() {
        return Err(invalid("/recipients", "empty", "it has no recipient").into());
    }
    let recipients: Vec<EmployeeId> = convert::ids("/recipients", &notification.recipients)?;
    let sender: Option<EmployeeId> = convert::optional_id("/sender", notification.sender.as_ref())?;
    step.command(Command::AddEntry {
        order: convert::optional_id("/about", notification.about.as_ref())?,
        client: None,
        kind: EntryKind::Notification,
        text: notification.text,
        details: json!({ "sender": sender, "recipients": recipients }),
    })
}
