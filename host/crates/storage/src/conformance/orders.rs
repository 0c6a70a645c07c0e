use rulewright_domain::{
    ClientId, Currency, EmployeeId, LineId, Lines, Order, OrderId, OrderKind, OrderLine,
    find::{Field, Filter, Scalar, Test},
};
use rulewright_ports::{
    StorageError,
    storage::{Find, OrderQuery, Page, Sequence},
};

use super::{
    ALL, NEWEST, New, read,
    sample::{self, NOW, ONE, TWO},
    try_write, write,
};

async fn found(storage: &New, query: OrderQuery, page: Page) -> Vec<i64> {
    let orders = read(storage, move |reads| reads.orders(ONE, &query, page)).await;
    orders.into_iter().map(|order| order.id.0).collect()
}

fn in_stage(id: i64, pipeline: &str, stage: &str) -> Order {
    Order { pipeline: pipeline.into(), stage: stage.into(), ..sample::order(id) }
}

fn of_clients(id: i64, company: Option<i64>, contacts: &[i64]) -> Order {
    let contacts = contacts.iter().copied().map(ClientId).collect();
    Order { company: company.map(ClientId), contacts, ..sample::order(id) }
}

/// What is changed, and where the deal is found then.
type Change = (fn(&mut Order), Field, Scalar);

pub async fn a_changed_deal_is_found_by_what_it_is_now(storage: New) {
    let text = |path: &str| Field::text([path]);
    let number = |path: &str| Field::number([path]);
    let moment = |path: &str| Field::moment([path]);
    let then = NOW.plus(86_400_000);
    let changes: [Change; 10] = [
        (|deal| deal.pipeline = "repairs".into(), text("pipeline"), "repairs".into()),
        (|deal| deal.stage = "won".into(), text("stage"), "won".into()),
        (|deal| deal.responsible = Some(EmployeeId(70)), number("responsible"), 70.0.into()),
        (|deal| deal.responsible = None, number("responsible"), Scalar::Null),
        (|deal| deal.company = Some(ClientId(80)), number("company"), 80.0.into()),
        (|deal| deal.total.amount = 9_001, Field::number(["total", "amount"]), 90.01.into()),
        (|deal| deal.created = NOW.plus(86_400_000), moment("created"), then.into()),
        (|deal| deal.updated = NOW.plus(86_400_000), moment("updated"), then.into()),
        (|deal| deal.title = "Ladder".into(), text("title"), "Ladder".into()),
        (|deal| deal.comments = "two of them".into(), text("comments"), "two of them".into()),
    ];
    let start = || Order { kind: OrderKind::Deal, responsible: Some(EmployeeId(7)), ..sample::order(1) };
    for (change, field, now) in changes {
        let find = Find { count: true, ..Find::first(field.is(Test::Equal(now))) };
        for (changed, total) in [(false, 0), (true, 1), (false, 0)] {
            write(&storage, move |tx| {
                let mut deal = start();
                if changed {
                    change(&mut deal);
                }
                tx.put_order(ONE, &deal)
            })
            .await;
            let asked = find.clone();
            let found =
                read(&storage, move |reads| reads.find_orders(ONE, Some(OrderKind::Deal), &asked)).await;
            assert_eq!((found.rows.len() as u64, found.total), (total, Some(total)), "{find:?}");
        }
    }
}

pub async fn an_order_is_replaced_whole(storage: New) {
    write(&storage, |tx| tx.put_order(ONE, &sample::order(1))).await;
    for changed in [
        Order { comments: "call first".into(), revision: 2, ..sample::order(1) },
        Order { stage: "done".into(), number: "A-1".into(), revision: 3, ..sample::order(1) },
        of_clients(1, Some(2), &[3]),
        Order { lines: lines(&["a", "b"]), ..sample::order(1) },
        Order { lines: lines(&["b"]), comments: "without a".into(), ..sample::order(1) },
        sample::order(1),
    ] {
        let order = changed.clone();
        write(&storage, move |tx| tx.put_order(ONE, &order)).await;
        let looked_up = read(&storage, |reads| reads.order(ONE, OrderId(1))).await;
        assert_eq!(looked_up.as_deref(), Some(&changed));
        // A list reads what is stored, whatever is remembered of it.
        let listed = read(&storage, |reads| reads.orders(ONE, &OrderQuery::default(), ALL)).await;
        assert_eq!(listed, [changed]);
    }
}

/// Whether it was kept or not, and whoever saw it meanwhile.
pub async fn what_was_rolled_back_is_not_remembered(storage: New) {
    write(&storage, |tx| tx.put_order(ONE, &sample::order(1))).await;
    for comments in ["first", "second"] {
        let changed = Order { comments: comments.into(), revision: 2, ..sample::order(1) };
        let dropped = changed.clone();
        let lost = try_write(&storage, move |tx| {
            tx.put_order(ONE, &Order { comments: "never".into(), lines: lines(&["x"]), ..dropped.clone() })?;
            assert_eq!(tx.order(ONE, OrderId(1))?.map(|order| order.lines.len()), Some(1));
            Err::<(), _>(StorageError::Closed)
        });
        assert!(lost.await.is_err());
        write(&storage, move |tx| tx.put_order(ONE, &changed)).await;
        let found = read(&storage, |reads| reads.order(ONE, OrderId(1))).await.unwrap();
        assert_eq!((found.comments.as_str(), found.lines.len()), (comments, 0));
        let listed = read(&storage, |reads| reads.orders(ONE, &OrderQuery::default(), ALL)).await;
        assert_eq!(listed, [Order::clone(&found)]);
    }
}

fn lines(titles: &[&str]) -> Lines {
    let total = sample::order(1).total;
    let line = |(at, title): (usize, &&str)| OrderLine {
        id: LineId(at as i64 + 1),
        sku: None,
        title: (*title).into(),
        quantity_milli: 1_000,
        unit_price: total,
        total,
        tax: None,
        attrs: Default::default(),
    };
    titles.iter().enumerate().map(line).collect()
}

pub async fn a_pipeline_is_counted_and_summed_stage_by_stage(storage: New) {
    write(&storage, |tx| {
        for id in 1..=3 {
            tx.put_order(ONE, &in_stage(id, "sales", "new"))?;
        }
        let mut foreign = in_stage(4, "sales", "new");
        foreign.total.currency = Currency::new(b"EUR");
        tx.put_order(ONE, &foreign)?;
        tx.put_order(ONE, &Order { responsible: None, ..in_stage(5, "sales", "done") })?;
        tx.put_order(ONE, &in_stage(6, "repairs", "new"))?;
        tx.put_order(TWO, &in_stage(7, "sales", "new"))
    })
    .await;
    let totals = |filter: Filter| {
        let storage = storage.clone();
        async move {
            let pipeline = "sales".into();
            let found = read(&storage, move |reads| reads.stage_totals(ONE, &pipeline, &filter)).await;
            let mut found: Vec<_> = found
                .into_iter()
                .map(|total| {
                    let sums: Vec<String> = total.sums.iter().map(ToString::to_string).collect();
                    (total.stage.0, total.count, sums.join(" + "))
                })
                .collect();
            found.sort();
            found
        }
    };
    let (done, new) = (("done".to_owned(), 1_u64, "125.50 GBP".to_owned()), "new".to_owned());
    assert_eq!(totals(Filter::All(vec![])).await, [done.clone(), (new, 4, "376.50 GBP + 125.50 EUR".into())]);
    assert_eq!(totals(Field::text(["responsible"]).is(Test::Missing)).await, [done]);
    assert!(totals(Filter::Any(vec![])).await.is_empty());
}

pub async fn a_stage_is_read_page_by_page_without_lines(storage: New) {
    write(&storage, |tx| {
        for id in 1..=4 {
            tx.put_order(ONE, &Order { lines: lines(&["a"]), ..in_stage(id, "sales", "new") })?;
        }
        tx.put_order(ONE, &of_clients(5, None, &[3]))?;
        tx.put_order(ONE, &in_stage(6, "sales", "done"))?;
        tx.put_order(TWO, &in_stage(7, "sales", "new"))
    })
    .await;
    let on = |filter: Filter, page: Page| {
        let storage = storage.clone();
        async move {
            let (pipeline, stage) = ("sales".into(), "new".into());
            let found =
                read(&storage, move |reads| reads.orders_on(ONE, &pipeline, &stage, &filter, page)).await;
            assert!(found.iter().all(|order| order.lines.is_empty()), "lines are not read");
            found.into_iter().map(|order| order.id.0).collect::<Vec<_>>()
        }
    };
    let all = || Filter::All(vec![]);
    assert_eq!(on(all(), ALL).await, [1, 2, 3, 4, 5]);
    assert_eq!(on(all(), Page { limit: 2, ..NEWEST }).await, [5, 4]);
    assert_eq!(on(all(), Page { limit: 2, after: Some(4), ..NEWEST }).await, [3, 2]);
    let of_client = Field::text(["contacts"]).is(Test::In(vec!["cli_3".into()]));
    assert_eq!(on(of_client, NEWEST).await, [5]);
    let listed = Field::text(["id"]).is(Test::In(vec!["ord_2".into(), "ord_6".into(), "ord_7".into()]));
    assert_eq!(on(listed, NEWEST).await, [2]);
}

pub async fn orders_are_found_by_every_filter(storage: New) {
    write(&storage, |tx| {
        tx.put_order(ONE, &in_stage(1, "sales", "new"))?;
        tx.put_order(ONE, &in_stage(2, "sales", "done"))?;
        tx.put_order(ONE, &in_stage(3, "repairs", "new"))?;
        tx.put_order(TWO, &in_stage(4, "sales", "new"))?;
        tx.put_order(ONE, &of_clients(5, Some(7), &[8]))
    })
    .await;
    let any = OrderQuery::default;
    let (sales, new) = (Some("sales".into()), Some("new".into()));
    for (query, expected) in [
        (any(), &[1, 2, 3, 5][..]),
        (OrderQuery { pipeline: sales.clone(), ..any() }, &[1, 2, 5]),
        (OrderQuery { pipeline: sales.clone(), stage: new.clone(), ..any() }, &[1, 5]),
        (OrderQuery { stage: new.clone(), ..any() }, &[1, 3, 5]),
        (OrderQuery { number: Some("2".into()), ..any() }, &[2]),
        (OrderQuery { number: Some("4".into()), ..any() }, &[]),
        (OrderQuery { client: Some(ClientId(8)), ..any() }, &[5]),
        (OrderQuery { client: Some(ClientId(7)), pipeline: sales, stage: new, ..any() }, &[5]),
        (OrderQuery { client: Some(ClientId(7)), number: Some("6".into()), ..any() }, &[]),
    ] {
        assert_eq!(found(&storage, query.clone(), ALL).await, expected, "{query:?}");
    }
}

pub async fn orders_come_in_pages(storage: New) {
    write(&storage, |tx| (1..=10).try_for_each(|id| tx.put_order(ONE, &sample::order(id)))).await;
    let page = |after, limit, newest_first| Page { after, limit, newest_first };
    let any = OrderQuery::default;
    assert_eq!(found(&storage, any(), page(None, 3, false)).await, [1, 2, 3]);
    assert_eq!(found(&storage, any(), page(Some(3), 3, false)).await, [4, 5, 6]);
    assert_eq!(found(&storage, any(), page(None, 3, true)).await, [10, 9, 8]);
    assert_eq!(found(&storage, any(), page(Some(8), 3, true)).await, [7, 6, 5]);
    assert_eq!(found(&storage, any(), page(Some(1), 3, true)).await, [0; 0]);
    assert_eq!(found(&storage, any(), page(None, u32::MAX, true)).await.len(), 10);
}

pub async fn orders_follow_their_clients(storage: New) {
    write(&storage, |tx| {
        tx.put_order(ONE, &of_clients(1, Some(7), &[8, 9]))?;
        tx.put_order(ONE, &of_clients(2, None, &[8, 8]))?;
        tx.put_order(TWO, &of_clients(3, None, &[8]))
    })
    .await;
    let of_client = |client| {
        let storage = storage.clone();
        async move {
            let orders = read(&storage, move |reads| reads.orders_of_client(ONE, ClientId(client), 10)).await;
            orders.into_iter().map(|order| order.id.0).collect::<Vec<_>>()
        }
    };
    assert_eq!(of_client(8).await, [2, 1]);
    assert_eq!(of_client(7).await, [1]);
    write(&storage, |tx| tx.put_order(ONE, &of_clients(1, Some(6), &[9]))).await;
    assert_eq!(of_client(8).await, [2]);
    assert_eq!(of_client(7).await, [0; 0]);
    assert_eq!(of_client(6).await, [1]);
    write(&storage, |tx| tx.delete_order(ONE, OrderId(2))).await;
    assert_eq!(of_client(8).await, [0; 0]);
    let first = read(&storage, |reads| reads.orders_of_client(ONE, ClientId(9), 0)).await;
    assert!(first.is_empty(), "the limit counts");
}

pub async fn orders_are_counted_by_stage(storage: New) {
    write(&storage, |tx| {
        tx.put_order(ONE, &in_stage(1, "sales", "new"))?;
        tx.put_order(ONE, &in_stage(2, "sales", "new"))?;
        tx.put_order(ONE, &in_stage(3, "sales", "done"))?;
        tx.put_order(TWO, &in_stage(4, "sales", "new"))
    })
    .await;
    let mut counts = read(&storage, |reads| reads.order_counts(ONE)).await;
    counts.sort();
    assert_eq!(counts, [("sales".into(), "done".into(), 1), ("sales".into(), "new".into(), 2)]);
}

pub async fn orders_of_several_stages_come_in_one_order(storage: New) {
    write(&storage, |tx| {
        tx.put_order(ONE, &in_stage(1, "sales", "new"))?;
        tx.put_order(ONE, &in_stage(2, "sales", "paid"))?;
        tx.put_order(ONE, &in_stage(3, "sales", "done"))?;
        tx.put_order(ONE, &in_stage(4, "sales", "new"))?;
        tx.put_order(ONE, &in_stage(5, "repairs", "new"))?;
        tx.put_order(TWO, &in_stage(6, "sales", "new"))?;
        tx.put_order(ONE, &in_stage(7, "sales", "paid"))
    })
    .await;
    let page = |after, limit, newest_first| Page { after, limit, newest_first };
    for (page, expected) in [
        (page(None, 10, false), &[1, 2, 4, 7][..]),
        (page(None, 3, false), &[1, 2, 4]),
        (page(Some(2), 1, false), &[4]),
        (page(None, 1, true), &[7]),
        (page(Some(4), 10, true), &[2, 1]),
    ] {
        let found = read(&storage, move |reads| {
            reads.orders_in(ONE, &"sales".into(), &["paid".into(), "new".into()], page)
        });
        let found: Vec<i64> = found.await.into_iter().map(|id| id.0).collect();
        assert_eq!(found, expected, "{page:?}");
    }
    let none = read(&storage, |reads| reads.orders_in(ONE, &"sales".into(), &[], ALL)).await;
    assert!(none.is_empty());
}

pub async fn a_deleted_order_is_gone_and_its_id_too(storage: New) {
    write(&storage, |tx| tx.put_order(ONE, &sample::order(5))).await;
    write(&storage, |tx| tx.delete_order(ONE, OrderId(5))).await;
    assert_eq!(read(&storage, |reads| reads.order(ONE, OrderId(5))).await, None);
    assert!(write(&storage, |tx| tx.next(Sequence::Order)).await > 5);
    write(&storage, |tx| tx.delete_order(ONE, OrderId(5))).await;
}

pub async fn an_order_of_another_shop_is_out_of_reach(storage: New) {
    write(&storage, |tx| tx.put_order(ONE, &sample::order(1))).await;
    assert_eq!(read(&storage, |reads| reads.order(TWO, OrderId(1))).await, None);
    assert!(try_write(&storage, |tx| tx.put_order(TWO, &sample::order(1))).await.is_err());
    write(&storage, |tx| tx.delete_order(TWO, OrderId(1))).await;
    assert_eq!(found(&storage, OrderQuery::default(), NEWEST).await, [1]);
}
