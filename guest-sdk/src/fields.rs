//! Fields and their values as staff write them into settings: one table with the same columns in every form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use crate::{Attr, Client, Issue, Json, Order, Value, attr, filled, find};

/// A line of a table of values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldValue {
    /// Field
    #[schemars(length(min = 1))]
    pub field: String,
    /// Value
    #[schemars(extend("x-template" = true))]
    pub value: String,
}

/// A line of a table of changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    /// Field
    #[schemars(length(min = 1))]
    pub field: String,
    /// Value
    /// Commas separate the values of a list. Where nothing is left of it, the field is left alone.
    #[serde(default)]
    #[schemars(extend("x-template" = true))]
    pub value: String,
    /// How
    #[serde(default)]
    pub mode: Mode,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Overwrite
    #[default]
    Overwrite,
    /// Don't overwrite, append
    Append,
    /// Empty the field
    Clear,
}

/// Whose fields they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Of {
    Order,
    Client,
    Item,
}

impl Of {
    /// What has a name and is no field: other rules change it, or nobody.
    fn read_only(self) -> &'static [&'static str] {
        match self {
            Of::Order => &[
                "id",
                "revision",
                "kind",
                "number",
                "pipeline",
                "stage",
                "created",
                "updated",
                "total",
                "paid",
                "currency",
                "canceled",
                "responsible",
                "source",
                "company",
                "contacts",
                "lines",
                "payments",
                "shipments",
                "tags",
                "fields",
                "attrs",
            ],
            Of::Client => &["id", "kind", "phones", "emails", "fields", "attrs"],
            Of::Item => &["id"],
        }
    }

    /// What nothing can be appended to.
    fn whole(self) -> &'static [&'static str] {
        match self {
            Of::Order => &["title", "comments"],
            // Appending to what is not known would subscribe people again.
            Of::Client => &["name", "phone", "email", "locale", "time-zone", "unsubscribed"],
            Of::Item => &[],
        }
    }

    fn required(self) -> &'static [&'static str] {
        match self {
            Of::Client => &["name"],
            Of::Order | Of::Item => &[],
        }
    }
}

/// What is wrong with the names in the column `field` of a table at `path`, e.g. `/fields`.
pub fn name_issues<'a>(path: &str, names: impl Iterator<Item = &'a str>) -> Vec<Issue> {
    let mut seen = Vec::new();
    let mut issues = Vec::new();
    for (index, name) in names.map(str::trim).enumerate() {
        let mut issue = |code, message: &str| {
            issues.push(Issue::new(format!("{path}/{index}/field"), code, message));
        };
        if name.is_empty() {
            issue("required", "Select a field.");
        } else if seen.contains(&name) {
            issue("twice", &format!("{name} is in the table already."));
        }
        seen.push(name);
    }
    issues
}

/// What is wrong with a table of changes at `path`.
pub fn change_issues(path: &str, changes: &[FieldChange], of: Of) -> Vec<Issue> {
    let mut issues = name_issues(path, changes.iter().map(|change| change.field.as_str()));
    for (index, FieldChange { field, value, mode }) in changes.iter().enumerate() {
        let field = field.trim();
        let mut issue = |column: &str, code, message: String| {
            issues.push(Issue::new(format!("{path}/{index}/{column}"), code, message));
        };
        if of.read_only().contains(&field) {
            issue("field", "read-only", format!("{field} is no field that can be written."));
        }
        match mode {
            Mode::Append if of.whole().contains(&field) => {
                issue("mode", "not-a-list", format!("Nothing can be appended to {field}: overwrite it."));
            }
            Mode::Clear if of.required().contains(&field) => {
                issue("mode", "required", format!("{field} cannot be empty."));
            }
            Mode::Overwrite | Mode::Append if value.trim().is_empty() => {
                issue("value", "empty-value", "Write a value, or select that the field is emptied.".into());
            }
            _ => {}
        }
    }
    issues
}

/// The given values; those of which nothing is left are left out.
pub fn values(given: &[FieldValue]) -> Vec<Attr> {
    let written = |line: &FieldValue| Some(attr(line.field.trim(), filled(&line.value)?));
    given.iter().filter_map(written).collect()
}

/// What the changes make of the current values: new values of the fields that differ. What was a number, a yes or
/// no, or a list stays one where the text allows it.
pub fn changed(changes: &[FieldChange], current: impl Fn(&str) -> Option<Value>) -> Vec<Attr> {
    let new = |change: &FieldChange| {
        let name = change.field.trim();
        let old = current(name).map_or(Json::Null, |value| value.to_json());
        let new = change.applied(&old)?;
        (new != old).then(|| attr(name, Value::from_json(new)))
    };
    changes.iter().filter_map(new).collect()
}

impl FieldChange {
    /// None: the field is left alone.
    fn applied(&self, old: &Json) -> Option<Json> {
        if self.mode == Mode::Clear {
            return Some(Json::Null);
        }
        let text = filled(&self.value)?;
        let parts = || text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Json::from);
        let parsed = || text.trim().parse::<Json>().ok();
        Some(match (self.mode, old) {
            (Mode::Append, _) => {
                let mut all = match old {
                    Json::Null => Vec::new(),
                    Json::Array(items) => items.clone(),
                    one => vec![one.clone()],
                };
                for part in parts() {
                    if !all.contains(&part) {
                        all.push(part);
                    }
                }
                Json::Array(all)
            }
            (_, Json::Array(items)) if items.iter().all(Json::is_string) => parts().collect(),
            (_, Json::Null | Json::String(_)) => Json::String(text),
            (_, old) => parsed().filter(|new| same_kind(new, old)).unwrap_or(Json::String(text)),
        })
    }
}

fn same_kind(one: &Json, other: &Json) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// An object of the attributes, for outputs.
pub fn to_json(attrs: &[Attr]) -> Json {
    let members = attrs.iter().map(|attr| (attr.key.clone(), attr.value.to_json()));
    Json::Object(members.collect::<Map<_, _>>())
}

impl Value {
    /// As the rules after this one find it in an output.
    pub fn to_json(&self) -> Json {
        match self {
            Value::None => Json::Null,
            Value::Text(text) => json!(text),
            Value::Integer(number) | Value::Time(number) => json!(number),
            Value::Boolean(flag) => json!(flag),
            Value::Money(money) => json!({ "amount": money.digits(), "currency": money.currency }),
            Value::Texts(texts) => json!(texts),
            Value::Json(text) => text.parse().unwrap_or(Json::Null),
        }
    }

    /// The plainest value that holds it.
    pub fn from_json(json: Json) -> Value {
        match json {
            Json::Null => Value::None,
            Json::String(text) => Value::Text(text),
            Json::Bool(flag) => Value::Boolean(flag),
            Json::Number(number) => number.as_i64().map_or(Value::Json(number.to_string()), Value::Integer),
            Json::Array(items) => {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
                match texts.collect::<Option<Vec<_>>>() {
                    Some(texts) => Value::Texts(texts),
                    None => Value::Json(Json::Array(items).to_string()),
                }
            }
            object => Value::Json(object.to_string()),
        }
    }
}

impl Order {
    /// What [`orders::set_fields`](crate::orders::set_fields) writes under that name.
    pub fn value(&self, name: &str) -> Option<Value> {
        match name {
            "title" => Some(self.title.as_str().into()),
            "comments" => find(&self.attrs, name).cloned(),
            _ => self.field(name).cloned(),
        }
    }
}

impl Client {
    /// What [`clients::set_fields`](crate::clients::set_fields) writes under that name.
    pub fn value(&self, name: &str) -> Option<Value> {
        let text = |text: &String| Value::from(text.as_str());
        match name {
            "name" => Some(text(&self.name)),
            "phone" => self.phones.first().map(|phone| text(&phone.value)),
            "email" => self.emails.first().map(|email| text(&email.value)),
            "locale" => self.locale.as_ref().map(text),
            "time-zone" => self.time_zone.as_ref().map(text),
            // Always a list, also of none.
            "unsubscribed" => Some(find(&self.attrs, name).cloned().unwrap_or(Value::Texts(Vec::new()))),
            _ => find(&self.attrs, name).cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Money, testing};

    fn change(field: &str, value: &str, mode: Mode) -> FieldChange {
        FieldChange { field: field.into(), value: value.into(), mode }
    }

    fn after(old: impl Into<Value>, value: &str, mode: Mode) -> Option<Value> {
        let old = old.into();
        let mut all = changed(&[change("x", value, mode)], |_| Some(old.clone()));
        all.pop().map(|attr| attr.value)
    }

    #[test]
    fn a_value_stays_what_it_was_where_the_text_allows_it() {
        let overwritten = |old: Value, text| after(old, text, Mode::Overwrite);
        assert_eq!(overwritten(Value::None, "7"), Some("7".into()));
        assert_eq!(overwritten("6".into(), "7"), Some("7".into()));
        assert_eq!(overwritten(6.into(), "7"), Some(7.into()));
        assert_eq!(overwritten(6.into(), "7.5"), Some(Value::Json("7.5".into())));
        assert_eq!(overwritten(6.into(), "seven"), Some("seven".into()));
        assert_eq!(overwritten(true.into(), "false"), Some(false.into()));
        assert_eq!(overwritten(true.into(), "0"), Some("0".into()));
        let list = |texts: &[&str]| Value::Texts(texts.iter().map(|text| (*text).to_owned()).collect());
        assert_eq!(overwritten(list(&["a"]), "b, c"), Some(list(&["b", "c"])));
    }

    #[test]
    fn what_is_there_already_is_no_change() {
        let list = Value::Texts(vec!["a".into(), "b".into()]);
        for (old, text) in [
            (Value::from("a"), "a"),
            (7.into(), "7"),
            (list.clone(), "a, b"),
            (Value::Json("[1,{}]".into()), "[1, {}]"),
            (Money::new(1250, 2, "GBP").into(), r#"{"amount":"12.50","currency":"GBP"}"#),
        ] {
            assert_eq!(after(old.clone(), text, Mode::Overwrite), None, "{old:?}");
        }
        assert_eq!(after(list, "b", Mode::Append), None);
        assert_eq!(after(Value::None, "", Mode::Clear), None);
    }

    #[test]
    fn values_are_appended_to_what_is_there() {
        let texts =
            |texts: &[&str]| Some(Value::Texts(texts.iter().map(|text| (*text).to_owned()).collect()));
        assert_eq!(after(Value::None, "a, b", Mode::Append), texts(&["a", "b"]));
        assert_eq!(after("a", "b", Mode::Append), texts(&["a", "b"]));
        assert_eq!(
            after(Value::Json("[1]".into()), "b", Mode::Append),
            Some(Value::Json("[1,\"b\"]".into()))
        );
    }

    #[test]
    fn nothing_is_left_alone_unless_the_field_is_emptied() {
        assert_eq!(after("a", " ", Mode::Overwrite), None);
        assert_eq!(after("a", "", Mode::Append), None);
        assert_eq!(after("a", "b", Mode::Clear), Some(Value::None));
    }

    #[test]
    fn a_table_that_cannot_be_written_is_refused_with_the_place() {
        let issues = |field, value, mode, of| {
            let issues = change_issues("/fields", &[change(field, value, mode)], of);
            issues.into_iter().map(|issue| (issue.path, issue.code)).collect::<Vec<_>>()
        };
        let one = |column: &str, code: &str| vec![(format!("/fields/0/{column}"), code.to_owned())];
        assert_eq!(issues("colour", "red", Mode::Append, Of::Order), []);
        assert_eq!(issues("total", "1", Mode::Overwrite, Of::Order), one("field", "read-only"));
        assert_eq!(issues("total", "1", Mode::Overwrite, Of::Client), []);
        assert_eq!(issues("comments", "x", Mode::Append, Of::Order), one("mode", "not-a-list"));
        assert_eq!(issues("unsubscribed", "sms", Mode::Append, Of::Client), one("mode", "not-a-list"));
        assert_eq!(issues("name", "", Mode::Clear, Of::Client), one("mode", "required"));
        assert_eq!(issues("colour", " ", Mode::Overwrite, Of::Item), one("value", "empty-value"));
        assert_eq!(issues(" ", "red", Mode::Overwrite, Of::Item), one("field", "required"));
        let twice = name_issues("/filter", ["a", "b", " a"].into_iter());
        assert_eq!((twice.len(), &*twice[0].path, &*twice[0].code), (1, "/filter/2/field", "twice"));
    }

    #[test]
    fn what_is_written_under_a_name_can_be_read_under_it() {
        let mut order = testing::order();
        order.attrs.push(attr("comments", "Ring twice"));
        order.fields.push(attr("colour", "red"));
        let read = |name| order.value(name).map(|value| value.to_string());
        let names = ["title", "comments", "colour", "size"].map(read);
        assert_eq!(names, [Some("Order 1001".into()), Some("Ring twice".into()), Some("red".into()), None]);
        let mut client =
            testing::client("client-1").with_phone("work", "1").with_email("home", "a@example.org");
        client.locale = Some("de".into());
        client.attrs.push(attr("vip", true));
        let read = |name| client.value(name).map(|value| value.to_string());
        let names = ["name", "phone", "email", "locale", "time-zone", "vip", "unsubscribed"].map(read);
        let expected = ["Client client-1", "1", "a@example.org", "de", "", "true", ""];
        assert_eq!(names.map(Option::unwrap_or_default), expected);
    }

    #[test]
    fn given_values_without_a_text_are_left_out() {
        let line = |field: &str, value: &str| FieldValue { field: field.into(), value: value.into() };
        assert_eq!(values(&[line("a", "1"), line("b", " ")]), [attr("a", "1")]);
        let attrs = [attr("a", 1), attr("b", vec!["x".into()]), attr("c", Value::Json("{\"d\":1.5}".into()))];
        assert_eq!(to_json(&attrs), json!({ "a": 1, "b": ["x"], "c": { "d": 1.5 } }));
    }
}
