//! What a condition on a row means for the event that it is made from. An event knows the pipeline and the stage, by
//! their ids; what kind of stage that is, only the pipeline knows.

use std::collections::BTreeSet;

use rulewright_domain::{
    Pipeline, StageKind,
    find::{Field, Filter, Kind, Test},
    kind, moment,
};
use serde_json::{Value, json};

use crate::{
    fault::Fault,
    filter::Op,
    funnel, scalar,
    seek::{Holds, same_name, test},
};

pub struct Ways {
    pub pipelines: Vec<Pipeline>,
    zone: String,
}

impl Ways {
    pub fn new(pipelines: Vec<Pipeline>, zone: String) -> Ways {
        Ways { pipelines, zone }
    }

    /// Through one of these pipelines.
    pub fn known(&self) -> Filter {
        in_pipelines(&self.pipelines.iter().collect::<Vec<_>>())
    }

    /// None: rows have no such field.
    pub fn meaning(&self, name: &str, op: Op, value: &Value) -> Result<Option<Filter>, Fault> {
        let is = |known: &str| same_name(known, name);
        let holds = |holds| self.checked(name, op, value, holds);
        Ok(Some(if is("ID") {
            Field::number(["id"]).is(holds(Holds::Number)?)
        } else if is("OWNER_ID") {
            Field::number(["order"]).is(holds(Holds::Number)?)
        } else if is("CREATED_TIME") {
            Field::moment(["at"]).is(holds(Holds::Moment)?)
        } else if is("TYPE_ID") {
            self.of_type(&holds(Holds::Number)?)
        } else if is("CATEGORY_ID") {
            let wanted = holds(Holds::Number)?;
            let fits =
                |pipeline: &&Pipeline| constant(Kind::Number, json!(funnel::number(pipeline)), &wanted);
            in_pipelines(&self.pipelines.iter().filter(fits).collect::<Vec<_>>())
        } else if is("STAGE_SEMANTIC_ID") {
            self.of_semantics(&holds(Holds::Text)?)
        } else if is("STAGE_ID") {
            self.in_stage(&holds(Holds::Text)?, value)
        } else {
            return Ok(None);
        }))
    }

    fn checked(&self, name: &str, op: Op, value: &Value, holds: Holds) -> Result<Test, Fault> {
        let right = |value: &Value| {
            scalar::is_empty(value)
                || match holds {
                    Holds::Number => scalar::number(value).is_some(),
                    Holds::Moment => {
                        scalar::text(value).is_some_and(|text| moment(text.trim(), &self.zone).is_ok())
                    }
                    _ => scalar::text(value).is_some(),
                }
        };
        let all = match (op, value) {
            (Op::Contains | Op::Like, _) => scalar::text(value).is_some(),
            (_, Value::Array(values)) => values.iter().all(right),
            (_, one) => right(one),
        };
        if !all {
            let message = format!("Invalid filter: field '{name}' has invalid value");
            return Err(Fault::coded("INVALID_ARG_VALUE", message));
        }
        Ok(test(op, value, holds, &self.zone))
    }

    /// 1 created, 2 to a stage between, 3 to a final one, 5 to another funnel.
    fn of_type(&self, wanted: &Test) -> Filter {
        let moved = |last: Filter| Filter::All(vec![of_kind(kind::STAGE_CHANGED), last]);
        let last = || self.stages_that(|kind| kind != StageKind::Open);
        let types = [
            (1, of_kind(kind::ORDER_CREATED)),
            (2, moved(Filter::Not(Box::new(last())))),
            (3, moved(last())),
            (5, of_kind(kind::PIPELINE_CHANGED)),
        ];
        let fits = |(number, filter)| constant(Kind::Number, json!(number), wanted).then_some(filter);
        Filter::Any(types.into_iter().filter_map(fits).collect())
    }

    /// What is not known to be an end is on the way.
    fn of_semantics(&self, wanted: &Test) -> Filter {
        let kinds = [
            ("S", self.stages_that(|kind| kind == StageKind::Won)),
            ("F", self.stages_that(|kind| kind == StageKind::Lost)),
            ("P", Filter::Not(Box::new(self.stages_that(|kind| kind != StageKind::Open)))),
        ];
        let fits = |(text, filter)| constant(Kind::Text, json!(text), wanted).then_some(filter);
        Filter::Any(kinds.into_iter().filter_map(fits).collect())
    }

    fn stages_that(&self, fits: impl Fn(StageKind) -> bool) -> Filter {
        let of = |pipeline: &Pipeline| {
            let stages = pipeline.stages.iter().filter(|stage| fits(stage.kind));
            in_stages(pipeline, stages.map(|stage| stage.id.0.clone()).collect())
        };
        Filter::Any(self.pipelines.iter().filter_map(of).collect())
    }

    /// Also in one that the pipeline has no more, where it is named.
    fn in_stage(&self, wanted: &Test, value: &Value) -> Filter {
        let named: Vec<String> = match value {
            Value::Array(values) => values.iter().filter_map(scalar::text).collect(),
            one => scalar::text(one).into_iter().collect(),
        };
        let of = |pipeline: &Pipeline| {
            let prefix = funnel::stage_code(pipeline, "");
            let gone = named.iter().filter_map(|code| code.strip_prefix(prefix.as_str()));
            let known = pipeline.stages.iter().map(|stage| stage.id.0.as_str());
            let fits = |id: &&str| constant(Kind::Text, json!(funnel::stage_code(pipeline, id)), wanted);
            in_stages(pipeline, known.chain(gone).filter(fits).map(str::to_owned).collect())
        };
        Filter::Any(self.pipelines.iter().filter_map(of).collect())
    }
}

/// Whether the test holds for what is no part of an event.
fn constant(kind: Kind, value: Value, wanted: &Test) -> bool {
    Field::new(["v"], kind).is(wanted.clone()).matches(&json!({ "v": value }).to_string())
}

fn of_kind(kind: &str) -> Filter {
    Field::text(["kind"]).is(Test::Equal(kind.into()))
}

fn in_pipelines(pipelines: &[&Pipeline]) -> Filter {
    let ids = pipelines.iter().map(|pipeline| pipeline.id.0.as_str().into());
    Field::text(["attrs", "pipeline"]).is(Test::In(ids.collect()))
}

/// None: in none.
fn in_stages(pipeline: &Pipeline, stages: BTreeSet<String>) -> Option<Filter> {
    if stages.is_empty() {
        return None;
    }
    let ids = Test::In(stages.into_iter().map(Into::into).collect());
    // Where an order is created it has not come from anywhere.
    let stage = ["to", "stage"].map(|attr| Field::text(["attrs", attr]).is(ids.clone()));
    Some(Filter::All(vec![in_pipelines(&[pipeline]), Filter::Any(stage.into())]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic;

    fn ways() -> Ways {
        let [mut first, mut second] =
            [0, 3].map(|number| Pipeline { number: Some(number), ..classic::pipeline() });
        (first.id, second.id) = ("deals".into(), "partners".into());
        Ways::new(vec![first, second], "Europe/Berlin".to_owned())
    }

    /// An event of each kind, and whether the condition holds for it.
    fn told(name: &str, op: Op, value: Value) -> Vec<&'static str> {
        let events = [
            ("created", json!({"kind": "order.created", "attrs": {"pipeline": "deals", "stage": "NEW"}})),
            (
                "moved",
                json!({"kind": "order.stage-changed", "attrs": {"pipeline": "deals", "from": "NEW", "to": "EXECUTING"}}),
            ),
            (
                "won",
                json!({"kind": "order.stage-changed", "attrs": {"pipeline": "deals", "from": "NEW", "to": "WON"}}),
            ),
            (
                "gone",
                json!({"kind": "order.stage-changed", "attrs": {"pipeline": "deals", "from": "NEW", "to": "OLD"}}),
            ),
            (
                "funnel",
                json!({"kind": "order.pipeline-changed", "attrs": {"pipeline": "partners", "from-pipeline": "deals", "from": "NEW", "to": "LOSE"}}),
            ),
        ];
        let filter = ways().meaning(name, op, &value).unwrap().unwrap();
        let fits =
            |(name, event): &(&'static str, Value)| filter.matches(&event.to_string()).then_some(*name);
        events.iter().filter_map(fits).collect()
    }

    #[test]
    fn a_condition_on_a_row_is_one_on_its_event() {
        for (name, op, value, expected) in [
            ("TYPE_ID", Op::Equal, json!("1"), vec!["created"]),
            ("TYPE_ID", Op::Equal, json!(2), vec!["moved", "gone"]),
            ("typeId", Op::In, json!([3, 5]), vec!["won", "funnel"]),
            ("TYPE_ID", Op::AtLeast, json!(3), vec!["won", "funnel"]),
            ("TYPE_ID", Op::Equal, json!(4), vec![]),
            ("CATEGORY_ID", Op::Equal, json!(0), vec!["created", "moved", "won", "gone"]),
            ("CATEGORY_ID", Op::Greater, json!(0), vec!["funnel"]),
            ("STAGE_SEMANTIC_ID", Op::Equal, json!("S"), vec!["won"]),
            ("STAGE_SEMANTIC_ID", Op::Equal, json!("F"), vec!["funnel"]),
            ("STAGE_SEMANTIC_ID", Op::Equal, json!("P"), vec!["created", "moved", "gone"]),
            ("STAGE_ID", Op::Equal, json!("NEW"), vec!["created"]),
            ("STAGE_ID", Op::In, json!(["C3:LOSE", "OLD"]), vec!["gone", "funnel"]),
            ("STAGE_ID", Op::Contains, json!("O"), vec!["won", "funnel"]),
            ("STAGE_ID", Op::Equal, json!("LOSE"), vec![]),
        ] {
            assert_eq!(told(name, op, value.clone()), expected, "{name} {op:?} {value}");
        }
    }

    #[test]
    fn a_value_that_a_field_cannot_have_is_refused_and_an_empty_one_is_not() {
        for (name, value) in [("ID", json!("x")), ("CREATED_TIME", json!("soon")), ("OWNER_ID", json!(["x"]))]
        {
            let refused = ways().meaning(name, Op::Equal, &value).unwrap_err();
            assert_eq!(refused.description, format!("Invalid filter: field '{name}' has invalid value"));
        }
        assert!(ways().meaning("ID", Op::Greater, &json!("")).is_ok());
        assert!(ways().meaning("COLOUR", Op::Equal, &json!("")).unwrap().is_none());
    }
}
