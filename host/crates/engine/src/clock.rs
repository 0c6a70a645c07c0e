//! The two clocks. The only place that asks the system for the time.

use async_trait::async_trait;
use parking_lot::Mutex;
use rulewright_domain::Timestamp;
use rulewright_ports::Clock;
use tokio::sync::watch;

pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // This is the clock that everybody else is told to use.
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
    }

    async fn sleep_until(&self, at: Timestamp) {
        // In slices, so that a clock that was set forward is noticed.
        loop {
            let left = at.0.saturating_sub(self.now().0);
            if left <= 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(left.min(60_000).unsigned_abs())).await;
        }
    }
}

/// Stands still until it is told to go on; never goes back.
pub struct SimulatedClock {
    now: Mutex<watch::Sender<Timestamp>>,
}

impl SimulatedClock {
    pub fn new(now: Timestamp) -> SimulatedClock {
        SimulatedClock { now: Mutex::new(watch::Sender::new(now)) }
    }

    pub fn advance_to(&self, at: Timestamp) {
        self.now.lock().send_if_modified(|now| {
            let later = at > *now;
            *now = at.max(*now);
            later
        });
    }
}

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().borrow()
    }

    async fn sleep_until(&self, at: Timestamp) {
        let mut now = self.now.lock().subscribe();
        // The sender lives as long as the clock, so this ends only when the time has come.
        let _ = now.wait_for(|now| *now >= at).await;
    }
}
