//! One table for everything that is small and looked up by kind, id, owner or name: definitions of fields,
//! subscriptions, layouts, ... A kind is a type that says so by [`Record`]; to storage it is text under a name.

use rulewright_domain::ShopId;
use serde::{Serialize, de::DeserializeOwned};

use super::{Find, Found, Page, Result, StorageError};

/// A value that is kept whole. Fields that come later need a default: older rows stay as they are.
pub trait Record: Serialize + DeserializeOwned {
    /// Of all records of this type, and of no other type; stable, because it is stored.
    const KIND: &'static str;

    /// From [`Sequence::Record`](super::Sequence::Record), one for all kinds.
    fn id(&self) -> i64;

    /// What it belongs to, by which it is listed: `ord_7`, the id of an application, ...
    fn owner(&self) -> Option<String> {
        None
    }

    /// Unique in the shop among records of this kind.
    fn name(&self) -> Option<String> {
        None
    }
}

/// As storage knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    pub id: i64,
    pub owner: Option<String>,
    pub name: Option<String>,
    /// JSON.
    pub body: String,
}

/// By the name of a kind. [`Records`] does the same by type.
pub trait ReadRecords {
    fn raw_record(&mut self, shop: ShopId, kind: &str, id: i64) -> Result<Option<RawRecord>>;
    fn raw_record_named(&mut self, shop: ShopId, kind: &str, name: &str) -> Result<Option<RawRecord>>;
    /// None: of every owner, those without one included.
    fn raw_records(
        &mut self,
        shop: ShopId,
        kind: &str,
        owner: Option<&str>,
        page: Page,
    ) -> Result<Vec<RawRecord>>;
    fn find_raw_records(
        &mut self,
        shop: ShopId,
        kind: &str,
        owner: Option<&str>,
        find: &Find,
    ) -> Result<Found<RawRecord>>;
    /// Another number after each change of a record of this kind, never one that was there before; 0 before the first.
    fn record_clock(&mut self, shop: ShopId, kind: &str) -> Result<i64>;
}

pub trait WriteRecords {
    /// Inserts or replaces. An error where the id belongs to another shop or kind, or the name to another record: who
    /// lets people choose names looks first.
    fn put_raw_record(&mut self, shop: ShopId, kind: &str, record: &RawRecord) -> Result<()>;
    /// Whether there was one. Its id does not come back.
    fn delete_record(&mut self, shop: ShopId, kind: &str, id: i64) -> Result<bool>;
}

/// Records by their type.
pub trait Records: ReadRecords {
    fn record<T: Record>(&mut self, shop: ShopId, id: i64) -> Result<Option<T>> {
        self.raw_record(shop, T::KIND, id)?.map(read).transpose()
    }

    fn record_named<T: Record>(&mut self, shop: ShopId, name: &str) -> Result<Option<T>> {
        self.raw_record_named(shop, T::KIND, name)?.map(read).transpose()
    }

    fn records<T: Record>(&mut self, shop: ShopId, owner: Option<&str>, page: Page) -> Result<Vec<T>> {
        self.raw_records(shop, T::KIND, owner, page)?.into_iter().map(read).collect()
    }

    fn find_records<T: Record>(
        &mut self,
        shop: ShopId,
        owner: Option<&str>,
        find: &Find,
    ) -> Result<Found<T>> {
        let Found { rows, total } = self.find_raw_records(shop, T::KIND, owner, find)?;
        Ok(Found { rows: rows.into_iter().map(read).collect::<Result<_>>()?, total })
    }

    /// Page after page: for what a shop has few of.
    fn all_records<T: Record>(&mut self, shop: ShopId, owner: Option<&str>) -> Result<Vec<T>> {
        let mut all = Vec::new();
        let mut page = Page { after: None, limit: Page::MAX, newest_first: false };
        loop {
            let records = self.raw_records(shop, T::KIND, owner, page)?;
            let Some(last) = records.last() else { return Ok(all) };
            page.after = Some(last.id);
            for record in records {
                all.push(read(record)?);
            }
        }
    }
}

impl<R: ReadRecords + ?Sized> Records for R {}

/// The same for writing.
pub trait PutRecords: WriteRecords {
    fn put_record<T: Record>(&mut self, shop: ShopId, record: &T) -> Result<()> {
        let body = serde_json::to_string(record).map_err(|error| {
            StorageError::Database(format!("this {} cannot be written down: {error}", T::KIND))
        })?;
        let raw = RawRecord { id: record.id(), owner: record.owner(), name: record.name(), body };
        self.put_raw_record(shop, T::KIND, &raw)
    }

    /// Whether there was one.
    fn remove_record<T: Record>(&mut self, shop: ShopId, id: i64) -> Result<bool> {
        self.delete_record(shop, T::KIND, id)
    }
}

impl<W: WriteRecords + ?Sized> PutRecords for W {}

fn read<T: Record>(raw: RawRecord) -> Result<T> {
    let mut json = serde_json::Deserializer::from_str(&raw.body);
    // What a client sent was bounded when it came in; wrapped into a record, a value at the bound is deeper.
    json.disable_recursion_limit();
    T::deserialize(&mut json)
        .map_err(|error| StorageError::Corrupt { what: T::KIND, message: error.to_string() })
}
