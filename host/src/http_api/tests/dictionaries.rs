//! Values to choose from, through `/v1`: those that every shop has, and its own.

use super::*;

const COLOURS: &str = "/v1/dictionaries/colours";

fn colours(entries: &[(&str, &str)]) -> Value {
    let entries: Vec<Value> = entries.iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
    json!({"title": "Colours", "entries": entries})
}

fn number(dictionary: &Value, id: &str) -> i64 {
    let entries = dictionary["entries"].as_array().unwrap();
    entries.iter().find(|entry| entry["id"] == id).unwrap()["number"].as_i64().unwrap()
}

#[tokio::test]
async fn entries_that_stay_keep_their_numbers_and_none_is_given_twice() {
    let shop = Shop::new().await;
    assert_eq!(shop.put(COLOURS, colours(&[("RED", "Red"), ("BLUE", "Blue")])).await.0, 204);
    let before = shop.get(COLOURS).await.1;
    assert_eq!(shop.put(COLOURS, colours(&[("GREEN", "Green"), ("BLUE", "Dark blue")])).await.0, 204);
    let (status, after) = shop.get(COLOURS).await;
    assert_eq!((status, &after["entries"][1]["name"]), (200, &json!("Dark blue")));
    assert_eq!(number(&after, "BLUE"), number(&before, "BLUE"));
    assert!(number(&after, "GREEN") > number(&before, "BLUE"), "{after}");
    let listed = shop.get("/v1/dictionaries").await.1["items"].as_array().unwrap().clone();
    assert!(listed.contains(&after) && listed.iter().any(|one| one["name"] == "sources"), "{listed:?}");
}

#[tokio::test]
async fn a_usual_dictionary_that_is_deleted_is_as_in_the_beginning_and_an_own_one_is_gone() {
    let shop = Shop::new().await;
    let sources = "/v1/dictionaries/sources";
    let usual = shop.get(sources).await.1;
    assert_eq!(shop.put(sources, colours(&[("RED", "Red")])).await.0, 204);
    assert_eq!(shop.get(sources).await.1["title"], "Colours");
    assert_eq!((shop.delete(sources).await.0, shop.delete(sources).await.0), (204, 204));
    assert_eq!(shop.get(sources).await, (200, usual));

    assert_eq!(shop.put(COLOURS, colours(&[])).await.0, 204);
    assert_eq!((shop.delete(COLOURS).await.0, shop.delete(COLOURS).await.0), (204, 404));
    assert_eq!(shop.get(COLOURS).await.0, 404);
}

#[tokio::test]
async fn a_dictionary_is_put_once_under_one_key() {
    let shop = Shop::new().await;
    let put = async |body: Value| shop.keyed_as(Method::PUT, COLOURS, body).await;
    assert_eq!(put(colours(&[("RED", "Red")])).await.0, 204);
    assert_eq!(shop.delete(COLOURS).await.0, 204);
    assert_eq!(put(colours(&[("RED", "Red")])).await.0, 204, "as the first time");
    assert_eq!(shop.get(COLOURS).await.0, 404, "and not done again");
    let (status, reused) = put(colours(&[("BLUE", "Blue")])).await;
    assert_eq!((status, &reused["code"]), (422, &json!("idempotency-key-reused")));
}

#[tokio::test]
async fn a_mistake_in_a_dictionary_is_told_where_it_is_and_changes_nothing() {
    let shop = Shop::new().await;
    assert_eq!(shop.put(COLOURS, colours(&[("RED", "Red")])).await.0, 204);
    let before = shop.get(COLOURS).await;
    for (body, place) in [
        (json!({"title": " ", "entries": []}), "/title"),
        (colours(&[("RED", " ")]), "/entries/0/name"),
        (colours(&[("", "Red")]), "/entries/0/id"),
        (colours(&[("RED", "Red"), ("RED", "Dark red")]), "/entries/1/id"),
        (json!({"title": "Colours", "entries": [{"id": 7, "name": "Red"}]}), "/entries/0/id"),
        (json!({"title": "Colours", "entries": {}}), "/entries"),
    ] {
        shop.mistaken(Method::PUT, COLOURS, body, place).await;
    }
    assert_eq!(shop.get(COLOURS).await, before);
    shop.mistaken(Method::PUT, "/v1/dictionaries/All%20colours", colours(&[]), "/name").await;
}
