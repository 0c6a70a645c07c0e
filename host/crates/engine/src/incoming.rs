//! What gateways tell: the provider's plugin says whether it comes from the gateway and what it means, and all of it is
//! committed together, each thing once by the gateway's own id.

use std::sync::Arc;

use parking_lot::Mutex;
use rulewright_domain::{
    ActivePlugin, Actor, Author, Cause, ClientId, Command, Connection, Incoming, Message, MessageState,
    NewEvent, Recipient, Report, SMS, ShopConfig, ShopId, Timestamp,
    bucket::{Bucket, Buckets},
    kind,
    plugin::PluginKind,
};
use rulewright_ports::{
    Answer, Failure, GatewayAnswer, GatewayCall, ReceiveTask, Reception, StorageExt, Task,
};
use serde_json::{Value, json};

use crate::{
    Engine, NewChatMessage, Refusal,
    change::Change,
    chat,
    client::clients_at,
    execute::Key,
    gateway,
    halt::must_take_in,
    hash::{hash_of, key_of},
    relay::about,
};

/// What the plugin calls a text that somebody wrote.
const RECEIVED: &str = "message.received";

/// What a gateway is told, by whoever speaks HTTP with it.
pub enum Received {
    Answered(GatewayAnswer),
    /// It was not the gateway.
    Refused(String),
}

/// Calls of one inbound address in a second. A gateway that has more to tell waits; whoever has got hold of the address
/// must not keep the sandbox busy with wrong signatures.
const A_SECOND: u32 = 50;

/// By connection.
pub(crate) struct Gates(Mutex<Buckets<(ShopId, String)>>);

impl Default for Gates {
    fn default() -> Gates {
        Gates(Mutex::new(Buckets::new(Bucket { burst: A_SECOND, per_second: f64::from(A_SECOND) })))
    }
}

impl Gates {
    fn pass(&self, shop: ShopId, id: &str, now: Timestamp) -> bool {
        self.0.lock().put((shop, id.to_owned()), now).is_ok()
    }
}

impl Engine {
    /// `code` is the part of the address that nobody can guess: without it there is nothing here.
    pub async fn receive_from_gateway(
        &self,
        shop: ShopId,
        id: &str,
        code: &str,
        call: GatewayCall,
    ) -> Result<Received, Refusal> {
        let (config, connection) = self.called(shop, id, code)?;
        if !self.inner.gates.pass(shop, id, self.clock().now()) {
            let message = format!("at most {A_SECOND} calls a second");
            return Err(Failure::new(TOO_MANY, message, true).into());
        }
        // Nothing is asked of the plugin: the gateway says it again.
        self.storage().glance(must_take_in)?;
        self.must_have_room(shop)?;
        let carries = |one: &&Arc<ActivePlugin>| one.manifest.kind == PluginKind::Provider;
        let plugin = config.plugins.get(&connection.plugin).filter(carries);
        let plugin = plugin.ok_or_else(|| {
            let message = format!("`{}` is not installed", connection.plugin);
            Failure::new("unavailable", message, true)
        })?;
        let seed = key_of(&[&config.shop.seed, &connection.id, &hash_of(&call.body)]);
        let task = ReceiveTask { by: self.connected(&config, &connection), call };
        let task = Task::Receive(Box::new(task));
        let (incoming, answer) = match gateway::run(self, &config, &connection, plugin, seed, task).await {
            Ok(Answer::Received(Reception::Taken { incoming, answer })) => (incoming, answer),
            Ok(Answer::Received(Reception::Refused { reason })) => return Ok(Received::Refused(reason)),
            Ok(_) => {
                let message = "the plugin answered something else than a reception";
                return Err(Failure::new("trap", message, true).into());
            }
            // Nothing was taken: the gateway is to say it again when somebody has mended it.
            Err(failure) => return Err(Failure { retryable: true, ..failure }.into()),
        };
        if !incoming.is_empty() {
            self.change(shop, move |change| {
                incoming.iter().try_for_each(|one| change.take_in(&connection, one))
            })
            .await?;
        }
        Ok(Received::Answered(answer))
    }

    fn called(&self, shop: ShopId, id: &str, code: &str) -> Result<(Arc<ShopConfig>, Connection), Refusal> {
        let engine = self.clone();
        let config = self.storage().glance(move |reads| engine.inner.configs.of(reads, shop));
        let config = config.map_err(|refusal| match refusal {
            // Whoever guesses addresses does not learn which shops there are.
            Refusal::NotFound { .. } => Refusal::not_found("provider", id),
            other => other,
        })?;
        let found = config.connections.get(id).filter(|connection| {
            // Of hashes, so that the time tells nothing about the code.
            connection.enabled && hash_of(connection.code.as_bytes()) == hash_of(code.as_bytes())
        });
        let connection = found.cloned().ok_or_else(|| Refusal::not_found("provider", id))?;
        Ok((config, connection))
    }
}

/// Code of the refusal of what comes too fast.
pub const TOO_MANY: &str = "too-many-calls";

impl Change<'_> {
    fn take_in(&mut self, connection: &Connection, one: &Incoming) -> Result<(), Refusal> {
        let key = Key {
            source: format!("gateway:{}", connection.id),
            key: one.id.clone(),
            fingerprint: String::new(),
        };
        let taken = self.once(Some(&key), |change| {
            // Asked again: intake may have been halted while the plugin looked at it.
            change.must_take_in()?;
            change.happened(connection, one)
        });
        taken.map(drop)
    }

    fn happened(&mut self, connection: &Connection, one: &Incoming) -> Result<(), Refusal> {
        match one.kind.as_str() {
            kind::MESSAGE_DELIVERED | kind::MESSAGE_UNDELIVERED => self.reported(connection, one),
            kind::CALL_FINISHED if one.message.is_some() => self.call_finished(connection, one),
            kind::CALL_INCOMING | kind::CALL_MISSED | kind::CALL_FINISHED => {
                let event = NewEvent { attrs: one.attrs.clone(), ..NewEvent::new(&one.kind) };
                self.of_somebody(connection, one, event)
            }
            RECEIVED if one.text.as_deref().unwrap_or_default().trim().is_empty() => Ok(()),
            RECEIVED => self.written(connection, one),
            other => {
                let message = format!("`{}` told of `{other}`, which nobody knows", connection.plugin);
                Err(Refusal::invalid("/incoming/kind", "kind", message))
            }
        }
    }

    /// A message that this connection has been given.
    fn carried_by(&mut self, connection: &Connection, one: &Incoming) -> Result<Option<Message>, Refusal> {
        let Some(id) = one.message else { return Ok(None) };
        let message = self.tx.message(self.shop, id)?.filter(|message| match &message.provider {
            Some(provider) => *provider == connection.id,
            // Its answer may come after its report.
            None => message.state == MessageState::Sending,
        });
        if message.is_none() {
            tracing::warn!(connection = %connection.id, message = %id, "a report about a message of nobody");
        }
        Ok(message)
    }

    fn reported(&mut self, connection: &Connection, one: &Incoming) -> Result<(), Refusal> {
        let Some(mut message) = self.carried_by(connection, one)? else { return Ok(()) };
        // Reports overtake each other; what has arrived has arrived.
        if message.report.as_ref().is_some_and(|report| report.delivered) {
            return Ok(());
        }
        let delivered = one.kind == kind::MESSAGE_DELIVERED;
        let reason = one.attrs.get("reason").and_then(Value::as_str).map(str::to_owned);
        message.report = Some(Report { at: self.now, delivered, reason: reason.filter(|_| !delivered) });
        self.tx.put_message(&message)?;
        let mut event = about(&message, &one.kind);
        event.attrs.extend(one.attrs.clone());
        self.tell_of(&message, vec![event])
    }

    /// One of ours: who waits for its end finds it by its correlation.
    fn call_finished(&mut self, connection: &Connection, one: &Incoming) -> Result<(), Refusal> {
        let Some(message) = self.carried_by(connection, one)? else { return Ok(()) };
        let client = match message.draft.to {
            Recipient::Client(client) => Some(client),
            _ => None,
        };
        let event = NewEvent {
            order: message.order,
            client,
            correlation: message.draft.correlation.clone(),
            attrs: one.attrs.clone(),
            ..NewEvent::new(&one.kind)
        };
        self.tell_of(&message, vec![event.attr("message", message.id.to_string())])
    }

    /// Into the connection's open channel, or, of a phone number, as an SMS.
    fn written(&mut self, connection: &Connection, one: &Incoming) -> Result<(), Refusal> {
        let (Some(peer), Some(text)) = (&one.peer, &one.text) else { return Ok(()) };
        let Some(channel) = &connection.open_channel else {
            let event = NewEvent {
                attrs: one.attrs.clone(),
                data: json!({ "text": text }).into(),
                ..NewEvent::new(kind::SMS_RECEIVED)
            };
            return self.of_somebody(connection, one, event);
        };
        let new = NewChatMessage {
            channel: channel.clone(),
            peer: peer.clone(),
            client: self.stranger(channel, connection, one)?,
            author: Author::Client,
            hidden: false,
            text: text.clone(),
            id: Some(one.id.clone()),
        };
        chat::check(&new)?;
        self.receive_chat(&new, &outside(connection)).map(drop)
    }

    /// Who a peer is that nobody has been told about: the client with that phone number.
    fn stranger(
        &mut self,
        channel: &str,
        connection: &Connection,
        one: &Incoming,
    ) -> Result<Option<ClientId>, Refusal> {
        let Some(peer) = &one.peer else { return Ok(None) };
        let known = self.tx.peer(self.shop, channel, peer)?.and_then(|peer| peer.client);
        if known.is_some() {
            return Ok(known);
        }
        let told = one.attrs.get("phone").and_then(Value::as_str);
        let by_number = self.config.carriers(SMS).any(|(one, _)| one.id == connection.id);
        let Some(phone) = told.or(by_number.then_some(peer.as_str())) else { return Ok(None) };
        Ok(clients_at(self.tx, self.shop, phone)?.first().copied())
    }

    fn of_somebody(
        &mut self,
        connection: &Connection,
        one: &Incoming,
        mut event: NewEvent,
    ) -> Result<(), Refusal> {
        for (name, value) in [("phone", &one.peer), ("line", &one.line)] {
            if let Some(value) = value {
                event = event.attr(name, value.clone());
            }
        }
        let event = event.attr("provider", connection.id.clone());
        self.apply(Command::Ingest(event), &Cause::from_outside(outside(connection)), None).map(drop)
    }
}

fn outside(connection: &Connection) -> Actor {
    Actor::Outside { source: connection.id.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_lets_so_many_through_in_a_second_and_each_connection_has_its_own() {
        let gates = Gates::default();
        let pass = |id: &str, at: i64| gates.pass(ShopId(1), id, Timestamp(at));
        assert!((0..A_SECOND).all(|_| pass("a", 1_500)));
        assert!(!pass("a", 1_500) && pass("b", 1_500) && pass("a", 2_500));
    }
}
