//! The rows of the rules for client communications, R29 to R32, each with its acceptance check.

use rulewright_domain::{Actor, Author, ChatSessionId, EntryKind, OpenChannel, RunState};
use rulewright_engine::{NewChatMessage, Refusal};
use rulewright_ports::{Reads, StorageExt};
use serde_json::{Value, json};

use crate::{
    rows_rules::{company, does, refused, run_of, sent, shop_with, then_does, timeline, why},
    support::{ALL, TestShop, rule},
};

fn call(using: Value) -> Value {
    does("robocall", json!({ "number": "+442079460099", "using": using }))
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_robocall_dials_the_company_where_the_contact_has_no_number() {
    let shop = shop_with(&["robocall", "add-comment"]).await;
    let text = json!({ "kind": "text", "text": "Order <b>{{ order.number }}</b> is ready", "speed": "low" });
    let tell = json!({ "text": "{{ previous.result | not called }}" });
    shop.publish(json!({ "paid": { "rules": [call(text.clone()), then_does("add-comment", tell)] } })).await;
    let contact = shop.client(&[], &[("work", "ada@example.com")]).await;
    let company = company(&shop, "reception, +44 20 7946 0000").await;
    let order = shop.order_with(|new| (new.contacts, new.company) = (vec![contact], Some(company))).await;
    shop.enter(order, "paid").await;
    let calls = sent(&shop, "call");
    let draft = &calls[0].draft;
    assert_eq!((calls.len(), draft.address.as_str()), (1, "+442079460000"));
    assert_eq!(draft.text, format!("Order {} is ready", order.0));
    assert_eq!((draft.sender.as_deref(), &draft.params["speed"]), (Some("+442079460099"), &json!("low")));
    assert_eq!(run_of(&shop, order, "robocall").await.output["answered"], json!(true));
    assert_eq!(shop.comments(order).await, ["answered"]);

    let unreachable = shop.order_of(&[contact]).await;
    shop.enter(unreachable, "paid").await;
    assert!(why(&shop, unreachable, "robocall").await.starts_with("no-phone"));
    assert_eq!(shop.comments(unreachable).await, ["not called"]);
    assert_eq!(sent(&shop, "call").len(), 1);

    let without_number = does("robocall", json!({ "number": "", "using": text }));
    assert_eq!(refused(&shop, without_number).await, ["telephony-not-connected"]);
    for link in ["ftp://x", "https://example.com/hello.wav"] {
        let audio = json!({ "kind": "audio", "link": link });
        assert_eq!(refused(&shop, call(audio)).await, ["not-an-mp3-link"], "{link}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r30_send_sms_reaches_the_chosen_type_of_number_or_nobody() {
    let shop = shop_with(&["send-sms", "add-comment"]).await;
    let sms = |text: &str| does("send-sms", json!({ "text": text }));
    let mobile = rule("mobile", "rulewright.send-sms", json!({ "text": "hi", "phone": "mobile" }));
    let emoji = "\u{1F381}".repeat(200);
    shop.publish(json!({
        "paid": { "rules": [mobile, then_does("add-comment", json!({ "text": "went on" }))] },
        "packing": { "rules": [sms(&emoji)] },
        "shipped": { "rules": [rule("long", "rulewright.send-sms", json!({ "text": "{{ order.comments }}" }))] },
    }))
    .await;
    let client = shop.client(&[("work", "+44 20 7946 0000")], &[]).await;
    let order = shop.order_with(|new| (new.contacts, new.comments) = (vec![client], "x".repeat(201))).await;
    shop.enter(order, "paid").await;
    assert!(why(&shop, order, "mobile").await.starts_with("no-such-phone-type"));
    assert_eq!(shop.comments(order).await, ["went on"]);
    shop.enter(order, "shipped").await;
    assert!(why(&shop, order, "long").await.starts_with("too-long"));
    assert!(shop.provider.received.lock().unwrap().is_empty(), "the provider was called");

    shop.enter(order, "packing").await;
    let messages = sent(&shop, "sms");
    assert_eq!((messages.len(), messages[0].draft.text.as_str()), (1, emoji.as_str()));
    assert_eq!(messages[0].draft.address, "+442079460000");
    assert!(timeline(&shop, order).await.contains(&EntryKind::Message), "no SMS on the timeline");
    assert_eq!(refused(&shop, sms(&"x".repeat(201))).await, ["too-long"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn r31_send_email_goes_to_the_chosen_type_of_address_or_to_nobody() {
    let shop = shop_with(&["send-email"]).await;
    let mail = |id: &str, address: &str| {
        let settings = json!({
            "from": "sales@example.com", "subject": "Order\n{{ order.number }}", "text": "Dear {{ client.name }}",
            "address": address,
        });
        rule(id, "rulewright.send-email", settings)
    };
    shop.publish(json!({
        "paid": { "rules": [mail("home", "home")] },
        "packing": { "rules": [mail("auto", "auto")] },
    }))
    .await;
    let client = shop.client(&[], &[("work", "ada@example.com"), ("other", "lovelace@example.com")]).await;
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    assert!(why(&shop, order, "home").await.starts_with("no-such-address-type"));
    assert!(shop.provider.received.lock().unwrap().is_empty());
    shop.enter(order, "packing").await;
    let mails = sent(&shop, "email");
    let draft = &mails[0].draft;
    assert_eq!((mails.len(), draft.address.as_str()), (1, "ada@example.com"));
    assert_eq!(
        (draft.sender.as_deref(), draft.text.as_str()),
        (Some("sales@example.com"), "Dear Ada Lovelace")
    );
    assert_eq!(draft.subject.as_deref(), Some(format!("Order {}", order.0).as_str()));
    let mut without_subject = mail("id", "auto");
    without_subject["settings"]["subject"] = json!(" ");
    assert_eq!(refused(&shop, without_subject).await, ["empty-subject"]);
}

/// As the client sees it, or as staff does, who sees what is hidden.
async fn transcript(shop: &TestShop, session: ChatSessionId, hidden: bool) -> Vec<String> {
    let id = shop.id;
    let read = move |reads: &mut dyn Reads| Ok::<_, Refusal>(reads.chat_messages(id, session, hidden, ALL)?);
    let lines = shop.engine.storage().read(read).await.unwrap();
    lines.into_iter().map(|line| line.text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn r32_send_via_open_channel_answers_where_the_client_wrote_last_and_whispers_to_staff_only() {
    let shop = shop_with(&["send-open-channel", "add-comment"]).await;
    let send = |text: &str, hidden: bool| {
        rule(text, "rulewright.send-open-channel", json!({ "text": text, "hidden": hidden }))
    };
    shop.publish(json!({
        "paid": { "rules": [send("On its way", false), then_does("add-comment", json!({ "text": "went on" }))] },
        "packing": { "rules": [send("Give a discount", true)] },
    }))
    .await;
    let client = shop.client(&[("mobile", "+447700900123")], &[]).await;
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    assert!(why(&shop, order, "On its way").await.starts_with("no-channel"));
    assert_eq!(run_of(&shop, order, "add-comment").await.state, RunState::Done);
    assert!(shop.messages().await.is_empty());

    let mut sessions = Vec::new();
    for name in ["telegram", "whatsapp"] {
        let channel = OpenChannel { name: name.into(), title: name.into(), active: true, silence: 60 };
        shop.engine.put_open_channel(shop.id, channel).await.unwrap();
        let (peer, text) = ("7".to_owned(), "Hello".to_owned());
        let (client, author) = (Some(client), Author::Client);
        let message =
            NewChatMessage { channel: name.into(), peer, client, author, hidden: false, text, id: None };
        let by = Actor::Outside { source: name.into() };
        sessions.push(shop.engine.receive_chat(shop.id, by, message).await.unwrap().session);
        shop.pass(60).await;
    }
    shop.enter(order, "new").await;
    shop.enter(order, "paid").await;
    let sent = shop.provider.received.lock().unwrap().clone();
    let addresses: Vec<_> = sent.into_iter().map(|message| message.draft.address).collect();
    assert_eq!(addresses, ["whatsapp/7"]);
    assert_eq!(transcript(&shop, sessions[1], false).await, ["Hello", "On its way"]);

    shop.enter(order, "packing").await;
    assert_eq!(
        transcript(&shop, sessions[1], false).await,
        ["Hello", "On its way"],
        "the client sees the whisper"
    );
    assert_eq!(transcript(&shop, sessions[1], true).await, ["Hello", "On its way", "Give a discount"]);
    assert_eq!(transcript(&shop, sessions[0], true).await, ["Hello"]);
    assert_eq!(shop.provider.received.lock().unwrap().len(), 1, "the messenger got the whisper");
}
