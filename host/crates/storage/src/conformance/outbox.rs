use rulewright_domain::{
    Message, MessageId, MessageState, OrderId, Recipient, RunId, ShopId, SubscriptionId,
};
use rulewright_ports::storage::MessageQuery;

use super::{
    NEWEST, New, read,
    sample::{self, NOW, ONE, TWO},
    try_write, write,
};

fn ids(messages: Vec<Message>) -> Vec<i64> {
    messages.into_iter().map(|message| message.id.0).collect()
}

async fn put(storage: &New, messages: Vec<Message>) {
    write(storage, move |tx| messages.iter().try_for_each(|message| tx.put_message(message))).await;
}

fn webhook(id: i64, shop: ShopId, subscription: i64, state: MessageState, plus: i64) -> Message {
    let mut message = sample::message(id, shop, state, NOW.plus(plus));
    message.draft.to = Recipient::Subscription(SubscriptionId(subscription));
    message
}

pub async fn due_messages_come_by_turns_of_their_shops(storage: New) {
    use MessageState::{Dead, Pending, Sending};
    assert_eq!(read(&storage, |reads| reads.next_message(&[])).await, None);
    put(
        &storage,
        vec![
            sample::message(1, ONE, Pending, NOW.plus(20)),
            sample::message(2, TWO, Pending, NOW.plus(10)),
            sample::message(3, ONE, Sending, NOW),
            sample::message(4, ONE, Dead, NOW),
            sample::message(5, ONE, Pending, NOW.plus(10)),
        ],
    )
    .await;
    let due = |plus: i64, after: ShopId, except: &[ShopId], limit: u32| {
        let (storage, except) = (storage.clone(), except.to_vec());
        async move {
            ids(read(&storage, move |reads| reads.due_messages(NOW.plus(plus), after, &except, limit)).await)
        }
    };
    const NONE: ShopId = ShopId(0);
    assert_eq!(due(9, NONE, &[], 10).await, [0; 0]);
    assert_eq!(due(20, NONE, &[], 10).await, [5, 2, 1]);
    assert_eq!(due(20, NONE, &[], 1).await, [5]);
    assert_eq!(due(20, ONE, &[], 1).await, [2], "it is the next one's turn");
    assert_eq!(due(20, ONE, &[], 10).await, [2, 5, 1]);
    assert_eq!(due(20, TWO, &[], 2).await, [5, 2], "after the last comes the first");
    assert_eq!(due(20, NONE, &[ONE], 10).await, [2]);
    assert_eq!(due(20, NONE, &[ONE, TWO], 10).await, [0; 0]);
    assert_eq!(due(20, NONE, &[], 0).await, [0; 0]);
    let next = read(&storage, |reads| Ok((reads.next_message(&[TWO])?, reads.next_message(&[ONE, TWO])?)));
    assert_eq!(next.await, (Some(NOW.plus(10)), None));
    assert_eq!(read(&storage, |reads| reads.next_message(&[])).await, Some(NOW.plus(10)));
    assert_eq!(ids(read(&storage, |reads| reads.sending_messages()).await), [3]);
    put(&storage, vec![sample::message(2, TWO, Sending, NOW), sample::message(5, ONE, Dead, NOW)]).await;
    assert_eq!(read(&storage, |reads| reads.next_message(&[])).await, Some(NOW.plus(20)));
    assert_eq!(ids(read(&storage, |reads| reads.sending_messages()).await), [2, 3]);
}

pub async fn webhooks_and_messages_wait_apart(storage: New) {
    use MessageState::{Pending, Sending};
    let all = vec![
        sample::message(1, ONE, Pending, NOW.plus(30)),
        webhook(2, ONE, 7, Pending, 10),
        webhook(3, ONE, 8, Pending, 20),
        webhook(4, ONE, 7, Pending, 20),
        webhook(5, ONE, 8, Sending, 0),
    ];
    put(&storage, all).await;
    let (seven, eight) = (SubscriptionId(7), SubscriptionId(8));
    let found = read(&storage, move |reads| {
        let due = [
            (&[][..], 9, 9),
            (&[][..], 20, 9),
            (&[][..], 20, 1),
            (&[seven][..], 20, 9),
            (&[seven, eight][..], 20, 9),
        ];
        let due = due.into_iter().map(|(except, plus, limit)| {
            reads.due_webhooks(NOW.plus(plus), ONE, except, &[TWO], limit).map(ids)
        });
        let due = due.collect::<Result<Vec<_>, _>>()?;
        let next =
            [&[][..], &[seven][..], &[seven, eight][..]].map(|except| reads.next_webhook(except, &[TWO]));
        Ok((due, next.into_iter().collect::<Result<Vec<_>, _>>()?))
    })
    .await;
    assert_eq!(found.0, [vec![], vec![2, 3, 4], vec![2], vec![3], vec![]]);
    assert_eq!(found.1, [Some(NOW.plus(10)), Some(NOW.plus(20)), None]);
    let of_others = read(&storage, |reads| {
        let due = reads.due_webhooks(NOW.plus(30), ONE, &[], &[ONE], 9)?;
        Ok((ids(due), reads.next_webhook(&[], &[ONE])?))
    });
    assert_eq!(of_others.await, (vec![], None));
    let messages = read(&storage, |reads| {
        Ok((reads.due_messages(NOW.plus(30), ONE, &[], 9)?, reads.next_message(&[])?))
    });
    let (due, next) = messages.await;
    assert_eq!((ids(due), next), (vec![1], Some(NOW.plus(30))));
    assert_eq!(ids(read(&storage, |reads| reads.sending_messages()).await), [5], "both, after a crash");
}

pub async fn due_webhooks_come_by_turns_of_their_shops(storage: New) {
    use MessageState::Pending;
    let all = vec![
        webhook(1, ONE, 7, Pending, 1),
        webhook(2, ONE, 8, Pending, 2),
        webhook(3, TWO, 9, Pending, 3),
        webhook(4, TWO, 9, Pending, 4),
    ];
    put(&storage, all).await;
    let due = |after: ShopId, full: &'static [SubscriptionId], limit: u32| {
        let due = read(&storage, move |reads| reads.due_webhooks(NOW.plus(4), after, full, &[], limit));
        async move { ids(due.await) }
    };
    assert_eq!(due(TWO, &[], 9).await, [1, 3, 2, 4]);
    assert_eq!(due(ONE, &[], 1).await, [3], "it is the next one's turn");
    assert_eq!(due(TWO, &[SubscriptionId(7)], 9).await, [2, 3, 4]);
    let turn = due(ONE, &[SubscriptionId(9)], 1).await;
    assert_eq!(turn, [1], "a shop that nothing of can go to takes nobody's turn");
}

pub async fn unsent_messages_of_a_run_are_found(storage: New) {
    use MessageState::{Pending, Sending, Sent};
    let other = Message { run: Some(RunId(2)), ..sample::message(4, ONE, Pending, NOW) };
    put(
        &storage,
        vec![
            sample::message(1, ONE, Pending, NOW),
            sample::message(2, ONE, Sending, NOW),
            sample::message(3, ONE, Sent, NOW),
            other,
            sample::message(5, ONE, Pending, NOW),
        ],
    )
    .await;
    assert_eq!(ids(read(&storage, |reads| reads.unsent_of_run(RunId(1))).await), [1, 5]);
}

pub async fn messages_are_listed_and_counted(storage: New) {
    use MessageState::{Dead, Pending, Sent};
    let mut mail = sample::message(3, ONE, Dead, NOW);
    mail.draft.channel = "email".into();
    mail.order = Some(OrderId(2));
    put(
        &storage,
        vec![
            sample::message(1, ONE, Sent, NOW),
            sample::message(2, ONE, Pending, NOW),
            mail,
            sample::message(4, TWO, Dead, NOW),
        ],
    )
    .await;
    let any = MessageQuery::default;
    let (sms, dead) = (Some("sms".to_owned()), Some("dead".to_owned()));
    for (query, expected) in [
        (any(), &[3, 2, 1][..]),
        (MessageQuery { order: Some(OrderId(1)), ..any() }, &[2, 1]),
        (MessageQuery { channel: sms.clone(), ..any() }, &[2, 1]),
        (MessageQuery { state: dead.clone(), ..any() }, &[3]),
        (MessageQuery { order: Some(OrderId(2)), channel: sms, state: dead }, &[]),
    ] {
        let asked = query.clone();
        let messages = read(&storage, move |reads| reads.messages(ONE, &asked, NEWEST)).await;
        assert_eq!(ids(messages), expected, "{query:?}");
    }
    let mut counts = read(&storage, |reads| reads.message_counts(ONE)).await;
    counts.sort();
    let count = |channel: &str, state: &str| (channel.to_owned(), state.to_owned(), 1);
    assert_eq!(counts, [count("email", "dead"), count("sms", "pending"), count("sms", "sent")]);
    let (one, two) =
        read(&storage, |reads| Ok((reads.message(ONE, MessageId(1))?, reads.message(TWO, MessageId(1))?)))
            .await;
    assert_eq!((one, two), (Some(sample::message(1, ONE, Sent, NOW)), None));
    let stolen = sample::message(1, TWO, Dead, NOW);
    assert!(try_write(&storage, move |tx| tx.put_message(&stolen)).await.is_err());
}

pub async fn what_a_shop_has_spent_is_counted_by_number_and_time_and_forgotten(storage: New) {
    let rows = [
        (ONE, "sms", "0000001", 1, 10),
        (ONE, "sms", "0000002", 2, 20),
        (ONE, "sms", "0000001", 3, 30),
        (ONE, "call", "0000001", 4, 30),
        (TWO, "sms", "0000001", 5, 30),
    ];
    write(&storage, move |tx| {
        rows.into_iter().try_for_each(|(shop, channel, number, message, plus)| {
            tx.put_spent(shop, channel, number, MessageId(message), NOW.plus(plus), NOW)
        })
    })
    .await;
    let count = |number: Option<&'static str>, plus: i64, except: i64| {
        read(&storage, move |reads| reads.spent_after(ONE, "sms", number, NOW.plus(plus), MessageId(except)))
    };
    for (number, plus, except, expected) in [
        (None, 0, 9, 3),
        (None, 10, 9, 2),
        (None, 0, 3, 2),
        (Some("0000001"), 0, 9, 2),
        (Some("0000001"), 10, 9, 1),
        (Some("0000003"), 0, 9, 0),
    ] {
        assert_eq!(count(number, plus, except).await, expected, "{number:?} after {plus} but {except}");
    }
    // Once more it counts from then on, and what is over is gone.
    write(&storage, |tx| tx.put_spent(ONE, "sms", "0000001", MessageId(1), NOW.plus(40), NOW.plus(20))).await;
    assert_eq!(count(None, 0, 9).await, 2);
    assert_eq!(count(None, 30, 9).await, 1);
    let stolen =
        try_write(&storage, |tx| tx.put_spent(TWO, "sms", "0000001", MessageId(1), NOW.plus(50), NOW));
    assert!(stolen.await.is_err());
}
