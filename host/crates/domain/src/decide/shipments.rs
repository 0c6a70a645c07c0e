use serde_json::Value;

use super::{Rejection, about};
use crate::{EmployeeId, Fields, NewEvent, Order, Shipment, ShipmentId, kind, moment};

pub(super) fn add_shipment(order: &mut Order, service: Option<String>, events: &mut Vec<NewEvent>) {
    let id = ShipmentId(order.numbered.shipment + 1);
    let event = about(order, kind::SHIPMENT_ADDED).attr("shipment", id.to_string());
    events.push(event.attr("service", service.clone()));
    order.shipments.push(Shipment {
        id,
        allowed: false,
        shipped: false,
        status: None,
        tracking_number: None,
        service,
        comment: None,
        date: None,
        responsible: None,
        attrs: Fields::new(),
    });
}

pub(super) fn each_shipment(
    order: &mut Order,
    events: &mut Vec<NewEvent>,
    only: Option<ShipmentId>,
    change: impl Fn(&mut Shipment) -> Result<(), Rejection>,
) -> Result<(), Rejection> {
    if let Some(id) = only
        && !order.shipments.iter().any(|shipment| shipment.id == id)
    {
        return Err(Rejection::NotFound { what: "shipment", id: id.to_string() });
    }
    let template = about(order, kind::SHIPMENT_UPDATED);
    let chosen = order.shipments.iter_mut().filter(|one| only.is_none_or(|id| one.id == id));
    for shipment in chosen {
        let before = shipment.clone();
        change(shipment)?;
        if before == *shipment {
            continue;
        }
        let id = shipment.id.to_string();
        let happened =
            |kind: &str| NewEvent { kind: kind.to_owned(), ..template.clone() }.attr("shipment", id.as_str());
        if shipment.allowed && !before.allowed {
            events.push(happened(kind::SHIPMENT_APPROVED));
        }
        if shipment.shipped && !before.shipped {
            events.push(happened(kind::SHIPMENT_SHIPPED));
        }
        let empty = |number: &Option<String>| number.as_deref().unwrap_or("").is_empty();
        if empty(&before.tracking_number) && !empty(&shipment.tracking_number) {
            let number = shipment.tracking_number.clone();
            events.push(happened(kind::SHIPMENT_TRACKING_ADDED).attr("tracking-number", number));
        }
        events.push(
            happened(kind::SHIPMENT_UPDATED)
                .attr("fields", Shipment::changes(&before, shipment))
                .attr("status", shipment.status.clone())
                .attr("service", shipment.service.clone()),
        );
    }
    Ok(())
}

pub(super) fn set_shipment_field(
    shipment: &mut Shipment,
    name: &str,
    value: &Value,
) -> Result<(), Rejection> {
    let mark = match name {
        "allowed" => Some(&mut shipment.allowed),
        "shipped" => Some(&mut shipment.shipped),
        _ => None,
    };
    if let Some(mark) = mark {
        let wrong = || Rejection::invalid(format!("shipment field `{name}`"), "expected true or false");
        *mark = value.as_bool().ok_or_else(wrong)?;
        return Ok(());
    }
    let wrong = |message: String| Rejection::invalid(format!("shipment field `{name}`"), message);
    let text = match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => return Err(wrong(format!("expected text, not {other}"))),
    };
    let place = match name {
        "status" => &mut shipment.status,
        "tracking-number" => &mut shipment.tracking_number,
        "service" => &mut shipment.service,
        "comment" => &mut shipment.comment,
        "date" => {
            // Of which zone does not matter for whether it is one.
            text.iter().try_for_each(|text| moment(text, "UTC").map(drop)).map_err(wrong)?;
            &mut shipment.date
        }
        "responsible" => {
            let id = text.map(|text| text.parse::<EmployeeId>()).transpose();
            shipment.responsible = id.map_err(|error| wrong(error.to_string()))?;
            return Ok(());
        }
        _ => {
            return Err(wrong(
                "a shipment has status, tracking-number, service, comment, date, responsible, allowed and shipped"
                    .to_owned(),
            ));
        }
    };
    *place = text;
    Ok(())
}

pub(super) fn remove_shipment(
    order: &mut Order,
    id: ShipmentId,
    events: &mut Vec<NewEvent>,
) -> Result<(), Rejection> {
    let found = order.shipments.iter().find(|shipment| shipment.id == id);
    let found = found.ok_or_else(|| Rejection::NotFound { what: "shipment", id: id.to_string() })?;
    if found.shipped {
        let why = "has been shipped";
        return Err(Rejection::Settled { what: "shipment", id: id.to_string(), why });
    }
    order.shipments.retain(|shipment| shipment.id != id);
    events.push(about(order, kind::SHIPMENT_REMOVED).attr("shipment", id.to_string()));
    Ok(())
}
