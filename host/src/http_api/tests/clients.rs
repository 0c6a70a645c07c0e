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

#[tokio::test]
async fn a_patch_changes_what_it_names_and_leaves_the_rest_of_the_card() {
    let world = Channels::new().await;
    assert_eq!(world.post("/v1/employees", json!({"name": "Grace"})).await.0, 201);
    let grace = world.get("/v1/employees").await.1["items"][0]["id"].clone();
    let tea = created(&world, json!({"kind": "company", "name": "Tea Ltd"})).await;
    let point = |kind: &str, value: &str| json!({"kind": kind, "value": value});
    let ada = created(
        &world,
        json!({
            "kind": "contact", "name": "Ada Lovelace", "phones": [point("work", "1"), point("home", "2")],
            "websites": [point("work", "https://ada.example")], "locale": "en-GB", "time_zone": "Europe/London",
            "fields": {"vip": true, "shoe": 38}, "unsubscribed": ["sms"],
        }),
    )
    .await;
    let path = format!("/v1/clients/{ada}");
    let before = world.get(&path).await.1;
    let patch = json!({
        "middle_name": "King", "phones": [{"id": 2, "kind": "home", "value": "3"}, point("mobile", "4")],
        "emails": [point("work", "ada@example.com")], "websites": null, "companies": [{"company": tea}],
        "responsible": grace, "locale": null, "fields": {"vip": null, "hat": "tall"}, "unsubscribed": null,
    });
    let (status, receipt) = world.patch(&path, patch.clone()).await;
    assert_eq!((status, receipt["events"].as_array().map(Vec::len)), (200, Some(1)), "{receipt}");
    let after = world.get(&path).await.1;
    let mut expected = before;
    for (part, value) in [
        ("name", json!("Ada King Lovelace")),
        ("middle_name", json!("King")),
        (
            "phones",
            json!([{"id": 2, "kind": "home", "value": "3"}, {"id": 4, "kind": "mobile", "value": "4"}]),
        ),
        ("emails", json!([{"id": 5, "kind": "work", "value": "ada@example.com"}])),
        ("websites", json!([])),
        ("companies", json!([{"company": tea, "sort": 0}])),
        ("responsible", grace),
        ("locale", Value::Null),
        ("fields", json!({"shoe": 38, "hat": "tall"})),
        ("unsubscribed", json!([])),
        ("updated", after["updated"].clone()),
    ] {
        expected[part] = value;
    }
    assert_eq!(after, expected);
    let (_, receipt) = world.patch(&path, patch).await;
    assert_eq!(receipt["events"], json!([]), "it is so already");
}

#[tokio::test]
async fn a_patch_is_done_as_a_whole_and_once_under_one_key() {
    let world = Channels::new().await;
    let tea = created(&world, json!({"kind": "company", "name": "Tea Ltd"})).await;
    let belongs = json!({"kind": "contact", "name": "Ada Lovelace", "companies": [{"company": tea}]});
    let path = format!("/v1/clients/{}", created(&world, belongs).await);
    let before = world.get(&path).await.1;
    let (status, refused) = world.patch(&path, json!({"kind": "company", "locale": "en"})).await;
    assert!(status == 422 && refused["detail"].as_str().unwrap().contains("companies"), "{refused}");
    assert_eq!(world.get(&path).await.1, before, "not even the locale");

    let patch = json!({"kind": "company", "companies": null, "name": "Ada & Co"});
    let keyed = async |patch: Value| world.keyed_as(Method::PATCH, &path, patch).await;
    let (status, receipt) = keyed(patch.clone()).await;
    assert_eq!((status, &receipt["duplicate"]), (200, &json!(false)), "{receipt}");
    assert_eq!(world.patch(&path, json!({"name": "Ada Ltd"})).await.0, 200);
    let (status, again) = keyed(patch).await;
    assert_eq!(
        (status, &again["events"], &again["duplicate"]),
        (200, &receipt["events"], &json!(true)),
        "{again}"
    );
    let card = world.get(&path).await.1;
    assert_eq!(
        (&card["name"], &card["kind"], &card["given_name"]),
        (&json!("Ada Ltd"), &json!("company"), &Value::Null)
    );
    let (status, reused) = keyed(json!({"name": "Ada"})).await;
    assert_eq!((status, &reused["code"]), (422, &json!("idempotency-key-reused")));
}

#[tokio::test]
async fn a_mistake_in_a_patch_of_a_client_is_told_and_changes_nothing() {
    let world = Channels::new().await;
    let path = format!("/v1/clients/{}", world.client("Ada", "+442079460000", "ada@example.com").await);
    let before = world.get(&path).await.1;
    for (body, place) in [
        (json!({"name": " "}), "/name"),
        (json!({"kind": "robot"}), "/kind"),
        (json!({"locale": "english please"}), "/locale"),
        (json!({"time_zone": "Mars/Base"}), "/time_zone"),
        (json!({"phones": [{"value": "1"}]}), "/phones/0"),
        (json!({"fields": {"phone": "1"}}), "/fields/phone"),
        (json!({"chats": []}), "/chats"),
        (json!({"created": "2020-01-02T03:04:05.000Z"}), "/created"),
    ] {
        world.mistaken(Method::PATCH, &path, body, place).await;
    }
    for body in [
        json!({}),
        json!({"given_name": null, "family_name": null}),
        json!({"phones": [{"id": 9, "kind": "work", "value": "1"}]}),
        json!({"responsible": "emp_99"}),
        json!({"companies": [{"company": "cli_99"}]}),
    ] {
        let (status, problem) = world.patch(&path, body.clone()).await;
        assert_eq!(status, 422, "{body}: {problem}");
    }
    assert_eq!(world.get(&path).await.1, before);
    assert_eq!(world.patch("/v1/clients/cli_99", json!({"name": "Ada"})).await.0, 404);
}

#[tokio::test]
async fn a_client_from_elsewhere_says_when_and_by_whom_it_was_made_once() {
    let world = Channels::new().await;
    assert_eq!(world.post("/v1/employees", json!({"name": "Grace"})).await.0, 201);
    let grace = world.get("/v1/employees").await.1["items"][0]["id"].clone();
    let made = json!({"created": "2020-01-02T03:04:05.000Z", "created_by": grace, "updated": "2021-01-02T03:04:05.000Z"});
    let mut body = json!({"kind": "contact", "name": "Ada"});
    body.as_object_mut().unwrap().extend(made.as_object().unwrap().clone());
    let path = format!("/v1/clients/{}", created(&world, body.clone()).await);
    let card = world.get(&path).await.1;
    assert_eq!(
        (&card["created"], &card["created_by"], &card["updated"], &card["updated_by"]),
        (&made["created"], &grace, &made["updated"], &grace)
    );
    world.mistaken(Method::PUT, &path, body.clone(), "/created").await;
    body["updated_by"] = json!("emp_99");
    let (status, refused) = world.post("/v1/clients", body).await;
    assert_eq!((status, &refused["code"]), (422, &json!("no-such-employee")));
}
