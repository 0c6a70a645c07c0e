use rulewright_domain::{Document, DocumentId, Entry, EntryId, EntryKind, OrderId, ShopId, Subject};
use rulewright_ports::storage::{EntryQuery, Find, Found, Page, ReadContent, Result, Sequence, WriteContent};
use rusqlite::Row;

use crate::{
    find::{Column, Given, Holds, Index, Table},
    list::List,
    session::{Session, Writing, body, encode, refused, signed, unsigned},
};

const ENTRIES: Table = Table {
    name: "entries AS t",
    row: "SELECT body FROM entries WHERE id = ?1 AND shop = ?2",
    body: "t.body",
    data: None,
    columns: &[
        Column { path: &["id"], sql: "t.id", holds: Holds::Id("ent") },
        Column { path: &["order"], sql: "t.order_id", holds: Holds::Id("ord") },
        Column { path: &["client"], sql: "t.client_id", holds: Holds::Id("cli") },
    ],
    indices: &[
        Index { name: "entries_of_order", by: &["t.order_id"], also: &[], whole: false },
        Index { name: "entries_of_client", by: &["t.client_id"], also: &[], whole: false },
    ],
    has_contacts: false,
};

impl<M> ReadContent for Session<'_, M> {
    fn entries(&mut self, shop: ShopId, query: &EntryQuery, page: Page) -> Result<Vec<Entry>> {
        let lists = || {
            let own = List::of_shop("SELECT body FROM entries WHERE shop = ?", shop);
            let own = match query.at {
                Some(Subject::Order(order)) => own.with("order_id = ?", Some(order.0)),
                Some(Subject::Client(client)) => own.with("client_id = ?", Some(client.0)),
                None => own,
            };
            let bound = query.at.map(|place| {
                let sql =
                    "SELECT body FROM entry_places CROSS JOIN entries ON id = entry WHERE place_shop = ?";
                List::of_shop(sql, shop).with("place = ?", Some(place.to_string()))
            });
            (own, bound)
        };
        // Kind by kind, each in the order of its index: asked for together, all of them would be sorted.
        let mut kinds: Vec<Option<EntryKind>> = query.kinds.iter().copied().map(Some).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if kinds.is_empty() {
            kinds.push(None);
        }
        // A place has few entries, so its index is the better one.
        let condition = if query.at.is_some() { "+kind = ?" } else { "kind = ?" };
        let mut entries = Vec::new();
        for kind in kinds {
            let name = kind.map(|kind| kind.name().to_owned());
            let (own, bound) = lists();
            entries.extend(own.with(condition, name.clone()).page::<_, Entry>(self, "entry", "id", page)?);
            if let Some(bound) = bound {
                entries.extend(bound.with("kind = ?", name).page::<_, Entry>(self, "entry", "entry", page)?);
            }
        }
        entries.sort_by_key(|entry| if page.newest_first { -entry.id.0 } else { entry.id.0 });
        entries.truncate(page.limit.min(Page::MAX) as usize);
        Ok(entries)
    }

    fn find_entries(&mut self, shop: ShopId, kinds: &[EntryKind], find: &Find) -> Result<Found<Entry>> {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let given = given_kinds(&names)?;
        self.find(&ENTRIES, shop, given.as_slice(), None, find, |row| body("entry", row, 0))
    }

    fn entry(&mut self, shop: ShopId, id: EntryId) -> Result<Option<Entry>> {
        self.one("entry", "SELECT body FROM entries WHERE id = ?1 AND shop = ?2", (id.0, shop.0))
    }

    fn bound_entries(&mut self, shop: ShopId, subject: Subject, limit: u32) -> Result<Vec<EntryId>> {
        let sql = "SELECT entry FROM entry_places WHERE place_shop = ?1 AND place = ?2 ORDER BY entry DESC LIMIT ?3";
        self.each(sql, (shop.0, subject.to_string(), limit), |row| Ok(EntryId(row.get(0).map_err(refused)?)))
    }

    // An order has few entries: the index of kinds, with those of all orders, is not wanted.
    fn tasks(&mut self, shop: ShopId, order: OrderId) -> Result<Vec<Entry>> {
        let sql = "SELECT body FROM entries WHERE shop = ?1 AND order_id = ?2 AND +kind = 'task' ORDER BY id";
        self.many("entry", sql, (shop.0, order.0))
    }

    fn document(&mut self, shop: ShopId, id: DocumentId) -> Result<Option<Document>> {
        let sql = "SELECT body, content FROM documents WHERE id = ?1 AND shop = ?2";
        Ok(self.each(sql, (id.0, shop.0), with_content)?.pop())
    }

    fn document_by_code(&mut self, code: &str) -> Result<Option<Document>> {
        let sql = "SELECT body, content FROM documents WHERE code = ?1";
        Ok(self.each(sql, [code], with_content)?.pop())
    }

    fn documents(&mut self, shop: ShopId, order: Option<OrderId>, page: Page) -> Result<Vec<Document>> {
        List::of_shop("SELECT body FROM documents WHERE shop = ?", shop)
            .with("order_id = ?", order.map(|order| order.0))
            .page(self, "document", "id", page)
    }

    fn last_number(&mut self, shop: ShopId, numerator: &str, period: &str) -> Result<Option<u64>> {
        let sql = "SELECT last FROM numerators_state WHERE shop = ?1 AND numerator = ?2 AND period = ?3";
        Ok(self.value(sql, (shop.0, numerator, period))?.map(unsigned))
    }
}

impl WriteContent for Writing<'_> {
    fn add_entry(&mut self, entry: &Entry) -> Result<()> {
        self.taken(Sequence::Entry, entry.id.0);
        self.execute(
            "INSERT INTO entries (id, shop, order_id, client_id, kind, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                entry.id.0,
                entry.shop.0,
                entry.order.map(|order| order.0),
                entry.client.map(|client| client.0),
                entry.kind.name(),
                encode("entry", entry)?,
            ),
        )?;
        self.place(entry)
    }

    fn change_entry(&mut self, entry: &Entry) -> Result<()> {
        let changed = self.execute(
            "UPDATE entries SET order_id = ?3, client_id = ?4, body = ?5 WHERE id = ?1 AND shop = ?2",
            (
                entry.id.0,
                entry.shop.0,
                entry.order.map(|order| order.0),
                entry.client.map(|client| client.0),
                encode("entry", entry)?,
            ),
        )?;
        if changed == 0 {
            return Ok(());
        }
        self.execute("DELETE FROM entry_places WHERE entry = ?1", [entry.id.0])?;
        self.place(entry)
    }

    fn delete_entry(&mut self, shop: ShopId, id: EntryId) -> Result<()> {
        let deleted = self.execute("DELETE FROM entries WHERE id = ?1 AND shop = ?2", (id.0, shop.0))?;
        if deleted == 0 {
            return Ok(());
        }
        self.execute("DELETE FROM entry_places WHERE entry = ?1", [id.0])?;
        self.departs(Sequence::Entry, id.0)
    }

    fn add_document(&mut self, document: &Document) -> Result<()> {
        self.taken(Sequence::Document, document.id.0);
        self.execute(
            "INSERT INTO documents (id, shop, order_id, code, body, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                document.id.0,
                document.shop.0,
                document.order.0,
                &document.public_code,
                encode("document", document)?,
                &document.content,
            ),
        )
        .map(drop)
    }

    fn delete_documents(&mut self, shop: ShopId, order: OrderId) -> Result<()> {
        let sql = "SELECT id FROM documents WHERE shop = ?1 AND order_id = ?2";
        let ids: Vec<i64> = self.each(sql, (shop.0, order.0), |row| row.get(0).map_err(refused))?;
        for id in ids {
            self.execute("DELETE FROM documents WHERE id = ?1", [id])?;
            self.departs(Sequence::Document, id)?;
        }
        Ok(())
    }

    fn put_last_number(&mut self, shop: ShopId, numerator: &str, period: &str, last: u64) -> Result<()> {
        self.execute(
            "INSERT INTO numerators_state (shop, numerator, period, last) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (shop, numerator, period) DO UPDATE SET last = excluded.last",
            (shop.0, numerator, period, signed("number", last)?),
        )
        .map(drop)
    }
}

/// Of entries or events.
impl Writing<'_> {
    /// Where it is shown beside the columns that say where it belongs.
    fn place(&mut self, entry: &Entry) -> Result<()> {
        for place in &entry.also {
            self.execute(
                "INSERT OR IGNORE INTO entry_places (place_shop, place, entry) VALUES (?1, ?2, ?3)",
                (entry.shop.0, place.to_string(), entry.id.0),
            )?;
        }
        Ok(())
    }
}

pub(super) fn given_kinds(kinds: &[&str]) -> Result<Option<Given>> {
    Ok(match kinds {
        [] => None,
        [one] => Some(Given::of("t.kind = ?", (*one).to_owned())),
        // The index of kinds would have to be sorted by id: of all rows, many may have one of them.
        several => Some(Given {
            page: "+t.kind IN (SELECT value FROM json_each(?))",
            count: "t.kind IN (SELECT value FROM json_each(?))",
            value: encode("filter", &several)?.into(),
        }),
    })
}

fn with_content(row: &Row<'_>) -> Result<Document> {
    let document: Document = body("document", row, 0)?;
    Ok(Document { content: row.get(1).map_err(refused)?, ..document })
}
