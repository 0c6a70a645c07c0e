//! The API over an engine, whether behind a socket or in this process.

use axum::Router;
use prometheus_client::registry::Registry;
use rulewright_api::ApiDeps;
use rulewright_engine::Engine;
use tokio_util::sync::CancellationToken;

use crate::compose;

/// `stop` ends what would go on for ever, such as streams of events.
pub fn router(engine: &Engine, stop: CancellationToken) -> Router {
    rulewright_api::router(ApiDeps {
        engine: engine.clone(),
        version: env!("CARGO_PKG_VERSION"),
        runtime_offered: compose::offered(),
        metrics: Registry::default(),
        stop,
    })
}

#[cfg(test)]
mod tests;
