use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{
    self as domain, ShopConfig, Timestamp,
    plugin::{Group as DomainGroup, HttpTarget as DomainTarget, PluginKind as DomainKind},
};
use rulewright_registry as registry;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::value::mirror;

mirror! {
    PluginKind = DomainKind { Rule = "rule", Trigger = "trigger", Provider = "provider", }
}

mirror! {
    Group = DomainGroup {
        Employees = "employees",
        ClientCommunications = "client-communications",
        Trigger = "trigger",
        Provider = "provider",
    }
}

mirror! {
    Verb = registry::Verb {
        Read = "read",
        Change = "change",
        Send = "send",
        Reach = "reach",
        Keep = "keep",
        Always = "always",
    }
}

/// What can be put on a stage.
#[derive(Debug, Serialize, ToSchema)]
pub struct Catalogue {
    groups: Vec<CatalogueGroup>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CatalogueGroup {
    group: Group,
    plugins: Vec<CataloguePlugin>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CataloguePlugin {
    #[schema(example = "rulewright.send-sms")]
    id: String,
    version: String,
    kind: PluginKind,
    /// In the shop's language, where the plugin has it.
    title: String,
    /// By BCP 47 tag; English is `en`.
    titles: BTreeMap<String, String>,
    description: String,
    publisher: String,
    /// JSON Schema of the settings.
    #[schema(value_type = Object)]
    settings: Value,
    /// What the rules after it can insert: name and help.
    outputs: BTreeMap<String, String>,
    /// Event kinds that a trigger examines.
    subscriptions: BTreeSet<String>,
    /// Otherwise it can neither be added nor run.
    in_plan: bool,
}

impl Catalogue {
    pub fn of(config: ShopConfig) -> Catalogue {
        let locale = config.shop.locale.clone();
        let mut groups: BTreeMap<Group, Vec<CataloguePlugin>> = BTreeMap::new();
        for (id, plugin) in config.plugins {
            let in_plan = !config.shop.not_in_plan.contains(&id);
            let group = plugin.manifest.group.into();
            groups.entry(group).or_default().push(CataloguePlugin::of(
                plugin.manifest.clone(),
                &locale,
                in_plan,
            ));
        }
        let groups = groups.into_iter().map(|(group, plugins)| CatalogueGroup { group, plugins });
        Catalogue { groups: groups.collect() }
    }
}

impl CataloguePlugin {
    fn of(manifest: domain::Manifest, locale: &str, in_plan: bool) -> CataloguePlugin {
        let language = locale.split('-').next().unwrap_or(locale);
        let titles = &manifest.titles;
        let title = titles.get(locale).or_else(|| titles.get(language)).unwrap_or(&manifest.title).clone();
        let mut titles = manifest.titles;
        titles.insert("en".to_owned(), manifest.title);
        CataloguePlugin {
            id: manifest.id,
            version: manifest.version,
            kind: manifest.kind.into(),
            title,
            titles,
            description: manifest.description,
            publisher: manifest.publisher,
            settings: manifest.settings,
            outputs: manifest.outputs,
            subscriptions: manifest.subscriptions,
            in_plan,
        }
    }
}

/// One thing that a plugin may do, in words.
#[derive(Debug, Serialize, ToSchema)]
struct Sentence {
    verb: Verb,
    /// Personal data, money, deletion, or a secret in the open.
    sensitive: bool,
    text: String,
    /// The host function behind it.
    function: Option<String>,
}

fn sentences(from: Vec<registry::Sentence>) -> Vec<Sentence> {
    let one = |sentence: registry::Sentence| Sentence {
        verb: sentence.verb.into(),
        sensitive: sentence.sensitive,
        text: sentence.text,
        function: sentence.function,
    };
    from.into_iter().map(one).collect()
}

/// The question that must be agreed to before a plugin is installed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Consent {
    plugin: String,
    version: String,
    title: String,
    /// Repeat the request with `?accept=` this.
    digest: String,
    /// Everything that it may do.
    sentences: Vec<Sentence>,
    /// What an update asks for beyond the version in use.
    added: Vec<Sentence>,
    /// The shop names the hosts that it may reach, with `&hosts=`.
    hosts_chosen_by_shop: bool,
}

impl Consent {
    pub fn asking(package: &domain::Package, installed: Option<&domain::Package>) -> Consent {
        let manifest = &package.manifest;
        Consent {
            plugin: manifest.id.clone(),
            version: manifest.version.clone(),
            title: manifest.title.clone(),
            digest: package.digest.clone(),
            sentences: sentences(registry::consent(package)),
            added: installed.map(|old| sentences(registry::diff(old, package).added)).unwrap_or_default(),
            hosts_chosen_by_shop: manifest.permissions.http_chosen_by_shop,
        }
    }
}

/// What a plugin may do.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Host functions, e.g. `orders-write.move-stage`.
    functions: BTreeSet<String>,
    #[serde(default)]
    http: Vec<HttpTarget>,
    #[serde(default)]
    secrets: BTreeSet<String>,
    #[serde(default)]
    channels: BTreeSet<String>,
    /// Bytes of private storage.
    #[serde(default)]
    storage: u64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HttpTarget {
    /// Exact host name with an optional port.
    #[schema(example = "api.example.com")]
    host: String,
    /// Any if empty.
    #[serde(default)]
    methods: BTreeSet<String>,
    /// Only paths below this.
    #[serde(default = "root")]
    path: String,
}

fn root() -> String {
    "/".to_owned()
}

impl From<domain::Grant> for Grant {
    fn from(grant: domain::Grant) -> Grant {
        let target = |target: DomainTarget| {
            let DomainTarget { host, methods, path } = target;
            HttpTarget { host, methods, path }
        };
        Grant {
            functions: grant.functions,
            http: grant.http.into_iter().map(target).collect(),
            secrets: grant.secrets,
            channels: grant.channels,
            storage: grant.storage,
        }
    }
}

impl From<Grant> for domain::Grant {
    fn from(grant: Grant) -> domain::Grant {
        let target = |target: HttpTarget| {
            let HttpTarget { host, methods, path } = target;
            DomainTarget { host, methods, path }
        };
        domain::Grant {
            functions: grant.functions,
            http: grant.http.into_iter().map(target).collect(),
            secrets: grant.secrets,
            channels: grant.channels,
            storage: grant.storage,
        }
    }
}

/// An installed plugin.
#[derive(Debug, Serialize, ToSchema)]
pub struct Plugin {
    #[schema(example = "rulewright.send-sms")]
    id: String,
    version: String,
    title: String,
    kind: PluginKind,
    group: Group,
    publisher: String,
    digest: String,
    /// Bytes of the component.
    size: u64,
    #[schema(value_type = String, format = DateTime)]
    installed: Timestamp,
}

impl Plugin {
    pub fn of(package: &domain::Package, installation: &domain::Installation) -> Plugin {
        let manifest = &package.manifest;
        Plugin {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            title: manifest.title.clone(),
            kind: manifest.kind.into(),
            group: manifest.group.into(),
            publisher: manifest.publisher.clone(),
            digest: package.digest.clone(),
            size: package.size,
            installed: Timestamp(installation.installed_at),
        }
    }
}

/// An installed plugin, with what it may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginDetail {
    #[serde(flatten)]
    plugin: Plugin,
    description: String,
    host_api: String,
    /// Everything that it asks for.
    sentences: Vec<Sentence>,
    /// What the shop agreed to.
    grant: Grant,
    /// Names of its secrets, and whether the shop has filled them in.
    secrets: BTreeMap<String, bool>,
    /// Bytes of private storage in use.
    storage_used: u64,
}

impl PluginDetail {
    pub fn of(
        package: &domain::Package,
        installation: domain::Installation,
        secrets: BTreeMap<String, bool>,
        storage_used: u64,
    ) -> PluginDetail {
        PluginDetail {
            plugin: Plugin::of(package, &installation),
            description: package.manifest.description.clone(),
            host_api: package.manifest.host_api.clone(),
            sentences: sentences(registry::consent(package)),
            grant: installation.grant.into(),
            secrets,
            storage_used,
        }
    }
}

/// Written, never read again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretInput {
    pub value: String,
}
