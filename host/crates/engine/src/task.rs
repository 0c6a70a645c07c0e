//! Tasks and activities come to their end: by somebody's hand, or with the stage of their order, in the transaction in
//! which the order leaves it.

use rulewright_domain::{Actor, Cause, Entry, EntryId, EntryKind, Event, NewEvent, Order, Rejection, kind};
use serde_json::{Value, json};

use crate::{Receipt, Refusal, change::Change};

/// What a rule sets on the task.
const WHEN_LEAVING: &str = "complete-when-leaving-stage";

impl Change<'_> {
    /// What is completed already stays as it is.
    pub fn complete(&mut self, id: EntryId, cause: &Cause) -> Result<Receipt, Refusal> {
        let entry = self.tx.entry(self.shop, id)?.ok_or_else(|| Refusal::not_found("entry", id))?;
        if !matches!(entry.kind, EntryKind::Task | EntryKind::Activity) {
            let message = format!("{id} is a {}: only tasks and activities are completed", entry.kind.name());
            return Err(Rejection::invalid("entry", message).into());
        }
        let receipt =
            Receipt { order: entry.order, client: entry.client, entry: Some(id), ..Receipt::default() };
        if is(entry.details.get("completed")) {
            return Ok(receipt);
        }
        let order = match entry.order {
            Some(order) => self.tx.order(self.shop, order)?,
            None => None,
        };
        let event = self.end(entry, order.as_deref(), "by-hand", &cause.by)?;
        Ok(Receipt { events: vec![self.record(event, cause, order.as_deref(), None)?], ..receipt })
    }

    /// `left` is the move.
    pub fn complete_tasks(&mut self, order: &Order, left: &Event) -> Result<(), Refusal> {
        for task in self.tx.tasks(self.shop, order.id)? {
            if ends_with_stage(&task) {
                let event = self.end(task, Some(order), "stage-left", &left.cause.by)?;
                self.record(event, &left.cause, Some(order), None)?;
            }
        }
        Ok(())
    }

    fn end(
        &mut self,
        mut entry: Entry,
        order: Option<&Order>,
        reason: &str,
        by: &Actor,
    ) -> Result<NewEvent, Refusal> {
        if !entry.details.is_object() {
            entry.details = json!({});
        }
        entry.details["completed"] = true.into();
        entry.details["completed-at"] = json!(self.now);
        (entry.changed, entry.changed_by) = (Some(self.now), Some(by.clone()));
        self.tx.change_entry(&entry)?;
        Ok(completed(&entry, order, reason))
    }
}

pub(crate) fn completed(entry: &Entry, order: Option<&Order>, reason: &str) -> NewEvent {
    let (kind, name) = match entry.kind {
        EntryKind::Activity => (kind::ACTIVITY_COMPLETED, "activity"),
        _ => (kind::TASK_COMPLETED, "task"),
    };
    let event = NewEvent {
        order: order.map(|order| order.id),
        client: entry.client.or_else(|| order.and_then(Order::client)),
        ..NewEvent::new(kind)
    };
    event
        .attr(name, entry.id.to_string())
        .attr("title", entry.text.clone())
        .attr("reason", reason)
        .attr("responsible", entry.details["responsible"].clone())
}

fn is(flag: Option<&Value>) -> bool {
    flag.and_then(Value::as_bool) == Some(true)
}

fn ends_with_stage(task: &Entry) -> bool {
    is(task.details.pointer(&format!("/attrs/{WHEN_LEAVING}"))) && !is(task.details.get("completed"))
}
