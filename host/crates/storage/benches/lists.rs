//! Lists of 50 deals out of 1,000 and out of 100,000: `cargo bench --workspace --bench lists --features
//! rulewright-storage/conformance`.
//!
//! Two shops in one file, whose deals are spread alike, and so that every list fills its page in both: out of fewer deals
//! than a page holds, a list would be fast because it is short. Each is asked for many times; the median counts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rulewright_domain::{
    EmployeeId, Order, OrderId, OrderKind, ShopId, Timestamp,
    find::{Direction, Field, Filter, Test},
};
use rulewright_ports::{
    Storage, StorageExt,
    storage::{Find, Found, Result},
};
use rulewright_storage::{
    Options, Sqlite,
    conformance::sample::{self, NOW, ONE, TWO},
};
use serde_json::json;

/// With their first id, and how many deals they have.
const SHOPS: [(ShopId, i64, i64); 2] = [(ONE, 1, 1_000), (TWO, 200_000, 100_000)];
const PAGE: u32 = 50;
/// Deals in either shop that one employee has at a stage where he has no others.
const SELDOM: i64 = 60;
const DAY: i64 = 86_400_000;

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as i64 % sides
    }
}

fn deal(id: i64, seldom: bool, dice: &mut Dice) -> Order {
    let things = ["Chairs", "Tables", "Lamps", "Shelves", "Sofas"];
    let mut deal = Order { kind: OrderKind::Deal, ..sample::order(id) };
    let (stage, responsible) = match (dice.roll(4), dice.roll(4) + 1) {
        _ if seldom => (0, 1),
        (0, 1) => (1, 1),
        others => others,
    };
    deal.stage = ["new", "paid", "won", "lost"][stage as usize].into();
    deal.pipeline = ["sales", "repairs", "service"][dice.roll(3) as usize].into();
    deal.responsible = Some(EmployeeId(responsible));
    deal.title = format!("{} for client {}", things[dice.roll(5) as usize], dice.roll(100_000));
    deal.total.amount = dice.roll(1_000_000);
    deal.created = Timestamp(NOW.0 - dice.roll(365) * DAY);
    deal.updated = Timestamp(NOW.0 - dice.roll(100 * DAY));
    deal.comments = "as agreed by telephone ".repeat(15);
    deal.fields = (0..20).map(|at| (format!("own-{at}"), json!(dice.roll(4).to_string()))).collect();
    deal
}

fn equal(field: Field, to: &str) -> Filter {
    field.is(Test::Equal(to.into()))
}

/// Name, filter and order.
type List = (&'static str, Filter, Vec<(Field, Direction)>);

fn lists() -> Vec<List> {
    let stage = |stage| equal(Field::text(["stage"]), stage);
    let responsible = |id| equal(Field::number(["responsible"]), id);
    let title = || Field::text(["title"]).is(Test::Contains("lamps".into()));
    let total = || Field::number(["total", "amount"]).is(Test::Above(5_000.0.into()));
    let since = || Field::moment(["updated"]).is(Test::AtLeast(NOW.plus(-20 * DAY).into()));
    let pipeline = || equal(Field::text(["pipeline"]), "repairs");
    let own = || equal(Field::text(["fields", "own-3"]), "3");
    let newest = || vec![(Field::number(["id"]), Direction::Down)];
    let latest = || vec![(Field::moment(["updated"]), Direction::Down)];
    let made = || vec![(Field::moment(["created"]), Direction::Down)];
    let both = |one, other| Filter::All(vec![one, other]);
    vec![
        ("stage + responsible", both(stage("paid"), responsible("3")), vec![]),
        ("stage + responsible, newest first", both(stage("paid"), responsible("3")), newest()),
        ("stage + responsible, latest first", both(stage("paid"), responsible("3")), latest()),
        ("stage + responsible, by creation", both(stage("paid"), responsible("3")), made()),
        ("stage + responsible, seldom together", both(stage("new"), responsible("1")), vec![]),
        (
            "stage + responsible, seldom together, latest first",
            both(stage("new"), responsible("1")),
            latest(),
        ),
        ("pipeline + stage", both(pipeline(), stage("paid")), vec![]),
        ("pipeline + stage, latest first", both(pipeline(), stage("paid")), latest()),
        ("pipeline + responsible", both(pipeline(), responsible("3")), vec![]),
        ("updated since + pipeline", both(since(), pipeline()), vec![]),
        ("updated since + pipeline, latest first", both(since(), pipeline()), latest()),
        ("title contains + total above", both(title(), total()), vec![]),
        ("own field + stage", both(own(), stage("paid")), vec![]),
        ("no filter", Filter::All(vec![]), vec![]),
    ]
}

async fn ask(storage: &Arc<dyn Storage>, shop: ShopId, find: Find) -> (Found<Order>, Duration) {
    let begin = Instant::now();
    let found: Result<_> =
        storage.read(move |reads| reads.find_orders(shop, Some(OrderKind::Deal), &find)).await;
    (found.unwrap(), begin.elapsed())
}

async fn change(storage: &Arc<dyn Storage>, shop: ShopId, id: i64, change: fn(&mut Order)) {
    let changed: Result<()> = storage
        .write(move |tx| {
            let mut deal = Order::clone(&*tx.order(shop, OrderId(id))?.expect("it was stored"));
            change(&mut deal);
            tx.put_order(shop, &deal)
        })
        .await;
    changed.unwrap();
}

/// Of the medians in the small and in the large shop.
async fn compare(storage: &Arc<dyn Storage>, name: &str, find: impl Fn(i64, i64) -> Find, changing: bool) {
    let (mut medians, mut total) = (Vec::new(), None);
    for (shop, first, deals) in SHOPS {
        let mut took = Vec::new();
        for _ in 0..if changing { 21 } else { 201 } {
            if changing {
                change(storage, shop, first, |deal| deal.comments.push('.')).await;
            }
            let (found, time) = ask(storage, shop, find(first, deals)).await;
            assert_eq!(found.rows.len(), PAGE as usize, "{name}: both pages are full");
            took.push(time);
            total = found.total;
        }
        took.sort_unstable();
        medians.push(took[took.len() / 2].as_secs_f64() * 1e6);
    }
    let of = total.map(|total| format!(" ({total} match)")).unwrap_or_default();
    println!(
        "{name}: {:.0} us out of 1,000, {:.0} us out of 100,000, ratio {:.1}{of}",
        medians[0],
        medians[1],
        medians[1] / medians[0],
    );
}

/// What a change costs the storage, of deals all over the large shop; without the sync, which many share.
async fn changes(storage: &Arc<dyn Storage>, name: &str, change: fn(&mut Order)) {
    let (shop, first, deals) = SHOPS[1];
    let mut took = Vec::new();
    for round in 0..21 {
        let changed: Result<Duration> = storage
            .write(move |tx| {
                let spread = (0..200).map(|at| OrderId(first + (at * 499 + round * 7) % deals));
                let read = |id| Ok(Order::clone(&*tx.order(shop, id)?.expect("it was stored")));
                let mut all = spread.map(read).collect::<Result<Vec<_>>>()?;
                all.iter_mut().for_each(change);
                let begin = Instant::now();
                all.iter().try_for_each(|deal| tx.put_order(shop, deal))?;
                Ok(begin.elapsed() / 200)
            })
            .await;
        took.push(changed.unwrap());
    }
    took.sort_unstable();
    println!("a deal {name}: {:.1} us", took[took.len() / 2].as_secs_f64() * 1e6);
}

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let storage: Arc<dyn Storage> =
        Arc::new(Sqlite::open(dir.path().join("bench.db"), Options::default()).unwrap());
    for (shop, start, deals) in SHOPS {
        let begin = Instant::now();
        for first in (0..deals).step_by(1_000) {
            let stored: Result<()> = storage
                .write(move |tx| {
                    let mut dice = Dice(first as u64);
                    (first..first + 1_000).try_for_each(|at| {
                        tx.put_order(shop, &deal(start + at, at % (deals / SELDOM) == 0, &mut dice))
                    })
                })
                .await;
            stored.unwrap();
        }
        println!("{deals} deals stored at {:.1} us each", begin.elapsed().as_secs_f64() * 1e6 / deals as f64);
    }
    for (name, filter, order) in lists() {
        let find =
            |offset, count| Find { filter: filter.clone(), order: order.clone(), offset, limit: PAGE, count };
        compare(&storage, name, |_, _| find(0, false), false).await;
        compare(&storage, &format!("{name}, with total"), |_, _| find(0, true), false).await;
        compare(&storage, &format!("{name}, with total after a change"), |_, _| find(0, true), true).await;
    }
    let all = || Find { limit: PAGE, ..Find::first(Filter::All(vec![])) };
    let passed = |_, deals: i64| Find { offset: deals as u64 * 9 / 10, ..all() };
    compare(&storage, "no filter, nine tenths passed over", passed, false).await;
    let after = |first: i64, deals: i64| {
        let id = (first + deals * 9 / 10) as f64;
        Find { filter: Field::number(["id"]).is(Test::Above(id.into())), ..all() }
    };
    compare(&storage, "after an id at nine tenths", after, false).await;
    changes(&storage, "changed", |deal| deal.updated = deal.updated.plus(1)).await;
    changes(&storage, "with another total", |deal| {
        deal.total.amount += 1;
        deal.updated = deal.updated.plus(1);
    })
    .await;
    changes(&storage, "moved", |deal| {
        deal.stage = if deal.stage.0 == "paid" { "won" } else { "paid" }.into();
        deal.updated = deal.updated.plus(1);
    })
    .await;
}
