//! When too much comes: what there is no room for is refused unwritten, and one shop's crowd keeps no other from its turn.

use std::{
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use futures::future::join_all;
use rulewright_domain::{
    Actor, Author, ChatSessionId, Command, Flow, NewEvent, OrderChange, OrderId, Place, RecurrenceId, RunId,
    RunState, kind,
};
use rulewright_engine::{
    Among, Bound, LoadLimits, NewChatMessage, NewMail, NewVisit, NewWebhook, OVERLOADED, Refusal, Request,
    RunNow,
};
use rulewright_ports::{Clock, StorageError, StorageExt};
use serde_json::json;
use tokio::sync::{Barrier, Notify};

use crate::{
    programs,
    support::{Outside, TestShop, bundled, rule},
    webhooks::Receiver,
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

/// A shop with so many orders that tell their client once they are paid, and another one with one. Nobody answers what
/// is sent.
async fn mailing(crowd: usize) -> (TestShop, Vec<OrderId>, TestShop, OrderId) {
    let loud = TestShop::with(&[bundled("send-sms")]).await;
    let quiet = loud.another().await;
    quiet.install(bundled("send-sms")).await;
    let sms = || rule("sms", "rulewright.send-sms", json!({ "text": "Thank you" }));
    for shop in [&loud, &quiet] {
        shop.publish(json!({ "paid": { "rules": [sms()] } })).await;
    }
    let client = loud.client(&[("mobile", "+447700900123")], &[]).await;
    let other = quiet.client(&[("mobile", "+447700900456")], &[]).await;
    let one = quiet.order_of(&[other]).await;
    let mut orders = Vec::new();
    for _ in 0..crowd {
        orders.push(loud.order_of(&[client]).await);
    }
    // So many never meet.
    *loud.provider.meeting.lock().unwrap() = Some(Arc::new(Barrier::new(1_000)));
    (loud, orders, quiet, one)
}

/// Messages of the shop that were handed over.
fn sent_by(shop: &TestShop) -> usize {
    let received = shop.provider.received.lock().unwrap();
    received.iter().filter(|message| message.shop == shop.id).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailing_that_is_stuck_leaves_places_to_the_messages_of_another_shop() {
    let (loud, orders, quiet, one) = mailing(40).await;
    join_all(orders.iter().map(|order| loud.move_to(*order, "paid"))).await;
    until("three quarters are the mailing's", || sent_by(&loud) == 24).await;
    quiet.move_to(one, "paid").await;
    until("the other shop's message leaves", || sent_by(&quiet) == 1).await;
    assert_eq!(sent_by(&loud), 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_waits_has_its_turn_however_many_of_another_shop_have_waited_for_longer() {
    let (loud, orders, quiet, one) = mailing(80).await;
    loud.engine.halt(Flow::Outbox, "until all of them wait").await.unwrap();
    join_all(orders.iter().map(|order| loud.move_to(*order, "paid"))).await;
    quiet.move_to(one, "paid").await;
    loud.engine.idle().await;
    assert_eq!((sent_by(&loud), sent_by(&quiet)), (0, 0));
    loud.engine.resume(Flow::Outbox).await.unwrap();
    until("the other shop's message leaves", || sent_by(&quiet) == 1).await;
    until("three quarters are the mailing's", || sent_by(&loud) == 24).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_waits_has_its_turn_however_many_of_other_shops_have_waited_for_longer() {
    let (crowd, one) = (Receiver::answering(&[(204, None)]).await, Receiver::answering(&[(204, None)]).await);
    // Nobody answers.
    for receiver in [&crowd, &one] {
        receiver.room.forget_permits(10_000);
    }
    let neighbours = vec![crowd.address.clone(), one.address.clone()];
    let loud = TestShop::in_world(&[], Outside { neighbours, webhooks: 4, ..Outside::default() }).await;
    // One alone leaves a quarter of the places to others, and two of them leave none.
    let (as_loud, quiet) = (loud.another().await, loud.another().await);
    for (shop, receiver) in [(&loud, &crowd), (&as_loud, &crowd), (&quiet, &one)] {
        let wanted = NewWebhook::standard(receiver.url(), vec![kind::ORDER_CREATED.into()]);
        shop.engine.create_webhook(shop.id, wanted).await.unwrap();
    }
    loud.engine.halt(Flow::Outbox, "until all of them wait").await.unwrap();
    for _ in 0..4 {
        loud.order().await;
        as_loud.order().await;
    }
    quiet.order().await;
    loud.engine.idle().await;
    loud.engine.resume(Flow::Outbox).await.unwrap();
    until("the third shop's webhook leaves", || one.told().len() == 1).await;
    until("the other places are the others'", || crowd.told().len() == 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_due_at_once_is_let_in_bit_by_bit_and_another_shop_need_not_wait_for_it() {
    const CROWD: usize = 60;
    let load = LoadLimits { due: 4, ..LoadLimits::NONE };
    let loud = TestShop::in_world(&[programs::WAITS], Outside { lanes: 1, load, ..Outside::default() }).await;
    let quiet = loud.another().await;
    quiet.install(programs::WAITS).await;
    for shop in [&loud, &quiet] {
        let waits = rule("waits", "test.waits", json!({ "amount": 60_000 }));
        shop.publish(json!({ "paid": { "rules": [waits] } })).await;
    }
    let orders: Vec<_> = join_all((0..CROWD).map(|_| loud.order())).await;
    join_all(orders.iter().map(|order| loud.move_to(*order, "paid"))).await;
    loud.engine.idle().await;
    let one = quiet.order().await;
    quiet.enter(one, "paid").await;

    // Ten years at once: all of it is due, and what the quiet shop waits for is the last of it.
    let mut moved = loud.engine.subscribe_runs();
    loud.clock.advance_to(loud.clock.now().plus(10 * 365 * 86_400_000));
    let mut before = 0;
    while tokio::time::timeout(PATIENCE, moved.recv()).await.unwrap().unwrap().shop != quiet.id {
        before += 1;
    }
    assert!(before < CROWD / 2, "{before} times something became of the others before");
    loud.pass(1).await;
    for (shop, order) in orders.into_iter().map(|order| (&loud, order)).chain([(&quiet, one)]) {
        assert_eq!(shop.run(order).await.state, RunState::Done);
        assert_eq!(shop.comments(order).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_wakes_what_waits_for_it_bit_by_bit_and_leaves_out_nothing() {
    const RUNS: usize = 520;
    let shop = TestShop::with(&[programs::WAITS_ON]).await;
    let waits = rule("waits", "test.waits-on", json!({ "text": kind::CALL_INCOMING }));
    shop.publish(json!({ "paid": { "rules": [waits] } })).await;
    let orders: Vec<_> = join_all((0..RUNS).map(|_| shop.order())).await;
    join_all(orders.iter().map(|order| shop.move_to(*order, "paid"))).await;
    shop.engine.idle().await;
    let (id, storage) = (shop.id, shop.engine.storage().clone());
    let waiting = move |tx: &mut dyn rulewright_ports::Transaction| {
        let counts = tx.run_counts(id)?;
        let waiting = counts.into_iter().find(|(state, _)| state == "waiting");
        Ok::<_, StorageError>(waiting.map_or(0, |(_, count)| count))
    };
    // Asked for in the same breath: it stands behind the event where all that is written stands in a row.
    let (called, left) = futures::join!(shop.engine.execute(call(&shop)), storage.write(waiting));
    called.unwrap();
    assert_eq!(left.unwrap(), RUNS as u64 - 500, "one transaction wakes so many");
    shop.pass(1).await;
    for order in orders {
        assert_eq!(shop.run(order).await.state, RunState::Done);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_rules_and_triggers_than_one_event_may_start_are_not_published() {
    let shop = TestShop::with(&[programs::COUNTS, bundled("payment")]).await;
    let rules = |count: usize| -> Vec<_> {
        (0..count).map(|number| rule(&format!("rule-{number}"), "test.counts", json!({}))).collect()
    };
    let triggers = |count: usize| -> Vec<_> {
        (0..count).map(|number| rule(&format!("trigger-{number}"), "rulewright.payment", json!({}))).collect()
    };
    for (stages, path, most, count) in [
        (json!({ "paid": { "rules": rules(201) } }), "/paid/rules", "200", "201"),
        // Of all stages: an event of an order asks those before it and behind.
        (
            json!({ "paid": { "triggers": triggers(251) }, "packing": { "triggers": triggers(250) } }),
            "",
            "500",
            "501",
        ),
    ] {
        let Err(Refusal::Invalid(issues)) = shop.try_publish(stages).await else {
            panic!("{count} are set in motion together");
        };
        let told: Vec<_> = issues
            .iter()
            .filter(|issue| issue.code == "too-many")
            .map(|issue| (issue.path.as_str(), issue.message.contains(most) && issue.message.contains(count)))
            .collect();
        assert_eq!(told, [(path, true)], "{issues:?}");
    }
    shop.publish(json!({ "paid": { "rules": rules(200) } })).await;
}
