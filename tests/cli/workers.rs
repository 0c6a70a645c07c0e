//! Guests in processes of their own: they answer as they do in this one, what ends a process ends nothing else, the
//! system keeps them in (`walls.rs`), and nothing that a process says is believed beyond the grant (`lies.rs`).

mod chain;
#[path = "../it/hostile/guests.rs"]
mod guests;
#[cfg(unix)]
mod lies;
#[cfg(target_os = "linux")]
mod memory;
mod walls;

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use guests::{Guest, REFUSED, TOLD};
use reqwest::Method;
use rulewright_domain::{
    Actor, Cause, Client, ClientId, Command, Currency, Effect, Employee, Event, EventId, Fields, Grant, Item,
    ItemId, Money, NewEvent, Order, OrderChange, OrderId, OrderKind, ShopId, Timestamp, Usage, Wake, kind,
    plugin::{Digest, HttpTarget, PluginKind},
};
use rulewright_ports::{
    Completion, ComponentSource, Executor, HttpError, HttpRequest, HttpResponse, Invocation, StepTask, Task,
    World, WorldError,
};
use rulewright_runtime::{Limits, Runtime, WORKER_CHILD};
use serde_json::{Value, json};

use crate::{
    output, rulewright,
    server::{Server, warm},
};

const PATIENCE: Duration = Duration::from_secs(60);
const PROGRAM: &str = env!("CARGO_BIN_EXE_rulewright");
const SECRET: &str = "t0ken-of-the-shop";
/// Everybody's phone number.
const NUMBER: &str = "+447700900123";

/// Answers all that is asked, and keeps what was sent.
#[derive(Default)]
struct Outside {
    sent: Mutex<Vec<HttpRequest>>,
}

#[async_trait]
impl ComponentSource for Outside {
    async fn component(&self, _: &Digest) -> Option<Arc<[u8]>> {
        None
    }
}

#[async_trait]
impl World for Outside {
    async fn order(&self, id: OrderId) -> Result<Option<Order>, WorldError> {
        Ok(Some(Order { id, ..order() }))
    }
    async fn orders_of_client(&self, _: ClientId, _: u32) -> Result<Vec<OrderId>, WorldError> {
        Ok(vec![OrderId(1), OrderId(2)])
    }
    async fn client(&self, id: ClientId) -> Result<Option<Client>, WorldError> {
        let contact = rulewright_domain::ClientKind::Contact;
        let phones = vec![rulewright_domain::ContactPoint::new("mobile", NUMBER)];
        Ok(Some(Client { phones, ..Client::new(id, contact, "Ada Lovelace") }))
    }
    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        Ok(Vec::new())
    }
    async fn item(&self, _: &str, _: ItemId) -> Result<Option<Item>, WorldError> {
        Ok(None)
    }
    async fn items(&self, _: &str, _: Fields, _: u32) -> Result<Vec<Item>, WorldError> {
        Ok(Vec::new())
    }
    async fn stored(&self, _: &str) -> Result<Option<Vec<u8>>, WorldError> {
        Ok(Some(vec![0, 255, 7]))
    }
    async fn has_secret(&self, _: &str) -> Result<bool, WorldError> {
        Ok(true)
    }
    async fn secret(&self, _: &str) -> Result<Option<Vec<u8>>, WorldError> {
        Ok(Some(SECRET.into()))
    }
    async fn http(&self, _: &str, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.sent.lock().unwrap().push(request);
        let body = b"fine".to_vec();
        Ok(HttpResponse { status: 200, headers: Vec::new(), body, truncated: false, replayed: false })
    }
}

fn order() -> Order {
    let zero = Money::zero(Currency::new(b"GBP"));
    Order {
        id: OrderId(1),
        revision: 1,
        kind: OrderKind::Order,
        number: "1".into(),
        title: "One".into(),
        pipeline: "orders".into(),
        stage: "new".into(),
        visit: 1,
        created: Timestamp(1_600_000_000_000),
        updated: Timestamp(1_600_000_000_000),
        created_by: None,
        updated_by: None,
        moved: None,
        moved_by: None,
        total: zero,
        total_by: Default::default(),
        paid: zero,
        canceled: false,
        responsible: None,
        company: None,
        contacts: vec![ClientId(1)],
        source: None,
        comments: String::new(),
        lines: Default::default(),
        payments: Vec::new(),
        shipments: Vec::new(),
        tags: Default::default(),
        // What JSON could lose a bit of.
        fields: [
            ("weight".to_owned(), json!(0.1 + 0.2)),
            ("parts".to_owned(), json!([1, null, "ä\u{1f600}"])),
        ]
        .into(),
        numbered: Default::default(),
    }
}

fn step(settings: &Value) -> Task {
    let order = order();
    let started_by = Event {
        id: EventId(1),
        shop: ShopId(1),
        at: order.created,
        cause: Cause::from_outside(Actor::Host),
        what: NewEvent { order: Some(order.id), ..NewEvent::new(kind::STAGE_CHANGED) },
    };
    Task::Step(Box::new(StepTask {
        run: "run_1".into(),
        rule: "rule-1".into(),
        rule_name: "A rule".into(),
        step: 0,
        attempt: 0,
        order: Arc::new(order),
        stages: vec!["new".into(), "paid".into()],
        settings: settings.to_string(),
        previous: None,
        wake: Wake::Started,
        started_by: Arc::new(started_by),
        state: None,
    }))
}

/// With everything granted that it asks for.
fn invocation(component: &[u8], task: Task) -> Invocation {
    let package = rulewright_registry::inspect(component).unwrap();
    let target = HttpTarget { host: "example.com".into(), methods: Default::default(), path: "/".into() };
    Invocation {
        shop: ShopId(1),
        plugin: package.manifest.id.clone(),
        digest: package.digest.clone(),
        grant: Grant::whole(&package.manifest, &package.imports, &[target]),
        limits: package.manifest.limits.clone(),
        seed: "shop_1/ord_1/1/rule/0".into(),
        now: Timestamp(1_700_000_000_000),
        locale: "en-GB".into(),
        time_zone: "Europe/London".into(),
        hours: Default::default(),
        task,
    }
}

fn runtime(cache: &Path, limits: &Limits) -> Runtime {
    Runtime::new(limits.clone(), cache, Arc::new(Outside::default())).unwrap()
}

/// `loaded` marks the processes of one test among those of all.
fn limits(loaded: u64) -> Limits {
    Limits { concurrency: 4, outside: 4, workers: 2, loaded, ..Limits::default() }
}

/// With time for longer than any test waits.
fn patient(loaded: u64) -> Limits {
    Limits { fuel_max: u64::MAX, cpu: 600_000, wall: 600_000, ..limits(loaded) }
}

/// Computes until its fuel is used up.
fn loops() -> Guest {
    REFUSED.iter().find(|(guest, ..)| guest.id == "a01.loops").unwrap().0
}

/// Computes for longer than any test waits.
fn endless() -> Guest {
    Guest { fuel: Some(1_000_000_000_000), ..loops() }
}

/// Both ways to run guests, over one cache.
struct Both {
    here: Runtime,
    apart: Runtime,
    _data: tempfile::TempDir,
}

impl Both {
    async fn new(limits: &Limits) -> Both {
        let data = tempfile::tempdir().unwrap();
        warm(data.path());
        let cache = data.path().join("cache");
        let (here, apart) = (runtime(&cache, limits), runtime(&cache, limits));
        let apart = apart.with_workers(PROGRAM).unwrap();
        apart.guests().unwrap().all_there(PATIENCE).await.unwrap();
        Both { here, apart, _data: data }
    }

    /// What came of it here, after it was held against what came of it there.
    async fn same(&self, component: &[u8], invocation: Invocation) -> (Completion, Vec<HttpRequest>) {
        let plugin = invocation.plugin.clone();
        let mut came = Vec::new();
        for runtime in [&self.here, &self.apart] {
            runtime.prepare(&invocation.digest, component.into()).await.unwrap();
            let world = Arc::new(Outside::default());
            let completion = runtime.run(invocation.clone(), world.clone()).await;
            let usage = Usage { microseconds: 0, ..completion.usage.clone() };
            let sent = std::mem::take(&mut *world.sent.lock().unwrap());
            came.push((Completion { usage, ..completion }, sent));
        }
        let (there, here) = (came.pop().unwrap(), came.pop().unwrap());
        assert_eq!(here.0, there.0, "{plugin}");
        // Whatever time was left of the step is no part of it.
        let untimed = |sent: &[HttpRequest]| -> Vec<_> {
            sent.iter()
                .map(|one| (one.method.clone(), one.url.clone(), one.headers.clone(), one.body.clone()))
                .collect()
        };
        assert_eq!(untimed(&here.1), untimed(&there.1), "{plugin}");
        here
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hostile_guest_ends_in_a_process_as_it_does_in_this_one() {
    let both = Both::new(&limits(9_001)).await;
    for (guest, code, says) in REFUSED {
        let component = guest.component();
        let (completion, _) = both.same(&component, invocation(&component, step(&json!({})))).await;
        let failure = completion.result.unwrap_err();
        assert!(failure.code == *code && failure.message.contains(says), "{}: {failure}", guest.id);
    }
    for guest in TOLD {
        let component = guest.component();
        let (completion, _) = both.same(&component, invocation(&component, step(&json!({})))).await;
        assert!(completion.result.is_ok(), "{}: {completion:?}", guest.id);
    }
    let now = both.apart.guests().unwrap().now();
    assert_eq!((now.alive, now.restarts), (2, 0), "what the sandbox stops ends no process");
}

/// Of these settings those that the schema knows, and something for what else it requires.
fn fitting(schema: &Value, wishes: &Value) -> Value {
    let known = schema["properties"].as_object().into_iter().flatten();
    let fitted = known.filter_map(|(name, property)| {
        let required = schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
        let some = || match property["type"].as_str() {
            Some("integer" | "number") => json!(1),
            Some("boolean") => json!(true),
            Some("array") => json!([]),
            Some("object") => json!({}),
            _ => json!("new"),
        };
        let value = wishes.get(name).cloned().or_else(|| required.then(some))?;
        Some((name.clone(), value))
    });
    Value::Object(fitted.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bundled_plugin_answers_in_a_process_as_it_does_in_this_one() {
    let both = Both::new(&limits(9_002)).await;
    let wishes = json!({
        "text": "Hello", "message": "Hello", "title": "A task", "comment": "Hello", "subject": "Hello",
        "url": "https://example.com/a", "secret": "first", "tags": ["vip"], "list": "stock", "item": "item_1",
    });
    let (mut effects, mut answers, mut sent) = (BTreeSet::new(), 0, Vec::new());
    let mut written_to = BTreeSet::new();
    for (name, component) in rulewright_bundled::PLUGINS {
        let package = rulewright_registry::inspect(component).unwrap();
        let kind = package.manifest.kind;
        let settings = fitting(&package.manifest.settings, &wishes);
        let mut tasks = vec![Task::Validate { settings: settings.to_string(), kind }];
        if kind == PluginKind::Rule {
            tasks.push(step(&settings));
        }
        for task in tasks {
            let (completion, requests) = both.same(component, invocation(component, task)).await;
            answers += usize::from(completion.result.is_ok());
            effects.extend(completion.effects.iter().map(named));
            written_to.extend(completion.effects.into_iter().filter_map(|effect| match effect {
                Effect::Message(draft) => Some(draft.address),
                _ => None,
            }));
            sent.extend(requests.into_iter().map(|request| (*name, request)));
        }
    }
    assert!(effects.len() >= 5 && answers >= 20, "{effects:?}, {answers} answers");
    assert!(written_to.contains(NUMBER), "{written_to:?}");
    // The secret is in the request, and was put in on this side.
    let with_secret = |request: &HttpRequest| {
        request.headers.iter().any(|(_, value)| value.contains(SECRET)) && request.secrets == [SECRET]
    };
    let names: Vec<&str> = sent.iter().map(|(name, _)| *name).collect();
    assert!(sent.iter().any(|(_, request)| with_secret(request)), "{names:?}");
    assert_eq!(
        both.apart.guests().unwrap().now().restarts,
        0,
        "something that a plugin does was not believed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_order_is_gone_for_the_step_that_has_deleted_it_wherever_that_runs() {
    let twice = Guest {
        id: "test.deletes",
        imports: &[("orders-write", "delete", "(func $delete (param i32 i32 i32))")],
        items: r#"(data (i32.const 2048) "ord_2")"#,
        step: "(call $delete (i32.const 2048) (i32.const 5) (i32.const 4096))
            (call $delete (i32.const 2048) (i32.const 5) (i32.const 4096)) (i32.const 1024)",
        ..Guest::DONE
    };
    let both = Both::new(&limits(9_007)).await;
    let component = twice.component();
    let (completion, _) = both.same(&component, invocation(&component, step(&json!({})))).await;
    let command = Command::ChangeOrder { id: OrderId(2), expected: None, change: OrderChange::Delete };
    assert_eq!(completion.effects, [Effect::Command { command, label: None }]);
}

/// What kind of effect it is.
fn named(effect: &Effect) -> String {
    let json = serde_json::to_value(effect).unwrap();
    let command = &json["command"]["command"];
    format!("{} {} {}", command["type"], command["kind"], command["change"]["change"])
}

/// Processes that were started with this in their order, by pid.
#[cfg(target_os = "linux")]
fn processes(mark: &str) -> BTreeSet<u32> {
    let all = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.filter(|pid: &u32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        line.contains(WORKER_CHILD) && line.contains(mark)
    })
    .collect()
}

/// Processor time so far, in ticks of 10 ms.
#[cfg(target_os = "linux")]
fn ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let words = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    words.filter_map(|word| word.parse::<u64>().ok()).sum()
}

/// Those processes, each with its ticks.
#[cfg(target_os = "linux")]
fn with_ticks(mark: &str) -> Vec<(u32, u64)> {
    processes(mark).into_iter().map(|pid| (pid, ticks(pid))).collect()
}

/// Begins a step of this guest.
#[cfg(target_os = "linux")]
fn run(apart: &Arc<Runtime>, guest: Guest) -> tokio::task::JoinHandle<Completion> {
    let (apart, component) = (apart.clone(), guest.component());
    tokio::spawn(async move {
        let invocation = invocation(&component, step(&json!({})));
        apart.prepare(&invocation.digest, component.as_slice().into()).await.unwrap();
        apart.run(invocation, Arc::new(Outside::default())).await
    })
}

/// The process that computes, of these with their ticks before.
#[cfg(target_os = "linux")]
async fn busy(before: &[(u32, u64)]) -> u32 {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some((pid, _)) = before.iter().find(|(pid, before)| ticks(*pid) >= before + 5) {
            return *pid;
        }
        assert!(Instant::now() < end, "nobody computes");
        tokio::task::yield_now().await;
    }
}

fn kill(pid: u32, signal: &str) {
    assert!(std::process::Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_fails_its_own_step_which_can_be_tried_again_and_no_other() {
    let cache = tempfile::tempdir().unwrap();
    let apart = Arc::new(runtime(cache.path(), &patient(9_003)).with_workers(PROGRAM).unwrap());
    let guests = apart.guests().unwrap();
    guests.all_there(PATIENCE).await.unwrap();
    let before = with_ticks("\"loaded\":9003");
    assert_eq!(before.len(), 2, "{before:?}");
    let looping = run(&apart, endless());
    let busy = busy(&before).await;
    // It goes where least is done: to the other one.
    let beside = run(&apart, Guest { fuel: Some(400_000_000), ..loops() });
    kill(busy, "-KILL");
    let failure = looping.await.unwrap().result.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("worker-died", true), "{failure}");
    assert!(failure.message.contains("a01.loops") && failure.message.contains("signal: 9"), "{failure}");
    let beside = beside.await.unwrap().result.unwrap_err();
    assert_eq!(beside.code, "out-of-fuel", "a neighbour in another process goes on: {beside}");
    assert!(run(&apart, Guest::DONE).await.unwrap().result.is_ok(), "the same step again would go on");
    let now = guests.all_there(PATIENCE).await.unwrap();
    assert_eq!((now.alive, now.restarts), (2, 1));
    assert!(!processes("\"loaded\":9003").contains(&busy));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn processes_end_with_whoever_started_them() {
    let cache = tempfile::tempdir().unwrap();
    let apart = runtime(cache.path(), &limits(9_004)).with_workers(PROGRAM).unwrap();
    apart.guests().unwrap().all_there(PATIENCE).await.unwrap();
    assert_eq!(processes("\"loaded\":9004").len(), 2);
    drop(apart);
    let end = Instant::now() + PATIENCE;
    while !processes("\"loaded\":9004").is_empty() {
        assert!(Instant::now() < end, "they are still there");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_runs_no_guests_is_our_fault_and_not_the_plugins() {
    let component = Guest::DONE.component();
    let cache = tempfile::tempdir().unwrap();
    let apart = runtime(cache.path(), &limits(9_006)).with_workers("/nowhere/rulewright").unwrap();
    let invocation = invocation(&component, step(&json!({})));
    apart.prepare(&invocation.digest, component.as_slice().into()).await.unwrap();
    let failure = apart.run(invocation, Arc::new(Outside::default())).await.result.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("unavailable", true), "{failure}");
    assert!(failure.message.contains("in-process"), "{failure}");
}

/// Which of the server's processes run guests.
#[cfg(target_os = "linux")]
fn of(server: &Server) -> BTreeSet<u32> {
    let parent = format!("PPid:\t{}\n", server.id());
    let is_child = |pid: &u32| {
        std::fs::read_to_string(format!("/proc/{pid}/status")).is_ok_and(|status| status.contains(&parent))
    };
    processes("").into_iter().filter(is_child).collect()
}

async fn done(server: &Server, runs: u64) {
    let end = Instant::now() + PATIENCE;
    while server.metric("rulewright_runs{state=\"done\"}").await.unwrap_or_default() < runs {
        assert!(Instant::now() < end, "the runs do not come to their end");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_runs_its_rules_in_processes_and_goes_on_when_all_of_them_are_killed() {
    let dir = tempfile::tempdir().unwrap();
    let (data, config) = (dir.path().join("data"), dir.path().join("two.toml"));
    std::fs::write(&config, "[limits]\nworkers = 2\n").unwrap();
    let mut command = rulewright();
    command.arg("serve").arg("--config").arg(&config).env("COURIER_PASSWORD", SECRET);
    let server = Server::of(&mut command, &data);
    let rules = json!([{ "id": "log", "name": "Log", "plugin": "rulewright.write-to-log",
        "settings": { "text": "{{ order.number }} came in" } }]);
    let draft = json!({ "stages": { "new": { "rules": rules } } });
    server.call(Method::PUT, "/v1/pipelines/orders/automation", draft).await;
    server.call(Method::POST, "/v1/pipelines/orders/automation/publish", Value::Null).await;
    let end = Instant::now() + PATIENCE;
    while server.metric("rulewright_workers").await.unwrap() < 2 {
        assert!(Instant::now() < end, "they are not there");
    }
    let before = of(&server);
    assert_eq!(before.len(), 2, "{before:?}");
    for pid in &before {
        walls::stand_around(*pid);
    }
    let order =
        |number: u64| json!({ "pipeline": "orders", "number": number.to_string(), "currency": "EUR" });
    for number in 0..5 {
        server.call(Method::POST, "/v1/orders", order(number)).await;
    }
    // As a service manager does, which tells all processes of a server to stop: it is for the server to end them.
    for pid in &before {
        kill(*pid, "-TERM");
    }
    done(&server, 5).await;
    assert_eq!(of(&server), before);
    for pid in &before {
        kill(*pid, "-KILL");
    }
    for number in 5..10 {
        server.call(Method::POST, "/v1/orders", order(number)).await;
    }
    done(&server, 10).await;
    while server.metric("rulewright_worker_restarts_total").await.unwrap() < 2 {
        assert!(Instant::now() < end + PATIENCE, "nobody counted them");
    }
    let after = of(&server);
    assert!(after.is_disjoint(&before), "{before:?} {after:?}");
    assert!(server.stop().success());
}

#[cfg(target_os = "linux")]
#[test]
fn guests_run_in_the_server_where_the_operator_wants_it_and_doctor_tells_where() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Server::start_with(&data, &["--guests", "in-process"]);
    assert_eq!(of(&server), BTreeSet::new());
    drop(server);
    let config = dir.path().join("x.toml");
    for (guests, told) in
        [("processes", "processes of their own"), ("in-process", "the server's own process")]
    {
        std::fs::write(&config, format!("guests = \"{guests}\"\n")).unwrap();
        let said = output(rulewright().args(["doctor", "--config"]).arg(&config).arg("--data").arg(&data));
        assert!(said.lines().any(|line| line.starts_with("ok   guests: ") && line.contains(told)), "{said}");
    }
}

#[test]
fn the_command_of_the_processes_is_not_for_people() {
    let done = rulewright().arg(WORKER_CHILD).output().unwrap();
    assert!(!done.status.success());
    assert!(String::from_utf8_lossy(&done.stderr).contains("not for people"));
    let help = rulewright().arg("--help").output().unwrap();
    assert!(!String::from_utf8_lossy(&help.stdout).contains(WORKER_CHILD));
}
