//! Tasks that end with a stage: completed in the transaction in which their order leaves it.

use rulewright_domain::{Entry, Event, NewEvent, Order, kind};
use serde_json::{Value, json};

use crate::{Refusal, change::Change};

/// What a rule sets on the task.
const WHEN_LEAVING: &str = "complete-when-leaving-stage";

impl Change<'_> {
    /// `left` is the move.
    pub fn complete_tasks(&mut self, order: &Order, left: &Event) -> Result<(), Refusal> {
        for mut task in self.tx.tasks(self.shop, order.id)? {
            if !ends_with_stage(&task) {
                continue;
            }
            task.details["completed"] = true.into();
            task.details["completed-at"] = json!(self.now);
            self.tx.change_entry(&task)?;
            let what = NewEvent {
                order: Some(order.id),
                client: order.client(),
                ..NewEvent::new(kind::TASK_COMPLETED)
            };
            let what = what
                .attr("task", task.id.to_string())
                .attr("title", task.text)
                .attr("reason", "stage-left")
                .attr("responsible", task.details["responsible"].clone());
            self.record(what, &left.cause, Some(order), None)?;
        }
        Ok(())
    }
}

fn ends_with_stage(task: &Entry) -> bool {
    let is = |flag: Option<&Value>| flag.and_then(Value::as_bool) == Some(true);
    is(task.details.pointer(&format!("/attrs/{WHEN_LEAVING}"))) && !is(task.details.get("completed"))
}
