use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::*;
use crate::{
    ActivePlugin, Actor, Candidate, Cause, Condition, ConditionTrace, Currency, EventFilter, Grant, NewEvent,
    OrderId, OrderKind, Pipeline, RunState, ShopId, Stage, StageKind, StepTrace, Verdict, Wake, Woken,
    automation::StageAutomation,
};

/// Minutes after nine.
fn at(minutes: i64) -> Timestamp {
    Timestamp::parse("2026-11-20T09:00:00Z").unwrap().plus(minutes * 60_000)
}

fn config() -> ShopConfig {
    let shop = json!({
        "id": "shop_1", "name": "Tea", "currency": "GBP", "locale": "en-GB", "time_zone": "Europe/London",
    });
    let manifest = json!({
        "schema": 1, "id": "test.paid", "version": "1.0.0", "kind": "trigger", "group": "trigger",
        "publisher": "test", "title": "Paid", "settings": {}, "host-api": "0.1.0",
        "subscriptions": ["payment.received"],
    });
    let paid = ActivePlugin {
        digest: "abc".into(),
        manifest: serde_json::from_value(manifest).unwrap(),
        grant: Grant::default(),
    };
    let stage = |id: &str| Stage::new(id, id, StageKind::Open);
    let stages = ["new", "paid", "packed", "sent"].map(stage).into();
    let pipeline = Pipeline::new("sales", "Sales", OrderKind::Order, stages);
    ShopConfig {
        version: 1,
        shop: serde_json::from_value(shop).unwrap(),
        pipelines: [(pipeline.id.clone(), pipeline)].into(),
        automations: BTreeMap::new(),
        employees: BTreeMap::new(),
        plugins: [("test.paid".to_owned(), Arc::new(paid))].into(),
        revoked: BTreeMap::new(),
        templates: BTreeMap::new(),
        numerators: BTreeMap::new(),
        lists: BTreeMap::new(),
        segments: BTreeMap::new(),
        workflows: BTreeMap::new(),
        schedules: BTreeMap::new(),
        connections: BTreeMap::new(),
        recipes: Vec::new(),
        mailboxes: BTreeMap::new(),
        subscriptions: BTreeMap::new(),
        application_rules: BTreeMap::new(),
        application_triggers: Vec::new(),
    }
}

fn order() -> Order {
    let new = crate::NewOrder {
        kind: OrderKind::Order,
        number: None,
        title: String::new(),
        pipeline: "sales".into(),
        stage: None,
        currency: Currency::new(b"GBP"),
        lines: Vec::new(),
        responsible: None,
        company: None,
        contacts: Vec::new(),
        source: None,
        comments: String::new(),
        tags: Default::default(),
        fields: Default::default(),
        historical: false,
        created: None,
        total: None,
        total_always: false,
    };
    let config = config();
    let mut order = crate::create(OrderId(1), new, &config.pipelines[&"sales".into()], at(-60)).unwrap();
    Order { visit: 2, stage: "paid".into(), ..order.order.take().unwrap() }
}

/// The order's second stay: it came to `paid` at nine.
fn here() -> StageVisit {
    StageVisit {
        visit: 2,
        pipeline: "sales".into(),
        stage: "paid".into(),
        entered: at(0),
        by: "Payment received".into(),
        historical: false,
        left: None,
    }
}

/// Of `[{"id": ..}]` on the stage `paid`.
fn revision(number: u64, published: Timestamp, rules: Value) -> Automation {
    let rules = rules.as_array().unwrap().iter().map(|rule| {
        let mut whole = json!({ "name": "Send SMS", "plugin": "test.sms" });
        whole.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    });
    let paid = StageAutomation { triggers: Vec::new(), rules: rules.collect() };
    Automation {
        by: None,
        draft: None,
        pipeline: "sales".into(),
        revision: number,
        published,
        stages: [("paid".into(), paid)].into(),
    }
}

fn run(state: RunState) -> Run {
    let ended = state.is_terminal().then_some(at(2));
    Run {
        shadow: false,
        id: RunId(7),
        shop: ShopId(1),
        order: OrderId(1),
        rule: "sms".into(),
        rule_name: "Send SMS".into(),
        pipeline: "sales".into(),
        stage: "paid".into(),
        revision: 1,
        position: 0,
        visit: 2,
        digest: "abc".into(),
        state,
        wake: Wake::Started,
        step: 0,
        attempt: 0,
        conflicts: 0,
        created: at(0),
        ready_at: at(0),
        ready_after: EventId(1),
        ended,
        event: EventId(1),
        cause: Cause::from_outside(Actor::Host),
        workflow: None,
        again: None,
        saved: None,
        after: None,
        next: None,
        inputs: Default::default(),
        output: Default::default(),
        trace: Vec::new(),
        migrations: Vec::new(),
    }
}

fn trace(step: u32, attempt: u32, result: &str, effects: usize) -> StepTrace {
    StepTrace {
        step,
        attempt,
        at: at(1),
        now: at(0),
        wake: Woken::Started,
        order_revision: 1,
        settings: None,
        reads: Vec::new(),
        condition: None,
        result: result.to_owned(),
        backtrace: Vec::new(),
        effects: vec![json!({}); effects],
        unsent: Vec::new(),
        requests: None,
        logs: Vec::new(),
        usage: Default::default(),
    }
}

fn unmet() -> ConditionTrace {
    let condition: Condition =
        serde_json::from_value(json!({ "field": "order.total", "operator": "at-least", "value": "100.00" }))
            .unwrap();
    condition.evaluate(&json!({ "order": { "total": "84.00" } }))
}

fn told(visit: StageVisit, revisions: &[Automation], runs: &[Run]) -> Vec<String> {
    let (config, order) = (config(), order());
    let known = Known { config: &config, order: &order, visit: &visit, revisions, runs, matches: &[] };
    rules(&known).iter().map(ToString::to_string).collect()
}

/// Of the one rule of the stage, and this run of it.
fn of(run: Run) -> String {
    of_visit(here(), run)
}

fn of_visit(visit: StageVisit, run: Run) -> String {
    told(visit, &[revision(1, at(-90), json!([{ "id": "sms" }]))], &[run]).join("; ")
}

/// Of the one rule of the stage, without a run: revisions are newest first.
fn unrun(revisions: &[Automation]) -> String {
    told(here(), revisions, &[]).join("; ")
}

fn cancelled(reason: &str) -> Run {
    run(RunState::Cancelled { reason: reason.to_owned() })
}

fn left() -> StageVisit {
    let left = Left { at: at(2), pipeline: "sales".into(), stage: "packed".into(), by: "Mira".into() };
    StageVisit { left: Some(left), ..here() }
}

#[test]
fn a_rule_that_ran_says_when_and_with_how_many_effects() {
    let done = |trace| Run { trace, ..run(RunState::Done) };
    assert_eq!(
        of(done(vec![trace(0, 0, "done", 1)])),
        "Send SMS: ran at 2026-11-20T09:02:00.000Z with 1 effect"
    );
    assert_eq!(
        of(done(vec![trace(0, 0, "waits", 1), trace(1, 0, "done", 2)])),
        "Send SMS: ran at 2026-11-20T09:02:00.000Z with 3 effects"
    );
    assert_eq!(of(done(vec![])), "Send SMS: ran at 2026-11-20T09:02:00.000Z and changed nothing");
}

#[test]
fn a_rule_in_shadow_says_that_nothing_was_done() {
    assert_eq!(
        Because::Shadow { at: at(2), effects: 2 }.to_string(),
        "ran in shadow at 2026-11-20T09:02:00.000Z: 2 effects recorded, nothing done"
    );
}

#[test]
fn a_rule_that_was_tried_again_says_how_often() {
    let trace = vec![trace(0, 0, "503", 0), trace(0, 1, "503", 0), trace(0, 2, "done", 1)];
    assert_eq!(
        of(Run { trace, ..run(RunState::Done) }),
        "Send SMS: ran at 2026-11-20T09:02:00.000Z with 1 effect, after 2 failed tries"
    );
}

#[test]
fn a_rule_with_nothing_to_do_gives_the_plugins_reason() {
    assert_eq!(
        of(run(RunState::Skipped { reason: "the client has no phone number".into() })),
        "Send SMS: ran at 2026-11-20T09:02:00.000Z and had nothing to do: the client has no phone number"
    );
}

#[test]
fn a_condition_that_was_not_met_shows_both_sides() {
    let skipped = StepTrace { condition: Some(unmet()), ..trace(0, 0, "skipped", 0) };
    let run = run(RunState::Skipped { reason: "condition: not met".into() });
    assert_eq!(
        of(Run { trace: vec![skipped], ..run }),
        "Send SMS: not run: order.total 84.00 is not >= 100.00"
    );
}

#[test]
fn a_comparison_is_told_as_people_would_say_it() {
    let view = json!({ "order": { "source": "web", "tags": ["urgent"], "note": null } });
    for (field, operator, value, expected) in [
        ("order.source", "equals", json!("shop"), "order.source web is not shop"),
        ("order.source", "not-equals", json!("web"), "order.source is web"),
        ("order.tags", "contains", json!("gift"), "order.tags urgent does not contain gift"),
        ("order.tags", "not-contains", json!("urgent"), "order.tags urgent contains urgent"),
        ("order.note", "filled", Value::Null, "order.note is empty"),
        ("order.source", "empty", Value::Null, "order.source is web and not empty"),
        ("order.source", "in", json!(["app", "shop"]), "order.source web is not one of app, shop"),
        ("order.note", "greater-than", json!(5), "order.note (empty) is not > 5"),
        ("order.note", "between", json!([1, 2]), "order.note (empty) is not between 1, 2"),
    ] {
        let condition = json!({ "field": field, "operator": operator, "value": value });
        let condition: Condition = serde_json::from_value(condition).unwrap();
        assert_eq!(condition.evaluate(&view).unmet(), expected);
    }
}

#[test]
fn a_rule_that_waits_says_for_what() {
    let until = at(120);
    assert_eq!(of(run(RunState::Scheduled { until })), "Send SMS: waits until 2026-11-20T11:00:00.000Z");
    let waits = |until, filter| of(run(RunState::Waiting { until, filter }));
    assert_eq!(waits(Some(until), None), "Send SMS: waits until 2026-11-20T11:00:00.000Z");
    let kinds = vec!["call.finished".to_owned(), "sms.received".to_owned()];
    let filter = EventFilter { kinds, ..EventFilter::default() };
    assert_eq!(waits(None, Some(filter.clone())), "Send SMS: waits for call.finished or sms.received");
    assert_eq!(
        waits(Some(until), Some(filter)),
        "Send SMS: waits for call.finished or sms.received, until 2026-11-20T11:00:00.000Z at the latest"
    );
}

#[test]
fn a_rule_whose_step_failed_says_when_it_is_tried_again() {
    let again = Run {
        attempt: 2,
        trace: vec![trace(0, 0, "503", 0), trace(0, 1, "provider answered 503", 0)],
        ..run(RunState::Scheduled { until: at(7) })
    };
    assert_eq!(
        of(again),
        "Send SMS: tries again at 2026-11-20T09:07:00.000Z after 2 failed tries: provider answered 503"
    );
}

#[test]
fn a_rule_that_is_ready_is_running() {
    assert_eq!(of(run(RunState::Ready)), "Send SMS: running since 2026-11-20T09:00:00.000Z");
}

#[test]
fn a_parked_rule_says_what_is_to_be_mended() {
    let parked = |reason: &str| of(run(RunState::Parked { reason: reason.into() }));
    assert_eq!(
        parked("date-empty: field `due` has no date yet"),
        "Send SMS: waits until that is mended: field `due` has no date yet"
    );
    assert_eq!(
        parked("responsible-away: emp_1: Ada is absent"),
        "Send SMS: waits until that is mended: Ada is absent"
    );
}

#[test]
fn a_rule_of_a_chain_waits_for_the_one_before_it_or_is_stopped_with_it() {
    let chain = [revision(1, at(-90), json!([{ "id": "doc", "name": "Create document" }, { "id": "sms" }]))];
    let above =
        |state| Run { id: RunId(6), rule: "doc".into(), rule_name: "Create document".into(), ..run(state) };
    let blocked = Run { after: Some(RunId(6)), ..run(RunState::Blocked { on: RunId(6) }) };
    assert_eq!(
        told(here(), &chain, &[above(RunState::Ready), blocked])[1],
        "Send SMS: waits for `Create document` before it"
    );
    let failed = RunState::Failed { code: "trap".into(), message: "unreachable".into() };
    let stopped = cancelled("previous-failed: `Create document` did not succeed");
    assert_eq!(
        told(here(), &chain, &[above(failed), Run { after: Some(RunId(6)), ..stopped }]),
        [
            "Create document: failed at 2026-11-20T09:02:00.000Z: unreachable (trap)",
            "Send SMS: not run: `Create document` before it did not succeed"
        ]
    );
}

#[test]
fn a_rule_that_was_stopped_says_by_whom_or_by_what() {
    assert_eq!(
        of_visit(left(), cancelled("stage-left: Mira moved the order to `packed`")),
        "Send SMS: stopped at 2026-11-20T09:02:00.000Z: Mira moved the order to `packed`"
    );
    assert_eq!(
        of(cancelled("by-hand: somebody cancelled it")),
        "Send SMS: somebody cancelled it at 2026-11-20T09:02:00.000Z"
    );
    assert_eq!(
        of(cancelled("revoked: it sends twice")),
        "Send SMS: stopped at 2026-11-20T09:02:00.000Z: it sends twice"
    );
}

#[test]
fn a_rule_outside_the_plan_or_of_a_shop_that_works_with_deals_says_so() {
    assert_eq!(
        of(run(RunState::Skipped { reason: "not-available-on-plan: `test.sms` is not part".into() })),
        "Send SMS: not run: its plugin is not part of the shop's plan"
    );
    assert_eq!(
        of(cancelled("orders-not-automated: the shop works with deals only")),
        "Send SMS: not run: the shop works with deals only"
    );
}

#[test]
fn a_rule_that_is_switched_off_says_so() {
    let off = json!([{ "id": "sms", "active": false }]);
    assert_eq!(unrun(&[revision(1, at(-90), off)]), "Send SMS: not run: it is switched off");
}

#[test]
fn a_rule_that_came_after_the_order_names_the_revision_that_brought_it() {
    let with = |number, minutes| revision(number, at(minutes), json!([{ "id": "sms" }]));
    let added = "Send SMS: not run: revision 2 added it at 2026-11-20T09:05:00.000Z, and the order came at \
                 2026-11-20T09:00:00.000Z";
    assert_eq!(unrun(&[with(3, 9), with(2, 5), revision(1, at(-90), json!([]))]), added);
    assert_eq!(unrun(&[with(2, 5)]), added, "nothing was published before");
    let gone_and_back =
        [with(4, 12), revision(3, at(9), json!([])), with(2, 5), revision(1, at(-90), json!([]))];
    assert!(unrun(&gone_and_back).contains("revision 4 added it"), "{}", unrun(&gone_and_back));
}

#[test]
fn a_rule_that_somebody_started_later_does_not_move_the_moment_when_the_order_came() {
    let both = json!([{ "id": "sms" }, { "id": "call", "name": "Call" }]);
    let revisions = [revision(2, at(5), both), revision(1, at(-90), json!([]))];
    let later = Run { created: at(6), revision: 2, ..run(RunState::Done) };
    let told = told(here(), &revisions, &[later]);
    assert!(told[0].contains("ran at") && told[1].contains("revision 2 added it"), "{told:?}");
}

#[test]
fn a_rule_that_was_off_when_the_order_came_names_the_revision_that_switched_it_on() {
    let off = revision(1, at(-90), json!([{ "id": "sms", "active": false }]));
    let on = |number, minutes| revision(number, at(minutes), json!([{ "id": "sms" }]));
    assert_eq!(
        unrun(&[on(3, 9), on(2, 5), off]),
        "Send SMS: not run: revision 2 switched it on at 2026-11-20T09:05:00.000Z, and the order came at \
         2026-11-20T09:00:00.000Z"
    );
}

#[test]
fn an_order_that_was_brought_in_with_its_past_started_nothing() {
    let visit = StageVisit { historical: true, ..here() };
    assert_eq!(
        told(visit, &[revision(1, at(-90), json!([{ "id": "sms" }]))], &[]),
        ["Send SMS: not run: the order was brought in with its past"]
    );
}

#[test]
fn a_rule_without_a_run_and_without_a_reason_does_not_make_one_up() {
    assert_eq!(
        unrun(&[revision(1, at(-90), json!([{ "id": "sms" }]))]),
        "Send SMS: not run: what would start it was missing when the order came"
    );
}

#[test]
fn a_rule_that_was_removed_is_told_of_by_its_run() {
    let revisions =
        [revision(2, at(5), json!([])), revision(1, at(-90), json!([{ "id": "sms", "plugin": "test.old" }]))];
    let (config, order, visit, runs) = (config(), order(), here(), [run(RunState::Done)]);
    let known = Known {
        config: &config,
        order: &order,
        visit: &visit,
        revisions: &revisions,
        runs: &runs,
        matches: &[],
    };
    let told = rules(&known);
    assert_eq!((told.len(), told[0].removed, told[0].plugin.as_str()), (1, true, "test.old"));
}

#[test]
fn a_visit_that_is_over_is_told_by_the_revision_of_its_time() {
    let revisions = [
        revision(2, at(5), json!([{ "id": "call", "name": "Call" }])),
        revision(1, at(-90), json!([{ "id": "sms" }])),
    ];
    assert_eq!(
        told(left(), &revisions, &[run(RunState::Done)]),
        ["Send SMS: ran at 2026-11-20T09:02:00.000Z and changed nothing"]
    );
}

fn event(kind: &str, minutes: i64, attrs: Value) -> Event {
    let by = Actor::Token { name: "Mira".into() };
    let attrs = serde_json::from_value(attrs).unwrap();
    Event {
        id: EventId(minutes),
        shop: ShopId(1),
        at: at(minutes),
        cause: Cause::from_outside(by),
        what: NewEvent { attrs, ..NewEvent::new(kind) },
    }
}

#[test]
fn the_log_tells_when_an_order_came_to_each_stage_and_left_it() {
    let entries = [
        event(kind::ORDER_CREATED, -60, json!({ "pipeline": "sales", "stage": "new", "historical": true })),
        event(kind::STAGE_CHANGED, 0, json!({ "pipeline": "sales", "from": "new", "to": "paid" })),
    ];
    let all = visits(&order(), &entries);
    let told = |visit: &StageVisit| (visit.visit, visit.stage.0.clone(), visit.entered, visit.historical);
    assert_eq!(
        all.iter().map(told).collect::<Vec<_>>(),
        [(1, "new".to_owned(), at(-60), true), (2, "paid".to_owned(), at(0), false)]
    );
    let left = all[0].left.clone().unwrap();
    assert_eq!((left.at, left.stage, left.by), (at(0), "paid".into(), "Mira".to_owned()));
    assert_eq!(all[1].left, None);
    let latest = visits(&order(), &entries[1..]);
    assert_eq!((latest.len(), latest[0].visit), (1, 2), "what was not read is missing at the beginning");
}

/// Triggers on `packed`, and what was asked.
fn moved(triggers: Value, matches: &[Match]) -> Vec<String> {
    let mut config = config();
    config.shop.not_in_plan.insert("test.dear".into());
    let mut automation = revision(1, at(-90), json!([]));
    for (stage, triggers) in triggers.as_object().unwrap() {
        let triggers = triggers.as_array().unwrap().iter().map(|trigger| {
            let mut whole = json!({ "name": "Packed", "plugin": "test.paid" });
            whole.as_object_mut().unwrap().extend(trigger.as_object().unwrap().clone());
            serde_json::from_value(whole).unwrap()
        });
        automation.stages.entry(stage.as_str().into()).or_default().triggers = triggers.collect();
    }
    let (order, visit, revisions) = (order(), here(), [automation]);
    let known =
        Known { config: &config, order: &order, visit: &visit, revisions: &revisions, runs: &[], matches };
    let say = |why: &WhyTrigger| format!("{} on {} {} ({})", why.name, why.stage, why.because, why.events);
    super::triggers(&known).iter().map(say).collect()
}

fn asked(minutes: i64, verdict: Option<Verdict>) -> Match {
    let candidate = Candidate { trigger: "t".into(), name: "Packed".into(), stage: "packed".into(), verdict };
    Match {
        id: MatchId(minutes),
        shop: ShopId(1),
        event: EventId(minutes),
        order: Some(OrderId(1)),
        created: at(minutes),
        pending: false,
        candidates: vec![candidate],
    }
}

#[test]
fn a_trigger_that_was_never_asked_says_why() {
    let on = |trigger: Value| moved(json!({ "packed": [trigger] }), &[]).join("; ");
    assert_eq!(
        on(json!({ "id": "t" })),
        "Packed on packed did not match: no payment.received since the order came (0)"
    );
    assert_eq!(
        on(json!({ "id": "t", "active": false })),
        "Packed on packed did not match: it is switched off (0)"
    );
    assert_eq!(
        on(json!({ "id": "t", "plugin": "test.dear" })),
        "Packed on packed did not match: its plugin is not part of the shop's plan (0)"
    );
    assert_eq!(
        on(json!({ "id": "t", "plugin": "test.gone" })),
        "Packed on packed did not match: its plugin is not installed (0)"
    );
}

#[test]
fn a_trigger_that_was_asked_says_what_it_made_of_the_latest_event() {
    let on = |matches: &[Match]| moved(json!({ "packed": [{ "id": "t" }] }), matches).join("; ");
    let ignored = || asked(1, Some(Verdict::Ignored { reason: "amount: half of it is paid".into() }));
    assert_eq!(on(&[ignored()]), "Packed on packed did not match: half of it is paid (1)");
    let unmet = asked(2, Some(Verdict::ConditionFalse { condition: unmet() }));
    assert_eq!(
        on(&[unmet, ignored()]),
        "Packed on packed did not match: order.total 84.00 is not >= 100.00 (2)"
    );
    let lost = Verdict::LostTo { trigger: "other".into(), name: "Parcel label".into() };
    assert_eq!(
        on(&[asked(2, Some(lost))]),
        "Packed on packed matched and did not move the order: `Parcel label` on an earlier stage matched too (1)"
    );
    assert_eq!(on(&[asked(2, None)]), "Packed on packed is being asked (1)");
    assert_eq!(
        on(&[asked(-5, Some(Verdict::Closed))]),
        "Packed on packed did not match: no payment.received since the order came (0)",
        "that was during another visit"
    );
}

#[test]
fn only_triggers_that_could_move_the_order_are_told_of() {
    let all = json!({
        "new": [{ "id": "a", "name": "Back" }, { "id": "b", "name": "May go back", "allow-previous": true }],
        "paid": [{ "id": "c", "name": "Here" }],
        "sent": [{ "id": "d", "name": "Far" }],
    });
    let names: Vec<String> =
        moved(all, &[]).iter().map(|one| one.split(" on ").next().unwrap().into()).collect();
    assert_eq!(names, ["May go back", "Far"]);
}

#[test]
fn a_trigger_on_an_earlier_stage_that_was_asked_says_that_it_may_not() {
    let earlier = || json!({ "new": [{ "id": "t" }] });
    assert_eq!(moved(earlier(), &[]), [""; 0]);
    let told = moved(earlier(), &[asked(1, Some(Verdict::Backward))]).join("; ");
    assert!(told.starts_with("Packed on new ") && told.contains("switching back is not allowed"), "{told}");
}
