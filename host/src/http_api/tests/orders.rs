//! Orders: what is changed together, their payments and shipments, and how they are found.

use super::*;

fn gbp(amount: &str) -> Value {
    json!({"amount": format!("{amount}.00"), "currency": "GBP"})
}

impl Shop {
    async fn order(&self, more: Value) -> String {
        let mut body = json!({"pipeline": "orders", "title": "Tea", "currency": "GBP"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, receipt) = self.post("/v1/orders", body).await;
        assert_eq!(status, 201, "{receipt}");
        format!("/v1/orders/{}", receipt["order"].as_str().unwrap())
    }

    async fn seen(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

#[tokio::test]
async fn what_a_patch_names_is_one_revision_or_nothing() {
    let shop = Shop::new().await;
    let stages =
        json!([{"id": "in", "name": "In", "kind": "open"}, {"id": "out", "name": "Out", "kind": "won"}]);
    let repairs = json!({"name": "Repairs", "kind": "order", "stages": stages});
    assert_eq!(shop.json(Method::PUT, "/v1/pipelines/repairs", repairs).await.0, 204);
    let order = shop.order(json!({})).await;

    let nowhere =
        shop.patch(&order, json!({"title": "Coffee", "pipeline": "repairs", "stage": "lost"})).await;
    assert_eq!(nowhere.0, 422);
    assert_eq!(
        (&shop.seen(&order).await["title"], &shop.seen(&order).await["revision"]),
        (&json!("Tea"), &json!(1))
    );

    let line = json!({"title": "Kettle", "unit_price": gbp("10"), "tax": {"rate": "20", "included": false}, "attrs": {"measure": "pcs"}});
    let all = json!({
        "title": "Kettle", "source": "web", "add_tags": ["urgent"], "pipeline": "repairs", "stage": "out",
        "lines": [line], "total": gbp("11"), "fields": {"colour": "red"},
    });
    let (status, receipt) = shop.patch(&order, all).await;
    assert_eq!((status, &receipt["revision"]), (200, &json!(2)), "{receipt}");
    let seen = shop.seen(&order).await;
    assert_eq!(
        (&seen["pipeline"], &seen["stage"], &seen["source"]),
        (&json!("repairs"), &json!("out"), &json!("web"))
    );
    assert_eq!((&seen["total"], &seen["total_by"]), (&gbp("11"), &json!("hand")));
    assert_eq!(
        (&seen["lines"][0]["total"], &seen["lines"][0]["attrs"]["measure"]),
        (&gbp("12"), &json!("pcs"))
    );
    assert!(seen["moved"].is_string(), "{seen}");

    shop.patch(&order, json!({"total_by": "lines"})).await;
    assert_eq!(shop.seen(&order).await["total"], gbp("12"));
    let eur = json!({"amount": "5.00", "currency": "EUR"});
    let pot = json!({"id": seen["lines"][0]["id"], "title": "Pot", "unit_price": eur});
    assert_eq!(shop.patch(&order, json!({"lines": [pot], "currency": "EUR"})).await.0, 200);
    let after = shop.seen(&order).await;
    assert_eq!((&after["total"], &after["lines"][0]["id"]), (&eur, &seen["lines"][0]["id"]));
    let (status, moved) =
        shop.post(&format!("{order}/stage"), json!({"pipeline": "orders", "stage": "new"})).await;
    assert_eq!((status, &shop.seen(&order).await["pipeline"]), (200, &json!("orders")), "{moved}");
}

#[tokio::test]
async fn an_order_may_begin_with_a_total_that_stays() {
    let shop = Shop::new().await;
    let order = shop.order(json!({"total": gbp("99"), "total_by": "hand-always"})).await;
    shop.patch(&order, json!({"lines": [{"title": "Tea", "unit_price": gbp("3")}]})).await;
    assert_eq!(shop.seen(&order).await["total"], gbp("99"));
    let (status, refused) = shop.patch(&order, json!({"total_by": "hand"})).await;
    assert_eq!((status, &refused["errors"][0]["path"]), (422, &json!("/total_by")), "{refused}");
}

#[tokio::test]
async fn a_payment_is_changed_taken_back_and_removed() {
    let shop = Shop::new().await;
    let order = shop.order(json!({"total": gbp("20")})).await;
    let new = json!({"amount": gbp("20"), "paid": true, "attrs": {"reference": "R1"}});
    assert_eq!(shop.post(&format!("{order}/payments"), new).await.0, 200);
    let payment = format!("{order}/payments/pay_1");
    assert_eq!(shop.seen(&order).await["payments"][0]["attrs"], json!({"reference": "R1"}));
    assert_eq!(shop.patch(&payment, json!({"amount": gbp("5")})).await.0, 409, "it is paid");
    assert_eq!(shop.delete(&payment).await.0, 409, "it is paid");
    let (status, receipt) =
        shop.patch(&payment, json!({"paid": false, "amount": gbp("5"), "system": "card"})).await;
    assert_eq!((status, &receipt["revision"]), (200, &json!(3)), "{receipt}");
    let seen = shop.seen(&order).await;
    assert_eq!((&seen["paid"], &seen["payments"][0]["system"]), (&gbp("0"), &json!("card")));
    assert_eq!(shop.patch(&payment, json!({})).await.1["code"], "nothing-to-change");
    assert_eq!(shop.delete(&payment).await.0, 200);
    assert_eq!(shop.seen(&order).await["payments"], json!([]));
    assert_eq!(
        (shop.delete(&payment).await.0, shop.patch(&payment, json!({"paid": true})).await.0),
        (404, 404)
    );
}

#[tokio::test]
async fn a_shipment_is_noted_and_removed_unless_it_has_left() {
    let shop = Shop::new().await;
    let order = shop.order(json!({})).await;
    for _ in 0..2 {
        let new = json!({"service": "bike", "attrs": {"weight": 2}});
        assert_eq!(shop.post(&format!("{order}/shipments"), new).await.0, 200);
    }
    let patch = json!({"shipment": "shp_1", "shipped": true, "attrs": {"weight": null, "boxes": 3}});
    let (status, receipt) = shop.patch(&format!("{order}/shipments"), patch).await;
    assert_eq!(status, 200, "{receipt}");
    assert_eq!(shop.seen(&order).await["shipments"][0]["attrs"], json!({"boxes": 3}));
    let all = shop.patch(&format!("{order}/shipments"), json!({"attrs": {"boxes": 1}})).await;
    assert_eq!((all.0, &all.1["errors"][0]["path"]), (422, &json!("/shipment")));
    assert_eq!(shop.delete(&format!("{order}/shipments/shp_1")).await.0, 409, "it has left");
    assert_eq!(shop.delete(&format!("{order}/shipments/shp_2")).await.0, 200);
    assert_eq!(shop.seen(&order).await["shipments"].as_array().unwrap().len(), 1);
    assert_eq!(shop.delete(&format!("{order}/shipments/shp_9")).await.0, 404);
}

#[tokio::test]
async fn orders_are_found_by_any_field_and_come_in_any_order() {
    let shop = Shop::new().await;
    for (title, amount, size) in [("Green tea", "5", 1), ("Black tea", "20", 2), ("Coffee", "9", 3)] {
        shop.order(json!({"title": title, "total": gbp(amount), "fields": {"size": size}})).await;
    }
    let search = async |body: Value| {
        let (status, found) = shop.post("/v1/orders/search", body).await;
        assert_eq!(status, 200, "{found}");
        let titles = found["items"].as_array().unwrap().iter().map(|order| order["title"].to_string());
        (titles.collect::<Vec<_>>().join(", ").replace('"', ""), found)
    };
    let is = |field: &str, operator: &str, value: Value| json!({"field": field, "operator": operator, "value": value});
    assert_eq!(search(json!({})).await.0, "Coffee, Black tea, Green tea");
    let tea =
        json!({"filter": is("title", "contains", json!("TEA")), "sort": ["total.amount"], "count": true});
    let (titles, found) = search(tea).await;
    assert_eq!((titles.as_str(), &found["total"]), ("Green tea, Black tea", &json!(2)));
    let either =
        json!({"any": [is("total.amount", "at-least", json!("20")), is("fields.size", "in", json!([3]))]});
    assert_eq!(search(json!({"filter": either, "sort": ["-title"]})).await.0, "Coffee, Black tea");

    for sort in [json!(["id"]), json!(["title"])] {
        let (first, page) = search(json!({"sort": sort, "limit": 2})).await;
        let (rest, last) = search(json!({"sort": sort, "limit": 2, "after": page["next"]})).await;
        assert_eq!(format!("{first}, {rest}").split(", ").count(), 3);
        assert!(!first.contains(&rest) && last["next"].is_null(), "{first}; {rest}");
    }
    let (status, wrong) =
        shop.post("/v1/orders/search", json!({"filter": is("colour", "filled", json!(null))})).await;
    assert_eq!((status, &wrong["code"]), (422, &json!("field")), "{wrong}");
}

#[tokio::test]
async fn clients_entries_and_events_are_searched_in_the_same_way() {
    let shop = Shop::new().await;
    let ada = json!({"kind": "contact", "name": "Ada Lovelace", "phones": [{"kind": "work", "value": "+442079460000"}]});
    let order = shop.order(json!({})).await;
    assert_eq!(shop.post("/v1/clients", ada).await.0, 201);
    assert_eq!(shop.post(&format!("{order}/timeline"), json!({"text": "Called"})).await.0, 201);
    for (what, field, value) in [
        ("clients", "given_name", "ada"),
        ("clients", "phones", "+442079460000"),
        ("entries", "text", "called"),
        ("events", "kind", "order.created"),
        ("events", "order", "ord_1"),
    ] {
        let filter = json!({"filter": {"field": field, "operator": "equals", "value": value}});
        let (status, found) = shop.post(&format!("/v1/{what}/search"), filter).await;
        assert_eq!(status, 200, "{what}: {found}");
        assert!(!found["items"].as_array().unwrap().is_empty(), "{what} by {field}");
    }
}
