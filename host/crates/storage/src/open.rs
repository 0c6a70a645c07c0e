//! The transaction that is open, for those who have a seat in it.

use std::{collections::VecDeque, sync::Arc};

use async_trait::async_trait;
use parking_lot::Mutex;
use rulewright_ports::{
    StorageError,
    storage::{Result, Seat, WriteJob},
};
use tokio::sync::oneshot;

use crate::writer::Job;

pub(crate) struct Open(Mutex<State>);

struct State {
    /// Nobody comes in any more.
    over: bool,
    /// Seats that may still be given.
    room: usize,
    /// Of those who may still come.
    expected: usize,
    came: VecDeque<Job>,
}

impl Open {
    pub fn new(room: usize) -> Arc<Open> {
        Arc::new(Open(Mutex::new(State { over: false, room, expected: 0, came: VecDeque::new() })))
    }

    pub fn seat(self: &Arc<Self>) -> Option<Box<dyn Seat>> {
        let mut state = self.0.lock();
        state.room = state.room.checked_sub(1)?;
        state.expected += 1;
        Some(Box::new(Taken(self.clone())))
    }

    /// The next who has come in.
    pub fn came(&self) -> Option<Job> {
        self.0.lock().came.pop_front()
    }

    /// Whether somebody may still come.
    pub fn expects(&self) -> bool {
        self.0.lock().expected > 0
    }

    /// Lets nobody in any more, where all who came have been heard. Else the next of them.
    pub fn close(&self) -> Option<Job> {
        let mut state = self.0.lock();
        let next = state.came.pop_front();
        state.over = next.is_none();
        next
    }
}

struct Taken(Arc<Open>);

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.0.lock().expected -= 1;
    }
}

#[async_trait]
impl Seat for Taken {
    async fn take(self: Box<Self>, work: WriteJob) -> std::result::Result<Result<()>, WriteJob> {
        let (answer, answered) = oneshot::channel();
        {
            let mut state = self.0.0.lock();
            if state.over {
                return Err(work);
            }
            state.came.push_back(Job { work, answer });
        }
        drop(self);
        Ok(answered.await.unwrap_or(Err(StorageError::Closed)))
    }
}
