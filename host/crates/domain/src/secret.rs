//! What of the settings of a plugin is secret, and the settings without it. Who may read it is for callers to say.

use serde_json::Value;

/// In place of a secret.
pub const HIDDEN: &str = "•••";
/// Schemas of one value. What is made of more is not understood, and taken for a secret.
const LAYERS: usize = 256;

/// The settings without what their schema calls secret.
pub fn without_secrets(settings: &Value, schema: &Value) -> Value {
    let mut shown = settings.clone();
    walk(schema, vec![schema], &mut shown, None, &mut |secret, _| *secret = HIDDEN.into());
    shown
}

/// Puts back what [`without_secrets`] has left out and nobody has written anew, from the settings that it has left it out
/// of. An item of a list has its place there.
pub fn put_back(settings: &mut Value, schema: &Value, before: &Value) {
    walk(schema, vec![schema], settings, Some(before), &mut |secret, before| {
        if let Some(before) = before.filter(|_| *secret == HIDDEN) {
            *secret = before.clone();
        }
    });
}

/// The texts in the settings that are secret.
pub fn secrets_of(settings: &Value, schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(schema, vec![schema], &mut settings.clone(), None, &mut |secret, _| texts(secret, &mut found));
    found
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|one| texts(one, found)),
        Value::Object(all) => all.values().for_each(|one| texts(one, found)),
        _ => {}
    }
}

/// Calls back with each secret, and with what stands at its place in `before`.
fn walk<'s>(
    root: &'s Value,
    schemas: Vec<&'s Value>,
    value: &mut Value,
    before: Option<&Value>,
    secret: &mut dyn FnMut(&mut Value, Option<&Value>),
) {
    if value.is_null() {
        return;
    }
    let layers = layers(root, schemas);
    if layers.len() > LAYERS || layers.iter().any(|schema| is_secret(schema)) {
        secret(value, before);
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let below = layers.iter().copied().flat_map(|schema| of_field(schema, name)).collect();
                walk(root, below, field, before.and_then(|before| before.get(name)), secret);
            }
        }
        Value::Array(items) => {
            let below: Vec<&Value> = layers.iter().copied().flat_map(of_item).collect();
            for (place, item) in items.iter_mut().enumerate() {
                walk(root, below.clone(), item, before.and_then(|before| before.get(place)), secret);
            }
        }
        _ => {}
    }
}

/// The schemas, what they refer to and what they are made of, each once. Of several shapes all: which of them is meant
/// may not be known, and what is secret in one is so in the others.
fn layers<'s>(root: &'s Value, schemas: Vec<&'s Value>) -> Vec<&'s Value> {
    let mut layers = schemas;
    let mut next = 0;
    while let Some(schema) = layers.get(next).copied().filter(|_| layers.len() <= LAYERS) {
        next += 1;
        let target = schema.get("$ref").and_then(Value::as_str);
        let referred = target.and_then(|target| root.pointer(target.strip_prefix('#')?));
        let shapes =
            ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|part| schema.get(part)?.as_array()).flatten();
        // One of many values to choose from says nothing about what is below it.
        let shapes = shapes.filter(|shape| shape.get("const").is_none());
        let conditional = ["then", "else"].into_iter().filter_map(|part| schema.get(part));
        for found in referred.into_iter().chain(shapes).chain(conditional) {
            if !layers.iter().any(|known| std::ptr::eq(*known, found)) {
                layers.push(found);
            }
        }
    }
    layers
}

fn of_field<'s>(schema: &'s Value, name: &str) -> Vec<&'s Value> {
    let named = schema.get("properties").and_then(|all| all.get(name));
    let like = schema.get("patternProperties").and_then(Value::as_object);
    let like = like.into_iter().flat_map(|all| all.values());
    named.or_else(|| schema.get("additionalProperties")).into_iter().chain(like).collect()
}

fn of_item(schema: &Value) -> Vec<&Value> {
    let first = schema.get("prefixItems").and_then(Value::as_array);
    schema.get("items").into_iter().chain(first.into_iter().flatten()).collect()
}

/// However its author has said it.
fn is_secret(schema: &Value) -> bool {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    schema.get("writeOnly") == Some(&Value::Bool(true))
        || text("format") == Some("password")
        || matches!(text("x-widget"), Some("secret" | "password"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_schema_calls_secret_is_left_out() {
        let secret = json!({ "type": "string", "writeOnly": true });
        let schema = json!({
            "properties": {
                "key": secret, "url": { "type": "string" },
                "auth": { "oneOf": [{ "properties": { "kind": {} } }, { "properties": { "token": secret } }] },
                "more": { "items": { "format": "password" } },
                "widget": { "x-widget": "secret" },
                "far": { "$ref": "#/$defs/key" },
                "whole": { "writeOnly": true, "type": "object" },
                "headers": { "additionalProperties": { "$ref": "#/$defs/key" } },
                "country": { "oneOf": (0..LAYERS).map(|one| json!({ "const": one })).collect::<Vec<_>>() },
            },
            "$defs": { "key": { "allOf": [{ "type": "string" }, { "format": "password" }] } },
        });
        let settings = json!({
            "key": "k1", "url": "u", "auth": { "token": "t1" }, "more": ["p1"], "widget": "w1", "far": "f1",
            "whole": { "a": ["o1", 7] }, "headers": { "x": "h1" }, "country": 7,
        });
        let shown = without_secrets(&settings, &schema);
        assert_eq!((&shown["url"], &shown["country"]), (&json!("u"), &json!(7)));
        let mut secrets = secrets_of(&settings, &schema);
        secrets.sort();
        assert_eq!(secrets, ["f1", "h1", "k1", "o1", "p1", "t1", "w1"]);
        for secret in secrets {
            assert!(!shown.to_string().contains(&format!("\"{secret}\"")), "{shown}");
        }
    }

    #[test]
    fn a_secret_that_nobody_writes_anew_is_put_back() {
        let secret = json!({ "x-widget": "secret" });
        let schema = json!({ "properties": {
            "key": secret, "url": {}, "more": { "items": { "properties": { "token": secret } } },
        } });
        let before = json!({ "key": "k1", "url": "u1", "more": [{ "token": "t1" }, { "token": "t2" }] });
        let mut shown = without_secrets(&before, &schema);
        shown["url"] = "u2".into();
        shown["more"][1]["token"] = "new".into();
        put_back(&mut shown, &schema, &before);
        assert_eq!(
            shown,
            json!({ "key": "k1", "url": "u2", "more": [{ "token": "t1" }, { "token": "new" }] })
        );
        let mut without = json!({ "key": HIDDEN, "url": HIDDEN });
        put_back(&mut without, &schema, &json!({ "url": "u1" }));
        assert_eq!(without, json!({ "key": HIDDEN, "url": HIDDEN }), "nothing was there, and no secret");
    }

    #[test]
    fn a_schema_that_nobody_understands_hides_what_it_is_about() {
        let parts: Vec<Value> = (0..=LAYERS).map(|part| json!({ "title": part })).collect();
        let schema = json!({ "properties": { "odd": { "allOf": parts } } });
        let shown = without_secrets(&json!({ "odd": "x", "plain": "y" }), &schema);
        assert_eq!(shown, json!({ "odd": HIDDEN, "plain": "y" }));
        let round = json!({ "allOf": [{ "$ref": "#" }], "properties": { "a": { "$ref": "#" } } });
        assert_eq!(without_secrets(&json!({ "a": { "a": "b" } }), &round), json!({ "a": { "a": "b" } }));
    }
}
