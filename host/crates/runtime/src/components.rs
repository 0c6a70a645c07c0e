//! Components ready to run, by digest.
//!
//! **Invariant:** a digest is compiled once at a time, however many steps wait for it, and what is loaded is
//! what the digest says: bytes are hashed before they are compiled.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::{Mutex, RwLock};
use rulewright_domain::{ShopId, plugin::Digest};
use rulewright_ports::{ComponentSource, Failure};
use sha2::{Digest as _, Sha256};
use tokio::sync::{OnceCell, Semaphore};
use wasmtime::component::{Component, InstancePre};

use crate::{
    RuntimeError,
    artifact_cache::{ArtifactCache, hex},
    compiler::{Compiler, Job},
    exports::{Provider, Rule, Trigger},
    linker::{self, Imports},
    options::bytes,
    room::Room,
    step::Step,
    trap,
};

/// A component that has been compiled and linked.
pub(crate) struct Loaded {
    pub room: Arc<Room>,
    pub pre: InstancePre<Step>,
    pub rule: Option<Rule>,
    pub trigger: Option<Trigger>,
    pub provider: Option<Provider>,
    /// Shops whose last step of it computed for long, so the next one begins in the background.
    pub long_in: Mutex<BTreeSet<ShopId>>,
}

impl Loaded {
    pub fn new(room: Arc<Room>, component: &Component) -> Result<Loaded, Failure> {
        let imports = Imports::of(&room.engine, component);
        let pre = linker::link(&room.engine, component, &imports)?;
        // A component exports one of the three.
        let (rule, trigger, provider) =
            (Rule::of(component), Trigger::of(component), Provider::of(component));
        Ok(Loaded { room, pre, rule, trigger, provider, long_in: Mutex::default() })
    }
}

/// A room, and the code that was compiled for it.
#[derive(Clone)]
struct Shelf {
    room: Arc<Room>,
    cache: Arc<ArtifactCache>,
}

impl Shelf {
    fn new(room: Room, cache_dir: &Path) -> Result<Shelf, RuntimeError> {
        let cache = ArtifactCache::open(room.engine.clone(), cache_dir)?;
        Ok(Shelf { room: Arc::new(room), cache: Arc::new(cache) })
    }
}

struct Slot {
    loaded: Arc<OnceCell<Arc<Loaded>>>,
    used: AtomicU64,
}

pub(crate) struct Components {
    ordinary: Shelf,
    /// For components above the limit `component`.
    large: Option<Shelf>,
    source: Arc<dyn ComponentSource>,
    slots: RwLock<HashMap<Digest, Slot>>,
    /// Counts uses, to find the slot that was not used for longest.
    clock: AtomicU64,
    compiling: Semaphore,
    compiler: Arc<dyn Compiler>,
}

impl Components {
    pub fn new(
        ordinary: Room,
        large: Option<Room>,
        cache_dir: &Path,
        source: Arc<dyn ComponentSource>,
        compiler: Arc<dyn Compiler>,
    ) -> Result<Components, RuntimeError> {
        let compilations = usize::try_from(ordinary.limits.compilations).unwrap_or(1).clamp(1, 1 << 10);
        Ok(Components {
            ordinary: Shelf::new(ordinary, cache_dir)?,
            large: large.map(|room| Shelf::new(room, &cache_dir.join("large"))).transpose()?,
            source,
            slots: RwLock::default(),
            clock: AtomicU64::new(0),
            compiling: Semaphore::new(compilations),
            compiler,
        })
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
        if slots.len() as u64 >= self.ordinary.room.limits.loaded.max(1) {
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
        let (room, component) = match self.kept(digest).await? {
            Some(found) => found,
            None => self.compile(digest, given).await?,
        };
        Ok(Arc::new(Loaded::new(room, &component)?))
    }

    async fn kept(&self, digest: &Digest) -> Result<Option<(Arc<Room>, Component)>, Failure> {
        let shelves: Vec<_> = std::iter::once(&self.ordinary).chain(&self.large).cloned().collect();
        let digest = digest.clone();
        blocking(move || {
            let load = |Shelf { room, cache }| cache.load(&digest).map(|component| (room, component));
            shelves.into_iter().find_map(load)
        })
        .await
    }

    /// Where components of that size run.
    fn shelf(&self, size: u64) -> Result<&Shelf, Failure> {
        let limits = &self.ordinary.room.limits;
        if size <= limits.component {
            return Ok(&self.ordinary);
        }
        let (name, most) = match &self.large {
            Some(large) if size <= limits.component_max => return Ok(large),
            Some(_) => ("component-max", limits.component_max),
            None => ("component", limits.component),
        };
        Err(trap::limit(name, &format!("{} of at most {}", bytes(size), bytes(most))))
    }

    async fn compile(
        &self,
        digest: &Digest,
        given: Option<Arc<[u8]>>,
    ) -> Result<(Arc<Room>, Component), Failure> {
        let component =
            match given {
                Some(component) => component,
                None => self.source.component(digest).await.ok_or_else(|| {
                    trap::ours(format!("component {digest} is neither compiled nor stored"))
                })?,
            };
        let Shelf { room, cache } = self.shelf(component.len() as u64)?.clone();
        let wanted = digest.clone();
        let component = blocking(move || {
            let found = hex(&Sha256::digest(&component));
            if found == wanted {
                return Ok(component);
            }
            let message = format!("the stored component has digest {found}, not {wanted}");
            Err(Failure::new("damaged", message, false))
        })
        .await??;
        let (engine, limits) = (room.engine.clone(), room.limits.clone());
        let job = Job { digest: digest.clone(), component, engine, limits };
        let permit = self.compiling.acquire().await;
        let code = self.compiler.compile(Arc::new(job)).await?;
        drop(permit);
        let digest = digest.clone();
        let adopted = blocking(move || cache.adopt(&digest, &code)).await?;
        let component = adopted.map_err(|error| {
            trap::declared(&error, &room.limits).unwrap_or_else(|| {
                trap::ours(format!("what the compiler made is not code for this host: {error:#}"))
            })
        })?;
        Ok((room, component))
    }
}

async fn blocking<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(job)
        .await
        .map_err(|error| trap::ours(format!("loading a component was given up: {error}")))
}
