//! Plays seeds of the simulator: `docs/reliability-simulator.md` says what that is.

use std::{
    io::IsTerminal,
    ops::Range,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rulewright_simulator::{Coverage, Played, TURNS, play, trace::Happened};
use serde_json::json;

/// Plays the whole engine under seeds that decide everything, and says which promise did not hold.
///
/// Ends with 0 where all held, 1 where one did not (`SEED=` and what was seen are printed, the first of them), and 2
/// where it could not be played.
#[derive(Parser)]
#[command(name = "simulate")]
struct Args {
    /// Seeds to play, the second one not included.
    #[arg(long, value_name = "FROM..TO", value_parser = range, default_value = "0..200")]
    seeds: Range<u64>,

    /// Only this one.
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    seed: Option<u64>,

    /// Turns of each seed. Another number is another play: give it again with the seed.
    #[arg(long, value_name = "N", default_value_t = TURNS)]
    steps: u32,

    /// Print all that happened, one line each.
    #[arg(long, requires = "seed")]
    trace: bool,

    /// Print JSON.
    #[arg(long)]
    json: bool,

    /// Print which commands met which states and faults.
    #[arg(long)]
    coverage: bool,

    /// Play with one of the bugs that are there to be found. Only in debug builds.
    #[arg(long, value_name = "NAME")]
    planted: Option<String>,

    /// Seeds played at once. As many as there are cores, where it is not given.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let (from, to) =
        text.split_once("..").ok_or("expected two numbers with `..` between them, e.g. 0..200")?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| format!("`{text}` is no number"));
    let range = number(from)?..number(to)?;
    if range.is_empty() { Err(format!("there is no seed in {text}")) } else { Ok(range) }
}

/// What has come of the seeds so far.
#[derive(Default)]
struct Total {
    coverage: Coverage,
    played: u64,
    commits: u64,
    /// Of those that were broken or could not be played, the one with the lowest seed.
    failed: Option<(u64, Failed)>,
}

enum Failed {
    Broken(Box<Played>),
    Unplayed(String),
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(name) = &args.planted
        && let Err(error) = plant(name)
    {
        eprintln!("{error}");
        return ExitCode::from(2);
    }
    let seeds = args.seed.map_or(args.seeds.clone(), |seed| seed..seed + 1);
    let began = Instant::now();
    let total = play_all(&args, seeds);
    report(&args, &total, began)
}

#[cfg(debug_assertions)]
fn plant(name: &str) -> Result<(), String> {
    rulewright_ports::planted::plant(name)
}

#[cfg(not(debug_assertions))]
fn plant(_: &str) -> Result<(), String> {
    Err("there are bugs to plant only in a debug build".to_owned())
}

fn play_all(args: &Args, seeds: Range<u64>) -> Total {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.unwrap_or_else(cores).max(1);
    let bar = progress(args, seeds.end - seeds.start);
    let (next, stop) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let total = Mutex::new(Total::default());
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if !seeds.contains(&seed) {
                        return;
                    }
                    let played = play(seed, args.steps);
                    bar.inc(1);
                    let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                    if total.add(seed, args, played) {
                        stop.store(true, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    bar.finish_and_clear();
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}

impl Total {
    /// Whether it failed.
    fn add(&mut self, seed: u64, args: &Args, played: Result<Played, String>) -> bool {
        let failed = match played {
            Err(error) => Failed::Unplayed(error),
            Ok(played) => {
                self.played += 1;
                let is_commit = |one: &&Happened| matches!(one, Happened::Committed(_));
                self.commits += played.trace.0.iter().filter(is_commit).count() as u64;
                self.coverage.join(&played.coverage);
                if args.trace {
                    played.trace.0.iter().for_each(|one| println!("{one:?}"));
                }
                if played.broken.is_none() {
                    return false;
                }
                Failed::Broken(Box::new(played))
            }
        };
        if self.failed.as_ref().is_none_or(|(lowest, _)| seed < *lowest) {
            self.failed = Some((seed, failed));
        }
        true
    }
}

fn progress(args: &Args, length: u64) -> ProgressBar {
    let watched = !args.json && !args.trace && std::io::stderr().is_terminal();
    let target = if watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    if let Ok(style) = ProgressStyle::with_template("{msg:>12} [{bar:40}] {pos}/{len} {per_sec} {eta}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message("seeds");
    bar
}

fn report(args: &Args, total: &Total, began: Instant) -> ExitCode {
    let (code, why) = match &total.failed {
        None => (0, None),
        Some((_, Failed::Broken(played))) => (1, played.broken.as_ref().map(ToString::to_string)),
        Some((_, Failed::Unplayed(error))) => (2, Some(format!("it could not be played: {error}"))),
    };
    let seed = total.failed.as_ref().map(|(seed, _)| *seed);
    let seconds = began.elapsed().as_secs_f64();
    if args.json {
        let mut told = json!({
            "played": total.played, "commits": total.commits, "seconds": seconds, "steps": args.steps,
            "seed": seed, "broken": why,
        });
        if args.coverage {
            told["coverage"] = total.coverage.json();
        }
        println!("{told}");
        return ExitCode::from(code);
    }
    if args.coverage {
        println!("{}", total.coverage.table());
    }
    if let (Some(seed), Some(why)) = (seed, why) {
        println!("SEED={seed}\n{}", short(&why));
        println!("Once more, with all that happened: simulate --seed {seed} --steps {} --trace", args.steps);
    } else {
        let (played, commits) = (total.played, total.commits);
        println!("{played} seeds, {commits} commits, in {seconds:.1} s: every promise held");
    }
    ExitCode::from(code)
}

/// A paragraph. All of it is in the trace.
fn short(text: &str) -> String {
    const MOST: usize = 2_000;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} ...", &text[..end]),
        None => text.to_owned(),
    }
}
