use rulewright_domain::{Fields, Item, ItemId, List, ShopId};

use super::{Page, Result};

pub trait ReadLists {
    fn item(&mut self, shop: ShopId, list: &str, id: ItemId) -> Result<Option<Item>>;
    /// Those in which every wanted field is equal, in the order of their ids.
    fn find_items(&mut self, shop: ShopId, list: &str, wanted: &Fields, limit: u32) -> Result<Vec<Item>>;
    fn items(&mut self, shop: ShopId, list: &str, page: Page) -> Result<Vec<Item>>;
    fn count_items(&mut self, shop: ShopId, list: &str) -> Result<u64>;
}

pub trait WriteLists {
    fn put_list(&mut self, shop: ShopId, list: &List) -> Result<()>;
    /// With its items.
    fn remove_list(&mut self, shop: ShopId, list: &str) -> Result<()>;
    fn put_item(&mut self, item: &Item) -> Result<()>;
    /// Whether there was one.
    fn remove_item(&mut self, shop: ShopId, list: &str, id: ItemId) -> Result<bool>;
}
