//! Lines of the order that a payment is for.

use std::sync::atomic::{AtomicI64, Ordering};

use rulewright_domain::{LineId, Order, PaymentId};
use serde_json::json;

use super::{
    contents::{self, Contents, What},
    listed, number,
};
use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    methods::parts,
    scalar,
    seek::{Column, Holds, Row, column},
};

const COLUMNS: &[Column] = &[
    column("id", Holds::Number),
    column("paymentId", Holds::Number),
    column("quantity", Holds::Number),
    column("rowId", Holds::Number),
];

pub async fn add(call: Call) -> Outcome {
    let payment = number(&call, "paymentId")?;
    let row = number(&call, "rowId")?;
    let quantity = quantity(&call)?;
    let added = AtomicI64::new(0);
    contents::change(&call, payment, no_payment, |order, payment, contents| {
        let (of, line) = parts::split_line(row);
        if of != order.id {
            return Err(not_found());
        }
        must_be_left(order, payment.id, line, quantity, None)?;
        let number = contents.add(What::Line { id: line, quantity_milli: quantity })?;
        added.store(contents::item_id(order, payment.id, number), Ordering::Relaxed);
        Ok(())
    })
    .await?;
    Ok(Answer::of(added.into_inner()))
}

pub async fn set_quantity(call: Call) -> Outcome {
    let (payment, item) = contents::split(number(&call, "id")?);
    let quantity = quantity(&call)?;
    contents::change(&call, payment, not_found, |order, payment, contents| {
        let found = contents.items.iter_mut().find(|one| one.number == item).map(|one| &mut one.what);
        let Some(What::Line { id, quantity_milli }) = found else { return Err(not_found()) };
        must_be_left(order, payment.id, *id, quantity, Some(item))?;
        *quantity_milli = quantity;
        Ok(())
    })
    .await?;
    Ok(Answer::of(true))
}

pub async fn delete(call: Call) -> Outcome {
    contents::remove(&call, number(&call, "id")?, not_found, |what| matches!(what, What::Line { .. })).await
}

pub async fn list(call: Call) -> Outcome {
    let (order, payment) =
        super::payment(&call, "paymentId").await.map_err(|fault| match fault.code.as_str() {
            "100" => fault,
            _ => no_payment(),
        })?;
    let zone = call.config().await?.shop.time_zone.clone();
    let contents = Contents::of(&payment);
    let rows = contents.items.iter().filter_map(|item| match &item.what {
        What::Line { id, quantity_milli } => Some(Row::from_iter([
            ("id".to_owned(), json!(contents::item_id(&order, payment.id, item.number))),
            ("paymentId".to_owned(), json!(parts::part_id(order.id, payment.id.0))),
            ("quantity".to_owned(), crate::entity::cell::plain(*quantity_milli as f64 / 1000.0)),
            ("rowId".to_owned(), json!(parts::line_id(order.id, *id))),
        ])),
        What::Shipment { .. } => None,
    });
    listed(&call, rows.collect(), COLUMNS, &zone)
}

/// What all payments together are for is never more than the order has.
fn must_be_left(
    order: &Order,
    payment: PaymentId,
    line: LineId,
    quantity: i64,
    instead_of: Option<i64>,
) -> Result<(), Fault> {
    let known = order.lines.iter().find(|known| known.id == line).ok_or_else(not_found)?;
    let mut taken = 0_i64;
    for other in &order.payments {
        for item in Contents::of(other).items {
            let replaced = other.id == payment && Some(item.number) == instead_of;
            match item.what {
                What::Line { id, quantity_milli } if id == line && !replaced => {
                    taken = taken.saturating_add(quantity_milli);
                }
                _ => {}
            }
        }
    }
    if taken.saturating_add(quantity) > known.quantity_milli {
        return Err(Fault::coded("0", "Insufficient product quantity to add to payment"));
    }
    Ok(())
}

/// In thousandths.
fn quantity(call: &Call) -> Result<i64, Fault> {
    let value = call.params.value("quantity").filter(|value| !scalar::is_empty(value));
    let value = value.ok_or_else(|| Fault::missing("quantity"))?;
    let number = scalar::number(&value).ok_or_else(|| parts::invalid("quantity", "a number"))?;
    let milli = (number * 1000.0).round();
    // A quantity beyond this is none that an order can have.
    if milli <= 0.0 || milli > 1e15 {
        return Err(Fault::coded("0", "Product quantity cannot be less than or equal to 0"));
    }
    Ok(milli as i64)
}

fn not_found() -> Fault {
    Fault::coded("0", "Product item not found")
}

fn no_payment() -> Fault {
    Fault::coded("0", "Payment not found")
}
