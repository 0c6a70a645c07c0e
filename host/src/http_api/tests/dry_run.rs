//! Dry runs over HTTP: what is told, who may ask, and that nothing is left behind.

use super::*;

const PATH: &str = "/v1/pipelines/orders/automation/dry-run";

async fn order(shop: &Shop) -> String {
    let (_, made) = shop.post("/v1/orders", json!({"pipeline": "orders", "currency": "GBP"})).await;
    made["order"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_rule_without_its_plugin_is_told_to_be_unusable_and_nothing_is_left_behind() {
    let shop = Shop::new().await;
    let order = order(&shop).await;
    let before = shop.get("/v1/events").await;
    let rule = json!({"id": "r", "name": "R", "plugin": "acme.gone"});
    let off = json!({"id": "o", "name": "O", "plugin": "acme.gone", "active": false});
    let stages = json!({"new": {"rules": [rule, off]}});
    let wish = json!({"stage": "new", "order": order, "stages": stages});
    let (status, told) = shop.post(PATH, wish.clone()).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!((&told["order"], &told["stands_there"]), (&json!(order), &json!(true)));
    let rules = &told["rules"];
    assert_eq!((&rules[0]["verdict"], &rules[0]["code"]), (&json!("unusable"), &json!("no-such-plugin")));
    assert_eq!(rules[1]["verdict"], "off", "{told}");
    assert_eq!(shop.keyed(PATH, wish).await.0, 200, "a key is no hindrance");
    assert_eq!(shop.get("/v1/events").await, before);
    assert_eq!(shop.get("/v1/runs").await.1["items"], json!([]));
    assert_eq!(shop.get("/v1/deliveries").await.1["items"], json!([]));
}

#[tokio::test]
async fn a_dry_run_of_what_is_not_there_says_what() {
    let shop = Shop::new().await;
    let order = order(&shop).await;
    let wish = |stage: &str, order: &str| json!({"stage": stage, "order": order});
    let (status, problem) = shop.post(PATH, wish("nowhere", &order)).await;
    assert_eq!((status, &problem["code"]), (422, &json!("no-such-stage")), "{problem}");
    let (status, problem) = shop.post(PATH, wish("new", "ord_999")).await;
    assert_eq!((status, &problem["code"]), (422, &json!("no-such-order")), "{problem}");
    let (status, problem) = shop.post("/v1/pipelines/gone/automation/dry-run", wish("new", &order)).await;
    assert_eq!((status, &problem["code"]), (404, &json!("not-found")), "{problem}");
    let mut one = wish("new", &order);
    one["rule"] = "nobody".into();
    let (status, problem) = shop.post(PATH, one).await;
    assert_eq!((status, &problem["code"]), (422, &json!("no-such-rule")), "{problem}");
    let mut answered = wish("new", &order);
    answered["answer"] = json!({"status": 20});
    shop.mistaken(Method::POST, PATH, answered, "/answer/status").await;
}

#[tokio::test]
async fn who_may_not_read_orders_is_shown_none() {
    let mut shop = Shop::new().await;
    let order = order(&shop).await;
    let scopes = [Scope::AutomationRead].into();
    let (_, token) =
        token::create(shop.engine.storage(), shop.id, "editor", scopes, None, None).await.unwrap();
    shop.token = token;
    let (status, refused) = shop.post(PATH, json!({"stage": "new", "order": order})).await;
    assert_eq!((status, &refused["code"]), (403, &json!("orders-not-shown")), "{refused}");
}
