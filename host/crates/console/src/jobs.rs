//! Long work that somebody watches and stops, of all shops. It is known as long as the program runs.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rulewright_domain::ShopId;

/// Jobs that are remembered; the oldest go first.
pub const KEPT: usize = 100;

pub struct Jobs<J>(Mutex<Kept<J>>);

struct Kept<J> {
    last: u64,
    jobs: BTreeMap<u64, (ShopId, Arc<J>)>,
}

impl<J> Default for Jobs<J> {
    fn default() -> Jobs<J> {
        Jobs(Mutex::new(Kept { last: 0, jobs: BTreeMap::new() }))
    }
}

impl<J> Jobs<J> {
    /// `make` is told the number that the job is found by.
    pub fn keep(&self, shop: ShopId, make: impl FnOnce(u64) -> J) -> Arc<J> {
        let mut kept = locked(&self.0);
        kept.last += 1;
        let id = kept.last;
        let job = Arc::new(make(id));
        kept.jobs.insert(id, (shop, job.clone()));
        if kept.jobs.len() > KEPT {
            kept.jobs.pop_first();
        }
        job
    }

    pub fn of(&self, shop: ShopId, id: u64) -> Option<Arc<J>> {
        let kept = locked(&self.0);
        kept.jobs.get(&id).filter(|(owner, _)| *owner == shop).map(|(_, job)| job.clone())
    }
}

/// What a job has come to is never half written.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
