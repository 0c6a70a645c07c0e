//! Shipments of store orders.

use std::collections::BTreeMap;

use rulewright_domain::{EmployeeId, Order, OrderChange, OrderId, Shipment, ShipmentId, ShipmentStatus};
use serde_json::{Value, json};

use super::{
    id, must_be_of_store, must_have, scan,
    table::{self, Field, Rule::*, Type::*, kept, own},
    wrapped,
};
use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    filter::{self, Nesting},
    methods::{
        parts::{self, Known, Marks},
        payment::{PRICE, price},
    },
    order, scalar,
    seek::{Row, Unknown, matching},
    select::Select,
};

/// What every such client knows: one that nobody has said anything about, and one that has left.
const WAITING: &str = "DN";
const LEFT: (&str, &str) = ("DF", "handed-over");

const FIELDS: &[Field] = &[
    own("accountNumber", Text, ReadOnly),
    own("allowDelivery", Char, Required),
    own("basePriceDelivery", Double, Free),
    own("canceled", Char, ReadOnly),
    own("comments", Text, Free),
    kept("companyId", Integer),
    own("currency", Text, ReadOnly),
    own("customPriceDelivery", Char, ReadOnly),
    own("dateAllowDelivery", Date, ReadOnly),
    own("dateCanceled", Date, ReadOnly),
    own("dateDeducted", Date, ReadOnly),
    own("dateInsert", Date, ReadOnly),
    own("dateMarked", Date, ReadOnly),
    own("dateResponsibleId", Date, ReadOnly),
    own("deducted", Char, Required),
    kept("deliveryDocDate", Date),
    kept("deliveryDocNum", Text),
    own("deliveryId", Integer, Required),
    own("deliveryName", Text, ReadOnly),
    own("deliveryXmlId", Text, ReadOnly),
    own("discountPrice", Double, ReadOnly),
    own("empAllowDeliveryId", Integer, ReadOnly),
    own("empCanceledId", Integer, ReadOnly),
    own("empDeductedId", Integer, ReadOnly),
    own("empMarkedId", Integer, ReadOnly),
    own("empResponsibleId", Integer, ReadOnly),
    kept("externalDelivery", Char),
    own("id", Integer, ReadOnly),
    kept("id1c", Text),
    kept("marked", Char),
    own("orderId", Integer, Given),
    own("priceDelivery", Double, Free),
    kept("reasonMarked", Text),
    kept("reasonUndoDeducted", Text),
    own("responsibleId", Integer, Free),
    own("statusId", Text, Free),
    own("statusXmlId", Text, ReadOnly),
    own("system", Char, ReadOnly),
    kept("trackingDescription", Text),
    own("trackingLastCheck", Text, ReadOnly),
    own("trackingNumber", Text, Free),
    own("trackingStatus", Text, ReadOnly),
    kept("updated1c", Char),
    kept("version1c", Text),
    kept("xmlId", Text),
];

pub async fn add(call: Call) -> Outcome {
    let fields = parts::fields(&call)?;
    must_have(&fields, &["orderId", "allowDelivery", "deducted", "deliveryId"])?;
    let order = OrderId(parts::integer(&fields, "orderId")?.unwrap_or_default());
    let mut wish = read(&call, &fields).await?;
    let service = wish.own.remove("service").and_then(|service| service.as_str().map(str::to_owned));
    let no_order = || Fault::coded("0", "Order not found");
    let order = parts::change(&call, order, no_order, |order| {
        must_be_of_store(order, no_order)?;
        Ok(vec![
            OrderChange::AddShipment { service: service.clone() },
            OrderChange::NoteShipment { shipment: None, attrs: wish.attrs(&fields, order)? },
            OrderChange::EditShipments { shipment: Some(next(order)), fields: wish.own.clone() },
        ])
    });
    let order = order.await?;
    let added = order.shipments.last().cloned().ok_or_else(not_found)?;
    answer(&call, &order, &added).await
}

/// Only what is sent changes.
pub async fn update(call: Call) -> Outcome {
    let (order, number) = parts::split(id(&call)?);
    let fields = parts::fields(&call)?;
    let wish = read(&call, &fields).await?;
    let number = ShipmentId(number);
    let order = parts::change(&call, order, not_found, |order| {
        must_be_of_store(order, not_found)?;
        if !order.shipments.iter().any(|shipment| shipment.id == number) {
            return Err(not_found());
        }
        let mut changes = Vec::new();
        let attrs = wish.attrs(&fields, order)?;
        if !attrs.is_empty() {
            changes.push(OrderChange::NoteShipment { shipment: Some(number), attrs });
        }
        if !wish.own.is_empty() {
            changes.push(OrderChange::EditShipments { shipment: Some(number), fields: wish.own.clone() });
        }
        Ok(changes)
    });
    let order = order.await?;
    let changed = order.shipments.iter().find(|shipment| shipment.id == number).ok_or_else(not_found)?;
    answer(&call, &order, changed).await
}

pub async fn delete(call: Call) -> Outcome {
    let (order, number) = parts::split(id(&call)?);
    let number = ShipmentId(number);
    parts::change(&call, order, not_found, |order| {
        must_be_of_store(order, not_found)?;
        let shipment = order.shipments.iter().find(|shipment| shipment.id == number).ok_or_else(not_found)?;
        if shipment.shipped {
            return Err(Fault::coded("SALE_SHIPMENT_EXIST_SHIPPED", "The shipment has been shipped"));
        }
        Ok(vec![OrderChange::RemoveShipment { shipment: number }])
    })
    .await?;
    Ok(Answer::of(true))
}

pub async fn get(call: Call) -> Outcome {
    let (order, number) = parts::split(id(&call)?);
    let order = super::store_order(&call, order.0, not_found).await?;
    let shipment = order.shipments.iter().find(|shipment| shipment.id == ShipmentId(number));
    answer(&call, &order, shipment.ok_or_else(not_found)?).await
}

pub async fn get_fields(_: Call) -> Outcome {
    Ok(Answer::of(wrapped("shipment", table::described(FIELDS))))
}

/// Of all store orders.
pub async fn list(call: Call) -> Outcome {
    let filter = filter::parse(call.params.node("filter"), Nesting::Nested)?;
    let sorts = order::strict(&call.params.pairs("order"))?;
    let select = Select::parse(&call.params.list("select"));
    let zone = call.config().await?.shop.time_zone.clone();
    let start = call.params.start();
    let orders = scan::orders(&call, scan::with_parts(&filter, "shipments", &zone)).await?;
    let known = Known::of(&call).await?;
    let marks = Marks::of(&call, orders.iter().map(|order| order.id).collect()).await?;
    let of = |order: &Order| -> Vec<Row> {
        order.shipments.iter().map(|shipment| row(order, shipment, &known, &marks, &zone)).collect()
    };
    let rows = orders.iter().flat_map(of).collect();
    let rows = matching(rows, &table::columns(FIELDS), (&filter, &sorts), Unknown::Refused, &zone)?;
    let (page, total) = scan::page(rows, start);
    let page: Vec<Value> = page
        .into_iter()
        .map(|mut row| {
            row.remove("shipmentItems");
            table::selected(row, &select)
        })
        .collect();
    Ok(Answer::page(wrapped("shipments", json!(page)), start, total))
}

/// What a caller wants of a shipment, in our words.
struct Wish {
    own: BTreeMap<String, Value>,
    kept: BTreeMap<String, Value>,
}

impl Wish {
    /// What is only kept with it, its price included.
    fn attrs(&self, fields: &parts::Fields, order: &Order) -> Result<BTreeMap<String, Value>, Fault> {
        let mut attrs = self.kept.clone();
        for name in ["basePriceDelivery", "priceDelivery"] {
            if let Some(price) = parts::money(fields, name, order.total)? {
                attrs.insert(PRICE.to_owned(), json!(price.decimal()));
            }
        }
        Ok(attrs)
    }
}

async fn read(call: &Call, fields: &parts::Fields) -> Result<Wish, Fault> {
    let config = call.config().await?;
    let mut kept = table::keep(FIELDS, fields, &config.shop.time_zone)?;
    table::mark(&mut kept, call.now());
    let mut own = BTreeMap::new();
    for (theirs, ours) in [("allowDelivery", "allowed"), ("deducted", "shipped")] {
        if let Some(flag) = parts::flag(fields, theirs)? {
            own.insert(ours.to_owned(), json!(flag));
        }
    }
    for (theirs, ours) in [("trackingNumber", "tracking-number"), ("comments", "comment")] {
        if let Some(value) = parts::field(fields, theirs) {
            let text = scalar::text(value).filter(|text| !text.is_empty());
            own.insert(ours.to_owned(), text.map_or(Value::Null, Value::String));
        }
    }
    if parts::field(fields, "responsibleId").is_some() {
        let id = parts::integer(fields, "responsibleId")?.filter(|id| *id != 0);
        own.insert("responsible".to_owned(), json!(id.map(|id| EmployeeId(id).to_string())));
    }
    if let Some(status) = parts::text(fields, "statusId")? {
        own.insert("status".to_owned(), known_status(&config.shop.shipment_statuses, &status)?);
    }
    if let Some(number) = parts::integer(fields, "deliveryId")? {
        let known = Known::of(call).await?;
        let service = known.service(number).ok_or_else(|| {
            Fault::coded(
                "SALE_SHIPMENT_WRONG_DELIVERY_SERVICE",
                "Delivery service not found: the shop's are in its dictionary of delivery services",
            )
        })?;
        own.insert("service".to_owned(), json!(service.id));
    }
    Ok(Wish { own, kept })
}

fn known_status(known: &[ShipmentStatus], status: &str) -> Result<Value, Fault> {
    let own = known.iter().find(|one| one.id == status);
    match (own, status) {
        (Some(own), _) => Ok(json!(own.id)),
        (None, WAITING) => Ok(Value::Null),
        (None, left) if left == LEFT.0 => Ok(json!(LEFT.1)),
        (None, _) => {
            let known: Vec<&str> = known.iter().map(|one| one.id.as_str()).collect();
            let known = known.join(", ");
            let message =
                format!("Invalid value of field 'statusId': a shipment can be {WAITING}, DF, {known}");
            Err(Fault::coded("BX_INVALID_VALUE", message))
        }
    }
}

/// The number that the order's next shipment gets.
fn next(order: &Order) -> ShipmentId {
    let highest = order.shipments.iter().map(|shipment| shipment.id.0).max().unwrap_or_default();
    ShipmentId(highest.max(order.numbered.shipment) + 1)
}

fn not_found() -> Fault {
    Fault::coded("201140400001", "Shipment not found")
}

async fn answer(call: &Call, order: &Order, shipment: &Shipment) -> Outcome {
    let zone = call.config().await?.shop.time_zone.clone();
    let (known, marks) = (Known::of(call).await?, Marks::of(call, vec![order.id]).await?);
    Ok(Answer::of(wrapped("shipment", Value::Object(row(order, shipment, &known, &marks, &zone)))))
}

pub fn row(order: &Order, shipment: &Shipment, known: &Known, marks: &Marks, zone: &str) -> Row {
    let (service, name) = known.of_shipment(shipment.service.as_deref());
    let allowed = marks.allowed(order.id, shipment.id);
    let allowed = if shipment.allowed { allowed } else { Default::default() };
    let shipped = marks.shipped(order.id, shipment.id);
    let shipped = if shipment.shipped { shipped } else { Default::default() };
    let price = || price(shipment, order).map_or(json!(0), parts::amount);
    let status = match shipment.status.as_deref() {
        None => WAITING,
        Some(status) if status == LEFT.1 => LEFT.0,
        Some(status) => status,
    };
    let value = |field: &Field| match field.name {
        _ if field.kept => field.shown(shipment.attrs.get(&field.key()), zone),
        "accountNumber" => json!(format!("{}/{}", order.number, shipment.id.0)),
        "allowDelivery" => parts::yes(shipment.allowed),
        "basePriceDelivery" | "priceDelivery" => price(),
        "canceled" | "customPriceDelivery" | "system" => json!("N"),
        "comments" => json!(shipment.comment.clone().unwrap_or_default()),
        "currency" => json!(order.total.currency.as_str()),
        "dateAllowDelivery" => parts::date(allowed.at, zone),
        "dateDeducted" => parts::date(shipped.at, zone),
        "dateInsert" => parts::date(marks.added(order.id, shipment.id).at, zone),
        "dateMarked" => field.shown(shipment.attrs.get("marked-at"), zone),
        "deducted" => parts::yes(shipment.shipped),
        "deliveryId" => json!(service),
        "deliveryName" => json!(name),
        "discountPrice" => json!(0),
        "empAllowDeliveryId" => parts::employee(allowed.by),
        "empDeductedId" => parts::employee(shipped.by),
        "id" => json!(parts::part_id(order.id, shipment.id.0)),
        "orderId" => json!(order.id.0),
        "responsibleId" => json!(shipment.responsible.map_or(0, |id| id.0)),
        "statusId" => json!(status),
        "trackingNumber" => json!(shipment.tracking_number.clone().unwrap_or_default()),
        "deliveryXmlId" | "statusXmlId" | "trackingLastCheck" | "trackingStatus" => json!(""),
        _ => Value::Null,
    };
    let mut row: Row = FIELDS.iter().map(|field| (field.name.to_owned(), value(field))).collect();
    // Which article goes with which shipment is not known here.
    row.insert("shipmentItems".to_owned(), json!([]));
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_of_the_shops_or_one_that_every_client_knows() {
        let known = ShipmentStatus::usual();
        assert_eq!(known_status(&known, "packed"), Ok(json!("packed")));
        assert_eq!(known_status(&known, "DN"), Ok(Value::Null));
        assert_eq!(known_status(&known, "DF"), Ok(json!("handed-over")));
        assert_eq!(known_status(&known, "DX").unwrap_err().code, "BX_INVALID_VALUE");
    }
}
