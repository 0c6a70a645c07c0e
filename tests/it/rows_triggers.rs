//! Every trigger of the catalogue, as rows T1 to T22 of the requirements promise it.

use rulewright_domain::*;
use rulewright_engine::{Key, Refusal, Request};
use rulewright_ports::{Clock, StorageExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{rows_case::*, support::*};

const HOUR: i64 = 3_600_000;

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
    assert_eq!(case.story().await, "new", "the same person");
    case.does(responsible(nine)).await;
    assert_eq!(case.story().await, "packing: moved");
    let by_rule = case.shop.order_with(|new| new.responsible = Some(seven)).await;
    case.shop.enter(by_rule, "paid").await;
    assert_eq!(case.story_of(by_rule).await, "packing: moved", "a rule did it");
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
    assert_eq!(case.story().await, "new: no target");
    let known = || case.client("mail.received");
    case.hears(mail(known(), "a@x.example", jobs, "My order")).await;
    case.hears(mail(known(), "a@x.example", sales, "Hello")).await;
    assert_eq!(case.story().await, "new: no target, ignored, ignored");
    case.hears(mail(known(), "a@x.example", sales, "My ORDER?")).await;
    assert_eq!(case.story().await, "packing: no target, ignored, ignored, moved");
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
    assert_eq!(case.story().await, "paid: ignored, ignored", "to staff, and by SMS");
    *case.shop.provider.failures.lock().unwrap() = 1;
    case.shop.enter(case.order, "packing").await;
    assert_eq!(case.story().await, "packing: ignored, ignored", "not delivered yet");
    case.shop.pass(60).await;
    assert_eq!(case.story().await, "shipped: ignored, ignored, moved", "once, though it was tried twice");
    let to_client = |one: &Message| one.draft.address == "a@x.example";
    assert_eq!(case.shop.provider.received.lock().unwrap().iter().filter(|one| to_client(one)).count(), 2);
    case.shop.enter(case.order, "packing").await;
    assert_eq!(case.story().await, "shipped: ignored, ignored, moved, moved", "another message");
}

#[tokio::test(flavor = "multi_thread")]
async fn t04_email_viewed_fires_once_for_each_mail_of_ours() {
    let case = Case::of("email-viewed", json!({})).await;
    let viewed =
        |event: NewEvent, message: &str, times: u64| event.attr("message", message).attr("times", times);
    case.hears(viewed(NewEvent::new("mail.viewed"), "not-ours", 1)).await;
    assert_eq!(case.story().await, "new: no target");
    for times in 1..=5 {
        case.hears(viewed(case.client("mail.viewed"), "msg_1", times)).await;
    }
    assert_eq!(case.story().await, "packing: no target, moved, ignored, ignored, ignored, ignored");
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
    assert_eq!(case.story().await, "new: ignored");
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
    assert_eq!(case.story().await, "new: no target");
    case.hears(call("2025550100", "B")).await;
    assert_eq!(case.story().await, "new: no target, ignored", "the other line");
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
    assert_eq!(case.story().await, "new: ignored");
    assert_eq!(case.reason().await, "the call was reported after 540 minutes");
    missed("B", HOUR / 2).await;
    assert_eq!(case.story().await, "new: ignored, ignored", "the other line");
    missed("A", HOUR / 2).await;
    assert_eq!(case.stage().await, "packing");
}

#[tokio::test(flavor = "multi_thread")]
async fn t08_crm_form_submission_fires_for_the_selected_form_by_the_orders_client() {
    let case = Case::of("form-submission", json!({ "form": "5" })).await;
    let stranger = case.shop.client(&[], &[("work", "b@x.example")]).await;
    let by_stranger = NewEvent { client: Some(stranger), ..NewEvent::new("form.submitted") };
    case.hears(by_stranger.attr("form", "5")).await;
    assert_eq!(case.story().await, "new: no target");
    case.hears(case.client("form.submitted").attr("form", "6")).await;
    assert_eq!(case.story().await, "new: no target, ignored");
    case.hears(case.client("form.submitted").attr("form", "5")).await;
    assert_eq!(case.stage().await, "packing");
}

#[tokio::test(flavor = "multi_thread")]
async fn t09_callback_fires_for_the_selected_callback_form_and_for_no_plain_form() {
    let case = Case::of("callback", json!({ "form": "phone-me" })).await;
    case.hears(case.client("form.submitted").attr("form", "phone-me")).await;
    assert_eq!(case.story().await, "new", "a plain form");
    case.hears(NewEvent::new("callback.requested").attr("form", "phone-me")).await;
    assert_eq!(case.story().await, "new: no target");
    case.hears(case.client("callback.requested").attr("form", "other")).await;
    assert_eq!(case.story().await, "new: no target, ignored");
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
    assert_eq!(case.story().await, "new: ignored");
    case.does(pays("60")).await;
    assert_eq!(case.story().await, "packing: ignored, moved");
    assert_eq!(case.entries(EntryKind::Payment).await, 2, "one record for each");
    let by_rule = case.shop.order().await;
    case.shop.enter(by_rule, "paid").await;
    assert_eq!(case.story_of(by_rule).await, "packing: moved", "a rule marked it as paid");
    case.publish(stages(json!({ "payment": "any" }))).await;
    let part = case.shop.order().await;
    case.does_to(part, pays("1")).await;
    assert_eq!(case.story_of(part).await, "packing: moved");
}

/// No command approves one shipment of several: that `all` waits for the last is shown by the plugin itself.
#[tokio::test(flavor = "multi_thread")]
async fn t11_shipment_approved_fires_for_each_shipment_or_when_all_of_them_are() {
    let case = Case::of("shipment-approved", json!({ "shipments": "all" })).await;
    case.does(ships_by("Courier")).await;
    case.does(ships_by("Courier")).await;
    let approve = |shipment: i64| OrderChange::EditShipments {
        shipment: Some(ShipmentId(shipment)),
        fields: [("allowed".to_owned(), json!(true))].into(),
    };
    case.does(approve(1)).await;
    assert_eq!(case.story().await, "new: ignored", "the other one is not approved yet");
    case.does(approve(2)).await;
    assert_eq!(case.story().await, "packing: ignored, moved");
    case.shop.enter(case.order, "new").await;
    case.does(OrderChange::AllowDelivery).await;
    assert_eq!(case.story().await, "new: ignored, moved", "they are approved already");
    case.does(ships_by("Courier")).await;
    case.does(OrderChange::AllowDelivery).await;
    assert_eq!(case.stage().await, "packing");
    let any = json!({ "packing": { "triggers": [trigger("it", "shipment-approved", json!({}))] } });
    case.publish(any).await;
    let other = case.shop.order().await;
    case.does_to(other, ships_by("Courier")).await;
    case.does_to(other, ships_by("Courier")).await;
    case.does_to(other, OrderChange::AllowDelivery).await;
    assert_eq!(case.story_of(other).await, "packing: moved, already-there", "one for each");
}

#[tokio::test(flavor = "multi_thread")]
async fn t12_tracking_number_added_fires_for_the_first_number_and_not_for_another_one() {
    let case = Case::of("tracking-number-added", json!({})).await;
    case.does(ships_by("Courier")).await;
    case.does(edits("tracking-number", "RM1")).await;
    assert_eq!(case.stage().await, "packing");
    case.shop.enter(case.order, "new").await;
    case.does(edits("tracking-number", "RM2")).await;
    assert_eq!(case.story().await, "new: moved");
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
    assert_eq!(case.story().await, "new: moved");
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
    assert_eq!(case.story().await, "new", "a new shipment is no change of one");
    case.does(edits("service", "Royal Mail")).await;
    let asked = case.shop.matches(case.order).await;
    assert_eq!(asked[0].candidates[0].name, "changed", "{asked:?}");
    assert_eq!(case.story().await, "shipped: moved");
    case.shop.enter(case.order, "new").await;
    case.does(OrderChange::MarkShipped).await;
    assert_eq!(case.story().await, "shipped: moved, moved, moved", "to leave is a change as well");
}

#[tokio::test(flavor = "multi_thread")]
async fn t15_order_canceled_fires_once_and_not_when_it_is_taken_back() {
    let case = Case::new(&["order-canceled"]).await;
    let late = trigger("it", "order-canceled", json!({ "reason-contains": "late" }));
    case.publish(json!({ "lost": { "triggers": [late] } })).await;
    let cancel = |reason: &str| OrderChange::Cancel { reason: Some(reason.to_owned()) };
    case.does(cancel("Too LATE")).await;
    case.does(cancel("Too LATE")).await;
    assert_eq!(case.story().await, "lost: moved");
    case.shop.enter(case.order, "new").await;
    case.does(OrderChange::Restore).await;
    assert_eq!(case.story().await, "new: moved", "taken back");
    case.does(cancel("Too dear")).await;
    assert_eq!(case.story().await, "new: moved, ignored", "another reason");
    case.does(OrderChange::Restore).await;
    case.does(cancel("late again")).await;
    assert_eq!(case.stage().await, "lost");
}

/// The shop's interface on a port of this machine.
pub struct Api(String);

impl Api {
    async fn of(shop: &TestShop) -> Api {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = shop.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Api(address)
    }

    pub async fn token(shop: &TestShop, scope: Scope) -> String {
        let (secret, hash) = rulewright_api::mint().unwrap();
        let token = Token {
            id: TokenId(0),
            shop: shop.id,
            name: "ERP".to_owned(),
            hash,
            scopes: [scope].into(),
            created: shop.clock.now(),
            expires: None,
            employee: None,
            areas: Default::default(),
        };
        let (id, _) = shop.engine.create_token(shop.id, token).await.unwrap();
        rulewright_api::bearer(id, &secret)
    }

    /// The status and the answer of a request without a body.
    async fn send(&self, request: &str, token: &str, key: &str) -> (u16, String) {
        self.send_with(request, token, key, "").await
    }

    /// The same, with more headers.
    #[allow(clippy::disallowed_methods, reason = "a server of this test")]
    async fn send_with(&self, request: &str, token: &str, key: &str, headers: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.0).await.unwrap();
        let authorization =
            if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        let request = format!(
            "{request} HTTP/1.1\r\nHost: {}\r\n{authorization}{headers}Idempotency-Key: {key}\r\nContent-Length: 0\r\n\
             Connection: close\r\n\r\n",
            self.0
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_webhook_moves_once_for_a_request_that_comes_twice_and_refuses_a_wrong_code() {
    let case = Case::of("webhook", json!({ "code": "erp" })).await;
    let api = Api::of(&case.shop).await;
    let (token, other) =
        (Api::token(&case.shop, Scope::EventsWrite).await, Api::token(&case.shop, Scope::OrdersRead).await);
    let call = async |request: &str, token: &str, key: &str| {
        let (status, answer) = api.send(request, token, key).await;
        case.shop.engine.idle().await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        (status, answer["code"].as_str().unwrap_or_default().to_owned(), answer)
    };
    let of = |method: &str, code: &str| format!("{method} /v1/hooks/{code}?order={}", case.order);
    for (request, token, status, code) in [
        (of("POST", "erp"), &other, 403, "missing-scope"),
        (of("POST", "wrong"), &token, 403, "wrong-code"),
        (of("GET", "wrong"), &token, 403, "wrong-code"),
        ("POST /v1/hooks/erp".to_owned(), &token, 400, "target-not-set"),
        ("POST /v1/hooks/erp?order=ord_99".to_owned(), &token, 422, "no-such-order"),
    ] {
        let answer = call(&request, token, "k1").await;
        assert_eq!((answer.0, answer.1.as_str()), (status, code), "{request}: {}", answer.2);
        let events = case.shop.events(case.order).await;
        assert_eq!((case.story().await.as_str(), events.len()), ("new", 1), "{request} left a trace");
    }
    let (status, _, first) = call(&of("POST", "erp"), &token, "k3").await;
    assert_eq!((status, &first["duplicate"]), (202, &json!(false)), "{first}");
    assert_eq!(case.story().await, "packing: moved");
    case.shop.enter(case.order, "new").await;
    let (status, _, again) = call(&of("POST", "erp"), &token, "k3").await;
    assert_eq!((status, &again["duplicate"]), (200, &json!(true)), "{again}");
    assert_eq!(case.story().await, "new: moved", "it came before");
    call(&of("GET", "erp"), &token, "k4").await;
    assert_eq!(case.story().await, "packing: moved, moved");

    // The earliest stage wins, with the code or without one.
    let on = |id: &str, code: &str| trigger(id, "webhook", json!({ "code": code }));
    case.publish(
        json!({ "paid": { "triggers": [on("any", "")] }, "packing": { "triggers": [on("erp", "erp")] } }),
    )
    .await;
    case.shop.enter(case.order, "new").await;
    call(&of("POST", "erp"), &token, "k5").await;
    assert_eq!(case.story().await, "paid: moved, moved, moved, lost-to");
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_a_webhook_with_a_key_takes_signed_calls_only_and_each_only_once() {
    let case = Case::of("webhook", json!({ "code": "erp" })).await;
    let api = Api::of(&case.shop).await;
    let token = Api::token(&case.shop, Scope::EventsWrite).await;
    let key = case.shop.engine.make_hook_key(case.shop.id, "erp".to_owned()).await.unwrap();
    let now = case.shop.clock.now().0 / 1000;
    let signed = |id: &str, at: i64| {
        let signature = hook::sign(&key, id, &at.to_string(), b"").unwrap();
        format!("webhook-id: {id}\r\nwebhook-timestamp: {at}\r\nwebhook-signature: {signature}\r\n")
    };
    let other = signed("a", now).replace("webhook-id: a", "webhook-id: b");
    for (headers, key, expected, stage) in [
        (String::new(), "k1", 403, "new"),
        (other, "k2", 403, "new"),
        (signed("a", now - 301), "k3", 403, "new"),
        (signed("a", now - 299), "k4", 202, "packing"),
        // Whoever kept it sends it again, under another key.
        (signed("a", now - 299), "k5", 200, "packing"),
    ] {
        let request = format!("POST /v1/hooks/erp?order={}", case.order);
        let (status, answer) = api.send_with(&request, &token, key, &headers).await;
        case.shop.engine.idle().await;
        assert_eq!((status, case.stage().await.as_str()), (expected, stage), "{headers}: {answer}");
    }
    case.shop.engine.remove_hook_key(case.shop.id, "erp").await.unwrap();
    case.shop.enter(case.order, "new").await;
    let plain = api.send(&format!("POST /v1/hooks/erp?order={}", case.order), &token, "k6").await;
    assert_eq!(plain.0, 202, "{}", plain.1);
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
    assert_eq!(case.story().await, "new: no target");
    visits(Some(case.client), "v1").await;
    assert_eq!(case.stage().await, "packing");
    case.shop.enter(case.order, "new").await;
    visits(Some(case.client), "v1").await;
    assert_eq!(case.story().await, "new: no target, moved");
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
    assert_eq!(case.story().await, "new: no target");
    returned(case.client("visitor.returned"), 10).await;
    assert_eq!(case.story().await, "new: no target, ignored");
    returned(case.client("visitor.returned"), 90).await;
    assert_eq!(case.stage().await, "packing");
}

/// By the client, in the channel `site`.
fn written(case: &Case, session: &str, number: u64) -> NewEvent {
    let event = case.client("chat.message-received").attr("channel", "site");
    event.attr("session", session).attr("number", number)
}

/// By an employee.
fn answered(case: &Case, session: &str, hidden: bool) -> NewEvent {
    let event = case.client("chat.message-sent").attr("channel", "site");
    event.attr("session", session).attr("hidden", hidden)
}

#[tokio::test(flavor = "multi_thread")]
async fn t19_initial_message_fires_for_the_first_message_of_each_session_in_its_channel() {
    let case = Case::of("chat-first-message", json!({ "channel": "site" })).await;
    case.hears(written(&case, "s0", 1).attr("channel", "other")).await;
    assert_eq!(case.story().await, "new: ignored");
    for number in 1..=3 {
        case.hears(written(&case, "s1", number)).await;
    }
    assert_eq!(case.story().await, "packing: ignored, moved, ignored, ignored");
    case.shop.enter(case.order, "new").await;
    case.hears(written(&case, "s2", 1)).await;
    assert_eq!(case.stage().await, "packing", "the first of another session");
}

#[tokio::test(flavor = "multi_thread")]
async fn t20_each_message_fires_for_every_message_of_the_client_and_for_none_of_the_shop() {
    let case = Case::of("chat-message", json!({ "channel": "site" })).await;
    case.hears(written(&case, "s0", 1).attr("channel", "other")).await;
    assert_eq!(case.story().await, "new: ignored");
    case.hears(answered(&case, "s1", false)).await;
    case.hears(answered(&case, "s1", true)).await;
    assert_eq!(case.story().await, "new: ignored", "staff wrote");
    for number in 1..=3 {
        case.shop.enter(case.order, "new").await;
        case.hears(written(&case, "s1", number)).await;
        assert_eq!(case.stage().await, "packing");
    }
    assert_eq!(case.story().await, "packing: ignored, moved, moved, moved");
}

async fn put_templates(case: &Case, names: &[&str]) {
    let engine = &case.shop.engine;
    engine.put_numerator(case.shop.id, Numerator::new("all", "{number}")).await.unwrap();
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

/// To a new document of the order.
async fn public_link(case: &Case, template: &str) -> String {
    let draft = DocumentDraft::FromTemplate(FromTemplate {
        order: case.order,
        template: template.to_owned(),
        numerator: None,
        title: None,
        requisites: None,
        bank_details: true,
        public_link: true,
        values: json!({}),
    });
    let receipt = case.shop.execute(Command::CreateDocument(draft)).await.unwrap();
    case.shop.engine.idle().await;
    let (shop, id) = (case.shop.id, receipt.document.unwrap());
    let read = case.shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.document(shop, id)?));
    format!("/d/{}", read.await.unwrap().unwrap().public_code.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn t21_document_created_fires_for_its_template_by_hand_and_by_rule() {
    let case = Case::new(&["document-created", "create-crm-document"]).await;
    put_templates(&case, &["contract", "invoice"]).await;
    let make = rule("make", "rulewright.create-crm-document", json!({ "template": "invoice" }));
    let on = |id: &str, template: &str| trigger(id, "document-created", json!({ "template": template }));
    case.publish(json!({
        "paid": { "rules": [make] },
        "packing": { "triggers": [on("signed", "contract")] },
        "shipped": { "triggers": [on("billed", "invoice")] },
    }))
    .await;
    public_link(&case, "contract").await;
    assert_eq!(case.story().await, "packing: moved, ignored");
    let by_rule = case.shop.order().await;
    case.shop.enter(by_rule, "paid").await;
    assert_eq!(case.story_of(by_rule).await, "shipped: ignored, moved");
}

#[tokio::test(flavor = "multi_thread")]
async fn t22_document_opened_fires_once_for_each_document_of_its_template_and_not_for_staff() {
    let case = Case::of("document-opened", json!({ "template": "invoice" })).await;
    put_templates(&case, &["contract", "invoice"]).await;
    let (api, staff) = (Api::of(&case.shop).await, Api::token(&case.shop, Scope::OrdersRead).await);
    let (contract, invoice) = (public_link(&case, "contract").await, public_link(&case, "invoice").await);
    let opens = async |link: &str, token: &str| {
        let answer = api.send(&format!("GET {link}"), token, "k1").await;
        assert_eq!(answer, (200, "For Ada Lovelace".to_owned()));
        case.shop.engine.idle().await;
    };
    opens(&invoice, &staff).await;
    opens(&format!("{invoice}?preview"), "").await;
    assert_eq!(case.story().await, "new", "staff looked");
    opens(&contract, "").await;
    assert_eq!(case.story().await, "new: ignored");
    for _ in 0..3 {
        opens(&invoice, "").await;
    }
    assert_eq!(case.story().await, "packing: ignored, moved, ignored, ignored");
    case.shop.enter(case.order, "new").await;
    opens(&public_link(&case, "invoice").await, "").await;
    assert_eq!(case.stage().await, "packing", "another document");
}
