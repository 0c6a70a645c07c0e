//! Deals and a store's orders by `crm.item.*`: the only way to another funnel.

use rulewright_domain::{Command, Order, OrderChange, OrderKind, StageId};
use serde_json::{Value, json};

use super::{
    deal::{Changes, change, found, remove},
    deal_table::{DEALS, ORDERS},
    deal_write::Wanted,
    item::{Items, not_found, sent_fields},
};
use crate::{
    call::{Answer, Call, Outcome},
    entity::{Entity, Scene, Style, list::Listed, not_valid_named, row::Shape, user},
    fault::Fault,
    funnel,
};

type Orders = &'static Entity<Order>;

pub(crate) const DEAL_ITEMS: Items = Items {
    type_id: super::deal_table::DEAL,
    add: |call| Box::pin(add(call, &DEALS)),
    get: |call| Box::pin(get(call, &DEALS)),
    list: |call| Box::pin(list(call, &DEALS)),
    update: |call| Box::pin(update(call, &DEALS)),
    delete: |call| Box::pin(delete(call, &DEALS)),
    fields: |call| Box::pin(fields(call, &DEALS)),
};

pub(crate) const ORDER_ITEMS: Items = Items {
    type_id: super::deal_table::ORDER,
    add: |call| Box::pin(add(call, &ORDERS)),
    get: |call| Box::pin(get(call, &ORDERS)),
    list: |call| Box::pin(list(call, &ORDERS)),
    update: |call| Box::pin(update(call, &ORDERS)),
    delete: |call| Box::pin(delete(call, &ORDERS)),
    fields: |call| Box::pin(fields(call, &ORDERS)),
};

fn kind(entity: Orders) -> OrderKind {
    entity.kind.unwrap_or(OrderKind::Deal)
}

async fn add(call: Call, entity: Orders) -> Outcome {
    let fields = sent_fields(&call)?;
    let scene = Scene::of(&call, entity.code).await?;
    let fields = user::received(&call, &scene, Style::Universal, fields, None).await?;
    let wanted = Wanted::read(entity, &fields, Style::Universal, &scene)?;
    wanted.check_clients(&call, entity, Style::Universal).await?;
    let new = wanted.create(entity, Style::Universal, &scene, call.caller.employee, call.now())?;
    let created = call.execute(Command::CreateOrder(new)).await?;
    item(&call, entity, &scene, created.order.map_or(0, |order| order.0)).await
}

async fn get(call: Call, entity: Orders) -> Outcome {
    let id = call.params.required_id("id")?;
    let scene = Scene::of(&call, entity.code).await?;
    item(&call, entity, &scene, id).await
}

async fn item(call: &Call, entity: Orders, scene: &Scene, id: i64) -> Outcome {
    let original = call.params.flag("useOriginalUfNames")?.unwrap_or(false);
    let order = found(call, kind(entity), id).await?.ok_or_else(not_found)?;
    Ok(Answer::of(json!({ "item": entity.row(&order, scene, &Shape::whole(Style::Universal, original)) })))
}

async fn list(call: Call, entity: Orders) -> Outcome {
    let scene = Scene::of(&call, entity.code).await?;
    let Listed { find, shape, start } = entity.listed(&call, &scene, Style::Universal)?;
    let (shop, kind) = (call.shop(), kind(entity));
    let found = call.read(move |reads| Ok(reads.find_orders(shop, Some(kind), &find)?)).await?;
    let rows: Vec<Value> = found.rows.iter().map(|order| entity.row(order, &scene, &shape)).collect();
    Ok(Answer::page(json!({ "items": rows }), start, found.total.unwrap_or_default()))
}

async fn update(call: Call, entity: Orders) -> Outcome {
    let id = call.params.required_id("id")?;
    let fields = sent_fields(&call)?;
    let before = found(&call, kind(entity), id).await?.ok_or_else(not_found)?;
    let scene = Scene::of(&call, entity.code).await?;
    let fields = user::received(&call, &scene, Style::Universal, fields, Some(&before.fields)).await?;
    let wanted = || Wanted::read(entity, &fields, Style::Universal, &scene);
    wanted()?.check_clients(&call, entity, Style::Universal).await?;
    change(&call, kind(entity), id, not_found, |order| {
        let wanted = wanted()?;
        let moved = moved(&wanted, order, kind(entity), &scene)?;
        let mut changes = wanted.changes(order);
        // The last thing, so that what starts on the stage sees all of it.
        changes.extend(moved);
        Ok(Changes::These(changes))
    })
    .await?;
    item(&call, entity, &scene, id).await
}

/// Where the order goes: to a stage of its funnel, or to another funnel.
fn moved(
    wanted: &Wanted,
    order: &Order,
    kind: OrderKind,
    scene: &Scene,
) -> Result<Option<OrderChange>, Fault> {
    let here = scene.config.pipelines.get(&order.pipeline);
    let to = match wanted.category {
        Some(category) => {
            let there = funnel::by_number(&scene.config, kind, category);
            Some(there.ok_or_else(|| not_valid_named("categoryId"))?)
        }
        None => here,
    };
    let stage: Option<StageId> = match &wanted.stage {
        Some(code) => {
            let stage = to.and_then(|to| funnel::stage(to, code));
            Some(stage.ok_or_else(|| not_valid_named("stageId"))?.id.clone())
        }
        None => None,
    };
    Ok(match (to, stage) {
        (Some(to), stage) if to.id != order.pipeline => {
            Some(OrderChange::MovePipeline { pipeline: to.id.clone(), stage })
        }
        (_, Some(stage)) => Some(OrderChange::MoveStage { stage }),
        _ => None,
    })
}

async fn delete(call: Call, entity: Orders) -> Outcome {
    let id = call.params.required_id("id")?;
    remove(&call, kind(entity), id, not_found).await?;
    Ok(Answer::of(json!([])))
}

async fn fields(call: Call, entity: Orders) -> Outcome {
    let original = call.params.flag("useOriginalUfNames")?.unwrap_or(false);
    let scene = Scene::of(&call, entity.code).await?;
    Ok(Answer::of(json!({ "fields": entity.describe(Style::Universal, original, &scene) })))
}
