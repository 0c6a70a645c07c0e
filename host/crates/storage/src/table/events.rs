use std::sync::Arc;

use rulewright_domain::{Event, EventId, Match, MatchId, OrderId, ShopId};
use rulewright_ports::storage::{EventQuery, Page, ReadEvents, Result, Sequence, WriteEvents};

use crate::{
    list::List,
    session::{Session, Writing, encode},
};

impl<M> ReadEvents for Session<'_, M> {
    fn event(&mut self, shop: ShopId, id: EventId) -> Result<Option<Arc<Event>>> {
        // Events never change: the id is stamp enough.
        if let Some(event) = self.recent.events.get(id.0, 0) {
            let there: Option<i64> =
                self.value("SELECT id FROM events WHERE id = ?1 AND shop = ?2", (id.0, shop.0))?;
            return Ok(there.map(|_| event));
        }
        let sql = "SELECT body FROM events WHERE id = ?1 AND shop = ?2";
        let found = self.sized("event", sql, (id.0, shop.0))?.pop();
        Ok(found.map(|(event, size): (Event, usize)| {
            let event = Arc::new(event);
            self.recent.events.keep(id.0, 0, event.clone(), size);
            event
        }))
    }

    fn events(&mut self, shop: ShopId, query: &EventQuery, page: Page) -> Result<Vec<Event>> {
        // An order has few events of any kind, so its index is the better one where both are asked for.
        let kind = if query.order.is_some() { "+kind = ?" } else { "kind = ?" };
        List::of_shop("SELECT body FROM events WHERE shop = ?", shop)
            .with("order_id = ?", query.order.map(|order| order.0))
            .with(kind, query.kind.clone())
            .page(self, "event", "id", page)
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
        let body = encode("event", event.as_ref())?;
        let size = body.len();
        self.execute(
            "INSERT INTO events (id, shop, order_id, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            (event.id.0, event.shop.0, event.what.order.map(|order| order.0), &event.what.kind, body),
        )?;
        self.recent.events.keep(event.id.0, 0, event.clone(), size);
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
