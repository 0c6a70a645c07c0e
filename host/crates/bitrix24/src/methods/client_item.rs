//! Contacts and companies by `crm.item.*`.

use serde_json::json;

use super::{
    client::{COMPANY, CONTACT, Family},
    client_write::Origin,
    item::{Items, not_found, sent_fields},
};
use crate::{
    call::{Answer, Call, Outcome},
    entity::{Scene, Style, row::Shape},
};

pub(crate) const CONTACT_ITEMS: Items = Items {
    type_id: super::client_table::CONTACT,
    add: |call| Box::pin(add(call, &CONTACT)),
    get: |call| Box::pin(get(call, &CONTACT)),
    list: |call| Box::pin(list(call, &CONTACT)),
    update: |call| Box::pin(update(call, &CONTACT)),
    delete: |call| Box::pin(delete(call, &CONTACT)),
    fields: |call| Box::pin(fields(call, &CONTACT)),
};

pub(crate) const COMPANY_ITEMS: Items = Items {
    type_id: super::client_table::COMPANY,
    add: |call| Box::pin(add(call, &COMPANY)),
    get: |call| Box::pin(get(call, &COMPANY)),
    list: |call| Box::pin(list(call, &COMPANY)),
    update: |call| Box::pin(update(call, &COMPANY)),
    delete: |call| Box::pin(delete(call, &COMPANY)),
    fields: |call| Box::pin(fields(call, &COMPANY)),
};

async fn add(call: Call, family: &'static Family) -> Outcome {
    let fields = sent_fields(&call)?;
    let scene = Scene::of(&call, family.entity.code).await?;
    let id = family.create(&call, &fields, Style::Universal, &scene, Origin::default()).await?;
    item(&call, family, &scene, id.0).await
}

async fn get(call: Call, family: &'static Family) -> Outcome {
    let id = call.params.required_id("id")?;
    let scene = Scene::of(&call, family.entity.code).await?;
    item(&call, family, &scene, id).await
}

async fn item(call: &Call, family: &'static Family, scene: &Scene, id: i64) -> Outcome {
    let original = call.params.flag("useOriginalUfNames")?.unwrap_or(false);
    let client = family.find(call, id).await?.ok_or_else(not_found)?;
    let shape = Shape::whole(Style::Universal, original);
    Ok(Answer::of(json!({ "item": family.row(client, scene, &shape) })))
}

async fn list(call: Call, family: &'static Family) -> Outcome {
    let scene = Scene::of(&call, family.entity.code).await?;
    let (rows, start, total) = family.found(&call, &scene, Style::Universal).await?;
    Ok(Answer::page(json!({ "items": rows }), start, total))
}

async fn update(call: Call, family: &'static Family) -> Outcome {
    let id = call.params.required_id("id")?;
    let fields = sent_fields(&call)?;
    let before = family.find(&call, id).await?.ok_or_else(not_found)?;
    let scene = Scene::of(&call, family.entity.code).await?;
    family.change(&call, &before, &fields, Style::Universal, &scene).await?;
    item(&call, family, &scene, id).await
}

async fn delete(call: Call, family: &'static Family) -> Outcome {
    let id = call.params.required_id("id")?;
    family.remove(&call, id, not_found).await?;
    Ok(Answer::of(json!([])))
}

async fn fields(call: Call, family: &'static Family) -> Outcome {
    let original = call.params.flag("useOriginalUfNames")?.unwrap_or(false);
    let scene = Scene::of(&call, family.entity.code).await?;
    Ok(Answer::of(json!({ "fields": family.entity.describe(Style::Universal, original, &scene) })))
}
