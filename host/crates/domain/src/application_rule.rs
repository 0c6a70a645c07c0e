//! What applications of others add to the automation: rules that they carry out, and triggers that they fire.
//!
//! **Invariant:** nothing here knows how an application is told. Its words are the words of whoever registered it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{ApplicationRuleId, Manifest, OrderKind, ShopConfig, SubscriptionId, Timestamp};

/// The plugin behind every rule of an application, and behind every trigger.
pub const RULE_PLUGIN: &str = "rulewright.call-application";
pub const TRIGGER_PLUGIN: &str = "rulewright.application-trigger";

/// What the rule's plugin emits, followed by the number of the rule: what its application is told of.
pub const CALLED: &str = "plugin.application-rule.";

/// With which widget staff choose a rule.
pub const RULE_WIDGET: &str = "application-rule";

/// A rule that an application carries out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApplicationRule {
    pub id: ApplicationRuleId,
    /// The application that registered it; empty: the shop itself.
    pub owner: String,
    /// Unique among the owner's.
    pub code: String,
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub properties: Vec<Property>,
    /// What it answers with.
    #[serde(default)]
    pub returns: Vec<Property>,
    /// Whether the run waits for its answer.
    pub waits: bool,
    /// Orders that it is for; none: it is for no order at all. Unset: for any.
    #[serde(default)]
    pub kinds: Option<Vec<OrderKind>>,
    /// By which it is told.
    pub subscription: SubscriptionId,
    /// What the interface that registered it keeps besides.
    #[serde(default)]
    pub params: Map<String, Value>,
    pub created: Timestamp,
}

/// A line of the form that staff fill in, or a value of the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Property {
    pub key: String,
    pub name: String,
    #[serde(default)]
    pub description: String,
    pub kind: PropertyKind,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub multiple: bool,
    #[serde(default)]
    pub default: Value,
    /// Of [`PropertyKind::Select`]: value and what people read, in the order in which they are shown.
    #[serde(default)]
    pub options: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PropertyKind {
    Flag,
    Date,
    Time,
    Number,
    Whole,
    Select,
    /// On one line.
    Line,
    Text,
    Employee,
    /// An address from which it can be fetched.
    File,
}

/// A trigger that an application fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationTrigger {
    pub id: i64,
    pub owner: String,
    /// Unique among the owner's.
    pub code: String,
    pub name: String,
}

impl ApplicationRule {
    pub fn is_for(&self, kind: OrderKind) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }

    /// The kind of the events that its application is told of.
    pub fn event_kind(&self) -> String {
        format!("{CALLED}{}", self.id.0)
    }

    /// Path below `/properties`, code and message of everything that keeps the rule from being saved. Of a value that is
    /// inserted nothing is known yet.
    pub fn issues(&self, given: &Value) -> Vec<(String, &'static str, String)> {
        let none = Map::new();
        let given = given.as_object().unwrap_or(&none);
        let mut found = Vec::new();
        for key in given.keys().filter(|key| self.properties.iter().all(|property| property.key != **key)) {
            let known: Vec<&str> = self.properties.iter().map(|property| property.key.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let message = format!("`{}` has no property `{key}`; it has {known}", self.name);
            found.push((format!("/{key}"), "no-such-property", message));
        }
        for property in &self.properties {
            let value = given.get(&property.key);
            let at = format!("/{}", property.key);
            if property.required && value.is_none_or(is_blank) {
                let message =
                    format!("`{}` requires the property `{}` ({})", self.name, property.key, property.name);
                found.push((at, "required", message));
            } else if let Some(problem) = value.and_then(|value| property.problem(value)) {
                let message = format!("the property `{}` ({}) {problem}", property.key, property.name);
                found.push((at, "wrong-value", message));
            }
        }
        found
    }

    /// How the catalogue offers it: the plugin's own manifest, with the form of this rule.
    pub fn offered(&self, plugin: &Manifest) -> Manifest {
        let mut manifest = plugin.clone();
        manifest.title.clone_from(&self.name);
        manifest.titles.clear();
        if !self.description.is_empty() {
            manifest.description.clone_from(&self.description);
        }
        let schema = &mut manifest.settings;
        schema["properties"]["rule"]["const"] = json!(self.id);
        schema["properties"]["properties"] = self.schema();
        let filled = self.properties.iter().filter(|property| !property.default.is_null());
        let filled: Map<String, Value> =
            filled.map(|property| (property.key.clone(), property.default.clone())).collect();
        manifest.example = Some(json!({ "rule": self.id, "properties": filled }));
        let outputs = self.returns.iter().map(|value| (value.key.clone(), value.name.clone()));
        manifest.outputs = outputs.collect();
        manifest
    }

    /// JSON Schema of its properties: the form is drawn from it.
    pub fn schema(&self) -> Value {
        let required: Vec<&str> =
            self.properties.iter().filter(|one| one.required).map(|one| one.key.as_str()).collect();
        let properties: Map<String, Value> =
            self.properties.iter().map(|property| (property.key.clone(), property.schema())).collect();
        json!({
            "title": "Properties",
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }
}

impl Property {
    fn schema(&self) -> Value {
        let mut one = match self.kind {
            PropertyKind::Flag => json!({ "type": ["boolean", "string"], "x-template": true }),
            PropertyKind::Whole => json!({ "type": ["integer", "string"], "x-template": true }),
            PropertyKind::Number => json!({ "type": ["number", "string"], "x-template": true }),
            PropertyKind::Select => {
                let choice = |(value, label): &(String, String)| json!({ "const": value, "title": label });
                json!({ "type": "string", "oneOf": self.options.iter().map(choice).collect::<Vec<_>>() })
            }
            PropertyKind::Date => json!({ "type": "string", "x-template": true, "x-widget": "date" }),
            PropertyKind::Time => json!({ "type": "string", "x-template": true, "x-widget": "date-time" }),
            PropertyKind::Text => json!({ "type": "string", "x-template": true, "x-widget": "textarea" }),
            PropertyKind::Employee => json!({ "type": "string", "x-template": true, "x-widget": "employee" }),
            PropertyKind::Line | PropertyKind::File => json!({ "type": "string", "x-template": true }),
        };
        if self.multiple {
            one = json!({ "type": "array", "items": one });
        }
        one["title"] = json!(self.name);
        if !self.description.is_empty() {
            one["description"] = json!(self.description);
        }
        if !self.default.is_null() {
            one["default"] = self.default.clone();
        }
        one
    }

    /// What is wrong with a value, as the end of a sentence.
    fn problem(&self, value: &Value) -> Option<String> {
        match value {
            Value::Array(items) if self.multiple => items.iter().find_map(|item| self.problem_of_one(item)),
            Value::Array(_) => Some("takes one value".to_owned()),
            value => self.problem_of_one(value),
        }
    }

    fn problem_of_one(&self, value: &Value) -> Option<String> {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => return Some("is a text, a number, or yes or no".to_owned()),
        };
        if text.is_empty() || text.contains("{{") {
            return None;
        }
        let flag = || ["true", "false", "Y", "N", "1", "0"].contains(&text.as_str());
        match self.kind {
            PropertyKind::Whole if text.parse::<i64>().is_err() => Some("is a whole number".to_owned()),
            PropertyKind::Number if !text.parse::<f64>().is_ok_and(f64::is_finite) => {
                Some("is a number".to_owned())
            }
            PropertyKind::Flag if !flag() => Some("is yes or no: true or false".to_owned()),
            PropertyKind::Select if !self.options.iter().any(|(value, _)| *value == text) => {
                let known: Vec<&str> = self.options.iter().map(|(value, _)| value.as_str()).collect();
                Some(format!("is one of {}", known.join(", ")))
            }
            _ => None,
        }
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_blank),
        _ => false,
    }
}

/// How the catalogue offers a trigger of an application.
pub fn offered(trigger: &ApplicationTrigger, config: &ShopConfig, plugin: &Manifest) -> Manifest {
    let mut manifest = plugin.clone();
    manifest.title.clone_from(&trigger.name);
    manifest.titles.clear();
    manifest.settings["properties"]["code"]["const"] = json!(trigger.code);
    let same = config.application_triggers.iter().filter(|other| other.code == trigger.code).count();
    manifest.example = Some(match same {
        0 | 1 => json!({ "code": trigger.code }),
        _ => json!({ "code": trigger.code, "application": trigger.owner }),
    });
    manifest
}

/// Of an application's answer, what the rule said that it answers with. One that said nothing may answer with anything.
pub fn answered(rule: &ApplicationRule, given: Map<String, Value>) -> Map<String, Value> {
    let known: BTreeMap<String, &str> =
        rule.returns.iter().map(|value| (value.key.to_lowercase(), value.key.as_str())).collect();
    if known.is_empty() {
        return given;
    }
    let kept = given.into_iter().filter_map(|(key, value)| {
        let key = known.get(&key.to_lowercase())?;
        Some(((*key).to_owned(), value))
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property(key: &str, kind: PropertyKind) -> Property {
        Property {
            key: key.into(),
            name: key.to_uppercase(),
            description: String::new(),
            kind,
            required: false,
            multiple: false,
            default: Value::Null,
            options: vec![("a".into(), "First".into()), ("b".into(), "Second".into())],
        }
    }

    fn rule(properties: Vec<Property>) -> ApplicationRule {
        ApplicationRule {
            id: ApplicationRuleId(17),
            owner: "local.scales".into(),
            code: "weigh".into(),
            name: "Weigh".into(),
            description: String::new(),
            properties,
            returns: vec![property("weight", PropertyKind::Number)],
            waits: true,
            kinds: Some(vec![OrderKind::Deal]),
            subscription: SubscriptionId(3),
            params: Map::new(),
            created: Timestamp(0),
        }
    }

    fn codes(rule: &ApplicationRule, given: Value) -> Vec<(String, &'static str)> {
        rule.issues(&given).into_iter().map(|(path, code, _)| (path, code)).collect()
    }

    #[test]
    fn a_required_property_is_named_where_it_is_missing() {
        let rule = rule(vec![Property { required: true, ..property("text", PropertyKind::Line) }]);
        for given in [json!(null), json!({}), json!({ "text": " " }), json!({ "text": [""] })] {
            let issues = rule.issues(&given);
            assert_eq!((issues[0].0.as_str(), issues[0].1), ("/text", "required"), "{given}");
            assert!(issues[0].2.contains("`text` (TEXT)"), "{}", issues[0].2);
        }
        assert_eq!(codes(&rule, json!({ "text": "{{ order.number }}" })), []);
    }

    #[test]
    fn a_value_is_of_its_kind_unless_it_is_inserted() {
        use PropertyKind::{Flag, Line, Number, Select, Whole};
        for (kind, right, wrong) in [
            (
                Whole,
                vec![json!(5), json!("5"), json!("{{ order.number }}"), json!("")],
                vec![json!("x"), json!(1.5)],
            ),
            (Number, vec![json!(1.5), json!("-2")], vec![json!("NaN"), json!("1,5"), json!(true)]),
            (Flag, vec![json!(true), json!("N")], vec![json!("perhaps")]),
            (Select, vec![json!("a")], vec![json!("First"), json!("c")]),
            (Line, vec![json!("x"), json!(7)], vec![json!(["x"]), json!({})]),
        ] {
            let rule = rule(vec![property("it", kind)]);
            for value in right {
                assert_eq!(codes(&rule, json!({ "it": value })), [], "{kind:?} {value}");
            }
            for value in wrong {
                let found = codes(&rule, json!({ "it": value }));
                assert_eq!(found, [("/it".to_owned(), "wrong-value")], "{kind:?} {value}");
            }
        }
    }

    #[test]
    fn several_values_and_unknown_ones() {
        let many = Property { multiple: true, ..property("it", PropertyKind::Whole) };
        let rule = rule(vec![many]);
        assert_eq!(codes(&rule, json!({ "it": [1, "2"] })), []);
        assert_eq!(codes(&rule, json!({ "it": [1, "x"] })), [("/it".to_owned(), "wrong-value")]);
        assert_eq!(codes(&rule, json!({ "other": 1 })), [("/other".to_owned(), "no-such-property")]);
    }

    #[test]
    fn of_an_answer_what_was_announced_is_kept() {
        let given = json!({ "WEIGHT": 3, "colour": "red" });
        let kept = answered(&rule(Vec::new()), given.as_object().unwrap().clone());
        assert_eq!(Value::Object(kept), json!({ "weight": 3 }));
        let open = ApplicationRule { returns: Vec::new(), ..rule(Vec::new()) };
        assert_eq!(answered(&open, given.as_object().unwrap().clone()).len(), 2);
    }

    #[test]
    fn the_form_has_every_property_with_its_options() {
        let schema = rule(vec![
            Property { required: true, default: json!("a"), ..property("size", PropertyKind::Select) },
            Property { multiple: true, ..property("notes", PropertyKind::Text) },
        ])
        .schema();
        assert_eq!(schema["required"], json!(["size"]));
        assert_eq!(schema["properties"]["size"]["oneOf"][1], json!({ "const": "b", "title": "Second" }));
        assert_eq!(schema["properties"]["size"]["default"], "a");
        assert_eq!(schema["properties"]["notes"]["items"]["x-template"], true);
    }
}
