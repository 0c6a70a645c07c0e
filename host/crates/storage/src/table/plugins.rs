use rulewright_domain::{
    Installation, Package, ShopId,
    plugin::{Digest, PluginId},
};
use rulewright_ports::storage::{ReadPlugins, Result, WritePlugins};

use crate::session::{Session, Writing, encode, unsigned};

impl<M> ReadPlugins for Session<'_, M> {
    fn package(&mut self, digest: &Digest) -> Result<Option<Package>> {
        self.one("package", "SELECT body FROM packages WHERE digest = ?1", [digest])
    }

    fn component(&mut self, digest: &Digest) -> Result<Option<Vec<u8>>> {
        self.value("SELECT component FROM packages WHERE digest = ?1", [digest])
    }

    fn packages(&mut self) -> Result<Vec<Package>> {
        self.many("package", "SELECT body FROM packages ORDER BY digest", [])
    }

    fn installations(&mut self, shop: ShopId) -> Result<Vec<Installation>> {
        self.many("installation", "SELECT body FROM installations WHERE shop = ?1 ORDER BY plugin", [shop.0])
    }

    fn removed_plugins(&mut self, shop: ShopId) -> Result<Vec<PluginId>> {
        let sql = "SELECT plugin FROM removed_plugins WHERE shop = ?1 ORDER BY plugin";
        self.rows(sql, [shop.0], |row| row.get(0))
    }

    fn stored(&mut self, shop: ShopId, plugin: &PluginId, key: &str) -> Result<Option<Vec<u8>>> {
        self.value(
            "SELECT value FROM plugin_storage WHERE shop = ?1 AND plugin = ?2 AND key = ?3",
            (shop.0, plugin, key),
        )
    }

    fn stored_size(&mut self, shop: ShopId, plugin: &PluginId) -> Result<u64> {
        let size = self.value(
            "SELECT ifnull(sum(octet_length(key) + octet_length(value)), 0)
             FROM plugin_storage WHERE shop = ?1 AND plugin = ?2",
            (shop.0, plugin),
        )?;
        Ok(unsigned(size.unwrap_or_default()))
    }

    fn secret(&mut self, shop: ShopId, plugin: &PluginId, name: &str) -> Result<Option<Vec<u8>>> {
        self.value(
            "SELECT value FROM secrets WHERE shop = ?1 AND plugin = ?2 AND name = ?3",
            (shop.0, plugin, name),
        )
    }
}

impl WritePlugins for Writing<'_> {
    /// What is there stays: the digest says that it is the same.
    fn put_package(&mut self, package: &Package, component: &[u8]) -> Result<()> {
        self.execute(
            "INSERT INTO packages (digest, body, component) VALUES (?1, ?2, ?3)
             ON CONFLICT (digest) DO NOTHING",
            (&package.digest, encode("package", package)?, component),
        )
        .map(drop)
    }

    fn put_installation(&mut self, shop: ShopId, installation: &Installation) -> Result<()> {
        self.execute(
            "INSERT INTO installations (shop, plugin, digest, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (shop, plugin) DO UPDATE SET digest = excluded.digest, body = excluded.body",
            (shop.0, &installation.plugin, &installation.digest, encode("installation", installation)?),
        )?;
        let plugin = &installation.plugin;
        self.execute("DELETE FROM removed_plugins WHERE shop = ?1 AND plugin = ?2", (shop.0, plugin))?;
        self.config_changed(shop)
    }

    /// Its storage and secrets stay, for when it comes back.
    fn remove_installation(&mut self, shop: ShopId, plugin: &PluginId) -> Result<()> {
        let was = "DELETE FROM installations WHERE shop = ?1 AND plugin = ?2";
        if self.execute(was, (shop.0, plugin))? == 0 {
            return Ok(());
        }
        self.execute("INSERT INTO removed_plugins (shop, plugin) VALUES (?1, ?2)", (shop.0, plugin))?;
        self.config_changed(shop)
    }

    fn store(&mut self, shop: ShopId, plugin: &PluginId, key: &str, value: Option<&[u8]>) -> Result<()> {
        match value {
            Some(value) => self.execute(
                "INSERT INTO plugin_storage (shop, plugin, key, value) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (shop, plugin, key) DO UPDATE SET value = excluded.value",
                (shop.0, plugin, key, value),
            ),
            None => self.execute(
                "DELETE FROM plugin_storage WHERE shop = ?1 AND plugin = ?2 AND key = ?3",
                (shop.0, plugin, key),
            ),
        }
        .map(drop)
    }

    fn put_secret(
        &mut self,
        shop: ShopId,
        plugin: &PluginId,
        name: &str,
        value: Option<&[u8]>,
    ) -> Result<()> {
        match value {
            Some(value) => self.execute(
                "INSERT INTO secrets (shop, plugin, name, value) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (shop, plugin, name) DO UPDATE SET value = excluded.value",
                (shop.0, plugin, name, value),
            ),
            None => self.execute(
                "DELETE FROM secrets WHERE shop = ?1 AND plugin = ?2 AND name = ?3",
                (shop.0, plugin, name),
            ),
        }
        .map(drop)
    }
}
