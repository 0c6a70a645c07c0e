//! Guests that misbehave: each is contained, explained, and the host's other orders are undisturbed.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use rulewright_domain::{
    Client, ClientId, Employee, Fields, Grant, Item, ItemId, Order, OrderId, Outcome, RunState, Wake,
    plugin::{Digest, HttpTarget},
};
use rulewright_ports::{
    Answer, ComponentSource, Executor, HttpError, HttpRequest, HttpResponse, Invocation, StepTask, Task,
    World, WorldError,
};
use rulewright_runtime::{Limits, Runtime};
use serde_json::json;
use tokio::sync::Barrier;

use crate::{
    programs,
    support::{START, TestShop, at, package, rule},
};

/// Knows nothing and reaches nowhere; or answers with nothing, when so many requests or reads have met.
#[derive(Default)]
pub struct Void {
    pub meeting: Option<Barrier>,
    /// The threads on which it was asked for secrets.
    pub asked_on: Mutex<Vec<String>>,
}

#[async_trait]
impl ComponentSource for Void {
    async fn component(&self, _: &Digest) -> Option<Arc<[u8]>> {
        None
    }
}

#[async_trait]
impl World for Void {
    async fn order(&self, _: OrderId) -> Result<Option<Order>, WorldError> {
        Ok(None)
    }
    async fn orders_of_client(&self, _: ClientId, _: u32) -> Result<Vec<OrderId>, WorldError> {
        Ok(vec![])
    }
    async fn client(&self, _: ClientId) -> Result<Option<Client>, WorldError> {
        Ok(None)
    }
    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        Ok(vec![])
    }
    async fn item(&self, _: &str, _: ItemId) -> Result<Option<Item>, WorldError> {
        Ok(None)
    }
    async fn items(&self, _: &str, _: Fields, _: u32) -> Result<Vec<Item>, WorldError> {
        Ok(vec![])
    }
    async fn stored(&self, _: &str) -> Result<Option<Vec<u8>>, WorldError> {
        if let Some(meeting) = &self.meeting {
            meeting.wait().await;
        }
        Ok(None)
    }
    async fn has_secret(&self, _: &str) -> Result<bool, WorldError> {
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        self.asked_on.lock().unwrap().push(thread);
        Ok(false)
    }
    async fn secret(&self, _: &str) -> Result<Option<Vec<u8>>, WorldError> {
        Ok(None)
    }
    async fn http(&self, _: &str, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        let Some(meeting) = &self.meeting else { return Err(HttpError::Denied("nowhere".into())) };
        meeting.wait().await;
        Ok(HttpResponse { status: 200, headers: vec![], body: vec![], truncated: false, replayed: false })
    }
}

/// Runs the guest on one order while a well-behaved rule runs on others; returns how the bad run ended.
async fn contained(component: &[u8], settings: serde_json::Value) -> (String, String) {
    let shop = TestShop::with(&[component, programs::COUNTS]).await;
    let id = package(component).manifest.id;
    shop.publish(json!({
        "paid": { "rules": [rule("bad", &id, settings)] },
        "packing": { "rules": [rule("good", "test.counts", json!({}))] },
    }))
    .await;
    let bad = shop.order().await;
    shop.move_to(bad, "paid").await;
    let mut others = Vec::new();
    for _ in 0..5 {
        let other = shop.order().await;
        shop.move_to(other, "packing").await;
        others.push(other);
    }
    shop.engine.idle().await;
    for other in others {
        assert_eq!(shop.run(other).await.state, RunState::Done);
    }
    let run = shop.run(bad).await;
    let before = shop.read(bad).await;
    assert!(before.tags.is_empty() && before.fields.is_empty(), "an effect of the bad run exists");
    assert!(shop.comments(bad).await.is_empty(), "a comment of the bad run exists");
    assert!(!run.trace.is_empty(), "the run does not explain itself");
    match run.state {
        RunState::Failed { code, message } => (code, message),
        other => (other.name().to_owned(), format!("{other:?}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_loops_runs_out_of_fuel() {
    let (code, message) = contained(programs::LOOPS_FOREVER, json!({})).await;
    assert_eq!(code, "out-of-fuel", "{message}");
    assert!(message.chars().any(|c| c.is_ascii_digit()), "the message names the limit: {message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_a_plugin_leaves_to_the_host_is_on_its_own_account() {
    let (code, message) = contained(programs::SHOUTS, json!({})).await;
    assert_eq!(code, "out-of-fuel", "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_allocates_without_end_runs_out_of_memory() {
    let (code, message) = contained(programs::ALLOCATES_WITHOUT_END, json!({})).await;
    assert_eq!(code, "out-of-memory", "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_recurses_overflows_its_own_stack_only() {
    let (code, message) = contained(programs::RECURSES, json!({})).await;
    assert!(["stack-overflow", "trap"].contains(&code.as_str()), "{code}: {message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_returns_100_mb_is_stopped_at_a_limit() {
    let (code, message) = contained(programs::RETURNS_100_MB, json!({})).await;
    assert!(["limit", "out-of-memory", "trap"].contains(&code.as_str()), "{code}: {message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_stages_effects_without_end_is_refused_beyond_the_limit() {
    let shop = TestShop::with(&[programs::FLOODS_EFFECTS]).await;
    shop.publish(
        json!({ "paid": { "rules": [rule("bad", "test.floods-effects", json!({ "amount": 5_000 }))] } }),
    )
    .await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    let kept = shop.comments(order).await.len();
    assert_eq!(run.output["staged"], json!(kept), "{:?}", run.state);
    assert_eq!(kept as u64, crate::support::runtime().limits().effects);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_whose_state_is_too_big_is_stopped_at_a_limit() {
    let (code, message) = contained(programs::BIG_STATE, json!({ "amount": 100_000 })).await;
    assert_eq!(code, "limit", "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_floods_the_log_fills_its_share_and_no_more() {
    let shop = TestShop::with(&[programs::FLOODS_THE_LOG]).await;
    let id = package(programs::FLOODS_THE_LOG).manifest.id;
    shop.publish(json!({ "paid": { "rules": [rule("bad", &id, json!({}))] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    assert!(run.state.is_terminal(), "{:?}", run.state);
    let bytes: usize = run.trace.iter().flat_map(|step| &step.logs).map(|line| line.message.len()).sum();
    assert!(bytes > 0 && bytes <= 80 * 1024, "{bytes} bytes of log were kept");
    assert!(run.trace[0].logs.last().unwrap().message.contains("dropped"), "the cut is not shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_with_a_code_and_does_nothing() {
    let shop = TestShop::with(&[programs::STAGES_NONSENSE]).await;
    shop.publish(json!({ "paid": { "rules": [rule("r", "test.stages-nonsense", json!({}))] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    for (name, code) in run.output.iter().filter(|(name, _)| !name.starts_with("unknown-stage")) {
        assert_ne!(code, "accepted", "{name}");
    }
    let after = shop.read(order).await;
    assert!(after.fields.is_empty() && after.tags.is_empty() && !after.canceled);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_swell_when_they_are_read_are_refused_unread() {
    let shop = TestShop::with(&[programs::SWELLS]).await;
    shop.publish(json!({ "paid": { "rules": [rule("r", "test.swells", json!({}))] } })).await;
    let order = shop.order().await;
    shop.enter(order, "paid").await;
    let run = shop.run(order).await;
    for name in ["long", "list", "many", "texts", "nested"] {
        assert_eq!(run.output[name], "limit", "{name}: {:?}", run.trace[0].logs);
    }
    let line = run.trace[0].logs.iter().find(|line| line.message == "fields").unwrap();
    assert!(line.fields["..."].as_str().unwrap().starts_with("cut: "), "{line:?}");
    assert!(shop.read(order).await.fields.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn private_storage_commits_or_vanishes_with_its_step() {
    let shop = TestShop::with(&[programs::KEEPS_COUNT]).await;
    shop.publish(json!({ "paid": { "rules": [rule("r", "test.keeps-count", json!({}))] } })).await;
    let mut counted = Vec::new();
    for failing in [false, true, false] {
        let order = shop
            .order_with(|new| {
                new.tags.extend(failing.then(|| "fail".to_owned()));
            })
            .await;
        shop.enter(order, "paid").await;
        counted.push(shop.run(order).await.output.get("runs").cloned());
    }
    assert_eq!(counted, [Some(json!(1)), None, Some(json!(2))]);
}

/// A runtime that lets one step compute at a time, and a step of this guest for it.
async fn alone(component: &[u8], settings: serde_json::Value) -> (Runtime, Invocation) {
    alone_within(Limits { concurrency: 1, ..Limits::default() }, component, settings).await
}

pub async fn alone_within(
    limits: Limits,
    component: &[u8],
    settings: serde_json::Value,
) -> (Runtime, Invocation) {
    let shop = TestShop::with(&[]).await;
    let order = shop.order().await;
    let started_by = Arc::new(shop.events(order).await.remove(0));
    let order = Arc::new(shop.read(order).await);

    let package = package(component);
    let cache = tempfile::tempdir().unwrap();
    let runtime = Runtime::new(limits, cache.path(), Arc::new(Void::default())).unwrap();
    runtime.prepare(&package.digest, component.into()).await.unwrap();
    let target = HttpTarget { host: "example.com".into(), methods: Default::default(), path: "/".into() };
    let task = StepTask {
        run: "run_1".into(),
        rule: "rule-1".into(),
        rule_name: "Alone".into(),
        step: 0,
        attempt: 0,
        order,
        stages: Vec::new(),
        settings: settings.to_string(),
        previous: None,
        wake: Wake::Started,
        started_by,
        state: None,
    };
    let invocation = Invocation {
        shop: shop.id,
        plugin: package.manifest.id.clone(),
        digest: package.digest.clone(),
        grant: Grant::whole(&package.manifest, &package.imports, &[target]),
        limits: package.manifest.limits.clone(),
        seed: "seed".into(),
        now: at(START),
        locale: "en-GB".into(),
        time_zone: "Europe/London".into(),
        hours: Default::default(),
        task: Task::Step(Box::new(task)),
    };
    (runtime, invocation)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_waits_for_an_answer_leaves_its_turn_to_another() {
    let (runtime, invocation) = alone(programs::ASKS_SLOWLY, json!({ "text": "https://example.com/" })).await;
    // Both requests are answered when both are out.
    let world = Arc::new(Void { meeting: Some(Barrier::new(2)), ..Void::default() });
    let both = [(); 2].map(|()| runtime.run(invocation.clone(), world.clone()));
    for done in futures::future::join_all(both).await {
        let Ok(Answer::Outcome(Outcome::Done { output, .. })) = done.result else { panic!("{done:?}") };
        assert_eq!(output["answer"], "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_the_host_keeps_waiting_may_be_tried_again() {
    let (runtime, mut invocation) = alone(programs::KEEPS_COUNT, json!({})).await;
    invocation.limits.insert("wall".into(), 200);
    let world = Arc::new(Void { meeting: Some(Barrier::new(2)), ..Void::default() });
    let failure = runtime.run(invocation, world).await.result.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("out-of-time", true), "{failure}");
    assert!(failure.message.contains("the host"), "{failure}");
}

/// Every component is a large one.
fn large() -> Limits {
    Limits { component: 1, concurrency: 1, ..Limits::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_component_has_maxima_of_its_own_and_keeps_to_them() {
    for (limits, wish, most) in [(Limits::default(), 96, 64), (large(), 96, 96), (large(), 1_000, 256)] {
        let (runtime, mut invocation) =
            alone_within(limits, programs::ALLOCATES_WITHOUT_END, json!({})).await;
        // It shall not run out of anything else before.
        invocation.limits = [("memory".into(), wish << 20), ("fuel".into(), u64::MAX)].into();
        let failure = runtime.run(invocation, Arc::new(Void::default())).await.result.unwrap_err();
        assert_eq!(failure.code, "out-of-memory", "{failure}");
        assert!(failure.message.contains(&format!("limit `memory` is {most} MiB")), "{failure}");
    }
    let (runtime, mut invocation) = alone_within(large(), programs::LOOPS_FOREVER, json!({})).await;
    invocation.limits.insert("fuel".into(), 60_000_000);
    let failure = runtime.run(invocation, Arc::new(Void::default())).await.result.unwrap_err();
    assert_eq!(failure.message, "used 60,000,000 of 60,000,000 fuel");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_components_run_few_at_a_time_also_while_they_wait() {
    for (places, meet) in [(1, false), (2, true)] {
        let limits = Limits { large_steps: places, ..large() };
        let asks = json!({ "text": "https://example.com/" });
        let (runtime, invocation) = alone_within(limits, programs::ASKS_SLOWLY, asks).await;
        // Nobody is answered before both have asked.
        let world = Arc::new(Void { meeting: Some(Barrier::new(2)), ..Void::default() });
        let both = [(); 2].map(|()| runtime.run(invocation.clone(), world.clone()));
        // Who waits in vain is told so by its request, or ends with its own time.
        let answered = futures::future::join_all(both).await.into_iter().all(|done| match done.result {
            Ok(Answer::Outcome(Outcome::Done { output, .. })) => output["answer"] == "",
            other => other.is_ok(),
        });
        assert_eq!(answered, meet);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_can_keep_large_components_out() {
    let package = package(programs::WAITS);
    for (component_max, named) in [(1, "limit `component`: "), (1_000, "limit `component-max`: ")] {
        let cache = tempfile::tempdir().unwrap();
        let limits = Limits { component_max, ..large() };
        let runtime = Runtime::new(limits, cache.path(), Arc::new(Void::default())).unwrap();
        let failure = runtime.prepare(&package.digest, programs::WAITS.into()).await.unwrap_err();
        assert!(failure.code == "limit" && failure.message.starts_with(named), "{failure}");
    }
}
