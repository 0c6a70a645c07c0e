//! A system outside that outlives every server: rules call it, and it is told of events.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};

/// How long a call takes: long enough that a server dies in the middle of some.
const TAKES: Duration = Duration::from_millis(15);
/// One of so many webhooks is not taken at first.
const BUSY: usize = 16;

/// What came under one key.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub body: String,
    pub times: usize,
    /// Whether every other time it was the same, byte for byte.
    pub differs: bool,
}

/// By key.
pub type Log = BTreeMap<String, Heard>;

#[derive(Clone)]
pub struct Outside {
    pub address: String,
    calls: Arc<Mutex<Log>>,
    hooks: Arc<Mutex<Log>>,
    /// Takes no webhook, and hears it nevertheless.
    pub refuses: Arc<AtomicBool>,
}

impl Outside {
    pub async fn open() -> Outside {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let outside =
            Outside { address, calls: Arc::default(), hooks: Arc::default(), refuses: Arc::default() };
        let router = Router::new()
            .route("/call", post(Outside::called))
            .route("/hook", post(Outside::told))
            .with_state(outside.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        outside
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// By rules, each call with its key.
    pub fn calls(&self) -> Log {
        self.calls.lock().unwrap().clone()
    }

    /// Webhooks, each with its id.
    pub fn hooks(&self) -> Log {
        self.hooks.lock().unwrap().clone()
    }

    async fn called(State(outside): State<Outside>, headers: HeaderMap, body: Bytes) -> &'static str {
        note(&outside.calls, &headers, "idempotency-key", &body);
        tokio::time::sleep(TAKES).await;
        "taken"
    }

    /// Some are refused once, and come again with the same id.
    async fn told(State(outside): State<Outside>, headers: HeaderMap, body: Bytes) -> StatusCode {
        let (times, known) = note(&outside.hooks, &headers, "webhook-id", &body);
        match outside.refuses.load(Ordering::SeqCst) || times == 1 && known.is_multiple_of(BUSY) {
            true => StatusCode::SERVICE_UNAVAILABLE,
            false => StatusCode::NO_CONTENT,
        }
    }
}

/// How often this one has come by now, and how many there are.
fn note(log: &Mutex<Log>, headers: &HeaderMap, header: &str, body: &[u8]) -> (usize, usize) {
    let key = headers.get(header).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = String::from_utf8_lossy(body);
    let mut log = log.lock().unwrap();
    let heard = log.entry(key.to_owned()).or_default();
    heard.differs |= heard.times > 0 && heard.body != body;
    if heard.times == 0 {
        heard.body = body.into_owned();
    }
    heard.times += 1;
    (heard.times, log.len())
}
