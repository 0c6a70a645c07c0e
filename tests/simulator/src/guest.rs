//! Plugins without wasm: a rule's settings say what its steps do, so whoever draws an automation draws its guests too.
//! What breaks in them follows from the seed and from what they are given, so that a replay breaks in the same way.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use rulewright_domain::{
    Command, Draft, Effect, EntryKind, EventFilter, Fields, Grant, Manifest, Order, OrderChange, Outcome,
    Package, Recipient, RunId, SavedState, StageId, Usage, kind, plugin::Digest,
};
use rulewright_ports::{
    Answer, Completion, Executor, Failure, HttpRequest, Invocation, StepTask, Task, World,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    Chance,
    gate::{Gate, Place},
    plan::{Fault, Faults, Plan},
    trace::{Began, Happened, Log, Said},
};

/// Stays inside, asks a server, moves orders.
pub const RULE: &str = "sim.rule";
pub const CALLER: &str = "sim.caller";
pub const TRIGGER: &str = "sim.trigger";
/// The version of a rule that breaks at every step.
pub const BROKEN: u32 = 9;
/// What the trigger listens to.
pub const HEARD: [&str; 2] = [kind::FORM_SUBMITTED, kind::PAYMENT_RECEIVED];
/// What a plugin and the fields of an order call a counter.
pub const COUNT: &str = "count";
/// The field of an order that holds the mark of whoever wrote it last.
pub const MARK: &str = "mark";
/// The field of an order that holds a date which rules count from.
pub const DUE: &str = "due";
/// Two numbers at home and one abroad.
const NUMBERS: [&str; 3] = ["+447700900123", "+447700900124", "+4930123456"];

/// The settings of a rule.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Script {
    pub steps: Vec<Act>,
}

/// One step.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Act {
    pub stages: Vec<Staged>,
    /// A server is asked first.
    pub asks: bool,
    /// So many tries fail.
    pub fails: u32,
    pub how: How,
    pub then: Then,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Staged {
    Comment,
    Message,
    Mark,
    Count,
    Keep,
    Move(StageId),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    #[default]
    Transient,
    Retry,
    Trap,
    OutOfFuel,
}

/// Milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    #[default]
    Done,
    Skip,
    Wait(i64),
    WaitForForm(i64),
}

/// A version of one of the plugins, its bytes and all that it asks for.
pub fn package(plugin: &str, version: u32) -> (Package, Arc<[u8]>, Grant) {
    let (kind, group) = if plugin == TRIGGER { ("trigger", "trigger") } else { ("rule", "employees") };
    let http = match plugin {
        CALLER => json!([{ "host": "api.test" }]),
        _ => json!([]),
    };
    let manifest: Manifest = serde_json::from_value(json!({
        "schema": 1, "id": plugin, "version": format!("{version}.0.0"), "kind": kind, "group": group,
        "publisher": "Simulator", "title": plugin, "host-api": "0.1.0",
        "settings": { "type": "object" },
        "subscriptions": if plugin == TRIGGER { json!(HEARD) } else { json!([]) },
        "permissions": { "http": http, "storage": 1_000, "channels": ["sms"] },
    }))
    .expect("a manifest of the simulator is one");
    let grant = Grant::whole(&manifest, &Default::default(), &[]);
    let digest = digest(plugin, version);
    let component: Arc<[u8]> = digest.as_bytes().into();
    let size = component.len() as u64;
    (Package { digest, manifest, imports: Default::default(), size }, component, grant)
}

fn digest(plugin: &str, version: u32) -> Digest {
    format!("{plugin}-{version}")
}

pub struct Guests {
    plan: Plan,
    log: Arc<Log>,
    gate: Arc<Gate>,
    faults: Arc<Faults>,
    /// What is done again is neither told nor held up.
    quiet: AtomicBool,
}

impl Guests {
    pub fn new(plan: Plan, log: Arc<Log>, gate: Arc<Gate>, faults: Arc<Faults>) -> Guests {
        Guests { plan, log, gate, faults, quiet: AtomicBool::new(false) }
    }

    pub fn be_quiet(&self) {
        self.quiet.store(true, Ordering::SeqCst);
    }

    fn tell(&self, happened: Happened) {
        if !self.quiet.load(Ordering::SeqCst) {
            self.log.push(happened);
        }
    }

    async fn pause(&self) {
        if !self.quiet.load(Ordering::SeqCst) {
            self.gate.pass(Place::Guest).await;
        }
    }

    async fn step(&self, invocation: &Invocation, task: &StepTask, world: &dyn World) -> Completion {
        let Ok(run) = task.run.parse::<RunId>() else {
            return completion(Err(Failure::new("trap", "a run without a number", false)), Vec::new());
        };
        let script: Script = serde_json::from_str(&task.settings).unwrap_or_default();
        let act = script.steps.get(task.step as usize).cloned().unwrap_or_default();
        let (step, attempt) = (task.step, task.attempt);
        self.tell(Happened::Began(Box::new(Began {
            run,
            step,
            attempt,
            digest: invocation.digest.clone(),
            order: task.order.clone(),
            state: task.state.as_ref().map(|state| String::from_utf8_lossy(&state.bytes).into_owned()),
            marks: act.marks(run, step),
            counts: act.stages.contains(&Staged::Count),
            keeps: act.stages.contains(&Staged::Keep),
        })));
        let heard = if act.asks { self.ask(run, step, world).await } else { Ok(None) };
        let effects = act.effects(run, step, &task.order, world).await;
        // What it has read may be old by the time that it answers.
        self.pause().await;
        let broken = (invocation.digest == digest(RULE, BROKEN)).then(|| How::Trap.failure());
        let broken = broken.or_else(|| self.breaks(run, task)).or_else(|| act.fails(attempt));
        let result = match (heard, broken) {
            (Err(failure), _) | (_, Some(Err(failure))) => Err(failure),
            (_, Some(Ok(retry))) => Ok(Answer::Outcome(retry)),
            (Ok(heard), None) => Ok(Answer::Outcome(act.outcome(invocation, task, heard))),
        };
        let said = match &result {
            Ok(Answer::Outcome(Outcome::WaitUntil { at, .. })) => Said::WaitsUntil(*at),
            Ok(Answer::Outcome(Outcome::WaitFor { until: Some(at), .. })) => Said::WaitsUntil(*at),
            Ok(Answer::Outcome(Outcome::Retry { .. })) | Err(_) => Said::Failed,
            Ok(_) => Said::Ends,
        };
        self.tell(Happened::Ended { run, step, attempt, said });
        // A sandbox hands over none with a failure. This one does, to see that they are dropped; not in a replay, which
        // shows whatever comes.
        let kept = result.is_ok() || !self.quiet.load(Ordering::SeqCst);
        completion(result, if kept { effects } else { Vec::new() })
    }

    async fn ask(&self, run: RunId, step: u32, world: &dyn World) -> Result<Option<String>, Failure> {
        let request = HttpRequest {
            method: "POST".to_owned(),
            url: "https://api.test/ask".to_owned(),
            body: Some(format!("{run} {step}").into_bytes()),
            timeout: 1_000,
            ..HttpRequest::default()
        };
        let answer = world.http("ask", request).await;
        let answer = answer.map(|response| String::from_utf8_lossy(&response.body).into_owned());
        let answer = answer.map_err(|error| error.to_string());
        self.tell(Happened::Heard { run, step, answer: answer.clone() });
        answer.map(Some).map_err(|error| Failure::new("transient", error, true))
    }

    /// The same on the same order at the same try, and another way when a run is retried on another order.
    fn breaks(&self, run: RunId, task: &StepTask) -> Option<Result<Outcome, Failure>> {
        let (step, attempt, revision) = (task.step, task.attempt, task.order.revision);
        let mut chance = Chance::named(self.plan.seed, &format!("{run}/{step}/{attempt}/{revision}"));
        if !chance.percent(self.plan.odds(Fault::GuestBreaks)) {
            return None;
        }
        if !self.quiet.load(Ordering::SeqCst) {
            self.faults.note(Fault::GuestBreaks);
        }
        Some(chance.of(&[How::Transient, How::Transient, How::Retry, How::Trap, How::OutOfFuel]).failure())
    }
}

impl How {
    fn failure(self) -> Result<Outcome, Failure> {
        let told = "told to fail";
        match self {
            How::Transient => Err(Failure::new("transient", told, true)),
            How::Trap => Err(Failure::new("trap", told, false)),
            How::OutOfFuel => Err(Failure::new("out-of-fuel", told, false)),
            How::Retry => Ok(Outcome::Retry { after: Some(90_000), reason: told.to_owned() }),
        }
    }
}

impl Act {
    fn fails(&self, attempt: u32) -> Option<Result<Outcome, Failure>> {
        (attempt < self.fails).then(|| self.how.failure())
    }

    /// Of what can be told apart.
    fn marks(&self, run: RunId, step: u32) -> Vec<String> {
        let marked = |(place, one): (usize, &Staged)| {
            let has = matches!(one, Staged::Comment | Staged::Message | Staged::Mark);
            has.then(|| mark(run, step, place))
        };
        self.stages.iter().enumerate().filter_map(marked).collect()
    }

    async fn effects(&self, run: RunId, step: u32, order: &Order, world: &dyn World) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (place, staged) in self.stages.iter().enumerate() {
            let mark = mark(run, step, place);
            effects.push(match staged {
                Staged::Comment => inward(Command::AddEntry {
                    order: Some(order.id),
                    client: None,
                    kind: EntryKind::Comment,
                    text: mark,
                    details: json!({}),
                }),
                Staged::Message => Effect::Message(Draft {
                    channel: "sms".to_owned(),
                    to: Recipient::ClientOf(order.id),
                    address: NUMBERS[(run.0.unsigned_abs() as usize + place) % NUMBERS.len()].to_owned(),
                    about: Some(order.id),
                    sender: None,
                    subject: None,
                    text: mark,
                    params: Map::new(),
                    correlation: None,
                }),
                Staged::Mark => sets(order, MARK, mark.into()),
                Staged::Count => {
                    let count = order.fields.get(COUNT).and_then(Value::as_u64).unwrap_or_default();
                    sets(order, COUNT, (count + 1).into())
                }
                Staged::Keep => {
                    let found = world.stored(COUNT).await.unwrap_or_default().unwrap_or_default();
                    let count: u64 = String::from_utf8_lossy(&found).parse().unwrap_or_default();
                    let value = Some((count + 1).to_string().into_bytes());
                    Effect::Storage { key: COUNT.to_owned(), value }
                }
                Staged::Move(stage) => change(order, OrderChange::MoveStage { stage: stage.clone() }),
            });
        }
        effects
    }

    fn outcome(&self, invocation: &Invocation, task: &StepTask, heard: Option<String>) -> Outcome {
        let state = SavedState { version: 1, bytes: format!("{} {}", task.run, task.step).into_bytes() };
        match self.then {
            Then::Skip => Outcome::Skipped { reason: "told to skip".to_owned() },
            Then::Wait(time) => Outcome::WaitUntil { at: invocation.now.plus(time), state },
            Then::WaitForForm(time) => Outcome::WaitFor {
                filter: EventFilter {
                    kinds: vec![kind::FORM_SUBMITTED.to_owned()],
                    order: Some(task.order.id),
                    ..EventFilter::default()
                },
                until: Some(invocation.now.plus(time)),
                state,
            },
            Then::Done => {
                let mut output = Map::new();
                output.insert("steps".to_owned(), (task.step + 1).into());
                output.extend(heard.map(|heard| ("heard".to_owned(), heard.into())));
                Outcome::Done { summary: None, output }
            }
        }
    }
}

/// By which an effect is found again: `mark/<run>/<step>/<place>`.
fn mark(run: RunId, step: u32, place: usize) -> String {
    format!("mark/{}/{step}/{place}", run.0)
}

/// Whose mark it is.
pub fn marked(text: &str) -> Option<(RunId, u32)> {
    let mut parts = text.strip_prefix("mark/")?.split('/');
    Some((RunId(parts.next()?.parse().ok()?), parts.next()?.parse().ok()?))
}

fn inward(command: Command) -> Effect {
    Effect::Command { command, label: None }
}

fn change(order: &Order, change: OrderChange) -> Effect {
    inward(Command::ChangeOrder { id: order.id, expected: None, change })
}

fn sets(order: &Order, name: &str, value: Value) -> Effect {
    let fields: Fields = BTreeMap::from([(name.to_owned(), value)]);
    change(order, OrderChange::SetFields { fields })
}

fn completion(result: Result<Answer, Failure>, effects: Vec<Effect>) -> Completion {
    Completion { result, effects, logs: Vec::new(), usage: Usage { fuel: 1, ..Usage::default() } }
}

#[async_trait]
impl Executor for Guests {
    async fn prepare(&self, _: &Digest, _: Arc<[u8]>) -> Result<(), Failure> {
        Ok(())
    }

    async fn run(&self, invocation: Invocation, world: Arc<dyn World>) -> Completion {
        let answer = match &invocation.task {
            Task::Step(task) => return self.step(&invocation, task, &*world).await,
            Task::Examine(_) => {
                self.pause().await;
                Answer::Verdict { fires: true, reason: "it fires at all that it hears".to_owned() }
            }
            Task::Validate { .. } => Answer::Issues(Vec::new()),
            Task::Upgrade { state } => Answer::State(state.clone()),
            Task::Deliver(_) | Task::Receive(_) => {
                let failure = Failure::new("config", "none of them is a provider", false);
                return completion(Err(failure), Vec::new());
            }
        };
        completion(Ok(answer), Vec::new())
    }
}
