//! Places for lanes at work. Where they are scarce, shops take turns, however many lanes each of them has; of one shop's, a
//! lane with something for a client goes before the others.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use parking_lot::Mutex;
use rulewright_domain::{ShopId, Timestamp};
use tokio::sync::oneshot;

/// Places in a row that go to those in a hurry while others of their shop wait: then one of these has its turn, so that none
/// waits for ever.
const IN_A_ROW: u32 = 4;

pub(crate) struct Slots(Mutex<State>);

struct State {
    free: usize,
    /// Shops with somebody who waits, each once. The next place is the first one's, which goes to the end.
    row: VecDeque<ShopId>,
    waiting: HashMap<ShopId, Queue>,
}

#[derive(Default)]
struct Queue {
    urgent: VecDeque<Waiter>,
    others: VecDeque<Waiter>,
    in_a_row: u32,
}

struct Waiter {
    place: oneshot::Sender<Slot>,
    since: Timestamp,
}

/// A place; free again once it is dropped.
pub(crate) struct Slot(Option<Arc<Slots>>);

impl Slots {
    pub fn new(free: usize) -> Arc<Slots> {
        Arc::new(Slots(Mutex::new(State { free, row: VecDeque::new(), waiting: HashMap::new() })))
    }

    pub async fn take(self: &Arc<Self>, shop: ShopId, urgent: bool, now: Timestamp) -> Slot {
        let waiting = {
            let mut state = self.0.lock();
            if state.free > 0 {
                state.free -= 1;
                return Slot(Some(self.clone()));
            }
            let (place, waiting) = oneshot::channel();
            state.wait(shop, urgent, Waiter { place, since: now });
            waiting
        };
        // Who waits is only let go with a place.
        waiting.await.unwrap_or(Slot(None))
    }

    /// A place where one is free, so that nobody waits.
    pub fn at_once(self: &Arc<Self>) -> Option<Slot> {
        let mut state = self.0.lock();
        state.free = state.free.checked_sub(1)?;
        Some(Slot(Some(self.clone())))
    }

    /// Whether another shop than this one waits for a place.
    pub fn others_wait(&self, shop: ShopId) -> bool {
        self.0.lock().row.iter().any(|other| *other != shop)
    }

    /// Since when somebody has waited for longest, of this shop or of any.
    pub fn oldest(&self, shop: Option<ShopId>) -> Option<Timestamp> {
        let state = self.0.lock();
        match shop {
            Some(shop) => state.waiting.get(&shop).and_then(Queue::oldest),
            None => state.waiting.values().filter_map(Queue::oldest).min(),
        }
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
    fn wait(&mut self, shop: ShopId, urgent: bool, waiter: Waiter) {
        let queue = self.waiting.entry(shop).or_default();
        if queue.is_empty() {
            self.row.push_back(shop);
        }
        match urgent {
            true => queue.urgent.push_back(waiter),
            false => queue.others.push_back(waiter),
        }
    }

    fn next(&mut self) -> Option<oneshot::Sender<Slot>> {
        let shop = self.row.pop_front()?;
        let queue = self.waiting.get_mut(&shop)?;
        let next = queue.next();
        match queue.is_empty() {
            true => drop(self.waiting.remove(&shop)),
            false => self.row.push_back(shop),
        }
        next
    }
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.urgent.is_empty() && self.others.is_empty()
    }

    fn oldest(&self) -> Option<Timestamp> {
        [self.urgent.front(), self.others.front()].into_iter().flatten().map(|one| one.since).min()
    }

    fn next(&mut self) -> Option<oneshot::Sender<Slot>> {
        let turn_of_others = self.in_a_row >= IN_A_ROW && !self.others.is_empty();
        if !turn_of_others && let Some(urgent) = self.urgent.pop_front() {
            self.in_a_row += 1;
            return Some(urgent.place);
        }
        self.in_a_row = 0;
        self.others.pop_front().map(|one| one.place)
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

    const ONE: ShopId = ShopId(1);
    const TWO: ShopId = ShopId(2);
    const NOW: Timestamp = Timestamp(0);

    /// Who gets the one place in which order, where all of these wait for it: shop, hurry, how many lanes.
    async fn order_of(waiting: &[(ShopId, bool, usize)]) -> Vec<String> {
        let slots = Slots::new(1);
        let order: Arc<Mutex<Vec<String>>> = Arc::default();
        let held = slots.take(ONE, false, NOW).await;
        let mut tasks = Vec::new();
        for (shop, urgent, count) in waiting.iter().copied() {
            for index in 0..count {
                let (slots, order) = (slots.clone(), order.clone());
                tasks.push(tokio::spawn(async move {
                    let _slot = slots.take(shop, urgent, NOW).await;
                    order.lock().push(format!("{}{}{index}", shop.0, if urgent { "u" } else { "o" }));
                }));
                tokio::task::yield_now().await;
            }
        }
        drop(held);
        for task in tasks {
            task.await.unwrap();
        }
        let order = order.lock();
        order.clone()
    }

    #[tokio::test]
    async fn those_in_a_hurry_go_first_and_the_others_still_get_their_turn() {
        let expected = ["1u0", "1u1", "1u2", "1u3", "1o0", "1u4", "1u5", "1o1", "1o2"];
        assert_eq!(order_of(&[(ONE, false, 3), (ONE, true, 6)]).await, expected);
    }

    #[tokio::test]
    async fn shops_take_turns_however_many_lanes_one_of_them_has() {
        let expected = ["1o0", "2o0", "1o1", "2o1", "1o2", "1o3", "1o4"];
        assert_eq!(order_of(&[(ONE, false, 5), (TWO, false, 2)]).await, expected);
        let hurried = ["1u0", "2o0", "1u1", "1u2"];
        assert_eq!(order_of(&[(ONE, true, 3), (TWO, false, 1)]).await, hurried, "nor by a hurry");
    }

    #[tokio::test]
    async fn it_is_known_who_waits_and_since_when() {
        let slots = Slots::new(1);
        let held = slots.take(ONE, false, NOW).await;
        assert!(slots.oldest(None).is_none() && !slots.others_wait(TWO));
        let wait = |shop: ShopId, urgent: bool, at: i64| {
            let slots = slots.clone();
            tokio::spawn(async move { drop(slots.take(shop, urgent, Timestamp(at)).await) })
        };
        let mut waiting = Vec::new();
        for (shop, urgent, at) in [(ONE, false, 7), (ONE, true, 9), (TWO, false, 8)] {
            waiting.push(wait(shop, urgent, at));
            tokio::task::yield_now().await;
        }
        assert_eq!(
            [Some(ONE), Some(TWO), None].map(|shop| slots.oldest(shop).map(|at| at.0)),
            [Some(7), Some(8), Some(7)]
        );
        assert!(slots.others_wait(ONE) && slots.others_wait(TWO));
        drop(held);
        for one in waiting {
            one.await.unwrap();
        }
        assert!(slots.oldest(None).is_none() && !slots.others_wait(ONE));
    }

    #[tokio::test]
    async fn a_place_is_not_lost_with_somebody_who_goes_away() {
        let slots = Slots::new(1);
        let held = slots.take(ONE, false, NOW).await;
        assert!(timeout(Duration::from_millis(1), slots.take(ONE, true, NOW)).await.is_err());
        drop(held);
        timeout(Duration::from_secs(10), slots.take(TWO, false, NOW)).await.unwrap();
    }
}
