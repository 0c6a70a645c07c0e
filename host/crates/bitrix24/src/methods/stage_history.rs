//! The way of orders through their stages, from the event log: a row for each event that brought one to a stage. Ids are
//! the events' own.

mod meaning;

use rulewright_domain::{
    Event, OrderKind, Pipeline,
    find::{Direction, Field},
    kind,
};
use rulewright_ports::storage::Find;
use serde_json::{Value, json};

use self::meaning::Ways;
use crate::{
    call::{Answer, Call, Outcome, PAGE},
    fault::Fault,
    filter::{self, Nesting},
    funnel,
    method::{Method, method},
    methods::category::{DEAL, ORDER, type_name},
    scalar,
    seek::{Row, Unknown, not_in_order, same_name, translated},
    select::Select,
    wire::envelope,
};

pub(crate) const METHODS: &[Method] = &[method!("crm.stagehistory.list", "crm", list)];

const KINDS: [&str; 3] = [kind::ORDER_CREATED, kind::STAGE_CHANGED, kind::PIPELINE_CHANGED];

async fn list(call: Call) -> Outcome {
    let kind = entity(&call)?;
    let config = call.config().await?;
    let zone = config.shop.time_zone.clone();
    let filter = filter::parse(call.params.node("filter"), Nesting::Nested)?;
    let order = sorts(&call.params.pairs("order"))?;
    let select = Select::parse(&call.params.list("select"));
    let (shop, start) = (call.shop(), call.params.start());
    // Also those that are gone: what happened in them is still told.
    let removed = call.read(move |reads| Ok(reads.removed_pipelines(shop)?)).await?;
    let all = config.pipelines.values().chain(&removed);
    let ways = Ways::new(all.filter(|pipeline| pipeline.kind == kind).cloned().collect(), zone.clone());
    let wanted = translated(&filter, Unknown::Refused, &mut |name, op, value| ways.meaning(name, op, value))?;
    let find = Find {
        filter: rulewright_domain::find::Filter::All(vec![ways.known(), wanted]),
        order,
        offset: u64::try_from(start).unwrap_or(0),
        limit: u32::try_from(PAGE).unwrap_or(u32::MAX),
        count: start >= 0,
    };
    find.check().map_err(|wrong| Fault::coded("INVALID_ARG_VALUE", format!("Invalid filter: {wrong}")))?;
    let found = call.read(move |reads| Ok(reads.find_events(shop, &KINDS, &find)?)).await?;
    let shown = |event: &Event| shown(row(event, &ways.pipelines, &zone), &select);
    let items: Vec<Row> = found.rows.iter().map(shown).collect();
    Ok(Answer::page(json!({ "items": items }), start, found.total.unwrap_or_default()))
}

fn entity(call: &Call) -> Result<OrderKind, Fault> {
    match call.params.required_id("entityTypeId")? {
        DEAL => Ok(OrderKind::Deal),
        ORDER => Ok(OrderKind::Order),
        other => {
            let name = type_name(other).map_or_else(|| other.to_string(), str::to_owned);
            let message = format!(
                "Entity type {name} is not supported: deals (2) and store orders (14) have a history"
            );
            Err(Fault::coded("ENTITY_TYPE_NOT_SUPPORTED", message))
        }
    }
}

/// By what a row is made of, not by what it means: a storage sorts events without knowing stages.
fn sorts(pairs: &[(String, Value)]) -> Result<Vec<(Field, Direction)>, Fault> {
    let mut sorts = Vec::new();
    for (name, direction) in pairs {
        let field = [
            ("ID", Field::number(["id"])),
            ("OWNER_ID", Field::number(["order"])),
            ("CREATED_TIME", Field::moment(["at"])),
        ];
        let field = field.into_iter().find(|(known, _)| same_name(known, name));
        let Some((_, field)) = field else { return Err(not_in_order(name)) };
        let direction = scalar::text(direction).unwrap_or_default();
        let direction = match direction.trim().to_ascii_uppercase().as_str() {
            "ASC" | "" => Direction::Up,
            "DESC" => Direction::Down,
            _ => {
                return Err(Fault::coded(
                    "INVALID_ARG_VALUE",
                    format!(
                        "Invalid order: allowed sort directions are `ASC, DESC`. But got '{direction}' for field \
                         '{name}'"
                    ),
                ));
            }
        };
        sorts.push((field, direction));
    }
    Ok(sorts)
}

fn row(event: &Event, pipelines: &[Pipeline], zone: &str) -> Row {
    let attr = |name: &str| event.what.attrs.get(name).and_then(Value::as_str).unwrap_or_default();
    let pipeline = pipelines.iter().find(|pipeline| pipeline.id.0 == attr("pipeline"));
    let stage = match event.what.kind.as_str() {
        kind::ORDER_CREATED => attr("stage"),
        _ => attr("to"),
    };
    let known = pipeline.and_then(|pipeline| pipeline.stages.iter().find(|one| one.id.0 == stage));
    let semantics = known.map_or("P", |stage| funnel::semantics(stage.kind));
    let type_id = match event.what.kind.as_str() {
        kind::ORDER_CREATED => 1,
        kind::PIPELINE_CHANGED => 5,
        _ if semantics == "P" => 2,
        _ => 3,
    };
    Row::from_iter([
        ("ID".to_owned(), json!(event.id.0)),
        ("TYPE_ID".to_owned(), json!(type_id)),
        ("OWNER_ID".to_owned(), json!(event.what.order.map(|order| order.0))),
        ("CREATED_TIME".to_owned(), json!(envelope::date(event.at, zone))),
        ("CATEGORY_ID".to_owned(), json!(pipeline.map(funnel::number))),
        ("STAGE_SEMANTIC_ID".to_owned(), json!(semantics)),
        ("STAGE_ID".to_owned(), json!(pipeline.map(|pipeline| funnel::stage_code(pipeline, stage)))),
    ])
}

fn shown(row: Row, select: &Select) -> Row {
    let named = |name: &str| select.named.iter().any(|one| same_name(one, name));
    row.into_iter().filter(|(name, _)| name == "ID" || select.plain || named(name)).collect()
}
