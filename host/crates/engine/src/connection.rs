//! Connecting providers: what is connected, its secrets, and trying it out.

use std::collections::BTreeSet;

use rulewright_domain::{
    CALL, CHAT, Connection, Draft, MessageId, Recipient, SMS, ShopConfig, ShopId, address, audit::Deed,
    plugin::PluginKind, secret::put_back,
};
use rulewright_ports::{Failure, StorageExt};
use serde_json::{Map, Value};

use crate::{
    Asked, Engine, Refusal,
    automation::Part,
    change::Change,
    check::{line, name, title},
    hash::unguessable,
    references::same_servers,
};

/// Connections of a shop: each is looked at for every message.
const MOST: usize = 50;
/// Lines of a connection, and characters of a line.
const LINES: usize = 50;
const LINE: usize = 40;

/// Something to send by a connection, to see whether it arrives.
#[derive(Clone)]
pub struct Trial {
    pub channel: String,
    /// A number of one's own, or the messenger's id of a person.
    pub to: String,
    /// None: the connection's first.
    pub line: Option<String>,
    pub text: String,
    pub params: Map<String, Value>,
}

impl Engine {
    /// The code is chosen here; the given one is ignored. Where it leads to another server or has another plugin, its
    /// secrets are forgotten: whoever may choose servers could else have them sent to one of their own.
    pub async fn put_connection(&self, shop: ShopId, mut given: Connection) -> Result<Connection, Refusal> {
        name("/id", &given.id)?;
        title(&given.title)?;
        if given.id == Connection::SANDBOX {
            let message = "`sandbox` is the provider for development: choose another id";
            return Err(Refusal::invalid("/id", "reserved", message));
        }
        for (index, number) in given.lines.iter().enumerate() {
            line(&format!("/lines/{index}"), number, LINE)?;
        }
        if given.lines.len() > LINES {
            return Err(Refusal::invalid("/lines", "too-many", format!("at most {LINES} lines")));
        }
        let engine = self.clone();
        let config = self.storage().read(move |reads| engine.inner.configs.of(reads, shop)).await?;
        let known = config.plugins.get(&given.plugin).map(|plugin| &plugin.manifest.settings);
        if let (Some(before), Some(schema)) = (config.connections.get(&given.id), known) {
            let mut kept = given.clone();
            put_back(&mut kept.settings, schema, &before.settings);
            if leads_as_before(schema, before, &kept) {
                given = kept;
            }
        }
        let mut issues = Vec::new();
        let part = Part { plugin: &given.plugin, settings: &given.settings, kind: PluginKind::Provider };
        self.check_part(&config, "", part, &mut issues).await;
        if !issues.is_empty() {
            return Err(Refusal::Invalid(issues));
        }
        let new = unguessable().map_err(|error| Failure::new("unavailable", error.to_string(), true))?;
        self.change(shop, move |change| change.put_connection(&given, &new)).await
    }

    pub async fn remove_connection(&self, shop: ShopId, id: &str) -> Result<(), Refusal> {
        let id = id.to_owned();
        self.change(shop, move |change| match change.tx.remove_connection(shop, &id)? {
            true => change.audit(Deed::new("provider.removed", &id)),
            false => Err(Refusal::not_found("provider", &id)),
        })
        .await
    }

    /// None deletes.
    pub async fn put_connection_secret(
        &self,
        shop: ShopId,
        id: &str,
        name: &str,
        value: Option<Vec<u8>>,
    ) -> Result<(), Refusal> {
        let (id, name) = (id.to_owned(), name.to_owned());
        self.change(shop, move |change| {
            let connection = change.config.connections.get(&id);
            let connection = connection.ok_or_else(|| Refusal::not_found("provider", &id))?;
            let plugin = change.config.plugins.get(&connection.plugin);
            if !plugin.is_some_and(|plugin| plugin.grant.secrets.contains(&name)) {
                return Err(Refusal::not_found("secret", &name));
            }
            change.tx.put_connection_secret(shop, &id, &name, value.as_deref())?;
            let action = if value.is_some() { "secret.set" } else { "secret.removed" };
            change.audit(Deed::new(action, format!("{id}/{name}")))
        })
        .await
    }

    /// A message like every other, to an address that somebody names.
    pub async fn try_connection(
        &self,
        asked: impl Into<Asked>,
        id: &str,
        trial: Trial,
    ) -> Result<MessageId, Refusal> {
        let Asked { shop, key } = asked.into();
        let id = id.to_owned();
        let unique = unguessable().map_err(|error| Failure::new("unavailable", error.to_string(), true))?;
        let tried = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                let draft = draft(&change.config, &id, &trial)?;
                change.queue(draft, format!("trial-{unique}"), None)
            })
        });
        Ok(tried.await?.answer)
    }
}

/// Whether what it keeps goes where it went before.
fn leads_as_before(schema: &Value, before: &Connection, given: &Connection) -> bool {
    before.plugin == given.plugin && same_servers(schema, &before.settings, &given.settings)
}

fn draft(config: &ShopConfig, id: &str, trial: &Trial) -> Result<Draft, Refusal> {
    let Trial { channel, to, line, text, params } = trial;
    let unknown = || Refusal::not_found("provider", id);
    let connection = match id {
        Connection::SANDBOX if config.shop.sandbox => None,
        _ => Some(config.connections.get(id).ok_or_else(unknown)?),
    };
    let carries = match connection {
        Some(_) => config.carriers(channel).any(|(one, _)| one.id == id),
        None => [SMS, CALL].contains(&channel.as_str()),
    };
    if !carries {
        let message = format!("`{id}` does not carry `{channel}`, or is switched off");
        return Err(Refusal::invalid("/channel", "channel", message));
    }
    if let Some(line) = line.as_ref().filter(|line| connection.is_some_and(|one| !one.has_line(line))) {
        return Err(Refusal::invalid("/line", "no-such-line", format!("`{id}` has no line `{line}`")));
    }
    let open = connection.and_then(|one| one.open_channel.as_deref()).filter(|_| channel == CHAT);
    let address = match open {
        Some(open) => format!("{open}/{to}"),
        None => address::check(channel, to)
            .map_err(|missing| Refusal::invalid("/to", missing.code(), missing.message()))?,
    };
    Ok(Draft {
        channel: channel.clone(),
        to: Recipient::Address(to.clone()),
        address,
        about: None,
        sender: Some(line.clone().unwrap_or_else(|| id.to_owned())),
        subject: None,
        text: text.clone(),
        params: params.clone(),
        correlation: None,
    })
}

impl Change<'_> {
    fn put_connection(&mut self, given: &Connection, new: &str) -> Result<Connection, Refusal> {
        let config = self.config.clone();
        let before = config.connections.get(&given.id);
        if before.is_none() && config.connections.len() >= MOST {
            return Err(Refusal::Conflict { message: format!("a shop has at most {MOST} providers") });
        }
        let plugin = config.plugins.get(&given.plugin);
        let plugin = plugin.ok_or_else(|| Refusal::not_found("plugin", &given.plugin))?;
        let channels = &plugin.grant.channels;
        if let Some(channel) = given.default_for.difference(channels).next() {
            let message = format!("`{}` does not carry `{channel}`", given.plugin);
            return Err(Refusal::invalid("/default_for", "channel", message));
        }
        self.check_open_channel(given, channels)?;
        let code = before.map_or_else(|| new.to_owned(), |before| before.code.clone());
        let connection = Connection { code, ..given.clone() };
        let schema = &plugin.manifest.settings;
        let elsewhere = before.filter(|before| !leads_as_before(schema, before, given));
        if elsewhere.is_some() {
            // With all of its secrets, whatever they are called.
            self.tx.remove_connection(self.shop, &given.id)?;
        }
        self.tx.put_connection(self.shop, &connection)?;
        let action = if before.is_some() { "provider.changed" } else { "provider.connected" };
        let deed = Deed::new(action, &connection.id).with("plugin", connection.plugin.clone());
        self.audit(deed.with("secrets_forgotten", elsewhere.is_some()))?;
        // A channel has one choice.
        for other in config.connections.values().filter(|other| other.id != connection.id) {
            let left: BTreeSet<_> = other.default_for.difference(&connection.default_for).cloned().collect();
            if left != other.default_for {
                self.tx.put_connection(self.shop, &Connection { default_for: left, ..other.clone() })?;
            }
        }
        Ok(connection)
    }

    fn check_open_channel(&mut self, given: &Connection, channels: &BTreeSet<String>) -> Result<(), Refusal> {
        let wrong = |code: &str, message: String| Err(Refusal::invalid("/open_channel", code, message));
        let Some(name) = &given.open_channel else {
            return match channels.iter().all(|channel| channel == CHAT) {
                true => wrong("required", "name the open channel that it carries".to_owned()),
                false => Ok(()),
            };
        };
        if !channels.contains(CHAT) {
            return wrong("channel", format!("`{}` carries no open channel", given.plugin));
        }
        if self.tx.open_channel(self.shop, name)?.is_none() {
            return wrong("no-such-open-channel", format!("there is no open channel `{name}`"));
        }
        let mut others = self.config.connections.values().filter(|other| other.id != given.id);
        match others.find(|other| other.open_channel.as_ref() == Some(name)) {
            Some(other) => wrong("taken", format!("`{name}` is carried by `{}`", other.id)),
            None => Ok(()),
        }
    }
}
