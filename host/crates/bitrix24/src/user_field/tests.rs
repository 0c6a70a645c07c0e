use rulewright_domain::{
    Actor, Client, ClientKind, Command, FieldDefinition, FieldOf, FieldOption, Fields, NewOrder, OrderChange,
    OrderKind, Pipeline, Stage, StageKind, kind,
};
use rulewright_engine::{Receipt, Refusal, Request};
use rulewright_ports::{
    StorageError, StorageExt,
    storage::{EventQuery, Page, Records},
};
use serde_json::{Value, json};

use super::*;
use crate::golden::Shop;

#[test]
fn every_kind_of_field_has_one_word() {
    for kind in FieldKind::ALL {
        assert_eq!(kind_of(word_of(kind)), Some(kind), "{kind:?}");
    }
    assert_eq!(TYPES.len(), FieldKind::ALL.len());
    assert_eq!(kind_of("video"), None);
}

fn by() -> Actor {
    Actor::Token { name: "test".into() }
}

fn rule() -> Actor {
    Actor::Host
}

async fn command(shop: &Shop, by: Actor, command: Command) -> Result<Receipt, Refusal> {
    shop.engine.execute(Request { shop: shop.id, command, by, key: None }).await
}

fn fields(of: Value) -> Fields {
    serde_json::from_value(of).unwrap()
}

fn deal(own: Value, historical: bool) -> Command {
    let new: NewOrder = serde_json::from_value(json!({
        "kind": "deal", "number": null, "title": "Tea", "pipeline": "tea", "stage": null, "currency": "EUR",
        "lines": [], "responsible": null, "company": null, "contacts": [], "source": null, "comments": "",
        "tags": [], "fields": own, "historical": historical, "created": null,
    }))
    .unwrap();
    Command::CreateOrder(new)
}

async fn shop() -> Shop {
    let shop = Shop::open().await;
    let stages = vec![Stage::new("new", "New", StageKind::Open)];
    let pipeline = Pipeline::new("tea", "Tea", OrderKind::Deal, stages);
    shop.engine.put_pipeline(shop.id, pipeline).await.unwrap();
    shop
}

async fn own_fields(shop: &Shop, order: rulewright_domain::OrderId) -> Fields {
    let id = shop.id;
    let read = shop.engine.storage().read::<_, StorageError, _>(move |reads| reads.order(id, order));
    read.await.unwrap().unwrap().fields.clone()
}

async fn kinds(shop: &Shop) -> Vec<String> {
    let id = shop.id;
    let page = Page { after: None, limit: Page::MAX, newest_first: false };
    let read = shop
        .engine
        .storage()
        .read::<_, StorageError, _>(move |reads| reads.events(id, &EventQuery::default(), page));
    let kinds = read.await.unwrap().into_iter().map(|event| event.what.kind);
    kinds.filter(|kind| kind.starts_with("field.")).collect()
}

#[tokio::test]
async fn whoever_writes_a_defined_field_has_it_checked_and_brought_into_one_form() {
    let shop = shop().await;
    let age = FieldDefinition::new(FieldOf::Deal, "age", FieldKind::Integer);
    let seller = FieldDefinition::new(FieldOf::Deal, "seller", FieldKind::Employee);
    let many =
        FieldDefinition { multiple: true, ..FieldDefinition::new(FieldOf::Deal, "sizes", FieldKind::Number) };
    for field in [age, seller, many] {
        shop.engine.add_field(shop.id, by(), field).await.unwrap();
    }
    let own = json!({ "age": "42", "seller": 1, "sizes": "2,5", "free": { "a": [1] } });
    let order = command(&shop, by(), deal(own, false)).await.unwrap().order.unwrap();
    let stored = json!({ "age": 42, "seller": "emp_1", "sizes": [2.5], "free": { "a": [1] } });
    assert_eq!(own_fields(&shop, order).await, fields(stored));
    for wrong in [json!({ "age": "old" }), json!({ "seller": 9 }), json!({ "sizes": ["x"] })] {
        assert!(command(&shop, by(), deal(wrong.clone(), false)).await.is_err(), "{wrong}");
        assert!(command(&shop, rule(), deal(wrong.clone(), false)).await.is_err(), "{wrong} of a rule");
        let change =
            OrderChange::Several { changes: vec![OrderChange::SetFields { fields: fields(wrong.clone()) }] };
        let change = Command::ChangeOrder { id: order, expected: None, change };
        assert!(command(&shop, by(), change).await.is_err(), "{wrong} within several");
    }
    let append = |own: Value| Command::ChangeOrder {
        id: order,
        expected: None,
        change: OrderChange::AppendFields { fields: fields(own) },
    };
    command(&shop, by(), append(json!({ "sizes": "3" }))).await.unwrap();
    assert_eq!(own_fields(&shop, order).await["sizes"], json!([2.5, 3.0]));
    assert!(command(&shop, by(), append(json!({ "age": 1 }))).await.is_err(), "it holds one value");
}

#[tokio::test]
async fn what_is_mandatory_is_asked_of_people_only() {
    let shop = shop().await;
    for of in [FieldOf::Deal, FieldOf::Contact] {
        let field = FieldDefinition { mandatory: true, ..FieldDefinition::new(of, "note", FieldKind::Text) };
        shop.engine.add_field(shop.id, by(), field).await.unwrap();
    }
    assert!(command(&shop, by(), deal(json!({}), false)).await.is_err());
    assert!(command(&shop, by(), deal(json!({}), true)).await.is_ok(), "from the past");
    assert!(command(&shop, rule(), deal(json!({}), false)).await.is_ok(), "of a rule");
    let contact = |own: Value| -> Client {
        serde_json::from_value(json!({ "id": "cli_0", "kind": "contact", "name": "Ada", "fields": own }))
            .unwrap()
    };
    assert!(command(&shop, by(), Command::CreateClient(contact(json!({})))).await.is_err());
    let made = command(&shop, by(), Command::CreateClient(contact(json!({ "note": 7 })))).await.unwrap();
    let id = made.client.unwrap();
    let change = |own: Value| Command::ChangeClient { id, fields: fields(own) };
    assert!(command(&shop, by(), change(json!({ "note": null }))).await.is_err());
    assert!(command(&shop, by(), change(json!({ "vip": true }))).await.is_ok());
    assert!(command(&shop, by(), change(json!({ "note": "x" }))).await.is_ok());
    let company = Client { kind: ClientKind::Company, ..contact(json!({})) };
    assert!(command(&shop, by(), Command::CreateClient(company)).await.is_ok(), "it is a contact's field");
}

#[tokio::test]
async fn a_definition_tells_when_it_is_added_changed_and_removed() {
    let shop = shop().await;
    let option =
        |id, value: &str| FieldOption { id, value: value.into(), sort: 0, default: false, external_id: None };
    let field = FieldDefinition {
        options: vec![option(0, "Red"), option(0, "Blue")],
        ..FieldDefinition::new(FieldOf::Deal, "colour", FieldKind::Choice)
    };
    let id = shop.engine.add_field(shop.id, by(), field.clone()).await.unwrap();
    assert_eq!(shop.engine.add_field(shop.id, by(), field).await.unwrap_err().code(), "conflict");
    let shop_id = shop.id;
    let stored = || async {
        let read = shop
            .engine
            .storage()
            .read::<_, StorageError, _>(move |reads| reads.record::<FieldDefinition>(shop_id, id.0));
        read.await.unwrap().unwrap()
    };
    let known: Vec<i64> = stored().await.options.iter().map(|option| option.id).collect();
    assert!(known.iter().all(|id| *id > 0) && known[0] != known[1]);
    let red = known[0];
    let patch = move |field: &mut FieldDefinition| {
        field.options = vec![option(red, "Crimson"), option(0, "Green")];
        field.kind = FieldKind::Text;
        Ok(())
    };
    shop.engine.change_field(shop.id, by(), id, patch).await.unwrap();
    let changed = stored().await;
    assert_eq!((changed.kind, changed.options[0].id), (FieldKind::Choice, red), "its kind stays");
    assert!(!known.contains(&changed.options[1].id));
    let strange = |field: &mut FieldDefinition| {
        field.options[0].id = 999;
        Ok(())
    };
    assert!(shop.engine.change_field(shop.id, by(), id, strange).await.is_err());
    shop.engine.change_field(shop.id, by(), id, |_| Ok(())).await.unwrap();
    shop.engine.remove_field(shop.id, by(), id).await.unwrap();
    assert!(shop.engine.remove_field(shop.id, by(), id).await.is_err());
    let expected = [kind::FIELD_ADDED, kind::FIELD_OPTIONS_CHANGED, kind::FIELD_CHANGED, kind::FIELD_REMOVED];
    assert_eq!(kinds(&shop).await, expected);
    let own = json!({ "colour": "anything" });
    assert!(command(&shop, by(), deal(own, false)).await.is_ok(), "it is no longer checked");
}

async fn call(shop: &Shop, method: &str, json: Value) -> Value {
    let request = json!({ "path": method, "json": json });
    let request = serde_json::from_value(request).unwrap();
    let reply = shop.send(&request).await;
    assert!(reply.status < 500, "{method}: {}", reply.answer);
    reply.answer
}

/// Type, what is sent, what classic rows and what universal rows answer, and a filter that finds it.
fn samples() -> Vec<(&'static str, Value, Value, Value, Value)> {
    let same = |kind, sent: Value, shown: Value, found: Value| (kind, sent, shown.clone(), shown, found);
    vec![
        same("string", json!("tea"), json!("tea"), json!({ "%NAME": "EA" })),
        ("integer", json!("42"), json!("42"), json!(42), json!({ ">=NAME": "42" })),
        ("double", json!(2.5), json!("2.5"), json!(2.5), json!({ "<NAME": 3 })),
        ("boolean", json!("Y"), json!("1"), json!("Y"), json!({ "NAME": "1" })),
        same(
            "date",
            json!("2026-03-05"),
            json!("2026-03-05T00:00:00+01:00"),
            json!({ "NAME": "2026-03-05" }),
        ),
        same(
            "datetime",
            json!("2026-03-05T09:30:00+01:00"),
            json!("2026-03-05T09:30:00+01:00"),
            json!({ ">NAME": "2026-03-05T08:00:00Z" }),
        ),
        same("money", json!("12.5|GBP"), json!("12.50|GBP"), json!({ ">NAME": "12|GBP" })),
        same("url", json!("https://example.com"), json!("https://example.com"), json!({ "!NAME": "" })),
        same("address", json!("Baker Street|51;0"), json!("Baker Street|51;0"), json!({ "%NAME": "baker" })),
        ("employee", json!(1), json!("1"), json!(1), json!({ "NAME": "1" })),
        same("crm_status", json!("WEB"), json!("WEB"), json!({ "@NAME": ["WEB", "CALL"] })),
        ("iblock_section", json!("7"), json!("7"), json!(7), json!({ "NAME": 7 })),
        ("iblock_element", json!("8"), json!("8"), json!(8), json!({ "NAME": 8 })),
        same("crm", json!("CO_9"), json!("CO_9"), json!({ "NAME": "CO_9" })),
    ]
}

#[tokio::test]
async fn values_of_every_type_come_back_in_both_styles_and_are_found() {
    let shop = Shop::open().await;
    let mut values = serde_json::Map::new();
    for (kind, sent, ..) in samples() {
        let name = format!("f_{kind}");
        let field = json!({ "fields": { "FIELD_NAME": name, "USER_TYPE_ID": kind } });
        let added = call(&shop, "crm.deal.userfield.add", field).await;
        assert!(added["result"].is_i64(), "{kind}: {added}");
        values.insert(format!("UF_CRM_{}", name.to_uppercase()), sent);
    }
    let added = call(&shop, "crm.deal.add", json!({ "fields": values })).await;
    assert_eq!(added["result"], 1, "{added}");
    call(&shop, "crm.deal.add", json!({ "fields": { "TITLE": "empty" } })).await;
    let classic = call(&shop, "crm.deal.get", json!({ "id": 1 })).await;
    let asked = json!({ "entityTypeId": 2, "id": 1, "useOriginalUfNames": "Y" });
    let universal = call(&shop, "crm.item.get", asked).await;
    let described = call(&shop, "crm.deal.fields", json!({})).await;
    for (kind, _, in_classic, in_universal, filter) in samples() {
        let name = format!("UF_CRM_F_{}", kind.to_uppercase());
        assert_eq!(classic["result"][&name], in_classic, "{kind}: {classic}");
        assert_eq!(universal["result"]["item"][&name], in_universal, "{kind}: {universal}");
        assert_eq!(described["result"][&name]["type"], kind);
        let filter: serde_json::Map<String, Value> = filter
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| (key.replace("NAME", &name), value.clone()))
            .collect();
        let asked = json!({ "filter": filter, "select": ["ID"], "order": { (name.as_str()): "ASC" } });
        let found = call(&shop, "crm.deal.list", asked).await;
        assert_eq!(found["result"], json!([{ "ID": "1" }]), "{kind} {filter:?}: {found}");
    }
    let emptied: serde_json::Map<String, Value> =
        values.keys().map(|name| (name.clone(), json!(""))).collect();
    assert_eq!(call(&shop, "crm.deal.update", json!({ "id": 1, "fields": emptied })).await["result"], true);
    let classic = call(&shop, "crm.deal.get", json!({ "id": 1 })).await;
    for name in values.keys() {
        assert!(classic["result"][name].is_null(), "{name}: {classic}");
    }
}

#[tokio::test]
async fn a_file_stands_in_a_field_by_its_number_and_stays_when_it_is_named() {
    let shop = Shop::open().await;
    let field = json!({ "fields": { "FIELD_NAME": "scans", "USER_TYPE_ID": "file", "MULTIPLE": "Y" } });
    call(&shop, "crm.deal.userfield.add", field).await;
    let file = |name: &str, content: &str| json!({ "fileData": [name, content] });
    let sent = json!({ "fields": { "UF_CRM_SCANS": [file("a.txt", "dGVh"), file("b.txt", "Y29mZmVl")] } });
    call(&shop, "crm.deal.add", sent).await;
    let scans = |answer: &Value| answer["result"]["UF_CRM_SCANS"].as_array().cloned().unwrap_or_default();
    let both = scans(&call(&shop, "crm.deal.get", json!({ "id": 1 })).await);
    assert_eq!(both.len(), 2, "{both:?}");
    let digest = both[0]["downloadUrl"].as_str().unwrap().trim_start_matches("/v1/files/").to_owned();
    let id = shop.id;
    let read =
        shop.engine.storage().read::<_, StorageError, _>(move |reads| reads.template_file(id, &digest));
    assert_eq!(read.await.unwrap().unwrap(), b"tea");
    let sent = json!({ "id": 1, "fields": { "UF_CRM_SCANS": [{ "id": both[0]["id"] }] } });
    call(&shop, "crm.deal.update", sent).await;
    assert_eq!(scans(&call(&shop, "crm.deal.get", json!({ "id": 1 })).await), both[..1]);
    let wrong = json!({ "id": 1, "fields": { "UF_CRM_SCANS": [{ "id": 5 }] } });
    let refused = call(&shop, "crm.deal.update", wrong).await;
    assert!(refused["error_description"].as_str().unwrap().contains("UF_CRM_SCANS"), "{refused}");
}

#[tokio::test]
async fn what_a_field_does_not_take_is_refused_and_nothing_is_changed() {
    let shop = Shop::open().await;
    for (name, kind, mandatory) in [("age", "integer", "N"), ("note", "string", "Y")] {
        let field = json!({ "FIELD_NAME": name, "USER_TYPE_ID": kind, "MANDATORY": mandatory });
        call(&shop, "crm.deal.userfield.add", json!({ "fields": field })).await;
    }
    let missing = call(&shop, "crm.deal.add", json!({ "fields": { "TITLE": "x" } })).await;
    assert!(missing["error_description"].as_str().unwrap().contains("UF_CRM_NOTE"), "{missing}");
    let own = json!({ "TITLE": "x", "UF_CRM_NOTE": "n", "UF_CRM_AGE": 7 });
    assert_eq!(call(&shop, "crm.deal.add", json!({ "fields": own })).await["result"].as_i64(), Some(1));
    for wrong in [json!({ "TITLE": "y", "UF_CRM_AGE": "old" }), json!({ "TITLE": "y", "UF_CRM_NOTE": "" })] {
        let refused = call(&shop, "crm.deal.update", json!({ "id": 1, "fields": wrong })).await;
        assert!(refused["error_description"].as_str().unwrap().contains("UF_CRM_"), "{refused}");
    }
    let deal = call(&shop, "crm.deal.get", json!({ "id": 1 })).await;
    assert_eq!((&deal["result"]["TITLE"], &deal["result"]["UF_CRM_AGE"]), (&json!("x"), &json!("7")));
}

#[tokio::test]
async fn contacts_and_companies_have_fields_of_their_own() {
    let shop = Shop::open().await;
    for (entity, name) in [("contact", "NAME"), ("company", "TITLE")] {
        let field = json!({ "FIELD_NAME": "since", "USER_TYPE_ID": "date" });
        call(&shop, &format!("crm.{entity}.userfield.add"), json!({ "fields": field })).await;
        let sent = json!({ "fields": { (name): "Ada", "UF_CRM_SINCE": "2026-03-05T10:00:00+01:00" } });
        let id = call(&shop, &format!("crm.{entity}.add"), sent).await["result"].clone();
        assert!(id.is_i64(), "{entity}: {id}");
        let found = call(&shop, &format!("crm.{entity}.get"), json!({ "id": id })).await;
        assert_eq!(found["result"]["UF_CRM_SINCE"], "2026-03-05T00:00:00+01:00", "{entity}: {found}");
        let filter = json!({ "filter": { "<UF_CRM_SINCE": "2026-03-06" }, "select": ["ID"] });
        let listed = call(&shop, &format!("crm.{entity}.list"), filter).await;
        assert_eq!(listed["total"], 1, "{entity}: {listed}");
        let wrong = json!({ "id": id, "fields": { "UF_CRM_SINCE": "soon" } });
        let refused = call(&shop, &format!("crm.{entity}.update"), wrong).await;
        assert!(refused["error_description"].as_str().unwrap().contains("UF_CRM_SINCE"), "{refused}");
    }
}
