//! As whom one looks at the marketplace: the same plugin is offered, an update, or to be avoided, by what a shop has.

use std::collections::BTreeMap;

use rulewright_domain::{Revocation, ShopId};
use rulewright_engine::Engine;
use rulewright_ports::{StorageError, StorageExt};

use super::{Listed, ListedRelease, Marketplace};

/// What a shop has of a plugin.
#[derive(Clone, Debug)]
pub struct Has {
    pub version: String,
    pub digest: String,
}

/// A shop that looks around.
#[derive(Clone, Debug)]
pub struct Looker {
    pub locale: String,
    /// By plugin.
    pub installed: BTreeMap<String, Has>,
    /// Whoever says so: registries, or the operator.
    pub revoked: Vec<Revocation>,
}

impl Marketplace {
    /// None: there is no such shop.
    pub async fn looker(&self, engine: &Engine, shop: ShopId) -> Result<Option<Looker>, StorageError> {
        let found = engine.storage().read(move |reads| {
            let mut installed = BTreeMap::new();
            for one in reads.installations(shop)? {
                if let Some(package) = reads.package(&one.digest)? {
                    let has = Has { version: package.manifest.version, digest: one.digest };
                    installed.insert(one.plugin, has);
                }
            }
            let revoked: Vec<Revocation> = reads.revocations()?.into_iter().map(|(_, one)| one).collect();
            Ok::<_, StorageError>((reads.shop(shop)?, installed, revoked))
        });
        let (shop, installed, mut revoked) = found.await?;
        // What a list has said since, and nobody has followed yet.
        revoked.extend(self.revoked());
        Ok(shop.map(|shop| Looker { locale: shop.locale, installed, revoked }))
    }
}

impl Looker {
    /// The version that one would install today.
    pub fn offered<'a>(&self, plugin: &'a Listed) -> Option<&'a ListedRelease> {
        plugin.offered(&self.revoked)
    }

    /// The version that a plugin is described by. What may be had says most about what it may do; else what there was last.
    pub fn described<'a>(&self, plugin: &'a Listed) -> Option<&'a ListedRelease> {
        self.offered(plugin).or(plugin.releases.first())
    }

    /// What the shop has of it.
    pub fn has(&self, plugin: &Listed) -> Option<&Has> {
        self.installed.get(&plugin.id)
    }

    /// The version that somebody may install in place of what the shop has. Nothing installs itself.
    pub fn update<'a>(&self, plugin: &'a Listed) -> Option<&'a ListedRelease> {
        self.has(plugin).and_then(|has| plugin.update(&has.version, &self.revoked))
    }

    /// Why a component must not run, where somebody says so.
    pub fn revocation(&self, digest: &str) -> Option<String> {
        self.revoked.iter().find(|one| one.digest == digest).map(|one| one.reason.clone())
    }

    /// In the shop's language, where the plugin has it.
    pub fn title(&self, plugin: &Listed) -> String {
        let language = self.locale.split('-').next().unwrap_or(&self.locale);
        let titles = &plugin.titles;
        titles.get(&self.locale).or_else(|| titles.get(language)).unwrap_or(&plugin.title).clone()
    }
}
