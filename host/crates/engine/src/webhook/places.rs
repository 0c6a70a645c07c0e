//! How many requests go to one subscriber at once: an address that is slow, or down, keeps the others from nothing.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use parking_lot::Mutex;
use rulewright_domain::SubscriptionId;

/// At once, to an address that answers.
const AT_ONCE: u32 = 8;
/// To one whose last answer was a failure: enough to see that it is back.
const TRYING: u32 = 1;

#[derive(Clone, Default)]
pub(crate) struct Places(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    taken: HashMap<SubscriptionId, u32>,
    failing: HashSet<SubscriptionId>,
}

impl State {
    fn is_full(&self, id: SubscriptionId) -> bool {
        let most = if self.failing.contains(&id) { TRYING } else { AT_ONCE };
        self.taken.get(&id).is_some_and(|taken| *taken >= most)
    }
}

/// One of a subscription's places; free again once it is dropped.
pub(crate) struct Place(Places, SubscriptionId);

impl Places {
    pub fn take(&self, id: SubscriptionId) -> Option<Place> {
        let mut state = self.0.lock();
        if state.is_full(id) {
            return None;
        }
        *state.taken.entry(id).or_default() += 1;
        drop(state);
        Some(Place(self.clone(), id))
    }

    /// Those that nothing more can go to at present.
    pub fn full(&self) -> Vec<SubscriptionId> {
        let state = self.0.lock();
        state.taken.keys().copied().filter(|id| state.is_full(*id)).collect()
    }

    /// How the last attempt went.
    pub fn went(&self, id: SubscriptionId, well: bool) {
        let mut state = self.0.lock();
        match well {
            true => state.failing.remove(&id),
            false => state.failing.insert(id),
        };
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.0.0.lock();
        let left = state.taken.get(&self.1).map_or(0, |taken| taken.saturating_sub(1));
        match left {
            0 => drop(state.taken.remove(&self.1)),
            left => drop(state.taken.insert(self.1, left)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: SubscriptionId = SubscriptionId(1);
    const TWO: SubscriptionId = SubscriptionId(2);

    #[test]
    fn a_subscriber_takes_no_more_than_its_places_and_keeps_none() {
        let places = Places::default();
        let mut taken: Vec<Place> = std::iter::from_fn(|| places.take(ONE)).collect();
        assert_eq!((taken.len(), places.full()), (AT_ONCE as usize, vec![ONE]));
        assert!(places.take(TWO).is_some(), "another has its own");
        taken.pop();
        assert!(places.full().is_empty() && places.take(ONE).is_some());
        taken.clear();
        assert!(places.0.lock().taken.is_empty());
    }

    #[test]
    fn one_that_fails_is_tried_by_one_request_at_a_time() {
        let places = Places::default();
        places.went(ONE, false);
        let trying = places.take(ONE);
        assert!(trying.is_some() && places.take(ONE).is_none());
        places.went(ONE, true);
        assert!(places.take(ONE).is_some());
    }
}
