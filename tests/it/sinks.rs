//! A customer whose name is an attack on everything that it is inserted into: it arrives as a name everywhere.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use rulewright_domain::{ClientId, Command, EntryKind, Numerator, OrderId, Template};
use rulewright_engine::Refusal;
use rulewright_ports::StorageExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    rows_rules::{does, shop_with},
    support::{ALL, TestShop, bundled, rule},
};

/// A template, a formula, a line of a mail, the end of a text in JSON, of a cell, of a tag and of an address.
pub const NAME: &str =
    "=1+1\r\nBcc: x@y.example\", '<script>x</script>&lt;{{ order.number }}/../?a=b<break time=\"9s\"/>";

async fn customer(shop: &TestShop) -> (ClientId, OrderId) {
    let client = shop.client(&[("mobile", "+447700900123")], &[("work", "ada@example.com")]).await;
    let mut card = shop.card(client).await;
    card.name = NAME.into();
    shop.execute(Command::UpdateClient(card)).await.unwrap();
    (client, shop.order_of(&[client]).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_stays_a_name_in_mails_messages_titles_and_documents() {
    let shop =
        shop_with(&["send-sms", "send-email", "feed-message", "task", "create-crm-document", "robocall"])
            .await;
    let numerator = Numerator::new("all", "{number}");
    shop.engine.put_numerator(shop.id, numerator).await.unwrap();
    let template = Template {
        name: "letter".into(),
        title: "Letter".into(),
        media_type: "text/html".into(),
        source: "<p title=\"{{ client.name }}\">{{ client.name }}</p>".into(),
        numerator: "all".into(),
    };
    shop.engine.put_template(shop.id, template).await.unwrap();
    let name = "{{ client.name }}";
    let said = json!({ "kind": "text", "text": format!("Dear {name}") });
    shop.publish(json!({ "paid": { "rules": [
        does("send-sms", json!({ "text": name })),
        does("send-email", json!({ "subject": format!("Dear {name}"), "text": name })),
        does("feed-message", json!({ "title": name, "text": name })),
        does("task", json!({ "title": name })),
        does("create-crm-document", json!({ "template": "letter", "title": name })),
        does("robocall", json!({ "number": "+442079460099", "using": said })),
    ] } }))
    .await;
    let (_, order) = customer(&shop).await;
    shop.enter(order, "paid").await;
    let line = NAME.replace("\r\n", " ");
    for message in shop.messages().await {
        let draft = message.draft;
        match draft.channel.as_str() {
            "call" => assert!(!draft.text.contains(['<', '>']), "markup in speech: {}", draft.text),
            channel => assert_eq!(draft.text, NAME, "{channel}: plain text is what it was"),
        }
        let subject = draft.subject.unwrap_or_default();
        assert!(!subject.contains(char::is_control), "another header: {subject:?}");
        assert!(subject.is_empty() || subject == format!("Dear {line}"), "{subject}");
    }
    assert_eq!(shop.messages().await.len(), 3);
    assert_eq!(shop.entries(order, EntryKind::Task).await[0].text, line);
    let id = shop.id;
    let read = shop.engine.storage().read(move |reads| {
        let listed = reads.documents(id, Some(order), ALL)?.remove(0);
        Ok::<_, Refusal>(reads.document(id, listed.id)?)
    });
    let document = read.await.unwrap().unwrap();
    assert_eq!(document.title, line);
    let html = String::from_utf8(document.content).unwrap();
    let inside = html.strip_prefix("<p title=\"").and_then(|rest| rest.strip_suffix("</p>")).unwrap();
    assert!(!inside.replacen("\">", "", 1).contains(['<', '>', '"']), "{html}");
}

type Received = Arc<Mutex<Vec<(HeaderMap, String)>>>;

async fn remember(State(received): State<Received>, headers: HeaderMap, body: Bytes) {
    received.lock().unwrap().push((headers, String::from_utf8(body.to_vec()).unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_stays_a_name_in_requests_of_every_kind() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let received = Received::default();
    let router = Router::new().route("/{*path}", post(remember)).with_state(received.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let shop = TestShop::with_neighbours(&[], std::slice::from_ref(&address)).await;
    shop.install_with_hosts(bundled("http-request"), &[&address]).await;
    let mut rules = Vec::new();
    for (kind, text) in [
        ("json", r#"{"name": "{{ client.name }}"}"#),
        ("form", "name={{ client.name }}&b=1"),
        ("xml", "<order><name of=\"{{ client.name }}\">{{ client.name }}</name></order>"),
        ("csv", "{{ client.name }},{{ order.number }}"),
    ] {
        let settings = json!({
            "method": "POST", "url": format!("http://{address}/x?name={{{{ client.name }}}}&b=1"),
            "headers": [{ "name": "X-Customer", "value": "{{ client.name }}" }],
            "body": { "kind": kind, "text": text },
        });
        let mut rule = rule(kind, "rulewright.http-request", settings);
        rule["after-previous"] = (kind != "json").into();
        rules.push(rule);
    }
    shop.publish(json!({ "paid": { "rules": rules } })).await;
    let (_, order) = customer(&shop).await;
    shop.enter(order, "paid").await;
    let states = shop.states(order).await;
    let first = &shop.runs(order).await[0].state;
    assert_eq!(states, ["json done", "form done", "xml done", "csv done"], "{first:?}");
    let received = received.lock().unwrap().clone();
    let line = NAME.replace("\r\n", " ");
    for (headers, body) in &received {
        assert_eq!(headers["x-customer"], line.as_str(), "{body}");
        assert!(headers.get("bcc").is_none());
    }
    let bodies: Vec<&str> = received.iter().map(|(_, body)| body.as_str()).collect();
    assert_eq!(serde_json::from_str::<Value>(bodies[0]).unwrap(), json!({ "name": NAME }));
    assert_eq!(bodies[1].matches('&').count(), 1, "{}", bodies[1]);
    assert_eq!(bodies[2].matches('<').count(), 4, "{}", bodies[2]);
    let row = format!("\"'{}\",\"{}\"", NAME.replace('"', "\"\""), order.0);
    assert_eq!(bodies[3], row);
}
