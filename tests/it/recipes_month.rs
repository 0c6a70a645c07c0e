//! A month with each recipe of the pack: orders whose lives differ, a restart in the middle, and exactly who got what
//! when. It begins on Friday, 2026-11-20 at ten; the shop works from nine to six, Monday to Friday.

use rulewright_domain::*;
use rulewright_engine::NewChatMessage;
use serde_json::json;

use crate::{
    recipes_case::{Lives, wish},
    recipes_courier::Courier,
    rows_case::{edits, pays, set, ships_by},
    rows_rules::items,
};

fn cancels() -> OrderChange {
    OrderChange::Cancel { reason: None }
}

fn costs(new: &mut NewOrder, amount: &str) {
    let price = json!({ "amount": amount, "currency": "GBP" });
    let line = json!({ "sku": null, "title": "Clock", "quantity_milli": 1000, "unit_price": price });
    new.lines = vec![serde_json::from_value(line).unwrap()];
}

async fn unsubscribes(lives: &Lives, id: ClientId) {
    let fields = [("unsubscribed".to_owned(), json!(["email"]))].into();
    lives.shop.execute(Command::ChangeClient { id, fields }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_confirmed_by_mail_at_once_or_by_sms_in_working_hours_and_an_imported_one_is_not() {
    let mut lives = Lives::with("order-confirmation", json!({})).await;
    lives.order("mail", "new").await;
    let phone = lives.client_at("phone", true, false).await;
    lives.order_of("phone", "new", phone, |_| {}).await;
    let nowhere = lives.client_at("nowhere", false, false).await;
    lives.order_of("nowhere", "new", nowhere, |_| {}).await;
    let import = lives.client("import").await;
    lives.order_of("import", "new", import, |new| new.historical = true).await;
    lives.until("11-21 02:00").await;
    let night = lives.client_at("night", true, false).await;
    lives.order_of("night", "new", night, |_| {}).await;
    let gone = lives.client_at("gone", true, false).await;
    let gone = lives.order_of("gone", "new", gone, |_| {}).await;
    let mut lives = lives.restarted().await;
    lives.does(gone, cancels()).await;
    lives.until("12-05 23:00").await;
    lives.order("saturday", "new").await;
    lives.until("12-20 10:00").await;
    let diary = [
        "11-20 10:00 mail email",
        "11-20 10:00 phone sms",
        "11-23 09:00 night sms",
        "12-05 23:00 saturday email",
    ];
    assert_eq!(lives.diary().await, diary);
    let mail = lives.text("Dear mail,").await;
    assert_eq!(mail.draft.subject.as_deref(), Some("Your order mail"));
    assert!(mail.draft.text.contains("order mail of 15.30 GBP") && mail.draft.text.ends_with("Gift shop"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_order_is_reminded_of_twice_and_canceled_and_a_payment_ends_that() {
    let mut lives = Lives::with("abandoned-payment", json!({})).await;
    let prompt = lives.order("prompt", "new").await;
    let late = lives.order("late", "new").await;
    let never = lives.order("never", "new").await;
    let part = lives.order("part", "new").await;
    let gone = lives.order("gone", "new").await;
    lives.until("11-20 11:00").await;
    lives.does(prompt, pays("15.30")).await;
    lives.does(gone, cancels()).await;
    lives.until("11-21 12:00").await;
    lives.does(part, pays("5.00")).await;
    let mut lives = lives.restarted().await;
    lives.until("11-23 12:00").await;
    lives.does(late, pays("15.30")).await;
    lives.until("12-03 17:30").await;
    let evening = lives.order("evening", "new").await;
    lives.until("12-20 10:00").await;
    let diary = [
        "11-20 12:00 late sms",
        "11-20 12:00 never sms",
        "11-20 12:00 part sms",
        "11-23 09:00 late email",
        "11-23 09:00 never email",
        "11-23 09:00 part email",
        "11-24 10:00 part task",
        // Not at half past seven in the evening.
        "12-04 09:00 evening sms",
        "12-04 17:30 evening email",
    ];
    assert_eq!(lives.diary().await, diary);
    for (order, stage, canceled) in [
        (prompt, "paid", false),
        (late, "paid", false),
        (never, "lost", true),
        (part, "new", false),
        (gone, "lost", true),
        (evening, "lost", true),
    ] {
        let order = lives.shop.read(order).await;
        assert_eq!((order.stage.0.as_str(), order.canceled), (stage, canceled), "{}", order.number);
    }
    assert_eq!(
        lives.text("Your order late").await.draft.text,
        "Your order late of 15.30 GBP waits for your payment. Can we help? Gift shop"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_numbered_and_sent_once_and_chased_only_while_it_is_unpaid() {
    let mut lives =
        Lives::with("invoice", json!({ "site": "https://tea.example", "overdue-days": 10 })).await;
    let prompt = lives.order("prompt", "new").await;
    let never = lives.order("never", "new").await;
    let gone = lives.order("gone", "new").await;
    lives.does(gone, cancels()).await;
    for order in [prompt, never, gone] {
        lives.shop.enter(order, "confirmed").await;
    }
    lives.until("11-22 12:00").await;
    lives.does(prompt, pays("15.30")).await;
    let mut lives = lives.restarted().await;
    lives.until("11-28 12:00").await;
    let silent = lives.client_at("silent", true, false).await;
    lives.order_of("silent", "confirmed", silent, |_| {}).await;
    lives.until("12-20 10:00").await;
    let diary = [
        "11-20 10:00 never email",
        "11-20 10:00 prompt email",
        "11-30 10:00 never task",
        "12-08 12:00 silent task",
    ];
    assert_eq!(lives.diary().await, diary);
    assert_eq!(lives.stage(prompt).await, "paid");
    let mail = lives.text("Dear never,").await.draft;
    assert_eq!(mail.subject.as_deref(), Some("Invoice R-0002 for your order never"));
    assert!(mail.text.contains("\n\nhttps://tea.example/d/"), "{}", mail.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_courier_is_booked_once_for_his_orders_only_and_staff_do_it_where_he_refuses() {
    let courier = Courier::start().await;
    let mut lives = Lives::before("courier-booking", std::slice::from_ref(&courier.address)).await;
    let mut wish = wish(json!({ "address": format!("http://{}/deliveries", courier.address) }));
    let refused = lives.install("courier-booking", &wish).await.unwrap_err().to_string();
    assert!(refused.contains("nothing may be sent to"), "{refused}");
    wish.allow_hosts = [courier.address.clone()].into();
    lives.install("courier-booking", &wish).await.unwrap();
    let booked = lives.order("booked", "new").await;
    let royal = lives.order("royal", "new").await;
    let refused = lives.order("refused", "new").await;
    let gone = lives.order("gone", "new").await;
    lives.does(gone, cancels()).await;
    for (order, service) in [
        (booked, "Courier delivery"),
        (royal, "Royal Mail"),
        (refused, "Courier delivery"),
        (gone, "Courier delivery"),
    ] {
        lives.does(order, ships_by(service)).await;
    }
    lives.until("11-25 10:00").await;
    let lives = lives.restarted().await;
    lives.does(booked, edits("comment", "ring twice")).await;
    lives.until("12-20 10:00").await;
    let diary = lives.diary().await;
    let failed: Vec<_> = diary.iter().filter(|line| line.contains("failed")).collect();
    assert_eq!(failed.len(), 1, "{diary:?}");
    assert!(failed[0].starts_with("11-20 10:00 refused courier-booking_book failed"), "{failed:?}");
    assert_eq!(diary.len(), 2, "{diary:?}");
    assert!(diary.contains(&"11-20 10:00 refused task".to_owned()));
    let requests = courier.requests();
    assert_eq!(requests.iter().filter(|(_, body)| body["reference"] == "booked").count(), 1);
    assert!(requests.iter().all(|(_, body)| body["reference"] != "royal" && body["reference"] != "gone"));
    let shipment = lives.shop.read(booked).await.shipments.remove(0);
    assert_eq!(
        (shipment.tracking_number.as_deref(), shipment.status.as_deref()),
        (Some("CD-booked"), Some("accepted"))
    );
    for (order, stage) in [(booked, "packing"), (royal, "new"), (refused, "packing"), (gone, "new")] {
        assert_eq!(lives.stage(order).await, stage);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tracking_number_reaches_the_client_once_and_never_at_night_by_sms() {
    let mut lives = Lives::with("tracking-number", json!({})).await;
    let day = lives.order("day", "paid").await;
    let night = lives.order("night", "paid").await;
    let gone = lives.order("gone", "paid").await;
    let none = lives.order("none", "paid").await;
    for order in [day, night, gone, none] {
        lives.does(order, ships_by("Royal Mail")).await;
    }
    lives.does(day, edits("tracking-number", "RM1")).await;
    lives.does(gone, cancels()).await;
    lives.does(gone, edits("tracking-number", "RM9")).await;
    lives.until("11-21 22:00").await;
    lives.does(night, edits("tracking-number", "RM2")).await;
    let lives = lives.restarted().await;
    lives.until("11-24 10:00").await;
    lives.does(day, edits("tracking-number", "RM3")).await;
    lives.until("12-20 10:00").await;
    let diary =
        ["11-20 10:00 day email", "11-20 10:00 day sms", "11-21 22:00 night email", "11-23 09:00 night sms"];
    assert_eq!(lives.diary().await, diary);
    assert_eq!(
        lives.text("Your order night").await.draft.text,
        "Your order night is on its way: RM2. Gift shop"
    );
    assert_eq!(
        (lives.stage(night).await, lives.stage(none).await),
        ("shipped".to_owned(), "paid".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_answer_gets_an_sms_and_a_missed_call_is_called_back_once() {
    let mut lives = Lives::with("unreachable-client", json!({ "line": "+442079460000" })).await;
    lives.order("answers", "calling").await;
    let deaf = lives.client("deaf").await;
    let phone = lives.shop.card(deaf).await.phones[0].value.clone();
    lives.shop.provider.unanswered.lock().unwrap().insert(phone);
    lives.order_of("deaf", "calling", deaf, |_| {}).await;
    let calls = lives.order("calls", "new").await;
    lives.until("11-21 11:00").await;
    let caller = lives.client_of(calls).await;
    let missed = || NewEvent { client: Some(caller), ..NewEvent::new("call.missed") };
    lives.hears(missed()).await;
    let mut lives = lives.restarted().await;
    lives.until("11-22 11:00").await;
    lives.hears(missed()).await;
    lives.order("sunday", "calling").await;
    lives.until("12-20 10:00").await;
    let diary = [
        "11-20 10:00 answers call",
        "11-20 10:00 deaf call",
        "11-20 10:00 deaf sms",
        "11-20 10:00 deaf task",
        "11-21 11:00 calls task",
        "11-23 09:00 calls sms",
        "11-23 09:00 sunday call",
    ];
    assert_eq!(lives.diary().await, diary);
    assert_eq!(lives.stage(calls).await, "call-back");
    assert!(lives.text("We could not").await.draft.text.contains("order deaf. Please call us"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_asked_for_once_some_days_after_delivery_and_not_of_who_unsubscribed() {
    let mut lives = Lives::with("review-request", json!({})).await;
    let happy = lives.order("happy", "shipped").await;
    let left = lives.order("left", "shipped").await;
    let gone = lives.order("gone", "shipped").await;
    let weekend = lives.order("weekend", "shipped").await;
    let silent = lives.client_at("silent", true, false).await;
    let silent = lives.order_of("silent", "shipped", silent, |_| {}).await;
    for order in [happy, left, gone, silent] {
        lives.shop.enter(order, "done").await;
    }
    unsubscribes(&lives, lives.client_of(left).await).await;
    lives.does(gone, cancels()).await;
    lives.does(weekend, ships_by("Royal Mail")).await;
    lives.until("11-23 23:00").await;
    lives.does(weekend, edits("status", "delivered")).await;
    let lives = lives.restarted().await;
    lives.until("12-01 10:00").await;
    lives.does(weekend, edits("status", "signed for")).await;
    lives.does(weekend, edits("status", "delivered")).await;
    lives.until("12-20 10:00").await;
    // Five days after Monday night is Saturday night.
    assert_eq!(lives.diary().await, ["11-25 10:00 happy email", "11-30 09:00 weekend email"]);
    assert_eq!(lives.stage(weekend).await, "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_big_order_is_reported_and_its_client_thanked_when_the_responsible_is_at_work() {
    let mut lives = Lives::with("vip-order-alert", json!({ "amount": 300 })).await;
    let clients = [lives.client("big").await, lives.client("exact").await, lives.client("small").await];
    lives.order_of("big", "new", clients[0], |new| costs(new, "800.00")).await;
    lives.order_of("exact", "new", clients[1], |new| costs(new, "300.00")).await;
    lives.order_of("small", "new", clients[2], |new| costs(new, "299.99")).await;
    lives.until("11-24 20:00").await;
    let here = |working: bool| {
        let (id, head) = (lives.manager, Some(lives.head));
        let of = json!({ "id": id, "name": "Manager", "head": head, "absent": false, "working": working });
        serde_json::from_value::<Employee>(of).unwrap()
    };
    let (home, back) = (here(false), here(true));
    lives.shop.engine.put_employee(lives.shop.id, home).await.unwrap();
    let client = lives.client("evening").await;
    lives.order_of("evening", "new", client, |new| costs(new, "500.00")).await;
    let lives = lives.restarted().await;
    lives.until("11-25 08:30").await;
    lives.shop.engine.put_employee(lives.shop.id, back).await.unwrap();
    lives.until("12-20 10:00").await;
    let mut diary = lives.diary().await;
    diary.retain(|line| !line.contains("feed"));
    let told = [
        "11-20 10:00 big notification",
        "11-20 10:00 big task",
        "11-20 10:00 exact notification",
        "11-20 10:00 exact task",
        "11-24 20:00 evening notification",
        "11-25 08:30 evening task",
    ];
    assert_eq!(diary, told);
    assert_eq!(lives.diary().await.len(), told.len() + 3, "three posts in the feed");
    let regular = async |id| lives.shop.card(id).await.fields.get("regular").cloned();
    assert_eq!(regular(clients[1]).await, Some(json!("yes")));
    assert_eq!(regular(clients[2]).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_to_an_unpaid_order_is_asked_once_where_they_wrote_last_or_by_sms() {
    let mut lives = Lives::with("returning-visitor", json!({})).await;
    let channel = OpenChannel { name: "site".into(), title: "Site".into(), active: true, silence: 60 };
    lives.shop.engine.put_open_channel(lives.shop.id, channel).await.unwrap();
    let back = lives.order("back", "new").await;
    let brief = lives.order("brief", "new").await;
    let pays_now = lives.order("pays", "new").await;
    let writes = lives.order("writes", "new").await;
    let returns = async |lives: &Lives, order: OrderId, minutes: i64| {
        let client = Some(lives.client_of(order).await);
        let event = NewEvent { client, ..NewEvent::new("visitor.returned") };
        lives.hears(event.attr("minutes-away", minutes)).await;
    };
    lives.until("11-23 10:00").await;
    returns(&lives, back, 3 * 1440).await;
    returns(&lives, brief, 120).await;
    returns(&lives, pays_now, 3 * 1440).await;
    lives.until("11-23 11:00").await;
    lives.does(pays_now, pays("15.30")).await;
    let message = NewChatMessage {
        channel: "site".into(),
        peer: "7".into(),
        client: Some(lives.client_of(writes).await),
        author: Author::Client,
        hidden: false,
        text: "Is it still there?".into(),
        id: None,
    };
    let by = Actor::Outside { source: "site".into() };
    lives.shop.engine.receive_chat(lives.shop.id, by, message).await.unwrap();
    lives.shop.engine.idle().await;
    let lives = lives.restarted().await;
    lives.until("11-25 16:00").await;
    returns(&lives, back, 2 * 1440).await;
    lives.until("12-20 10:00").await;
    let diary = [
        "11-23 10:00 back notification",
        "11-23 10:00 pays notification",
        "11-23 11:00 writes notification",
        "11-23 13:00 back sms",
        "11-23 14:00 writes chat",
    ];
    assert_eq!(lives.diary().await, diary);
    assert_eq!(lives.stage(brief).await, "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_is_late_alarms_once_by_the_date_that_holds() {
    let mut lives = Lives::with("late-delivery", json!({})).await;
    let late = lives.order("late", "shipped").await;
    let timely = lives.order("timely", "shipped").await;
    let moved = lives.order("moved", "shipped").await;
    let gone = lives.order("gone", "shipped").await;
    let undated = lives.order("undated", "shipped").await;
    for order in [late, timely, moved, gone] {
        lives.does(order, set(&[("delivery-date", "2026-11-27")])).await;
    }
    lives.does(moved, set(&[("delivery-date", "2026-12-02T12:00:00Z")])).await;
    lives.does(gone, cancels()).await;
    for order in [late, timely] {
        lives.does(order, ships_by("Royal Mail")).await;
    }
    lives.until("11-26 15:00").await;
    lives.does(timely, edits("status", "delivered")).await;
    let lives = lives.restarted().await;
    lives.until("12-05 10:00").await;
    assert_eq!(lives.stage(late).await, "late");
    lives.does(late, edits("status", "delivered")).await;
    lives.until("12-20 10:00").await;
    let diary = [
        "11-28 00:00 late notification",
        "11-28 00:00 late task",
        "11-30 09:00 late sms",
        "12-03 12:00 moved notification",
        "12-03 12:00 moved sms",
        "12-03 12:00 moved task",
    ];
    assert_eq!(lives.diary().await, diary);
    for (order, stage) in
        [(late, "done"), (timely, "done"), (moved, "late"), (gone, "shipped"), (undated, "shipped")]
    {
        assert_eq!(lives.stage(order).await, stage);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_at_the_depot_is_announced_and_reminded_of_until_it_is_picked_up() {
    let mut lives = Lives::with("parcel-at-depot", json!({})).await;
    let prompt = lives.order("prompt", "shipped").await;
    let slow = lives.order("slow", "shipped").await;
    let never = lives.order("never", "shipped").await;
    for order in [prompt, slow, never] {
        lives.does(order, ships_by("Royal Mail")).await;
        lives.does(order, edits("status", "arrived")).await;
    }
    lives.until("11-21 10:00").await;
    lives.does(prompt, edits("status", "delivered")).await;
    let lives = lives.restarted().await;
    lives.until("11-24 10:00").await;
    lives.does(slow, edits("status", "delivered")).await;
    lives.until("12-20 10:00").await;
    let diary = [
        "11-20 10:00 never sms",
        "11-20 10:00 prompt sms",
        "11-20 10:00 slow sms",
        "11-23 10:00 never sms",
        "11-23 10:00 slow sms",
        "11-26 10:00 never task",
    ];
    assert_eq!(lives.diary().await, diary);
    assert_eq!((lives.stage(slow).await, lives.stage(never).await), ("done".into(), "at-depot".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_paid_order_is_in_the_register_once() {
    let mut lives = Lives::with("stock-register", json!({})).await;
    let now = lives.order("now", "new").await;
    let later = lives.order("later", "new").await;
    let part = lives.order("part", "new").await;
    lives.does(now, pays("15.30")).await;
    lives.does(part, pays("5.00")).await;
    lives.until("12-01 23:30").await;
    let lives = lives.restarted().await;
    lives.does(later, pays("15.30")).await;
    lives.does(later, pays("1.00")).await;
    lives.until("12-20 10:00").await;
    assert!(lives.diary().await.is_empty());
    let items = items(&lives.shop, "sales-register").await;
    let rows: Vec<_> = items.iter().map(|item| json!(item.fields)).collect();
    let row = |date: &str, order: &str| json!({ "date": date, "order": order, "client": order, "total": "15.30", "currency": "GBP", "lines": "1" });
    assert_eq!(rows, [row("2026-11-20", "now"), row("2026-12-01", "later")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_regulars_get_a_mail_on_the_first_of_the_month_and_nobody_else() {
    let parameters = json!({ "subject": "New teas", "text": "Six new teas.\n\nGift shop" });
    let lives = Lives::with("regulars-mailing", parameters).await;
    for (name, regular) in [("anna", "yes"), ("bob", "yes"), ("carl", "no"), ("dora", "yes")] {
        let id = lives.client(name).await;
        let fields = [("regular".to_owned(), json!(regular))].into();
        lives.shop.execute(Command::ChangeClient { id, fields }).await.unwrap();
        if name == "dora" {
            unsubscribes(&lives, id).await;
        }
    }
    lives.until("11-28 10:00").await;
    let lives = lives.restarted().await;
    lives.until("2027-01-02 10:00").await;
    let diary = [
        "01-01 10:00 anna email",
        "01-01 10:00 bob email",
        "12-01 10:00 anna email",
        "12-01 10:00 bob email",
    ];
    assert_eq!(lives.diary().await, diary);
}
