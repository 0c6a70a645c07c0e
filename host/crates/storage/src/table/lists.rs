use rulewright_domain::{Fields, Item, ItemId, List, ShopId};
use rulewright_ports::storage::{Page, ReadLists, Result, Sequence, WriteLists};

use crate::{
    list,
    session::{Session, Writing, encode, unsigned},
};

impl<M> ReadLists for Session<'_, M> {
    fn item(&mut self, shop: ShopId, list: &str, id: ItemId) -> Result<Option<Item>> {
        let sql = "SELECT body FROM items WHERE id = ?1 AND shop = ?2 AND list = ?3";
        self.one("item", sql, (id.0, shop.0, list))
    }

    fn find_items(&mut self, shop: ShopId, list: &str, wanted: &Fields, limit: u32) -> Result<Vec<Item>> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = Page { after, limit: Page::MAX, newest_first: false };
            let items = self.items(shop, list, page)?;
            let Some(last) = items.last() else { return Ok(found) };
            after = Some(last.id.0);
            found.extend(items.into_iter().filter(|item| item.has(wanted)));
            if found.len() >= limit as usize {
                found.truncate(limit as usize);
                return Ok(found);
            }
        }
    }

    fn items(&mut self, shop: ShopId, list: &str, page: Page) -> Result<Vec<Item>> {
        list::List::of_shop("SELECT body FROM items WHERE shop = ?", shop)
            .with("list = ?", Some(list.to_owned()))
            .page(self, "item", "id", page)
    }

    fn count_items(&mut self, shop: ShopId, list: &str) -> Result<u64> {
        let sql = "SELECT count(*) FROM items WHERE shop = ?1 AND list = ?2";
        Ok(unsigned(self.value(sql, (shop.0, list))?.unwrap_or_default()))
    }
}

impl WriteLists for Writing<'_> {
    fn put_list(&mut self, shop: ShopId, list: &List) -> Result<()> {
        self.execute(
            "INSERT INTO lists (shop, name, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, name) DO UPDATE SET body = excluded.body",
            (shop.0, &list.name, encode("list", list)?),
        )?;
        self.config_changed(shop)
    }

    fn remove_list(&mut self, shop: ShopId, list: &str) -> Result<()> {
        // Ids of items are never handed out twice, not even after a restart.
        let last = self.value("SELECT max(id) FROM items WHERE shop = ?1 AND list = ?2", (shop.0, list))?;
        if let Some(last) = last.flatten() {
            self.departs(Sequence::Item, last)?;
        }
        self.execute("DELETE FROM lists WHERE shop = ?1 AND name = ?2", (shop.0, list))?;
        self.config_changed(shop)
    }

    fn put_item(&mut self, item: &Item) -> Result<()> {
        self.taken(Sequence::Item, item.id.0);
        self.store(
            "item",
            "INSERT INTO items (id, shop, list, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET body = excluded.body
             WHERE shop = excluded.shop AND list = excluded.list",
            (item.id.0, item.shop.0, &item.list, encode("item", item)?),
        )
    }

    fn remove_item(&mut self, shop: ShopId, list: &str, id: ItemId) -> Result<bool> {
        let sql = "DELETE FROM items WHERE id = ?1 AND shop = ?2 AND list = ?3";
        let removed = self.execute(sql, (id.0, shop.0, list))?;
        if removed > 0 {
            self.departs(Sequence::Item, id.0)?;
        }
        Ok(removed > 0)
    }
}
