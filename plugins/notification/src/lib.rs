use std::collections::BTreeSet;

use rulewright_sdk::notifications::Notification as Note;
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Message
    #[schemars(length(min = 1), extend("x-template" = true, "x-widget" = "textarea"))]
    message: String,
    /// Sender
    /// Empty means the system.
    #[serde(default)]
    #[schemars(extend("x-widget" = "employee"))]
    sender: String,
    /// To the order's responsible
    #[serde(default = "yes")]
    to_responsible: bool,
    /// To the head of the responsible
    #[serde(default)]
    to_head: bool,
    /// To these employees
    #[serde(default)]
    #[schemars(extend("x-widget" = "employees"))]
    employees: Vec<String>,
}

fn yes() -> bool {
    true
}

struct Notification;

impl Rule for Notification {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { message, sender, to_responsible, to_head, employees } = &step.settings;
        let Some(text) = filled(message) else {
            return Ok(skipped("empty-text: nothing is left of the message"));
        };
        let mut recipients: BTreeSet<String> = employees.iter().cloned().collect();
        if *to_responsible {
            recipients.extend(step.order.responsible.clone());
        }
        if *to_head {
            recipients.extend(step.order.head()?);
        }
        if recipients.is_empty() {
            return Ok(skipped("no-recipient: the order has no responsible, or nobody above them"));
        }
        let sent = format!("Employees notified: {}", recipients.len());
        notifications::send(&Note {
            sender: filled(sender),
            about: Some(step.order.id.clone()),
            ..Note::new(text, recipients)
        })?;
        Ok(done(sent))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = Vec::new();
        if settings.message.trim().is_empty() {
            issues.push(Issue::new("/message", "empty-text", "Write a message."));
        }
        if !settings.to_responsible && !settings.to_head && settings.employees.is_empty() {
            let message = "Choose the responsible, their head or an employee.";
            issues.push(Issue::new("/employees", "no-recipient", message));
        }
        issues
    }
}

rule! {
    Notification {
        id: "rulewright.notification",
        publisher: "Rulewright",
        title: "Notification",
        description: "Notifies the order's responsible, their head or chosen employees.",
        missing: "Where the order has no responsible, or the responsible has no head, the others are notified. Where \
                  nobody is left, or nothing of the message, the rule is skipped.",
        example: json!({
            "message": "Order {{ order.number }} is paid.",
            "to-responsible": true,
            "to-head": true,
        }),
        group: Employees,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect, End};
    use rulewright_sdk::{Employee, Json};

    use super::*;

    /// Of an order whose responsible has the head `employee-2`.
    fn notify(settings: Json, responsible: Option<&str>) -> End {
        let head = Some("employee-2".into());
        testing::run::<Notification>()
            .settings(settings)
            .employee(Employee { head, ..testing::employee("employee-1") })
            .order(Order { responsible: responsible.map(Into::into), ..testing::order() })
            .go()
    }

    fn note(sender: Option<&str>, recipients: &[&str]) -> Effect {
        Effect::Notify(Note {
            sender: sender.map(Into::into),
            about: Some("order-1".into()),
            ..Note::new("Paid", recipients.iter().copied())
        })
    }

    #[test]
    fn the_sender_is_whom_staff_chose() {
        let end = notify(json!({ "message": "Paid", "sender": "employee-7" }), Some("employee-1"));
        assert_eq!(end.summary(), "Employees notified: 1");
        assert_eq!(end.effects, [note(Some("employee-7"), &["employee-1"])]);
        let end = notify(json!({ "message": "Paid" }), Some("employee-1"));
        assert_eq!(end.effects, [note(None, &["employee-1"])]);
    }

    #[test]
    fn each_kind_of_recipient_is_chosen_for_itself() {
        let head = json!({ "message": "Paid", "to-responsible": false, "to-head": true });
        assert_eq!(notify(head, Some("employee-1")).effects, [note(None, &["employee-2"])]);
        let all = json!({ "message": "Paid", "to-head": true, "employees": ["employee-3", "employee-1"] });
        let end = notify(all, Some("employee-1"));
        assert_eq!(end.effects, [note(None, &["employee-1", "employee-2", "employee-3"])]);
        let chosen = json!({ "message": "Paid", "to-responsible": false, "employees": ["employee-3"] });
        assert_eq!(notify(chosen, Some("employee-1")).effects, [note(None, &["employee-3"])]);
    }

    #[test]
    fn an_order_of_nobody_notifies_the_others() {
        let settings = json!({ "message": "Paid", "to-head": true, "employees": ["employee-3"] });
        assert_eq!(notify(settings, None).effects, [note(None, &["employee-3"])]);
        let end = notify(json!({ "message": "Paid", "to-head": true }), None);
        assert!(end.skipped().starts_with("no-recipient"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn what_could_never_be_sent_is_refused_when_it_is_saved() {
        let codes = |settings| -> Vec<String> {
            testing::check::<Notification>(settings).into_iter().map(|issue| issue.code).collect()
        };
        assert_eq!(codes(json!({ "message": " " })), ["empty-text"]);
        assert_eq!(codes(json!({ "message": "Paid", "to-responsible": false })), ["no-recipient"]);
        let end = notify(json!({ "message": " " }), Some("employee-1"));
        assert!(end.skipped().starts_with("empty-text"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<Notification>(Notification::manifest()["example"].clone()), []);
    }
}
