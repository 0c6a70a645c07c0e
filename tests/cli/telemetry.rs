//! Traces: what follows from one request, as a collector of OpenTelemetry is told it.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value as Told, trace::v1::Span,
};
use prost::Message;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{rulewright, server::Server};

const PATIENCE: Duration = Duration::from_secs(60);

/// Trace and span of whoever asks, as they tell them in hexadecimal.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// Everything that a span can be called, but requests, which are called by their routes.
const NAMES: [&str; 4] = ["commit", "match", "step", "delivery"];

type Spans = Arc<Mutex<Vec<Span>>>;

/// Stands in for a collector: its address, and what it has been sent.
async fn collector() -> (String, Spans) {
    let spans = Spans::default();
    let router = Router::new().route("/v1/traces", post(take)).with_state(spans.clone());
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}"), spans)
}

async fn take(State(spans): State<Spans>, body: Bytes) {
    let sent = ExportTraceServiceRequest::decode(body).unwrap();
    let scopes = sent.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    spans.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let number = u128::from_str_radix(hexadecimal, 16).unwrap();
    number.to_be_bytes()[16 - hexadecimal.len() / 2..].to_vec()
}

fn told<'s>(span: &'s Span, attribute: &str) -> Option<&'s Told> {
    let found = span.attributes.iter().find(|one| one.key == attribute)?;
    found.value.as_ref()?.value.as_ref()
}

fn says(span: &Span, attribute: &str, expected: &str) {
    assert_eq!(told(span, attribute), Some(&Told::StringValue(expected.to_owned())), "{attribute}: {span:?}");
}

/// A shop whose stage `paid` sends a message, and an order of somebody in it.
async fn shop(server: &Server) -> String {
    let rule = json!({ "id": "tell", "name": "Tell Ada", "plugin": "rulewright.send-sms",
        "settings": { "text": "Thank you, {{ client.name }}" } });
    let draft = json!({ "stages": { "paid": { "rules": [rule] } } });
    server.call(Method::PUT, "/v1/pipelines/orders/automation", draft).await;
    server.call(Method::POST, "/v1/pipelines/orders/automation/publish", Value::Null).await;
    let phones = json!([{ "kind": "mobile", "value": "+447911123456" }]);
    let client = json!({ "kind": "contact", "name": "Ada Lovelace", "phones": phones });
    let client = server.call(Method::POST, "/v1/clients", client).await["client"].clone();
    let order = json!({ "pipeline": "orders", "number": "1001", "currency": "EUR", "contacts": [client] });
    server.call(Method::POST, "/v1/orders", order).await["order"].as_str().unwrap().to_owned()
}

async fn sent(server: &Server) {
    let sent = |list: &Value| list["items"][0]["state"] == "sent";
    server.until("/v1/deliveries", sent, PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_its_commit_the_step_and_the_delivery_are_one_trace_that_names_nobody() {
    let data = tempfile::tempdir().unwrap();
    let (collector, spans) = collector().await;
    let server = Server::start_with(data.path(), &["--otlp", &collector]);
    let order = shop(&server).await;
    let moved = reqwest::Client::builder()
        .build()
        .unwrap()
        .post(format!("{}/v1/orders/{order}/stage", server.url))
        .bearer_auth(&server.token)
        .header("traceparent", format!("00-{TRACE}-{CALLER}-01"))
        .header("x-request-id", "till-7")
        .header("content-type", "application/json")
        .body(json!({ "stage": "paid" }).to_string());
    assert!(moved.send().await.unwrap().status().is_success());
    sent(&server).await;
    // What was not sent yet is sent at the end.
    assert!(server.stop().success());

    let spans = spans.lock().unwrap();
    let (trace, caller) = (bytes(TRACE), bytes(CALLER));
    let ours: Vec<&Span> = spans.iter().filter(|span| span.trace_id == trace).collect();
    let below = |parent: &[u8], name: &str| {
        let found = ours.iter().find(|span| span.name == name && span.parent_span_id == parent);
        *found.unwrap_or_else(|| panic!("no `{name}` below {parent:?}: {ours:?}"))
    };
    let request = below(&caller, "POST /v1/orders/{id}/stage");
    says(request, "request", "till-7");
    assert_eq!(told(request, "http.response.status_code"), Some(&Told::IntValue(200)), "{request:?}");
    let step = below(&below(&request.span_id, "commit").span_id, "step");
    for (attribute, expected) in [("plugin", "rulewright.send-sms"), ("rule", "tell"), ("outcome", "done")] {
        says(step, attribute, expected);
    }
    let fuel = matches!(told(step, "fuel"), Some(Told::IntValue(fuel)) if *fuel > 0);
    assert!(fuel, "{step:?}");
    let delivery = below(&below(&step.span_id, "commit").span_id, "delivery");
    for (attribute, expected) in [("channel", "sms"), ("outcome", "sent")] {
        says(delivery, attribute, expected);
    }

    // A collector is read by others than the shop's people.
    assert!(spans.len() > ours.len(), "the requests before it are traces of their own");
    for span in spans.iter() {
        let route =
            span.name.split_once(' ').is_some_and(|(_, route)| route == "none" || route.starts_with('/'));
        assert!(route || NAMES.contains(&span.name.as_str()), "{span:?}");
        let all = format!("{} {:?} {:?}", span.name, span.attributes, span.events);
        for personal in ["Ada", "Lovelace", "7911123456", "Thank", "rw_"] {
            assert!(!all.contains(personal), "{personal}: {all}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_gone_holds_up_neither_orders_nor_the_end() {
    let data = tempfile::tempdir().unwrap();
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let server = Server::start_with(data.path(), &["--otlp", &format!("http://{gone}")]);
    let order = shop(&server).await;
    server.call(Method::POST, &format!("/v1/orders/{order}/stage"), json!({ "stage": "paid" })).await;
    sent(&server).await;
    let begun = std::time::Instant::now();
    assert!(server.stop().success());
    assert!(begun.elapsed() < PATIENCE, "it waited for its collector for {:?}", begun.elapsed());
}

#[test]
fn what_is_no_address_of_a_collector_is_refused_at_the_start() {
    let data = tempfile::tempdir().unwrap();
    for wrong in ["collector", "ftp://127.0.0.1:4318", "http://user:password@127.0.0.1:4318"] {
        let mut command = rulewright();
        let done = command.args(["serve", "--otlp", wrong, "--data"]).arg(data.path()).output().unwrap();
        let error = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{wrong}: {error}");
        assert!(error.contains("cannot be sent traces") && error.contains("4318"), "{error}");
    }
}
