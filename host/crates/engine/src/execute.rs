//! The door for every command from outside.

use rulewright_domain::{
    Actor, Cause, ClientId, Command, DocumentId, EntryId, EventId, OrderId, ShopId, kind,
};
use serde::{Deserialize, Serialize};

use crate::{Engine, Refusal};

pub struct Request {
    pub shop: ShopId,
    pub command: Command,
    pub by: Actor,
    pub key: Option<Key>,
}

/// Makes a request safe to repeat: the same key from the same source is answered as the first time.
pub struct Key {
    pub source: String,
    pub key: String,
    /// Of the request, so that a key used for something else is noticed.
    pub fingerprint: String,
}

/// What a command did. No events: there was nothing to change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub order: Option<OrderId>,
    pub client: Option<ClientId>,
    /// Of the order, after the command.
    pub revision: Option<u64>,
    pub events: Vec<EventId>,
    pub entry: Option<EntryId>,
    pub document: Option<DocumentId>,
    /// This answer was given before; nothing was done again.
    #[serde(default)]
    pub duplicate: bool,
}

#[derive(Serialize, Deserialize)]
struct Answered {
    fingerprint: String,
    receipt: Receipt,
}

impl Engine {
    /// Answers once the command and all that follows from it directly is durable.
    pub async fn execute(&self, request: Request) -> Result<Receipt, Refusal> {
        let Request { shop, command, by, key } = request;
        if let Command::Ingest(event) = &command {
            may_come_from_outside(&event.kind)?;
        }
        self.change(shop, move |change| {
            if let Some(key) = &key
                && let Some(answer) = change.tx.answer(shop, &key.source, &key.key)?
            {
                return repeated(key, &answer);
            }
            let cause = Cause::from_outside(by);
            let receipt = change.apply(command, &cause, None)?;
            if let Some(key) = key {
                let answered = Answered { fingerprint: key.fingerprint, receipt: receipt.clone() };
                let answer = serde_json::to_string(&answered).unwrap_or_default();
                change.tx.put_answer(shop, &key.source, &key.key, &answer)?;
            }
            Ok(receipt)
        })
        .await
    }
}

fn repeated(key: &Key, answer: &str) -> Result<Receipt, Refusal> {
    match serde_json::from_str::<Answered>(answer) {
        Ok(first) if first.fingerprint == key.fingerprint => Ok(Receipt { duplicate: true, ..first.receipt }),
        _ => Err(Refusal::KeyReused { key: key.key.clone() }),
    }
}

/// Events that the host derives from commands cannot be claimed from outside: a payment is received by paying.
fn may_come_from_outside(event: &str) -> Result<(), Refusal> {
    const OURS: [&str; 7] =
        ["order.", "payment.", "shipment.", "document.", "message.", "client.", "plugin."];
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    let well_formed = event.contains('.') && event.len() <= 64 && event.chars().all(plain);
    if !well_formed {
        let message = format!(
            "`{event}` is not an event kind: expected dotted lower-case words such as `{}`",
            kind::CALL_INCOMING
        );
        return Err(Refusal::invalid("/kind", "kind", message));
    }
    if OURS.iter().any(|prefix| event.starts_with(prefix)) {
        let message = format!(
            "`{event}` happens only through its command, e.g. a payment is received by adding a payment"
        );
        return Err(Refusal::invalid("/kind", "reserved-kind", message));
    }
    Ok(())
}
