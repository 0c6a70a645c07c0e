//! A host that cannot be reached is not asked again by everybody at once: after some tries in vain, one request now
//! and then finds out whether it is back, and the others hear at once that it is not.
//!
//! Each plugin of each shop has brakes of its own: what one of them asks in vain, or gives no time to answer, holds
//! up no other. Nothing of it is stored: after a restart it is found out again.

use std::collections::HashMap;

use parking_lot::Mutex;
use rulewright_domain::{ShopId, Timestamp};
use rulewright_ports::HttpError;

/// In a row: more than one message is tried, and few enough that a thousand runs do not all wait for the same silence.
const IN_VAIN: u32 = 10;
/// Milliseconds until the first request finds out, twice as long after each one in vain.
const FIRST: i64 = 1_000;
/// Milliseconds. Whoever is back is found within a minute.
const LONGEST: i64 = 60_000;
/// Hosts that are remembered, of all shops together: plugins choose their names.
const MOST: usize = 4_096;

#[derive(Default)]
pub(crate) struct Brakes(Mutex<HashMap<Asked, Host>>);

#[derive(Clone, PartialEq, Eq, Hash)]
struct Asked {
    shop: ShopId,
    /// Plugin or connection.
    by: String,
    /// With its port, where one is written.
    host: String,
}

impl Asked {
    fn of(shop: ShopId, by: &str, url: &str) -> Asked {
        Asked { shop, by: by.to_owned(), host: host_of(url) }
    }
}

struct Host {
    in_vain: u32,
    /// When the next request may find out.
    next: Timestamp,
}

impl Brakes {
    /// Whether a request may go out now.
    pub fn may_ask(&self, shop: ShopId, by: &str, url: &str, now: Timestamp) -> Result<(), HttpError> {
        let asked = Asked::of(shop, by, url);
        let mut all = self.0.lock();
        let Some(known) = all.get_mut(&asked).filter(|known| known.in_vain >= IN_VAIN) else { return Ok(()) };
        let left = known.next.0.saturating_sub(now.0);
        // What is further away was said by a clock that has been set back since.
        if (1..=LONGEST).contains(&left) {
            let seconds = left.div_euclid(1_000) + 1;
            return Err(HttpError::Connect(format!(
                "`{}` was not reached {} times in a row, and is asked again in {seconds} s",
                asked.host, known.in_vain
            )));
        }
        known.next = now.plus(pause(known.in_vain));
        Ok(())
    }

    /// What came of a request that went out.
    pub fn told<T>(&self, shop: ShopId, by: &str, url: &str, answer: &Result<T, HttpError>, now: Timestamp) {
        let asked = Asked::of(shop, by, url);
        let mut all = self.0.lock();
        match answer {
            Err(HttpError::Connect(_) | HttpError::Timeout) => {
                if all.len() >= MOST && !all.contains_key(&asked) {
                    all.clear();
                }
                let known = all.entry(asked).or_insert(Host { in_vain: 0, next: now });
                known.in_vain = known.in_vain.saturating_add(1);
                known.next = now.plus(pause(known.in_vain));
            }
            // It never left, which says nothing of the host.
            Err(HttpError::Denied(_)) => {}
            // Whoever answers is there, whatever they say.
            Ok(_) | Err(HttpError::Limit(_) | HttpError::Other(_)) => drop(all.remove(&asked)),
        }
    }
}

fn pause(in_vain: u32) -> i64 {
    (FIRST << in_vain.saturating_sub(IN_VAIN).min(10)).min(LONGEST)
}

fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: ShopId = ShopId(1);
    const BY: &str = "acme.ask";
    const START: Timestamp = Timestamp(1_795_000_000_000);

    fn in_vain(brakes: &Brakes, url: &str) {
        for _ in 0..IN_VAIN {
            assert_eq!(brakes.may_ask(ONE, BY, url, START), Ok(()));
            brakes.told::<()>(ONE, BY, url, &Err(HttpError::Timeout), START);
        }
    }

    #[test]
    fn a_host_that_is_not_reached_is_asked_by_one_at_a_time_and_ever_less_often() {
        let (brakes, url) = (Brakes::default(), "https://api.example/a");
        in_vain(&brakes, url);
        let mut now = START;
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            let early = now.plus(seconds * 1_000 - 1);
            let braked = brakes.may_ask(ONE, BY, "https://API.example/b?c", early);
            let Err(HttpError::Connect(why)) = &braked else { panic!("after {seconds} s: {braked:?}") };
            assert!(why.contains("`api.example`"), "{why}");
            now = now.plus(seconds * 1_000);
            assert_eq!(brakes.may_ask(ONE, BY, url, now), Ok(()), "after {seconds} s");
            assert!(brakes.may_ask(ONE, BY, url, now).is_err(), "one finds out, and no more");
            let nobody = HttpError::Connect("refused".to_owned());
            brakes.told::<()>(ONE, BY, url, &Err(nobody), now);
        }
        brakes.told(ONE, BY, url, &Ok(()), now);
        assert_eq!(brakes.may_ask(ONE, BY, url, now), Ok(()), "it is back");
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_lengthen_a_brake() {
        let (brakes, url) = (Brakes::default(), "https://api.example/");
        in_vain(&brakes, url);
        assert!(brakes.may_ask(ONE, BY, url, START).is_err());
        assert_eq!(brakes.may_ask(ONE, BY, url, START.plus(-3_600_000)), Ok(()));
        assert!(brakes.may_ask(ONE, BY, url, START.plus(-3_600_000)).is_err(), "one finds out, and no more");
    }

    #[test]
    fn a_brake_holds_one_plugin_of_one_shop_at_one_host() {
        let (brakes, url) = (Brakes::default(), "https://api.example/");
        in_vain(&brakes, url);
        assert!(brakes.may_ask(ONE, BY, url, START).is_err());
        assert_eq!(brakes.may_ask(ShopId(2), BY, url, START), Ok(()));
        assert_eq!(brakes.may_ask(ONE, "acme.other", url, START), Ok(()));
        assert_eq!(brakes.may_ask(ONE, BY, "https://api.example:8443/", START), Ok(()));
    }

    #[test]
    fn only_silence_in_a_row_counts() {
        let (brakes, url) = (Brakes::default(), "https://api.example/");
        for _ in 0..IN_VAIN {
            brakes.told::<()>(ONE, BY, url, &Err(HttpError::Denied("not granted".to_owned())), START);
        }
        assert_eq!(brakes.may_ask(ONE, BY, url, START), Ok(()));
        for answer in [Ok(()), Err(HttpError::Limit("too long".to_owned()))] {
            for _ in 1..IN_VAIN {
                brakes.told::<()>(ONE, BY, url, &Err(HttpError::Timeout), START);
            }
            brakes.told(ONE, BY, url, &answer, START);
            assert_eq!(brakes.may_ask(ONE, BY, url, START), Ok(()));
        }
    }

    #[test]
    fn plugins_that_make_up_hosts_do_not_make_the_list_grow() {
        let brakes = Brakes::default();
        for number in 0..MOST + 10 {
            let made_up = format!("https://h{number}.example/");
            brakes.told::<()>(ONE, BY, &made_up, &Err(HttpError::Timeout), START);
        }
        assert!(brakes.0.lock().len() <= MOST);
    }
}
