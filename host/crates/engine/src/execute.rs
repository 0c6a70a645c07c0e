//! The door for every command from outside.

use rulewright_domain::{
    Actor, Cause, ClientId, Command, DocumentId, EntryId, EventId, ItemId, OrderId, ShopId, Timestamp, kind,
};
use rulewright_ports::{Reads, StorageError, StorageExt, fault, planted::planted};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Engine, Refusal, change::Change};

pub struct Request {
    pub shop: ShopId,
    pub command: Command,
    pub by: Actor,
    pub key: Option<Key>,
}

/// Makes a request safe to repeat: the same key from the same source is answered as the first time.
#[derive(Clone)]
pub struct Key {
    pub source: String,
    pub key: String,
    /// Of the request, so that a key used for something else is noticed.
    pub fingerprint: String,
}

/// Whose shop something is done to, and the key under which it is done only once.
#[derive(Clone)]
pub struct Asked {
    pub shop: ShopId,
    pub key: Option<Key>,
}

impl From<ShopId> for Asked {
    fn from(shop: ShopId) -> Asked {
        Asked { shop, key: None }
    }
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
    #[serde(default)]
    pub item: Option<ItemId>,
    #[serde(default)]
    pub mailed: Option<Mailed>,
    /// This answer was given before; nothing was done again.
    #[serde(default)]
    pub duplicate: bool,
}

/// What became of a mailing's clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Mailed {
    pub messages: u64,
    pub unsubscribed: u64,
    /// Without an address, or with one that is wrong.
    pub unreachable: u64,
}

#[derive(Serialize, Deserialize)]
struct Answered<T> {
    fingerprint: String,
    answer: T,
}

/// An answer, and whether it was given before: then nothing was done again.
pub(crate) struct Once<T> {
    pub answer: T,
    pub again: bool,
}

impl Change<'_> {
    /// Looks the key up, does the job and keeps its answer in one transaction: of any number of requests with the
    /// same key, at once or after a crash, one does it.
    pub fn once<T: Serialize + DeserializeOwned>(
        &mut self,
        key: Option<&Key>,
        job: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<Once<T>, Refusal> {
        let Some(key) = key else { return Ok(Once { answer: job(self)?, again: false }) };
        if let Some(answer) = earlier(self.tx, self.shop, key)? {
            return Ok(Once { answer, again: true });
        }
        let answered = Answered { fingerprint: key.fingerprint.clone(), answer: job(self)? };
        let stored = serde_json::to_string(&answered).map_err(corrupt)?;
        if !planted("dedup-forgotten") {
            self.tx.put_answer(self.shop, &key.source, &key.key, &stored)?;
        }
        Ok(Once { answer: answered.answer, again: false })
    }

    /// A command from outside.
    fn admit(&mut self, command: Command, cause: &Cause) -> Result<Receipt, Refusal> {
        self.must_take_in()?;
        if let Command::Ingest(event) = &command {
            may_come_from_outside(&event.kind)?;
        }
        self.apply(command, cause, None)
    }
}

fn earlier<T: DeserializeOwned>(
    reads: &mut dyn Reads,
    shop: ShopId,
    key: &Key,
) -> Result<Option<T>, Refusal> {
    let Some(stored) = reads.answer(shop, &key.source, &key.key)? else { return Ok(None) };
    let first: Answered<Value> = serde_json::from_str(&stored).map_err(corrupt)?;
    if first.fingerprint != key.fingerprint {
        return Err(Refusal::KeyReused { key: key.key.clone() });
    }
    Ok(Some(serde_json::from_value(first.answer).map_err(corrupt)?))
}

fn corrupt(error: serde_json::Error) -> StorageError {
    StorageError::Corrupt { what: "answer", message: error.to_string() }
}

impl Engine {
    /// Answers once the command and all that follows from it directly is durable.
    pub async fn execute(&self, request: Request) -> Result<Receipt, Refusal> {
        self.execute_then(request, |_, _| Ok(Vec::new())).await
    }

    /// The same, and in the same transaction the commands that `then` makes of the receipt and of what is there by then:
    /// all of them, or none. The receipt is the first one's, with the events and the revision of all, and the order that
    /// one of them was about.
    pub async fn execute_then(
        &self,
        request: Request,
        then: impl Fn(&Receipt, &mut dyn Reads) -> Result<Vec<Command>, Refusal> + Send + 'static,
    ) -> Result<Receipt, Refusal> {
        self.execute_at(None, request, then).await
    }

    /// The same at another time than now: for whoever replays what has happened, and lets different things happen at once.
    pub async fn execute_at(
        &self,
        at: Option<Timestamp>,
        request: Request,
        then: impl Fn(&Receipt, &mut dyn Reads) -> Result<Vec<Command>, Refusal> + Send + 'static,
    ) -> Result<Receipt, Refusal> {
        let Request { shop, command, by, key } = request;
        fault::point("accept.before");
        let done = self.change_from_outside(shop, move |change| {
            change.now = at.unwrap_or(change.now);
            let cause = Cause::from_outside(by.clone());
            let once = change.once(key.as_ref(), |change| {
                let mut receipt = change.admit(command.clone(), &cause)?;
                for command in then(&receipt, change.tx)? {
                    let next = change.admit(command, &cause)?;
                    receipt.events.extend(next.events);
                    receipt.order = receipt.order.or(next.order);
                    receipt.revision = next.revision.or(receipt.revision);
                }
                Ok(receipt)
            })?;
            Ok(Receipt { duplicate: once.again, ..once.answer })
        });
        let done = done.await;
        fault::point("accept.after");
        done
    }

    /// What the key was answered before. For work that is done before its transaction, which looks again.
    pub async fn answered<T: DeserializeOwned + Send + 'static>(
        &self,
        asked: &Asked,
    ) -> Result<Option<T>, Refusal> {
        let Asked { shop, key: Some(key) } = asked.clone() else { return Ok(None) };
        self.storage().read(move |reads| earlier(reads, shop, &key)).await
    }

    /// Keeps an answer that changed nothing else. Where there is one already, that is the answer.
    pub async fn keep<T: Clone + Serialize + DeserializeOwned + Send + 'static>(
        &self,
        asked: Asked,
        answer: T,
    ) -> Result<T, Refusal> {
        match asked.key {
            None => Ok(answer),
            key => {
                let kept =
                    self.change(asked.shop, move |change| change.once(key.as_ref(), |_| Ok(answer.clone())));
                Ok(kept.await?.answer)
            }
        }
    }
}

/// Events that the host derives from commands cannot be claimed from outside: a payment is received by paying.
fn may_come_from_outside(event: &str) -> Result<(), Refusal> {
    const OURS: [&str; 16] = [
        "order.",
        "rule.",
        "task.",
        "activity.",
        "comment.",
        "payment.",
        "shipment.",
        "document.",
        "message.",
        "client.",
        "plugin.",
        "schedule.",
        "field.",
        "recurrence.",
        "date.",
        "application.",
    ];
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
            "`{event}` cannot be reported: it follows from a command, as a payment is received by adding a \
             payment, or from the clock"
        );
        return Err(Refusal::invalid("/kind", "reserved-kind", message));
    }
    Ok(())
}
