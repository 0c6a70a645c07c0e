//! Whoever guesses passwords waits longer and longer. Kept in memory: a restart forgives, and guesses nothing.

use std::collections::HashMap;

use parking_lot::Mutex;
use rulewright_domain::Timestamp;

/// Wrong passwords that are only mistyped.
const FREE: u32 = 5;
/// Milliseconds that the next try waits after these; each wrong one doubles it.
const FIRST_WAIT: i64 = 30_000;
/// At most: somebody who is kept out by others' guesses comes in before their coffee is cold.
const LONGEST_WAIT: i64 = 15 * 60_000;
/// Milliseconds after which wrong tries are forgotten.
const REMEMBERED: i64 = 60 * 60_000;
/// Logins that are remembered at once, also of people that do not exist.
const MOST: usize = 10_000;

#[derive(Clone, Copy)]
struct Tried {
    wrong: u32,
    last: Timestamp,
}

impl Tried {
    fn waits_until(self) -> Timestamp {
        let Some(more) = self.wrong.checked_sub(FREE) else { return self.last };
        let wait = FIRST_WAIT.saturating_mul(1 << more.min(10)).min(LONGEST_WAIT);
        self.last.plus(wait)
    }
}

/// By login.
#[derive(Default)]
pub(crate) struct Tries(Mutex<HashMap<String, Tried>>);

impl Tries {
    /// Counts a try as a wrong one until [`Tries::right`] is told otherwise, so that many at once are many. An error
    /// says how many milliseconds to wait; then nothing was counted.
    pub fn begin(&self, login: &str, now: Timestamp) -> Result<(), i64> {
        let mut tries = self.0.lock();
        if let Some(tried) = tries.get_mut(login) {
            if tried.last.plus(REMEMBERED) <= now {
                tried.wrong = 0;
            }
            let wait = tried.waits_until().0 - now.0;
            if wait > 0 {
                return Err(wait);
            }
            *tried = Tried { wrong: tried.wrong.saturating_add(1), last: now };
            return Ok(());
        }
        if tries.len() >= MOST {
            tries.retain(|_, tried| tried.last.plus(REMEMBERED) > now);
        }
        // Whoever tries ten thousand names has made room for nobody's guesses but their own.
        if tries.len() >= MOST {
            let oldest = tries.iter().min_by_key(|(_, tried)| (tried.wrong, tried.last));
            let oldest = oldest.map(|(login, _)| login.clone());
            if let Some(login) = oldest {
                tries.remove(&login);
            }
        }
        tries.insert(login.to_owned(), Tried { wrong: 1, last: now });
        Ok(())
    }

    /// Forgets them all: to be said only where nobody else has this login.
    pub fn right(&self, login: &str) {
        self.0.lock().remove(login);
    }

    /// Takes back the one that [`Tries::begin`] has counted. Whoever has the right password of one account with this
    /// login says nothing about those who guess that of another: the owner of a shop could make one in it, and so
    /// guess for ever.
    pub fn back(&self, login: &str) {
        if let Some(tried) = self.0.lock().get_mut(login) {
            tried.wrong = tried.wrong.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_tries_are_free_and_each_one_more_waits_twice_as_long() {
        let tries = Tries::default();
        let mut now = Timestamp(0);
        for _ in 0..FREE {
            assert_eq!(tries.begin("ada", now), Ok(()));
        }
        let mut waits = Vec::new();
        for _ in 0..7 {
            let wait = tries.begin("ada", now).unwrap_err();
            assert_eq!(tries.begin("ada", now), Err(wait), "asking again makes it no longer");
            now = now.plus(wait);
            waits.push(wait / 1_000);
            assert_eq!(tries.begin("ada", now), Ok(()));
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900]);
        assert_eq!(tries.begin("bob", now), Ok(()), "others do not wait");
    }

    #[test]
    fn the_right_password_and_an_hour_make_wrong_ones_forgotten() {
        let tries = Tries::default();
        for login in ["ada", "bob"] {
            for _ in 0..FREE {
                assert_eq!(tries.begin(login, Timestamp(0)), Ok(()));
            }
            assert!(tries.begin(login, Timestamp(0)).is_err());
        }
        tries.right("ada");
        assert_eq!(tries.begin("ada", Timestamp(0)), Ok(()));
        for _ in 0..FREE {
            assert_eq!(tries.begin("bob", Timestamp(REMEMBERED)), Ok(()));
        }
        assert!(tries.begin("bob", Timestamp(REMEMBERED)).is_err());
    }

    #[test]
    fn a_try_that_is_taken_back_frees_no_other() {
        let tries = Tries::default();
        for _ in 0..FREE - 1 {
            assert_eq!(tries.begin("ada", Timestamp(0)), Ok(()));
        }
        for _ in 0..3 {
            assert_eq!(tries.begin("ada", Timestamp(0)), Ok(()));
            tries.back("ada");
        }
        assert_eq!(tries.begin("ada", Timestamp(0)), Ok(()));
        assert!(tries.begin("ada", Timestamp(0)).is_err());
    }

    #[test]
    fn names_that_nobody_has_do_not_fill_the_memory_nor_free_who_is_guessed() {
        let tries = Tries::default();
        for _ in 0..FREE {
            assert_eq!(tries.begin("ada", Timestamp(0)), Ok(()));
        }
        for name in 0..MOST + 10 {
            assert_eq!(tries.begin(&format!("nobody-{name}"), Timestamp(1)), Ok(()));
        }
        assert_eq!(tries.0.lock().len(), MOST);
        assert!(tries.begin("ada", Timestamp(1)).is_err());
    }
}
