//! The one place where an order changes: state and command in, new state and events out.

mod lines;
mod payments;
mod shipments;
#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::Value;

use self::{
    lines::lines,
    payments::{add_payment, edit_payment, pay, pay_all, remove_payment, unpay},
    shipments::{add_shipment, each_shipment, remove_shipment, set_shipment_field},
};
use crate::{
    Fields, Money, MoneyError, NewEvent, NewOrder, Numbered, Order, OrderChange, OrderId, OrderKind,
    OrderLine, Payload, Pipeline, PipelineId, StageId, TotalBy, Touch, kind,
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
    #[error("{what} `{id}` {why}")]
    Settled { what: &'static str, id: String, why: &'static str },
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
            Rejection::Settled { .. } => "settled",
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
    touch: impl Into<Touch>,
) -> Result<Decision, Rejection> {
    let Touch { at: now, by } = touch.into();
    let stage = stage_or_first(pipeline, new.stage)?;
    if new.kind != pipeline.kind {
        return Err(other_kind(pipeline));
    }
    let zero = Money::zero(new.currency);
    let untitled = new.kind == OrderKind::Deal && new.title.trim().is_empty();
    let mut order = Order {
        id,
        revision: 1,
        kind: new.kind,
        number: new.number.unwrap_or_else(|| id.0.to_string()),
        title: if untitled { format!("Deal #{}", id.0) } else { new.title },
        pipeline: pipeline.id.clone(),
        stage,
        visit: 1,
        created: new.created.unwrap_or(now),
        updated: now,
        created_by: by,
        updated_by: by,
        moved: None,
        moved_by: by,
        total: zero,
        total_by: TotalBy::Lines,
        paid: zero,
        canceled: false,
        responsible: new.responsible,
        company: new.company,
        contacts: new.contacts,
        source: new.source,
        comments: new.comments,
        lines: lines(new.lines, new.currency, &[], 0)?.into(),
        payments: Vec::new(),
        shipments: Vec::new(),
        tags: new.tags,
        fields: new.fields,
        numbered: Numbered::default(),
    };
    order.count_numbers();
    if let Some(total) = new.total {
        set_total(&mut order, total, new.total_always)?;
    }
    order.recount()?;
    let mut event = about(&order, kind::ORDER_CREATED)
        .attr("pipeline", order.pipeline.0.as_str())
        .attr("stage", order.stage.0.as_str())
        .attr("source", order.source.clone())
        .attr("historical", new.historical);
    event.data = whole(None, Some(&order));
    Ok(Decision { order: Some(order), events: vec![event] })
}

/// `pipeline` is the order's, or that of [`OrderChange::to_pipeline`].
pub fn decide(
    before: &Order,
    change: OrderChange,
    pipeline: &Pipeline,
    touch: impl Into<Touch>,
) -> Result<Decision, Rejection> {
    let touch = touch.into();
    let mut order = before.clone();
    // Stored before numbers were remembered.
    if order.numbered == Numbered::default() {
        order.count_numbers();
    }
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
        OrderChange::Several { changes } => {
            for change in changes {
                alter(&mut order, change, pipeline, touch, &mut events)?;
            }
        }
        change => alter(&mut order, change, pipeline, touch, &mut events)?,
    }
    seal(before, order, events, touch)
}

fn alter(
    order: &mut Order,
    change: OrderChange,
    pipeline: &Pipeline,
    touch: Touch,
    events: &mut Vec<NewEvent>,
) -> Result<(), Rejection> {
    match change {
        OrderChange::MoveStage { .. } if order.pipeline != pipeline.id => return Err(two_pipelines()),
        OrderChange::MoveStage { stage } => move_stage(order, known_stage(pipeline, stage)?, events),
        OrderChange::MovePipeline { pipeline: to, stage } => {
            move_pipeline(order, &to, stage, pipeline, events)?
        }
        OrderChange::SetFields { fields } => {
            for (name, value) in fields {
                set_field(order, name, value)?;
            }
        }
        OrderChange::AppendFields { fields } => {
            for (name, value) in fields {
                let whole = appended(order.fields.get(&name), value);
                set_field(order, name, whole)?;
            }
        }
        OrderChange::AddTags { tags } => order.tags.extend(tags),
        OrderChange::SetResponsible { to } => order.responsible = to,
        OrderChange::SetSource { source } => order.source = source,
        OrderChange::SetClients { company, contacts } => {
            order.company = company;
            order.contacts = contacts;
        }
        OrderChange::SetLines { lines: new } => {
            order.lines = lines(new, order.total.currency, &order.lines, order.numbered.line)?.into();
            if order.total_by == TotalBy::Hand {
                order.total_by = TotalBy::Lines;
            }
            order.recount()?;
        }
        OrderChange::SetTotal { total: None, .. } => {
            order.total_by = TotalBy::Lines;
            order.recount()?;
        }
        OrderChange::SetTotal { total: Some(total), always } => set_total(order, total, always)?,
        OrderChange::SetCurrency { currency } => set_currency(order, currency)?,
        OrderChange::AddPayment { amount, system, paid } => {
            let id = add_payment(order, amount, system)?;
            events.push(about(order, kind::PAYMENT_ADDED).attr("payment", id.to_string()));
            if paid {
                pay(order, id, touch, events)?;
            }
        }
        OrderChange::Pay { payment: Some(id) } => pay(order, id, touch, events)?,
        OrderChange::Pay { payment: None } => pay_all(order, touch, events)?,
        OrderChange::Unpay { payment } => unpay(order, payment, events)?,
        OrderChange::EditPayment { payment, amount, system, attrs } => {
            edit_payment(order, payment, amount, system, attrs, events)?;
        }
        OrderChange::RemovePayment { payment } => remove_payment(order, payment, events)?,
        OrderChange::AddShipment { service } => add_shipment(order, service, events),
        OrderChange::AllowDelivery => {
            each_shipment(order, events, None, |shipment| {
                shipment.allowed = true;
                Ok(())
            })?;
        }
        OrderChange::MarkShipped => {
            each_shipment(order, events, None, |shipment| {
                shipment.shipped = true;
                Ok(())
            })?;
        }
        OrderChange::EditShipments { shipment, fields } => {
            each_shipment(order, events, shipment, |shipment| {
                fields.iter().try_for_each(|(name, value)| set_shipment_field(shipment, name, value))
            })?;
        }
        OrderChange::NoteShipment { shipment, attrs } => {
            let last = order.shipments.last().map(|shipment| shipment.id);
            let Some(id) = shipment.or(last) else {
                return Err(Rejection::invalid("shipment", "the order has none"));
            };
            each_shipment(order, events, Some(id), |shipment| {
                note(&mut shipment.attrs, &attrs);
                Ok(())
            })?;
        }
        OrderChange::RemoveShipment { shipment } => remove_shipment(order, shipment, events)?,
        OrderChange::Cancel { reason } => {
            if !order.canceled {
                order.canceled = true;
                events.push(about(order, kind::ORDER_CANCELED).attr("reason", reason));
            }
        }
        OrderChange::Restore => {
            if order.canceled {
                order.canceled = false;
                events.push(about(order, kind::ORDER_RESTORED));
            }
        }
        OrderChange::Delete => return Err(alone("a deletion")),
        OrderChange::Several { .. } => return Err(alone("several changes")),
    }
    order.count_numbers();
    Ok(())
}

fn two_pipelines() -> Rejection {
    Rejection::invalid("changes", "an order cannot be in two pipelines at once")
}

fn alone(what: &str) -> Rejection {
    Rejection::invalid("changes", format!("{what} cannot be one of several changes"))
}

/// Adds the events that follow from what differs, and counts the revision.
fn seal(
    before: &Order,
    mut order: Order,
    mut events: Vec<NewEvent>,
    touch: Touch,
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
    // What no other event tells.
    let mut own = vec!["title", "comments", "source", "tags"];
    if before.lines == order.lines {
        own.push("total");
    }
    own.retain(|part| changes.contains_key(*part));
    // What the total follows may change without it.
    if changes.contains_key("total_by") && !own.contains(&"total") && before.lines == order.lines {
        own.push("total");
    }
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
    order.updated = touch.at;
    order.updated_by = touch.by;
    if before.visit != order.visit {
        order.moved = Some(touch.at);
        order.moved_by = touch.by;
    }
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

fn stage_or_first(pipeline: &Pipeline, stage: Option<StageId>) -> Result<StageId, Rejection> {
    match stage {
        Some(stage) => known_stage(pipeline, stage),
        None => match pipeline.stages.first() {
            Some(first) => Ok(first.id.clone()),
            None => Err(Rejection::invalid("pipeline", "it has no stages")),
        },
    }
}

fn other_kind(pipeline: &Pipeline) -> Rejection {
    Rejection::invalid("pipeline", format!("`{}` is for the other kind of order", pipeline.id))
}

fn move_pipeline(
    order: &mut Order,
    to: &PipelineId,
    stage: Option<StageId>,
    pipeline: &Pipeline,
    events: &mut Vec<NewEvent>,
) -> Result<(), Rejection> {
    if pipeline.id != *to {
        return Err(two_pipelines());
    }
    if pipeline.kind != order.kind {
        return Err(other_kind(pipeline));
    }
    if order.pipeline == pipeline.id {
        if let Some(stage) = stage {
            move_stage(order, known_stage(pipeline, stage)?, events);
        }
        return Ok(());
    }
    let stage = stage_or_first(pipeline, stage)?;
    order.visit += 1;
    events.push(
        about(order, kind::PIPELINE_CHANGED)
            .attr("from-pipeline", order.pipeline.0.as_str())
            .attr("pipeline", pipeline.id.0.as_str())
            .attr("from", order.stage.0.as_str())
            .attr("to", stage.0.as_str()),
    );
    order.pipeline = pipeline.id.clone();
    order.stage = stage;
    Ok(())
}

fn move_stage(order: &mut Order, stage: StageId, events: &mut Vec<NewEvent>) {
    if stage == order.stage {
        return;
    }
    order.visit += 1;
    events.push(
        about(order, kind::STAGE_CHANGED)
            .attr("pipeline", order.pipeline.0.as_str())
            .attr("from", order.stage.0.as_str())
            .attr("to", stage.0.as_str()),
    );
    order.stage = stage;
}

/// Null empties.
fn note(attrs: &mut Fields, new: &Fields) {
    for (name, value) in new {
        match value {
            Value::Null => attrs.remove(name),
            value => attrs.insert(name.clone(), value.clone()),
        };
    }
}

fn set_total(order: &mut Order, total: Money, always: bool) -> Result<(), Rejection> {
    must_be_of(order, total)?;
    order.total = total;
    order.total_by = if always { TotalBy::HandAlways } else { TotalBy::Hand };
    Ok(())
}

fn must_be_of(order: &Order, amount: Money) -> Result<(), Rejection> {
    if amount.currency == order.total.currency {
        return Ok(());
    }
    let [ours, theirs] = [order.total, amount].map(|money| money.currency.as_str().to_owned());
    Err(MoneyError::Mixed(ours, theirs).into())
}

fn set_currency(order: &mut Order, currency: crate::Currency) -> Result<(), Rejection> {
    if currency == order.total.currency {
        return Ok(());
    }
    if !order.payments.is_empty() {
        let message = "the order has payments in its own: remove them first";
        return Err(Rejection::invalid("currency", message));
    }
    let relabelled = |money: Money| Money { currency, ..money };
    order.total = relabelled(order.total);
    order.paid = relabelled(order.paid);
    let lines = order.lines.iter().cloned().map(|line| OrderLine {
        unit_price: relabelled(line.unit_price),
        total: relabelled(line.total),
        ..line
    });
    order.lines = lines.collect();
    Ok(())
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
