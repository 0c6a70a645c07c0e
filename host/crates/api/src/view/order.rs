use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{
    self as domain, ClientId, Currency, EmployeeId, LineId, OrderChange, OrderId, PaymentId, ShipmentId,
    Timestamp,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::value::{Money, OrderKind, Quantity, present, quantity_schema};
use crate::problem::Problem;

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
    #[schema(value_type = Money)]
    total: domain::Money,
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
            total: order.total,
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

/// An order to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "deal", "pipeline": "sales", "title": "Two teapots", "contacts": ["cli_7"], "lines": [{"title": "Teapot", "quantity": "2", "unit_price": {"amount": "12.50", "currency": "GBP"}}]}))]
pub struct NewOrder {
    #[serde(default = "store")]
    #[schema(default = "order")]
    kind: OrderKind,
    /// The order's id if left out.
    number: Option<String>,
    #[serde(default)]
    title: String,
    pipeline: String,
    /// The first stage if left out.
    stage: Option<String>,
    /// That of the first line if left out.
    #[schema(value_type = Option<String>, example = "GBP")]
    currency: Option<Currency>,
    #[serde(default)]
    lines: Vec<LineInput>,
    #[schema(value_type = Option<String>, example = "emp_1")]
    responsible: Option<EmployeeId>,
    #[schema(value_type = Option<String>, example = "cli_8")]
    company: Option<ClientId>,
    /// The primary contact first.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["cli_7"]))]
    contacts: Vec<ClientId>,
    source: Option<String>,
    #[serde(default)]
    comments: String,
    #[serde(default)]
    tags: BTreeSet<String>,
    #[serde(default)]
    fields: BTreeMap<String, Value>,
    /// Brought in from the past: nothing runs because of it.
    #[serde(default)]
    historical: bool,
    /// When it was placed, if not now.
    #[schema(value_type = Option<String>, format = DateTime)]
    created: Option<Timestamp>,
}

fn store() -> OrderKind {
    OrderKind::Order
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderLineInput)]
struct LineInput {
    sku: Option<String>,
    title: String,
    #[serde(default = "one")]
    #[schema(schema_with = quantity_schema)]
    quantity: Quantity,
    #[schema(value_type = Money)]
    unit_price: domain::Money,
}

fn one() -> Quantity {
    Quantity::ONE
}

impl NewOrder {
    pub fn into_domain(self) -> Result<domain::NewOrder, Problem> {
        let currency = self.currency.or(self.lines.first().map(|line| line.unit_price.currency));
        let Some(currency) = currency else {
            let message = "an order without lines needs a currency, e.g. \"GBP\"";
            return Err(Problem::unprocessable("invalid", message).fault("/currency", "missing", message));
        };
        Ok(domain::NewOrder {
            kind: self.kind.into(),
            number: self.number,
            title: self.title,
            pipeline: domain::PipelineId(self.pipeline),
            stage: self.stage.map(domain::StageId),
            currency,
            lines: new_lines(self.lines)?,
            responsible: self.responsible,
            company: self.company,
            contacts: self.contacts,
            source: self.source,
            comments: self.comments,
            tags: self.tags,
            fields: self.fields,
            historical: self.historical,
            created: self.created,
            total: None,
            total_always: false,
        })
    }
}

/// The domain's new line has no name outside of its crate, so it is reached by its format.
fn new_lines<L: DeserializeOwned>(lines: Vec<LineInput>) -> Result<Vec<L>, Problem> {
    let line = |LineInput { sku, title, quantity, unit_price }| json!({ "sku": sku, "title": title, "quantity_milli": quantity.0, "unit_price": unit_price });
    let lines = lines.into_iter().map(line).map(serde_json::from_value).collect::<Result<_, _>>();
    lines.map_err(|error| Problem::unprocessable("invalid", error.to_string()))
}

/// One change of an order. `title`, `comments` and `fields` go together; each of the other keys goes alone, so
/// that a request is done as a whole or not at all.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Two blue teapots", "fields": {"colour": "blue"}}))]
pub struct OrderPatch {
    /// Null empties it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    title: Option<Option<String>>,
    /// Null empties it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    comments: Option<Option<String>>,
    /// Sets the fields named here; null empties one.
    fields: Option<BTreeMap<String, Value>>,
    /// Adds values to fields that hold several.
    append_fields: Option<BTreeMap<String, Value>>,
    add_tags: Option<BTreeSet<String>>,
    /// Null: nobody.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "emp_1")]
    responsible: Option<Option<EmployeeId>>,
    /// Replaces company and contacts.
    clients: Option<ClientsInput>,
    /// Replaces every line.
    lines: Option<Vec<LineInput>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClientsInput {
    #[schema(value_type = Option<String>, example = "cli_8")]
    company: Option<ClientId>,
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["cli_7"]))]
    contacts: Vec<ClientId>,
}

impl OrderPatch {
    pub fn into_change(self) -> Result<OrderChange, Problem> {
        let mut changes = Vec::new();
        let mut own = self.fields.unwrap_or_default();
        let named = [("title", self.title), ("comments", self.comments)];
        for (name, value) in named.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            // Both spellings would say two things about one value.
            if own.insert(name.to_owned(), value.map_or(Value::Null, Value::String)).is_some() {
                let detail = format!("`{name}` stands both by itself and in `fields`");
                return Err(Problem::unprocessable("invalid", detail.clone()).fault(
                    format!("/{name}"),
                    "twice",
                    detail,
                ));
            }
        }
        if !own.is_empty() {
            changes.push(OrderChange::SetFields { fields: own });
        }
        changes.extend(self.append_fields.map(|fields| OrderChange::AppendFields { fields }));
        changes.extend(self.add_tags.map(|tags| OrderChange::AddTags { tags }));
        changes.extend(self.responsible.map(|to| OrderChange::SetResponsible { to }));
        changes.extend(
            self.clients.map(|clients| OrderChange::SetClients {
                company: clients.company,
                contacts: clients.contacts,
            }),
        );
        if let Some(lines) = self.lines {
            changes.push(OrderChange::SetLines { lines: new_lines(lines)? });
        }
        let found = changes.len();
        match (changes.pop(), found) {
            (Some(change), 1) => Ok(change),
            (None, _) => Err(Problem::unprocessable("nothing-to-change", "the body names nothing to change")
                .hint("title, comments, fields, append_fields, add_tags, responsible, clients or lines")),
            _ => Err(Problem::unprocessable("several-changes", format!("the body holds {found} changes, and one goes at a time"))
                .hint("send `fields`, `append_fields`, `add_tags`, `responsible`, `clients` and `lines` one by one; \
                       `title` and `comments` go with `fields`")),
        }
    }
}

/// Where to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveStage {
    pub stage: String,
}

/// A payment to come, or one that has been made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    #[schema(value_type = Money)]
    amount: domain::Money,
    /// Who carries it, e.g. `card`.
    system: Option<String>,
    #[serde(default)]
    paid: bool,
}

impl From<NewPayment> for OrderChange {
    fn from(payment: NewPayment) -> OrderChange {
        let NewPayment { amount, system, paid } = payment;
        OrderChange::AddPayment { amount, system, paid }
    }
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShipment {
    /// Who carries it.
    service: Option<String>,
}

impl From<NewShipment> for OrderChange {
    fn from(shipment: NewShipment) -> OrderChange {
        OrderChange::AddShipment { service: shipment.service }
    }
}

/// What to change of one shipment, or of all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipmentPatch {
    /// All of them if left out.
    #[schema(value_type = Option<String>, example = "shp_1")]
    shipment: Option<ShipmentId>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    status: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    tracking_number: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    service: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    comment: Option<Option<String>>,
    /// A day such as 2026-12-01, or a moment.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "2026-12-01")]
    date: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "emp_1")]
    responsible: Option<Option<String>>,
    /// Approved for delivery.
    allowed: Option<bool>,
    shipped: Option<bool>,
}

impl From<ShipmentPatch> for OrderChange {
    fn from(patch: ShipmentPatch) -> OrderChange {
        let parts = [
            ("status", patch.status),
            ("tracking-number", patch.tracking_number),
            ("service", patch.service),
            ("comment", patch.comment),
            ("date", patch.date),
            ("responsible", patch.responsible),
        ];
        let fields = parts
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.map_or(Value::Null, Value::String))));
        let marks = [("allowed", patch.allowed), ("shipped", patch.shipped)];
        let marks = marks.into_iter().filter_map(|(name, mark)| Some((name.to_owned(), Value::Bool(mark?))));
        let fields = fields.chain(marks).collect();
        OrderChange::EditShipments { shipment: patch.shipment, fields }
    }
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "the client changed their mind"}))]
pub struct Cancellation {
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(patch: Value) -> Result<OrderChange, String> {
        let patch: OrderPatch = serde_json::from_value(patch).map_err(|error| error.to_string())?;
        patch.into_change().map_err(|problem| problem.status().to_string())
    }

    #[test]
    fn a_patch_is_exactly_one_change() {
        let fields = BTreeMap::from([("title".to_owned(), json!("A")), ("colour".to_owned(), Value::Null)]);
        assert_eq!(
            change(json!({"title": "A", "fields": {"colour": null}})),
            Ok(OrderChange::SetFields { fields })
        );
        assert_eq!(change(json!({"responsible": null})), Ok(OrderChange::SetResponsible { to: None }));
        for refused in [
            json!({}),
            json!({"title": "A", "add_tags": ["x"]}),
            json!({"title": "A", "fields": {"title": "B"}}),
            json!({"colour": "red"}),
            json!({"responsible": 5}),
        ] {
            assert!(change(refused.clone()).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_shipment_patch_tells_null_from_nothing() {
        let patch: ShipmentPatch =
            serde_json::from_value(json!({"tracking_number": "T1", "comment": null})).unwrap();
        let fields = BTreeMap::from([
            ("tracking-number".to_owned(), json!("T1")),
            ("comment".to_owned(), Value::Null),
        ]);
        assert_eq!(OrderChange::from(patch), OrderChange::EditShipments { shipment: None, fields });
    }

    #[test]
    fn an_order_takes_its_currency_from_its_lines() {
        let read = |body: Value| serde_json::from_value::<NewOrder>(body).unwrap().into_domain();
        let order = read(json!({"pipeline": "sales", "lines": [
            {"title": "Tea", "quantity": 2, "unit_price": {"amount": "3.50", "currency": "EUR"}}
        ]}));
        let order = order.ok().unwrap();
        assert_eq!((order.currency.as_str(), order.lines[0].quantity_milli), ("EUR", 2000));
        assert!(read(json!({"pipeline": "sales"})).is_err());
    }
}
