//! Who is here, by address: one alone does not fill the house.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rulewright_domain::bucket::network;

/// Connections of each address. There are never more addresses than connections.
pub struct Crowd {
    most: usize,
    here: Mutex<HashMap<IpAddr, usize>>,
}

/// Held while the connection lasts.
pub struct Seat {
    crowd: Arc<Crowd>,
    who: IpAddr,
}

impl Crowd {
    pub fn new(most_of_one: usize) -> Arc<Crowd> {
        Arc::new(Crowd { most: most_of_one, here: Mutex::default() })
    }

    /// None: as many are here from there as may be.
    pub fn sit(self: &Arc<Crowd>, from: IpAddr) -> Option<Seat> {
        let who = network(from);
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        let count = here.entry(who).or_default();
        // One that is not there yet always may: nothing is left behind by a refusal.
        if *count >= self.most.max(1) {
            return None;
        }
        *count += 1;
        Some(Seat { crowd: self.clone(), who })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut here = self.crowd.here.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = here.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                here.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_so_many_seats_and_a_seat_that_is_left_is_free() {
        let crowd = Crowd::new(2);
        let sit = |from: &str| crowd.sit(from.parse().unwrap());
        let (first, second) = (sit("192.0.2.1"), sit("192.0.2.1"));
        assert!(first.is_some() && second.is_some() && sit("192.0.2.1").is_none());
        assert!(sit("192.0.2.2").is_some(), "another is not kept out");
        drop(first);
        let again = sit("192.0.2.1");
        assert!(again.is_some() && sit("192.0.2.1").is_none());
        drop((second, again));
        assert!(crowd.here.lock().unwrap().is_empty(), "nobody is remembered who has left");
    }
}
