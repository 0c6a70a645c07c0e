//! The API and the console over an engine, whether behind a socket or in this process.

use std::sync::Arc;

use axum::Router;
use futures::future::BoxFuture;
use prometheus_client::registry::Registry;
use rulewright_api::ApiDeps;
use rulewright_bitrix24::FacadeDeps;
use rulewright_console::ConsoleDeps;
use rulewright_domain::{Recipe, ShopId};
use rulewright_engine::{Engine, Refusal};
use rulewright_market::{Installs, InstallsDeps};
use rulewright_ports::Failure;
use tokio_util::sync::CancellationToken;

use crate::compose::{self, Sources};
use crate::fixture::Player;
use crate::guests;
use crate::sample;
use crate::telemetry;

/// `stop` ends what would go on for ever, such as streams of events.
pub fn router(engine: &Engine, sources: Sources, stop: CancellationToken) -> Router {
    let Sources {
        market,
        packages,
        bitrix24,
        rate,
        body_within,
        door_metrics,
        encrypted,
        backups,
        guests,
        config,
    } = sources;
    let facade = rulewright_bitrix24::router(FacadeDeps { engine: engine.clone(), options: bitrix24 });
    let installs = Installs::new(InstallsDeps {
        engine: engine.clone(),
        market: market.clone(),
        packages,
        bundled: rulewright_bundled::PLUGINS,
        runtime_offered: compose::offered(),
        stop: stop.clone(),
    });
    let recipes = recipes();
    let console = rulewright_console::router(ConsoleDeps {
        engine: engine.clone(),
        market: market.clone(),
        installs: installs.clone(),
        recipes: recipes.clone(),
        fixtures: Arc::new(Player::new(config, engine.executor().clone())),
        samples: Arc::new(samples),
        version: env!("CARGO_PKG_VERSION"),
        encrypted,
        stop: stop.clone(),
    });
    let mut metrics = Registry::default();
    telemetry::register(&mut metrics);
    if let Some(backups) = &backups {
        backups.register(&mut metrics);
    }
    let troubles = backups.map(|backups| backups.troubles()).unwrap_or_default();
    if let Some(guests) = &guests {
        guests::register(guests, &mut metrics, troubles.clone());
    }
    rulewright_api::router(ApiDeps {
        engine: engine.clone(),
        version: env!("CARGO_PKG_VERSION"),
        recipes,
        market,
        installs,
        metrics,
        door_metrics,
        rate,
        body_within,
        troubles,
        stop,
        beside: facade.merge(console),
    })
}

/// For the console, which knows neither files nor the command line.
fn samples(engine: Engine, shop: ShopId) -> BoxFuture<'static, Result<(), Refusal>> {
    Box::pin(async move {
        let filled = sample::fill(&engine, shop).await;
        filled.map_err(|error| Failure::new("sample", error.to_string(), true).into())
    })
}

/// The pack that comes with the program. A test reads every file of it.
fn recipes() -> Vec<Recipe> {
    let read = |(id, text): &(&str, &str)| match serde_json::from_str(text) {
        Ok(recipe) => Some(recipe),
        Err(error) => {
            tracing::error!(recipe = id, %error, "a recipe cannot be read");
            None
        }
    };
    rulewright_bundled::RECIPES.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests;
