//! The promises of the fake host, on rules made for it.

use std::collections::BTreeMap;

use super::*;
use crate::prelude::*;
use crate::testing::{self, Answer, Effect};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Stages a comment, then does what `then` says.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Then {
    then: String,
}

struct Act;

impl Rule for Act {
    type Settings = Then;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        step.order.add_comment("staged")?;
        storage::set("seen", b"yes")?;
        step.log("about to act");
        match step.settings.then.as_str() {
            "give-up" => Err(Error::give_up("broken: for good")),
            "settings" => Err(Error::settings("wrong: mend them")),
            "transient" => Err(Error::retry_later("down: try again")),
            "retry-once" if step.attempt == 0 => Ok(retry(5 * SECOND, "not yet")),
            "skip" => Ok(skipped("not-mine: of another shop")),
            _ => Ok(done_with("done", json!({ "attempt": step.attempt }))),
        }
    }
}

rule! {
    Act {
        id: "test.act",
        title: "Act",
        titles: [("de", "Handeln")],
        group: ClientCommunications,
        description: "Acts.",
        http: [HttpTarget::new("api.example.com").methods(["post"]).path("/v1")],
        secrets: ["token"],
        channels: ["sms"],
        storage: 1024,
        outputs: [("attempt", "Which one")],
        limits: [("fuel", 1_000)],
    }
}

fn act(then: &str) -> End {
    testing::run::<Act>().settings(json!({ "then": then })).go()
}

#[test]
fn a_failed_step_leaves_nothing_but_its_trace() {
    for then in ["give-up", "settings", "transient"] {
        let end = act(then);
        assert_eq!((end.effects.len(), end.storage.len()), (0, 0), "{then}");
        assert_eq!(end.log[0].message, "about to act");
    }
    assert_eq!(act("give-up").gave_up(), "broken: for good");
    assert_eq!(*act("settings").failure(), Failure::Config("wrong: mend them".into()));
    let end = act("transient");
    assert_eq!(*end.failure(), Failure::Transient("down: try again".into()));
    assert_eq!(end.log.len(), ATTEMPTS as usize);
}

#[test]
fn a_retried_step_commits_once() {
    let end = act("retry-once");
    assert_eq!(end.output(), json!({ "attempt": 1 }));
    assert_eq!(end.effects.len(), 1);
    assert_eq!(end.now, later(START, 5 * SECOND));
}

#[test]
fn a_skip_commits_too() {
    let end = act("skip");
    assert_eq!(end.skipped(), "not-mine: of another shop");
    assert_eq!(end.effects.len(), 1);
    assert_eq!(end.storage["seen"], b"yes");
}

#[test]
fn settings_must_fit() {
    let end = testing::run::<Act>().settings(json!({ "than": "x" })).go();
    assert!(matches!(end.failure(), Failure::Config(reason) if reason.contains("than")));
    assert_eq!(testing::check::<Act>(json!({ "than": "x" }))[0].code, "invalid");
}

#[test]
fn the_manifest_has_the_shape_that_the_host_reads() {
    let manifest = Act::manifest();
    let expected = json!({
        "schema": 1,
        "id": "test.act",
        "version": env!("CARGO_PKG_VERSION"),
        "kind": "rule",
        "group": "client-communications",
        "publisher": "test",
        "title": "Act",
        "titles": { "de": "Handeln" },
        "description": "Acts.",
        "settings": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": { "then": { "type": "string" } },
            "required": ["then"],
            "additionalProperties": false,
        },
        "outputs": { "attempt": "Which one" },
        "subscriptions": [],
        "permissions": {
            "http": [{ "host": "api.example.com", "methods": ["POST"], "path": "/v1" }],
            "http-chosen-by-shop": false,
            "secrets": ["token"],
            "channels": ["sms"],
            "storage": 1024,
        },
        "limits": { "fuel": 1000 },
        "host-api": "0.1.0",
    });
    assert_eq!(manifest, expected);
}

/// Counts how often it was woken.
struct Count;

#[derive(Serialize, Deserialize)]
struct Woken {
    times: BTreeMap<String, u32>,
}

impl Rule for Count {
    type Settings = Nothing;
    type State = Woken;
    const STATE_VERSION: u32 = 2;

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let cause = match &step.cause {
            Cause::Started(_) => "started",
            Cause::Timer => "timer",
            Cause::Event(_) => "event",
            Cause::TimedOut => "timed-out",
        };
        let mut woken = step.state.take().unwrap_or(Woken { times: BTreeMap::new() });
        *woken.times.entry(cause.into()).or_default() += 1;
        match step.number {
            0 => step.wait_until(later(step.now(), HOUR), woken),
            1 | 2 => {
                let until = later(step.now(), DAY);
                step.wait_for(EventFilter::new(["chat.message-received"]), until, woken)
            }
            3 => step.wait_for(EventFilter::new(["mail.received"]), None, woken),
            _ => Ok(done_with("counted", json!(woken.times))),
        }
    }

    fn upgrade(state: SavedState) -> Result<SavedState> {
        match state.version {
            1 => {
                let times: u32 = state.read()?;
                let times = BTreeMap::from([("before".to_owned(), times)]);
                SavedState::new(Self::STATE_VERSION, &Woken { times })
            }
            _ => Ok(state),
        }
    }
}

#[test]
fn the_clock_jumps_over_waits() {
    let early = event("chat.message-received");
    let end = testing::run::<Count>()
        .event_after(MINUTE, early)
        .event_after(2 * HOUR, event("chat.message-received"))
        .event_after(3 * DAY, event("mail.received"))
        .go();
    assert_eq!(end.output(), json!({ "started": 1, "timer": 1, "event": 2, "timed-out": 1 }));
    assert_eq!(end.now, later(START, 3 * DAY));
    assert_eq!((end.steps, end.waits.len()), (5, 4));
}

#[test]
fn a_wait_without_end_ends_the_scenario() {
    let end = testing::run::<Count>().go();
    assert!(matches!(end.result, Ok(Outcome::WaitFor(_))));
}

#[test]
fn old_state_is_upgraded() {
    let old = SavedState::new(1, &7).expect("a number is JSON");
    let new = crate::rule::exported::upgrade::<Count>(old).expect("version 1 is known");
    assert_eq!((new.version, new.bytes.as_slice()), (2, &br#"{"times":{"before":7}}"#[..]));
}

/// Two requests, then a failure that passes.
struct Ask;

impl Rule for Ask {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let first = http::post("https://api.example.com/a").json(&json!({ "n": 1 }))?.send()?;
        let second = http::get("https://api.example.com/b").send()?;
        if step.attempt == 0 {
            return Err(Error::retry_later("down: for a while"));
        }
        Ok(done(format!("{} {}", first.success()?.status, second.success()?.text())))
    }
}

#[test]
fn what_was_answered_well_is_not_asked_again() {
    let end = testing::run::<Ask>()
        .answer(Answer::status(201))
        .answer(Answer::status(502))
        .answer(Answer::status(200).body("ok"))
        .go();
    assert_eq!(end.summary(), "201 ok");
    let urls: Vec<&str> = end.requests.iter().map(|sent| &sent.url[23..]).collect();
    assert_eq!(urls, ["/a", "/b", "/b"]);
    assert_eq!(end.requests[0].header("content-type"), Some("application/json"));
}

/// Calls every function that changes the order, and reads its own writes.
struct Change;

impl Rule for Change {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let id = &step.order.id;
        step.order.move_to("packed")?;
        step.order.set_field("colour", "red")?;
        orders::append_fields(id, &[attr("colour", "blue")])?;
        orders::add_tags(id, &["vip".to_owned()])?;
        orders::set_responsible(id, "employee-1")?;
        payments::mark_paid(id)?;
        orders::cancel(id, Some("changed their mind"))?;
        assert!(orders::delete(id).is_err_and(|error| error.code() == "paid"));
        let order = orders::get(id)?;
        assert_eq!(orders::get("nowhere"), Err(HostError::NotFound));
        assert_eq!(orders::list_of_client("client-1", 5)?, std::slice::from_ref(id));
        let colours = order.field("colour").map(Value::to_string).unwrap_or_default();
        Ok(done(format!("{} {colours} {}", order.stage, order.paid)))
    }
}

#[test]
fn a_step_reads_its_own_writes() {
    let end = testing::run::<Change>().go();
    assert_eq!(end.summary(), "packed red, blue 100.00 EUR");
    assert_eq!(end.effects.len(), 7);
    assert!(end.order.canceled && end.order.is_fully_paid());
    assert_eq!(end.effects[0], Effect::MoveStage { order: "order-1".into(), stage: "packed".into() });
}

/// Asks for what only the commit can refuse.
struct Presume;

impl Rule for Presume {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        step.order.add_comment("about to")?;
        orders::cancel("order-9", None)?;
        Ok(done("asked"))
    }
}

#[test]
fn what_the_commit_refuses_fails_the_step_and_leaves_nothing() {
    let end = testing::run::<Presume>().go();
    assert_eq!(end.gave_up(), "an effect of the step was refused: there is no order `order-9`");
    assert_eq!(end.effects, []);
}

/// Asks for what is refused at once.
struct Wrong;

impl Rule for Wrong {
    type Settings = Nothing;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let id = &step.order.id;
        let refusals = [
            orders::move_stage(id, "nowhere"),
            orders::set_fields(id, &[attr("title", 1_i64)]),
            orders::add_tags(id, &["a\nb".to_owned()]),
            timeline::add_comment(id, "hello", Some("employee-9")),
            events::emit("Not.A.Kind", None, None, &[]),
            secrets::open("token").map(drop),
            shipments::edit(id, Some("shp_1"), &[]).map(drop),
            orders::list_of_client("client-1", 0).map(drop),
        ];
        let codes: Vec<String> = refusals.into_iter().map(|one| one.unwrap_err().code().to_owned()).collect();
        Ok(done(codes.join(" ")))
    }
}

#[test]
fn the_fake_host_refuses_with_the_codes_of_the_real_one() {
    let end = testing::run::<Wrong>().stages(["new"]).go();
    let expected = "no-such-stage invalid invalid invalid invalid no-secret not-found invalid";
    assert_eq!(end.summary(), expected);
    assert_eq!(end.effects, []);
}

/// Writes to the employee whom the settings name, or to the head of the responsible.
struct Tell;

impl Rule for Tell {
    type Settings = Then;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let to = match step.settings.then.as_str() {
            "head" => step.order.head()?,
            named => step.order.employee(named),
        };
        let Some(to) = to else { return Ok(skipped("nobody")) };
        let message = messages::Message::new("sms", messages::Recipient::Employee(to.clone()), "Hello");
        match message.queue_or_skip()? {
            Ok(_) => Ok(done(to)),
            Err(skip) => Ok(skip),
        }
    }
}

#[test]
fn an_employee_is_found_and_written_to_or_it_is_said_why_not() {
    let tell = |then: &str, responsible: Option<&str>| {
        let phone = Some("+44 20 7946 0002".to_owned());
        let head = Some("boss".to_owned());
        testing::run::<Tell>()
            .settings(json!({ "then": then }))
            .order(Order { responsible: responsible.map(Into::into), ..order() })
            .employee(Employee { phone, ..employee("boss") })
            .employee(Employee { head, ..employee("employee-1") })
            .go()
    };
    assert_eq!(tell("head", Some("employee-1")).summary(), "boss");
    assert_eq!(tell("boss", Some("employee-1")).summary(), "boss");
    for (then, responsible, why) in [
        (" ", Some("employee-1"), "no-phone: the employee has no phone number"),
        ("gone", Some("employee-1"), "no-such-employee: gone has left"),
        (" ", None, "nobody"),
        ("head", None, "nobody"),
        ("head", Some("gone"), "nobody"),
        ("head", Some("boss"), "nobody"),
    ] {
        assert_eq!(tell(then, responsible).skipped(), why);
    }
}
