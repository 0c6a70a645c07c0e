//! Shipments of an order: what a payment pays of them, and they themselves.

use std::sync::atomic::{AtomicI64, Ordering};

use rulewright_domain::{Money, Order, Shipment, ShipmentId};
use serde_json::{Value, json};

use super::{
    contents::{self, Contents, What},
    listed, number,
};
use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    methods::parts::{self, Known, Marks},
    seek::{Column, Holds, Row, column},
};

/// What a shipment costs whoever gets it; kept with the shipment.
pub const PRICE: &str = "price";

const COLUMNS: &[Column] = &[
    column("id", Holds::Number),
    column("paymentId", Holds::Number),
    column("quantity", Holds::Number),
    column("deliveryId", Holds::Number),
];

const SHIPMENTS: &[Column] = &[
    column("id", Holds::Number),
    column("accountNumber", Holds::Text),
    column("deducted", Holds::Flag),
    column("dateDeducted", Holds::Moment),
    column("deliveryId", Holds::Number),
    column("priceDelivery", Holds::Number),
    column("currency", Holds::Text),
    column("deliveryName", Holds::Text),
];

pub fn price(shipment: &Shipment, order: &Order) -> Option<Money> {
    let price = shipment.attrs.get(PRICE)?.as_str()?;
    Money::parse(price, order.total.currency).ok()
}

pub async fn add(call: Call) -> Outcome {
    let payment = number(&call, "paymentId")?;
    let shipment = number(&call, "deliveryId")?;
    let added = AtomicI64::new(0);
    contents::change(&call, payment, no_payment, |order, payment, contents| {
        let id = of_order(order, shipment)?;
        let number = contents.add(What::Shipment { id })?;
        added.store(contents::item_id(order, payment.id, number), Ordering::Relaxed);
        Ok(())
    })
    .await?;
    Ok(Answer::of(added.into_inner()))
}

pub async fn set_delivery(call: Call) -> Outcome {
    let (payment, item) = contents::split(number(&call, "id")?);
    let shipment = number(&call, "deliveryId")?;
    contents::change(&call, payment, not_found, |order, _, contents| {
        let found = contents.items.iter_mut().find(|one| one.number == item).map(|one| &mut one.what);
        let Some(What::Shipment { id }) = found else { return Err(not_found()) };
        *id = of_order(order, shipment)?;
        Ok(())
    })
    .await?;
    Ok(Answer::of(true))
}

pub async fn delete(call: Call) -> Outcome {
    contents::remove(&call, number(&call, "id")?, not_found, |what| matches!(what, What::Shipment { .. }))
        .await
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
        What::Shipment { id } => Some(Row::from_iter([
            ("id".to_owned(), json!(contents::item_id(&order, payment.id, item.number))),
            ("paymentId".to_owned(), json!(parts::part_id(order.id, payment.id.0))),
            ("quantity".to_owned(), json!(1)),
            ("deliveryId".to_owned(), json!(parts::part_id(order.id, id.0))),
        ])),
        What::Line { .. } => None,
    });
    listed(&call, rows.collect(), COLUMNS, &zone)
}

/// A shipment of a deal or an order.
pub async fn shipment(call: Call) -> Outcome {
    let (id, number) = parts::split(number(&call, "id")?);
    let gone = || Fault::coded("0", "Delivery not found or access denied");
    let order = parts::order(&call, id).await?.ok_or_else(gone)?;
    let shipment = order.shipments.iter().find(|shipment| shipment.id == ShipmentId(number));
    let known = Known::of(&call).await?;
    let marks = Marks::of(&call, vec![order.id]).await?;
    let zone = call.config().await?.shop.time_zone.clone();
    Ok(Answer::of(row(&order, shipment.ok_or_else(gone)?, &known, &marks, &zone)))
}

pub async fn shipments(call: Call) -> Outcome {
    let order = super::entity(&call).await?;
    let known = Known::of(&call).await?;
    let marks = Marks::of(&call, vec![order.id]).await?;
    let zone = call.config().await?.shop.time_zone.clone();
    let rows = order.shipments.iter().map(|shipment| row(&order, shipment, &known, &marks, &zone));
    listed(&call, rows.collect(), SHIPMENTS, &zone)
}

fn of_order(order: &Order, shipment: i64) -> Result<ShipmentId, Fault> {
    let (of, number) = parts::split(shipment);
    let known = order.shipments.iter().any(|known| known.id == ShipmentId(number));
    if of == order.id && known { Ok(ShipmentId(number)) } else { Err(not_found()) }
}

fn not_found() -> Fault {
    Fault::coded("0", "Delivery item not found")
}

fn no_payment() -> Fault {
    Fault::coded("0", "Payment not found")
}

fn row(order: &Order, shipment: &Shipment, known: &Known, marks: &Marks, zone: &str) -> Row {
    let (service, name) = known.of_shipment(shipment.service.as_deref());
    let shipped = marks.shipped(order.id, shipment.id).at.filter(|_| shipment.shipped);
    let price = price(shipment, order).map_or(Value::from(0), parts::amount);
    Row::from_iter([
        ("id".to_owned(), json!(parts::part_id(order.id, shipment.id.0))),
        ("accountNumber".to_owned(), json!(format!("{}/{}", order.number, shipment.id.0))),
        ("deducted".to_owned(), parts::yes(shipment.shipped)),
        ("dateDeducted".to_owned(), parts::date(shipped, zone)),
        ("deliveryId".to_owned(), json!(service)),
        ("priceDelivery".to_owned(), price),
        ("currency".to_owned(), json!(order.total.currency.as_str())),
        ("deliveryName".to_owned(), json!(name)),
    ])
}
