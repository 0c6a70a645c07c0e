use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{
    self as domain, Timestamp,
    plugin::{
        Group as DomainGroup, HttpTarget as DomainTarget, Origin as DomainOrigin, PluginKind as DomainKind,
    },
};
use rulewright_market::{Question, fingerprint};
use rulewright_registry as registry;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{install::Publisher, value::mirror};

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

mirror! {
    /// What the events of a trigger come from: customers and their systems, or the shop's own work.
    Origin = DomainOrigin { External = "external", Internal = "internal", }
}

/// Which part of the catalogue.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct CatalogueFilter {
    #[param(inline)]
    kind: Option<PluginKind>,
    #[param(inline)]
    group: Option<Group>,
    /// Of triggers.
    #[param(inline)]
    origin: Option<Origin>,
}

impl CatalogueFilter {
    fn takes(&self, manifest: &domain::Manifest) -> bool {
        self.kind.is_none_or(|kind| kind == manifest.kind.into())
            && self.group.is_none_or(|group| group == manifest.group.into())
            && self.origin.is_none_or(|origin| manifest.origin.map(Origin::from) == Some(origin))
    }
}

/// What can be put on a stage.
#[derive(Debug, Serialize, ToSchema)]
pub struct Catalogue {
    items: Vec<CatalogueItem>,
    /// The same, by group.
    groups: Vec<CatalogueGroup>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CatalogueItem {
    /// The title.
    #[schema(example = "Send SMS")]
    name: String,
    #[schema(example = "rulewright.send-sms")]
    plugin: String,
    #[serde(flatten)]
    rest: CataloguePlugin,
}

#[derive(Debug, Serialize, ToSchema)]
struct CatalogueGroup {
    group: Group,
    plugins: Vec<CataloguePlugin>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct CataloguePlugin {
    #[schema(example = "rulewright.send-sms")]
    id: String,
    version: String,
    kind: PluginKind,
    group: Group,
    /// Of a trigger, where it says so.
    origin: Option<Origin>,
    /// In the shop's language, where the plugin has it.
    title: String,
    /// By BCP 47 tag; English is `en`.
    titles: BTreeMap<String, String>,
    description: String,
    /// What happens where data is missing.
    missing: String,
    /// Settings to begin with.
    #[schema(value_type = Option<Object>)]
    example: Option<Value>,
    publisher: String,
    /// JSON Schema of the settings.
    #[schema(value_type = Object)]
    settings: Value,
    /// What the rules after it can insert: name and help.
    outputs: BTreeMap<String, String>,
    /// Event kinds that a trigger examines.
    subscriptions: BTreeSet<String>,
    /// Channels that a provider carries, or that a rule sends by.
    channels: BTreeSet<String>,
    /// Of a provider: characters of text that it takes.
    max_text: Option<u32>,
    /// What it may do, in sentences.
    permissions: Vec<Sentence>,
    /// Otherwise it cannot be added, and does not run where it is.
    in_plan: bool,
    /// Its page in this repository, of what comes with Rulewright.
    #[schema(example = "docs/plugins/send-sms.md")]
    docs: Option<String>,
}

impl Catalogue {
    pub fn of(shop: &domain::Shop, packages: Vec<domain::Package>, filter: &CatalogueFilter) -> Catalogue {
        let mut groups: BTreeMap<Group, Vec<CataloguePlugin>> = BTreeMap::new();
        let mut items = Vec::new();
        for package in packages.into_iter().filter(|package| filter.takes(&package.manifest)) {
            let plugin = CataloguePlugin::of(package, shop);
            groups.entry(plugin.group).or_default().push(plugin.clone());
            items.push(CatalogueItem { name: plugin.title.clone(), plugin: plugin.id.clone(), rest: plugin });
        }
        let groups = groups.into_iter().map(|(group, plugins)| CatalogueGroup { group, plugins });
        Catalogue { items, groups: groups.collect() }
    }
}

impl CataloguePlugin {
    fn of(package: domain::Package, shop: &domain::Shop) -> CataloguePlugin {
        let permissions = sentences(registry::consent(&package));
        let manifest = package.manifest;
        let locale = shop.locale.as_str();
        let language = locale.split('-').next().unwrap_or(locale);
        let titles = &manifest.titles;
        let title = titles.get(locale).or_else(|| titles.get(language)).unwrap_or(&manifest.title).clone();
        let mut titles = manifest.titles;
        titles.insert("en".to_owned(), manifest.title);
        CataloguePlugin {
            in_plan: !shop.not_in_plan.contains(&manifest.id),
            docs: manifest.id.strip_prefix(OURS).map(|name| format!("docs/plugins/{name}.md")),
            id: manifest.id,
            version: manifest.version,
            kind: manifest.kind.into(),
            group: manifest.group.into(),
            origin: manifest.origin.map(Origin::from),
            title,
            titles,
            description: manifest.description,
            missing: manifest.missing,
            example: manifest.example,
            publisher: manifest.publisher,
            settings: manifest.settings,
            outputs: manifest.outputs,
            subscriptions: manifest.subscriptions,
            channels: manifest.permissions.channels,
            max_text: manifest.max_text,
            permissions,
        }
    }
}

/// Of plugins that come with Rulewright.
const OURS: &str = "rulewright.";

/// One thing that a plugin may do, in words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Sentence {
    verb: Verb,
    /// Personal data, money, deletion, or a secret in the open.
    sensitive: bool,
    text: String,
    /// The host function behind it.
    function: Option<String>,
}

pub fn sentences(from: Vec<registry::Sentence>) -> Vec<Sentence> {
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
    /// What is agreed to: repeat it with the answer.
    digest: String,
    publisher: Publisher,
    /// Everything that it may do.
    sentences: Vec<Sentence>,
    /// What an update asks for beyond the version in use and what that was granted.
    added: Vec<Sentence>,
    /// What whoever agrees should know about where it comes from.
    warnings: Vec<String>,
    /// Fingerprint of the key that is trusted for this publisher from then on: repeat it with the answer.
    #[schema(example = "9f86-d081-884c-7d65")]
    pin: Option<String>,
    /// The shop names the hosts that it may reach.
    hosts_chosen_by_shop: bool,
    /// Those that it named for the version in use; they stay where the answer names none.
    hosts: Vec<String>,
}

impl Consent {
    pub fn of(question: &Question) -> Consent {
        let manifest = &question.package.manifest;
        Consent {
            plugin: manifest.id.clone(),
            version: manifest.version.clone(),
            title: manifest.title.clone(),
            digest: question.package.digest.clone(),
            publisher: Publisher::of(question),
            sentences: sentences(question.sentences()),
            added: question.diff().map(|diff| sentences(diff.added)).unwrap_or_default(),
            warnings: question.trusted.warnings.clone(),
            pin: question.pin(),
            hosts_chosen_by_shop: manifest.permissions.http_chosen_by_shop,
            hosts: question.chosen_hosts().into_iter().map(|target| target.host).collect(),
        }
    }
}

/// What a plugin may do.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"functions": ["log.write", "messages.queue"], "channels": ["sms"]}))]
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
    /// Versions of the host's data that it works with; any, where it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = ">=1")]
    needs_schema: Option<String>,
    /// Everything that it asks for.
    sentences: Vec<Sentence>,
    /// What of it the shop did not agree to: it answers `denied` when the plugin calls it.
    denied: Vec<Sentence>,
    /// What the shop agreed to.
    grant: Grant,
    /// Where it came from.
    #[schema(example = "registry.example/acme/greet:1.2.0")]
    source: String,
    /// Fingerprint of the key that signed it.
    #[schema(example = "9f86-d081-884c-7d65")]
    signed_by: Option<String>,
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
            needs_schema: package.manifest.needs_schema.clone(),
            sentences: sentences(registry::consent(package)),
            denied: sentences(registry::diff(package, &installation.grant, package).added),
            source: installation.provenance.source.to_string(),
            signed_by: installation.provenance.signed_by.as_deref().map(fingerprint),
            grant: installation.grant.into(),
            secrets,
            storage_used,
        }
    }
}

/// Written, never read again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": "the key that the service gave you"}))]
pub struct SecretInput {
    pub value: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, kind: &str, group: &str, origin: Option<&str>) -> domain::Package {
        let manifest = json!({
            "schema": 1, "id": format!("rulewright.{name}"), "version": "1.0.0", "kind": kind, "group": group,
            "publisher": "Rulewright", "title": name, "host-api": "0.1.0", "settings": {}, "origin": origin,
            "missing": "It is skipped.", "example": { "text": "hi" },
        });
        domain::Package {
            digest: name.to_owned(),
            manifest: serde_json::from_value(manifest).unwrap(),
            imports: BTreeSet::from(["messages.queue".to_owned()]),
            size: 1,
        }
    }

    fn shop() -> domain::Shop {
        serde_json::from_value(json!({
            "id": "shop_1", "name": "Tea", "currency": "GBP", "locale": "en-GB", "time_zone": "UTC",
            "not_in_plan": ["rulewright.task"],
        }))
        .unwrap()
    }

    #[test]
    fn every_filter_parts_the_catalogue_into_disjoint_and_complete_sets() {
        let packages = || {
            vec![
                package("task", "rule", "employees", None),
                package("send-sms", "rule", "client-communications", None),
                package("payment", "trigger", "trigger", Some("internal")),
                package("incoming-call", "trigger", "trigger", Some("external")),
            ]
        };
        let of = |filter: Value| -> Vec<String> {
            let filter: CatalogueFilter = serde_json::from_value(filter).unwrap();
            let found = serde_json::to_value(Catalogue::of(&shop(), packages(), &filter)).unwrap();
            let names = |list: &Value| -> BTreeSet<String> {
                list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
            };
            let grouped =
                found["groups"].as_array().unwrap().iter().flat_map(|group| names(&group["plugins"]));
            assert_eq!(names(&found["items"]), grouped.collect());
            found["items"].as_array().unwrap().iter().map(|one| one["name"].to_string()).collect()
        };
        let all = of(json!({}));
        let parts: [&[Value]; 3] = [
            &[json!({"kind": "rule"}), json!({"kind": "trigger"}), json!({"kind": "provider"})],
            &[
                json!({"group": "employees"}),
                json!({"group": "client-communications"}),
                json!({"group": "trigger"}),
            ],
            &[json!({"kind": "rule"}), json!({"origin": "external"}), json!({"origin": "internal"})],
        ];
        for filters in parts {
            let mut together: Vec<String> = filters.iter().flat_map(|filter| of(filter.clone())).collect();
            together.sort();
            let mut expected = all.clone();
            expected.sort();
            assert_eq!(together, expected, "{filters:?}");
        }
        assert!(serde_json::from_value::<CatalogueFilter>(json!({"origin": "both"})).is_err());
    }

    #[test]
    fn an_item_says_what_it_needs_and_may_do() {
        let packages = vec![package("task", "rule", "employees", None)];
        let found = serde_json::to_value(Catalogue::of(&shop(), packages, &CatalogueFilter::default()));
        let item = &found.unwrap()["items"][0];
        assert_eq!(item["plugin"], "rulewright.task");
        assert_eq!((&item["group"], &item["in_plan"]), (&json!("employees"), &json!(false)));
        assert_eq!((&item["missing"], &item["example"]["text"]), (&json!("It is skipped."), &json!("hi")));
        assert!(item["permissions"].as_array().unwrap().len() > 1, "{item}");
        assert_eq!(item["docs"], "docs/plugins/task.md");
    }
}
