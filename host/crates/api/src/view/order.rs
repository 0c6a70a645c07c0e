use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{
    self as domain, ClientId, EmployeeId, LineId, OrderId, PaymentId, ShipmentId, Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::value::{Money, OrderKind, Quantity, mirror};

mod new;
mod part;
mod patch;

pub use new::NewOrder;
pub use part::{Cancellation, MoveStage, NewPayment, NewShipment, PaymentPatch, ShipmentPatch};
pub use patch::OrderPatch;

mirror! {
    /// What a total follows: the `lines`, what somebody said until there are new lines (`hand`), or what somebody said
    /// whatever the lines sum up to (`hand-always`).
    TotalBy = domain::TotalBy { Lines = "lines", Hand = "hand", HandAlways = "hand-always", }
}

/// What is sold and followed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Order {
    #[schema(value_type = String, example = "ord_42")]
    id: OrderId,
    /// Grows with each change; also the ETag.
    revision: u64,
    kind: OrderKind,
    number: String,
    title: String,
    pipeline: String,
    stage: String,
    /// Counts the entries into a stage: runs belong to one visit.
    visit: u64,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated: Timestamp,
    /// Of the shop; null: nobody of it, e.g. a rule or a program.
    #[schema(value_type = Option<String>, example = "emp_1")]
    created_by: Option<EmployeeId>,
    #[schema(value_type = Option<String>, example = "emp_1")]
    updated_by: Option<EmployeeId>,
    /// When it came to its stage; null: it was created there.
    #[schema(value_type = Option<String>, format = DateTime)]
    moved: Option<Timestamp>,
    #[schema(value_type = Option<String>, example = "emp_1")]
    moved_by: Option<EmployeeId>,
    #[schema(value_type = Money)]
    total: domain::Money,
    total_by: TotalBy,
    #[schema(value_type = Money)]
    paid: domain::Money,
    fully_paid: bool,
    canceled: bool,
    #[schema(value_type = Option<String>, example = "emp_1")]
    responsible: Option<EmployeeId>,
    #[schema(value_type = Option<String>, example = "cli_8")]
    company: Option<ClientId>,
    /// The primary contact first.
    #[schema(value_type = Vec<String>, example = json!(["cli_7"]))]
    contacts: Vec<ClientId>,
    source: Option<String>,
    comments: String,
    lines: Vec<Line>,
    payments: Vec<Payment>,
    shipments: Vec<Shipment>,
    tags: BTreeSet<String>,
    /// The shop's own fields; times are RFC 3339 text.
    fields: BTreeMap<String, Value>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderLine)]
struct Line {
    #[schema(value_type = String, example = "line_1")]
    id: LineId,
    sku: Option<String>,
    title: String,
    #[schema(value_type = String, example = "1.5")]
    quantity: Quantity,
    #[schema(value_type = Money)]
    unit_price: domain::Money,
    #[schema(value_type = Money)]
    total: domain::Money,
    tax: Option<Tax>,
    /// What else is known of it.
    attrs: BTreeMap<String, Value>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Tax {
    /// Percent.
    #[schema(value_type = String, example = "19")]
    rate: Quantity,
    /// Whether the price holds it already; else it comes on top.
    included: bool,
}

impl From<domain::Tax> for Tax {
    fn from(tax: domain::Tax) -> Tax {
        Tax { rate: Quantity(tax.rate_milli), included: tax.included }
    }
}

impl From<Tax> for domain::Tax {
    fn from(tax: Tax) -> domain::Tax {
        domain::Tax { rate_milli: tax.rate.0, included: tax.included }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct Payment {
    #[schema(value_type = String, example = "pay_1")]
    id: PaymentId,
    #[schema(value_type = Money)]
    amount: domain::Money,
    paid: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    paid_at: Option<Timestamp>,
    system: Option<String>,
    /// What else is known of it.
    attrs: BTreeMap<String, Value>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Shipment {
    #[schema(value_type = String, example = "shp_1")]
    id: ShipmentId,
    /// Approved for delivery.
    allowed: bool,
    shipped: bool,
    status: Option<String>,
    tracking_number: Option<String>,
    service: Option<String>,
    comment: Option<String>,
    /// When it is to arrive: a day, or a moment.
    #[schema(example = "2026-12-01")]
    date: Option<String>,
    /// Who sees to it.
    #[schema(value_type = Option<String>, example = "emp_1")]
    responsible: Option<EmployeeId>,
    /// What else is known of it.
    attrs: BTreeMap<String, Value>,
}

impl From<domain::Order> for Order {
    fn from(order: domain::Order) -> Order {
        Order {
            fully_paid: order.is_paid(),
            id: order.id,
            revision: order.revision,
            kind: order.kind.into(),
            number: order.number,
            title: order.title,
            pipeline: order.pipeline.0,
            stage: order.stage.0,
            visit: order.visit,
            created: order.created,
            updated: order.updated,
            created_by: order.created_by,
            updated_by: order.updated_by,
            moved: order.moved,
            moved_by: order.moved_by,
            total: order.total,
            total_by: order.total_by.into(),
            paid: order.paid,
            canceled: order.canceled,
            responsible: order.responsible,
            company: order.company,
            contacts: order.contacts,
            source: order.source,
            comments: order.comments,
            lines: order.lines.iter().cloned().map(Line::from).collect(),
            payments: order.payments.into_iter().map(Payment::from).collect(),
            shipments: order.shipments.into_iter().map(Shipment::from).collect(),
            tags: order.tags,
            fields: order.fields,
        }
    }
}

impl From<domain::OrderLine> for Line {
    fn from(line: domain::OrderLine) -> Line {
        Line {
            id: line.id,
            sku: line.sku,
            title: line.title,
            quantity: Quantity(line.quantity_milli),
            unit_price: line.unit_price,
            total: line.total,
            tax: line.tax.map(Tax::from),
            attrs: line.attrs,
        }
    }
}

impl From<domain::Payment> for Payment {
    fn from(payment: domain::Payment) -> Payment {
        let domain::Payment { id, amount, paid, paid_at, system, attrs } = payment;
        Payment { id, amount, paid, paid_at, system, attrs }
    }
}

impl From<domain::Shipment> for Shipment {
    fn from(shipment: domain::Shipment) -> Shipment {
        let domain::Shipment {
            id,
            allowed,
            shipped,
            status,
            tracking_number,
            service,
            comment,
            date,
            responsible,
            attrs,
        } = shipment;
        Shipment { id, allowed, shipped, status, tracking_number, service, comment, date, responsible, attrs }
    }
}
