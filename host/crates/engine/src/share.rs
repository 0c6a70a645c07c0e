//! How many of the places that all shops have in common one of them takes at once: what it sends leaves some to the others, or
//! a mailing of one shop would hold up the next one's reply.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use rulewright_domain::ShopId;

pub(crate) struct Shares {
    taken: Arc<Mutex<HashMap<ShopId, u32>>>,
    most: u32,
}

/// One of a shop's; free again once it is dropped.
pub(crate) struct Share(Arc<Mutex<HashMap<ShopId, u32>>>, ShopId);

impl Shares {
    /// Of so many places, a quarter is never one shop's.
    pub fn new(places: u32) -> Shares {
        Shares { taken: Arc::default(), most: places - places / 4 }
    }

    pub fn take(&self, shop: ShopId) -> Option<Share> {
        let mut taken = self.taken.lock();
        let own = taken.entry(shop).or_default();
        if *own >= self.most {
            return None;
        }
        *own += 1;
        drop(taken);
        Some(Share(self.taken.clone(), shop))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.0.lock();
        let left = taken.get(&self.1).map_or(0, |own| own.saturating_sub(1));
        match left {
            0 => drop(taken.remove(&self.1)),
            left => drop(taken.insert(self.1, left)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_shop_leaves_a_quarter_to_the_others_and_keeps_none() {
        let shares = Shares::new(8);
        let loud: Vec<Share> = std::iter::from_fn(|| shares.take(ShopId(1))).collect();
        assert_eq!(loud.len(), 6);
        assert!(shares.take(ShopId(2)).is_some(), "another has its own");
        drop(loud);
        assert!(shares.taken.lock().is_empty());
        assert!(
            Shares::new(1).take(ShopId(1)).is_some(),
            "where there is one place, it is whoever's wants it"
        );
    }
}
