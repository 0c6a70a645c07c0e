//! The forms of all bundled plugins: what is drawn of a plugin's example is what is read back, and the plugin's schema takes it.

use rulewright_console::{
    forms::{Choice, Choices, Field, Form, read_at, submitted::submitted},
    words::Words,
};
use rulewright_domain::Timestamp;
use rulewright_registry::inspect;
use serde_json::Value;

/// A shop that offers nothing: every picker is a text.
struct Nothing;

impl Choices for Nothing {
    fn of(&self, _: &str) -> Option<Vec<Choice>> {
        None
    }

    fn list_fields(&self, _: &str) -> Option<Vec<Choice>> {
        None
    }

    fn fields(&self) -> &[Field] {
        &[]
    }

    fn sample(&self) -> Option<&Value> {
        None
    }

    fn clock(&self) -> Option<(Timestamp, &str)> {
        None
    }

    fn money(&self) -> (&str, u8) {
        ("EUR", 2)
    }
}

fn saved(schema: &Value, value: &Value, words: &Words) -> Value {
    let form = Form { schema, value, problems: &[], choices: &Nothing, names: "/settings" };
    read_at(schema, &submitted(&form.draw(words).into_string()), "/settings")
}

/// Whether nothing of `part` was lost or changed.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            // What is left empty is left out.
            part.iter().all(|(key, value)| whole.get(key).map_or(value == "", |whole| holds(whole, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| holds(whole, part))
        }
        _ => whole == part,
    }
}

#[test]
fn every_plugin_has_a_form_that_gives_its_example_back() {
    let words = Words::default();
    for (folder, bytes) in rulewright_bundled::PLUGINS {
        let manifest = inspect(bytes).unwrap_or_else(|refusal| panic!("{folder}: {refusal}")).manifest;
        let schema = &manifest.settings;
        let example = manifest.example.as_ref().unwrap_or_else(|| panic!("{folder}: example"));
        let once = saved(schema, example, &words);
        assert!(holds(&once, example), "{folder}: {once} of {example}");
        assert_eq!(saved(schema, &once, &words), once, "{folder}");
        let validator = jsonschema::validator_for(schema).unwrap();
        let wrong: Vec<String> = validator.iter_errors(&once).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{folder}: {wrong:?}");
        // Nothing is filled in yet.
        saved(schema, &Value::Null, &words);
    }
}
