//! What follows from the methods of activities and timelines, beside their answers.

use rulewright_domain::{
    ClientId, Command, DocumentDraft, Entry, EntryId, OrderChange, OrderId, Subject, kind,
};
use rulewright_ports::{
    StorageError, StorageExt,
    storage::{EntryQuery, EventQuery, Page},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{caller::hex, golden::Shop, wire::node::Node};

const ALL: Page = Page { after: None, limit: Page::MAX, newest_first: false };

/// With contact 1, and deals 1 and 2.
async fn shop() -> Shop {
    let shop = Shop::open().await;
    let contact = json!({ "type": "create-client", "id": "cli_0", "kind": "contact", "name": "Grace" });
    shop.command("contact", &contact).await;
    for title in ["Tea", "Coffee"] {
        let deal = json!({
            "type": "create-order", "kind": "deal", "number": null, "title": title, "pipeline": "deals",
            "stage": null, "currency": "EUR", "lines": [], "responsible": null, "company": null,
            "contacts": [], "source": null, "comments": "", "tags": [], "fields": {}, "historical": false,
            "created": null,
        });
        shop.command("deal", &deal).await;
    }
    shop
}

async fn call(shop: &Shop, method: &str, body: Value) -> Value {
    let request = json!({ "path": method, "json": body });
    let request: Node = serde_json::from_value(request).unwrap();
    let reply = shop.send(&request).await;
    assert_eq!(reply.status, 200, "{method}: {}", reply.answer);
    reply.answer["result"].clone()
}

/// Kinds and attributes of the events since the deals were made.
async fn events(shop: &Shop) -> Vec<(String, Value)> {
    let id = shop.id;
    let read = shop.engine.storage().read(move |reads| reads.events(id, &EventQuery::default(), ALL));
    let events = read.await.unwrap().into_iter().skip(3);
    events.map(|event| (event.what.kind.clone(), json!(event.what.attrs))).collect()
}

async fn entries(shop: &Shop, at: Subject) -> Vec<Entry> {
    let id = shop.id;
    let query = EntryQuery { at: Some(at), kinds: Vec::new() };
    shop.engine
        .storage()
        .read::<_, StorageError, _>(move |reads| reads.entries(id, &query, ALL))
        .await
        .unwrap()
}

async fn execute(shop: &Shop, command: Command) {
    shop.command("command", &json!(command)).await;
}

#[tokio::test]
async fn a_comment_tells_that_it_changed_and_not_what_it_says() {
    let shop = shop().await;
    let fields = json!({ "ENTITY_ID": 1, "ENTITY_TYPE": "contact", "COMMENT": "Confidential" });
    call(&shop, "crm.timeline.comment.add", json!({ "fields": fields })).await;
    for comment in ["Also confidential", "Also confidential"] {
        let fields = json!({ "COMMENT": comment });
        call(&shop, "crm.timeline.comment.update", json!({ "id": 1, "fields": fields })).await;
    }
    call(&shop, "crm.timeline.comment.delete", json!({ "id": 1 })).await;
    let told = events(&shop).await;
    let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, [kind::COMMENT_ADDED, kind::COMMENT_CHANGED, kind::COMMENT_REMOVED]);
    assert_eq!(told[1].1, json!({ "comment": "ent_1", "fields": ["text"] }));
    assert!(!json!(told).to_string().contains("onfidential"));
}

#[tokio::test]
async fn files_of_a_comment_are_kept_beside_the_documents_that_are_attached_to_it() {
    let shop = shop().await;
    let draft = DocumentDraft::Made {
        order: OrderId(1),
        title: "Invoice".into(),
        media_type: "text/plain".into(),
        content: b"x".to_vec(),
    };
    execute(&shop, Command::CreateDocument(draft)).await;
    let details = json!({ "attachments": ["doc_1"] });
    let comment = json!({
        "type": "add-entry", "order": "ord_1", "kind": "comment", "text": "See there", "details": details,
    });
    let receipt = shop.command("comment", &comment).await;
    let id = receipt["entry"].as_str().unwrap().trim_start_matches("ent_").parse::<i64>().unwrap();
    let update = async |files: Value| {
        let body = json!({ "id": id, "fields": { "FILES": files } });
        call(&shop, "crm.timeline.comment.update", body).await;
        let shown = call(&shop, "crm.timeline.comment.get", json!({ "id": id })).await;
        let files = shown["FILES"].as_object().unwrap().values();
        files.map(|file| (file["name"].clone(), file["urlDownload"].clone())).collect::<Vec<_>>()
    };
    let document = (json!("Invoice"), json!("/v1/documents/doc_1/content"));
    let digest = hex(&Sha256::digest("tea"));
    let file = (json!("a.txt"), json!(format!("/v1/files/{digest}")));
    assert_eq!(update(json!([["a.txt", "dGVh"]])).await, [document.clone(), file.clone()]);
    let ids = json!([{ "id": 1 }, { "id": i64::from_str_radix(&digest[..12], 16).unwrap() }]);
    assert_eq!(update(ids).await, [document.clone(), file]);
    let at = shop.id;
    let bytes =
        shop.engine.storage().read::<_, StorageError, _>(move |reads| reads.template_file(at, &digest));
    assert_eq!(bytes.await.unwrap().unwrap(), b"tea");
    assert_eq!(update(json!([])).await, [document]);
}

#[tokio::test]
async fn an_activity_that_cannot_be_shown_everywhere_is_not_written_at_all() {
    let shop = shop().await;
    for name in 0..=Entry::SUBJECTS {
        let contact =
            json!({ "type": "create-client", "id": "cli_0", "kind": "contact", "name": name.to_string() });
        shop.command("contact", &contact).await;
    }
    let with = |many: usize| -> Vec<Value> {
        (1..=many).map(|id| json!({ "ENTITY_TYPE_ID": 3, "ENTITY_ID": id, "TYPE": "PHONE" })).collect()
    };
    let meeting = |many| {
        json!({
            "OWNER_TYPE_ID": 2, "OWNER_ID": 1, "TYPE_ID": 1, "SUBJECT": "All of us", "RESPONSIBLE_ID": 1,
            "COMMUNICATIONS": with(many),
        })
    };
    let before = events(&shop).await;
    let refused = async |method: &str, body: Value| {
        let request = json!({ "path": method, "json": body });
        let reply = shop.send(&serde_json::from_value(request).unwrap()).await;
        assert_eq!(reply.status, 400, "{method}: {}", reply.answer);
    };
    refused("crm.activity.add", json!({ "fields": meeting(Entry::SUBJECTS) })).await;
    assert_eq!(entries(&shop, Subject::Order(OrderId(1))).await, []);
    assert_eq!(events(&shop).await, before, "nobody is told of what is not there");

    let id = call(&shop, "crm.activity.add", json!({ "fields": meeting(Entry::SUBJECTS - 1) })).await;
    let written = entries(&shop, Subject::Client(ClientId(7))).await;
    assert_eq!(written.len(), 1, "it is shown there");
    let change = json!({ "SUBJECT": "Even more of us", "COMMUNICATIONS": with(Entry::SUBJECTS) });
    refused("crm.activity.update", json!({ "id": id, "fields": change })).await;
    assert_eq!(entries(&shop, Subject::Order(OrderId(1))).await, written);
}

#[tokio::test]
async fn an_activity_is_completed_once_and_may_be_taken_up_again() {
    let shop = shop().await;
    let todo = json!({ "ownerTypeId": 2, "ownerId": 1, "deadline": "2026-03-09", "title": "Call" });
    call(&shop, "crm.activity.todo.add", todo).await;
    for completed in ["Y", "Y", "N"] {
        let fields = json!({ "COMPLETED": completed });
        call(&shop, "crm.activity.update", json!({ "id": 1, "fields": fields })).await;
    }
    execute(&shop, Command::Complete { entry: EntryId(1) }).await;
    let told = events(&shop).await;
    let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        [kind::ACTIVITY_ADDED, kind::ACTIVITY_COMPLETED, kind::ACTIVITY_CHANGED, kind::ACTIVITY_COMPLETED]
    );
    let completed =
        json!({ "activity": "ent_1", "title": "Call", "reason": "by-hand", "responsible": "emp_1" });
    assert_eq!(told[1].1, completed);
    assert_eq!(told[2].1, json!({ "activity": "ent_1", "fields": ["completed"] }));
}

#[tokio::test]
async fn what_only_a_deal_has_goes_with_it_and_the_rest_stays() {
    let shop = shop().await;
    for text in ["Alone", "Shared", "Kept"] {
        let fields = json!({ "ENTITY_ID": 1, "ENTITY_TYPE": "deal", "COMMENT": text });
        call(&shop, "crm.timeline.comment.add", json!({ "fields": fields })).await;
    }
    for (id, kind, entity) in [(2, "contact", 1), (3, "deal", 2)] {
        let fields = json!({ "OWNER_ID": id, "ENTITY_ID": entity, "ENTITY_TYPE": kind });
        call(&shop, "crm.timeline.bindings.bind", json!({ "fields": fields })).await;
    }
    let pin = json!({ "id": 3, "ownerTypeId": 2, "ownerId": 1 });
    call(&shop, "crm.timeline.item.pin", pin).await;
    for order in [OrderId(1), OrderId(2)] {
        let draft = DocumentDraft::Made {
            order,
            title: "Invoice".into(),
            media_type: "text/plain".into(),
            content: b"x".to_vec(),
        };
        execute(&shop, Command::CreateDocument(draft)).await;
    }
    let delete = OrderChange::Delete;
    execute(&shop, Command::ChangeOrder { id: OrderId(1), expected: None, change: delete }).await;

    assert!(entries(&shop, Subject::Order(OrderId(1))).await.is_empty());
    let left = entries(&shop, Subject::Client(ClientId(1))).await;
    assert_eq!(left.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), ["Shared"]);
    let other = entries(&shop, Subject::Order(OrderId(2))).await;
    let kept = other.iter().find(|entry| entry.text == "Kept").unwrap();
    assert_eq!((kept.order, kept.pinned.len()), (Some(OrderId(2)), 0));
    let shown = call(&shop, "crm.timeline.comment.get", json!({ "id": 2 })).await;
    assert_eq!((&shown["ENTITY_TYPE"], &shown["ENTITY_ID"]), (&json!("contact"), &json!("1")));
    let id = shop.id;
    let documents =
        shop.engine.storage().read::<_, StorageError, _>(move |reads| reads.documents(id, None, ALL));
    let orders: Vec<OrderId> = documents.await.unwrap().iter().map(|document| document.order).collect();
    assert_eq!(orders, [OrderId(2)]);
}

#[tokio::test]
async fn what_is_said_about_a_client_alone_goes_with_the_client() {
    let shop = shop().await;
    for (kind, text) in [("contact", "Personal"), ("contact", "Shared")] {
        let fields = json!({ "ENTITY_ID": 1, "ENTITY_TYPE": kind, "COMMENT": text });
        call(&shop, "crm.timeline.comment.add", json!({ "fields": fields })).await;
    }
    let fields = json!({ "OWNER_ID": 2, "ENTITY_ID": 2, "ENTITY_TYPE": "deal" });
    call(&shop, "crm.timeline.bindings.bind", json!({ "fields": fields })).await;
    execute(&shop, Command::DeleteClient { id: ClientId(1) }).await;
    assert!(entries(&shop, Subject::Client(ClientId(1))).await.is_empty());
    let left = entries(&shop, Subject::Order(OrderId(2))).await;
    assert_eq!(left.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), ["Shared"]);
    assert_eq!((left[0].order, left[0].client), (Some(OrderId(2)), None));
}

#[tokio::test]
async fn what_rules_write_makes_no_events_of_its_own() {
    use rulewright_domain::{Actor, EntryKind};
    let shop = shop().await;
    let by = Actor::Outside { source: "import".into() };
    let command = Command::AddEntry {
        order: Some(OrderId(1)),
        client: None,
        kind: EntryKind::Comment,
        text: "Imported".into(),
        details: Value::Null,
    };
    let request = rulewright_engine::Request { shop: shop.id, command, by, key: None };
    let receipt = shop.engine.execute(request).await.unwrap();
    assert!(receipt.events.is_empty() && receipt.entry.is_some());
    assert!(events(&shop).await.is_empty());
}
