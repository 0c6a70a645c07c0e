//! When too much comes: what there is no room for is refused unwritten, and one shop's crowd keeps no other from its turn.

use std::{
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use rulewright_domain::{
    Actor, Author, ChatSessionId, Command, NewEvent, OrderChange, Place, RecurrenceId, RunId, RunState, kind,
};
use rulewright_engine::{
    Among, Bound, LoadLimits, NewChatMessage, NewMail, NewVisit, OVERLOADED, Refusal, Request, RunNow,
};
use rulewright_ports::{StorageError, StorageExt};
use serde_json::json;
use tokio::sync::{Barrier, Notify};

use crate::{
    programs,
    support::{Outside, TestShop, bundled, rule},
};

const PATIENCE: Duration = Duration::from_secs(60);

fn by() -> Actor {
    Actor::Token { name: "Ada".into() }
}

async fn until(what: &str, is: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < end, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The storage writes nothing for as long as this lives.
struct Held {
    _open: mpsc::Sender<()>,
}

async fn hold(shop: &TestShop) -> Held {
    let (held, dropped) = mpsc::channel::<()>();
    let (dropped, begun) = (Mutex::new(dropped), Arc::new(Notify::new()));
    let (storage, told) = (shop.engine.storage().clone(), begun.clone());
    tokio::spawn(async move {
        let job = move |_: &mut dyn rulewright_ports::Transaction| {
            told.notify_one();
            // An error says that nobody holds it any more.
            let _ = dropped.lock().unwrap().recv();
            Ok::<_, StorageError>(())
        };
        storage.write(job).await.unwrap();
    });
    begun.notified().await;
    Held { _open: held }
}

fn call(shop: &TestShop) -> Request {
    let command = Command::Ingest(NewEvent::new(kind::CALL_INCOMING));
    Request { shop: shop.id, command, by: by(), key: None }
}

fn limited(load: LoadLimits) -> Outside {
    Outside { load, ..Outside::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_there_is_no_room_for_is_refused_unwritten_and_what_was_accepted_is_done() {
    let shop = TestShop::in_world(&[], limited(LoadLimits { changes: 2, ..LoadLimits::NONE })).await;
    let other = shop.another().await;
    let order = shop.order().await;
    let calls = async |shop: &TestShop| {
        let query =
            rulewright_ports::storage::EventQuery { order: None, kind: Some(kind::CALL_INCOMING.into()) };
        let id = shop.id;
        let read = shop
            .engine
            .storage()
            .read(move |reads| Ok::<_, Refusal>(reads.events(id, &query, crate::support::ALL)?.len()));
        read.await.unwrap()
    };
    let accept = |shop: &TestShop| {
        let (engine, request) = (shop.engine.clone(), call(shop));
        tokio::spawn(async move { engine.execute(request).await })
    };

    let held = hold(&shop).await;
    let mut accepted = vec![accept(&shop), accept(&shop)];
    until("two wait", || shop.engine.load().changes == 2).await;
    for _ in 0..3 {
        let refused = shop.engine.execute(call(&shop)).await.unwrap_err();
        assert_eq!(refused.code(), OVERLOADED, "{refused}");
    }
    assert_eq!(shop.read(order).await.id, order, "reading goes on");

    accepted.push(accept(&other));
    until("another shop has its share", || shop.engine.load().changes == 3).await;
    assert_eq!(other.engine.execute(call(&other)).await.unwrap_err().code(), OVERLOADED, "and no more");
    assert_eq!(shop.engine.load().refused[Bound::Changes as usize], (Bound::Changes, 4));

    drop(held);
    for one in accepted {
        one.await.unwrap().unwrap();
    }
    assert_eq!((calls(&shop).await, calls(&other).await), (2, 1), "all that was accepted, and nothing else");
    assert_eq!(shop.engine.load().changes, 0);
    shop.engine.execute(call(&shop)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_room_no_door_lets_anything_in_and_settings_are_not_refused() {
    let shop = TestShop::in_world(&[], limited(LoadLimits { changes: 1, ..LoadLimits::NONE })).await;
    let (id, engine) = (shop.id, &shop.engine);
    let held = hold(&shop).await;
    let (waits, request) = (engine.clone(), call(&shop));
    let accepted = tokio::spawn(async move { waits.execute(request).await });
    until("one waits", || engine.load().changes == 1).await;

    let mail = NewMail {
        message_id: "1@client.example".into(),
        mailbox: "info".into(),
        from: "ada@client.example".into(),
        to: "info@shop.test".into(),
        subject: "Hello".into(),
        text: "Hello".into(),
        in_reply_to: None,
        automatic: false,
        attachments: Vec::new(),
    };
    let written = NewChatMessage {
        channel: "chat".into(),
        peer: "p1".into(),
        client: None,
        author: Author::Client,
        hidden: false,
        text: "Hello".into(),
        id: None,
    };
    let visit = NewVisit { id: "1".into(), visitor: "v".into(), place: Place::Site, client: None };
    let now = RunNow {
        pipeline: shop.pipeline.clone(),
        stage: "new".into(),
        rule: "any".into(),
        orders: Among::Here,
        by: by(),
    };
    let (chat, peer) = (|| "chat".to_owned(), "p1".to_owned());
    let refused = [
        ("a mail", engine.receive_mail(id, by(), mail).await.err()),
        ("a line of a chat", engine.receive_chat(id, by(), written).await.err()),
        ("the end of a chat", engine.close_chat(id, chat(), ChatSessionId(1)).await.err()),
        ("who a peer is", engine.link_peer(id, chat(), peer, None).await.err()),
        ("a visit", engine.receive_visit(id, by(), visit).await.err()),
        ("a recurrence's order", engine.expose_recurrence(id, by(), RecurrenceId(1)).await.err()),
        ("a run again", engine.run_again(id, RunId(1), by()).await.err()),
        ("a rule for all orders of a stage", engine.run_now(id, now).await.err()),
    ];
    for (door, refusal) in refused {
        let code = refusal.as_ref().map(|refusal| refusal.code());
        assert_eq!(code, Some(OVERLOADED), "{door}: {refusal:?}");
    }

    let (settings, wanted) = (engine.clone(), shop.id);
    let renamed =
        tokio::spawn(async move { settings.change_shop(wanted, |shop| shop.name = "Tea".into()).await });
    until("a setting waits for its turn", || engine.load().changes == 2).await;
    drop(held);
    accepted.await.unwrap().unwrap();
    assert_eq!(renamed.await.unwrap().unwrap().name, "Tea");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_with_hundreds_of_steps_lets_another_one_have_its_turn() {
    const CROWD: usize = 200;
    let outside = Outside { lanes: 1, ..Outside::default() };
    let loud = TestShop::in_world(&[programs::COUNTS], outside).await;
    let quiet = loud.another().await;
    quiet.install(programs::COUNTS).await;
    let counts = || json!({ "paid": { "rules": [rule("counts", "test.counts", json!({}))] } });
    // Their orders stand in the stage before it has a rule.
    let orders: Vec<_> = futures::future::join_all((0..CROWD).map(|_| loud.order())).await;
    futures::future::join_all(orders.iter().map(|order| loud.move_to(*order, "paid"))).await;
    loud.publish(counts()).await;
    quiet.publish(counts()).await;
    let one = quiet.order().await;
    loud.engine.idle().await;

    let mut moved = quiet.engine.subscribe_runs();
    let crowd = RunNow {
        pipeline: loud.pipeline.clone(),
        stage: "paid".into(),
        rule: "counts".into(),
        orders: Among::Here,
        by: by(),
    };
    let started = loud.engine.run_now(loud.id, crowd).await.unwrap();
    assert_eq!(started.started, CROWD as u64);
    quiet.change(one, OrderChange::MoveStage { stage: "paid".into() }).await.unwrap();
    let ended = async {
        loop {
            let moved = moved.recv().await.unwrap();
            if moved.shop == quiet.id && quiet.run(one).await.state == RunState::Done {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
    let left = loud.engine.load().steps;
    assert!(left > 0, "it was the last of {}", CROWD + 1);
    loud.engine.idle().await;
    assert_eq!(loud.engine.load().steps, 0, "what has begun waits no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailing_that_is_stuck_leaves_places_to_the_messages_of_another_shop() {
    const CROWD: usize = 40;
    let loud = TestShop::with(&[bundled("send-sms")]).await;
    let quiet = loud.another().await;
    quiet.install(bundled("send-sms")).await;
    let sms = || rule("sms", "rulewright.send-sms", json!({ "text": "Thank you" }));
    for shop in [&loud, &quiet] {
        shop.publish(json!({ "paid": { "rules": [sms()] } })).await;
    }
    let client = loud.client(&[("mobile", "+447700900123")], &[]).await;
    let other = quiet.client(&[("mobile", "+447700900456")], &[]).await;
    let quiet_order = quiet.order_of(&[other]).await;
    let mut orders = Vec::new();
    for _ in 0..CROWD {
        orders.push(loud.order_of(&[client]).await);
    }
    // Nobody answers: so many never meet.
    *loud.provider.meeting.lock().unwrap() = Some(Arc::new(Barrier::new(1_000)));
    futures::future::join_all(orders.iter().map(|order| loud.move_to(*order, "paid"))).await;
    let of = |shop: &TestShop| {
        let received = shop.provider.received.lock().unwrap();
        received.iter().filter(|message| message.shop == shop.id).count()
    };
    until("three quarters are the mailing's", || of(&loud) == 24).await;
    quiet.move_to(quiet_order, "paid").await;
    let got = || quiet.provider.received.lock().unwrap().iter().any(|message| message.shop == quiet.id);
    until("the other shop's message leaves", got).await;
    assert_eq!(of(&loud), 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_rules_than_one_event_may_start_are_not_published() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let rules = |count: usize| -> Vec<_> {
        (0..count).map(|number| rule(&format!("rule-{number}"), "test.counts", json!({}))).collect()
    };
    let Err(Refusal::Invalid(issues)) = shop.try_publish(json!({ "paid": { "rules": rules(201) } })).await
    else {
        panic!("201 rules start together");
    };
    let told: Vec<_> = issues.iter().map(|issue| (issue.path.as_str(), issue.code.as_str())).collect();
    assert_eq!(told, [("/paid/rules", "too-many")]);
    assert!(issues[0].message.contains("200") && issues[0].message.contains("201"), "{issues:?}");
    shop.publish(json!({ "paid": { "rules": rules(200) } })).await;
}
