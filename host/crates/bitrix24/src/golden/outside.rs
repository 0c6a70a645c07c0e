//! What lies outside of the shop: takes every request and keeps it.

use std::sync::atomic::{AtomicU16, Ordering};

use async_trait::async_trait;
use parking_lot::Mutex;
use rulewright_domain::plugin::HttpTarget;
use rulewright_ports::{Egress, HttpError, HttpRequest, HttpResponse};
use serde_json::Value;
use tokio::sync::Notify;

use crate::wire::{brackets::decode, node::object};

pub struct Outside {
    sent: Mutex<Vec<HttpRequest>>,
    status: AtomicU16,
    came: Notify,
}

impl Default for Outside {
    fn default() -> Outside {
        Outside { sent: Mutex::default(), status: AtomicU16::new(200), came: Notify::new() }
    }
}

impl Outside {
    /// With what it answers from now on.
    pub fn answers(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    /// As soon as there is one.
    pub async fn arrives(&self) {
        while self.sent.lock().is_empty() {
            self.came.notified().await;
        }
    }

    /// Address and form of each request since the last time somebody asked.
    pub fn taken(&self) -> Vec<(String, Value)> {
        let sent = std::mem::take(&mut *self.sent.lock());
        let read = |request: HttpRequest| {
            let form = decode(&request.body.unwrap_or_default()).unwrap();
            (request.url, Value::Object(object(&form)))
        };
        sent.into_iter().map(read).collect()
    }
}

#[async_trait]
impl Egress for Outside {
    async fn send(&self, request: HttpRequest, _: &[HttpTarget]) -> Result<HttpResponse, HttpError> {
        self.sent.lock().push(request);
        self.came.notify_one();
        let status = self.status.load(Ordering::Relaxed);
        Ok(HttpResponse { status, headers: Vec::new(), body: Vec::new(), truncated: false, replayed: false })
    }

    fn target(&self, url: &str) -> Result<HttpTarget, HttpError> {
        let rest = url.strip_prefix("https://");
        let rest = rest.ok_or_else(|| HttpError::Denied("an address begins with https://".into()))?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        Ok(HttpTarget { host: host.into(), methods: ["POST".into()].into(), path: format!("/{path}") })
    }
}
