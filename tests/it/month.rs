//! Random orders in random automations for a month whose clock jumps: whatever happens, what is promised holds.
//!
//! A seed decides what is published and what happens, not how the steps of several orders interleave, so a failure may
//! need a few tries to come again.

mod automation;

use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{
    Actor, Cause, ClientId, Command, EmployeeId, Entry, EntryKind, Event, EventId, Match, Message,
    MessageState, NewEvent, OrderChange, OrderId, RuleSpec, Run, RunId, RunState, StageAutomation, StageId,
    Verdict, When, Woken,
};
use rulewright_engine::{Pending, Refusal};
use rulewright_ports::{
    Clock, StorageExt,
    storage::{EntryQuery, EventQuery, MessageQuery, Page, RunQuery},
};
use rulewright_simulator::money::adds_up;
use serde_json::{Map, Value, json};

use self::automation::automation;
use crate::{
    programs,
    rows_case::{costs, edits, owes, pays, set, ships_by},
    rows_rules::employ,
    support::{Chance, TestShop, all, at, bundled, rule},
};

const SEEDS: std::ops::Range<u64> = 0..20;
const STAGES: [&str; 6] = ["new", "paid", "packing", "shipped", "done", "lost"];
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

const PLUGINS: &str = "add-comment allow-delivery change-responsible change-status generate-code incoming-call \
    order-canceled order-field-changed pay-order payment send-sms set-shipment-status shipment-approved \
    task wait";
const PROGRAMS: [&[u8]; 9] = [
    programs::COUNTS,
    programs::FAILS,
    programs::FLOODS_EFFECTS,
    programs::KEEPS_COUNT,
    programs::RETRIES,
    programs::TRAPS_AFTER_STAGING,
    programs::WAITS,
    programs::WAITS_FOR_EVENT,
    programs::WATCHES,
];

/// One revision, and the events between which it was published.
struct Published {
    revision: u64,
    stages: BTreeMap<StageId, StageAutomation>,
    not_before: EventId,
    surely_after: EventId,
}

struct Month {
    chance: Chance,
    shop: TestShop,
    clients: Vec<ClientId>,
    staff: Vec<EmployeeId>,
    orders: Vec<OrderId>,
    published: Vec<Published>,
    /// Events that somebody was told of as accepted.
    accepted: BTreeSet<EventId>,
}

impl Month {
    async fn begin(seed: u64) -> Month {
        let plugins: Vec<&[u8]> = PLUGINS.split_whitespace().map(bundled).chain(PROGRAMS).collect();
        let shop = TestShop::with(&plugins).await;
        let (ada, bob) = (employ(&shop, 0, |_| {}).await, employ(&shop, 0, |_| {}).await);
        let reachable = shop.client(&[("mobile", "+447700900123")], &[]).await;
        let silent = shop.client(&[], &[]).await;
        let mut month = Month {
            chance: Chance(seed),
            shop,
            clients: vec![reachable, silent],
            staff: vec![ada, bob],
            orders: Vec::new(),
            published: Vec::new(),
            accepted: BTreeSet::new(),
        };
        month.publish().await;
        for _ in 0..month.chance.between(5, 10) {
            month.order().await;
        }
        month
    }

    async fn newest(&self) -> EventId {
        let (shop, page) = (self.shop.id, Page { after: None, limit: 1, newest_first: true });
        let query = EventQuery::default();
        let storage = self.shop.engine.storage();
        let newest = storage.glance(move |reads| Ok::<_, Refusal>(reads.events(shop, &query, page)?));
        newest.unwrap().first().map_or(EventId(0), |event| event.id)
    }

    async fn publish(&mut self) {
        let stages = automation(&mut self.chance, &self.staff);
        let pending = self.chance.of(&[Pending::Finish, Pending::Cancel]);
        let draft = serde_json::from_value(stages.clone()).unwrap();
        let TestShop { engine, id, pipeline, .. } = &self.shop;
        engine.save_draft(*id, pipeline, None, draft).await.unwrap();
        let not_before = self.newest().await;
        let revision = engine.publish_with(*id, pipeline, pending).await.unwrap().revision;
        let surely_after = self.newest().await;
        let stages = serde_json::from_value(stages).unwrap();
        self.published.push(Published { revision, stages, not_before, surely_after });
    }

    async fn order(&mut self) {
        let Month { chance, clients, staff, .. } = self;
        let order = self.shop.order_with(|new| {
            new.stage = chance.percent(30).then(|| chance.of(&STAGES).into());
            new.contacts = vec![chance.of(clients)];
            new.responsible = chance.percent(60).then(|| chance.of(staff));
            new.historical = chance.percent(10);
        });
        self.orders.push(order.await);
    }

    fn a_change(&mut self) -> OrderChange {
        let meeting = self.shop.clock.now().plus(self.chance.between(-DAY, 5 * DAY)).to_string();
        let Month { chance, staff, .. } = self;
        let amount = format!("{}.{:02}", chance.between(0, 40), chance.between(1, 99));
        let euros = serde_json::from_value(json!({ "amount": amount, "currency": "EUR" })).unwrap();
        match chance.between(1, 100) {
            1..=35 => OrderChange::MoveStage { stage: chance.of(&STAGES).into() },
            36..=42 => pays(&amount),
            43..=45 => owes(&amount),
            46..=48 => OrderChange::Pay { payment: None },
            // Of another currency, which no order takes.
            49..=50 => OrderChange::AddPayment { amount: euros, system: None, paid: true },
            51..=55 => costs(&amount),
            56..=65 => set(&[("colour", chance.of(&["red", "blue"]))]),
            66..=73 => set(&[("meeting", &meeting)]),
            74..=80 => ships_by("Royal Mail"),
            81..=85 => OrderChange::AllowDelivery,
            86..=88 => edits("status", "arrived"),
            89..=90 => OrderChange::AddTags { tags: ["fail".to_owned()].into() },
            91..=94 => OrderChange::SetResponsible { to: chance.percent(70).then(|| chance.of(staff)) },
            95..=97 => OrderChange::Cancel { reason: None },
            98..=99 => OrderChange::Restore,
            _ => OrderChange::Delete,
        }
    }

    fn a_command(&mut self) -> Command {
        let order = self.chance.of(&self.orders);
        match self.chance.between(1, 100) {
            1..=8 => {
                let call = NewEvent::new("call.incoming").attr("phone", "+447700900123");
                Command::Ingest(NewEvent { client: Some(self.chance.of(&self.clients)), ..call })
            }
            9..=16 => Command::Ingest(NewEvent { order: Some(order), ..NewEvent::new("form.submitted") }),
            _ => Command::ChangeOrder { id: order, expected: None, change: self.a_change() },
        }
    }

    /// Something happens, or several things at once, which nobody waits for.
    async fn act(&mut self) {
        match self.chance.between(1, 100) {
            1..=4 => return self.publish().await,
            5..=7 => return self.order().await,
            8..=12 => *self.shop.provider.failures.lock().unwrap() = 2,
            _ => {}
        }
        let count = self.chance.of(&[1, 1, 2, 4, 8]);
        let commands: Vec<Command> = (0..count).map(|_| self.a_command()).collect();
        let shop = &self.shop;
        let done = futures::future::join_all(commands.into_iter().map(|command| shop.execute(command))).await;
        for done in done {
            // Of an order that is deleted, or cannot be because it is paid; money of another currency.
            let expected = |refusal: &Refusal| ["not-found", "paid", "money"].contains(&refusal.code());
            match done {
                Ok(receipt) => self.accepted.extend(receipt.events),
                Err(refusal) => assert!(expected(&refusal), "{refusal:?}"),
            }
        }
    }

    /// In order, each timer at its own instant, or at one go, as when the machine has slept.
    async fn jump(&mut self) {
        let time = match self.chance.between(1, 8) {
            1..=2 => return,
            3..=4 => self.chance.between(1, 60) * 1_000,
            5..=7 => self.chance.between(1, 12) * HOUR,
            _ => self.chance.between(DAY / 2, 3 * DAY),
        };
        match self.chance.percent(60) {
            true => self.shop.pass(time / 1_000).await,
            false => self.shop.clock.advance_to(self.shop.clock.now().plus(time)),
        }
    }

    async fn live(mut self) -> Seen {
        let end = self.shop.clock.now().plus(31 * DAY);
        let mut restart = self.chance.between(15, 35);
        while self.shop.clock.now() < end {
            self.act().await;
            restart -= 1;
            if restart == 0 {
                // In the middle of whatever is under way, and with timers that come due before it is up again.
                let down = self.chance.between(0, DAY);
                self.shop.clock.advance_to(self.shop.clock.now().plus(down));
                self.shop = self.shop.restarted().await;
            }
            self.jump().await;
        }
        // What waits for a date gets one.
        for order in self.orders.clone() {
            let date = self.shop.clock.now().plus(DAY).to_string();
            let _ = self.shop.change(order, set(&[("meeting", &date)])).await;
        }
        loop {
            // Sixteen hops of rules and triggers, each after some days, are over by then.
            self.shop.pass(90 * DAY / 1_000).await;
            let traps = "test.traps-after-staging".to_owned();
            if self.shop.engine.plugin_pause(self.shop.id, &traps).await.unwrap().is_none() {
                break;
            }
            // So many orders went round where it stands that it was paused: what waits for it has its turn too.
            self.shop.engine.resume_plugin(self.shop.id, &traps).await.unwrap();
        }
        self.look().await
    }

    async fn look(self) -> Seen {
        let (shop, id) = (&self.shop, self.shop.id);
        let read = shop.engine.storage().read(move |reads| {
            let kinds = vec![EntryKind::Comment, EntryKind::Task, EntryKind::Notification];
            let entries = EntryQuery { at: None, kinds };
            Ok::<_, Refusal>((
                all(|one: &Event| one.id.0, |page| reads.events(id, &EventQuery::default(), page))?,
                all(|one: &Run| one.id.0, |page| reads.runs(id, &RunQuery::default(), page))?,
                all(|one: &Entry| one.id.0, |page| reads.entries(id, &entries, page))?,
                all(|one: &Message| one.id.0, |page| reads.messages(id, &MessageQuery::default(), page))?,
                all(|one: &Match| one.id.0, |page| reads.matches(id, None, page))?,
            ))
        });
        let (events, runs, entries, messages, matches) = read.await.unwrap();
        let mut orders = BTreeMap::new();
        for order in &self.orders {
            orders.insert(*order, shop.find(*order).await.map(|order| json!(order)));
        }
        let Month { published, accepted, .. } = self;
        let broken = BTreeMap::new();
        Seen { published, accepted, orders, events, runs, entries, messages, matches, broken }
    }
}

/// What the storage holds in the end, and what is wrong with it.
struct Seen {
    published: Vec<Published>,
    accepted: BTreeSet<EventId>,
    /// Of deleted ones, nothing.
    orders: BTreeMap<OrderId, Option<Value>>,
    events: Vec<Event>,
    runs: Vec<Run>,
    entries: Vec<Entry>,
    messages: Vec<Message>,
    matches: Vec<Match>,
    broken: BTreeMap<&'static str, String>,
}

impl Seen {
    /// Of what breaks a promise, the first is told.
    fn check(&mut self, promise: &'static str, holds: bool, why: impl FnOnce() -> String) {
        if !holds {
            self.broken.entry(promise).or_insert_with(why);
        }
    }

    /// Revisions that were the running one when the event was recorded: two while one was being published.
    fn running_at(&self, event: EventId) -> impl Iterator<Item = &Published> {
        let next = self.published.iter().skip(1).map(Some).chain([None]);
        let running = self.published.iter().zip(next).filter(move |(one, next)| {
            one.not_before < event && next.is_none_or(|next| event <= next.surely_after)
        });
        running.map(|(one, _)| one)
    }

    fn rule_of(&self, run: &Run) -> RuleSpec {
        let published = self.published.iter().find(|one| one.revision == run.revision).unwrap();
        published.stages[&run.stage].rules.iter().find(|rule| rule.id == run.rule).unwrap().clone()
    }

    fn examine(mut self) -> Seen {
        let events = std::mem::take(&mut self.events);
        let runs: BTreeMap<RunId, Run> = self.runs.iter().map(|run| (run.id, run.clone())).collect();
        let mut started = BTreeMap::<EventId, Vec<&Run>>::new();
        runs.values().for_each(|run| started.entry(run.event).or_default().push(run));
        for event in &events {
            self.accepted.remove(&event.id);
            self.check("I17 chains end", event.cause.depth <= Cause::MAX_DEPTH, || format!("{event:?}"));
            self.starts(event, started.remove(&event.id).unwrap_or_default());
            self.asks(event, &events);
        }
        let lost = format!("{:?} {started:?}", self.accepted);
        self.check("I1 nothing is lost", lost == "{} {}", || lost.clone());
        for (id, order) in self.orders.clone() {
            let of: Vec<_> = events.iter().filter(|event| event.what.order == Some(id)).collect();
            let order = order.unwrap_or_default();
            self.folds(&order, &of, &runs);
            let done = runs.values().filter(|run| run.order == id && run.state == RunState::Done);
            let counted = done.filter(|run| self.rule_of(run).plugin == "test.counts").count() as u64;
            // Of the runs and not of the events: a count that overwrites its own like is no change.
            let right = order.is_null() || order["fields"]["count"].as_u64().unwrap_or(0) == counted;
            self.check("I8 no count in a field is lost", right, || format!("{counted} in {order}"));
            for run in runs.values().filter(|run| run.order == id) {
                self.leaves(run);
                self.is_in_time(run, &runs, &of);
            }
        }
        let done = runs.values().filter(|run| run.state == RunState::Done);
        let counts = done.filter(|run| self.rule_of(run).plugin == "test.keeps-count");
        let mut kept: Vec<_> = counts.map(|run| run.output["runs"].as_u64().unwrap()).collect();
        kept.sort_unstable();
        let right = kept.iter().copied().eq(1..=kept.len() as u64);
        self.check("I8 no count in a plugin's storage is lost", right, || format!("{kept:?}"));
        let unsettled = self.messages.iter().find(|one| one.state == MessageState::Pending).cloned();
        self.check("I1 messages are settled", unsettled.is_none(), || format!("{unsettled:?}"));
        Seen { events, ..self }
    }

    /// I1: of an entry into a stage, exactly one run for each active rule that stands there, and each ends.
    fn starts(&mut self, event: &Event, runs: Vec<&Run>) {
        let attr = |name: &str| event.what.attrs.get(name).and_then(Value::as_str).map(StageId::from);
        let stage = match event.what.kind.as_str() {
            "order.created" if event.what.attrs["historical"] == false => attr("stage"),
            "order.stage-changed" => attr("to"),
            _ => None,
        };
        let as_published = |one: &Published| {
            let rules = stage.iter().filter_map(|stage| one.stages.get(stage)).flat_map(|on| &on.rules);
            let expected =
                rules.filter(|rule| rule.active).map(|rule| (&rule.id, stage.as_ref(), one.revision));
            expected.eq(runs.iter().map(|run| (&run.rule, Some(&run.stage), run.revision)))
        };
        let right = stage.is_none() && runs.is_empty() || self.running_at(event.id).any(as_published);
        self.check("I1 one run for each rule", right, || format!("{event:?} started {runs:?}"));
        let open = runs.iter().find(|run| !run.state.is_terminal() || run.ended.is_none());
        self.check("I1 every run ends", open.is_none(), || format!("{open:?}"));
    }

    /// I1 for triggers: each that listens is asked once and answers, and what it moves is moved once.
    fn asks(&mut self, event: &Event, events: &[Event]) {
        let listeners = match event.what.kind.as_str() {
            _ if event.what.order.is_none() => return,
            "order.canceled" => "rulewright.order-canceled",
            "order.fields-changed" => "rulewright.order-field-changed test.watches",
            "payment.received" => "rulewright.payment",
            "shipment.approved" => "rulewright.shipment-approved",
            "date.reached" => "test.watches",
            _ => "",
        };
        let matches: Vec<Match> = self.matches.iter().filter(|one| one.event == event.id).cloned().collect();
        let asked = matches.iter().flat_map(|one| &one.candidates);
        let found: BTreeSet<_> = asked.clone().map(|one| &one.trigger).collect();
        let as_published = |one: &Published| {
            let triggers = one.stages.values().flat_map(|on| &on.triggers);
            let listens = |plugin: &str| listeners.split(' ').any(|listener| listener == plugin);
            triggers.filter(|one| listens(&one.plugin)).map(|one| &one.id).collect::<BTreeSet<_>>() == found
        };
        let right = found.is_empty() && listeners.is_empty() || self.running_at(event.id).any(as_published);
        let moved = asked.clone().filter(|one| matches!(one.verdict, Some(Verdict::Moved { .. }))).count();
        let by_it = |one: &&Event| {
            one.cause.parent == Some(event.id) && matches!(one.cause.by, Actor::Trigger { .. })
        };
        let answered = matches.len() <= 1 && asked.clone().all(|one| one.verdict.is_some());
        let right = right && answered && moved <= 1 && events.iter().filter(by_it).count() == moved;
        self.check("I1 triggers are asked once", right, || format!("{event:?} asked {matches:?}"));
    }

    /// I4: an order is what its log says. I15: each step was committed on the order that it saw. I21: its money.
    fn folds(&mut self, stored: &Value, events: &[&Event], runs: &BTreeMap<RunId, Run>) {
        let mut order = Value::Null;
        for event in events {
            let data = event.what.data.value();
            match event.what.kind.as_str() {
                "order.created" => order = data["order"]["after"].clone(),
                "order.deleted" => order = Value::Null,
                // Of the events of one change, the first has the difference; others tell of no change.
                kind if !["order.", "payment.", "shipment."].iter().any(|one| kind.starts_with(one)) => {}
                _ => {
                    let Value::Object(changes) = data else { continue };
                    if let Actor::Rule { run, .. } = &event.cause.by {
                        let run = &runs[run];
                        let acted: Vec<_> = run.trace.iter().filter(|one| !one.effects.is_empty()).collect();
                        let right = acted.len() == 1 && order["revision"] == acted[0].order_revision;
                        self.check("I15 a step changes what it saw", right, || format!("{order} by {run:?}"));
                    }
                    let next = |number: &Value| json!(number.as_u64().unwrap() + 1);
                    for (part, change) in &changes {
                        let right = order[part] == change["before"];
                        self.check("I4 changes follow each other", right, || format!("{order} by {event:?}"));
                        order[part] = change["after"].clone();
                    }
                    if changes.contains_key("stage") {
                        order["visit"] = next(&order["visit"]);
                        order["moved"] = json!(event.at);
                    }
                    order["revision"] = next(&order["revision"]);
                    order["updated"] = json!(event.at);
                }
            }
            self.check("I21 money adds up", adds_up(&order), || format!("{order} after {event:?}"));
        }
        // Numbers that were given once are remembered beside what the events tell.
        if !stored["numbered"].is_null() {
            order["numbered"] = stored["numbered"].clone();
        }
        self.check("I4 an order is the sum of its events", order == *stored, || {
            format!("{order} is {stored}")
        });
        let half = ["half-done", "failed"].iter().any(|tag| order["tags"].to_string().contains(tag));
        self.check("I3 a failed step leaves nothing", !half, || format!("{order}"));
    }

    /// I3: a run leaves all that its rule leaves, or nothing where it did not come to its end.
    fn leaves(&mut self, run: &Run) {
        let rule = self.rule_of(run);
        let (comments, messages) = match rule.plugin.as_str() {
            _ if run.state != RunState::Done => (0, 0),
            "test.floods-effects" => (rule.settings["amount"].as_u64().unwrap() as usize, 0),
            "rulewright.add-comment" | "test.retries" | "test.waits" | "test.waits-for-event" => (1, 0),
            "rulewright.send-sms" => (0, 1),
            _ => (0, 0),
        };
        let by_it = |entry: &&Entry| matches!(entry.by, Actor::Rule { run: by, .. } if by == run.id);
        let entries: Vec<_> = self.entries.iter().filter(by_it).map(|entry| entry.kind).collect();
        let written = entries.iter().filter(|kind| **kind == EntryKind::Comment).count();
        let effects = run.trace.iter().flat_map(|trace| &trace.effects);
        let gone = self.orders.get(&run.order).is_none_or(Option::is_none);
        // With an order, what is written about it is gone.
        let comments = if gone { 0 } else { comments };
        let command = |effect: &Value| effect["command"]["command"].clone();
        let stays = |effect: &&Value| !gone || command(effect)["order"].is_null();
        let meant = effects.filter(|effect| command(effect)["type"] == "add-entry").filter(stays).count();
        let sent = self.messages.iter().filter(|message| message.run == Some(run.id)).count();
        let right = (written, sent, entries.len()) == (comments, messages, meant);
        self.check("I3 all or nothing", right, || format!("{entries:?}, {sent} messages: {run:?}"));
    }

    /// I14: never early, and no step twice. `events` are those of its order.
    fn is_in_time(&mut self, run: &Run, runs: &BTreeMap<RunId, Run>, events: &[&Event]) {
        let Some(first) = run.trace.first() else { return };
        let rule = self.rule_of(run);
        let base = run.after.and_then(|above| runs[&above].ended).unwrap_or(run.created);
        let planned = match &rule.when {
            When::After { seconds, .. } => base.plus(seconds.cast_signed() * 1_000),
            // What it knew at its beginning is on record for a run that has not waited since.
            When::AtField { offset_seconds, .. } if run.trace.iter().all(|one| one.step == 0) => {
                let known = events.iter().rev().filter(|event| event.id <= run.ready_after);
                let mut dates =
                    known.map(|event| event.what.data.value()["fields"]["after"]["meeting"].take());
                let date = dates.find(Value::is_string).unwrap_or_else(|| "9999-01-01T00:00:00Z".into());
                at(date.as_str().unwrap()).plus(offset_seconds * 1_000)
            }
            // The shop's clocks show UTC until the end of March.
            When::AtTimeOfDay { .. } => base.plus((19 * HOUR / 2 - base.0).rem_euclid(DAY)),
            _ => base,
        };
        self.check("I14 no run is early", first.now >= planned, || format!("planned for {planned}: {run:?}"));
        let pause = match rule.plugin.as_str() {
            "test.waits" => rule.settings["amount"].as_i64().unwrap(),
            "rulewright.wait" => rule.settings["until"]["amount"].as_i64().unwrap() * DAY,
            _ => HOUR,
        };
        for pair in run.trace.windows(2) {
            let (before, after) = (&pair[0], &pair[1]);
            let least = match &after.wake {
                _ if after.attempt > 0 => before.at.plus(1_000),
                Woken::Timer | Woken::TimedOut => before.now.plus(pause),
                _ => before.at,
            };
            let right = after.at >= least && (before.step, before.attempt) < (after.step, after.attempt);
            self.check("I14 no step is early or done twice", right, || format!("{run:?}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_promised_holds_after_a_month_of_anything() {
    let month = |seed| tokio::spawn(async move { Month::begin(seed).await.live().await.examine() });
    let months: Vec<_> = SEEDS.map(month).collect();
    let (mut broken, mut ends, mut events) = (Vec::new(), BTreeMap::<&str, usize>::new(), 0);
    for (seed, month) in SEEDS.zip(months) {
        match month.await {
            Ok(seen) => {
                seen.runs.iter().for_each(|run| *ends.entry(run.state.name()).or_default() += 1);
                events += seen.events.len();
                let told = |(promise, why)| format!("seed {seed}: {promise}: {why}");
                broken.extend(seen.broken.into_iter().map(told));
            }
            Err(panic) => broken.push(format!("seed {seed}: {panic}")),
        }
    }
    assert!(broken.is_empty(), "of the seeds {SEEDS:?}:\n{}", broken.join("\n"));
    // Months in which little happens would prove little.
    let enough = ["done", "skipped", "failed", "cancelled"].iter().all(|end| ends.get(end) > Some(&80));
    assert!(enough && events > 2_000, "{events} events, {ends:?}");
}
