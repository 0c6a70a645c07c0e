//! Follows the registries' lists of what must run nowhere, while the server runs.

use std::time::Duration;

use rulewright_engine::Engine;
use rulewright_market::Marketplace;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// What is revoked goes on for at most this long, if the registry can be reached.
const EVERY: Duration = Duration::from_secs(3600);

/// Until `stop`; the first look is at once.
pub async fn follow(engine: Engine, market: Marketplace, stop: CancellationToken) {
    let mut due = tokio::time::interval(EVERY);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            _ = market.refresh(&engine) => {}
        }
    }
}
