//! Installations that are under way, or ended lately. In memory: what waits for somebody to agree is in storage too, and
//! is found there after a restart.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rulewright_domain::{ShopId, Timestamp};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::job::{Job, JobState, Told};

/// Jobs that work at once, over all shops: each may hold a component and its source.
pub const MOST_WORKING: usize = 8;
/// Jobs of a shop that are remembered, with those that wait.
const MOST_KEPT: usize = 100;
/// Milliseconds for which a job is remembered after its end.
const KEPT: i64 = 60 * 60 * 1000;

/// One job, and who watches it.
#[derive(Clone)]
pub struct Live {
    pub shop: ShopId,
    job: Arc<watch::Sender<Job>>,
    pub cancel: CancellationToken,
}

impl Live {
    pub fn seen(&self) -> Job {
        self.job.borrow().clone()
    }

    /// Whether it changed anything.
    pub fn tell(&self, told: Told, now: Timestamp) -> bool {
        self.job.send_if_modified(|job| job.apply(told, now))
    }

    /// Goes from waiting to working for one caller only.
    pub fn take_up(&self, told: Told, now: Timestamp) -> bool {
        self.job.send_if_modified(|job| job.state == JobState::Waiting && job.apply(told, now))
    }

    pub fn watch(&self) -> watch::Receiver<Job> {
        self.job.subscribe()
    }
}

#[derive(Default)]
pub struct Jobs {
    all: Mutex<BTreeMap<(ShopId, String), Live>>,
}

impl Jobs {
    fn all(&self) -> MutexGuard<'_, BTreeMap<(ShopId, String), Live>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// None: too many are working already.
    pub fn begin(&self, shop: ShopId, job: Job) -> Option<Live> {
        let mut all = self.all();
        forget(&mut all, shop, job.began);
        let working = all.values().filter(|live| live.job.borrow().state == JobState::Working).count();
        (working < MOST_WORKING).then(|| insert(&mut all, shop, job))
    }

    /// One that was never begun with.
    pub fn give_back(&self, live: &Live) {
        self.all().remove(&(live.shop, live.seen().id));
    }

    /// One that waits in storage. The one that is known under the id, where there is one.
    pub fn found(&self, shop: ShopId, job: Job) -> Live {
        let mut all = self.all();
        let known =
            all.get(&(shop, job.id.clone())).filter(|live| !live.job.borrow().state.is_over()).cloned();
        known.unwrap_or_else(|| insert(&mut all, shop, job))
    }

    pub fn get(&self, shop: ShopId, id: &str) -> Option<Live> {
        self.all().get(&(shop, id.to_owned())).cloned()
    }

    /// Newest first.
    pub fn of(&self, shop: ShopId, now: Timestamp) -> Vec<Live> {
        let mut all = self.all();
        forget(&mut all, shop, now);
        let mut found: Vec<Live> =
            all.iter().filter(|((of, _), _)| *of == shop).map(|(_, live)| live.clone()).collect();
        found.sort_by_key(|live| std::cmp::Reverse(live.job.borrow().began));
        found
    }
}

fn insert(all: &mut BTreeMap<(ShopId, String), Live>, shop: ShopId, job: Job) -> Live {
    let id = job.id.clone();
    let live = Live { shop, job: Arc::new(watch::Sender::new(job)), cancel: CancellationToken::new() };
    all.insert((shop, id), live.clone());
    live
}

/// What ended long ago, and the oldest of too many. What works stays.
fn forget(all: &mut BTreeMap<(ShopId, String), Live>, shop: ShopId, now: Timestamp) {
    all.retain(|_, live| {
        let job = live.job.borrow();
        let ended = job.stages.iter().filter_map(|stage| stage.ended_at).max().unwrap_or(job.began);
        !job.state.is_over() || now.0.saturating_sub(ended.0) < KEPT
    });
    let mut mine: Vec<(Timestamp, String)> = all
        .iter()
        .filter(|((of, _), live)| *of == shop && live.job.borrow().state != JobState::Working)
        .map(|((_, id), live)| (live.job.borrow().began, id.clone()))
        .collect();
    mine.sort();
    let many = mine.len().saturating_sub(MOST_KEPT);
    for (_, id) in mine.into_iter().take(many) {
        all.remove(&(shop, id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: ShopId = ShopId(1);

    fn job(id: usize, at: i64) -> Job {
        Job::new(format!("ins_{id}"), "test".into(), "this program".into(), Timestamp(at))
    }

    #[test]
    fn only_so_many_work_at_once_and_one_that_ends_makes_room() {
        let jobs = Jobs::default();
        let begun: Vec<Live> = (0..MOST_WORKING).filter_map(|id| jobs.begin(SHOP, job(id, 1))).collect();
        assert_eq!(begun.len(), MOST_WORKING);
        assert!(jobs.begin(SHOP, job(99, 1)).is_none());
        begun[0].tell(Told::Canceled, Timestamp(2));
        assert!(jobs.begin(SHOP, job(99, 2)).is_some());
    }

    #[test]
    fn a_place_that_is_given_back_is_free_and_its_job_unknown() {
        let jobs = Jobs::default();
        let begun: Vec<Live> = (0..MOST_WORKING).filter_map(|id| jobs.begin(SHOP, job(id, 1))).collect();
        jobs.give_back(&begun[0]);
        assert!(jobs.get(SHOP, "ins_0").is_none());
        assert!(jobs.begin(SHOP, job(99, 1)).is_some());
    }

    #[test]
    fn what_has_ended_is_forgotten_after_a_while_and_what_works_is_not() {
        let jobs = Jobs::default();
        jobs.begin(SHOP, job(1, 1)).unwrap().tell(Told::Canceled, Timestamp(2));
        jobs.begin(SHOP, job(2, 1)).unwrap();
        assert_eq!(jobs.of(SHOP, Timestamp(KEPT)).len(), 2);
        let left: Vec<String> =
            jobs.of(SHOP, Timestamp(KEPT + 10)).iter().map(|live| live.seen().id).collect();
        assert_eq!(left, ["ins_2"]);
    }

    #[test]
    fn the_oldest_of_too_many_are_forgotten() {
        let jobs = Jobs::default();
        for id in 0..MOST_KEPT + 5 {
            jobs.begin(SHOP, job(id, id as i64)).unwrap().tell(Told::Canceled, Timestamp(id as i64));
        }
        let left = jobs.of(SHOP, Timestamp(200));
        assert!(left.len() <= MOST_KEPT && left[0].seen().id == format!("ins_{}", MOST_KEPT + 4));
        assert!(jobs.get(SHOP, "ins_0").is_none());
    }

    #[test]
    fn a_shop_sees_its_own_jobs() {
        let jobs = Jobs::default();
        jobs.begin(SHOP, job(1, 1)).unwrap();
        assert!(jobs.get(ShopId(2), "ins_1").is_none() && jobs.of(ShopId(2), Timestamp(1)).is_empty());
    }

    #[test]
    fn of_two_who_agree_at_once_one_goes_on() {
        let jobs = Jobs::default();
        let live = jobs.begin(SHOP, job(1, 1)).unwrap();
        live.tell(Told::Asks, Timestamp(2));
        let agree = || live.take_up(Told::Agreed("test agreed".into()), Timestamp(3));
        assert_eq!((agree(), agree()), (true, false));
    }
}
