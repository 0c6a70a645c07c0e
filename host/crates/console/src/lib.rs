//! The console: pages for shop staff, served by the host itself.
//!
//! **Invariant:** it translates between pages and the engine, and holds no rules of automation. Every page is a plain
//! address that answers with whole HTML; scripts only make it quicker. Nothing is fetched from elsewhere, and no page
//! carries script or style inline.

mod account;
mod assets;
mod audit;
mod automation;
mod backtrace;
mod clients;
mod deliveries;
mod documents;
mod door;
mod download;
mod effect;
pub mod forms;
mod health;
mod help;
mod installs;
mod jobs;
mod listing;
mod live;
mod marketplace;
mod names;
mod orders;
mod palette;
mod plugins;
mod reasons;
mod recipes;
mod refusals;
mod runs;
mod settings;
mod setup;
mod shell;
mod show;
mod trouble;
pub mod words;

use std::sync::Arc;

use axum::{Router, extract::State, middleware, response::Redirect, routing::get};
use futures::future::BoxFuture;
use rulewright_domain::{Recipe, ShopConfig, ShopId, Timestamp};
use rulewright_engine::{Engine, Refusal};
use rulewright_market::{Installs, Marketplace};
use rulewright_ports::{Fixtures, Reads, StorageError, StorageExt};
use tokio_util::sync::CancellationToken;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use trouble::Trouble;

/// What the console is wired to.
pub struct ConsoleDeps {
    pub engine: Engine,
    /// What can be had, and how it comes in: shared with the REST interface.
    pub market: Marketplace,
    pub installs: Installs,
    /// Those that come with the program.
    pub recipes: Vec<Recipe>,
    /// Where fixtures of plugins are played.
    pub fixtures: Arc<dyn Fixtures>,
    /// Where there is something to look around in.
    pub samples: Samples,
    /// Shown at the foot of each page.
    pub version: &'static str,
    /// Whether browsers reach it encrypted only: their session cookie then never travels otherwise.
    pub encrypted: bool,
    /// Ends the streams of open pages.
    pub stop: CancellationToken,
}

/// Fills a shop that has just begun with orders and an automation.
pub type Samples = Arc<dyn Fn(Engine, ShopId) -> BoxFuture<'static, Result<(), Refusal>> + Send + Sync>;

/// Shared by all handlers.
#[derive(Clone)]
struct Console(Arc<ConsoleDeps>);

impl Console {
    fn engine(&self) -> &Engine {
        &self.0.engine
    }

    fn now(&self) -> Timestamp {
        self.0.engine.clock().now()
    }

    /// Pipelines, automations, plugins and people of a shop, as they are now.
    async fn config(&self, shop: ShopId) -> Result<Arc<ShopConfig>, Trouble> {
        Ok(self.0.engine.config(shop).await?)
    }

    /// One snapshot of what is stored.
    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Reads) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, Trouble> {
        Ok(self.0.engine.storage().read::<T, StorageError, _>(job).await?)
    }
}

async fn first(State(console): State<Console>) -> Redirect {
    Redirect::to(if console.engine().setup_is_open() { "/setup" } else { "/orders" })
}

pub fn router(deps: ConsoleDeps) -> Router {
    let console = Console(Arc::new(deps));
    let pages = Router::new()
        .route("/", get(first))
        .merge(account::routes())
        .merge(audit::routes())
        .merge(automation::routes())
        .merge(clients::routes())
        .merge(deliveries::routes())
        .merge(documents::routes())
        .merge(health::routes())
        .merge(help::routes())
        .merge(installs::routes())
        .merge(runs::routes())
        .merge(live::routes())
        .merge(marketplace::routes())
        .merge(orders::routes())
        .merge(palette::routes())
        .merge(plugins::routes())
        .merge(recipes::routes())
        .merge(settings::routes())
        .merge(setup::routes())
        .layer(CatchPanicLayer::custom(trouble::panicked))
        .layer(middleware::from_fn(trouble::limited))
        .layer(middleware::from_fn_with_state(console.clone(), door::strangers))
        .layer(middleware::from_fn_with_state(console.clone(), trouble::shown))
        .layer(middleware::from_fn(door::guard))
        .layer(CompressionLayer::new());
    pages.merge(assets::routes()).with_state(console)
}
