//! How many of the places that all have in common one of them takes at once: what is slow, or comes in crowds, leaves some
//! to the others.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use parking_lot::Mutex;

/// How many each has taken. Who has none is not in it.
#[derive(Clone)]
pub struct Shares<K>(Arc<Mutex<HashMap<K, u32>>>);

/// One that somebody has taken; free again once it is dropped.
pub struct Share<K: Eq + Hash>(Shares<K>, K);

/// Of so many places, a quarter is never one's.
pub(crate) fn of_one(places: u32) -> u32 {
    places - places / 4
}

impl<K> Default for Shares<K> {
    fn default() -> Self {
        Shares(Arc::default())
    }
}

impl<K: Copy + Eq + Hash> Shares<K> {
    /// None: whoever it is has `most` already.
    pub fn take(&self, who: K, most: u32) -> Option<Share<K>> {
        let mut taken = self.0.lock();
        let own = taken.get(&who).copied().unwrap_or_default();
        if own >= most {
            return None;
        }
        taken.insert(who, own + 1);
        Some(Share(self.clone(), who))
    }

    /// Those who have as many as there are for them.
    pub fn full(&self, most: impl Fn(K) -> u32) -> Vec<K> {
        let taken = self.0.lock();
        taken.iter().filter(|(who, own)| **own >= most(**who)).map(|(who, _)| *who).collect()
    }
}

impl<K: Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut taken = self.0.0.lock();
        if let Some(own) = taken.get_mut(&self.1) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_leaves_a_quarter_to_the_others_where_there_is_more_than_one_place() {
        assert_eq!([8, 4, 1].map(of_one), [6, 3, 1]);
    }

    #[test]
    fn nobody_takes_more_than_their_share_and_keeps_any() {
        let shares = Shares::default();
        let mut taken: Vec<Share<char>> = std::iter::from_fn(|| shares.take('a', 6)).collect();
        assert_eq!((taken.len(), shares.full(|_| 6)), (6, vec!['a']));
        assert!(shares.take('b', 6).is_some(), "another has its own");
        taken.pop();
        assert!(shares.full(|_| 6).is_empty() && shares.take('a', 6).is_some());
        taken.clear();
        assert!(shares.0.lock().is_empty());
    }
}
