use rulewright_domain::{
    Actor, Client, ClientId, ClientKind, Command, EmployeeId, NewOrder, OrderChange, OrderId, OrderKind,
    Pipeline, Stage, StageKind, application::QueuedEvent, find::Filter,
};
use rulewright_engine::{LONGEST_QUEUE, NewWebhook, Request as Asked};
use rulewright_ports::{
    StorageError, StorageExt,
    storage::{Find, PutRecords, Records, Sequence},
};
use serde_json::json;

use super::*;
use crate::golden::{ACCESS, PLAIN, Reply, Shop};

#[test]
fn a_token_of_an_event_is_ours_and_nobody_changes_it() {
    let tokens = EventTokens::new();
    let claims = Claims {
        shop: ShopId(1),
        application: ApplicationId(7),
        employee: EmployeeId(3),
        admin: false,
        expires: Timestamp(5),
    };
    let token = tokens.mint(claims).unwrap();
    assert_eq!(tokens.read(&token), Some(claims));
    assert_eq!(tokens.read(&token.replacen("_3_0_", "_1_1_", 1)), None, "{token}");
    assert_eq!(EventTokens::new().read(&token), None, "another process");
    for text in ["", "rwe_", "rwe_1_2_3", "rwe_1_7_3_0_5_", &token[..token.len() - 1]] {
        assert_eq!(tokens.read(text), None, "{text}");
    }
    assert!(!format!("{tokens:?}").contains("whsec_"));
}

#[test]
fn data_is_written_with_brackets() {
    let mut form = Serializer::new(String::new());
    flat(&mut form, "data", &json!({"FIELDS": {"ID": "7", "N": null}, "list": [1]}));
    assert_eq!(form.finish(), "data%5BFIELDS%5D%5BID%5D=7&data%5BFIELDS%5D%5BN%5D=&data%5Blist%5D%5B0%5D=1");
}

/// A deal funnel, another one, and one of the store.
async fn shop() -> Shop {
    let shop = Shop::open().await;
    for (id, kind) in
        [("sales", OrderKind::Deal), ("repairs", OrderKind::Deal), ("counter", OrderKind::Order)]
    {
        let stages = [("NEW", "New", StageKind::Open), ("WON", "Won", StageKind::Won)];
        let stages = stages.map(|(id, name, kind)| Stage::new(id, name, kind)).into();
        shop.engine.put_pipeline(shop.id, Pipeline::new(id, id, kind, stages)).await.unwrap();
    }
    shop
}

async fn call(shop: &Shop, method: &str, auth: &str, params: Value) -> Value {
    let request = json!({"path": format!("/rest/{method}"), "query": format!("auth={auth}"), "json": params});
    let Reply { status, answer, .. } = shop.send(&serde_json::from_value(request).unwrap()).await;
    assert!(status == 200 || answer["error"].is_string(), "{answer}");
    answer
}

async fn bind(shop: &Shop, event: &str) {
    let handler = format!("https://app.example/{event}");
    let bound = call(shop, "event.bind", ACCESS, json!({"event": event, "handler": handler})).await;
    assert_eq!(bound["result"], true, "{bound}");
}

async fn execute(shop: &Shop, by: Actor, command: Command) -> rulewright_engine::Receipt {
    let done = shop.engine.execute(Asked { shop: shop.id, command, by, key: None }).await.unwrap();
    shop.engine.idle().await;
    done
}

fn ada() -> Actor {
    Actor::Employee { employee: EmployeeId(1), name: "Ada Lovelace".into() }
}

async fn create(shop: &Shop, pipeline: &str, kind: OrderKind) -> OrderId {
    let new = json!({
        "kind": kind, "title": "Tea", "pipeline": pipeline, "currency": "EUR", "lines": [], "contacts": [],
        "comments": "", "tags": [], "fields": {}, "historical": false,
    });
    let new: NewOrder = serde_json::from_value(new).unwrap();
    execute(shop, ada(), Command::CreateOrder(new)).await.order.unwrap()
}

async fn change(shop: &Shop, by: Actor, id: OrderId, change: OrderChange) {
    execute(shop, by, Command::ChangeOrder { id, expected: None, change }).await;
}

fn stage(to: &str) -> OrderChange {
    OrderChange::MoveStage { stage: to.into() }
}

/// What was told, and of which deal.
fn told(shop: &Shop) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let taken = shop.outside.taken().into_iter();
    taken.map(|(_, form)| (text(&form["event"]), text(&form["data"]["FIELDS"]["ID"]))).collect()
}

#[tokio::test]
async fn a_handler_is_told_which_deal_and_by_whom_with_a_token_that_works() {
    let shop = shop().await;
    let registered = shop.quiet_application().await;
    bind(&shop, "ONCRMDEALADD").await;
    let id = create(&shop, "sales", OrderKind::Deal).await;
    let mut taken = shop.outside.taken();
    assert_eq!(taken.len(), 1);
    let (url, mut form) = taken.remove(0);
    assert_eq!(url, "https://app.example/ONCRMDEALADD");
    assert_eq!(form["auth"]["application_token"], registered.application.token.as_str());
    let access = form["auth"]["access_token"].take();
    form["auth"]["application_token"].take();
    let member = form["auth"]["member_id"].take();
    assert_eq!(member.as_str().map(str::len), Some(32));
    assert_eq!(
        form,
        json!({
            "event": "ONCRMDEALADD",
            "event_handler_id": form["event_handler_id"],
            "data": {"FIELDS": {"ID": id.0.to_string()}},
            "ts": "1772442000",
            "auth": {
                "access_token": null,
                "expires": "1772445600",
                "expires_in": "3600",
                "scope": "bizproc,catalog,crm,department,sale,user",
                "domain": "shop.example",
                "server_endpoint": "https://shop.example/rest/",
                "client_endpoint": "https://shop.example/rest/",
                "status": "L",
                "member_id": null,
                "user_id": "1",
                "application_token": null,
            },
        })
    );
    let access = access.as_str().unwrap();
    assert_eq!(call(&shop, "user.current", access, json!({})).await["result"]["ID"], "1");
    assert_eq!(call(&shop, "user.admin", access, json!({})).await["result"], false);
    shop.later(3_600_000);
    assert_eq!(call(&shop, "user.current", access, json!({})).await["error"], "expired_token");
}

#[tokio::test]
async fn one_change_is_told_once_and_a_move_between_funnels_is_the_move_only() {
    let shop = shop().await;
    shop.quiet_application().await;
    for event in ["ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE", "ONCRMDEALMOVETOCATEGORY"] {
        bind(&shop, event).await;
    }
    let id = create(&shop, "sales", OrderKind::Deal).await;
    let number = id.0.to_string();
    assert_eq!(told(&shop), [("ONCRMDEALADD".to_owned(), number.clone())]);
    let title =
        || OrderChange::SetFields { fields: [("title".to_owned(), json!("Coffee"))].into_iter().collect() };
    change(&shop, ada(), id, OrderChange::Several { changes: vec![title(), stage("WON")] }).await;
    assert_eq!(told(&shop), [("ONCRMDEALUPDATE".to_owned(), number.clone())]);
    let to = OrderChange::MovePipeline { pipeline: "repairs".into(), stage: None };
    let fields =
        OrderChange::SetFields { fields: [("title".to_owned(), json!("Kettle"))].into_iter().collect() };
    change(&shop, ada(), id, OrderChange::Several { changes: vec![fields, to] }).await;
    let taken = shop.outside.taken();
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(taken[0].1["event"], "ONCRMDEALMOVETOCATEGORY");
    let deal = call(&shop, "crm.deal.get", ACCESS, json!({"id": number})).await["result"].take();
    assert_eq!(
        taken[0].1["data"]["FIELDS"],
        json!({"ID": number, "CATEGORY_ID": deal["CATEGORY_ID"], "STAGE_ID": deal["STAGE_ID"]})
    );
    assert!(deal["STAGE_ID"].as_str().unwrap().ends_with(":NEW"), "{deal}");
    change(&shop, ada(), id, OrderChange::Delete).await;
    assert_eq!(told(&shop), [("ONCRMDEALDELETE".to_owned(), number)]);
    create(&shop, "counter", OrderKind::Order).await;
    assert_eq!(told(&shop), [], "a store order is no deal");
}

#[tokio::test]
async fn what_a_rule_did_is_told_without_a_token() {
    let shop = shop().await;
    shop.quiet_application().await;
    bind(&shop, "ONCRMDEALUPDATE").await;
    let id = create(&shop, "sales", OrderKind::Deal).await;
    let rule = Actor::Rule { run: rulewright_domain::RunId(1), rule: "r".into(), name: "Rule".into() };
    change(&shop, rule, id, stage("WON")).await;
    let (_, form) = shop.outside.taken().remove(0);
    assert!(form["auth"].get("access_token").is_none() && form["auth"].get("user_id").is_none(), "{form}");
    assert!(form["auth"]["application_token"].is_string());
}

#[tokio::test]
async fn contacts_and_companies_are_told_apart() {
    let shop = shop().await;
    shop.quiet_application().await;
    bind(&shop, "ONCRMCONTACTADD").await;
    bind(&shop, "ONCRMCOMPANYADD").await;
    for (kind, event) in [(ClientKind::Contact, "ONCRMCONTACTADD"), (ClientKind::Company, "ONCRMCOMPANYADD")]
    {
        let client: Client =
            serde_json::from_value(json!({"id": ClientId(0), "kind": kind, "name": "Zoë"})).unwrap();
        let id = execute(&shop, ada(), Command::CreateClient(client)).await.client.unwrap();
        assert_eq!(told(&shop), [(event.to_owned(), id.0.to_string())]);
    }
}

#[tokio::test]
async fn a_handler_that_is_down_is_told_later_and_of_the_same() {
    let shop = shop().await;
    shop.quiet_application().await;
    bind(&shop, "ONCRMDEALADD").await;
    shop.outside.answers(500);
    create(&shop, "sales", OrderKind::Deal).await;
    let first = told(&shop);
    assert_eq!(first.len(), 1);
    shop.outside.answers(200);
    shop.later(5_000);
    shop.outside.arrives().await;
    assert_eq!(told(&shop), first);
}

#[tokio::test]
async fn an_unbound_handler_is_told_nothing_more() {
    let shop = shop().await;
    shop.quiet_application().await;
    bind(&shop, "ONCRMDEALADD").await;
    let again = json!({"event": "onCrmDealAdd", "handler": "https://app.example/ONCRMDEALADD"});
    assert_eq!(
        call(&shop, "event.bind", ACCESS, again.clone()).await["error"],
        "ERROR_CORE",
        "bound already"
    );
    assert_eq!(call(&shop, "event.unbind", ACCESS, again.clone()).await["result"]["count"], 1);
    assert_eq!(call(&shop, "event.unbind", ACCESS, again).await["result"]["count"], 0);
    create(&shop, "sales", OrderKind::Deal).await;
    assert_eq!(told(&shop), []);
}

#[tokio::test]
async fn a_webhook_of_this_form_needs_no_application() {
    let shop = shop().await;
    let new = NewWebhook {
        form: FORM.into(),
        ..NewWebhook::standard("https://erp.example/in".into(), vec!["order.*".into()])
    };
    let webhook = shop.engine.create_webhook(shop.id, new).await.unwrap();
    let id = create(&shop, "sales", OrderKind::Deal).await;
    create(&shop, "counter", OrderKind::Order).await;
    let taken = shop.outside.taken();
    assert_eq!(taken.len(), 1, "a store order is no deal");
    let (url, form) = &taken[0];
    assert_eq!((url.as_str(), &form["event"]), ("https://erp.example/in", &json!("ONCRMDEALADD")));
    assert_eq!(form["data"]["FIELDS"]["ID"], id.0.to_string());
    assert_eq!(form["auth"]["application_token"], webhook.keys[0].secret());
    let mut names: Vec<_> = form["auth"].as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["application_token", "client_endpoint", "domain", "member_id", "server_endpoint"]);
    let tried = shop.engine.try_webhook(shop.id, webhook.id).await.unwrap();
    assert_eq!(tried.error, None);
    assert_eq!(shop.outside.taken()[0].1["event"], "ONAPPTEST");
}

#[tokio::test]
async fn what_waits_offline_is_given_out_once_and_the_same_thing_waits_once() {
    let shop = shop().await;
    shop.quiet_application().await;
    for event in ["ONCRMDEALADD", "ONCRMDEALUPDATE"] {
        let bound = call(&shop, "event.bind", ACCESS, json!({"event": event, "event_type": "offline"})).await;
        assert_eq!(bound["result"], true, "{bound}");
    }
    let id = create(&shop, "sales", OrderKind::Deal).await;
    for to in ["WON", "NEW", "WON"] {
        shop.later(1_000);
        change(&shop, ada(), id, stage(to)).await;
    }
    assert_eq!(told(&shop), [], "nothing is posted");
    let list = call(&shop, "event.offline.list", ACCESS, json!({})).await;
    let names = |rows: &Value| -> Vec<String> {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["EVENT_NAME"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(list["total"], 2, "{list}");
    assert_eq!(names(&list["result"]), ["ONCRMDEALADD", "ONCRMDEALUPDATE"]);
    let row = &list["result"][1];
    assert_eq!(row["TIMESTAMP_X"], "2026-03-02T10:00:03+01:00", "as it happened last");
    assert_eq!(row["EVENT_DATA"], json!({"FIELDS": {"ID": id.0.to_string()}}));
    assert_eq!((&row["PROCESS_ID"], &row["ERROR"]), (&json!(""), &json!("0")));

    let kept = json!({"clear": 0, "limit": 1});
    let first = call(&shop, "event.offline.get", ACCESS, kept.clone()).await;
    let second = call(&shop, "event.offline.get", ACCESS, kept.clone()).await;
    assert_eq!(names(&first["result"]["events"]), ["ONCRMDEALADD"]);
    assert_eq!(names(&second["result"]["events"]), ["ONCRMDEALUPDATE"], "never the same twice");
    assert_ne!(first["result"]["process_id"], second["result"]["process_id"]);
    let nothing = call(&shop, "event.offline.get", ACCESS, kept).await;
    assert_eq!(nothing["result"]["events"], json!([]));

    let process = first["result"]["process_id"].clone();
    let cleared = call(&shop, "event.offline.clear", ACCESS, json!({"process_id": process})).await;
    assert_eq!(cleared["result"], true);
    let process = second["result"]["process_id"].clone();
    let message = second["result"]["events"][0]["MESSAGE_ID"].clone();
    let failed = json!({"process_id": process, "message_id": [message]});
    assert_eq!(call(&shop, "event.offline.error", ACCESS, failed).await["result"], true);
    let list = call(&shop, "event.offline.list", ACCESS, json!({"filter": {"ERROR": 1}})).await;
    assert_eq!((&list["total"], &list["result"][0]["ERROR"]), (&json!(1), &json!("1")));

    shop.later(1_000);
    change(&shop, ada(), id, stage("NEW")).await;
    let anew = call(&shop, "event.offline.get", ACCESS, json!({})).await;
    assert_eq!(names(&anew["result"]["events"]), ["ONCRMDEALUPDATE"], "it happened again meanwhile");
    assert_eq!(anew["result"]["process_id"], Value::Null);
    let again = call(&shop, "event.offline.get", ACCESS, json!({"error": 1})).await;
    assert_eq!(names(&again["result"]["events"]), ["ONCRMDEALUPDATE"], "{again}");
    let list = call(&shop, "event.offline.list", ACCESS, json!({})).await;
    assert_eq!(list["total"], 0);
}

#[tokio::test]
async fn a_queue_that_nobody_asks_for_loses_its_oldest_events_and_grows_no_more() {
    let shop = shop().await;
    shop.quiet_application().await;
    let bind = json!({"event": "ONCRMDEALADD", "event_type": "offline"});
    call(&shop, "event.bind", ACCESS, bind).await;
    create(&shop, "sales", OrderKind::Deal).await;
    let id_of_shop = shop.id;
    let filled = shop.engine.storage().write::<_, StorageError, _>(move |tx| {
        let waiting = Find::first(Filter::All(Vec::new()));
        let found = tx.find_records::<QueuedEvent>(id_of_shop, None, &waiting)?;
        let first = found.rows.into_iter().next().expect("one waits");
        for number in 1..LONGEST_QUEUE {
            let id = tx.next(Sequence::Record)?;
            tx.put_record(id_of_shop, &QueuedEvent { id, key: format!("{number}"), ..first.clone() })?;
        }
        Ok(first)
    });
    let first = filled.await.unwrap();
    let list = async || call(&shop, "event.offline.list", ACCESS, json!({"order": {"ID": "ASC"}})).await;
    let full = list().await;
    assert_eq!(
        (&full["total"], &full["result"][0]["ID"]),
        (&json!(LONGEST_QUEUE), &json!(first.id.to_string()))
    );
    let newest = create(&shop, "sales", OrderKind::Deal).await;
    let after = list().await;
    assert_eq!(
        (&after["total"], &after["result"][0]["ID"]),
        (&json!(LONGEST_QUEUE), &full["result"][1]["ID"])
    );
    let last = call(&shop, "event.offline.list", ACCESS, json!({"order": {"ID": "DESC"}})).await;
    assert_eq!(last["result"][0]["EVENT_DATA"]["FIELDS"]["ID"], json!(newest.0.to_string()));
}

#[tokio::test]
async fn who_is_no_administrator_is_told_in_their_own_name_only() {
    let shop = shop().await;
    shop.quiet_application().await;
    let bound = |params: Value| call(&shop, "event.bind", PLAIN, params);
    let other = json!({"event": "ONCRMDEALADD", "handler": "https://app.example/x", "auth_type": 2});
    assert_eq!(bound(other).await["error"], "ACCESS_DENIED");
    let offline = json!({"event": "ONCRMDEALADD", "event_type": "offline"});
    assert_eq!(bound(offline).await["error"], "ACCESS_DENIED");
    let own = json!({"event": "ONCRMDEALADD", "handler": "https://app.example/x"});
    assert_eq!(bound(own).await["result"], true);
    assert_eq!(call(&shop, "event.get", PLAIN, json!({})).await["result"][0]["auth_type"], "1");
}

/// Everything that an application may be told of.
async fn bind_all(shop: &Shop) {
    for known in event::ALL {
        bind(shop, known.code).await;
    }
}

#[tokio::test]
async fn what_happens_beside_deals_is_told_too() {
    let shop = shop().await;
    shop.quiet_application().await;
    bind_all(&shop).await;
    let done = async |method: &str, params: Value| -> (i64, Vec<(String, Value)>) {
        let mut answer = call(&shop, method, ACCESS, params).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        let told = shop.outside.taken().into_iter();
        let told = told.map(|(_, mut form)| {
            let fields = form["data"]["FIELDS"].take();
            (form["event"].as_str().unwrap().to_owned(), fields)
        });
        let told = told.collect();
        let result = answer["result"].take();
        (result.as_i64().unwrap_or_default(), told)
    };
    let one = |event: &str, fields: Value| vec![(event.to_owned(), fields)];
    let only = |event: &str, id: i64| one(event, json!({"ID": id.to_string()}));

    let (deal, told) = done("crm.deal.add", json!({"fields": {"TITLE": "Tea"}})).await;
    assert_eq!(told, only("ONCRMDEALADD", deal));
    let (_, told) = done("crm.deal.delete", json!({"id": deal})).await;
    assert_eq!(told, only("ONCRMDEALDELETE", deal));
    let (deal, _) = done("crm.deal.add", json!({"fields": {"TITLE": "Tea"}})).await;

    let (contact, told) = done("crm.contact.add", json!({"fields": {"NAME": "Zoe"}})).await;
    assert_eq!(told, only("ONCRMCONTACTADD", contact));
    let (_, told) = done("crm.contact.update", json!({"id": contact, "fields": {"NAME": "Zara"}})).await;
    assert_eq!(told, only("ONCRMCONTACTUPDATE", contact));
    let (_, told) = done("crm.contact.delete", json!({"id": contact})).await;
    assert_eq!(told, only("ONCRMCONTACTDELETE", contact));

    let field = json!({"fields": {"FIELD_NAME": "NOTE", "USER_TYPE_ID": "string"}});
    let (field, told) = done("crm.deal.userfield.add", field).await;
    let said = json!({"ID": field.to_string(), "ENTITY_ID": "CRM_DEAL", "FIELD_NAME": "UF_CRM_NOTE"});
    assert_eq!(told, one("ONCRMDEALUSERFIELDADD", said.clone()));
    let (_, told) = done("crm.deal.userfield.delete", json!({"id": field})).await;
    assert_eq!(told, one("ONCRMDEALUSERFIELDDELETE", said));

    let comment = json!({"fields": {"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": "Call back"}});
    let (comment, told) = done("crm.timeline.comment.add", comment).await;
    assert_eq!(told, only("ONCRMTIMELINECOMMENTADD", comment));
    let (_, told) = done("crm.timeline.comment.delete", json!({"id": comment})).await;
    assert_eq!(told, only("ONCRMTIMELINECOMMENTDELETE", comment));

    let recurring = json!({"fields": {"DEAL_ID": deal, "PARAMS": {
        "MODE": "multiple", "MULTIPLE_TYPE": "day", "MULTIPLE_INTERVAL": 1,
    }}});
    let (recurring, told) = done("crm.deal.recurring.add", recurring).await;
    let template = told[0].1["RECURRING_DEAL_ID"].clone();
    let said = json!({"ID": recurring.to_string(), "RECURRING_DEAL_ID": template});
    assert_eq!(told, one("ONCRMDEALRECURRINGADD", said));
    let (_, mut told) = done("crm.deal.recurring.expose", json!({"id": recurring})).await;
    told.sort_by(|one, other| one.0.cmp(&other.0));
    let new = told[0].1["ID"].clone();
    let said = json!({"ID": recurring.to_string(), "RECURRING_DEAL_ID": template, "DEAL_ID": new});
    assert!(told.contains(&("ONCRMDEALRECURRINGEXPOSE".to_owned(), said)), "{told:?}");
    assert_eq!(told[0], ("ONCRMDEALADD".to_owned(), json!({"ID": new})));
}
