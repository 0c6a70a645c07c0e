//! A fresh shop with a real engine and database, and the facade in front of it.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{Method, Request},
};
use rulewright_domain::{
    Actor, Currency, Employee, EmployeeId, Message, Scope, Shop as Settings, ShopId, Timestamp, Token,
    TokenId, plugin::Digest,
};
use rulewright_engine::{Deps, Engine, SimulatedClock};
use rulewright_ports::{
    Arrived, Completion, Delivery, Executor, Failure, Inbox, Invocation, Letter, MailAccess, MailError,
    MailServers, Storage, Transport, World,
};
use rulewright_storage::Sqlite;
use serde_json::Value;
use tower::ServiceExt;

use super::{Ordered, outside::Outside};
use crate::{FacadeDeps, Options, caller::hex, wire::node::Node};

/// Of the webhook of employee 1, who is the administrator.
pub const CODE: &str = "golden0code0of0the0administrator";
/// What it opens. Not simply everything: the answers would change with every method that comes.
pub const AREAS: &[&str] = &["bizproc", "catalog", "crm", "sale", "user"];
/// 2026-03-02 10:00 in Berlin, a Monday.
const NOW: Timestamp = Timestamp(1_772_442_000_000);

pub struct Shop {
    pub engine: Engine,
    pub clock: Arc<SimulatedClock>,
    pub id: ShopId,
    pub router: Router,
    pub outside: Arc<Outside>,
}

pub struct Reply {
    pub status: u16,
    /// Without its times.
    pub answer: Value,
    pub times: Vec<Value>,
}

impl Shop {
    pub async fn open() -> Shop {
        Shop::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Shop {
        let clock = Arc::new(SimulatedClock::new(NOW));
        let outside = Arc::new(Outside::default());
        let engine = engine(Arc::new(Sqlite::temporary().unwrap()), clock.clone(), outside.clone());
        let settings = Settings {
            id: ShopId(0),
            name: "Tea".into(),
            currency: Currency::new(b"EUR"),
            locale: "en".into(),
            time_zone: "Europe/Berlin".into(),
            hours: Default::default(),
            automate_orders: true,
            // Fixed, so that what is random is the same every time.
            seed: "golden".into(),
            not_in_plan: Default::default(),
            sandbox: true,
            requisites: Default::default(),
            shipment_statuses: rulewright_domain::ShipmentStatus::usual(),
            hook_keys: Default::default(),
            spending: Default::default(),
        };
        let id = engine.create_shop(settings).await.unwrap();
        let admin = Employee {
            id: EmployeeId(0),
            name: "Ada Lovelace".into(),
            phone: None,
            work_phone: None,
            email: Some("ada@example.com".into()),
            position: Some("Owner".into()),
            head: None,
            absent: false,
            working: true,
        };
        engine.put_employee(id, admin).await.unwrap();
        engine.put_pipeline(id, crate::classic::pipeline()).await.unwrap();
        engine.start().await.unwrap();
        let router = crate::router(FacadeDeps { engine: engine.clone(), options });
        let shop = Shop { engine, clock, id, router, outside };
        shop.webhook(CODE, &[Scope::Admin], AREAS).await;
        shop
    }

    /// The same shop after the host has stopped and started again.
    pub async fn restarted(self) -> Shop {
        self.engine.shutdown().await;
        let Shop { engine: before, clock, id, outside, .. } = self;
        let engine = engine(before.storage().clone(), clock.clone(), outside.clone());
        engine.start().await.unwrap();
        let options = Options::default();
        let router = crate::router(FacadeDeps { engine: engine.clone(), options });
        Shop { engine, clock, id, router, outside }
    }

    /// Of employee 1.
    pub async fn webhook(&self, code: &str, scopes: &[Scope], areas: &[&str]) {
        use sha2::{Digest, Sha256};
        let token = Token {
            id: TokenId(0),
            shop: self.id,
            name: "webhook".into(),
            hash: hex(&Sha256::digest(code)),
            scopes: scopes.iter().copied().collect(),
            created: NOW,
            expires: None,
            employee: Some(EmployeeId(1)),
            areas: areas.iter().map(|area| (*area).to_owned()).collect(),
        };
        self.engine.create_token(self.id, token).await.unwrap();
    }

    /// In the name of employee 1; answers the receipt.
    pub async fn command(&self, place: &str, command: &Value) -> Value {
        let command = serde_json::from_value(command.clone()).unwrap_or_else(|why| panic!("{place}: {why}"));
        let by = Actor::Employee { employee: EmployeeId(1), name: "Ada Lovelace".into() };
        let request = rulewright_engine::Request { shop: self.id, command, by, key: None };
        let receipt = self.engine.execute(request).await.unwrap_or_else(|why| panic!("{place}: {why}"));
        self.engine.idle().await;
        serde_json::json!(receipt)
    }

    pub fn later(&self, milliseconds: i64) {
        self.clock.advance_to(self.engine.clock().now().plus(milliseconds));
    }

    /// A request as a golden file writes it. Whatever it sets in motion has come to rest afterwards.
    pub async fn send(&self, request: &Node) -> Reply {
        let all = request.value();
        let text = |name: &str| all[name].as_str();
        let method = Method::from_bytes(text("method").unwrap_or("POST").as_bytes()).unwrap();
        let path = text("path").expect("a request has a path");
        let mut uri = match path.strip_prefix('/') {
            Some(_) => path.replace("CODE", CODE),
            None => format!("/rest/1/{CODE}/{path}"),
        };
        if let Some(query) = text("query") {
            uri = format!("{uri}?{query}");
        }
        let json = request.members().and_then(|all| all.into_iter().find(|(key, _)| key == "json"));
        let (media, body) = match (json, text("form")) {
            (Some((_, json)), _) => ("application/json", serde_json::to_string(&Ordered(json)).unwrap()),
            (None, Some(form)) => ("application/x-www-form-urlencoded", form.to_owned()),
            (None, None) => ("application/json", String::new()),
        };
        let request = Request::builder().method(method).uri(uri).header("content-type", media);
        self.reply(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn reply(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 64 << 20).await.unwrap();
        let mut answer: Value = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        let times = without_times(&mut answer);
        self.engine.idle().await;
        Reply { status, answer, times }
    }
}

fn engine(storage: Arc<dyn Storage>, clock: Arc<SimulatedClock>, outside: Arc<Outside>) -> Engine {
    let deps = Deps {
        storage,
        executor: Arc::new(Nothing),
        transport: Arc::new(Nothing),
        egress: outside,
        mail: Arc::new(Nothing),
        clock,
    };
    Engine::new(
        deps,
        rulewright_engine::Options {
            webhook_forms: vec![Arc::new(crate::Handlers::new(Some("https://shop.example")))],
            applications: crate::applications(),
            ..Default::default()
        },
    )
}

/// Takes them out: its own, and those of a batch's commands.
fn without_times(answer: &mut Value) -> Vec<Value> {
    let Some(envelope) = answer.as_object_mut() else { return Vec::new() };
    let mut times: Vec<Value> = envelope.remove("time").into_iter().collect();
    let of_commands = envelope.get_mut("result").and_then(|result| result.get_mut("result_time"));
    match of_commands {
        Some(Value::Array(all)) => {
            for time in all {
                times.push(std::mem::replace(time, "a time".into()));
            }
        }
        Some(Value::Object(all)) => {
            for time in all.values_mut() {
                times.push(std::mem::replace(time, "a time".into()));
            }
        }
        _ => {}
    }
    times
}

/// Nothing is installed, and nothing leaves.
struct Nothing;

#[async_trait]
impl Executor for Nothing {
    async fn prepare(&self, _: &Digest, _: Arc<[u8]>) -> Result<(), Failure> {
        Err(Failure::new("unavailable", "there are no plugins here", false))
    }

    async fn run(&self, _: Invocation, _: Arc<dyn World>) -> Completion {
        let failure = Failure::new("unavailable", "there are no plugins here", false);
        Completion { result: Err(failure), effects: Vec::new(), logs: Vec::new(), usage: Default::default() }
    }
}

#[async_trait]
impl Transport for Nothing {
    async fn deliver(&self, _: &Message) -> Delivery {
        Delivery::Rejected { provider: "none".into(), reason: "nothing leaves here".into() }
    }
}

#[async_trait]
impl MailServers for Nothing {
    async fn send(&self, _: &MailAccess, _: &Letter) -> Result<(), MailError> {
        Err(nothing())
    }

    async fn try_sending(&self, _: &MailAccess) -> Result<(), MailError> {
        Err(nothing())
    }

    async fn open(&self, _: &MailAccess, _: &str) -> Result<Box<dyn Inbox>, MailError> {
        Err(nothing())
    }

    fn read(&self, _: &[u8]) -> Option<Arrived> {
        None
    }
}

fn nothing() -> MailError {
    MailError { message: "nothing leaves here".into(), permanent: true }
}
