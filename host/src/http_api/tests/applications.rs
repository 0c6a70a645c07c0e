//! Applications through `/v1`: nothing is open to one that nobody has agreed to, and secrets are shown once.

use super::*;

fn new() -> Value {
    json!({"code": "erp", "name": "ERP", "areas": ["crm", "user"], "redirects": ["https://erp.example/oauth"]})
}

async fn registered(shop: &Shop) -> (String, Value) {
    let (status, made) = shop.post("/v1/applications", new()).await;
    assert_eq!(status, 201, "{made}");
    (format!("/v1/applications/{}", made["id"].as_str().unwrap()), made)
}

#[tokio::test]
async fn an_application_is_installed_by_consent_to_all_that_it_asks_for() {
    let shop = Shop::new().await;
    let (path, made) = registered(&shop).await;
    assert_eq!(made["installed"], Value::Null);
    assert_eq!(made["asks"][0]["area"], "crm");
    assert!(made["asks"][0]["opens"].as_str().unwrap().contains("deals"), "{made}");

    let install = format!("{path}/install");
    for (consent, told) in [(json!(["crm"]), "asks for user too"), (json!(["crm", "user", "sale"]), "sale")] {
        let (status, refused) = shop.post(&install, json!({"consent": consent})).await;
        assert_eq!((status, &refused["errors"][0]["path"]), (422, &json!("/consent")), "{refused}");
        assert!(refused["errors"][0]["message"].as_str().unwrap().contains(told), "{refused}");
    }
    let (status, installed) = shop.post(&install, json!({"consent": ["crm", "user"]})).await;
    assert_eq!((status, &installed["installed"]["by"]), (200, &json!("test")), "{installed}");
    assert_eq!(installed["asks"][1]["agreed"], true);

    let more = json!({"areas": ["crm", "sale", "user"]});
    let (status, changed) = shop.json(Method::PATCH, &path, more).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        changed["asks"][1],
        json!({"area": "sale", "opens": changed["asks"][1]["opens"], "agreed": false})
    );

    assert_eq!(shop.send(Method::DELETE, &path, &[], Vec::new()).await.0, 409, "it is installed");
    let (status, left) = shop.post(&format!("{path}/uninstall"), json!({})).await;
    assert_eq!((status, &left["installed"]), (200, &Value::Null));
    assert_eq!(shop.post(&format!("{path}/uninstall"), json!({})).await.0, 409);
    assert_eq!(shop.send(Method::DELETE, &path, &[], Vec::new()).await.0, 204);
    assert_eq!(shop.get(&path).await.0, 404);
}

#[tokio::test]
async fn secrets_of_an_application_are_shown_once() {
    let shop = Shop::new().await;
    let (path, made) = registered(&shop).await;
    let (secret, token) =
        (made["client_secret"].as_str().unwrap(), made["application_token"].as_str().unwrap());
    assert!(secret.len() == 64 && token.len() == 64);
    for (path, found) in
        [(path.as_str(), shop.get(&path).await), ("list", shop.get("/v1/applications").await)]
    {
        let shown = found.1.to_string();
        assert!(found.0 == 200 && !shown.contains(secret) && !shown.contains(token), "{path}: {shown}");
    }
    let (_, renewed) = shop.post(&format!("{path}/rotate"), json!({})).await;
    assert_ne!(renewed["client_secret"], secret);
    assert_eq!(renewed["application_token"], token);
}

#[tokio::test]
async fn what_cannot_be_an_application_is_refused_where_it_is_wrong() {
    let shop = Shop::new().await;
    registered(&shop).await;
    assert_eq!(shop.post("/v1/applications", new()).await.0, 409, "the code is taken");
    for (field, value, path) in [
        ("code", json!("E R P"), "/code"),
        ("name", json!(" "), "/name"),
        ("areas", json!([]), "/areas"),
        ("areas", json!(["telephony"]), "/areas"),
        ("redirects", json!(["javascript:alert(1)"]), "/redirects/0"),
        ("handler", json!("http://127.0.0.1/"), "/handler"),
    ] {
        let mut wrong = new();
        wrong["code"] = "other".into();
        wrong[field] = value;
        let (status, refused) = shop.post("/v1/applications", wrong).await;
        assert_eq!((status, &refused["errors"][0]["path"]), (422, &json!(path)), "{refused}");
    }
}

#[tokio::test]
async fn a_rule_of_an_application_is_changed_and_keeps_what_is_not_named() {
    let shop = Shop::new().await;
    let message = json!({"key": "message", "name": "Message", "kind": "line"});
    let new = json!({
        "code": "print", "name": "Print", "handler": "https://labels.example/print", "kinds": ["deal"],
        "properties": [message],
    });
    let (status, made) = shop.post("/v1/application-rules", new).await;
    assert_eq!(status, 201, "{made}");
    let change = async |code: &str, body: Value| {
        shop.json(Method::PATCH, &format!("/v1/application-rules/{code}"), body).await
    };
    let patch = json!({"name": "Print two", "waits": false, "kinds": null});
    let (status, changed) = change("print", patch).await;
    let mut expected = made.clone();
    expected["name"] = json!("Print two");
    expected["waits"] = json!(false);
    expected["kinds"] = Value::Null;
    assert_eq!((status, &changed), (200, &expected));
    assert_eq!(shop.get("/v1/application-rules").await.1["items"], json!([expected]));

    let moved = json!({"handler": "https://labels.example/print-2"});
    assert_eq!(change("print", moved).await.0, 200);
    let told = shop.get(&format!("/v1/webhooks/{}", made["webhook"].as_str().unwrap())).await.1;
    assert_eq!(told["url"], "https://labels.example/print-2");

    assert_eq!(change("scan", json!({"name": "Scan"})).await.0, 404);
    for (body, path) in [
        (json!({"name": " "}), "/name"),
        (json!({"handler": "http://127.0.0.1/"}), "/handler"),
        (json!({"waits": "no"}), "/waits"),
        (json!({"code": "other"}), "/code"),
    ] {
        let (status, refused) = change("print", body.clone()).await;
        assert_eq!((status, &refused["errors"][0]["path"]), (422, &json!(path)), "{body}: {refused}");
    }
    assert_eq!(shop.get("/v1/application-rules").await.1["items"], json!([expected]));
}
