use rulewright_domain::{
    Installation, Offer, Package, PublicKey, Replaced, Revocation, ShopId, Timestamp,
    plugin::{Digest, PluginId},
};
use rulewright_ports::storage::{ReadPlugins, Result, WritePlugins};
use rusqlite::Row;

use crate::{
    sealed::OF_PLUGINS,
    session::{Session, Writing, encode, signed, unsigned},
};

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

    fn unnamed_packages(&mut self) -> Result<Vec<Digest>> {
        self.rows(
            "SELECT digest FROM packages
             WHERE NOT EXISTS (SELECT 1 FROM installations WHERE digest = packages.digest)
               AND NOT EXISTS (SELECT 1 FROM replaced_plugins WHERE digest = packages.digest)
               AND NOT EXISTS (SELECT 1 FROM offers WHERE digest = packages.digest)
             ORDER BY digest",
            [],
            |row| row.get(0),
        )
    }

    fn readme(&mut self, shop: ShopId, digest: &Digest) -> Result<Option<String>> {
        let sql = "SELECT readme FROM package_extras WHERE digest = ?1 AND shop = ?2";
        Ok(self.value::<Option<String>>(sql, (digest, shop.0))?.flatten())
    }

    fn changelog(&mut self, shop: ShopId, digest: &Digest) -> Result<Option<String>> {
        let sql = "SELECT changelog FROM package_extras WHERE digest = ?1 AND shop = ?2";
        Ok(self.value::<Option<String>>(sql, (digest, shop.0))?.flatten())
    }

    fn icon(&mut self, shop: ShopId, digest: &Digest) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT icon FROM package_extras WHERE digest = ?1 AND shop = ?2";
        Ok(self.value::<Option<Vec<u8>>>(sql, (digest, shop.0))?.flatten())
    }

    fn installations(&mut self, shop: ShopId) -> Result<Vec<Installation>> {
        self.many("installation", "SELECT body FROM installations WHERE shop = ?1 ORDER BY plugin", [shop.0])
    }

    fn removed_plugins(&mut self, shop: ShopId) -> Result<Vec<PluginId>> {
        let sql = "SELECT plugin FROM removed_plugins WHERE shop = ?1 ORDER BY plugin";
        self.rows(sql, [shop.0], |row| row.get(0))
    }

    fn offers(&mut self, shop: ShopId) -> Result<Vec<Offer>> {
        self.many("offer", "SELECT body FROM offers WHERE shop = ?1 ORDER BY plugin", [shop.0])
    }

    fn replaced_plugins(&mut self, shop: ShopId, plugin: &PluginId) -> Result<Vec<Replaced>> {
        let sql = "SELECT body FROM replaced_plugins WHERE shop = ?1 AND plugin = ?2 ORDER BY number DESC";
        self.many("installation", sql, (shop.0, plugin))
    }

    fn highest_version(&mut self, shop: ShopId, plugin: &PluginId) -> Result<Option<String>> {
        let sql = "SELECT highest FROM plugin_versions WHERE shop = ?1 AND plugin = ?2";
        self.value(sql, (shop.0, plugin))
    }

    fn pinned_key(&mut self, shop: ShopId, publisher: &str) -> Result<Option<PublicKey>> {
        let sql = "SELECT key FROM publishers WHERE shop = ?1 AND publisher = ?2";
        self.value(sql, (shop.0, publisher))
    }

    fn pinned_keys(&mut self, shop: ShopId) -> Result<Vec<(String, PublicKey, Timestamp)>> {
        let sql = "SELECT publisher, key, pinned_at FROM publishers WHERE shop = ?1 ORDER BY publisher";
        self.rows(sql, [shop.0], |row| Ok((row.get(0)?, row.get(1)?, Timestamp(row.get(2)?))))
    }

    fn revocation(&mut self, digest: &Digest) -> Result<Option<Revocation>> {
        let sql = "SELECT source, digest, reason FROM revocations WHERE digest = ?1 LIMIT 1";
        Ok(self.rows(sql, [digest], sourced)?.pop().map(|(_, revocation)| revocation))
    }

    fn revocations(&mut self) -> Result<Vec<(String, Revocation)>> {
        self.rows("SELECT source, digest, reason FROM revocations ORDER BY source, digest", [], sourced)
    }

    fn revocation_sequence(&mut self, source: &str) -> Result<Option<u64>> {
        let sql = "SELECT sequence FROM revocation_lists WHERE source = ?1";
        Ok(self.value(sql, [source])?.map(unsigned))
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
        let sql = "SELECT value FROM secrets WHERE shop = ?1 AND plugin = ?2 AND name = ?3";
        let place = OF_PLUGINS.at([&shop.0, plugin, &name]);
        Ok(self.each(sql, (shop.0, plugin, name), |row| self.open("secret", row, 0, &place))?.pop())
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

    fn put_extras(
        &mut self,
        shop: ShopId,
        digest: &Digest,
        readme: Option<&str>,
        changelog: Option<&str>,
        icon: Option<&[u8]>,
    ) -> Result<()> {
        match (readme, changelog, icon) {
            (None, None, None) => {
                let sql = "DELETE FROM package_extras WHERE digest = ?1 AND shop = ?2";
                self.execute(sql, (digest, shop.0))
            }
            _ => self.execute(
                "INSERT INTO package_extras (digest, shop, readme, changelog, icon) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (digest, shop) DO UPDATE
                 SET readme = excluded.readme, changelog = excluded.changelog, icon = excluded.icon",
                (digest, shop.0, readme, changelog, icon),
            ),
        }
        .map(drop)
    }

    fn remove_package(&mut self, digest: &Digest) -> Result<()> {
        self.execute("DELETE FROM packages WHERE digest = ?1", [digest]).map(drop)
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

    fn put_offer(&mut self, shop: ShopId, offer: &Offer) -> Result<()> {
        self.execute(
            "INSERT INTO offers (shop, plugin, digest, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (shop, plugin) DO UPDATE SET digest = excluded.digest, body = excluded.body",
            (shop.0, &offer.plugin, &offer.digest, encode("offer", offer)?),
        )
        .map(drop)
    }

    fn remove_offer(&mut self, shop: ShopId, plugin: &PluginId) -> Result<()> {
        self.execute("DELETE FROM offers WHERE shop = ?1 AND plugin = ?2", (shop.0, plugin)).map(drop)
    }

    fn put_replaced(&mut self, shop: ShopId, replaced: &Replaced) -> Result<()> {
        let Installation { plugin, digest, .. } = &replaced.installation;
        let number = signed("number", replaced.number)?;
        self.execute(
            "INSERT INTO replaced_plugins (shop, plugin, number, digest, body) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (shop, plugin, number) DO UPDATE SET digest = excluded.digest, body = excluded.body",
            (shop.0, plugin, number, digest, encode("installation", replaced)?),
        )
        .map(drop)
    }

    fn remove_replaced(&mut self, shop: ShopId, plugin: &PluginId, number: u64) -> Result<()> {
        let sql = "DELETE FROM replaced_plugins WHERE shop = ?1 AND plugin = ?2 AND number = ?3";
        self.execute(sql, (shop.0, plugin, signed("number", number)?)).map(drop)
    }

    fn put_highest_version(&mut self, shop: ShopId, plugin: &PluginId, version: &str) -> Result<()> {
        self.execute(
            "INSERT INTO plugin_versions (shop, plugin, highest) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, plugin) DO UPDATE SET highest = excluded.highest",
            (shop.0, plugin, version),
        )
        .map(drop)
    }

    fn pin_key(&mut self, shop: ShopId, publisher: &str, key: &PublicKey, at: Timestamp) -> Result<()> {
        self.execute(
            "INSERT INTO publishers (shop, publisher, key, pinned_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (shop, publisher) DO UPDATE SET key = excluded.key, pinned_at = excluded.pinned_at",
            (shop.0, publisher, key, at.0),
        )
        .map(drop)
    }

    fn unpin_key(&mut self, shop: ShopId, publisher: &str) -> Result<bool> {
        let sql = "DELETE FROM publishers WHERE shop = ?1 AND publisher = ?2";
        Ok(self.execute(sql, (shop.0, publisher))? > 0)
    }

    fn put_revocations(&mut self, source: &str, sequence: Option<u64>, revoked: &[Revocation]) -> Result<()> {
        self.execute("DELETE FROM revocations WHERE source = ?1", [source])?;
        for one in revoked {
            // Named twice, it is revoked once.
            self.execute(
                "INSERT INTO revocations (source, digest, reason) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                (source, &one.digest, &one.reason),
            )?;
        }
        if let Some(sequence) = sequence {
            self.execute(
                "INSERT INTO revocation_lists (source, sequence) VALUES (?1, ?2)
                 ON CONFLICT (source) DO UPDATE SET sequence = excluded.sequence",
                (source, signed("sequence", sequence)?),
            )?;
        }
        self.every_config_changed()
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
                (
                    shop.0,
                    plugin,
                    name,
                    self.seal(&OF_PLUGINS.at([&shop.0, plugin, &name]), value)?.into_bytes(),
                ),
            ),
            None => self.execute(
                "DELETE FROM secrets WHERE shop = ?1 AND plugin = ?2 AND name = ?3",
                (shop.0, plugin, name),
            ),
        }
        .map(drop)
    }
}

fn sourced(row: &Row<'_>) -> rusqlite::Result<(String, Revocation)> {
    Ok((row.get(0)?, Revocation { digest: row.get(1)?, reason: row.get(2)? }))
}
