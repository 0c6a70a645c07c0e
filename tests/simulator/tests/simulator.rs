//! The simulator: what it promises of the engine, and that it would see it broken.

use std::{process::Command, sync::Arc};

use rulewright_domain::{
    Actor, Cause, Event, EventId, Flow, Match, MatchId, MessageId, NewEvent, ShopId, Subscription,
    SubscriptionId, Timestamp, kind,
    subscription::{STANDARD, SigningKey},
};
use rulewright_simulator::{
    TURNS, invariants, play,
    trace::{Commit, Happened, Rest, Row, Trace},
};
use serde_json::{Value, json};

/// Seeds. `RULEWRIGHT_SIM_SEEDS` asks for more or fewer.
const SEEDS: u64 = 200;
/// Combinations of command, state and fault that so many seeds try at least: fewer, and they try too much of the same.
const TRIED: u64 = 250;
/// Within so many seeds, whatever is wrong is found.
const FOUND_WITHIN: u64 = 1_000;

/// Exit code and output.
fn simulate(args: &[&str]) -> (Option<i32>, Value) {
    let done = Command::new(env!("CARGO_BIN_EXE_simulate")).args(args).arg("--json").output().unwrap();
    let text = String::from_utf8_lossy(&done.stdout);
    let told = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{args:?}: {error}: {text}{}", String::from_utf8_lossy(&done.stderr));
    });
    (done.status.code(), told)
}

#[allow(clippy::disallowed_methods, reason = "how long whoever runs the tests wants to wait")]
fn seeds() -> u64 {
    std::env::var("RULEWRIGHT_SIM_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS)
}

#[test]
fn whatever_the_seeds_ask_for_and_break_every_promise_holds() {
    let (code, told) = simulate(&["--coverage", "--seeds", &format!("0..{}", seeds())]);
    assert_eq!(code, Some(0), "SEED={} {}", told["seed"], told["broken"]);
    let missing = &told["coverage"]["missing"];
    assert_eq!(
        *missing,
        json!([]),
        "commands and faults that were never tried, situations that were never met"
    );
    let tried = told["coverage"]["tried"].as_u64().unwrap();
    // Fewer seeds than usual try less, and prove less.
    assert!(tried >= TRIED || seeds() < SEEDS, "{tried} combinations were tried, of {TRIED} at least");
}

#[test]
fn the_same_seed_plays_the_same_twice() {
    for seed in 1..=40 {
        let played = [(); 2].map(|()| play(seed, TURNS).unwrap());
        let [first, second] = &played;
        let differs = first.trace.0.iter().zip(&second.trace.0).enumerate();
        let differs = differs
            .map(|(place, (one, other))| (place, format!("{one:?}"), format!("{other:?}")))
            .find(|(_, one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(first.trace.0.len(), second.trace.0.len(), "seed {seed}");
        assert!(first.trace.0.len() > 50, "seed {seed} does next to nothing");
    }
}

#[cfg(debug_assertions)]
#[test]
fn each_planted_bug_is_found_within_a_thousand_seeds() {
    let mut missed = Vec::new();
    for (name, what) in rulewright_ports::planted::PLANTED {
        let (code, told) = simulate(&["--planted", name, "--seeds", &format!("0..{FOUND_WITHIN}")]);
        match code {
            Some(1) => println!("{name}: after {} seeds: {}", told["played"], told["broken"]),
            code => missed.push(format!("{name} ({what}): {code:?} {}", told["broken"])),
        }
    }
    assert!(missed.is_empty(), "not found:\n{}", missed.join("\n"));
}

#[test]
fn what_breaks_a_promise_is_told_by_its_number() {
    let left = |message, key: &str| Happened::Left {
        message: MessageId(message),
        key: key.to_owned(),
        text: "Hi".to_owned(),
        attempt: 1,
    };
    let at = Timestamp(0);
    let commit = |life| Happened::Committed(Commit { life, at, joined: false, rows: Vec::new() });
    let rows = |rows| Happened::Committed(Commit { life: 0, at, joined: false, rows });
    let examined = |id, shop| {
        let (id, shop, event) = (MatchId(id), ShopId(shop), EventId(1));
        Row::Match(Arc::new(Match {
            id,
            shop,
            event,
            order: None,
            created: at,
            pending: false,
            candidates: Vec::new(),
        }))
    };
    let requested = || Happened::Requested { about: "run_1 0".to_owned() };
    let stopped = |at_rest| Happened::Stopped { life: 1, at_rest };
    let posted = || Happened::Posted { key: "a".to_owned(), body: String::new() };
    let endless = Rest { exhausted: true, ..Rest::default() };
    for (happened, rest, number) in [
        (vec![left(1, "a"), left(1, "b")], Rest::default(), Some("I5")),
        (vec![left(1, "a"), left(2, "a")], Rest::default(), Some("I5")),
        (vec![left(1, "a")], Rest::default(), Some("I6")),
        (vec![Happened::Started { life: 2 }, commit(1)], Rest::default(), Some("I16")),
        (vec![Happened::Started { life: 1 }, commit(1)], Rest::default(), None),
        (Vec::new(), endless, Some("I18")),
        (vec![posted()], Rest::default(), Some("I5")),
        (vec![rows(vec![Row::Halted(Flow::Egress)]), requested()], Rest::default(), Some("L2")),
        (
            vec![rows(vec![Row::Halted(Flow::Egress)]), rows(vec![Row::Resumed(Flow::Egress)]), requested()],
            Rest::default(),
            None,
        ),
        (vec![stopped(false)], Rest::default(), Some("L3")),
        (vec![stopped(true), requested()], Rest::default(), Some("L3")),
        (vec![stopped(true), Happened::Started { life: 2 }, requested()], Rest::default(), None),
        (vec![rows(vec![examined(1, 1), examined(2, 1)])], Rest::default(), None),
        (vec![rows(vec![examined(1, 1)]), rows(vec![examined(2, 2)])], Rest::default(), Some("I13")),
        (vec![rows(vec![subscribed(1), missed_call(1)])], Rest::default(), Some("L5")),
        (vec![rows(vec![subscribed(2), missed_call(1)])], Rest::default(), None),
    ] {
        let broken = invariants::first_broken(&Trace(happened.clone()), &rest);
        assert_eq!(broken.as_ref().map(|broken| broken.number), number, "{happened:?}: {broken:?}");
    }
}

fn missed_call(shop: i64) -> Row {
    let (cause, what) = (Cause::from_outside(Actor::Host), NewEvent::new(kind::CALL_MISSED));
    Row::Event(Arc::new(Event { id: EventId(1), shop: ShopId(shop), at: Timestamp(0), cause, what }))
}

fn subscribed(shop: i64) -> Row {
    let subscription = Subscription {
        id: SubscriptionId(1),
        url: "https://subscriber.test/".to_owned(),
        kinds: vec!["*".to_owned()],
        pipeline: None,
        description: String::new(),
        active: true,
        disabled: None,
        keys: vec![SigningKey::new(&[7; 32])],
        form: STANDARD.to_owned(),
        params: Default::default(),
        application: None,
        pull: false,
        created: Timestamp(0),
    };
    Row::Subscribed(ShopId(shop), Arc::new(subscription))
}
