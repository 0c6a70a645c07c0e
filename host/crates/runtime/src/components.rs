//! Components ready to run, by digest.
//!
//! **Invariant:** a digest is compiled once at a time, however many steps wait for it, and what is loaded is
//! what the digest says: bytes are hashed before they are compiled.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::RwLock;
use rulewright_domain::plugin::Digest;
use rulewright_ports::{ComponentSource, Failure};
use sha2::{Digest as _, Sha256};
use tokio::sync::{OnceCell, Semaphore};
use wasmtime::{
    Engine,
    component::{Component, InstancePre},
};

use crate::{
    artifact_cache::{ArtifactCache, hex},
    exports::{Provider, Rule, Trigger},
    linker::{self, Imports},
    options::{Limits, bytes},
    step::Step,
    trap,
};

/// A component that has been compiled and linked.
pub(crate) struct Loaded {
    pub imports: Imports,
    pub pre: InstancePre<Step>,
    pub rule: Option<Rule>,
    pub trigger: Option<Trigger>,
    pub provider: Option<Provider>,
}

impl Loaded {
    pub fn new(engine: &Engine, component: &Component) -> Result<Loaded, Failure> {
        let imports = Imports::of(engine, component);
        let pre = linker::link(engine, component, &imports)?;
        // A component exports one of the three.
        let (rule, trigger, provider) =
            (Rule::of(component), Trigger::of(component), Provider::of(component));
        Ok(Loaded { imports, pre, rule, trigger, provider })
    }
}

struct Slot {
    loaded: Arc<OnceCell<Arc<Loaded>>>,
    used: AtomicU64,
}

pub(crate) struct Components {
    engine: Engine,
    limits: Arc<Limits>,
    cache: Arc<ArtifactCache>,
    source: Arc<dyn ComponentSource>,
    slots: RwLock<HashMap<Digest, Slot>>,
    /// Counts uses, to find the slot that was not used for longest.
    clock: AtomicU64,
    compiling: Semaphore,
}

impl Components {
    pub fn new(
        engine: Engine,
        limits: Arc<Limits>,
        cache: ArtifactCache,
        source: Arc<dyn ComponentSource>,
    ) -> Components {
        let compilations = usize::try_from(limits.compilations).unwrap_or(1).clamp(1, 1 << 10);
        Components {
            engine,
            limits,
            cache: Arc::new(cache),
            source,
            slots: RwLock::default(),
            clock: AtomicU64::new(0),
            compiling: Semaphore::new(compilations),
        }
    }

    /// The component, compiled now if it never was; `given` saves asking the source.
    pub async fn get(&self, digest: &Digest, given: Option<Arc<[u8]>>) -> Result<Arc<Loaded>, Failure> {
        let slot = self.slot(digest);
        if let Some(loaded) = slot.get() {
            return Ok(loaded.clone());
        }
        slot.get_or_try_init(|| self.load(digest, given)).await.cloned()
    }

    fn slot(&self, digest: &Digest) -> Arc<OnceCell<Arc<Loaded>>> {
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        let known = |slots: &HashMap<Digest, Slot>| {
            let slot = slots.get(digest)?;
            slot.used.store(now, Ordering::Relaxed);
            Some(slot.loaded.clone())
        };
        if let Some(loaded) = known(&self.slots.read()) {
            return loaded;
        }
        let mut slots = self.slots.write();
        if let Some(loaded) = known(&slots) {
            return loaded;
        }
        if slots.len() as u64 >= self.limits.loaded.max(1) {
            // Looking at all of them is rare and cheap beside loading one.
            let oldest = slots.iter().min_by_key(|(_, slot)| slot.used.load(Ordering::Relaxed));
            if let Some(oldest) = oldest.map(|(digest, _)| digest.clone()) {
                slots.remove(&oldest);
            }
        }
        let loaded = Arc::new(OnceCell::new());
        let slot = Slot { loaded: loaded.clone(), used: AtomicU64::new(now) };
        slots.insert(digest.clone(), slot);
        loaded
    }

    async fn load(&self, digest: &Digest, given: Option<Arc<[u8]>>) -> Result<Arc<Loaded>, Failure> {
        let component = match self.kept(digest).await? {
            Some(component) => component,
            None => self.compile(digest, given).await?,
        };
        Ok(Arc::new(Loaded::new(&self.engine, &component)?))
    }

    async fn kept(&self, digest: &Digest) -> Result<Option<Component>, Failure> {
        let (cache, digest) = (self.cache.clone(), digest.clone());
        blocking(move || cache.load(&digest)).await
    }

    async fn compile(&self, digest: &Digest, given: Option<Arc<[u8]>>) -> Result<Component, Failure> {
        let component =
            match given {
                Some(component) => component,
                None => self.source.component(digest).await.ok_or_else(|| {
                    trap::ours(format!("component {digest} is neither compiled nor stored"))
                })?,
            };
        let size = component.len() as u64;
        if size > self.limits.component {
            let usage = format!("{} of at most {}", bytes(size), bytes(self.limits.component));
            return Err(trap::limit("component", &usage));
        }
        let permit = self.compiling.acquire().await;
        let (cache, wanted) = (self.cache.clone(), digest.clone());
        let compiled = blocking(move || {
            let found = hex(&Sha256::digest(&component));
            if found != wanted {
                let message = format!("the stored component has digest {found}, not {wanted}");
                return Err(Failure::new("damaged", message, false));
            }
            cache.compile(&wanted, &component).map_err(|error| {
                Failure::new("not-a-component", format!("it cannot be compiled: {error:#}"), false)
            })
        })
        .await?;
        drop(permit);
        compiled
    }
}

async fn blocking<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(job)
        .await
        .map_err(|error| trap::ours(format!("loading a component was given up: {error}")))
}
