use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What is not well with the process itself, by names that a program gives. Every clone is the same list.
#[derive(Clone, Debug, Default)]
pub struct Troubles(Arc<Mutex<BTreeSet<&'static str>>>);

impl Troubles {
    pub fn begin(&self, name: &'static str) {
        self.list().insert(name);
    }

    pub fn end(&self, name: &'static str) {
        self.list().remove(name);
    }

    pub fn all(&self) -> Vec<&'static str> {
        self.list().iter().copied().collect()
    }

    fn list(&self) -> MutexGuard<'_, BTreeSet<&'static str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
