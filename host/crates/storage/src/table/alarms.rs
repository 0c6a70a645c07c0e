use rulewright_domain::{Alarm, OrderId, ShopId, Timestamp};
use rulewright_ports::storage::{ReadAlarms, Result, WriteAlarms};

use crate::session::{Session, Writing, encode};

impl<M> ReadAlarms for Session<'_, M> {
    fn due_alarms(&mut self, now: Timestamp, limit: u32) -> Result<Vec<(ShopId, String)>> {
        self.rows(
            "SELECT shop, key FROM alarms WHERE due <= ?1 ORDER BY due, shop, key LIMIT ?2",
            (now.0, limit),
            |row| Ok((ShopId(row.get(0)?), row.get(1)?)),
        )
    }

    fn next_alarm(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.value("SELECT due FROM alarms ORDER BY due LIMIT 1", [])?.map(Timestamp))
    }

    fn alarm(&mut self, shop: ShopId, key: &str) -> Result<Option<Alarm>> {
        self.one("alarm", "SELECT body FROM alarms WHERE shop = ?1 AND key = ?2", (shop.0, key))
    }

    fn alarms_of_order(&mut self, shop: ShopId, order: OrderId) -> Result<Vec<Alarm>> {
        self.many(
            "alarm",
            "SELECT body FROM alarms WHERE shop = ?1 AND order_id = ?2 ORDER BY key",
            (shop.0, order.0),
        )
    }
}

impl WriteAlarms for Writing<'_> {
    fn put_alarm(&mut self, alarm: &Alarm) -> Result<()> {
        self.execute(
            "INSERT INTO alarms (shop, key, order_id, due, body) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (shop, key) DO UPDATE SET due = excluded.due, body = excluded.body",
            (
                alarm.shop.0,
                alarm.key(),
                alarm.order().map(|order| order.0),
                alarm.at.0,
                encode("alarm", alarm)?,
            ),
        )
        .map(drop)
    }

    fn remove_alarm(&mut self, shop: ShopId, key: &str) -> Result<()> {
        self.execute("DELETE FROM alarms WHERE shop = ?1 AND key = ?2", (shop.0, key)).map(drop)
    }
}
