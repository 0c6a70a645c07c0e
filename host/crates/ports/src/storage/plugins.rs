use rulewright_domain::{
    Installation, Package, ShopId,
    plugin::{Digest, PluginId},
};

use super::Result;

pub trait ReadPlugins {
    fn package(&mut self, digest: &Digest) -> Result<Option<Package>>;
    fn component(&mut self, digest: &Digest) -> Result<Option<Vec<u8>>>;
    fn packages(&mut self) -> Result<Vec<Package>>;
    fn installations(&mut self, shop: ShopId) -> Result<Vec<Installation>>;
    /// Plugins that the shop had and has no longer.
    fn removed_plugins(&mut self, shop: ShopId) -> Result<Vec<PluginId>>;
    fn stored(&mut self, shop: ShopId, plugin: &PluginId, key: &str) -> Result<Option<Vec<u8>>>;
    /// Bytes of keys and values.
    fn stored_size(&mut self, shop: ShopId, plugin: &PluginId) -> Result<u64>;
    fn secret(&mut self, shop: ShopId, plugin: &PluginId, name: &str) -> Result<Option<Vec<u8>>>;
}

pub trait WritePlugins {
    fn put_package(&mut self, package: &Package, component: &[u8]) -> Result<()>;
    fn put_installation(&mut self, shop: ShopId, installation: &Installation) -> Result<()>;
    fn remove_installation(&mut self, shop: ShopId, plugin: &PluginId) -> Result<()>;
    /// None deletes.
    fn store(&mut self, shop: ShopId, plugin: &PluginId, key: &str, value: Option<&[u8]>) -> Result<()>;
    /// None deletes.
    fn put_secret(&mut self, shop: ShopId, plugin: &PluginId, name: &str, value: Option<&[u8]>)
    -> Result<()>;
}
