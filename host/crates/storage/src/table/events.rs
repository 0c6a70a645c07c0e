use std::sync::Arc;

use rulewright_domain::{Event, EventId, Match, MatchId, OrderId, Payload, ShopId};
use rulewright_ports::storage::{EventQuery, Find, Found, Page, ReadEvents, Result, Sequence, WriteEvents};

use rusqlite::Row;

use super::content::given_kinds;
use crate::{
    find::{Column, Holds, Index, Table},
    known::Number,
    list::List,
    session::{Session, Writing, body, corrupt, encode, refused},
};

const EVENTS: Table = Table {
    name: "events AS t",
    row: "SELECT body, data FROM events WHERE id = ?1 AND shop = ?2",
    body: "t.body",
    data: Some("t.data"),
    columns: &[
        Column { path: &["id"], sql: "t.id", holds: Holds::Id("evt") },
        Column { path: &["order"], sql: "t.order_id", holds: Holds::Id("ord") },
    ],
    indices: &[Index { name: "events_of_order", by: &["t.order_id"], also: &[], whole: false }],
    has_contacts: false,
};

fn event(row: &Row<'_>) -> Result<Event> {
    let mut event: Event = body("event", row, 0)?;
    let data = row.get_ref(1).map_err(refused)?.as_str_or_null().map_err(|error| corrupt("event", error))?;
    event.what.data = data.map(Payload::from_text).unwrap_or_default();
    Ok(event)
}

/// About that of its JSON.
fn size(event: &Event) -> usize {
    500 + event.what.data.text().map_or(0, str::len)
}

impl<M> ReadEvents for Session<'_, M> {
    fn event(&mut self, shop: ShopId, id: EventId) -> Result<Option<Arc<Event>>> {
        // Events never change: the id is stamp enough.
        if let Some(event) = self.recent.events.get(id.0, 0) {
            return Ok(self.number(Number::Event, id.0, shop.0)?.map(|_| event));
        }
        let sql = "SELECT body, data FROM events WHERE id = ?1 AND shop = ?2";
        Ok(self.each(sql, (id.0, shop.0), event)?.pop().map(|event| {
            let event = Arc::new(event);
            self.recent.events.keep(id.0, 0, event.clone(), size(&event));
            event
        }))
    }

    fn events(&mut self, shop: ShopId, query: &EventQuery, page: Page) -> Result<Vec<Event>> {
        // An order has few events of any kind, so its index is the better one where both are asked for.
        let kind = if query.order.is_some() { "+kind = ?" } else { "kind = ?" };
        List::of_shop("SELECT body, data FROM events WHERE shop = ?", shop)
            .with("order_id = ?", query.order.map(|order| order.0))
            .with(kind, query.kind.clone())
            .page_of(self, "id", page, event)
    }

    fn find_events(&mut self, shop: ShopId, kinds: &[&str], find: &Find) -> Result<Found<Event>> {
        let given = given_kinds(kinds)?;
        // Nothing changes but by one more.
        let last: Option<i64> = self.value("SELECT max(id) FROM events WHERE shop = ?1", [shop.0])?;
        let clock = Some(("events", last.unwrap_or_default()));
        self.find(&EVENTS, shop, given.as_slice(), clock, find, event)
    }

    fn matching(&mut self, shop: ShopId, id: MatchId) -> Result<Option<Match>> {
        self.one("match", "SELECT body FROM matches WHERE id = ?1 AND shop = ?2", (id.0, shop.0))
    }

    fn matches(&mut self, shop: ShopId, order: Option<OrderId>, page: Page) -> Result<Vec<Match>> {
        List::of_shop("SELECT body FROM matches WHERE shop = ?", shop)
            .with("order_id = ?", order.map(|order| order.0))
            .page(self, "match", "id", page)
    }

    fn pending_matches(&mut self) -> Result<Vec<(ShopId, OrderId, MatchId)>> {
        self.rows(
            "SELECT shop, order_id, id FROM matches
             WHERE pending = 1 AND order_id IS NOT NULL ORDER BY shop, order_id, id",
            [],
            |row| Ok((ShopId(row.get(0)?), OrderId(row.get(1)?), MatchId(row.get(2)?))),
        )
    }
}

impl WriteEvents for Writing<'_> {
    fn append_event(&mut self, event: &Arc<Event>) -> Result<()> {
        self.taken(Sequence::Event, event.id.0);
        let mut kept = Event::clone(event);
        let data = std::mem::take(&mut kept.what.data);
        let what = &event.what;
        self.execute(
            "INSERT INTO events (id, shop, order_id, kind, body, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                event.id.0,
                event.shop.0,
                what.order.map(|order| order.0),
                &what.kind,
                encode("event", &kept)?,
                data.text(),
            ),
        )?;
        self.knows(Number::Event, event.id.0, event.shop.0, Some(event.id.0));
        self.recent.events.keep(event.id.0, 0, event.clone(), size(event));
        Ok(())
    }

    fn put_match(&mut self, matching: &Match) -> Result<()> {
        self.taken(Sequence::Match, matching.id.0);
        self.store(
            "match",
            "INSERT INTO matches (id, shop, order_id, pending, body) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET pending = excluded.pending, body = excluded.body
             WHERE shop = excluded.shop AND order_id IS excluded.order_id",
            (
                matching.id.0,
                matching.shop.0,
                matching.order.map(|order| order.0),
                matching.pending,
                encode("match", matching)?,
            ),
        )
    }
}
