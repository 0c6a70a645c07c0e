//! Where the seed decides who goes on: whatever would take its time outside waits here until it is let through.

use std::{collections::VecDeque, sync::Mutex};

use tokio::sync::oneshot;

use crate::{Chance, lock};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A transaction has been handed in. They are let through in their order, as the storage promises.
    Commit,
    /// One is open, and others may come in.
    Open,
    /// It is done, and its sender does not know.
    Answer,
    Guest,
    Provider,
    Subscriber,
    Server,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(Place, oneshot::Sender<()>)>,
    /// Nobody waits any more, but for those who come after so many.
    calm: Option<u64>,
}

#[derive(Default)]
pub struct Gate(Mutex<State>);

impl Gate {
    pub async fn pass(&self, place: Place) {
        let wait = {
            let mut state = lock(&self.0);
            if let Some(left) = state.calm.as_mut().filter(|left| **left > 0) {
                *left -= 1;
                return;
            }
            let (go, wait) = oneshot::channel();
            state.waiting.push_back((place, go));
            wait
        };
        if wait.await.is_err() {
            // The gate was cleared: this life is over.
            std::future::pending::<()>().await;
        }
    }

    /// Lets somebody through; false where nobody waits.
    pub fn open(&self, chance: &mut Chance) -> bool {
        let mut state = lock(&self.0);
        state.waiting.retain(|(_, go)| !go.is_closed());
        let mut first = true;
        let may = |(place, _): &(Place, oneshot::Sender<()>)| match place {
            Place::Commit => std::mem::replace(&mut first, false),
            _ => true,
        };
        let may: Vec<bool> = state.waiting.iter().map(may).collect();
        let free: Vec<usize> = (0..may.len()).filter(|at| may[*at]).collect();
        if free.is_empty() {
            return false;
        }
        let Some((_, go)) = state.waiting.remove(chance.of(&free)) else { return false };
        // Whoever has gone away meanwhile needs no leave.
        let _ = go.send(());
        true
    }

    /// From now on so many go through without waiting: what goes round in circles comes to a stop.
    pub fn calm(&self, most: u64) {
        let mut state = lock(&self.0);
        state.calm = Some(most);
        for (_, go) in state.waiting.drain(..) {
            let _ = go.send(());
        }
    }

    /// Whoever comes waits again.
    pub fn guard(&self) {
        lock(&self.0).calm = None;
    }

    pub fn is_exhausted(&self) -> bool {
        lock(&self.0).calm == Some(0)
    }

    /// Everybody who waited is gone.
    pub fn clear(&self) {
        let mut state = lock(&self.0);
        state.waiting.clear();
        state.calm = None;
    }
}
