use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::Timestamp;
use rulewright_market::{self as market, Looker};
use rulewright_registry::{self as registry, keys};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::plugin::{Group, PluginKind, Sentence, sentences};
use super::value::mirror;

mirror! {
    /// Who answers for it that a plugin is its publisher's: whoever made this program, the registry's operator, or nobody.
    Trust = market::Trust { Bundled = "bundled", Verified = "verified", Unverified = "unverified", }
}

/// What to look for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct MarketQuery {
    /// Words of the id, the title, the description or the publisher. All have to occur; the best comes first.
    #[param(example = "send sms")]
    pub q: Option<String>,
    #[param(inline)]
    pub kind: Option<PluginKind>,
    /// `bundled`, or the host of a registry.
    #[param(example = "registry.example.com")]
    pub source: Option<String>,
    /// 1 to 200; 50 if left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// Where a plugin is had from, if several have it.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct MarketFrom {
    /// `bundled`, or the host of a registry; the first that has it, if left out.
    #[param(example = "registry.example.com")]
    pub source: Option<String>,
}

/// What can be had.
#[derive(Debug, Serialize, ToSchema)]
pub struct MarketPage {
    pub items: Vec<MarketItem>,
    /// Pass it as `after` to get the next page; null on the last one.
    pub next: Option<String>,
    /// The registries that were asked, and how much their answers can be relied on.
    pub registries: Vec<MarketRegistry>,
    /// What to do, where there is less than one would expect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// The registries whose plugins can be had.
#[derive(Debug, Serialize, ToSchema)]
pub struct MarketRegistries {
    pub registries: Vec<MarketRegistry>,
}

/// What is known of a registry.
#[derive(Debug, Serialize, ToSchema)]
pub struct MarketRegistry {
    #[schema(example = "registry.example.com")]
    host: String,
    /// Plugins in its index.
    plugins: usize,
    index: SignedListState,
    /// Components that it revokes.
    revoked: usize,
    revocations: SignedListState,
}

/// The last good copy of a signed list.
#[derive(Debug, Serialize, ToSchema)]
struct SignedListState {
    /// None: there is no list.
    sequence: Option<u64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    issued_at: Option<Timestamp>,
    /// When the registry last gave a good one. None: not since this server was started.
    #[schema(value_type = Option<String>, format = DateTime)]
    fetched_at: Option<Timestamp>,
    /// Its operator has not signed it for so long that something new may be withheld.
    old: bool,
    /// Why the last look at the registry brought nothing good; what was good before is shown.
    problem: Option<MarketProblem>,
}

/// What is wrong, and what to do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MarketProblem {
    /// Stable and machine-readable.
    #[schema(example = "list-rolled-back")]
    code: String,
    message: String,
}

impl From<market::Trouble> for MarketProblem {
    fn from(trouble: market::Trouble) -> MarketProblem {
        MarketProblem { code: trouble.code.into_owned(), message: trouble.message }
    }
}

impl From<market::Freshness> for SignedListState {
    fn from(state: market::Freshness) -> SignedListState {
        SignedListState {
            sequence: state.sequence,
            issued_at: state.issued_at,
            fetched_at: state.fetched_at,
            old: state.old,
            problem: state.trouble.map(MarketProblem::from),
        }
    }
}

impl From<market::RegistryState> for MarketRegistry {
    fn from(state: market::RegistryState) -> MarketRegistry {
        MarketRegistry {
            host: state.host,
            plugins: state.plugins,
            index: state.index.into(),
            revoked: state.revoked,
            revocations: state.revocations.into(),
        }
    }
}

/// A plugin that can be had.
#[derive(Debug, Serialize, ToSchema)]
pub struct MarketItem {
    #[schema(example = "acme.greet")]
    pub id: String,
    kind: PluginKind,
    group: Group,
    /// In the shop's language, where the plugin has it.
    title: String,
    description: String,
    publisher: MarketPublisher,
    /// `bundled`, or the host of a registry.
    #[schema(example = "registry.example.com")]
    source: String,
    trust: Trust,
    /// The version that one would install today. None: none fits this host, or all are revoked.
    version: Option<String>,
    /// What to install.
    #[schema(example = "registry.example.com/acme/greet@sha256:0b5a...")]
    reference: Option<String>,
    /// How often it was fetched, where the registry counts that.
    downloads: Option<u64>,
    permissions: PermissionCounts,
    /// What the shop has of it.
    installed: Option<MarketInstalled>,
    /// The version that somebody may install in its place. Nothing installs itself.
    update: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct MarketPublisher {
    /// The first part of its plugins' ids.
    #[schema(example = "acme")]
    id: String,
    name: String,
    /// Of its key: compare it with what the publisher says by another way.
    #[schema(example = "9f86-d081-884c-7d65")]
    fingerprint: Option<String>,
    /// Since when the registry's operator answers for it that the key is this publisher's.
    #[schema(value_type = Option<String>, format = DateTime)]
    verified_since: Option<Timestamp>,
}

/// In how many ways it may do something.
#[derive(Debug, Default, Serialize, ToSchema)]
struct PermissionCounts {
    read: usize,
    change: usize,
    send: usize,
    reach: usize,
    keep: usize,
    /// Of all these: those that concern personal data, money, deletion, or a secret in the open.
    sensitive: usize,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct MarketInstalled {
    version: String,
    digest: String,
    /// Where what the shop has must not run, why.
    revoked: Option<String>,
}

/// A plugin that can be had, with everything that one would like to know before.
#[derive(Debug, Serialize, ToSchema)]
pub struct MarketDetail {
    #[serde(flatten)]
    item: MarketItem,
    /// By BCP 47 tag; English is `en`.
    titles: BTreeMap<String, String>,
    /// What the offered version may do, as the registry says. What is agreed to when it is installed is computed from the
    /// component itself.
    sentences: Vec<Sentence>,
    /// The newest first.
    versions: Vec<MarketVersion>,
    /// Markdown of its publisher's; show it as text, or rendered without HTML.
    readme: Option<String>,
    /// The same of what is new in each version.
    changelog: Option<String>,
    /// Why there is no readme, no changelog and no icon, where the registry could not be asked.
    readme_problem: Option<MarketProblem>,
    /// Where its picture is.
    #[schema(example = "/v1/marketplace/acme.greet/icon")]
    icon: Option<String>,
    /// Its page in this repository, of what comes with Rulewright.
    #[schema(example = "docs/plugins/send-sms.md")]
    docs: Option<String>,
    /// Other sources that have a plugin of this name. They need not be the same one.
    also_from: BTreeSet<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MarketVersion {
    version: String,
    /// What to install.
    reference: String,
    /// With its tag, for people.
    #[schema(example = "registry.example.com/acme/greet:1.2.0")]
    named: String,
    /// SHA-256 of the component.
    digest: String,
    /// Bytes of the component.
    size: u64,
    host_api: String,
    /// This host has what it needs.
    fits: bool,
    trust: Trust,
    /// Of the key that signed it.
    fingerprint: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    added_at: Option<Timestamp>,
    /// Why it must not run, where a registry says so.
    revoked: Option<String>,
    installed: bool,
    sentences: Vec<Sentence>,
}

impl MarketItem {
    pub fn of(plugin: &market::Listed, looker: &Looker) -> MarketItem {
        let (offered, told) = (looker.offered(plugin), looker.described(plugin));
        MarketItem {
            id: plugin.id.clone(),
            kind: plugin.kind.into(),
            group: plugin.group.into(),
            title: looker.title(plugin),
            description: plugin.description.clone(),
            publisher: MarketPublisher {
                id: plugin.publisher_id().to_owned(),
                name: plugin.publisher.clone(),
                fingerprint: fingerprint(plugin.key.as_deref()),
                verified_since: plugin.verified_since,
            },
            source: plugin.source.clone(),
            trust: told.map_or(Trust::Unverified, |one| one.trust.into()),
            version: offered.map(|one| one.version.clone()),
            reference: offered.map(|one| one.reference.clone()),
            downloads: plugin.downloads,
            permissions: told.map(|one| counts(&one.permissions)).unwrap_or_default(),
            installed: looker.has(plugin).map(|has| MarketInstalled {
                version: has.version.clone(),
                digest: has.digest.clone(),
                revoked: looker.revocation(&has.digest),
            }),
            update: looker.update(plugin).map(|one| one.version.clone()),
        }
    }
}

impl MarketDetail {
    pub fn of(detail: market::Detail, looker: &Looker) -> MarketDetail {
        let market::Detail { plugin, page, also_from } = detail;
        let item = MarketItem::of(&plugin, looker);
        let told = looker.described(&plugin);
        let mut titles = plugin.titles.clone();
        titles.insert("en".to_owned(), plugin.title.clone());
        let bundled = plugin.source == market::BUNDLED;
        let (readme, changelog, icon, problem) = match page {
            Ok(page) => (page.readme.clone(), page.changelog.clone(), page.icon.is_some(), None),
            Err(trouble) => (None, None, false, Some(trouble.into())),
        };
        MarketDetail {
            titles,
            sentences: told.map(|one| sentences(one.permissions.clone())).unwrap_or_default(),
            versions: plugin.releases.iter().map(|one| MarketVersion::of(one, &item, looker)).collect(),
            readme,
            changelog,
            readme_problem: problem,
            icon: icon.then(|| format!("/v1/marketplace/{}/icon?source={}", plugin.id, plugin.source)),
            docs: plugin
                .id
                .split_once('.')
                .filter(|_| bundled)
                .map(|(_, name)| format!("docs/plugins/{name}.md")),
            also_from,
            item,
        }
    }
}

impl MarketVersion {
    fn of(release: &market::ListedRelease, item: &MarketItem, looker: &Looker) -> MarketVersion {
        MarketVersion {
            version: release.version.clone(),
            reference: release.reference.clone(),
            named: release.named.clone(),
            digest: release.component.clone(),
            size: release.size,
            host_api: release.host_api.clone(),
            fits: release.fits,
            trust: release.trust.into(),
            fingerprint: fingerprint(release.signed_by.as_deref()),
            added_at: release.added_at,
            revoked: looker.revocation(&release.component),
            installed: item.installed.as_ref().is_some_and(|has| has.digest == release.component),
            sentences: sentences(release.permissions.clone()),
        }
    }
}

fn fingerprint(key: Option<&str>) -> Option<String> {
    key.and_then(|key| keys::fingerprint(key).ok())
}

fn counts(sentences: &[registry::Sentence]) -> PermissionCounts {
    let mut counts = PermissionCounts::default();
    for sentence in sentences {
        use registry::Verb;
        match sentence.verb {
            Verb::Read => counts.read += 1,
            Verb::Change => counts.change += 1,
            Verb::Send => counts.send += 1,
            Verb::Reach => counts.reach += 1,
            Verb::Keep => counts.keep += 1,
            Verb::Always => {}
        }
        counts.sensitive += usize::from(sentence.sensitive);
    }
    counts
}
