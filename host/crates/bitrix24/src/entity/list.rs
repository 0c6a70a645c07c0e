//! `filter`, `order` and `start` of a list, as what the storage is asked for.

mod condition;

pub use condition::{Compared, Condition, day};

use rulewright_domain::find::{self, Direction, Filter};
use rulewright_ports::storage::Find;
use serde_json::Value;

use super::{Entity, Kind, Place, Scene, Style, row::Shape, user};
use crate::{
    call::{Call, PAGE},
    fault::Fault,
    filter::{self, Nesting, Op},
    order,
    select::Select,
};

/// What one call of a list asks for.
pub struct Listed {
    pub find: Find,
    pub shape: Shape,
    /// -1: nobody wants to know how many there are.
    pub start: i64,
}

impl<T: 'static> Entity<T> {
    pub fn listed(&self, call: &Call, scene: &Scene, style: Style) -> Result<Listed, Fault> {
        let start = call.params.start();
        let original = call.params.flag("useOriginalUfNames")?.unwrap_or(false);
        let select = Select::parse(&call.params.list("select"));
        let nesting = match style {
            Style::Classic => Nesting::Flat,
            Style::Universal => Nesting::Nested,
        };
        let wanted = filter::parse(call.params.node("filter"), nesting)?;
        let filter = self.filter(&wanted, scene, style)?.unwrap_or(Filter::All(Vec::new()));
        let find = Find {
            filter,
            order: self.order(call, scene, style)?,
            offset: u64::try_from(start).unwrap_or(0),
            limit: PAGE as u32,
            count: start >= 0,
        };
        find.check()
            .map_err(|wrong| Fault::coded("INVALID_ARG_VALUE", format!("Invalid filter: {wrong}")))?;
        Ok(Listed { find, shape: Shape { style, select, original }, start })
    }

    /// None: it names nothing that is known, and so leaves everything as it is.
    pub fn filter(
        &self,
        filter: &filter::Filter,
        scene: &Scene,
        style: Style,
    ) -> Result<Option<Filter>, Fault> {
        let each = |parts: &[filter::Filter]| -> Result<Vec<Filter>, Fault> {
            let parts = parts.iter().map(|part| self.filter(part, scene, style));
            Ok(parts.collect::<Result<Vec<_>, Fault>>()?.into_iter().flatten().collect())
        };
        Ok(match filter {
            filter::Filter::All(parts) => Some(Filter::All(each(parts)?)),
            filter::Filter::Any(parts) => Some(Filter::Any(each(parts)?)),
            filter::Filter::Not(part) => {
                self.filter(part, scene, style)?.map(|part| Filter::Not(Box::new(part)))
            }
            filter::Filter::Cond { field, op, value } => self.condition(field, *op, value, scene, style)?,
        })
    }

    fn condition(
        &self,
        name: &str,
        op: Op,
        value: &Value,
        scene: &Scene,
        style: Style,
    ) -> Result<Option<Filter>, Fault> {
        let condition = |kind| Condition { kind, op, value, zone: scene.zone() };
        let invalid = || match style {
            // MySQL would compare with something: nothing is like it.
            Style::Classic => Ok(Some(Filter::Any(Vec::new()))),
            Style::Universal => Err(Fault::coded(
                "INVALID_ARG_VALUE",
                format!("Invalid filter: field '{name}' has invalid value"),
            )),
        };
        if let Some(field) = self.field(name, style) {
            let condition = condition(condition::compared(field.kind));
            let found = match field.place {
                Place::Nowhere => return unknown(name, style),
                Place::At(path) => condition.at(path.iter().copied(), field.kind.is_reference()),
                Place::Own(own) => condition.at(["fields", own], field.kind.is_reference()),
                Place::Stage(says, _) => self.kind.and_then(|kind| condition.by_stage(scene, kind, says)),
                Place::When(set) => condition.flag(set(scene)),
            };
            return found.map_or_else(invalid, |filter| Ok(Some(filter)));
        }
        if let Some(stored) = user::stored_name(name, style) {
            let (path, kind, value) = match user::field(scene, &stored) {
                Some(field) => field.compared(value),
                None => (vec!["fields".to_owned(), stored], user::compares(value).into(), value.clone()),
            };
            return Condition { kind, op, value: &value, zone: scene.zone() }
                .at(path, false)
                .map_or_else(invalid, |filter| Ok(Some(filter)));
        }
        unknown(name, style)
    }

    fn order(
        &self,
        call: &Call,
        scene: &Scene,
        style: Style,
    ) -> Result<Vec<(find::Field, Direction)>, Fault> {
        let pairs = call.params.pairs("order");
        let sorts = match style {
            Style::Classic => {
                call.params.maybe_map("order")?;
                order::lenient(&pairs)
            }
            Style::Universal => order::strict(&pairs)?,
        };
        let mut by = Vec::new();
        for sort in sorts {
            let direction = if sort.descending { Direction::Down } else { Direction::Up };
            match self.sorted_by(&sort.field, scene, style) {
                Some(field) if by.len() < Find::SORTED_BY => by.push((field, direction)),
                None if style == Style::Universal => {
                    return Err(Fault::coded(
                        "INVALID_ARG_VALUE",
                        format!("Invalid order: field '{}' is not allowed in order", sort.field),
                    ));
                }
                _ => {}
            }
        }
        Ok(by)
    }

    fn sorted_by(&self, name: &str, scene: &Scene, style: Style) -> Option<find::Field> {
        if let Some(field) = self.field(name, style) {
            let kind = condition::compared(field.kind).key();
            return match field.place {
                Place::At(path) => Some(find::Field::new(path.iter().copied(), kind)),
                Place::Own(own) => Some(find::Field::new(["fields", own], kind)),
                Place::Stage(_, path) => Some(find::Field::text(path.iter().copied())),
                Place::Nowhere | Place::When(_) => None,
            };
        }
        let stored = user::stored_name(name, style)?;
        if let Some(field) = user::field(scene, &stored) {
            return Some(field.sorted_by());
        }
        Some(find::Field::text(["fields".to_owned(), stored]))
    }
}

/// A field that a filter cannot use.
fn unknown(name: &str, style: Style) -> Result<Option<Filter>, Fault> {
    match style {
        Style::Classic => Ok(None),
        Style::Universal => Err(Fault::coded(
            "INVALID_ARG_VALUE",
            format!("Invalid filter: field '{name}' is not allowed in filter"),
        )),
    }
}

/// A universal filter on rows that are no entities of their own: each is asked as the JSON that is answered.
pub fn rows(
    filter: &filter::Filter,
    known: &dyn Fn(&str) -> Option<(&'static str, Kind)>,
) -> Result<Filter, Fault> {
    let each =
        |parts: &[filter::Filter]| parts.iter().map(|part| rows(part, known)).collect::<Result<Vec<_>, _>>();
    Ok(match filter {
        filter::Filter::All(parts) => Filter::All(each(parts)?),
        filter::Filter::Any(parts) => Filter::Any(each(parts)?),
        filter::Filter::Not(part) => Filter::Not(Box::new(rows(part, known)?)),
        filter::Filter::Cond { field, op, value } => {
            let Some((camel, kind)) = known(field) else {
                return unknown(field, Style::Universal).map(|none| none.unwrap_or(Filter::All(Vec::new())));
            };
            let condition = Condition { kind: shown(kind), op: *op, value, zone: "UTC" };
            let invalid = || {
                Fault::coded(
                    "INVALID_ARG_VALUE",
                    format!("Invalid filter: field '{field}' has invalid value"),
                )
            };
            condition.at([camel], false).ok_or_else(invalid)?
        }
    })
}

/// How such rows are sorted by a field.
pub fn key(kind: Kind) -> find::Kind {
    shown(kind).key()
}

/// Flags are answered as `Y` and `N`.
fn shown(kind: Kind) -> condition::Compared {
    match kind {
        Kind::Flag => condition::Compared::Text,
        kind => condition::compared(kind),
    }
}
