//! Orders in the console: what staff see of them, move and write, and who may.

use rulewright_domain::account::Role;

use super::{console::Browser, *};

/// A pipeline of three stages.
async fn with_stages() -> Shop {
    let shop = Shop::new().await;
    let stages = json!([
        {"id": "in", "name": "Came in", "kind": "open"},
        {"id": "ready", "name": "Ready", "kind": "open"},
        {"id": "out", "name": "Left", "kind": "won"},
    ]);
    let pipeline = json!({"name": "Repairs", "kind": "order", "stages": stages});
    assert_eq!(shop.json(Method::PUT, "/v1/pipelines/repairs", pipeline).await.0, 204);
    shop
}

impl Shop {
    /// Its id.
    async fn repair(&self, title: &str, total: &str) -> String {
        let total = json!({"amount": total, "currency": "GBP"});
        let order = json!({"pipeline": "repairs", "title": title, "currency": "GBP", "total": total, "total_by": "hand"});
        let (status, receipt) = self.post("/v1/orders", order).await;
        assert_eq!(status, 201, "{receipt}");
        receipt["order"].as_str().unwrap().to_owned()
    }

    async fn at(&self, order: &str) -> (String, u64) {
        let (_, order) = self.get(&format!("/v1/orders/{order}")).await;
        (order["stage"].as_str().unwrap().to_owned(), order["revision"].as_u64().unwrap())
    }
}

/// What stands in the column of a stage.
fn column<'h>(html: &'h str, stage: &str) -> &'h str {
    let begin = html.find(&format!("data-stage=\"{stage}\"")).unwrap_or_else(|| panic!("{stage}: {html}"));
    let column = &html[begin..];
    &column[..column.find("</section>").unwrap()]
}

#[tokio::test]
async fn the_board_counts_and_sums_each_stage_and_finds_what_is_asked() {
    let shop = with_stages().await;
    let (kettle, _pot) = (shop.repair("Kettle", "10.50").await, shop.repair("Pot", "5.00").await);
    let mut ada = Browser::signed_in(&shop, Role::Viewer).await;
    let seen = ada.get("/orders?pipeline=repairs").await;
    assert_eq!(seen.status, 200);
    let came = column(&seen.html, "in");
    assert!(came.contains("2 orders") && came.contains("15.50\u{a0}GBP"), "{came}");
    assert!(column(&seen.html, "ready").contains("No orders"));
    assert!(!seen.html.contains("draggable"), "a viewer moves nothing");

    let found = ada.get("/orders?pipeline=repairs&q=KETT").await.html;
    assert!(column(&found, "in").contains(&kettle) && column(&found, "in").contains("1 order"), "{found}");
    assert!(!found.contains(">Pot<"));
    let late = ada.get("/orders?pipeline=repairs&late=1").await.html;
    assert!(column(&late, "in").contains("None match"));
    let nobody = ada.get("/orders?pipeline=repairs&responsible=none&view=list").await.html;
    assert!(nobody.contains("Kettle") && nobody.contains("Pot"));
    let elsewhere = ada.get("/orders?pipeline=nowhere&failed=1&before=x&responsible=y").await;
    assert_eq!(elsewhere.status, 200, "an address that somebody has typed is answered");
}

#[tokio::test]
async fn a_card_is_moved_as_it_was_seen_or_not_at_all() {
    let shop = with_stages().await;
    let order = shop.repair("Kettle", "10").await;
    let path = format!("/orders/{order}/stage");
    let mut ada = Browser::signed_in(&shop, Role::Operator).await;

    let moved = ada.post(&path, &[("stage", "ready"), ("revision", "1")]).await;
    assert_eq!((moved.status, moved.to), (303, Some(format!("/orders/{order}"))));
    assert_eq!(shop.at(&order).await, ("ready".into(), 2));

    // What somebody has seen before that is no reason to move it on.
    let part = [("hx-request", "true"), ("content-type", "application/x-www-form-urlencoded")];
    let late = ada.send(Method::POST, &path, &part, "stage=out&revision=1").await;
    assert_eq!(late.status, 409);
    assert!(late.html.starts_with("<div class=\"note bad\" role=\"alert\">"), "{}", late.html);
    let told = ada.post(&path, &[("stage", "out"), ("revision", "1")]).await;
    assert!(told.status == 409 && told.html.contains("role=\"alert\"") && told.html.contains("Kettle"));
    assert_eq!(shop.at(&order).await, ("ready".into(), 2));

    let right = ada.send(Method::POST, &path, &part, "stage=out&revision=2").await;
    assert_eq!((right.status, right.headers["etag"].to_str().unwrap()), (200, "\"3\""));
    let nowhere = ada.post(&path, &[("stage", "lost"), ("revision", "3")]).await;
    assert_eq!(nowhere.status, 422);

    let mut viewer = Browser::signed_in(&shop, Role::Viewer).await;
    assert_eq!(viewer.post(&path, &[("stage", "in")]).await.status, 403);
    assert_eq!(shop.at(&order).await, ("out".into(), 3));
    for path in ["/orders/ord_999", "/orders/kettle"] {
        assert_eq!(ada.get(path).await.status, 404, "{path}");
    }
    assert_eq!(ada.post("/orders/ord_999/stage", &[("stage", "in")]).await.status, 404);
}

#[tokio::test]
async fn the_page_of_an_order_shows_it_and_takes_comments_payments_and_cancellations() {
    let shop = with_stages().await;
    let order = shop.repair("Kettle <1>", "10").await;
    let path = format!("/orders/{order}");
    let mut ada = Browser::signed_in(&shop, Role::Operator).await;
    let seen = ada.get(&path).await;
    assert!(seen.status == 200 && seen.html.contains("Kettle &lt;1&gt;") && seen.html.contains("Came in"));

    assert_eq!(ada.post(&format!("{path}/comments"), &[("text", "Call <her>")]).await.status, 303);
    assert_eq!(ada.post(&format!("{path}/comments"), &[("text", "  ")]).await.status, 422);
    assert_eq!(ada.post(&format!("{path}/pay"), &[]).await.status, 303);
    assert_eq!(ada.post(&format!("{path}/stage"), &[("stage", "ready")]).await.status, 303);
    assert_eq!(ada.post(&format!("{path}/cancel"), &[("reason", "broken")]).await.status, 303);
    let seen = ada.get(&path).await.html;
    for part in [
        "Call &lt;her&gt;",
        "Came in → Ready",
        "10.00 GBP received",
        &format!("{path}/restore"),
        "by Ada operator",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    let stages = ada.get(&format!("{path}?show=stage")).await.html;
    assert!(stages.contains("Came in → Ready") && !stages.contains("Call &lt;her&gt;"));
    assert_eq!(ada.post(&format!("{path}/delete"), &[]).await.status, 404, "no form of ours deletes");
    assert_eq!(ada.post(&format!("{path}/workflows"), &[("workflow", "none")]).await.status, 422);
    let viewer = Browser::signed_in(&shop, Role::Viewer).await.get(&path).await.html;
    assert!(!viewer.contains(&format!("{path}/stage")) && !viewer.contains("<textarea"));
}

#[tokio::test]
async fn a_new_order_begins_with_what_was_typed_and_a_mistake_keeps_it() {
    let shop = with_stages().await;
    let (status, client) = shop.post("/v1/clients", json!({"kind": "contact", "name": "Mira Holm"})).await;
    assert_eq!(status, 201, "{client}");
    let mut ada = Browser::signed_in(&shop, Role::Operator).await;
    assert_eq!(ada.get("/orders/new?pipeline=repairs").await.status, 200);
    let wrong = ada.post("/orders", &[("pipeline", "repairs"), ("title", "Kettle"), ("total", "ten")]).await;
    assert!(
        wrong.status == 422 && wrong.html.contains("value=\"Kettle\"") && wrong.html.contains("aria-invalid")
    );
    let nobody = ada.post("/orders", &[("pipeline", "repairs"), ("client", "Nobody")]).await;
    assert_eq!(nobody.status, 422);
    let made = [
        ("pipeline", "repairs"),
        ("title", "Kettle"),
        ("client", "mira"),
        ("total", "1.234,50"),
        ("currency", "eur"),
    ];
    let seen = ada.post("/orders", &made).await;
    assert_eq!(seen.status, 303);
    let (_, order) = shop.get(&format!("/v1{}", seen.to.unwrap())).await;
    assert_eq!(
        (&order["title"], &order["total"]),
        (&json!("Kettle"), &json!({"amount": "1234.50", "currency": "EUR"}))
    );
    assert_eq!(order["contacts"], json!([client["client"]]));
}

#[tokio::test]
async fn many_orders_are_changed_one_by_one_and_what_is_refused_is_listed() {
    let shop = with_stages().await;
    let mut form = vec![("pipeline".to_owned(), "repairs".to_owned()), ("to-stage".into(), "ready".into())];
    let mut orders = Vec::new();
    for number in 0..4 {
        orders.push(shop.repair(&format!("Kettle {number}"), "1").await);
    }
    form.extend(orders.iter().chain([&"ord_999".to_owned()]).map(|id| ("order".to_owned(), id.clone())));
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut ada = Browser::signed_in(&shop, Role::Operator).await;
    let begun = ada.post("/orders/bulk", &form).await;
    assert_eq!(begun.status, 303, "{}", begun.html);
    let page = begun.to.unwrap();
    let mut seen = ada.get(&page).await.html;
    for _ in 0..200 {
        if !seen.contains("data-again") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        seen = ada.get(&page).await.html;
    }
    for part in ["data-count=\"done\">4<", "data-count=\"failed\">1<", "data-count=\"left\">0<", "ord_999"] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    for order in &orders {
        assert_eq!(shop.at(order).await.0, "ready");
    }
    let table = ada.get(&format!("{page}/failures.csv")).await;
    assert!(table.html.starts_with("order,code,message\r\nord_999,\"not-found\","), "{}", table.html);

    let all = [("pipeline", "repairs"), ("which", "all"), ("q", "Kettle 2"), ("to-stage", "out")];
    assert_eq!(ada.post("/orders/bulk", &all).await.status, 303);
    for (wrong, what) in
        [(vec![("to-stage", "ready")], "nothing chosen"), (vec![("order", "ord_1")], "nothing to do")]
    {
        let mut form = vec![("pipeline", "repairs")];
        form.extend(wrong);
        assert_eq!(ada.post("/orders/bulk", &form).await.status, 422, "{what}");
    }
    let mut viewer = Browser::signed_in(&shop, Role::Viewer).await;
    assert_eq!(viewer.post("/orders/bulk", &form).await.status, 403);
    assert_eq!(viewer.get("/orders/jobs/999").await.status, 404);
}
