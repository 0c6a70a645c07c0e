//! What is done for a guest with what it may not see, by whoever has it: the process of the engine.
//!
//! **Invariant:** a guest names a secret, and it is put in here, after the grant has been looked at once more. It names
//! a person or an order, and is told what its function tells, and nothing else of them. Nothing is believed of what was
//! said before: whoever asks may be a process that a guest has broken out in.

mod recipient;

use std::sync::Arc;

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use parking_lot::Mutex;
use rulewright_domain::{Command, Effect, EmployeeId, Grant, Order, OrderChange, OrderId, Timestamp};
use rulewright_ports::{HttpError, HttpRequest, HttpResponse, Invocation, Task, World, WorldError};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::{
    options::{Limits, bytes},
    refusal::Refused,
    staged::{Staged, try_change},
    target,
};

use recipient::Addressed;
pub(crate) use recipient::{Found, Wanted};

const KEY: usize = 200;
/// Where a secret goes in a URL.
const PLACE: &str = "{secret}";
const HEADERS: usize = 64;
const HEADER: usize = 8 << 10;

/// A request as the guest has written it: where a secret goes stands its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Written {
    pub method: String,
    pub url: String,
    /// What goes into its path.
    pub url_secret: Option<String>,
    pub headers: Vec<(String, HeaderText)>,
    #[serde(with = "rulewright_domain::bytes::optional")]
    pub body: Option<Vec<u8>>,
    /// Milliseconds.
    pub timeout: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum HeaderText {
    Plain(String),
    Secret { prefix: String, secret: String, suffix: String },
    Basic { user: String, password: String },
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Unsent {
    Denied(String),
    Timeout,
    Connect(String),
    Limit(String),
    Other {
        code: String,
        message: String,
    },
    /// Ours: the guest cannot decide anything about it.
    World(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// Another order than the step's own, and what a guest wants to do to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub id: OrderId,
    /// What the step has staged for it since it asked last.
    pub since: Vec<OrderChange>,
    pub change: OrderChange,
}

/// Secrets are those that the grant names; None where the shop has removed one.
#[async_trait]
pub(crate) trait Keeper: Send + Sync {
    /// Whether there is an address, and the handle that stands for it in messages until the step has ended.
    async fn recipient(&self, wanted: Wanted) -> Found;
    /// How many shipments it would change, or why the commit would refuse it.
    async fn change(&self, asked: Change) -> Result<u32, Refused>;
    async fn has_employee(&self, id: EmployeeId) -> Result<bool, WorldError>;
    async fn send(&self, key: &str, request: Written) -> Result<HttpResponse, Unsent>;
    async fn sign(&self, secret: &str, by: Hash, data: &[u8]) -> Result<Option<Vec<u8>>, WorldError>;
    async fn matches(&self, secret: &str, text: &str) -> Result<Option<bool>, WorldError>;
    /// For guests that may read it.
    async fn reveal(&self, secret: &str) -> Result<Option<Vec<u8>>, WorldError>;
}

/// Beside the world itself, for one step.
pub(crate) struct Near {
    pub world: Arc<dyn World>,
    pub grant: Arc<Grant>,
    pub limits: Arc<Limits>,
    now: Timestamp,
    own: Option<Arc<Order>>,
    /// Other orders, with what the step has staged for them.
    others: Mutex<Staged>,
    /// By handle: the addresses that the step's messages go to.
    found: Mutex<Vec<Addressed>>,
}

#[async_trait]
impl Keeper for Near {
    async fn recipient(&self, wanted: Wanted) -> Found {
        self.find(wanted).await
    }

    async fn change(&self, asked: Change) -> Result<u32, Refused> {
        let Change { id, since, change } = asked;
        let kept = {
            let mut others = self.others.lock();
            for change in since {
                let command = Command::ChangeOrder { id, expected: None, change };
                let staged = others.push(&self.limits, Effect::Command { command, label: None });
                staged.map_err(|_| Refused::World("more was staged than a step stages".to_owned()))?;
            }
            others.keeps(id)
        };
        if !kept {
            let order = self.world.order(id).await?.ok_or(Refused::NotFound)?;
            self.others.lock().keep(order);
        }
        let mut others = self.others.lock();
        let before = others.see(id, self.now).ok_or(Refused::NotFound)?;
        Ok(try_change(before, change, self.now)?)
    }

    async fn has_employee(&self, id: EmployeeId) -> Result<bool, WorldError> {
        Ok(self.world.employees().await?.iter().any(|employee| employee.id == id))
    }

    async fn send(&self, key: &str, request: Written) -> Result<HttpResponse, Unsent> {
        let request = self.filled(key, request).await?;
        self.world.http(key, request).await.map_err(|error| match error {
            HttpError::Denied(why) => Unsent::Denied(why),
            HttpError::Timeout => Unsent::Timeout,
            HttpError::Connect(why) => Unsent::Connect(why),
            HttpError::Limit(why) => Unsent::Limit(why),
            HttpError::Other(why) => bad("http", why),
        })
    }

    async fn sign(&self, secret: &str, by: Hash, data: &[u8]) -> Result<Option<Vec<u8>>, WorldError> {
        Ok(self.reveal(secret).await?.map(|secret| signature(&secret, by, data)))
    }

    async fn matches(&self, secret: &str, text: &str) -> Result<Option<bool>, WorldError> {
        Ok(self.reveal(secret).await?.map(|secret| bool::from(secret.ct_eq(text.as_bytes()))))
    }

    async fn reveal(&self, secret: &str) -> Result<Option<Vec<u8>>, WorldError> {
        if !self.grant.secrets.contains(secret) {
            return Err(WorldError(format!("secret `{secret}` is not granted")));
        }
        self.world.secret(secret).await
    }
}

impl Near {
    pub fn of(invocation: &Invocation, world: Arc<dyn World>, limits: &Arc<Limits>) -> Near {
        let own = match &invocation.task {
            Task::Step(task) => Some(task.order.clone()),
            Task::Examine(task) => Some(task.order.clone()),
            _ => None,
        };
        Near {
            world,
            grant: Arc::new(invocation.grant.clone()),
            limits: limits.clone(),
            now: invocation.now,
            own,
            others: Mutex::default(),
            found: Mutex::default(),
        }
    }

    async fn filled(&self, key: &str, request: Written) -> Result<HttpRequest, Unsent> {
        let permitted = |url: &str| target::permitted(&self.grant.http, &request.method, url);
        let mut url = permitted(&request.url).map_err(Unsent::Denied)?;
        self.check(key, &request)?;
        let mut secrets = Vec::new();
        if let Some(name) = &request.url_secret {
            let secret = self.text(name).await?;
            url = with_secret(&request.url, &secret)?;
            // The path that is sent must be as permitted as the one that was written.
            permitted(url.as_str()).map_err(|_| {
                Unsent::Denied("with its secret in it, the path is outside what was granted".to_owned())
            })?;
            secrets.push(secret);
        }
        let mut headers = Vec::with_capacity(request.headers.len());
        for (name, text) in request.headers {
            headers.push(self.header(name, text, &mut secrets).await?);
        }
        Ok(HttpRequest {
            method: request.method,
            url: url.into(),
            headers,
            body: request.body,
            timeout: request.timeout,
            secrets,
        })
    }

    fn check(&self, key: &str, request: &Written) -> Result<(), Unsent> {
        let body = request.body.as_ref().map_or(0, Vec::len) as u64;
        if body > self.limits.http_body {
            let (body, most) = (bytes(body), bytes(self.limits.http_body));
            return Err(Unsent::Limit(format!("http-body: {body} of at most {most}")));
        }
        if key.is_empty() || key.len() > KEY {
            return Err(bad("bad-key", format!("the key of a request has 1 to {KEY} bytes")));
        }
        let method = request.method.as_str();
        if !(1..=16).contains(&method.len()) || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(bad("bad-method", "expected a method in upper case, e.g. `POST`"));
        }
        if request.headers.len() > HEADERS {
            let message = format!("{} headers, at most {HEADERS}", request.headers.len());
            return Err(bad("too-many-headers", message));
        }
        Ok(())
    }

    async fn header(
        &self,
        name: String,
        text: HeaderText,
        secrets: &mut Vec<String>,
    ) -> Result<(String, String), Unsent> {
        if !is_name(&name) {
            return Err(bad("bad-header", "a header name is a word of letters, digits and dashes"));
        }
        let value = match text {
            HeaderText::Plain(text) => text,
            HeaderText::Secret { prefix, secret, suffix } => {
                let secret = self.text(&secret).await?;
                let whole = format!("{prefix}{secret}{suffix}");
                secrets.push(secret);
                whole
            }
            HeaderText::Basic { user, password } => {
                if user.contains(':') {
                    return Err(bad("bad-header", "a user's name with a colon would end there"));
                }
                let password = self.text(&password).await?;
                let encoded = STANDARD.encode(format!("{user}:{password}"));
                let whole = format!("Basic {encoded}");
                secrets.extend([password, encoded]);
                whole
            }
        };
        if value.len() > HEADER || !is_value(&value) {
            // Not the value: a secret may be in it.
            let message =
                format!("the value of `{name}` has line breaks, other odd characters or over {HEADER} bytes");
            return Err(bad("bad-header", message));
        }
        Ok((name, value))
    }

    async fn text(&self, name: &str) -> Result<String, Unsent> {
        let value = self.reveal(name).await.map_err(|error| Unsent::World(error.0))?;
        let value = value.ok_or_else(|| bad("no-secret", format!("the shop has removed secret `{name}`")))?;
        String::from_utf8(value).map_err(|_| bad("no-secret", "the secret is no text"))
    }
}

fn signature(key: &[u8], by: Hash, data: &[u8]) -> Vec<u8> {
    fn mac<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Vec<u8> {
        // A key of any length will do.
        let mac = <M as KeyInit>::new_from_slice(key).map(|mac| mac.chain_update(data));
        mac.map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
    }
    match by {
        Hash::Sha1 => mac::<Hmac<sha1::Sha1>>(key, data),
        Hash::Sha256 => mac::<Hmac<sha2::Sha256>>(key, data),
        Hash::Sha512 => mac::<Hmac<sha2::Sha512>>(key, data),
    }
}

/// The URL with the secret in its path, where `{secret}` stands.
fn with_secret(url: &str, secret: &str) -> Result<url::Url, Unsent> {
    // What else a path is made of would let a secret lead elsewhere.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~:".contains(&byte);
    if secret.is_empty() || !secret.bytes().all(plain) || secret.bytes().all(|byte| byte == b'.') {
        let message = "only letters, digits and `-_.~:` of a secret can stand in a path";
        return Err(bad("bad-secret", message));
    }
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split_once('/').map_or("", |(_, path)| path.split(['?', '#']).next().unwrap_or(path));
    if url.matches(PLACE).count() != 1 || !path.contains(PLACE) {
        let message = format!("`{PLACE}` stands once in the path of a URL that holds a secret");
        return Err(bad("bad-url", message));
    }
    let parsed = url::Url::parse(&url.replace(PLACE, secret));
    parsed.map_err(|_| bad("bad-url", "with its secret in it, it is no URL"))
}

fn bad(code: &str, message: impl Into<String>) -> Unsent {
    Unsent::Other { code: code.to_owned(), message: message.into() }
}

/// A token as RFC 9110 has it, without the rarer signs. `Host` and the like are for the client to set.
fn is_name(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let reserved = ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"];
    let free = !reserved.iter().any(|taken| name.eq_ignore_ascii_case(taken));
    (1..=100).contains(&name.len()) && name.bytes().all(word) && free
}

/// Visible characters and spaces: a line break would be another header.
fn is_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Shop};

    #[tokio::test]
    async fn a_change_of_another_order_is_tried_on_what_the_step_has_made_of_it() {
        let shop = Shop { orders: vec![Order { id: OrderId(2), ..testing::order() }], ..Shop::default() };
        let invocation = testing::invocation(testing::order());
        let near = Near::of(&invocation, Arc::new(shop), &Arc::new(Limits::default()));
        let ask = |id, since: &[OrderChange], change: OrderChange| {
            near.change(Change { id: OrderId(id), since: since.to_vec(), change })
        };
        let ship = OrderChange::MarkShipped;
        assert_eq!(ask(2, &[], ship.clone()).await, Ok(1));
        assert_eq!(ask(2, &[], ship.clone()).await, Ok(1), "it was not staged");
        assert_eq!(ask(2, std::slice::from_ref(&ship), ship.clone()).await, Ok(0));
        assert_eq!(ask(2, &[], ship.clone()).await, Ok(0), "what was told once is known");
        assert_eq!(ask(2, &[], OrderChange::AllowDelivery).await, Ok(1));
        let paid = ask(2, &[], OrderChange::Delete).await.unwrap_err();
        assert!(matches!(&paid, Refused::Other { code, .. } if code == "paid"), "{paid:?}");
        assert_eq!(ask(9, &[], ship).await, Err(Refused::NotFound));
    }

    #[test]
    fn a_secret_stands_in_the_path_and_leads_nowhere_else() {
        let put = |url: &str, secret: &str| with_secret(url, secret).map(String::from).ok();
        let url = "https://a.b/bot{secret}/send?x=1";
        assert_eq!(put(url, "12:Ab-c").as_deref(), Some("https://a.b/bot12:Ab-c/send?x=1"));
        for secret in ["", "..", "a/b", "a?b", "a%2fb", "a#b", "a b"] {
            assert_eq!(put(url, secret), None, "{secret}");
        }
        for url in
            ["https://{secret}/", "https://a.b/?k={secret}", "https://a.b/", "https://a.b/{secret}/{secret}"]
        {
            assert_eq!(put(url, "abc"), None, "{url}");
        }
    }

    #[test]
    fn no_header_smuggles_another_one_in() {
        assert!(is_name("Authorization") && is_name("x-api-key"));
        for bad in ["", "a b", "a:b", "a\r\nb", "Host", "content-LENGTH", "transfer-encoding"] {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(is_value("Bearer abc=") && is_value("") && is_value("ä"));
        for bad in ["a\r\nb: c", "a\nb", "a\0", "\x7f"] {
            assert!(!is_value(bad), "{bad:?}");
        }
    }

    /// RFC 2202 and RFC 4231, case 2.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let data = b"what do ya want for nothing?";
        for (by, begin) in [
            (Hash::Sha1, [0xef, 0xfc, 0xdf, 0x6a]),
            (Hash::Sha256, [0x5b, 0xdc, 0xc1, 0x46]),
            (Hash::Sha512, [0x16, 0x4b, 0x7a, 0x7b]),
        ] {
            assert_eq!(signature(b"Jefe", by, data)[..4], begin, "{by:?}");
        }
    }
}
