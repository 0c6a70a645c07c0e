//! How many runs a second one file takes, durably: `cargo bench --workspace --bench submit --features
//! rulewright-storage/conformance`.
//!
//! One run is two transactions, as in production: the event that starts it, and the commit of its step. Together
//! they write a run twice, two events, an order and a message.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use rulewright_domain::{Message, MessageState, Order, OrderId, Run, RunId, RunState, kind};
use rulewright_ports::{
    Storage, StorageExt, Transaction,
    storage::{Result, Sequence},
};
use rulewright_storage::{
    Options, Sqlite,
    conformance::sample::{self, NOW, ONE},
};
use serde_json::json;

const ORDERS: i64 = 10_000;

fn start(tx: &mut dyn Transaction, order: i64) -> Result<RunId> {
    let event = tx.next(Sequence::Event)?;
    let mut what = sample::about(kind::STAGE_CHANGED, order);
    what.data = json!({ "stage": { "before": "new", "after": "paid" }, "comments": "x".repeat(300) }).into();
    tx.append_event(&sample::event(event, ONE, what))?;
    let id = tx.next(Sequence::Run)?;
    tx.put_run(&sample::run(id, ONE, order, RunState::Ready))?;
    Ok(RunId(id))
}

fn commit(tx: &mut dyn Transaction, order: i64, run: RunId) -> Result<()> {
    let was = tx.run(ONE, run)?.expect("it was started");
    let mut current = Order::clone(&*tx.order(ONE, OrderId(order))?.expect("it was stored"));
    current.revision += 1;
    current.comments = format!("called at {}", current.revision);
    tx.put_order(ONE, &current)?;
    let event = tx.next(Sequence::Event)?;
    let mut what = sample::about(kind::FIELDS_CHANGED, order);
    what.data = json!({ "comments": { "before": "x", "after": current.comments } }).into();
    tx.append_event(&sample::event(event, ONE, what))?;
    let message = tx.next(Sequence::Message)?;
    let message = sample::message(message, ONE, MessageState::Pending, NOW);
    tx.put_message(&Message { order: Some(OrderId(order)), run: Some(run), ..message })?;
    tx.put_run(&Run { state: RunState::Done, step: 1, ended: Some(NOW), ..was })
}

/// In one job, which shows what the processor does apart from waiting.
async fn alone(storage: &Arc<dyn Storage>) {
    const RUNS: i64 = 20_000;
    let took: Result<(Duration, Duration)> = storage
        .write(|tx| {
            let orders = (0..RUNS).map(|number| number % ORDERS + 1);
            let begin = processor_time();
            let runs = orders.clone().map(|order| start(tx, order)).collect::<Result<Vec<_>>>()?;
            let started = processor_time();
            orders.zip(runs).try_for_each(|(order, run)| commit(tx, order, run))?;
            Ok((started - begin, processor_time() - started))
        })
        .await;
    let (starting, committing) = took.unwrap();
    let each = |took: Duration| took.as_secs_f64() * 1e6 / RUNS as f64;
    println!("in one job: start {:.1} us, commit {:.1} us a run", each(starting), each(committing));
}

/// Of this thread, where the system tells: others may be at work on the machine.
fn processor_time() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| BEGIN.elapsed(), Duration::from_nanos)
}

static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

async fn writers(storage: &Arc<dyn Storage>, count: usize, seconds: u64) {
    let end = Instant::now() + Duration::from_secs(seconds);
    let next = Arc::new(AtomicI64::new(0));
    let writers: Vec<_> = (0..count)
        .map(|_| {
            let (storage, next) = (storage.clone(), next.clone());
            tokio::spawn(async move {
                let mut took = Vec::new();
                while Instant::now() < end {
                    let order = next.fetch_add(1, Ordering::Relaxed) % ORDERS + 1;
                    let begin = Instant::now();
                    let run: Result<RunId> = storage.write(move |tx| start(tx, order)).await;
                    let run = run.unwrap();
                    took.push(begin.elapsed());
                    let begin = Instant::now();
                    let done: Result<()> = storage.write(move |tx| commit(tx, order, run)).await;
                    done.unwrap();
                    took.push(begin.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for writer in writers {
        took.extend(writer.await.unwrap());
    }
    report(&format!("{count} writers"), "transactions", seconds, took);
}

async fn readers(storage: &Arc<dyn Storage>, count: usize, seconds: u64) {
    let end = Instant::now() + Duration::from_secs(seconds);
    let readers: Vec<_> = (0..count)
        .map(|reader| {
            let storage = storage.clone();
            tokio::spawn(async move {
                let mut took = Vec::new();
                while Instant::now() < end {
                    let id = OrderId((reader + took.len()) as i64 % ORDERS + 1);
                    let begin = Instant::now();
                    let order: Result<Option<Arc<Order>>> =
                        storage.read(move |reads| reads.order(ONE, id)).await;
                    order.unwrap().expect("it was stored");
                    took.push(begin.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for reader in readers {
        took.extend(reader.await.unwrap());
    }
    report(&format!("{count} readers"), "queries", seconds, took);
}

fn report(who: &str, what: &str, seconds: u64, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |part: f64| took[((took.len() - 1) as f64 * part) as usize].as_micros();
    println!(
        "{who}: {} {what}/s, p50 {} us, p99 {} us, max {} us",
        took.len() as u64 / seconds,
        at(0.5),
        at(0.99),
        at(1.0),
    );
}

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = dir.path().join("bench.db");
    let storage: Arc<dyn Storage> = Arc::new(Sqlite::open(&file, Options::default()).unwrap());
    let prepared: Result<()> = storage
        .write(|tx| {
            tx.put_shop(&sample::shop(ONE))?;
            (1..=ORDERS).try_for_each(|id| tx.put_order(ONE, &sample::order(id)))
        })
        .await;
    prepared.unwrap();
    alone(&storage).await;
    for count in [1, 8, 64, 256] {
        writers(&storage, count, 5).await;
    }
    for count in [1, 8] {
        readers(&storage, count, 3).await;
    }
    let size = std::fs::metadata(&file).unwrap().len();
    println!("file: {} MiB", size / (1024 * 1024));
}
