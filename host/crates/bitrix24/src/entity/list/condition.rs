//! One condition of a filter: what its value means for a field, and the test that it becomes.

use rulewright_domain::{
    OrderKind, Pipeline, Stage, Timestamp,
    find::{self, Filter, Scalar, Test},
    moment,
};
use serde_json::{Value, json};

use crate::{
    entity::{Kind, Scene},
    filter::Op,
    funnel, scalar,
};

/// How values of a field are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    Text,
    Number,
    Flag,
    Day,
    /// To the second: nothing finer is ever shown to whoever asks.
    Second,
}

impl Compared {
    pub fn key(self) -> find::Kind {
        match self {
            Compared::Text => find::Kind::Text,
            Compared::Number => find::Kind::Number,
            Compared::Flag => find::Kind::Flag,
            Compared::Day | Compared::Second => find::Kind::Moment,
        }
    }
}

pub fn compared(kind: Kind) -> Compared {
    match kind {
        Kind::Integer
        | Kind::Double
        | Kind::User
        | Kind::Category
        | Kind::Company
        | Kind::Contact
        | Kind::Lead
        | Kind::Quote => Compared::Number,
        Kind::Flag => Compared::Flag,
        Kind::Date => Compared::Day,
        Kind::DateTime => Compared::Second,
        Kind::Text | Kind::Currency | Kind::Location | Kind::Status(_) | Kind::Multifield | Kind::File => {
            Compared::Text
        }
    }
}

impl From<find::Kind> for Compared {
    fn from(kind: find::Kind) -> Compared {
        match kind {
            find::Kind::Text => Compared::Text,
            find::Kind::Number => Compared::Number,
            find::Kind::Flag => Compared::Flag,
            find::Kind::Moment => Compared::Second,
        }
    }
}

pub struct Condition<'a> {
    pub kind: Compared,
    pub op: Op,
    pub value: &'a Value,
    pub zone: &'a str,
}

/// What was sent for a value.
enum Sent {
    Nothing,
    Is(Scalar),
    Second(Timestamp),
}

impl Condition<'_> {
    /// None: the value is none of the field's kind. `reference`: 0 is none.
    pub fn at<S: Into<String>>(&self, path: impl IntoIterator<Item = S>, reference: bool) -> Option<Filter> {
        let field = find::Field::new(path, self.kind.key());
        match self.op {
            Op::Equal => Some(equal(&field, self.sent(self.value, reference)?)),
            Op::In => {
                let values = self.value.as_array().map(Vec::as_slice).unwrap_or_default();
                let sent = values.iter().map(|value| self.sent(value, reference));
                Some(any_of(&field, sent.collect::<Option<Vec<_>>>()?))
            }
            Op::Contains | Op::Like => {
                let text =
                    if scalar::is_empty(self.value) { String::new() } else { scalar::text(self.value)? };
                Some(match (self.op, text.as_str()) {
                    (Op::Contains, "") => Filter::All(Vec::new()),
                    (Op::Contains, _) => field.is(Test::Contains(text)),
                    _ => field.is(Test::Like(text)),
                })
            }
            op => Some(match self.sent(self.value, false)? {
                // Nothing compares with nothing; batches send that past the end of a list.
                Sent::Nothing => Filter::Any(Vec::new()),
                Sent::Is(value) => field.is(range(op, value)),
                Sent::Second(at) => {
                    let next = at.plus(1_000);
                    match op {
                        Op::Greater => field.is(Test::AtLeast(next.into())),
                        Op::AtLeast => field.is(Test::AtLeast(at.into())),
                        Op::AtMost => field.is(Test::Below(next.into())),
                        _ => field.is(Test::Below(at.into())),
                    }
                }
            }),
        }
    }

    fn sent(&self, value: &Value, reference: bool) -> Option<Sent> {
        if scalar::is_empty(value) {
            return Some(Sent::Nothing);
        }
        Some(match self.kind {
            Compared::Text => Sent::Is(scalar::text(value)?.into()),
            Compared::Number => match scalar::number(value)? {
                0.0 if reference => Sent::Nothing,
                number => Sent::Is(number.into()),
            },
            Compared::Flag => Sent::Is(scalar::flag(value)?.into()),
            Compared::Day => Sent::Is(day(&scalar::text(value)?, self.zone)?.into()),
            Compared::Second => {
                let at = moment(scalar::text(value)?.trim(), self.zone).ok()?;
                Sent::Second(Timestamp(at.0 - at.0.rem_euclid(1_000)))
            }
        })
    }

    /// A flag that has no place of its own. None: the value is none.
    pub fn flag(&self, set: Filter) -> Option<Filter> {
        let is = |flag: bool, set: Filter| if flag { set } else { Filter::Not(Box::new(set)) };
        match self.op {
            Op::Equal => Some(is(scalar::flag(self.value)?, set)),
            Op::In => {
                let values = self.value.as_array().map(Vec::as_slice).unwrap_or_default();
                let flags = values.iter().map(scalar::flag).collect::<Option<Vec<_>>>()?;
                Some(Filter::Any(flags.into_iter().map(|flag| is(flag, set.clone())).collect()))
            }
            _ => None,
        }
    }

    /// What is the same for all orders in a stage: the stages of which it is true.
    pub fn by_stage(
        &self,
        scene: &Scene,
        kind: OrderKind,
        says: fn(&Pipeline, &Stage) -> String,
    ) -> Option<Filter> {
        let condition = self.at(["it"], false)?;
        let mut pipelines = Vec::new();
        for pipeline in funnel::pipelines(&scene.config, kind) {
            let fits = |stage: &&Stage| {
                condition.matches(&json!({ "it": said(says(pipeline, stage), self.kind) }).to_string())
            };
            let stages: Vec<_> =
                pipeline.stages.iter().filter(fits).map(|stage| stage.id.0.as_str()).collect();
            pipelines.push((pipeline, stages));
        }
        // The same stages everywhere: the pipelines need not be asked.
        let all: Vec<&str> = pipelines.iter().flat_map(|(_, stages)| stages).copied().collect();
        let everywhere = pipelines.iter().all(|(pipeline, stages)| {
            pipeline
                .stages
                .iter()
                .all(|stage| stages.contains(&stage.id.0.as_str()) == all.contains(&stage.id.0.as_str()))
        });
        let whole = |(pipeline, stages): &(&Pipeline, Vec<&str>)| {
            stages.len() == pipeline.stages.len() || stages.is_empty()
        };
        if everywhere && !pipelines.iter().all(whole) {
            return Some(within("stage", &all));
        }
        let mut parts: Vec<Filter> = Vec::new();
        let whole: Vec<&str> = pipelines
            .iter()
            .filter(|(pipeline, stages)| !stages.is_empty() && stages.len() == pipeline.stages.len())
            .map(|(pipeline, _)| pipeline.id.0.as_str())
            .collect();
        if !whole.is_empty() {
            parts.push(within("pipeline", &whole));
        }
        for (pipeline, stages) in &pipelines {
            if !stages.is_empty() && stages.len() < pipeline.stages.len() {
                let both = [within("pipeline", &[&pipeline.id.0]), within("stage", stages)];
                parts.push(Filter::All(both.into()));
            }
        }
        Some(if parts.len() == 1 { parts.swap_remove(0) } else { Filter::Any(parts) })
    }
}

fn said(text: String, compared: Compared) -> Value {
    match compared {
        Compared::Flag => json!(text == "Y"),
        _ => json!(text),
    }
}

fn within(part: &str, ids: &[&str]) -> Filter {
    let field = find::Field::text([part]);
    match ids {
        [one] => field.is(Test::Equal((*one).into())),
        ids => {
            let mut ids = ids.to_vec();
            ids.sort_unstable();
            ids.dedup();
            match ids.as_slice() {
                [one] => field.is(Test::Equal((*one).into())),
                ids => field.is(Test::In(ids.iter().map(|id| Scalar::from(*id)).collect())),
            }
        }
    }
}

fn equal(field: &find::Field, sent: Sent) -> Filter {
    let field = field.clone();
    match sent {
        Sent::Nothing => field.is(Test::Missing),
        // What was never said is not set.
        Sent::Is(Scalar::Flag(false)) => Filter::Not(Box::new(field.is(Test::Equal(true.into())))),
        Sent::Is(value) => field.is(Test::Equal(value)),
        Sent::Second(at) => Filter::All(vec![
            field.clone().is(Test::AtLeast(at.into())),
            field.is(Test::Below(at.plus(1_000).into())),
        ]),
    }
}

fn any_of(field: &find::Field, sent: Vec<Sent>) -> Filter {
    let (mut values, mut others) = (Vec::new(), Vec::new());
    for one in sent {
        match one {
            Sent::Is(value) if value != Scalar::Flag(false) => values.push(value),
            one => others.push(equal(field, one)),
        }
    }
    // The storage takes so many at once.
    let lists = values.chunks(Filter::VALUES).map(|values| field.clone().is(Test::In(values.to_vec())));
    let mut parts: Vec<Filter> = lists.chain(others).collect();
    if parts.len() == 1 { parts.swap_remove(0) } else { Filter::Any(parts) }
}

fn range(op: Op, value: Scalar) -> Test {
    match op {
        Op::Greater => Test::Above(value),
        Op::AtLeast => Test::AtLeast(value),
        Op::AtMost => Test::AtMost(value),
        _ => Test::Below(value),
    }
}

/// The day of the shop that a client names, be it by a moment in it.
pub fn day(text: &str, zone: &str) -> Option<String> {
    let text = text.trim();
    let at = moment(text, zone).ok()?;
    at.written(zone, "%Y-%m-%d")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(kind: Compared, op: Op, value: &Value) -> Condition<'_> {
        Condition { kind, op, value, zone: "Europe/Berlin" }
    }

    fn holds(kind: Compared, op: Op, value: Value, stored: Value) -> bool {
        let filter = condition(kind, op, &value).at(["it"], true).expect("a value of the kind");
        filter.matches(&json!({ "it": stored }).to_string())
    }

    #[test]
    fn numbers_may_be_texts_on_either_side_and_ids_are_numbers() {
        assert!(holds(Compared::Number, Op::Equal, json!("7"), json!("ord_7")));
        assert!(holds(Compared::Number, Op::Greater, json!("999.5"), json!("1000.00")));
        assert!(holds(Compared::Number, Op::In, json!([1, "7"]), json!("cli_7")));
        assert!(holds(Compared::Number, Op::Equal, json!(0), json!(null)), "0 is no reference");
        assert!(!holds(Compared::Number, Op::Greater, json!(""), json!(5)), "nothing compares with nothing");
        assert!(condition(Compared::Number, Op::Equal, &json!("x")).at(["it"], false).is_none());
    }

    #[test]
    fn moments_are_compared_to_the_second_and_days_by_the_calendar_of_the_shop() {
        let stored = || json!("2026-03-02T09:00:00.750Z");
        for (op, value, expected) in [
            (Op::Equal, "2026-03-02T10:00:00+01:00", true),
            (Op::Equal, "2026-03-02 10:00:00", true),
            (Op::Greater, "2026-03-02T09:00:00Z", false),
            (Op::AtLeast, "2026-03-02T09:00:00Z", true),
            (Op::AtMost, "2026-03-02T09:00:00Z", true),
            (Op::Less, "2026-03-02T09:00:00Z", false),
            (Op::Less, "2026-03-03", true),
        ] {
            assert_eq!(holds(Compared::Second, op, json!(value), stored()), expected, "{op:?} {value}");
        }
        for (value, expected) in [("2026-03-02", true), ("2026-03-01T23:30:00Z", true), ("2026-03-01", false)]
        {
            assert_eq!(
                holds(Compared::Day, Op::Equal, json!(value), json!("2026-03-02")),
                expected,
                "{value}"
            );
        }
    }

    #[test]
    fn a_flag_that_was_never_set_is_not_set_and_an_empty_value_asks_for_what_is_missing() {
        assert!(holds(Compared::Flag, Op::Equal, json!("N"), json!(null)));
        assert!(holds(Compared::Flag, Op::In, json!(["Y", "N"]), json!(null)));
        assert!(!holds(Compared::Flag, Op::Equal, json!("1"), json!(null)));
        assert!(holds(Compared::Text, Op::Equal, json!(""), json!(null)));
        assert!(holds(Compared::Text, Op::In, json!(["", "a"]), json!(null)));
        assert!(holds(Compared::Text, Op::Contains, json!("TEA"), json!("green tea")));
        assert!(holds(Compared::Text, Op::Like, json!("gr%"), json!("Green tea")));
        assert!(!holds(Compared::Text, Op::In, json!([]), json!("a")));
    }
}
