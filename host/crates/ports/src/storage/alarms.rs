use rulewright_domain::{Alarm, OrderId, ShopId, Timestamp};

use super::Result;

pub trait ReadAlarms {
    /// Of every shop, earliest first: shop and key.
    fn due_alarms(&mut self, now: Timestamp, limit: u32) -> Result<Vec<(ShopId, String)>>;
    /// Of every shop.
    fn next_alarm(&mut self) -> Result<Option<Timestamp>>;
    fn alarm(&mut self, shop: ShopId, key: &str) -> Result<Option<Alarm>>;
    fn alarms_of_order(&mut self, shop: ShopId, order: OrderId) -> Result<Vec<Alarm>>;
}

pub trait WriteAlarms {
    /// Inserts, or replaces the one with the same key.
    fn put_alarm(&mut self, alarm: &Alarm) -> Result<()>;
    fn remove_alarm(&mut self, shop: ShopId, key: &str) -> Result<()>;
}
