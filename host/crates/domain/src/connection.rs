//! What a shop has connected: accounts with gateways, each carried by a provider's plugin; and who carries what.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ActivePlugin, Channel, Fields, MessageId, ShopConfig, phone, plugin::PluginId};

/// The outbox's channels of text messages and of calls.
pub const SMS: &str = "sms";
pub const CALL: &str = "call";

/// An account with a gateway, a bot, ...
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    pub id: String,
    pub title: String,
    pub plugin: PluginId,
    pub settings: Value,
    /// The shop's numbers there; the first is for messages that name none.
    #[serde(default)]
    pub lines: Vec<String>,
    /// Channels for which it is the shop's own choice.
    #[serde(default)]
    pub default_for: BTreeSet<Channel>,
    /// Whose messages it carries, and where it puts what people write.
    #[serde(default)]
    pub open_channel: Option<String>,
    pub enabled: bool,
    /// The part of its inbound address that nobody can guess.
    pub code: String,
}

impl Connection {
    /// How the provider for development is called, which needs no connection.
    pub const SANDBOX: &str = "sandbox";

    pub fn has_line(&self, line: &str) -> bool {
        self.lines.iter().any(|own| phone::same(own, line))
    }
}

/// Something that a gateway tells of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incoming {
    /// The gateway's own id of it.
    pub id: String,
    pub kind: String,
    /// Of ours.
    pub message: Option<MessageId>,
    pub peer: Option<String>,
    pub line: Option<String>,
    pub text: Option<String>,
    pub attrs: Fields,
}

impl ShopConfig {
    /// Connections that carry a channel: enabled, with a plugin that is there and may. By id.
    pub fn carriers<'a>(
        &'a self,
        channel: &str,
    ) -> impl Iterator<Item = (&'a Connection, &'a Arc<ActivePlugin>)> {
        let enabled = self.connections.values().filter(|connection| connection.enabled);
        let active = enabled.filter_map(|connection| {
            let plugin = self.plugins.get(&connection.plugin)?;
            Some((connection, plugin))
        });
        active.filter(move |(connection, plugin)| {
            plugin.grant.channels.contains(channel) && self.in_plan(&connection.plugin)
        })
    }

    /// Who carries what names nobody: the shop's choice for the channel, or else the first.
    pub fn carrier(&self, channel: &str) -> Option<(&Connection, &Arc<ActivePlugin>)> {
        let chosen = self.carriers(channel).find(|(connection, _)| connection.default_for.contains(channel));
        chosen.or_else(|| self.carriers(channel).next())
    }

    /// Whether anybody can make calls for the shop.
    pub fn has_telephony(&self) -> bool {
        self.shop.sandbox || self.carriers(CALL).next().is_some()
    }

    /// Numbers that calls can come from; the sandbox has more than the one that stands here for it.
    pub fn calling_lines(&self) -> Vec<&str> {
        let own = self.carriers(CALL).flat_map(|(connection, _)| &connection.lines).map(String::as_str);
        own.chain(self.shop.sandbox.then_some(phone::FICTIONAL)).collect()
    }

    pub fn can_call_from(&self, number: &str) -> bool {
        let own = self.carriers(CALL).any(|(connection, _)| connection.has_line(number));
        own || (self.shop.sandbox && phone::is_fictional(number))
    }
}
