//! What golden files do not show of contacts and companies: what a deletion leaves, and who has done it.

use rulewright_domain::{
    Actor, Author, ClientId, Command, EmployeeId, EventId, NewOrder, OpenChannel, OrderId, OrderKind, Place,
    kind,
};
use rulewright_engine::{NewChatMessage, NewVisit, Receipt, Request};
use rulewright_ports::{
    StorageError, StorageExt,
    storage::{EventQuery, Page},
};
use serde_json::{Value, json};

use crate::{golden::Shop, wire::node::Node};

async fn call(shop: &Shop, method: &str, json: Value) -> Value {
    let request = json!({ "path": method, "json": json }).to_string();
    let request: Node = serde_json::from_str(&request).unwrap();
    let reply = shop.send(&request).await;
    assert_eq!(reply.status, 200, "{method}: {}", reply.answer);
    reply.answer["result"].clone()
}

async fn deal(shop: &Shop, company: Option<i64>, contacts: &[i64]) -> OrderId {
    let new = NewOrder {
        kind: OrderKind::Deal,
        pipeline: crate::classic::pipeline().id,
        company: company.map(ClientId),
        contacts: contacts.iter().copied().map(ClientId).collect(),
        ..serde_json::from_value(json!({
            "kind": "deal", "number": null, "title": "Two teapots", "pipeline": "", "stage": null,
            "currency": "EUR", "lines": [], "responsible": null, "company": null, "contacts": [],
            "source": null, "comments": "", "tags": [], "fields": {}, "historical": false, "created": null,
        }))
        .unwrap()
    };
    execute(shop, Command::CreateOrder(new)).await.order.unwrap()
}

async fn execute(shop: &Shop, command: Command) -> Receipt {
    let by = Actor::Token { name: "test".into() };
    shop.engine.execute(Request { shop: shop.id, command, by, key: None }).await.unwrap()
}

async fn kinds(shop: &Shop, events: Vec<EventId>) -> Vec<String> {
    let id = shop.id;
    let job = move |reads: &mut dyn rulewright_ports::Reads| {
        let mut kinds = Vec::new();
        for event in events {
            kinds.extend(reads.event(id, event)?.map(|event| event.what.kind.clone()));
        }
        Ok::<_, StorageError>(kinds)
    };
    shop.engine.storage().read(job).await.unwrap()
}

#[tokio::test]
async fn a_deleted_client_is_taken_off_its_deals_and_contacts_and_nothing_else_changes() {
    let shop = Shop::open().await;
    let company = call(&shop, "crm.company.add", json!({"fields": {"TITLE": "Tea Ltd"}})).await;
    let contact = async |name: &str| {
        let fields = json!({"NAME": name, "COMPANY_ID": company, "EMAIL": [{"VALUE": "ada@example.com"}]});
        call(&shop, "crm.contact.add", json!({"fields": fields})).await.as_i64().unwrap()
    };
    let (ada, grace) = (contact("Ada").await, contact("Grace").await);
    let company = company.as_i64().unwrap();
    let both = deal(&shop, Some(company), &[ada, grace]).await;
    let other = deal(&shop, None, &[grace]).await;
    let order = async |id| {
        let shop_id = shop.id;
        let found =
            shop.engine.storage().read::<_, StorageError, _>(move |reads| reads.order(shop_id, id)).await;
        found.unwrap().unwrap()
    };
    let before = order(other).await;

    let comment = async |id: i64| {
        let fields = json!({"ENTITY_TYPE": "contact", "ENTITY_ID": id, "COMMENT": "Likes tea"});
        call(&shop, "crm.timeline.comment.add", json!({ "fields": fields })).await
    };
    let (hers, others) = (comment(ada).await, comment(grace).await);

    let deleted = execute(&shop, Command::DeleteClient { id: ClientId(ada) }).await;
    let gone = json!({ "path": "crm.timeline.comment.get", "json": { "id": hers } }).to_string();
    assert_eq!(
        shop.send(&serde_json::from_str(&gone).unwrap()).await.status,
        400,
        "what was written about her"
    );
    assert_eq!(
        call(&shop, "crm.timeline.comment.get", json!({ "id": others })).await["ID"],
        others.to_string()
    );
    assert_eq!(kinds(&shop, deleted.events).await, [kind::CLIENTS_CHANGED, kind::CLIENT_DELETED]);
    let after = order(both).await;
    assert_eq!((after.contacts.as_slice(), after.company), (&[ClientId(grace)][..], Some(ClientId(company))));
    assert_eq!(order(other).await, before);

    let deleted = execute(&shop, Command::DeleteClient { id: ClientId(company) }).await;
    let expected = [kind::CLIENTS_CHANGED, kind::CLIENT_CHANGED, kind::CLIENT_DELETED];
    assert_eq!(kinds(&shop, deleted.events).await, expected);
    assert_eq!(order(both).await.company, None);
    let bound = call(&shop, "crm.contact.company.items.get", json!({"id": grace})).await;
    assert_eq!(bound, json!([]));
}

#[tokio::test]
async fn who_wrote_and_visited_is_nobody_known_after_the_card_is_gone() {
    let shop = Shop::open().await;
    let ada = call(&shop, "crm.contact.add", json!({"fields": {"NAME": "Ada"}})).await.as_i64().unwrap();
    let channel = OpenChannel { name: "telegram".into(), title: "T".into(), active: true, silence: 60 };
    shop.engine.put_open_channel(shop.id, channel).await.unwrap();
    let by = || Actor::Outside { source: "connector".into() };
    let say = async |client: Option<ClientId>| {
        let new = NewChatMessage {
            channel: "telegram".into(),
            peer: "7".into(),
            client,
            author: Author::Client,
            hidden: false,
            text: "Hello".into(),
            id: None,
        };
        shop.engine.receive_chat(shop.id, by(), new).await.unwrap().client
    };
    let visit = async |id: &str, client: Option<ClientId>| {
        let new = NewVisit { id: id.into(), visitor: "browser".into(), place: Place::Shop, client };
        shop.engine.receive_visit(shop.id, by(), new).await.unwrap().client
    };
    let known = Some(ClientId(ada));
    assert_eq!((say(known).await, say(None).await), (known, known));
    assert_eq!((visit("1", known).await, visit("2", None).await), (known, known));
    assert_eq!(call(&shop, "crm.contact.get", json!({"id": ada})).await["HAS_IMOL"], "Y");
    assert_eq!(call(&shop, "crm.contact.delete", json!({"id": ada})).await, json!(true));
    assert_eq!((say(None).await, visit("3", None).await), (None, None));
}

#[tokio::test]
async fn an_update_is_one_change_in_the_callers_name_and_tells_no_values() {
    let shop = Shop::open().await;
    let fields = json!({"NAME": "Ada", "PHONE": [{"VALUE": "+442079460000"}]});
    let ada = call(&shop, "crm.contact.add", json!({"fields": fields})).await;
    let fields = json!({"LAST_NAME": "Byron", "POST": "Analyst", "EMAIL": [{"VALUE": "ada@example.com"}]});
    for _ in 0..2 {
        let some = json!({"POST": fields["POST"], "LAST_NAME": fields["LAST_NAME"]});
        call(&shop, "crm.contact.update", json!({"id": ada, "fields": some})).await;
    }
    call(&shop, "crm.contact.update", json!({"id": ada, "fields": fields})).await;
    let id = shop.id;
    let page = Page { after: None, limit: 50, newest_first: false };
    let events = shop
        .engine
        .storage()
        .read::<_, StorageError, _>(move |reads| reads.events(id, &EventQuery::default(), page))
        .await
        .unwrap();
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.what.kind.as_str(), event.what.attrs.get("fields").cloned()))
        .collect();
    assert_eq!(
        told,
        [
            (kind::CLIENT_CREATED, None),
            (kind::CLIENT_CHANGED, Some(json!(["name", "post"]))),
            (kind::CLIENT_CHANGED, Some(json!(["emails"]))),
        ],
        "what was so already is no change"
    );
    let written = serde_json::to_string(&events).unwrap();
    for value in ["Byron", "+4420", "ada@example.com", "Analyst"] {
        assert!(!written.contains(value), "{value} is in the log");
    }
    let by = Actor::Employee { employee: EmployeeId(1), name: "Ada Lovelace".into() };
    assert!(events.iter().all(|event| event.cause.by == by));
}

#[tokio::test]
async fn contacts_are_paged_by_start_and_by_the_last_id() {
    let shop = Shop::open().await;
    for number in 0..125 {
        call(
            &shop,
            "crm.contact.add",
            json!({"fields": {"NAME": "Guest", "LAST_NAME": format!("{number}")}}),
        )
        .await;
    }
    let ids = |rows: &Value| -> Vec<i64> {
        rows.as_array().unwrap().iter().map(|row| row["ID"].as_str().unwrap().parse().unwrap()).collect()
    };
    let page = async |body: Value| {
        let request = json!({ "path": "crm.contact.list", "json": body }).to_string();
        shop.send(&serde_json::from_str(&request).unwrap()).await.answer
    };
    let (mut all, mut start) = (Vec::new(), Some(0));
    while let Some(from) = start {
        let answer = page(json!({"start": from, "select": ["ID"], "order": {"ID": "ASC"}})).await;
        assert_eq!(answer["total"], 125);
        all.extend(ids(&answer["result"]));
        start = answer["next"].as_i64();
    }
    assert_eq!(all, (1..=125).collect::<Vec<_>>());
    let (mut all, mut last) = (Vec::new(), 0);
    loop {
        let body = json!({"start": -1, "filter": {">ID": last}, "order": {"ID": "ASC"}, "select": ["ID"]});
        let answer = page(body).await;
        assert!(answer.get("total").is_none() && answer.get("next").is_none());
        let rows = ids(&answer["result"]);
        let Some(id) = rows.last() else { break };
        last = *id;
        all.extend(rows);
    }
    assert_eq!(all, (1..=125).collect::<Vec<_>>());
}

#[tokio::test]
async fn contacts_and_companies_are_items_too() {
    let shop = Shop::open().await;
    let fm = json!([{"typeId": "PHONE", "valueType": "WORK", "value": "+442079460000"}]);
    let fields = json!({"title": "Tea Ltd", "revenue": "12.5", "fm": fm, "ufCrmVat": "GB 1"});
    let item =
        call(&shop, "crm.item.add", json!({"entityTypeId": 4, "fields": fields})).await["item"].clone();
    assert_eq!(
        (&item["id"], &item["title"], &item["revenue"], &item["fm"][0]["id"], &item["ufCrmVat"]),
        (&json!(1), &json!("Tea Ltd"), &json!(12.5), &json!(10_001), &json!("GB 1"))
    );
    assert_eq!((&item["hasPhone"], &item["phone"]), (&json!("Y"), &json!("+442079460000")));

    let fields = json!({"NAME": "Ada", "lastName": "Lovelace", "companyIds": [1], "birthdate": "1815-12-10"});
    let item =
        call(&shop, "crm.item.add", json!({"entityTypeId": 3, "fields": fields})).await["item"].clone();
    assert_eq!(
        (&item["id"], &item["companyId"], &item["companyIds"], &item["assignedById"], &item["fm"]),
        (&json!(2), &json!(1), &json!([1]), &json!(1), &json!([]))
    );
    let fields =
        json!({"fm": [{"typeId": "EMAIL", "value": "ada@example.com"}], "COMPANY_ID": 0, "post": "Analyst"});
    let item =
        call(&shop, "crm.item.update", json!({"entityTypeId": 3, "id": 2, "fields": fields})).await["item"]
            .clone();
    assert_eq!(
        (&item["email"], &item["companyId"], &item["post"]),
        (&json!("ada@example.com"), &json!(0), &json!("Analyst"))
    );
    let fields = json!({"fm": [{"id": item["fm"][0]["id"], "value": ""}]});
    let item =
        call(&shop, "crm.item.update", json!({"entityTypeId": 3, "id": 2, "fields": fields})).await["item"]
            .clone();
    assert_eq!((&item["fm"], &item["hasEmail"]), (&json!([]), &json!("N")));

    let filter = json!({"logic": "OR", "0": {"LAST_NAME": "Nobody"}, "1": {"%lastName": "LOVE", ">id": 1}});
    let list = json!({"entityTypeId": 3, "filter": filter, "select": ["id", "NAME"], "order": {"ID": "ASC"}});
    assert_eq!(call(&shop, "crm.item.list", list).await, json!({"items": [{"id": 2, "name": "Ada"}]}));
    let described = call(&shop, "crm.item.fields", json!({"entityTypeId": 4})).await["fields"].clone();
    assert_eq!(
        (&described["title"]["upperName"], &described["fm"]["type"]),
        (&json!("TITLE"), &json!("crm_multifield"))
    );

    let refused = async |method: &str, body: Value| {
        let request = json!({ "path": method, "json": body }).to_string();
        let reply = shop.send(&serde_json::from_str(&request).unwrap()).await;
        (reply.status, reply.answer["error"].as_str().unwrap_or_default().to_owned())
    };
    for (method, body, code) in [
        ("crm.item.get", json!({"entityTypeId": 3, "id": 1}), "NOT_FOUND"),
        ("crm.item.get", json!({"entityTypeId": 4}), "100"),
        (
            "crm.item.add",
            json!({"entityTypeId": 3, "fields": {"companyId": 2}}),
            "CRM_FIELD_ERROR_VALUE_NOT_VALID",
        ),
        ("crm.item.add", json!({"entityTypeId": 3, "fields": {"companyIds": 1}}), "100"),
        (
            "crm.item.add",
            json!({"entityTypeId": 3, "fields": {"fm": [{"value": "1"}]}}),
            "CRM_FIELD_ERROR_VALUE_NOT_VALID",
        ),
        ("crm.item.update", json!({"entityTypeId": 4, "id": 1, "fields": {"title": ""}}), "ERROR_CORE"),
        ("crm.item.list", json!({"entityTypeId": 3, "filter": {"noSuchField": 1}}), "INVALID_ARG_VALUE"),
        ("crm.item.delete", json!({"entityTypeId": 4, "id": 2}), "NOT_FOUND"),
    ] {
        assert_eq!(refused(method, body.clone()).await, (400, code.to_owned()), "{method} {body}");
    }
    assert_eq!(call(&shop, "crm.item.delete", json!({"entityTypeId": 3, "id": 2})).await, json!([]));
    assert_eq!(refused("crm.item.get", json!({"entityTypeId": 3, "id": 2})).await.0, 400);
}

#[tokio::test]
async fn a_repeated_request_is_answered_as_the_first_time() {
    let shop = Shop::open().await;
    let send = async |method: &str, body: Value, key: &str| {
        let request = axum::http::Request::post(format!("/rest/1/{}/{method}", crate::golden::CODE))
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        let reply = shop.reply(request.body(body.to_string().into()).unwrap()).await;
        (reply.status, reply.answer["result"].clone())
    };
    let add = json!({"fields": {"NAME": "Ada", "PHONE": [{"VALUE": "1"}]}});
    let update = json!({"id": 1, "fields": {"PHONE": [{"VALUE": "2"}]}});
    for _ in 0..2 {
        assert_eq!(send("crm.contact.add", add.clone(), "a").await, (200, json!(1)));
    }
    for _ in 0..2 {
        assert_eq!(send("crm.contact.update", update.clone(), "b").await, (200, json!(true)));
    }
    let phones = call(&shop, "crm.contact.get", json!({"id": 1})).await["PHONE"].as_array().map(Vec::len);
    assert_eq!(phones, Some(2));
    for _ in 0..2 {
        assert_eq!(send("crm.contact.delete", json!({"id": 1}), "c").await, (200, json!(true)));
    }
    assert_eq!(send("crm.contact.delete", json!({"id": 1}), "d").await.0, 400);
}
