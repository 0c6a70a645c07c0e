//! The shop's own fields through `/v1`, and the files that stand in them.

use super::*;

fn colour() -> Value {
    json!({
        "of": "contact", "name": "colour", "kind": "choice", "labels": {"en": "Colour"},
        "options": [{"value": "Red", "default": true}, {"value": "Blue"}],
    })
}

async fn made(shop: &Shop, body: Value) -> (String, Value) {
    let (status, field) = shop.post("/v1/fields", body).await;
    assert_eq!(status, 201, "{field}");
    (format!("/v1/fields/{}", field["id"].as_str().unwrap()), field)
}

#[tokio::test]
async fn a_field_is_changed_in_what_is_named_and_deleted_once() {
    let shop = Shop::new().await;
    let (path, field) = made(&shop, colour()).await;
    assert_eq!(shop.get(&path).await, (200, field.clone()));
    let red = field["options"][0].clone();
    let (status, changed) =
        shop.patch(&path, json!({"mandatory": true, "options": [{"value": "Green"}, red]})).await;
    assert_eq!((status, &changed["mandatory"], &changed["labels"]), (200, &json!(true), &field["labels"]));
    assert_eq!(changed["options"][1], red, "it keeps its id");
    let ids: Vec<&Value> = field["options"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert!(!ids.contains(&&changed["options"][0]["id"]), "a new one has a new id: {changed}");
    assert_eq!(shop.get("/v1/fields?of=contact").await.1["items"], json!([changed]));
    assert_eq!(shop.get("/v1/fields?of=deal").await.1["items"], json!([]));
    assert_eq!((shop.delete(&path).await.0, shop.delete(&path).await.0), (204, 404));
    assert_eq!((shop.get(&path).await.0, shop.patch(&path, json!({"sort": 1})).await.0), (404, 404));
}

#[tokio::test]
async fn a_field_is_made_once_under_one_key_and_a_name_is_taken_once() {
    let shop = Shop::new().await;
    let first = shop.keyed("/v1/fields", colour()).await;
    assert_eq!(first.0, 201, "{first:?}");
    assert_eq!(shop.keyed("/v1/fields", colour()).await, first);
    let (status, taken) = shop.post("/v1/fields", colour()).await;
    assert_eq!((status, &taken["code"]), (409, &json!("conflict")));
    assert_eq!(shop.get("/v1/fields").await.1["items"], json!([first.1]));
}

#[tokio::test]
async fn values_of_a_field_are_held_to_it_until_it_is_deleted() {
    let shop = Shop::new().await;
    let (path, field) = made(&shop, colour()).await;
    let client = async |colour: Value| {
        let body = json!({"kind": "contact", "name": "Ada", "fields": {"colour": colour}});
        shop.post("/v1/clients", body).await
    };
    let (status, refused) = client(json!("mauve")).await;
    assert!(status == 422 && refused["detail"].as_str().unwrap().contains("colour"), "{refused}");
    assert_eq!(client(field["options"][1]["id"].clone()).await.0, 201);
    let (status, receipt) = shop.post("/v1/clients", json!({"kind": "contact", "name": "Ada"})).await;
    assert_eq!(status, 201, "{receipt}");
    let new = shop.get(&format!("/v1/clients/{}", receipt["client"].as_str().unwrap())).await.1;
    assert_eq!(new["fields"]["colour"], field["options"][0]["id"], "it begins with the default");
    assert_eq!(shop.delete(&path).await.0, 204);
    assert_eq!(client(json!("mauve")).await.0, 201);
}

#[tokio::test]
async fn a_mistake_in_a_field_is_told_where_it_is_and_changes_nothing() {
    let shop = Shop::new().await;
    let (path, field) = made(&shop, colour()).await;
    let new = |more: Value| {
        let mut body = json!({"of": "deal", "name": "size", "kind": "text"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, place) in [
        (json!({"name": "shoe size"}), "/name"),
        (json!({"name": "title"}), "/name"),
        (json!({"kind": "colour"}), "/kind"),
        (json!({"of": "lead"}), "/of"),
        (json!({"options": [{"value": "S"}]}), "/options"),
        (json!({"rules": {"min_length": 3, "max_length": 2}}), "/rules/min_length"),
        (json!({"rules": {"decimals": "two"}}), "/rules/decimals"),
    ] {
        shop.mistaken(Method::POST, "/v1/fields", new(more), place).await;
    }
    for (patch, place) in [
        (json!({"options": [{"id": 999_999, "value": "Grey"}]}), "/options/0/id"),
        (json!({"options": [{"value": " "}]}), "/options/0/value"),
        (json!({"mandatory": "yes"}), "/mandatory"),
        (json!({"kind": "text"}), "/kind"),
    ] {
        shop.mistaken(Method::PATCH, &path, patch, place).await;
    }
    assert_eq!(shop.get("/v1/fields").await.1["items"], json!([field]));
}

#[tokio::test]
async fn a_file_is_kept_under_its_digest_and_an_empty_one_is_refused() {
    let shop = Shop::new().await;
    let bytes: Headers = &[("content-type", "application/octet-stream")];
    let keep = async |content: &[u8]| shop.send(Method::POST, "/v1/files", bytes, content.to_vec()).await;
    // Read back as JSON, so it is some.
    let (status, kept) = keep(b"{\"tea\": 1}").await;
    assert_eq!((status, &kept["size"]), (201, &json!(10)), "{kept}");
    assert_eq!(keep(b"{\"tea\": 1}").await.1, kept);
    let path = format!("/v1/files/{}", kept["digest"].as_str().unwrap());
    assert_eq!(shop.get(&path).await, (200, json!({"tea": 1})));
    assert_eq!(keep(b"").await.0, 422);
    assert_eq!(shop.get(&format!("/v1/files/{}", "0".repeat(64))).await.0, 404);
}
