//! How many requests go to one subscriber at once: an address that is slow, or down, keeps the others from nothing.

use std::collections::HashSet;

use parking_lot::Mutex;
use rulewright_domain::SubscriptionId;

use crate::share::{Share, Shares};

/// At once, to an address that answers.
const AT_ONCE: u32 = 8;
/// To one whose last answer was a failure: enough to see that it is back.
const TRYING: u32 = 1;

#[derive(Default)]
pub(crate) struct Places {
    taken: Shares<SubscriptionId>,
    failing: Mutex<HashSet<SubscriptionId>>,
}

impl Places {
    fn most(&self, id: SubscriptionId) -> u32 {
        if self.failing.lock().contains(&id) { TRYING } else { AT_ONCE }
    }

    pub fn take(&self, id: SubscriptionId) -> Option<Share<SubscriptionId>> {
        self.taken.take(id, self.most(id))
    }

    /// Those that nothing more can go to at present.
    pub fn full(&self) -> Vec<SubscriptionId> {
        self.taken.full(|id| self.most(id))
    }

    /// How the last attempt went.
    pub fn went(&self, id: SubscriptionId, well: bool) {
        let mut failing = self.failing.lock();
        match well {
            true => failing.remove(&id),
            false => failing.insert(id),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: SubscriptionId = SubscriptionId(1);

    #[test]
    fn one_that_fails_is_tried_by_one_request_at_a_time() {
        let places = Places::default();
        places.went(ONE, false);
        let trying = places.take(ONE);
        assert!(trying.is_some() && places.take(ONE).is_none());
        assert_eq!(places.full(), [ONE]);
        places.went(ONE, true);
        assert!(places.take(ONE).is_some() && places.full().is_empty());
    }
}
