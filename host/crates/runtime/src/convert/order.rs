use rulewright_domain::{Order, OrderKind, OrderLine, Payment, Shipment};

use super::{
    id_text,
    value::{attr, money, to_value},
};
use crate::bindings::{
    orders::{self, OrderSnapshot},
    values::{Attr, Value},
};

/// The order as the guest sees it: ids of people and nothing else about them.
pub(crate) fn snapshot(order: &Order) -> OrderSnapshot {
    let mut attrs = Vec::new();
    if let Some(source) = &order.source {
        attrs.push(attr("source", Value::Text(source.clone())));
    }
    if !order.comments.is_empty() {
        attrs.push(attr("comments", Value::Text(order.comments.clone())));
    }
    OrderSnapshot {
        id: id_text(order.id),
        revision: order.revision,
        kind: match order.kind {
            OrderKind::Order => "order".to_owned(),
            OrderKind::Deal => "deal".to_owned(),
        },
        number: order.number.clone(),
        title: order.title.clone(),
        pipeline: order.pipeline.0.clone(),
        stage: order.stage.0.clone(),
        created: order.created.0,
        updated: order.updated.0,
        total: money(order.total),
        paid: money(order.paid),
        canceled: order.canceled,
        responsible: order.responsible.map(id_text),
        company: order.company.map(id_text),
        contacts: order.contacts.iter().map(id_text).collect(),
        lines: order.lines.iter().map(line).collect(),
        payments: order.payments.iter().map(payment).collect(),
        shipments: order.shipments.iter().map(shipment).collect(),
        tags: order.tags.iter().cloned().collect(),
        fields: order.fields.iter().map(|(key, value)| attr(key, to_value(value))).collect(),
        attrs,
    }
}

fn line(line: &OrderLine) -> orders::OrderLine {
    orders::OrderLine {
        id: id_text(line.id),
        sku: line.sku.clone(),
        title: line.title.clone(),
        quantity_milli: line.quantity_milli,
        unit_price: money(line.unit_price),
        total: money(line.total),
        attrs: Vec::new(),
    }
}

fn payment(payment: &Payment) -> orders::Payment {
    orders::Payment {
        id: id_text(payment.id),
        amount: money(payment.amount),
        paid: payment.paid,
        paid_at: payment.paid_at.map(|at| at.0),
        system: payment.system.clone(),
        attrs: Vec::new(),
    }
}

fn shipment(shipment: &Shipment) -> orders::Shipment {
    let texts = [
        ("comment", shipment.comment.clone()),
        ("date", shipment.date.clone()),
        ("responsible", shipment.responsible.map(id_text)),
    ];
    let attrs: Vec<Attr> =
        texts.into_iter().filter_map(|(key, text)| Some(attr(key, Value::Text(text?)))).collect();
    orders::Shipment {
        id: id_text(shipment.id),
        allowed: shipment.allowed,
        shipped: shipment.shipped,
        status: shipment.status.clone(),
        tracking_number: shipment.tracking_number.clone(),
        service: shipment.service.clone(),
        attrs,
    }
}
