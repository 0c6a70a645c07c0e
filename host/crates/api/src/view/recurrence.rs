use rulewright_domain::{
    self as domain, OrderId, PipelineId, RecurrenceId, Timestamp,
    recurrence::{self, Repeats, Until},
};
use rulewright_engine::NewRecurrence as NewOne;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::value::{mirror, present};
use crate::problem::Problem;

mirror! {
    Unit = recurrence::Unit { Day = "day", Week = "week", Month = "month", Year = "year", }
}

/// So many days, weeks, months or years of the calendar. A day that a month does not have is its last.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "unit": "month", "count": 1 }))]
pub struct Period {
    unit: Unit,
    #[schema(maximum = 1000)]
    count: u32,
}

impl From<Period> for recurrence::Period {
    fn from(Period { unit, count }: Period) -> recurrence::Period {
        recurrence::Period { unit: unit.into(), count }
    }
}

impl From<recurrence::Period> for Period {
    fn from(recurrence::Period { unit, count }: recurrence::Period) -> Period {
        Period { unit: unit.into(), count }
    }
}

/// An order that comes again and again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recurrence {
    #[schema(value_type = String, example = "rec_5")]
    id: RecurrenceId,
    /// What orders are made of: it is read and changed as an order, under this id, and nothing follows from it.
    #[schema(value_type = String, example = "ord_43")]
    template: OrderId,
    /// The order that the template was copied from.
    #[schema(value_type = Option<String>, example = "ord_42")]
    based_on: Option<OrderId>,
    active: bool,
    /// In which its orders begin; the template's if null.
    pipeline: Option<String>,
    /// A day.
    #[schema(example = "2026-01-31")]
    start: String,
    /// Null: it comes once.
    every: Option<Period>,
    /// How long before the start it comes, where it comes once.
    before_start: Option<Period>,
    /// The last day on which it may come.
    until: Option<String>,
    /// How often it comes at most.
    at_most: Option<u32>,
    begins_after: Option<Period>,
    closes_after: Option<Period>,
    /// How often it has come.
    times: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    last: Option<Timestamp>,
    /// Null: it does not come any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    next: Option<Timestamp>,
    /// Why it was stopped, where nobody did it.
    stopped: Option<String>,
}

impl From<domain::Recurrence> for Recurrence {
    fn from(recurrence: domain::Recurrence) -> Recurrence {
        let (every, before_start) = match recurrence.repeats {
            Repeats::Every(every) => (Some(every.into()), None),
            Repeats::Once(before) => (None, before.map(Into::into)),
        };
        let (until, at_most) = match recurrence.until {
            Until::Forever => (None, None),
            Until::Date(day) => (Some(day), None),
            Until::Times(times) => (None, Some(times)),
        };
        Recurrence {
            id: recurrence.id,
            template: recurrence.template,
            based_on: recurrence.based_on,
            active: recurrence.active,
            pipeline: recurrence.pipeline.map(|pipeline| pipeline.0),
            start: recurrence.start,
            every,
            before_start,
            until,
            at_most,
            begins_after: recurrence.begins_after.map(Into::into),
            closes_after: recurrence.closes_after.map(Into::into),
            times: recurrence.times,
            last: recurrence.last,
            next: recurrence.next,
            stopped: recurrence.stopped,
        }
    }
}

/// An order that is to come again and again: it is copied, and stays what it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "order": "ord_42", "start": "2026-01-31", "every": { "unit": "month", "count": 1 }, "at_most": 12 }))]
pub struct NewRecurrence {
    #[schema(value_type = String, example = "ord_42")]
    order: OrderId,
    #[serde(default = "super::value::yes")]
    active: bool,
    /// In which its orders begin; that of the order if left out.
    pipeline: Option<String>,
    /// A day of the shop, at whose beginning it comes first. What has passed already does not count.
    #[schema(example = "2026-01-31")]
    start: String,
    /// It comes once if left out.
    every: Option<Period>,
    /// How long before the start it comes, where it comes once.
    before_start: Option<Period>,
    /// The last day on which it may come.
    until: Option<String>,
    /// How often it comes at most; not beside `until`.
    at_most: Option<u32>,
    /// How long after it was made an order begins: its field `begin-date`.
    begins_after: Option<Period>,
    /// How long after it was made an order is to be done: its field `close-date`.
    closes_after: Option<Period>,
}

impl NewRecurrence {
    pub fn into_domain(self) -> Result<NewOne, Problem> {
        Ok(NewOne {
            order: self.order,
            active: self.active,
            pipeline: self.pipeline.map(PipelineId),
            start: self.start,
            repeats: repeats(self.every, self.before_start)?,
            until: until(self.until, self.at_most)?,
            begins_after: self.begins_after.map(Into::into),
            closes_after: self.closes_after.map(Into::into),
        })
    }
}

fn repeats(every: Option<Period>, before_start: Option<Period>) -> Result<Repeats, Problem> {
    match (every, before_start) {
        (Some(_), Some(_)) => Err(both("/before_start", "before_start", "every")),
        (Some(every), None) => Ok(Repeats::Every(every.into())),
        (None, before) => Ok(Repeats::Once(before.map(Into::into))),
    }
}

fn until(until: Option<String>, at_most: Option<u32>) -> Result<Until, Problem> {
    match (until, at_most) {
        (Some(_), Some(_)) => Err(both("/at_most", "at_most", "until")),
        (Some(day), None) => Ok(Until::Date(day)),
        (None, Some(0)) => Err(Problem::mistake("/at_most", "invalid", "it comes at least once")),
        (None, Some(times)) => Ok(Until::Times(times)),
        (None, None) => Ok(Until::Forever),
    }
}

fn both(path: &str, one: &str, other: &str) -> Problem {
    let message = format!("`{one}` and `{other}` do not go together: leave one of them out");
    Problem::mistake(path, "invalid", message)
}

/// What is left out stays; null empties. `every` and `before_start` replace each other, and so do `until` and `at_most`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "active": false }))]
pub struct RecurrencePatch {
    active: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    pipeline: Option<Option<String>>,
    start: Option<String>,
    #[serde(default, deserialize_with = "present")]
    every: Option<Option<Period>>,
    #[serde(default, deserialize_with = "present")]
    before_start: Option<Option<Period>>,
    #[serde(default, deserialize_with = "present")]
    until: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    at_most: Option<Option<u32>>,
    #[serde(default, deserialize_with = "present")]
    begins_after: Option<Option<Period>>,
    #[serde(default, deserialize_with = "present")]
    closes_after: Option<Option<Period>>,
}

impl RecurrencePatch {
    /// What is wrong with it by itself.
    pub fn check(&self) -> Result<(), Problem> {
        repeats(self.every.flatten(), self.before_start.flatten())?;
        until(self.until.clone().flatten(), self.at_most.flatten()).map(drop)
    }

    pub fn apply(&self, to: &mut domain::Recurrence) {
        if let Some(active) = self.active {
            to.active = active;
        }
        if let Some(pipeline) = &self.pipeline {
            to.pipeline = pipeline.clone().map(PipelineId);
        }
        if let Some(start) = &self.start {
            to.start.clone_from(start);
        }
        match (self.every, self.before_start) {
            (Some(Some(every)), _) => to.repeats = Repeats::Every(every.into()),
            (_, Some(before)) => to.repeats = Repeats::Once(before.map(Into::into)),
            (Some(None), None) => to.repeats = Repeats::Once(None),
            (None, None) => {}
        }
        match (&self.until, self.at_most) {
            (Some(Some(day)), _) => to.until = Until::Date(day.clone()),
            (_, Some(Some(times))) => to.until = Until::Times(times),
            (None, None) => {}
            _ => to.until = Until::Forever,
        }
        if let Some(after) = self.begins_after {
            to.begins_after = after.map(Into::into);
        }
        if let Some(after) = self.closes_after {
            to.closes_after = after.map(Into::into);
        }
    }
}

/// An order was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Exposed {
    #[schema(value_type = String, example = "ord_44")]
    pub order: OrderId,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn patched(patch: Value) -> Value {
        let mut recurrence: domain::Recurrence = serde_json::from_value(json!({
            "id": "rec_1", "template": "ord_2", "active": true, "start": "2026-01-31",
            "repeats": { "every": { "unit": "month", "count": 1 } }, "until": { "times": 3 },
        }))
        .unwrap();
        let patch: RecurrencePatch = serde_json::from_value(patch).unwrap();
        assert!(patch.check().is_ok());
        patch.apply(&mut recurrence);
        json!(Recurrence::from(recurrence))
    }

    #[test]
    fn a_patch_leaves_what_it_does_not_name_and_empties_what_is_null() {
        let same = patched(json!({}));
        assert_eq!((&same["every"]["unit"], &same["at_most"]), (&json!("month"), &json!(3)));
        let once = patched(json!({ "every": null, "until": "2026-12-31" }));
        assert_eq!(
            (&once["every"], &once["at_most"], &once["until"]),
            (&Value::Null, &Value::Null, &json!("2026-12-31"))
        );
        assert!(patched(json!({ "at_most": null }))["at_most"].is_null());
        let before = patched(json!({ "before_start": { "unit": "week", "count": 2 } }));
        assert_eq!((&before["every"], &before["before_start"]["count"]), (&Value::Null, &json!(2)));
        let both: RecurrencePatch =
            serde_json::from_value(json!({ "until": "2026-12-31", "at_most": 2 })).unwrap();
        assert!(both.check().is_err());
    }
}
