//! Whether settings fit the schema of a plugin, and what the schema of another version changes for them.

use std::collections::BTreeSet;

use rulewright_domain::secret::{HIDDEN, without_secrets};
use serde_json::Value;

/// Everything that does not fit, each with its place and without what stands there: it may be a secret, and more people read
/// this than may read that. A schema that is none has been refused before.
pub fn settings_problems(schema: &Value, settings: &Value) -> Vec<String> {
    // As where they are published.
    let options = jsonschema::options().with_pattern_options(jsonschema::PatternOptions::regex());
    let Ok(validator) = options.build(schema) else { return Vec::new() };
    let errors = validator.iter_errors(settings);
    errors.map(|error| format!("`{}`: {}", error.instance_path(), error.masked_with("the value"))).collect()
}

/// What another version changes for settings that stay as they are. Of single fields by their titles; what lies deeper is
/// told by [`settings_problems`].
#[derive(Clone, Debug, PartialEq)]
pub enum SettingsChange {
    /// It must be filled in from now on, and is not.
    Missing { field: String },
    /// It is filled in, and the version does not know it any more.
    Gone { field: String },
    /// It is filled in, and the version takes another type.
    Type { field: String, from: String, to: String },
    /// It is not filled in, and something else holds then than before.
    Default { field: String, value: Value },
    /// It is filled in, and something in it is no secret any more: whoever may read settings reads it.
    Shown { field: String },
}

/// In the order of the new schema; what is gone and what is shown come last.
pub fn settings_changes(old: &Value, new: &Value, settings: &Value) -> Vec<SettingsChange> {
    let mut changes = Vec::new();
    for name in names(new) {
        let (before, now) = (Field::of(old, name), Field::of(new, name));
        let field = now.title(name);
        match settings.get(name) {
            None if now.required => {
                // What was missing before is no news.
                if !before.required {
                    changes.push(SettingsChange::Missing { field });
                }
            }
            None => {
                let default = now.said("default").filter(|default| before.said("default") != Some(*default));
                changes
                    .extend(default.map(|default| SettingsChange::Default { field, value: default.clone() }));
            }
            Some(_) => {
                let (from, to) = (before.types(), now.types());
                if before.is_there() && from != to {
                    let told = |types: BTreeSet<&str>| match types.is_empty() {
                        true => "any".to_owned(),
                        false => types.into_iter().collect::<Vec<_>>().join(" / "),
                    };
                    changes.push(SettingsChange::Type { field, from: told(from), to: told(to) });
                }
            }
        }
    }
    let gone = names(old).filter(|name| settings.get(name).is_some() && !Field::of(new, name).is_there());
    changes.extend(gone.map(|name| SettingsChange::Gone { field: Field::of(old, name).title(name) }));
    let (before, now) = (without_secrets(settings, old), without_secrets(settings, new));
    let filled_in = settings.as_object().into_iter().flat_map(|all| all.keys());
    let shown = filled_in.filter(|name| is_shown(&before[name.as_str()], &now[name.as_str()]));
    changes.extend(shown.map(|name| {
        let of = |schema| Some(Field::of(schema, name)).filter(Field::is_there);
        let field = of(new).or_else(|| of(old)).map_or_else(|| name.clone(), |field| field.title(name));
        SettingsChange::Shown { field }
    }));
    changes
}

/// Whether there is something that was left out before and is there now.
fn is_shown(before: &Value, now: &Value) -> bool {
    match (before, now) {
        (_, Value::String(now)) if now == HIDDEN => false,
        (Value::String(before), _) if before == HIDDEN => true,
        (Value::Object(before), Value::Object(now)) => {
            before.iter().any(|(name, before)| now.get(name).is_some_and(|now| is_shown(before, now)))
        }
        (Value::Array(before), Value::Array(now)) => {
            before.iter().zip(now).any(|(before, now)| is_shown(before, now))
        }
        _ => false,
    }
}

fn names(schema: &Value) -> impl Iterator<Item = &str> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().map(|(name, _)| name.as_str())
}

/// A field as a schema has it, and what it refers to.
struct Field<'s> {
    own: Option<&'s Value>,
    referred: Option<&'s Value>,
    required: bool,
}

impl<'s> Field<'s> {
    fn of(schema: &'s Value, name: &str) -> Field<'s> {
        let own = schema.get("properties").and_then(|all| all.get(name));
        let reference = own.and_then(|own| own.get("$ref")?.as_str()?.strip_prefix('#'));
        let mut required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        Field {
            own,
            referred: reference.and_then(|place| schema.pointer(place)),
            required: required.any(|one| one == name),
        }
    }

    fn is_there(&self) -> bool {
        self.own.is_some()
    }

    fn said(&self, keyword: &str) -> Option<&'s Value> {
        let said = |schema: &'s Value| schema.get(keyword);
        self.own.and_then(said).or_else(|| self.referred.and_then(said))
    }

    fn title(&self, name: &str) -> String {
        self.said("title").and_then(Value::as_str).unwrap_or(name).to_owned()
    }

    /// None: any.
    fn types(&self) -> BTreeSet<&'s str> {
        match self.said("type") {
            Some(Value::String(one)) => BTreeSet::from([one.as_str()]),
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn another_version_is_told_field_by_field() {
        let old = json!({ "type": "object", "required": ["kept"], "properties": {
            "kept": { "type": "string" }, "days": { "type": "integer" }, "old": { "title": "Old one" },
            "tone": { "default": "warm" }, "sign": { "default": "us" },
        } });
        let new = json!({ "type": "object", "required": ["kept", "to"], "$defs": { "Days": { "type": ["string", "null"] } },
            "properties": {
                "kept": { "type": "string" }, "days": { "$ref": "#/$defs/Days", "title": "Days to wait" },
                "to": { "title": "Recipient" }, "tone": { "default": "cool" }, "sign": { "default": "us" },
                "copies": { "default": 1 },
        } });
        let mut told = settings_changes(&old, &new, &json!({ "kept": "x", "days": 2, "old": 1 }));
        let mut expected = vec![
            SettingsChange::Missing { field: "Recipient".into() },
            SettingsChange::Type {
                field: "Days to wait".into(),
                from: "integer".into(),
                to: "null / string".into(),
            },
            SettingsChange::Default { field: "tone".into(), value: json!("cool") },
            SettingsChange::Default { field: "copies".into(), value: json!(1) },
            SettingsChange::Gone { field: "Old one".into() },
        ];
        told.sort_by_key(|change| format!("{change:?}"));
        expected.sort_by_key(|change| format!("{change:?}"));
        assert_eq!(told, expected);
        // Filled in as the new version wants it, nothing is left to tell.
        let filled = json!({ "kept": "x", "to": "a", "tone": "cool", "copies": 2 });
        assert!(settings_changes(&old, &new, &filled).is_empty());
        assert!(settings_changes(&new, &new, &json!({})).is_empty(), "the same version changes nothing");
    }

    #[test]
    fn what_is_no_secret_any_more_is_told_wherever_it_stands() {
        let schema = |secret: bool| {
            let key = json!({ "type": "string", "title": "Key", "writeOnly": secret });
            json!({ "properties": {
                "key": key, "unset": key, "headers": { "title": "Headers", "items": { "properties": { "token": key } } },
            } })
        };
        let settings = json!({ "key": "k", "headers": [{}, { "name": "n", "token": "t" }] });
        let shown = |field: &str| SettingsChange::Shown { field: field.to_owned() };
        let mut told = settings_changes(&schema(true), &schema(false), &settings);
        told.sort_by_key(|change| format!("{change:?}"));
        assert_eq!(told, [shown("Headers"), shown("Key")]);
        let told = settings_changes(&schema(true), &json!({}), &json!({ "key": "k" }));
        assert_eq!(told, [SettingsChange::Gone { field: "Key".to_owned() }, shown("Key")]);
        for (old, new) in [(true, true), (false, true)] {
            assert!(settings_changes(&schema(old), &schema(new), &settings).is_empty());
        }
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let schema = json!({ "type": "object", "properties": { "days": { "type": "integer" } }, "required": ["days"] });
        assert!(settings_problems(&schema, &json!({ "days": 2 })).is_empty());
        let told = settings_problems(&schema, &json!({ "days": "two" }));
        assert!(told[0].starts_with("`/days`: "), "{told:?}");
        assert_eq!(settings_problems(&schema, &json!({})).len(), 1);
    }

    #[test]
    fn what_does_not_fit_is_told_without_its_value() {
        let key = json!({ "type": "string", "writeOnly": true });
        let token = json!({ "properties": { "token": key }, "required": ["token", "to"] });
        let schema = json!({ "properties": {
            "key": { "pattern": "^key-", "maxLength": 2, "enum": ["a", "b"] },
            "auth": { "oneOf": [token, { "type": "string" }] },
            "more": { "items": { "type": "integer" }, "uniqueItems": true },
        } });
        let live = "sk_live_1";
        let settings = json!({ "key": live, "auth": { "token": live }, "more": [live, live] });
        let told = settings_problems(&schema, &settings);
        assert!(told.len() >= 6 && told.iter().all(|problem| !problem.contains(live)), "{told:?}");
        assert!(told.contains(&"`/key`: the value does not match \"^key-\"".to_owned()), "{told:?}");
    }
}
