//! `crm.deal.*`: deals one by one and in lists.

use std::sync::Arc;

use rulewright_domain::{Command, Order, OrderChange, OrderId, OrderKind, Rejection};
use rulewright_engine::{Key, Receipt, Refusal};
use rulewright_ports::storage::order_or_template;

use super::{
    deal_recurring::{asks_for_templates, templates},
    deal_table::DEALS,
    deal_write::Wanted,
};
use crate::{
    call::{Answer, Call, Outcome},
    entity::{Scene, Style, list::Listed, row::Shape, user},
    fault::Fault,
    funnel,
    method::{Method, method},
};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.deal.add", "crm", add),
    method!("crm.deal.get", "crm", get),
    method!("crm.deal.list", "crm", list),
    method!("crm.deal.update", "crm", update),
    method!("crm.deal.delete", "crm", delete),
    method!("crm.deal.fields", "crm", fields),
];

/// Somebody else may have changed it between reading and writing: then it is read again.
const TRIES: usize = 8;

async fn add(call: Call) -> Outcome {
    call.params.maybe_map("params")?;
    let fields = call.params.map("fields")?;
    let scene = Scene::of(&call, DEALS.code).await?;
    let fields = user::received(&call, &scene, Style::Classic, fields, None).await?;
    let wanted = Wanted::read(&DEALS, &fields, Style::Classic, &scene)?;
    wanted.check_clients(&call, &DEALS, Style::Classic).await?;
    let new = wanted.create(&DEALS, Style::Classic, &scene, call.caller.employee, call.now())?;
    let created = call.execute(Command::CreateOrder(new)).await?;
    Ok(Answer::of(created.order.map(|order| order.0)))
}

async fn get(call: Call) -> Outcome {
    let order = existing(&call, call.params.id("id")?).await?;
    let scene = Scene::of(&call, DEALS.code).await?;
    Ok(Answer::of(DEALS.row(&order, &scene, &Shape::whole(Style::Classic, false))))
}

async fn list(call: Call) -> Outcome {
    let scene = Scene::of(&call, DEALS.code).await?;
    let Listed { find, shape, start } = DEALS.listed(&call, &scene, Style::Classic)?;
    let shop = call.shop();
    if asks_for_templates(&call)? {
        return templates(&call, &find, start, |order| DEALS.row(order, &scene, &shape)).await;
    }
    let found = call.read(move |reads| Ok(reads.find_orders(shop, Some(OrderKind::Deal), &find)?)).await?;
    let rows: Vec<_> = found.rows.iter().map(|order| DEALS.row(order, &scene, &shape)).collect();
    Ok(Answer::page(rows, start, found.total.unwrap_or_default()))
}

async fn update(call: Call) -> Outcome {
    call.params.maybe_map("params")?;
    let id = call.params.id("id")?;
    let before = existing(&call, id).await?;
    let fields = call.params.map("fields")?;
    let scene = Scene::of(&call, DEALS.code).await?;
    let fields = user::received(&call, &scene, Style::Classic, fields, Some(&before.fields)).await?;
    Wanted::read(&DEALS, &fields, Style::Classic, &scene)?
        .check_clients(&call, &DEALS, Style::Classic)
        .await?;
    let changed = change(&call, OrderKind::Deal, id, not_found, |order| {
        let wanted = Wanted::read(&DEALS, &fields, Style::Classic, &scene)?;
        let mut changes = Vec::new();
        if let Some(code) = &wanted.stage {
            let pipeline = scene.config.pipelines.get(&order.pipeline);
            match pipeline.and_then(|pipeline| funnel::stage(pipeline, code)) {
                // Nothing of the whole call is done, and the answer is the same: only this tells.
                None => return Ok(Changes::Foreign),
                Some(stage) => changes.push(OrderChange::MoveStage { stage: stage.id.clone() }),
            }
        }
        // A move is the last thing, so that what starts on the stage sees all of it.
        let mut all = wanted.changes(order);
        all.append(&mut changes);
        Ok(Changes::These(all))
    })
    .await?;
    Ok(match changed {
        Changed::Foreign => Answer::of(true).warning("stage-not-in-funnel"),
        Changed::Done(_) => Answer::of(true),
    })
}

/// With what belongs to it: the engine's to do.
async fn delete(call: Call) -> Outcome {
    remove(&call, OrderKind::Deal, call.params.id("id")?, not_found).await?;
    Ok(Answer::of(true))
}

async fn fields(call: Call) -> Outcome {
    let scene = Scene::of(&call, DEALS.code).await?;
    Ok(Answer::of(DEALS.describe(Style::Classic, false, &scene)))
}

pub(crate) async fn found(call: &Call, kind: OrderKind, id: i64) -> Result<Option<Arc<Order>>, Fault> {
    let shop = call.shop();
    let order = call.read(move |reads| Ok(order_or_template(reads, shop, OrderId(id))?)).await?;
    Ok(order.filter(|order| order.kind == kind))
}

async fn existing(call: &Call, id: i64) -> Result<Arc<Order>, Fault> {
    found(call, OrderKind::Deal, id).await?.ok_or_else(not_found)
}

fn not_found() -> Fault {
    Fault::classic("Not found")
}

/// What is to be done to an order, seen as it is.
pub(crate) enum Changes {
    These(Vec<OrderChange>),
    /// Nothing, because a stage of another funnel was asked for.
    Foreign,
}

pub(crate) enum Changed {
    /// None: everything was so already, and nothing happened.
    Done(Option<Receipt>),
    Foreign,
}

/// Decides on the order as it is, and does it as one command. `missing`: what to say where there is none.
pub(crate) async fn change(
    call: &Call,
    kind: OrderKind,
    id: i64,
    missing: fn() -> Fault,
    decide: impl Fn(&Order) -> Result<Changes, Fault> + Send,
) -> Result<Changed, Fault> {
    let key: Option<Key> = call.asked().key;
    let mut tries = 0;
    loop {
        tries += 1;
        let order = found(call, kind, id).await?.ok_or_else(missing)?;
        let mut changes = match decide(&order)? {
            Changes::Foreign => return Ok(Changed::Foreign),
            Changes::These(changes) => changes,
        };
        let change = match changes.len() {
            // Whoever repeats a request is answered as the first time: only the key knows whether that did something.
            0 if key.is_none() => return Ok(Changed::Done(None)),
            1 => changes.swap_remove(0),
            _ => OrderChange::Several { changes },
        };
        let command = Command::ChangeOrder { id: OrderId(id), expected: Some(order.revision), change };
        match call.attempt(key.clone(), command).await {
            Ok(receipt) => {
                return Ok(Changed::Done(Some(receipt).filter(|receipt| !receipt.events.is_empty())));
            }
            Err(Refusal::Rejected(Rejection::Conflict { .. })) if tries < TRIES => {}
            Err(refusal) => return Err(refusal.into()),
        }
    }
}

/// `missing`: what to say where there is none.
pub(crate) async fn remove(
    call: &Call,
    kind: OrderKind,
    id: i64,
    missing: fn() -> Fault,
) -> Result<(), Fault> {
    let (shop, key, id) = (call.shop(), call.asked().key, OrderId(id));
    let order = call.read(move |reads| Ok(order_or_template(reads, shop, id)?)).await?;
    // A repeated request is answered as the first time, although there is nothing any more.
    if order.as_ref().map_or(key.is_none(), |order| order.kind != kind) {
        return Err(missing());
    }
    let command = Command::ChangeOrder { id, expected: None, change: OrderChange::Delete };
    match call.attempt(key, command).await {
        Ok(_) => Ok(()),
        Err(Refusal::Rejected(Rejection::NotFound { .. })) => Err(missing()),
        Err(refusal) => Err(refusal.into()),
    }
}
