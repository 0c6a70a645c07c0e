use rulewright_domain::{ApplicationRule, ApplicationTrigger, ShopId, Subscription};
use rulewright_ports::storage::{
    Find, Found, Page, RawRecord, ReadRecords, Record, Result, Sequence, WriteRecords,
};
use rusqlite::Row;

use crate::{
    find::{Column, Given, Holds, Table},
    list::List,
    sealed::{RECORDS as SEALED, RECORDS_OF},
    session::{Session, Writing, corrupt, refused},
};

const RECORDS: Table = Table {
    name: "records AS t",
    row: "SELECT id, owner, name, body FROM records WHERE id = ?1 AND shop = ?2",
    body: "t.body",
    data: None,
    columns: &[Column { path: &["id"], sql: "t.id", holds: Holds::Id("") }],
    indices: &[],
    has_contacts: false,
};

fn record(row: &Row<'_>) -> rusqlite::Result<RawRecord> {
    Ok(RawRecord { id: row.get(0)?, owner: row.get(1)?, name: row.get(2)?, body: row.get(3)? })
}

impl<M> Session<'_, M> {
    /// Of kinds that hold secrets, the body is opened.
    fn whole(&self, shop: ShopId, kind: &str, row: &Row<'_>) -> Result<RawRecord> {
        let mut record = record(row).map_err(refused)?;
        if RECORDS_OF.contains(&kind) {
            let body = self.open("record", row, 3, &SEALED.at([&shop.0, &kind, &record.id]))?;
            record.body = String::from_utf8(body).map_err(|error| corrupt("record", error))?;
        }
        Ok(record)
    }
}

impl<M> ReadRecords for Session<'_, M> {
    fn raw_record(&mut self, shop: ShopId, kind: &str, id: i64) -> Result<Option<RawRecord>> {
        let sql = "SELECT id, owner, name, body FROM records WHERE id = ?1 AND shop = ?2 AND kind = ?3";
        Ok(self.each(sql, (id, shop.0, kind), |row| self.whole(shop, kind, row))?.pop())
    }

    fn raw_record_named(&mut self, shop: ShopId, kind: &str, name: &str) -> Result<Option<RawRecord>> {
        let sql = "SELECT id, owner, name, body FROM records WHERE shop = ?1 AND kind = ?2 AND name = ?3";
        Ok(self.each(sql, (shop.0, kind, name), |row| self.whole(shop, kind, row))?.pop())
    }

    fn raw_records(
        &mut self,
        shop: ShopId,
        kind: &str,
        owner: Option<&str>,
        page: Page,
    ) -> Result<Vec<RawRecord>> {
        List::of_shop("SELECT id, owner, name, body FROM records WHERE shop = ?", shop)
            .with("kind = ?", Some(kind.to_owned()))
            .with("owner = ?", owner.map(str::to_owned))
            .page_of(self, "id", page, |row| self.whole(shop, kind, row))
    }

    fn find_raw_records(
        &mut self,
        shop: ShopId,
        kind: &str,
        owner: Option<&str>,
        find: &Find,
    ) -> Result<Found<RawRecord>> {
        let mut given = vec![Given::of("t.kind = ?", kind.to_owned())];
        given.extend(owner.map(|owner| Given::of("t.owner = ?", owner.to_owned())));
        let clock = Some(("records", self.record_clock(shop, kind)?));
        self.find(&RECORDS, shop, &given, clock, find, |row| self.whole(shop, kind, row))
    }

    fn record_clock(&mut self, shop: ShopId, kind: &str) -> Result<i64> {
        let sql = "SELECT clock FROM record_clocks WHERE shop = ?1 AND kind = ?2";
        Ok(self.value(sql, (shop.0, kind))?.unwrap_or_default())
    }
}

/// Kinds that are part of a shop's configuration.
const CONFIGURE: &[&str] = &[Subscription::KIND, ApplicationRule::KIND, ApplicationTrigger::KIND];

impl Writing<'_> {
    fn records_changed(&mut self, shop: ShopId, kind: &str) -> Result<()> {
        if CONFIGURE.contains(&kind) {
            self.config_changed(shop)?;
        }
        self.execute(
            "INSERT INTO record_clocks (shop, kind, clock) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, kind) DO UPDATE SET clock = excluded.clock",
            (shop.0, kind, self.recent.stamp()),
        )
        .map(drop)
    }
}

impl WriteRecords for Writing<'_> {
    fn put_raw_record(&mut self, shop: ShopId, kind: &str, record: &RawRecord) -> Result<()> {
        self.taken(Sequence::Record, record.id);
        let sealed = match RECORDS_OF.contains(&kind) {
            true => Some(self.seal(&SEALED.at([&shop.0, &kind, &record.id]), record.body.as_bytes())?),
            false => None,
        };
        let body = sealed.as_ref().unwrap_or(&record.body);
        self.store(
            "record",
            "INSERT INTO records (id, shop, kind, owner, name, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE
             SET owner = excluded.owner, name = excluded.name, body = excluded.body
             WHERE shop = excluded.shop AND kind = excluded.kind",
            (record.id, shop.0, kind, &record.owner, &record.name, body),
        )?;
        self.records_changed(shop, kind)
    }

    fn delete_record(&mut self, shop: ShopId, kind: &str, id: i64) -> Result<bool> {
        let sql = "DELETE FROM records WHERE id = ?1 AND shop = ?2 AND kind = ?3";
        if self.execute(sql, (id, shop.0, kind))? == 0 {
            return Ok(false);
        }
        self.departs(Sequence::Record, id)?;
        self.records_changed(shop, kind).map(|()| true)
    }
}
