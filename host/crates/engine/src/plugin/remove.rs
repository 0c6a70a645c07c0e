//! A plugin goes, and with it, if somebody says so, what has not ended of it.

use std::collections::BTreeMap;

use rulewright_domain::{
    Reason, ShopId,
    audit::Deed,
    plugin::{Digest, PluginId},
};
use rulewright_ports::{Reads, StorageExt};

use crate::{Engine, Refusal, alarm::BATCH, change::Change};

/// What one transaction of a removal did.
struct Part {
    ended: u64,
    gone: bool,
}

impl Engine {
    /// How many runs of the plugin have not ended, by the component that they began with.
    pub async fn waiting_runs(
        &self,
        shop: ShopId,
        plugin: &PluginId,
    ) -> Result<BTreeMap<Digest, u64>, Refusal> {
        let plugin = plugin.clone();
        self.storage().read(move |reads| open_runs(reads, shop, &plugin)).await
    }

    /// Refused while what is published uses it, and while runs of it have not ended. With `force` each of them ends and
    /// says why, in batches, and the last batch removes the plugin: after a crash in between, the same again goes on.
    /// Returns how many ended.
    pub async fn remove_plugin(&self, shop: ShopId, plugin: &PluginId, force: bool) -> Result<u64, Refusal> {
        let mut ended = 0;
        loop {
            let plugin = plugin.clone();
            let part = self.change(shop, move |change| change.remove_part(&plugin, force)).await?;
            ended += part.ended;
            if part.gone {
                return Ok(ended);
            }
        }
    }
}

fn open_runs<R: Reads + ?Sized>(
    reads: &mut R,
    shop: ShopId,
    plugin: &PluginId,
) -> Result<BTreeMap<Digest, u64>, Refusal> {
    let mut open = BTreeMap::new();
    for (digest, count) in reads.open_digests(shop)? {
        let package = reads.package(&digest)?;
        if package.is_some_and(|package| package.manifest.id == *plugin) {
            open.insert(digest, count);
        }
    }
    Ok(open)
}

impl Change<'_> {
    fn remove_part(&mut self, plugin: &PluginId, force: bool) -> Result<Part, Refusal> {
        let shop = self.shop;
        if !self.config.plugins.contains_key(plugin) {
            return Err(Refusal::not_found("plugin", plugin));
        }
        let users = self.users_of(plugin);
        if !users.is_empty() {
            let message = format!("`{plugin}` is used by {}: take it out there first", users.join(", "));
            return Err(Refusal::Conflict { message });
        }
        let open = open_runs(self.tx, shop, plugin)?;
        let count: u64 = open.values().sum();
        if count > 0 && !force {
            return Err(Refusal::RunsOpen { plugin: plugin.clone(), count });
        }
        let mut ended = 0;
        for digest in open.keys() {
            let reason = Reason::PluginRemoved { plugin: plugin.clone() }.to_string();
            ended += self.end_runs_of(digest, &reason, BATCH - ended)?;
            if ended >= BATCH {
                // Perhaps the last ones: the next transaction looks.
                return Ok(Part { ended: ended.into(), gone: false });
            }
        }
        self.tx.remove_offer(shop, plugin)?;
        for replaced in self.tx.replaced_plugins(shop, plugin)? {
            self.tx.remove_replaced(shop, plugin, replaced.number)?;
        }
        self.tx.remove_installation(shop, plugin)?;
        self.end_pause(plugin)?;
        self.audit(Deed::new("plugin.removed", plugin).with("force", force))?;
        self.sweep_packages()?;
        Ok(Part { ended: ended.into(), gone: true })
    }

    /// Where the published automation and the shop's providers name it.
    fn users_of(&self, plugin: &PluginId) -> Vec<String> {
        let parts = self.config.in_force().filter(|part| part.plugin == plugin);
        let parts = parts.map(|part| format!("`{}` {}", part.name, part.place));
        let connections = self.config.connections.values().filter(|one| one.plugin == *plugin);
        parts.chain(connections.map(|one| format!("the provider `{}`", one.id))).collect()
    }
}
