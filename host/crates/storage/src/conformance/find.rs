use std::{cmp::Ordering, collections::BTreeMap};

use rulewright_domain::{
    ClientId, ClientKind, EmployeeId, EntryKind, NewEvent, Order, OrderId, OrderKind,
    find::{Direction, Field, Filter, Kind, Scalar, Test},
    kind,
};
use rulewright_ports::{
    StorageError,
    storage::{Find, Found, PutRecords, Record, Records},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    New, read,
    sample::{self, NOW, ONE, TWO},
    try_write, write,
};

fn deal(id: i64) -> Order {
    Order { kind: OrderKind::Deal, ..sample::order(id) }
}

/// Eight deals that differ in everything.
fn deals() -> Vec<Order> {
    let titles =
        ["Straße 1", "STRASSE 2", "", "'; DROP TABLE orders; --", "50 % off", "5_0", "Ὀδυσσεύς", "xe\u{301}"];
    let stages = ["new", "NEW", "paid", "done", "new", "c1:New", "new", "paid"];
    let all = titles.iter().zip(stages).enumerate();
    all.map(|(at, (title, stage))| {
        let at = at as i64;
        let mut deal = deal(at + 1);
        deal.title = (*title).into();
        deal.stage = stage.into();
        deal.pipeline = if at % 3 == 0 { "Sales" } else { "repairs" }.into();
        deal.responsible = (at % 4 > 0).then_some(EmployeeId(at % 4 * 5));
        deal.company = (at % 2 > 0).then_some(ClientId(at * 10));
        deal.contacts = (0..at % 3).map(|contact| ClientId(100 + contact + at)).collect();
        deal.total.amount = (at - 3) * 1_005;
        deal.created = NOW.plus(at * 1_000);
        deal.updated = NOW.plus((8 - at) * 86_400_000);
        deal.comments = if at % 2 > 0 { String::new() } else { format!("Call {at}") };
        deal.canceled = at == 4;
        deal.tags = (0..at % 4).map(|tag| format!("Tag {tag}")).collect();
        let own = [
            ("UF_CRM_1", json!(at * 7)),
            ("a.b", json!(at.to_string())),
            ("' OR 1=1 --", json!(at > 3)),
            ("list", json!(["one", at, null])),
            ("day", json!(format!("2026-11-{:02}", at + 1))),
            ("empty", json!("")),
        ];
        deal.fields = own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if at == 5 {
            deal.fields = BTreeMap::new();
        }
        deal
    })
    .collect()
}

async fn with_deals(storage: &New) {
    write(storage, |tx| {
        for deal in deals() {
            tx.put_order(ONE, &deal)?;
        }
        // Whatever is asked, these are never among the answers.
        tx.put_order(ONE, &sample::order(50))?;
        for deal in deals() {
            tx.put_order(TWO, &Order { id: OrderId(deal.id.0 + 100), ..deal })?;
        }
        Ok(())
    })
    .await;
}

async fn found(storage: &New, find: Find) -> (Vec<i64>, Option<u64>) {
    let Found { rows, total } =
        read(storage, move |reads| reads.find_orders(ONE, Some(OrderKind::Deal), &find)).await;
    (rows.into_iter().map(|order| order.id.0).collect(), total)
}

/// Every test with every value, of every kind, on columns and on what is only in the JSON.
fn tests() -> Vec<Filter> {
    let paths: [&[&str]; 22] = [
        &["id"],
        &["title"],
        &["stage"],
        &["pipeline"],
        &["responsible"],
        &["company"],
        &["total", "amount"],
        &["total", "currency"],
        &["created"],
        &["updated"],
        &["contacts"],
        &["comments"],
        &["canceled"],
        &["tags"],
        &["fields", "UF_CRM_1"],
        &["fields", "a.b"],
        &["fields", "' OR 1=1 --"],
        &["fields", "list"],
        &["fields", "day"],
        &["fields", "empty"],
        &["absent"],
        &["total"],
    ];
    let values: Vec<Scalar> = vec![
        Scalar::Null,
        true.into(),
        5.0.into(),
        10.05.into(),
        (-10.05).into(),
        0.5.into(),
        "10".into(),
        "-20.10".into(),
        "ord_3".into(),
        "ORD_3".into(),
        "ord_03".into(),
        "emp_10".into(),
        "cli_102".into(),
        "cli_30".into(),
        "new".into(),
        "SALES".into(),
        "strasse 1".into(),
        "ὈΔΥΣΣΕΎΣ".into(),
        "X\u{c9}".into(),
        "'; drop table ORDERS; --".into(),
        "".into(),
        "2026-11-20".into(),
        NOW.plus(2_000).into(),
        "tag 1".into(),
        "GBP".into(),
        "one".into(),
    ];
    let mut all = Vec::new();
    for path in paths {
        for kind in [Kind::Text, Kind::Number, Kind::Moment, Kind::Flag] {
            let mut add = |test: Test| all.push(Field::new(path.iter().copied(), kind).is(test));
            for value in &values {
                for test in [Test::Equal, Test::Below, Test::AtMost, Test::Above, Test::AtLeast] {
                    add(test(value.clone()));
                }
            }
            add(Test::In(values.clone()));
            add(Test::In(values[1..].to_vec()));
            add(Test::In(vec![2.0.into(), "ord_3".into(), "emp_5".into(), "new".into(), 102.0.into()]));
            add(Test::In(Vec::new()));
            for text in ["", "STRASSE", "1", "%", "_", "'", "tag", "e", "\u{e9}"] {
                add(Test::Contains(text.into()));
                add(Test::Like(text.into()));
                add(Test::Like(format!("%{text}%")));
            }
            add(Test::Missing);
        }
    }
    all
}

pub async fn every_test_says_of_rows_what_it_says_of_their_json(storage: New) {
    with_deals(&storage).await;
    let deals: Vec<(i64, String)> =
        deals().into_iter().map(|deal| (deal.id.0, serde_json::to_string(&deal).unwrap())).collect();
    let tests = tests();
    let mixed = tests.windows(3).step_by(7).map(|three| {
        let [one, two, three] = three else { return Filter::All(Vec::new()) };
        let not = Filter::Not(Box::new(Filter::All(vec![two.clone(), three.clone()])));
        Filter::All(vec![Filter::Any(vec![one.clone(), two.clone()]), not])
    });
    let all: Vec<Filter> = tests.iter().cloned().chain(mixed).collect();
    let (mut none, mut some) = (0, 0);
    for filter in all {
        for filter in [filter.clone(), Filter::Not(Box::new(filter))] {
            let wanted: Vec<i64> =
                deals.iter().filter(|(_, json)| filter.matches(json)).map(|(id, _)| *id).collect();
            let find = Find { count: true, ..Find::first(filter.clone()) };
            let (ids, total) = found(&storage, find).await;
            assert_eq!((&ids, total), (&wanted, Some(wanted.len() as u64)), "{filter:?}");
            *(if ids.is_empty() { &mut none } else { &mut some }) += 1;
        }
    }
    assert!(none > 1_000 && some > 1_000, "{none} {some}");
}

pub async fn found_orders_come_sorted_by_any_fields_and_their_ids(storage: New) {
    with_deals(&storage).await;
    use Direction::{Down, Up};
    let title = || Field::text(["title"]);
    let paid = || Field::text(["stage"]).is(Test::Equal("new".into()));
    let all = || Filter::All(Vec::new());
    for (filter, order, expected) in [
        (all(), vec![], &[1, 2, 3, 4, 5, 6, 7, 8][..]),
        (all(), vec![(Field::number(["id"]), Down)], &[8, 7, 6, 5, 4, 3, 2, 1]),
        (all(), vec![(title(), Up)], &[3, 4, 5, 6, 1, 2, 8, 7]),
        (all(), vec![(Field::moment(["updated"]), Up)], &[8, 7, 6, 5, 4, 3, 2, 1]),
        (all(), vec![(Field::number(["total", "amount"]), Down)], &[8, 7, 6, 5, 4, 3, 2, 1]),
        (all(), vec![(Field::number(["responsible"]), Up)], &[1, 5, 2, 6, 3, 7, 4, 8]),
        (all(), vec![(Field::number(["responsible"]), Down)], &[8, 4, 7, 3, 6, 2, 5, 1]),
        (
            all(),
            vec![(Field::text(["pipeline"]), Down), (Field::moment(["updated"]), Up)],
            &[7, 4, 1, 8, 6, 5, 3, 2],
        ),
        // What only the JSON has: as numbers, and what is missing first.
        (all(), vec![(Field::number(["fields", "UF_CRM_1"]), Up)], &[6, 1, 2, 3, 4, 5, 7, 8]),
        (all(), vec![(Field::number(["fields", "UF_CRM_1"]), Down)], &[8, 7, 5, 4, 3, 2, 1, 6]),
        (all(), vec![(Field::text(["tags"]), Up)], &[1, 5, 2, 3, 4, 6, 7, 8]),
        (all(), vec![(Field::text(["fields", "' OR 1=1 --"]), Down)], &[8, 7, 5, 4, 3, 2, 1, 6]),
        (paid(), vec![(title(), Down)], &[7, 2, 1, 5]),
    ] {
        let find = Find { order: order.clone(), ..Find::first(filter) };
        assert_eq!(found(&storage, find).await.0, expected, "{order:?}");
    }
}

pub async fn found_orders_come_by_offset_or_after_an_id_with_their_number(storage: New) {
    with_deals(&storage).await;
    let new = || Field::text(["stage"]).is(Test::Equal("New".into()));
    let page = |offset, limit, count| Find { offset, limit, count, ..Find::first(new()) };
    assert_eq!(found(&storage, page(0, 2, true)).await, (vec![1, 2], Some(4)));
    assert_eq!(found(&storage, page(2, 2, true)).await, (vec![5, 7], Some(4)));
    assert_eq!(found(&storage, page(3, 2, false)).await, (vec![7], None));
    assert_eq!(found(&storage, page(4, 2, true)).await, (vec![], Some(4)));
    assert_eq!(found(&storage, page(u64::MAX, 2, true)).await, (vec![], Some(4)));
    assert_eq!(found(&storage, page(0, 0, true)).await, (vec![], Some(4)));
    let after = Filter::All(vec![new(), Field::number(["id"]).is(Test::Above(2.0.into()))]);
    assert_eq!(found(&storage, Find::first(after)).await.0, [5, 7]);
}

pub async fn the_number_of_found_orders_is_that_of_the_moment(storage: New) {
    with_deals(&storage).await;
    let new = || Find { count: true, ..Find::first(Field::text(["stage"]).is(Test::Equal("new".into()))) };
    let total = || async { found(&storage, new()).await.1 };
    assert_eq!((total().await, total().await), (Some(4), Some(4)));
    let moved = Order { stage: "paid".into(), ..deals().remove(0) };
    let change = moved.clone();
    write(&storage, move |tx| tx.put_order(ONE, &change)).await;
    assert_eq!(total().await, Some(3));
    // What was counted in a transaction that is dropped is not believed afterwards.
    let back = Order { stage: "new".into(), ..moved };
    let dropped = try_write(&storage, move |tx| {
        tx.put_order(ONE, &back)?;
        assert_eq!(tx.find_orders(ONE, Some(OrderKind::Deal), &new())?.total, Some(4));
        Err::<(), _>(StorageError::Closed)
    });
    assert!(dropped.await.is_err());
    assert_eq!(total().await, Some(3));
    // Nor what a reader counts on a snapshot that is older than the last change.
    let (old, new_ones) = (storage.clone(), storage.clone());
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (started, begun) = std::sync::mpsc::channel();
    let reader = tokio::spawn(async move {
        read(&old, move |reads| {
            reads.order(ONE, OrderId(2))?;
            let _ = started.send(());
            let _ = wait.recv();
            Ok(reads.find_orders(ONE, Some(OrderKind::Deal), &new())?.total)
        })
        .await
    });
    tokio::task::spawn_blocking(move || begun.recv()).await.unwrap().unwrap();
    write(&new_ones, |tx| tx.delete_order(ONE, OrderId(2))).await;
    go.send(()).unwrap();
    assert_eq!(reader.await.unwrap(), Some(3), "its own snapshot");
    assert_eq!(total().await, Some(2));
    write(&storage, |tx| tx.put_order(ONE, &Order { kind: OrderKind::Order, ..deals().remove(4) })).await;
    assert_eq!(total().await, Some(1), "a deal no longer");
}

pub async fn orders_are_found_by_kind_and_shop(storage: New) {
    with_deals(&storage).await;
    let all = || Find { count: true, limit: 3, ..Find::first(Filter::All(Vec::new())) };
    for (shop, kind, first, total) in [
        (ONE, Some(OrderKind::Deal), Some(1), 8),
        (ONE, Some(OrderKind::Order), Some(50), 1),
        (ONE, None, Some(1), 9),
        (TWO, Some(OrderKind::Deal), Some(101), 8),
        (TWO, Some(OrderKind::Order), None, 0),
        (rulewright_domain::ShopId(3), None, None, 0),
    ] {
        let found = read(&storage, move |reads| reads.find_orders(shop, kind, &all())).await;
        assert_eq!(found.rows.first().map(|order| order.id.0), first, "{shop} {kind:?}");
        assert_eq!(found.total, Some(total), "{shop} {kind:?}");
    }
    // Found whole, with its lines, and by what only its JSON has.
    let mut order = sample::order(51);
    order.lines = [rulewright_domain::OrderLine {
        id: rulewright_domain::LineId(1),
        sku: None,
        title: "Chair".into(),
        quantity_milli: 1_000,
        unit_price: order.total,
        total: order.total,
        tax: None,
        attrs: Default::default(),
    }]
    .into_iter()
    .collect();
    order.contacts = vec![ClientId(7)];
    let stored = order.clone();
    write(&storage, move |tx| tx.put_order(ONE, &stored)).await;
    let find = Find::first(Field::number(["contacts"]).is(Test::Equal(7.0.into())));
    let found = read(&storage, move |reads| reads.find_orders(ONE, Some(OrderKind::Order), &find)).await;
    assert_eq!(found.rows, [order]);
}

/// So many that an index leads to many of them, or to few.
fn many_deals() -> Vec<Order> {
    let each = (1..=4_000).map(|id| {
        let mut deal = deal(id);
        // At the stage `odd` one of two employees has few.
        (deal.stage, deal.responsible) = match id % 2 {
            0 => ("even".into(), Some(EmployeeId(1 + id % 3 / 2))),
            _ => ("odd".into(), Some(EmployeeId(if id % 97 == 0 { 2 } else { 1 }))),
        };
        deal.pipeline = if id % 5 == 0 { "small" } else { "large" }.into();
        deal.company = (id % 7 == 0).then_some(ClientId(id % 70));
        deal.title = format!("Deal {}", id % 10);
        deal.total.amount = id % 50;
        deal.created = NOW.plus(id / 10);
        deal.updated = NOW.plus(id * 7_919 % 4_000);
        deal
    });
    each.collect()
}

/// Places of the deals whose JSON these are, first to last.
fn sorted(deals: &[String], order: &[(Field, Direction)]) -> Vec<usize> {
    let keys = |json: &String| order.iter().map(|(field, _)| field.key(json)).collect::<Vec<_>>();
    let mut all: Vec<_> = deals.iter().map(keys).enumerate().collect();
    let turned = |ordering: Ordering, direction: &Direction| match direction {
        Direction::Up => ordering,
        Direction::Down => ordering.reverse(),
    };
    let last = order.last().map_or(Direction::Up, |(_, direction)| *direction);
    all.sort_by(|(one, ones), (other, others)| {
        let fields = ones.iter().zip(others).zip(order);
        let unequal = fields.map(|((one, other), (_, direction))| {
            turned(one.partial_cmp(other).expect("no key is NaN"), direction)
        });
        unequal.fold(Ordering::Equal, Ordering::then).then(turned(one.cmp(other), &last))
    });
    all.into_iter().map(|(at, _)| at).collect()
}

/// The larger a list, the more its plan matters: whichever index leads to the answers, they are the same.
pub async fn many_deals_are_found_as_few_are(storage: New) {
    use Direction::{Down, Up};
    let deals: Vec<String> = many_deals().iter().map(|deal| serde_json::to_string(deal).unwrap()).collect();
    write(&storage, |tx| many_deals().iter().try_for_each(|deal| tx.put_order(ONE, deal))).await;
    let (stage, pipeline) = (|| Field::text(["stage"]), || Field::text(["pipeline"]));
    let (responsible, id) = (|| Field::number(["responsible"]), || Field::number(["id"]));
    let (updated, created) = (|| Field::moment(["updated"]), || Field::moment(["created"]));
    let (title, total) = (|| Field::text(["title"]), || Field::number(["total", "amount"]));
    let filters = [
        stage().is(Test::Equal("EVEN".into())),
        stage().is(Test::Equal("odd".into())),
        stage().is(Test::In(vec!["odd".into(), "gone".into()])),
        Filter::Not(Box::new(stage().is(Test::Equal("odd".into())))),
        responsible().is(Test::Equal(1.0.into())),
        Field::text(["responsible"]).is(Test::Equal("emp_2".into())),
        responsible().is(Test::In(vec![2.0.into(), 3.0.into()])),
        pipeline().is(Test::Equal("small".into())),
        Filter::Any(vec![pipeline().is(Test::Equal("large".into())), title().is(Test::Missing)]),
        updated().is(Test::AtLeast(NOW.plus(3_900).into())),
        updated().is(Test::AtLeast(NOW.plus(1_000).into())),
        created().is(Test::Below(NOW.plus(300).into())),
        total().is(Test::Above(0.1.into())),
        Field::number(["company"]).is(Test::Equal(7.0.into())),
        title().is(Test::Contains("L 7".into())),
        id().is(Test::Above(2_000.0.into())),
    ];
    let orders = [
        vec![],
        vec![(id(), Down)],
        vec![(updated(), Up)],
        vec![(updated(), Down)],
        vec![(created(), Down)],
        vec![(stage(), Up)],
        vec![(responsible(), Down), (updated(), Up)],
        vec![(total(), Up)],
        vec![(title(), Down)],
    ];
    let matching = filters.each_ref().map(|filter| {
        let matching: Vec<bool> = deals.iter().map(|deal| filter.matches(deal)).collect();
        matching
    });
    for (way, order) in orders.iter().enumerate() {
        let sorted = sorted(&deals, order);
        for (one, other) in (0..filters.len()).flat_map(|one| (0..one).map(move |other| (one, other))) {
            let ids = sorted.iter().filter(|at| matching[one][**at] && matching[other][**at]);
            let ids: Vec<i64> = ids.map(|at| *at as i64 + 1).collect();
            let filter = Filter::All(vec![filters[one].clone(), filters[other].clone()]);
            let offset = (one + way) % 3 * 10;
            let find =
                Find { filter, order: order.clone(), offset: offset as u64, limit: 5, count: way % 2 == 0 };
            let page: Vec<i64> = ids.iter().skip(offset).take(5).copied().collect();
            let total = find.count.then_some(ids.len() as u64);
            assert_eq!(found(&storage, find.clone()).await, (page, total), "{find:?}");
        }
    }
}

pub async fn clients_are_found_by_any_field(storage: New) {
    write(&storage, |tx| {
        for id in 1..=4 {
            let mut client = sample::client(id, &format!("+44{id}"), &format!("Ada{id}@Example.com"));
            client.kind = if id > 2 { ClientKind::Company } else { ClientKind::Contact };
            client.name = format!("Ada {}", 9 - id);
            tx.put_client(ONE, &client)?;
        }
        tx.put_client(TWO, &sample::client(5, "+441", "ada1@example.com"))
    })
    .await;
    let by = |kind, filter| Find { count: true, order: kind, ..Find::first(filter) };
    let all = || Filter::All(Vec::new());
    let mail = Field::text(["emails", "value"]).is(Test::Equal("ADA3@example.com".into()));
    let phone = Field::text(["phones", "value"]).is(Test::Contains("+441".into()));
    let name = vec![(Field::text(["name"]), Direction::Up)];
    for (kind, find, ids) in [
        (None, by(vec![], all()), &[1, 2, 3, 4][..]),
        (Some(ClientKind::Company), by(vec![], all()), &[3, 4]),
        (Some(ClientKind::Contact), by(name, all()), &[2, 1]),
        (None, by(vec![], mail.clone()), &[3]),
        (Some(ClientKind::Contact), by(vec![], mail), &[]),
        (None, by(vec![], phone), &[1]),
    ] {
        let found = read(&storage, move |reads| reads.find_clients(ONE, kind, &find)).await;
        let clients: Vec<i64> = found.rows.iter().map(|client| client.id.0).collect();
        assert_eq!((&clients[..], found.total), (ids, Some(ids.len() as u64)));
    }
    let companies = by(vec![], all());
    write(&storage, |tx| {
        tx.put_client(
            ONE,
            &rulewright_domain::Client { kind: ClientKind::Company, ..sample::client(1, "+1", "a@b") },
        )
    })
    .await;
    let found =
        read(&storage, move |reads| reads.find_clients(ONE, Some(ClientKind::Company), &companies)).await;
    assert_eq!(found.total, Some(3), "counted anew");
}

pub async fn entries_and_events_are_found_by_any_field(storage: New) {
    use EntryKind::{Comment, History, Task};
    write(&storage, |tx| {
        for (id, order, kind) in
            [(1, Some(1), Comment), (2, Some(1), Task), (3, Some(2), Comment), (4, None, History)]
        {
            let entry = sample::entry(id, ONE, order, kind);
            tx.add_entry(&rulewright_domain::Entry { text: format!("Text {id}"), ..entry })?;
        }
        tx.add_entry(&sample::entry(5, TWO, Some(1), Comment))?;
        for (id, order, kind, stage) in [
            (1, 1, kind::ORDER_CREATED, "new"),
            (2, 1, kind::STAGE_CHANGED, "paid"),
            (3, 2, kind::STAGE_CHANGED, "Paid"),
            (4, 2, kind::FIELDS_CHANGED, "paid"),
        ] {
            let what = NewEvent {
                data: json!({ "stage": { "after": stage } }).into(),
                ..sample::about(kind, order).attr("to", stage)
            };
            tx.append_event(&sample::event(id, ONE, what))?;
        }
        tx.append_event(&sample::event(5, TWO, sample::about(kind::STAGE_CHANGED, 1)))?;
        tx.append_event(&sample::event(6, ONE, NewEvent::new(kind::CALL_INCOMING)))
    })
    .await;
    let all = || Filter::All(Vec::new());
    let of_order = |order: f64| Field::number(["order"]).is(Test::Equal(order.into()));
    let counted = |filter| Find { count: true, ..Find::first(filter) };
    for (kinds, filter, ids) in [
        (&[][..], all(), &[1, 2, 3, 4][..]),
        (&[Comment], all(), &[1, 3]),
        (&[Comment, Task], of_order(1.0), &[1, 2]),
        (&[Comment], of_order(1.0), &[1]),
        (&[], Field::text(["order"]).is(Test::Missing), &[4]),
        (&[], Field::text(["text"]).is(Test::Like("text _".into())), &[1, 2, 3, 4]),
        (&[Task, History], Field::number(["details", "minutes"]).is(Test::AtLeast(3.0.into())), &[2, 4]),
    ] {
        let find = counted(filter);
        let found = read(&storage, move |reads| reads.find_entries(ONE, kinds, &find)).await;
        let entries: Vec<i64> = found.rows.iter().map(|entry| entry.id.0).collect();
        assert_eq!((&entries[..], found.total), (ids, Some(ids.len() as u64)), "{kinds:?}");
    }
    let paid = || Field::text(["attrs", "to"]).is(Test::Equal("PAID".into()));
    let whole = || Field::text(["data", "stage", "after"]).is(Test::Equal("PAID".into()));
    for (kinds, filter, ids) in [
        (&[][..], all(), &[1, 2, 3, 4, 6][..]),
        (&[kind::STAGE_CHANGED], paid(), &[2, 3]),
        (&[kind::STAGE_CHANGED, kind::ORDER_CREATED], of_order(1.0), &[1, 2]),
        (&[], whole(), &[2, 3, 4]),
        (&[], Filter::Not(Box::new(whole())), &[1, 6]),
        (&[], Field::text(["data", "stage", "after"]).is(Test::Missing), &[6]),
        (&[], Field::moment(["at"]).is(Test::Above(NOW.into())), &[]),
    ] {
        let find = counted(filter);
        let found = read(&storage, move |reads| reads.find_events(ONE, kinds, &find)).await;
        let events: Vec<i64> = found.rows.iter().map(|event| event.id.0).collect();
        assert_eq!((&events[..], found.total), (ids, Some(ids.len() as u64)), "{kinds:?}");
    }
    write(&storage, |tx| tx.append_event(&sample::event(7, ONE, sample::about(kind::STAGE_CHANGED, 1))))
        .await;
    let find = counted(all());
    let found = read(&storage, move |reads| reads.find_events(ONE, &[kind::STAGE_CHANGED], &find)).await;
    assert_eq!(found.total, Some(3), "counted anew");
    assert_eq!(found.rows[0].what.data.value()["stage"]["after"], "paid", "with its payload");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Layout {
    id: i64,
    of: String,
    columns: Vec<String>,
}

impl Record for Layout {
    const KIND: &'static str = "layout";

    fn id(&self) -> i64 {
        self.id
    }

    fn owner(&self) -> Option<String> {
        Some(self.of.clone())
    }
}

pub async fn records_are_found_by_any_field(storage: New) {
    let layout =
        |id, of: &str, column: &str| Layout { id, of: of.into(), columns: vec!["id".into(), column.into()] };
    write(&storage, move |tx| {
        tx.put_record(ONE, &layout(1, "deal", "Title"))?;
        tx.put_record(ONE, &layout(2, "deal", "stage"))?;
        tx.put_record(ONE, &layout(3, "contact", "title"))?;
        tx.put_record(TWO, &layout(4, "deal", "title"))
    })
    .await;
    for (owner, column, ids) in
        [(None, "title", &[3, 1][..]), (Some("deal"), "title", &[1]), (None, "none", &[])]
    {
        let find = Find {
            filter: Field::text(["columns"]).is(Test::Equal(column.into())),
            order: vec![(Field::number(["id"]), Direction::Down)],
            offset: 0,
            limit: 10,
            count: true,
        };
        let found = read(&storage, move |reads| reads.find_records::<Layout>(ONE, owner, &find)).await;
        let records: Vec<i64> = found.rows.iter().map(|record| record.id).collect();
        assert_eq!((&records[..], found.total), (ids, Some(ids.len() as u64)));
    }
}

pub async fn what_is_too_much_to_find_is_refused(storage: New) {
    let one = || Field::text(["title"]).is(Test::Missing);
    let deep = (0..30).fold(one(), |inner, _| Filter::Not(Box::new(inner)));
    let wide = Filter::Any(vec![one(); Filter::MOST]);
    let sorted = vec![(Field::text(["title"]), Direction::Up); 9];
    for (find, fits) in [
        (Find::first(deep), false),
        (Find::first(wide), true),
        (Find { order: sorted, ..Find::first(one()) }, false),
    ] {
        let result = try_write(&storage, move |tx| tx.find_orders(ONE, None, &find)).await;
        assert_eq!(result.is_ok(), fits, "{result:?}");
    }
}
