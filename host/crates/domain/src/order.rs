use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::{
    ClientId, EmployeeId, Event, LineId, Money, MoneyError, OrderId, PaymentId, PipelineId, ShipmentId,
    StageId, Timestamp, kind,
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
    /// What one costs in the end, discounts taken off.
    pub unit_price: Money,
    /// With the tax, whether the price holds it or not.
    pub total: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Tax>,
    /// What else is known of it, such as its discount and its measure.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub attrs: Fields,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// Thousandths of a percent: 19 % is 19 000.
    pub rate_milli: i64,
    /// Whether the price holds it already; else it comes on top.
    pub included: bool,
}

/// What an order's total follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TotalBy {
    /// The sum of its lines.
    #[default]
    Lines,
    /// Somebody said it, until there are new lines.
    Hand,
    /// Somebody said it, whatever the lines sum up to.
    HandAlways,
}

impl TotalBy {
    fn is_lines(&self) -> bool {
        *self == TotalBy::Lines
    }
}

/// The highest number that a line, a payment and a shipment of an order have had: none comes twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Numbered {
    pub line: i64,
    pub payment: i64,
    pub shipment: i64,
}

impl Numbered {
    /// The ids in a part of an order that is JSON.
    fn count(&mut self, part: &str, value: &Value) {
        let last = match part {
            "lines" => &mut self.line,
            "payments" => &mut self.payment,
            "shipments" => &mut self.shipment,
            _ => return,
        };
        let ids = value.as_array().into_iter().flatten().filter_map(|one| one.get("id")?.as_str());
        let numbers = ids.filter_map(|id| id.rsplit_once('_')?.1.parse().ok());
        *last = numbers.fold(*last, i64::max);
    }

    fn is_none(&self) -> bool {
        *self == Numbered::default()
    }
}

/// When something is done to an order, and by whom of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    pub at: Timestamp,
    pub by: Option<EmployeeId>,
}

impl From<Timestamp> for Touch {
    fn from(at: Timestamp) -> Touch {
        Touch { at, by: None }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    pub id: PaymentId,
    pub amount: Money,
    pub paid: bool,
    pub paid_at: Option<Timestamp>,
    pub system: Option<String>,
    /// What else is known of it.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub attrs: Fields,
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
    /// When it is to arrive: a day, or a moment.
    #[serde(default)]
    pub date: Option<String>,
    /// Who sees to it.
    #[serde(default)]
    pub responsible: Option<EmployeeId>,
    /// What else is known of it.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub attrs: Fields,
}

impl Shipment {
    /// Names of the parts that differ.
    pub fn changes(before: &Shipment, after: &Shipment) -> Vec<&'static str> {
        let parts = [
            ("allowed", before.allowed != after.allowed),
            ("shipped", before.shipped != after.shipped),
            ("status", before.status != after.status),
            ("tracking-number", before.tracking_number != after.tracking_number),
            ("service", before.service != after.service),
            ("comment", before.comment != after.comment),
            ("date", before.date != after.date),
            ("responsible", before.responsible != after.responsible),
            ("attrs", before.attrs != after.attrs),
        ];
        parts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<EmployeeId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<EmployeeId>,
    /// When it came to its stage. None: when it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_by: Option<EmployeeId>,
    pub total: Money,
    #[serde(default, skip_serializing_if = "TotalBy::is_lines")]
    pub total_by: TotalBy,
    pub paid: Money,
    pub canceled: bool,
    pub responsible: Option<EmployeeId>,
    pub company: Option<ClientId>,
    /// The primary contact first.
    pub contacts: Vec<ClientId>,
    pub source: Option<String>,
    pub comments: String,
    #[serde(default)]
    pub lines: Lines,
    pub payments: Vec<Payment>,
    pub shipments: Vec<Shipment>,
    pub tags: BTreeSet<String>,
    pub fields: Fields,
    #[serde(default, skip_serializing_if = "Numbered::is_none")]
    pub numbered: Numbered,
}

/// Shared by the order's copies: they are most of an order, and hardly any change touches them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines(Arc<[OrderLine]>);

impl Lines {
    /// Surely the same, without looking at them.
    pub fn is(&self, other: &Lines) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for Lines {
    type Target = [OrderLine];

    fn deref(&self) -> &[OrderLine] {
        &self.0
    }
}

impl From<Vec<OrderLine>> for Lines {
    fn from(lines: Vec<OrderLine>) -> Lines {
        Lines(lines.into())
    }
}

impl FromIterator<OrderLine> for Lines {
    fn from_iter<I: IntoIterator<Item = OrderLine>>(lines: I) -> Lines {
        Lines(lines.into_iter().collect())
    }
}

impl Serialize for Lines {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        <[OrderLine]>::serialize(self, to)
    }
}

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Lines, D::Error> {
        Vec::deserialize(from).map(Lines::from)
    }
}

/// Kinds of events, besides those of the order itself, that a change of an order is recorded as.
const CHANGING: [&str; 2] = ["payment.", "shipment."];

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
        if self.total_by == TotalBy::Lines {
            self.total = self.lines.iter().try_fold(zero, |sum, line| sum.plus(line.total))?;
        }
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
            total_by,
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

    /// The order as it was at a revision, from its events in the order of the log, beginning with the first.
    pub fn at(revision: u64, events: &[Event]) -> Option<Order> {
        let mut events = events.iter();
        let created = events.find(|event| event.what.kind == kind::ORDER_CREATED)?;
        let mut order = created.what.data.value().get("order")?.get("after")?.clone();
        let mut reached = 1;
        let mut numbered = Numbered::default();
        for part in ["lines", "payments", "shipments"] {
            numbered.count(part, &order[part]);
        }
        for event in events {
            if reached == revision {
                break;
            }
            // Of the events of one change, the first holds the difference.
            let Value::Object(changes) = event.what.data.value() else { continue };
            if !event.what.kind.starts_with("order.")
                && !CHANGING.iter().any(|kind| event.what.kind.starts_with(kind))
            {
                continue;
            }
            let moved = changes.contains_key("stage") || changes.contains_key("pipeline");
            for (part, change) in changes {
                order[&part] = change.get("after").cloned().unwrap_or_default();
                numbered.count(&part, &order[&part]);
            }
            let by = event.cause.by.employee();
            if moved {
                order["visit"] = json!(order["visit"].as_u64().unwrap_or_default() + 1);
                order["moved"] = json!(event.at);
                order["moved_by"] = json!(by);
            }
            reached += 1;
            order["revision"] = reached.into();
            order["updated"] = json!(event.at);
            order["updated_by"] = json!(by);
        }
        let order: Option<Order> = serde_json::from_value(order).ok();
        order.filter(|order| order.revision == revision).map(|order| Order { numbered, ..order })
    }

    /// What stands in it has had its number.
    pub(crate) fn count_numbers(&mut self) {
        let Numbered { line, payment, shipment } = self.numbered;
        self.numbered = Numbered {
            line: self.lines.iter().map(|line| line.id.0).fold(line, i64::max),
            payment: self.payments.iter().map(|payment| payment.id.0).fold(payment, i64::max),
            shipment: self.shipments.iter().map(|shipment| shipment.id.0).fold(shipment, i64::max),
        };
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
