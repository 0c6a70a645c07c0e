//! Components that nobody's tools would make, through the gate of an installation: each is refused with a code, or
//! compiles and links. None panics and none hangs.
//!
//! A test like the others, in a short form. The long one:
//! `cargo test --workspace --test mutants -- --count 300000`, also in parts (`--from 100000 --count 100000`) and with another
//! `--seed`. One again: `--only INDEX`.

mod corpus;
mod judge;
mod mutate;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use judge::Judge;

/// What cargo test runs.
const SHORT: u64 = 20_000;
/// Of processor, for one mutant in the gate.
const PROMPT: Duration = Duration::from_secs(1);
/// Of one mutant, compilation included. Beyond that nothing will come any more.
const HANG: Duration = Duration::from_secs(300);

struct Wanted {
    /// The first; a long run can be done in parts.
    from: u64,
    count: u64,
    seed: u64,
    only: Option<u64>,
    /// Of the mutants that the gate lets through, one in so many is compiled and linked.
    compile: u64,
}

fn main() -> ExitCode {
    let Some(wanted) = wanted(std::env::args().skip(1)) else {
        println!("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out");
        return ExitCode::SUCCESS;
    };
    let failures = run(&wanted);
    for failure in &failures {
        println!("FAILED: {failure}");
    }
    if !failures.is_empty() {
        println!("again: cargo test --workspace --test mutants -- --seed {} --only INDEX", wanted.seed);
    }
    let (passed, failed) = if failures.is_empty() { ("ok. 1", 0) } else { ("FAILED. 0", 1) };
    println!("\ntest result: {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// None: other tests are meant. What only cargo's own tests know is passed over.
fn wanted(mut arguments: impl Iterator<Item = String>) -> Option<Wanted> {
    let mut wanted = Wanted { from: 0, count: SHORT, seed: 1, only: None, compile: 4 };
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let value = arguments.next().and_then(|value| value.parse().ok());
            value.unwrap_or_else(|| panic!("{argument} wants a number"))
        };
        match argument.as_str() {
            "--from" => wanted.from = number(),
            "--count" => wanted.count = number(),
            "--seed" => wanted.seed = number(),
            "--only" => wanted.only = Some(number()),
            "--compile" => wanted.compile = number().max(1),
            "--ignored" | "--list" => return None,
            "--skip" | "--test-threads" | "--color" | "--format" => drop(arguments.next()),
            flag if flag.starts_with('-') => {}
            filter if "mutants".contains(filter) => {}
            _ => return None,
        }
    }
    Some(wanted)
}

/// What the workers share.
struct Progress {
    next: AtomicU64,
    counts: Mutex<BTreeMap<String, u64>>,
    failures: Mutex<Vec<String>>,
    slowest: Mutex<(Duration, u64)>,
}

fn run(wanted: &Wanted) -> Vec<String> {
    let corpus = corpus::corpus();
    let progress = Progress {
        next: AtomicU64::new(0),
        counts: Mutex::default(),
        failures: Mutex::default(),
        slowest: Mutex::default(),
    };
    // A panic is counted where it is caught; twenty thousand backtraces tell less than one index.
    std::panic::set_hook(Box::new(|_| {}));
    let started = Instant::now();
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(wanted, &corpus, &progress));
        }
    });
    let _ = std::panic::take_hook();
    let took = started.elapsed();
    let counts = progress.counts.into_inner().unwrap();
    let total = progress.next.into_inner().min(if wanted.only.is_some() { 1 } else { wanted.count });
    let (slowest, index) = progress.slowest.into_inner().unwrap();
    println!(
        "{total} mutants of {} components, seed {} from {}, in {:.1} s on {workers} threads: {:.0} a second",
        corpus.len(),
        wanted.seed,
        wanted.from,
        took.as_secs_f64(),
        total as f64 / took.as_secs_f64()
    );
    println!("slowest in the gate: {:.0} ms (mutant {index})", slowest.as_secs_f64() * 1000.0);
    for (code, count) in &counts {
        println!("{count:>9}  {code}");
    }
    let mut failures = progress.failures.into_inner().unwrap();
    if wanted.only.is_none() && total >= SHORT {
        // A gate that refuses everything at its door, or nothing, would be no test.
        let codes = counts.keys().filter(|code| !code.starts_with("accepted")).count();
        let accepted: u64 =
            counts.iter().filter(|(code, _)| code.starts_with("accepted")).map(|(_, n)| n).sum();
        if codes < 10 || accepted < total / 200 {
            failures.push(format!("only {codes} kinds of refusal and {accepted} accepted: mutate otherwise"));
        }
    }
    failures
}

fn work(wanted: &Wanted, corpus: &[Vec<u8>], progress: &Progress) {
    let mut judge = Judge::new();
    let watch = watcher(wanted.seed);
    loop {
        let turn = progress.next.fetch_add(1, Ordering::Relaxed);
        let index = match wanted.only {
            Some(only) if turn == 0 => only,
            None if turn < wanted.count => wanted.from.saturating_add(turn),
            _ => return,
        };
        let bytes = mutate::mutant(corpus, wanted.seed, index);
        let working = watch(index);
        let verdict = judge.gate(&bytes);
        let mut took = verdict.took;
        if took > PROMPT {
            // Somebody else may have had the processor: what is slow by itself is slow each time.
            took = (0..3).map(|_| judge.gate(&bytes).took).min().unwrap_or(took);
        }
        let mut told = verdict.code.clone();
        if wanted.only.is_some() {
            println!("{} bytes, {took:?}: {}", bytes.len(), verdict.told);
        }
        let fail = |problem: String| {
            progress
                .failures
                .lock()
                .unwrap()
                .push(format!("mutant {index} (seed {}): {problem}", wanted.seed));
        };
        if verdict.panicked {
            fail(format!("the gate panicked: {}", verdict.told));
        }
        if took > PROMPT {
            fail(format!("the gate took {took:?}"));
        }
        if verdict.accepted && (index.is_multiple_of(wanted.compile) || wanted.only.is_some()) {
            match judge.compile(&bytes) {
                Ok(code) => told = format!("accepted, {code}"),
                Err(problem) => fail(problem),
            }
        }
        drop(working);
        *progress.counts.lock().unwrap().entry(told).or_default() += 1;
        let mut slowest = progress.slowest.lock().unwrap();
        *slowest = (*slowest).max((took, index));
        drop(slowest);
        if (turn + 1).is_multiple_of(50_000) {
            println!("{} done", turn + 1);
        }
    }
}

/// Ends the whole test, with the number of the mutant, where one is not done in time. Whoever drops what it is given is
/// done.
fn watcher(seed: u64) -> impl Fn(u64) -> Sender<()> {
    let (watched, watching) = channel::<(u64, Receiver<()>)>();
    std::thread::spawn(move || {
        for (index, done) in watching {
            // Nothing is ever sent: the end of the other side is the sign.
            if done.recv_timeout(HANG) == Err(RecvTimeoutError::Timeout) {
                println!("FAILED: mutant {index} (seed {seed}) hangs");
                std::process::exit(1);
            }
        }
    });
    move |index| {
        let (working, done) = channel();
        watched.send((index, done)).expect("the watcher outlives its worker");
        working
    }
}
