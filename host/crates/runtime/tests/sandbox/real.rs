use std::{sync::Arc, time::Instant};

use rulewright_domain::*;
use rulewright_ports::*;
use rulewright_runtime::{Limits, Runtime};

use super::{House, made, outside::Outside};

fn load(name: &str) -> Vec<u8> {
    let core = std::fs::read(format!("/tmp/t-rt-guests/{name}.wasm")).unwrap();
    wit_component::ComponentEncoder::default().module(&core).unwrap().encode().unwrap()
}

fn house(outside: Arc<Outside>) -> House {
    let cache = tempfile::tempdir().unwrap();
    House { runtime: Runtime::new(Limits::default(), cache.path(), outside).unwrap(), _cache: cache }
}

async fn go_with(
    name: &str,
    settings: &str,
    edit: impl FnOnce(&mut Invocation, &mut Outside),
) -> (Completion, Arc<Outside>) {
    let component = load(name);
    let mut outside = Outside::holding(&component);
    let all: Vec<&str> = rulewright_runtime::offered().to_vec();
    let mut invocation = made::invocation(&made::digest(&component), &all, made::step_with(settings));
    invocation.grant.storage = 1 << 20;
    invocation.grant.channels = ["sms".to_string()].into();
    edit(&mut invocation, &mut outside);
    let outside = Arc::new(outside);
    let house = house(outside.clone());
    house.runtime.prepare(&invocation.digest.clone(), component.as_slice().into()).await.unwrap();
    let start = Instant::now();
    let done = house.runtime.run(invocation, outside.clone()).await;
    println!(
        "== {name} {settings}: {:?}\n   {:?} effects {} logs {:?}\n   {:?} {:?}",
        done.result,
        done.effects.first(),
        done.effects.len(),
        done.logs.iter().rev().take(3).collect::<Vec<_>>(),
        done.usage,
        start.elapsed()
    );
    (done, outside)
}

async fn go(name: &str, settings: &str) -> Completion {
    go_with(name, settings, |_, _| {}).await.0
}

#[tokio::test]
async fn all() {
    for (name, settings) in [
        ("moves_stage", r#"{"text":"won"}"#),
        ("counts", "{}"),
        ("keeps_count", "{}"),
        ("reads_random", "{}"),
        ("waits", "{}"),
        ("waits_for_event", "{}"),
        ("retries", "{}"),
        ("fails", "{}"),
        ("fails", r#"{"text":"transient"}"#),
        ("floods_the_log", "{}"),
        ("floods_effects", "{}"),
        ("big_state", "{}"),
        ("returns_100_mb", "{}"),
        ("returns_100_mb", r#"{"amount":100000}"#),
        ("recurses", "{}"),
        ("allocates_without_end", "{}"),
        ("loops_forever", "{}"),
        ("traps_after_staging", "{}"),
        ("stages_nonsense", "{}"),
        ("calls_ungranted", "{}"),
        ("sends_http", r#"{"text":"https://api.example.com/x"}"#),
        ("uses_a_secret", r#"{"text":"https://api.example.com/x"}"#),
    ] {
        go(name, settings).await;
    }
    let (_, o) = go_with("uses_a_secret", r#"{"text":"https://api.example.com/x"}"#, |i, o| {
        i.grant.secrets = ["token".to_string()].into();
        i.grant.http = vec![plugin::HttpTarget {
            host: "api.example.com".into(),
            methods: Default::default(),
            path: "/".into(),
        }];
        o.secrets = [("token".to_string(), b"s3cret".to_vec())].into();
    })
    .await;
    println!(
        "{:?}",
        o.requests.lock().unwrap().iter().map(|r| (r.url.clone(), r.headers.clone())).collect::<Vec<_>>()
    );
    go_with("sends_http", r#"{"text":"https://api.example.com/x"}"#, |i, o| {
        i.grant.http = vec![plugin::HttpTarget {
            host: "api.example.com".into(),
            methods: Default::default(),
            path: "/".into(),
        }];
        i.limits = [("wall".to_string(), 300)].into();
        o.slow = 1000;
    })
    .await;
    go_with("loops_forever", "{}", |i, _| {
        i.limits = [("fuel".to_string(), u64::MAX)].into();
    })
    .await;
    go_with("allocates_without_end", "{}", |i, _| {
        i.limits = [("fuel".to_string(), u64::MAX), ("memory".into(), u64::MAX)].into();
    })
    .await;
    go_with("calls_ungranted", "{}", |i, _| {
        i.grant.functions.remove("messages.queue");
    })
    .await;
    go_with("calls_ungranted", "{}", |i, _| {
        i.grant.channels.clear();
    })
    .await;
    go_with("uses_a_secret", r#"{"text":"x"}"#, |i, _| {
        i.task = Task::Validate { settings: "{}".into(), trigger: false };
    })
    .await;
    go_with("keeps_count", r#"{"text":"x"}"#, |i, _| {
        i.task = Task::Upgrade { state: SavedState { version: 0, bytes: vec![1] } };
    })
    .await;
}
