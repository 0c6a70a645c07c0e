//! Inserting values into texts: `{{ order.number }}` or `{{ client.name | dear customer }}`. Nothing else: no
//! logic, no calls, and inserted text is never looked at again.

use serde_json::Value;

use crate::condition::lookup;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("`{{{{` at character {0} is never closed by `}}}}`")]
    Unclosed(usize),
    #[error("`{{{{ {name} }}}}` is not a field: expected dotted names such as order.number")]
    Name { name: String },
}

enum Part<'a> {
    Text(&'a str),
    Field { path: &'a str, default: Option<&'a str> },
}

/// Every field that the text asks for; an error where it is not a template.
pub fn fields(text: &str) -> Result<Vec<&str>, TemplateError> {
    let parts = parse(text)?;
    Ok(parts
        .into_iter()
        .filter_map(|part| match part {
            Part::Field { path, .. } => Some(path),
            Part::Text(_) => None,
        })
        .collect())
}

/// The text with its values, and the fields that were empty and had no default.
pub fn render(text: &str, view: &Value) -> Result<(String, Vec<String>), TemplateError> {
    let mut rendered = String::with_capacity(text.len());
    let mut missing = Vec::new();
    for part in parse(text)? {
        match part {
            Part::Text(text) => rendered.push_str(text),
            Part::Field { path, default } => match (shown(lookup(view, path)), default) {
                (Some(value), _) => rendered.push_str(&value),
                (None, Some(default)) => rendered.push_str(default),
                (None, None) => missing.push(path.to_owned()),
            },
        }
    }
    Ok((rendered, missing))
}

/// Renders the properties of `settings` that `schema` marks with `x-template`.
pub fn render_settings(
    schema: &Value,
    settings: &mut Value,
    view: &Value,
) -> Result<Vec<String>, TemplateError> {
    let mut missing = Vec::new();
    each_text(schema, schema, settings, &mut |text| {
        let (rendered, empty) = render(text, view)?;
        *text = rendered;
        missing.extend(empty);
        Ok(())
    })?;
    Ok(missing)
}

/// Every field that the templated properties of `settings` ask for.
pub fn settings_fields(schema: &Value, settings: &Value) -> Result<Vec<String>, TemplateError> {
    let mut all = Vec::new();
    each_text(schema, schema, &mut settings.clone(), &mut |text| {
        all.extend(fields(text)?.into_iter().map(str::to_owned));
        Ok(())
    })?;
    Ok(all)
}

type Visit<'v> = dyn FnMut(&mut String) -> Result<(), TemplateError> + 'v;

fn each_text(
    root: &Value,
    schema: &Value,
    value: &mut Value,
    visit: &mut Visit<'_>,
) -> Result<(), TemplateError> {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str)
        && let Some(referred) = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer))
    {
        each_text(root, referred, value, visit)?;
    }
    for choice in ["anyOf", "oneOf", "allOf"] {
        for schema in schema.get(choice).and_then(Value::as_array).into_iter().flatten() {
            if is_this_choice(schema, value) {
                each_text(root, schema, value, visit)?;
            }
        }
    }
    match value {
        Value::String(text) if schema.get("x-template") == Some(&Value::Bool(true)) => visit(text),
        Value::Array(items) => {
            let schema = schema.get("items").unwrap_or(&Value::Null);
            items.iter_mut().try_for_each(|item| each_text(root, schema, item, visit))
        }
        Value::Object(map) => map.iter_mut().try_for_each(|(key, item)| {
            let property = schema.get("properties").and_then(|all| all.get(key));
            let schema = property.or_else(|| schema.get("additionalProperties")).unwrap_or(&Value::Null);
            each_text(root, schema, item, visit)
        }),
        _ => Ok(()),
    }
}

/// Of several shapes, the one whose constant properties the value has.
fn is_this_choice(schema: &Value, value: &Value) -> bool {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return true;
    };
    properties.iter().all(|(key, property)| match property.get("const") {
        Some(constant) => value.get(key) == Some(constant),
        None => true,
    })
}

fn parse(text: &str) -> Result<Vec<Part<'_>>, TemplateError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let inside = &rest[start + 2..];
        let Some(end) = inside.find("}}") else {
            let offset = text.len() - inside.len() - 2;
            return Err(TemplateError::Unclosed(text[..offset].chars().count() + 1));
        };
        let (name, default) = match inside[..end].split_once('|') {
            Some((name, default)) => (name.trim(), Some(default.trim())),
            None => (inside[..end].trim(), None),
        };
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.is_empty() || !name.chars().all(plain) {
            return Err(TemplateError::Name { name: name.chars().take(80).collect() });
        }
        parts.push(Part::Text(&rest[..start]));
        parts.push(Part::Field { path: name, default });
        rest = &inside[end + 2..];
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

fn shown(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            Some(items.iter().filter_map(|item| shown(Some(item))).collect::<Vec<_>>().join(", "))
        }
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn inserted_text_is_never_expanded_again() {
        let view = json!({ "client": { "name": "{{ shop.secret }}" }, "shop": { "secret": "no" } });
        let (text, missing) = render("Dear {{ client.name }}, {{order.number}}", &view).unwrap();
        assert_eq!(text, "Dear {{ shop.secret }}, ");
        assert_eq!(missing, ["order.number"]);
    }

    #[test]
    fn an_empty_field_takes_its_default() {
        let (text, missing) = render("Dear {{ client.name | friend }}!", &json!({})).unwrap();
        assert_eq!((text.as_str(), missing.len()), ("Dear friend!", 0));
    }

    #[test]
    fn what_is_no_template_says_where() {
        assert_eq!(render("ab {{ order", &json!({})), Err(TemplateError::Unclosed(4)));
        assert!(matches!(fields("{{ 1 + 1 }}"), Err(TemplateError::Name { .. })));
    }

    #[test]
    fn only_marked_settings_are_rendered() {
        let schema = json!({
            "properties": {
                "text": { "$ref": "#/$defs/Text" },
                "code": { "type": "string" },
                "list": { "type": "array", "items": { "x-template": true } },
            },
            "$defs": { "Text": { "type": "string", "x-template": true } },
        });
        let mut settings = json!({ "text": "{{a}}", "code": "{{a}}", "list": ["{{a}}"] });
        render_settings(&schema, &mut settings, &json!({ "a": 1 })).unwrap();
        assert_eq!(settings, json!({ "text": "1", "code": "{{a}}", "list": ["1"] }));
    }
}
