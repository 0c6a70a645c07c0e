//! Long work that somebody watches and stops, of all shops. It is known as long as the program runs.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rulewright_domain::ShopId;

use crate::{door::Look, trouble::Trouble};

/// Jobs of a shop that are remembered; of those that have ended the oldest go first.
pub const KEPT: usize = 20;
/// Of a shop: the next one waits until somebody has stopped one of them, or it has ended.
pub const AT_ONCE: usize = 3;

/// Work that comes to an end.
pub trait Ends {
    fn has_ended(&self) -> bool;
}

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

impl<J: Ends> Jobs<J> {
    /// `make` is told the number that the job is found by. None: the shop has as many going on as it may.
    pub fn keep(&self, shop: ShopId, make: impl FnOnce(u64) -> J) -> Option<Arc<J>> {
        let mut kept = locked(&self.0);
        let of_shop = kept.jobs.iter().filter(|(_, (owner, _))| *owner == shop);
        let (ended, going): (Vec<_>, Vec<_>) =
            of_shop.map(|(id, (_, job))| (*id, job.has_ended())).partition(|(_, ended)| *ended);
        if going.len() >= AT_ONCE {
            return None;
        }
        // Others' stay, and what goes on stays too: nobody could stop it else.
        let old = (ended.len() + going.len() + 1).saturating_sub(KEPT);
        for (id, _) in ended.iter().take(old) {
            kept.jobs.remove(id);
        }
        kept.last += 1;
        let id = kept.last;
        let job = Arc::new(make(id));
        kept.jobs.insert(id, (shop, job.clone()));
        Some(job)
    }
}

impl<J> Jobs<J> {
    pub fn of(&self, shop: ShopId, id: u64) -> Option<Arc<J>> {
        let kept = locked(&self.0);
        kept.jobs.get(&id).filter(|(owner, _)| *owner == shop).map(|(_, job)| job.clone())
    }
}

/// Why another one is not begun.
pub fn too_many(look: &Look) -> Trouble {
    Trouble::Own(look.with("job-too-many", &[("most", AT_ONCE.into())]))
}

/// What a job has come to is never half written.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    impl Ends for AtomicBool {
        fn has_ended(&self) -> bool {
            self.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn one_shop_keeps_no_other_from_its_jobs_and_forgets_none_that_goes_on() {
        let jobs = Jobs::<AtomicBool>::default();
        let (busy, other) = (ShopId(1), ShopId(2));
        let begin = |shop, ended| {
            let mut number = 0;
            let begun = jobs.keep(shop, |id| {
                number = id;
                AtomicBool::new(ended)
            });
            begun.map(|job| (number, job))
        };
        let (theirs, _) = begin(other, false).unwrap();
        let (first, going) = begin(busy, false).unwrap();
        let (oldest, _) = begin(busy, true).unwrap();
        for _ in 0..KEPT {
            assert!(begin(busy, true).is_some());
        }
        assert!(jobs.of(busy, first).is_some() && jobs.of(busy, oldest).is_none());
        for _ in 1..AT_ONCE {
            assert!(begin(busy, false).is_some());
        }
        assert!(begin(busy, false).is_none() && begin(other, false).is_some());
        going.store(true, Ordering::Relaxed);
        assert!(begin(busy, false).is_some());
        assert!(jobs.of(other, theirs).is_some() && jobs.of(busy, theirs).is_none());
    }
}
