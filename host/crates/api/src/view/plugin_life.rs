//! Versions of plugins, keys of publishers, and what was stopped.

use std::collections::BTreeMap;

use rulewright_domain::{
    Installation, Package, PublicKey, Replaced, Revocation, RunId, Timestamp, plugin::Digest,
    provenance::publisher_of,
};
use rulewright_engine::Migrated;
use rulewright_market::fingerprint;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::plugin::Grant;

/// A version of a plugin that a shop has, or had.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginVersion {
    #[schema(example = "1.2.0")]
    version: String,
    digest: String,
    /// Whether it is the one in use.
    in_use: bool,
    /// Where it came from.
    #[schema(example = "registry.example/acme/greet:1.2.0")]
    source: String,
    /// Fingerprint of the key that signed it.
    signed_by: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    installed_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    replaced_at: Option<Timestamp>,
    /// What the shop agreed to for this version.
    grant: Grant,
    /// That have not ended and began with it.
    runs: u64,
}

impl PluginVersion {
    pub fn in_use(package: &Package, installation: Installation, runs: &BTreeMap<Digest, u64>) -> Self {
        PluginVersion {
            version: package.manifest.version.clone(),
            in_use: true,
            source: installation.provenance.source.to_string(),
            signed_by: installation.provenance.signed_by.as_deref().map(fingerprint),
            installed_at: Timestamp(installation.installed_at),
            replaced_at: None,
            runs: runs.get(&installation.digest).copied().unwrap_or_default(),
            digest: installation.digest,
            grant: installation.grant.into(),
        }
    }

    pub fn replaced(package: &Package, replaced: Replaced, runs: &BTreeMap<Digest, u64>) -> Self {
        let in_use = PluginVersion::in_use(package, replaced.installation, runs);
        PluginVersion { in_use: false, replaced_at: Some(replaced.replaced_at), ..in_use }
    }
}

/// Runs that wait with other versions than the one in use, and what became of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Migration {
    /// The version in use.
    to: String,
    /// Runs that began with another one, before anything was moved.
    waiting: u64,
    from: Vec<MigratedFrom>,
    moved: u64,
    /// They stay with the version that they began with.
    refused: Vec<NotMigrated>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MigratedFrom {
    version: Option<String>,
    digest: String,
    runs: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct NotMigrated {
    #[schema(value_type = String, example = "run_7")]
    run: RunId,
    reason: String,
}

impl Migration {
    pub fn of(
        to: &Package,
        waiting: BTreeMap<Digest, u64>,
        versions: &BTreeMap<Digest, Package>,
        migrated: Option<Migrated>,
    ) -> Migration {
        let Migrated { moved, refused } = migrated.unwrap_or_default();
        let version = |digest: &Digest| versions.get(digest).map(|package| package.manifest.version.clone());
        Migration {
            to: to.manifest.version.clone(),
            waiting: waiting.values().sum(),
            from: waiting
                .into_iter()
                .map(|(digest, runs)| MigratedFrom { version: version(&digest), digest, runs })
                .collect(),
            moved,
            refused: refused.into_iter().map(|(run, reason)| NotMigrated { run, reason }).collect(),
        }
    }
}

/// A key that the shop trusts for all plugins of a publisher.
#[derive(Debug, Serialize, ToSchema)]
pub struct PinnedKey {
    /// First part of the ids of its plugins.
    #[schema(example = "acme")]
    publisher: String,
    #[schema(example = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    key: String,
    #[schema(example = "9f86-d081-884c-7d65")]
    fingerprint: String,
    #[schema(value_type = String, format = DateTime)]
    pinned_at: Timestamp,
    /// That are installed.
    plugins: Vec<String>,
}

impl PinnedKey {
    pub fn of(
        (publisher, key, pinned_at): (String, PublicKey, Timestamp),
        installed: &[Installation],
    ) -> PinnedKey {
        let mine = installed.iter().map(|one| &one.plugin).filter(|id| publisher_of(id) == publisher);
        PinnedKey {
            plugins: mine.cloned().collect(),
            fingerprint: fingerprint(&key),
            publisher,
            key,
            pinned_at,
        }
    }
}

/// A component that must not run.
#[derive(Debug, Serialize, ToSchema)]
pub struct Quarantined {
    digest: String,
    reason: String,
    /// `operator`, or the registry whose list says so.
    #[schema(example = "operator")]
    by: String,
}

impl Quarantined {
    pub fn of((by, revocation): (String, Revocation)) -> Quarantined {
        Quarantined { digest: revocation.digest, reason: revocation.reason, by }
    }
}

/// Why a component is stopped.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuarantineInput {
    /// What staff read wherever it would have run.
    #[schema(example = "it sends twice")]
    pub reason: String,
}
