//! Who carries a message: a provider's plugin in its sandbox, the shop's mailbox, or the provider for development; a
//! webhook is posted from here. Decided
//! each time when the message leaves, because connections come and go while messages wait.

use std::sync::Arc;

use rulewright_domain::{
    ActivePlugin, CALL, CHAT, Connection, Draft, Message, SMS, ShopConfig, open_address, phone,
};
use rulewright_ports::{Answer, Carried, DeliverTask, Delivery, Failure, Outgoing, StorageExt, Task};

use crate::{Engine, Refusal, gateway, hash::key_of, post::is_posted, spending::barred};

/// Who refuses what nobody carries.
pub(crate) const NOBODY: &str = "rulewright";

pub(crate) enum Route<'c> {
    Provider(&'c Connection, &'c Arc<ActivePlugin>),
    Sandbox,
    /// And why.
    Nobody(String),
}

pub(crate) fn route<'c>(config: &'c ShopConfig, draft: &'c Draft) -> Route<'c> {
    let channel = draft.channel.as_str();
    if let Some(reason) = barred(config, channel, &draft.address) {
        return Route::Nobody(reason);
    }
    let named = draft.sender.as_deref().map(str::trim).filter(|named| !named.is_empty());
    let carrier = match (channel, named) {
        (CHAT, _) => {
            let name = open_address(&draft.address).map(|(name, _)| name);
            let mine = |one: &Connection| name.is_some() && one.open_channel.as_deref() == name;
            let carrier = config.carriers(CHAT).find(|(one, _)| mine(one));
            if carrier.is_none() && config.connections.values().any(mine) {
                let name = name.unwrap_or_default();
                return Route::Nobody(format!("no-provider: what carries `{name}` is switched off"));
            }
            carrier
        }
        (SMS | CALL, Some(named)) => {
            let known = config.carriers(channel).find(|(one, _)| one.id == named || one.has_line(named));
            let fictional = named == Connection::SANDBOX || phone::is_fictional(named);
            if known.is_none() && !(config.shop.sandbox && fictional) {
                return Route::Nobody(unknown(config, channel, named));
            }
            known
        }
        _ => config.carrier(channel),
    };
    match carrier {
        Some((connection, plugin)) => Route::Provider(connection, plugin),
        None if config.shop.sandbox => Route::Sandbox,
        None => Route::Nobody(nobody(channel)),
    }
}

fn unknown(config: &ShopConfig, channel: &str, named: &str) -> String {
    match channel {
        CALL if !config.has_telephony() => nobody(channel),
        CALL => format!("no-such-line: `{named}` is none of the connected numbers"),
        _ => format!("no-such-provider: there is no `{named}` that carries `{channel}`"),
    }
}

fn nobody(channel: &str) -> String {
    match channel {
        CALL => "telephony-not-connected: connect a provider that makes calls".to_owned(),
        _ => format!("no-provider: nothing that is connected carries `{channel}`"),
    }
}

/// A text that its provider would not take is refused before anybody is asked.
pub(crate) fn must_fit(config: &ShopConfig, draft: &Draft) -> Result<(), Refusal> {
    let Route::Provider(connection, plugin) = route(config, draft) else { return Ok(()) };
    let length = draft.text.chars().count();
    match plugin.manifest.max_text {
        Some(most) if length > most as usize => {
            let message = format!("the text has {length} characters, `{}` takes {most}", connection.id);
            Err(Failure::new("too-long", message, false).into())
        }
        _ => Ok(()),
    }
}

impl Engine {
    pub(crate) async fn carry(&self, message: &Message) -> Delivery {
        if let Some(subscription) = message.subscription() {
            return self.call_webhook(subscription, message).await;
        }
        let (engine, shop) = (self.clone(), message.shop);
        let config = match self.storage().glance(move |reads| engine.inner.configs.of(reads, shop)) {
            Ok(config) => config,
            Err(error) => {
                let provider = NOBODY.to_owned();
                return Delivery::Unavailable { provider, reason: error.to_string() };
            }
        };
        if is_posted(&config, message) {
            return self.post(config, message).await;
        }
        match route(&config, &message.draft) {
            Route::Provider(connection, plugin) => {
                self.deliver_by(&config, connection, plugin, message).await
            }
            Route::Sandbox => self.inner.deps.transport.deliver(message).await,
            Route::Nobody(reason) => Delivery::Rejected { provider: NOBODY.to_owned(), reason },
        }
    }

    async fn deliver_by(
        &self,
        config: &ShopConfig,
        connection: &Connection,
        plugin: &ActivePlugin,
        message: &Message,
    ) -> Delivery {
        let task = Task::Deliver(Box::new(DeliverTask {
            by: self.connected(config, connection),
            message: outgoing(connection, message),
        }));
        let seed = key_of(&[&config.shop.seed, &message.key, &message.attempt.to_string()]);
        let result = gateway::run(self, config, connection, plugin, seed, task).await;
        let provider = connection.id.clone();
        match result {
            Ok(Answer::Carried(Carried::Sent { id })) => {
                Delivery::Sent { provider, provider_id: id, events: Vec::new() }
            }
            Ok(Answer::Carried(Carried::Rejected { reason })) => Delivery::Rejected { provider, reason },
            Ok(Answer::Carried(Carried::Unavailable { reason })) => {
                Delivery::Unavailable { provider, reason }
            }
            Ok(_) => {
                let reason = "the plugin answered something else than a delivery".to_owned();
                Delivery::Unavailable { provider, reason }
            }
            // What the plugin itself calls hopeless. A plugin that breaks may be mended while the message waits.
            Err(failure) if matches!(failure.code.as_str(), "permanent" | "config") => {
                Delivery::Rejected { provider, reason: failure.message }
            }
            Err(failure) => Delivery::Unavailable { provider, reason: failure.to_string() },
        }
    }
}

fn outgoing(connection: &Connection, message: &Message) -> Outgoing {
    let draft = &message.draft;
    let named = draft.sender.as_deref().unwrap_or_default();
    let line = connection.lines.iter().find(|line| phone::same(line, named)).or(connection.lines.first());
    let to = match draft.channel.as_str() {
        CHAT => open_address(&draft.address).map_or(draft.address.as_str(), |(_, peer)| peer),
        _ => draft.address.as_str(),
    };
    Outgoing {
        id: message.id,
        key: message.key.clone(),
        channel: draft.channel.clone(),
        to: to.to_owned(),
        line: line.cloned(),
        subject: draft.subject.clone(),
        text: draft.text.clone(),
        params: draft.params.clone().into_iter().collect(),
        attempt: message.attempt,
    }
}
