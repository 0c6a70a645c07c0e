use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    ClientId, EmployeeId, LineId, Money, MoneyError, OrderId, PaymentId, PipelineId, ShipmentId, StageId,
    Timestamp,
};

/// The shop's own fields: plain JSON, times as RFC 3339 text.
pub type Fields = BTreeMap<String, Value>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderKind {
    /// Of a store.
    Order,
    /// Of a CRM.
    Deal,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderLine {
    pub id: LineId,
    pub sku: Option<String>,
    pub title: String,
    /// Thousandths; negative for returned goods.
    pub quantity_milli: i64,
    pub unit_price: Money,
    pub total: Money,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    pub id: PaymentId,
    pub amount: Money,
    pub paid: bool,
    pub paid_at: Option<Timestamp>,
    pub system: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shipment {
    pub id: ShipmentId,
    /// Approved for delivery.
    pub allowed: bool,
    pub shipped: bool,
    pub status: Option<String>,
    pub tracking_number: Option<String>,
    pub service: Option<String>,
    pub comment: Option<String>,
}

/// What is sold and followed: one aggregate, one lifecycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub id: OrderId,
    /// Grows by one with each change.
    pub revision: u64,
    pub kind: OrderKind,
    pub number: String,
    pub title: String,
    pub pipeline: PipelineId,
    pub stage: StageId,
    /// Counts the entries into a stage: runs belong to one visit.
    pub visit: u64,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub total: Money,
    pub paid: Money,
    pub canceled: bool,
    pub responsible: Option<EmployeeId>,
    pub company: Option<ClientId>,
    /// The primary contact first.
    pub contacts: Vec<ClientId>,
    pub source: Option<String>,
    pub comments: String,
    pub lines: Vec<OrderLine>,
    pub payments: Vec<Payment>,
    pub shipments: Vec<Shipment>,
    pub tags: BTreeSet<String>,
    pub fields: Fields,
}

impl Order {
    /// The client that events about this order name.
    pub fn client(&self) -> Option<ClientId> {
        self.contacts.first().copied().or(self.company)
    }

    /// Contacts, primary first, then the company: where a message looks for an address.
    pub fn clients(&self) -> impl Iterator<Item = ClientId> + '_ {
        self.contacts.iter().copied().chain(self.company)
    }

    pub fn is_paid(&self) -> bool {
        self.paid.is_positive() && self.paid.compare(self.total).is_some_and(|order| order.is_ge())
    }

    pub(crate) fn recount(&mut self) -> Result<(), MoneyError> {
        let zero = Money::zero(self.total.currency);
        self.total = self.lines.iter().try_fold(zero, |sum, line| sum.plus(line.total))?;
        self.paid = self
            .payments
            .iter()
            .filter(|payment| payment.paid)
            .try_fold(zero, |sum, payment| sum.plus(payment.amount))?;
        Ok(())
    }

    /// `{"stage": {"before": .., "after": ..}, ..}` of every part that differs, except the counters.
    pub fn changes(before: &Order, after: &Order) -> Map<String, Value> {
        let mut changes = Map::new();
        macro_rules! compare {
            ($($part:ident),*) => {$(
                if before.$part != after.$part {
                    changes.insert(
                        stringify!($part).to_owned(),
                        json!({ "before": before.$part, "after": after.$part }),
                    );
                }
            )*};
        }
        compare!(
            title,
            pipeline,
            stage,
            total,
            paid,
            canceled,
            responsible,
            company,
            contacts,
            source,
            comments,
            lines,
            payments,
            shipments,
            tags,
            fields
        );
        changes
    }

    /// The order as conditions and templates see it: what `order.` leads to.
    pub fn view(&self) -> Value {
        json!({
            "id": self.id, "kind": self.kind, "number": self.number, "title": self.title,
            "pipeline": self.pipeline, "stage": self.stage,
            "created": self.created, "updated": self.updated,
            "total": self.total.decimal(), "paid": self.paid.decimal(),
            "currency": self.total.currency.as_str(), "fully-paid": self.is_paid(),
            "canceled": self.canceled, "responsible": self.responsible, "source": self.source,
            "comments": self.comments, "tags": self.tags, "fields": self.fields,
            "line-count": self.lines.len(), "shipment-count": self.shipments.len(),
            "delivery-service": self.shipments.first().and_then(|shipment| shipment.service.clone()),
            "tracking-number":
                self.shipments.first().and_then(|shipment| shipment.tracking_number.clone()),
        })
    }
}
