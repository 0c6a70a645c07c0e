//! Who computes now.
//!
//! **Invariant:** a step computes only in its turn, and waits for the outside in nobody's.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::options::Limits;

#[derive(Clone)]
pub(crate) struct Turns {
    computing: Arc<Semaphore>,
    outside: Arc<Semaphore>,
}

impl Turns {
    pub fn new(limits: &Limits) -> Turns {
        let semaphore = |places: u64| {
            let places = usize::try_from(places).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
            Arc::new(Semaphore::new(places))
        };
        Turns { computing: semaphore(limits.concurrency.max(1)), outside: semaphore(limits.outside) }
    }

    /// None: the runtime is shutting down.
    pub async fn take(&self) -> Option<Turn> {
        let computing = self.computing.clone().acquire_owned().await.ok()?;
        Some(Turn { turns: self.clone(), computing: Some(computing) })
    }
}

pub(crate) struct Turn {
    turns: Turns,
    computing: Option<OwnedSemaphorePermit>,
}

impl Turn {
    /// For an answer from outside, while somebody else computes. The instance stays, so the places to wait are
    /// counted too: without one, the step keeps its turn.
    pub async fn wait_outside<T>(&mut self, answer: impl Future<Output = T>) -> T {
        let place = self.turns.outside.clone().try_acquire_owned();
        if place.is_ok() {
            self.computing = None;
        }
        let answer = answer.await;
        if self.computing.is_none() {
            self.computing = self.turns.computing.clone().acquire_owned().await.ok();
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(concurrency: u64, outside: u64) -> Turns {
        Turns::new(&Limits { concurrency, outside, ..Limits::default() })
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
}
