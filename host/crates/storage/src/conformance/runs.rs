use rulewright_domain::{
    ClientId, EventFilter, EventId, NewEvent, Order, OrderId, Run, RunId, RunState, ShopId, Started,
    Timestamp, Wake, kind,
};
use rulewright_ports::storage::{ReadyRun, RunMark, RunQuery};

use super::{
    ALL, NEWEST, New, read,
    sample::{self, NOW, ONE, TWO},
    try_write, write,
};

async fn put(storage: &New, runs: Vec<Run>) {
    write(storage, move |tx| runs.iter().try_for_each(|run| tx.put_run(run))).await;
}

fn ids(runs: Vec<Run>) -> Vec<i64> {
    runs.into_iter().map(|run| run.id.0).collect()
}

fn ids_of(runs: Vec<RunId>) -> Vec<i64> {
    runs.into_iter().map(|run| run.0).collect()
}

fn failed() -> RunState {
    RunState::Failed { code: "trap".into(), message: "unreachable".into() }
}

pub async fn open_runs_come_in_the_order_of_the_list(storage: New) {
    let parked = RunState::Parked { reason: "date-empty".into() };
    put(
        &storage,
        vec![
            Run { position: 1, ..sample::run(1, ONE, 1, RunState::Ready) },
            Run { position: 0, ..sample::run(2, ONE, 1, RunState::Blocked { on: RunId(1) }) },
            Run { position: 0, visit: 0, ..sample::run(3, ONE, 1, parked) },
            sample::run(4, ONE, 1, RunState::Done),
            sample::run(5, ONE, 2, RunState::Ready),
            sample::run(6, TWO, 1, RunState::Ready),
        ],
    )
    .await;
    let open = read(&storage, |reads| reads.open_runs(ONE, OrderId(1))).await;
    assert_eq!(ids(open), [3, 2, 1]);
    put(&storage, vec![Run { position: 1, ..sample::run(1, ONE, 1, failed()) }]).await;
    let open = read(&storage, |reads| reads.open_runs(ONE, OrderId(1))).await;
    assert_eq!(ids(open), [3, 2]);
}

pub async fn where_the_runs_of_a_visit_stand_is_read_without_them(storage: New) {
    write(&storage, |tx| {
        tx.put_order(ONE, &Order { visit: 2, ..sample::order(1) })?;
        tx.put_order(ONE, &sample::order(2))
    })
    .await;
    let second = |id, state| Run { visit: 2, ..sample::run(id, ONE, 1, state) };
    put(
        &storage,
        vec![
            sample::run(1, ONE, 1, failed()),
            second(2, RunState::Done),
            second(3, RunState::Scheduled { until: NOW }),
            sample::run(4, ONE, 2, failed()),
            sample::run(5, TWO, 2, failed()),
        ],
    )
    .await;
    let marks = read(&storage, |reads| reads.run_marks(ONE, OrderId(1), 2)).await;
    let mark = |run, state: &str, wake_at| RunMark { run: RunId(run), state: state.into(), wake_at };
    assert_eq!(marks, [mark(2, "done", None), mark(3, "scheduled", Some(NOW))]);
    // The failure of the first order was in a visit that is over.
    assert_eq!(read(&storage, |reads| reads.orders_with_failures(ONE, 10)).await, [OrderId(2)]);
    put(&storage, vec![second(6, failed())]).await;
    let found = read(&storage, |reads| reads.orders_with_failures(ONE, 10)).await;
    assert_eq!(found, [OrderId(1), OrderId(2)]);
    assert_eq!(read(&storage, |reads| reads.orders_with_failures(ONE, 1)).await, [OrderId(1)]);
}

pub async fn ready_runs_of_every_shop_are_found(storage: New) {
    put(
        &storage,
        vec![
            Run { position: 3, visit: 2, ..sample::run(1, ONE, 1, RunState::Ready) },
            sample::run(2, TWO, 5, RunState::Ready),
            sample::run(3, ONE, 1, RunState::Scheduled { until: NOW }),
            sample::run(4, ONE, 1, RunState::Done),
        ],
    )
    .await;
    let mut ready = read(&storage, |reads| reads.ready_runs()).await;
    ready.sort();
    let at = |shop, order, visit, position, run| ReadyRun {
        shop,
        order: OrderId(order),
        visit,
        position,
        run: RunId(run),
    };
    assert_eq!(ready, [at(ONE, 1, 2, 3, 1), at(TWO, 5, 1, 0, 2)]);
}

pub async fn open_runs_of_a_rule_are_found(storage: New) {
    let of = |rule: &str, run: Run| Run { rule: rule.into(), ..run };
    put(
        &storage,
        vec![
            sample::run(1, ONE, 1, RunState::Ready),
            sample::run(2, ONE, 2, RunState::Scheduled { until: NOW }),
            sample::run(3, ONE, 3, RunState::Done),
            of("r2", sample::run(4, ONE, 1, RunState::Ready)),
            Run { pipeline: "repairs".into(), ..sample::run(5, ONE, 1, RunState::Ready) },
            sample::run(6, TWO, 1, RunState::Ready),
            Run { revision: 2, ..sample::run(7, ONE, 1, RunState::Ready) },
        ],
    )
    .await;
    let found = async |before, limit| {
        let (sales, rule) = ("sales".into(), "r1".into());
        let found = read(&storage, move |reads| reads.open_runs_of_rule(ONE, &sales, &rule, before, limit));
        let mut found = ids_of(found.await);
        found.sort();
        found
    };
    assert_eq!(found(2, 10).await, [1, 2]);
    assert_eq!(found(3, 10).await, [1, 2, 7]);
    assert_eq!(found(3, 2).await.len(), 2);
    assert_eq!(found(1, 10).await, [0; 0]);
}

pub async fn open_runs_are_found_by_their_component(storage: New) {
    let of = |digest: &str, run: Run| Run { digest: digest.into(), ..run };
    put(
        &storage,
        vec![
            sample::run(1, ONE, 3, RunState::Ready),
            sample::run(2, ONE, 1, RunState::Scheduled { until: NOW }),
            sample::run(3, ONE, 3, RunState::Done),
            of("def", sample::run(4, ONE, 1, RunState::Ready)),
            sample::run(5, TWO, 1, RunState::Ready),
            sample::run(6, ONE, 2, RunState::Waiting { until: None, filter: None }),
        ],
    )
    .await;
    let counted = read(&storage, |reads| reads.open_digests(ONE)).await;
    assert_eq!(counted, [("abc".to_owned(), 3), ("def".to_owned(), 1)]);
    let found = async |after, limit| {
        let found =
            read(&storage, move |reads| reads.open_runs_of_digest(ONE, &"abc".into(), RunId(after), limit));
        ids_of(found.await)
    };
    assert_eq!(found(0, 10).await, [1, 2, 6]);
    assert_eq!(found(1, 1).await, [2]);
    assert_eq!(found(6, 10).await, [0; 0]);
}

pub async fn due_runs_come_earliest_first(storage: New) {
    let scheduled = |plus| RunState::Scheduled { until: NOW.plus(plus) };
    let timeout = |plus| RunState::Waiting { until: Some(NOW.plus(plus)), filter: None };
    assert_eq!(read(&storage, |reads| reads.next_wake(&[])).await, None);
    put(
        &storage,
        vec![
            sample::run(1, ONE, 1, scheduled(20)),
            sample::run(2, TWO, 1, timeout(10)),
            sample::run(3, ONE, 1, scheduled(30)),
            sample::run(4, ONE, 1, RunState::Ready),
            sample::run(5, ONE, 1, RunState::Waiting { until: None, filter: None }),
        ],
    )
    .await;
    let due = |at: Timestamp, limit| {
        let storage = storage.clone();
        async move {
            let due: Vec<(ShopId, RunId)> = read(&storage, move |reads| reads.due_runs(at, &[], limit)).await;
            due.into_iter().map(|(shop, run)| (shop.0, run.0)).collect::<Vec<_>>()
        }
    };
    assert_eq!(read(&storage, |reads| reads.next_wake(&[])).await, Some(NOW.plus(10)));
    assert_eq!(due(NOW.plus(9), 10).await, []);
    assert_eq!(due(NOW.plus(20), 10).await, [(2, 2), (1, 1)]);
    assert_eq!(due(NOW.plus(99), 1).await, [(2, 2)]);
    let others = read(&storage, |reads| {
        Ok((
            reads.due_runs(NOW.plus(99), &[ONE], 9)?,
            reads.next_wake(&[TWO])?,
            reads.next_wake(&[ONE, TWO])?,
        ))
    });
    assert_eq!(others.await, (vec![(TWO, RunId(2))], Some(NOW.plus(20)), None));
    put(&storage, vec![sample::run(2, TWO, 1, RunState::Ready), sample::run(1, ONE, 1, scheduled(40))]).await;
    assert_eq!(due(NOW.plus(40), 10).await, [(1, 3), (1, 1)]);
    assert_eq!(read(&storage, |reads| reads.next_wake(&[])).await, Some(NOW.plus(30)));
}

fn filter(kinds: &[&str]) -> EventFilter {
    EventFilter { kinds: kinds.iter().map(|&kind| kind.to_owned()).collect(), ..Default::default() }
}

async fn woken(storage: &New, shop: ShopId, event: NewEvent) -> Vec<i64> {
    woken_after(storage, shop, event, EventId(i64::MAX), 0, 99).await
}

async fn woken_after(
    storage: &New,
    shop: ShopId,
    event: NewEvent,
    since: EventId,
    after: i64,
    limit: u32,
) -> Vec<i64> {
    let after = RunId(after);
    ids(read(storage, move |reads| reads.runs_waiting_for(shop, &event, since, after, limit)).await)
}

pub async fn an_event_finds_the_runs_that_wait_for_it(storage: New) {
    let call = filter(&[kind::CALL_FINISHED]);
    let (order, clients) = (Some(OrderId(7)), vec![ClientId(3), ClientId(4), ClientId(3)]);
    let correlation = Some("c-1".to_owned());
    let filters = [
        filter(&[kind::CALL_FINISHED, kind::FORM_SUBMITTED, kind::CALL_FINISHED]),
        EventFilter { order, ..call.clone() },
        EventFilter { clients: clients.clone(), ..call.clone() },
        EventFilter { correlation: correlation.clone(), order, clients, ..call.clone() },
        filter(&[]),
    ];
    let runs = (1..).zip(filters).map(|(id, filter)| sample::run(id, ONE, 7, sample::waiting(filter)));
    put(&storage, runs.collect()).await;
    put(&storage, vec![sample::run(9, TWO, 7, sample::waiting(call))]).await;

    let event = |order: Option<i64>, client: Option<i64>, correlation: Option<&str>| NewEvent {
        order: order.map(OrderId),
        client: client.map(ClientId),
        correlation: correlation.map(str::to_owned),
        ..NewEvent::new(kind::CALL_FINISHED)
    };
    assert_eq!(woken(&storage, ONE, event(None, None, None)).await, [1]);
    assert_eq!(woken(&storage, ONE, event(Some(7), None, None)).await, [1, 2]);
    assert_eq!(woken(&storage, ONE, event(Some(8), Some(4), None)).await, [1, 3]);
    // What the index does not hold is not looked at here: the caller checks the filter.
    assert_eq!(woken(&storage, ONE, event(Some(7), Some(3), Some("c-1"))).await, [1, 2, 3, 4]);
    // An order is not taken for a correlation of the same text.
    assert_eq!(woken(&storage, ONE, event(None, None, Some("o:7"))).await, [1]);
    assert_eq!(woken(&storage, ONE, NewEvent::new(kind::FORM_SUBMITTED)).await, [1]);
    assert_eq!(woken(&storage, ONE, NewEvent::new(kind::CALL_INCOMING)).await, [0; 0]);
    assert_eq!(woken(&storage, TWO, event(Some(7), None, Some("c-1"))).await, [9]);
}

pub async fn a_run_that_waits_no_more_is_not_found(storage: New) {
    let call = || sample::waiting(filter(&[kind::CALL_FINISHED]));
    let form = sample::waiting(filter(&[kind::FORM_SUBMITTED]));
    put(&storage, vec![sample::run(1, ONE, 1, call()), sample::run(2, ONE, 1, call())]).await;
    put(&storage, vec![sample::run(1, ONE, 1, form), sample::run(2, ONE, 1, RunState::Ready)]).await;
    assert_eq!(woken(&storage, ONE, NewEvent::new(kind::CALL_FINISHED)).await, [0; 0]);
    assert_eq!(woken(&storage, ONE, NewEvent::new(kind::FORM_SUBMITTED)).await, [1]);
}

pub async fn an_event_finds_what_waited_before_it_bit_by_bit(storage: New) {
    let call = || sample::waiting(filter(&[kind::CALL_FINISHED]));
    let event = sample::event(7, ONE, sample::about(kind::CALL_FINISHED, 1));
    put(&storage, (1..=3).map(|id| sample::run(id, ONE, 1, call())).collect()).await;
    write(&storage, move |tx| tx.append_event(&event)).await;
    put(&storage, vec![sample::run(4, ONE, 1, call())]).await;
    let found = async |since: i64, after: i64, limit: u32| {
        woken_after(&storage, ONE, NewEvent::new(kind::CALL_FINISHED), EventId(since), after, limit).await
    };
    assert_eq!(found(7, 0, 2).await, [1, 2]);
    assert_eq!(found(7, 2, 2).await, [3], "the fourth began to wait after it");
    assert_eq!(found(7, 3, 2).await, [0; 0]);
    assert_eq!(found(8, 2, 9).await, [3, 4]);
}

pub async fn runs_in_shadow_are_told_from_the_others(storage: New) {
    let shadow = |run: Run| Run { shadow: true, ..run };
    let started = Some(Started { workflow: "approval".into(), parameters: Default::default() });
    put(
        &storage,
        vec![
            sample::run(1, ONE, 1, RunState::Done),
            shadow(sample::run(2, ONE, 2, RunState::Done)),
            Run { visit: 2, ..shadow(sample::run(3, ONE, 2, failed())) },
            Run { workflow: started, ..sample::run(4, ONE, 3, RunState::Done) },
            shadow(sample::run(5, TWO, 4, RunState::Done)),
        ],
    )
    .await;
    let any = RunQuery::default;
    for (query, expected) in [
        (any(), &[4, 3, 2, 1][..]),
        (RunQuery { shadow: Some(true), ..any() }, &[3, 2]),
        (RunQuery { shadow: Some(false), ..any() }, &[4, 1]),
        (RunQuery { shadow: Some(true), state: Some("failed".into()), ..any() }, &[3]),
        (RunQuery { shadow: Some(true), order: Some(OrderId(1)), ..any() }, &[]),
    ] {
        let asked = query.clone();
        let runs = read(&storage, move |reads| reads.runs(ONE, &asked, NEWEST)).await;
        assert_eq!(ids(runs), expected, "{query:?}");
    }
    for (order, visit, rule, live, counted) in [
        (1, 1, "r1", true, true),
        (1, 1, "r2", false, false),
        (1, 2, "r1", false, false),
        (2, 1, "r1", false, true),
        (2, 2, "r1", false, true),
        // Of a workflow, and of another shop.
        (3, 1, "r1", false, false),
        (4, 1, "r1", false, false),
    ] {
        let has = async |shadow| {
            read(&storage, move |reads| reads.has_run(ONE, OrderId(order), visit, &rule.into(), shadow)).await
        };
        assert_eq!((has(false).await, has(true).await), (live, live || counted), "{order} {visit} {rule}");
    }
    put(&storage, vec![shadow(sample::run(2, ONE, 2, failed()))]).await;
    let again = read(&storage, |reads| reads.run(ONE, RunId(2))).await.unwrap();
    assert!(again.shadow);
}

pub async fn runs_are_listed_and_counted(storage: New) {
    put(
        &storage,
        vec![
            sample::run(1, ONE, 1, RunState::Done),
            sample::run(2, ONE, 1, failed()),
            Run { rule: "r2".into(), ..sample::run(3, ONE, 2, failed()) },
            sample::run(4, TWO, 1, failed()),
        ],
    )
    .await;
    let any = RunQuery::default;
    let failed = Some("failed".to_owned());
    for (query, expected) in [
        (any(), &[3, 2, 1][..]),
        (RunQuery { order: Some(OrderId(1)), ..any() }, &[2, 1]),
        (RunQuery { state: failed.clone(), ..any() }, &[3, 2]),
        (RunQuery { rule: Some("r1".into()), ..any() }, &[2, 1]),
        (RunQuery { order: Some(OrderId(1)), state: failed, rule: Some("r1".into()), ..any() }, &[2]),
    ] {
        let asked = query.clone();
        let runs = read(&storage, move |reads| reads.runs(ONE, &asked, NEWEST)).await;
        assert_eq!(ids(runs), expected, "{query:?}");
    }
    let mut counts = read(&storage, |reads| reads.run_counts(ONE)).await;
    counts.sort();
    assert_eq!(counts, [("done".to_owned(), 1), ("failed".to_owned(), 2)]);
}

pub async fn runs_are_found_by_stage_component_and_time(storage: New) {
    let at = |seconds: i64, run: Run| Run { created: NOW.plus(seconds * 1_000), ..run };
    let started = Some(Started { workflow: "approval".into(), parameters: Default::default() });
    put(
        &storage,
        vec![
            at(0, sample::run(1, ONE, 1, RunState::Done)),
            at(10, Run { stage: "paid".into(), ..sample::run(2, ONE, 1, failed()) }),
            at(10, Run { digest: "def".into(), ..sample::run(4, ONE, 2, RunState::Done) }),
            at(15, sample::run(5, TWO, 3, RunState::Done)),
            at(20, Run { pipeline: "other".into(), ..sample::run(8, ONE, 2, RunState::Done) }),
            at(30, Run { workflow: started, ..sample::run(9, ONE, 2, RunState::Done) }),
        ],
    )
    .await;
    let any = RunQuery::default;
    let seconds = |seconds: i64| Some(NOW.plus(seconds * 1_000));
    for (query, expected) in [
        (RunQuery { stage: Some("new".into()), ..any() }, &[8, 4, 1][..]),
        (RunQuery { stage: Some("new".into()), pipeline: Some("sales".into()), ..any() }, &[4, 1]),
        (RunQuery { pipeline: Some("other".into()), ..any() }, &[8]),
        (RunQuery { digests: vec!["def".into()], ..any() }, &[4]),
        (RunQuery { digests: vec!["def".into(), "abc".into()], state: Some("failed".into()), ..any() }, &[2]),
        (RunQuery { from: seconds(10), ..any() }, &[9, 8, 4, 2]),
        (RunQuery { to: seconds(10), ..any() }, &[1]),
        (RunQuery { from: seconds(10), to: seconds(30), ..any() }, &[8, 4, 2]),
        (RunQuery { from: seconds(11), to: seconds(20), ..any() }, &[]),
        (RunQuery { from: seconds(31), ..any() }, &[]),
        (RunQuery { to: seconds(-1), ..any() }, &[]),
        (RunQuery { from: seconds(0), order: Some(OrderId(2)), ..any() }, &[9, 8, 4]),
    ] {
        let asked = query.clone();
        let runs = read(&storage, move |reads| reads.runs(ONE, &asked, NEWEST)).await;
        assert_eq!(ids(runs), expected, "{query:?}");
    }
}

pub async fn a_run_of_another_shop_is_out_of_reach(storage: New) {
    let event = sample::event(1, ONE, NewEvent::new(kind::CALL_FINISHED).attr("seconds", 1.5));
    let wake = Wake::Event { event };
    let run = Run { wake, ..sample::run(1, ONE, 1, sample::waiting(filter(&["a"]))) };
    put(&storage, vec![run.clone()]).await;
    let (same, other, listed) = read(&storage, |reads| {
        Ok((
            reads.run(ONE, RunId(1))?,
            reads.run(TWO, RunId(1))?,
            reads.runs(TWO, &RunQuery::default(), ALL)?,
        ))
    })
    .await;
    assert_eq!((same, other, listed.len()), (Some(run), None, 0));
    let stolen = sample::run(1, TWO, 1, RunState::Done);
    assert!(try_write(&storage, move |tx| tx.put_run(&stolen)).await.is_err());
}

pub async fn http_answers_are_journaled(storage: New) {
    put(&storage, vec![sample::run(1, ONE, 1, RunState::Ready)]).await;
    write(&storage, |tx| {
        tx.put_journaled(RunId(1), 0, "a", "503")?;
        tx.put_journaled(RunId(1), 0, "a", "200")?;
        tx.put_journaled(RunId(1), 1, "a", "404")
    })
    .await;
    let answers = read(&storage, |reads| {
        let mut answer = |step, key| reads.journaled(RunId(1), step, key);
        Ok([answer(0, "a")?, answer(1, "a")?, answer(2, "a")?, answer(0, "b")?])
    })
    .await;
    assert_eq!(answers, [Some("200".into()), Some("404".into()), None, None]);
    let nobody = try_write(&storage, |tx| tx.put_journaled(RunId(2), 0, "a", "200")).await;
    assert!(nobody.is_err(), "there is no such run");
}
