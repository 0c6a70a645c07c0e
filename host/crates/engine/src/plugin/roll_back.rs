//! Back to the version before, with what was agreed to then.

use rulewright_domain::{Installation, Replaced, plugin::PluginId};
use rulewright_ports::{Reads, StorageExt};

use super::{deed, trust::revoked};
use crate::{Asked, Engine, Refusal, change::Change};

impl Engine {
    /// The next rollback goes one further back; forward goes an install. Runs stay with the version that they began with.
    pub async fn roll_back(
        &self,
        asked: impl Into<Asked>,
        plugin: &PluginId,
    ) -> Result<Installation, Refusal> {
        let asked = asked.into();
        if let Some(installation) = self.answered(&asked).await? {
            return Ok(installation);
        }
        let Asked { shop, key } = asked;
        let plugin = plugin.clone();
        let wanted = plugin.clone();
        let target = self.storage().read(move |reads| target(reads, shop, &wanted)).await?;
        self.compiled(&target.installation.digest).await?;
        let rolled = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| change.roll_back(&plugin, &target))
        });
        Ok(rolled.await?.answer)
    }
}

fn target<R: Reads + ?Sized>(
    reads: &mut R,
    shop: rulewright_domain::ShopId,
    plugin: &PluginId,
) -> Result<Replaced, Refusal> {
    if !reads.installations(shop)?.iter().any(|one| one.plugin == *plugin) {
        return Err(Refusal::not_found("plugin", plugin));
    }
    let before = reads.replaced_plugins(shop, plugin)?.into_iter().find(|one| !one.rolled_back);
    let Some(target) = before else {
        let message = format!("there is no version of `{plugin}` before the one in use");
        return Err(Refusal::Conflict { message });
    };
    let digest = &target.installation.digest;
    match reads.revocation(digest)? {
        Some(revocation) => Err(revoked(digest, &revocation.reason)),
        None => Ok(target),
    }
}

impl Change<'_> {
    fn roll_back(&mut self, plugin: &PluginId, seen: &Replaced) -> Result<Installation, Refusal> {
        let shop = self.shop;
        let target = target(self.tx, shop, plugin)?;
        let Some(current) = self.installation(plugin)?.filter(|_| target.number == seen.number) else {
            let message = format!("somebody else has just changed `{plugin}`: look at what it is now");
            return Err(Refusal::Conflict { message });
        };
        let digest = &target.installation.digest;
        let package = self.tx.package(digest)?.ok_or_else(|| Refusal::not_found("package", digest))?;
        self.tx.remove_replaced(shop, plugin, target.number)?;
        self.remember(current, true)?;
        let installation = Installation { installed_at: self.now.0, ..target.installation };
        self.put_active(&installation, &package)?;
        self.audit(deed("plugin.rolled-back", &package))?;
        self.sweep_packages()?;
        Ok(installation)
    }
}
