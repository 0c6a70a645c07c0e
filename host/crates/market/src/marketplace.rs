//! What can be had: the plugins that come with the program, and those in the indexes of the registries that the
//! operator named. Lists are verified before anything of them is shown, and the last good one is kept.

mod copy;
mod fetch;
mod listed;
mod looker;
mod pages;
mod shelf;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rulewright_domain::{PublicKey, Revocation, Timestamp};
use rulewright_engine::Engine;
use rulewright_ports::{Clock, Kept, Registries};
use tokio::sync::Mutex;

pub use copy::{Freshness, Trouble};
use fetch::Copies;
pub use listed::{BUNDLED, Listed, ListedRelease, Trust};
pub use looker::{Has, Looker};
pub use pages::Page;
pub use shelf::{Detail, Wanted};

/// What stands in the settings about a registry that has an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketRegistry {
    /// Host, with its port where it has one of its own.
    pub host: String,
    /// Whose index and revocations are believed.
    pub key: PublicKey,
}

/// What the marketplace is wired to.
pub struct MarketDeps {
    pub registries: Arc<dyn Registries>,
    /// In the order in which the operator prefers them.
    pub sources: Vec<MarketRegistry>,
    pub kept: Arc<dyn Kept>,
    pub clock: Arc<dyn Clock>,
    /// Plugins that come with the program: folder and component.
    pub bundled: &'static [(&'static str, &'static [u8])],
}

/// Cheap to clone: every clone is the same.
#[derive(Clone)]
pub struct Marketplace(Arc<Inner>);

struct Inner {
    deps: MarketDeps,
    sources: Vec<Source>,
    bundled: OnceLock<Vec<Arc<Listed>>>,
    pages: pages::Pages,
}

struct Source {
    registry: MarketRegistry,
    copies: std::sync::Mutex<Copies>,
    /// One look at a time; whoever comes meanwhile waits for it.
    looking: Mutex<()>,
}

/// What is known of one registry.
#[derive(Clone, Debug)]
pub struct RegistryState {
    pub host: String,
    pub index: Freshness,
    pub plugins: usize,
    pub revocations: Freshness,
    pub revoked: usize,
}

/// An index that was read a moment ago is shown as it is; one that is older is read again first.
const RECENT: Duration = Duration::from_secs(5 * 60);
/// For which somebody who looks around waits; the look itself goes on.
const PATIENCE: Duration = Duration::from_secs(8);
/// For which whoever insists waits.
const REFRESH: Duration = Duration::from_secs(20);
/// After which a list is said to be old. An operator signs anew from time to time even if nothing has changed, so that
/// nobody can withhold what is new without being noticed.
const OLD_INDEX: Duration = Duration::from_secs(30 * 24 * 3600);
const OLD_REVOCATIONS: Duration = Duration::from_secs(7 * 24 * 3600);

impl Marketplace {
    pub fn new(deps: MarketDeps) -> Marketplace {
        let source = |registry: &MarketRegistry| Source {
            registry: registry.clone(),
            copies: std::sync::Mutex::default(),
            looking: Mutex::default(),
        };
        let sources = deps.sources.iter().map(source).collect();
        Marketplace(Arc::new(Inner {
            deps,
            sources,
            bundled: OnceLock::new(),
            pages: pages::Pages::default(),
        }))
    }

    /// Everything that can be had, what comes with the program first.
    pub async fn listed(&self) -> Vec<Arc<Listed>> {
        self.look(false).await;
        let mut all = self.bundled().await;
        for source in &self.0.sources {
            all.extend(source.copies().listed.iter().cloned());
        }
        all
    }

    /// Reads the lists again, where they are not recent or whoever asks insists, and waits a moment for it.
    async fn look(&self, insist: bool) {
        let mut looks = Vec::new();
        for place in 0..self.0.sources.len() {
            let market = self.clone();
            looks.push(tokio::spawn(async move { market.look_at(place, insist).await }));
        }
        // A look that takes longer is not given up.
        let _ = tokio::time::timeout(PATIENCE, futures::future::join_all(looks)).await;
    }

    async fn look_at(&self, place: usize, insist: bool) {
        let Some(source) = self.0.sources.get(place) else { return };
        let asked = source.copies().looks;
        let _alone = source.looking.lock().await;
        let now = self.0.deps.clock.now();
        let copies = source.copies().clone();
        // Somebody else has just looked.
        if copies.looks > asked || (!insist && copies.is_recent(now, RECENT)) {
            return;
        }
        let seen = fetch::look(&self.0.deps, &source.registry, copies, now).await;
        *source.copies() = seen;
    }

    /// Reads all lists again, and lets nothing run that one of them revokes.
    pub async fn refresh(&self, engine: &Engine) -> Vec<RegistryState> {
        for place in 0..self.0.sources.len() {
            self.look_at(place, true).await;
        }
        for source in &self.0.sources {
            let list = source.copies().revocations.list.clone();
            let Some(list) = list else { continue };
            let host = &source.registry.host;
            match engine.revoke(host, list.revoked.clone(), list.sequence).await {
                Ok(false) => {}
                Ok(true) => {
                    tracing::warn!(
                        registry = host,
                        sequence = list.sequence,
                        "plugins were revoked or released"
                    );
                }
                // The database has seen a newer one than the folder of lists, which may be deleted.
                Err(refusal) => {
                    tracing::error!(registry = host, %refusal, "a list of revocations is not followed");
                    let trouble =
                        Trouble { code: refusal.code().to_owned().into(), message: refusal.to_string() };
                    source.copies().revocations.trouble = Some(trouble);
                }
            }
        }
        self.states()
    }

    /// The same for somebody who waits for it: a registry that takes longer is read on while the answer leaves.
    pub async fn refresh_soon(&self, engine: &Engine) -> Vec<RegistryState> {
        let (market, engine) = (self.clone(), engine.clone());
        let looking = tokio::spawn(async move { market.refresh(&engine).await });
        match tokio::time::timeout(REFRESH, looking).await {
            Ok(Ok(states)) => states,
            Ok(Err(_)) | Err(_) => self.states(),
        }
    }

    /// How much the last good copies of all lists can be relied on.
    pub fn states(&self) -> Vec<RegistryState> {
        let now = self.0.deps.clock.now();
        let state = |source: &Source| {
            let copies = source.copies();
            RegistryState {
                host: source.registry.host.clone(),
                index: copies.index.freshness(now, OLD_INDEX),
                plugins: copies.listed.len(),
                revocations: copies.revocations.freshness(now, OLD_REVOCATIONS),
                revoked: copies.revocations.list.as_ref().map_or(0, |list| list.revoked.len()),
            }
        };
        self.0.sources.iter().map(state).collect()
    }

    /// All that the lists say must not run.
    pub fn revoked(&self) -> Vec<Revocation> {
        let all = self.0.sources.iter().filter_map(|source| source.copies().revocations.list.clone());
        all.flat_map(|list| list.revoked.clone()).collect()
    }

    /// The registries whose operators answer for it that this key is this publisher's, and since when.
    pub fn vouching(&self, publisher: &str, key: &str) -> BTreeMap<String, Timestamp> {
        let of = |source: &Source| {
            let index = source.copies().index.list.clone()?;
            Some((source.registry.host.clone(), index.vouches(publisher, key)?))
        };
        self.0.sources.iter().filter_map(of).collect()
    }

    /// Whether any of these operators does, after a look at their indexes.
    pub async fn verified(&self, publisher: &str, key: &str) -> Option<bool> {
        self.look(false).await;
        self.vouched(publisher, key)
    }

    /// The same, by what has been seen. None: there is no index to ask.
    pub fn vouched(&self, publisher: &str, key: &str) -> Option<bool> {
        let known = self.0.sources.iter().any(|source| source.copies().index.list.is_some());
        known.then(|| !self.vouching(publisher, key).is_empty())
    }

    /// Readme and icon of exactly this version.
    pub async fn page(&self, release: &ListedRelease) -> Result<Arc<Page>, Trouble> {
        let looked = self.0.pages.of(&self.0.deps.registries, release);
        match tokio::time::timeout(PATIENCE, looked).await {
            Ok(page) => page,
            Err(_) => Err(Trouble {
                code: "slow-registry".into(),
                message: format!("the registry has not answered within {} s: try again", PATIENCE.as_secs()),
            }),
        }
    }

    async fn bundled(&self) -> Vec<Arc<Listed>> {
        if let Some(all) = self.0.bundled.get() {
            return all.clone();
        }
        let components = self.0.deps.bundled;
        // Megabytes to read, once.
        let read = tokio::task::spawn_blocking(move || listed::of_program(components)).await;
        match read {
            Ok(all) => self.0.bundled.get_or_init(|| all).clone(),
            Err(error) => {
                tracing::error!(%error, "the plugins of this program cannot be read");
                Vec::new()
            }
        }
    }
}

impl Source {
    fn copies(&self) -> std::sync::MutexGuard<'_, Copies> {
        // Whoever held it only copied.
        self.copies.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
