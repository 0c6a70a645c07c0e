//! Webhooks outward: an event becomes one message for each subscriber that wants it, in the transaction that records the
//! event, and the relay posts it.
//!
//! **Invariant:** what becomes of a webhook makes no event and no line of a timeline: or webhooks would tell of
//! themselves, for ever.

mod call;
mod form;
mod manage;
mod places;
mod replay;
mod settle;
mod tell;
mod trouble;

pub use call::WebhookTried;
pub(crate) use form::Forms;
pub use manage::{NewWebhook, Webhook, WebhookChange};
pub(crate) use places::Places;
pub use replay::{Replay, ReplayFrom, Replaying};
