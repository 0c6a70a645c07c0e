//! What a production step costs beside a warm bare wasmtime call of the same component and beside the same
//! rule in Rust. Rounds are interleaved, so that a busy machine is busy for all of them; compare ratios.
//!
//! `cargo bench --workspace --bench step [-- ROUNDS]`; compiles its guest with cargo.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a tool for developers")]

use std::{
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Instant,
};

use rulewright_domain::*;
use rulewright_ports::*;
use rulewright_runtime::{Allocation, Limits, Runtime, engine_config};
use sha2::{Digest as _, Sha256};

mod bare;

const CALLS: usize = 300;
const WARM_UP: usize = 100;

struct Nobody;

#[async_trait::async_trait]
impl World for Nobody {
    async fn order(&self, _: OrderId) -> Result<Option<Order>, WorldError> {
        Ok(None)
    }
    async fn orders_of_client(&self, _: ClientId, _: u32) -> Result<Vec<OrderId>, WorldError> {
        Ok(Vec::new())
    }
    async fn client(&self, _: ClientId) -> Result<Option<Client>, WorldError> {
        Ok(None)
    }
    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        Ok(Vec::new())
    }
    async fn item(&self, _: &str, _: ItemId) -> Result<Option<Item>, WorldError> {
        Ok(None)
    }
    async fn items(&self, _: &str, _: Fields, _: u32) -> Result<Vec<Item>, WorldError> {
        Ok(vec![])
    }
    async fn stored(&self, _: &str) -> Result<Option<Vec<u8>>, WorldError> {
        Ok(None)
    }
    async fn has_secret(&self, _: &str) -> Result<bool, WorldError> {
        Ok(false)
    }
    async fn secret(&self, _: &str) -> Result<Option<Vec<u8>>, WorldError> {
        Ok(None)
    }
    async fn http(&self, _: &str, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Timeout)
    }
}

#[async_trait::async_trait]
impl ComponentSource for Nobody {
    async fn component(&self, _: &plugin::Digest) -> Option<Arc<[u8]>> {
        None
    }
}

/// 5 lines, 2 tags, 4 fields: an order as most are.
fn order() -> Order {
    let gbp = |amount| Money { amount, scale: 2, currency: Currency::new(b"GBP") };
    let line = |id| OrderLine {
        id: LineId(id),
        sku: Some(format!("8512{id}A")),
        title: "WHITE HANGING HEART T-LIGHT HOLDER".into(),
        quantity_milli: 6_000,
        unit_price: gbp(255),
        total: gbp(1_530),
        tax: None,
        attrs: Default::default(),
    };
    Order {
        id: OrderId(536_365),
        revision: 3,
        kind: OrderKind::Order,
        number: "536365".into(),
        title: "Order 536365".into(),
        pipeline: "orders".into(),
        stage: "new".into(),
        visit: 1,
        created: Timestamp(1_291_190_760_000),
        updated: Timestamp(1_291_190_760_000),
        created_by: None,
        updated_by: None,
        moved: None,
        moved_by: None,
        total: gbp(7_650),
        total_by: Default::default(),
        paid: gbp(0),
        canceled: false,
        responsible: Some(EmployeeId(1)),
        company: None,
        contacts: vec![ClientId(17_850)],
        source: Some("shop".into()),
        comments: String::new(),
        lines: (1..=5).map(line).collect(),
        payments: Vec::new(),
        shipments: Vec::new(),
        tags: ["uk".into(), "gift".into()].into(),
        fields: [
            ("delivery-date".into(), "2010-12-03".into()),
            ("channel".into(), "web".into()),
            ("points".into(), 76.into()),
            ("vip".into(), false.into()),
        ]
        .into(),
        numbered: Default::default(),
    }
}

fn invocation(digest: &str) -> Invocation {
    let order = Arc::new(order());
    let started_by = Arc::new(Event {
        id: EventId(9),
        shop: ShopId(1),
        at: order.created,
        cause: Cause::from_outside(Actor::Host),
        what: NewEvent { order: Some(order.id), ..NewEvent::new(kind::STAGE_CHANGED) },
    });
    let functions = ["log.write", "orders-write.add-tags", "orders-write.set-fields", "timeline.add-comment"];
    Invocation {
        shop: ShopId(1),
        plugin: "bench.small".into(),
        digest: digest.into(),
        grant: Grant { functions: functions.map(str::to_owned).into(), ..Grant::default() },
        limits: Default::default(),
        seed: "shop_1/ord_536365/1/small/0".into(),
        now: order.created,
        locale: "en-GB".into(),
        time_zone: "Europe/London".into(),
        hours: Default::default(),
        task: Task::Step(Box::new(StepTask {
            run: "run_1".into(),
            rule: "rule-1".into(),
            rule_name: "Small".into(),
            step: 0,
            attempt: 0,
            order,
            stages: vec!["new".into(), "paid".into(), "done".into()],
            settings: r#"{"text":"Hello, and thank you for your order."}"#.into(),
            previous: None,
            wake: Wake::Started,
            started_by,
            state: None,
        })),
    }
}

/// The same rule without a sandbox.
fn native(task: &StepTask) -> (Outcome, Vec<Effect>) {
    let settings: serde_json::Value = serde_json::from_str(&task.settings).unwrap();
    let text = settings["text"].as_str().unwrap().to_owned();
    let id = task.order.id;
    let pieces: i64 = task.order.lines.iter().map(|line| line.quantity_milli / 1000).sum();
    let command = |command| Effect::Command { command, label: None };
    let change = |change| command(rulewright_domain::Command::ChangeOrder { id, expected: None, change });
    let effects = vec![
        change(OrderChange::AddTags { tags: ["greeted".into()].into() }),
        change(OrderChange::SetFields { fields: [("pieces".into(), pieces.into())].into() }),
        command(rulewright_domain::Command::AddEntry {
            order: Some(id),
            client: None,
            kind: EntryKind::Comment,
            text,
            details: serde_json::Value::Null,
        }),
    ];
    let summary = Some(format!("{pieces} pieces"));
    (Outcome::Done { summary, output: Default::default() }, effects)
}

/// Compiles `guest/rule.rs` as a package of its own below the target directory.
fn guest() -> Vec<u8> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").canonicalize().unwrap();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(workspace.join("target"), PathBuf::from);
    let package = target.join("bench-guest");
    std::fs::create_dir_all(package.join("src")).unwrap();
    std::fs::write(package.join("src/lib.rs"), include_str!("guest/rule.rs")).unwrap();
    std::fs::copy(workspace.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    let manifest = format!(
        "[package]\nname = \"bench-guest\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\n\
         crate-type = [\"cdylib\"]\n[dependencies]\nrulewright-sdk = {{ path = {:?} }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\nschemars = \"1\"\n[profile.release]\n\
         opt-level = \"s\"\nlto = true\ncodegen-units = 1\npanic = \"abort\"\nstrip = true\n[workspace]\n",
        workspace.join("guest-sdk")
    );
    std::fs::write(package.join("Cargo.toml"), manifest).unwrap();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--target", "wasm32-unknown-unknown"])
        .env("CARGO_TARGET_DIR", target.join("guests"))
        // As `guest-build` links.
        .env("RUSTFLAGS", "-Clink-arg=-zstack-size=131072")
        .current_dir(&package)
        .status()
        .unwrap();
    assert!(built.success(), "the guest does not compile");
    let module = target.join("guests/wasm32-unknown-unknown/release/bench_guest.wasm");
    let module = std::fs::read(module).unwrap();
    wit_component::ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

/// Nanoseconds per call when `threads` do `CALLS` each at once.
fn time(threads: usize, worker: impl Fn() -> f64 + Sync) -> f64 {
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(&worker)).collect();
        let all: f64 = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
        all / threads as f64
    })
}

fn timed(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    start.elapsed().as_nanos() as f64 / CALLS as f64
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn main() {
    let rounds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(15);
    let component = guest();
    let digest: String = Sha256::digest(&component).iter().map(|byte| format!("{byte:02x}")).collect();
    let cache = tempfile::tempdir().unwrap();
    let runtime = Runtime::new(Limits::default(), cache.path(), Arc::new(Nobody)).unwrap();
    let tokio = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio().block_on(runtime.prepare(&digest, component.as_slice().into())).unwrap();

    let invocation = invocation(&digest);
    let Task::Step(task) = &invocation.task else { unreachable!() };
    let world: Arc<dyn World> = Arc::new(Nobody);
    let once = tokio().block_on(runtime.run(invocation.clone(), world.clone()));
    let expected = native(task);
    assert_eq!(once.effects, expected.1);
    assert_eq!(once.result, Ok(Answer::Outcome(expected.0)), "{:?}", once.logs);
    println!("component: {} bytes, pool: {:?}", component.len(), runtime.allocation());
    println!("a step: {:?}", once.usage);

    let mut bare_config = engine_config(&Limits::default(), Allocation::Pooling);
    bare_config.consume_fuel(false).epoch_interruption(false);
    let bare = bare::Bare::new(&bare_config, &component);

    let production = || {
        let tokio = tokio();
        let mut ready = vec![invocation.clone(); CALLS + WARM_UP].into_iter();
        tokio.block_on(async {
            // The thread is new, and so are its stacks and its part of the heap.
            for invocation in ready.by_ref().take(WARM_UP) {
                black_box(runtime.run(invocation, world.clone()).await.effects);
            }
            let start = Instant::now();
            for invocation in ready.by_ref() {
                black_box(runtime.run(invocation, world.clone()).await.effects);
            }
            start.elapsed().as_nanos() as f64 / CALLS as f64
        })
    };
    let warm = || bare.time(CALLS);
    let plain = || timed(|| drop(black_box(native(black_box(task)))));

    let mut found: [[Vec<f64>; 2]; 3] = Default::default();
    for _ in 0..rounds {
        for threads in [1, 2] {
            found[0][threads - 1].push(time(threads, production));
            found[1][threads - 1].push(time(threads, warm));
            found[2][threads - 1].push(time(threads, plain));
        }
    }
    let names = ["production step", "warm bare call", "native call"];
    let warm_rounds = found[1].clone();
    println!(
        "{:<18}{:>14}{:>14}{:>10}{:>12}{:>12}",
        "", "ns, 1 thread", "ns, 2 threads", "scaling", "x warm, 1", "x warm, 2"
    );
    for (name, rows) in names.iter().zip(&found) {
        let ratio = |threads: usize| {
            let pairs = rows[threads].iter().zip(&warm_rounds[threads]);
            median(pairs.map(|(one, warm)| one / warm).collect())
        };
        let (one, two) = (median(rows[0].clone()), median(rows[1].clone()));
        let scaling = 2.0 * one / two;
        let best = |all: &[f64]| all.iter().copied().fold(f64::INFINITY, f64::min);
        let (floor, beside) = (best(&rows[0]), best(&rows[0]) / best(&warm_rounds[0]));
        println!(
            "{name:<18}{one:>14.0}{two:>14.0}{scaling:>10.2}{:>12.2}{:>12.2}{floor:>14.0}{beside:>12.2}",
            ratio(0),
            ratio(1)
        );
    }
}
