//! How much one may ask for: a leaky bucket for each who asks.

use std::{collections::HashMap, hash::Hash, net::IpAddr};

use crate::Timestamp;

/// How large buckets are, and how fast they leak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// What may come at once; at least one does.
    pub burst: u32,
    /// What leaves in a second.
    pub per_second: f64,
}

/// One for each who has come lately.
#[derive(Debug)]
pub struct Buckets<K> {
    size: Bucket,
    levels: HashMap<K, Level>,
}

#[derive(Clone, Copy, Debug)]
struct Level {
    filled: f64,
    at: Timestamp,
}

/// Of whom there is a bucket at once. Whoever comes with more names makes room for nobody but themselves.
const MOST: usize = 10_000;

impl<K: Eq + Hash + Clone> Buckets<K> {
    pub fn new(size: Bucket) -> Buckets<K> {
        Buckets { size, levels: HashMap::new() }
    }

    /// Puts one in. An error says how many whole seconds it takes until there is room, as `Retry-After` has them; then
    /// nothing was put in.
    pub fn put(&mut self, who: K, now: Timestamp) -> Result<(), u64> {
        let Bucket { burst, per_second } = self.size;
        if self.levels.len() >= MOST && !self.levels.contains_key(&who) {
            self.make_room(now);
        }
        let level = self.levels.entry(who).or_insert(Level { filled: 0.0, at: now });
        // Also where nothing is put in: a clock that was set back would else stop the leak until it has caught up.
        *level = level.leaked(per_second, now);
        let over = level.filled + 1.0 - f64::from(burst.max(1));
        // A fraction that floating point has lost on the way is nobody's request.
        if over > 1e-9 {
            return Err((over / per_second).ceil() as u64);
        }
        level.filled += 1.0;
        Ok(())
    }

    /// Who has an empty one is as good as new; of the others, whoever has asked for the least is forgotten.
    fn make_room(&mut self, now: Timestamp) {
        let per_second = self.size.per_second;
        self.levels.retain(|_, level| level.leaked(per_second, now).filled > 0.0);
        if self.levels.len() < MOST {
            return;
        }
        let filled = |level: &Level| level.leaked(per_second, now).filled;
        let least = self.levels.iter().min_by(|(_, a), (_, b)| filled(a).total_cmp(&filled(b)));
        if let Some(who) = least.map(|(who, _)| who.clone()) {
            self.levels.remove(&who);
        }
    }
}

impl Level {
    fn leaked(self, per_second: f64, now: Timestamp) -> Level {
        let passed = now.0.saturating_sub(self.at.0).max(0) as f64 / 1000.0;
        Level { filled: (self.filled - passed * per_second).max(0.0), at: now }
    }
}

/// Whom an address belongs to. Everybody with IPv6 has 2^64 addresses of their own, which are one here.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) & (u128::MAX << 64)).into()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_bucket_refuses_until_it_has_leaked_and_says_how_long_that_takes() {
        let mut buckets = Buckets::new(Bucket { burst: 3, per_second: 0.25 });
        let mut at = |ms: i64| buckets.put("ada", Timestamp(ms));
        assert_eq!([at(0), at(0), at(0)], [Ok(()), Ok(()), Ok(())]);
        assert_eq!(at(0), Err(4));
        assert_eq!(at(2_500), Err(2), "whole seconds, and asking again makes it no longer");
        assert_eq!(at(4_000), Ok(()));
        assert_eq!(at(4_000), Err(4));
        assert_eq!(buckets.put("bob", Timestamp(0)), Ok(()), "another has their own");
    }

    #[test]
    fn a_clock_that_was_set_back_stops_no_leak() {
        let mut buckets = Buckets::new(Bucket { burst: 1, per_second: 1.0 });
        assert_eq!(buckets.put("ada", Timestamp(3_600_000)), Ok(()));
        assert_eq!(buckets.put("ada", Timestamp(0)), Err(1));
        assert_eq!(buckets.put("ada", Timestamp(1_000)), Ok(()));
    }

    #[test]
    fn names_without_end_neither_fill_the_memory_nor_empty_the_bucket_of_who_has_asked_for_much() {
        let mut buckets = Buckets::new(Bucket { burst: 2, per_second: 0.001 });
        assert_eq!([0, 0].map(|ms| buckets.put("ada".to_owned(), Timestamp(ms))), [Ok(()), Ok(())]);
        for name in 0..MOST + 10 {
            assert_eq!(buckets.put(format!("nobody-{name}"), Timestamp(1)), Ok(()));
        }
        assert_eq!(buckets.levels.len(), MOST);
        assert!(buckets.put("ada".to_owned(), Timestamp(1)).is_err());
        assert_eq!(buckets.put("eve".to_owned(), Timestamp(10_000_000)), Ok(()));
        assert_eq!(buckets.levels.len(), 1, "what has leaked is forgotten");
    }

    #[test]
    fn one_who_has_many_addresses_is_one() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
