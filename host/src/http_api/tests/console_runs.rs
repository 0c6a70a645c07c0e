//! Runs, deliveries, documents and clients in the console: what staff see of them and do with them, and who may.

use rulewright_domain::{Document, Message, Run, account::Role};
use rulewright_ports::StorageExt;

use super::{console::Browser, *};

const BEGAN: &str = "2026-03-02T09:00:00Z";

impl Shop {
    /// An order with a run that has sent one message and then failed at its second step, and with a document.
    pub async fn with_a_failed_run(&self) {
        let order = json!({"pipeline": "orders", "currency": "GBP", "number": "1042"});
        assert_eq!(self.post("/v1/orders", order).await.0, 201);
        let draft = json!({
            "channel": "email", "to": {"address": "mira@example.com"}, "address": "mira@example.com", "about": "ord_1",
            "sender": null, "subject": "Hello", "text": "Hello Mira", "correlation": null,
            "params": {"html": "<p style=\"color:red\">Hello</p><script>steal()</script>"},
        });
        let step = json!({
            "step": 0, "attempt": 0, "at": BEGAN, "now": BEGAN, "wake": {"type": "started"}, "order_revision": 1,
            "result": "waits for payment.received", "effects": [{"message": draft}],
        });
        let failed = json!({
            "step": 1, "attempt": 0, "at": BEGAN, "now": BEGAN, "wake": {"type": "started"}, "order_revision": 1,
            "result": "trap: unreachable",
        });
        let run: Run = read(json!({
            "id": "run_1", "shop": self.id, "order": "ord_1", "rule": "r1", "rule_name": "Tell the client",
            "pipeline": "orders", "stage": "new", "revision": 1, "position": 0, "visit": 1, "digest": "",
            "state": {"state": "failed", "code": "trap", "message": "unreachable"}, "wake": {"type": "started"},
            "step": 1, "attempt": 0, "conflicts": 0, "created": BEGAN, "ready_at": BEGAN, "ready_after": "evt_0",
            "ended": BEGAN, "event": "evt_1", "cause": {"by": {"type": "host"}, "depth": 0, "chain": []}, "saved": null,
            "trace": [step, failed],
        }));
        let message: Message = read(json!({
            "id": "msg_1", "shop": self.id, "order": "ord_1", "run": "run_1",
            "key": rulewright_engine::message_key(&run, 0, 0), "draft": draft, "state": "sent", "attempt": 1,
            "next_at": BEGAN, "created": BEGAN, "settled": BEGAN, "provider": "sandbox", "provider_id": "1", "error": null,
        }));
        let mut document: Document = read(json!({
            "id": "doc_1", "shop": self.id, "order": "ord_1", "run": "run_1", "template": null, "numerator": null,
            "number": "INV-1", "title": "Invoice", "media_type": "text/html", "public_code": null, "created": BEGAN,
            "size": 8,
        }));
        document.content = b"<script>".to_vec();
        let put = self.engine.storage().write(move |tx| {
            tx.put_run(&run)?;
            tx.put_message(&message)?;
            tx.add_document(&document)?;
            Ok::<_, rulewright_ports::StorageError>(())
        });
        put.await.unwrap();
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn runs_are_listed_as_they_are_asked_for() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Viewer).await;
    let nothing = ada.get("/runs").await;
    assert!(nothing.status == 200 && nothing.html.contains("No runs yet"), "{}", nothing.html);
    shop.with_a_failed_run().await;
    for (path, found) in [
        ("/runs", true),
        ("/runs?state=failed&rule=r1&order=%231042&stage=orders%2Fnew", true),
        ("/runs?order=ord_1&from=2026-03-02&to=2026-03-02", true),
        ("/runs?state=done", false),
        ("/runs?order=7", false),
        ("/runs?stage=orders%2Fpaid", false),
        ("/runs?from=2026-03-03", false),
        ("/runs?to=2026-03-01", false),
        ("/runs?plugin=acme.none", false),
        ("/runs?before=run_1", false),
    ] {
        let seen = ada.get(path).await;
        assert_eq!(seen.status, 200, "{path}");
        assert_eq!(seen.html.contains("href=\"/runs/run_1\""), found, "{path}: {}", seen.html);
        assert_eq!(seen.html.contains("No runs match"), !found, "{path}: {}", seen.html);
    }
}

#[tokio::test]
async fn a_run_shows_its_steps_and_what_is_not_repeated() {
    let shop = Shop::new().await;
    shop.with_a_failed_run().await;
    let mut ada = Browser::signed_in(&shop, Role::Operator).await;
    let seen = ada.get("/runs/run_1").await.html;
    for part in [
        "Tell the client",
        "Hello Mira",
        "/deliveries/msg_1",
        "unreachable",
        "id=\"step-1-0\" open",
        "not repeated",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    assert_eq!(ada.post("/runs/run_1/cancel", &[]).await.status, 409, "it has ended");
    let retried = ada.post("/runs/run_1/retry", &[]).await;
    assert_eq!((retried.status, retried.to.as_deref()), (303, Some("/runs/run_1")));
    let (_, sent) = shop.get("/v1/deliveries?order=ord_1").await;
    assert_eq!(sent["items"].as_array().unwrap().len(), 1, "{sent}");
    for path in
        ["/runs/run_99", "/runs/ord_1", "/deliveries/msg_99", "/documents/doc_99/content", "/clients/cli_99"]
    {
        assert_eq!(ada.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn viewers_change_nothing() {
    let shop = Shop::new().await;
    shop.with_a_failed_run().await;
    assert_eq!(shop.post("/v1/clients", json!({"kind": "contact", "name": "Mira Holm"})).await.0, 201);
    let mut ada = Browser::signed_in(&shop, Role::Viewer).await;
    for path in ["/runs/run_1/retry", "/runs/run_1/cancel", "/deliveries/msg_1/retry", "/clients/cli_1/edit"]
    {
        assert_eq!(ada.post(path, &[]).await.status, 403, "{path}");
    }
    let seen = ada.get("/runs/run_1").await.html;
    assert!(!seen.contains("action=\"/runs/"), "{seen}");
    assert_eq!(ada.get("/audit").await.status, 403);
    assert_eq!(Browser::signed_in(&shop, Role::Owner).await.get("/audit?verify=1").await.status, 200);
}

#[tokio::test]
async fn what_rules_have_written_never_runs_in_the_console() {
    let shop = Shop::new().await;
    shop.with_a_failed_run().await;
    let mut ada = Browser::signed_in(&shop, Role::Viewer).await;
    let page = ada.get("/deliveries/msg_1").await;
    assert!(!page.html.contains("steal()") && page.html.contains("sandbox=\"\""), "{}", page.html);
    let frame = ada.get("/deliveries/msg_1/html").await;
    let policy = frame.headers["content-security-policy"].to_str().unwrap();
    assert!(frame.html.contains("steal()") && policy.starts_with("sandbox;"), "{policy}");
    assert_eq!(frame.headers["x-frame-options"], "SAMEORIGIN");
    assert_eq!(page.headers["x-frame-options"], "DENY");
    let file = ada.get("/documents/doc_1/content").await;
    assert!(file.headers["content-security-policy"].to_str().unwrap().starts_with("sandbox;"));
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"INV-1.html\"");
    let listed = ada.get("/documents?order=1042").await.html;
    assert!(listed.contains("/documents/doc_1/content") && listed.contains("/orders/ord_1"), "{listed}");
}

#[tokio::test]
async fn deliveries_are_filtered_and_nobody_is_written_to_twice() {
    let shop = Shop::new().await;
    shop.with_a_failed_run().await;
    let mut ada = Browser::signed_in(&shop, Role::Operator).await;
    for (path, found) in [
        ("/deliveries?channel=email&state=sent&order=1042", true),
        ("/deliveries?channel=sms", false),
        ("/deliveries?state=dead", false),
        ("/deliveries?order=7", false),
    ] {
        let html = ada.get(path).await.html;
        assert_eq!(html.contains("/deliveries/msg_1"), found, "{path}: {html}");
    }
    assert_eq!(ada.post("/deliveries/msg_1/retry", &[]).await.status, 409);
}

#[tokio::test]
async fn a_client_is_found_and_changed() {
    let shop = Shop::new().await;
    let mira = json!({"kind": "contact", "name": "Mira Holm", "phones": [{"kind": "work", "value": "+441632960000"}]});
    assert_eq!(shop.post("/v1/clients", mira).await.0, 201);
    let mut ada = Browser::signed_in(&shop, Role::Operator).await;
    for (path, found) in [
        ("/clients", true),
        ("/clients?q=mira", true),
        ("/clients?q=01632+960000&kind=contact", true),
        ("/clients?q=nobody", false),
        ("/clients?kind=company", false),
    ] {
        let html = ada.get(path).await.html;
        assert_eq!(html.contains("href=\"/clients/cli_1\""), found, "{path}: {html}");
    }
    assert!(ada.get("/clients/cli_1/edit").await.html.contains("+441632960000"));
    let form = |phone| {
        [
            ("given", "Mira"),
            ("middle", ""),
            ("family", "Bell"),
            ("phones-id", "1"),
            ("phones-kind", "work"),
            ("phones-value", phone),
            ("emails-id", "0"),
            ("emails-kind", "work"),
            ("emails-value", "mira@example.com"),
        ]
    };
    let changed = ada.post("/clients/cli_1/edit", &form("+441632960000")).await;
    assert_eq!((changed.status, changed.to.as_deref()), (303, Some("/clients/cli_1")));
    let card = shop.get("/v1/clients/cli_1").await.1;
    assert_eq!(
        (&card["name"], &card["emails"][0]["value"]),
        (&json!("Mira Bell"), &json!("mira@example.com"))
    );
    let nameless = [("given", ""), ("middle", ""), ("family", ""), ("phones-id", "1")];
    let refused = ada.post("/clients/cli_1/edit", &nameless).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.html.contains("role=\"alert\"") && refused.html.contains("name=\"given\""),
        "{}",
        refused.html
    );
}
