//! What a plugin says about itself, what it asks for, and what a shop agreed to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Provenance;

/// Reverse-dotted name, e.g. `rulewright.send-sms`: publisher, then plugin.
pub type PluginId = String;

/// SHA-256 of the component's bytes in lower-case hex: what a run is pinned to.
pub type Digest = String;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PluginKind {
    Rule,
    Trigger,
    Provider,
}

/// The three fixed groups of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    Employees,
    ClientCommunications,
    Trigger,
    Provider,
}

/// What the events of a trigger come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Customers and their systems.
    External,
    /// The shop's own work.
    Internal,
}

/// The custom section `rulewright:manifest` of a component, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manifest {
    /// Format of this document; 1 today.
    pub schema: u32,
    pub id: PluginId,
    /// Semantic version of the plugin.
    pub version: String,
    pub kind: PluginKind,
    pub group: Group,
    pub publisher: String,
    /// What staff see, in English.
    pub title: String,
    /// The title in other languages, by BCP 47 tag.
    #[serde(default)]
    pub titles: BTreeMap<String, String>,
    #[serde(default)]
    pub description: String,
    /// What happens where data is missing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub missing: String,
    /// Settings that staff could begin with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<serde_json::Value>,
    /// Of a trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// JSON Schema of the settings; the form is drawn from it. Text properties marked `x-template` are
    /// rendered by the host before the step.
    pub settings: serde_json::Value,
    /// What the rules after this one can insert: name and help.
    #[serde(default)]
    pub outputs: BTreeMap<String, String>,
    /// Event kinds that a trigger wants to examine.
    #[serde(default)]
    pub subscriptions: BTreeSet<String>,
    #[serde(default)]
    pub permissions: Permissions,
    /// Of a provider: characters of text that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_text: Option<u32>,
    /// Limits wished for; the operator's maxima still hold.
    #[serde(default)]
    pub limits: BTreeMap<String, u64>,
    /// Lowest `rulewright:host` version that the plugin works with.
    pub host_api: String,
    /// Versions of the host's [data](DATA_SCHEMA) that it works with, e.g. `>=1.2`; any, where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_schema: Option<String>,
}

/// Version of what orders, clients, shipments and events are made of: what plugins, conditions and texts read. A new
/// field is a minor version; a renamed or removed one a major version, before which `usage::readers` tells whom it
/// concerns.
pub const DATA_SCHEMA: &str = "1.0.0";

/// Parameters of the permissions that need any. The functions themselves are read from the binary's imports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Permissions {
    pub http: Vec<HttpTarget>,
    /// The shop names the hosts when it agrees, e.g. for a rule that calls an address of the shop's choice.
    pub http_chosen_by_shop: bool,
    /// Names of the secrets that the shop fills in.
    pub secrets: BTreeSet<String>,
    /// Channels that `messages.queue` may name.
    pub channels: BTreeSet<String>,
    /// Bytes of private storage in each shop.
    pub storage: u64,
}

/// Where `http.send` may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HttpTarget {
    /// Exact host name with an optional port, never a pattern.
    pub host: String,
    /// Upper-case methods; empty means any.
    #[serde(default)]
    pub methods: BTreeSet<String>,
    /// Only paths that begin with this; compared by whole segments.
    #[serde(default = "root")]
    pub path: String,
}

fn root() -> String {
    "/".into()
}

/// One imported host function, e.g. `orders-write.move-stage`.
pub type HostFunction = String;

/// What a shop agreed to for one installed plugin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Grant {
    pub functions: BTreeSet<HostFunction>,
    pub http: Vec<HttpTarget>,
    pub secrets: BTreeSet<String>,
    pub channels: BTreeSet<String>,
    pub storage: u64,
}

impl Grant {
    /// Everything that the component asks for; `hosts` are those that the shop chose itself.
    pub fn whole(manifest: &Manifest, imports: &BTreeSet<HostFunction>, hosts: &[HttpTarget]) -> Grant {
        let asked = &manifest.permissions;
        let mut http = asked.http.clone();
        if asked.http_chosen_by_shop {
            http.extend_from_slice(hosts);
        }
        Grant {
            functions: imports.clone(),
            http,
            secrets: asked.secrets.clone(),
            channels: asked.channels.clone(),
            storage: asked.storage,
        }
    }
}

/// A component that has been read, checked and stored. Immutable: a new version is another package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Package {
    pub digest: Digest,
    pub manifest: Manifest,
    /// Host functions that the binary imports.
    pub imports: BTreeSet<HostFunction>,
    /// Bytes of the component.
    pub size: u64,
}

/// A package in use by a shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Installation {
    pub plugin: PluginId,
    pub digest: Digest,
    pub grant: Grant,
    /// Milliseconds since the Unix epoch.
    pub installed_at: i64,
    #[serde(default)]
    pub provenance: Provenance,
}
