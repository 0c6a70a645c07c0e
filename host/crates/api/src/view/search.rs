//! Which of many, by any part of what is shown of them. The stored JSON is named here by the words of the answers.

use rulewright_domain::{
    Condition as Domain,
    condition::Operator,
    find::{self, Direction, Filter, Kind, Scalar, Test},
};
use rulewright_ports::storage::{self, Find};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::automation::Condition;
use crate::{page, problem::Problem};

/// Which, in which order, and whether to count them.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"filter": {"all": [{"field": "stage", "operator": "equals", "value": "packed"}, {"field": "total.amount", "operator": "at-least", "value": 100}]}, "sort": ["-updated"], "limit": 50, "count": true}))]
pub struct Search {
    /// As conditions of rules are written. A field is the path to it in an answer, such as `total.amount`,
    /// `payments.system` or `fields.colour`; of a list, one that fits is enough. Text is compared in any case.
    filter: Option<Condition>,
    /// Fields, with `-` before those that go down; what is missing comes first. Newest first if left out.
    #[serde(default)]
    #[schema(example = json!(["-updated"]), max_items = 8)]
    sort: Vec<String>,
    /// 1 to 200; 50 if left out.
    #[schema(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next` of the page before, of the same search. While rows change, a page that is sorted by anything but the id
    /// may show one twice or pass one over.
    after: Option<String>,
    /// Whether to say how many there are.
    #[serde(default)]
    count: bool,
}

/// One page of what was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found<T> {
    items: Vec<T>,
    /// Pass it as `after` to get the next page; null on the last one.
    next: Option<String>,
    /// Of all pages, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    total: Option<u64>,
}

/// What of a kind of thing can be searched.
pub struct Searched {
    /// How it is shown, where it is stored, and what it is.
    pub fields: &'static [(&'static str, &'static str, Kind)],
    /// Objects with keys of the shop's own: what is below them is what it is compared with.
    pub own: &'static [&'static str],
}

/// A search as the storage understands it.
pub struct Wanted {
    pub find: Find,
    /// How many rows are shown; one more is looked for.
    limit: usize,
    by_id: bool,
}

impl Search {
    pub fn of(self, searched: &Searched) -> Result<Wanted, Problem> {
        let limit = page::size(self.limit)?;
        let filter = match self.filter {
            Some(condition) => searched.filter(condition.into())?,
            None => Filter::All(Vec::new()),
        };
        let sort = if self.sort.is_empty() { vec!["-id".to_owned()] } else { self.sort };
        let order = sort.iter().map(|by| searched.sorted(by)).collect::<Result<Vec<_>, _>>()?;
        let by_id = matches!(&sort[..], [by] if by.trim_start_matches('-') == "id");
        let find = Find { filter, order, offset: 0, limit: limit + 1, count: self.count };
        let mut wanted = Wanted { find, limit: limit as usize, by_id };
        if let Some(after) = &self.after {
            wanted.go_on(after)?;
        }
        wanted.find.check().map_err(|wrong| Problem::unprocessable("filter", wrong))?;
        Ok(wanted)
    }
}

impl Wanted {
    fn is_down(&self) -> bool {
        matches!(self.find.order.last(), Some((_, Direction::Down)))
    }

    fn go_on(&mut self, after: &str) -> Result<(), Problem> {
        if !self.by_id {
            let offset = after.strip_prefix('o').and_then(|offset| u32::from_str_radix(offset, 16).ok());
            self.find.offset = offset.ok_or_else(page::no_cursor)?.into();
            return Ok(());
        }
        let last = Scalar::from(page::decode(after)? as f64);
        let rest = find::Field::number(["id"]).is(match self.is_down() {
            true => Test::Below(last),
            false => Test::Above(last),
        });
        let filter = std::mem::replace(&mut self.find.filter, Filter::All(Vec::new()));
        self.find.filter = Filter::All(vec![filter, rest]);
        Ok(())
    }

    pub fn page<D, T>(
        &self,
        found: storage::Found<D>,
        id: impl Fn(&D) -> i64,
        view: impl Fn(D) -> T,
    ) -> Found<T> {
        let storage::Found { mut rows, total } = found;
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next = rows.last().filter(|_| more).map(|last| match self.by_id {
            true => page::encode(id(last)),
            false => format!("o{:x}", self.find.offset + self.limit as u64),
        });
        Found { items: rows.into_iter().map(view).collect(), next, total }
    }
}

impl Searched {
    /// Its kind is known, or that of what it is compared with.
    fn field(&self, name: &str, value: &Value) -> Result<find::Field, Problem> {
        if let Some((_, stored, kind)) = self.fields.iter().find(|(shown, ..)| *shown == name) {
            return Ok(find::Field::new(stored.split('.'), *kind));
        }
        match name.split_once('.') {
            Some((above, _)) if self.own.contains(&above) => {
                Ok(find::Field::new(name.split('.'), kind_of(value)))
            }
            _ => Err(self.unknown(name)),
        }
    }

    fn unknown(&self, name: &str) -> Problem {
        let known = self.fields.iter().map(|(shown, ..)| (*shown).to_owned());
        let known: Vec<String> = known.chain(self.own.iter().map(|own| format!("{own}.<key>"))).collect();
        Problem::unprocessable("field", format!("nothing is searched by `{name}`"))
            .hint(format!("known are {}", known.join(", ")))
    }

    fn sorted(&self, by: &str) -> Result<(find::Field, Direction), Problem> {
        match by.strip_prefix('-') {
            Some(name) => Ok((self.field(name, &Value::Null)?, Direction::Down)),
            None => Ok((self.field(by, &Value::Null)?, Direction::Up)),
        }
    }

    fn filter(&self, condition: Domain) -> Result<Filter, Problem> {
        let each = |parts: Vec<Domain>| {
            parts.into_iter().map(|part| self.filter(part)).collect::<Result<Vec<_>, _>>()
        };
        match condition {
            Domain::All { all } => Ok(Filter::All(each(all)?)),
            Domain::Any { any } => Ok(Filter::Any(each(any)?)),
            Domain::Compare { field, operator, value } => self.comparison(&field, operator, value),
        }
    }

    fn comparison(&self, name: &str, operator: Operator, value: Value) -> Result<Filter, Problem> {
        let field = self.field(name, value.as_array().and_then(|list| list.first()).unwrap_or(&value))?;
        let one = |value: &Value| scalar(value, field.kind).map_err(|wrong| misfit(name, &wrong));
        let list = |wanted: &str| value.as_array().ok_or_else(|| misfit(name, wanted));
        let text =
            || value.as_str().map(str::to_owned).ok_or_else(|| misfit(name, "text is what is contained"));
        let not = |test| Filter::Not(Box::new(field.clone().is(test)));
        let test = match operator {
            Operator::Equals => Test::Equal(one(&value)?),
            Operator::NotEquals => return Ok(not(Test::Equal(one(&value)?))),
            Operator::Contains => Test::Contains(text()?),
            Operator::NotContains => return Ok(not(Test::Contains(text()?))),
            Operator::Filled => return Ok(not(Test::Missing)),
            Operator::Empty => Test::Missing,
            Operator::GreaterThan => Test::Above(one(&value)?),
            Operator::AtLeast => Test::AtLeast(one(&value)?),
            Operator::LessThan => Test::Below(one(&value)?),
            Operator::AtMost => Test::AtMost(one(&value)?),
            Operator::In => Test::In(list("`in` needs a list")?.iter().map(one).collect::<Result<_, _>>()?),
            Operator::Between => {
                let [from, to] = &list("`between` needs a list of two")?[..] else {
                    return Err(misfit(name, "`between` needs a list of two"));
                };
                let ends = [Test::AtLeast(one(from)?), Test::AtMost(one(to)?)];
                return Ok(Filter::All(ends.map(|test| field.clone().is(test)).into()));
            }
        };
        Ok(field.is(test))
    }
}

fn misfit(name: &str, wrong: &str) -> Problem {
    let detail = format!("condition on `{name}`: {wrong}");
    Problem::unprocessable("filter", detail.clone()).fault("/filter", "condition", detail)
}

fn kind_of(value: &Value) -> Kind {
    match value {
        Value::Number(_) => Kind::Number,
        Value::Bool(_) => Kind::Flag,
        Value::String(text) if find::moment(text).is_some() => Kind::Moment,
        _ => Kind::Text,
    }
}

/// What cannot be a value of the field would silently find nothing.
fn scalar(value: &Value, kind: Kind) -> Result<Scalar, String> {
    let scalar = match value {
        Value::Null => return Ok(Scalar::Null),
        Value::Bool(flag) => Scalar::from(*flag),
        Value::Number(number) => Scalar::from(number.as_f64().ok_or("the number is too large")?),
        Value::String(text) => Scalar::from(text.as_str()),
        Value::Array(_) | Value::Object(_) => return Err("one value is compared, not several".to_owned()),
    };
    let fits = match (&scalar, kind) {
        (Scalar::Text(text), Kind::Number) => find::number(text).is_some(),
        (Scalar::Text(text), Kind::Moment) => find::moment(text).is_some(),
        (Scalar::Number(_), Kind::Number | Kind::Text) | (Scalar::Text(_), Kind::Text) => true,
        (Scalar::Flag(_), Kind::Flag) => true,
        _ => false,
    };
    match (fits, kind) {
        (true, _) => Ok(scalar),
        (false, Kind::Number) => Err(format!("{value} is no number and no id")),
        (false, Kind::Moment) => Err(format!("{value} is no time such as 2026-12-01T09:30:00Z, and no day")),
        (false, Kind::Flag) => Err(format!("{value} is neither true nor false")),
        (false, Kind::Text) => Err(format!("{value} is no text")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    const SEARCHED: Searched = Searched {
        fields: &[
            ("id", "id", Kind::Number),
            ("given_name", "names.given", Kind::Text),
            ("at", "at", Kind::Moment),
        ],
        own: &["fields"],
    };

    fn wanted(body: Value) -> Result<Wanted, String> {
        let search: Search = from_value(body).map_err(|error| error.to_string())?;
        search.of(&SEARCHED).map_err(|problem| {
            serde_json::to_value(problem.view()).unwrap()["code"].as_str().unwrap().to_owned()
        })
    }

    #[test]
    fn a_field_is_named_as_it_is_shown_and_looked_for_where_it_is_stored() {
        let filter = |condition| wanted(json!({ "filter": condition })).map(|wanted| wanted.find.filter);
        let ada = find::Field::text(["names", "given"]).is(Test::Equal("Ada".into()));
        assert_eq!(
            filter(json!({"field": "given_name", "operator": "equals", "value": "Ada"})),
            Ok(ada.clone())
        );
        let size = find::Field::number(["fields", "size"]);
        let between =
            Filter::All(vec![size.clone().is(Test::AtLeast(1.0.into())), size.is(Test::AtMost(2.0.into()))]);
        let any = json!({"any": [
            {"field": "fields.size", "operator": "between", "value": [1, 2]},
            {"field": "given_name", "operator": "not-equals", "value": "Ada"},
        ]});
        assert_eq!(filter(any), Ok(Filter::Any(vec![between, Filter::Not(Box::new(ada))])));
    }

    #[test]
    fn what_could_find_nothing_is_refused() {
        let compare = |field, operator, value| json!({ "filter": {"field": field, "operator": operator, "value": value} });
        for (body, code) in [
            (compare("name", "equals", json!("Ada")), "field"),
            (compare("fields", "filled", json!(null)), "field"),
            (compare("id", "equals", json!("seven")), "filter"),
            (compare("at", "at-least", json!("soon")), "filter"),
            (compare("at", "in", json!("2026-01-01")), "filter"),
            (compare("id", "between", json!([1])), "filter"),
            (compare("given_name", "contains", json!(["A"])), "filter"),
            (json!({"sort": ["-name"]}), "field"),
            (json!({"after": "o10"}), "cursor"),
            (json!({"sort": ["at"], "after": "k10"}), "cursor"),
            (json!({"limit": 0}), "limit"),
        ] {
            assert_eq!(wanted(body.clone()).err().as_deref(), Some(code), "{body}");
        }
    }

    #[test]
    fn pages_by_id_go_on_after_an_id_and_others_after_so_many() {
        let next = |body: Value| {
            let wanted = wanted(body).ok().unwrap();
            let found = storage::Found { rows: vec![9, 8, 7], total: None };
            wanted.page(found, |row| *row, |row| row).next
        };
        assert_eq!(next(json!({"limit": 2})).as_deref(), Some("k8"));
        assert_eq!(next(json!({"limit": 3})), None);
        assert_eq!(next(json!({"limit": 2, "sort": ["at"], "after": "o2"})).as_deref(), Some("o4"));
        let down = find::Field::number(["id"]).is(Test::Below(8.0.into()));
        let all = Filter::All(vec![Filter::All(vec![]), down]);
        assert_eq!(wanted(json!({"after": "k8"})).ok().unwrap().find.filter, all);
    }
}
