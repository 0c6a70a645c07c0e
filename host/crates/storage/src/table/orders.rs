use std::{collections::BTreeSet, sync::Arc};

use rulewright_domain::{
    ClientId, Money, Order, OrderId, OrderKind, PipelineId, ShopId, StageId, find::Filter,
};
use rulewright_ports::storage::{
    Find, Found, OrderQuery, Page, ReadOrders, Result, Sequence, StageTotal, WriteOrders,
};
use rusqlite::{Params, Row, params_from_iter, types::Value};

use super::deals::{self, DEALS};
use crate::{
    find::{Column, Given, Holds, Table, narrowed},
    known::Number,
    list::List,
    session::{Session, Writing, another_shops, body, corrupt, decode, encode, refused, unsigned},
};

/// What [`order`] reads.
const COLUMNS: &str = "orders.body, (SELECT lines FROM order_lines WHERE order_id = orders.id) AS lines";

pub(super) const ROW: &str =
    "SELECT orders.body, (SELECT lines FROM order_lines WHERE order_id = orders.id) AS lines
     FROM orders WHERE id = ?1 AND shop = ?2";

const ORDERS: Table = Table {
    name: "orders AS t",
    row: ROW,
    body: "t.body",
    data: None,
    columns: &[Column { path: &["id"], sql: "t.id", holds: Holds::Id("ord") }],
    indices: &[],
    has_contacts: true,
};

fn order(row: &Row<'_>) -> Result<Order> {
    let mut order: Order = body("order", row, 0)?;
    if let Some(lines) =
        row.get_ref(1).map_err(refused)?.as_str_or_null().map_err(|error| corrupt("order", error))?
    {
        order.lines = decode("order", lines.as_bytes())?;
    }
    Ok(order)
}

impl<M> Session<'_, M> {
    fn orders_by(&self, sql: &str, params: impl Params) -> Result<Vec<Order>> {
        self.each(sql, params, order)
    }
}

impl<M> ReadOrders for Session<'_, M> {
    fn order(&mut self, shop: ShopId, id: OrderId) -> Result<Option<Arc<Order>>> {
        let key = (id.0, shop.0);
        let Some(stamp) = self.number(Number::Order, id.0, shop.0)? else { return Ok(None) };
        if let Some(order) = self.recent.orders.get(id.0, stamp) {
            return Ok(Some(order));
        }
        let sql = format!("SELECT {COLUMNS} FROM orders WHERE id = ?1 AND shop = ?2");
        Ok(self.orders_by(&sql, key)?.pop().map(|order| {
            let order = Arc::new(order);
            self.recent.orders.keep(id.0, stamp, order.clone(), size(&order));
            order
        }))
    }

    fn orders(&mut self, shop: ShopId, query: &OrderQuery, page: Page) -> Result<Vec<Order>> {
        let list = match query.client {
            None => List::of_shop(&format!("SELECT {COLUMNS} FROM orders WHERE shop = ?"), shop),
            Some(client) => List::of_shop(
                &format!(
                    "SELECT {COLUMNS} FROM order_clients AS link JOIN orders ON orders.id = link.order_id
                     WHERE link.shop = ?"
                ),
                shop,
            )
            .with("link.client = ?", Some(client.0)),
        };
        let id = if query.client.is_some() { "link.order_id" } else { "id" };
        // A whole pipeline is large: `+` keeps its index out, which would have to be sorted by id.
        let pipeline = if query.stage.is_some() { "pipeline = ?" } else { "+pipeline = ?" };
        list.with(pipeline, query.pipeline.as_ref().map(|pipeline| pipeline.0.clone()))
            .with("stage = ?", query.stage.as_ref().map(|stage| stage.0.clone()))
            .with("number = ?", query.number.clone())
            .page_of(self, id, page, order)
    }

    fn find_orders(&mut self, shop: ShopId, kind: Option<OrderKind>, find: &Find) -> Result<Found<Order>> {
        match kind {
            Some(OrderKind::Deal) => {
                let clock = self.list_clock(shop, deals::LIST)?;
                self.find(&DEALS, shop, &[], Some(clock), find, order)
            }
            Some(OrderKind::Order) => {
                let no_deal = "NOT EXISTS (SELECT 1 FROM deals WHERE deals.shop = ? AND deals.id = t.id)";
                self.find(&ORDERS, shop, &[Given::of(no_deal, shop.0)], None, find, order)
            }
            None => self.find(&ORDERS, shop, &[], None, find, order),
        }
    }

    fn orders_of_client(&mut self, shop: ShopId, client: ClientId, limit: u32) -> Result<Vec<Order>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM order_clients AS link JOIN orders ON orders.id = link.order_id
             WHERE link.shop = ?1 AND link.client = ?2 ORDER BY link.order_id DESC LIMIT ?3"
        );
        self.orders_by(&sql, (shop.0, client.0, limit))
    }

    fn orders_in(
        &mut self,
        shop: ShopId,
        pipeline: &PipelineId,
        stages: &[StageId],
        page: Page,
    ) -> Result<Vec<OrderId>> {
        let mut all = Vec::new();
        // The index holds the ids of one stage in order: as many of each, and then the first of all of them.
        for stage in stages {
            all.extend(
                List::of_shop("SELECT id FROM orders WHERE shop = ?", shop)
                    .with("pipeline = ?", Some(pipeline.0.clone()))
                    .with("stage = ?", Some(stage.0.clone()))
                    .page_of(self, "id", page, |row| row.get(0).map(OrderId).map_err(refused))?,
            );
        }
        all.sort();
        if page.newest_first {
            all.reverse();
        }
        all.truncate(page.limit.min(Page::MAX) as usize);
        Ok(all)
    }

    fn stage_totals(
        &mut self,
        shop: ShopId,
        pipeline: &PipelineId,
        filter: &Filter,
    ) -> Result<Vec<StageTotal>> {
        let select = "SELECT /* find */ t.stage, t.body ->> '$.total' FROM orders AS t
             WHERE t.shop = ? AND t.pipeline = ?";
        let (sql, values) =
            narrowed(&ORDERS, select, [shop.0.into(), Value::from(pipeline.0.clone())], filter)?;
        let mut totals: Vec<StageTotal> = Vec::new();
        let mut add = |stage: &str, money: Money| {
            let at = totals.iter().position(|total| total.stage.0 == stage).unwrap_or_else(|| {
                totals.push(StageTotal { stage: stage.into(), count: 0, sums: Vec::new() });
                totals.len() - 1
            });
            let total = &mut totals[at];
            total.count += 1;
            match total.sums.iter_mut().find(|sum| sum.currency == money.currency) {
                // Beyond 64 bits it stays at what there was: no shop's orders come to that.
                Some(sum) => *sum = sum.plus(money).unwrap_or(*sum),
                None => total.sums.push(money),
            }
        };
        self.each(&sql, params_from_iter(values), |row| {
            let stage = row.get_ref(0).map_err(refused)?.as_str().map_err(|error| corrupt("order", error))?;
            add(stage, body("order", row, 1)?);
            Ok(())
        })?;
        Ok(totals)
    }

    fn orders_on(
        &mut self,
        shop: ShopId,
        pipeline: &PipelineId,
        stage: &StageId,
        filter: &Filter,
        page: Page,
    ) -> Result<Vec<Order>> {
        let (after, order) = if page.newest_first { ("<", "DESC") } else { (">", "ASC") };
        let select =
            "SELECT /* find */ t.body FROM orders AS t WHERE t.shop = ? AND t.pipeline = ? AND t.stage = ?";
        let on = [shop.0.into(), pipeline.0.clone().into(), Value::from(stage.0.clone())];
        let (mut sql, mut values) = narrowed(&ORDERS, select, on, filter)?;
        if let Some(id) = page.after {
            sql.push_str(&format!(" AND t.id {after} ?"));
            values.push(id.into());
        }
        sql.push_str(&format!(" ORDER BY t.id {order} LIMIT ?"));
        values.push(i64::from(page.limit.min(Page::MAX)).into());
        self.many("order", &sql, params_from_iter(values))
    }

    fn order_counts(&mut self, shop: ShopId) -> Result<Vec<(PipelineId, StageId, u64)>> {
        self.rows(
            "SELECT pipeline, stage, count(*) FROM orders WHERE shop = ?1 GROUP BY pipeline, stage",
            [shop.0],
            |row| Ok((PipelineId(row.get(0)?), StageId(row.get(1)?), unsigned(row.get(2)?))),
        )
    }
}

/// About that of its JSON.
fn size(order: &Order) -> usize {
    1_000 + order.lines.len() * 200
}

impl Writing<'_> {
    fn put_lines(&mut self, id: i64, order: &Order, there: bool) -> Result<()> {
        match order.lines.is_empty() {
            true if there => self.execute("DELETE FROM order_lines WHERE order_id = ?1", [id])?,
            true => 0,
            false => self.execute(
                "INSERT INTO order_lines (order_id, lines) VALUES (?1, ?2)
                 ON CONFLICT (order_id) DO UPDATE SET lines = excluded.lines",
                (id, encode("order", &order.lines)?),
            )?,
        };
        Ok(())
    }
}

impl WriteOrders for Writing<'_> {
    fn put_order(&mut self, shop: ShopId, order: &Order) -> Result<()> {
        self.taken(Sequence::Order, order.id.0);
        let id = order.id.0;
        let sql = "SELECT stamp, clients FROM orders WHERE id = ?1 AND shop = ?2";
        let before: Option<(i64, String)> =
            self.rows(sql, (id, shop.0), |row| Ok((row.get(0)?, row.get(1)?)))?.pop();
        let known = before.as_ref().and_then(|(stamp, _)| self.recent.orders.get(id, *stamp));
        let clients: BTreeSet<i64> = order.clients().map(|client| client.0).collect();
        let listed = clients.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let stamp = self.recent.stamp();
        let mut kept = order.clone();
        let lines = std::mem::take(&mut kept.lines);
        let body = encode("order", &kept)?;
        kept.lines = lines;

        let columns = (id, shop.0, &order.pipeline.0, &order.stage.0, &order.number, &listed, stamp, &body);
        let stored = match before {
            None => self.execute(
                "INSERT INTO orders (id, shop, pipeline, stage, number, clients, stamp, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
                columns,
            )?,
            // Most changes touch no index, and naming an indexed column in an UPDATE costs as much as changing it.
            Some(_) => match self.execute(
                "UPDATE orders SET stamp = ?7, body = ?8 WHERE id = ?1 AND shop = ?2 AND pipeline = ?3
                 AND stage = ?4 AND number = ?5 AND clients = ?6",
                columns,
            )? {
                0 => self.execute(
                    "UPDATE orders SET pipeline = ?3, stage = ?4, number = ?5, clients = ?6, stamp = ?7,
                     body = ?8 WHERE id = ?1 AND shop = ?2",
                    columns,
                )?,
                stored => stored,
            },
        };
        if stored == 0 {
            return Err(another_shops("order"));
        }
        self.knows(Number::Order, id, shop.0, Some(stamp));
        if !known.as_ref().is_some_and(|known| known.lines.is(&order.lines)) {
            self.put_lines(id, order, before.is_some())?;
        }
        let kind = match (&before, &known) {
            (None, _) => None,
            (Some(_), Some(known)) => Some(known.kind),
            (Some(_), None) => Some(OrderKind::Deal),
        };
        self.put_deal(shop, order, kind)?;
        if before.as_ref().map_or("", |(_, clients)| clients) != listed {
            if before.is_some() {
                self.execute("DELETE FROM order_clients WHERE order_id = ?1", [id])?;
            }
            for client in clients {
                self.execute(
                    "INSERT INTO order_clients (shop, client, order_id) VALUES (?1, ?2, ?3)",
                    (shop.0, client, id),
                )?;
            }
        }
        if let Some((stamp, _)) = before {
            self.recent.orders.forget(id, stamp);
        }
        let size = size(&kept);
        self.recent.orders.keep(id, stamp, Arc::new(kept), size);
        Ok(())
    }

    fn delete_order(&mut self, shop: ShopId, id: OrderId) -> Result<()> {
        let deleted = self.execute("DELETE FROM orders WHERE id = ?1 AND shop = ?2", (id.0, shop.0))?;
        match deleted {
            0 => Ok(()),
            _ => {
                self.knows(Number::Order, id.0, shop.0, None);
                self.remove_deal(shop, id.0)?;
                self.departs(Sequence::Order, id.0)
            }
        }
    }
}
