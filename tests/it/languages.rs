//! The same rule in Rust, JavaScript, Python and C: the same answers, effects and permissions.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use rulewright_domain::{OrderChange, RunState, plugin::Package};
use rulewright_guest_languages::{self as languages, Project};
use rulewright_ports::Executor;
use rulewright_runtime::{Limits, Runtime};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    programs,
    sandbox::Void,
    support::{TestShop, package, rule},
};

const OTHERS: [&str; 3] = ["js", "python", "c"];
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const DAY: i64 = 24 * 60 * 60;

/// Built once for each state of its inputs. None where this machine has no toolchain for it.
fn thanks(language: &'static str) -> Option<&'static [u8]> {
    static BUILT: [OnceLock<Option<Vec<u8>>>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    if language == "rust" {
        return Some(programs::THANKS_RUST);
    }
    let place = OTHERS.iter().position(|other| *other == language).unwrap();
    BUILT[place].get_or_init(|| built(language)).as_deref()
}

fn built(language: &str) -> Option<Vec<u8>> {
    let folder = Path::new(ROOT).join("guest-sdk/examples").join(format!("thanks-{language}"));
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("languages").join(language);
    let kept = work.join(format!("{}.wasm", state(&folder)));
    if let Ok(component) = std::fs::read(&kept) {
        return Some(component);
    }
    let project = Project::read(&folder).unwrap();
    match languages::build(&project, &work) {
        Ok(component) => {
            std::fs::write(&kept, &component).unwrap();
            Some(component)
        }
        Err(problem) if problem.code == "no-toolchain" => {
            println!("SKIPPED: thanks-{language} cannot be built here: {problem}");
            None
        }
        Err(problem) => panic!("thanks-{language}: {problem}"),
    }
}

/// Of everything that a component is made of but the toolchain, whose version is in the sources.
fn state(folder: &Path) -> String {
    let mut hash = Sha256::new();
    let mut left: Vec<PathBuf> =
        ["guest-sdk/js", "guest-sdk/python", "guest-sdk/c", "wit", "host/crates/guest-languages/src"]
            .iter()
            .map(|path| Path::new(ROOT).join(path))
            .collect();
    left.push(folder.to_owned());
    while let Some(path) = left.pop() {
        if path.is_dir() {
            let mut below: Vec<_> =
                std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect();
            below.retain(|path| {
                !["target", "node_modules", ".venv", "__pycache__"].iter().any(|name| path.ends_with(name))
            });
            below.sort();
            left.extend(below);
        } else {
            hash.update(std::fs::read(&path).unwrap());
        }
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn id(component: &[u8]) -> String {
    package(component).manifest.id
}

fn settings(channel: &str) -> Value {
    json!({
        "channel": channel,
        "thanks": "Дякуємо за \"{{ order.number }}\" \\ 😀",
        "question": "Line one\nline two\t— {{ order.title }}?",
        "subject": "About {{ order.number }}",
    })
}

/// All that a run did and said, and nothing about how.
async fn told(shop: &TestShop, order: rulewright_domain::OrderId) -> Value {
    let run = shop.run(order).await;
    let steps: Vec<Value> = run
        .trace
        .iter()
        .map(|step| {
            json!({ "step": step.step, "now": step.now, "result": step.result, "effects": step.effects,
                "logs": step.logs, "reads": step.reads })
        })
        .collect();
    let drafts: Vec<Value> = shop.messages().await.into_iter().map(|message| json!(message.draft)).collect();
    json!({ "state": run.state, "output": run.output, "steps": steps, "messages": drafts,
        "comments": shop.comments(order).await })
}

/// Thanks, waits and asks; or is skipped on the way.
async fn story(
    component: &[u8],
    channel: &str,
    phones: &[(&str, &str)],
    emails: &[(&str, &str)],
    cancel: bool,
) -> Value {
    let shop = TestShop::with(&[component]).await;
    shop.publish(json!({ "paid": { "rules": [rule("thanks", &id(component), settings(channel))] } })).await;
    let client = shop.client(phones, emails).await;
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    let first = told(&shop, order).await;
    let saved = shop.run(order).await.saved.map(|saved| String::from_utf8(saved.bytes).unwrap());
    shop.pass(2 * DAY - 1).await;
    assert_eq!(told(&shop, order).await, first, "it did something before its time");
    if cancel {
        shop.change(order, OrderChange::Cancel { reason: None }).await.unwrap();
    }
    shop.pass(1).await;
    let end = told(&shop, order).await;
    assert_eq!(shop.differences(order).await, [], "done again, it does something else");
    json!({ "first": first, "saved": saved, "end": end })
}

const PHONES: &[(&str, &str)] = &[("mobile", "+442079460001")];
const MAILS: &[(&str, &str)] = &[("work", "ada@example.com")];

async fn stories(component: &[u8]) -> [Value; 5] {
    [
        story(component, "sms", PHONES, MAILS, false).await,
        story(component, "email", PHONES, MAILS, false).await,
        story(component, "sms", PHONES, MAILS, true).await,
        story(component, "sms", &[], MAILS, false).await,
        story(component, "email", PHONES, &[], false).await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_in_rust_thanks_waits_two_days_and_asks() {
    let [sms, email, canceled, no_phone, no_mail] = stories(programs::THANKS_RUST).await;
    assert_eq!(sms["end"]["state"], json!(RunState::Done), "{sms:#}");
    assert_eq!(sms["end"]["output"]["asked"], "sms");
    let texts: Vec<&Value> = sms["end"]["messages"].as_array().unwrap().iter().map(|m| &m["text"]).collect();
    let thanks = "Дякуємо за \"1\" \\ 😀";
    assert_eq!(texts, [thanks, "Line one\nline two\t— An order?"]);
    assert_eq!(sms["end"]["comments"], json!(["Thanked the client by sms", "Asked the client for a review"]));
    assert!(sms["saved"].as_str().unwrap().starts_with("{\"thanked\":"));
    assert_eq!(email["end"]["messages"][1]["subject"], "About 1");
    assert_eq!(email["end"]["messages"][1]["address"], "ada@example.com");
    assert_eq!(
        canceled["end"]["state"]["reason"], "canceled: the order was canceled meanwhile",
        "{canceled:#}"
    );
    assert_eq!(canceled["end"]["messages"].as_array().unwrap().len(), 1);
    assert_eq!(no_phone["end"]["state"]["reason"], "no-phone: the client has no phone number");
    assert_eq!(no_mail["end"]["state"]["reason"], "no-mail: the client has no mail address");
}

async fn does_the_same(language: &'static str) {
    let Some(component) = thanks(language) else { return };
    let expected = stories(programs::THANKS_RUST).await;
    let found = stories(component).await;
    for (number, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert_eq!(found, expected, "story {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_in_javascript_does_the_same() {
    does_the_same("js").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_in_python_does_the_same() {
    does_the_same("python").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_in_c_does_the_same() {
    does_the_same("c").await;
}

/// Every one that can be built here.
fn all() -> Vec<(&'static str, &'static [u8])> {
    let all = ["rust"].into_iter().chain(OTHERS);
    all.filter_map(|language| thanks(language).map(|component| (language, component))).collect()
}

#[test]
fn all_of_them_ask_for_the_same_and_say_the_same_of_themselves() {
    let plain = |package: &Package| {
        let mut manifest = json!(package.manifest);
        manifest["id"].take();
        manifest
    };
    let rust = package(programs::THANKS_RUST);
    for (language, component) in all() {
        let other = package(component);
        assert_eq!(other.imports, rust.imports, "{language}");
        assert_eq!(plain(&other), plain(&rust), "{language}");
        assert_eq!(rulewright_registry::consent(&other), rulewright_registry::consent(&rust), "{language}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_language_settings_are_checked_and_a_refusal_is_a_failure_that_says_why() {
    for (language, component) in all() {
        let shop = TestShop::with(&[component]).await;
        let of = |settings| json!({ "paid": { "rules": [rule("thanks", &id(component), settings)] } });
        let blank = json!({ "thanks": " \n", "question": "How?" });
        let refused = format!("{:?}", shop.try_publish(of(blank)).await.unwrap_err());
        assert!(refused.contains("empty-text") && refused.contains("/thanks"), "{language}: {refused}");
        assert!(!refused.contains("/question"), "{language}: {refused}");

        shop.publish(of(settings("sms"))).await;
        shop.narrow(&id(component)).await;
        let client = shop.client(PHONES, &[]).await;
        let order = shop.order_of(&[client]).await;
        shop.enter(order, "paid").await;
        let run = shop.run(order).await;
        let RunState::Failed { message, .. } = &run.state else { panic!("{language}: {:?}", run.state) };
        assert!(message.contains("denied") || message.contains("not granted"), "{language}: {message}");
        assert_eq!(shop.messages().await, [], "{language}");
    }
}

/// Milliseconds of this process so far, in hundredths of a second; zero where nobody tells. Fair on a busy machine, but
/// only where no other test runs at the same time.
fn processor_time() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
}

/// What each costs, beside the same in Rust: the table of docs/languages.md. The numbers are this machine's; what is
/// asserted is that production limits hold.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_language_a_step_keeps_to_the_usual_limits() {
    const STEPS: usize = 20;
    println!("| language | component | compiling | first step | step | memory | instructions |");
    for (language, component) in all() {
        let digest = package(component).digest;
        let cache = tempfile::tempdir().unwrap();
        let alone = Runtime::new(Limits::default(), cache.path(), Arc::new(Void::default())).unwrap();
        let before = processor_time();
        alone.prepare(&digest, component.into()).await.unwrap();
        let compiling = processor_time() - before;

        let shop = TestShop::with(&[component]).await;
        shop.publish(json!({ "paid": { "rules": [rule("thanks", &id(component), settings("sms"))] } })).await;
        let client = shop.client(PHONES, MAILS).await;
        let mut all = Vec::new();
        for _ in 0..STEPS {
            let order = shop.order_of(&[client]).await;
            shop.enter(order, "paid").await;
            all.push(shop.run(order).await.trace[0].usage.clone());
        }
        let first = all[0].microseconds;
        let mut times: Vec<u64> = all.iter().map(|usage| usage.microseconds).collect();
        times.sort_unstable();
        let (last, median) = (&all[STEPS - 1], times[STEPS / 2]);
        println!(
            "| {language} | {} KiB | {compiling} ms | {first} us | {median} us | {} KiB | {} |",
            component.len() >> 10,
            last.memory >> 10,
            last.fuel
        );
        let limits = Limits::default();
        assert!(last.memory <= limits.memory && last.fuel <= limits.fuel, "{language}: {last:?}");
    }
}
