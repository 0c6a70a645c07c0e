//! Places for lanes at work. Where they are scarce, a lane with something for a client goes before the others.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// Places in a row that go to those in a hurry while others wait: then one of these has its turn, so that none waits
/// for ever.
const IN_A_ROW: u32 = 4;

pub(crate) struct Slots(Mutex<State>);

struct State {
    free: usize,
    urgent: VecDeque<oneshot::Sender<Slot>>,
    others: VecDeque<oneshot::Sender<Slot>>,
    in_a_row: u32,
}

/// A place; free again once it is dropped.
pub(crate) struct Slot(Option<Arc<Slots>>);

impl Slots {
    pub fn new(free: usize) -> Arc<Slots> {
        let state = State { free, urgent: VecDeque::new(), others: VecDeque::new(), in_a_row: 0 };
        Arc::new(Slots(Mutex::new(state)))
    }

    pub async fn take(self: &Arc<Self>, urgent: bool) -> Slot {
        let waiting = {
            let mut state = self.0.lock();
            if state.free > 0 {
                state.free -= 1;
                return Slot(Some(self.clone()));
            }
            let (sender, waiting) = oneshot::channel();
            match urgent {
                true => state.urgent.push_back(sender),
                false => state.others.push_back(sender),
            }
            waiting
        };
        // Who waits is only let go with a place.
        waiting.await.unwrap_or(Slot(None))
    }

    fn give(self: Arc<Self>) {
        loop {
            let next = {
                let mut state = self.0.lock();
                let next = state.next();
                state.free += usize::from(next.is_none());
                next
            };
            let Some(next) = next else { return };
            match next.send(Slot(Some(self.clone()))) {
                Ok(()) => return,
                // Whoever waited has gone away: the place is the next one's.
                Err(mut slot) => drop(slot.0.take()),
            }
        }
    }
}

impl State {
    fn next(&mut self) -> Option<oneshot::Sender<Slot>> {
        let turn_of_others = self.in_a_row >= IN_A_ROW && !self.others.is_empty();
        if !turn_of_others && let Some(urgent) = self.urgent.pop_front() {
            self.in_a_row += 1;
            return Some(urgent);
        }
        self.in_a_row = 0;
        self.others.pop_front()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(slots) = self.0.take() {
            slots.give();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn those_in_a_hurry_go_first_and_the_others_still_get_their_turn() {
        let slots = Slots::new(1);
        let order: Arc<Mutex<Vec<String>>> = Arc::default();
        let held = slots.take(false).await;
        let mut tasks = Vec::new();
        for (urgent, count) in [(false, 3), (true, 6)] {
            for index in 0..count {
                let (slots, order) = (slots.clone(), order.clone());
                tasks.push(tokio::spawn(async move {
                    let _slot = slots.take(urgent).await;
                    order.lock().push(format!("{}{index}", if urgent { "u" } else { "o" }));
                }));
                tokio::task::yield_now().await;
            }
        }
        drop(held);
        for task in tasks {
            task.await.unwrap();
        }
        let expected = ["u0", "u1", "u2", "u3", "o0", "u4", "u5", "o1", "o2"];
        assert_eq!(*order.lock(), expected);
    }

    #[tokio::test]
    async fn a_place_is_not_lost_with_somebody_who_goes_away() {
        let slots = Slots::new(1);
        let held = slots.take(false).await;
        assert!(timeout(Duration::from_millis(1), slots.take(true)).await.is_err());
        drop(held);
        timeout(Duration::from_secs(10), slots.take(false)).await.unwrap();
    }
}
