use rulewright_domain::{self as domain, MessageId, MessageState, OrderId, Recipient, RunId, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A message outward, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delivery {
    #[schema(value_type = String, example = "msg_4")]
    id: MessageId,
    #[schema(value_type = Option<String>, example = "ord_42")]
    order: Option<OrderId>,
    #[schema(value_type = Option<String>, example = "run_5")]
    run: Option<RunId>,
    /// The same on every attempt.
    key: String,
    #[schema(example = "sms")]
    channel: String,
    /// Whom the rule named: an id, or an address.
    to: String,
    /// Where it goes.
    address: String,
    sender: Option<String>,
    subject: Option<String>,
    text: String,
    #[schema(value_type = Object)]
    params: Map<String, Value>,
    correlation: Option<String>,
    /// `pending`, `sending`, `sent`, `dead` or `cancelled`.
    state: &'static str,
    attempt: u32,
    /// When it is tried again; null once it is settled.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    settled: Option<Timestamp>,
    provider: Option<String>,
    /// The provider's own id of the message.
    provider_id: Option<String>,
    error: Option<String>,
    /// What the provider has told since it took the message.
    report: Option<Report>,
}

/// What became of a message that was sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryReport)]
struct Report {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    delivered: bool,
    reason: Option<String>,
}

impl From<domain::Message> for Delivery {
    fn from(message: domain::Message) -> Delivery {
        let draft = message.draft;
        Delivery {
            id: message.id,
            order: message.order,
            run: message.run,
            key: message.key,
            channel: draft.channel,
            to: match draft.to {
                Recipient::ClientOf(order) => order.to_string(),
                Recipient::Client(client) => client.to_string(),
                Recipient::Employee(employee) => employee.to_string(),
                Recipient::Address(address) => address,
                Recipient::Subscription(webhook) => webhook.to_string(),
            },
            address: draft.address,
            sender: draft.sender,
            subject: draft.subject,
            text: draft.text,
            params: draft.params,
            correlation: draft.correlation,
            state: match message.state {
                MessageState::Pending => "pending",
                MessageState::Sending => "sending",
                MessageState::Sent => "sent",
                MessageState::Dead => "dead",
                MessageState::Cancelled => "cancelled",
            },
            attempt: message.attempt,
            next_at: (message.state == MessageState::Pending).then_some(message.next_at),
            created: message.created,
            settled: message.settled,
            provider: message.provider,
            provider_id: message.provider_id,
            error: message.error,
            report: message.report.map(|report| {
                let domain::Report { at, delivered, reason } = report;
                Report { at, delivered, reason }
            }),
        }
    }
}
