//! What payments and shipments of orders have in common: their ids, how they are changed, and who did what when.

use std::{collections::HashMap, sync::Arc};

use rulewright_domain::{
    Command, Dictionary, DictionaryEntry, EmployeeId, LineId, Money, Order, OrderChange, OrderId, PaymentId,
    ShipmentId, ShopId, Timestamp,
    find::{Direction, Field, Filter, Test},
    kind,
};
use rulewright_engine::{Refusal, dictionary};
use rulewright_ports::{
    Reads,
    storage::{Find, Page},
};
use serde_json::{Map, Value, json};

use crate::{call::Call, entity::cell::plain, fault::Fault, scalar, seek::same_name, wire::envelope};

/// How often somebody else may have changed an order in between.
const TRIES: u32 = 5;

pub type Fields = Map<String, Value>;

/// Payments and shipments are numbered by their order: payment 3 of order 42 is 420003.
const PARTS: i64 = 10_000;
/// So are lines, with room for more: an order may be given thousands of new ones at once, and no number comes twice.
const LINES: i64 = 10_000_000;

pub fn line_id(order: OrderId, line: LineId) -> i64 {
    order.0.saturating_mul(LINES).saturating_add(line.0)
}

pub fn split_line(id: i64) -> (OrderId, LineId) {
    (OrderId(id.div_euclid(LINES)), LineId(id.rem_euclid(LINES)))
}

/// Unique among the payments, and among the shipments, of all orders.
pub fn part_id(order: OrderId, number: i64) -> i64 {
    order.0.saturating_mul(PARTS).saturating_add(number)
}

pub fn split(id: i64) -> (OrderId, i64) {
    (OrderId(id.div_euclid(PARTS)), id.rem_euclid(PARTS))
}

pub async fn order(call: &Call, id: OrderId) -> Result<Option<Arc<Order>>, Fault> {
    let shop = call.shop();
    call.read(move |reads| Ok(reads.order(shop, id)?)).await
}

/// Decides on the order as it is, and again where somebody changed it in between. None: there is nothing to do.
pub async fn change(
    call: &Call,
    id: OrderId,
    not_found: impl Fn() -> Fault,
    decide: impl Fn(&Order) -> Result<Vec<OrderChange>, Fault>,
) -> Result<Arc<Order>, Fault> {
    let (mut tries, key) = (0, call.asked().key);
    loop {
        let order = order(call, id).await?.ok_or_else(&not_found)?;
        let Some(change) = together(decide(&order)?) else { return Ok(order) };
        let command = Command::ChangeOrder { id, expected: Some(order.revision), change };
        match call.attempt(key.clone(), command).await {
            Ok(_) => return self::order(call, id).await?.ok_or_else(not_found),
            Err(Refusal::Rejected(rulewright_domain::Rejection::Conflict { .. })) if tries < TRIES => {
                tries += 1
            }
            Err(refusal) => return Err(other(refusal)),
        }
    }
}

/// None: there is nothing to do.
pub fn together(mut changes: Vec<OrderChange>) -> Option<OrderChange> {
    match changes.len() {
        0 | 1 => changes.pop(),
        _ => Some(OrderChange::Several { changes }),
    }
}

/// Universal methods of payments and orders have one code for whatever else is wrong.
pub fn other(refusal: Refusal) -> Fault {
    let fault = Fault::from(refusal);
    match fault.status.as_u16() {
        400 => Fault::coded("0", fault.description),
        _ => fault,
    }
}

pub fn missing(names: &str) -> Fault {
    Fault::coded("0", format!("Required fields: {names}"))
}

/// In either spelling.
pub fn field<'f>(fields: &'f Fields, name: &str) -> Option<&'f Value> {
    fields.get(name).or_else(|| fields.iter().find(|(key, _)| same_name(key, name)).map(|(_, value)| value))
}

/// What is there and not empty.
pub fn given<'f>(fields: &'f Fields, name: &str) -> Option<&'f Value> {
    field(fields, name).filter(|value| !scalar::is_empty(value))
}

pub fn flag(fields: &Fields, name: &str) -> Result<Option<bool>, Fault> {
    read(fields, name, "Y or N", scalar::flag)
}

pub fn integer(fields: &Fields, name: &str) -> Result<Option<i64>, Fault> {
    read(fields, name, "a whole number", scalar::integer)
}

pub fn text(fields: &Fields, name: &str) -> Result<Option<String>, Fault> {
    read(fields, name, "a text", scalar::text)
}

fn read<T>(
    fields: &Fields,
    name: &str,
    expected: &str,
    read: fn(&Value) -> Option<T>,
) -> Result<Option<T>, Fault> {
    let value = given(fields, name);
    value.map(|value| read(value).ok_or_else(|| invalid(name, expected))).transpose()
}

pub fn invalid(name: &str, expected: &str) -> Fault {
    Fault::coded("0", format!("Invalid value of field '{name}': expected {expected}"))
}

/// Of the order's currency.
pub fn money(fields: &Fields, name: &str, order: Money) -> Result<Option<Money>, Fault> {
    let Some(text) = text(fields, name)? else { return Ok(None) };
    let money = Money::parse(text.trim(), order.currency);
    money.map(Some).map_err(|error| Fault::coded("0", format!("Invalid value of field '{name}': {error}")))
}

/// `fields` of a call, which must say something.
pub fn fields(call: &Call) -> Result<Fields, Fault> {
    let fields = call.params.map("fields").map_err(|_| Fault::missing("fields"))?;
    if fields.is_empty() { Err(Fault::missing("fields")) } else { Ok(fields) }
}

/// The shop's payment systems and delivery services, which clients know by numbers.
pub struct Known {
    systems: Dictionary,
    services: Dictionary,
}

impl Known {
    pub async fn of(call: &Call) -> Result<Known, Fault> {
        let shop = call.shop();
        call.read(move |reads| {
            let mut known = |name| -> Result<Dictionary, Fault> {
                Ok(dictionary(reads, shop, name)?.unwrap_or_else(|| Dictionary::new(name, name)))
            };
            Ok(Known {
                systems: known(Dictionary::PAYMENT_SYSTEMS)?,
                services: known(Dictionary::DELIVERY_SERVICES)?,
            })
        })
        .await
    }

    pub fn system(&self, number: i64) -> Option<&DictionaryEntry> {
        self.systems.numbered(number)
    }

    pub fn service(&self, number: i64) -> Option<&DictionaryEntry> {
        self.services.numbered(number)
    }

    /// Number and name; 0 of one that the shop has no entry for.
    pub fn of_payment(&self, system: Option<&str>) -> (i64, String) {
        of(&self.systems, system)
    }

    pub fn of_shipment(&self, service: Option<&str>) -> (i64, String) {
        of(&self.services, service)
    }
}

fn of(dictionary: &Dictionary, id: Option<&str>) -> (i64, String) {
    match id.map(|id| (id, dictionary.entry(id))) {
        Some((_, Some(entry))) => (entry.number, entry.name.clone()),
        Some((id, None)) => (0, id.to_owned()),
        None => (0, String::new()),
    }
}

/// When something was done to a part of an order, and by whom of the shop.
#[derive(Clone, Debug, Default)]
pub struct Mark {
    pub at: Option<Timestamp>,
    pub by: Option<EmployeeId>,
    pub reason: Option<String>,
}

/// The latest of each kind, from the event log: it also knows what rules did.
#[derive(Default)]
pub struct Marks(HashMap<(&'static str, OrderId, String), Mark>);

const MARKED: [&str; 5] = [
    kind::ORDER_CANCELED,
    kind::PAYMENT_RECEIVED,
    kind::SHIPMENT_ADDED,
    kind::SHIPMENT_APPROVED,
    kind::SHIPMENT_SHIPPED,
];

impl Marks {
    pub async fn of(call: &Call, orders: Vec<OrderId>) -> Result<Marks, Fault> {
        let shop = call.shop();
        call.read(move |reads| {
            let mut marks = Marks::default();
            // No test names more values than that.
            for orders in orders.chunks(Filter::VALUES) {
                marks.read(reads, shop, orders)?;
            }
            Ok(marks)
        })
        .await
    }

    fn read(&mut self, reads: &mut dyn Reads, shop: ShopId, orders: &[OrderId]) -> Result<(), Fault> {
        let ids = orders.iter().map(|order| (order.0 as f64).into()).collect();
        let mut find = Find::first(Field::number(["order"]).is(Test::In(ids)));
        find.order = vec![(Field::number(["id"]), Direction::Up)];
        loop {
            let found = reads.find_events(shop, &MARKED, &find)?.rows;
            let (read, last) = (found.len(), found.last().map(|event| event.id));
            for event in found {
                let attr = |name: &str| event.what.attrs.get(name).and_then(Value::as_str);
                let part = attr("payment").or(attr("shipment")).unwrap_or_default().to_owned();
                let kind = MARKED.into_iter().find(|kind| *kind == event.what.kind);
                let mark = Mark {
                    at: Some(event.at),
                    by: event.cause.by.employee(),
                    reason: attr("reason").map(str::to_owned),
                };
                if let Some((kind, order)) = kind.zip(event.what.order) {
                    self.0.insert((kind, order, part), mark);
                }
            }
            let Some(last) = last.filter(|_| read >= Page::MAX as usize) else { return Ok(()) };
            let ids = orders.iter().map(|order| (order.0 as f64).into()).collect();
            find.filter = Filter::All(vec![
                Field::number(["order"]).is(Test::In(ids)),
                Field::number(["id"]).is(Test::Above((last.0 as f64).into())),
            ]);
        }
    }

    pub fn canceled(&self, order: OrderId) -> Mark {
        self.mark(kind::ORDER_CANCELED, order, String::new())
    }

    pub fn paid(&self, order: OrderId, payment: PaymentId) -> Mark {
        self.mark(kind::PAYMENT_RECEIVED, order, payment.to_string())
    }

    pub fn added(&self, order: OrderId, shipment: ShipmentId) -> Mark {
        self.mark(kind::SHIPMENT_ADDED, order, shipment.to_string())
    }

    pub fn allowed(&self, order: OrderId, shipment: ShipmentId) -> Mark {
        self.mark(kind::SHIPMENT_APPROVED, order, shipment.to_string())
    }

    pub fn shipped(&self, order: OrderId, shipment: ShipmentId) -> Mark {
        self.mark(kind::SHIPMENT_SHIPPED, order, shipment.to_string())
    }

    fn mark(&self, kind: &'static str, order: OrderId, part: String) -> Mark {
        self.0.get(&(kind, order, part)).cloned().unwrap_or_default()
    }
}

pub fn yes(flag: bool) -> Value {
    json!(if flag { "Y" } else { "N" })
}

pub fn date(at: Option<Timestamp>, zone: &str) -> Value {
    at.map_or(Value::Null, |at| json!(envelope::date(at, zone)))
}

pub fn employee(id: Option<EmployeeId>) -> Value {
    json!(id.map(|id| id.0))
}

/// An amount as a number.
pub fn amount(money: Money) -> Value {
    plain(money.decimal().parse().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_long_order_is_never_taken_for_one_of_the_next_order() {
        // Two thousand times as many new lines as an order may be given at once.
        let line = LineId(9_999_999);
        assert_eq!(split_line(line_id(OrderId(42), line)), (OrderId(42), line));
        assert_ne!(line_id(OrderId(42), line), line_id(OrderId(43), LineId(0)));
    }

    #[test]
    fn a_parts_id_leads_back_to_its_order() {
        assert_eq!(part_id(OrderId(42), 3), 420_003);
        assert_eq!(split(420_003), (OrderId(42), 3));
        for id in [i64::MIN, -1, 0, i64::MAX] {
            split(id);
        }
        part_id(OrderId(i64::MAX), 1);
    }
}
