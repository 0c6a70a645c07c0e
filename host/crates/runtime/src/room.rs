//! Where the steps of a component run: an engine and its limits.
//!
//! **Invariant:** an ordinary component costs the same whether large ones are installed or not: what a large one
//! needs is set up for it alone, when it is needed, and given back after the step.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::Engine;

use crate::{
    Allocation, RuntimeError, engine,
    options::Limits,
    turn::{Turn, Turns},
};

pub(crate) struct Room {
    pub engine: Engine,
    pub allocation: Allocation,
    pub limits: Arc<Limits>,
    /// For large components, whose memory the pool has not set aside.
    places: Option<Arc<Semaphore>>,
}

/// A turn, and the place of a large component. Both are given back when the step is over.
pub(crate) struct Admission {
    pub turn: Turn,
    pub place: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// For components of the usual size: instances come out of a pool.
    pub fn ordinary(limits: &Limits) -> Result<Room, RuntimeError> {
        let (engine, allocation) = engine::engine(limits)?;
        Ok(Room::new(engine, allocation, limits.clone(), None))
    }

    /// For those above `component`; None where the operator wants none.
    pub fn large(limits: &Limits) -> Result<Option<Room>, RuntimeError> {
        if limits.component_max <= limits.component {
            return Ok(None);
        }
        let limits = limits.of_large();
        let engine = engine::on_demand(&limits)?;
        let places = usize::try_from(limits.large_steps.max(1)).unwrap_or(usize::MAX);
        let places = Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        Ok(Some(Room::new(engine, Allocation::OnDemand, limits, Some(places))))
    }

    fn new(engine: Engine, allocation: Allocation, limits: Limits, places: Option<Arc<Semaphore>>) -> Room {
        Room { engine, allocation, limits: Arc::new(limits), places }
    }

    /// Whether it is the one for large components.
    pub fn is_large(&self) -> bool {
        self.places.is_some()
    }

    /// The place comes first: whoever waits for one holds up no ordinary step. None: the runtime is shutting down.
    pub async fn admit(&self, turns: &Turns) -> Option<Admission> {
        let place = match &self.places {
            Some(places) => Some(places.clone().acquire_owned().await.ok()?),
            None => None,
        };
        Some(Admission { turn: turns.take().await?, place })
    }
}
