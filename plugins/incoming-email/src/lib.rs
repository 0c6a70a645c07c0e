use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Mailbox
    /// Which of the shop's mailboxes it came to. Empty means any.
    #[serde(default)]
    #[schemars(extend("x-widget" = "mailbox"))]
    mailbox: String,
    /// Subject contains
    /// Case does not matter. Empty means any subject.
    #[serde(default)]
    subject_contains: String,
}

struct IncomingEmail;

impl Trigger for IncomingEmail {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, mail: &Event) -> Result<Verdict> {
        if !ctx.order.concerns(mail) {
            return Ok(ignores("somebody else wrote"));
        }
        if mail.attr_text("automatic") == "true" {
            return Ok(ignores("a machine answered, e.g. that somebody is on holiday"));
        }
        let mailbox = mail.attr_text("mailbox");
        if !allows(&ctx.settings.mailbox, &mailbox) {
            return Ok(ignores(format!("it came to {mailbox}")));
        }
        let part = ctx.settings.subject_contains.trim();
        if !mail.attr_text("subject").to_lowercase().contains(&part.to_lowercase()) {
            return Ok(ignores(format!("the subject does not contain `{part}`")));
        }
        Ok(fires(format!("the client wrote to {mailbox}")))
    }
}

trigger! {
    IncomingEmail {
        id: "rulewright.incoming-email",
        publisher: "Rulewright",
        title: "Incoming e-mail",
        description: "The client writes a mail.",
        missing: "A mail from an address of no client of the order does nothing, nor does one that a machine wrote, such as \
                  a note of absence. Where a subject is asked for, a mail without one does nothing.",
        example: json!({ "mailbox": "sales@shop.example", "subject-contains": "order" }),
        origin: External,
        subscriptions: ["mail.received"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::{Json, testing};

    use super::*;

    fn verdict(settings: Json, client: &str) -> Verdict {
        let event = testing::event("mail.received").of_client(client);
        let event =
            event.with_attr("mailbox", "sales@shop.example").with_attr("subject", "Re: Your Order 1001");
        testing::examine::<IncomingEmail>(settings, testing::order(), event).expect("the settings are right")
    }

    #[test]
    fn it_must_be_the_client_of_the_order() {
        assert_eq!(verdict(json!({}), "client-1"), fires("the client wrote to sales@shop.example"));
        assert_eq!(verdict(json!({}), "client-2"), ignores("somebody else wrote"));
    }

    #[test]
    fn a_machine_is_not_the_client() {
        let event = testing::event("mail.received").of_client("client-1").with_attr("automatic", true);
        let verdict = testing::examine::<IncomingEmail>(json!({}), testing::order(), event);
        assert!(matches!(verdict, Ok(Verdict::Ignores(_))), "{verdict:?}");
    }

    #[test]
    fn it_must_come_to_the_selected_mailbox() {
        let to = |mailbox: &str| verdict(json!({ "mailbox": mailbox }), "client-1");
        assert!(matches!(to("Sales@shop.example"), Verdict::Fires(_)));
        assert_eq!(to("info@shop.example"), ignores("it came to sales@shop.example"));
    }

    #[test]
    fn the_subject_must_contain_what_is_asked_for_in_any_case() {
        let with = |part: &str| verdict(json!({ "subject-contains": part }), "client-1");
        assert!(matches!(with("your order"), Verdict::Fires(_)));
        assert_eq!(with("Refund"), ignores("the subject does not contain `Refund`"));
    }

    #[test]
    fn a_mail_without_a_subject_contains_nothing() {
        let examine = |settings| {
            let event = testing::event("mail.received").of_client("client-1");
            testing::examine::<IncomingEmail>(settings, testing::order(), event)
        };
        assert!(matches!(examine(json!({ "subject-contains": "order" })), Ok(Verdict::Ignores(_))));
        assert!(matches!(examine(json!({})), Ok(Verdict::Fires(_))));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<IncomingEmail>(IncomingEmail::manifest()["example"].clone()), []);
    }
}
