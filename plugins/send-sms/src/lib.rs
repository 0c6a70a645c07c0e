use rulewright_sdk::messages::Message;
use rulewright_sdk::prelude::*;

/// Unicode scalars, as people count them, not bytes.
const MAX_CHARACTERS: usize = 200;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Message text
    /// At most 200 characters, inserted values included.
    #[schemars(length(min = 1), extend("x-template" = true, "x-widget" = "sms", "x-characters" = MAX_CHARACTERS))]
    text: String,
    /// Phone number
    /// Which of the client's numbers; where there is no such one, nothing is sent.
    #[serde(default)]
    phone: Phone,
    /// Provider
    /// Empty means the shop's own choice.
    #[serde(default)]
    #[schemars(extend("x-widget" = "sms-provider"))]
    provider: String,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Phone {
    /// Auto select
    #[default]
    Auto,
    /// Mobile
    Mobile,
    /// Work
    Work,
    /// Home
    Home,
    /// Other
    Other,
}

impl Phone {
    fn kind(self) -> Option<String> {
        let kind = match self {
            Phone::Auto => return None,
            Phone::Mobile => "mobile",
            Phone::Work => "work",
            Phone::Home => "home",
            Phone::Other => "other",
        };
        Some(kind.into())
    }
}

struct SendSms;

impl Rule for SendSms {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let settings = &step.settings;
        if let Some((code, message)) = wrong(&settings.text) {
            return Err(Error::give_up(format!("{code}: {message}")));
        }
        let message = Message {
            address_kind: settings.phone.kind(),
            about: Some(step.order.id.clone()),
            sender: filled(&settings.provider),
            correlation: Some(step.idempotency_key("sms")),
            ..Message::new("sms", step.order.client(), &settings.text)
        };
        match message.queue_or_skip()? {
            Ok(_) => Ok(done("SMS queued")),
            Err(skip) => Ok(skip),
        }
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let written = without_placeholders(&settings.text);
        let issue = if written == settings.text || written.chars().count() > MAX_CHARACTERS {
            wrong(&written)
        } else {
            // How long it becomes, and whether anything is left, shows when it is sent.
            None
        };
        issue.into_iter().map(|(code, message)| Issue::new("/text", code, message)).collect()
    }
}

/// What is sent of the text whatever is inserted.
fn without_placeholders(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        written.push_str(before);
        rest = after.split_once("}}").map_or("", |(_, after)| after);
    }
    written + rest
}

/// Why the text cannot be sent.
fn wrong(text: &str) -> Option<(&'static str, String)> {
    match text.chars().count() {
        _ if text.trim().is_empty() => Some(("empty-text", "there is nothing to send".into())),
        0..=MAX_CHARACTERS => None,
        count => {
            let message = format!("the text has {count} characters, {MAX_CHARACTERS} fit");
            Some(("too-long", message))
        }
    }
}

rule! {
    SendSms {
        id: "rulewright.send-sms",
        publisher: "Rulewright",
        title: "Send SMS",
        description: "Sends a text message to the order's client.",
        missing: "Where the client has no phone number of that type, or none that is valid, the rule is skipped. Where \
                  nothing is left of the text, or it became longer than 200 characters, it fails and nothing is sent.",
        group: ClientCommunications,
        channels: ["sms"],
        example: json!({ "text": "Your order {{ order.number }} is packed.", "phone": "mobile" }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect, Scenario};

    use super::*;

    fn send(text: &str, phone: &str) -> Scenario<SendSms> {
        testing::run().settings(json!({ "text": text, "phone": phone }))
    }

    #[test]
    fn goes_to_the_first_number() {
        let end = send("Your order is packed", "auto").go();
        assert_eq!(end.summary(), "SMS queued");
        let [Effect::Queue { message, address }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!(address, "+442079460001");
        assert_eq!(message.channel, "sms");
        assert_eq!(message.text, "Your order is packed");
        assert_eq!(message.address_kind, None);
        assert_eq!(message.about.as_deref(), Some("order-1"));
    }

    #[test]
    fn a_missing_type_of_number_is_no_other_number() {
        let end = send("Hello", "work").go();
        assert!(end.skipped().starts_with("no-such-phone-type"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn the_company_is_written_to_where_the_contact_has_no_number_and_no_other_contact() {
        let mut order = testing::order();
        order.contacts.push("client-2".into());
        order.company = Some("company-1".into());
        let end = send("Hello", "auto")
            .order(order)
            .client(testing::client("client-1"))
            .client(testing::client("client-2").with_phone("work", "+44 20 7946 0002"))
            .client(testing::client("company-1").with_phone("work", "+44 20 7946 0003"))
            .go();
        let [Effect::Queue { address, .. }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!(address, "+442079460003");
    }

    #[test]
    fn nobody_to_write_to_is_skipped() {
        let end = send("Hello", "auto").client(testing::client("client-1")).go();
        assert!(end.skipped().starts_with("no-phone"));
        let broken = testing::client("client-1").with_phone("mobile", "123");
        let end = send("Hello", "auto").client(broken).go();
        assert!(end.skipped().starts_with("invalid-address"));
    }

    #[test]
    fn two_hundred_characters_fit_however_long_their_bytes() {
        assert_eq!(send(&"😀".repeat(200), "auto").go().summary(), "SMS queued");
        let end = send(&"x".repeat(201), "auto").go();
        assert!(end.gave_up().starts_with("too-long"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn what_is_static_of_a_text_is_measured_when_it_is_saved() {
        let codes = |text: String| {
            let issues = testing::check::<SendSms>(json!({ "text": text }));
            issues.into_iter().map(|issue| issue.code).collect::<Vec<_>>()
        };
        assert_eq!(codes("x".repeat(201)), ["too-long"]);
        assert_eq!(codes(" ".into()), ["empty-text"]);
        assert_eq!(codes("x".repeat(200)), [""; 0]);
        assert_eq!(codes(format!("{{{{order.title}}}}{}", "x".repeat(200))), [""; 0]);
        assert_eq!(codes(format!("{{{{order.title}}}}{}", "x".repeat(201))), ["too-long"]);
        assert_eq!(codes("{{ client.name | dear customer whom we know so well }}".into()), [""; 0]);
    }

    #[test]
    fn names_its_channel() {
        let manifest = SendSms::manifest();
        assert_eq!(manifest["permissions"]["channels"], json!(["sms"]));
        assert_eq!(manifest["group"], "client-communications");
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = SendSms::manifest()["example"].clone();
        assert_eq!(testing::check::<SendSms>(example), []);
    }
}
