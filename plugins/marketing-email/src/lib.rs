use rulewright_sdk::messages::{Message, Recipient};
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Segment
    /// Who gets it. Clients who have unsubscribed from mails are left out.
    #[schemars(length(min = 1), extend("x-widget" = "segment"))]
    segment: String,
    /// From
    /// Empty means the mailbox that was used the previous time.
    #[serde(default)]
    #[schemars(extend("x-widget" = "mailbox"))]
    from: String,
    /// Subject
    /// The same for everybody.
    #[schemars(length(min = 1), extend("x-template" = true))]
    subject: String,
    /// Message text
    /// The same for everybody.
    #[schemars(length(min = 1), extend("x-template" = true, "x-widget" = "textarea"))]
    text: String,
}

struct MarketingEmail;

impl Rule for MarketingEmail {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { segment, from, subject, text } = &step.settings;
        // Values may have lines, a header has one.
        let Some(subject) = filled(&one_line(subject)) else {
            return Err(Error::give_up("empty-subject: nothing is left of the subject"));
        };
        let Some(text) = filled(text) else {
            return Err(Error::give_up("empty-text: there is nothing to send"));
        };
        // The host finds the recipients.
        let nobody = Recipient::Address(String::new());
        let mail =
            Message { sender: filled(from), subject: Some(subject), ..Message::new("email", nobody, text) };
        segments::queue(segment, &mail)?;
        Ok(done(format!("E-mail to segment {segment} queued")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = Vec::new();
        if settings.segment.trim().is_empty() {
            issues.push(Issue::new("/segment", "required", "Select a segment."));
        }
        let texts = [
            ("/subject", "empty-subject", "Write a subject.", &settings.subject),
            ("/text", "empty-text", "Write a text.", &settings.text),
        ];
        for (path, code, message, text) in texts {
            if text.trim().is_empty() {
                issues.push(Issue::new(path, code, message));
            } else if is_personal(text) {
                let message = "Everybody gets the same text: nothing of one client or order can be inserted.";
                issues.push(Issue::new(path, "personal", message));
            }
        }
        issues
    }
}

/// Whether it would tell everybody about the client of the order that the rule runs for.
fn is_personal(text: &str) -> bool {
    let mut inserted = text.split("{{").skip(1).map(str::trim_start);
    inserted.any(|field| ["client.", "order.", "event."].iter().any(|root| field.starts_with(root)))
}

rule! {
    MarketingEmail {
        id: "rulewright.marketing-email",
        publisher: "Rulewright",
        title: "Marketing email",
        description: "Sends one mail to every client of a segment, except those who have unsubscribed. Each run of the \
                      rule is a mailing of its own.",
        missing: "Clients without a mail address, or with a wrong one, are left out; the outputs say how many. Where \
                  nothing is left of the subject or the text, or the segment is gone, the rule fails and nobody gets \
                  anything.",
        group: ClientCommunications,
        channels: ["email"],
        // The host puts it there at commit.
        outputs: [
            ("mailing.messages", "How many messages"),
            ("mailing.unsubscribed", "How many clients were left out because they have unsubscribed"),
            ("mailing.unreachable", "How many have no valid mail address"),
        ],
        example: json!({
            "segment": "loyal",
            "subject": "Garden tools at half the price",
            "text": "Until Sunday, for you who have been with us for long.\n\n{{ shop.name }}",
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect, End};

    use super::*;

    fn send(subject: &str, text: &str) -> End {
        let settings =
            json!({ "segment": "loyal", "from": "news@example.org", "subject": subject, "text": text });
        testing::run::<MarketingEmail>().settings(settings).go()
    }

    #[test]
    fn one_mail_goes_to_the_segment() {
        let end = send("Half the\r\nprice", "Until Sunday");
        assert_eq!(end.summary(), "E-mail to segment loyal queued");
        let [Effect::QueueToSegment { segment, message }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!((segment.as_str(), message.channel.as_str()), ("loyal", "email"));
        assert_eq!(message.subject.as_deref(), Some("Half the price"));
        assert_eq!(
            (message.text.as_str(), message.sender.as_deref()),
            ("Until Sunday", Some("news@example.org"))
        );
    }

    #[test]
    fn a_mail_without_subject_or_text_is_not_sent() {
        for (subject, text, code) in
            [(" ", "Until Sunday", "empty-subject"), ("Half the price", "", "empty-text")]
        {
            let end = send(subject, text);
            assert!(end.gave_up().starts_with(code));
            assert_eq!(end.effects, []);
        }
    }

    #[test]
    fn nothing_of_one_client_is_told_to_all() {
        let found = |segment: &str, subject: &str, text: &str| {
            let settings = json!({ "segment": segment, "subject": subject, "text": text });
            let issues = testing::check::<MarketingEmail>(settings);
            issues.into_iter().map(|issue| (issue.path, issue.code)).collect::<Vec<_>>()
        };
        let one = |path: &str, code: &str| vec![(path.to_owned(), code.to_owned())];
        assert_eq!(found("loyal", "For {{client.name}}", "x"), one("/subject", "personal"));
        assert_eq!(found("loyal", "x", "Like {{ order.title }}"), one("/text", "personal"));
        assert_eq!(found("loyal", "x", "{{ shop.name }}"), []);
        assert_eq!(found("loyal", " ", "x"), one("/subject", "empty-subject"));
        assert_eq!(found(" ", "x", "x"), one("/segment", "required"));
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = MarketingEmail::manifest()["example"].clone();
        assert_eq!(testing::check::<MarketingEmail>(example), []);
    }
}
