use async_trait::async_trait;
use rulewright_domain::Timestamp;

/// The only source of time. The simulated one lets a month pass in a second.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    /// The time at which what began then is done: now, if it is asked when that is done. Where time is simulated, work may take none.
    fn when_done(&self, _began: Timestamp) -> Timestamp {
        self.now()
    }

    /// Milliseconds by which it is behind a time that was known before; 0 where it is not.
    fn behind(&self) -> i64 {
        0
    }

    /// Returns at once when the time has passed.
    async fn sleep_until(&self, at: Timestamp);
}
