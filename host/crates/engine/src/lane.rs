//! One lane for each order with work: its steps go one at a time and in list order, while different orders go in
//! parallel, and shops take turns. Steps that are ready together share a commit. One that is out on the network leaves its
//! lane, so that it holds nobody up. One that stays inside begins before the commit that makes it ready is durable, where
//! its lane is free, and is committed with it where it is soon done ([`Engine::go_ahead`]).

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;
use rulewright_domain::{MatchId, OrderId, ShopId, Timestamp, plugin::Group};
use rulewright_ports::{
    Reads, Transaction,
    planted::planted,
    storage::{ReadyRun, Seat},
};
use tokio::{runtime::Handle, sync::Notify};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::Instrument;

use crate::{
    Engine,
    change::Aftermath,
    examine::Question,
    invocation::Snapshot,
    slots::{Slot, Slots},
    step::{Due, Found, TOGETHER},
    trace::{self, Origin},
};

/// A piece of work, and what it works on where the commit that made it ready has looked.
pub(crate) enum Work {
    Run(ReadyRun, Option<Box<Snapshot>>),
    Match { shop: ShopId, order: OrderId, id: MatchId, question: Option<Box<Question>> },
}

impl Work {
    fn lane(&self) -> (ShopId, OrderId) {
        match self {
            Work::Run(run, _) => (run.shop, run.order),
            Work::Match { shop, order, .. } => (*shop, *order),
        }
    }

    /// Whether it is known what it works on, and that nobody outside is asked.
    fn stays_inside(&self) -> bool {
        match self {
            Work::Run(_, known) => known.as_ref().is_some_and(|snapshot| snapshot.stays_inside()),
            Work::Match { question, .. } => question.is_some(),
        }
    }

    /// Whether a client waits for it.
    fn is_urgent(&self) -> bool {
        let client = |snapshot: &Snapshot| snapshot.plugin.manifest.group == Group::ClientCommunications;
        matches!(self, Work::Run(_, Some(snapshot)) if client(snapshot))
    }

    /// Place in the lane: what triggers say about an event comes before the rules, then rules in list order.
    fn place(&self) -> (u8, u64, u32, i64) {
        match self {
            Work::Match { id, .. } => (0, 0, 0, id.0),
            Work::Run(run, _) if planted("out-of-list-order") => {
                (1, run.visit, u32::MAX - run.position, run.run.0)
            }
            Work::Run(run, _) => (1, run.visit, run.position, run.run.0),
        }
    }
}

impl From<ReadyRun> for Work {
    fn from(ready: ReadyRun) -> Work {
        Work::Run(ready, None)
    }
}

#[derive(Default)]
struct Lane {
    waiting: BTreeMap<(u8, u64, u32, i64), (Work, Origin)>,
    occupied: bool,
}

impl Lane {
    /// The first piece of work, with the steps after it that can be done and committed together with it.
    fn take(&mut self) -> Vec<(Work, Origin)> {
        let mut taken = Vec::new();
        while let Some(first) = self.waiting.first_entry() {
            let stays_in = matches!(&first.get().0, Work::Run(_, Some(snapshot)) if snapshot.stays_inside());
            if !taken.is_empty() && !stays_in {
                break;
            }
            taken.push(first.remove());
            if !stays_in || taken.len() == TOGETHER {
                break;
            }
        }
        taken
    }
}

pub(crate) struct Lanes {
    lanes: Mutex<HashMap<(ShopId, OrderId), Lane>>,
    /// Lanes whose next work comes after a commit, and after how many: nothing of a later one begins before it.
    promised: Mutex<HashMap<(ShopId, OrderId), usize>>,
    slots: Arc<Slots>,
}

/// Kept until the work is in its lane, or will never be.
pub(crate) struct Promise {
    engine: Engine,
    key: (ShopId, OrderId),
}

impl Drop for Promise {
    fn drop(&mut self) {
        let mut promised = self.engine.inner.lanes.promised.lock();
        if let Some(count) = promised.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                promised.remove(&self.key);
            }
        }
    }
}

impl Lanes {
    pub fn new(slots: usize) -> Lanes {
        Lanes { lanes: Mutex::default(), promised: Mutex::default(), slots: Slots::new(slots) }
    }

    /// Since when a lane has waited for its place for longest, of this shop or of any.
    pub fn oldest(&self, shop: Option<ShopId>) -> Option<Timestamp> {
        self.slots.oldest(shop)
    }
}

/// Counts what is under way, so that somebody can wait for the end of it.
#[derive(Default)]
pub(crate) struct Busy {
    count: AtomicUsize,
    nothing: Notify,
}

impl Busy {
    pub fn begin(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    pub fn end(&self) {
        if self.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.nothing.notify_waiters();
        }
    }

    pub async fn idle(&self) {
        loop {
            let nothing = self.nothing.notified();
            tokio::pin!(nothing);
            nothing.as_mut().enable();
            if self.count.load(Ordering::SeqCst) == 0 {
                return;
            }
            nothing.await;
        }
    }
}

/// A step's place in its lane. Leaving it early lets the next step begin.
pub(crate) struct Place {
    engine: Engine,
    lane: (ShopId, OrderId),
    slot: Mutex<Option<Slot>>,
    left: AtomicBool,
    early: Mutex<Option<Early>>,
    /// Nothing comes after what is being committed.
    last: AtomicBool,
    /// Somebody else goes on in the lane.
    handed_over: AtomicBool,
}

/// What has begun before the commit that made it ready.
pub(crate) struct Early {
    seat: Option<Box<dyn Seat>>,
    settled: CancellationToken,
}

/// Tells those who have begun early, when it is dropped, that what made them ready is durable or will never be.
pub(crate) struct Settles(#[expect(dead_code, reason = "held, and never looked at")] DropGuard);

impl Place {
    pub fn leave(&self) {
        if !self.left.swap(true, Ordering::SeqCst) {
            self.slot.lock().take();
            self.engine.next_in_lane(self.lane);
        }
    }

    /// In the transaction that has made its work ready, for one commit.
    pub fn seat(&self) -> Option<Box<dyn Seat>> {
        self.early.lock().as_mut()?.seat.take()
    }

    /// Until others see, too, what has made its work ready. The transaction waits for it no longer.
    pub async fn settled(&self) {
        let settled = self.early.lock().as_mut().map(|early| {
            early.seat = None;
            early.settled.clone()
        });
        if let Some(settled) = settled {
            settled.cancelled().await;
        }
    }

    /// Whether the commit that begins now is the last thing that is done here.
    pub fn ends(&self, last: bool) {
        self.last.store(last, Ordering::SeqCst);
    }

    /// Leaves it to whoever goes on in this lane.
    fn hand_over(&self) -> Option<Slot> {
        let free = self.last.load(Ordering::SeqCst) && !self.left.swap(true, Ordering::SeqCst);
        if !free {
            return None;
        }
        self.handed_over.store(true, Ordering::SeqCst);
        self.slot.lock().take()
    }

    /// The lane is another's by now: what has to be done again waits for its turn there.
    pub fn is_handed_over(&self) -> bool {
        self.handed_over.load(Ordering::SeqCst)
    }
}

/// How steps begin that the transaction of a commit makes ready.
pub(crate) struct Ahead {
    /// Where the commit comes from.
    place: Option<Arc<Place>>,
    origin: Origin,
    runtime: Handle,
}

impl Ahead {
    pub fn here(place: Option<&Arc<Place>>, origin: &Origin) -> Option<Ahead> {
        let runtime = Handle::try_current().ok()?;
        Some(Ahead { place: place.cloned(), origin: origin.clone(), runtime })
    }
}

/// Work of a lane that has begun. However it ends, it counts as under way no longer.
struct Begun<'a> {
    place: &'a Place,
    count: usize,
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        let Place { engine, lane: (shop, order), .. } = self.place;
        (0..self.count).for_each(|_| engine.inner.busy.end());
        // A mistake of ours costs no more than the steps that it was made in.
        if std::thread::panicking() {
            tracing::error!(%shop, %order, "a panic has ended steps of this order: they go on at the next start");
            self.place.leave();
        }
    }
}

impl Engine {
    /// All at once: what one commit made ready is taken in its order, however quick the lanes are.
    pub(crate) fn enqueue(&self, works: Vec<Work>, origin: &Origin) {
        if works.is_empty() || self.inner.stop.is_cancelled() {
            return;
        }
        let mut start = Vec::new();
        {
            let mut lanes = self.inner.lanes.lanes.lock();
            for work in works {
                let key = work.lane();
                let lane = lanes.entry(key).or_default();
                self.put(lane, work, origin);
                if !std::mem::replace(&mut lane.occupied, true) {
                    start.push(key);
                }
            }
        }
        for key in start {
            self.work_off(key, None, None);
        }
    }

    /// The lane's place is free: takes the next piece of work, or closes the lane.
    fn next_in_lane(&self, key: (ShopId, OrderId)) {
        let more = {
            let mut lanes = self.inner.lanes.lanes.lock();
            match lanes.get(&key) {
                Some(lane) if lane.waiting.is_empty() => {
                    lanes.remove(&key);
                    false
                }
                lane => lane.is_some(),
            }
        };
        if more {
            self.work_off(key, None, None);
        }
    }

    /// In the transaction that has made the work ready: what stays inside begins before the commit. It is in memory only,
    /// so where that commit is lost, nothing is left of it. All of a lane, or none: else what is first in the list would
    /// be done last.
    pub(crate) fn go_ahead(&self, tx: &mut dyn Transaction, after: &mut Aftermath, ahead: &Ahead) {
        if after.work.is_empty() || self.inner.stop.is_cancelled() {
            return;
        }
        let mut lanes: BTreeMap<_, Vec<Work>> = BTreeMap::new();
        for work in std::mem::take(&mut after.work) {
            lanes.entry(work.lane()).or_default().push(work);
        }
        let settled = CancellationToken::new();
        for (key, mut works) in lanes {
            match self.begin_early(tx, key, &mut works, ahead) {
                Some((seat, slot)) => {
                    let early = Early { seat: Some(seat), settled: settled.clone() };
                    let _inside = ahead.runtime.enter();
                    self.work_off(key, Some(slot), Some(early));
                    after.settled.get_or_insert_with(|| Settles(settled.clone().drop_guard()));
                }
                None => {
                    after.work.extend(works);
                    after.promises.push(self.promise(key));
                }
            }
        }
    }

    /// Takes the lane for all of this work, where nobody is in it, and nobody who was there before has to wait for a commit.
    fn begin_early(
        &self,
        tx: &mut dyn Transaction,
        key: (ShopId, OrderId),
        works: &mut Vec<Work>,
        ahead: &Ahead,
    ) -> Option<(Box<dyn Seat>, Slot)> {
        if !works.iter().all(Work::stays_inside) || self.inner.lanes.slots.others_wait(key.0) {
            return None;
        }
        let mut lanes = self.inner.lanes.lanes.lock();
        if self.inner.lanes.promised.lock().contains_key(&key) {
            return None;
        }
        let seat = tx.seat()?;
        let slot = match (lanes.get(&key), &ahead.place) {
            (None, _) => self.inner.lanes.slots.at_once(),
            (Some(lane), Some(place)) if place.lane == key && lane.waiting.is_empty() => place.hand_over(),
            _ => None,
        }?;
        let lane = lanes.entry(key).or_default();
        lane.occupied = true;
        works.drain(..).for_each(|work| self.put(lane, work, &ahead.origin));
        Some((seat, slot))
    }

    fn put(&self, lane: &mut Lane, work: Work, origin: &Origin) {
        let shop = work.lane().0;
        if lane.waiting.insert(work.place(), (work, origin.clone())).is_none() {
            self.inner.busy.begin();
            self.inner.backlog.ready(shop);
        }
    }

    /// That the lane's next work comes after a commit.
    fn promise(&self, key: (ShopId, OrderId)) -> Promise {
        *self.inner.lanes.promised.lock().entry(key).or_default() += 1;
        Promise { engine: self.clone(), key }
    }

    fn work_off(&self, key: (ShopId, OrderId), mut slot: Option<Slot>, mut early: Option<Early>) {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            while let Some(place) = engine.one_step(key, slot.take(), early.take()).await {
                slot = Some(place);
            }
        });
    }

    /// In the transaction that makes the work ready, where everything that it needs is at hand. It may be another
    /// moment when it is done: then the commit finds out, and it is looked up again.
    pub(crate) fn prepare(&self, reads: &mut dyn Reads, work: &mut Work) {
        match work {
            Work::Run(ready, known) => {
                if let Ok(Found::Step(snapshot)) = self.read_step(reads, *ready) {
                    *known = Some(snapshot);
                }
            }
            Work::Match { shop, order, id, question } => {
                let found = self.read_match(reads, *shop, *order, *id);
                *question = found.ok().flatten().map(Box::new);
            }
        }
    }

    /// Does the first piece of work of a lane. Returns the slot when there may be more to do with it.
    async fn one_step(
        &self,
        key: (ShopId, OrderId),
        slot: Option<Slot>,
        early: Option<Early>,
    ) -> Option<Slot> {
        let slot = match slot {
            Some(slot) => slot,
            None => {
                let first =
                    |lane: &Lane| lane.waiting.values().next().is_some_and(|(work, _)| work.is_urgent());
                let urgent = self.inner.lanes.lanes.lock().get(&key).is_some_and(first);
                self.inner.lanes.slots.take(key.0, urgent, self.clock().now()).await
            }
        };
        let works = {
            let mut lanes = self.inner.lanes.lanes.lock();
            let works = lanes.get_mut(&key)?.take();
            if works.is_empty() {
                lanes.remove(&key);
                return None;
            }
            works
        };
        let count = works.len();
        self.inner.backlog.begun(key.0, count);
        let place = Arc::new(Place {
            engine: self.clone(),
            lane: key,
            slot: Mutex::new(Some(slot)),
            left: AtomicBool::new(false),
            early: Mutex::new(early),
            last: AtomicBool::new(false),
            handed_over: AtomicBool::new(false),
        });
        let begun = Begun { place: &place, count };
        if !self.inner.stop.is_cancelled() {
            self.work(works, &place).await;
        }
        drop(begun);
        // However much there is to do in this lane: where another shop waits, it goes to the end of the row.
        if self.inner.lanes.slots.others_wait(key.0) {
            place.leave();
            return None;
        }
        // Somebody who left early has no place to go on with.
        if place.left.swap(true, Ordering::SeqCst) { None } else { place.slot.lock().take() }
    }

    async fn work(&self, works: Vec<(Work, Origin)>, place: &Arc<Place>) {
        let mut steps = Vec::new();
        for (work, origin) in works {
            match work {
                Work::Run(ready, known) => steps.push(Due { ready, known, origin }),
                Work::Match { shop, order, id, question } => {
                    let span = origin.begins(trace::matching(order, id));
                    self.do_match(shop, order, id, question, place).instrument(span).await;
                }
            }
        }
        self.do_steps(steps, place).await;
    }
}
