//! Store orders, their payments and their shipments.

mod order;
mod order_row;
mod payment;
mod scan;
mod shipment;
mod status;
mod table;

use rulewright_domain::{Order, OrderId, OrderKind};
use serde_json::Value;

use crate::{
    call::Call,
    fault::Fault,
    method::{Method, method},
    methods::parts,
    scalar,
};

pub(crate) const METHODS: &[Method] = &[
    method!("sale.order.add", "sale", order::add),
    method!("sale.order.delete", "sale", order::delete),
    method!("sale.order.get", "sale", order::get),
    method!("sale.order.getFields", "sale", order::get_fields),
    method!("sale.order.list", "sale", order::list),
    method!("sale.order.update", "sale", order::update),
    method!("sale.payment.add", "sale", payment::add),
    method!("sale.payment.delete", "sale", payment::delete),
    method!("sale.payment.get", "sale", payment::get),
    method!("sale.payment.getFields", "sale", payment::get_fields),
    method!("sale.payment.list", "sale", payment::list),
    method!("sale.payment.update", "sale", payment::update),
    method!("sale.shipment.add", "sale", shipment::add),
    method!("sale.shipment.delete", "sale", shipment::delete),
    method!("sale.shipment.get", "sale", shipment::get),
    method!("sale.shipment.getFields", "sale", shipment::get_fields),
    method!("sale.shipment.list", "sale", shipment::list),
    method!("sale.shipment.update", "sale", shipment::update),
    method!("sale.status.list", "sale", status::list),
];

fn id(call: &Call) -> Result<i64, Fault> {
    let value = call.params.value("id").filter(|value| !scalar::is_empty(value));
    let value = value.ok_or_else(|| Fault::missing("id"))?;
    scalar::integer(&value).ok_or_else(|| parts::invalid("id", "a whole number"))
}

async fn store_order(call: &Call, id: i64, not_found: fn() -> Fault) -> Result<std::sync::Arc<Order>, Fault> {
    let order = parts::order(call, OrderId(id)).await?;
    order.filter(|order| order.kind == OrderKind::Order).ok_or_else(not_found)
}

/// A part of a deal is none of a store order.
fn must_be_of_store(order: &Order, not_found: fn() -> Fault) -> Result<(), Fault> {
    if order.kind == OrderKind::Order { Ok(()) } else { Err(not_found()) }
}

/// Fields that a caller must name and did not.
fn must_have(fields: &parts::Fields, names: &[&str]) -> Result<(), Fault> {
    let absent: Vec<&str> =
        names.iter().copied().filter(|name| parts::given(fields, name).is_none()).collect();
    if absent.is_empty() { Ok(()) } else { Err(parts::missing(&absent.join(", "))) }
}

fn wrapped(name: &str, value: Value) -> Value {
    Value::Object([(name.to_owned(), value)].into_iter().collect())
}
