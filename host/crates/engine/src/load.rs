//! Whether there is room for more from outside. Whoever is refused is refused at the door, before anything of it is written or
//! waits for the writer: what was accepted is done, so nothing behind the door can give way. Asked of what waits in memory.
//!
//! A shop may have all the room while nobody else wants any. Where it is used up, those come again later who have their
//! share of it already, and a shop that wants little notices nothing.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use rulewright_domain::{ShopId, Timestamp};
use rulewright_ports::Failure;
use tokio::sync::Notify;

use crate::{Engine, Refusal, change::Change};

/// Code of the refusal of what there is no room for.
pub const OVERLOADED: &str = "overloaded";

/// How much may wait before changes from outside are told to come again. 0: as much as comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadLimits {
    /// Changes that wait for their commit. The storage takes some hundred of them together, in some 10 ms, so the last of
    /// these is answered in less than a tenth of a second; if more waited, not more would be done, only later.
    pub changes: usize,
    /// Steps that are ready and have not begun. Each may keep in memory what it works on, some KiB, so that these are tens
    /// of MB; at some thousand a second they are a few seconds of work.
    pub steps: usize,
    /// Seconds that a shop's step may have waited for a place, however few they are: plugins may be slow.
    pub oldest: u32,
    /// With so many of its steps ready and not begun, a shop's timers wait: where thousands come due at once, because
    /// a clock was set or the host was down, the rest stay rows on disk, and take no room from what comes from outside.
    pub due: usize,
}

impl LoadLimits {
    /// For whoever brings no more than it can do, and could do nothing about a refusal.
    pub const NONE: LoadLimits = LoadLimits { changes: 0, steps: 0, oldest: 0, due: 0 };
}

impl Default for LoadLimits {
    fn default() -> Self {
        LoadLimits { changes: 512, steps: 10_000, oldest: 30, due: 1_000 }
    }
}

/// Which of the limits refused something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    Changes,
    Steps,
    Oldest,
}

impl Bound {
    pub const ALL: [Bound; 3] = [Bound::Changes, Bound::Steps, Bound::Oldest];

    pub const fn name(self) -> &'static str {
        match self {
            Bound::Changes => "changes",
            Bound::Steps => "steps",
            Bound::Oldest => "oldest",
        }
    }

    fn said(self) -> &'static str {
        match self {
            Bound::Changes => "too many changes wait to be written",
            Bound::Steps => "too many steps of rules wait for their turn",
            Bound::Oldest => "steps of this shop's rules wait for too long",
        }
    }
}

/// What waits now, of all shops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    pub changes: usize,
    pub steps: usize,
    /// Since when the step waits for a place that has done so for longest.
    pub oldest: Option<Timestamp>,
    /// How often each bound has refused something since the start.
    pub refused: [(Bound, u64); 3],
}

/// How many of something wait, by shop. A shop of which none does is in no map.
#[derive(Default)]
struct Tally {
    total: usize,
    of: HashMap<ShopId, usize>,
}

impl Tally {
    fn add(&mut self, shop: ShopId) {
        self.total += 1;
        *self.of.entry(shop).or_default() += 1;
    }

    fn remove(&mut self, shop: ShopId, count: usize) {
        let Some(own) = self.of.get_mut(&shop) else { return };
        let count = count.min(*own);
        *own -= count;
        if *own == 0 {
            self.of.remove(&shop);
        }
        self.total -= count;
    }

    fn of(&self, shop: ShopId) -> usize {
        self.of.get(&shop).copied().unwrap_or_default()
    }

    /// One more of this shop. Each has room for one, so all together are at most twice the bound, or one for each shop.
    fn has_room(&self, shop: ShopId, bound: usize) -> bool {
        if bound == 0 || self.total < bound {
            return true;
        }
        let own = self.of(shop);
        let shops = self.of.len() + usize::from(own == 0);
        own < (bound / shops.max(1)).max(1)
    }
}

pub(crate) struct Backlog {
    limits: LoadLimits,
    changes: Mutex<Tally>,
    steps: Mutex<Tally>,
    refused: [AtomicU64; 3],
    /// The timers of a shop need wait no longer.
    pub thinner: Notify,
}

/// A change that waits for its commit, for as long as this lives.
pub(crate) struct Waiting(Arc<Backlog>, ShopId);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.changes.lock().remove(self.1, 1);
    }
}

impl Backlog {
    pub fn new(limits: LoadLimits) -> Arc<Backlog> {
        let (changes, steps) = Default::default();
        Arc::new(Backlog { limits, changes, steps, refused: Default::default(), thinner: Notify::new() })
    }

    pub fn wait(self: &Arc<Self>, shop: ShopId) -> Waiting {
        self.changes.lock().add(shop);
        Waiting(self.clone(), shop)
    }

    /// A step, or a question to a trigger.
    pub fn ready(&self, shop: ShopId) {
        self.steps.lock().add(shop);
    }

    pub fn begun(&self, shop: ShopId, count: usize) {
        let mut steps = self.steps.lock();
        let before = self.is_crowd(steps.of(shop));
        steps.remove(shop, count);
        if before && !self.is_crowd(steps.of(shop)) {
            self.thinner.notify_one();
        }
    }

    fn is_crowd(&self, steps: usize) -> bool {
        self.limits.due > 0 && steps >= self.limits.due
    }

    /// Shops whose timers wait until more has begun of what is ready.
    pub fn crowded(&self) -> Vec<ShopId> {
        let steps = self.steps.lock();
        steps.of.iter().filter(|(_, own)| self.is_crowd(**own)).map(|(shop, _)| *shop).collect()
    }

    /// How many timers one transaction lets go off, `most` or fewer: more would be a crowd at once.
    pub fn at_once(&self, most: u32) -> u32 {
        match u32::try_from(self.limits.due) {
            Ok(due) if due > 0 => most.min(due),
            _ => most,
        }
    }

    /// What leaves no room for more of this shop; `waited` is for how many milliseconds the first of its steps has.
    fn full(&self, shop: ShopId, waited: i64) -> Option<Bound> {
        let LoadLimits { changes, steps, oldest, .. } = self.limits;
        if !self.changes.lock().has_room(shop, changes) {
            return Some(Bound::Changes);
        }
        if !self.steps.lock().has_room(shop, steps) {
            return Some(Bound::Steps);
        }
        (oldest > 0 && waited > i64::from(oldest) * 1_000).then_some(Bound::Oldest)
    }
}

impl Engine {
    pub fn load(&self) -> Load {
        let backlog = &self.inner.backlog;
        let refused = |bound: Bound| (bound, backlog.refused[bound as usize].load(Ordering::Relaxed));
        Load {
            changes: backlog.changes.lock().total,
            steps: backlog.steps.lock().total,
            oldest: self.inner.lanes.oldest(None),
            refused: Bound::ALL.map(refused),
        }
    }

    /// What leaves no room for more of this shop.
    pub(crate) fn full(&self, shop: ShopId) -> Option<Bound> {
        let since = self.inner.lanes.oldest(Some(shop));
        let waited = since.map_or(0, |since| self.clock().now().0.saturating_sub(since.0));
        self.inner.backlog.full(shop, waited)
    }

    /// For whatever comes from outside and could come again.
    pub(crate) fn must_have_room(&self, shop: ShopId) -> Result<(), Refusal> {
        let Some(bound) = self.full(shop) else { return Ok(()) };
        self.inner.backlog.refused[bound as usize].fetch_add(1, Ordering::Relaxed);
        Err(Failure::new(OVERLOADED, bound.said(), true).into())
    }

    /// A change from outside, where there is room. One that was answered before is refused too: whoever repeats it comes again.
    pub(crate) async fn change_from_outside<T: Send + 'static>(
        &self,
        shop: ShopId,
        job: impl Fn(&mut Change<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.must_have_room(shop)?;
        self.change(shop, job).await
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    const LOUD: ShopId = ShopId(1);
    const QUIET: ShopId = ShopId(2);

    fn backlog(changes: usize, steps: usize) -> Arc<Backlog> {
        Backlog::new(LoadLimits { changes, steps, oldest: 30, due: 0 })
    }

    #[test]
    fn a_shop_alone_has_all_the_room_and_beside_others_its_share() {
        let backlog = backlog(4, 0);
        let mut loud: Vec<Waiting> = (0..4)
            .map(|_| {
                assert_eq!(backlog.full(LOUD, 0), None);
                backlog.wait(LOUD)
            })
            .collect();
        assert_eq!(backlog.full(LOUD, 0), Some(Bound::Changes));
        let quiet: Vec<Waiting> = (0..2)
            .map(|_| {
                assert_eq!(backlog.full(QUIET, 0), None, "what another has used up is not taken from it");
                backlog.wait(QUIET)
            })
            .collect();
        assert_eq!(backlog.full(QUIET, 0), Some(Bound::Changes), "it has its half");
        loud.truncate(1);
        assert_eq!(backlog.full(LOUD, 0), None);
        drop((loud, quiet));
        let tally = backlog.changes.lock();
        assert!(tally.total == 0 && tally.of.is_empty());
    }

    #[test]
    fn steps_have_a_bound_of_their_own_and_what_has_begun_makes_room() {
        let backlog = backlog(0, 3);
        (0..3).for_each(|_| backlog.ready(LOUD));
        assert_eq!((backlog.full(LOUD, 0), backlog.full(QUIET, 0)), (Some(Bound::Steps), None));
        backlog.begun(LOUD, 2);
        assert_eq!(backlog.full(LOUD, 0), None);
        backlog.begun(LOUD, 9);
        assert_eq!(backlog.steps.lock().total, 0, "no more than there were");
    }

    #[test]
    fn who_has_more_shops_than_room_leaves_each_one_place() {
        let backlog = backlog(2, 0);
        let waiting: Vec<Waiting> = (1..=5).map(|shop| backlog.wait(ShopId(shop))).collect();
        assert_eq!(backlog.full(ShopId(5), 0), Some(Bound::Changes));
        assert_eq!(backlog.full(ShopId(6), 0), None);
        drop(waiting);
    }

    #[tokio::test]
    async fn timers_of_a_shop_with_a_crowd_wait_until_it_is_thinner() {
        let backlog = Backlog::new(LoadLimits { due: 3, ..LoadLimits::NONE });
        assert_eq!((backlog.at_once(256), backlog.at_once(2)), (3, 2));
        (0..3).for_each(|_| backlog.ready(LOUD));
        (0..2).for_each(|_| backlog.ready(QUIET));
        assert_eq!(backlog.crowded(), [LOUD]);
        backlog.begun(QUIET, 1);
        assert!(backlog.thinner.notified().now_or_never().is_none(), "it never waited");
        backlog.begun(LOUD, 1);
        assert_eq!(backlog.crowded(), []);
        assert!(backlog.thinner.notified().now_or_never().is_some(), "told to whoever looks later, too");
        let endless = Backlog::new(LoadLimits::NONE);
        (0..9).for_each(|_| endless.ready(LOUD));
        assert_eq!((endless.crowded(), endless.at_once(256)), (Vec::new(), 256));
    }

    #[test]
    fn few_steps_that_wait_for_long_are_too_much_and_without_limits_nothing_is() {
        assert_eq!(backlog(4, 4).full(LOUD, 30_000), None);
        assert_eq!(backlog(4, 4).full(LOUD, 30_001), Some(Bound::Oldest));
        let endless = Backlog::new(LoadLimits::NONE);
        (0..100_000).for_each(|_| endless.ready(LOUD));
        assert_eq!(endless.full(LOUD, i64::MAX), None);
    }
}
