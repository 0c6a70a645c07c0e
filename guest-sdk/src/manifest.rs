//! What a plugin says about itself: the JSON of the custom section `rulewright:manifest`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

use crate::Issue;

/// Implemented by [`rule!`](crate::rule!), [`trigger!`](crate::trigger!) and [`provider!`](crate::provider!).
pub trait Plugin {
    /// What the component carries as its manifest.
    fn manifest() -> Value;

    /// What is wrong with settings as staff wrote them: JSON text.
    fn check_settings(settings: &str) -> Vec<Issue>;
}

/// Of a plugin that has nothing to fill in.
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}

/// Where staff find the plugin. Triggers and providers are groups of their own.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    Employees,
    ClientCommunications,
    Trigger,
    Provider,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Rule,
    Trigger,
    Provider,
}

/// What the events of a trigger come from: customers and their systems, or the shop's own work.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    External,
    Internal,
}

/// Where `http` may send to.
#[derive(Clone, Debug, Serialize)]
pub struct HttpTarget {
    host: String,
    methods: BTreeSet<String>,
    path: String,
}

impl HttpTarget {
    /// Exact host name with an optional port; any method, any path.
    pub fn new(host: impl Into<String>) -> Self {
        HttpTarget { host: host.into(), methods: BTreeSet::new(), path: "/".into() }
    }

    /// Only these methods.
    pub fn methods<'a>(mut self, methods: impl IntoIterator<Item = &'a str>) -> Self {
        self.methods = methods.into_iter().map(str::to_uppercase).collect();
        self
    }

    /// Only paths that begin with this; compared by whole segments.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }
}

impl From<&str> for HttpTarget {
    fn from(host: &str) -> Self {
        HttpTarget::new(host)
    }
}

/// The manifest being put together. Each method is a key of `rule!`, `trigger!` and `provider!`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Manifest {
    schema: u32,
    id: String,
    version: String,
    kind: Kind,
    group: Group,
    publisher: String,
    title: String,
    titles: BTreeMap<String, String>,
    description: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    missing: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    settings: Value,
    outputs: BTreeMap<String, String>,
    subscriptions: BTreeSet<String>,
    permissions: Permissions,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_text: Option<u32>,
    limits: BTreeMap<String, u64>,
    host_api: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_schema: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Permissions {
    http: Vec<HttpTarget>,
    http_chosen_by_shop: bool,
    secrets: BTreeSet<String>,
    channels: BTreeSet<String>,
    storage: u64,
}

impl Manifest {
    #[doc(hidden)]
    pub fn new<Settings: JsonSchema>(kind: Kind, version: &str) -> Self {
        Manifest {
            schema: 1,
            id: String::new(),
            version: version.into(),
            kind,
            group: match kind {
                Kind::Rule => Group::Employees,
                Kind::Trigger => Group::Trigger,
                Kind::Provider => Group::Provider,
            },
            publisher: String::new(),
            title: String::new(),
            titles: BTreeMap::new(),
            description: String::new(),
            missing: String::new(),
            example: None,
            origin: None,
            settings: settings_schema::<Settings>(),
            outputs: BTreeMap::new(),
            subscriptions: BTreeSet::new(),
            permissions: Permissions::default(),
            max_text: None,
            limits: BTreeMap::new(),
            host_api: "0.1.0".into(),
            needs_schema: None,
        }
    }

    #[doc(hidden)]
    pub fn finish(mut self) -> Value {
        if self.publisher.is_empty() {
            let publisher = self.id.split('.').next().unwrap_or_default();
            self.publisher = publisher.into();
        }
        if self.title.is_empty() {
            self.title = self.id.clone();
        }
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Publisher, a dot, the plugin's name: `acme.add-comment`.
    pub fn id(mut self, id: &str) -> Self {
        self.id = id.into();
        self
    }

    /// Who answers for it; by default the first part of the id.
    pub fn publisher(mut self, publisher: &str) -> Self {
        self.publisher = publisher.into();
        self
    }

    /// What staff see, in English.
    pub fn title(mut self, title: &str) -> Self {
        self.title = title.into();
        self
    }

    /// The title in other languages: `[("de", "Kommentar hinzufügen")]`.
    pub fn titles<'a>(mut self, titles: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.titles = owned(titles);
        self
    }

    /// `Employees` (the default of a rule) or `ClientCommunications`.
    pub fn group(mut self, group: Group) -> Self {
        self.group = group;
        self
    }

    /// What it does, in a sentence or two.
    pub fn description(mut self, description: &str) -> Self {
        self.description = description.into();
        self
    }

    /// What happens where data is missing: no phone, no shipment, an empty field. For the plugin's page.
    pub fn missing(mut self, missing: &str) -> Self {
        self.missing = missing.into();
        self
    }

    /// Settings that staff could begin with, for the plugin's page: `json!({ "text": "Packed" })`.
    pub fn example(mut self, settings: Value) -> Self {
        self.example = Some(settings);
        self
    }

    /// Of a trigger: whose doing its events are.
    pub fn origin(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// What the rules after this one can insert: name and help.
    pub fn outputs<'a>(mut self, outputs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.outputs = owned(outputs);
        self
    }

    /// Event kinds that a trigger wants to examine.
    pub fn subscriptions<'a>(mut self, kinds: impl IntoIterator<Item = &'a str>) -> Self {
        self.subscriptions = kinds.into_iter().map(Into::into).collect();
        self
    }

    /// Hosts, as text or as [`HttpTarget`]s.
    pub fn http(mut self, targets: impl IntoIterator<Item = impl Into<HttpTarget>>) -> Self {
        self.permissions.http = targets.into_iter().map(Into::into).collect();
        self
    }

    /// The shop names the hosts when it agrees.
    pub fn http_chosen_by_shop(mut self, chosen: bool) -> Self {
        self.permissions.http_chosen_by_shop = chosen;
        self
    }

    /// Names of the secrets that the shop fills in.
    pub fn secrets<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.permissions.secrets = names.into_iter().map(Into::into).collect();
        self
    }

    /// Channels that a message may name, or that a provider carries: `["sms"]`.
    pub fn channels<'a>(mut self, channels: impl IntoIterator<Item = &'a str>) -> Self {
        self.permissions.channels = channels.into_iter().map(Into::into).collect();
        self
    }

    /// Of a provider: characters of text that it takes. The host refuses longer ones before it is asked.
    pub fn max_text(mut self, characters: u32) -> Self {
        self.max_text = Some(characters);
        self
    }

    /// Bytes of private storage in each shop.
    pub fn storage(mut self, bytes: u64) -> Self {
        self.permissions.storage = bytes;
        self
    }

    /// Versions of the host's data that it works with, e.g. `>=1.2`. Where a later host has renamed a field that the
    /// plugin reads, it is refused there instead of reading nothing.
    pub fn needs_schema(mut self, versions: &str) -> Self {
        self.needs_schema = Some(versions.into());
        self
    }

    /// Limits wished for; the operator's maxima still hold.
    pub fn limits<'a>(mut self, limits: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        self.limits = limits.into_iter().map(|(name, value)| (name.into(), value)).collect();
        self
    }
}

fn owned<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
}

/// The schema that the form is drawn from: no references, titles from doc comments.
fn settings_schema<Settings: JsonSchema>() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<Settings>();
    // The type's own name and comment are for the author.
    schema.remove("title");
    schema.remove("description");
    TitleFromFirstLine.transform(&mut schema);
    schema.to_value()
}

/// The first line of a doc comment is the field's title, the rest its help.
struct TitleFromFirstLine;

impl Transform for TitleFromFirstLine {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        if schema.get("title").is_some() {
            return;
        }
        let Some(Value::String(text)) = schema.get("description").cloned() else {
            return;
        };
        let (title, help) = text.split_once('\n').unwrap_or((&text, ""));
        let title = title.trim().trim_end_matches('.').to_owned();
        schema.insert("title".into(), title.into());
        let help = help.split('\n').map(str::trim).collect::<Vec<_>>().join(" ");
        match help.trim() {
            "" => schema.remove("description"),
            help => schema.insert("description".into(), help.into()),
        };
    }
}
