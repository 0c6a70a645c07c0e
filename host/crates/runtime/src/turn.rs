//! Who computes now, and for how long.
//!
//! **Invariant:** a step computes only in its turn, and waits for the outside in nobody's. The time that it has
//! to itself is counted, whether its guest or the host computes for it; the time of others is not.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::options::Limits;

#[derive(Clone)]
pub(crate) struct Turns {
    computing: Arc<Semaphore>,
    outside: Arc<Semaphore>,
    /// Ticks of the engine's clock.
    clock: Arc<AtomicU64>,
}

impl Turns {
    pub fn new(limits: &Limits, clock: Arc<AtomicU64>) -> Turns {
        let semaphore = |places: u64| {
            let places = usize::try_from(places).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
            Arc::new(Semaphore::new(places))
        };
        Turns { computing: semaphore(limits.concurrency.max(1)), outside: semaphore(limits.outside), clock }
    }

    /// None: the runtime is shutting down.
    pub async fn take(&self) -> Option<Turn> {
        let computing = self.computing.clone().acquire_owned().await.ok()?;
        let turns = self.clone();
        Some(Turn { since: turns.now(), turns, computing: Some(computing), used: 0, resumed: None })
    }

    fn now(&self) -> u64 {
        self.clock.load(Ordering::Relaxed)
    }
}

pub(crate) struct Turn {
    turns: Turns,
    computing: Option<OwnedSemaphorePermit>,
    used: u64,
    since: u64,
    /// Set when the step goes on after it gave way: nobody is there then who could count.
    resumed: Option<Arc<AtomicU64>>,
}

impl Turn {
    /// Ticks that the step has had to itself so far.
    pub fn used(&mut self) -> u64 {
        let now = self.turns.now();
        let resumed = self.resumed.as_ref().map_or(0, |resumed| resumed.load(Ordering::Relaxed));
        self.used += now.saturating_sub(self.since.max(resumed));
        self.since = now;
        self.used
    }

    /// Done when others have had their time.
    pub fn give_way(&mut self) -> impl Future<Output = ()> + Send + use<> {
        let (turns, resumed) = (self.turns.clone(), self.resumed.get_or_insert_default().clone());
        async move {
            tokio::task::yield_now().await;
            resumed.store(turns.now(), Ordering::Relaxed);
        }
    }

    /// For an answer of this house, in time that does not count.
    pub async fn wait<T>(&mut self, answer: impl Future<Output = T>) -> T {
        self.used();
        let answer = answer.await;
        self.since = self.turns.now();
        answer
    }

    /// For an answer from outside, while somebody else computes. The instance stays, so the places to wait are
    /// counted too: without one, the step keeps its turn.
    pub async fn wait_outside<T>(&mut self, answer: impl Future<Output = T>) -> T {
        self.used();
        let place = self.turns.outside.clone().try_acquire_owned();
        if place.is_ok() {
            self.computing = None;
        }
        let answer = answer.await;
        if self.computing.is_none() {
            self.computing = self.turns.computing.clone().acquire_owned().await.ok();
        }
        self.since = self.turns.now();
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(concurrency: u64, outside: u64) -> Turns {
        Turns::new(&Limits { concurrency, outside, ..Limits::default() }, Arc::default())
    }

    #[tokio::test]
    async fn whoever_waits_outside_leaves_the_turn_to_another() {
        let turns = turns(1, 1);
        let free = || (turns.computing.available_permits(), turns.outside.available_permits());
        let mut first = turns.take().await.unwrap();
        let others = async {
            assert_eq!(free(), (1, 0));
            let mut second = turns.take().await.unwrap();
            second.wait_outside(async { assert_eq!(free(), (0, 0), "there is no second place") }).await;
        };
        first.wait_outside(others).await;
        assert_eq!(free(), (0, 1));
        drop(first);
        assert_eq!(free(), (1, 1));
    }

    #[tokio::test]
    async fn time_is_counted_by_the_clock_and_only_while_it_is_the_steps_own() {
        let turns = turns(1, 1);
        let pass = |ticks| turns.clock.fetch_add(ticks, Ordering::Relaxed);
        pass(7);
        let mut turn = turns.take().await.unwrap();
        // One look after three ticks is three ticks, not one.
        pass(3);
        assert_eq!(turn.used(), 3);
        turn.wait(async { pass(100) }).await;
        turn.wait_outside(async { pass(100) }).await;
        let others = turn.give_way();
        pass(100);
        others.await;
        pass(2);
        assert_eq!(turn.used(), 5);
    }
}
