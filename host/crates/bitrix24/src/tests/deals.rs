//! Deals through the facade: what a call does to them, and what it leaves in the log.

use rulewright_domain::{Client, ClientId, ClientKind, OrderId, Pipeline, StageId, kind};
use rulewright_engine::Request;
use rulewright_ports::{
    StorageError, StorageExt,
    storage::{EventQuery, Page},
};
use serde_json::{Value, json};

use super::client;
use crate::{
    classic,
    golden::{CODE, Reply, Shop},
    wire::node::Node,
};

/// With a second funnel, which is number 1.
async fn shop() -> Shop {
    let shop = Shop::open().await;
    let second = Pipeline { id: "second".into(), name: "Second".into(), ..classic::pipeline() };
    shop.engine.put_pipeline(shop.id, second).await.unwrap();
    shop
}

async fn send(shop: &Shop, request: Value) -> (u16, Value) {
    let request: Node = serde_json::from_value(request).unwrap();
    let Reply { status, answer, .. } = shop.send(&request).await;
    (status, answer)
}

/// The result of a call that succeeds.
async fn call(shop: &Shop, method: &str, parameters: Value) -> Value {
    let (status, mut answer) = send(shop, json!({ "path": method, "json": parameters })).await;
    assert_eq!(status, 200, "{method}: {answer}");
    answer["result"].take()
}

/// A contact or a company: made by the engine, so that these tests need no other group of methods.
async fn made(shop: &Shop, kind: ClientKind, name: &str) -> i64 {
    let client = Client { kind, name: name.to_owned(), ..client() };
    let command = rulewright_domain::Command::CreateClient(client);
    let by = rulewright_domain::Actor::Host;
    let made = shop.engine.execute(Request { shop: shop.id, command, by, key: None }).await.unwrap();
    let ClientId(id) = made.client.unwrap();
    id
}

/// Kinds of all events about an order, oldest first.
async fn log(shop: &Shop, order: i64) -> Vec<String> {
    let (id, page) = (shop.id, Page { after: None, limit: Page::MAX, newest_first: false });
    let query = EventQuery { order: Some(OrderId(order)), kind: None };
    let events =
        shop.engine.storage().read::<_, StorageError, _>(move |reads| reads.events(id, &query, page));
    events.await.unwrap().into_iter().map(|event| event.what.kind).collect()
}

async fn new_since(shop: &Shop, order: i64, before: &[String]) -> Vec<String> {
    log(shop, order).await.split_off(before.len())
}

/// Where it stands.
async fn place(shop: &Shop, deal: i64) -> (String, String) {
    let deal = call(shop, "crm.deal.get", json!({ "id": deal })).await;
    let text = |name: &str| deal[name].as_str().unwrap().to_owned();
    (text("CATEGORY_ID"), text("STAGE_ID"))
}

#[tokio::test]
async fn each_way_to_write_a_funnel_move_moves_the_deal_and_is_no_update() {
    let shop = shop().await;
    shop.webhook("token", &[], &["crm"]).await;
    let fields = json!({ "STAGE_ID": "EXECUTING", "categoryId": 0 });
    let form = |id: i64| format!("entityTypeId=2&id={id}&fields[STAGE_ID]=EXECUTING&fields[categoryId]=0");
    let encoded =
        |id: i64| format!("entityTypeId=2&id={id}&fields%5BSTAGE_ID%5D=EXECUTING&fields%5BcategoryId%5D=0");
    let whole = |id: i64| json!({ "entityTypeId": 2, "id": id, "fields": fields });
    type Write<'a> = Box<dyn Fn(i64) -> Value + 'a>;
    let ways: [Write<'_>; 6] = [
        // By a webhook, as JSON.
        Box::new(|id| json!({ "path": "crm.item.update", "json": whole(id) })),
        // By a token in the body.
        Box::new(|id| {
            let mut body = whole(id);
            body["auth"] = json!("token");
            json!({ "path": "/rest/crm.item.update", "json": body })
        }),
        // As a library for JavaScript does: encoded brackets in the query.
        Box::new(|id| json!({ "method": "GET", "path": "crm.item.update", "query": encoded(id) })),
        // As one for PHP does.
        Box::new(|id| json!({ "path": "crm.item.update.json", "form": form(id) })),
        // In a batch.
        Box::new(
            |id| json!({ "path": "batch", "json": { "cmd": [format!("crm.item.update?{}", encoded(id))] } }),
        ),
        // Every scalar a text, and the method capitalised.
        Box::new(|id| {
            let fields = json!({ "STAGE_ID": "EXECUTING", "categoryId": "0" });
            json!({ "path": "crm.item.Update.json", "json": { "entityTypeId": "2", "id": id.to_string(), "fields": fields } })
        }),
    ];
    for (number, way) in ways.iter().enumerate() {
        let deal = json!({ "fields": { "CATEGORY_ID": 1, "TITLE": format!("way {number}") } });
        let deal = call(&shop, "crm.deal.add", deal).await.as_i64().unwrap();
        assert_eq!(place(&shop, deal).await, ("1".into(), "C1:NEW".into()));
        let before = log(&shop, deal).await;
        let (status, answer) = send(&shop, way(deal)).await;
        assert_eq!(status, 200, "way {number}: {answer}");
        assert_eq!(place(&shop, deal).await, ("0".into(), "EXECUTING".into()), "way {number}: {answer}");
        assert_eq!(new_since(&shop, deal, &before).await, [kind::PIPELINE_CHANGED], "way {number}");
    }
}

#[tokio::test]
async fn a_funnel_move_takes_the_first_stage_if_none_is_named_and_is_one_change_with_all_else() {
    let shop = shop().await;
    let deal =
        call(&shop, "crm.deal.add", json!({ "fields": { "STAGE_ID": "WON" } })).await.as_i64().unwrap();
    let before = log(&shop, deal).await;
    let fields = json!({ "categoryId": 1, "title": "Moved" });
    let update = json!({ "entityTypeId": 2, "id": deal, "fields": fields });
    let item = call(&shop, "crm.item.update", update.clone()).await["item"].take();
    assert_eq!(
        (&item["categoryId"], &item["stageId"], &item["title"]),
        (&json!(1), &json!("C1:NEW"), &json!("Moved"))
    );
    assert_eq!(new_since(&shop, deal, &before).await, [kind::PIPELINE_CHANGED, kind::FIELDS_CHANGED]);
    let again = log(&shop, deal).await;
    call(&shop, "crm.item.update", update).await;
    assert_eq!(log(&shop, deal).await, again, "nothing changed, so nothing happened");
    for (fields, field) in [
        (json!({ "categoryId": 7 }), "categoryId"),
        (json!({ "stageId": "NEW", "title": "x" }), "stageId"),
        (json!({ "categoryId": 0, "STAGE_ID": "C1:NEW" }), "stageId"),
    ] {
        let request =
            json!({ "path": "crm.item.update", "json": { "entityTypeId": 2, "id": deal, "fields": fields } });
        let (status, answer) = send(&shop, request).await;
        assert_eq!((status, &answer["error"]), (400, &json!("CRM_FIELD_ERROR_VALUE_NOT_VALID")), "{answer}");
        assert!(answer["error_description"].as_str().unwrap().contains(field), "{answer}");
    }
    assert_eq!(log(&shop, deal).await, again);
}

#[tokio::test]
async fn a_stage_of_another_funnel_makes_the_whole_update_do_nothing() {
    let shop = shop().await;
    let deal = call(&shop, "crm.deal.add", json!({ "fields": { "TITLE": "Tea" } })).await.as_i64().unwrap();
    let (before, was) = (log(&shop, deal).await, call(&shop, "crm.deal.get", json!({ "id": deal })).await);
    for stage in ["C1:NEW", "C1:WON", "NO_SUCH_STAGE", "C9:NEW"] {
        let fields = json!({ "STAGE_ID": stage, "TITLE": "x", "OPPORTUNITY": 5, "CATEGORY_ID": 1 });
        let request = json!({ "path": "crm.deal.update", "json": { "id": deal, "fields": fields } });
        let (status, answer) = send(&shop, request).await;
        assert_eq!((status, answer), (200, json!({ "result": true, "warning": "stage-not-in-funnel" })));
    }
    assert_eq!(log(&shop, deal).await, before);
    assert_eq!(call(&shop, "crm.deal.get", json!({ "id": deal })).await, was);
}

#[tokio::test]
async fn one_update_is_one_change_whatever_it_holds() {
    let shop = shop().await;
    let company = made(&shop, ClientKind::Company, "Harbour Books").await;
    let contact = made(&shop, ClientKind::Contact, "Grace Hopper").await;
    let deal = call(&shop, "crm.deal.add", json!({ "fields": {} })).await.as_i64().unwrap();
    let fields = json!({
        "TITLE": "Books", "COMMENTS": "soon", "STAGE_ID": "PREPARATION", "OPPORTUNITY": "10.5", "ASSIGNED_BY_ID": 1,
        "COMPANY_ID": company, "CONTACT_IDS": [contact], "SOURCE_ID": "WEB", "PROBABILITY": 7, "UF_CRM_X": ["a", "b"],
    });
    call(&shop, "crm.deal.update", json!({ "id": deal, "fields": fields })).await;
    let id = shop.id;
    let order = shop.engine.storage().read::<_, StorageError, _>(move |reads| reads.order(id, OrderId(deal)));
    let order = order.await.unwrap().unwrap();
    assert_eq!((order.revision, &order.stage), (2, &StageId::from("PREPARATION")));
    let row = call(&shop, "crm.deal.get", json!({ "id": deal })).await;
    assert_eq!(
        (&row["COMPANY_ID"], &row["CONTACT_ID"]),
        (&json!(company.to_string()), &json!(contact.to_string()))
    );
    assert_eq!((&row["UF_CRM_X"], &row["PROBABILITY"]), (&json!(["a", "b"]), &json!("7")));
    assert!(row.get("CONTACT_IDS").is_none());
    // A contact is no company, and the other way round.
    for fields in [
        json!({ "COMPANY_ID": contact }),
        json!({ "CONTACT_ID": company }),
        json!({ "CONTACT_IDS": [company] }),
    ] {
        let request = json!({ "path": "crm.deal.update", "json": { "id": deal, "fields": fields } });
        assert_eq!(send(&shop, request).await.0, 400, "{fields}");
    }
    for (filter, expected) in [
        (json!({ "COMPANY_ID": company }), 1),
        (json!({ "CONTACT_ID": contact }), 1),
        (json!({ "COMPANY_ID": "" }), 0),
        (json!({ "!COMPANY_ID": 0 }), 1),
    ] {
        let found = call(&shop, "crm.deal.list", json!({ "filter": filter })).await;
        assert_eq!(found.as_array().unwrap().len(), expected, "{filter}");
    }
    let items = json!({ "entityTypeId": 2, "filter": { "@contactIds": [contact] }, "select": ["id", "contactIds", "companyId"] });
    let items = call(&shop, "crm.item.list", items).await;
    assert_eq!(items, json!({ "items": [{ "id": deal, "contactIds": [contact], "companyId": company }] }));
}

#[tokio::test]
async fn contacts_of_a_deal_have_one_primary_and_keep_their_sorting() {
    let shop = shop().await;
    let mut people = Vec::new();
    for name in ["Ada", "Grace", "Mary"] {
        people.push(made(&shop, ClientKind::Contact, name).await);
    }
    let [ada, grace, mary] = [people[0], people[1], people[2]];
    let deal = call(&shop, "crm.deal.add", json!({ "fields": {} })).await;
    let add = async |contact: i64, more: Value| {
        let mut fields = json!({ "CONTACT_ID": contact });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call(&shop, "crm.deal.contact.add", json!({ "id": deal, "fields": fields })).await
    };
    let rows = async || {
        let rows = call(&shop, "crm.deal.contact.items.get", json!({ "id": deal })).await;
        let row = |row: &Value| {
            (
                row["CONTACT_ID"].as_i64().unwrap(),
                row["SORT"].as_i64().unwrap(),
                row["IS_PRIMARY"] == json!("Y"),
            )
        };
        rows.as_array().unwrap().iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(add(ada, json!({})).await, json!(true));
    assert_eq!(add(ada, json!({ "SORT": 500 })).await, json!(false), "already there, so nothing is changed");
    assert_eq!(rows().await, [(ada, 10, true)], "the first is primary");
    assert_eq!(add(grace, json!({ "SORT": "5" })).await, json!(true));
    assert_eq!(rows().await, [(grace, 5, false), (ada, 10, true)]);
    assert_eq!(add(mary, json!({ "IS_PRIMARY": "Y" })).await, json!(true));
    assert_eq!(rows().await, [(grace, 5, false), (ada, 10, false), (mary, 20, true)]);
    let remove = async |contact: i64| {
        let parameters = json!({ "id": deal, "fields": { "CONTACT_ID": contact } });
        call(&shop, "crm.deal.contact.delete", parameters).await
    };
    assert_eq!(remove(mary).await, json!(true));
    assert_eq!(rows().await, [(grace, 5, true), (ada, 10, false)], "the first that is left is primary");
    assert_eq!(remove(mary).await, json!(false));
    let items = json!([{ "CONTACT_ID": mary }, { "CONTACT_ID": ada, "IS_PRIMARY": "Y" }, { "CONTACT_ID": grace, "IS_PRIMARY": "Y" }]);
    assert_eq!(
        call(&shop, "crm.deal.contact.items.set", json!({ "id": deal, "items": items })).await,
        json!(true)
    );
    assert_eq!(
        rows().await,
        [(mary, 10, false), (ada, 20, true), (grace, 30, false)],
        "the first that is flagged"
    );
    let items = json!([{ "CONTACT_ID": grace }, { "CONTACT_ID": mary, "ROLE_ID": 3 }]);
    call(&shop, "crm.deal.contact.items.set", json!({ "id": deal, "items": items })).await;
    assert_eq!(rows().await, [(grace, 10, true), (mary, 20, false)]);
    // Its id alone puts one in front, and leaves the others.
    call(&shop, "crm.deal.update", json!({ "id": deal, "fields": { "CONTACT_ID": mary } })).await;
    assert_eq!(rows().await, [(grace, 10, false), (mary, 20, true)]);
    assert_eq!(call(&shop, "crm.deal.contact.items.delete", json!({ "id": deal })).await, json!(true));
    assert!(rows().await.is_empty());
    let log = log(&shop, deal.as_i64().unwrap()).await;
    let changes = log.iter().filter(|what| *what == kind::CLIENTS_CHANGED).count();
    assert_eq!(changes, 8, "one for each call that changed something: {log:?}");
}

#[tokio::test]
async fn what_a_deal_is_worth_follows_its_product_rows_unless_it_was_said_by_hand() {
    let shop = shop().await;
    let deal = call(&shop, "crm.deal.add", json!({ "fields": { "OPPORTUNITY": 7 } })).await;
    let worth = async || {
        let row = call(&shop, "crm.deal.get", json!({ "id": deal })).await;
        (
            row["OPPORTUNITY"].as_str().unwrap().to_owned(),
            row["IS_MANUAL_OPPORTUNITY"].as_str().unwrap().to_owned(),
        )
    };
    let set = async |rows: Value| {
        call(&shop, "crm.deal.productrows.set", json!({ "id": deal, "rows": rows })).await
    };
    let update =
        async |fields: Value| call(&shop, "crm.deal.update", json!({ "id": deal, "fields": fields })).await;
    assert_eq!(worth().await, ("7.00".into(), "N".into()));
    let rows = json!([{ "PRODUCT_NAME": "Tea", "PRICE": 10, "QUANTITY": "2" }, { "PRODUCT_NAME": "Cup", "PRICE": 5 }]);
    assert_eq!(set(rows.clone()).await, json!(true));
    assert_eq!(worth().await, ("25.00".into(), "N".into()));
    update(json!({ "OPPORTUNITY": 100, "IS_MANUAL_OPPORTUNITY": "Y" })).await;
    set(json!([{ "PRODUCT_NAME": "Tea", "PRICE": 1 }])).await;
    assert_eq!(worth().await, ("100.00".into(), "Y".into()));
    update(json!({ "IS_MANUAL_OPPORTUNITY": "N" })).await;
    assert_eq!(worth().await, ("1.00".into(), "N".into()));
    set(json!([{ "PRODUCT_NAME": "Taxed", "PRICE": "10", "TAX_RATE": 20, "TAX_INCLUDED": "N" }])).await;
    assert_eq!(worth().await, ("12.00".into(), "N".into()), "the tax comes on top");
    set(json!([{ "PRODUCT_NAME": "Taxed", "PRICE": "10", "TAX_RATE": 20, "TAX_INCLUDED": "Y" }])).await;
    assert_eq!(worth().await, ("10.00".into(), "N".into()));
    assert_eq!(set(json!([])).await, json!(true));
    assert_eq!(worth().await, ("0.00".into(), "N".into()));
    let found = json!({ "filter": { "IS_MANUAL_OPPORTUNITY": "Y" } });
    assert_eq!(call(&shop, "crm.deal.list", found).await, json!([]));
}

/// 125 deals, made as libraries make many: by three batches.
async fn many(shop: &Shop) {
    for part in [0..50, 50..100, 100..125] {
        let command = |number: i64| {
            let add = format!("crm.deal.add?fields[TITLE]=Deal+{number:03}&fields[OPPORTUNITY]={number}");
            (format!("add{number}"), json!(add))
        };
        let commands: serde_json::Map<String, Value> = part.map(command).collect();
        let done = call(shop, "batch", json!({ "halt": 0, "cmd": commands })).await;
        assert_eq!(done["result_error"], json!([]));
    }
}

fn ids(rows: &Value) -> Vec<i64> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row["ID"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn all_of_125_deals_are_listed_by_pages_by_a_cursor_and_by_one_batch() {
    let shop = shop().await;
    many(&shop).await;
    let all: Vec<i64> = (1..=125).collect();

    let (mut paged, mut start) = (Vec::new(), json!(0));
    while !start.is_null() {
        let parameters = json!({ "select": ["ID"], "order": { "ID": "ASC" }, "start": start });
        let (_, answer) = send(&shop, json!({ "path": "crm.deal.list", "json": parameters })).await;
        assert_eq!(answer["total"], json!(125));
        paged.extend(ids(&answer["result"]));
        start = answer["next"].clone();
    }
    assert_eq!(paged, all);

    let (mut cursor, mut last) = (Vec::new(), 0);
    loop {
        let parameters = json!({ "filter": { ">ID": last }, "order": { "ID": "ASC" }, "start": -1 });
        let (_, answer) = send(&shop, json!({ "path": "crm.deal.list", "json": parameters })).await;
        assert!(answer.get("total").is_none() && answer.get("next").is_none());
        let page = ids(&answer["result"]);
        cursor.extend(&page);
        last = *cursor.last().unwrap();
        if page.len() < 50 {
            break;
        }
    }
    assert_eq!(cursor, all);

    // Each command goes on behind the last row of the one before, also past the end.
    let list = |after: &str| {
        json!(format!("crm.deal.list?select[]=ID&order[ID]=ASC&start=-1&filter[%3EID]={after}"))
    };
    let behind = |command: usize| list(&format!("%24result%5B{command}%5D%5B49%5D%5BID%5D"));
    let commands = json!({ "1": list("0"), "2": behind(1), "3": behind(2), "4": behind(3) });
    let done = call(&shop, "batch", json!({ "halt": 0, "cmd": commands })).await;
    assert_eq!(done["result_error"], json!([]));
    let batch: Vec<i64> = ["1", "2", "3", "4"].iter().flat_map(|key| ids(&done["result"][key])).collect();
    assert_eq!(batch, all);

    // Pages of a filter, as one batch of offsets.
    let page = |start: usize| {
        json!(format!("crm.deal.list?filter[%3C%3DOPPORTUNITY]=99&order[ID]=ASC&select[]=ID&start={start}"))
    };
    let done = call(&shop, "batch", json!({ "cmd": [page(0), page(50)] })).await;
    assert_eq!(done["result_total"], json!([100, 100]));
    assert_eq!(done["result_next"], json!([50]));
    let pages: Vec<i64> = done["result"].as_array().unwrap().iter().flat_map(ids).collect();
    assert_eq!(pages, &all[..100]);
}

#[tokio::test]
async fn what_nobody_may_see_or_change_is_not_there() {
    let shop = shop().await;
    let order = json!({ "entityTypeId": 14, "fields": {} });
    let (status, answer) = send(&shop, json!({ "path": "crm.item.add", "json": order })).await;
    assert_eq!(status, 400, "there is no pipeline for a store's orders yet: {answer}");
    let store =
        Pipeline { id: "store".into(), kind: rulewright_domain::OrderKind::Order, ..classic::pipeline() };
    shop.engine.put_pipeline(shop.id, store).await.unwrap();
    let item = call(&shop, "crm.item.add", order).await["item"].take();
    assert_eq!((&item["canceled"], &item["payed"]), (&json!("N"), &json!("N")));
    // An order is no deal.
    for (method, parameters) in [
        ("crm.deal.get", json!({ "id": item["id"] })),
        ("crm.deal.update", json!({ "id": item["id"], "fields": { "TITLE": "x" } })),
        ("crm.deal.delete", json!({ "id": item["id"] })),
        ("crm.deal.productrows.set", json!({ "id": item["id"], "rows": [] })),
        ("crm.deal.contact.items.delete", json!({ "id": item["id"] })),
        ("crm.item.get", json!({ "entityTypeId": 2, "id": item["id"] })),
        ("crm.item.delete", json!({ "entityTypeId": 2, "id": item["id"] })),
    ] {
        let (status, answer) = send(&shop, json!({ "path": method, "json": parameters })).await;
        assert_eq!(status, 400, "{method}: {answer}");
        assert!(
            answer["error_description"].as_str().unwrap().to_lowercase().contains("not found"),
            "{answer}"
        );
    }
    assert_eq!(call(&shop, "crm.deal.list", json!({})).await, json!([]));
    let orders = call(&shop, "crm.item.list", json!({ "entityTypeId": 14 })).await;
    assert_eq!(orders["items"].as_array().unwrap().len(), 1);
    call(&shop, "crm.item.delete", json!({ "entityTypeId": 14, "id": item["id"] })).await;
}

#[tokio::test]
async fn filters_on_stages_look_through_all_funnels() {
    let shop = shop().await;
    for stage in ["NEW", "WON", "C1:NEW", "C1:LOSE", "C1:EXECUTING"] {
        call(&shop, "crm.deal.add", json!({ "fields": { "STAGE_ID": stage } })).await;
    }
    for (filter, expected) in [
        (json!({ "STAGE_ID": "NEW" }), vec![1]),
        (json!({ "STAGE_ID": "C1:NEW" }), vec![3]),
        (json!({ "@STAGE_ID": ["C1:NEW", "WON", "C7:NEW"] }), vec![2, 3]),
        (json!({ "%STAGE_ID": "C1:" }), vec![3, 4, 5]),
        (json!({ "STAGE_ID": "C7:NEW" }), vec![]),
        (json!({ "!STAGE_ID": "NEW" }), vec![2, 3, 4, 5]),
        (json!({ "CATEGORY_ID": 1 }), vec![3, 4, 5]),
        (json!({ "CATEGORY_ID": [0, "1"] }), vec![1, 2, 3, 4, 5]),
        (json!({ "CATEGORY_ID": 9 }), vec![]),
        (json!({ ">CATEGORY_ID": 0 }), vec![3, 4, 5]),
        (json!({ "CLOSED": "N" }), vec![1, 3, 5]),
        (json!({ "STAGE_SEMANTIC_ID": ["S", "F"] }), vec![2, 4]),
        (json!({ "CATEGORY_ID": 1, "STAGE_SEMANTIC_ID": "P" }), vec![3, 5]),
        (json!({ "IS_NEW": "Y" }), vec![1, 3]),
        (json!({ "IS_NEW": "N", "CLOSED": "N" }), vec![5]),
    ] {
        let found = call(&shop, "crm.deal.list", json!({ "filter": filter, "order": { "ID": "ASC" } })).await;
        assert_eq!(ids(&found), expected, "{filter}");
        let items = json!({ "entityTypeId": 2, "filter": filter, "order": { "id": "ASC" } });
        let items = call(&shop, "crm.item.list", items).await;
        let items = items["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap());
        assert_eq!(items.collect::<Vec<_>>(), expected, "{filter}");
    }
}

#[tokio::test]
async fn a_filter_beyond_what_a_list_takes_is_the_callers_mistake_and_many_ids_are_none() {
    let shop = shop().await;
    call(&shop, "crm.deal.add", json!({ "fields": {} })).await;
    let many: Vec<i64> = (1..=4_000).collect();
    let found = call(&shop, "crm.deal.list", json!({ "filter": { "@ID": many }, "select": ["ID"] })).await;
    assert_eq!(ids(&found), [1]);
    let deep = (0..40).fold(json!({ "id": 1 }), |inner, _| json!({ "logic": "OR", "0": inner }));
    let wide: Vec<Value> = (0..300).map(|id| json!({ "id": id })).collect();
    for filter in [deep, json!(wide), json!({ "%title": "x".repeat(2_000) })] {
        let request = json!({ "path": "crm.item.list", "json": { "entityTypeId": 2, "filter": filter } });
        let (status, answer) = send(&shop, request).await;
        assert_eq!((status, &answer["error"]), (400, &json!("INVALID_ARG_VALUE")), "{answer}");
    }
}

#[tokio::test]
async fn a_repeated_request_is_answered_as_the_first_time() {
    let shop = shop().await;
    let contact = made(&shop, ClientKind::Contact, "Ada").await;
    let keyed = async |key: &str, method: &str, parameters: Value| {
        let request = axum::http::Request::post(format!("/rest/1/{CODE}/{method}"))
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        let reply = shop.reply(request.body(axum::body::Body::from(parameters.to_string())).unwrap()).await;
        (reply.status, reply.answer)
    };
    let same = async |key: &str, method: &str, parameters: Value| {
        let first = keyed(key, method, parameters.clone()).await;
        assert_eq!(keyed(key, method, parameters).await, first, "{method}");
        assert_eq!(first.0, 200, "{method}: {}", first.1);
        first.1["result"].clone()
    };
    let deal = same("1", "crm.deal.add", json!({ "fields": { "TITLE": "Once" } })).await;
    assert_eq!(deal, json!(1));
    let bind = json!({ "id": deal, "fields": { "CONTACT_ID": contact } });
    assert_eq!(same("2", "crm.deal.contact.add", bind.clone()).await, json!(true));
    assert_eq!(same("3", "crm.deal.contact.add", bind.clone()).await, json!(false));
    assert_eq!(same("4", "crm.deal.contact.delete", bind).await, json!(true));
    let row = json!({ "fields": { "ownerId": deal, "ownerType": "D", "productName": "Tea", "price": 3 } });
    let row = same("5", "crm.item.productrow.add", row).await;
    assert_eq!(row["productRow"]["id"], json!(10_000_001));
    let rows = call(&shop, "crm.deal.productrows.get", json!({ "id": deal })).await;
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!(same("6", "crm.deal.delete", json!({ "id": deal })).await, json!(true));
    assert_eq!(keyed("7", "crm.deal.delete", json!({ "id": deal })).await.0, 400);
}
