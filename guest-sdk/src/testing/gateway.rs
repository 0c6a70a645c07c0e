//! A provider between the shop and a gateway that answers from a script.

use std::marker::PhantomData;

use serde_json::{Value as Json, json};

use super::world::{self, Answer, Line, Sent, World};
use crate::bindings::provider::exports::rulewright::plugin::provider::Connection;
use crate::bindings::rule::rulewright::plugin::runs::Failure;
use crate::provider::{Delivery, Outgoing, Provider, Reception, Request, exported};

/// A provider about to be called, as connection `main` of a host whose address is known.
pub fn provider<P: Provider>() -> Gateway<P> {
    Gateway {
        world: World::new(),
        settings: json!({}),
        lines: Vec::new(),
        inbound: Some("https://shop.example/hooks/main".into()),
        provider: PhantomData,
    }
}

/// The first attempt at a message, with id `msg_1` and key `key-1`.
pub fn outgoing(channel: &str, to: &str, text: &str) -> Outgoing {
    Outgoing {
        id: "msg_1".into(),
        key: "key-1".into(),
        channel: channel.into(),
        to: to.into(),
        line: None,
        subject: None,
        text: text.into(),
        params: Vec::new(),
        attempt: 1,
        attrs: Vec::new(),
    }
}

/// A call of the inbound address.
pub fn call(headers: &[(&str, &str)], body: &str) -> Request {
    Request {
        method: "POST".into(),
        url: "https://shop.example/hooks/main".into(),
        headers: headers.iter().map(|(name, value)| (name.to_lowercase(), (*value).into())).collect(),
        body: body.into(),
    }
}

pub struct Gateway<P> {
    world: World,
    settings: Json,
    lines: Vec<String>,
    inbound: Option<String>,
    provider: PhantomData<P>,
}

impl<P: Provider> Gateway<P> {
    pub fn settings(mut self, settings: Json) -> Self {
        self.settings = settings;
        self
    }

    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.world.secrets.insert(name.into(), value.into());
        self
    }

    /// One more of the shop's numbers.
    pub fn line(mut self, line: &str) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Of a host that does not know under which address it is reached.
    pub fn unreachable(mut self) -> Self {
        self.inbound = None;
        self
    }

    /// The next answer of the gateway.
    pub fn answer(mut self, answer: Answer) -> Self {
        self.world.answers.push_back(answer);
        self
    }

    pub fn deliver(self, mut message: Outgoing) -> Called<Delivery> {
        message.line = message.line.or(self.lines.first().cloned());
        self.run(|by| exported::deliver::<P>(by, message))
    }

    pub fn receive(self, call: Request) -> Called<Reception> {
        self.run(|by| exported::receive::<P>(by, call))
    }

    fn run<T>(self, act: impl FnOnce(Connection) -> Result<T, Failure>) -> Called<T> {
        let by = Connection {
            id: "main".into(),
            shop: "shop-1".into(),
            settings: self.settings.to_string(),
            lines: self.lines,
            inbound: self.inbound,
            attrs: Vec::new(),
        };
        let (result, world) = world::enter(self.world, || act(by));
        Called { result, requests: world.requests, log: world.log }
    }
}

/// What a call of a provider came to.
#[derive(Debug)]
pub struct Called<T> {
    pub result: Result<T, Failure>,
    pub requests: Vec<Sent>,
    pub log: Vec<Line>,
}
