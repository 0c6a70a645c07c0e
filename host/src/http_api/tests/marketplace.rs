//! What can be had where nobody has named a registry.

use super::*;

#[tokio::test]
async fn without_a_registry_there_is_what_comes_with_the_program_and_a_hint() {
    let shop = Shop::new().await;
    let (status, all) = shop.get("/v1/marketplace?limit=200").await;
    let items = all["items"].as_array().unwrap();
    assert_eq!((status, items.len()), (200, rulewright_bundled::PLUGINS.len()));
    assert!(items.iter().all(|item| item["trust"] == "bundled" && item["installed"].is_null()), "{all}");
    assert!(all["hint"].as_str().unwrap().contains("docs/marketplace.md"), "{all}");
    assert_eq!(all["registries"], json!([]));

    let (_, found) = shop.get("/v1/marketplace?q=send+sms").await;
    assert_eq!(found["items"][0]["id"], "rulewright.send-sms", "{found}");
    let (_, found) = shop.get("/v1/marketplace?kind=trigger&q=payment").await;
    assert_eq!(found["items"][0]["id"], "rulewright.payment", "{found}");
    assert_eq!(shop.get("/v1/marketplace?kind=robot").await.0, 400);
    assert_eq!(shop.post("/v1/marketplace/refresh", json!({})).await, (200, json!({"registries": []})));
}

#[tokio::test]
async fn a_plugin_of_the_program_tells_what_it_may_do_before_anybody_installs_it() {
    let shop = Shop::new().await;
    let (status, one) = shop.get("/v1/marketplace/rulewright.send-sms").await;
    assert_eq!(
        (status, &one["reference"], &one["docs"]),
        (200, &json!("bundled:rulewright.send-sms"), &json!("docs/plugins/send-sms.md"))
    );
    let (folder, component) =
        rulewright_bundled::PLUGINS.iter().find(|(folder, _)| *folder == "send-sms").unwrap();
    let package = rulewright_registry::inspect(component).unwrap();
    assert_eq!(one["versions"][0]["digest"], package.digest, "{folder}");
    let told: Vec<&str> =
        one["sentences"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    let asked = rulewright_registry::consent(&package);
    assert_eq!(told, asked.iter().map(|one| one.text.as_str()).collect::<Vec<_>>());
    assert_eq!(shop.get("/v1/marketplace/rulewright.nothing").await.0, 404);
    assert_eq!(shop.get("/v1/marketplace/rulewright.send-sms?source=elsewhere.example").await.0, 404);
    assert_eq!(shop.get("/v1/marketplace/rulewright.send-sms/icon").await.0, 404);
}

#[tokio::test]
async fn looking_takes_one_scope_and_asking_registries_anew_another() {
    let mut shop = Shop::new().await;
    for (scope, look, refresh) in [(Scope::OrdersRead, 403, 403), (Scope::AutomationRead, 200, 403)] {
        let made = token::create(shop.engine.storage(), shop.id, "some", [scope].into(), None, None).await;
        shop.token = made.unwrap().1;
        assert_eq!(shop.get("/v1/marketplace?limit=1").await.0, look, "{scope:?}");
        assert_eq!(shop.post("/v1/marketplace/refresh", json!({})).await.0, refresh, "{scope:?}");
    }
}
