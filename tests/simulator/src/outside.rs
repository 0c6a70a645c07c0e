//! What lies outside: a provider that carries messages, a server that guests ask, subscribers who are told of events.
//! They say what the seed has them say.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use rulewright_domain::{Message, plugin::HttpTarget, subscription::STANDARD};
use rulewright_ports::{
    Arrived, Delivery, Egress, HttpError, HttpRequest, HttpResponse, Inbox, Letter, MailAccess, MailError,
    MailServers, Reads, Transport, WebhookCall, WebhookForm, WebhookRequest, storage,
};

use crate::{
    gate::{Gate, Place},
    plan::{Fault, Faults},
    trace::{Happened, Log},
};

const PROVIDER: &str = "simulator";
/// Where subscribers are.
pub const SUBSCRIBER: &str = "https://subscriber.test/";
/// In which a webhook's request shows its key.
const KEY: &str = "webhook-id";

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

    /// A subscriber hears of an event.
    async fn tell(&self, key: String, body: String) -> Result<HttpResponse, HttpError> {
        self.log.push(Happened::Posted { key: key.clone(), body });
        self.gate.pass(Place::Subscriber).await;
        let (accepted, said, response) = self.hear();
        self.log.push(Happened::Taken { key, accepted, answer: said });
        response
    }

    /// Whether the subscriber has taken it, the word for what it says, and that.
    fn hear(&self) -> (bool, &'static str, Result<HttpResponse, HttpError>) {
        if self.faults.strikes(Fault::ProviderIsSilent) {
            return (true, "silent", Err(HttpError::Timeout));
        }
        if self.faults.strikes(Fault::ProviderFails) {
            return match self.faults.draw(1, 12) {
                1 => (false, "gone", Ok(answer(410, "no more"))),
                2..=4 => {
                    let headers = vec![("Retry-After".to_owned(), "3600".to_owned())];
                    (false, "later", Ok(HttpResponse { headers, ..answer(503, "") }))
                }
                _ => (false, "unavailable", Ok(answer(500, "told to fail"))),
            };
        }
        (true, "sent", Ok(answer(204, "")))
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
        if request.url.starts_with(SUBSCRIBER) {
            let key = request.headers.into_iter().find(|(name, _)| name == KEY);
            return self.tell(key.map(|(_, key)| key).unwrap_or_default(), about).await;
        }
        self.log.push(Happened::Requested { about });
        self.gate.pass(Place::Server).await;
        if self.faults.strikes(Fault::HttpFails) {
            return Err(HttpError::Timeout);
        }
        Ok(answer(200, &format!("answer {}", self.answers.fetch_add(1, Ordering::SeqCst))))
    }

    fn target(&self, url: &str) -> Result<HttpTarget, HttpError> {
        match url.strip_prefix(SUBSCRIBER) {
            Some(path) => Ok(HttpTarget {
                host: "subscriber.test:443".to_owned(),
                methods: ["POST".to_owned()].into(),
                path: format!("/{path}"),
            }),
            None => Err(HttpError::Denied("nobody is there".to_owned())),
        }
    }
}

fn answer(status: u16, body: &str) -> HttpResponse {
    HttpResponse { status, headers: Vec::new(), body: body.into(), truncated: false, replayed: false }
}

/// Tells what never changes about an event: whoever is told twice is told the same.
#[derive(Debug)]
pub struct Plainly;

impl WebhookForm for Plainly {
    fn name(&self) -> &'static str {
        STANDARD
    }

    fn request(
        &self,
        call: &WebhookCall<'_>,
        _: &mut dyn Reads,
    ) -> storage::Result<Result<WebhookRequest, String>> {
        let (to, event) = (call.subscription.id, call.event);
        let body = format!("{to}: {} {} at {}", event.id, event.what.kind, event.at).into_bytes();
        Ok(Ok(WebhookRequest { headers: vec![(KEY.to_owned(), call.id.to_owned())], body }))
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
