use rulewright_sdk::messages::Message;
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Message text
    #[schemars(length(min = 1), extend("x-template" = true, "x-widget" = "textarea"))]
    text: String,
    /// Hidden message (whisper mode)
    /// Only colleagues in the same chat see it, the client does not.
    #[serde(default)]
    hidden: bool,
}

struct SendOpenChannel;

impl Rule for SendOpenChannel {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { text, hidden } = &step.settings;
        let Some(text) = filled(text) else {
            return Err(Error::give_up("empty-text: there is nothing to send"));
        };
        let message = Message {
            about: Some(step.order.id.clone()),
            params: vec![attr("hidden", *hidden)],
            correlation: Some(step.idempotency_key("chat")),
            ..Message::new("chat", step.order.client(), text)
        };
        match message.queue_or_skip()? {
            Ok(_) if *hidden => Ok(done("Hidden message queued")),
            Ok(_) => Ok(done("Message queued")),
            Err(skip) => Ok(skip),
        }
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.text.trim() {
            "" => vec![Issue::new("/text", "empty-text", "Write a message.")],
            _ => Vec::new(),
        }
    }
}

rule! {
    SendOpenChannel {
        id: "rulewright.send-open-channel",
        publisher: "Rulewright",
        title: "Send via Open Channel",
        description: "Writes to the order's client in the open channel that the client used last, e.g. Telegram. A hidden \
                      message is for the colleagues in that chat only.",
        missing: "Where the client has never written in an open channel, the rule is skipped. Where nothing is left of \
                  the text, it fails. What the messenger refuses, e.g. because the chat is closed, is in the order's \
                  history.",
        group: ClientCommunications,
        channels: ["chat"],
        example: json!({ "text": "Your order {{ order.number }} is on its way." }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::messages::Recipient;
    use rulewright_sdk::testing::{self, Effect, Scenario};

    use super::*;

    fn send(text: &str, hidden: bool) -> Scenario<SendOpenChannel> {
        testing::run().settings(json!({ "text": text, "hidden": hidden }))
    }

    #[test]
    fn goes_where_the_client_wrote_last() {
        let end = send("On its way", false).open_channel("client-1", "whatsapp:77").go();
        assert_eq!(end.summary(), "Message queued");
        let [Effect::Queue { message, address }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!((address.as_str(), message.text.as_str()), ("whatsapp:77", "On its way"));
        assert_eq!((message.channel.as_str(), &message.to), ("chat", &Recipient::ClientOf("order-1".into())));
        assert_eq!(message.params, [attr("hidden", false)]);
        assert_eq!(message.about.as_deref(), Some("order-1"));
    }

    #[test]
    fn a_whisper_is_marked_as_one() {
        let end = send("Careful, a regular", true).open_channel("client-1", "whatsapp:77").go();
        assert_eq!(end.summary(), "Hidden message queued");
        let [Effect::Queue { message, .. }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!(message.params, [attr("hidden", true)]);
    }

    #[test]
    fn a_client_who_never_wrote_is_skipped_whatever_number_there_is() {
        let end = send("On its way", false).open_channel("client-9", "whatsapp:77").go();
        assert!(end.skipped().starts_with("no-channel: "));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn a_text_is_needed() {
        assert_eq!(testing::check::<SendOpenChannel>(json!({ "text": " " }))[0].code, "empty-text");
        let end = send(" ", false).open_channel("client-1", "whatsapp:77").go();
        assert!(end.gave_up().starts_with("empty-text"));
    }

    #[test]
    fn names_its_channel() {
        assert_eq!(SendOpenChannel::manifest()["permissions"]["channels"], json!(["chat"]));
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = SendOpenChannel::manifest()["example"].clone();
        assert_eq!(testing::check::<SendOpenChannel>(example), []);
    }
}
