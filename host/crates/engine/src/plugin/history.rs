//! What was installed before, and what was agreed to then.

use rulewright_domain::{Grant, Installation, Replaced, ShopId, plugin::PluginId};
use rulewright_ports::StorageExt;

use crate::{Engine, Refusal, change::Change};

/// Versions before the one in use that a shop can go back to. Each keeps its component in the database.
pub(super) const KEPT: usize = 5;

impl Engine {
    /// Where rollbacks go: what was installed before, newest first.
    pub async fn history(&self, shop: ShopId, plugin: &PluginId) -> Result<Vec<Replaced>, Refusal> {
        let plugin = plugin.clone();
        let all = self
            .storage()
            .read(move |reads| Ok::<_, Refusal>(reads.replaced_plugins(shop, &plugin)?))
            .await?;
        Ok(all.into_iter().filter(|one| !one.rolled_back).take(KEPT).collect())
    }
}

impl Change<'_> {
    pub(super) fn remember(&mut self, installation: Installation, rolled_back: bool) -> Result<(), Refusal> {
        let before = self.tx.replaced_plugins(self.shop, &installation.plugin)?;
        let number = before.first().map_or(1, |newest| newest.number.saturating_add(1));
        let replaced = Replaced { number, installation, replaced_at: self.now, rolled_back };
        Ok(self.tx.put_replaced(self.shop, &replaced)?)
    }

    /// What no rollback goes to; runs that have not ended may still have begun with it.
    pub(super) fn beyond_history(&mut self, plugin: &PluginId) -> Result<Vec<Replaced>, Refusal> {
        let mut targets = 0;
        let all = self.tx.replaced_plugins(self.shop, plugin)?.into_iter();
        let beyond = all.filter(|replaced| {
            targets += usize::from(!replaced.rolled_back);
            replaced.rolled_back || targets > KEPT
        });
        Ok(beyond.collect())
    }

    /// What the shop takes back is taken back from earlier versions too, whose runs may still wait.
    pub(super) fn take_back(
        &mut self,
        plugin: &PluginId,
        before: &Grant,
        after: &Grant,
    ) -> Result<(), Refusal> {
        for mut replaced in self.tx.replaced_plugins(self.shop, plugin)? {
            let left = replaced.installation.grant.without_lost(before, after);
            if left != replaced.installation.grant {
                replaced.installation.grant = left;
                self.tx.put_replaced(self.shop, &replaced)?;
            }
        }
        Ok(())
    }
}
