//! One look at a registry: both of its lists, verified, beside what was seen of them before.

use std::sync::Arc;
use std::time::Duration;

use rulewright_domain::Timestamp;
use rulewright_domain::reference::Reference;
use rulewright_ports::FetchRefusal;
use rulewright_registry::index::Index;
use rulewright_registry::revocations::Revocations;
use rulewright_registry::{SignedList, digest, list_artifact};

use super::copy::{Copy, Trouble};
use super::listed::{self, Listed};
use super::{MarketDeps, MarketRegistry};

#[derive(Clone, Default)]
pub struct Copies {
    pub index: Copy<Index>,
    /// The same, ready to be shown.
    pub listed: Arc<Vec<Arc<Listed>>>,
    pub revocations: Copy<Revocations>,
    /// How often somebody has looked; before the first time, what was kept has not been read.
    pub looks: u64,
    looked_at: Option<Timestamp>,
}

impl Copies {
    pub fn is_recent(&self, now: Timestamp, limit: Duration) -> bool {
        let limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        self.looked_at.is_some_and(|at| now < at.plus(limit))
    }
}

pub async fn look(deps: &MarketDeps, registry: &MarketRegistry, before: Copies, now: Timestamp) -> Copies {
    let Copies { mut index, mut revocations, looks, listed, .. } = before;
    if looks == 0 {
        (index, revocations) = (kept(deps, registry).await, kept(deps, registry).await);
    }
    let had = index.list.clone();
    let (found_index, found_revocations) =
        futures::future::join(fetched::<Index>(deps, registry), fetched::<Revocations>(deps, registry)).await;
    take(deps, registry, &mut index, found_index, now).await;
    take(deps, registry, &mut revocations, found_revocations, now).await;
    let known = looks > 0 && index.list == had;
    let listed = match &index.list {
        _ if known => listed,
        Some(index) => Arc::new(listed::of_index(&registry.host, index)),
        None => Arc::default(),
    };
    Copies { index, listed, revocations, looks: looks.saturating_add(1), looked_at: Some(now) }
}

/// Nothing of what is kept, and nothing of its name, is believed: it is verified with the key of today's settings.
async fn kept<T: SignedList>(deps: &MarketDeps, registry: &MarketRegistry) -> Copy<T> {
    let Some(bytes) = deps.kept.read(&name::<T>(registry)).await else { return Copy::default() };
    match T::open(&bytes, &registry.key) {
        Ok(list) => Copy::kept(list),
        Err(refusal) => {
            let list = T::KIND.name();
            tracing::warn!(registry = registry.host, list, %refusal, "a kept list is not used");
            Copy::default()
        }
    }
}

/// A host may be anything that an operator writes; a digest is a file's name everywhere.
fn name<T: SignedList>(registry: &MarketRegistry) -> String {
    format!("{}-{}", digest(registry.host.as_bytes()), T::KIND.name())
}

/// Verified, and its bytes. None: the registry has none.
async fn fetched<T: SignedList>(
    deps: &MarketDeps,
    registry: &MarketRegistry,
) -> Result<Option<(T, Vec<u8>)>, Trouble> {
    let bad = |error: rulewright_domain::reference::BadReference| Trouble {
        code: "bad-reference".into(),
        message: error.to_string(),
    };
    let place: Reference = list_artifact::reference(&registry.host, T::KIND).map_err(bad)?;
    let manifest = match deps.registries.manifest(&place).await {
        Ok(found) => found,
        Err(FetchRefusal { code: "not-found", .. }) => return Ok(None),
        Err(refusal) => return Err(refusal.into()),
    };
    let blob = list_artifact::locate(T::KIND, &manifest.bytes)?;
    let bytes = deps.registries.blob(&place, &blob, &|_, _| ()).await?;
    Ok(Some((T::open(&bytes, &registry.key)?, bytes)))
}

async fn take<T: SignedList>(
    deps: &MarketDeps,
    registry: &MarketRegistry,
    copy: &mut Copy<T>,
    found: Result<Option<(T, Vec<u8>)>, Trouble>,
    now: Timestamp,
) {
    let (found, bytes) = match found {
        Ok(Some((list, bytes))) => (Ok(Some(list)), Some(bytes)),
        Ok(None) => (Ok(None), None),
        Err(trouble) => (Err(trouble), None),
    };
    let new = copy.take(found, now);
    if let Some(Trouble { code, message }) = &copy.trouble {
        let list = T::KIND.name();
        tracing::warn!(registry = registry.host, list, code = code.as_ref(), "{message}");
    }
    if let Some(bytes) = bytes.filter(|_| new) {
        deps.kept.write(&name::<T>(registry), bytes).await;
    }
}
