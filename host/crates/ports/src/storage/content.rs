use rulewright_domain::{Document, DocumentId, Entry, EntryId, EntryKind, OrderId, ShopId, Subject};

use super::{Find, Found, Page, Result};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntryQuery {
    /// Where they are shown.
    pub at: Option<Subject>,
    /// Empty means all.
    pub kinds: Vec<EntryKind>,
}

pub trait ReadContent {
    fn entries(&mut self, shop: ShopId, query: &EntryQuery, page: Page) -> Result<Vec<Entry>>;
    /// Those of these kinds; none means all.
    fn find_entries(&mut self, shop: ShopId, kinds: &[EntryKind], find: &Find) -> Result<Found<Entry>>;
    fn entry(&mut self, shop: ShopId, id: EntryId) -> Result<Option<Entry>>;
    /// Entries that are shown there beside where they belong, the latest first.
    fn bound_entries(&mut self, shop: ShopId, subject: Subject, limit: u32) -> Result<Vec<EntryId>>;
    /// Every task that is bound to the order, in the order of their ids.
    fn tasks(&mut self, shop: ShopId, order: OrderId) -> Result<Vec<Entry>>;
    /// With content.
    fn document(&mut self, shop: ShopId, id: DocumentId) -> Result<Option<Document>>;
    fn document_by_code(&mut self, code: &str) -> Result<Option<Document>>;
    /// Without content.
    fn documents(&mut self, shop: ShopId, order: Option<OrderId>, page: Page) -> Result<Vec<Document>>;
    /// The last that a numerator gave out in a period of its own; the empty one is for ever.
    fn last_number(&mut self, shop: ShopId, numerator: &str, period: &str) -> Result<Option<u64>>;
}

pub trait WriteContent {
    fn add_entry(&mut self, entry: &Entry) -> Result<()>;
    /// All of it but its kind and shop.
    fn change_entry(&mut self, entry: &Entry) -> Result<()>;
    /// Its id does not come back.
    fn delete_entry(&mut self, shop: ShopId, id: EntryId) -> Result<()>;
    fn add_document(&mut self, document: &Document) -> Result<()>;
    /// With content. Their ids and numbers do not come back.
    fn delete_documents(&mut self, shop: ShopId, order: OrderId) -> Result<()>;
    /// Without gaps, because it is taken back with the transaction that is dropped.
    fn put_last_number(&mut self, shop: ShopId, numerator: &str, period: &str, last: u64) -> Result<()>;
}
