//! The one place where an order changes: state and command in, new state and events out.

use serde::Serialize;
use serde_json::Value;

use crate::{
    EmployeeId, Money, MoneyError, NewEvent, NewOrder, Order, OrderChange, OrderId, OrderLine, Payload,
    Payment, PaymentId, Pipeline, Shipment, ShipmentId, StageId, Timestamp, command::NewLine, kind, moment,
};

/// Why a command changes nothing. The text says what, and what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Rejection {
    #[error("pipeline `{pipeline}` has no stage `{stage}`; its stages are {known}")]
    NoSuchStage { stage: StageId, pipeline: String, known: String },
    #[error("there is no pipeline `{0}`")]
    NoSuchPipeline(String),
    #[error("there is no {what} `{id}`")]
    NotFound { what: &'static str, id: String },
    #[error("the order is at revision {current}, not at {expected}: read it again and repeat")]
    Conflict { expected: u64, current: u64 },
    #[error("the order has been paid ({paid}), so it cannot be deleted")]
    Paid { paid: String },
    #[error(transparent)]
    Money(#[from] MoneyError),
    #[error("{what}: {message}")]
    Invalid { what: String, message: String },
    #[error(
        "a chain of {depth} rules and triggers was stopped as a loop; the last in it were {culprits}: \
         change one of them so that it does not start the other again"
    )]
    Loop { depth: u16, culprits: String },
}

impl Rejection {
    /// Stable and machine-readable.
    pub fn code(&self) -> &'static str {
        match self {
            Rejection::NoSuchStage { .. } => "no-such-stage",
            Rejection::NoSuchPipeline(_) => "no-such-pipeline",
            Rejection::NotFound { .. } => "not-found",
            Rejection::Conflict { .. } => "conflict",
            Rejection::Paid { .. } => "paid",
            Rejection::Money(_) => "money",
            Rejection::Invalid { .. } => "invalid",
            Rejection::Loop { .. } => "loop",
        }
    }

    pub fn invalid(what: impl Into<String>, message: impl Into<String>) -> Rejection {
        Rejection::Invalid { what: what.into(), message: message.into() }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// None: deleted.
    pub order: Option<Order>,
    /// Empty: nothing changed, and nothing is to be saved.
    pub events: Vec<NewEvent>,
}

/// Lines of one order; beyond it, an order is somebody's catalogue.
pub const MAX_LINES: usize = 5_000;

pub fn create(
    id: OrderId,
    new: NewOrder,
    pipeline: &Pipeline,
    now: Timestamp,
) -> Result<Decision, Rejection> {
    let stage = match new.stage {
        Some(stage) => known_stage(pipeline, stage)?,
        None => match pipeline.stages.first() {
            Some(first) => first.id.clone(),
            None => return Err(Rejection::invalid("pipeline", "it has no stages")),
        },
    };
    if new.kind != pipeline.kind {
        let message = format!("`{}` is for the other kind of order", pipeline.id);
        return Err(Rejection::invalid("pipeline", message));
    }
    let zero = Money::zero(new.currency);
    let mut order = Order {
        id,
        revision: 1,
        kind: new.kind,
        number: new.number.unwrap_or_else(|| id.0.to_string()),
        title: new.title,
        pipeline: pipeline.id.clone(),
        stage,
        visit: 1,
        created: new.created.unwrap_or(now),
        updated: now,
        total: zero,
        paid: zero,
        canceled: false,
        responsible: new.responsible,
        company: new.company,
        contacts: new.contacts,
        source: new.source,
        comments: new.comments,
        lines: lines(new.lines, new.currency)?.into(),
        payments: Vec::new(),
        shipments: Vec::new(),
        tags: new.tags,
        fields: new.fields,
    };
    order.recount()?;
    let mut event = about(&order, kind::ORDER_CREATED)
        .attr("stage", order.stage.0.as_str())
        .attr("source", order.source.clone())
        .attr("historical", new.historical);
    event.data = whole(None, Some(&order));
    Ok(Decision { order: Some(order), events: vec![event] })
}

pub fn decide(
    before: &Order,
    change: OrderChange,
    pipeline: &Pipeline,
    now: Timestamp,
) -> Result<Decision, Rejection> {
    let mut order = before.clone();
    let mut events = Vec::new();
    match change {
        OrderChange::Delete => {
            if before.paid.amount != 0 {
                return Err(Rejection::Paid { paid: before.paid.to_string() });
            }
            let mut event = about(before, kind::ORDER_DELETED);
            event.data = whole(Some(before), None);
            return Ok(Decision { order: None, events: vec![event] });
        }
        OrderChange::MoveStage { stage } => {
            let stage = known_stage(pipeline, stage)?;
            if stage != order.stage {
                order.visit += 1;
                events.push(
                    about(&order, kind::STAGE_CHANGED)
                        .attr("from", order.stage.0.as_str())
                        .attr("to", stage.0.as_str()),
                );
                order.stage = stage;
            }
        }
        OrderChange::SetFields { fields } => {
            for (name, value) in fields {
                set_field(&mut order, name, value)?;
            }
        }
        OrderChange::AppendFields { fields } => {
            for (name, value) in fields {
                let whole = appended(order.fields.get(&name), value);
                set_field(&mut order, name, whole)?;
            }
        }
        OrderChange::AddTags { tags } => order.tags.extend(tags),
        OrderChange::SetResponsible { to } => order.responsible = to,
        OrderChange::SetClients { company, contacts } => {
            order.company = company;
            order.contacts = contacts;
        }
        OrderChange::SetLines { lines: new } => {
            order.lines = lines(new, order.total.currency)?.into();
            order.recount()?;
        }
        OrderChange::AddPayment { amount, system, paid } => {
            let id = add_payment(&mut order, amount, system)?;
            events.push(about(&order, kind::PAYMENT_ADDED).attr("payment", id.to_string()));
            if paid {
                pay(&mut order, id, now, &mut events)?;
            }
        }
        OrderChange::Pay { payment: Some(id) } => pay(&mut order, id, now, &mut events)?,
        OrderChange::Pay { payment: None } => pay_all(&mut order, now, &mut events)?,
        OrderChange::AddShipment { service } => {
            let id = ShipmentId(order.shipments.iter().map(|one| one.id.0).max().unwrap_or(0) + 1);
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
            });
            let event = about(&order, kind::SHIPMENT_ADDED).attr("shipment", id.to_string());
            events.push(event.attr("service", order.shipments.last().and_then(|one| one.service.clone())));
        }
        OrderChange::AllowDelivery => {
            each_shipment(&mut order, &mut events, None, |shipment| {
                shipment.allowed = true;
                Ok(())
            })?;
        }
        OrderChange::MarkShipped => {
            each_shipment(&mut order, &mut events, None, |shipment| {
                shipment.shipped = true;
                Ok(())
            })?;
        }
        OrderChange::EditShipments { shipment, fields } => {
            each_shipment(&mut order, &mut events, shipment, |shipment| {
                fields.iter().try_for_each(|(name, value)| set_shipment_field(shipment, name, value))
            })?;
        }
        OrderChange::Cancel { reason } => {
            if !order.canceled {
                order.canceled = true;
                events.push(about(&order, kind::ORDER_CANCELED).attr("reason", reason));
            }
        }
        OrderChange::Restore => {
            if order.canceled {
                order.canceled = false;
                events.push(about(&order, kind::ORDER_RESTORED));
            }
        }
    }
    seal(before, order, events, now)
}

/// Adds the events that follow from what differs, and counts the revision.
fn seal(
    before: &Order,
    mut order: Order,
    mut events: Vec<NewEvent>,
    now: Timestamp,
) -> Result<Decision, Rejection> {
    let changes = Order::changes(before, &order);
    if changes.is_empty() {
        return Ok(Decision { order: Some(order), events: Vec::new() });
    }
    if before.responsible != order.responsible {
        events.push(about(&order, kind::RESPONSIBLE_CHANGED));
    }
    if before.company != order.company || before.contacts != order.contacts {
        events.push(about(&order, kind::CLIENTS_CHANGED));
    }
    if before.lines != order.lines {
        events.push(about(&order, kind::LINES_CHANGED));
    }
    let own: Vec<&str> =
        ["title", "comments", "tags"].into_iter().filter(|part| changes.contains_key(*part)).collect();
    let changed = |name: &&String| before.fields.get(*name) != order.fields.get(*name);
    let mut names: Vec<String> = own.into_iter().map(str::to_owned).collect();
    names.extend(before.fields.keys().chain(order.fields.keys()).filter(changed).cloned());
    names.sort();
    names.dedup();
    if !names.is_empty() {
        events.push(about(&order, kind::FIELDS_CHANGED).attr("fields", names));
    }
    // The whole difference stands once, in the first event of the change.
    if let Some(first) = events.first_mut() {
        first.data = Payload::of(&changes);
    }
    order.revision += 1;
    order.updated = now;
    Ok(Decision { order: Some(order), events })
}

/// `{"order": {"before": ..., "after": ...}}`, written down without a tree of values between.
fn whole(before: Option<&Order>, after: Option<&Order>) -> Payload {
    #[derive(Serialize)]
    struct Whole<'a> {
        order: Change<'a>,
    }
    #[derive(Serialize)]
    struct Change<'a> {
        before: Option<&'a Order>,
        after: Option<&'a Order>,
    }
    Payload::of(&Whole { order: Change { before, after } })
}

fn about(order: &Order, kind: &str) -> NewEvent {
    NewEvent { order: Some(order.id), client: order.client(), ..NewEvent::new(kind) }
}

fn known_stage(pipeline: &Pipeline, stage: StageId) -> Result<StageId, Rejection> {
    if pipeline.stage(&stage).is_some() {
        return Ok(stage);
    }
    let known: Vec<&str> = pipeline.stages.iter().map(|stage| stage.id.0.as_str()).collect();
    Err(Rejection::NoSuchStage { stage, pipeline: pipeline.id.0.clone(), known: known.join(", ") })
}

fn lines(new: Vec<NewLine>, currency: crate::Currency) -> Result<Vec<OrderLine>, Rejection> {
    if new.len() > MAX_LINES {
        return Err(Rejection::invalid("lines", format!("{} lines, at most {MAX_LINES}", new.len())));
    }
    let line = |(index, new): (usize, NewLine)| {
        let total = new.unit_price.times_milli(new.quantity_milli)?;
        Money::zero(currency).plus(total)?;
        Ok(OrderLine {
            id: crate::LineId(index as i64 + 1),
            sku: new.sku,
            title: new.title,
            quantity_milli: new.quantity_milli,
            unit_price: new.unit_price,
            total,
        })
    };
    new.into_iter().enumerate().map(line).collect()
}

fn set_field(order: &mut Order, name: String, value: Value) -> Result<(), Rejection> {
    let text = |value: Value| match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text),
        other => Err(Rejection::invalid(format!("field `{name}`"), format!("expected text, not {other}"))),
    };
    match name.as_str() {
        "title" => order.title = text(value)?,
        "comments" => order.comments = text(value)?,
        _ if value.is_null() => {
            order.fields.remove(&name);
        }
        _ => {
            order.fields.insert(name, value);
        }
    }
    Ok(())
}

fn appended(before: Option<&Value>, value: Value) -> Value {
    let mut all = match before {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
    };
    match value {
        Value::Array(items) => all.extend(items),
        one => all.push(one),
    }
    Value::Array(all)
}

fn add_payment(order: &mut Order, amount: Money, system: Option<String>) -> Result<PaymentId, Rejection> {
    // Also one that is not paid yet: it never could be.
    if amount.currency != order.total.currency {
        let [ours, theirs] = [order.total, amount].map(|money| money.currency.as_str().to_owned());
        return Err(MoneyError::Mixed(ours, theirs).into());
    }
    let id = PaymentId(order.payments.iter().map(|payment| payment.id.0).max().unwrap_or(0) + 1);
    order.payments.push(Payment { id, amount, paid: false, paid_at: None, system });
    Ok(id)
}

fn pay(
    order: &mut Order,
    id: PaymentId,
    now: Timestamp,
    events: &mut Vec<NewEvent>,
) -> Result<(), Rejection> {
    let Some(payment) = order.payments.iter_mut().find(|payment| payment.id == id) else {
        return Err(Rejection::NotFound { what: "payment", id: id.to_string() });
    };
    if payment.paid {
        return Ok(());
    }
    payment.paid = true;
    payment.paid_at = Some(now);
    let amount = payment.amount;
    order.recount()?;
    events.push(
        about(order, kind::PAYMENT_RECEIVED)
            .attr("payment", id.to_string())
            .attr("amount", amount.decimal())
            .attr("currency", amount.currency.as_str())
            .attr("full", order.is_paid()),
    );
    Ok(())
}

fn pay_all(order: &mut Order, now: Timestamp, events: &mut Vec<NewEvent>) -> Result<(), Rejection> {
    let payments = order.payments.iter().map(|payment| payment.amount);
    let covered = payments.into_iter().try_fold(Money::zero(order.total.currency), Money::plus)?;
    let open = order.total.minus(covered)?;
    if open.is_positive() {
        add_payment(order, open, None)?;
    }
    let unpaid: Vec<PaymentId> =
        order.payments.iter().filter(|payment| !payment.paid).map(|payment| payment.id).collect();
    unpaid.into_iter().try_for_each(|id| pay(order, id, now, events))
}

fn each_shipment(
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

fn set_shipment_field(shipment: &mut Shipment, name: &str, value: &Value) -> Result<(), Rejection> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Currency, OrderKind, PipelineId, Stage, StageKind};

    const GBP: Currency = Currency::new(b"GBP");

    fn gbp(text: &str) -> Money {
        Money::parse(text, GBP).unwrap()
    }

    fn pipeline() -> Pipeline {
        let stage = Stage { id: "new".into(), name: "New".to_owned(), kind: StageKind::Open };
        Pipeline {
            id: PipelineId::from("sales"),
            name: "Sales".to_owned(),
            kind: OrderKind::Order,
            stages: vec![stage],
        }
    }

    fn order(prices: &[&str]) -> Result<Order, Rejection> {
        let line = |price: &&str| NewLine {
            sku: None,
            title: "Tea".to_owned(),
            quantity_milli: 1000,
            unit_price: gbp(price),
        };
        let new = NewOrder {
            kind: OrderKind::Order,
            number: None,
            title: String::new(),
            pipeline: PipelineId::from("sales"),
            stage: None,
            currency: GBP,
            lines: prices.iter().map(line).collect(),
            responsible: None,
            company: None,
            contacts: Vec::new(),
            source: None,
            comments: String::new(),
            tags: Default::default(),
            fields: Default::default(),
            historical: false,
            created: None,
        };
        Ok(create(OrderId(1), new, &pipeline(), Timestamp(0))?.order.unwrap())
    }

    fn change(order: &Order, change: OrderChange) -> Result<Order, Rejection> {
        Ok(decide(order, change, &pipeline(), Timestamp(1))?.order.unwrap())
    }

    #[test]
    fn a_payment_in_another_currency_is_refused_before_it_is_paid() {
        let amount = Money { currency: crate::Currency::new(b"EUR"), ..gbp("1") };
        let payment = OrderChange::AddPayment { amount, system: None, paid: false };
        let mixed = MoneyError::Mixed("GBP".into(), "EUR".into());
        assert_eq!(change(&order(&["1"]).unwrap(), payment), Err(Rejection::Money(mixed)));
    }

    #[test]
    fn a_shipment_has_a_day_and_somebody_who_sees_to_it_or_says_what_is_wrong() {
        let sent = change(&order(&["1"]).unwrap(), OrderChange::AddShipment { service: None }).unwrap();
        let edit = |name: &str, value: Value| {
            let fields = [(name.to_owned(), value)].into();
            change(&sent, OrderChange::EditShipments { shipment: None, fields })
        };
        let after = edit("date", "2026-12-01".into()).unwrap().shipments.remove(0);
        assert_eq!(after.date.as_deref(), Some("2026-12-01"));
        assert_eq!(Shipment::changes(&sent.shipments[0], &after), ["date"]);
        let after = edit("responsible", "emp_3".into()).unwrap().shipments.remove(0);
        assert_eq!(after.responsible, Some(EmployeeId(3)));
        for (name, value) in [("date", "soon"), ("responsible", "Ada"), ("colour", "red")] {
            let told = edit(name, value.into()).unwrap_err().to_string();
            assert!(told.starts_with(&format!("shipment field `{name}`: ")), "{told}");
        }
    }

    #[test]
    fn amounts_that_do_not_fit_are_refused_and_never_wrap() {
        let (least, most) = ("-92233720368547758.08", "92233720368547758.07");
        let overflow = Err(Rejection::Money(MoneyError::Overflow));
        assert_eq!(order(&[most, most]), overflow);
        let paid = |amount: &str, paid| OrderChange::AddPayment { amount: gbp(amount), system: None, paid };
        let pay = OrderChange::Pay { payment: None };
        let owing = change(&order(&["1"]).unwrap(), paid(least, false)).unwrap();
        assert_eq!(change(&owing, pay.clone()), overflow);
        let covered = change(&order(&["1"]).unwrap(), paid(most, true)).unwrap();
        assert_eq!(change(&covered, paid(most, true)), overflow);
        assert!(change(&order(&["1"]).unwrap(), pay).unwrap().is_paid());
    }
}
