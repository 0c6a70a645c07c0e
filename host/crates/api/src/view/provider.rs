use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{self as domain, ShopConfig};
use rulewright_engine::{Trial, inbound_path};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::value::yes;

/// What carries messages for the shop: an account with a gateway, a bot.
#[derive(Debug, Serialize, ToSchema)]
pub struct Provider {
    #[schema(example = "main")]
    id: String,
    #[serde(flatten)]
    rest: ProviderInput,
    /// What it carries: none while its plugin is not installed, or may not.
    channels: BTreeSet<String>,
    /// Characters of text that it takes.
    max_text: Option<u32>,
    /// Where the gateway reports to; nobody can guess it.
    #[schema(example = "https://shop.example.com/hooks/providers/shop_1/main/5f0c")]
    inbound: String,
    /// Names of its secrets, and whether the shop has filled them in.
    secrets: BTreeMap<String, bool>,
}

/// Everything about a provider but the id.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Text messages", "plugin": "rulewright.provider-twilio-sms", "settings": {"account": "AC00000000000000000000000000000000"}, "lines": ["+442079460000"], "default_for": ["sms"]}))]
pub struct ProviderInput {
    title: String,
    #[schema(example = "rulewright.provider-twilio-sms")]
    plugin: String,
    /// As the plugin's schema wants them: see the catalogue.
    #[serde(default = "empty")]
    #[schema(value_type = Object)]
    settings: Value,
    /// The shop's numbers there; the first is for messages that name none.
    #[serde(default)]
    #[schema(example = json!(["+442079460000"]))]
    lines: Vec<String>,
    /// Channels for which it is the shop's own choice; until one is chosen, the first provider is.
    #[serde(default)]
    #[schema(example = json!(["sms"]))]
    default_for: BTreeSet<String>,
    /// Whose messages it carries, and where it puts what people write.
    open_channel: Option<String>,
    #[serde(default = "yes")]
    #[schema(default = true)]
    enabled: bool,
}

fn empty() -> Value {
    Value::Object(Map::new())
}

impl ProviderInput {
    pub fn into_domain(self, id: String) -> domain::Connection {
        let ProviderInput { title, plugin, settings, lines, default_for, open_channel, enabled } = self;
        domain::Connection {
            id,
            title,
            plugin,
            settings,
            lines,
            default_for,
            open_channel,
            enabled,
            code: String::new(),
        }
    }
}

impl Provider {
    /// `filled` are the names of the secrets that are there.
    pub fn of(
        config: &ShopConfig,
        connection: &domain::Connection,
        filled: &BTreeSet<String>,
        public_url: Option<&str>,
    ) -> Provider {
        let plugin = config.plugins.get(&connection.plugin);
        let grant = plugin.map(|plugin| &plugin.grant);
        let secrets = grant.into_iter().flat_map(|grant| &grant.secrets);
        let from = connection.clone();
        Provider {
            id: from.id,
            rest: ProviderInput {
                title: from.title,
                plugin: from.plugin,
                settings: from.settings,
                lines: from.lines,
                default_for: from.default_for,
                open_channel: from.open_channel,
                enabled: from.enabled,
            },
            channels: grant.map(|grant| grant.channels.clone()).unwrap_or_default(),
            max_text: plugin.and_then(|plugin| plugin.manifest.max_text),
            inbound: format!(
                "{}{}",
                public_url.unwrap_or_default(),
                inbound_path(config.shop.id, connection)
            ),
            secrets: secrets.map(|name| (name.clone(), filled.contains(name))).collect(),
        }
    }
}

/// Something to send, to see whether it arrives.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialInput {
    #[schema(example = "call")]
    channel: String,
    /// A number of one's own, or the messenger's id of a person.
    #[schema(example = "+447700900123")]
    to: String,
    /// The provider's first if left out.
    line: Option<String>,
    #[serde(default)]
    text: String,
    /// Of a call: `language`, `voice`, `speed`, `volume`, `audio-url`.
    #[serde(default)]
    #[schema(value_type = Object)]
    params: Map<String, Value>,
}

impl TrialInput {
    pub fn into_engine(self) -> Trial {
        let TrialInput { channel, to, line, text, params } = self;
        Trial { channel, to, line, text, params }
    }
}

/// Read what becomes of it at `/v1/deliveries/{id}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tried {
    #[schema(value_type = String, example = "msg_4")]
    pub delivery: domain::MessageId,
}
