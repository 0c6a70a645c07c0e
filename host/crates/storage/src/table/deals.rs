//! Beside `orders`, for orders of kind deal: what their lists are mostly filtered and sorted by.

use rulewright_domain::{
    Order, OrderKind, ShopId,
    find::{fold, number},
};
use rulewright_ports::storage::Result;
use rusqlite::Row;

use crate::{
    find::{Column, Holds, Index, Table},
    session::{Session, Writing},
};

const fn column(path: &'static [&'static str], sql: &'static str, holds: Holds) -> Column {
    Column { path, sql, holds }
}

const fn index(name: &'static str, by: &'static [&'static str], also: &'static [&'static str]) -> Index {
    Index { name, by, also, whole: true }
}

pub(crate) const DEALS: Table = Table {
    name: "deals AS t",
    row: super::orders::ROW,
    body: "(SELECT body FROM orders WHERE orders.id = t.id)",
    data: None,
    columns: &[
        column(&["id"], "t.id", Holds::Id("ord")),
        column(&["pipeline"], "t.pipeline", Holds::Folded),
        column(&["stage"], "t.stage", Holds::Folded),
        column(&["responsible"], "t.responsible", Holds::Id("emp")),
        column(&["company"], "t.company", Holds::Id("cli")),
        column(&["total", "amount"], "t.total", Holds::Number),
        column(&["created"], "t.created", Holds::Instant),
        column(&["updated"], "t.updated", Holds::Instant),
        column(&["title"], "t.title", Holds::Folded),
    ],
    indices: &[
        index("deals_by_pipeline", &["t.pipeline"], &[]),
        index("deals_by_stage", &["t.stage"], &["t.pipeline"]),
        index("deals_by_responsible", &["t.responsible"], &["t.pipeline"]),
        index("deals_by_stage_and_responsible", &["t.stage", "t.responsible"], &["t.pipeline"]),
        index("deals_by_company", &["t.company"], &[]),
        index("deals_by_total", &["t.total"], &[]),
        index("deals_by_created", &["t.created"], &[]),
        index("deals_by_updated", &["t.updated"], &["t.pipeline", "t.stage", "t.responsible", "t.total"]),
    ],
    has_contacts: true,
};

const INSERT: &str =
    "INSERT INTO deals (pipeline, stage, responsible, company, total, created, updated, title, shop, id)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// Naming an indexed column in an UPDATE costs as much as changing it: one names what has changed.
const CHANGED: &str =
    "SELECT pipeline IS NOT ?1, stage IS NOT ?2, responsible IS NOT ?3, company IS NOT ?4, total IS NOT ?5,
         created IS NOT ?6, updated IS NOT ?7, title IS NOT ?8
     FROM deals WHERE shop = ?9 AND id = ?10";
const SET: [&str; 8] = [
    "pipeline = ?1",
    "stage = ?2",
    "responsible = ?3",
    "company = ?4",
    "total = ?5",
    "created = ?6",
    "updated = ?7",
    "title = ?8",
];

/// Reads [`CHANGED`].
fn changed(row: &Row<'_>) -> rusqlite::Result<Vec<&'static str>> {
    let set = SET.iter().enumerate().map(|(at, set)| Ok(row.get::<_, bool>(at)?.then_some(*set)));
    set.filter_map(rusqlite::Result::transpose).collect()
}

/// The list in `find_clocks`.
pub(super) const LIST: &str = "deals";

impl<M> Session<'_, M> {
    pub(super) fn list_clock(&self, shop: ShopId, list: &'static str) -> Result<crate::find::Clock> {
        let sql = "SELECT clock FROM find_clocks WHERE shop = ?1 AND list = ?2";
        Ok((list, self.value(sql, (shop.0, list))?.unwrap_or_default()))
    }
}

impl Writing<'_> {
    pub(super) fn list_changed(&self, shop: ShopId, list: &'static str) -> Result<()> {
        self.execute(
            "INSERT INTO find_clocks (shop, list, clock) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, list) DO UPDATE SET clock = excluded.clock",
            (shop.0, list, self.recent.stamp()),
        )
        .map(drop)
    }

    pub(super) fn put_deal(&self, shop: ShopId, order: &Order, before: Option<OrderKind>) -> Result<()> {
        if order.kind == OrderKind::Order {
            // A store's own orders pay nothing for the lists of deals, unless nobody remembers what one was.
            return if before == Some(OrderKind::Deal) { self.remove_deal(shop, order.id.0) } else { Ok(()) };
        }
        let (pipeline, stage, title) = (fold(&order.pipeline.0), fold(&order.stage.0), fold(&order.title));
        let columns = (
            &pipeline,
            &stage,
            order.responsible.map(|employee| employee.0),
            order.company.map(|client| client.0),
            number(&order.total.decimal()),
            order.created.0,
            order.updated.0,
            &title,
            shop.0,
            order.id.0,
        );
        let there = if before.is_some() { self.rows(CHANGED, columns, changed)?.pop() } else { None };
        match there.as_deref() {
            None => self.execute(INSERT, columns)?,
            Some([]) => 0,
            Some(set) => {
                let sql = format!("UPDATE deals SET {} WHERE shop = ?9 AND id = ?10", set.join(", "));
                self.execute(&sql, columns)?
            }
        };
        // Also what has no column may have changed.
        self.list_changed(shop, LIST)
    }

    pub(super) fn remove_deal(&self, shop: ShopId, id: i64) -> Result<()> {
        match self.execute("DELETE FROM deals WHERE shop = ?1 AND id = ?2", (shop.0, id))? {
            0 => Ok(()),
            _ => self.list_changed(shop, LIST),
        }
    }
}
