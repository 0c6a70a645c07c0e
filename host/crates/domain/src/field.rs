//! Definitions of the shop's own fields: what may stand in them, and what they are called.
//!
//! Values lie in the fields of orders and clients under the name of their definition. A field without a definition may
//! hold anything.

mod pattern;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use pattern::Pattern;
pub use value::Reference;
pub(crate) use value::kept_file;

use crate::{Currency, FieldId, Fields, OrderKind, Rejection};

/// Text by language, such as `en`.
pub type Texts = BTreeMap<String, String>;

/// Whose field it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldOf {
    Deal,
    /// Of a store.
    Order,
    Contact,
    Company,
}

impl FieldOf {
    pub fn name(self) -> &'static str {
        match self {
            FieldOf::Deal => "deal",
            FieldOf::Order => "order",
            FieldOf::Contact => "contact",
            FieldOf::Company => "company",
        }
    }
}

impl From<OrderKind> for FieldOf {
    fn from(kind: OrderKind) -> FieldOf {
        match kind {
            OrderKind::Deal => FieldOf::Deal,
            OrderKind::Order => FieldOf::Order,
        }
    }
}

impl From<crate::ClientKind> for FieldOf {
    fn from(kind: crate::ClientKind) -> FieldOf {
        match kind {
            crate::ClientKind::Contact => FieldOf::Contact,
            crate::ClientKind::Company => FieldOf::Company,
        }
    }
}

/// What a value is, and how it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    Text,
    /// A whole number.
    Integer,
    Number,
    /// `true` or `false`.
    YesNo,
    /// A day: `2026-11-20`.
    Date,
    /// A moment, as RFC 3339 text.
    Time,
    /// `{"amount": "12.50", "currency": "GBP"}`
    Money,
    Link,
    Address,
    /// One of the options, by its id.
    Choice,
    /// `{"digest": .., "name": .., "size": ..}`: the bytes are kept under their digest.
    File,
    /// `emp_1`
    Employee,
    /// The id of an entry of one of the shop's dictionaries.
    Dictionary,
    /// The number of a section of a list.
    ListSection,
    /// The number of an item of a list.
    ListItem,
    /// Another record: `deal/ord_42`, `contact/cli_7`.
    Reference,
}

impl FieldKind {
    pub const ALL: [FieldKind; 16] = [
        FieldKind::Text,
        FieldKind::Integer,
        FieldKind::Number,
        FieldKind::YesNo,
        FieldKind::Date,
        FieldKind::Time,
        FieldKind::Money,
        FieldKind::Link,
        FieldKind::Address,
        FieldKind::Choice,
        FieldKind::File,
        FieldKind::Employee,
        FieldKind::Dictionary,
        FieldKind::ListSection,
        FieldKind::ListItem,
        FieldKind::Reference,
    ];
}

/// What a choice offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldOption {
    /// Unique in the shop, and the same for ever. 0: not given one yet.
    pub id: i64,
    pub value: String,
    #[serde(default)]
    pub sort: i64,
    /// Whether something new begins with it.
    #[serde(default)]
    pub default: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

/// What values keep to, besides their kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldRules {
    /// What something new begins with. A choice has it in its options.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub default: Value,
    /// New dates and times begin with the day and the moment of creation.
    #[serde(skip_serializing_if = "is_false")]
    pub default_now: bool,
    /// Characters of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// Of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    /// Of an integer or a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// To which a number is rounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u8>,
    /// Of an amount that comes without one. None: the shop's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Whose entries a value names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dictionary: Option<String>,
    /// What a reference may lead to. Empty: anything.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub refers_to: BTreeSet<FieldOf>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// A field of the shop's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldDefinition {
    pub id: FieldId,
    pub of: FieldOf,
    /// The key of its values; unique among those of the same.
    pub name: String,
    pub kind: FieldKind,
    #[serde(default)]
    pub multiple: bool,
    #[serde(default)]
    pub mandatory: bool,
    #[serde(default)]
    pub sort: i64,
    /// Where a value is filled in, ...
    #[serde(default)]
    pub labels: Texts,
    /// ... above a column, ...
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub column_labels: Texts,
    /// ... in a filter.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub filter_labels: Texts,
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub errors: Texts,
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub help: Texts,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<FieldOption>,
    #[serde(default)]
    pub rules: FieldRules,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// How it is shown, in the words of whoever shows it: no value depends on it.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub display: Fields,
}

/// Characters of a name.
const MAX_NAME: usize = 50;
/// Characters of a label, an option, an external id.
const MAX_LABEL: usize = 255;

impl FieldDefinition {
    /// Options of one choice; more is a list of the shop's.
    pub const MAX_OPTIONS: usize = 1_000;
    /// Fields of the same; more is a database.
    pub const MOST: usize = 1_000;

    pub fn new(of: FieldOf, name: impl Into<String>, kind: FieldKind) -> FieldDefinition {
        FieldDefinition {
            id: FieldId(0),
            of,
            name: name.into(),
            kind,
            multiple: false,
            mandatory: false,
            sort: 100,
            labels: Texts::new(),
            column_labels: Texts::new(),
            filter_labels: Texts::new(),
            errors: Texts::new(),
            help: Texts::new(),
            options: Vec::new(),
            rules: FieldRules::default(),
            external_id: None,
            display: Fields::new(),
        }
    }

    /// In this language, else in English, else in any, else its name.
    pub fn label(&self, language: &str) -> &str {
        let filled = |language: &str| self.labels.get(language).filter(|text| !text.is_empty());
        let any = || self.labels.values().find(|text| !text.is_empty());
        filled(language).or_else(|| filled("en")).or_else(any).map_or(self.name.as_str(), String::as_str)
    }

    /// Where it is wrong, and how.
    pub fn issues(&self) -> Vec<(String, String)> {
        let mut issues: Vec<(String, String)> = Vec::new();
        let mut issue = |path: &str, message: String| issues.push((path.to_owned(), message));
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !(1..=MAX_NAME).contains(&self.name.len()) || !self.name.chars().all(plain) {
            issue("/name", format!("a field is named by 1 to {MAX_NAME} letters, digits, `-` and `_`"));
        }
        if matches!(self.name.as_str(), "title" | "comments") {
            issue("/name", format!("`{}` is a field that everything has: take another name", self.name));
        }
        if self.kind == FieldKind::YesNo && self.multiple {
            issue("/multiple", "a field for yes or no has one value".to_owned());
        }
        for (path, texts) in [
            ("/labels", &self.labels),
            ("/column_labels", &self.column_labels),
            ("/filter_labels", &self.filter_labels),
            ("/errors", &self.errors),
            ("/help", &self.help),
        ] {
            let long =
                texts.iter().any(|(language, text)| language.len() > 16 || text.chars().count() > MAX_LABEL);
            if long {
                issue(path, format!("a language has at most 16 characters, its text {MAX_LABEL}"));
            }
        }
        if self.external_id.as_ref().is_some_and(|id| id.chars().count() > MAX_LABEL) {
            issue("/external_id", format!("at most {MAX_LABEL} characters"));
        }
        let FieldRules { min_length, max_length, min, max, .. } = self.rules;
        if min_length.zip(max_length).is_some_and(|(min, max)| min > max) {
            issue("/rules/min_length", "it is greater than `max_length`".to_owned());
        }
        if let Some(Err(message)) = self.rules.pattern.as_ref().map(|pattern| pattern.matches("")) {
            issue("/rules/pattern", message);
        }
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            issue("/rules/min", "it is greater than `max`".to_owned());
        }
        if [min, max].into_iter().flatten().any(|bound| !bound.is_finite()) {
            issue("/rules/min", "a bound is a number".to_owned());
        }
        if self.rules.decimals.is_some_and(|decimals| decimals > 12) {
            issue("/rules/decimals", "at most 12".to_owned());
        }
        if self.kind != FieldKind::Choice && !self.options.is_empty() {
            issue("/options", "only a choice has options".to_owned());
        }
        if self.options.len() > Self::MAX_OPTIONS {
            issue("/options", format!("at most {}", Self::MAX_OPTIONS));
        }
        let mut known = BTreeSet::new();
        for (index, option) in self.options.iter().enumerate() {
            if option.value.trim().is_empty() || option.value.chars().count() > MAX_LABEL {
                issue(&format!("/options/{index}/value"), format!("it has 1 to {MAX_LABEL} characters"));
            }
            let external = option.external_id.as_ref().filter(|id| !id.is_empty());
            if external.is_some_and(|id| !known.insert(id)) {
                let message = format!("`{}` stands there twice", external.cloned().unwrap_or_default());
                issue(&format!("/options/{index}/external_id"), message);
            }
        }
        if !self.rules.default.is_null() {
            let surroundings = Surroundings { zone: "UTC", currency: Currency::new(b"EUR") };
            if let Err(message) = self.stored(self.rules.default.clone(), &surroundings) {
                issue("/rules/default", message);
            }
        }
        issues
    }

    /// What something new has in it when nothing is said.
    fn default_value(&self, now: crate::Timestamp, surroundings: &Surroundings<'_>) -> Option<Value> {
        let ids = || {
            let chosen = self.options.iter().filter(|option| option.default);
            chosen.map(|option| Value::from(option.id)).collect::<Vec<_>>()
        };
        let value = match self.kind {
            FieldKind::Choice if self.multiple => Value::Array(ids()),
            FieldKind::Choice => ids().into_iter().next()?,
            FieldKind::Date | FieldKind::Time if self.rules.default_now => Value::String(now.to_string()),
            _ => self.rules.default.clone(),
        };
        self.stored(value, surroundings).ok().filter(|value| !value.is_null())
    }
}

/// What values are read in.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Of the shop: a day begins at its midnight.
    pub zone: &'a str,
    /// Of an amount that comes without one.
    pub currency: Currency,
}

/// What is being done to the thing whose fields are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// It is new. By hand: by somebody who can be told what is missing, and not by a rule or from the past.
    New {
        by_hand: bool,
        at: crate::Timestamp,
    },
    Change {
        by_hand: bool,
    },
}

/// All fields that a shop has defined.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definitions(Vec<FieldDefinition>);

impl From<Vec<FieldDefinition>> for Definitions {
    fn from(all: Vec<FieldDefinition>) -> Definitions {
        Definitions(all)
    }
}

impl Definitions {
    /// In the order of their ids.
    pub fn of(&self, of: FieldOf) -> impl Iterator<Item = &FieldDefinition> {
        self.0.iter().filter(move |field| field.of == of)
    }

    pub fn find(&self, of: FieldOf, name: &str) -> Option<&FieldDefinition> {
        self.of(of).find(|field| field.name == name)
    }

    /// The given fields as they are stored; null empties. What has no definition stays as it is.
    pub fn check(
        &self,
        of: FieldOf,
        given: Fields,
        writing: Writing,
        surroundings: &Surroundings<'_>,
    ) -> Result<Fields, Rejection> {
        let mut stored = Fields::new();
        for (name, value) in given {
            let value = match self.find(of, &name) {
                Some(field) => field.stored(value, surroundings).map_err(|message| wrong(field, message))?,
                None => value,
            };
            stored.insert(name, value);
        }
        let by_hand = match writing {
            Writing::New { by_hand, at } => {
                for field in self.of(of) {
                    let unsaid = !stored.contains_key(&field.name);
                    if let Some(value) = field.default_value(at, surroundings).filter(|_| unsaid) {
                        stored.insert(field.name.clone(), value);
                    }
                }
                stored.retain(|_, value| !value.is_null());
                by_hand
            }
            Writing::Change { by_hand } => by_hand,
        };
        let missing = |field: &&FieldDefinition| match (stored.get(&field.name), writing) {
            (Some(value), _) => value.is_null(),
            (None, Writing::New { .. }) => true,
            (None, Writing::Change { .. }) => false,
        };
        match self.of(of).filter(|field| by_hand && field.mandatory).find(missing) {
            Some(field) => Err(wrong(field, "it is mandatory, and empty".to_owned())),
            None => Ok(stored),
        }
    }
}

fn wrong(field: &FieldDefinition, message: String) -> Rejection {
    Rejection::invalid(format!("field `{}`", field.name), message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Timestamp;

    const HERE: Surroundings<'static> =
        Surroundings { zone: "Europe/Berlin", currency: Currency::new(b"EUR") };
    const NOW: Timestamp = Timestamp(1_772_442_000_000);

    fn fields(of: Value) -> Fields {
        serde_json::from_value(of).unwrap()
    }

    fn definitions() -> Definitions {
        let option = |id: i64, value: &str, default| FieldOption {
            id,
            value: value.into(),
            sort: id * 10,
            default,
            external_id: None,
        };
        Definitions::from(vec![
            FieldDefinition {
                mandatory: true,
                ..FieldDefinition::new(FieldOf::Deal, "note", FieldKind::Text)
            },
            FieldDefinition {
                options: vec![option(5, "Red", false), option(6, "Blue", true)],
                ..FieldDefinition::new(FieldOf::Deal, "colour", FieldKind::Choice)
            },
            FieldDefinition {
                rules: FieldRules { default_now: true, ..FieldRules::default() },
                ..FieldDefinition::new(FieldOf::Deal, "since", FieldKind::Date)
            },
            FieldDefinition::new(FieldOf::Contact, "note", FieldKind::Integer),
        ])
    }

    #[test]
    fn something_new_has_what_is_mandatory_and_begins_with_the_defaults() {
        let new = Writing::New { by_hand: true, at: NOW };
        let check = |given| definitions().check(FieldOf::Deal, fields(given), new, &HERE);
        let stored = check(json!({ "note": 7, "other": [1] })).unwrap();
        let expected = json!({ "note": "7", "other": [1], "colour": 6, "since": "2026-03-02" });
        assert_eq!(stored, fields(expected));
        assert_eq!(check(json!({ "note": "x", "colour": "Red" })).unwrap()["colour"], 5);
        assert!(!check(json!({ "note": "x", "colour": null })).unwrap().contains_key("colour"));
        for missing in [json!({}), json!({ "note": "" }), json!({ "note": null })] {
            let refused = check(missing).unwrap_err().to_string();
            assert!(refused.contains("`note`") && refused.contains("mandatory"), "{refused}");
        }
        let by_rule = Writing::New { by_hand: false, at: NOW };
        assert!(definitions().check(FieldOf::Deal, Fields::new(), by_rule, &HERE).is_ok());
    }

    #[test]
    fn a_change_touches_what_it_names_and_empties_nothing_mandatory_by_hand() {
        let check = |given, by_hand| {
            definitions().check(FieldOf::Deal, fields(given), Writing::Change { by_hand }, &HERE)
        };
        assert_eq!(check(json!({ "colour": "5" }), true).unwrap(), fields(json!({ "colour": 5 })));
        assert!(check(json!({ "note": null }), true).is_err());
        assert!(check(json!({ "note": null }), false).unwrap()["note"].is_null());
        let refused = check(json!({ "colour": "Green" }), true).unwrap_err().to_string();
        assert!(refused.contains("Red") && refused.contains("Blue"), "{refused}");
    }

    #[test]
    fn the_same_name_may_be_another_field_of_something_else() {
        let change = Writing::Change { by_hand: true };
        let given = fields(json!({ "note": "7" }));
        let stored = definitions().check(FieldOf::Contact, given.clone(), change, &HERE).unwrap();
        assert_eq!(stored["note"], 7);
        assert_eq!(definitions().check(FieldOf::Company, given.clone(), change, &HERE).unwrap(), given);
    }

    #[test]
    fn a_definition_says_what_is_wrong_with_it() {
        let good = FieldDefinition::new(FieldOf::Deal, "UF_CRM_note", FieldKind::Text);
        assert_eq!(good.issues(), []);
        let option = |value: &str, external: Option<&str>| FieldOption {
            id: 0,
            value: value.into(),
            sort: 0,
            default: false,
            external_id: external.map(str::to_owned),
        };
        let rules = |rules: Value| serde_json::from_value::<FieldRules>(rules).unwrap();
        for (wrong, path) in [
            (FieldDefinition { name: "a.b".into(), ..good.clone() }, "/name"),
            (FieldDefinition { name: String::new(), ..good.clone() }, "/name"),
            (FieldDefinition { name: "x".repeat(51), ..good.clone() }, "/name"),
            (FieldDefinition { name: "title".into(), ..good.clone() }, "/name"),
            (FieldDefinition { kind: FieldKind::YesNo, multiple: true, ..good.clone() }, "/multiple"),
            (FieldDefinition { options: vec![option("Red", None)], ..good.clone() }, "/options"),
            (
                FieldDefinition {
                    kind: FieldKind::Choice,
                    options: vec![option("Red", Some("x")), option("Blue", Some("x"))],
                    ..good.clone()
                },
                "/options/1/external_id",
            ),
            (
                FieldDefinition { kind: FieldKind::Choice, options: vec![option(" ", None)], ..good.clone() },
                "/options/0/value",
            ),
            (
                FieldDefinition { rules: rules(json!({ "min_length": 3, "max_length": 2 })), ..good.clone() },
                "/rules/min_length",
            ),
            (
                FieldDefinition { rules: rules(json!({ "pattern": "(?=x)" })), ..good.clone() },
                "/rules/pattern",
            ),
            (
                FieldDefinition {
                    rules: rules(json!({ "pattern": "^[0-9]$", "default": "x" })),
                    ..good.clone()
                },
                "/rules/default",
            ),
            (
                FieldDefinition {
                    kind: FieldKind::Integer,
                    rules: rules(json!({ "default": "x" })),
                    ..good.clone()
                },
                "/rules/default",
            ),
            (FieldDefinition { labels: [("en".into(), "x".repeat(256))].into(), ..good.clone() }, "/labels"),
        ] {
            let found: Vec<String> = wrong.issues().into_iter().map(|(path, _)| path).collect();
            assert_eq!(found, [path], "{wrong:?}");
        }
        let labelled = FieldDefinition {
            labels: [("de".into(), "Farbe".into()), ("en".into(), "Colour".into())].into(),
            ..good
        };
        assert_eq!((labelled.label("de"), labelled.label("fr")), ("Farbe", "Colour"));
    }
}
