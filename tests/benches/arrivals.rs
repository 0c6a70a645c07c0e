//! At which rate orders may arrive so that 99 of 100 are accepted within 100 ms, each order with one rule; what happens at
//! twice that; and whether the server holds out for long. An open model: see `arrivals/open.rs`.
//!
//! `cargo bench --workspace --bench arrivals [-- --quick] [--json] [--rate ORDERS] [--soak [MINUTES]]`. With `--rate` nothing
//! is looked for. A soak runs at half of the rate, and ends with an error where something grows that must not. The load
//! comes from this process, so it has its part of the same processors; each order takes some KiB of the disk.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a tool for developers")]

use std::{
    cell::RefCell,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    rc::Rc,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};

#[allow(unused_imports, reason = "its tests are run in tests/cli/load.rs")]
#[path = "arrivals/figures.rs"]
mod figures;
#[path = "arrivals/open.rs"]
mod open;
#[allow(dead_code, reason = "each benchmark uses a part")]
mod program;
#[allow(unused_imports, reason = "its tests are run in tests/cli/load.rs")]
#[path = "arrivals/shops.rs"]
mod shops;

use figures::{part, slope};
use open::{Answer, Stream, arrive};
use program::{Server, UNLIMITED};

/// Within which 99 of 100 are to be accepted.
const PROMPT: Duration = Duration::from_millis(100);
/// With the bounds on what waits that a server has where nobody sets others.
const BOUNDED: &str = "[door]\nconnections-of-one = 0\nper-second = 0\n";
/// Where the search begins, in orders a second.
const FIRST: f64 = 100.0;
/// Orders a second of a shop that wants little.
const LITTLE: f64 = 10.0;
/// Between two looks of a soak.
const LOOK: Duration = Duration::from_secs(10);
/// Part of a soak in which caches fill and pools grow; what comes after it is judged.
const WARM: f64 = 0.25;

/// What a soak may do after it is warm.
mod most {
    /// MiB of memory a minute.
    pub const MEMORY: f64 = 1.0;
    /// Files and threads more than at its beginning.
    pub const FILES: f64 = 16.0;
    pub const THREADS: f64 = 8.0;
    /// Steps that wait, on the average of the second half beside that of the first.
    pub const STEPS: f64 = 100.0;
    /// MiB of the log: the writer copies it back at 64, and readers may hold that up for a while.
    pub const LOG: f64 = 256.0;
}

struct Wanted {
    quick: bool,
    json: bool,
    rate: Option<f64>,
    soak: Option<Duration>,
}

impl Wanted {
    fn read() -> Wanted {
        let all: Vec<String> = std::env::args().collect();
        let has = |name: &str| all.iter().any(|one| one == name);
        let number = |name: &str| -> Option<f64> {
            let at = all.iter().position(|one| one == name)?;
            all.get(at + 1)?.parse().ok()
        };
        let minutes = has("--soak").then(|| number("--soak").unwrap_or(20.0));
        Wanted {
            quick: has("--quick"),
            json: has("--json"),
            rate: number("--rate"),
            soak: minutes.map(|minutes| Duration::from_secs_f64(minutes * 60.0)),
        }
    }

    fn seconds(&self, usual: u64, quick: u64) -> Duration {
        Duration::from_secs(if self.quick { quick } else { usual })
    }
}

/// Three shops with a rule each on a server of its own.
struct House {
    server: Server,
    data: PathBuf,
    tokens: Vec<String>,
}

impl House {
    async fn open(folder: &Path) -> House {
        let data = folder.join("shop");
        let server = Server::start_with(&data, None, UNLIMITED, &[]);
        let mut tokens = vec![server.token().to_owned()];
        server.stop();
        for id in [2, 3] {
            shops::add(&data.join("rulewright.db"), id).await;
            tokens.push(token(&data, id));
        }
        let mut house =
            House { server: Server::start_with(&data, Some(&tokens[0]), UNLIMITED, &[]), data, tokens };
        let rule = json!({ "id": "log", "name": "Log", "plugin": "rulewright.write-to-log",
            "settings": { "text": "{{ order.number }} came in" } });
        for token in house.tokens.clone() {
            house.server.act_with(&token);
            house.server.publish(std::slice::from_ref(&rule)).await;
        }
        house.server.act_with(&house.tokens[0]);
        house
    }

    /// With other settings.
    fn restart(self, settings: &str) -> House {
        let House { server, data, tokens } = self;
        server.stop();
        House { server: Server::start_with(&data, Some(&tokens[0]), settings, &[]), data, tokens }
    }

    fn database(&self) -> PathBuf {
        self.data.join("rulewright.db")
    }

    fn stream(&self, shop: usize, name: &'static str, rate: f64) -> Stream {
        Stream { name, token: self.tokens[shop].clone(), rate }
    }

    async fn arrive(&self, phase: &str, streams: &[Stream], lasts: Duration) -> Vec<Answer> {
        let to: SocketAddr = self.server.url.trim_start_matches("http://").parse().unwrap();
        let answers = arrive(to, phase, streams, lasts, |_| ()).await;
        self.settle().await;
        answers
    }

    /// Nothing is ready any more.
    async fn settle(&self) {
        while self.server.runs(Some("ready")).await > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn token(data: &Path, shop: i64) -> String {
    let made = Command::new(env!("CARGO_BIN_EXE_rulewright"))
        .args(["token", "create", "--json", "--no-input", "--shop", &format!("shop_{shop}"), "--data"])
        .arg(data)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    made["secret"].as_str().unwrap().to_owned()
}

/// Of the answers to one stream.
struct Seen {
    asked: usize,
    accepted: usize,
    refused: usize,
    /// Refused without a word on when to come again.
    unsaid: usize,
    failed: usize,
    /// Of those that were accepted, in order.
    waits: Vec<Duration>,
}

impl Seen {
    fn of<'a>(answers: impl Iterator<Item = &'a Answer>) -> Seen {
        let mut seen = Seen { asked: 0, accepted: 0, refused: 0, unsaid: 0, failed: 0, waits: Vec::new() };
        for one in answers {
            seen.asked += 1;
            if one.is_accepted() {
                seen.accepted += 1;
                seen.waits.push(one.took);
            } else if one.status == 429 {
                seen.refused += 1;
                seen.unsaid += usize::from(!one.retry_after);
            } else {
                seen.failed += 1;
            }
        }
        seen.waits.sort_unstable();
        seen
    }

    fn prompt(&self) -> bool {
        self.accepted == self.asked && part(&self.waits, 0.99) < PROMPT
    }

    fn json(&self) -> Value {
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|of| millis(part(&self.waits, of)));
        json!({ "asked": self.asked, "accepted": self.accepted, "refused": self.refused,
            "refused_without_retry_after": self.unsaid, "failed": self.failed,
            "p50_ms": p50, "p95_ms": p95, "p99_ms": p99 })
    }
}

fn millis(wait: Duration) -> f64 {
    (wait.as_secs_f64() * 1e4).round() / 10.0
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let wanted = Wanted::read();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let house = House::open(folder.path()).await;
    let rate = match wanted.rate {
        Some(rate) => rate,
        None => highest(&house, &wanted).await,
    };
    let (found, wrong) = match wanted.soak {
        Some(lasts) => soak(&house, rate / 2.0, lasts).await,
        None => {
            let held = steady(&house, rate, wanted.seconds(30, 3)).await;
            let house = house.restart(BOUNDED);
            let (beyond, wrong) = beyond(&house, rate, wanted.seconds(30, 3)).await;
            (json!({ "rate": rate, "steady": held, "beyond": beyond }), wrong)
        }
    };
    if wanted.json {
        println!("{found}");
    }
    for one in wrong.iter().take(20) {
        eprintln!("wrong: {one}");
    }
    ExitCode::from(u8::from(!wrong.is_empty()))
}

/// Twice as much each time until it is too much, then halved between.
async fn highest(house: &House, wanted: &Wanted) -> f64 {
    let (lasts, rounds) = (wanted.seconds(10, 2), if wanted.quick { 2 } else { 5 });
    let mut trials = 0;
    let mut holds = async |rate: f64| {
        trials += 1;
        let streams = [house.stream(0, "a", rate / 2.0), house.stream(1, "b", rate / 2.0)];
        let seen = Seen::of(house.arrive(&format!("trial{trials}"), &streams, lasts).await.iter());
        let (p99, prompt) = (millis(part(&seen.waits, 0.99)), seen.prompt());
        eprintln!("{rate:.0}/s: p99 {p99} ms, {} of {} accepted", seen.accepted, seen.asked);
        prompt
    };
    // Code, caches and files warm up.
    holds(FIRST).await;
    let (mut low, mut high) = (0.0, FIRST);
    while holds(high).await {
        (low, high) = (high, high * 2.0);
    }
    for _ in 0..rounds {
        let middle = (low + high) / 2.0;
        match holds(middle).await {
            true => low = middle,
            false => high = middle,
        }
    }
    eprintln!("highest rate with p99 below {} ms: {low:.0}/s", PROMPT.as_millis());
    low.max(1.0)
}

/// At the rate itself, and how long the rules of what was accepted take to have run.
async fn steady(house: &House, rate: f64, lasts: Duration) -> Value {
    let streams = [house.stream(0, "a", rate / 2.0), house.stream(1, "b", rate / 2.0)];
    let answers = house.arrive("steady", &streams, lasts).await;
    let mut took: Vec<Duration> =
        [1, 2].into_iter().flat_map(|shop| shops::became(&house.database(), shop, "steady-").took).collect();
    took.sort_unstable();
    let mut found = Seen::of(answers.iter()).json();
    found["run_p50_ms"] = millis(part(&took, 0.5)).into();
    found["run_p99_ms"] = millis(part(&took, 0.99)).into();
    eprintln!("at {rate:.0}/s: {found}");
    found
}

/// Twice the rate: shared by two shops, and by one beside another that wants little.
async fn beyond(house: &House, rate: f64, lasts: Duration) -> (Value, Vec<String>) {
    let (mut found, mut wrong) = (json!({}), Vec::new());
    let shared = [house.stream(0, "a", rate), house.stream(1, "b", rate)];
    let flooded = [house.stream(0, "flood", rate * 2.0), house.stream(2, "quiet", LITTLE)];
    for (phase, streams, of) in [("shared", shared, [1, 2]), ("flooded", flooded, [1, 3])] {
        let answers = house.arrive(phase, &streams, lasts).await;
        for (place, (stream, shop)) in streams.iter().zip(of).enumerate() {
            let of_it = || answers.iter().filter(move |one| one.stream == place);
            let seen = Seen::of(of_it());
            let became = shops::became(&house.database(), shop, &format!("{phase}-{}-", stream.name));
            let numbers = |is: fn(&Answer) -> bool| -> Vec<String> {
                of_it().filter(|one| is(one)).map(|one| one.number.clone()).collect()
            };
            let (accepted, refused) = (numbers(Answer::is_accepted), numbers(|one| one.status == 429));
            wrong.extend(became.wrong(&accepted, &refused));
            if seen.unsaid > 0 {
                wrong
                    .push(format!("{}: {} refusals do not say when to come again", stream.name, seen.unsaid));
            }
            if stream.name == "quiet" && seen.refused > 0 {
                wrong.push(format!("quiet: {} of {} were refused", seen.refused, seen.asked));
            }
            eprintln!("{phase}, {}: {}", stream.name, seen.json());
            found[phase][stream.name] = seen.json();
        }
    }
    (found, wrong)
}

/// One look at a server that works.
struct Look {
    minutes: f64,
    memory: f64,
    files: f64,
    threads: f64,
    log: f64,
    data: f64,
    steps: f64,
    p99: f64,
}

impl Look {
    async fn at(house: &House, since: Instant, mut waits: Vec<Duration>) -> Look {
        let process = PathBuf::from(format!("/proc/{}", house.server.pid()));
        let status = std::fs::read_to_string(process.join("status")).unwrap();
        let number = |name: &str| -> f64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim_start_matches(':').trim().split(' ').next().unwrap().parse().unwrap()
        };
        let size = |end: &str| -> f64 {
            let file = house.data.join(format!("rulewright.db{end}"));
            std::fs::metadata(file).map_or(0.0, |file| file.len() as f64 / f64::from(1 << 20))
        };
        waits.sort_unstable();
        Look {
            minutes: since.elapsed().as_secs_f64() / 60.0,
            memory: number("VmRSS") / 1024.0,
            files: std::fs::read_dir(process.join("fd")).unwrap().count() as f64,
            threads: number("Threads"),
            log: size("-wal"),
            data: size(""),
            steps: metric(house, "rulewright_backlog{of=\"steps\"}").await,
            p99: millis(part(&waits, 0.99)),
        }
    }

    fn json(&self) -> Value {
        let Look { minutes, memory, files, threads, log, data, steps, p99 } = self;
        let round = |number: &f64| (number * 10.0).round() / 10.0;
        json!({ "minutes": round(minutes), "memory_mib": round(memory), "files": files, "threads": threads,
            "log_mib": round(log), "data_mib": round(data), "steps": steps, "p99_ms": p99 })
    }
}

async fn metric(house: &House, name: &str) -> f64 {
    let Value::String(text) = house.server.call(Method::GET, "/metrics", Value::Null).await else {
        return 0.0;
    };
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|number| number.trim().parse().ok()).unwrap_or_default()
}

/// The same rate for so long, with a look now and then; what grows, and what was lost.
async fn soak(house: &House, rate: f64, lasts: Duration) -> (Value, Vec<String>) {
    eprintln!("{rate:.0}/s for {:.0} min", lasts.as_secs_f64() / 60.0);
    let to: SocketAddr = house.server.url.trim_start_matches("http://").parse().unwrap();
    let waits: Rc<RefCell<Vec<Duration>>> = Rc::default();
    let (noted, since) = (waits.clone(), Instant::now());
    let streams = [house.stream(0, "a", rate / 2.0), house.stream(1, "b", rate / 2.0)];
    let arriving = arrive(to, "soak", &streams, lasts, move |one| noted.borrow_mut().push(one.took));
    let looking = async {
        let mut looks = Vec::new();
        while since.elapsed() + LOOK < lasts {
            tokio::time::sleep(LOOK).await;
            let look = Look::at(house, since, waits.take()).await;
            eprintln!("{}", look.json());
            looks.push(look);
        }
        looks
    };
    let (answers, looks) = futures::join!(arriving, looking);
    house.settle().await;
    let seen = Seen::of(answers.iter());
    let mut wrong = judged(&looks, lasts);
    if seen.accepted != seen.asked {
        wrong.push(format!("{} of {} were not accepted", seen.asked - seen.accepted, seen.asked));
    }
    for (place, shop) in [1, 2].into_iter().enumerate() {
        let of_it = answers.iter().filter(|one| one.stream == place && one.is_accepted());
        let accepted: Vec<String> = of_it.map(|one| one.number.clone()).collect();
        wrong.extend(shops::became(&house.database(), shop, "soak-").wrong(&accepted, &[]));
    }
    let looks: Vec<Value> = looks.iter().map(Look::json).collect();
    eprintln!("{}", seen.json());
    (json!({ "rate": rate, "answers": seen.json(), "looks": looks, "wrong": wrong.len() }), wrong)
}

/// What must not grow, and has.
fn judged(looks: &[Look], lasts: Duration) -> Vec<String> {
    let from = lasts.as_secs_f64() / 60.0 * WARM;
    let warm: Vec<&Look> = looks.iter().filter(|look| look.minutes >= from).collect();
    if warm.len() < 4 {
        return vec![format!("{} looks are too few to tell whether anything grows", warm.len())];
    }
    let (first, second) = warm.split_at(warm.len() / 2);
    let mean = |half: &[&Look], of: fn(&Look) -> f64| {
        half.iter().map(|look| of(look)).sum::<f64>() / half.len() as f64
    };
    let grown = |of: fn(&Look) -> f64| mean(second, of) - mean(first, of);
    let points: Vec<(f64, f64)> = warm.iter().map(|look| (look.minutes, look.memory)).collect();
    let log = warm.iter().map(|look| look.log).fold(0.0, f64::max);
    let found = [
        ("memory, MiB a minute", slope(&points), most::MEMORY),
        ("open files", grown(|look| look.files), most::FILES),
        ("threads", grown(|look| look.threads), most::THREADS),
        ("steps that wait", grown(|look| look.steps), most::STEPS),
        ("MiB of the log", log, most::LOG),
        ("p99 in ms", mean(second, |look| look.p99), millis(PROMPT)),
    ];
    for (what, is, may) in &found {
        eprintln!("{what}: {is:.2}, at most {may}");
    }
    let grown = found.into_iter().filter(|(_, is, may)| is > may);
    grown.map(|(what, is, may)| format!("{what}: {is:.2}, at most {may}")).collect()
}
