//! Pipelines as funnels. Ids are their numbers.

use rulewright_domain::{OrderKind, Pipeline, ShopConfig};
use rulewright_engine::Refusal;
use serde_json::{Map, Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    classic,
    fault::Fault,
    funnel,
    method::{Method, method},
    scalar,
};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.category.add", "crm", add),
    method!("crm.category.delete", "crm", delete),
    method!("crm.category.fields", "crm", fields),
    method!("crm.category.get", "crm", get),
    method!("crm.category.list", "crm", list),
    method!("crm.category.update", "crm", update),
];

/// Of deals, and of store orders.
pub(crate) const DEAL: i64 = 2;
pub(crate) const ORDER: i64 = 14;

/// Where nobody has chosen a number to sort by.
const SORT: i64 = 500;

async fn add(call: Call) -> Outcome {
    let kind = entity(&call)?;
    let fields = given(&call)?;
    must_be_admin(&call)?;
    if is_default(&fields)? {
        let message = "Adding a system category is prohibited: the default funnel is the one with the id 0";
        return Err(Fault::coded("ADDING_DISABLED", message));
    }
    let mut pipeline = Pipeline::new("", "", kind, classic::stages());
    apply(&mut pipeline, &fields)?;
    if pipeline.name.trim().is_empty() {
        return Err(Fault::coded("0", "Field 'NAME' is required"));
    }
    let id = call.engine().add_pipeline(call.asked(), pipeline).await?;
    let config = call.config().await?;
    let added = config.pipelines.get(&id).ok_or_else(not_found)?;
    Ok(Answer::of(json!({ "category": row(added) })))
}

async fn update(call: Call) -> Outcome {
    let kind = entity(&call)?;
    let id = call.params.required_id("id")?;
    let fields = given(&call)?;
    must_be_admin(&call)?;
    let config = call.config().await?;
    let known = known(&config, kind, id)?;
    if is_default(&fields)? && funnel::number(known) != 0 {
        let message = "Default deal category cannot be changed: it is the one with the id 0";
        return Err(Fault::coded("0", message));
    }
    apply(&mut known.clone(), &fields)?;
    let patch = move |pipeline: &mut Pipeline| apply(pipeline, &fields).map_err(conflict);
    let pipeline = known.id.clone();
    call.engine().change_pipeline(call.asked(), pipeline.clone(), patch).await?;
    let config = call.config().await?;
    let changed = config.pipelines.get(&pipeline).ok_or_else(not_found)?;
    Ok(Answer::of(json!({ "category": row(changed) })))
}

async fn delete(call: Call) -> Outcome {
    let kind = entity(&call)?;
    let id = call.params.required_id("id")?;
    must_be_admin(&call)?;
    let config = call.config().await?;
    let known = known(&config, kind, id)?;
    if funnel::number(known) == 0 {
        return Err(Fault::coded("0", "Default deal category can not be deleted"));
    }
    let (shop, pipeline) = (call.shop(), known.id.clone());
    let counts = call.read(move |reads| Ok(reads.order_counts(shop)?)).await?;
    if counts.iter().any(|(of, _, orders)| *of == pipeline && *orders > 0) {
        let what = if kind == OrderKind::Deal { "Deals" } else { "Orders" };
        return Err(Fault::coded("0", format!("{what} related to the funnel {} found", known.name)));
    }
    call.engine().remove_pipeline(call.asked(), pipeline).await?;
    Ok(Answer::of(Value::Null))
}

async fn get(call: Call) -> Outcome {
    let kind = entity(&call)?;
    let id = call.params.required_id("id")?;
    let config = call.config().await?;
    Ok(Answer::of(json!({ "category": row(known(&config, kind, id)?) })))
}

/// On one page: a client of this method knows no other.
async fn list(call: Call) -> Outcome {
    let kind = entity(&call)?;
    let config = call.config().await?;
    let mut pipelines = funnel::pipelines(&config, kind);
    pipelines.sort_by_key(|pipeline| (sort(pipeline), funnel::number(pipeline)));
    let rows: Vec<Value> = pipelines.into_iter().map(row).collect();
    let total = u64::try_from(rows.len()).ok();
    Ok(Answer { total, ..Answer::of(json!({ "categories": rows })) })
}

async fn fields(call: Call) -> Outcome {
    entity(&call)?;
    let field = |name: &str, kind: &str, required: bool, read_only: bool| {
        json!({
            "type": kind,
            "isRequired": required,
            "isReadOnly": read_only,
            "isImmutable": false,
            "isMultiple": false,
            "isDynamic": false,
            "title": name,
            "upperName": name,
        })
    };
    Ok(Answer::of(json!({
        "fields": {
            "id": field("ID", "integer", false, true),
            "name": field("NAME", "string", false, false),
            "sort": field("SORT", "integer", false, false),
            "entityTypeId": field("ENTITY_TYPE_ID", "integer", true, true),
            "isDefault": field("IS_DEFAULT", "boolean", false, true),
            "originId": field("ORIGIN_ID", "string", false, false),
            "originatorId": field("ORIGINATOR_ID", "string", false, false),
        },
    })))
}

/// Which orders' funnels are meant.
fn entity(call: &Call) -> Result<OrderKind, Fault> {
    match call.params.required_id("entityTypeId")? {
        DEAL => Ok(OrderKind::Deal),
        ORDER => Ok(OrderKind::Order),
        other => match type_name(other) {
            Some(name) => {
                let message = format!(
                    "Entity type `{name}` is not supported: deals (2) and store orders (14) have funnels here"
                );
                Err(Fault::coded("ENTITY_TYPE_NOT_SUPPORTED", message))
            }
            None => Err(Fault::coded("NOT_FOUND", "SPA not found")),
        },
    }
}

/// Of the types that clients know without asking.
pub(crate) fn type_name(entity_type: i64) -> Option<&'static str> {
    Some(match entity_type {
        1 => "LEAD",
        2 => "DEAL",
        3 => "CONTACT",
        4 => "COMPANY",
        5 => "INVOICE",
        7 => "QUOTE",
        8 => "REQUISITE",
        14 => "ORDER",
        31 => "SMART_INVOICE",
        36 => "SMART_DOCUMENT",
        _ => return None,
    })
}

fn known(config: &ShopConfig, kind: OrderKind, id: i64) -> Result<&Pipeline, Fault> {
    funnel::by_number(config, kind, id).ok_or_else(not_found)
}

fn not_found() -> Fault {
    Fault::coded("NOT_FOUND", "Element not found")
}

pub(crate) fn conflict(fault: Fault) -> Refusal {
    Refusal::Conflict { message: fault.description }
}

fn must_be_admin(call: &Call) -> Result<(), Fault> {
    call.caller.must_be_admin().map_err(|_| Fault::coded("ACCESS_DENIED", "Access denied"))
}

fn given(call: &Call) -> Result<Map<String, Value>, Fault> {
    if !call.params.has("fields") {
        return Err(Fault::missing("fields"));
    }
    call.params.map("fields")
}

/// In either spelling.
fn value<'f>(fields: &'f Map<String, Value>, name: &str) -> Option<&'f Value> {
    let found = fields.iter().find(|(key, _)| crate::seek::same_name(key, name));
    found.map(|(_, value)| value)
}

fn is_default(fields: &Map<String, Value>) -> Result<bool, Fault> {
    match value(fields, "isDefault").filter(|value| !scalar::is_empty(value)) {
        None => Ok(false),
        Some(value) => scalar::flag(value).ok_or_else(|| invalid("isDefault", "Y or N")),
    }
}

fn apply(pipeline: &mut Pipeline, fields: &Map<String, Value>) -> Result<(), Fault> {
    if let Some(name) = value(fields, "name") {
        let name = scalar::text(name).filter(|name| !name.trim().is_empty());
        pipeline.name = name.ok_or_else(|| Fault::coded("0", "Field 'NAME' is required"))?;
    }
    if let Some(sort) = value(fields, "sort").filter(|value| !scalar::is_empty(value)) {
        pipeline.sort = Some(scalar::integer(sort).ok_or_else(|| invalid("sort", "a whole number"))?);
    }
    for (name, attr) in [("originId", "origin-id"), ("originatorId", "originator-id")] {
        if let Some(value) = value(fields, name) {
            match scalar::text(value).filter(|text| !text.is_empty()) {
                Some(text) => drop(pipeline.attrs.insert(attr.to_owned(), text.into())),
                None => drop(pipeline.attrs.remove(attr)),
            }
        }
    }
    Ok(())
}

fn invalid(field: &str, expected: &str) -> Fault {
    Fault::coded("INVALID_ARG_VALUE", format!("Invalid value of field '{field}': expected {expected}"))
}

/// The default funnel comes first until somebody says otherwise.
fn sort(pipeline: &Pipeline) -> i64 {
    pipeline.sort.unwrap_or(if funnel::number(pipeline) == 0 { 300 } else { SORT })
}

fn row(pipeline: &Pipeline) -> Value {
    let entity = match pipeline.kind {
        OrderKind::Deal => DEAL,
        OrderKind::Order => ORDER,
    };
    let attr = |name: &str| pipeline.attrs.get(name).and_then(Value::as_str).unwrap_or_default();
    json!({
        "id": funnel::number(pipeline),
        "name": pipeline.name,
        "sort": sort(pipeline),
        "entityTypeId": entity,
        "isDefault": if funnel::number(pipeline) == 0 { "Y" } else { "N" },
        "originId": attr("origin-id"),
        "originatorId": attr("originator-id"),
    })
}
