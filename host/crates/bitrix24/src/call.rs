//! One call of a method, and what it answers.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use rulewright_domain::{Command, ShopConfig, ShopId, Timestamp, audit::Who};
use rulewright_engine::{Asked, Engine, Key, Receipt, Refusal, Request};
use rulewright_ports::{Reads, StorageExt};
use serde_json::Value;

use crate::{caller::Caller, facade::Facade, fault::Fault, method::Edition, params::Params};

/// Rows of a page; the contract knows no other number.
pub const PAGE: u64 = 50;

#[derive(Clone)]
pub struct Call {
    pub facade: Facade,
    pub caller: Arc<Caller>,
    pub params: Params,
    pub edition: Edition,
    once: Option<Once>,
}

/// Makes a request safe to repeat: each of its commands has a key of its own, in the order in which they come.
#[derive(Clone)]
pub struct Once {
    key: String,
    fingerprint: String,
    count: Arc<AtomicU32>,
}

impl Once {
    pub fn new(key: String, fingerprint: String) -> Once {
        Once { key, fingerprint, count: Arc::default() }
    }

    fn of(&self, part: &str) -> Once {
        Once::new(format!("{}/{part}", self.key), self.fingerprint.clone())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub result: Value,
    pub total: Option<u64>,
    pub next: Option<u64>,
    /// Why nothing was done although the result is the same. It stands beside the result: no client looks there.
    pub warning: Option<&'static str>,
}

pub type Outcome = Result<Answer, Fault>;

impl Answer {
    pub fn of(result: impl Into<Value>) -> Answer {
        Answer { result: result.into(), total: None, next: None, warning: None }
    }

    /// `start` is [`Params::start`]; at -1 nothing was counted.
    pub fn page(items: impl Into<Value>, start: i64, total: u64) -> Answer {
        let counted = u64::try_from(start).ok();
        let next = counted.map(|start| start.saturating_add(PAGE)).filter(|next| *next < total);
        Answer { result: items.into(), total: counted.map(|_| total), next, warning: None }
    }

    pub fn warning(self, code: &'static str) -> Answer {
        Answer { warning: Some(code), ..self }
    }
}

impl Call {
    pub fn new(
        facade: Facade,
        caller: Arc<Caller>,
        params: Params,
        edition: Edition,
        once: Option<Once>,
    ) -> Call {
        Call { facade, caller, params, edition, once }
    }

    /// A command of a batch.
    pub fn sub(&self, label: &str, params: Params) -> Call {
        let once = self.once.as_ref().map(|once| once.of(label));
        Call { params, once, ..self.clone() }
    }

    pub fn shop(&self) -> ShopId {
        self.caller.shop
    }

    pub fn now(&self) -> Timestamp {
        self.facade.now()
    }

    /// The shop's settings as they are now.
    pub async fn config(&self) -> Result<Arc<ShopConfig>, Fault> {
        self.facade.config(self.caller.shop).await
    }

    /// In the caller's name, and only once for each `Idempotency-Key`.
    pub async fn execute(&self, command: Command) -> Result<Receipt, Fault> {
        let key = self.asked().key;
        Ok(self.attempt(key, command).await?)
    }

    /// All of them, or none.
    pub async fn execute_all(&self, commands: impl IntoIterator<Item = Command>) -> Result<(), Fault> {
        let mut commands = commands.into_iter();
        let Some(first) = commands.next() else { return Ok(()) };
        let rest: Vec<Command> = commands.collect();
        self.execute_then(first, move |_, _| Ok(rest.clone())).await?;
        Ok(())
    }

    /// With what follows from its receipt, all of it or nothing: see [`Engine::execute_then`].
    ///
    /// [`Engine::execute_then`]: rulewright_engine::Engine::execute_then
    pub async fn execute_then(
        &self,
        command: Command,
        then: impl Fn(&Receipt, &mut dyn Reads) -> Result<Vec<Command>, Refusal> + Send + 'static,
    ) -> Result<Receipt, Refusal> {
        let request = self.request(self.asked().key, command);
        self.facade.engine().execute_then(request, then).await
    }

    /// Where it may be refused because something has changed meanwhile: every attempt has the same key.
    pub async fn attempt(&self, key: Option<Key>, command: Command) -> Result<Receipt, Refusal> {
        self.facade.engine().execute(self.request(key, command)).await
    }

    fn request(&self, key: Option<Key>, command: Command) -> Request {
        Request { shop: self.caller.shop, command, by: self.caller.actor(), key }
    }

    /// For what is written down as the caller's doing.
    pub fn engine(&self) -> Engine {
        let Caller { employee, name, .. } = &*self.caller;
        self.facade.engine().acting(Who::Employee { employee: *employee, name: name.clone() })
    }

    /// For what the engine does otherwise than by a command.
    pub fn asked(&self) -> Asked {
        let key = self.once.as_ref().map(|once| Key {
            source: self.caller.source.clone(),
            key: format!("{}/{}", once.key, once.count.fetch_add(1, Ordering::Relaxed)),
            fingerprint: once.fingerprint.clone(),
        });
        Asked { shop: self.caller.shop, key }
    }

    /// Reads on one consistent snapshot.
    pub async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Reads) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.facade.engine().storage().read(job).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_says_where_the_next_begins_only_if_there_is_one() {
        let page = |start, total| {
            let Answer { total, next, .. } = Answer::page(json!([]), start, total);
            (total, next)
        };
        assert_eq!(page(0, 51), (Some(51), Some(50)));
        assert_eq!(page(0, 50), (Some(50), None));
        assert_eq!(page(50, 125), (Some(125), Some(100)));
        assert_eq!(page(100, 125), (Some(125), None));
        assert_eq!(page(-1, 125), (None, None));
        assert_eq!(page(i64::MAX, 125), (Some(125), None));
    }
}
