use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Open channel
    /// Empty means any.
    #[serde(default)]
    #[schemars(extend("x-widget" = "open-channel"))]
    channel: String,
}

struct ChatFirstMessage;

impl Trigger for ChatFirstMessage {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, message: &Event) -> Result<Verdict> {
        if !ctx.order.concerns(message) {
            return Ok(ignores("somebody else wrote"));
        }
        let channel = message.attr_text("channel");
        if !allows(&ctx.settings.channel, &channel) {
            return Ok(ignores(format!("it was the channel {channel}")));
        }
        Ok(match message.attr_integer("number") {
            Some(1) => fires(format!("the client began a conversation in {channel}")),
            Some(number) => ignores(format!("it was message {number} of the conversation")),
            None => ignores("no-number: the report does not say which message of the conversation it was"),
        })
    }
}

trigger! {
    ChatFirstMessage {
        id: "rulewright.chat-first-message",
        publisher: "Rulewright",
        title: "Initial message posted by client to live chat",
        description: "The client begins a conversation in a live chat. The first message of each \
                      conversation counts, not only the first ever.",
        missing: "A message by somebody who is no client of the order does nothing, nor does one without its \
                  number in the conversation.",
        example: json!({ "channel": "Site chat" }),
        origin: External,
        subscriptions: ["chat.message-received"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn message(client: &str) -> Event {
        testing::event("chat.message-received").of_client(client).with_attr("channel", "telegram")
    }

    fn verdict(selected: &str, event: Event) -> Verdict {
        let settings = json!({ "channel": selected });
        let verdict = testing::examine::<ChatFirstMessage>(settings, testing::order(), event);
        verdict.expect("the settings are right")
    }

    #[test]
    fn three_messages_of_one_conversation_fire_once() {
        let messages =
            (1..=3).map(|number: i64| verdict("", message("client-1").with_attr("number", number)));
        let fired: Vec<bool> = messages.map(|verdict| matches!(verdict, Verdict::Fires(_))).collect();
        assert_eq!(fired, [true, false, false]);
    }

    #[test]
    fn without_a_number_it_does_not_fire() {
        let unnumbered = verdict("", message("client-1"));
        assert!(matches!(unnumbered, Verdict::Ignores(why) if why.starts_with("no-number: ")));
    }

    #[test]
    fn it_must_be_the_selected_channel() {
        let first = || message("client-1").with_attr("number", 1);
        assert!(matches!(verdict("telegram", first()), Verdict::Fires(_)));
        assert_eq!(verdict("whatsapp", first()), ignores("it was the channel telegram"));
    }

    #[test]
    fn it_must_be_the_client_of_the_order() {
        let other = verdict("", message("client-2").with_attr("number", 1));
        assert_eq!(other, ignores("somebody else wrote"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<ChatFirstMessage>(ChatFirstMessage::manifest()["example"].clone()), []);
    }
}
