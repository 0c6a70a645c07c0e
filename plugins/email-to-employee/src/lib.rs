use rulewright_sdk::messages::{Message, Recipient};
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// From
    /// Empty means the mailbox that was used the previous time.
    #[serde(default)]
    #[schemars(extend("x-widget" = "mailbox"))]
    from: String,
    /// Subject
    #[schemars(length(min = 1), extend("x-template" = true))]
    subject: String,
    /// Message text
    #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
    text: String,
    /// Employee
    /// Empty means the order's responsible.
    #[serde(default)]
    #[schemars(extend("x-widget" = "employee"))]
    employee: String,
}

struct EmailToEmployee;

impl Rule for EmailToEmployee {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { from, subject, text, employee } = &step.settings;
        // Values may have lines, a header has one.
        let Some(subject) = filled(&one_line(subject)) else {
            return Err(Error::give_up("empty-subject: nothing is left of the subject"));
        };
        let Some(employee) = step.order.employee(employee) else {
            return Ok(skipped("no-responsible: the order has no responsible"));
        };
        let message = Message {
            about: Some(step.order.id.clone()),
            sender: filled(from),
            subject: Some(subject),
            correlation: Some(step.idempotency_key("email")),
            ..Message::new("email", Recipient::Employee(employee), text)
        };
        match message.queue_or_skip()? {
            Ok(_) => Ok(done("E-mail queued")),
            Err(skip) => Ok(skip),
        }
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.subject.trim() {
            "" => vec![Issue::new("/subject", "empty-subject", "Write a subject.")],
            _ => Vec::new(),
        }
    }
}

rule! {
    EmailToEmployee {
        id: "rulewright.email-to-employee",
        publisher: "Rulewright",
        title: "Send email to an employee",
        description: "Sends a mail to the order's responsible or to another employee.",
        missing: "Where the order has no responsible, or the employee has left or has no mail address that can be \
                  right, nothing is sent and the rule is skipped. Where nothing is left of the subject, the rule \
                  fails.",
        example: json!({
            "subject": "Order {{ order.number }}",
            "text": "The client has paid. Please pack it today.",
        }),
        group: Employees,
        channels: ["email"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Employee;
    use rulewright_sdk::testing::{self, Effect, End, Scenario};

    use super::*;

    fn send(subject: &str, employee: &str, email: Option<&str>) -> Scenario<EmailToEmployee> {
        let employees = ["employee-1", "employee-2"]
            .map(|id| Employee { email: email.map(Into::into), ..testing::employee(id) });
        let [first, second] = employees;
        let settings =
            json!({ "from": "shop@example.org", "subject": subject, "text": "Hello", "employee": employee });
        testing::run().settings(settings).employee(first).employee(second)
    }

    fn sent(end: &End) -> &Message {
        match end.effects.as_slice() {
            [Effect::Queue { message, address }] if address == "ada@example.com" => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn goes_to_the_responsible_or_to_whom_staff_chose() {
        let email = Some("ada@example.com");
        let end = send("Order\n1001", "", email).go();
        assert_eq!(end.summary(), "E-mail queued");
        assert_eq!(sent(&end).to, Recipient::Employee("employee-1".into()));
        assert_eq!(sent(&end).subject.as_deref(), Some("Order 1001"));
        assert_eq!(sent(&end).sender.as_deref(), Some("shop@example.org"));
        let end = send("Order", "employee-2", email).go();
        assert_eq!(sent(&end).to, Recipient::Employee("employee-2".into()));
    }

    #[test]
    fn without_an_address_nothing_is_sent() {
        let end = send("Order", "", None).go();
        assert_eq!(end.skipped(), "no-mail: the employee has no mail address");
        assert_eq!(end.effects, []);
        assert!(send("Order", "", Some("ada@")).go().skipped().starts_with("invalid-address"));
    }

    #[test]
    fn without_an_employee_nothing_is_sent() {
        let end = send("Order", "employee-9", None).go();
        assert_eq!(end.skipped(), "no-such-employee: employee-9 has left");
        let nobody = Order { responsible: None, ..testing::order() };
        assert!(send("Order", "", None).order(nobody).go().skipped().starts_with("no-responsible"));
    }

    #[test]
    fn a_subject_is_needed() {
        let settings = json!({ "subject": " ", "text": "Hello" });
        assert_eq!(testing::check::<EmailToEmployee>(settings)[0].code, "empty-subject");
        assert!(send(" \n", "", None).go().gave_up().starts_with("empty-subject"));
    }

    #[test]
    fn names_its_channel() {
        assert_eq!(EmailToEmployee::manifest()["permissions"]["channels"], json!(["email"]));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<EmailToEmployee>(EmailToEmployee::manifest()["example"].clone()), []);
    }
}
