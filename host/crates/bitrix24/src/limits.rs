//! How much one caller may ask for: what the operator says, and of itself nothing is limited.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    time::Duration,
};

use parking_lot::Mutex;
use rulewright_domain::{
    ShopId, Timestamp,
    bucket::{Bucket, Buckets, network},
};
use rulewright_ports::TurnedAway;

use crate::fault::{Fault, System};

/// What an operator may set; by default nothing is limited.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RateLimits {
    /// Requests, for each shop and source address. A batch is one.
    pub requests: Option<Bucket>,
    /// Working time of one method for one token within ten minutes. The field's usual one is 480 s.
    pub operating: Option<Duration>,
}

impl RateLimits {
    /// What clients for Bitrix24 expect, and keep to by themselves.
    pub const CUSTOMARY: Bucket = Bucket { burst: 50, per_second: 2.0 };
}

/// Seconds that a method has worked for a token within the last ten minutes, and when the oldest of them are forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Operating {
    pub seconds: f64,
    /// Unix seconds.
    pub reset_at: i64,
}

pub struct Limits {
    limits: RateLimits,
    requests: Option<Mutex<Buckets<Source>>>,
    spent: Mutex<HashMap<Account, Baskets>>,
}

/// Whose requests fill one bucket.
type Source = (ShopId, Option<IpAddr>);
/// A token and a method.
type Account = (String, &'static str);
/// Seconds worked, by minute since the Unix epoch.
type Baskets = BTreeMap<i64, f64>;

const MINUTE: i64 = 60_000;
/// Minutes that count.
const BASKETS: i64 = 10;
/// Callers remembered before those who have nothing left are forgotten.
const MOST: usize = 10_000;

impl Limits {
    pub fn new(limits: RateLimits) -> Limits {
        let requests = limits.requests.map(|size| Mutex::new(Buckets::new(size)));
        Limits { limits, requests, spent: Mutex::default() }
    }

    pub fn request(&self, shop: ShopId, from: Option<IpAddr>, now: Timestamp) -> Result<(), Fault> {
        let Some(requests) = &self.requests else { return Ok(()) };
        let asked = requests.lock().put((shop, from.map(network)), now);
        asked.map_err(|wait| Fault::system(System::TooManyRequests).turned_away(TurnedAway::Rate, Some(wait)))
    }

    /// Asked before a method runs.
    pub fn may_operate(&self, caller: &str, method: &'static str, now: Timestamp) -> Result<(), Fault> {
        let Some(limit) = self.limits.operating else { return Ok(()) };
        if self.operating(caller, method, now).seconds >= limit.as_secs_f64() {
            return Err(Fault::system(System::OperationTime));
        }
        Ok(())
    }

    /// Told after it ran.
    pub fn operated(&self, caller: &str, method: &'static str, took: Duration, now: Timestamp) -> Operating {
        if self.limits.operating.is_some() {
            let mut spent = self.spent.lock();
            if spent.len() >= MOST {
                spent.retain(|_, baskets| baskets.keys().any(|minute| counts(*minute, now)));
            }
            let baskets = spent.entry((caller.to_owned(), method)).or_default();
            baskets.retain(|minute, _| counts(*minute, now));
            *baskets.entry(now.0.div_euclid(MINUTE)).or_default() += took.as_secs_f64();
        }
        self.operating(caller, method, now)
    }

    pub fn operating(&self, caller: &str, method: &'static str, now: Timestamp) -> Operating {
        let reset = |minute: i64| (minute + BASKETS) * MINUTE / 1000;
        let spent = self.spent.lock();
        let counted = spent.get(&(caller.to_owned(), method)).into_iter().flatten();
        let counted: Vec<(i64, f64)> = counted
            .map(|(minute, spent)| (*minute, *spent))
            .filter(|(minute, _)| counts(*minute, now))
            .collect();
        match counted.first() {
            Some((oldest, _)) => {
                let seconds = counted.iter().map(|(_, spent)| spent).sum();
                Operating { seconds, reset_at: reset(*oldest) }
            }
            None => Operating { seconds: 0.0, reset_at: reset(now.0.div_euclid(MINUTE)) },
        }
    }
}

fn counts(minute: i64, now: Timestamp) -> bool {
    minute > now.0.div_euclid(MINUTE) - BASKETS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(requests: Option<Bucket>, operating: Option<u64>) -> Limits {
        Limits::new(RateLimits { requests, operating: operating.map(Duration::from_secs) })
    }

    #[test]
    fn a_full_bucket_refuses_until_it_has_leaked() {
        let limits = limits(Some(Bucket { burst: 3, per_second: 2.0 }), None);
        let at = |ms: i64| limits.request(ShopId(1), None, Timestamp(ms)).map_err(|fault| fault.code);
        assert_eq!([at(0), at(0), at(0)], [Ok(()), Ok(()), Ok(())]);
        assert_eq!(at(0), Err("QUERY_LIMIT_EXCEEDED".to_owned()));
        assert_eq!(at(250), Err("QUERY_LIMIT_EXCEEDED".to_owned()));
        assert_eq!(at(500), Ok(()));
        let refused = limits.request(ShopId(1), None, Timestamp(500)).unwrap_err();
        assert_eq!((refused.wait, refused.turned), (Some(1), Some(TurnedAway::Rate)));
        let other = "10.0.0.1".parse().ok();
        assert!(limits.request(ShopId(1), other, Timestamp(0)).is_ok(), "another address has its own");
        assert!(limits.request(ShopId(2), None, Timestamp(0)).is_ok(), "another shop has its own");
    }

    #[test]
    fn a_method_that_has_worked_its_time_is_refused_until_the_oldest_minute_is_forgotten() {
        let limits = limits(None, Some(10));
        let second = Duration::from_secs(1);
        let now = Timestamp(30_000);
        limits.operated("t", "m", second * 4, now);
        let sum = limits.operated("t", "m", second * 6, Timestamp(90_000));
        assert_eq!(sum, Operating { seconds: 10.0, reset_at: 600 });
        assert_eq!(limits.may_operate("t", "m", Timestamp(90_000)).unwrap_err().code, "OPERATION_TIME_LIMIT");
        assert!(limits.may_operate("t", "n", Timestamp(90_000)).is_ok(), "another method has its own");
        assert!(limits.may_operate("u", "m", Timestamp(90_000)).is_ok(), "another token has its own");
        assert!(limits.may_operate("t", "m", Timestamp(599_999)).is_err());
        assert!(limits.may_operate("t", "m", Timestamp(600_000)).is_ok());
    }

    #[test]
    fn nothing_is_limited_by_default() {
        let limits = limits(None, None);
        for _ in 0..10_000 {
            assert!(limits.request(ShopId(1), None, Timestamp(0)).is_ok());
        }
        let day = Duration::from_secs(86_400);
        assert_eq!(limits.operated("t", "m", day, Timestamp(0)), Operating { seconds: 0.0, reset_at: 600 });
        assert!(limits.may_operate("t", "m", Timestamp(0)).is_ok());
    }
}
