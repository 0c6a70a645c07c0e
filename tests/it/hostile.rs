//! The catalogue of hostile guests: what each is refused with, that it is refused the same each time, and that the house
//! goes on. Those that a compiler would write are in `tests/programs`, and most of them are looked at in `sandbox.rs`; the
//! others are written here.
//!
//! | row | guest | where |
//! |---|---|---|
//! | A01, A02, A21 | computes without end: in a loop, in bulk, before it has begun | here |
//! | A03, A04, A05 | takes memory: at once, bit by bit, before it has begun | here |
//! | A06, A07 | takes tables, or declares them | here, and `gate.rs` |
//! | A08, A09 | calls itself; calls the host while the host calls it | here |
//! | A10, A11 | answers with a long text; with a list of nothing | here, `returns_100_mb`, `swells` |
//! | A12, A13 | answers from outside of its memory, or with what is no answer or no text | here |
//! | A14, A15 | floods the log; forges lines of it | `floods_the_log`, `shouts`; here |
//! | A16 | waits for a thousand things: a run waits for one, `big_state` and A11 are what it can carry | `sandbox.rs` |
//! | A17 | asks for more than may be asked for in one step | `floods_effects` |
//! | A18 | keeps what it opens; calls without end | here |
//! | A19, A24 | waits too long for an answer of the host | `asks_slowly`, `network.rs`; `sandbox.rs` |
//! | A20 | breaks where the host gives it something, or clears up after it | here |
//! | A22, A23 | looks for what differs from time to time: the clock, chance, odd numbers | here, `reads_random` |

mod guests;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use guests::{Guest, OPEN, REFUSED, TOLD, WRITE};
use rulewright_domain::{Grant, LogLine, RunState};
use rulewright_ports::{Executor, Failure, Invocation};
use rulewright_runtime::{Limits, Runtime};
use serde_json::json;

use crate::{
    programs,
    sandbox::{Void, alone_within},
    support::{TestShop, package, rule, runtime},
};

/// How often each is run.
#[expect(clippy::disallowed_methods, reason = "how long the tests may take is said from outside")]
fn cycles() -> usize {
    std::env::var("RULEWRIGHT_HOSTILE_CYCLES").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hostile_guest_ends_with_its_own_code_each_time_and_the_house_goes_on() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let mut rules = Vec::new();
    for guest in REFUSED.iter().map(|(guest, ..)| guest).chain(TOLD) {
        shop.install(&guest.component()).await;
        rules.push(rule(&guest.id.replace('.', "-"), guest.id, json!({})));
    }
    shop.engine
        .put_secret(shop.id, &"a18.keeps-what-it-opens".to_owned(), "token", Some("t0ken-of-theirs".into()))
        .await
        .unwrap();
    let counts = rule("good", "test.counts", json!({}));
    shop.publish(json!({ "paid": { "rules": rules }, "packing": { "rules": [counts] } })).await;
    let mut wrong = Vec::new();
    for cycle in 0..cycles() {
        let (bad, good) = (shop.order().await, shop.order().await);
        shop.move_to(bad, "paid").await;
        shop.move_to(good, "packing").await;
        shop.engine.idle().await;
        assert_eq!(shop.run(good).await.state, RunState::Done);
        let runs = shop.runs(bad).await;
        let states: BTreeMap<&str, _> = runs.iter().map(|run| (run.rule.0.as_str(), run)).collect();
        for (guest, code, says) in REFUSED {
            let run = states[guest.id.replace('.', "-").as_str()];
            let as_told = match &run.state {
                RunState::Failed { code: found, message } => found == code && message.contains(says),
                _ => false,
            };
            if !as_told || run.trace.len() != 1 {
                wrong.push(format!("{cycle} {}: {:?}, {} steps", guest.id, run.state, run.trace.len()));
            }
        }
        for guest in TOLD {
            let state = &states[guest.id.replace('.', "-").as_str()].state;
            if *state != RunState::Done {
                wrong.push(format!("{cycle} {}: {state:?}", guest.id));
            }
        }
        let after = shop.read(bad).await;
        assert!(after.tags.is_empty() && after.fields.is_empty() && shop.comments(bad).await.is_empty());
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// As it is installed, and if that goes well, as it is run.
async fn refused(guest: &Guest) -> Failure {
    let component = guest.component();
    let package = package(&component);
    if let Err(failure) = runtime().prepare(&package.digest, component.as_slice().into()).await {
        return failure;
    }
    let (runtime, invocation) =
        alone_within(Limits { concurrency: 1, ..Limits::default() }, &component, json!({})).await;
    runtime.run(invocation, Arc::new(Void::default())).await.result.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a05_a07_what_declares_more_than_there_is_is_refused_by_the_name_of_the_limit() {
    for (id, pages, says) in [
        ("a05.begins-with-all", 65_536, ["limit `memory", "4096 MiB"]),
        // As much as a manifest may wish for, and this one does not.
        ("a05.begins-with-more", 1_000, ["limit `memory` is 32 MiB", "62 MiB"]),
    ] {
        let failure = refused(&Guest { id, pages, ..Guest::DONE }).await;
        assert!(
            !failure.retryable && ["limit", "out-of-memory"].contains(&failure.code.as_str()),
            "{failure:?}"
        );
        assert!(says.iter().all(|part| failure.message.contains(part)), "{failure}");
    }
    for (id, items) in [
        ("a07.begins-with-tables", "(table 1000000 funcref)"),
        ("a07.begins-with-all-tables", "(table 0xffffffff funcref)"),
    ] {
        let failure = refused(&Guest { id, items, ..Guest::DONE }).await;
        assert_eq!((failure.code.as_str(), failure.retryable), ("limit", false), "{failure}");
        assert!(
            failure.message.contains("limit `tables`") && failure.message.contains("20,000"),
            "{failure}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a21_a_rule_that_never_begins_is_not_published() {
    let shop = TestShop::with(&[programs::COUNTS]).await;
    let items = "(func $forever (loop (br 0))) (start $forever)";
    shop.install(&Guest { id: "a21.never-begins", items, ..Guest::DONE }.component()).await;
    let never = json!({ "paid": { "rules": [rule("bad", "a21.never-begins", json!({}))] } });
    let refusal = format!("{:?}", shop.try_publish(never).await.unwrap_err());
    assert!(refusal.contains("out-of-fuel") && refusal.contains("50,000,000 of 50,000,000"), "{refusal}");
    shop.publish(json!({ "paid": { "rules": [rule("good", "test.counts", json!({}))] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    assert_eq!(shop.run(order).await.state, RunState::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a15_a_line_of_the_log_moves_no_cursor_and_turns_nothing_around() {
    // Goes back to the start of the line, clears the screen, ends the text, and turns around what follows.
    let items = r#"(data (i32.const 2048) "before\0d\1b[2J\00\e2\80\aeafter")"#;
    let step = "(call $write (i32.const 1) (i32.const 2048) (i32.const 20) (i32.const 0) (i32.const 0)) (i32.const 1024)";
    let guest = Guest { id: "a15.forges", imports: WRITE, items, step, ..Guest::DONE };
    let shop = TestShop::with(&[&guest.component()]).await;
    shop.publish(json!({ "paid": { "rules": [rule("bad", guest.id, json!({}))] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    assert_eq!(run.state, RunState::Done);
    let [LogLine { message, .. }] = run.trace[0].logs.as_slice() else { panic!("{:?}", run.trace) };
    assert_eq!(message, "before\\r\\u{1b}[2J\\u{0}\\u{202e}after");
}

/// Another step could wait for what it holds meanwhile.
#[tokio::test]
async fn a_step_that_computes_for_long_asks_its_questions_where_it_began() {
    let step = "(call $open (i32.const 2048) (i32.const 5) (i32.const 4096))
        (loop
            (global.set $n (i32.add (global.get $n) (i32.const 1)))
            (br_if 0 (i32.lt_u (global.get $n) (i32.const 20000000))))
        (call $open (i32.const 2048) (i32.const 5) (i32.const 4096))
        (i32.const 1024)";
    let items = r#"(data (i32.const 2048) "token") (global $n (mut i32) (i32.const 0))"#;
    let fuel = Some(1_000_000_000);
    let guest =
        Guest { id: "test.is-long", imports: OPEN, items, step, fuel, secrets: &["token"], ..Guest::DONE };
    let (runtime, invocation) = alone_within(Limits::default(), &guest.component(), json!({})).await;
    let world = Arc::new(Void::default());
    let here = std::thread::current().name().unwrap().to_owned();
    // Where others have all processors for a second, a step does not get away. The second one begins there.
    for turn in 1.. {
        runtime.run(invocation.clone(), world.clone()).await.result.unwrap();
        assert_eq!(*world.asked_on.lock().unwrap(), vec![here.as_str(); 2 * turn]);
        // Only Linux tells.
        if turn > 1 && (cfg!(not(target_os = "linux")) || in_the_background() > Duration::from_millis(1)) {
            break;
        }
        assert!(turn < 20, "no step of {turn} computed in the background");
    }
}

/// Processor time of the threads that long steps go on in, of all runtimes of this process.
fn in_the_background() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").unwrap().map(|thread| thread.unwrap().path());
    let read = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap_or_default();
    let long = threads.filter(|thread| read(thread.join("comm")).trim() == "long-steps");
    let times = long.filter_map(|thread| read(thread.join("schedstat")).split(' ').next()?.parse().ok());
    times.max().map(Duration::from_nanos).unwrap_or_default()
}

/// Steps that are timed at once.
const TIMED: usize = 50;
/// Alone and beside, in turns: what else the machine does is in both, and the median leaves out what was in one.
const ROUNDS: usize = 5;
/// Times that of a step alone. One that never gives way, for all of its fuel, makes it ten and more.
const SLOWER: f64 = 4.0;

/// From when each is ready; but for the slowest.
async fn slowest(runtime: Arc<Runtime>, step: Invocation) -> Duration {
    let steps = async move {
        let world = Arc::new(Void::default());
        let mut took = Vec::new();
        for _ in 0..TIMED {
            let ready = Instant::now();
            tokio::task::yield_now().await;
            runtime.run(step.clone(), world.clone()).await.result.unwrap();
            took.push(ready.elapsed());
        }
        took
    };
    // With a place in the same queue as the others'.
    let mut took = tokio::spawn(steps).await.unwrap();
    took.sort_unstable();
    took[TIMED - 2]
}

/// Hostile guests give way. How much slower a whole shop becomes, with its storage, is measured:
/// `cargo bench --workspace --bench neighbour`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_neighbours_steps_keep_going_beside_hostile_ones() {
    let limits = Limits { concurrency: 8, ..Limits::default() };
    // They compute in the background, and what this machine does besides takes some time.
    let waits = Duration::from_millis(10);
    let (runtime, good) = alone_within(limits, programs::COUNTS, json!({})).await;
    let runtime = Arc::new(runtime);
    let mut hostile = Vec::new();
    for id in ["a01.loops", "a02.fills", "a04.takes-bit-by-bit", "a18.calls-without-end"] {
        let found = REFUSED.iter().map(|(guest, ..)| *guest).find(|guest| guest.id == id).unwrap();
        let component = Guest { fuel: Some(400_000_000), ..found }.component();
        let package = package(&component);
        runtime.prepare(&package.digest, component.as_slice().into()).await.unwrap();
        hostile.push(Invocation {
            plugin: package.manifest.id.clone(),
            digest: package.digest.clone(),
            grant: Grant::whole(&package.manifest, &package.imports, &[]),
            limits: package.manifest.limits.clone(),
            ..good.clone()
        });
    }
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let alone = slowest(runtime.clone(), good.clone()).await;
        let stop = Arc::new(AtomicBool::new(false));
        let beside = hostile.iter().cloned().map(|invocation| {
            let (runtime, stop) = (runtime.clone(), stop.clone());
            tokio::spawn(async move {
                let (world, mut ended) = (Arc::new(Void::default()), 0);
                while !stop.load(Ordering::Relaxed) {
                    assert!(runtime.run(invocation.clone(), world.clone()).await.result.is_err());
                    ended += 1;
                }
                ended
            })
        });
        let beside: Vec<_> = beside.collect();
        let crowded = slowest(runtime.clone(), good.clone()).await;
        stop.store(true, Ordering::Relaxed);
        for hostile in beside {
            assert!(hostile.await.unwrap() > 0, "a hostile guest never ran");
        }
        let ratio = crowded.as_secs_f64() / alone.max(waits).as_secs_f64();
        rounds.push((ratio, alone, crowded));
    }
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    assert!(rounds[ROUNDS / 2].0 <= SLOWER, "times slower, alone and beside hostile guests: {rounds:?}");
}
