use rulewright_domain::{Event, EventId, MatchId, NewEvent, OrderId, kind};
use rulewright_ports::storage::{EventQuery, Page};
use serde_json::{Value, json};

use super::{
    ALL, NEWEST, New, read,
    sample::{self, ONE, TWO},
    try_write, write,
};

fn ids(events: Vec<Event>) -> Vec<i64> {
    events.into_iter().map(|event| event.id.0).collect()
}

pub async fn the_log_is_append_only(storage: New) {
    let event = sample::event(1, ONE, sample::about(kind::ORDER_CREATED, 1));
    let (first, second) = (event.clone(), event.clone());
    write(&storage, move |tx| tx.append_event(&first)).await;
    assert!(try_write(&storage, move |tx| tx.append_event(&second)).await.is_err());
    let (kept, other) =
        read(&storage, |reads| Ok((reads.event(ONE, EventId(1))?, reads.event(TWO, EventId(1))?))).await;
    assert_eq!((kept, other), (Some(event), None));
}

pub async fn events_are_found_by_order_and_kind(storage: New) {
    write(&storage, |tx| {
        tx.append_event(&sample::event(1, ONE, sample::about(kind::ORDER_CREATED, 1)))?;
        tx.append_event(&sample::event(2, ONE, sample::about(kind::STAGE_CHANGED, 1)))?;
        tx.append_event(&sample::event(3, ONE, sample::about(kind::ORDER_CREATED, 2)))?;
        tx.append_event(&sample::event(4, TWO, sample::about(kind::ORDER_CREATED, 1)))?;
        tx.append_event(&sample::event(5, ONE, NewEvent::new(kind::CALL_INCOMING)))
    })
    .await;
    let any = EventQuery::default;
    let created = Some(kind::ORDER_CREATED.to_owned());
    for (query, page, expected) in [
        (any(), ALL, &[1, 2, 3, 5][..]),
        (any(), NEWEST, &[5, 3, 2, 1]),
        (any(), Page { after: Some(3), limit: 1, newest_first: true }, &[2]),
        (EventQuery { order: Some(OrderId(1)), ..any() }, ALL, &[1, 2]),
        (EventQuery { kind: created.clone(), ..any() }, ALL, &[1, 3]),
        (EventQuery { order: Some(OrderId(1)), kind: created }, ALL, &[1]),
    ] {
        let asked = query.clone();
        let events = read(&storage, move |reads| reads.events(ONE, &asked, page)).await;
        assert_eq!(ids(events), expected, "{query:?}");
    }
}

pub async fn a_payload_comes_back_as_it_was(storage: New) {
    // As deep as the parser of the API lets in, before it is wrapped into an event.
    let deep = (0..126).fold(json!(1), |inner, _| json!([inner]));
    let mut what = sample::about(kind::WEBHOOK_RECEIVED, 1).attr("ratio", 0.1 + 0.2);
    what.data = json!({
        "float": 1.7976931348623157e308, "thirds": 1.0 / 3.0, "large": u64::MAX, "small": i64::MIN,
        "text": "nul \u{0} quote \" line \u{2028} 😀", "deep": deep, "null": Value::Null,
    })
    .into();
    let event = sample::event(1, ONE, what);
    let stored = event.clone();
    write(&storage, move |tx| tx.append_event(&stored)).await;
    assert_eq!(read(&storage, |reads| reads.event(ONE, EventId(1))).await, Some(event.clone()));
    // A list reads what is stored, whatever is remembered of it.
    let listed = read(&storage, |reads| reads.events(ONE, &EventQuery::default(), ALL)).await;
    assert_eq!(listed, [Event::clone(&event)]);
}

pub async fn matches_are_listed_and_pending_ones_found(storage: New) {
    write(&storage, |tx| {
        tx.put_match(&sample::matching(1, ONE, Some(1), true))?;
        tx.put_match(&sample::matching(2, ONE, None, false))?;
        tx.put_match(&sample::matching(3, TWO, Some(2), true))?;
        tx.put_match(&sample::matching(4, ONE, Some(1), true))
    })
    .await;
    write(&storage, |tx| tx.put_match(&sample::matching(1, ONE, Some(1), false))).await;
    let (of_order, all, one, other, pending) = read(&storage, |reads| {
        Ok((
            reads.matches(ONE, Some(OrderId(1)), NEWEST)?,
            reads.matches(ONE, None, ALL)?,
            reads.matching(ONE, MatchId(1))?,
            reads.matching(TWO, MatchId(1))?,
            reads.pending_matches()?,
        ))
    })
    .await;
    let ids = |matches: Vec<rulewright_domain::Match>| {
        matches.into_iter().map(|matching| matching.id.0).collect::<Vec<_>>()
    };
    assert_eq!(ids(of_order), [4, 1]);
    assert_eq!(ids(all), [1, 2, 4]);
    assert_eq!(one, Some(sample::matching(1, ONE, Some(1), false)));
    assert_eq!(other, None);
    assert_eq!(pending, [(ONE, OrderId(1), MatchId(4)), (TWO, OrderId(2), MatchId(3))]);
}
