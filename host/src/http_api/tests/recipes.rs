//! Recipes over HTTP: who may do what, and what is told where one cannot be installed.

use super::*;

#[tokio::test]
async fn a_recipe_that_cannot_be_installed_says_why_before_and_when_it_is_tried() {
    let shop = Shop::new().await;
    let (status, all) = shop.get("/v1/recipes").await;
    let ids: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!((status, ids), (200, rulewright_bundled::RECIPES.iter().map(|(id, _)| *id).collect()));
    let (status, one) = shop.get("/v1/recipes/order-confirmation").await;
    assert_eq!((status, &one["rules"][0]["id"]), (200, &json!("order-confirmation_mail")));
    assert_eq!(shop.get("/v1/recipes/nothing").await.0, 404);

    let path = "/v1/recipes/order-confirmation/install";
    let (status, preview) = shop.post(path, json!({ "preview": true })).await;
    assert_eq!((status, &preview["issues"][0]["code"]), (200, &json!("no-such-plugin")), "{preview}");
    let (status, refused) = shop.post(path, json!({ "publish": true })).await;
    assert_eq!((status, &refused["errors"]), (422, &preview["issues"]));
    let (status, refused) = shop.post(path, json!({ "parameters": { "sms": 7 } })).await;
    assert_eq!((status, &refused["errors"][0]["path"]), (422, &json!("/parameters/sms")), "{refused}");
    let (status, refused) = shop.post("/v1/recipes/order-confirmation/remove", json!({})).await;
    assert_eq!((status, &refused["errors"][0]["code"]), (422, &json!("not-installed")), "{refused}");
}

#[tokio::test]
async fn who_may_not_grant_hosts_does_not_grant_them_by_a_recipe() {
    let mut shop = Shop::new().await;
    let scopes = [Scope::AutomationWrite].into();
    let (_, token) =
        token::create(shop.engine.storage(), shop.id, "editor", scopes, None, None).await.unwrap();
    shop.token = token;
    let wish = json!({
        "parameters": { "address": "https://api.courier.example/v1" }, "allow_hosts": ["api.courier.example"],
    });
    let (status, refused) = shop.post("/v1/recipes/courier-booking/install", wish).await;
    assert_eq!((status, &refused["code"]), (403, &json!("missing-scope")));
}
