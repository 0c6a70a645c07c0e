//! The life of a plugin in a shop: offered, agreed to, active, replaced, rolled back, removed, revoked. One file for
//! each verb. Inspection and the words of consent are not decided here.

mod accept;
mod history;
mod invoke;
mod migrate;
mod offer;
mod pause;
mod remove;
mod revoke;
mod roll_back;
mod sweep;
mod trust;
mod unpin;

use std::sync::Arc;

use rulewright_domain::{
    Grant, Installation, Package, PipelineId, Provenance, ShopId,
    audit::Deed,
    kind,
    plugin::{Digest, PluginId},
};

use crate::{Asked, Engine, Refusal, change::Change};

pub(crate) use invoke::{Admitted, REVOKED, admit};
pub use migrate::Migrated;
pub use offer::{Extras, Offered};
pub use pause::PluginPause;
pub(crate) use pause::{Fared, Streaks, is_held, waits_for_plugin};
pub use revoke::OPERATOR;
pub use trust::Allowed;

/// What became of a version of a plugin.
fn deed(action: &str, package: &Package) -> Deed {
    let manifest = &package.manifest;
    Deed::new(action, &manifest.id)
        .with("version", manifest.version.clone())
        .with("digest", package.digest.clone())
}

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

    /// The package takes the place of what is installed, which is remembered.
    fn activate(
        &mut self,
        package: &Package,
        grant: Grant,
        provenance: Provenance,
        action: &str,
    ) -> Result<Installation, Refusal> {
        let plugin = package.manifest.id.clone();
        let installation = Installation {
            plugin: plugin.clone(),
            digest: package.digest.clone(),
            grant,
            installed_at: self.now.0,
            provenance,
        };
        let before = self.installation(&plugin)?;
        let same = |before: &Installation| {
            before.digest == installation.digest && before.grant == installation.grant
        };
        if !before.as_ref().is_some_and(same) {
            self.audit(deed(action, package))?;
        }
        if let Some(before) = before.filter(|before| before.digest != installation.digest) {
            self.remember(before, false)?;
        }
        self.put_active(&installation, package)?;
        Ok(installation)
    }

    fn put_active(&mut self, installation: &Installation, package: &Package) -> Result<(), Refusal> {
        self.tx.put_installation(self.shop, installation)?;
        self.note_version(&package.manifest)?;
        self.end_pause_of_other(&installation.plugin, &installation.digest)?;
        if package.manifest.subscriptions.contains(kind::DATE_REACHED) {
            self.plan_dates_with(&installation.plugin)?;
        }
        Ok(())
    }
}

impl Engine {
    /// Compiles first: a component that cannot be compiled changes nothing. For what comes with this program, whose
    /// makers answer for it.
    pub async fn install(
        &self,
        asked: impl Into<Asked>,
        package: Package,
        component: Arc<[u8]>,
        grant: Grant,
    ) -> Result<Installation, Refusal> {
        self.inner.deps.executor.prepare(&package.digest, component.clone()).await?;
        let Asked { shop, key } = asked.into();
        let installed = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                change.not_revoked(&package.digest)?;
                change.tx.put_package(&package, &component)?;
                change.activate(&package, grant.clone(), Provenance::default(), "plugin.installed")
            })
        });
        Ok(installed.await?.answer)
    }

    /// Gives or takes permissions. `digest` is of the package whose wishes they were compared with: another one may
    /// ask for something else. What is taken is taken from the versions before too.
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
            change.take_back(&plugin, &installed.grant, &grant)?;
            let installation = Installation { grant: grant.clone(), ..installed };
            change.tx.put_installation(shop, &installation)?;
            change.audit(Deed::new("plugin.granted", &plugin).with("digest", digest.clone()))?;
            Ok(installation)
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
            change.tx.put_secret(shop, &plugin, &name, value.as_deref())?;
            let action = if value.is_some() { "secret.set" } else { "secret.removed" };
            change.audit(Deed::new(action, format!("{plugin}/{name}")))
        })
        .await
    }
}
