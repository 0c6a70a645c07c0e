//! A trigger: sees an event and moves the order to the stage that it is set on.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::bindings::rule::rulewright::plugin::runs::Failure;
use crate::bindings::trigger::exports::rulewright::plugin::trigger::TriggerContext;
pub use crate::bindings::trigger::exports::rulewright::plugin::trigger::Verdict;
use crate::error::{Error, Result};
use crate::host::raw;
use crate::{Attr, Event, Instant, Issue, Order, context};

/// What an author writes. Implement [`examine`](Trigger::examine).
pub trait Trigger: Sized + 'static {
    /// What staff fill in. The form is drawn from its schema.
    type Settings: DeserializeOwned + JsonSchema;

    /// Whether this event, of a kind that the manifest subscribes to, moves the order.
    fn examine(ctx: &Examine<Self>, event: &Event) -> Result<Verdict>;

    /// What the schema cannot say.
    fn validate(_settings: &Self::Settings) -> Vec<Issue> {
        Vec::new()
    }
}

/// What is known besides the event.
pub struct Examine<T: Trigger> {
    /// The order that would be moved, as of now.
    pub order: Order,
    pub settings: T::Settings,
    pub shop: String,
    /// Name of the trigger as staff see it.
    pub trigger_name: String,
    pub attrs: Vec<Attr>,
}

impl<T: Trigger> Examine<T> {
    /// Fixed while the event is examined.
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
}

/// Move the order; why, for the trace.
pub fn fires(why: impl Into<String>) -> Verdict {
    Verdict::Fires(why.into())
}

/// This event is not meant; why, for the trace.
pub fn ignores(why: impl Into<String>) -> Verdict {
    Verdict::Ignores(why.into())
}

/// What the component's exports do, on any target.
#[doc(hidden)]
pub mod exported {
    use super::*;
    use crate::rule::exported::parse;

    pub fn validate<T: Trigger>(settings: &str) -> Vec<Issue> {
        match parse::<T::Settings>(settings) {
            Ok(settings) => T::validate(&settings),
            Err(message) => vec![Issue::new("", "invalid", message)],
        }
    }

    pub fn examine<T: Trigger>(ctx: TriggerContext, event: Event) -> Result<Verdict, Failure> {
        context::begin(0);
        run::<T>(ctx, event).map_err(Error::into_failure)
    }

    fn run<T: Trigger>(ctx: TriggerContext, event: Event) -> Result<Verdict> {
        let settings = parse(&ctx.settings).map_err(Error::settings)?;
        let ctx = Examine {
            order: ctx.order,
            settings,
            shop: ctx.shop,
            trigger_name: ctx.trigger_name,
            attrs: ctx.attrs,
        };
        T::examine(&ctx, &event)
    }
}
