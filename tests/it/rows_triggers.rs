//! Every trigger of the catalogue, and what RetailCRM's triggers are used for, as the rows T1 to T22 and K1 to K7 of the
//! requirements promise them. Rows are named by their numbers.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use rulewright_domain::{
    Actor, ClientId, Command, DocumentDraft, Employee, EmployeeId, EntryKind, Message, NewEvent, Numerator,
    OrderChange, OrderId, RunState, Scope, Segment, Template, Token, TokenId, Verdict,
};
use rulewright_engine::{Key, Refusal, Request};
use rulewright_ports::{Clock, StorageExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::{ALL, TestShop, bundled, rule};

const HOUR: i64 = 3_600_000;

/// A shop, one of its clients, and that client's order in the first stage, `new`.
struct Case {
    shop: TestShop,
    client: ClientId,
    order: OrderId,
}

impl Case {
    async fn new(plugins: &[&str]) -> Case {
        let plugins: Vec<_> = plugins.iter().map(|name| bundled(name)).collect();
        Case::around(TestShop::with(&plugins).await).await
    }

    async fn around(shop: TestShop) -> Case {
        let client = shop.client(&[("mobile", "+1 202 555 0100")], &[("work", "a@x.example")]).await;
        let order = shop.order_of(&[client]).await;
        Case { shop, client, order }
    }

    /// With this trigger on the stage `packing`, and nothing else.
    async fn of(plugin: &str, settings: Value) -> Case {
        let case = Case::new(&[plugin]).await;
        case.publish(json!({ "packing": { "triggers": [trigger("it", plugin, settings)] } })).await;
        case
    }

    async fn publish(&self, stages: Value) {
        self.shop.publish(stages).await;
    }

    /// Something happens to the order.
    async fn does(&self, change: OrderChange) {
        self.does_to(self.order, change).await;
    }

    async fn does_to(&self, order: OrderId, change: OrderChange) {
        self.shop.change(order, change).await.unwrap();
        self.shop.engine.idle().await;
    }

    /// Something is reported from outside.
    async fn hears(&self, event: NewEvent) {
        self.shop.execute(Command::Ingest(event)).await.unwrap();
        self.shop.engine.idle().await;
    }

    /// An event of the client, without its order.
    fn client(&self, kind: &str) -> NewEvent {
        NewEvent { client: Some(self.client), ..NewEvent::new(kind) }
    }

    async fn employee(&self, name: &str, head: Option<EmployeeId>) -> EmployeeId {
        let employee = Employee {
            id: EmployeeId(0),
            name: name.to_owned(),
            phone: None,
            work_phone: None,
            email: Some(format!("{name}@shop.example")),
            position: None,
            head,
            absent: false,
            working: true,
        };
        self.shop.engine.put_employee(self.shop.id, employee).await.unwrap()
    }

    async fn stage(&self) -> String {
        self.stage_of(self.order).await
    }

    async fn stage_of(&self, order: OrderId) -> String {
        self.shop.read(order).await.stage.0
    }

    async fn all_verdicts(&self, order: OrderId) -> Vec<Verdict> {
        let matches = self.shop.matches(order).await.into_iter();
        matches.flat_map(|one| one.candidates).map(|one| one.verdict.unwrap()).collect()
    }

    /// What every trigger that was asked answered, event after event and stage after stage.
    async fn verdicts(&self) -> Vec<String> {
        self.verdicts_of(self.order).await
    }

    async fn verdicts_of(&self, order: OrderId) -> Vec<String> {
        let name = |verdict: &Verdict| json!(verdict)["verdict"].as_str().unwrap().to_owned();
        self.all_verdicts(order).await.iter().map(name).collect()
    }

    /// Why the trigger that was asked last did not fire.
    async fn reason(&self) -> String {
        match self.all_verdicts(self.order).await.pop() {
            Some(Verdict::Ignored { reason }) => reason,
            other => panic!("{other:?}"),
        }
    }

    /// Events that triggers wait for, but that found no order.
    async fn without_target(&self) -> usize {
        let shop = self.shop.id;
        let read =
            self.shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.matches(shop, None, ALL)?));
        read.await.unwrap().iter().filter(|one| one.order.is_none()).count()
    }

    /// In the order of their creation.
    async fn texts(&self) -> Vec<String> {
        self.shop.messages().await.into_iter().map(|message| message.draft.text).collect()
    }

    async fn entries(&self, kind: EntryKind) -> usize {
        self.shop.entries(self.order, kind).await.len()
    }
}

fn trigger(id: &str, plugin: &str, settings: Value) -> Value {
    rule(id, &format!("rulewright.{plugin}"), settings)
}

fn sms(text: &str) -> Value {
    rule("sms", "rulewright.send-sms", json!({ "text": text }))
}

fn responsible(to: EmployeeId) -> OrderChange {
    OrderChange::SetResponsible { to: Some(to) }
}

fn set(fields: &[(&str, &str)]) -> OrderChange {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
    OrderChange::SetFields { fields: fields.collect() }
}

fn pays(amount: &str) -> OrderChange {
    let amount = serde_json::from_value(json!({ "amount": amount, "currency": "GBP" })).unwrap();
    OrderChange::AddPayment { amount, system: None, paid: true }
}

fn costs(amount: &str) -> OrderChange {
    let price = json!({ "amount": amount, "currency": "GBP" });
    let line = json!({ "sku": null, "title": "Clock", "quantity_milli": 1000, "unit_price": price });
    OrderChange::SetLines { lines: vec![serde_json::from_value(line).unwrap()] }
}

fn ships_by(service: &str) -> OrderChange {
    OrderChange::AddShipment { service: Some(service.to_owned()) }
}

/// Of every shipment.
fn edits(field: &str, value: &str) -> OrderChange {
    OrderChange::EditShipments { shipment: None, fields: [(field.to_owned(), json!(value))].into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_responsible_person_change_fires_when_somebody_else_is_made_responsible() {
    let case = Case::new(&["responsible-change", "change-responsible"]).await;
    let (seven, nine) = (case.employee("Seven", None).await, case.employee("Nine", None).await);
    case.does(responsible(seven)).await;
    let hand_over = rule("rule", "rulewright.change-responsible", json!({ "employees": [nine] }));
    case.publish(json!({
        "paid": { "rules": [hand_over] },
        "packing": { "triggers": [trigger("it", "responsible-change", json!({}))] },
    }))
    .await;
    case.does(responsible(seven)).await;
    assert_eq!(case.stage().await, "new", "the same person");
    assert!(case.verdicts().await.is_empty());
    case.does(responsible(nine)).await;
    assert_eq!(case.stage().await, "packing");
    let by_rule = case.shop.order_with(|new| new.responsible = Some(seven)).await;
    case.shop.enter(by_rule, "paid").await;
    assert_eq!(case.stage_of(by_rule).await, "packing", "a rule did it");
}

#[tokio::test(flavor = "multi_thread")]
async fn t02_incoming_email_fires_for_a_mail_of_the_orders_client_and_finds_no_target_for_a_stranger() {
    let settings = json!({ "mailbox": "sales@shop.example", "subject-contains": "order" });
    let case = Case::of("incoming-email", settings).await;
    let mail = |event: NewEvent, from: &str, mailbox: &str, subject: &str| {
        event.attr("from", from).attr("mailbox", mailbox).attr("subject", subject)
    };
    let (sales, jobs) = ("sales@shop.example", "jobs@shop.example");
    let unknown = NewEvent::new("mail.received");
    case.hears(mail(unknown, "b@x.example", sales, "My order")).await;
    assert_eq!((case.without_target().await, case.stage().await), (1, "new".to_owned()));
    let known = || case.client("mail.received");
    case.hears(mail(known(), "a@x.example", jobs, "My order")).await;
    case.hears(mail(known(), "a@x.example", sales, "Hello")).await;
    assert_eq!(case.verdicts().await, ["ignored", "ignored"]);
    case.hears(mail(known(), "a@x.example", sales, "My ORDER?")).await;
    assert_eq!(case.stage().await, "packing");
    assert_eq!(case.without_target().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn t03_message_has_been_sent_fires_once_for_a_mail_that_went_to_the_client() {
    let case = Case::new(&["message-sent", "send-email", "send-sms", "email-to-employee"]).await;
    case.does(responsible(case.employee("Seven", None).await)).await;
    let mail = json!({ "subject": "Offer", "text": "Here it is" });
    case.publish(json!({
        "paid": { "rules": [
            rule("staff", "rulewright.email-to-employee", mail.clone()),
            sms("Look into your mail"),
        ] },
        "packing": { "rules": [rule("offer", "rulewright.send-email", mail)] },
        "shipped": { "triggers": [trigger("it", "message-sent", json!({}))] },
    }))
    .await;
    case.shop.enter(case.order, "paid").await;
    assert_eq!(case.verdicts().await, ["ignored", "ignored"], "to staff, and by SMS");
    *case.shop.provider.failures.lock().unwrap() = 1;
    case.shop.enter(case.order, "packing").await;
    assert_eq!(case.stage().await, "packing", "not delivered yet");
    case.shop.pass(60).await;
    assert_eq!(case.stage().await, "shipped");
    assert_eq!(case.verdicts().await[2..], ["moved"], "once, though it was tried twice");
    let to_client = |one: &Message| one.draft.address == "a@x.example";
    assert_eq!(case.shop.provider.received.lock().unwrap().iter().filter(|one| to_client(one)).count(), 2);
    case.shop.enter(case.order, "packing").await;
    assert_eq!(case.verdicts().await[2..], ["moved", "moved"], "another message");
}

#[tokio::test(flavor = "multi_thread")]
async fn t04_email_viewed_fires_once_for_each_mail_of_ours() {
    let case = Case::of("email-viewed", json!({})).await;
    let viewed =
        |event: NewEvent, message: &str, times: u64| event.attr("message", message).attr("times", times);
    case.hears(viewed(NewEvent::new("mail.viewed"), "not-ours", 1)).await;
    assert_eq!((case.without_target().await, case.stage().await), (1, "new".to_owned()));
    for times in 1..=5 {
        case.hears(viewed(case.client("mail.viewed"), "msg_1", times)).await;
    }
    assert_eq!(case.stage().await, "packing");
    assert_eq!(case.verdicts().await, ["moved", "ignored", "ignored", "ignored", "ignored"]);
    case.shop.enter(case.order, "new").await;
    case.hears(viewed(case.client("mail.viewed"), "msg_2", 1)).await;
    assert_eq!(case.stage().await, "packing");
}

#[tokio::test(flavor = "multi_thread")]
async fn t05_email_link_clicked_fires_for_its_link_however_people_are_followed_and_for_no_other() {
    let link = |link: &str| json!({ "link": link });
    let case = Case::of("email-link-clicked", link("https://shop.example/quote")).await;
    let click = |url: &str| {
        let event = case.client("mail.link-clicked").attr("message", "msg_1");
        case.hears(event.attr("url", url).attr("times", 1))
    };
    click("https://shop.example/terms").await;
    assert_eq!((case.verdicts().await, case.stage().await), (vec!["ignored".into()], "new".to_owned()));
    click("HTTPS://Shop.Example/quote?utm=1").await;
    assert_eq!(case.stage().await, "packing");
    let draft = json!({ "packing": { "triggers": [trigger("it", "email-link-clicked", link(""))] } });
    let Err(Refusal::Invalid(issues)) = case.shop.try_publish(draft).await else { panic!("published") };
    assert_eq!(issues[0].path, "/packing/triggers/0/settings/link");
}

#[tokio::test(flavor = "multi_thread")]
async fn t06_incoming_call_fires_on_its_line_for_the_clients_number_however_it_is_written() {
    let case = Case::of("incoming-call", json!({ "line": "A" })).await;
    let call =
        |phone: &str, line: &str| NewEvent::new("call.incoming").attr("phone", phone).attr("line", line);
    case.hears(call("2025550199", "A")).await;
    assert_eq!((case.without_target().await, case.stage().await), (1, "new".to_owned()));
    case.hears(call("2025550100", "B")).await;
    assert_eq!(case.verdicts().await, ["ignored"], "the other line");
    case.hears(call("2025550100", "A")).await;
    assert_eq!(case.stage().await, "packing");
}

#[tokio::test(flavor = "multi_thread")]
async fn t07_missed_call_ignores_what_is_reported_too_late_and_says_so() {
    let case = Case::of("missed-call", json!({ "line": "A", "ignore-older-than": 60 })).await;
    let now = case.shop.clock.now().0;
    let missed = |line: &str, ago: i64| {
        let event = case.client("call.missed").attr("phone", "2025550100").attr("line", line);
        case.hears(event.attr("occurred-at", now - ago))
    };
    missed("A", 9 * HOUR).await;
    assert_eq!(
        (case.reason().await, case.stage().await),
        ("the call was reported after 540 minutes".to_owned(), "new".to_owned(),)
    );
    missed("B", HOUR / 2).await;
    assert_eq!(case.verdicts().await, ["ignored", "ignored"], "the other line");
    missed("A", HOUR / 2).await;
    assert_eq!(case.stage().await, "packing");
}

#[tokio::test(flavor = "multi_thread")]
async fn t08_crm_form_submission_fires_for_the_selected_form_by_the_orders_client() {
    let case = Case::of("form-submission", json!({ "form": "5" })).await;
    let stranger = case.shop.client(&[], &[("work", "b@x.example")]).await;
    let by_stranger = NewEvent { client: Some(stranger), ..NewEvent::new("form.submitted") };
    case.hears(by_stranger.attr("form", "5")).await;
    assert_eq!((case.without_target().await, case.stage().await), (1, "new".to_owned()));
    case.hears(case.client("form.submitted").attr("form", "6")).await;
    assert_eq!((case.verdicts().await, case.stage().await), (vec!["ignored".into()], "new".to_owned()));
    case.hears(case.client("form.submitted").attr("form", "5")).await;
    assert_eq!(case.stage().await, "packing");
}

#[tokio::test(flavor = "multi_thread")]
async fn t09_callback_fires_for_the_selected_callback_form_and_for_no_plain_form() {
    let case = Case::of("callback", json!({ "form": "phone-me" })).await;
    case.hears(case.client("form.submitted").attr("form", "phone-me")).await;
    assert!(case.verdicts().await.is_empty(), "a plain form");
    case.hears(NewEvent::new("callback.requested").attr("form", "phone-me")).await;
    assert_eq!((case.without_target().await, case.stage().await), (1, "new".to_owned()));
    case.hears(case.client("callback.requested").attr("form", "other")).await;
    assert_eq!((case.verdicts().await, case.stage().await), (vec!["ignored".into()], "new".to_owned()));
    case.hears(case.client("callback.requested").attr("form", "phone-me")).await;
    assert_eq!(case.stage().await, "packing");
}

#[tokio::test(flavor = "multi_thread")]
async fn t10_payment_fires_when_the_order_is_paid_in_full_or_for_a_part_where_that_is_asked_for() {
    let case = Case::new(&["payment", "pay-order"]).await;
    let stages = |settings: Value| {
        json!({
            "paid": { "rules": [rule("pay", "rulewright.pay-order", json!({}))] },
            "packing": { "triggers": [trigger("it", "payment", settings)] },
        })
    };
    case.publish(stages(json!({}))).await;
    case.does(costs("100")).await;
    case.does(pays("40")).await;
    assert_eq!((case.verdicts().await, case.stage().await), (vec!["ignored".into()], "new".to_owned()));
    case.does(pays("60")).await;
    assert_eq!(
        (case.verdicts().await, case.stage().await),
        (vec!["ignored".into(), "moved".into()], "packing".to_owned(),)
    );
    assert_eq!(case.entries(EntryKind::Payment).await, 2, "one record for each");
    let by_rule = case.shop.order().await;
    case.shop.enter(by_rule, "paid").await;
    assert_eq!(case.stage_of(by_rule).await, "packing", "a rule marked it as paid");
    case.publish(stages(json!({ "payment": "any" }))).await;
    let part = case.shop.order().await;
    case.does_to(part, pays("1")).await;
    assert_eq!(case.stage_of(part).await, "packing");
}

/// Nothing approves one shipment of several, so that `all` waits for the last is shown by the plugin's own tests.
#[tokio::test(flavor = "multi_thread")]
async fn t11_shipment_approved_fires_for_each_shipment_or_when_all_of_them_are() {
    let case = Case::of("shipment-approved", json!({ "shipments": "all" })).await;
    case.does(ships_by("Courier")).await;
    case.does(ships_by("Courier")).await;
    assert_eq!((case.verdicts().await.len(), case.stage().await), (0, "new".to_owned()));
    case.does(OrderChange::AllowDelivery).await;
    assert_eq!(case.verdicts().await, ["moved", "already-there"]);
    case.shop.enter(case.order, "new").await;
    case.does(OrderChange::AllowDelivery).await;
    assert_eq!(case.stage().await, "new", "they are approved already");
    case.does(ships_by("Courier")).await;
    case.does(OrderChange::AllowDelivery).await;
    assert_eq!(case.stage().await, "packing");
    let any = json!({ "packing": { "triggers": [trigger("it", "shipment-approved", json!({}))] } });
    case.publish(any).await;
    let other = case.shop.order().await;
    case.does_to(other, ships_by("Courier")).await;
    case.does_to(other, ships_by("Courier")).await;
    case.does_to(other, OrderChange::AllowDelivery).await;
    assert_eq!(case.verdicts_of(other).await, ["moved", "already-there"], "one for each");
}

#[tokio::test(flavor = "multi_thread")]
async fn t12_tracking_number_added_fires_for_the_first_number_and_not_for_another_one() {
    let case = Case::of("tracking-number-added", json!({})).await;
    case.does(ships_by("Courier")).await;
    case.does(edits("tracking-number", "RM1")).await;
    assert_eq!(case.stage().await, "packing");
    case.shop.enter(case.order, "new").await;
    case.does(edits("tracking-number", "RM2")).await;
    assert_eq!((case.verdicts().await, case.stage().await), (vec!["moved".into()], "new".to_owned()));
    case.does(edits("tracking-number", "")).await;
    case.does(edits("tracking-number", "RM3")).await;
    assert_eq!(case.stage().await, "packing", "there was none before");
}

#[tokio::test(flavor = "multi_thread")]
async fn t13_shipment_fires_once_when_a_shipment_leaves() {
    let case = Case::of("shipment", json!({})).await;
    case.does(ships_by("Courier")).await;
    case.does(OrderChange::MarkShipped).await;
    assert_eq!(case.stage().await, "packing");
    case.shop.enter(case.order, "new").await;
    case.does(OrderChange::MarkShipped).await;
    assert_eq!((case.verdicts().await, case.stage().await), (vec!["moved".into()], "new".to_owned()));
    case.does(ships_by("Courier")).await;
    case.does(OrderChange::MarkShipped).await;
    assert_eq!(case.stage().await, "packing", "the second one left");
}

#[tokio::test(flavor = "multi_thread")]
async fn t14_shipment_updated_fires_for_any_change_and_shipment_only_for_leaving() {
    let case = Case::new(&["shipment", "shipment-updated"]).await;
    case.publish(json!({
        "packing": { "triggers": [trigger("left", "shipment", json!({}))] },
        "shipped": { "triggers": [trigger("changed", "shipment-updated", json!({}))] },
    }))
    .await;
    case.does(ships_by("Courier")).await;
    assert!(case.verdicts().await.is_empty(), "a new shipment is no change of one");
    case.does(edits("service", "Royal Mail")).await;
    let asked = case.shop.matches(case.order).await;
    assert_eq!((asked.len(), asked[0].candidates[0].name.as_str()), (1, "changed"), "{asked:?}");
    assert_eq!(case.stage().await, "shipped");
    case.shop.enter(case.order, "new").await;
    case.does(OrderChange::MarkShipped).await;
    assert_eq!(case.verdicts().await, ["moved", "moved", "moved"], "to leave is a change as well");
    assert_eq!(case.stage().await, "shipped");
}

#[tokio::test(flavor = "multi_thread")]
async fn t15_order_canceled_fires_once_and_not_when_it_is_taken_back() {
    let case = Case::new(&["order-canceled"]).await;
    let late = trigger("it", "order-canceled", json!({ "reason-contains": "late" }));
    case.publish(json!({ "lost": { "triggers": [late] } })).await;
    let cancel = |reason: &str| OrderChange::Cancel { reason: Some(reason.to_owned()) };
    case.does(cancel("Too LATE")).await;
    case.does(cancel("Too LATE")).await;
    assert_eq!((case.verdicts().await, case.stage().await), (vec!["moved".into()], "lost".to_owned()));
    case.shop.enter(case.order, "new").await;
    case.does(OrderChange::Restore).await;
    assert_eq!(case.verdicts().await, ["moved"], "taken back");
    case.does(cancel("Too dear")).await;
    assert_eq!((case.reason().await.contains("Too dear"), case.stage().await), (true, "new".to_owned()));
    case.does(OrderChange::Restore).await;
    case.does(cancel("late again")).await;
    assert_eq!(case.stage().await, "lost");
}

/// The shop's interface on a port of this machine.
struct Api(String);

impl Api {
    async fn of(shop: &TestShop) -> Api {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = rulewright_api::router(rulewright_api::ApiDeps {
            engine: shop.engine.clone(),
            version: "test",
            runtime_offered: &[],
            metrics: Default::default(),
            stop: Default::default(),
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Api(address)
    }

    async fn token(shop: &TestShop, scope: Scope) -> String {
        let (secret, hash) = rulewright_api::mint().unwrap();
        let token = Token {
            id: TokenId(0),
            shop: shop.id,
            name: "ERP".to_owned(),
            hash,
            scopes: [scope].into(),
            created: shop.clock.now(),
            expires: None,
        };
        let (id, _) = shop.engine.create_token(shop.id, token).await.unwrap();
        rulewright_api::bearer(id, &secret)
    }

    /// The status and the answer of an empty request.
    async fn post(&self, path: &str, token: &str, key: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.0).await.unwrap();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {key}\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n",
            self.0
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}")))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_webhook_fires_once_for_a_request_that_comes_twice_and_not_for_a_wrong_code() {
    let case = Case::of("webhook", json!({ "code": "erp" })).await;
    let api = Api::of(&case.shop).await;
    let (token, other) =
        (Api::token(&case.shop, Scope::EventsWrite).await, Api::token(&case.shop, Scope::OrdersRead).await);
    let call = async |code: &str, token: &str, key: &str| {
        let answer = api.post(&format!("/v1/hooks/{code}?order={}", case.order), token, key).await;
        case.shop.engine.idle().await;
        answer
    };
    let (status, refused) = call("erp", &other, "k1").await;
    assert_eq!((status, refused["code"].as_str()), (403, Some("missing-scope")), "{refused}");
    assert!(case.verdicts().await.is_empty());
    call("wrong", &token, "k2").await;
    assert_eq!((case.verdicts().await, case.stage().await), (vec!["ignored".into()], "new".to_owned()));
    let (status, first) = call("erp", &token, "k3").await;
    assert_eq!((status, case.stage().await), (202, "packing".to_owned()), "{first}");
    case.shop.enter(case.order, "new").await;
    let (status, again) = call("erp", &token, "k3").await;
    assert_eq!((status, &again["duplicate"]), (202, &json!(true)), "{again}");
    assert_eq!(case.stage().await, "new", "it came before");
    call("erp", &token, "k4").await;
    assert_eq!(case.verdicts().await, ["ignored", "moved", "moved"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_visit_fires_once_for_each_visit_of_the_client() {
    let case = Case::of("visit", json!({})).await;
    // As whoever reports visits does: under the visit's own key.
    let visits = async |client: Option<ClientId>, visit: &str| {
        let event = NewEvent { client, ..NewEvent::new("visit.started") }.attr("visit", visit);
        let key = Key { source: "visits".into(), key: visit.into(), fingerprint: String::new() };
        let by = Actor::Outside { source: "visits".into() };
        let request = Request { shop: case.shop.id, command: Command::Ingest(event), by, key: Some(key) };
        case.shop.engine.execute(request).await.unwrap();
        case.shop.engine.idle().await;
    };
    visits(None, "v0").await;
    assert_eq!((case.without_target().await, case.stage().await), (1, "new".to_owned()));
    visits(Some(case.client), "v1").await;
    assert_eq!(case.stage().await, "packing");
    case.shop.enter(case.order, "new").await;
    visits(Some(case.client), "v1").await;
    assert_eq!((case.verdicts().await, case.stage().await), (vec!["moved".into()], "new".to_owned()));
    visits(Some(case.client), "v2").await;
    assert_eq!(case.stage().await, "packing");
}

#[tokio::test(flavor = "multi_thread")]
async fn t18_visitor_return_fires_for_a_browser_that_belongs_to_the_client() {
    let case = Case::of("visitor-return", json!({ "minutes-away": 60 })).await;
    let returned = |event: NewEvent, minutes: u64| {
        case.hears(event.attr("visit", "s2").attr("visitor", "v1").attr("minutes-away", minutes))
    };
    returned(NewEvent::new("visitor.returned"), 90).await;
    assert_eq!((case.without_target().await, case.stage().await), (1, "new".to_owned()));
    returned(case.client("visitor.returned"), 10).await;
    assert_eq!((case.verdicts().await, case.stage().await), (vec!["ignored".into()], "new".to_owned()));
    returned(case.client("visitor.returned"), 90).await;
    assert_eq!(case.stage().await, "packing");
}

/// A message of the client, and one of an employee, in the channel `site`.
fn written(case: &Case, session: &str, number: u64) -> NewEvent {
    let event = case.client("chat.message-received").attr("channel", "site");
    event.attr("session", session).attr("number", number)
}

fn answered(case: &Case, session: &str, hidden: bool) -> NewEvent {
    let event = case.client("chat.message-sent").attr("channel", "site");
    event.attr("session", session).attr("hidden", hidden)
}

#[tokio::test(flavor = "multi_thread")]
async fn t19_initial_message_fires_for_the_first_message_of_each_session_in_its_channel() {
    let case = Case::of("chat-first-message", json!({ "channel": "site" })).await;
    case.hears(written(&case, "s0", 1).attr("channel", "other")).await;
    assert_eq!((case.verdicts().await, case.stage().await), (vec!["ignored".into()], "new".to_owned()));
    for number in 1..=3 {
        case.hears(written(&case, "s1", number)).await;
    }
    assert_eq!(case.verdicts().await[1..], ["moved", "ignored", "ignored"]);
    case.shop.enter(case.order, "new").await;
    case.hears(written(&case, "s2", 1)).await;
    assert_eq!(case.stage().await, "packing", "the first of another session");
}

#[tokio::test(flavor = "multi_thread")]
async fn t20_each_message_fires_for_every_message_of_the_client_and_for_none_of_the_shop() {
    let case = Case::of("chat-message", json!({ "channel": "site" })).await;
    case.hears(written(&case, "s0", 1).attr("channel", "other")).await;
    assert_eq!((case.verdicts().await, case.stage().await), (vec!["ignored".into()], "new".to_owned()));
    case.hears(answered(&case, "s1", false)).await;
    case.hears(answered(&case, "s1", true)).await;
    assert_eq!(case.stage().await, "new", "staff wrote");
    for number in 1..=3 {
        case.shop.enter(case.order, "new").await;
        case.hears(written(&case, "s1", number)).await;
        assert_eq!(case.stage().await, "packing");
    }
    assert_eq!(case.verdicts().await[1..], ["moved", "moved", "moved"]);
}

async fn put_templates(case: &Case, names: &[&str]) {
    let engine = &case.shop.engine;
    let numerator = Numerator { name: "all".into(), pattern: "{number}".into(), start: 1, pad: 0 };
    engine.put_numerator(case.shop.id, numerator).await.unwrap();
    for name in names {
        let template = Template {
            name: (*name).to_owned(),
            title: (*name).to_owned(),
            media_type: "text/plain".into(),
            source: "For {{ client.name }}".into(),
            numerator: "all".into(),
        };
        engine.put_template(case.shop.id, template).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t21_document_created_fires_for_its_template_by_hand_and_by_rule() {
    let case = Case::new(&["document-created", "create-crm-document"]).await;
    put_templates(&case, &["contract", "invoice"]).await;
    let on = |id: &str, template: &str| trigger(id, "document-created", json!({ "template": template }));
    case.publish(json!({
        "paid": { "rules": [rule("make", "rulewright.create-crm-document", json!({ "template": "invoice" }))] },
        "packing": { "triggers": [on("signed", "contract")] },
        "shipped": { "triggers": [on("billed", "invoice")] },
    }))
    .await;
    let draft = DocumentDraft::FromTemplate {
        order: case.order,
        template: "contract".into(),
        numerator: None,
        title: None,
        public_link: false,
        values: json!({}),
    };
    case.shop.execute(Command::CreateDocument(draft)).await.unwrap();
    case.shop.engine.idle().await;
    assert_eq!(case.verdicts().await, ["moved", "ignored"]);
    assert_eq!(case.stage().await, "packing");
    let by_rule = case.shop.order().await;
    case.shop.enter(by_rule, "paid").await;
    assert_eq!(case.verdicts_of(by_rule).await, ["ignored", "moved"]);
    assert_eq!(case.stage_of(by_rule).await, "shipped");
}

/// That staff who look at a document make no event is tested where the event is made.
#[tokio::test(flavor = "multi_thread")]
async fn t22_document_opened_fires_once_for_each_document_of_its_template() {
    let case = Case::new(&["document-opened", "send-sms"]).await;
    case.publish(json!({
        "paid": { "rules": [sms("Here is your invoice")] },
        "packing": { "triggers": [trigger("it", "document-opened", json!({ "template": "invoice" }))] },
    }))
    .await;
    let opened = |document: &str, template: &str, times: u64| {
        let event = NewEvent { order: Some(case.order), ..case.client("document.opened") };
        event.attr("document", document).attr("template", template).attr("times", times)
    };
    // Nobody may claim it from outside. Here a provider does who knows what became of the link.
    let opens = async |events: Vec<NewEvent>| {
        *case.shop.provider.reports.lock().unwrap() = events;
        case.shop.enter(case.order, "new").await;
        case.shop.enter(case.order, "paid").await;
    };
    opens(vec![opened("doc_1", "contract", 1)]).await;
    assert_eq!((case.verdicts().await, case.stage().await), (vec!["ignored".into()], "paid".to_owned()));
    opens((1..=3).map(|times| opened("doc_2", "invoice", times)).collect()).await;
    assert_eq!(case.verdicts().await[1..], ["moved", "ignored", "ignored"]);
    assert_eq!(case.stage().await, "packing");
    opens(vec![opened("doc_3", "invoice", 1)]).await;
    assert_eq!(case.stage().await, "packing", "another document");
}

#[tokio::test(flavor = "multi_thread")]
async fn k01_a_new_order_from_the_site_is_thanked_for_and_an_imported_one_is_not() {
    let case = Case::new(&["order-created", "send-sms"]).await;
    let thanks = "Thank you for your order. We will contact you soon";
    let from_site = trigger("it", "order-created", json!({ "sources": ["site"] }));
    case.publish(json!({ "paid": { "triggers": [from_site], "rules": [sms(thanks)] } })).await;
    let comes = async |source: &str, historical: bool| {
        let order = case.shop.order_with(|new| {
            new.contacts = vec![case.client];
            new.source = Some(source.to_owned());
            new.historical = historical;
        });
        let order = order.await;
        case.shop.engine.idle().await;
        case.stage_of(order).await
    };
    assert_eq!(comes("site", true).await, "new", "imported");
    assert_eq!(comes("phone", false).await, "new", "another source");
    assert!(case.texts().await.is_empty());
    assert_eq!(comes("site", false).await, "paid");
    assert_eq!(case.texts().await, [thanks]);
}

#[tokio::test(flavor = "multi_thread")]
async fn k02_an_order_that_royal_mail_brought_to_the_depot_is_announced_and_a_couriers_is_not() {
    let case = Case::new(&["delivery-status-changed", "send-sms"]).await;
    let arrived = json!({ "service": "Royal Mail", "status": "arrived" });
    case.publish(json!({ "packing": {
        "triggers": [trigger("it", "delivery-status-changed", arrived)],
        "rules": [sms("Order {{ order.number }} is at the depot")],
    } }))
    .await;
    let by_courier = case.shop.order_of(&[case.client]).await;
    case.does_to(by_courier, ships_by("Courier delivery")).await;
    case.does_to(by_courier, edits("status", "arrived")).await;
    case.does(ships_by("Royal Mail")).await;
    case.does(edits("status", "on its way")).await;
    assert!(case.texts().await.is_empty());
    case.does(edits("status", "arrived")).await;
    assert_eq!(case.texts().await, [format!("Order {} is at the depot", case.order.0)]);
    assert_eq!(case.verdicts_of(by_courier).await, ["ignored"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn k03_a_storage_period_that_has_expired_is_told_once_with_the_number_to_call() {
    let case = Case::new(&["delivery-status-changed", "send-sms"]).await;
    case.publish(json!({ "packing": {
        "triggers": [trigger("it", "delivery-status-changed", json!({ "status": "expired" }))],
        "rules": [sms("Your parcel goes back. Call us: +44 20 7946 0000")],
    } }))
    .await;
    case.does(ships_by("Royal Mail")).await;
    case.does(edits("status", "expired")).await;
    assert_eq!(case.texts().await, ["Your parcel goes back. Call us: +44 20 7946 0000"]);
    case.shop.enter(case.order, "new").await;
    case.does(edits("status", "expired")).await;
    case.does(edits("comment", "still there")).await;
    assert_eq!((case.texts().await.len(), case.stage().await), (1, "new".to_owned()), "told already");
    case.does(edits("status", "arrived")).await;
    case.does(edits("status", "expired")).await;
    assert_eq!(case.texts().await.len(), 2, "it expired once more");
}

/// A courier who is busy twice before he takes an order.
#[derive(Clone)]
struct Courier {
    address: String,
    /// Idempotency key and body of every request.
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Courier {
    async fn start() -> Courier {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let courier =
            Courier { address: listener.local_addr().unwrap().to_string(), requests: Arc::default() };
        let router = Router::new().route("/deliveries", post(Courier::answer)).with_state(courier.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        courier
    }

    async fn answer(
        State(courier): State<Courier>,
        headers: HeaderMap,
        Json(body): Json<Value>,
    ) -> (StatusCode, Json<Value>) {
        let key = headers["idempotency-key"].to_str().unwrap().to_owned();
        let mut requests = courier.requests.lock().unwrap();
        requests.push((key, body));
        match requests.len() {
            1 | 2 => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({}))),
            _ => (StatusCode::OK, Json(json!({ "tracking": "CD1", "state": "accepted" }))),
        }
    }

    /// Asked when the delivery type becomes that of the courier.
    fn stages(&self) -> Value {
        let settings = json!({
            "url": format!("http://{}/deliveries", self.address),
            "body": { "kind": "json", "text": "{\"reference\": \"{{ order.number }}\"}" },
            "tracking-number": "/tracking",
            "delivery-status": "/state",
        });
        let courier = json!({ "service": "Courier delivery" });
        json!({ "packing": {
            "triggers": [trigger("it", "delivery-type-changed", courier)],
            "rules": [rule("ask", "rulewright.delivery-request", settings)],
        } })
    }

    async fn case(&self) -> Case {
        let plugins = [bundled("delivery-type-changed")];
        Case::around(TestShop::with_neighbours(&plugins, &[self.address.clone()]).await).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn k04_a_courier_is_asked_until_he_answers_under_one_key_when_the_delivery_type_becomes_his() {
    let courier = Courier::start().await;
    let case = courier.case().await;
    case.shop.install_with_hosts(bundled("delivery-request"), &[&courier.address]).await;
    case.publish(courier.stages()).await;
    case.does(ships_by("Royal Mail")).await;
    case.shop.pass(600).await;
    assert_eq!((case.stage().await, courier.requests.lock().unwrap().len()), ("new".to_owned(), 0));
    case.does(edits("service", "Courier delivery")).await;
    assert_eq!((case.stage().await, courier.requests.lock().unwrap().len()), ("packing".to_owned(), 1));
    case.shop.pass(600).await;
    assert_eq!(case.shop.run(case.order).await.state, RunState::Done);
    let requests = courier.requests.lock().unwrap().clone();
    let body = json!({ "reference": case.order.0.to_string() });
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|one| *one == (requests[0].0.clone(), body.clone())), "{requests:?}");
    let shipment = case.shop.read(case.order).await.shipments.remove(0);
    assert_eq!(shipment.tracking_number.as_deref(), Some("CD1"));
    assert_eq!(shipment.status.as_deref(), Some("accepted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn k04_a_request_to_a_host_that_was_not_granted_cannot_be_enabled() {
    let courier = Courier::start().await;
    let case = courier.case().await;
    case.shop.install_with_hosts(bundled("delivery-request"), &["api.courier.example"]).await;
    let published = case.shop.try_publish(courier.stages()).await;
    let Err(Refusal::Invalid(issues)) = published else { panic!("published: {published:?}") };
    assert!(issues[0].message.contains("127.0.0.1"), "{issues:?}");
    case.shop.install_with_hosts(bundled("delivery-request"), &[&courier.address]).await;
    case.publish(courier.stages()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn k05_a_segment_gets_marketing_sms_except_those_who_unsubscribed() {
    let case = Case::new(&["marketing-sms"]).await;
    let condition = json!({ "field": "client.fields.loyal", "operator": "equals", "value": true });
    let condition = Some(serde_json::from_value(condition).unwrap());
    let segment = Segment { name: "loyal".into(), title: "Loyal".into(), condition };
    case.shop.engine.put_segment(case.shop.id, segment).await.unwrap();
    let mut subscribed = Vec::new();
    for number in 0..10 {
        let phone = format!("+4477009001{number:02}");
        let id = case.shop.client(&[("mobile", phone.as_str())], &[]).await;
        let left: &[&str] = if number < 3 { &["sms"] } else { &["email"] };
        let fields = [("loyal".to_owned(), json!(true)), ("unsubscribed".to_owned(), json!(left))].into();
        case.shop.execute(Command::ChangeClient { id, fields }).await.unwrap();
        if number >= 3 {
            subscribed.push(phone);
        }
    }
    let settings = json!({ "segment": "loyal", "text": "Garden tools at half the price" });
    case.publish(json!({ "paid": { "rules": [rule("all", "rulewright.marketing-sms", settings)] } })).await;
    case.shop.enter(case.order, "paid").await;
    let mut reached: Vec<String> =
        case.shop.messages().await.into_iter().map(|message| message.draft.address).collect();
    reached.sort();
    assert_eq!(reached, subscribed, "7 of 10, and nobody outside the segment");
    let mailing = json!({ "messages": 7, "unsubscribed": 3, "unreachable": 0 });
    assert_eq!(case.shop.run(case.order).await.output["mailing"], mailing);
}

#[tokio::test(flavor = "multi_thread")]
async fn k06_the_head_is_notified_once_for_a_set_of_changes_and_not_for_each_field() {
    let case = Case::new(&["order-field-changed", "notification"]).await;
    let head = case.employee("Head", None).await;
    case.does(responsible(case.employee("Manager", Some(head)).await)).await;
    let watch = |field: &str| trigger(field, "order-field-changed", json!({ "field": field }));
    let to_head = json!({ "message": "Order {{ order.number }} has changed", "to-responsible": false, "to-head": true });
    case.publish(json!({ "packing": {
        "triggers": [watch("gift"), watch("wrapping"), watch("comments")],
        "rules": [rule("tell", "rulewright.notification", to_head)],
    } }))
    .await;
    case.does(set(&[("slot", "noon")])).await;
    assert_eq!(case.entries(EntryKind::Notification).await, 0, "nobody watches it");
    case.does(set(&[("gift", "yes"), ("wrapping", "red"), ("comments", "For Ada")])).await;
    let told = case.shop.entries(case.order, EntryKind::Notification).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].details["recipients"], json!([head]));
    assert_eq!(told[0].text, format!("Order {} has changed", case.order.0));
    case.shop.enter(case.order, "new").await;
    case.does(set(&[("gift", "no"), ("wrapping", "blue")])).await;
    assert_eq!(case.entries(EntryKind::Notification).await, 2, "another set");
}

#[tokio::test(flavor = "multi_thread")]
async fn k07_a_rule_that_writes_the_field_its_trigger_watches_runs_once() {
    let case = Case::new(&["order-field-changed", "change-order-data"]).await;
    // Another value each time: nothing but the guard stops it.
    let write = json!({ "fields": [{ "field": "note", "value": "after {{ event.id }}" }] });
    for (listens, verdict) in [(false, "rule-origin"), (true, "already-there")] {
        let mut watch = trigger("watch", "order-field-changed", json!({ "field": "note" }));
        watch["include-changes-by-rules"] = json!(listens);
        watch["allow-previous"] = json!(true);
        let write = rule("write", "rulewright.change-order-data", write.clone());
        case.publish(json!({ "packing": { "triggers": [watch], "rules": [write] } })).await;
        let order = case.shop.order().await;
        case.does_to(order, set(&[("note", "by hand")])).await;
        assert_eq!(case.verdicts_of(order).await, ["moved", verdict]);
        assert_eq!(case.shop.run(order).await.state, RunState::Done);
        let note = case.shop.read(order).await.fields["note"].clone();
        assert!(note.as_str().is_some_and(|note| note.starts_with("after evt_")), "{note}");
    }
}
