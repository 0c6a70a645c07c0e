//! Cases of the list of abuse and faults (docs/reliability.md): what strangers send.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;

use super::console::Browser;
use super::*;

#[tokio::test]
async fn d02_a_body_without_end_is_refused_after_a_mebibyte() {
    let shop = Shop::new().await;
    let long = format!("{{\"name\": \"{}\"}}", "x".repeat(1 << 20));
    let (status, problem) = shop.send(Method::POST, "/v1/employees", &[JSON], long.into_bytes()).await;
    assert_eq!((status, &problem["code"]), (413, &json!("too-large")));

    // Without a length in front, and more of it whenever it is asked for.
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let flood = futures::stream::repeat_with(move || {
        count.fetch_add(1, Ordering::Relaxed);
        Ok::<_, Infallible>(vec![b' '; 1 << 16])
    });
    let request = Request::post("/v1/employees")
        .header("authorization", format!("Bearer {}", shop.token))
        .header("content-type", "application/json")
        .body(Body::from_stream(flood))
        .unwrap();
    let answer = shop.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(sent.load(Ordering::Relaxed) < 20, "it is not read on: {sent:?} times 64 KiB");
}

#[tokio::test]
async fn d03_d04_d05_what_is_no_proper_json_is_the_callers_mistake() {
    let shop = Shop::new().await;
    let order =
        |fields: &str| format!("{{\"pipeline\": \"orders\", \"currency\": \"GBP\", \"fields\": {fields}}}");
    let deep = "[".repeat(500_000);
    for (path, body, status, code) in [
        // Bytes that are no text, half of a character, a number that no machine has.
        ("/v1/employees", b"{\"name\": \"\xff\xfe\"}".to_vec(), 400, "bad-json"),
        ("/v1/employees", br#"{"name": "\ud800"}"#.to_vec(), 400, "bad-json"),
        ("/v1/orders", order(r#"{"weight": 1e400}"#).into_bytes(), 400, "bad-json"),
        ("/v1/employees", br#"{"name": "Ada\u0000"}"#.to_vec(), 422, "invalid"),
        // As deep as a mebibyte can be.
        ("/v1/orders", order(&format!("{{\"a\": {deep}")).into_bytes(), 400, "bad-json"),
        ("/v1/employees", deep.clone().into_bytes(), 422, "invalid"),
        // Two readers would read two things.
        ("/v1/employees", br#"{"name": "Ada", "name": "Eve"}"#.to_vec(), 422, "invalid"),
        ("/v1/orders", order(r#"{"weight": 1, "color": "red", "weight": 2}"#).into_bytes(), 422, "invalid"),
        ("/v1/employees", br#"{"name": "Ada", "__proto__": {"admin": true}}"#.to_vec(), 422, "invalid"),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let (answered, problem) = shop.send(Method::POST, path, &[JSON], body).await;
        assert_eq!((answered, &problem["code"]), (status, &json!(code)), "{shown}: {problem}");
    }
    assert_eq!(shop.get("/v1/employees").await.1["items"], json!([]));
    assert_eq!(shop.get("/v1/orders").await.1["items"], json!([]));
}

#[tokio::test]
async fn d03_a_zero_character_in_free_text_cuts_off_nothing() {
    let shop = Shop::new().await;
    let comments = "before\0after";
    let order = json!({ "pipeline": "orders", "currency": "GBP", "comments": comments });
    let (status, made) = shop.post("/v1/orders", order).await;
    assert_eq!(status, 201, "{made}");
    let id = made["order"].as_str().unwrap();
    assert_eq!(shop.get(&format!("/v1/orders/{id}")).await.1["comments"], comments);
    let behind = json!({ "filter": { "field": "comments", "operator": "contains", "value": "after" } });
    let (status, found) = shop.post("/v1/orders/search", behind).await;
    assert_eq!((status, &found["items"][0]["id"]), (200, &json!(id)), "{found}");
}

/// Whatever is asked, whoever asks, and whatever comes of it.
#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let shop = Shop::new().await;
    let asked = [
        ("GET", "/v1/shop"),
        ("GET", "/v1/orders/ord_99"),
        ("GET", "/v1/nothing"),
        ("DELETE", "/v1/shop"),
        ("POST", "/v1/employees"),
        ("GET", "/v1/openapi.json"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("GET", "/nowhere"),
        ("GET", "/d/unknown"),
        ("GET", "/rest/1/secret/profile"),
        ("GET", "/rest/nothing"),
        ("POST", "/hooks/providers/shop_1/main/x"),
        ("GET", "/"),
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("GET", "/orders/ord_99"),
        ("GET", "/settings/shop"),
        ("GET", "/assets/x/console.js"),
    ];
    for (method, path) in asked {
        for token in [None, Some(format!("Bearer {}", shop.token)), Some("Bearer rw_1_wrong".to_owned())] {
            let mut request = Request::builder().method(method).uri(path);
            if let Some(token) = token {
                request = request.header("authorization", token);
            }
            let answer = shop.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let (status, headers) = (answer.status(), answer.headers());
            let said = |name: &str| {
                let all = headers.get_all(name).iter().map(|value| value.to_str().unwrap());
                all.collect::<Vec<_>>().join(", ")
            };
            let told = format!("{method} {path}: {status} {headers:?}");
            assert_eq!(said("x-content-type-options"), "nosniff", "{told}");
            assert!(said("content-security-policy").contains("default-src 'none'"), "{told}");
            assert!(said("content-security-policy").contains("frame-ancestors 'none'"), "{told}");
            assert!(!said("referrer-policy").is_empty(), "{told}");
            // What comes with the program may be kept, and nothing of a shop.
            let ours = path.starts_with("/assets/") || path == "/v1/openapi.json";
            let kept = ours && status.is_success();
            assert!(kept || said("cache-control").contains("no-store"), "{told}");
        }
    }
}

#[tokio::test]
async fn d10_whoever_listens_hears_nothing_more_once_their_token_is_revoked() {
    let shop = Shop::new().await;
    let (_, made) = shop.post("/v1/tokens", json!({"name": "listener", "scopes": ["runs-read"]})).await;
    let request = Request::get("/v1/events/stream")
        .header("authorization", format!("Bearer {}", made["secret"].as_str().unwrap()))
        .body(Body::empty())
        .unwrap();
    let answer = shop.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let mut heard = answer.into_body().into_data_stream();
    let order = || shop.post("/v1/orders", json!({"pipeline": "orders", "currency": "GBP"}));
    assert_eq!(order().await.0, 201);
    let first = heard.next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("ord_1"), "{first:?}");

    let token = format!("/v1/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(shop.delete(&token).await.0, 204);
    assert_eq!(order().await.0, 201);
    let rest = tokio::time::timeout(Duration::from_secs(60), heard.collect::<Vec<_>>()).await;
    let rest: Vec<u8> = rest.expect("it ends").into_iter().flat_map(|part| part.unwrap()).collect();
    assert!(!String::from_utf8_lossy(&rest).contains("ord_2"), "it goes on");
}

#[tokio::test]
async fn d21_what_was_refused_is_not_remembered_under_its_key() {
    let shop = Shop::new().await;
    assert_eq!(shop.keyed("/v1/employees", json!({"name": " "})).await.0, 422);
    let (status, made) = shop.keyed("/v1/employees", json!({"name": "Ada"})).await;
    assert_eq!(status, 201, "who mends a mistake need not think of another key: {made}");
    assert_eq!(shop.keyed("/v1/employees", json!({"name": "Ada"})).await, (201, made));
    let (status, reused) = shop.keyed("/v1/employees", json!({"name": "Eve"})).await;
    assert_eq!((status, &reused["code"]), (422, &json!("idempotency-key-reused")));
}

#[tokio::test]
async fn d24_no_address_leads_to_a_file_of_the_machine() {
    let shop = Shop::new().await;
    let mut nobody = Browser::new(&shop);
    for path in [
        "/assets/x/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/assets/x/..%252f..%252fetc%252fpasswd",
        "/assets/..%2f..%2fetc/passwd",
        "/assets/x/%2fetc%2fpasswd",
        "/assets/x/console.js%00",
        "/assets/../../etc/passwd",
    ] {
        let seen = nobody.get(path).await;
        assert_eq!(seen.status, 404, "{path}");
        assert!(!seen.html.contains("root:"), "{path}");
    }
}

#[tokio::test]
async fn f25_no_answer_tells_a_secret_again() {
    let shop = Shop::new().await;
    assert_eq!(shop.post("/v1/orders", json!({"pipeline": "orders", "currency": "GBP"})).await.0, 201);
    let (status, token) = shop.post("/v1/tokens", json!({"name": "web", "scopes": ["orders-read"]})).await;
    assert_eq!(status, 201, "{token}");
    let (status, hook) = shop.post("/v1/hooks/erp/key", json!({})).await;
    assert_eq!(status, 201, "{hook}");
    let told = json!({"url": "https://erp.example/hook", "kinds": ["*"]});
    let (status, webhook) = shop.post("/v1/webhooks", told).await;
    assert_eq!(status, 201, "{webhook}");
    let password = "canary-7f3a";
    let smtp = json!({"host": "mail.shop.example", "port": 465, "user": "sales", "password": password});
    let mailbox = json!({"address": "sales@shop.example", "smtp": smtp, "default": true});
    assert_eq!(shop.put("/v1/mailboxes/sales", mailbox).await.0, 204);

    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let secrets = [
        shop.token.clone(),
        text(&token["secret"]),
        text(&hook["key"]),
        text(&webhook["secret"]),
        password.to_owned(),
    ];
    let document: Value = serde_json::from_str(rulewright_api::openapi()).unwrap();
    let mut paths: Vec<String> = ["/v1/mailboxes/sales", "/v1/orders/ord_1"].map(str::to_owned).into();
    paths.push(format!("/v1/webhooks/{}", text(&webhook["id"])));
    for (path, item) in document["paths"].as_object().unwrap() {
        if item["get"].is_object() && !path.contains('{') && path != "/v1/openapi.json" {
            paths.push(path.clone());
        }
    }
    assert!(paths.len() > 40, "{paths:?}");
    for path in paths {
        let (_, answer) = shop.get(&path).await;
        let answer = answer.to_string();
        assert!(!secrets.iter().any(|secret| answer.contains(secret)), "{path}: {answer}");
    }
}
