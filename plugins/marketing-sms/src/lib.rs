use rulewright_sdk::messages::{Message, Recipient};
use rulewright_sdk::prelude::*;

/// Unicode scalars, as people count them, not bytes.
const MAX_CHARACTERS: usize = 200;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Segment
    /// Who gets it. Clients who have unsubscribed from SMS are left out.
    #[schemars(length(min = 1), extend("x-widget" = "segment"))]
    segment: String,
    /// Message text
    /// The same for everybody, at most 200 characters.
    #[schemars(length(min = 1), extend("x-template" = true, "x-widget" = "sms", "x-characters" = MAX_CHARACTERS))]
    text: String,
    /// Provider
    /// Empty means the shop's own choice.
    #[serde(default)]
    #[schemars(extend("x-widget" = "sms-provider"))]
    provider: String,
}

struct MarketingSms;

impl Rule for MarketingSms {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { segment, text, provider } = &step.settings;
        if let Some((code, message)) = wrong(text) {
            return Err(Error::give_up(format!("{code}: {message}")));
        }
        // The host finds the recipients.
        let nobody = Recipient::Address(String::new());
        segments::queue(segment, &Message { sender: filled(provider), ..Message::new("sms", nobody, text) })?;
        Ok(done(format!("SMS to segment {segment} queued")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let text = &settings.text;
        let mut issues = Vec::new();
        if settings.segment.trim().is_empty() {
            issues.push(Issue::new("/segment", "required", "Select a segment."));
        }
        if is_personal(text) {
            let message = "Everybody gets the same text: nothing of one client or order can be inserted.";
            issues.push(Issue::new("/text", "personal", message));
        } else if !text.contains("{{") {
            // How long a text with values becomes shows when it is sent.
            issues.extend(wrong(text).map(|(code, message)| Issue::new("/text", code, message)));
        }
        issues
    }
}

/// Why the text cannot be sent.
fn wrong(text: &str) -> Option<(&'static str, String)> {
    match text.chars().count() {
        _ if text.trim().is_empty() => Some(("empty-text", "there is nothing to send".into())),
        0..=MAX_CHARACTERS => None,
        count => Some(("too-long", format!("the text has {count} characters, {MAX_CHARACTERS} fit"))),
    }
}

/// Whether it would tell everybody about the client of the order that the rule runs for.
fn is_personal(text: &str) -> bool {
    let mut inserted = text.split("{{").skip(1).map(str::trim_start);
    inserted.any(|field| ["client.", "order.", "event."].iter().any(|root| field.starts_with(root)))
}

rule! {
    MarketingSms {
        id: "rulewright.marketing-sms",
        publisher: "Rulewright",
        title: "Marketing SMS",
        description: "Sends one text message to every client of a segment, except those who have unsubscribed. Each run of \
                      the rule is a mailing of its own.",
        missing: "Clients without a phone number, or with a wrong one, are left out; the outputs say how many. Where \
                  nothing is left of the text, it is too long, or the segment is gone, the rule fails and nobody gets \
                  anything.",
        group: ClientCommunications,
        channels: ["sms"],
        // The host puts it there at commit.
        outputs: [
            ("mailing.messages", "How many messages"),
            ("mailing.unsubscribed", "How many clients were left out because they have unsubscribed"),
            ("mailing.unreachable", "How many have no valid phone number"),
        ],
        example: json!({ "segment": "loyal", "text": "Garden tools at half the price until Sunday. {{ shop.name }}" }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect, End};

    use super::*;

    fn send(text: &str) -> End {
        testing::run::<MarketingSms>().settings(json!({ "segment": "loyal", "text": text })).go()
    }

    #[test]
    fn one_message_goes_to_the_segment() {
        let end = send("Half the price");
        assert_eq!(end.summary(), "SMS to segment loyal queued");
        let [Effect::QueueToSegment { segment, message }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!((segment.as_str(), message.channel.as_str()), ("loyal", "sms"));
        assert_eq!((message.text.as_str(), &message.sender), ("Half the price", &None));
    }

    #[test]
    fn two_hundred_characters_fit_and_no_more() {
        assert_eq!(send(&"😀".repeat(200)).effects.len(), 1);
        for (text, code) in [("x".repeat(201), "too-long"), (" ".into(), "empty-text")] {
            let end = send(&text);
            assert!(end.gave_up().starts_with(code));
            assert_eq!(end.effects, []);
        }
    }

    #[test]
    fn nothing_of_one_client_is_told_to_all() {
        let codes = |segment: &str, text: &str| {
            let issues = testing::check::<MarketingSms>(json!({ "segment": segment, "text": text }));
            issues.into_iter().map(|issue| issue.code).collect::<Vec<_>>()
        };
        assert_eq!(codes("loyal", "Dear {{ client.name | friend }}"), ["personal"]);
        assert_eq!(codes("loyal", "{{ shop.name }}: as {{order.title}}"), ["personal"]);
        assert_eq!(codes("loyal", "{{ shop.name }} for every client."), [""; 0]);
        assert_eq!(codes("loyal", &"x".repeat(201)), ["too-long"]);
        assert_eq!(codes(" ", "Half the price"), ["required"]);
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = MarketingSms::manifest()["example"].clone();
        assert_eq!(testing::check::<MarketingSms>(example), []);
    }
}
