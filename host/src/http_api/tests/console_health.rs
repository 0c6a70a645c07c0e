//! Health in the console, and a draft that is tried with many orders.

use std::time::Duration;

use rulewright_domain::account::Role;

use super::{
    console::Browser,
    why::{comment, give_up_five, shop_with},
    *,
};

#[tokio::test]
async fn the_page_counts_what_the_api_counts() {
    let later = json!({"when": {"run": "after", "seconds": 7200}});
    let (shop, order) = shop_with(json!([comment("now", json!({})), comment("later", later)])).await;
    let mut ada = Browser::signed_in(&shop, Role::Viewer).await;
    let before = ada.get("/health?range=1h").await;
    assert_eq!(before.status, 200);
    assert!(before.html.contains("No run ended in the last hour."), "{}", before.html);

    shop.enter(&order, "paid").await;
    for range in ["", "?range=1h", "?range=7d", "?range=30d", "?range=for+ever"] {
        let seen = ada.get(&format!("/health{range}")).await;
        assert_eq!(seen.status, 200, "{range}");
        for part in [
            "data-figure=\"runs\">1<",
            "data-figure=\"open\">1<",
            "data-total=\"run-done\">1<",
            "data-total=\"run-failed\">0<",
            "role=\"img\"",
            "/runs?state=scheduled",
        ] {
            assert!(seen.html.contains(part), "{range}: {part}: {}", seen.html);
        }
        assert!(!seen.html.contains(" style="), "the content policy forbids it");
    }
    let watched = |html: &str| html.contains("id=\"runs-chart\" data-live=\"run message\"");
    assert!(watched(&ada.get("/health").await.html) && !watched(&ada.get("/health?range=30d").await.html));
}

#[tokio::test]
async fn a_note_leads_to_what_it_is_about_and_is_muted_by_who_may_work() {
    let shop = Shop::new().await;
    give_up_five(&shop).await;
    let mut viewer = Browser::signed_in(&shop, Role::Viewer).await;
    let seen = viewer.get("/health").await.html;
    for part in [
        "data-note=\"dead-letters.sms.main\"",
        "5 messages were given up within a day: SMS (main).",
        "the provider answered 503",
        "/deliveries?channel=sms&amp;state=dead",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    assert!(!seen.contains("/health/mute"), "a viewer has no button");
    let day = [("note", "dead-letters.sms.main"), ("days", "1"), ("range", "7d")];
    assert_eq!(viewer.post("/health/mute", &day).await.status, 403);

    let mut ada = Browser::signed_in(&shop, Role::Operator).await;
    let muted = ada.post("/health/mute", &day).await;
    assert_eq!((muted.status, muted.to.as_deref()), (303, Some("/health?range=7d")));
    let seen = ada.get("/health").await.html;
    assert!(seen.contains("1 muted") && seen.contains("Muted by Ada operator until"), "{seen}");
    let again = ada.post("/health/mute", &[("note", "dead-letters.sms.main"), ("days", "0")]).await;
    assert_eq!((again.status, again.to.as_deref()), (303, Some("/health")));
    assert!(!ada.get("/health").await.html.contains("Muted by"));
    assert_eq!(ada.post("/health/mute", &[("note", "weather"), ("days", "1")]).await.status, 404);
    assert_eq!(ada.post("/health/mute", &[("note", "silent"), ("days", "400")]).await.status, 422);
}

#[tokio::test]
async fn a_draft_is_tried_with_the_orders_of_its_stage_and_nothing_is_left_behind() {
    let (shop, order) = shop_with(json!([comment("now", json!({}))])).await;
    shop.enter(&order, "paid").await;
    let draft =
        json!({"stages": {"paid": {"rules": [comment("now", json!({})), comment("new", json!({}))]}}});
    let (status, answer) = shop.put("/v1/pipelines/orders/automation", draft).await;
    assert!(status < 300, "{answer}");
    let kept =
        async || (shop.get("/v1/events").await, shop.get("/v1/runs").await, shop.get("/v1/deliveries").await);
    let mut ada = Browser::signed_in(&shop, Role::Editor).await;
    let before = kept().await;

    assert!(ada.get("/automation/orders").await.html.contains("/automation/orders/simulate"));
    let form = ada.get("/automation/orders/simulate").await.html;
    assert!(form.contains("value=\"paid\"") && form.contains("value=\"paid/new\""), "{form}");
    let begun = ada.post("/automation/orders/simulate", &[("of", "paid"), ("last", "500")]).await;
    let at = begun.to.unwrap();
    assert_eq!((begun.status, at.as_str()), (303, "/automation/orders/simulate/1"));
    let mut seen = ada.get(&at).await.html;
    for _ in 0..1_000 {
        if !seen.contains("data-again") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        seen = ada.get(&at).await.html;
    }
    for part in [
        "1 of 1 orders",
        "1 order was tried.",
        "New in the draft",
        "The same",
        "Would run",
        "stage=paid&amp;order=",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    assert_eq!(kept().await, before);

    assert_eq!(ada.post(&format!("{at}/stop"), &[]).await.status, 303, "too late, and no harm");
    for path in
        ["/automation/orders/simulate/2", "/automation/orders/simulate/x", "/automation/other/simulate/1"]
    {
        assert_eq!(ada.get(path).await.status, 404, "{path}");
    }
    for of in ["nowhere", "paid/nobody"] {
        let sent = [("of", of), ("last", "10")];
        assert_eq!(ada.post("/automation/orders/simulate", &sent).await.status, 404, "{of}");
    }
    let mut operator = Browser::signed_in(&shop, Role::Operator).await;
    assert_eq!(operator.get(&at).await.status, 403);
    assert_eq!(
        operator.post("/automation/orders/simulate", &[("of", "paid"), ("last", "1")]).await.status,
        403
    );
    assert!(!operator.get("/automation/orders").await.html.contains("/simulate"));
}
