use std::collections::BTreeSet;

use rulewright_sdk::notifications::Notification;
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Message
    /// Comes from the order's responsible, always.
    #[schemars(length(min = 1), extend("x-template" = true, "x-widget" = "textarea"))]
    message: String,
    /// To the head of the responsible
    #[serde(default = "yes")]
    to_head: bool,
    /// To these employees
    #[serde(default)]
    #[schemars(extend("x-widget" = "employees"))]
    employees: Vec<String>,
}

fn yes() -> bool {
    true
}

struct Control;

impl Rule for Control {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { message, to_head, employees } = &step.settings;
        let Some(text) = filled(message) else {
            return Ok(skipped("empty-text: nothing is left of the message"));
        };
        let head = if *to_head { step.order.head()? } else { None };
        let recipients: BTreeSet<String> = head.into_iter().chain(employees.iter().cloned()).collect();
        if recipients.is_empty() {
            return Ok(skipped("no-recipient: the order's responsible has no head"));
        }
        let sent = format!("Control: employees notified: {}", recipients.len());
        notifications::send(&Notification {
            sender: step.order.responsible.clone(),
            about: Some(step.order.id.clone()),
            ..Notification::new(text, recipients)
        })?;
        Ok(done(sent))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = Vec::new();
        if settings.message.trim().is_empty() {
            issues.push(Issue::new("/message", "empty-text", "Write a message."));
        }
        if !settings.to_head && settings.employees.is_empty() {
            let message = "Choose the head of the responsible or an employee.";
            issues.push(Issue::new("/employees", "no-recipient", message));
        }
        issues
    }
}

rule! {
    Control {
        id: "rulewright.control",
        publisher: "Rulewright",
        title: "Control",
        description: "Reports the order to the head of its responsible, or to chosen employees, in the responsible's \
                      name.",
        missing: "Where the responsible has no head and no employee is chosen, or nothing is left of the message, \
                  the rule is skipped. An order without a responsible is reported to the chosen employees by the \
                  system.",
        example: json!({ "message": "Order {{ order.number }} has waited for a week." }),
        group: Employees,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect, Scenario};
    use rulewright_sdk::{Employee, Json};

    use super::*;

    fn control(settings: Json, head: Option<&str>) -> Scenario<Control> {
        let head = head.map(Into::into);
        testing::run().settings(settings).employee(Employee { head, ..testing::employee("employee-1") })
    }

    fn note(sender: Option<&str>, recipients: &[&str]) -> Effect {
        Effect::Notify(Notification {
            sender: sender.map(Into::into),
            about: Some("order-1".into()),
            ..Notification::new("Look", recipients.iter().copied())
        })
    }

    #[test]
    fn the_responsible_tells_their_head() {
        let end = control(json!({ "message": "Look" }), Some("employee-2")).go();
        assert_eq!(end.summary(), "Control: employees notified: 1");
        assert_eq!(end.effects, [note(Some("employee-1"), &["employee-2"])]);
    }

    #[test]
    fn nobody_is_told_twice() {
        let settings = json!({ "message": "Look", "employees": ["employee-3", "employee-2"] });
        let end = control(settings, Some("employee-2")).go();
        assert_eq!(end.effects, [note(Some("employee-1"), &["employee-2", "employee-3"])]);
    }

    #[test]
    fn the_head_can_be_left_out() {
        let settings = json!({ "message": "Look", "to-head": false, "employees": ["employee-3"] });
        let end = control(settings, Some("employee-2")).deny("employees-read.get").go();
        assert_eq!(end.effects, [note(Some("employee-1"), &["employee-3"])]);
    }

    #[test]
    fn without_a_head_and_anybody_chosen_it_is_skipped() {
        let settings = json!({ "message": "Look" });
        let alone = control(settings.clone(), None);
        let left = Order { responsible: Some("employee-9".into()), ..testing::order() };
        let nobody = Order { responsible: None, ..testing::order() };
        for scenario in
            [alone, control(settings.clone(), None).order(left), control(settings, None).order(nobody)]
        {
            let end = scenario.go();
            assert!(end.skipped().starts_with("no-recipient"));
            assert_eq!(end.effects, []);
        }
    }

    #[test]
    fn an_order_of_nobody_is_reported_by_the_system() {
        let nobody = Order { responsible: None, ..testing::order() };
        let settings = json!({ "message": "Look", "employees": ["employee-3"] });
        assert_eq!(control(settings, None).order(nobody).go().effects, [note(None, &["employee-3"])]);
    }

    #[test]
    fn what_could_never_be_sent_is_refused_when_it_is_saved() {
        let codes = |settings| -> Vec<String> {
            testing::check::<Control>(settings).into_iter().map(|issue| issue.code).collect()
        };
        assert_eq!(codes(json!({ "message": " " })), ["empty-text"]);
        assert_eq!(codes(json!({ "message": "Look", "to-head": false })), ["no-recipient"]);
        assert_eq!(codes(json!({ "message": "Look", "sender": "employee-2" })), ["invalid"]);
        assert!(control(json!({ "message": " " }), None).go().skipped().starts_with("empty-text"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<Control>(Control::manifest()["example"].clone()), []);
    }
}
