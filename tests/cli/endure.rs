//! The server dies, at random moments and at each that has a name, while clients order and pay, and a system outside is
//! called and told. In the end all that was answered has happened, once, and nothing else has.
//!
//! `kill -9` leaves what the kernel has in memory: what a power cut leaves is in `host/crates/storage/src/power.rs`.

mod checks;
mod clients;
mod outside;

use std::{
    collections::BTreeMap,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, ExitStatus},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::Method;
use rulewright_ports::fault;
use serde_json::{Value, json};

use crate::{
    install::remade::remade,
    output, rulewright,
    server::{Server, bring_key},
};
use checks::Database;
use clients::{Story, Way};
use outside::Outside;

/// Deaths: each point once, and half as many at random. `RULEWRIGHT_CRASH_CYCLES` asks for more or fewer.
const CYCLES: usize = 15;
/// What a limit of time (`RULEWRIGHT_CRASH_MINUTES`) must leave, if as many were asked for: fewer say little.
const FEWEST: usize = 50;
/// Shops side by side where many deaths are asked for: most of a death is a start, which keeps one processor busy.
const SHOPS: usize = 2;
/// `RULEWRIGHT_CRASH_SEED` names another.
const SEED: u64 = 0x5eed;
const CLIENTS: usize = 4;
/// Of the stage `paid`.
const RULES: [&str; 3] = ["call", "note", "later"];
/// Seconds that the last of them waits.
const DELAY: u32 = 2;
/// A server comes to each point of a running shop in less.
const REACHED: Duration = Duration::from_secs(60);
/// The longest pause of a webhook that was refused once is five seconds.
const QUIET: Duration = Duration::from_secs(120);
const ABORTED: i32 = 6;
const KILLED: i32 = 9;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

struct Random(u64);

impl Random {
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        1 + self.0 % most
    }
}

/// How often a server died at each point.
type Reached = BTreeMap<&'static str, usize>;

/// How a server dies.
enum Death {
    /// Milliseconds after it is ready.
    Killed(u64),
    /// The nth time that it comes there.
    At(&'static str, u64),
}

/// What a server does not come to while it serves.
const ELSEWHERE: [&str; 5] = ["install.", "backup.", "migrate.", "seal.", "key."];

/// Points that a server comes to by itself while it serves.
fn points() -> Vec<&'static str> {
    let names = fault::POINTS.iter().map(|(name, _)| *name);
    match cfg!(debug_assertions) {
        true => names.filter(|name| !ELSEWHERE.iter().any(|begin| name.starts_with(begin))).collect(),
        // They are not in this program.
        false => Vec::new(),
    }
}

/// Its clients have one token between them, and are in more of a hurry than a shop.
fn settings(outside: &Outside) -> String {
    let address = &outside.address;
    format!("allow-http = true\nallow-private = [\"{address}\"]\n[door]\nper-second = 0\n")
}

fn serve(data: &Path) -> Command {
    let settings = data.with_file_name("rulewright.toml");
    let mut command = rulewright();
    // Not here, where a system that keeps cores would leave them.
    command.current_dir(data.parent().unwrap()).args(["serve", "--config"]).arg(settings);
    // Where nobody listens: a server that asked them would reach nothing outside.
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, "http://127.0.0.1:9");
    }
    command.env_remove("no_proxy").env_remove("NO_PROXY");
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whenever_the_server_dies_all_that_was_answered_has_happened_once() {
    let seed = number("RULEWRIGHT_CRASH_SEED", SEED).max(1);
    let cycles = number("RULEWRIGHT_CRASH_CYCLES", CYCLES as u64) as usize;
    let minutes = number("RULEWRIGHT_CRASH_MINUTES", 0);
    println!(
        "RULEWRIGHT_CRASH_SEED={seed} RULEWRIGHT_CRASH_CYCLES={cycles} RULEWRIGHT_CRASH_MINUTES={minutes}"
    );
    let end = (minutes > 0).then(|| Instant::now() + Duration::from_secs(60 * minutes));
    let shops = if cycles > CYCLES { SHOPS } else { 1 };
    // On threads of their own: they wait for servers to start.
    let begin = |shop: usize| {
        tokio::task::spawn_blocking(move || {
            let cycles = (shop..cycles).step_by(shops);
            tokio::runtime::Handle::current().block_on(survives(seed + shop as u64, cycles, end))
        })
    };
    let mut reached = Reached::new();
    for shop in (0..shops).map(begin).collect::<Vec<_>>() {
        for (point, times) in shop.await.unwrap() {
            *reached.entry(point).or_default() += times;
        }
    }
    let deaths: usize = reached.values().sum();
    println!("{deaths} deaths {reached:?}");
    assert!(
        deaths >= cycles.min(FEWEST),
        "only {deaths} deaths in {minutes} minutes: this machine is too slow"
    );
    if deaths >= CYCLES {
        let missed: Vec<_> = points().into_iter().filter(|point| !reached.contains_key(point)).collect();
        assert!(missed.is_empty(), "nobody died at {missed:?}");
    }
}

/// A shop whose server dies as often as there are cycles, or until the end of the time; and what became of it.
async fn survives(seed: u64, cycles: impl Iterator<Item = usize>, end: Option<Instant>) -> Reached {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let outside = Outside::open().await;
    let settings = settings(&outside);
    std::fs::write(home.path().join("rulewright.toml"), settings).unwrap();

    let server = Server::of(&mut serve(&data), &data);
    open_shop(&server, &outside).await;
    let way = Way {
        url: Arc::new(Mutex::new(server.url.clone())),
        token: server.token.as_str().into(),
        enough: Arc::new(AtomicBool::new(false)),
    };
    let clients: Vec<_> = (0..CLIENTS).map(|name| tokio::spawn(clients::work(way.clone(), name))).collect();
    drop(server);

    let (mut random, points) = (Random(seed), points());
    let mut reached = Reached::new();
    for cycle in cycles {
        if end.is_some_and(|end| Instant::now() >= end) {
            break;
        }
        // Two of three at a point: first each of them in turn, and then any.
        let point = points.get(cycle / 3 * 2 + cycle % 3).copied().or_else(|| pick(&points, &mut random));
        let death = match point {
            Some(point) if cycle % 3 < 2 => {
                // Timers are rarer than all else.
                let most = if point.starts_with("timer.") { 2 } else { 12 };
                Death::At(point, random.up_to(most))
            }
            _ => Death::Killed(random.up_to(400)),
        };
        let (how, status) = die(&data, &way, &death).await;
        assert!(
            clients.iter().all(|client| !client.is_finished()),
            "a client gave up in cycle {cycle}, {how}"
        );
        let expected = if matches!(death, Death::At(..)) { ABORTED } else { KILLED };
        assert_eq!(status.signal(), Some(expected), "cycle {cycle}, {how}: {status}");
        *reached
            .entry(match death {
                Death::At(point, _) => point,
                Death::Killed(_) => "at random",
            })
            .or_default() += 1;
    }

    // Healed: the clients come to the end of what they have begun, and everything to rest.
    way.enough.store(true, Ordering::SeqCst);
    let mut server = Server::of(&mut serve(&data), &data);
    // It tells it only once.
    server.token = way.token.to_string();
    way.url.lock().unwrap().clone_from(&server.url);
    let mut stories: Vec<Story> = Vec::new();
    for client in clients {
        stories.extend(client.await.unwrap());
    }
    rest(&server).await;
    let audit = server.call(Method::GET, "/v1/audit/verify", Value::Null).await;
    assert!(audit["broken"].is_null() && audit["entries"].as_u64() > Some(0), "{audit}");
    assert!(server.stop().success());

    let database = Database::open(&data);
    database.is_sound();
    database.everything_accepted_came_to_its_end(&stories);
    database.each_request_was_done_once(&stories);
    database.steps_are_whole(&stories);
    database.timers_fired_once_and_not_early();
    let (calls, hooks) = (outside.calls(), outside.hooks());
    database.each_call_has_its_key(&calls);
    database.subscribers_were_told_of_everything(&hooks);
    drop(database);
    output(rulewright().args(["doctor", "--data"]).arg(&data));

    let again = |log: &outside::Log| log.values().filter(|heard| heard.times > 1).count();
    let unanswered: usize = stories.iter().map(|story| story.duplicates).sum();
    println!(
        "{} deaths; {} orders, {unanswered} requests done and not answered; {} calls, {} of them more \
         than once; {} webhooks, {} of them more than once",
        reached.values().sum::<usize>(),
        stories.len(),
        calls.len(),
        again(&calls),
        hooks.len(),
        again(&hooks),
    );
    reached
}

fn pick(points: &[&'static str], random: &mut Random) -> Option<&'static str> {
    points.get(random.up_to(points.len().max(1) as u64) as usize - 1).copied()
}

/// Rules that call, write, and wait; a trigger; and somebody who wants to be told.
async fn open_shop(server: &Server, outside: &Outside) {
    let plugin = "/v1/plugins/rulewright.http-request";
    let mut grant = server.call(Method::GET, plugin, Value::Null).await["grant"].clone();
    grant["http"] = json!([{ "host": outside.address }]);
    server.call(Method::PUT, &format!("{plugin}/grant"), grant).await;
    let call = json!({ "url": outside.url("/call"),
        "body": { "kind": "json", "text": "{\"order\": \"{{ order.number }}\"}" } });
    let comment = "rulewright.add-comment";
    let rules = json!([
        { "id": "call", "name": "Call", "plugin": "rulewright.http-request", "settings": call },
        { "id": "note", "name": "Note", "plugin": comment, "after_previous": true,
          "settings": { "text": "Called for {{ order.number }}" } },
        { "id": "later", "name": "Later", "plugin": comment, "when": { "run": "after", "seconds": DELAY },
          "settings": { "text": "Later for {{ order.number }}" } },
    ]);
    let trigger = json!({ "id": "paid", "name": "Paid", "plugin": "rulewright.payment", "settings": { "payment": "any" } });
    let draft = json!({ "stages": { "paid": { "triggers": [trigger], "rules": rules } } });
    server.call(Method::PUT, "/v1/pipelines/orders/automation", draft).await;
    server.call(Method::POST, "/v1/pipelines/orders/automation/publish", Value::Null).await;
    let kinds = ["order.created", "order.stage-changed", "payment.received"];
    server.call(Method::POST, "/v1/webhooks", json!({ "url": outside.url("/hook"), "kinds": kinds })).await;
}

/// How, and what the system says of it.
async fn die(data: &Path, way: &Way, death: &Death) -> (String, ExitStatus) {
    let mut command = serve(data);
    let how = match death {
        Death::At(point, nth) => {
            command.env("RULEWRIGHT_CRASH_AT", format!("{point}:{nth}"));
            format!("{point}:{nth}")
        }
        Death::Killed(after) => format!("killed after {after} ms"),
    };
    let mut server = match Server::risk(&mut command, data) {
        Ok(server) => server,
        // Before it could say where it is.
        Err(status) => return (how, status),
    };
    way.url.lock().unwrap().clone_from(&server.url);
    let Death::Killed(after) = death else {
        let end = Instant::now() + REACHED;
        loop {
            if let Some(status) = server.ended() {
                return (how, status);
            }
            assert!(Instant::now() < end, "{how}: the server never came there");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    // The moment itself is the test.
    tokio::time::sleep(Duration::from_millis(*after)).await;
    (how, server.kill())
}

/// Until nothing waits for anything any more.
async fn rest(server: &Server) {
    let none = |orders: &Value| orders["items"].as_array().is_some_and(Vec::is_empty);
    server.until("/v1/orders?pipeline=orders&stage=new&limit=1", none, QUIET).await;
    // As long as it gets on, it may take its time.
    let (mut end, mut last) = (Instant::now() + QUIET, Value::Null);
    loop {
        let queue = server.call(Method::GET, "/v1/statistics/queue", Value::Null).await;
        let of = |state: &str| {
            let messages = queue["messages"].as_array().unwrap().iter();
            messages.filter(|one| one["state"] == state).filter_map(|one| one["count"].as_u64()).sum::<u64>()
        };
        let runs = queue["runs"].as_array().unwrap().iter().any(|one| one["count"] != 0);
        if !runs && of("sending") == 0 {
            if of("pending") == 0 {
                return;
            }
            send_now(server).await;
        }
        if queue != last {
            end = Instant::now() + QUIET;
        }
        assert!(Instant::now() < end, "it comes to no rest: {queue}");
        last = queue;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A death amid a try counts as one, and each that fails makes the pause before the next longer: up to hours, which nobody
/// waits for here.
async fn send_now(server: &Server) {
    let waiting = server.call(Method::GET, "/v1/deliveries?state=pending&limit=200", Value::Null).await;
    let client = reqwest::Client::builder().build().unwrap();
    for message in waiting["items"].as_array().unwrap() {
        let retry = format!("{}/v1/deliveries/{}/retry", server.url, message["id"].as_str().unwrap());
        // One may have begun by itself meanwhile, which is refused and as well.
        client.post(retry).bearer_auth(&server.token).send().await.unwrap();
    }
}

/// Exit code, or the signal in its place; and what was said.
fn ended(command: &mut Command) -> (Option<i32>, String) {
    let done = command.output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn an_installation_that_dies_on_its_way_is_done_again_and_leaves_no_half() {
    if !cfg!(debug_assertions) {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    drop(Server::start(&data));
    for (number, (point, _)) in
        fault::POINTS.iter().filter(|(name, _)| name.starts_with("install.")).enumerate()
    {
        let (_, bytes) =
            rulewright_bundled::PLUGINS.iter().find(|(folder, _)| *folder == "add-comment").unwrap();
        let id = format!("acme.greet-{number}");
        let made = remade(bytes, |manifest| {
            manifest["id"] = json!(id);
            manifest["version"] = json!("1.0.0");
        });
        let file = home.path().join(format!("{number}.wasm"));
        std::fs::write(&file, made).unwrap();
        let install = || {
            let mut command = rulewright();
            command.args(["plugin", "install", "--yes", "--data"]).arg(&data).arg(&file);
            command
        };
        let (code, said) = ended(install().env("RULEWRIGHT_CRASH_AT", format!("{point}:1")));
        assert_eq!(code, None, "{point} was not reached: {said}");
        let listed = output(rulewright().args(["plugin", "list", "--json", "--data"]).arg(&data));
        // Agreed to it was only at the last of them.
        assert_eq!(listed.contains(&id), *point == "install.accepted", "{point}: {listed}");
        output(rulewright().args(["doctor", "--data"]).arg(&data));
        let (code, said) = ended(&mut install());
        assert_eq!(code, Some(0), "{point}: {said}");
        let listed = output(rulewright().args(["plugin", "list", "--json", "--data"]).arg(&data));
        assert!(listed.contains(&id), "{point}: {listed}");
    }
}

#[test]
fn a_backup_that_dies_on_its_way_is_none_and_does_not_stand_in_the_way() {
    if !cfg!(debug_assertions) {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let (data, file) = (home.path().join("data"), home.path().join("copy.db"));
    drop(Server::start(&data));
    let backup = || {
        let mut command = rulewright();
        command.args(["backup", "--data"]).arg(&data).arg(&file);
        command
    };
    let (code, said) = ended(backup().env("RULEWRIGHT_CRASH_AT", "backup.copied:1"));
    assert_eq!(code, None, "{said}");
    assert!(!file.exists(), "a backup that nobody has finished has the name of one");
    output(&mut backup());
    let restored = home.path().join("restored");
    bring_key(&data, &restored);
    output(rulewright().args(["restore", "--data"]).arg(&restored).arg(&file));
    output(rulewright().args(["doctor", "--data"]).arg(&restored));
}

/// What waits for its next attempt, which may be minutes away.
async fn send_at_once(server: &Server) {
    let waiting = server.call(Method::GET, "/v1/deliveries?state=pending", Value::Null).await;
    let client = reqwest::Client::builder().build().unwrap();
    for message in waiting["items"].as_array().unwrap() {
        let url = format!("{}/v1/deliveries/{}/retry", server.url, message["id"].as_str().unwrap());
        let request = client.post(url).bearer_auth(&server.token).header("content-type", "application/json");
        // Refused where it has just left by itself.
        request.body("{}").send().await.unwrap();
    }
}

/// What had left by then leaves once more, under the keys that it had.
#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_is_set_back_to_a_backup_tells_nobody_anything_under_another_key() {
    let home = tempfile::tempdir().unwrap();
    let (data, back, copy) =
        (home.path().join("data"), home.path().join("back"), home.path().join("copy.db"));
    let outside = Outside::open().await;
    let settings = settings(&outside);
    std::fs::write(home.path().join("rulewright.toml"), settings).unwrap();
    let server = Server::of(&mut serve(&data), &data);
    open_shop(&server, &outside).await;

    // Told, and not taken: it waits for its next attempt when the backup is made.
    outside.refuses.store(true, Ordering::SeqCst);
    let order = json!({ "pipeline": "orders", "number": "1001", "currency": "EUR" });
    let order = server.call(Method::POST, "/v1/orders", order).await["order"].as_str().unwrap().to_owned();
    server.call(Method::POST, &format!("/v1/orders/{order}/stage"), json!({ "stage": "paid" })).await;
    let done = |runs: &Value| {
        let runs = runs["items"].as_array().unwrap();
        runs.len() == RULES.len() && runs.iter().all(|run| run["state"] == "done")
    };
    server.until(&format!("/v1/orders/{order}/runs"), done, QUIET).await;
    let refused = |queue: &Value| {
        let waiting = queue["messages"].as_array().unwrap().iter().find(|one| one["state"] == "pending");
        waiting.is_some_and(|one| one["count"] == 2)
    };
    server.until("/v1/statistics/queue", refused, QUIET).await;
    output(rulewright().args(["backup", "--data"]).arg(&data).arg(&copy));
    outside.refuses.store(false, Ordering::SeqCst);
    send_at_once(&server).await;
    rest(&server).await;
    let token = server.token.clone();
    assert!(server.stop().success());
    let (calls, hooks) = (outside.calls(), outside.hooks());
    assert_eq!((calls.len(), hooks.len()), (1, 2));

    bring_key(&data, &back);
    output(rulewright().args(["restore", "--data"]).arg(&back).arg(&copy));
    let mut server = Server::of(&mut serve(&back), &back);
    server.token = token;
    send_at_once(&server).await;
    rest(&server).await;
    assert!(server.stop().success());
    let (again, told) = (outside.calls(), outside.hooks());
    assert!(again.keys().eq(calls.keys()) && told.keys().eq(hooks.keys()), "{again:?} {told:?}");
    for (key, heard) in &told {
        assert!(heard.times > hooks[key].times, "what had not arrived by then is sent: {heard:?}");
        assert!(!heard.differs, "{heard:?}");
    }
    assert!(
        again.values().all(|heard| heard.times == 1),
        "what was done by then is not done again: {again:?}"
    );
}

/// What was given out since the backup is known to others, and is given to nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_in_a_shop_that_was_set_back_has_no_id_and_no_key_that_others_know() {
    let home = tempfile::tempdir().unwrap();
    let (data, back, copy) =
        (home.path().join("data"), home.path().join("back"), home.path().join("copy.db"));
    let outside = Outside::open().await;
    let settings = format!("allow-http = true\nallow-private = [\"{}\"]\n", outside.address);
    std::fs::write(home.path().join("rulewright.toml"), settings).unwrap();
    let server = Server::of(&mut serve(&data), &data);
    open_shop(&server, &outside).await;
    let numerator = json!({ "pattern": "INV-{number}", "start": 1 });
    server.call(Method::PUT, "/v1/numerators/invoices", numerator).await;
    let paid = async |server: &Server, number: &str| {
        let order = json!({ "pipeline": "orders", "number": number, "currency": "EUR" });
        let order = server.call(Method::POST, "/v1/orders", order).await["order"].clone();
        let stage = format!("/v1/orders/{}/stage", order.as_str().unwrap());
        let moved = server.call(Method::POST, &stage, json!({ "stage": "paid" })).await;
        rest(server).await;
        (order, moved["events"].clone())
    };
    paid(&server, "1001").await;
    output(rulewright().args(["backup", "--data"]).arg(&data).arg(&copy));
    let (lost, its_events) = paid(&server, "1002").await;
    let token = server.token.clone();
    assert!(server.stop().success());
    let (calls, hooks) = (outside.calls(), outside.hooks());

    bring_key(&data, &back);
    let said = output(rulewright().args(["restore", "--data"]).arg(&back).arg(&copy));
    assert!(said.contains("invoices"), "whose numbers may come twice: {said}");
    let mut server = Server::of(&mut serve(&back), &back);
    server.token = token;
    let (new, events) = paid(&server, "1003").await;
    assert!(server.stop().success());
    assert!(new != lost && events != its_events, "{new} {lost}, {events} {its_events}");
    let (called, told) = (outside.calls(), outside.hooks());
    assert_eq!((called.len(), told.len()), (calls.len() + 1, hooks.len() + 2), "{called:?} {told:?}");
    assert!(called.values().chain(told.values()).all(|heard| !heard.differs), "{called:?} {told:?}");
    output(rulewright().args(["doctor", "--data"]).arg(&back));
}

#[test]
fn a_point_that_does_not_exist_is_refused() {
    if !cfg!(debug_assertions) {
        return;
    }
    let (code, said) = ended(rulewright().arg("doctor").env("RULEWRIGHT_CRASH_AT", "lunch"));
    assert!(code == Some(2) && said.contains("commit.after"), "{code:?} {said}");
}
