//! A courier's API on a port of this machine. He refuses orders that are called so.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[derive(Clone)]
pub struct Courier {
    pub address: String,
    /// Idempotency key and body of every request.
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Courier {
    pub async fn start() -> Courier {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let courier = Courier { address, requests: Arc::default() };
        let router = Router::new().route("/deliveries", post(Courier::answer)).with_state(courier.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        courier
    }

    pub fn requests(&self) -> Vec<(String, Value)> {
        self.requests.lock().unwrap().clone()
    }

    async fn answer(
        State(courier): State<Courier>,
        headers: HeaderMap,
        Json(body): Json<Value>,
    ) -> (StatusCode, Json<Value>) {
        let key = headers["idempotency-key"].to_str().unwrap().to_owned();
        courier.requests.lock().unwrap().push((key, body.clone()));
        match body["reference"].as_str() {
            Some("refused") => (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": "not here" }))),
            reference => {
                let tracking = format!("CD-{}", reference.unwrap_or_default());
                (StatusCode::OK, Json(json!({ "tracking": tracking, "state": "accepted" })))
            }
        }
    }
}
