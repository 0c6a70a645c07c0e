//! Pipelines through `/v1`: put whole, and deleted once nothing stands in them.

use super::*;

fn repairs() -> Value {
    let stages =
        json!([{"id": "new", "name": "New", "kind": "open"}, {"id": "done", "name": "Done", "kind": "won"}]);
    json!({"name": "Repairs", "kind": "order", "stages": stages})
}

const REPAIRS: &str = "/v1/pipelines/repairs";

#[tokio::test]
async fn a_pipeline_is_deleted_once_no_order_stands_in_it_and_its_number_is_not_given_again() {
    let shop = Shop::new().await;
    assert_eq!(shop.put(REPAIRS, repairs()).await.0, 204);
    let number = shop.get(REPAIRS).await.1["number"].as_i64().unwrap();
    let (_, made) = shop.post("/v1/orders", json!({"pipeline": "repairs", "currency": "GBP"})).await;
    let order = format!("/v1/orders/{}", made["order"].as_str().unwrap());
    let (status, refused) = shop.delete(REPAIRS).await;
    assert_eq!((status, &refused["code"]), (409, &json!("conflict")), "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("1 orders stand"), "{refused}");
    assert_eq!(shop.get(REPAIRS).await.0, 200);

    assert_eq!(shop.delete(&order).await.0, 200);
    assert_eq!((shop.delete(REPAIRS).await.0, shop.delete(REPAIRS).await.0), (204, 404));
    assert_eq!(shop.get(REPAIRS).await.0, 404);
    let listed = shop.get("/v1/pipelines").await.1;
    assert!(!listed.to_string().contains("repairs"), "{listed}");
    let (status, refused) = shop.post("/v1/orders", json!({"pipeline": "repairs", "currency": "GBP"})).await;
    assert_eq!((status, &refused["errors"][0]["path"]), (422, &json!("/pipeline")), "{refused}");
    assert_eq!(shop.put("/v1/pipelines/returns", repairs()).await.0, 204);
    assert_ne!(shop.get("/v1/pipelines/returns").await.1["number"], number);
}

#[tokio::test]
async fn where_deals_begin_is_not_deleted() {
    let shop = Shop::new().await;
    let mut sales = repairs();
    sales["kind"] = "deal".into();
    assert_eq!(shop.put("/v1/pipelines/sales", sales.clone()).await.0, 204);
    assert_eq!(shop.put("/v1/pipelines/leases", sales).await.0, 204);
    let (status, refused) = shop.delete("/v1/pipelines/sales").await;
    assert!(status == 409 && refused["detail"].as_str().unwrap().contains("deals begin"), "{refused}");
    assert_eq!(shop.delete("/v1/pipelines/leases").await.0, 204);
}

#[tokio::test]
async fn a_pipeline_is_put_once_under_one_key() {
    let shop = Shop::new().await;
    let put = async || shop.keyed_as(Method::PUT, REPAIRS, repairs()).await.0;
    assert_eq!(put().await, 204);
    assert_eq!(shop.delete(REPAIRS).await.0, 204);
    assert_eq!(put().await, 204, "as the first time");
    assert_eq!(shop.get(REPAIRS).await.0, 404, "and not done again");
}

#[tokio::test]
async fn a_mistake_in_a_pipeline_is_told_where_it_is_and_changes_nothing() {
    let shop = Shop::new().await;
    assert_eq!(shop.put(REPAIRS, repairs()).await.0, 204);
    let before = shop.get(REPAIRS).await;
    let stage = |id: &str, name: &str, kind: &str| json!({"id": id, "name": name, "kind": kind});
    for (part, value, place) in [
        ("name", json!(" "), "/name"),
        ("stages", json!([]), "/stages"),
        ("stages", json!([stage("a", "A", "open"), stage("a", "B", "won")]), "/stages"),
        ("stages", json!([stage("a", " ", "open")]), "/stages/0/name"),
        ("stages", json!([stage("a", "A", "shut")]), "/stages/0/kind"),
        ("kind", json!("lead"), "/kind"),
    ] {
        let mut wrong = repairs();
        wrong[part] = value;
        shop.mistaken(Method::PUT, REPAIRS, wrong, place).await;
    }
    assert_eq!(shop.get(REPAIRS).await, before);
    assert_eq!(shop.put("/v1/pipelines/all%20repairs", repairs()).await.0, 400);
}
