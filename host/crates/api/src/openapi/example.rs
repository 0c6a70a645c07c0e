//! A value that a schema describes. What the schema gives as an example wins; what it leaves open is filled with words
//! that the shop of the examples would use.

use serde_json::{Map, Value, json};

/// Who writes it: a caller leaves out what need not be said, an answer has everything.
#[derive(Clone, Copy, PartialEq)]
pub enum Writer {
    Caller,
    Server,
}

/// `schemas` are the document's, by name.
pub fn of(schema: &Value, schemas: &Value, writer: Writer) -> Value {
    value("", schema, &Place { schemas, writer, inside: &[] }).unwrap_or_default()
}

struct Place<'a> {
    schemas: &'a Value,
    writer: Writer,
    /// Shapes that this is in: one that contains itself is left out there.
    inside: &'a [&'a str],
}

/// None where it would never end.
fn value(name: &str, schema: &Value, place: &Place) -> Option<Value> {
    if let Some(given) = given(schema) {
        return Some(given);
    }
    if let Some(target) = schema["$ref"].as_str() {
        let shape = target.strip_prefix("#/components/schemas/")?;
        if place.inside.contains(&shape) {
            return None;
        }
        let inside: Vec<&str> = place.inside.iter().copied().chain([shape]).collect();
        return value(name, place.schemas.get(shape)?, &Place { inside: &inside, ..*place });
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().filter_map(|part| value("", part, place)).filter_map(fields);
        return Some(Value::Object(parts.flatten().collect()));
    }
    if let Some(either) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let is_null = |one: &&Value| one["type"] == "null";
        let first = either.iter().filter(|one| !is_null(one)).find_map(|one| value(name, one, place));
        return first.or(either.iter().any(|one| is_null(&one)).then_some(Value::Null));
    }
    Some(match kind(schema) {
        "object" => Value::Object(object(schema, place)),
        "array" => {
            let item = schema.get("items").and_then(|items| value(name, items, place));
            Value::Array(item.into_iter().collect())
        }
        "integer" | "number" => {
            schema.get("minimum").filter(|least| **least != 0).cloned().unwrap_or(json!(1))
        }
        "boolean" => json!(false),
        "string" => text(name, schema),
        _ => Value::Null,
    })
}

fn object(schema: &Value, place: &Place) -> Map<String, Value> {
    let is_required =
        |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let said = |name: &str, schema: &Value| match place.writer {
        Writer::Server => true,
        Writer::Caller => is_required(name) || schema.get("example").is_some(),
    };
    let properties = schema["properties"].as_object().into_iter().flatten();
    let said = properties.filter(|(name, schema)| said(name, schema));
    said.filter_map(|(name, schema)| Some((name.clone(), value(name, schema, place)?))).collect()
}

/// What the schema itself says.
fn given(schema: &Value) -> Option<Value> {
    let first = |name: &str| schema[name].as_array().and_then(|all| all.first());
    let told = schema.get("example").or(first("examples")).or(schema.get("const")).or(schema.get("default"));
    told.or(first("enum")).cloned()
}

fn fields(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

/// Of several types the one that is not null.
fn kind(schema: &Value) -> &str {
    let types = &schema["type"];
    let several = types.as_array().into_iter().flatten().filter_map(Value::as_str).find(|one| *one != "null");
    types.as_str().or(several).unwrap_or_default()
}

fn text(name: &str, schema: &Value) -> Value {
    let by_format = match schema["format"].as_str() {
        Some("date-time") => Some("2026-12-01T09:30:00Z"),
        Some("date") => Some("2026-12-01"),
        Some("binary") => Some(""),
        _ => None,
    };
    let words = by_format.or_else(|| word(name));
    match words {
        Some(words) => json!(words),
        None if schema["type"].is_array() => Value::Null,
        None => json!("text"),
    }
}

/// One shop, the same in all examples. Fields that mean different things in different shapes say an example there.
fn word(name: &str) -> Option<&'static str> {
    let word = match name {
        "title" => "Two teapots",
        "name" => "Ada Lovelace",
        "text" => "Your order is on its way",
        "subject" => "Your order",
        "description" | "detail" | "message" | "reason" => "it is said here in a sentence",
        "hint" => "what to do is said here",
        "code" => "not-found",
        "pipeline" => "sales",
        "stage" => "new",
        "plugin" => "rulewright.send-sms",
        "publisher" => "rulewright",
        "version" => "1.0.0",
        "host_api" => "0.1.0",
        "digest" | "plugin_digest" => "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "id" => "1",
        "number" => "1042",
        "sku" => "TEAPOT-1",
        "locale" => "en-GB",
        "time_zone" => "Europe/London",
        "email" | "from" | "sender" => "ada@example.com",
        "phone" | "work_phone" | "to" | "address" => "+442079460000",
        "numerator" => "invoices",
        "template" => "invoice",
        "recipe" => "order-confirmation",
        "visitor" => "v-5f2c",
        "channel" => "sms",
        "service" => "Royal Mail",
        "tracking_number" => "AB123456789GB",
        "host" => "api.example.com",
        "line" => "+442079460001",
        "source" => "web shop",
        _ => return None,
    };
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schemas() -> Value {
        json!({
            "Money": {"type": "object", "properties": {"amount": {"type": "string", "example": "12.50"}}, "required": ["amount"]},
            "Tree": {"type": "object", "required": ["all"], "properties": {"all": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}},
        })
    }

    #[test]
    fn what_a_schema_says_itself_wins() {
        for (schema, expected) in [
            (json!({"type": "string", "example": "a", "enum": ["b"]}), json!("a")),
            (json!({"type": "string", "enum": ["b", "c"]}), json!("b")),
            (json!({"type": ["string", "number"], "examples": ["1.5"]}), json!("1.5")),
            (
                json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Money"}]}),
                json!({"amount": "12.50"}),
            ),
            (json!({"type": ["string", "null"], "format": "date-time"}), json!("2026-12-01T09:30:00Z")),
            (json!({"type": "integer", "minimum": 3}), json!(3)),
        ] {
            assert_eq!(of(&schema, &schemas(), Writer::Server), expected, "{schema}");
        }
    }

    #[test]
    fn a_caller_leaves_out_what_need_not_be_said() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "integer"}, "b": {"type": "integer"}, "c": {"type": "integer", "example": 7},
        }});
        assert_eq!(of(&schema, &schemas(), Writer::Caller), json!({"a": 1, "c": 7}));
        assert_eq!(of(&schema, &schemas(), Writer::Server), json!({"a": 1, "b": 1, "c": 7}));
    }

    #[test]
    fn a_shape_that_contains_itself_ends() {
        let tree = of(&json!({"$ref": "#/components/schemas/Tree"}), &schemas(), Writer::Server);
        assert_eq!(tree, json!({"all": []}));
    }
}
