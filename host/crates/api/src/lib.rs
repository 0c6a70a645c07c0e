//! The REST interface: HTTP in, commands and reads out, JSON back.
//!
//! **Invariant:** it translates and holds no rules. What an order may do is decided by the engine, what a plugin
//! may do by the registry and the runtime. Domain types never leave: every shape on the wire is in [`view`],
//! apart from the words that every interface shares (ids, times, money). The OpenAPI document is made of the very
//! routes that are served.

mod auth;
mod etag;
mod extract;
mod key;
mod metrics;
mod middleware;
mod openapi;
mod page;
mod problem;
mod rate;
mod rest;
mod signature;
mod state;
mod troubles;
mod view;
mod webhook;

use std::time::Duration;

use axum::Router;
use prometheus_client::registry::Registry;
use rulewright_domain::bucket::Bucket;
use rulewright_engine::{Engine, token};
use rulewright_market::{Installs, Marketplace};
use tokio_util::sync::CancellationToken;

pub use metrics::DoorMetrics;
pub use openapi::document as openapi;
pub use rulewright_engine::token::{bearer, mint};
pub use troubles::Troubles;
pub use webhook::StandardWebhooks;

/// What the interface is wired to.
pub struct ApiDeps {
    pub engine: Engine,
    /// Shown by `/healthz`.
    pub version: &'static str,
    /// Offered to every shop.
    pub recipes: Vec<rulewright_domain::Recipe>,
    /// What can be had, the same for everybody in this process.
    pub market: Marketplace,
    /// How it is installed, likewise.
    pub installs: Installs,
    /// Where `/metrics` looks; may hold metrics of others already.
    pub metrics: Registry,
    /// Counts what is turned away unread, also by whoever takes the connections.
    pub door_metrics: DoorMetrics,
    /// Requests that one token may send. None: any number.
    pub rate: Option<Bucket>,
    /// Until a body has come whole, where that is less than the route gives it.
    pub body_within: Option<Duration>,
    /// Told by `/healthz`.
    pub troubles: Troubles,
    /// Ends the event streams, which otherwise would outlive every graceful shutdown.
    pub stop: CancellationToken,
    /// What is served beside it, e.g. pages. It has its request ids, numbers and log lines in common with this; limits and
    /// troubles are its own.
    pub beside: Router,
}

pub fn router(deps: ApiDeps) -> Router {
    let beside = deps.beside.clone();
    let api = state::Api::new(deps);
    let (routes, _) = rest::routes().split_for_parts();
    middleware::around(routes, beside, &api).with_state(api)
}
