use rulewright_domain::{Document, DocumentId, Entry, EntryKind, OrderId, ShopId};

use super::{Page, Result};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntryQuery {
    pub order: Option<OrderId>,
    /// Empty means all.
    pub kinds: Vec<EntryKind>,
}

pub trait ReadContent {
    fn entries(&mut self, shop: ShopId, query: &EntryQuery, page: Page) -> Result<Vec<Entry>>;
    /// Every task that is bound to the order, in the order of their ids.
    fn tasks(&mut self, shop: ShopId, order: OrderId) -> Result<Vec<Entry>>;
    /// With content.
    fn document(&mut self, shop: ShopId, id: DocumentId) -> Result<Option<Document>>;
    fn document_by_code(&mut self, code: &str) -> Result<Option<Document>>;
    /// Without content.
    fn documents(&mut self, shop: ShopId, order: Option<OrderId>, page: Page) -> Result<Vec<Document>>;
}

pub trait WriteContent {
    fn add_entry(&mut self, entry: &Entry) -> Result<()>;
    /// Its text and details; whose it is stays.
    fn change_entry(&mut self, entry: &Entry) -> Result<()>;
    fn add_document(&mut self, document: &Document) -> Result<()>;
    /// The next number of a numerator; taken back when the transaction is dropped, so without gaps.
    fn take_number(&mut self, shop: ShopId, numerator: &str, start: u64) -> Result<u64>;
}
