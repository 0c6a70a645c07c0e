//! Lists of entries: what `filter` and `order` mean in what is stored of them.

use rulewright_domain::find::{Direction, Field, Filter, Kind};
use rulewright_ports::storage::Find;
use serde_json::Value;

use crate::{
    call::{Call, PAGE},
    entity::list::Condition,
    filter::{self, Op},
    order::Sort,
    scalar,
};

/// What a list knows of a field.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    At(&'static [&'static str], Kind),
    /// What one of its values means. Only for being equal.
    Means(fn(i64) -> Filter),
    /// `Y` or `N`: when it is set.
    When(fn() -> Filter),
}

pub(crate) type Known = fn(&str) -> Option<Place>;

/// An unknown field is left out, as the classic methods do.
pub(crate) fn condition(filter: &filter::Filter, known: Known, zone: &str) -> Filter {
    let each = |parts: &[filter::Filter]| parts.iter().map(|part| condition(part, known, zone)).collect();
    match filter {
        filter::Filter::All(parts) => Filter::All(each(parts)),
        filter::Filter::Any(parts) => Filter::Any(each(parts)),
        filter::Filter::Not(part) => match &**part {
            // What is not known is left out, also where it is denied.
            filter::Filter::Cond { field, .. } if known(field).is_none() => everything(),
            part => Filter::Not(Box::new(condition(part, known, zone))),
        },
        filter::Filter::Cond { field, op, value } => {
            let sent = |kind: Kind| Condition { kind: kind.into(), op: *op, value, zone };
            let found = match known(field) {
                None => Some(everything()),
                Some(Place::At(path, kind)) => sent(kind).at(path.iter().copied(), false),
                Some(Place::When(set)) => sent(Kind::Flag).flag(set()),
                Some(Place::Means(meaning)) => match (op, value) {
                    (Op::In, Value::Array(values)) => {
                        Some(Filter::Any(values.iter().filter_map(scalar::integer).map(meaning).collect()))
                    }
                    (Op::Equal, value) => scalar::integer(value).map(meaning),
                    _ => Some(everything()),
                },
            };
            // No value of the field's kind: nothing is like it.
            found.unwrap_or_else(nothing)
        }
    }
}

pub(crate) fn everything() -> Filter {
    Filter::All(Vec::new())
}

pub(crate) fn nothing() -> Filter {
    Filter::Any(Vec::new())
}

/// By what is known; by `first` where nothing is.
pub(crate) fn sorted(sorts: &[Sort], known: Known, first: &[&'static str]) -> Vec<(Field, Direction)> {
    let by = |sort: &Sort| match known(&sort.field)? {
        Place::At(path, kind) => {
            let direction = if sort.descending { Direction::Down } else { Direction::Up };
            Some((Field::new(path.iter().copied(), kind), direction))
        }
        Place::Means(_) | Place::When(_) => None,
    };
    let mut by: Vec<_> = sorts.iter().filter_map(by).take(Find::SORTED_BY).collect();
    if by.is_empty() && !first.is_empty() {
        by.push((Field::moment(first.iter().copied()), Direction::Up));
    }
    by
}

/// One page, from where the call says.
pub(crate) fn page(call: &Call, filter: Filter, order: Vec<(Field, Direction)>) -> Find {
    let start = call.params.start();
    Find {
        filter,
        order,
        offset: u64::try_from(start).unwrap_or_default(),
        limit: u32::try_from(PAGE).unwrap_or(u32::MAX),
        count: start >= 0,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::find::Test;
    use serde_json::json;

    use super::*;
    use crate::{filter::Nesting, wire::node::Node};

    fn known(name: &str) -> Option<Place> {
        Some(match name {
            "ID" => Place::At(&["id"], Kind::Number),
            "CREATED" => Place::At(&["at"], Kind::Moment),
            "DONE" => Place::When(|| Field::flag(["done"]).is(Test::Equal(true.into()))),
            "SORT" => Place::Means(|number| Field::number(["sort"]).is(Test::Equal((number as f64).into()))),
            _ => return None,
        })
    }

    fn matches(text: &str, json: serde_json::Value) -> bool {
        let node: Node = serde_json::from_str(text).unwrap();
        let filter = filter::parse(Some(&node), Nesting::Flat).unwrap();
        condition(&filter, known, "Europe/Berlin").matches(&json.to_string())
    }

    #[test]
    fn conditions_mean_what_is_stored() {
        let entry = || json!({ "id": "ent_7", "at": "2026-03-02T09:00:00.000Z", "done": true, "sort": 3 });
        for yes in [
            r#"{}"#,
            r#"{"ID":"7"}"#,
            r#"{"@ID":[6,7]}"#,
            r#"{">ID":6,"<=ID":"7"}"#,
            r#"{">=CREATED":"2026-03-02T10:00:00"}"#,
            r#"{"<CREATED":"2026-03-03"}"#,
            r#"{"DONE":"Y","SORT":["3","4"]}"#,
            r#"{"!SORT":4,"UNKNOWN":1,"!UNKNOWN":2}"#,
        ] {
            assert!(matches(yes, entry()), "{yes}");
        }
        for no in [
            r#"{"ID":8}"#,
            r#"{">ID":""}"#,
            r#"{"ID":"x"}"#,
            r#"{">CREATED":"2026-03-02T10:00:00"}"#,
            r#"{"DONE":"N"}"#,
            r#"{"DONE":"perhaps"}"#,
            r#"{"!ID":7}"#,
        ] {
            assert!(!matches(no, entry()), "{no}");
        }
    }
}
