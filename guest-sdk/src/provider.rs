//! A provider: carries the messages of a channel outward, and what comes in on it inward.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::bindings::provider::exports::rulewright::plugin::provider;
pub use crate::bindings::provider::exports::rulewright::plugin::provider::{
    Answer, Delivery, Incoming, Outgoing, Reception, Request, Taken,
};
use crate::bindings::rule::rulewright::plugin::runs::Failure;
use crate::error::{Error, Result};
use crate::host::raw;
use crate::{Attr, Instant, Issue, Value, attr, context, find};

/// What an author writes. Implement [`deliver`](Provider::deliver), and [`receive`](Provider::receive) where the gateway
/// calls back.
pub trait Provider: Sized + 'static {
    /// What staff fill in. The form is drawn from its schema.
    type Settings: DeserializeOwned + JsonSchema;

    /// Called at least once for each message, always with the same `key`. An error that passes with time is tried again.
    fn deliver(by: &Connection<Self>, message: &Outgoing) -> Result<Delivery>;

    /// A call of the connection's inbound address. Find out first whether it comes from the gateway.
    fn receive(_by: &Connection<Self>, _call: &Request) -> Result<Reception> {
        Ok(refused("this provider takes nothing in"))
    }

    /// What the schema cannot say.
    fn validate(_settings: &Self::Settings) -> Vec<Issue> {
        Vec::new()
    }
}

/// What the shop has connected.
pub struct Connection<P: Provider> {
    /// As the shop calls it.
    pub id: String,
    pub shop: String,
    pub settings: P::Settings,
    /// The shop's numbers there.
    pub lines: Vec<String>,
    /// Where the gateway can report to; None where the host does not know its own address.
    pub inbound: Option<String>,
    pub attrs: Vec<Attr>,
}

impl<P: Provider> Connection<P> {
    /// Fixed for the whole call.
    pub fn now(&self) -> Instant {
        raw::step::now()
    }
}

impl Outgoing {
    /// A parameter that is a text, e.g. the `language` of a call.
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.params, name)?.as_text()
    }
}

impl Request {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Incoming {
    /// `id` is the gateway's own: told again, it is the same.
    pub fn new(id: impl Into<String>, kind: &str) -> Self {
        Incoming {
            id: id.into(),
            kind: kind.into(),
            message: None,
            peer: None,
            line: None,
            text: None,
            attrs: Vec::new(),
        }
    }

    pub fn with_attr(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.attrs.push(attr(key, value));
        self
    }
}

impl Answer {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Answer { status, content_type: content_type.into(), body: body.into() }
    }

    /// Thanks, and nothing else to say.
    pub fn ok() -> Self {
        Answer::new(200, "text/plain", "")
    }
}

pub fn taken(incoming: impl IntoIterator<Item = Incoming>, answer: Answer) -> Reception {
    Reception::Taken(Taken { incoming: incoming.into_iter().collect(), answer })
}

/// It did not come from the gateway; why.
pub fn refused(why: impl Into<String>) -> Reception {
    Reception::Refused(why.into())
}

/// What the component's exports do, on any target.
#[doc(hidden)]
pub mod exported {
    use super::*;
    use crate::rule::exported::parse;

    pub fn validate<P: Provider>(settings: &str) -> Vec<Issue> {
        match parse::<P::Settings>(settings) {
            Ok(settings) => P::validate(&settings),
            Err(message) => vec![Issue::new("", "invalid", message)],
        }
    }

    pub fn deliver<P: Provider>(by: provider::Connection, message: Outgoing) -> Result<Delivery, Failure> {
        context::begin(message.attempt.saturating_sub(1));
        connection::<P>(by).and_then(|by| P::deliver(&by, &message)).map_err(Error::into_failure)
    }

    pub fn receive<P: Provider>(by: provider::Connection, call: Request) -> Result<Reception, Failure> {
        context::begin(0);
        connection::<P>(by).and_then(|by| P::receive(&by, &call)).map_err(Error::into_failure)
    }

    fn connection<P: Provider>(by: provider::Connection) -> Result<Connection<P>> {
        let provider::Connection { id, shop, settings, lines, inbound, attrs } = by;
        let settings = parse(&settings).map_err(Error::settings)?;
        Ok(Connection { id, shop, settings, lines, inbound, attrs })
    }
}
