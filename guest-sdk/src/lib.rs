#![doc = include_str!("../README.md")]

// The generated bindings and macros call this crate by its name.
extern crate self as rulewright_sdk;

#[cfg(all(target_arch = "wasm32", feature = "arena"))]
#[allow(unsafe_code)] // A global allocator hands out raw memory; there is no safe way to write one.
mod alloc;
#[doc(hidden)]
#[allow(unsafe_code)] // Generated: values cross the component boundary as raw memory.
pub mod bindings;
mod context;
mod error;
mod export;
pub mod fields;
mod host;
pub mod http;
mod manifest;
mod moment;
mod order;
pub mod provider;
mod rule;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod trigger;
mod value;

pub use bindings::rule::rulewright::types::clients::{Client, ContactPoint};
pub use bindings::rule::rulewright::types::employees::Employee;
pub use bindings::rule::rulewright::types::errors::{Detail, HostError, Issue};
pub use bindings::rule::rulewright::types::events::{Event, EventFilter};
pub use bindings::rule::rulewright::types::orders::{OrderLine, OrderSnapshot as Order, Payment, Shipment};
pub use bindings::rule::rulewright::types::time::Instant;
pub use bindings::rule::rulewright::types::values::{Attr, Money, Value};
pub use error::{Error, Result};
pub use host::{
    activities, clients, documents, employees, events, feed, history, lists, log, messages, notifications,
    orders, payments, secrets, segments, shipments, signatures, storage, tasks, timeline, workflows,
};
pub use manifest::{Group, HttpTarget, Manifest, NoSettings, Origin, Plugin};
pub use moment::{Moment, Unit};
pub use provider::Provider;
pub use rule::{Cause, Outcome, Rule, SavedState, Step, done, done_with, retry, skipped};
pub use serde_json::{Value as Json, json};
pub use trigger::{Examine, Trigger, Verdict, fires, ignores};
pub use value::{DAY, HOUR, MINUTE, SECOND, allows, attr, earlier, filled, find, later, one_line};

/// Everything that a plugin usually needs.
pub mod prelude {
    pub use schemars::JsonSchema;
    pub use serde::{Deserialize, Serialize};

    pub use crate::{
        Attr, Cause, Client, DAY, Error, Event, EventFilter, Examine, HOUR, HostError, HttpTarget, Instant,
        Issue, MINUTE, Moment, Money, NoSettings, Order, Outcome, Plugin, Provider, Result, Rule, SECOND,
        SavedState, Step, Trigger, Unit, Value, Verdict, activities, allows, attr, clients, documents, done,
        done_with, earlier, employees, events, feed, filled, find, fires, history, http, ignores, json,
        later, lists, log, messages, notifications, one_line, orders, payments, provider, retry, rule,
        secrets, segments, shipments, signatures, skipped, storage, tasks, timeline, trigger, workflows,
    };
}

/// For the macros.
#[doc(hidden)]
pub mod __private {
    pub use wit_bindgen;

    #[cfg(target_arch = "wasm32")]
    pub use crate::export::component::{ProviderComponent, RuleComponent, TriggerComponent};
    #[cfg(target_arch = "wasm32")]
    pub use crate::export::describe;
    pub use crate::manifest::Kind;

    pub mod rule {
        pub use crate::rule::exported;
    }

    pub mod trigger {
        pub use crate::trigger::exported;
    }

    pub mod provider {
        pub use crate::provider::exported;
    }
}
