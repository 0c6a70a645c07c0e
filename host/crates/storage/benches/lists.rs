//! Lists of 50 deals out of 1,000 and out of 100,000: `cargo bench --workspace --bench lists --features
//! rulewright-storage/conformance`.
//!
//! Two shops in one file, whose deals are spread alike. Each list is asked for many times; the median counts.

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

const SHOPS: [(ShopId, i64); 2] = [(ONE, 1_000), (TWO, 100_000)];
const DAY: i64 = 86_400_000;

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as i64 % sides
    }
}

fn deal(id: i64, dice: &mut Dice) -> Order {
    let things =
        ["Chairs", "Tables", "Lamps", "Shelves", "Sofas", "Beds", "Desks", "Carpets", "Doors", "Tiles"];
    let mut deal = Order { kind: OrderKind::Deal, ..sample::order(id) };
    deal.stage = ["new", "prepared", "invoiced", "paid", "packed", "sent", "won", "lost"]
        [dice.roll(8) as usize]
        .into();
    deal.pipeline = ["sales", "repairs", "service"][dice.roll(3) as usize].into();
    deal.responsible = Some(EmployeeId(dice.roll(20) + 1));
    deal.title = format!("{} for client {}", things[dice.roll(10) as usize], dice.roll(100_000));
    deal.total.amount = dice.roll(1_000_000);
    deal.created = Timestamp(NOW.0 - dice.roll(365) * DAY);
    deal.updated = Timestamp(NOW.0 - dice.roll(100 * DAY));
    deal.comments = "as agreed by telephone ".repeat(15);
    deal.fields = (0..20).map(|at| (format!("own-{at}"), json!(dice.roll(10).to_string()))).collect();
    deal
}

fn equal(field: Field, to: &str) -> Filter {
    field.is(Test::Equal(to.into()))
}

/// Name, filter and order.
type List = (&'static str, Filter, Vec<(Field, Direction)>);

fn lists() -> Vec<List> {
    let stage = || equal(Field::text(["stage"]), "paid");
    let responsible = || equal(Field::number(["responsible"]), "7");
    let title = || Field::text(["title"]).is(Test::Contains("lamps".into()));
    let total = || Field::number(["total", "amount"]).is(Test::Above(5_000.0.into()));
    let since = || Field::moment(["updated"]).is(Test::AtLeast(NOW.plus(-10 * DAY).into()));
    let pipeline = || equal(Field::text(["pipeline"]), "repairs");
    let own = || equal(Field::text(["fields", "own-3"]), "4");
    let latest = || vec![(Field::moment(["updated"]), Direction::Down)];
    let both = |one, other| Filter::All(vec![one, other]);
    vec![
        ("stage + responsible", both(stage(), responsible()), vec![]),
        ("stage + responsible, latest first", both(stage(), responsible()), latest()),
        ("title contains + total above", both(title(), total()), vec![]),
        ("updated since + pipeline", both(since(), pipeline()), vec![]),
        ("updated since + pipeline, latest first", both(since(), pipeline()), latest()),
        ("own field + stage", both(own(), stage()), vec![]),
        ("no filter", Filter::All(vec![]), vec![]),
    ]
}

async fn ask(storage: &Arc<dyn Storage>, shop: ShopId, find: Find) -> (Found<Order>, Duration) {
    let begin = Instant::now();
    let found: Result<_> =
        storage.read(move |reads| reads.find_orders(shop, Some(OrderKind::Deal), &find)).await;
    (found.unwrap(), begin.elapsed())
}

async fn change(storage: &Arc<dyn Storage>, shop: ShopId, id: i64) {
    let changed: Result<()> = storage
        .write(move |tx| {
            let mut deal = Order::clone(&*tx.order(shop, OrderId(id))?.expect("it was stored"));
            deal.comments.push('.');
            tx.put_order(shop, &deal)
        })
        .await;
    changed.unwrap();
}

/// Of the medians in the small and in the large shop.
async fn compare(storage: &Arc<dyn Storage>, name: &str, find: impl Fn(i64) -> Find, changing: bool) {
    let (mut medians, mut rows, mut total) = (Vec::new(), Vec::new(), None);
    for (shop, deals) in SHOPS {
        let mut took = Vec::new();
        for _ in 0..if changing { 21 } else { 201 } {
            if changing {
                change(storage, shop, if shop == ONE { 1 } else { 200_000 }).await;
            }
            let (found, time) = ask(storage, shop, find(deals)).await;
            took.push(time);
            rows.push(found.rows.len());
            total = found.total;
        }
        took.sort_unstable();
        medians.push(took[took.len() / 2].as_secs_f64() * 1e6);
    }
    rows.dedup();
    let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
    println!(
        "{name}: {:.0} us out of 1,000, {:.0} us out of 100,000, ratio {:.1} ({rows:?} rows{of})",
        medians[0],
        medians[1],
        medians[1] / medians[0],
    );
}

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let storage: Arc<dyn Storage> =
        Arc::new(Sqlite::open(dir.path().join("bench.db"), Options::default()).unwrap());
    for (shop, deals) in SHOPS {
        let begin = Instant::now();
        for first in (0..deals).step_by(1_000) {
            let stored: Result<()> = storage
                .write(move |tx| {
                    let mut dice = Dice(first as u64);
                    let start = if shop == ONE { 1 } else { 200_000 };
                    (first..first + 1_000).try_for_each(|at| tx.put_order(shop, &deal(start + at, &mut dice)))
                })
                .await;
            stored.unwrap();
        }
        println!("{deals} deals stored at {:.1} us each", begin.elapsed().as_secs_f64() * 1e6 / deals as f64);
    }
    for (name, filter, order) in lists() {
        let find =
            |offset, count| Find { filter: filter.clone(), order: order.clone(), offset, limit: 50, count };
        compare(&storage, name, |_| find(0, false), false).await;
        compare(&storage, &format!("{name}, with total"), |_| find(0, true), false).await;
        compare(&storage, &format!("{name}, with total after a change"), |_| find(0, true), true).await;
        compare(&storage, &format!("{name}, deep"), |deals| find(deals as u64 / 250, false), false).await;
    }
    let last =
        |deals: i64| Find { limit: 50, offset: deals as u64 * 9 / 10, ..Find::first(Filter::All(vec![])) };
    compare(&storage, "no filter, nine tenths passed over", last, false).await;
    let after = |deals: i64| {
        let start = if deals == 1_000 { 1 } else { 200_000 };
        let id = (start + deals * 9 / 10) as f64;
        Find { limit: 50, ..Find::first(Field::number(["id"]).is(Test::Above(id.into()))) }
    };
    compare(&storage, "after an id at nine tenths", after, false).await;
}
