use rulewright_sdk::prelude::*;

struct MessageSent;

impl Trigger for MessageSent {
    type Settings = NoSettings;

    fn examine(ctx: &Examine<Self>, message: &Event) -> Result<Verdict> {
        if !ctx.order.concerns(message) {
            return Ok(ignores("it is not about this order or its client"));
        }
        Ok(match (message.attr_text("channel").as_str(), message.attr_text("to").as_str()) {
            ("email", "client") => fires("an e-mail was sent"),
            ("email", _) => ignores("it was not sent to the client"),
            (channel, _) => ignores(format!("it is no e-mail: its channel is `{channel}`")),
        })
    }
}

trigger! {
    MessageSent {
        id: "rulewright.message-sent",
        publisher: "Rulewright",
        title: "Message has been sent",
        description: "An e-mail about the order was sent to its client, by hand or by a rule: the provider took it.",
        missing: "A mail that the provider refuses does nothing, nor does one to an employee, nor a message by another \
                  channel.",
        example: json!({}),
        origin: Internal,
        subscriptions: ["message.sent"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn verdict(event: Event) -> Verdict {
        testing::examine::<MessageSent>(json!({}), testing::order(), event).expect("there are no settings")
    }

    fn sent(channel: &str) -> Event {
        testing::event("message.sent").with_attr("channel", channel).with_attr("to", "client")
    }

    #[test]
    fn fires_for_a_mail_about_the_order_or_to_its_client() {
        assert_eq!(verdict(sent("email").of_order("order-1")), fires("an e-mail was sent"));
        assert_eq!(verdict(sent("email").of_client("client-1")), fires("an e-mail was sent"));
    }

    #[test]
    fn other_channels_are_not_meant() {
        let sms = verdict(sent("sms").of_order("order-1"));
        assert_eq!(sms, ignores("it is no e-mail: its channel is `sms`"));
        assert!(matches!(verdict(testing::event("message.sent").of_order("order-1")), Verdict::Ignores(_)));
    }

    #[test]
    fn a_mail_to_staff_is_not_meant() {
        for to in ["employee", "address"] {
            let mail = testing::event("message.sent").with_attr("channel", "email").with_attr("to", to);
            assert_eq!(verdict(mail.of_order("order-1")), ignores("it was not sent to the client"), "{to}");
        }
    }

    #[test]
    fn other_orders_and_clients_are_not_meant() {
        let other = ignores("it is not about this order or its client");
        assert_eq!(verdict(sent("email").of_order("order-2")), other);
        assert_eq!(verdict(sent("email").of_client("client-2")), other);
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<MessageSent>(MessageSent::manifest()["example"].clone()), []);
    }
}
