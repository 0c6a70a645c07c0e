use std::collections::BTreeSet;

use rulewright_domain::{ClientId, Order, OrderId, PipelineId, ShopId, StageId};
use rulewright_ports::storage::{OrderQuery, Page, ReadOrders, Result, Sequence, WriteOrders};

use crate::{
    list::List,
    session::{Session, Writing, encode, unsigned},
};

impl<M> ReadOrders for Session<'_, M> {
    fn order(&mut self, shop: ShopId, id: OrderId) -> Result<Option<Order>> {
        self.one("order", "SELECT body FROM orders WHERE id = ?1 AND shop = ?2", (id.0, shop.0))
    }

    fn orders(&mut self, shop: ShopId, query: &OrderQuery, page: Page) -> Result<Vec<Order>> {
        let list = match query.client {
            None => List::of_shop("SELECT body FROM orders WHERE shop = ?", shop),
            Some(client) => List::of_shop(
                "SELECT orders.body FROM order_clients AS link JOIN orders ON orders.id = link.order_id
                 WHERE link.shop = ?",
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
            .page(self, "order", id, page)
    }

    fn orders_of_client(&mut self, shop: ShopId, client: ClientId, limit: u32) -> Result<Vec<Order>> {
        self.many(
            "order",
            "SELECT orders.body FROM order_clients AS link JOIN orders ON orders.id = link.order_id
             WHERE link.shop = ?1 AND link.client = ?2 ORDER BY link.order_id DESC LIMIT ?3",
            (shop.0, client.0, limit),
        )
    }

    fn order_counts(&mut self, shop: ShopId) -> Result<Vec<(PipelineId, StageId, u64)>> {
        self.rows(
            "SELECT pipeline, stage, count(*) FROM orders WHERE shop = ?1 GROUP BY pipeline, stage",
            [shop.0],
            |row| Ok((PipelineId(row.get(0)?), StageId(row.get(1)?), unsigned(row.get(2)?))),
        )
    }
}

impl WriteOrders for Writing<'_> {
    fn put_order(&mut self, shop: ShopId, order: &Order) -> Result<()> {
        self.taken(Sequence::Order, order.id.0);
        let clients: BTreeSet<i64> = order.clients().map(|client| client.0).collect();
        let listed = clients.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let key = (order.id.0, shop.0, &order.pipeline.0, &order.stage.0, &order.number, &listed);
        let body = encode("order", order)?;

        // Most changes touch no index, and naming an indexed column in an UPDATE costs as much as changing it.
        let same_place = self.execute(
            "UPDATE orders SET body = ?7 WHERE id = ?1 AND shop = ?2 AND pipeline = ?3 AND stage = ?4
             AND number = ?5 AND clients = ?6",
            (key.0, key.1, key.2, key.3, key.4, key.5, &body),
        )?;
        if same_place == 1 {
            return Ok(());
        }
        let sql = "SELECT clients FROM orders WHERE id = ?1 AND shop = ?2";
        let before: Option<String> = self.value(sql, (order.id.0, shop.0))?;
        self.store(
            "order",
            "INSERT INTO orders (id, shop, pipeline, stage, number, clients, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (id) DO UPDATE SET pipeline = excluded.pipeline, stage = excluded.stage,
                 number = excluded.number, clients = excluded.clients, body = excluded.body
             WHERE shop = excluded.shop",
            (key.0, key.1, key.2, key.3, key.4, key.5, &body),
        )?;
        if before.unwrap_or_default() != listed {
            self.execute("DELETE FROM order_clients WHERE order_id = ?1", [order.id.0])?;
            for client in clients {
                self.execute(
                    "INSERT INTO order_clients (shop, client, order_id) VALUES (?1, ?2, ?3)",
                    (shop.0, client, order.id.0),
                )?;
            }
        }
        Ok(())
    }

    fn delete_order(&mut self, shop: ShopId, id: OrderId) -> Result<()> {
        let deleted = self.execute("DELETE FROM orders WHERE id = ?1 AND shop = ?2", (id.0, shop.0))?;
        match deleted {
            0 => Ok(()),
            _ => self.departs(Sequence::Order, id.0),
        }
    }
}
