use rulewright_domain::{
    Installation, Offer, Package, PublicKey, Replaced, Revocation, ShopId, Timestamp,
    plugin::{Digest, PluginId},
};

use super::Result;

pub trait ReadPlugins {
    fn package(&mut self, digest: &Digest) -> Result<Option<Package>>;
    fn component(&mut self, digest: &Digest) -> Result<Option<Vec<u8>>>;
    fn packages(&mut self) -> Result<Vec<Package>>;
    /// Packages that no shop has installed, has had installed, or is offered.
    fn unnamed_packages(&mut self) -> Result<Vec<Digest>>;
    /// Markdown that came with the package.
    fn readme(&mut self, shop: ShopId, digest: &Digest) -> Result<Option<String>>;
    /// Markdown that came with the package: what is new in each version.
    fn changelog(&mut self, shop: ShopId, digest: &Digest) -> Result<Option<String>>;
    /// PNG that came with the package.
    fn icon(&mut self, shop: ShopId, digest: &Digest) -> Result<Option<Vec<u8>>>;
    fn installations(&mut self, shop: ShopId) -> Result<Vec<Installation>>;
    /// Plugins that the shop had and has no longer.
    fn removed_plugins(&mut self, shop: ShopId) -> Result<Vec<PluginId>>;
    /// Versions that wait for consent, at most one of each plugin.
    fn offers(&mut self, shop: ShopId) -> Result<Vec<Offer>>;
    /// What was installed before, newest first.
    fn replaced_plugins(&mut self, shop: ShopId, plugin: &PluginId) -> Result<Vec<Replaced>>;
    /// The highest version that the shop ever had, also of a plugin that it has no longer.
    fn highest_version(&mut self, shop: ShopId, plugin: &PluginId) -> Result<Option<String>>;
    /// The key that the shop trusts for all plugins of a publisher.
    fn pinned_key(&mut self, shop: ShopId, publisher: &str) -> Result<Option<PublicKey>>;
    /// Publisher, key and since when, by publisher.
    fn pinned_keys(&mut self, shop: ShopId) -> Result<Vec<(String, PublicKey, Timestamp)>>;
    /// Why the component must not run, in no shop.
    fn revocation(&mut self, digest: &Digest) -> Result<Option<Revocation>>;
    /// All of them, with the list that each comes from.
    fn revocations(&mut self) -> Result<Vec<(String, Revocation)>>;
    /// Number of the list of this source that was followed last.
    fn revocation_sequence(&mut self, source: &str) -> Result<Option<u64>>;
    fn stored(&mut self, shop: ShopId, plugin: &PluginId, key: &str) -> Result<Option<Vec<u8>>>;
    /// Bytes of keys and values.
    fn stored_size(&mut self, shop: ShopId, plugin: &PluginId) -> Result<u64>;
    fn secret(&mut self, shop: ShopId, plugin: &PluginId, name: &str) -> Result<Option<Vec<u8>>>;
}

pub trait WritePlugins {
    fn put_package(&mut self, package: &Package, component: &[u8]) -> Result<()>;
    /// Replaces what came with it before to this shop; None of all removes it.
    fn put_extras(
        &mut self,
        shop: ShopId,
        digest: &Digest,
        readme: Option<&str>,
        changelog: Option<&str>,
        icon: Option<&[u8]>,
    ) -> Result<()>;
    /// With its component. An error where an installation, an earlier one or an offer names it.
    fn remove_package(&mut self, digest: &Digest) -> Result<()>;
    fn put_installation(&mut self, shop: ShopId, installation: &Installation) -> Result<()>;
    fn remove_installation(&mut self, shop: ShopId, plugin: &PluginId) -> Result<()>;
    /// Replaces the plugin's offer, if there is one.
    fn put_offer(&mut self, shop: ShopId, offer: &Offer) -> Result<()>;
    fn remove_offer(&mut self, shop: ShopId, plugin: &PluginId) -> Result<()>;
    /// Replaces the one with the same number.
    fn put_replaced(&mut self, shop: ShopId, replaced: &Replaced) -> Result<()>;
    fn remove_replaced(&mut self, shop: ShopId, plugin: &PluginId, number: u64) -> Result<()>;
    fn put_highest_version(&mut self, shop: ShopId, plugin: &PluginId, version: &str) -> Result<()>;
    fn pin_key(&mut self, shop: ShopId, publisher: &str, key: &PublicKey, at: Timestamp) -> Result<()>;
    /// False: there was none.
    fn unpin_key(&mut self, shop: ShopId, publisher: &str) -> Result<bool>;
    /// All that this source revokes, instead of what it revoked before. Concerns every shop's configuration.
    fn put_revocations(&mut self, source: &str, sequence: Option<u64>, revoked: &[Revocation]) -> Result<()>;
    /// None deletes.
    fn store(&mut self, shop: ShopId, plugin: &PluginId, key: &str, value: Option<&[u8]>) -> Result<()>;
    /// None deletes.
    fn put_secret(&mut self, shop: ShopId, plugin: &PluginId, name: &str, value: Option<&[u8]>)
    -> Result<()>;
}
