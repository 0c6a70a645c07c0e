//! How the guests' processes are: for `doctor`, the metrics and the log.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::Walls;

/// Every clone tells of the same processes.
#[derive(Clone, Default)]
pub struct Guests(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

type Follower = Box<dyn Fn(&GuestsNow) + Send>;

#[derive(Default)]
struct State {
    now: GuestsNow,
    last_trouble: Option<String>,
    told: Vec<Follower>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestsNow {
    /// Processes that there should be.
    pub wanted: usize,
    /// Processes that take steps.
    pub alive: usize,
    /// How often one was started again since the start, because one had ended or did not begin.
    pub restarts: u64,
    /// As the last one found them that began.
    pub walls: Option<Walls>,
}

impl Guests {
    pub fn now(&self) -> GuestsNow {
        self.0.state.lock().now.clone()
    }

    /// Told at once, and of every change. It must not wait, nor ask in return.
    pub fn follow(&self, told: impl Fn(&GuestsNow) + Send + 'static) {
        let mut state = self.0.state.lock();
        told(&state.now);
        state.told.push(Box::new(told));
    }

    /// As they are when all are there; or why one is not, after so long.
    pub async fn all_there(&self, patience: Duration) -> Result<GuestsNow, String> {
        let there = async {
            loop {
                let changed = self.0.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                let now = self.now();
                if now.alive == now.wanted {
                    return now;
                }
                changed.await;
            }
        };
        tokio::time::timeout(patience, there).await.map_err(|_| {
            let why = self.0.state.lock().last_trouble.clone();
            why.unwrap_or_else(|| format!("they did not begin within {} s", patience.as_secs()))
        })
    }

    /// Why, where none has.
    #[cfg(unix)]
    pub(super) fn never_began(&self) -> Option<String> {
        let state = self.0.state.lock();
        state.last_trouble.clone().filter(|_| state.now.walls.is_none())
    }

    #[cfg(unix)]
    pub(super) fn expect(&self, wanted: usize) {
        self.change(|state| state.now.wanted = wanted);
    }

    #[cfg(unix)]
    pub(super) fn begun(&self, walls: Walls) {
        self.change(|state| {
            state.now.alive += 1;
            state.now.walls = Some(walls);
        });
    }

    #[cfg(unix)]
    pub(super) fn ended(&self) {
        self.change(|state| state.now.alive = state.now.alive.saturating_sub(1));
    }

    #[cfg(unix)]
    pub(super) fn again(&self, trouble: String) {
        self.change(|state| {
            state.now.restarts += 1;
            state.last_trouble = Some(trouble);
        });
    }

    #[cfg(unix)]
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.state.lock();
        change(&mut state);
        state.told.iter().for_each(|told| told(&state.now));
        drop(state);
        self.0.changed.notify_waiters();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_for_processes_is_told_when_they_are_there_and_else_why_not() {
        let guests = Guests::default();
        guests.expect(2);
        guests.begun(Walls::default());
        let waits = guests.all_there(Duration::from_secs(60));
        let comes = async {
            tokio::task::yield_now().await;
            guests.begun(Walls { seccomp: true, ..Walls::default() });
        };
        let (there, ()) = tokio::join!(waits, comes);
        assert!(there.unwrap().walls.unwrap().seccomp);
        guests.ended();
        guests.again("it was killed".to_owned());
        assert_eq!(guests.all_there(Duration::from_millis(1)).await.unwrap_err(), "it was killed");
        assert_eq!((guests.now().alive, guests.now().restarts), (1, 1));
    }
}
