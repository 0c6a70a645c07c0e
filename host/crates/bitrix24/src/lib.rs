//! The facade for clients of Bitrix24: `/rest/{user}/{code}/{method}`.
//!
//! **Invariant:** the only place that knows those clients' words, and it holds no rules of automation: every change is a
//! command, the same as through `/v1`.
//!
//! A request becomes a [`target::Target`], parameters ([`wire`], [`params`]) and a [`caller::Caller`]; [`method`] finds
//! what it calls in the tables of [`methods`]; what that answers goes back in an envelope.

mod address;
mod area;
mod batch;
mod call;
mod caller;
pub mod classic;
#[cfg(test)]
mod docs;
mod document;
mod entity;
mod event;
mod facade;
mod fault;
mod filter;
mod funnel;
#[doc(hidden)]
pub mod fuzzing;
#[cfg(test)]
mod golden;
mod handler;
mod limits;
mod method;
mod methods;
mod multifield;
mod oauth;
mod order;
mod params;
mod rule_call;
mod scalar;
mod seek;
mod select;
mod serve;
mod shops;
mod sift;
mod table;
mod target;
#[cfg(test)]
mod tests;
mod user_field;
mod wire;

use std::time::Duration;

use axum::Router;
use rulewright_domain::EmployeeId;
use rulewright_engine::{ApplicationOffer, Engine};

pub use handler::Handlers;
pub use limits::RateLimits;

/// What the facade is wired to.
pub struct FacadeDeps {
    pub engine: Engine,
    pub options: Options,
}

#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Refuses requests that came in plain text: those whose `X-Forwarded-Proto` is not `https`. Whoever serves this
    /// sets that header to what is true.
    pub require_tls: bool,
    pub limits: RateLimits,
    /// Until a body has come whole, where that is less than the usual minute.
    pub body_within: Option<Duration>,
    /// Under which address others reach this server, e.g. `https://shop.example.com`.
    pub public_url: Option<String>,
}

/// The address of a webhook, for whoever holds a bearer token that acts as an employee: it is as secret as the token.
pub fn webhook(server: &str, employee: EmployeeId, token: &str) -> String {
    format!("{server}/rest/{}/{}/", employee.0, caller::parts(token).1)
}

/// What applications may be let into here, and how they are told of events. Give it to the engine, with [`Handlers`]
/// among its forms of webhooks.
pub fn applications() -> ApplicationOffer {
    ApplicationOffer { areas: area::all(), form: handler::FORM.to_owned() }
}

/// `/rest` and everything below it, and `/oauth`.
pub fn router(deps: FacadeDeps) -> Router {
    serve::routes(facade::Facade::new(deps))
}
