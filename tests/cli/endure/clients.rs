//! Clients that do not know whether their request has arrived, and repeat it with its key until they have an answer.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(10);
/// Of one request: a server that is dead says nothing at all.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Tries of one request, over all restarts that it lives through.
const TRIES: usize = 10_000;

/// Where the server is at this moment, and what opens it.
#[derive(Clone)]
pub struct Way {
    pub url: Arc<Mutex<String>>,
    pub token: Arc<str>,
    /// No new orders.
    pub enough: Arc<AtomicBool>,
}

/// How an order came to the stage that rules are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// It was paid, and a trigger moved it.
    Paid,
    /// Somebody moved it.
    Moved,
    /// The same, and on before the rules may have run.
    MovedOn,
}

/// An order, from its first request to the last, each of them answered.
#[derive(Clone, Debug)]
pub struct Story {
    pub number: String,
    pub order: String,
    pub path: Path,
    /// Of all answers.
    pub events: Vec<String>,
    /// Answers that said that they had been given before.
    pub duplicates: usize,
}

/// One after the other, until it is enough.
pub async fn work(way: Way, name: usize) -> Vec<Story> {
    let client = reqwest::Client::builder().timeout(TIMEOUT).build().unwrap();
    let mut stories = Vec::new();
    while !way.enough.load(Ordering::SeqCst) {
        let number = format!("{name}-{}", stories.len());
        let path = [Path::Paid, Path::Moved, Path::MovedOn][stories.len() % 3];
        let mut story = Story { number, order: String::new(), path, events: Vec::new(), duplicates: 0 };
        tell(&client, &way, &mut story).await;
        stories.push(story);
    }
    stories
}

async fn tell(client: &reqwest::Client, way: &Way, story: &mut Story) {
    let money = json!({ "amount": "10.00", "currency": "EUR" });
    let order = json!({
        "pipeline": "orders", "number": story.number,
        "lines": [{ "title": "Tea", "quantity": "1", "unit_price": money }],
    });
    let made = once(client, way, story, "/v1/orders", order).await;
    story.order = made["order"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    let at = |what: &str| format!("/v1/orders/{}/{what}", story.order);
    let (stage, payments) = (at("stage"), at("payments"));
    match story.path {
        Path::Paid => {
            let payment = json!({ "amount": money, "paid": true });
            once(client, way, story, &payments, payment).await;
        }
        Path::Moved | Path::MovedOn => {
            once(client, way, story, &stage, json!({ "stage": "paid" })).await;
        }
    }
    if story.path == Path::MovedOn {
        once(client, way, story, &stage, json!({ "stage": "shipped" })).await;
    }
}

/// Until it is answered, and then once more: the answer is the same, and says so.
async fn once(client: &reqwest::Client, way: &Way, story: &mut Story, path: &str, body: Value) -> Value {
    let key = format!("{}-{}", story.number, story.events.len());
    let answer = answered(client, way, path, &key, &body).await;
    let again = answered(client, way, path, &key, &body).await;
    assert_eq!(again["duplicate"], true, "{path} {key}: done again: {again}");
    assert_eq!(answer["events"], again["events"], "{path} {key}");
    assert_eq!(answer["order"], again["order"], "{path} {key}");
    story.duplicates += usize::from(answer["duplicate"] == true);
    let events = answer["events"].as_array().unwrap_or_else(|| panic!("{answer}"));
    assert!(!events.is_empty(), "{path} {key} has done nothing: {answer}");
    story.events.extend(events.iter().filter_map(Value::as_str).map(str::to_owned));
    answer
}

async fn answered(client: &reqwest::Client, way: &Way, path: &str, key: &str, body: &Value) -> Value {
    for _ in 0..TRIES {
        let url = way.url.lock().unwrap().clone() + path;
        let request = client.post(url).bearer_auth(&way.token).header("idempotency-key", key);
        let request = request.header("content-type", "application/json").body(body.to_string());
        // Dead before the answer, or in the middle of it.
        let answer = match request.send().await {
            Ok(answer) => (answer.status(), answer.bytes().await),
            Err(_) => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let (status, Ok(bytes)) = answer else { continue };
        if status == reqwest::StatusCode::SERVICE_UNAVAILABLE {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        let text = String::from_utf8_lossy(&bytes);
        assert!(status.is_success(), "{path} {key}: {status} {text}");
        return serde_json::from_str(&text).unwrap();
    }
    panic!("{path} {key}: no answer in {TRIES} tries");
}
