//! The console: pages for shop staff, served by the host itself.
//!
//! **Invariant:** it translates between pages and the engine, and holds no rules of automation. Every page is a plain
//! address that answers with whole HTML; scripts only make it quicker. Nothing is fetched from elsewhere, and no page
//! carries script or style inline.

mod account;
mod assets;
mod audit;
mod clients;
mod deliveries;
mod documents;
mod door;
mod download;
mod effect;
mod listing;
mod live;
mod runs;
mod shell;
mod show;
mod trouble;
mod words;

use std::sync::Arc;

use axum::{Router, middleware, response::Redirect, routing::get};
use rulewright_engine::Engine;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;

/// What the console is wired to.
pub struct ConsoleDeps {
    pub engine: Engine,
    /// Shown at the foot of each page.
    pub version: &'static str,
    /// Whether browsers reach it encrypted only: their session cookie then never travels otherwise.
    pub encrypted: bool,
    /// Ends the streams of open pages.
    pub stop: CancellationToken,
}

/// Shared by all handlers.
#[derive(Clone)]
struct Console(Arc<ConsoleDeps>);

impl Console {
    fn engine(&self) -> &Engine {
        &self.0.engine
    }
}

pub fn router(deps: ConsoleDeps) -> Router {
    let console = Console(Arc::new(deps));
    let pages = Router::new()
        .route("/", get(|| async { Redirect::to("/orders") }))
        .merge(account::routes())
        .merge(audit::routes())
        .merge(clients::routes())
        .merge(deliveries::routes())
        .merge(documents::routes())
        .merge(runs::routes())
        .merge(live::routes())
        .layer(middleware::from_fn_with_state(console.clone(), trouble::shown))
        .layer(middleware::from_fn(door::guard))
        .layer(CompressionLayer::new());
    pages.merge(assets::routes()).with_state(console)
}
