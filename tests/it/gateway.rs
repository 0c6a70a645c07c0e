//! A gateway on this machine that remembers what it was sent, and the shop's own interface, to which it reports.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use rulewright_domain::{ClientId, Connection, Message, OrderId, Scope, Token, TokenId};
use rulewright_ports::Clock;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::{PUBLIC, TestShop, bundled};

pub const LINE: &str = "+15005550006";
pub const CLIENT: &str = "+447700900123";
pub const TOKEN: &str = "t0ken";

/// What a gateway was sent.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn form(&self, name: &str) -> String {
        let found = form_urlencoded::parse(&self.body).find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A gateway on this machine. Its last answer is given for ever.
#[derive(Clone)]
pub struct Gateway {
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    /// One permit, one answer.
    pub room: Arc<Semaphore>,
}

impl Gateway {
    pub async fn answering(answers: &[(u16, &str)]) -> Gateway {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let answers = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        let gateway = Gateway {
            address: listener.local_addr().unwrap().to_string(),
            asked: Arc::default(),
            answers: Arc::new(Mutex::new(answers)),
            room: Arc::new(Semaphore::new(1_000)),
        };
        let router = Router::new().fallback(Gateway::answer).with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        gateway
    }

    async fn answer(State(gateway): State<Gateway>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
        let asked = Asked { path: uri.path().to_owned(), headers, body: body.to_vec() };
        gateway.asked.lock().unwrap().push(asked);
        gateway.room.acquire().await.unwrap().forget();
        let mut answers = gateway.answers.lock().unwrap();
        let (status, body) =
            if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        (StatusCode::from_u16(status).unwrap(), body).into_response()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// A shop that may reach it, with these plugins beside.
    pub async fn shop(&self, plugins: &[&str]) -> TestShop {
        let components: Vec<_> = plugins.iter().map(|name| bundled(name)).collect();
        TestShop::with_neighbours(&components, std::slice::from_ref(&self.address)).await
    }

    pub async fn connect(
        &self,
        shop: &TestShop,
        plugin: &str,
        change: impl FnOnce(&mut Connection),
    ) -> Connection {
        shop.install_with_hosts(bundled(plugin), &[&self.address]).await;
        let mut connection = Connection {
            id: "main".into(),
            title: "Gateway".into(),
            plugin: format!("rulewright.{plugin}"),
            settings: json!({ "account": "AC1", "server": self.url() }),
            lines: vec![LINE.into()],
            default_for: Default::default(),
            open_channel: None,
            enabled: true,
            code: String::new(),
        };
        change(&mut connection);
        shop.engine.put_connection(shop.id, connection).await.unwrap()
    }
}

pub async fn secret(shop: &TestShop, name: &str, value: &str) {
    shop.engine.put_connection_secret(shop.id, "main", name, Some(value.into())).await.unwrap();
}

/// The shop's interface on a port of this machine.
pub struct Api(String);

impl Api {
    pub async fn of(shop: &TestShop) -> Api {
        Api::over(shop.router()).await
    }

    pub async fn over(router: axum::Router) -> Api {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Api(address)
    }

    #[allow(clippy::disallowed_methods, reason = "the gateway is no part of the house")]
    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: String) -> (u16, String) {
        let mut request = reqwest::Client::new().post(format!("http://{}{path}", self.0)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// As staff does, with a token that may do everything.
    pub async fn staff(&self, shop: &TestShop, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.ask(shop, method, path, "application/json", body.to_string().into_bytes()).await
    }

    /// Staff installs a component and agrees to all that it asks for.
    pub async fn upload(&self, shop: &TestShop, component: &[u8]) -> (u16, Value) {
        self.ask(shop, "POST", "/v1/plugins?accept=all", "application/wasm", component.to_vec()).await
    }

    #[allow(clippy::disallowed_methods, reason = "staff is no part of the house")]
    async fn ask(
        &self,
        shop: &TestShop,
        method: &str,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
    ) -> (u16, Value) {
        let (secret, hash) = rulewright_api::mint().unwrap();
        let token = Token {
            id: TokenId(0),
            shop: shop.id,
            name: "staff".to_owned(),
            hash,
            scopes: [Scope::Admin].into(),
            created: shop.clock.now(),
            expires: None,
            employee: None,
            areas: Default::default(),
        };
        let (id, _) = shop.engine.create_token(shop.id, token).await.unwrap();
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = reqwest::Client::new().request(method, format!("http://{}{path}", self.0));
        let request = request.bearer_auth(rulewright_api::bearer(id, &secret));
        let answer = request.header("content-type", media_type).body(body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
    }

    /// As Twilio does: a form, and a signature over the address that it knows and the sorted parameters.
    pub async fn twilio(&self, path: &str, form: &[(&str, &str)], token: &str) -> (u16, String) {
        let mut sorted = form.to_vec();
        sorted.sort();
        let signed = sorted.iter().flat_map(|(name, value)| [*name, *value]).collect::<String>();
        let mac = Hmac::<sha1::Sha1>::new_from_slice(token.as_bytes()).unwrap();
        let mac = mac.chain_update(format!("{PUBLIC}{path}{signed}")).finalize();
        let signature = STANDARD.encode(mac.into_bytes());
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.post(path, &[kind, ("x-twilio-signature", &signature)], body).await
    }
}

pub async fn told(shop: &TestShop) -> (ClientId, OrderId) {
    let client = shop.client(&[("mobile", CLIENT)], &[]).await;
    (client, shop.order_of(&[client]).await)
}

pub async fn message(shop: &TestShop) -> Message {
    let all = shop.messages().await;
    let [message] = all.as_slice() else { panic!("{all:?}") };
    message.clone()
}
