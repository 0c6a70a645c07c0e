//! Installing: what was inspected and agreed to becomes active. Inspection and consent are not decided here.

use std::sync::Arc;

use rulewright_domain::{Grant, Installation, Package, ShopId, plugin::PluginId};

use crate::{Engine, Refusal};

impl Engine {
    /// Compiles first: a component that cannot be compiled changes nothing.
    pub async fn install(
        &self,
        shop: ShopId,
        package: Package,
        component: Arc<[u8]>,
        grant: Grant,
    ) -> Result<(), Refusal> {
        self.inner.deps.executor.prepare(&package.digest, component.clone()).await?;
        self.change(shop, move |change| {
            if change.tx.package(&package.digest)?.is_none() {
                change.tx.put_package(&package, &component)?;
            }
            let installation = Installation {
                plugin: package.manifest.id,
                digest: package.digest,
                grant,
                installed_at: change.now.0,
            };
            Ok(change.tx.put_installation(shop, &installation)?)
        })
        .await
    }

    /// Refused while the published automation uses it. The package stays: old runs still name it.
    pub async fn remove_plugin(&self, shop: ShopId, plugin: &PluginId) -> Result<(), Refusal> {
        let plugin = plugin.clone();
        self.change(shop, move |change| {
            if !change.config.plugins.contains_key(&plugin) {
                return Err(Refusal::not_found("plugin", plugin));
            }
            let stages = change.config.automations.values().flat_map(|automation| &automation.stages);
            let mut users = Vec::new();
            for (stage, on) in stages {
                let rules = on.rules.iter().filter(|rule| rule.plugin == plugin).map(|rule| &rule.name);
                let triggers = on.triggers.iter().filter(|one| one.plugin == plugin).map(|one| &one.name);
                users.extend(rules.chain(triggers).map(|name| format!("`{name}` on `{stage}`")));
            }
            if !users.is_empty() {
                let message = format!("`{plugin}` is used by {}: take it out there first", users.join(", "));
                return Err(Refusal::Conflict { message });
            }
            Ok(change.tx.remove_installation(shop, &plugin)?)
        })
        .await
    }

    /// None deletes.
    pub async fn put_secret(
        &self,
        shop: ShopId,
        plugin: &PluginId,
        name: &str,
        value: Option<Vec<u8>>,
    ) -> Result<(), Refusal> {
        let (plugin, name) = (plugin.clone(), name.to_owned());
        self.change(shop, move |change| {
            let declared =
                change.config.plugins.get(&plugin).is_some_and(|active| active.grant.secrets.contains(&name));
            if !declared {
                return Err(Refusal::not_found("secret", format!("{plugin}/{name}")));
            }
            Ok(change.tx.put_secret(shop, &plugin, &name, value.as_deref())?)
        })
        .await
    }
}
