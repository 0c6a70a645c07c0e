use rulewright_sdk::messages::Message;
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
    /// Where there is an HTML text too, for clients who do not read that.
    #[serde(default)]
    #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
    text: String,
    /// HTML text
    /// Instead of the plain one.
    #[serde(default)]
    #[schemars(extend("x-template" = "markup", "x-widget" = "textarea"))]
    html: String,
    /// Attachments
    /// Documents, by their ids. More than 10 MiB together are not sent.
    #[serde(default)]
    #[schemars(extend("x-template" = true))]
    attachments: String,
    /// Client address
    /// Which of the client's addresses; where there is no such one, nothing is sent.
    #[serde(default)]
    address: Address,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Address {
    /// Auto select
    #[default]
    Auto,
    /// Work
    Work,
    /// Home
    Home,
    /// Newsletters
    Mailing,
    /// Other
    Other,
}

impl Address {
    fn kind(self) -> Option<String> {
        let kind = match self {
            Address::Auto => return None,
            Address::Work => "work",
            Address::Home => "home",
            Address::Mailing => "mailing",
            Address::Other => "other",
        };
        Some(kind.into())
    }
}

struct SendEmail;

impl Rule for SendEmail {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let settings = &step.settings;
        // Values may have lines, a header has one.
        let Some(subject) = filled(&one_line(&settings.subject)) else {
            return Err(Error::give_up("empty-subject: nothing is left of the subject"));
        };
        let (html, attachments) = (filled(&settings.html), filled(&settings.attachments));
        if filled(&settings.text).is_none() && html.is_none() {
            return Err(Error::give_up("empty-text: there is nothing to send"));
        }
        let params = [("html", html), ("attachments", attachments)];
        let message = Message {
            address_kind: settings.address.kind(),
            about: Some(step.order.id.clone()),
            sender: filled(&settings.from),
            subject: Some(subject),
            params: params.into_iter().filter_map(|(key, value)| Some(attr(key, value?))).collect(),
            correlation: Some(step.idempotency_key("email")),
            ..Message::new("email", step.order.client(), &settings.text)
        };
        match message.queue_or_skip()? {
            Ok(_) => Ok(done("E-mail queued")),
            Err(skip) => Ok(skip),
        }
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = Vec::new();
        if settings.subject.trim().is_empty() {
            issues.push(Issue::new("/subject", "empty-subject", "Write a subject."));
        }
        if settings.text.trim().is_empty() && settings.html.trim().is_empty() {
            issues.push(Issue::new("/text", "empty-text", "Write a text."));
        }
        issues
    }
}

rule! {
    SendEmail {
        id: "rulewright.send-email",
        publisher: "Rulewright",
        title: "Send email",
        description: "Sends a mail to the order's client.",
        missing: "Where the client has no mail address of that type, or none that is valid, the rule is skipped. Where \
                  nothing is left of the subject or of the text, or the shop has no mailbox to send it from, it fails and \
                  nothing is sent.",
        group: ClientCommunications,
        channels: ["email"],
        example: json!({
            "subject": "Your order {{ order.number }}",
            "text": "Dear {{ client.name | customer }},\n\nyour order is packed.\n\n{{ shop.name }}",
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect, Scenario};

    use super::*;

    fn send(subject: &str, address: &str) -> Scenario<SendEmail> {
        testing::run().settings(json!({
            "from": "sales@example.org", "subject": subject, "text": "Hello", "address": address,
        }))
    }

    #[test]
    fn goes_to_the_first_address() {
        let end = send("Order 1001", "auto").go();
        assert_eq!(end.summary(), "E-mail queued");
        let [Effect::Queue { message, address }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!(address, "client@example.com");
        assert_eq!(message.subject.as_deref(), Some("Order 1001"));
        assert_eq!(message.sender.as_deref(), Some("sales@example.org"));
    }

    #[test]
    fn a_missing_type_of_address_is_no_other_address() {
        let end = send("Order 1001", "home").go();
        assert!(end.skipped().starts_with("no-such-address-type"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn a_broken_address_is_skipped() {
        let broken = testing::client("client-1").with_email("work", "a@");
        let end = send("Order 1001", "auto").client(broken).go();
        assert!(end.skipped().starts_with("invalid-address"));
    }

    #[test]
    fn a_value_with_lines_becomes_one_line_of_the_subject() {
        let end = send("Order\r\nBcc: x@example.org", "auto").go();
        let [Effect::Queue { message, .. }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!(message.subject.as_deref(), Some("Order Bcc: x@example.org"));
    }

    #[test]
    fn a_subject_is_needed() {
        let issues = testing::check::<SendEmail>(json!({ "subject": " ", "text": "Hello" }));
        assert_eq!(issues[0].code, "empty-subject");
        assert!(send(" ", "auto").go().gave_up().starts_with("empty-subject"));
    }

    #[test]
    fn html_and_attachments_go_along() {
        let settings = json!({ "subject": "Invoice", "html": "<p>Hello</p>", "attachments": "doc_1" });
        assert_eq!(testing::check::<SendEmail>(settings.clone()), []);
        let end = testing::run::<SendEmail>().settings(settings).go();
        let [Effect::Queue { message, .. }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!(message.params, [attr("html", "<p>Hello</p>"), attr("attachments", "doc_1")]);
        let nothing = json!({ "subject": "Invoice", "text": " " });
        assert_eq!(testing::check::<SendEmail>(nothing.clone())[0].code, "empty-text");
        let end = testing::run::<SendEmail>().settings(nothing).go();
        assert!(end.gave_up().starts_with("empty-text"));
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = SendEmail::manifest()["example"].clone();
        assert_eq!(testing::check::<SendEmail>(example), []);
    }
}
