//! A version that somebody asked for: active at once where the shop has agreed to all that it asks for, else it waits
//! for consent while what is installed goes on.

use std::sync::Arc;

use rulewright_domain::{
    Grant, Installation, Offer, Package, PackageSource, Provenance, ShopId,
    audit::Deed,
    plugin::{HttpTarget, PluginId},
};
use rulewright_ports::{StorageExt, fault};
use serde::{Deserialize, Serialize};

use super::Allowed;
use crate::{Asked, Engine, Refusal, change::Change};

/// What came with a package, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// Markdown.
    pub readme: Option<String>,
    /// Markdown: what is new in each version.
    pub changelog: Option<String>,
    /// PNG.
    pub icon: Option<Vec<u8>>,
}

/// What became of an offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Offered {
    /// It asks for nothing that was not agreed to.
    Active(Installation),
    /// Somebody has to agree first.
    Waiting(Offer),
}

impl Engine {
    /// Compiles first: a component that cannot be compiled changes nothing. An offer replaces the one before it.
    pub async fn offer(
        &self,
        asked: impl Into<Asked>,
        package: Package,
        component: Arc<[u8]>,
        provenance: Provenance,
        extras: Extras,
        allowed: Allowed,
    ) -> Result<Offered, Refusal> {
        let asked = asked.into();
        if let Some(offered) = self.answered(&asked).await? {
            return Ok(offered);
        }
        self.inner.deps.executor.prepare(&package.digest, component.clone()).await?;
        fault::point("install.compiled");
        let Asked { shop, key } = asked;
        let offered = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                let offered = change.offer(&package, &component, &provenance, &extras, &allowed)?;
                change.sweep_packages()?;
                Ok(offered)
            })
        });
        let offered = offered.await?.answer;
        fault::point("install.offered");
        Ok(offered)
    }

    /// Versions that wait for consent.
    pub async fn offers(&self, shop: ShopId) -> Result<Vec<Offer>, Refusal> {
        self.storage().read(move |reads| Ok(reads.offers(shop)?)).await
    }

    /// Nothing of it is kept, if nothing else names the package.
    pub async fn decline(&self, shop: ShopId, plugin: &PluginId) -> Result<(), Refusal> {
        let plugin = plugin.clone();
        self.change(shop, move |change| {
            if change.offered(&plugin)?.is_none() {
                return Err(Refusal::not_found("offer", &plugin));
            }
            change.tx.remove_offer(shop, &plugin)?;
            change.audit(Deed::new("plugin.declined", &plugin))?;
            change.sweep_packages().map(drop)
        })
        .await
    }
}

impl Change<'_> {
    pub(super) fn offered(&mut self, plugin: &PluginId) -> Result<Option<Offer>, Refusal> {
        Ok(self.tx.offers(self.shop)?.into_iter().find(|one| one.plugin == *plugin))
    }

    fn offer(
        &mut self,
        package: &Package,
        component: &[u8],
        provenance: &Provenance,
        extras: &Extras,
        allowed: &Allowed,
    ) -> Result<Offered, Refusal> {
        let replaces_key = self.trust(package, provenance, allowed)?;
        let plugin = &package.manifest.id;
        let installed = self.installation(plugin)?;
        if let Some(installed) = installed.as_ref().filter(|one| one.digest == package.digest) {
            return Ok(Offered::Active(installed.clone()));
        }
        self.tx.put_package(package, component)?;
        let Extras { readme, changelog, icon } = extras;
        let (readme, changelog) = (readme.as_deref(), changelog.as_deref());
        self.tx.put_extras(self.shop, &package.digest, readme, changelog, icon.as_deref())?;
        let before = match &installed {
            Some(installed) => self.tx.package(&installed.digest)?.map(|before| (installed, before)),
            None => None,
        };
        let agreed = before.filter(|(installed, before)| {
            replaces_key.is_none()
                && same_maker(&installed.provenance, provenance)
                && !package.asks_more_than(before)
                && installed.grant.covers(&package.manifest, &package.imports)
        });
        if let Some((installed, before)) = agreed {
            let hosts = chosen_hosts(&installed.grant, &before);
            let grant = Grant::whole(&package.manifest, &package.imports, &hosts);
            let active = self.activate(package, grant, provenance.clone(), "plugin.updated")?;
            self.tx.remove_offer(self.shop, plugin)?;
            return Ok(Offered::Active(active));
        }
        let offer = Offer {
            plugin: plugin.clone(),
            digest: package.digest.clone(),
            provenance: provenance.clone(),
            offered_at: self.now,
            replaces_key,
        };
        self.tx.put_offer(self.shop, &offer)?;
        Ok(Offered::Waiting(offer))
    }
}

/// What came with this program is not replaced by what somebody sends, nor what is signed by what is not, without a word.
fn same_maker(before: &Provenance, after: &Provenance) -> bool {
    let bundled = |one: &Provenance| one.source == PackageSource::Bundled;
    before.signed_by == after.signed_by && bundled(before) == bundled(after)
}

/// Hosts that the shop chose itself are not forgotten by an update.
fn chosen_hosts(grant: &Grant, package: &Package) -> Vec<HttpTarget> {
    let asked = &package.manifest.permissions.http;
    grant.http.iter().filter(|target| !asked.contains(target)).cloned().collect()
}
