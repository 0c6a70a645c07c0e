//! The rows of directories, and where each comes from.

use rulewright_domain::{Dictionary, OrderKind, Pipeline, ShopConfig, Stage, StageKind};
use serde_json::{Value, json};

use crate::{
    classic, funnel,
    seek::{Column, Holds, Row, column},
};

pub const COLUMNS: &[Column] = &[
    column("ID", Holds::Number),
    column("ENTITY_ID", Holds::Text),
    column("STATUS_ID", Holds::Text),
    column("NAME", Holds::Text),
    column("NAME_INIT", Holds::Text),
    column("SORT", Holds::Number),
    column("SYSTEM", Holds::Flag),
    column("CATEGORY_ID", Holds::Number),
    column("COLOR", Holds::Text),
    column("SEMANTICS", Holds::Text),
];

/// ENTITY_ID of each dictionary that clients know. Row ids depend on the places: new ones go to the end.
const DICTIONARIES: &[(&str, &str)] = &[
    ("SOURCE", Dictionary::SOURCES),
    ("DEAL_TYPE", "deal-types"),
    ("CONTACT_TYPE", "contact-types"),
    ("COMPANY_TYPE", "company-types"),
    ("EMPLOYEES", "company-sizes"),
    ("INDUSTRY", "industries"),
    ("HONORIFIC", "salutations"),
];

/// Row ids of entries begin here: those of stages never come so far.
const ENTRIES_FROM: i64 = 1_000_000_000;
const ENTRIES_OF_EACH: i64 = 1_000_000;

pub struct Directory {
    pub entity: String,
    pub title: String,
    pub source: Source,
}

pub enum Source {
    Pipeline(Pipeline),
    Dictionary { place: i64, dictionary: Dictionary },
}

impl Directory {
    pub fn pipeline(&self) -> Option<&Pipeline> {
        match &self.source {
            Source::Pipeline(pipeline) => Some(pipeline),
            Source::Dictionary { .. } => None,
        }
    }
}

pub fn entity_type(kind: OrderKind) -> i64 {
    match kind {
        OrderKind::Deal => super::super::category::DEAL,
        OrderKind::Order => super::super::category::ORDER,
    }
}

pub fn directories(config: &ShopConfig, kept: Vec<Dictionary>) -> Vec<Directory> {
    let mut all = Vec::new();
    for kind in [OrderKind::Deal, OrderKind::Order] {
        for pipeline in funnel::pipelines(config, kind) {
            let (entity, of) = match kind {
                OrderKind::Deal => (funnel::stages_entity(pipeline), "Deal stages"),
                // As of every other type that has funnels.
                OrderKind::Order => {
                    (format!("DYNAMIC_14_STAGE_{}", funnel::number(pipeline)), "Order stages")
                }
            };
            let title = format!("{of} ({})", pipeline.name);
            all.push(Directory { entity, title, source: Source::Pipeline(pipeline.clone()) });
        }
    }
    for (place, (entity, name)) in (0..).zip(DICTIONARIES) {
        if let Some(dictionary) = kept.iter().find(|one| one.name == *name) {
            let title = dictionary.title.clone();
            let source = Source::Dictionary { place, dictionary: dictionary.clone() };
            all.push(Directory { entity: (*entity).to_owned(), title, source });
        }
    }
    all
}

/// Numbers to sort by that do not contradict the order in which the things stand.
pub fn sorts(given: impl Iterator<Item = Option<i64>>) -> Vec<i64> {
    let mut last = 0_i64;
    given
        .map(|given| {
            last = given.filter(|sort| *sort >= last).unwrap_or(last.saturating_add(10));
            last
        })
        .collect()
}

/// The first, the won and the lost one that every funnel has.
pub fn is_system(pipeline: &Pipeline, stage: &Stage) -> bool {
    let first = |kind| pipeline.stages.iter().find(|one| one.kind == kind).map(|one| &one.id);
    let system = [pipeline.stages.first().map(|one| &one.id), first(StageKind::Won), first(StageKind::Lost)];
    system.contains(&Some(&stage.id))
}

/// In their order. The default funnel's category is 0 in them, so that it can be asked for: see [`shown`].
pub fn entries(directory: &Directory) -> Vec<Row> {
    let row = |fields: Value| match fields {
        Value::Object(row) => row,
        _ => Row::new(),
    };
    match &directory.source {
        Source::Pipeline(pipeline) => {
            let sorts = sorts(pipeline.stages.iter().map(|stage| stage.sort));
            let usual = classic::stages();
            let stages = pipeline.stages.iter().zip(sorts).map(|(stage, sort)| {
                let system = is_system(pipeline, stage);
                let usual = usual.iter().find(|usual| system && usual.id == stage.id);
                let semantics = match stage.kind {
                    StageKind::Open => None,
                    kind => Some(funnel::semantics(kind)),
                };
                row(json!({
                    "ID": funnel::stage_row(pipeline, stage).to_string(),
                    "ENTITY_ID": directory.entity,
                    "STATUS_ID": funnel::stage_code(pipeline, &stage.id.0),
                    "NAME": stage.name,
                    "NAME_INIT": usual.map_or("", |usual| usual.name.as_str()),
                    "SORT": sort.to_string(),
                    "SYSTEM": if system { "Y" } else { "N" },
                    "CATEGORY_ID": funnel::number(pipeline).to_string(),
                    "COLOR": stage.color,
                    "SEMANTICS": semantics,
                }))
            });
            stages.collect()
        }
        Source::Dictionary { place, dictionary } => {
            let sorts = sorts(dictionary.entries.iter().map(|entry| entry.sort));
            let entries = dictionary.entries.iter().zip(sorts).map(|(entry, sort)| {
                row(json!({
                    "ID": (ENTRIES_FROM + place * ENTRIES_OF_EACH + entry.number).to_string(),
                    "ENTITY_ID": directory.entity,
                    "STATUS_ID": entry.id,
                    "NAME": entry.name,
                    "NAME_INIT": entry.usual.clone().unwrap_or_default(),
                    "SORT": sort.to_string(),
                    "SYSTEM": if entry.usual.is_some() { "Y" } else { "N" },
                    "CATEGORY_ID": null,
                    "COLOR": entry.color,
                    "SEMANTICS": null,
                }))
            });
            entries.collect()
        }
    }
}

/// As clients see it.
pub fn shown(mut row: Row) -> Row {
    if let Some(category) = row.get_mut("CATEGORY_ID").filter(|category| **category == "0") {
        *category = Value::Null;
    }
    row
}

/// The same with what a list says of stages.
pub fn with_extra(row: Row) -> Value {
    let is_stage = row.get("CATEGORY_ID").is_some_and(|category| !category.is_null());
    let semantics = match row.get("SEMANTICS").and_then(Value::as_str) {
        None => "process",
        Some("S") => "success",
        Some(_) if row.get("SYSTEM").is_some_and(|system| *system == "Y") => "failure",
        Some(_) => "apology",
    };
    let extra = json!({ "SEMANTICS": semantics, "COLOR": row.get("COLOR") });
    let mut row = shown(row);
    if is_stage {
        row.insert("EXTRA".to_owned(), extra);
    }
    Value::Object(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_to_sort_by_never_contradict_the_order() {
        assert_eq!(sorts([None, None, None].into_iter()), [10, 20, 30]);
        assert_eq!(sorts([Some(10), Some(25), None, Some(30)].into_iter()), [10, 25, 35, 45]);
        assert_eq!(sorts([Some(50), Some(50)].into_iter()), [50, 50]);
        assert_eq!(sorts([Some(i64::MAX), None].into_iter()), [i64::MAX, i64::MAX]);
    }

    #[test]
    fn the_first_the_won_and_the_first_lost_stage_are_the_systems() {
        let pipeline = classic::pipeline();
        let system = |stage: &&Stage| is_system(&pipeline, stage);
        let system: Vec<&str> =
            pipeline.stages.iter().filter(system).map(|stage| stage.id.0.as_str()).collect();
        assert_eq!(system, ["NEW", "WON", "LOSE"]);
    }
}
