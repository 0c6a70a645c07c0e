//! Whether settings fit the schema of a plugin.

use serde_json::Value;

/// Everything that does not fit, each with its place. A schema that is none has been refused before.
pub fn settings_problems(schema: &Value, settings: &Value) -> Vec<String> {
    let Ok(validator) = jsonschema::validator_for(schema) else { return Vec::new() };
    let errors = validator.iter_errors(settings);
    errors.map(|error| format!("`{}`: {error}", error.instance_path())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let schema = json!({ "type": "object", "properties": { "days": { "type": "integer" } }, "required": ["days"] });
        assert!(settings_problems(&schema, &json!({ "days": 2 })).is_empty());
        let told = settings_problems(&schema, &json!({ "days": "two" }));
        assert!(told[0].starts_with("`/days`: "), "{told:?}");
        assert_eq!(settings_problems(&schema, &json!({})).len(), 1);
    }
}
