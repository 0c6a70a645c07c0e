//! Payments of deals and store orders, and what each of them pays for. Ids are the order's and the payment's number.

mod contents;
mod delivery;
mod product;

pub(crate) use delivery::{PRICE, price};

use rulewright_domain::{Order, OrderChange, OrderId, OrderKind, Payment, PaymentId};
use serde_json::{Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    filter::{self, Nesting},
    method::{Method, method},
    methods::{
        category::{DEAL, ORDER},
        parts::{self, Known, Marks},
    },
    order, scalar,
    seek::{Column, Holds, Row, Unknown, column, matching},
};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.item.payment.add", "crm", add),
    method!("crm.item.payment.delete", "crm", delete),
    method!("crm.item.payment.get", "crm", get),
    method!("crm.item.payment.list", "crm", list),
    method!("crm.item.payment.pay", "crm", pay),
    method!("crm.item.payment.unpay", "crm", unpay),
    method!("crm.item.payment.update", "crm", update),
    method!("crm.item.payment.product.add", "crm", product::add),
    method!("crm.item.payment.product.delete", "crm", product::delete),
    method!("crm.item.payment.product.list", "crm", product::list),
    method!("crm.item.payment.product.setQuantity", "crm", product::set_quantity),
    method!("crm.item.payment.delivery.add", "crm", delivery::add),
    method!("crm.item.payment.delivery.delete", "crm", delivery::delete),
    method!("crm.item.payment.delivery.list", "crm", delivery::list),
    method!("crm.item.payment.delivery.setDelivery", "crm", delivery::set_delivery),
    method!("crm.item.delivery.get", "crm", delivery::shipment),
    method!("crm.item.delivery.list", "crm", delivery::shipments),
];

const COLUMNS: &[Column] = &[
    column("id", Holds::Number),
    column("accountNumber", Holds::Text),
    column("paid", Holds::Flag),
    column("datePaid", Holds::Moment),
    column("empPaidId", Holds::Number),
    column("paySystemId", Holds::Number),
    column("sum", Holds::Number),
    column("currency", Holds::Text),
    column("paySystemName", Holds::Text),
];

/// Until it says what it pays for, it is for what the others leave open.
async fn add(call: Call) -> Outcome {
    let order = entity(&call).await?;
    let (id, kind) = (order.id, order.kind);
    let changed = parts::change(&call, id, no_entity, move |order| {
        if order.kind != kind {
            return Err(no_entity());
        }
        let covered = order.payments.iter().map(|payment| payment.amount);
        let zero = rulewright_domain::Money::zero(order.total.currency);
        let open = covered.into_iter().try_fold(zero, rulewright_domain::Money::plus);
        let open = open.and_then(|covered| order.total.minus(covered)).map_err(money)?;
        let amount = if open.is_positive() { open } else { zero };
        Ok(vec![OrderChange::AddPayment { amount, system: None, paid: false }])
    });
    let changed = changed.await?;
    let last = changed.payments.last().ok_or_else(not_found)?;
    Ok(Answer::of(parts::part_id(changed.id, last.id.0)))
}

async fn get(call: Call) -> Outcome {
    let (order, payment) = payment(&call, "id").await?;
    let known = Known::of(&call).await?;
    let marks = Marks::of(&call, vec![order.id]).await?;
    let zone = call.config().await?.shop.time_zone.clone();
    Ok(Answer::of(row(&order, &payment, &known, &marks, &zone)))
}

/// A bare list, whole.
async fn list(call: Call) -> Outcome {
    let order = entity(&call).await?;
    let known = Known::of(&call).await?;
    let marks = Marks::of(&call, vec![order.id]).await?;
    let zone = call.config().await?.shop.time_zone.clone();
    let rows = order.payments.iter().map(|payment| row(&order, payment, &known, &marks, &zone));
    listed(&call, rows.collect(), COLUMNS, &zone)
}

fn listed(call: &Call, rows: Vec<Row>, columns: &[Column], zone: &str) -> Outcome {
    let filter = filter::parse(call.params.node("filter"), Nesting::Nested)?;
    let sorts = order::strict(&call.params.pairs("order"))?;
    let rows = matching(rows, columns, (&filter, &sorts), Unknown::Refused, zone)?;
    Ok(Answer::of(rows.into_iter().map(Value::Object).collect::<Vec<_>>()))
}

async fn pay(call: Call) -> Outcome {
    alter(&call, |payment| Ok(vec![OrderChange::Pay { payment: Some(payment.id) }])).await
}

async fn unpay(call: Call) -> Outcome {
    alter(&call, |payment| Ok(vec![OrderChange::Unpay { payment: payment.id }])).await
}

async fn delete(call: Call) -> Outcome {
    alter(&call, |payment| Ok(vec![OrderChange::RemovePayment { payment: payment.id }])).await
}

async fn update(call: Call) -> Outcome {
    number(&call, "id")?;
    let fields = parts::fields(&call)?;
    let paid = parts::flag(&fields, "paid")?;
    let system = match parts::integer(&fields, "paySystemId")? {
        None => None,
        Some(number) => {
            let known = Known::of(&call).await?;
            let unknown = || {
                let message = "Payment system not found: the shop's are in its dictionary of payment systems";
                Fault::coded("0", message)
            };
            Some(known.system(number).ok_or_else(unknown)?.id.clone())
        }
    };
    alter(&call, move |payment| {
        let mut changes = Vec::new();
        if system.is_some() {
            changes.push(OrderChange::EditPayment {
                payment: Some(payment.id),
                amount: None,
                system: system.clone(),
                attrs: Default::default(),
            });
        }
        match paid {
            Some(true) => changes.push(OrderChange::Pay { payment: Some(payment.id) }),
            Some(false) => changes.push(OrderChange::Unpay { payment: payment.id }),
            None => {}
        }
        Ok(changes)
    })
    .await
}

/// Of the payment that `id` names, as it is when it is changed.
async fn alter(call: &Call, changes: impl Fn(&Payment) -> Result<Vec<OrderChange>, Fault>) -> Outcome {
    let (order, id) = parts::split(number(call, "id")?);
    let decide = |order: &Order| {
        let payment = order.payments.iter().find(|payment| payment.id == PaymentId(id));
        changes(payment.ok_or_else(not_found)?)
    };
    parts::change(call, order, not_found, decide).await?;
    Ok(Answer::of(true))
}

/// The order that `entityId` and `entityTypeId` name.
async fn entity(call: &Call) -> Result<std::sync::Arc<Order>, Fault> {
    let id = number(call, "entityId")?;
    let kind = match number(call, "entityTypeId")? {
        DEAL => OrderKind::Deal,
        ORDER => OrderKind::Order,
        _ => {
            let message = "Invalid CRM object type: payments are not available for this entity, but for 2 (deals) and 14 (orders)";
            return Err(Fault::coded("0", message));
        }
    };
    let order = parts::order(call, OrderId(id)).await?;
    order.filter(|order| order.kind == kind).ok_or_else(no_entity)
}

fn number(call: &Call, name: &str) -> Result<i64, Fault> {
    let value = call.params.value(name).filter(|value| !scalar::is_empty(value));
    let value = value.ok_or_else(|| Fault::missing(name))?;
    scalar::integer(&value).ok_or_else(|| parts::invalid(name, "a whole number"))
}

async fn payment(call: &Call, name: &str) -> Result<(std::sync::Arc<Order>, Payment), Fault> {
    let (id, number) = parts::split(number(call, name)?);
    let order = parts::order(call, id).await?.ok_or_else(not_found)?;
    let payment = order.payments.iter().find(|payment| payment.id == PaymentId(number)).cloned();
    Ok((order, payment.ok_or_else(not_found)?))
}

fn not_found() -> Fault {
    Fault::coded("0", "Payment not found or access denied")
}

fn no_entity() -> Fault {
    Fault::coded("0", "The provided CRM object was not found")
}

fn money(error: rulewright_domain::MoneyError) -> Fault {
    Fault::coded("0", error.to_string())
}

fn row(order: &Order, payment: &Payment, known: &Known, marks: &Marks, zone: &str) -> Row {
    let (system, name) = known.of_payment(payment.system.as_deref());
    let by = marks.paid(order.id, payment.id).by.filter(|_| payment.paid);
    Row::from_iter([
        ("id".to_owned(), json!(parts::part_id(order.id, payment.id.0))),
        ("accountNumber".to_owned(), json!(format!("{}/{}", order.number, payment.id.0))),
        ("paid".to_owned(), parts::yes(payment.paid)),
        ("datePaid".to_owned(), parts::date(payment.paid_at, zone)),
        ("empPaidId".to_owned(), parts::employee(by)),
        ("paySystemId".to_owned(), json!(system)),
        ("sum".to_owned(), parts::amount(payment.amount)),
        ("currency".to_owned(), json!(payment.amount.currency.as_str())),
        ("paySystemName".to_owned(), json!(name)),
    ])
}
