//! What lies outside: a provider that carries messages and a server that guests ask, who remember what they are given.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use rulewright_domain::{Message, plugin::HttpTarget};
use rulewright_ports::{
    Arrived, Delivery, Egress, HttpError, HttpRequest, HttpResponse, Inbox, Letter, MailAccess, MailError,
    MailServers, Transport,
};

use crate::{
    gate::{Gate, Place},
    plan::{Fault, Faults},
    trace::{Happened, Log},
};

const PROVIDER: &str = "simulator";

pub struct Outside {
    log: Arc<Log>,
    gate: Arc<Gate>,
    faults: Arc<Faults>,
    /// No two answers of the server are the same.
    answers: AtomicU64,
}

impl Outside {
    pub fn new(log: Arc<Log>, gate: Arc<Gate>, faults: Arc<Faults>) -> Outside {
        Outside { log, gate, faults, answers: AtomicU64::new(0) }
    }

    /// Whether the provider has taken it, what it says, and the word for that.
    fn carry(&self, message: &Message) -> (bool, &'static str, Delivery) {
        let (provider, reason) = (PROVIDER.to_owned(), "told to fail".to_owned());
        if self.faults.strikes(Fault::ProviderIsSilent) {
            return (true, "silent", Delivery::Unavailable { provider, reason });
        }
        if self.faults.strikes(Fault::ProviderFails) {
            return match self.faults.draw(1, 6) {
                1 => (false, "rejected", Delivery::Rejected { provider, reason }),
                2 => (false, "later", Delivery::Later { provider, reason, after: 3_600_000 }),
                _ => (false, "unavailable", Delivery::Unavailable { provider, reason }),
            };
        }
        let (provider_id, events) = (message.key.clone(), Vec::new());
        (true, "sent", Delivery::Sent { provider, provider_id, events })
    }
}

#[async_trait]
impl Transport for Outside {
    async fn deliver(&self, message: &Message) -> Delivery {
        self.log.push(Happened::Left {
            message: message.id,
            key: message.key.clone(),
            text: message.draft.text.clone(),
            attempt: message.attempt,
        });
        self.gate.pass(Place::Provider).await;
        let (accepted, answer, delivery) = self.carry(message);
        self.log.push(Happened::Carried { message: message.id, accepted, answer });
        delivery
    }
}

#[async_trait]
impl Egress for Outside {
    async fn send(&self, request: HttpRequest, _: &[HttpTarget]) -> Result<HttpResponse, HttpError> {
        let about = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
        self.log.push(Happened::Requested { about });
        self.gate.pass(Place::Server).await;
        if self.faults.strikes(Fault::HttpFails) {
            return Err(HttpError::Timeout);
        }
        let body = format!("answer {}", self.answers.fetch_add(1, Ordering::SeqCst)).into_bytes();
        Ok(HttpResponse { status: 200, headers: Vec::new(), body, truncated: false, replayed: false })
    }
}

/// The shops have no mailboxes.
pub struct NoMail;

fn nobody() -> MailError {
    MailError { message: "there are no mail servers here".to_owned(), permanent: true }
}

#[async_trait]
impl MailServers for NoMail {
    async fn send(&self, _: &MailAccess, _: &Letter) -> Result<(), MailError> {
        Err(nobody())
    }

    async fn try_sending(&self, _: &MailAccess) -> Result<(), MailError> {
        Err(nobody())
    }

    async fn open(&self, _: &MailAccess, _: &str) -> Result<Box<dyn Inbox>, MailError> {
        Err(nobody())
    }

    fn read(&self, _: &[u8]) -> Option<Arrived> {
        None
    }
}
