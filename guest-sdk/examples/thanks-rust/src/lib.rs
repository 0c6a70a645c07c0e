//! Thanks the client, waits two days, and asks for a review.

use rulewright_sdk::messages::Message;
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Send by
    #[serde(default)]
    channel: Channel,
    /// Thanks
    #[schemars(length(min = 1), extend("x-template" = true, "x-widget" = "textarea"))]
    thanks: String,
    /// Question
    #[schemars(length(min = 1), extend("x-template" = true, "x-widget" = "textarea"))]
    question: String,
    /// Subject
    /// Of the mails.
    #[serde(default)]
    #[schemars(extend("x-template" = true))]
    subject: String,
    /// Days between the two
    #[serde(default = "two")]
    #[schemars(range(min = 1, max = 365))]
    days: u32,
}

fn two() -> u32 {
    2
}

#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Channel {
    /// SMS
    #[default]
    Sms,
    /// E-mail
    Email,
}

impl Channel {
    fn name(self) -> &'static str {
        match self {
            Channel::Sms => "sms",
            Channel::Email => "email",
        }
    }
}

/// What it remembers while it waits.
#[derive(Serialize, Deserialize)]
struct Thanked {
    thanked: Instant,
}

struct ThankAndAsk;

impl Rule for ThankAndAsk {
    type Settings = Settings;
    type State = Thanked;

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        match &step.state {
            None => thank(step),
            Some(state) => ask(step, state.thanked),
        }
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let fields = [("/thanks", &settings.thanks), ("/question", &settings.question)];
        let empty = fields.into_iter().filter(|(_, text)| text.trim().is_empty());
        empty.map(|(path, _)| Issue::new(path, "empty-text", "There is nothing to send.")).collect()
    }
}

fn thank(step: &Step<ThankAndAsk>) -> Result<Outcome> {
    let channel = step.settings.channel.name();
    if let Err(skip) = send(step, "thanks", &step.settings.thanks)? {
        return Ok(skip);
    }
    step.order.add_comment(&format!("Thanked the client by {channel}"))?;
    let days = u64::from(step.settings.days);
    step.wait_until(later(step.now(), days * DAY), Thanked { thanked: step.now() })
}

fn ask(step: &Step<ThankAndAsk>, thanked: Instant) -> Result<Outcome> {
    if step.order.canceled {
        return Ok(skipped("canceled: the order was canceled meanwhile"));
    }
    if let Err(skip) = send(step, "question", &step.settings.question)? {
        return Ok(skip);
    }
    step.order.add_comment("Asked the client for a review")?;
    let days = (step.now() - thanked) / DAY as i64;
    let summary = format!("Asked for a review {days} days after the thanks");
    Ok(done_with(summary, json!({ "asked": step.settings.channel.name() })))
}

fn send(step: &Step<ThankAndAsk>, label: &str, text: &str) -> Result<Result<String, Outcome>> {
    let settings = &step.settings;
    let channel = settings.channel.name();
    step.log(&format!("sending the {label} by {channel}"));
    let message = Message {
        about: Some(step.order.id.clone()),
        subject: filled(&settings.subject).filter(|_| settings.channel == Channel::Email),
        correlation: Some(step.idempotency_key(label)),
        ..Message::new(channel, step.order.client(), text)
    };
    message.queue_or_skip()
}

rule! {
    ThankAndAsk {
        id: "example.thanks-rust",
        title: "Thank, and ask for a review",
        description: "Thanks the order's client, waits some days, and asks for a review.",
        missing: "Where the client has no such address, the rule is skipped. Where the order was canceled meanwhile, \
                  nobody is asked.",
        group: ClientCommunications,
        channels: ["email", "sms"],
        outputs: [("asked", "Channel by which the client was asked")],
        example: json!({
            "thanks": "Thank you for order {{ order.number }}!",
            "question": "How do you like it? https://shop.example/review",
        }),
    }
}
