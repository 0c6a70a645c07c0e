//! Installing: what was inspected and agreed to becomes active. Inspection and consent are not decided here.

use std::sync::Arc;

use rulewright_domain::{
    Grant, Installation, Package, PipelineId, ShopId, kind,
    plugin::{Digest, PluginId},
};

use crate::{Asked, Engine, Refusal, change::Change};

impl Change<'_> {
    /// The version before may not have waited for dates.
    fn plan_dates_with(&mut self, plugin: &PluginId) -> Result<(), Refusal> {
        let config = self.config.clone();
        let uses = |pipeline: &&PipelineId| {
            let stages = config.automations[*pipeline].stages.values();
            stages.flat_map(|on| &on.triggers).any(|trigger| trigger.plugin == *plugin)
        };
        config.automations.keys().filter(uses).try_for_each(|pipeline| self.plan_dates_of(pipeline))
    }

    fn installation(&mut self, plugin: &PluginId) -> Result<Option<Installation>, Refusal> {
        Ok(self.tx.installations(self.shop)?.into_iter().find(|one| one.plugin == *plugin))
    }
}

impl Engine {
    /// Compiles first: a component that cannot be compiled changes nothing.
    pub async fn install(
        &self,
        asked: impl Into<Asked>,
        package: Package,
        component: Arc<[u8]>,
        grant: Grant,
    ) -> Result<Installation, Refusal> {
        self.put_plugin(asked.into(), package, component, grant, |_| Ok(())).await
    }

    /// The same, if what is installed is still what the grant was decided on.
    pub async fn install_over(
        &self,
        asked: impl Into<Asked>,
        seen: Option<Installation>,
        package: Package,
        component: Arc<[u8]>,
        grant: Grant,
    ) -> Result<Installation, Refusal> {
        let (digest, whole) = (package.digest.clone(), grant.clone());
        let same = move |installed: Option<&Installation>| {
            let twin = installed.is_some_and(|one| one.digest == digest && one.grant == whole);
            if twin || installed == seen.as_ref() {
                return Ok(());
            }
            let message =
                "somebody else has just installed, changed or removed this plugin: repeat the request";
            Err(Refusal::Conflict { message: message.to_owned() })
        };
        self.put_plugin(asked.into(), package, component, grant, same).await
    }

    async fn put_plugin(
        &self,
        asked: Asked,
        package: Package,
        component: Arc<[u8]>,
        grant: Grant,
        may: impl Fn(Option<&Installation>) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<Installation, Refusal> {
        self.inner.deps.executor.prepare(&package.digest, component.clone()).await?;
        let Asked { shop, key } = asked;
        let installed = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                may(change.installation(&package.manifest.id)?.as_ref())?;
                if change.tx.package(&package.digest)?.is_none() {
                    change.tx.put_package(&package, &component)?;
                }
                let installation = Installation {
                    plugin: package.manifest.id.clone(),
                    digest: package.digest.clone(),
                    grant: grant.clone(),
                    installed_at: change.now.0,
                    provenance: Default::default(),
                };
                change.tx.put_installation(shop, &installation)?;
                if package.manifest.subscriptions.contains(kind::DATE_REACHED) {
                    change.plan_dates_with(&package.manifest.id)?;
                }
                Ok(installation)
            })
        });
        Ok(installed.await?.answer)
    }

    /// Gives or takes permissions. `digest` is of the package whose wishes they were compared with: another one may
    /// ask for something else.
    pub async fn put_grant(
        &self,
        shop: ShopId,
        plugin: &PluginId,
        digest: &Digest,
        grant: Grant,
    ) -> Result<Installation, Refusal> {
        let (plugin, digest) = (plugin.clone(), digest.clone());
        self.change(shop, move |change| {
            let installed = change.installation(&plugin)?;
            let installed = installed.ok_or_else(|| Refusal::not_found("plugin", &plugin))?;
            if installed.digest != digest {
                let message = format!("`{plugin}` has just been updated: read what it asks for now");
                return Err(Refusal::Conflict { message });
            }
            let installation = Installation { grant: grant.clone(), ..installed };
            change.tx.put_installation(shop, &installation)?;
            Ok(installation)
        })
        .await
    }

    /// Refused while the published automation uses it. The package stays: old runs still name it.
    pub async fn remove_plugin(&self, shop: ShopId, plugin: &PluginId) -> Result<(), Refusal> {
        let plugin = plugin.clone();
        self.change(shop, move |change| {
            if !change.config.plugins.contains_key(&plugin) {
                return Err(Refusal::not_found("plugin", &plugin));
            }
            let stages = change.config.automations.values().flat_map(|automation| &automation.stages);
            let mut users = Vec::new();
            for (stage, on) in stages {
                let rules = on.rules.iter().filter(|rule| rule.plugin == plugin).map(|rule| &rule.name);
                let triggers = on.triggers.iter().filter(|one| one.plugin == plugin).map(|one| &one.name);
                users.extend(rules.chain(triggers).map(|name| format!("`{name}` on `{stage}`")));
            }
            let connections = change.config.connections.values().filter(|one| one.plugin == plugin);
            users.extend(connections.map(|one| format!("the provider `{}`", one.id)));
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
