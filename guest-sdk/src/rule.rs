//! A rule: acts when an order enters its stage.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use crate::bindings::rule::rulewright::plugin::runs::{Cause, Outcome, SavedState};
use crate::bindings::rule::rulewright::plugin::runs::{Done, Failure, Retry, RunContext, WaitFor, WaitUntil};
use crate::error::{Error, Result};
use crate::host::{log, raw};
use crate::{Attr, EventFilter, Instant, Issue, Order, context, find};

/// What an author writes. Implement [`step`](Rule::step); the rest has defaults.
pub trait Rule: Sized + 'static {
    /// What staff fill in. The form is drawn from its schema; a text marked `x-template` is rendered before.
    type Settings: DeserializeOwned + JsonSchema;
    /// What the rule remembers while it waits; `()` for one that does not.
    type State: Serialize + DeserializeOwned;
    /// Count up when the shape of [`State`](Rule::State) changes, and mend [`upgrade`](Rule::upgrade).
    const STATE_VERSION: u32 = 1;

    /// One step. Waiting is an outcome, not a sleep: the next step starts in a fresh instance.
    fn step(step: &mut Step<Self>) -> Result<Outcome>;

    /// What the schema cannot say. Texts may still hold `{{placeholders}}`.
    fn validate(_settings: &Self::Settings) -> Vec<Issue> {
        Vec::new()
    }

    /// State written by an older version of the plugin; passed through unless the rule says otherwise.
    fn upgrade(state: SavedState) -> Result<SavedState> {
        Ok(state)
    }
}

/// One step of a run: what is known at its start, and what ends it.
pub struct Step<R: Rule> {
    /// As of the start of this step.
    pub order: Order,
    pub settings: R::Settings,
    /// Why the step runs.
    pub cause: Cause,
    /// What the step before it left behind.
    pub state: Option<R::State>,
    /// Id of the run.
    pub run: String,
    pub shop: String,
    /// Name of the rule as staff see it.
    pub rule_name: String,
    /// 0 for the first step of the run.
    pub number: u32,
    /// 0 for the first try of this step.
    pub attempt: u32,
    /// BCP 47.
    pub locale: String,
    pub attrs: Vec<Attr>,
    previous: Option<String>,
}

impl<R: Rule> Step<R> {
    /// Of the rule; stays when staff rename it or move it to another stage. None from a host that does not tell it.
    pub fn rule_id(&self) -> Option<&str> {
        find(&self.attrs, "rule")?.as_text()
    }

    /// Fixed for the whole step.
    pub fn now(&self) -> Instant {
        raw::step::now()
    }

    /// When that day, e.g. `2026-01-31`, begins where the shop is. None for what is not a day.
    pub fn midnight(&self, day: &str) -> Option<Instant> {
        raw::step::midnight(day)
    }

    /// So many working days after a moment, and so much working time after that, as the shop works. None where it does
    /// not work so long within ten years.
    pub fn working_time(&self, after: Instant, days: u32, time: u64) -> Option<Instant> {
        raw::step::working_time(after, days, time)
    }

    /// The next number of a sequence that is seeded by the run and the step.
    pub fn random(&self) -> u64 {
        raw::step::random()
    }

    /// Evenly spread over `0..bound`; a bound of 0 counts as 1.
    pub fn random_below(&self, bound: u64) -> u64 {
        let bound = bound.max(1);
        // Numbers past the last whole multiple would make small results likelier.
        let fair = u64::MAX - u64::MAX % bound;
        loop {
            let number = self.random();
            if number < fair {
                return number % bound;
            }
        }
    }

    /// Stable however often the step is repeated; unique per run, step and label.
    pub fn idempotency_key(&self, label: &str) -> String {
        raw::step::idempotency_key(label)
    }

    /// A line for the run's trace.
    pub fn log(&self, message: &str) {
        log::info(message);
    }

    /// The output of the rule before this one, where this one runs after it.
    pub fn previous<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        Ok(self.previous.as_deref().map(serde_json::from_str).transpose()?)
    }

    /// Goes on at that time, with [`Cause::Timer`].
    pub fn wait_until(&self, at: Instant, state: R::State) -> Result<Outcome> {
        let state = SavedState::new(R::STATE_VERSION, &state)?;
        Ok(Outcome::WaitUntil(WaitUntil { at, state }))
    }

    /// Goes on with [`Cause::Event`] when such an event happens, with [`Cause::TimedOut`] at `until`.
    pub fn wait_for(
        &self,
        filter: EventFilter,
        until: impl Into<Option<Instant>>,
        state: R::State,
    ) -> Result<Outcome> {
        let state = SavedState::new(R::STATE_VERSION, &state)?;
        let until = until.into();
        Ok(Outcome::WaitFor(WaitFor { filter, until, state }))
    }
}

/// The rule is through; one line for the history.
pub fn done(summary: impl Into<String>) -> Outcome {
    Outcome::Done(Done { summary: Some(summary.into()), output: None })
}

/// The same, with values for the rules after this one: `done_with("..", json!({ "code": code }))`.
pub fn done_with(summary: impl Into<String>, output: serde_json::Value) -> Outcome {
    Outcome::Done(Done { summary: Some(summary.into()), output: Some(output.to_string()) })
}

/// The rule does not apply, and why. The rules after this one go on.
pub fn skipped(reason: impl Into<String>) -> Outcome {
    Outcome::Skipped(reason.into())
}

/// Drops what was staged and runs the step again; without a time (milliseconds) the host chooses one.
pub fn retry(after: impl Into<Option<u64>>, reason: impl Into<String>) -> Outcome {
    Outcome::Retry(Retry { after: after.into(), reason: reason.into() })
}

impl SavedState {
    /// State as JSON, under a version.
    pub fn new(version: u32, state: &impl Serialize) -> Result<Self> {
        let bytes = serde_json::to_vec(state)?;
        Ok(SavedState { version, bytes })
    }

    /// Reads the bytes back, as the type of that version.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.bytes)
            .map_err(|error| Error::give_up(format!("bad-state: of version {}: {error}", self.version)))
    }
}

impl EventFilter {
    /// Any event of that kind; narrow it with the fields.
    pub fn new(kinds: impl IntoIterator<Item = impl Into<String>>) -> Self {
        EventFilter {
            kinds: kinds.into_iter().map(Into::into).collect(),
            order: None,
            clients: Vec::new(),
            correlation: None,
            attrs: Vec::new(),
        }
    }
}

/// What the component's exports do, on any target.
#[doc(hidden)]
pub mod exported {
    use super::*;

    pub fn validate<R: Rule>(settings: &str) -> Vec<Issue> {
        match parse::<R::Settings>(settings) {
            Ok(settings) => R::validate(&settings),
            Err(message) => vec![Issue::new("", "invalid", message)],
        }
    }

    pub fn step<R: Rule>(
        ctx: RunContext,
        cause: Cause,
        state: Option<SavedState>,
    ) -> Result<Outcome, Failure> {
        context::begin(ctx.attempt);
        run::<R>(ctx, cause, state).or_else(Error::into_result)
    }

    pub fn upgrade<R: Rule>(state: SavedState) -> Result<SavedState, String> {
        R::upgrade(state).map_err(|error| error.to_string())
    }

    pub fn parse<T: DeserializeOwned>(settings: &str) -> Result<T, String> {
        serde_json::from_str(settings).map_err(|error| error.to_string())
    }

    fn run<R: Rule>(ctx: RunContext, cause: Cause, state: Option<SavedState>) -> Result<Outcome> {
        let settings = parse(&ctx.settings).map_err(Error::settings)?;
        let state = state.map(|state| state.read()).transpose()?;
        R::step(&mut Step {
            order: ctx.order,
            settings,
            cause,
            state,
            run: ctx.run,
            shop: ctx.shop,
            rule_name: ctx.rule_name,
            number: ctx.step,
            attempt: ctx.attempt,
            locale: ctx.locale,
            attrs: ctx.attrs,
            previous: ctx.previous,
        })
    }
}
