//! Directories: stages of funnels, and dictionaries.

mod change;
mod rows;

use rulewright_domain::Dictionary;
use rulewright_engine::dictionaries;
use serde_json::{Value, json};

use self::rows::{COLUMNS, Directory, entries, with_extra};
use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    filter::{self, Nesting},
    funnel,
    method::{Method, method},
    order, scalar,
    seek::{Row, Unknown, matching},
};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.status.add", "crm", change::add),
    method!("crm.status.delete", "crm", change::delete),
    method!("crm.status.entity.items", "crm", entity_items),
    method!("crm.status.entity.types", "crm", entity_types),
    method!("crm.status.fields", "crm", fields),
    method!("crm.status.get", "crm", get),
    method!("crm.status.list", "crm", list),
    method!("crm.status.update", "crm", change::update),
];

/// Every directory of the shop.
async fn directories(call: &Call) -> Result<Vec<Directory>, Fault> {
    let config = call.config().await?;
    let shop = call.shop();
    let kept: Vec<Dictionary> = call.read(move |reads| Ok(dictionaries(reads, shop)?)).await?;
    Ok(rows::directories(&config, kept))
}

/// On one page, as the documentation has it.
async fn list(call: Call) -> Outcome {
    let filter = filter::parse(call.params.node("filter"), Nesting::Flat)
        .map_err(|_| Fault::classic("Invalid parameters."))?;
    let sorts = order::lenient(&call.params.pairs("order"));
    let all: Vec<Row> = directories(&call).await?.iter().flat_map(entries).collect();
    let rows = matching(all, COLUMNS, (&filter, &sorts), Unknown::Ignored, "UTC")?;
    let total = u64::try_from(rows.len()).ok();
    Ok(Answer { total, ..Answer::of(rows.into_iter().map(with_extra).collect::<Vec<Value>>()) })
}

async fn get(call: Call) -> Outcome {
    let (row, _) = found(&call).await?;
    Ok(Answer::of(rows::shown(row)))
}

/// The row that `id` names, and its directory.
async fn found(call: &Call) -> Result<(Row, Directory), Fault> {
    let id = identifier(call)?.to_string();
    for directory in directories(call).await? {
        let row =
            entries(&directory).into_iter().find(|row| row.get("ID").is_some_and(|known| *known == *id));
        if let Some(row) = row {
            return Ok((row, directory));
        }
    }
    Err(Fault::classic("Status is not found."))
}

fn identifier(call: &Call) -> Result<i64, Fault> {
    let id = call.params.value("id").as_ref().and_then(scalar::integer).filter(|id| *id > 0);
    id.ok_or_else(|| Fault::classic("Invalid identifier."))
}

async fn entity_items(call: Call) -> Outcome {
    let wanted = call.params.text("entityId").unwrap_or_default();
    let all = directories(&call).await?;
    let directory = all.iter().find(|directory| directory.entity.eq_ignore_ascii_case(wanted.trim()));
    let unknown = || Fault::classic("The parameter entityId is not defined or invalid.");
    let item = |row: Row| {
        let sort = row.get("SORT").and_then(scalar::integer);
        json!({ "NAME": row.get("NAME"), "SORT": sort, "STATUS_ID": row.get("STATUS_ID") })
    };
    Ok(Answer::of(entries(directory.ok_or_else(unknown)?).into_iter().map(item).collect::<Vec<_>>()))
}

async fn entity_types(call: Call) -> Outcome {
    Ok(Answer::of(directories(&call).await?.iter().map(entity_type).collect::<Vec<_>>()))
}

fn entity_type(directory: &Directory) -> Value {
    let Some(pipeline) = directory.pipeline() else {
        // PHP writes an empty map as a list.
        return json!({ "ID": directory.entity, "NAME": directory.title, "SEMANTIC_INFO": [] });
    };
    let code = |found: Option<&rulewright_domain::Stage>| {
        found.map(|stage| funnel::stage_code(pipeline, &stage.id.0)).unwrap_or_default()
    };
    let first = |kind| code(pipeline.stages.iter().find(|stage| stage.kind == kind));
    let mut row = json!({
        "ID": directory.entity,
        "NAME": directory.title,
        "SEMANTIC_INFO": {
            "START_FIELD": code(pipeline.stages.first()),
            "FINAL_SUCCESS_FIELD": first(rulewright_domain::StageKind::Won),
            "FINAL_UNSUCCESS_FIELD": first(rulewright_domain::StageKind::Lost),
            "FINAL_SORT": 0,
        },
        "ENTITY_TYPE_ID": rows::entity_type(pipeline.kind),
    });
    let number = funnel::number(pipeline);
    if let Some(row) = row.as_object_mut().filter(|_| number != 0) {
        row.insert("CATEGORY_ID".to_owned(), json!(number));
        row.insert("PREFIX".to_owned(), json!(format!("C{number}")));
    }
    row
}

async fn fields(_: Call) -> Outcome {
    let field = |kind: &str, title: &str, [required, read_only, immutable]: [bool; 3]| {
        json!({
            "type": kind,
            "isRequired": required,
            "isReadOnly": read_only,
            "isImmutable": immutable,
            "isMultiple": false,
            "isDynamic": false,
            "title": title,
        })
    };
    Ok(Answer::of(json!({
        "ID": field("integer", "ID", [false, true, false]),
        "ENTITY_ID": field("string", "Entity ID", [true, false, true]),
        "STATUS_ID": field("string", "Status", [true, false, true]),
        "SORT": field("integer", "Sorting", [false, false, false]),
        "NAME": field("string", "Name", [true, false, false]),
        "NAME_INIT": field("string", "Default Name", [false, true, false]),
        "SYSTEM": field("char", "System", [false, true, false]),
        "CATEGORY_ID": field("integer", "CATEGORY_ID", [false, false, true]),
        "COLOR": field("string", "COLOR", [false, false, false]),
        "SEMANTICS": field("char", "SEMANTICS", [false, false, true]),
        "EXTRA": field("crm_status_extra", "EXTRA", [false, false, false]),
    })))
}
