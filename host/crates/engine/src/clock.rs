//! The clocks. The only place that asks the system for the time.

use async_trait::async_trait;
use parking_lot::Mutex;
use rulewright_domain::Timestamp;
use rulewright_ports::Clock;
use tokio::sync::Notify;

pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // This is the clock that everybody else is told to use.
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
    }

    async fn sleep_until(&self, at: Timestamp) {
        sleep(self, at).await;
    }
}

/// In slices, so that a clock that was set forward is noticed.
async fn sleep(clock: &dyn Clock, at: Timestamp) {
    loop {
        let left = at.0.saturating_sub(clock.now().0);
        if left <= 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(left.min(60_000).unsigned_abs())).await;
    }
}

/// A clock that is set back by so many milliseconds at most stands still until the time comes again: that is how far
/// one goes wrong by itself. To wait longer would stop a shop for hours because a clock was an hour ahead.
const HELD: i64 = 60_000;

/// The machine's clock, which people and time servers set back now and then. By a little it is not seen to go back;
/// what is more is followed and told. Whatever waits for a time waits for that time of the day: nothing is ever early.
pub struct SteadyClock<C> {
    machine: C,
    seen: Mutex<Seen>,
}

struct Seen {
    /// No earlier than this, but for a jump.
    held: i64,
    /// The latest of all.
    latest: i64,
}

impl<C: Clock> SteadyClock<C> {
    /// `known`: the latest time that was written down before this start.
    pub fn new(machine: C, known: Option<Timestamp>) -> SteadyClock<C> {
        let known = known.map_or(i64::MIN, |known| known.0);
        SteadyClock { machine, seen: Mutex::new(Seen { held: known, latest: known }) }
    }
}

#[async_trait]
impl<C: Clock> Clock for SteadyClock<C> {
    fn now(&self) -> Timestamp {
        // Read inside of the lock: else a thread that was halted between the two would take its old time for a jump.
        let mut seen = self.seen.lock();
        let real = self.machine.now().0;
        let back = seen.held.saturating_sub(real);
        if back > HELD {
            let (seconds, now) = (back / 1_000, Timestamp(real));
            tracing::warn!(seconds, %now, "the machine's clock went back: what waits for a time waits longer");
        }
        if !(0..=HELD).contains(&back) {
            seen.held = real;
        }
        seen.latest = seen.latest.max(real);
        Timestamp(seen.held)
    }

    fn behind(&self) -> i64 {
        let seen = self.seen.lock();
        seen.latest.saturating_sub(self.machine.now().0).max(0)
    }

    async fn sleep_until(&self, at: Timestamp) {
        sleep(self, at).await;
    }
}

/// Stands still until it is told to go on; never goes back. Those who wait are woken in the order in which they came:
/// a test that is played twice is played the same.
pub struct SimulatedClock {
    now: Mutex<Timestamp>,
    moved: Notify,
}

impl SimulatedClock {
    pub fn new(now: Timestamp) -> SimulatedClock {
        SimulatedClock { now: Mutex::new(now), moved: Notify::new() }
    }

    pub fn advance_to(&self, at: Timestamp) {
        let moves = {
            let mut now = self.now.lock();
            let moves = at > *now;
            *now = at.max(*now);
            moves
        };
        if moves {
            self.moved.notify_waiters();
        }
    }
}

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        *self.now.lock()
    }

    async fn sleep_until(&self, at: Timestamp) {
        loop {
            // Before the look, so that no move between the two is missed.
            let moved = self.moved.notified();
            if self.now() >= at {
                return;
            }
            moved.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    /// Shows what it is set to.
    struct Hands(AtomicI64);

    #[async_trait]
    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::SeqCst))
        }

        async fn sleep_until(&self, _: Timestamp) {}
    }

    const HOUR: i64 = 3_600_000;

    fn clock(now: i64, known: Option<i64>) -> SteadyClock<Hands> {
        SteadyClock::new(Hands(AtomicI64::new(now)), known.map(Timestamp))
    }

    fn shows(clock: &SteadyClock<Hands>, hands: i64) -> i64 {
        clock.machine.0.store(hands, Ordering::SeqCst);
        clock.now().0
    }

    #[test]
    fn a_clock_that_is_set_back_a_little_stands_still_until_its_time_comes_again() {
        let clock = clock(10 * HOUR, None);
        assert_eq!((shows(&clock, 10 * HOUR), clock.behind()), (10 * HOUR, 0));
        for hands in [10 * HOUR - 1, 10 * HOUR - HELD, 10 * HOUR - 30] {
            assert_eq!(shows(&clock, hands), 10 * HOUR, "{hands}");
            assert_eq!(clock.behind(), 10 * HOUR - hands);
        }
        assert_eq!((shows(&clock, 10 * HOUR + 7), clock.behind()), (10 * HOUR + 7, 0));
    }

    #[test]
    fn one_that_is_set_back_far_is_followed_and_says_by_how_much_until_it_has_caught_up() {
        let clock = clock(10 * HOUR, None);
        assert_eq!(shows(&clock, 10 * HOUR), 10 * HOUR);
        assert_eq!((shows(&clock, 9 * HOUR), clock.behind()), (9 * HOUR, HOUR));
        // From there on it is as steady as before.
        assert_eq!(shows(&clock, 9 * HOUR - 5), 9 * HOUR);
        assert_eq!((shows(&clock, 9 * HOUR + 5), clock.behind()), (9 * HOUR + 5, HOUR - 5));
        assert_eq!((shows(&clock, 11 * HOUR), clock.behind()), (11 * HOUR, 0));
    }

    #[test]
    fn what_was_written_before_a_restart_is_not_gone_behind_either() {
        let little = clock(10 * HOUR - 20, Some(10 * HOUR));
        assert_eq!((little.now().0, little.behind()), (10 * HOUR, 20));
        let far = clock(9 * HOUR, Some(10 * HOUR));
        assert_eq!((far.now().0, far.behind()), (9 * HOUR, HOUR));
        assert_eq!(clock(9 * HOUR, Some(HOUR)).now().0, 9 * HOUR);
    }

    #[tokio::test]
    async fn nothing_is_early_by_a_clock_that_went_back() {
        let clock = std::sync::Arc::new(clock(10 * HOUR, None));
        clock.now();
        let sleeper = clock.clone();
        let sleeping = tokio::spawn(async move { sleeper.sleep_until(Timestamp(10 * HOUR + 10)).await });
        for hands in [10 * HOUR - 500, 10 * HOUR - 30, 10 * HOUR + 9] {
            shows(&clock, hands);
            // More than it thinks that is left.
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            assert!(!sleeping.is_finished(), "{hands}");
        }
        shows(&clock, 10 * HOUR + 10);
        sleeping.await.unwrap();
    }
}
