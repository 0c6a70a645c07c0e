//! Webhooks outward: who is told of which events, with what signature, and what becomes of an address that does not
//! answer.
//!
//! **Invariant:** a signing key shows nothing of itself; whoever needs it asks for it by name.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ApplicationId, Event, Order, PipelineId, SubscriptionId, Timestamp};

/// The outbox's channel of webhooks.
pub const WEBHOOK: &str = "webhook";

/// How the requests of a subscription are built that says nothing else.
pub const STANDARD: &str = "standard";

/// The kind of an event that never happened: it only shows whether the address answers.
pub const TEST: &str = "webhook.test";

/// Somebody outside who is told of events by requests to their address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub url: String,
    /// Kinds of events: `order.created`, all that begin alike by `order.*`, or all by `*`.
    pub kinds: Vec<String>,
    /// Only events about orders of this pipeline.
    #[serde(default)]
    pub pipeline: Option<PipelineId>,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub active: bool,
    /// Of the host, not of the shop: nobody turned it off, and turning it on again takes it away.
    #[serde(default)]
    pub disabled: Option<Disabled>,
    /// The newest first; at most two.
    pub keys: Vec<SigningKey>,
    /// By which name the host knows how requests are built.
    #[serde(default = "standard")]
    pub form: String,
    /// What that way of building them wants to know besides.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Value>,
    /// Whose it is; it goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<ApplicationId>,
    /// Nothing is posted: what happened waits until the application asks for it.
    #[serde(default)]
    pub pull: bool,
    pub created: Timestamp,
}

fn standard() -> String {
    STANDARD.to_owned()
}

/// Why nothing is sent any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    pub at: Timestamp,
    pub reason: String,
}

/// What requests are signed with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// As [`crate::hook::shown`] writes it.
    key: String,
    /// None: until it is replaced.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

impl SigningKey {
    pub fn new(bytes: &[u8]) -> SigningKey {
        SigningKey { key: crate::hook::shown(bytes), until: None }
    }

    /// As the receiver needs it: `whsec_...`.
    pub fn secret(&self) -> &str {
        &self.key
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("key", &"***").field("until", &self.until).finish()
    }
}

impl Subscription {
    /// Hours that the key before stays valid where nobody says otherwise, and at most.
    pub const KEEP_KEY: u32 = 24;
    pub const KEEP_KEY_MOST: u32 = 24 * 7;

    pub fn is_on(&self) -> bool {
        self.active && self.disabled.is_none()
    }

    /// Whether it is told of this event. `order` is the one that the event is about, where it is still there.
    pub fn wants(&self, event: &Event, order: Option<&Order>) -> bool {
        self.wants_kind(&event.what.kind)
            && self.pipeline.as_ref().is_none_or(|wanted| is_about(event, order, wanted))
    }

    fn wants_kind(&self, kind: &str) -> bool {
        self.kinds.iter().any(|wanted| match wanted.strip_suffix('*') {
            Some(beginning) => kind.starts_with(beginning),
            None => wanted == kind,
        })
    }

    /// The keys that requests are signed with at this moment, the newest first.
    pub fn valid_keys(&self, now: Timestamp) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter().filter(move |key| key.until.is_none_or(|until| now < until))
    }

    /// From now on the new key signs, and the one before beside it for so many hours.
    pub fn rotate(&mut self, new: SigningKey, hours: u32, now: Timestamp) {
        let kept = self.valid_keys(now).next().cloned().filter(|_| hours > 0);
        let until = now.plus(i64::from(hours.min(Self::KEEP_KEY_MOST)) * HOUR);
        let kept = kept.map(|key| SigningKey { until: Some(until), ..key });
        self.keys = std::iter::once(new).chain(kept).collect();
    }
}

/// Whether the event is about an order of the pipeline: as the event says it, which also names the pipeline that an order
/// has left, or else as the order is now. Of an order that is gone, the event knows what it was.
fn is_about(event: &Event, order: Option<&Order>, wanted: &PipelineId) -> bool {
    let what = &event.what;
    let said = |name: &str| what.attrs.get(name).and_then(Value::as_str);
    match (what.order, said("pipeline"), order) {
        (None, ..) => false,
        (_, Some(pipeline), _) => [Some(pipeline), said("from-pipeline")].contains(&Some(wanted.0.as_str())),
        (_, None, Some(order)) => order.pipeline == *wanted,
        (_, None, None) => {
            let data = what.data.value();
            data.pointer("/order/before/pipeline").and_then(Value::as_str) == Some(wanted.0.as_str())
        }
    }
}

/// Whether this is a kind of events, or a pattern of such: why not.
pub fn check_kind(kind: &str) -> Result<(), String> {
    const MOST: usize = 64;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    let named = match kind {
        "*" => return Ok(()),
        _ => kind.strip_suffix(".*").unwrap_or(kind),
    };
    let whole = kind.ends_with(".*") || named.contains('.');
    let parts = named.split('.').all(|part| !part.is_empty());
    match whole && parts && kind.len() <= MOST && named.chars().all(plain) {
        true => Ok(()),
        false => Err(format!(
            "`{}` is no kind of events: name one such as `order.created`, all that begin alike as `order.*`, or \
             all as `*`",
            kind.chars().take(MOST).collect::<String>()
        )),
    }
}

/// Milliseconds that whoever answers wants to be left alone: `Retry-After`, in seconds or as a date of HTTP. At most a
/// day: what an address asks for must not make a message wait for ever.
pub fn retry_after(value: &str, now: Timestamp) -> Option<i64> {
    let value = value.trim();
    let wait = match value.parse::<u32>() {
        Ok(seconds) => i64::from(seconds) * 1000,
        Err(_) => {
            let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
            at.as_millisecond().saturating_sub(now.0)
        }
    };
    Some(wait.clamp(0, 24 * HOUR))
}

/// How an address has answered lately. Kept beside the subscription, because it changes with the answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// When the first attempt failed after which none succeeded.
    pub since: Timestamp,
    /// Attempts since then.
    pub attempts: u64,
    /// Why the last one failed.
    pub reason: String,
}

const HOUR: i64 = 3_600_000;

impl Trouble {
    /// Milliseconds: days enough for a long weekend, and more than all attempts of one message take.
    pub const GIVEN_UP_AFTER: i64 = 5 * 24 * HOUR;
    /// A single message that somebody sends now and then is no reason to give an address up.
    pub const GIVEN_UP_ATTEMPTS: u64 = 10;

    pub fn after(before: Option<Trouble>, reason: &str, now: Timestamp) -> Trouble {
        let since = before.as_ref().map_or(now, |before| before.since);
        let attempts = before.map_or(0, |before| before.attempts).saturating_add(1);
        Trouble { since, attempts, reason: reason.to_owned() }
    }

    /// Why the address is given up, once it is.
    pub fn gives_up(&self, now: Timestamp) -> Option<String> {
        let long = now.0.saturating_sub(self.since.0) >= Self::GIVEN_UP_AFTER;
        (long && self.attempts >= Self::GIVEN_UP_ATTEMPTS).then(|| {
            let Trouble { since, attempts, reason } = self;
            format!("none of {attempts} attempts since {since} succeeded; the last one: {reason}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actor, Cause, EventId, NewEvent, OrderId, ShopId, kind};

    fn subscription(kinds: &[&str]) -> Subscription {
        Subscription {
            id: SubscriptionId(1),
            url: "https://erp.example/hook".into(),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            pipeline: None,
            description: String::new(),
            active: true,
            disabled: None,
            keys: vec![SigningKey::new(&[7; 32])],
            form: STANDARD.into(),
            params: Map::new(),
            application: None,
            pull: false,
            created: Timestamp(0),
        }
    }

    fn event(what: NewEvent) -> Event {
        let cause = Cause::from_outside(Actor::Host);
        Event { id: EventId(1), shop: ShopId(1), at: Timestamp(0), cause, what }
    }

    #[test]
    fn a_kind_is_wanted_exactly_or_by_how_it_begins() {
        let wants = |kinds: &[&str], kind: &str| subscription(kinds).wants(&event(NewEvent::new(kind)), None);
        assert!(wants(&["order.created"], "order.created") && wants(&["order.*"], "order.created"));
        assert!(wants(&["call.missed", "*"], "order.created"));
        assert!(!wants(&["order.created"], "order.created-again") && !wants(&["order.*"], "orders.created"));
        assert!(!wants(&[], "order.created"));
    }

    #[test]
    fn of_a_deleted_order_the_event_still_knows_the_pipeline() {
        let sales = Subscription { pipeline: Some("sales".into()), ..subscription(&["*"]) };
        let deleted = |pipeline: &str| NewEvent {
            order: Some(OrderId(4)),
            data: serde_json::json!({ "order": { "before": { "pipeline": pipeline }, "after": null } })
                .into(),
            ..NewEvent::new(kind::ORDER_DELETED)
        };
        assert!(sales.wants(&event(deleted("sales")), None));
        assert!(!sales.wants(&event(deleted("returns")), None));
        assert!(!sales.wants(&event(NewEvent::new(kind::CALL_MISSED)), None), "it is about no order");
    }

    #[test]
    fn an_order_that_changes_pipelines_is_told_of_in_both() {
        let moved = NewEvent { order: Some(OrderId(4)), ..NewEvent::new(kind::PIPELINE_CHANGED) }
            .attr("from-pipeline", "sales")
            .attr("pipeline", "returns");
        for (pipeline, told) in [("sales", true), ("returns", true), ("repairs", false)] {
            let one = Subscription { pipeline: Some(pipeline.into()), ..subscription(&["*"]) };
            assert_eq!(one.wants(&event(moved.clone()), None), told, "{pipeline}");
        }
    }

    #[test]
    fn a_mistyped_kind_is_refused() {
        for kind in ["order.created", "order.*", "*", "chat.message-received", "a.b.*"] {
            assert_eq!(check_kind(kind), Ok(()), "{kind}");
        }
        for kind in ["", "order", "order*", "*.created", "order..x", ".*", "Order.created", "order. *", "ä.b"]
        {
            assert!(check_kind(kind).is_err(), "{kind}");
        }
    }

    #[test]
    fn whoever_answers_says_when_to_come_again() {
        let now = Timestamp(784_111_777_000);
        for (value, wait) in [
            ("120", Some(120_000)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", Some(120_000)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("4000000000", Some(24 * HOUR)),
            ("99999999999999999999", None),
            ("-5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now), wait, "{value}");
        }
    }

    #[test]
    fn two_keys_sign_while_one_takes_over_from_the_other() {
        let mut one = subscription(&["*"]);
        let first = one.keys[0].clone();
        let secrets = |one: &Subscription, hours: i64| {
            let keys = one.valid_keys(Timestamp(0).plus(hours * HOUR));
            keys.map(|key| key.secret().to_owned()).collect::<Vec<_>>()
        };
        one.rotate(SigningKey::new(&[8; 32]), 24, Timestamp(0));
        let second = one.keys[0].clone();
        assert_eq!(secrets(&one, 23), [second.secret(), first.secret()]);
        assert_eq!(secrets(&one, 24), [second.secret()]);
        one.rotate(SigningKey::new(&[9; 32]), 24, Timestamp(0).plus(HOUR));
        assert_eq!(secrets(&one, 2).len(), 2, "never three");
        assert!(secrets(&one, 2).contains(&second.secret().to_owned()));
        one.rotate(SigningKey::new(&[10; 32]), 0, Timestamp(0).plus(HOUR));
        assert_eq!(secrets(&one, 1), [one.keys[0].secret()], "at once");
    }

    #[test]
    fn a_key_does_not_show_itself() {
        let key = SigningKey::new(&[7; 32]);
        assert!(key.secret().starts_with("whsec_"));
        assert!(!format!("{key:?}").contains("whsec_"));
    }

    #[test]
    fn an_address_is_given_up_after_days_of_nothing_but_failures() {
        let day = 24 * HOUR;
        let mut trouble = None;
        for attempt in 0..20 {
            let now = Timestamp(0).plus(attempt * day / 4);
            let next = Trouble::after(trouble.take(), "timeout", now);
            assert_eq!(next.gives_up(now).is_some(), attempt >= 20, "{attempt}");
            trouble = Some(next);
        }
        let now = Timestamp(0).plus(5 * day);
        let reason = Trouble::after(trouble, "timeout", now).gives_up(now).unwrap();
        assert!(reason.contains("21 attempts since 1970-01-01") && reason.contains("timeout"), "{reason}");
        let rare = Trouble { since: Timestamp(0), attempts: 2, reason: String::new() };
        assert_eq!(rare.gives_up(Timestamp(0).plus(30 * day)), None);
    }
}
