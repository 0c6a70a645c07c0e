//! Messages outward: who got what by which way, how that went, and one more attempt.

mod list;
mod page;

use axum::{
    Router,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{Draft, Message, MessageState, ShopConfig};

use crate::{Console, door::Look, effect, show::Tone};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/deliveries", get(list::page))
        .route("/deliveries/{id}", get(page::page))
        .route("/deliveries/{id}/html", get(page::mail))
        .route("/deliveries/{id}/retry", post(page::retry))
}

/// Every state that can be asked for, with its words.
const STATES: [(&str, &str); 5] = [
    ("pending", "delivery-pending"),
    ("sending", "delivery-sending"),
    ("sent", "delivery-sent"),
    ("dead", "delivery-dead"),
    ("cancelled", "delivery-cancelled"),
];

/// How a message stands, with what its provider has reported since.
pub fn state(look: &Look, message: &Message) -> Markup {
    let reported = message.report.as_ref().map(|report| report.delivered);
    let (tone, key) = match (message.state, reported) {
        (MessageState::Pending, _) if message.attempt > 0 => (Tone::Warn, "delivery-again"),
        (MessageState::Pending, _) => (Tone::Wait, "delivery-pending"),
        (MessageState::Sending, _) => (Tone::Busy, "delivery-sending"),
        (MessageState::Sent, Some(true)) => (Tone::Good, "delivery-delivered"),
        (MessageState::Sent, Some(false)) => (Tone::Bad, "delivery-undelivered"),
        (MessageState::Sent, None) => (Tone::Good, "delivery-sent"),
        (MessageState::Dead, _) => (Tone::Bad, "delivery-dead"),
        (MessageState::Cancelled, _) => (Tone::Stop, "delivery-cancelled"),
    };
    tone.pill(&look.text(key))
}

/// How often it was tried, and when it is tried again.
pub fn next_try(look: &Look, message: &Message) -> Markup {
    html! {
        span.muted {
            (look.with("delivery-attempts", &[("count", message.attempt.into())]))
            @if message.state == MessageState::Pending && message.attempt > 0 {
                " · " (look.text("delivery-next-try")) " " (look.ago(message.next_at))
            }
        }
    }
}

/// Whom it is for. Addresses of webhooks often have a key in them, so only their host is told.
fn recipient(look: &Look, config: &ShopConfig, draft: &Draft) -> String {
    match draft.to {
        rulewright_domain::Recipient::Subscription(_) => {
            let host = draft.address.split('/').nth(2).unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{} ({host})", look.text("recipient-subscription"))
        }
        _ => effect::recipient(look, config, draft),
    }
}

#[cfg(test)]
pub mod sample {
    use rulewright_domain::{MessageId, OrderId, Recipient, RunId, ShopId, Timestamp};
    use serde_json::{Map, Value};

    use super::*;
    use crate::runs::sample::BEGAN;

    pub fn message(channel: &str, state: MessageState, text: &str, params: Map<String, Value>) -> Message {
        let began = Timestamp::parse(BEGAN).unwrap();
        Message {
            id: MessageId(4),
            shop: ShopId(1),
            order: Some(OrderId(1)),
            run: Some(RunId(5)),
            key: "key-4".to_owned(),
            draft: Draft {
                channel: channel.to_owned(),
                to: Recipient::ClientOf(OrderId(1)),
                address: "+441632960000".to_owned(),
                about: Some(OrderId(1)),
                sender: None,
                subject: None,
                text: text.to_owned(),
                params,
                correlation: None,
            },
            state,
            attempt: 1,
            next_at: began.plus(300_000),
            created: began,
            settled: None,
            provider: Some("sandbox".to_owned()),
            provider_id: None,
            error: None,
            report: None,
        }
    }
}
