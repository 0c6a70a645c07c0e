//! The sandbox from outside, with components made up from WIT: every body of theirs traps. Real plugins run in
//! the workspace's integration tests.

mod made;
mod outside;

use std::sync::Arc;

use made::{
    component, component_of_a_host, component_of_version, component_that_says, component_with_names, digest,
    invocation, step,
};
use outside::Outside;
use rulewright_domain::plugin::PluginKind;
use rulewright_ports::{Answer, Executor, Failure, Invocation, Task};
use rulewright_runtime::{Limits, Runtime, offered};

const RULE: &str = "export rulewright:plugin/rule@0.1.0;";
const TRIGGER: &str = "export rulewright:plugin/trigger@0.1.0;";
const PROVIDER: &str = "export rulewright:plugin/provider@0.1.0;";

struct House {
    runtime: Runtime,
    _cache: tempfile::TempDir,
}

fn house(outside: Arc<Outside>) -> House {
    let cache = tempfile::tempdir().unwrap();
    let limits = Limits { concurrency: 8, ..Limits::default() };
    House { runtime: Runtime::new(limits, cache.path(), outside).unwrap(), _cache: cache }
}

/// Runs a component that the source knows.
async fn run(component: &[u8], functions: &[&str], task: Task) -> Result<Answer, Failure> {
    let outside = Arc::new(Outside::holding(component));
    let invocation = invocation(&digest(component), functions, task);
    let completion = house(outside.clone()).runtime.run(invocation, outside).await;
    assert!(completion.effects.is_empty());
    completion.result
}

#[tokio::test]
async fn every_function_on_offer_has_the_type_that_the_contract_gives_it() {
    // Everything but what has no counterpart yet; `secrets` brings its type and method.
    let mut interfaces: Vec<&str> =
        offered().iter().filter_map(|name| Some(name.split_once('.')?.0)).collect();
    interfaces.dedup();
    let imports: String =
        interfaces.iter().map(|name| format!("import rulewright:host/{name}@0.1.0; ")).collect();
    let component = component(&format!("{imports} {RULE}"));
    let house = house(Arc::new(Outside::default()));
    house.runtime.prepare(&digest(&component), component.as_slice().into()).await.unwrap();
}

#[tokio::test]
async fn a_component_starts_with_less_than_it_imports() {
    let component = component(&format!(
        "import rulewright:host/log@0.1.0; import rulewright:host/timeline@0.1.0;
         import rulewright:host/history@0.1.0; {RULE}"
    ));
    // It does nothing but trap; what is not granted answers, and keeps nobody from starting.
    for functions in [&["timeline.add-comment"][..], &[]] {
        let failure = run(&component, functions, step()).await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.retryable), ("trap", false), "{failure}");
    }
}

#[tokio::test]
async fn what_this_host_lacks_is_refused_at_install_by_name() {
    let more =
        |wit: String| wit.replacen("interface feed {", "interface feed { read: func(); pin: func();", 1);
    let component = component_of_a_host(&format!("import rulewright:host/feed@0.1.0; {RULE}"), more);
    let house = house(Arc::new(Outside::default()));
    let failure = house.runtime.prepare(&digest(&component), component.as_slice().into()).await.unwrap_err();
    assert_eq!(failure.code, "not-offered");
    let named = "does not offer rulewright:host/feed.read, rulewright:host/feed.pin yet";
    assert!(failure.message.contains(named), "{failure}");
}

#[tokio::test]
async fn what_was_built_for_a_later_host_of_this_track_runs_here() {
    let imports = "import rulewright:host/timeline@0.1.0; import rulewright:host/log@0.1.0;";
    let granted = ["timeline.add-comment", "timeline.add-comment-with-documents"];
    for (export, kind) in
        [(RULE, PluginKind::Rule), (TRIGGER, PluginKind::Trigger), (PROVIDER, PluginKind::Provider)]
    {
        let imports = if kind == PluginKind::Rule { imports } else { "" };
        let component = component_of_version(&format!("{imports} {export}"), "0.1.7");
        let validate = Task::Validate { settings: "{}".into(), kind };
        // Its body does nothing but trap, so it was found, linked and called.
        assert_eq!(run(&component, &granted, validate).await.unwrap_err().code, "trap", "{kind:?}");
    }
}

#[tokio::test]
async fn two_instances_with_memories_of_their_own_can_call_each_other() {
    // The module between them is written by wasmtime, and has both memories.
    let component = wat::parse_str(
        r#"(component
            (component $inner
                (core module $m
                    (memory (export "memory") 1)
                    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
                    (func (export "f") (param i32 i32) (result i32) local.get 1))
                (core instance $i (instantiate $m))
                (func (export "f") (param "t" string) (result u32)
                    (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
            (component $outer
                (import "f" (func $f (param "t" string) (result u32)))
                (core module $libc (memory (export "memory") 1))
                (core instance $c (instantiate $libc))
                (core func $low (canon lower (func $f) (memory (core memory $c "memory"))))
                (core module $m
                    (import "a" "f" (func $f (param i32 i32) (result i32)))
                    (func (export "g") (result i32) (call $f (i32.const 0) (i32.const 3))))
                (core instance $i (instantiate $m (with "a" (instance (export "f" (func $low))))))
                (func (export "g") (result u32) (canon lift (core func $i "g"))))
            (instance $one (instantiate $inner))
            (instance $two (instantiate $outer (with "f" (func $one "f"))))
            (export "g" (func $two "g")))"#,
    )
    .unwrap();
    let house = house(Arc::new(Outside::default()));
    house.runtime.prepare(&digest(&component), component.as_slice().into()).await.unwrap();
}

#[tokio::test]
async fn a_trap_is_a_failure_and_no_more() {
    let component = component(&format!("import rulewright:host/timeline@0.1.0; {RULE}"));
    let failure = run(&component, &["timeline.add-comment", "timeline.add-comment-with-documents"], step())
        .await
        .unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("trap", false));
    assert!(failure.message.contains("unreachable"), "{failure}");
}

/// What the host takes for itself, on the thread that runs the step.
#[test]
fn a10_an_answer_that_is_too_long_is_not_copied_out_of_the_guest() {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answered = |bytes: u32| {
        let component = component_that_says(bytes);
        let outside = Arc::new(Outside::holding(&component));
        let house = house(outside.clone());
        let once = || {
            let invocation = invocation(&digest(&component), &[], step());
            tokio.block_on(house.runtime.run(invocation, outside.clone())).result
        };
        // Compiled and loaded before anybody counts.
        let mut result = once();
        // The most of several: a step that happens to take long goes on in another thread, where nobody counts.
        let used = (0..8).map(|_| allocation_counter::measure(|| result = once()).bytes_max).max();
        (result, used.unwrap_or_default())
    };
    let (answer, used) = answered(2 << 20);
    assert!(answer.is_ok() && used > 1 << 20, "what may be carried is counted: {used} bytes, {answer:?}");
    let (answer, used) = answered(5_000_000);
    assert_eq!(answer.unwrap_err().code, "limit");
    assert!(used < 1 << 20, "{used} bytes");
}

#[tokio::test]
async fn a_trap_says_in_which_function_by_the_name_that_its_author_gave_it() {
    let named = component_with_names(RULE, "_ZN7made_up4step17h0123456789abcdefE");
    let failure = run(&named, &[], step()).await.unwrap_err();
    let told = failure.backtrace.first().map(ToString::to_string);
    assert_eq!(told.as_deref(), Some("made_up::step"), "{failure:?}");
    assert!(failure.message.contains("(in made_up::step"), "{failure}");
    // One that was stripped has at least the index, and nothing of the host.
    let failure = run(&component(RULE), &[], step()).await.unwrap_err();
    assert!(!failure.backtrace.is_empty(), "{failure:?}");
    assert!(!format!("{failure:?}").contains("0x"), "{failure:?}");
}

#[tokio::test]
async fn no_kind_of_plugin_is_taken_for_another() {
    let validate = |kind| Task::Validate { settings: "{}".into(), kind };
    let rule = run(&component(RULE), &[], validate(PluginKind::Trigger)).await.unwrap_err();
    assert_eq!(
        (rule.code.as_str(), rule.message.as_str()),
        ("wrong-kind", "the component exports no `trigger`")
    );
    let trigger = run(&component(TRIGGER), &[], validate(PluginKind::Rule)).await.unwrap_err();
    assert_eq!(trigger.code, "wrong-kind");
    let provider = run(&component(PROVIDER), &[], validate(PluginKind::Rule)).await.unwrap_err();
    assert_eq!(provider.code, "wrong-kind");
    for (component, kind) in
        [(component(TRIGGER), PluginKind::Trigger), (component(PROVIDER), PluginKind::Provider)]
    {
        assert_eq!(run(&component, &[], validate(kind)).await.unwrap_err().code, "trap");
    }
}

#[tokio::test]
async fn bytes_are_compiled_only_under_their_own_digest() {
    let house = house(Arc::new(Outside::default()));
    let prepare = async |digest: &str, bytes: &[u8]| {
        house.runtime.prepare(&digest.to_owned(), bytes.into()).await.unwrap_err().code
    };
    assert_eq!(prepare(&digest(b"other"), &component(RULE)).await, "damaged");
    assert_eq!(prepare(&digest(b"junk"), b"junk").await, "compile-failed");
    let huge = vec![0; (32 << 20) + 1];
    assert_eq!(prepare(&digest(&huge), &huge).await, "limit");
    let nowhere = invocation(&digest(b"gone"), &[], step());
    let outside = Arc::new(Outside::default());
    let failure = house.runtime.run(nowhere, outside).await.result.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("unavailable", true));
}

#[tokio::test]
async fn many_steps_at_once_compile_once_and_share_the_pool() {
    let component = component(RULE);
    let outside = Arc::new(Outside::holding(&component));
    let house = house(outside.clone());
    let invocation: Invocation = invocation(&digest(&component), &[], step());
    let all = (0..50).map(|_| house.runtime.run(invocation.clone(), outside.clone()));
    for completion in futures::future::join_all(all).await {
        assert_eq!(completion.result.unwrap_err().code, "trap");
    }
    assert_eq!(outside.asked(), 1);
}
