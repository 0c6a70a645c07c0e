//! What is known of one plugin of the shop, read in one snapshot.

use std::collections::BTreeMap;

use rulewright_domain::{
    Installation, Package, PublicKey, Replaced, Revocation, Run, ShopId, Usage, plugin::Digest,
    provenance::publisher_of,
};
use rulewright_ports::{
    Reads, StorageError,
    storage::{Page, RunQuery},
};

/// Failed runs that are looked through for what they have in common.
pub const FAILED: u32 = 200;

/// Runs whose logs are shown.
pub const LOGGED: u32 = 20;

/// Runs whose steps are measured, and the most of those steps. For each the body of a run is read.
pub const MEASURED: u32 = 200;

/// The version that the shop uses, for whoever needs to know no more of the plugin.
pub struct InUse {
    pub installation: Installation,
    pub package: Package,
    /// Who says that it must not run, and why.
    pub revoked: Option<(String, Revocation)>,
}

impl InUse {
    /// None: the shop does not have it.
    pub fn read(reads: &mut dyn Reads, shop: ShopId, id: &str) -> Result<Option<InUse>, StorageError> {
        let found = reads.installations(shop)?.into_iter().find(|one| one.plugin == id);
        let Some(installation) = found else { return Ok(None) };
        let Some(package) = reads.package(&installation.digest)? else { return Ok(None) };
        let revoked = reads.revocations()?.into_iter().find(|(_, one)| one.digest == installation.digest);
        Ok(Some(InUse { installation, package, revoked }))
    }
}

pub struct Known {
    pub installation: Installation,
    pub package: Package,
    /// Markdown of a stranger.
    pub readme: Option<String>,
    /// Of a stranger too.
    pub changelog: Option<String>,
    /// Newest first.
    pub before: Vec<(Replaced, Package)>,
    /// Runs that have not ended, by the component that they began with.
    pub open: BTreeMap<Digest, u64>,
    /// Names, and whether they are filled in.
    pub secrets: BTreeMap<String, bool>,
    /// Bytes of its own data.
    pub stored: u64,
    /// The key that the shop trusts for its publisher.
    pub pinned: Option<PublicKey>,
    /// Who says that it must not run, and why.
    pub revoked: Option<(String, Revocation)>,
    /// The latest that failed, newest first.
    pub failed: Vec<Run>,
    /// The latest of all, newest first.
    pub latest: Vec<Run>,
    /// What steps of the version in use have used, the latest run first.
    pub usage: Vec<Usage>,
}

impl Known {
    /// None: the shop does not have it.
    pub fn read(reads: &mut dyn Reads, shop: ShopId, id: &str) -> Result<Option<Known>, StorageError> {
        let Some(InUse { installation, package, revoked }) = InUse::read(reads, shop, id)? else {
            return Ok(None);
        };
        let plugin = installation.plugin.clone();
        let mut before = Vec::new();
        for replaced in reads.replaced_plugins(shop, &plugin)? {
            let old = reads.package(&replaced.installation.digest)?;
            before.extend(old.map(|old| (replaced, old)));
        }
        let mut open = BTreeMap::new();
        for (digest, count) in reads.open_digests(shop)? {
            if reads.package(&digest)?.is_some_and(|package| package.manifest.id == plugin) {
                open.insert(digest, count);
            }
        }
        let mut secrets = BTreeMap::new();
        for name in &installation.grant.secrets {
            secrets.insert(name.clone(), reads.secret(shop, &plugin, name)?.is_some());
        }
        let mut digests = vec![installation.digest.clone()];
        digests.extend(before.iter().map(|(replaced, _)| replaced.installation.digest.clone()));
        let mut runs = |state: Option<&str>, limit| {
            let state = state.map(str::to_owned);
            let query = RunQuery { state, digests: digests.clone(), ..RunQuery::default() };
            reads.runs(shop, &query, Page { after: None, limit, newest_first: true })
        };
        let (failed, latest) = (runs(Some("failed"), FAILED)?, runs(None, LOGGED)?);
        let mut usage = reads.step_usage(shop, std::slice::from_ref(&installation.digest), MEASURED)?;
        usage.truncate(MEASURED as usize);
        Ok(Some(Known {
            readme: reads.readme(shop, &installation.digest)?,
            changelog: reads.changelog(shop, &installation.digest)?,
            stored: reads.stored_size(shop, &plugin)?,
            pinned: reads.pinned_key(shop, publisher_of(&plugin))?,
            installation,
            package,
            before,
            open,
            secrets,
            revoked,
            failed,
            latest,
            usage,
        }))
    }

    /// The version of a component that the shop has or had.
    pub fn version(&self, digest: &str) -> Option<&str> {
        if digest == self.package.digest {
            return Some(&self.package.manifest.version);
        }
        let before = self.before.iter().find(|(_, package)| package.digest == digest);
        before.map(|(_, package)| package.manifest.version.as_str())
    }

    /// Runs that have not ended, of every version.
    pub fn waiting(&self) -> u64 {
        self.open.values().sum()
    }

    /// Of these, the ones that began with another version than the one in use.
    pub fn waiting_elsewhere(&self) -> u64 {
        self.waiting() - self.open.get(&self.package.digest).copied().unwrap_or_default()
    }

    /// Where a rollback goes.
    pub fn back(&self) -> Option<&(Replaced, Package)> {
        self.before.iter().find(|(replaced, _)| !replaced.rolled_back)
    }
}
