//! One step at a time for each numerator: those that were told a number would mostly find at their commit that another
//! has taken it, and be done again.
//!
//! **Invariant:** only a matter of speed. Whether the number is still the next, the commit looks for itself.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use rulewright_domain::ShopId;
use tokio::sync::OwnedMutexGuard;

/// A step that has a number is soon committed. Whoever has waited this long goes on without a turn, and may have to go
/// again.
const PATIENCE: Duration = Duration::from_secs(2);

/// Of a shop's numerator.
type Lane = Arc<tokio::sync::Mutex<()>>;

#[derive(Default)]
pub(crate) struct Numbers(Mutex<HashMap<(ShopId, String), Lane>>);

/// Others wait until it is dropped.
pub(crate) struct Turn(#[expect(dead_code, reason = "held, and never looked at")] OwnedMutexGuard<()>);

impl Numbers {
    pub async fn turn(&self, shop: ShopId, numerator: &str) -> Option<Turn> {
        let lane = self.0.lock().entry((shop, numerator.to_owned())).or_default().clone();
        tokio::time::timeout(PATIENCE, lane.lock_owned()).await.ok().map(Turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_ends_with_its_step_and_nobody_waits_for_ever() {
        let numbers = Numbers::default();
        let first = numbers.turn(ShopId(1), "invoices").await;
        assert!(first.is_some() && numbers.turn(ShopId(1), "offers").await.is_some());
        assert!(numbers.turn(ShopId(2), "invoices").await.is_some(), "every shop counts for itself");
        assert!(numbers.turn(ShopId(1), "invoices").await.is_none(), "it has waited long enough");
        drop(first);
        assert!(numbers.turn(ShopId(1), "invoices").await.is_some());
    }
}
