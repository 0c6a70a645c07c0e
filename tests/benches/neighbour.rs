//! How much longer a shop waits for its steps beside another one whose plugins compute for as long as they may: from the move
//! of an order to the end of its run, p50 and p99, alone and beside. Rounds are interleaved; compare ratios.
//!
//! `cargo bench --workspace --bench neighbour [-- ROUNDS] [in-process]`: with guests in processes, as `serve` has them, or
//! in this one.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a tool for developers")]

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rulewright_runtime::{WORKER_CHILD, this_program, worker_child};
use serde_json::json;

#[allow(dead_code, reason = "a benchmark uses a part")]
#[path = "../it/hostile/guests.rs"]
mod guests;
#[allow(dead_code, reason = "one of them is used")]
mod programs {
    include!(concat!(env!("OUT_DIR"), "/programs.rs"));
}
#[path = "../it/support.rs"]
#[allow(dead_code, unused_imports, reason = "a benchmark uses a part")]
mod support;

use guests::Guest;
use support::{Outside, TestShop, another_runtime, rule};

const STEPS: usize = 500;
/// Some seconds of one processor, were it not for the limits.
const FUEL: Option<u64> = Some(1_000_000_000);

static HOSTILE: [(&str, Guest); 3] = [
    (
        "paid",
        Guest { id: "hostile.loops", fuel: FUEL, step: "(loop (br 0)) (i32.const 1024)", ..Guest::DONE },
    ),
    (
        "packing",
        Guest {
            id: "hostile.fills",
            fuel: FUEL,
            pages: 300,
            step: "(loop (memory.fill (i32.const 131072) (i32.const 7) (i32.const 16000000)) (br 0)) (i32.const 1024)",
            ..Guest::DONE
        },
    ),
    (
        "shipped",
        Guest {
            id: "hostile.calls",
            fuel: FUEL,
            imports: &[("step", "now", "(func $now (result i64))")],
            step: "(loop (drop (call $now)) (br 0)) (i32.const 1024)",
            ..Guest::DONE
        },
    ),
];

/// Also the program of the processes.
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().is_some_and(|first| first == WORKER_CHILD) {
        return worker_child(arguments.next());
    }
    tokio::runtime::Runtime::new().unwrap().block_on(measure());
    ExitCode::SUCCESS
}

async fn measure() {
    let rounds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(5);
    let mut runtime = another_runtime();
    let in_process = std::env::args().any(|argument| argument == "in-process");
    if !in_process {
        runtime = runtime.with_workers(this_program().unwrap()).unwrap();
    }
    println!("guests {}", if in_process { "in this process" } else { "in processes" });
    let outside = Outside { executor: Arc::new(runtime), ..Outside::default() };
    let hostile = TestShop::in_world(&[], outside).await;
    let neighbour = hostile.another().await;
    let mut stages = json!({});
    for (stage, guest) in &HOSTILE {
        hostile.install(&guest.component()).await;
        stages[*stage] = json!({ "rules": [rule(stage, guest.id, json!({}))] });
    }
    hostile.publish(stages).await;
    neighbour.install(programs::COUNTS).await;
    neighbour.publish(json!({ "paid": { "rules": [rule("good", "test.counts", json!({}))] } })).await;
    steps(&neighbour).await;
    let mut ratios = Vec::new();
    for round in 1..=rounds {
        let alone = steps(&neighbour).await;
        let stop = AtomicBool::new(false);
        // Two of each at a time.
        let attacks = HOSTILE.iter().chain(&HOSTILE).map(|(stage, _)| attack(&hostile, stage, &stop));
        let measured = async {
            let took = steps(&neighbour).await;
            stop.store(true, Ordering::Relaxed);
            took
        };
        let (beside, ended) = futures::join!(measured, futures::future::join_all(attacks));
        let ended: usize = ended.iter().sum();
        let [p50, p99] = [50, 99].map(|part| (at(&alone, part), at(&beside, part)));
        let ratio = p99.1.as_secs_f64() / p99.0.as_secs_f64();
        println!(
            "round {round}: alone p50 {:.1?} p99 {:.1?}, beside p50 {:.1?} p99 {:.1?} ({ended} hostile steps): p99 x {ratio:.1}",
            p50.0, p99.0, p50.1, p99.1
        );
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!("p99 beside hostile plugins / alone: {:.1} x", ratios[ratios.len() / 2]);
}

fn at(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() - 1) * percent / 100]
}

async fn step(shop: &TestShop, stage: &str, look: Duration) -> Duration {
    let order = shop.order().await;
    let begun = Instant::now();
    shop.move_to(order, stage).await;
    loop {
        let state = shop.run(order).await.state;
        if state.is_terminal() {
            break;
        }
        // A hostile plugin is paused before long, and nothing would be left to measure beside.
        if state.name() == "parked" {
            for (_, guest) in &HOSTILE {
                shop.engine.resume_plugin(shop.id, &guest.id.to_owned()).await.unwrap();
            }
        }
        tokio::time::sleep(look).await;
    }
    begun.elapsed()
}

/// One after the other, sorted.
async fn steps(shop: &TestShop) -> Vec<Duration> {
    let mut took = Vec::new();
    for _ in 0..STEPS {
        took.push(step(shop, "paid", Duration::from_micros(200)).await);
    }
    took.sort_unstable();
    took
}

/// Returns how many steps have come to their end.
async fn attack(shop: &TestShop, stage: &str, stop: &AtomicBool) -> usize {
    let mut ended = 0;
    while !stop.load(Ordering::Relaxed) {
        step(shop, stage, Duration::from_millis(5)).await;
        ended += 1;
    }
    ended
}
