use super::channels::Channels;
use super::*;

async fn created(world: &Channels, body: Value) -> String {
    let (status, receipt) = world.post("/v1/clients", body).await;
    assert_eq!(status, 201, "{receipt}");
    receipt["client"].as_str().unwrap().to_owned()
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_contact_has_companies_and_is_found_by_them() {
    let world = Channels::new().await;
    let tea = created(&world, json!({"kind": "company", "name": "Tea Ltd"})).await;
    let inn = created(&world, json!({"kind": "company", "name": "The Inn"})).await;
    let ada = created(&world, json!({"kind": "contact", "name": "Ada Lovelace"})).await;
    let bind = async |company: &str, body: Value| {
        let path = format!("/v1/clients/{ada}/companies/{company}");
        let (status, receipt) = world.json(Method::PUT, &path, body).await;
        (status, receipt["events"].as_array().map(Vec::len))
    };
    assert_eq!(bind(&tea, json!({})).await, (200, Some(1)));
    assert_eq!(bind(&tea, json!({})).await, (200, Some(0)), "it is there already");
    assert_eq!(bind(&inn, json!({"primary": true, "sort": 5})).await, (200, Some(1)));
    assert_eq!(bind("cli_99", json!({})).await.0, 404);
    assert_eq!(bind(&ada, json!({})).await.0, 404, "a contact is no company");
    let card = world.get(&format!("/v1/clients/{ada}")).await.1;
    assert_eq!(card["companies"], json!([{"company": inn, "sort": 5}, {"company": tea, "sort": 10}]));
    let contacts = world.get(&format!("/v1/clients/{tea}/contacts")).await.1;
    assert_eq!(ids(&contacts), [ada.as_str()]);
    assert_eq!(world.get("/v1/clients/cli_99/contacts").await.0, 404);
    let companies = world.get("/v1/clients?kind=company&sort=oldest&limit=1").await.1;
    assert_eq!(ids(&companies), [tea.as_str()]);
    let next = companies["next"].as_str().unwrap();
    let rest = world.get(&format!("/v1/clients?kind=company&sort=oldest&after={next}")).await.1;
    assert_eq!((ids(&rest), &rest["next"]), (vec![inn.as_str()], &Value::Null));

    let gone =
        world.send(Method::DELETE, &format!("/v1/clients/{ada}/companies/{inn}"), &[], Vec::new()).await;
    assert_eq!(gone.0, 200);
    let (status, _) = world.send(Method::DELETE, &format!("/v1/clients/{tea}"), &[], Vec::new()).await;
    assert_eq!(status, 200);
    assert_eq!(world.get(&format!("/v1/clients/{ada}")).await.1["companies"], json!([]));
}

#[tokio::test]
async fn points_keep_their_ids_and_a_name_its_parts() {
    let world = Channels::new().await;
    let point = |kind: &str, value: &str| json!({"kind": kind, "value": value});
    let body = json!({
        "kind": "contact", "name": "Ada Lovelace", "phones": [point("work", "1"), point("home", "2")],
        "websites": [point("work", "https://ada.example")], "messengers": [point("telegram", "ada")],
    });
    let ada = created(&world, body).await;
    let path = format!("/v1/clients/{ada}");
    let card = world.get(&path).await.1;
    assert_eq!((&card["given_name"], &card["family_name"]), (&json!("Ada"), &json!("Lovelace")));
    assert_eq!(card["phones"][1], json!({"id": 2, "kind": "home", "value": "2"}));
    assert!(card["created"].is_string() && card["created"] == card["updated"], "{card}");
    let body = json!({
        "kind": "contact", "name": "Ada Lovelace", "family_name": "King", "given_name": "Ada",
        "phones": [{"id": 2, "kind": "home", "value": "3"}, point("work", "1"), point("work", "4")],
    });
    assert_eq!(world.json(Method::PUT, &path, body).await.0, 200);
    let card = world.get(&path).await.1;
    let ids: Vec<_> = card["phones"].as_array().unwrap().iter().map(|point| point["id"].as_u64()).collect();
    assert_eq!((ids, &card["name"]), (vec![Some(2), Some(1), Some(5)], &json!("Ada King")));
    for (wrong, status) in [
        (json!({"kind": "contact", "name": "Ada", "phones": [{"id": 9, "kind": "work", "value": "1"}]}), 422),
        (json!({"kind": "contact", "name": "Ada", "responsible": "emp_99"}), 422),
        (json!({"kind": "contact", "name": "Ada", "companies": [{"company": "cli_99"}]}), 422),
        (json!({"kind": "company", "name": "Ada", "companies": [{"company": ada}]}), 422),
        (json!({"kind": "contact", "name": " "}), 422),
    ] {
        let (answered, problem) = world.json(Method::PUT, &path, wrong.clone()).await;
        assert_eq!(answered, status, "{wrong}: {problem}");
    }
}

#[tokio::test]
async fn a_deleted_client_leaves_its_orders_and_nothing_of_itself() {
    let world = Channels::new().await;
    let ada = world.client("Ada", "+442079460000", "ada@example.com").await;
    let order = world.order(&ada).await;
    let (status, receipt) = world.send(Method::DELETE, &format!("/v1/clients/{ada}"), &[], Vec::new()).await;
    assert_eq!(status, 200, "{receipt}");
    assert_eq!(world.get(&format!("/v1/clients/{ada}")).await.0, 404);
    assert_eq!(world.send(Method::DELETE, &format!("/v1/clients/{ada}"), &[], Vec::new()).await.0, 404);
    assert_eq!(ids(&world.get("/v1/clients?address=ada@example.com").await.1), [""; 0]);
    let order = world.get(&format!("/v1/orders/{order}")).await.1;
    assert_eq!(order["contacts"], json!([]));
    let deleted = world.events("client.deleted").await;
    assert_eq!((&deleted[0]["client"], &deleted[0]["attrs"]["kind"]), (&json!(ada), &json!("contact")));
    let log = world.get("/v1/events?limit=200").await.1.to_string();
    assert!(!log.contains("ada@example.com"), "personal data stays out of the log");
}
