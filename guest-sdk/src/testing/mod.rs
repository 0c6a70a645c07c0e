//! Runs a rule or a trigger natively, against a fake host: `cargo test`, without wasm.
//!
//! ```
//! # use rulewright_sdk::prelude::*;
//! # #[derive(Deserialize, JsonSchema)]
//! # struct Settings { text: String }
//! # struct AddComment;
//! # impl Rule for AddComment {
//! #     type Settings = Settings;
//! #     type State = ();
//! #     fn step(step: &mut Step<Self>) -> Result<Outcome> {
//! #         step.order.add_comment(&step.settings.text)?;
//! #         Ok(done("Comment added"))
//! #     }
//! # }
//! use rulewright_sdk::testing::{self, Effect};
//!
//! let end = testing::run::<AddComment>()
//!     .settings(json!({ "text": "Packed" }))
//!     .go();
//! assert_eq!(end.summary(), "Comment added");
//! assert_eq!(
//!     end.effects,
//!     [Effect::AddComment { order: "order-1".into(), text: "Packed".into(), author: None }]
//! );
//! ```

mod effect;
mod fixtures;
pub(crate) mod functions;
#[cfg(test)]
mod tests;
mod world;

use std::marker::PhantomData;

pub use effect::Effect;
pub use fixtures::{client, employee, event, order, shipment};
use serde_json::{Value as Json, json};
use world::World;
pub use world::{Answer, Line, Sent};

use crate::bindings::rule::rulewright::plugin::runs::{self, Failure, RunContext};
use crate::bindings::trigger::exports::rulewright::plugin::trigger::TriggerContext;
use crate::{
    Cause, Client, Employee, Event, EventFilter, Instant, Issue, Order, Outcome, Plugin, Rule, SavedState,
    Trigger, Verdict, attr, documents, later, lists,
};

/// When every scenario starts: 2026-01-05, a Monday, 09:00 UTC.
pub const START: Instant = 1_767_603_600_000;
/// How often a step is tried before the scenario ends with its failure.
pub const ATTEMPTS: u32 = 5;

/// A rule about to be run, on [`order()`] of [`client()`] `client-1`, with [`employee()`] `employee-1`.
pub fn run<R: Rule>() -> Scenario<R> {
    Scenario {
        world: World::new(),
        settings: json!({}),
        previous: None,
        rule_id: "rule-1".into(),
        started: event("order.stage-changed"),
        coming: Vec::new(),
        rule: PhantomData,
    }
}

/// What a trigger says to an event.
pub fn examine<T: Trigger>(settings: Json, order: Order, event: Event) -> Result<Verdict, Failure> {
    let ctx = TriggerContext {
        shop: "shop-1".into(),
        trigger_name: "Trigger".into(),
        settings: settings.to_string(),
        order,
        attrs: Vec::new(),
    };
    let (verdict, _) = world::enter(World::new(), || crate::trigger::exported::examine::<T>(ctx, event));
    verdict
}

/// What is wrong with settings, as when staff save them.
pub fn check<P: Plugin>(settings: Json) -> Vec<Issue> {
    world::enter(World::new(), || P::check_settings(&settings.to_string())).0
}

/// The key that `step.idempotency_key(label)` gives in that step of a scenario.
pub fn idempotency_key(step: u32, label: &str) -> String {
    format!("run-1/{step}/{label}")
}

/// A run being set up.
pub struct Scenario<R> {
    world: World,
    settings: Json,
    previous: Option<String>,
    rule_id: String,
    started: Event,
    coming: Vec<(Instant, Event)>,
    rule: PhantomData<R>,
}

impl<R: Rule> Scenario<R> {
    /// As the host would pass them: texts are rendered. By default `{}`.
    pub fn settings(mut self, settings: Json) -> Self {
        self.settings = settings;
        self
    }

    /// The order of the run, in place of [`order()`].
    pub fn order(mut self, order: Order) -> Self {
        self.world.order = order.id.clone();
        self.other_order(order)
    }

    /// An order that `orders::get` can read.
    pub fn other_order(mut self, order: Order) -> Self {
        self.world.orders.insert(order.id.clone(), order);
        self
    }

    pub fn client(mut self, client: Client) -> Self {
        self.world.clients.insert(client.id.clone(), client);
        self
    }

    /// The open channel that the client used last, e.g. `telegram:77`. Without this call it never used any.
    pub fn open_channel(mut self, client: &str, channel: &str) -> Self {
        self.world.chats.insert(client.into(), channel.into());
        self
    }

    pub fn employee(mut self, employee: Employee) -> Self {
        self.world.employees.insert(employee.id.clone(), employee);
        self
    }

    pub fn item(mut self, item: lists::Item) -> Self {
        self.world.items.push(item);
        self
    }

    /// The only document templates there are; without this call every name is known.
    pub fn templates<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.world.templates = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// A template that the plugin fills itself, as the host prepares it; every other is a text.
    pub fn prepared(mut self, name: &str, prepared: documents::Prepared) -> Self {
        self.world.prepared.insert(name.into(), prepared);
        self
    }

    /// The only stages of the order's pipeline; without this call every name is known.
    pub fn stages<'a>(mut self, ids: impl IntoIterator<Item = &'a str>) -> Self {
        self.world.stages = Some(ids.into_iter().map(Into::into).collect());
        self
    }

    /// Hours that the shop's clock is ahead of UTC; 0 without this call.
    pub fn utc_offset(mut self, hours: i64) -> Self {
        self.world.utc_offset = hours * crate::HOUR as i64;
        self
    }

    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.world.secrets.insert(name.into(), value.into());
        self
    }

    pub fn stored(mut self, key: &str, value: &[u8]) -> Self {
        self.world.storage.insert(key.into(), value.into());
        self
    }

    /// The next answer to an HTTP request: `.answer(Answer::status(503))`.
    pub fn answer(mut self, answer: Answer) -> Self {
        self.world.answers.push_back(answer);
        self
    }

    /// Takes a grant away: `.deny("messages.queue")`, by interface and function of `wit/host`.
    pub fn deny(mut self, function: &str) -> Self {
        self.world.denied.insert(function.into());
        self
    }

    /// The output of the rule before this one.
    pub fn previous(mut self, output: Json) -> Self {
        self.previous = Some(output.to_string());
        self
    }

    /// Of the rule that runs, in place of `rule-1`.
    pub fn rule_id(mut self, id: &str) -> Self {
        self.rule_id = id.into();
        self
    }

    /// When the run starts, in place of [`START`].
    pub fn now(mut self, now: Instant) -> Self {
        self.world.now = now;
        self
    }

    /// Another seed for `step.random()`.
    pub fn seed(mut self, seed: u64) -> Self {
        self.world.seed = seed;
        self
    }

    /// The event that started the run.
    pub fn started_by(mut self, event: Event) -> Self {
        self.started = event;
        self
    }

    /// Something that happens so many milliseconds after the start. Set `now` before.
    pub fn event_after(mut self, milliseconds: u64, mut event: Event) -> Self {
        event.at = later(self.world.now, milliseconds);
        self.coming.push((event.at, event));
        self
    }

    /// Runs to the end. The clock jumps over waits, or to the event that ends one.
    pub fn go(self) -> End {
        let mut world = self.world;
        let mut coming = self.coming;
        coming.sort_by_key(|(at, _)| *at);
        let mut cause = Cause::Started(self.started);
        let mut state: Option<SavedState> = None;
        let mut waits = Vec::new();
        loop {
            let before = world.clone();
            let ctx = RunContext {
                run: "run-1".into(),
                shop: "shop-1".into(),
                rule_name: "Rule".into(),
                step: world.step,
                attempt: world.attempt,
                order: world.orders[&world.order].clone(),
                settings: self.settings.to_string(),
                previous: self.previous.clone(),
                locale: "en-GB".into(),
                attrs: vec![attr("rule", self.rule_id.as_str())],
            };
            let (result, after) =
                world::enter(world, || crate::rule::exported::step::<R>(ctx, cause.clone(), state.clone()));
            world = after;
            let commits = !matches!(result, Err(_) | Ok(Outcome::Retry(_)));
            if let Some(why) = world.refused.take().filter(|_| commits) {
                world.drop_staged(before);
                let failure = Failure::Permanent(format!("an effect of the step was refused: {why}"));
                return End::new(Err(failure), world, waits);
            }
            let (until, next) = match &result {
                Ok(Outcome::WaitUntil(wait)) => (wait.at, Cause::Timer),
                Ok(Outcome::WaitFor(wait)) => {
                    let met = coming.iter().position(|(at, event)| {
                        *at >= world.now
                            && wait.until.is_none_or(|until| *at <= until)
                            && meets(event, &wait.filter)
                    });
                    match (met, wait.until) {
                        (Some(index), _) => {
                            let (at, event) = coming.remove(index);
                            (at, Cause::Event(event))
                        }
                        (None, Some(until)) => (until, Cause::TimedOut),
                        (None, None) => return End::new(result, world, waits),
                    }
                }
                Ok(Outcome::Retry(runs::Retry { after, .. })) => {
                    world.drop_staged(before);
                    if world.attempt + 1 >= ATTEMPTS {
                        return End::new(result, world, waits);
                    }
                    world.attempt += 1;
                    world.now = later(world.now, after.unwrap_or(crate::MINUTE));
                    continue;
                }
                Err(Failure::Transient(_)) if world.attempt + 1 < ATTEMPTS => {
                    world.drop_staged(before);
                    world.attempt += 1;
                    world.now = later(world.now, crate::MINUTE);
                    continue;
                }
                Err(_) => {
                    world.drop_staged(before);
                    return End::new(result, world, waits);
                }
                Ok(_) => return End::new(result, world, waits),
            };
            state = saved(&result);
            waits.push(result);
            cause = next;
            world.now = world.now.max(until);
            world.step += 1;
            world.attempt = 0;
        }
    }
}

fn saved(result: &Result<Outcome, Failure>) -> Option<SavedState> {
    match result {
        Ok(Outcome::WaitUntil(wait)) => Some(wait.state.clone()),
        Ok(Outcome::WaitFor(wait)) => Some(wait.state.clone()),
        _ => None,
    }
}

/// All given parts must match, as in `wit/types`.
fn meets(event: &Event, filter: &EventFilter) -> bool {
    let any = |wanted: &Option<String>, given: &Option<String>| wanted.is_none() || wanted == given;
    filter.kinds.contains(&event.kind)
        && any(&filter.order, &event.order)
        && any(&filter.correlation, &event.correlation)
        && (filter.clients.is_empty() || event.client.as_ref().is_some_and(|id| filter.clients.contains(id)))
        && filter.attrs.iter().all(|attr| event.attrs.contains(attr))
}

/// How a run ended, and all that it did.
#[derive(Debug)]
pub struct End {
    /// The last outcome, or the failure. `WaitFor` is an end where nothing was left that could end the wait.
    pub result: Result<Outcome, Failure>,
    /// The outcomes that waited, in order.
    pub waits: Vec<Result<Outcome, Failure>>,
    /// What was staged and committed, in order.
    pub effects: Vec<Effect>,
    /// The requests that really went out.
    pub requests: Vec<Sent>,
    /// Lines for the trace.
    pub log: Vec<Line>,
    /// When it ended.
    pub now: Instant,
    /// How many steps were committed or failed.
    pub steps: u32,
    /// The order as the run left it.
    pub order: Order,
    /// Private storage as the run left it.
    pub storage: std::collections::BTreeMap<String, Vec<u8>>,
}

impl End {
    fn new(result: Result<Outcome, Failure>, mut world: World, waits: Vec<Result<Outcome, Failure>>) -> Self {
        End {
            result,
            waits,
            effects: world.effects,
            requests: world.requests,
            log: world.log,
            now: world.now,
            steps: world.step + 1,
            order: world.orders.remove(&world.order).unwrap_or_else(order),
            storage: world.storage,
        }
    }

    /// The line for the history. Panics where the run is not done.
    #[track_caller]
    pub fn summary(&self) -> &str {
        match &self.result {
            Ok(Outcome::Done(done)) => done.summary.as_deref().unwrap_or_default(),
            other => panic!("the run is not done but {other:?}"),
        }
    }

    /// The output for the rules after this one. Panics where the run is not done.
    #[track_caller]
    pub fn output(&self) -> Json {
        match &self.result {
            Ok(Outcome::Done(done)) => match &done.output {
                Some(output) => serde_json::from_str(output).expect("the output is JSON"),
                None => json!({}),
            },
            other => panic!("the run is not done but {other:?}"),
        }
    }

    /// Why it was skipped. Panics where it was not.
    #[track_caller]
    pub fn skipped(&self) -> &str {
        match &self.result {
            Ok(Outcome::Skipped(reason)) => reason,
            other => panic!("the run was not skipped but {other:?}"),
        }
    }

    /// Why it failed. Panics where it did not.
    #[track_caller]
    pub fn failure(&self) -> &Failure {
        match &self.result {
            Err(failure) => failure,
            other => panic!("the run did not fail but {other:?}"),
        }
    }

    /// Why it gave up. Panics where it did not fail for good.
    #[track_caller]
    pub fn gave_up(&self) -> &str {
        match self.failure() {
            Failure::Permanent(reason) => reason,
            other => panic!("the failure is not permanent but {other:?}"),
        }
    }
}
