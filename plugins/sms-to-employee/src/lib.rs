use rulewright_sdk::messages::{Message, Recipient};
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Message text
    #[schemars(length(min = 1), extend("x-template" = true, "x-widget" = "sms"))]
    text: String,
    /// Employee
    /// Empty means the order's responsible.
    #[serde(default)]
    #[schemars(extend("x-widget" = "employee"))]
    employee: String,
    /// Provider
    /// Empty means the shop's own choice.
    #[serde(default)]
    #[schemars(extend("x-widget" = "sms-provider"))]
    provider: String,
}

struct SmsToEmployee;

impl Rule for SmsToEmployee {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { text, employee, provider } = &step.settings;
        let Some(text) = filled(text) else {
            return Err(Error::give_up("empty-text: there is nothing to send"));
        };
        let Some(employee) = step.order.employee(employee) else {
            return Ok(skipped("no-responsible: the order has no responsible"));
        };
        let message = Message {
            about: Some(step.order.id.clone()),
            sender: filled(provider),
            correlation: Some(step.idempotency_key("sms")),
            ..Message::new("sms", Recipient::Employee(employee), text)
        };
        match message.queue_or_skip()? {
            Ok(_) => Ok(done("SMS queued")),
            Err(skip) => Ok(skip),
        }
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.text.trim() {
            "" => vec![Issue::new("/text", "empty-text", "Write a text.")],
            _ => Vec::new(),
        }
    }
}

rule! {
    SmsToEmployee {
        id: "rulewright.sms-to-employee",
        publisher: "Rulewright",
        title: "Send SMS to an employee",
        description: "Sends a text message to the order's responsible or to another employee.",
        missing: "Where the order has no responsible, or the employee has left or has no phone number that can be \
                  right, nothing is sent and the rule is skipped. Where nothing is left of the text, the rule fails.",
        example: json!({ "text": "Order {{ order.number }} is ready to be picked up." }),
        group: Employees,
        channels: ["sms"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Employee;
    use rulewright_sdk::testing::{self, Effect, End, Scenario};

    use super::*;

    fn send(text: &str, employee: &str, phone: Option<&str>) -> Scenario<SmsToEmployee> {
        let employees = ["employee-1", "employee-2"]
            .map(|id| Employee { phone: phone.map(Into::into), ..testing::employee(id) });
        let [first, second] = employees;
        testing::run()
            .settings(json!({ "text": text, "employee": employee }))
            .employee(first)
            .employee(second)
    }

    fn recipient(end: &End) -> &str {
        match end.effects.as_slice() {
            [Effect::Queue { message, address }] if address == "+442079460002" => match &message.to {
                Recipient::Employee(id) if message.channel == "sms" => id,
                to => panic!("{to:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn goes_to_the_responsible_or_to_whom_staff_chose() {
        let phone = Some("+44 20 7946 0002");
        let end = send("Fetch it", "", phone).go();
        assert_eq!(end.summary(), "SMS queued");
        assert_eq!(recipient(&end), "employee-1");
        assert_eq!(recipient(&send("Fetch it", "employee-2", phone).go()), "employee-2");
    }

    #[test]
    fn without_a_number_nothing_is_sent() {
        let end = send("Fetch it", "", None).go();
        assert_eq!(end.skipped(), "no-phone: the employee has no phone number");
        assert_eq!(end.effects, []);
        assert!(send("Fetch it", "", Some("123")).go().skipped().starts_with("invalid-address"));
    }

    #[test]
    fn without_an_employee_nothing_is_sent() {
        let end = send("Fetch it", "employee-9", None).go();
        assert_eq!(end.skipped(), "no-such-employee: employee-9 has left");
        let nobody = Order { responsible: None, ..testing::order() };
        assert!(send("Fetch it", "", None).order(nobody).go().skipped().starts_with("no-responsible"));
    }

    #[test]
    fn an_empty_text_is_not_sent() {
        assert_eq!(testing::check::<SmsToEmployee>(json!({ "text": " " }))[0].code, "empty-text");
        assert!(send(" ", "", None).go().gave_up().starts_with("empty-text"));
    }

    #[test]
    fn names_its_channel() {
        assert_eq!(SmsToEmployee::manifest()["permissions"]["channels"], json!(["sms"]));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<SmsToEmployee>(SmsToEmployee::manifest()["example"].clone()), []);
    }
}
