//! Store orders. `statusId` is a stage of the order's own pipeline.

use std::collections::BTreeMap;

use rulewright_domain::{
    ClientId, Command, Currency, EmployeeId, NewOrder, Order, OrderChange, OrderKind, Pipeline, Rejection,
    ShopConfig, StageId, StageKind,
    find::{self, Direction, Test},
};
use rulewright_engine::Refusal;
use rulewright_ports::storage::Find;
use serde_json::{Value, json};

use super::{
    id, must_have,
    order_row::{self, FIELDS},
    payment, scan, shipment, store_order,
    table::{self, Field},
    wrapped,
};
use crate::{
    call::{Answer, Call, Outcome, PAGE},
    fault::Fault,
    filter::{self, Nesting, Op},
    funnel,
    methods::parts::{self, Known, Marks},
    order, scalar,
    seek::{Holds, Row, Unknown, kind, matching, not_in_order, test, translated},
    select::Select,
};

pub async fn add(call: Call) -> Outcome {
    let fields = parts::fields(&call)?;
    must_have(&fields, &["lid", "personTypeId", "currency"])?;
    let config = call.config().await?;
    let zone = config.shop.time_zone.clone();
    let pipelines = funnel::pipelines(&config, OrderKind::Order);
    let pipeline = pipelines.first().ok_or_else(|| {
        Fault::coded("0", "The shop has no pipeline for store orders: make one first, with crm.category.add")
    })?;
    let currency = parts::text(&fields, "currency")?.unwrap_or_default();
    let currency = Currency::parse(&currency).map_err(|error| Fault::coded("0", error.to_string()))?;
    let mut kept = table::keep(FIELDS, &fields, &zone)?;
    table::mark(&mut kept, call.now());
    kept.retain(|_, value| !value.is_null());
    let (company, contacts) = clients(&fields)?.unwrap_or_default();
    let created = match parts::given(&fields, "dateInsert") {
        Some(value) => Some(table::date("dateInsert", value, &zone)?),
        None => None,
    };
    let stage = match parts::text(&fields, "statusId")? {
        Some(status) => Some(stage(pipeline, &status)?),
        None => None,
    };
    let new = NewOrder {
        kind: OrderKind::Order,
        number: None,
        title: parts::text(&fields, "orderTopic")?.unwrap_or_default(),
        pipeline: pipeline.id.clone(),
        stage,
        currency,
        lines: Vec::new(),
        responsible: responsible(&fields)?.flatten(),
        company,
        contacts,
        source: None,
        comments: parts::text(&fields, "comments")?.unwrap_or_default(),
        tags: Default::default(),
        fields: kept,
        historical: false,
        created,
        total: parts::money(&fields, "price", rulewright_domain::Money::zero(currency))?,
        total_always: false,
    };
    let (marks, shop) = (flags(&fields)?, call.shop());
    // What can only be said of an order that is there.
    let receipt = call.execute_then(Command::CreateOrder(new), move |receipt, reads| {
        let Some(id) = receipt.order else { return Ok(Vec::new()) };
        let changes = reads.order(shop, id)?.map(|order| marks.changes(&order)).unwrap_or_default();
        let change = parts::together(changes).into_iter();
        Ok(change.map(|change| Command::ChangeOrder { id, expected: None, change }).collect())
    });
    let id = receipt.await.map_err(parts::other)?.order.ok_or_else(not_found)?;
    let order = parts::order(&call, id).await?.ok_or_else(not_found)?;
    answer(&call, &order).await
}

pub async fn update(call: Call) -> Outcome {
    let id = id(&call)?;
    let fields = parts::fields(&call)?;
    let config = call.config().await?;
    let zone = config.shop.time_zone.clone();
    let mut kept = table::keep(FIELDS, &fields, &zone)?;
    // Set once.
    for field in
        FIELDS.iter().filter(|field| matches!(field.rule, table::Rule::Given | table::Rule::Immutable))
    {
        kept.remove(&field.key());
    }
    table::mark(&mut kept, call.now());
    for (ours, theirs) in [("title", "orderTopic"), ("comments", "comments")] {
        if let Some(value) = parts::field(&fields, theirs) {
            kept.insert(ours.to_owned(), json!(scalar::text(value).unwrap_or_default()));
        }
    }
    let (responsible, clients, flags) = (responsible(&fields)?, clients(&fields)?, flags(&fields)?);
    let status = parts::text(&fields, "statusId")?;
    store_order(&call, id, unknown).await?;
    let order = parts::change(&call, rulewright_domain::OrderId(id), unknown, |order| {
        super::must_be_of_store(order, unknown)?;
        let mut changes = Vec::new();
        if !kept.is_empty() {
            changes.push(OrderChange::SetFields { fields: kept.clone() });
        }
        if let Some(total) = parts::money(&fields, "price", order.total)? {
            changes.push(OrderChange::SetTotal { total: Some(total), always: false });
        }
        if let Some(to) = responsible {
            changes.push(OrderChange::SetResponsible { to });
        }
        if let Some((company, contacts)) = &clients {
            changes.push(OrderChange::SetClients { company: *company, contacts: contacts.clone() });
        }
        changes.extend(flags.changes(order));
        if let Some(status) = &status {
            changes.push(OrderChange::MoveStage { stage: stage(own_pipeline(&config, order)?, status)? });
        }
        Ok(changes)
    });
    answer(&call, &*order.await?).await
}

pub async fn delete(call: Call) -> Outcome {
    let id = id(&call)?;
    let order = store_order(&call, id, unknown).await?;
    let change = Command::ChangeOrder { id: order.id, expected: None, change: OrderChange::Delete };
    match call.attempt(call.asked().key, change).await {
        Ok(_) => Ok(Answer::of(true)),
        Err(Refusal::Rejected(Rejection::Paid { .. })) => Err(Fault::coded(
            "SALE_ORDER_CANCEL_PAYMENT_EXIST_ACTIVE",
            "The order has active payments: take them back first, or cancel the order instead",
        )),
        Err(refusal) => Err(parts::other(refusal)),
    }
}

pub async fn get(call: Call) -> Outcome {
    let order = store_order(&call, id(&call)?, not_found).await?;
    let config = call.config().await?;
    let zone = config.shop.time_zone.clone();
    let marks = Marks::of(&call, vec![order.id]).await?;
    let known = Known::of(&call).await?;
    let mut row = order_row::row(&order, &marks, &zone);
    let basket: Vec<Value> = order.lines.iter().map(|line| order_row::basket_item(&order, line)).collect();
    let payments: Vec<Row> =
        order.payments.iter().map(|one| payment::row(&order, one, &known, &marks, &zone)).collect();
    let shipments: Vec<Row> =
        order.shipments.iter().map(|one| shipment::row(&order, one, &known, &marks, &zone)).collect();
    for (name, value) in [
        ("basketItems", json!(basket)),
        ("clients", json!(order_row::clients(&order))),
        ("payments", json!(payments)),
        ("propertyValues", json!([])),
        ("requisiteLink", json!([])),
        ("shipments", json!(shipments)),
        ("tradeBindings", json!([])),
    ] {
        row.insert(name.to_owned(), value);
    }
    Ok(Answer::of(wrapped("order", Value::Object(row))))
}

pub async fn get_fields(_: Call) -> Outcome {
    Ok(Answer::of(wrapped("order", table::described(FIELDS))))
}

pub async fn list(call: Call) -> Outcome {
    let filter = filter::parse(call.params.node("filter"), Nesting::Nested)?;
    let sorts = order::strict(&call.params.pairs("order"))?;
    let select = Select::parse(&call.params.list("select"));
    let zone = call.config().await?.shop.time_zone.clone();
    let (shop, start) = (call.shop(), call.params.start());
    let mut stored = true;
    let wanted = translated(&filter, Unknown::Refused, &mut |name, op, value| {
        let Some(field) = table::find(FIELDS, name) else { return Ok(None) };
        let meant = meaning(field, op, value, &zone);
        stored &= meant.is_some();
        Ok(Some(meant.unwrap_or(find::Filter::All(Vec::new()))))
    })?;
    let mut by = Vec::new();
    for sort in &sorts {
        let field = table::find(FIELDS, &sort.field).ok_or_else(|| not_in_order(&sort.field))?;
        let direction = if sort.descending { Direction::Down } else { Direction::Up };
        match place(field) {
            Some(place) => by.push((place, direction)),
            None => stored = false,
        }
    }
    let shown = |rows: Vec<Row>| -> Vec<Value> {
        rows.into_iter().map(|row| table::selected(row, &select)).collect()
    };
    if !stored {
        // About what only the whole order tells, such as whether it is paid.
        let rows = scan::orders(&call, find::Filter::All(Vec::new())).await?;
        let marks = Marks::of(&call, canceled(&rows)).await?;
        let rows = rows.iter().map(|order| order_row::row(order, &marks, &zone)).collect();
        let rows = matching(rows, &table::columns(FIELDS), (&filter, &sorts), Unknown::Refused, &zone)?;
        let (page, total) = scan::page(rows, start);
        return Ok(Answer::page(wrapped("orders", json!(shown(page))), start, total));
    }
    let find = Find {
        filter: wanted,
        order: by,
        offset: u64::try_from(start).unwrap_or(0),
        limit: u32::try_from(PAGE).unwrap_or(u32::MAX),
        count: start >= 0,
    };
    find.check().map_err(|wrong| Fault::coded("INVALID_ARG_VALUE", format!("Invalid filter: {wrong}")))?;
    let found = call.read(move |reads| Ok(reads.find_orders(shop, Some(OrderKind::Order), &find)?)).await?;
    let marks = Marks::of(&call, canceled(&found.rows)).await?;
    let rows = found.rows.iter().map(|order| order_row::row(order, &marks, &zone)).collect();
    Ok(Answer::page(wrapped("orders", json!(shown(rows))), start, found.total.unwrap_or_default()))
}

/// Of whom it matters when, and by whom.
fn canceled(orders: &[Order]) -> Vec<rulewright_domain::OrderId> {
    orders.iter().filter(|order| order.canceled).map(|order| order.id).collect()
}

async fn answer(call: &Call, order: &Order) -> Outcome {
    let zone = call.config().await?.shop.time_zone.clone();
    let marks = Marks::of(call, vec![order.id]).await?;
    let mut row = order_row::row(order, &marks, &zone);
    row.insert("clients".to_owned(), json!(order_row::clients(order)));
    row.insert("requisiteLink".to_owned(), json!([]));
    Ok(Answer::of(wrapped("order", Value::Object(row))))
}

fn not_found() -> Fault {
    Fault::coded("201240400001", "Order not found")
}

/// Of an order that was to be changed.
fn unknown() -> Fault {
    Fault::coded("200540400001", "Order not found")
}

fn own_pipeline<'c>(config: &'c ShopConfig, order: &Order) -> Result<&'c Pipeline, Fault> {
    config.pipelines.get(&order.pipeline).ok_or_else(not_found)
}

/// `N` and `F`, which every such client knows, are the first stage and the won one where none is called so.
pub fn stage(pipeline: &Pipeline, status: &str) -> Result<StageId, Fault> {
    let own = pipeline.stages.iter().find(|stage| stage.id.0 == status);
    let usual = || match status {
        "N" => pipeline.stages.first(),
        "F" => pipeline.stages.iter().find(|stage| stage.kind == StageKind::Won),
        _ => None,
    };
    own.or_else(usual).map(|stage| stage.id.clone()).ok_or_else(|| {
        let known: Vec<&str> = pipeline.stages.iter().map(|stage| stage.id.0.as_str()).collect();
        Fault::coded("0", format!("Invalid value of field 'statusId': the order can be {}", known.join(", ")))
    })
}

/// Within None: nobody.
fn responsible(fields: &parts::Fields) -> Result<Option<Option<EmployeeId>>, Fault> {
    if parts::field(fields, "responsibleId").is_none() {
        return Ok(None);
    }
    let id = parts::integer(fields, "responsibleId")?.filter(|id| *id != 0);
    Ok(Some(id.map(EmployeeId)))
}

type Clients = (Option<ClientId>, Vec<ClientId>);

/// As an order shows them: the primary contact first.
fn clients(fields: &parts::Fields) -> Result<Option<Clients>, Fault> {
    let Some(sent) = parts::field(fields, "clients") else { return Ok(None) };
    let wrong = || parts::invalid("clients", "a list of {entityTypeId: 3 or 4, entityId}");
    let items: Vec<&Value> = match sent {
        Value::Array(items) => items.iter().collect(),
        Value::Object(items) => items.values().collect(),
        empty if scalar::is_empty(empty) => Vec::new(),
        _ => return Err(wrong()),
    };
    let (mut company, mut contacts) = (None, Vec::new());
    for item in items {
        let item = item.as_object().ok_or_else(wrong)?;
        let id = ClientId(parts::integer(item, "entityId")?.ok_or_else(wrong)?);
        match parts::integer(item, "entityTypeId")? {
            Some(3) if parts::flag(item, "isPrimary")? == Some(true) => contacts.insert(0, id),
            Some(3) => contacts.push(id),
            Some(4) => company = Some(id),
            _ => return Err(wrong()),
        }
    }
    Ok(Some((company, contacts)))
}

/// What is done to an order by setting a flag of it.
struct Flags {
    canceled: Option<bool>,
    reason: Option<String>,
    payed: Option<bool>,
    deducted: Option<bool>,
}

fn flags(fields: &parts::Fields) -> Result<Flags, Fault> {
    Ok(Flags {
        canceled: parts::flag(fields, "canceled")?,
        reason: parts::text(fields, "reasonCanceled")?,
        payed: parts::flag(fields, "payed")?,
        deducted: parts::flag(fields, "deducted")?,
    })
}

impl Flags {
    fn changes(&self, order: &Order) -> Vec<OrderChange> {
        let mut changes = Vec::new();
        match self.canceled {
            Some(true) if !order.canceled => {
                changes.push(OrderChange::Cancel { reason: self.reason.clone() })
            }
            Some(false) if order.canceled => changes.push(OrderChange::Restore),
            _ => {}
        }
        match self.payed {
            Some(true) if !order.is_paid() => changes.push(OrderChange::Pay { payment: None }),
            Some(false) => {
                let paid = order.payments.iter().filter(|payment| payment.paid);
                changes.extend(paid.map(|payment| OrderChange::Unpay { payment: payment.id }));
            }
            _ => {}
        }
        if let Some(shipped) = self.deducted.filter(|shipped| *shipped != order_row::is_shipped(order)) {
            let fields = BTreeMap::from([("shipped".to_owned(), json!(shipped))]);
            changes.push(match shipped {
                true => OrderChange::MarkShipped,
                false => OrderChange::EditShipments { shipment: None, fields },
            });
        }
        changes
    }
}

/// Where a storage finds it. None: only the whole order tells.
fn place(field: &Field) -> Option<find::Field> {
    if field.kept {
        let kind = if field.holds() == Holds::Flag { find::Kind::Flag } else { kind(field.holds()) };
        return Some(find::Field::new(["fields".to_owned(), field.key()], kind));
    }
    Some(match field.name {
        "id" => find::Field::number(["id"]),
        "accountNumber" => find::Field::text(["number"]),
        "comments" => find::Field::text(["comments"]),
        "currency" => find::Field::text(["total", "currency"]),
        "dateInsert" => find::Field::moment(["created"]),
        "dateUpdate" => find::Field::moment(["updated"]),
        "dateMarked" => find::Field::moment(["fields", "marked-at"]),
        "empStatusId" => find::Field::number(["moved_by"]),
        "orderTopic" => find::Field::text(["title"]),
        "price" => find::Field::number(["total", "amount"]),
        "responsibleId" => find::Field::number(["responsible"]),
        "statusId" => find::Field::text(["stage"]),
        "version" => find::Field::number(["revision"]),
        _ => return None,
    })
}

fn meaning(field: &Field, op: Op, value: &Value, zone: &str) -> Option<find::Filter> {
    // Defaults that are not stored are found among the rows.
    if matches!(field.name, "lid" | "personTypeId") {
        return None;
    }
    if field.kept {
        return Some(field.kept_is("fields", op, value, zone));
    }
    if field.name == "canceled" {
        let flag = scalar::flag(value).filter(|_| op == Op::Equal)?;
        return Some(find::Field::flag(["canceled"]).is(Test::Equal(flag.into())));
    }
    Some(place(field)?.is(test(op, value, field.holds(), zone)))
}
