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

struct ChatMessage;

impl Trigger for ChatMessage {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, message: &Event) -> Result<Verdict> {
        if !ctx.order.concerns(message) {
            return Ok(ignores("somebody else wrote"));
        }
        let channel = message.attr_text("channel");
        if !allows(&ctx.settings.channel, &channel) {
            return Ok(ignores(format!("it was the channel {channel}")));
        }
        Ok(fires(format!("the client wrote in {channel}")))
    }
}

trigger! {
    ChatMessage {
        id: "rulewright.chat-message",
        publisher: "Rulewright",
        title: "Each message posted by client to live chat",
        description: "The client writes in a live chat. Messages of the shop's employees do not count.",
        missing: "A message by somebody who is no client of the order does nothing.",
        example: json!({ "channel": "Site chat" }),
        origin: External,
        subscriptions: ["chat.message-received"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn verdict(selected: &str, client: &str, number: i64) -> Verdict {
        let event = testing::event("chat.message-received").of_client(client);
        let event = event.with_attr("channel", "telegram").with_attr("number", number);
        let settings = json!({ "channel": selected });
        let verdict = testing::examine::<ChatMessage>(settings, testing::order(), event);
        verdict.expect("the settings are right")
    }

    #[test]
    fn each_message_fires() {
        for number in 1..=3 {
            assert_eq!(verdict("", "client-1", number), fires("the client wrote in telegram"));
        }
    }

    #[test]
    fn what_the_shop_writes_is_not_meant() {
        assert_eq!(ChatMessage::manifest()["subscriptions"], json!(["chat.message-received"]));
    }

    #[test]
    fn it_must_be_the_selected_channel() {
        assert!(matches!(verdict("telegram", "client-1", 1), Verdict::Fires(_)));
        assert_eq!(verdict("whatsapp", "client-1", 1), ignores("it was the channel telegram"));
    }

    #[test]
    fn it_must_be_the_client_of_the_order() {
        assert_eq!(verdict("", "client-2", 1), ignores("somebody else wrote"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<ChatMessage>(ChatMessage::manifest()["example"].clone()), []);
    }
}
