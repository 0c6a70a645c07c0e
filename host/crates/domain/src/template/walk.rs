//! What settings name: the fields that their texts insert, and things of the shop's that they choose. The schema of the
//! plugin tells which of their texts do what.

use serde_json::Value;

use super::{TemplateError, Writing, fields, writing::is_address};

/// Every text of `settings` that names a field of the order: chosen by a widget for fields, or marked with `x-field`.
pub fn field_names(schema: &Value, settings: &Value) -> Result<Vec<String>, TemplateError> {
    let mut all = Vec::new();
    Walk::new(schema).below(vec![schema], &mut settings.clone(), 0, &mut |_, layers, text| {
        if layers.iter().any(names_field) {
            all.push(text.clone());
        }
        Ok(())
    })?;
    Ok(all)
}

/// Gives fields other names, where there is another: `inserted` of what texts insert, `named` of what names a field of the
/// order.
pub fn rename(
    schema: &Value,
    settings: &mut Value,
    inserted: &dyn Fn(&str) -> Option<String>,
    named: &dyn Fn(&str) -> Option<String>,
) -> Result<(), TemplateError> {
    Walk::new(schema).below(vec![schema], settings, 0, &mut |_, layers, text| {
        if layers.iter().any(names_field) {
            if let Some(name) = named(text) {
                *text = name;
            }
        } else if layers.iter().copied().any(|schema| Writing::of(schema).is_some()) {
            *text = renamed(text, inserted)?;
        }
        Ok(())
    })
}

/// Everything but the names stays as it was written.
fn renamed(text: &str, to: &dyn Fn(&str) -> Option<String>) -> Result<String, TemplateError> {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    for path in fields(text)? {
        let open = rest.find("{{").map_or(0, |at| at + 2);
        let begins = open + rest[open..].find(path).unwrap_or_default();
        let ends = begins + path.len();
        out.push_str(&rest[..begins]);
        out.push_str(to(path).as_deref().unwrap_or(path));
        let closed = ends + rest[ends..].find("}}").map_or(0, |at| at + 2);
        out.push_str(&rest[ends..closed]);
        rest = &rest[closed..];
    }
    out.push_str(rest);
    Ok(out)
}

fn names_field(schema: &&Value) -> bool {
    let widget = schema.get("x-widget").and_then(Value::as_str);
    schema.get("x-field") == Some(&Value::Bool(true)) || matches!(widget, Some("date-field" | "order-field"))
}

/// Every field that the templated properties of `settings` ask for.
pub fn settings_fields(schema: &Value, settings: &Value) -> Result<Vec<String>, TemplateError> {
    Ok(inserted(schema, settings)?.into_iter().map(|(_, field)| field).collect())
}

/// The same, each with the text that inserts it, as a JSON pointer.
pub fn inserted(schema: &Value, settings: &Value) -> Result<Vec<(String, String)>, TemplateError> {
    let mut all = Vec::new();
    Walk::new(schema).texts(&mut settings.clone(), &mut |at, _, text| {
        all.extend(fields(text)?.into_iter().map(|field| (at.to_owned(), field.to_owned())));
        Ok(())
    })?;
    Ok(all)
}

/// Texts that name something of the shop's, by the widget with which people choose it: `list`, `employee`, ...
/// Those into which values are inserted are left out: what they name is known only then.
pub fn named(schema: &Value, settings: &Value) -> Result<Vec<(String, String)>, TemplateError> {
    let mut all = Vec::new();
    Walk::new(schema).below(vec![schema], &mut settings.clone(), 0, &mut |_, layers, text| {
        let widget = layers.iter().find_map(|schema| schema.get("x-widget")?.as_str());
        if let Some(widget) = widget.filter(|_| !text.trim().is_empty() && !text.contains("{{")) {
            all.push((widget.to_owned(), text.clone()));
        }
        Ok(())
    })?;
    Ok(all)
}

/// Addresses that are written out in `settings`, in texts that `schema` marks with `x-template: "url"`: up to the first
/// value that is inserted.
pub fn addresses(schema: &Value, settings: &Value) -> Result<Vec<String>, TemplateError> {
    let mut all = Vec::new();
    Walk::new(schema).texts(&mut settings.clone(), &mut |_, writing, text| {
        let (fixed, end) = match text.split_once("{{") {
            Some((fixed, _)) => (fixed, ""),
            // Nothing follows: what stands there is the whole host.
            None => (text.as_str(), "/"),
        };
        if writing == Writing::Url && is_address(fixed.trim()) {
            all.push(format!("{}{end}", fixed.trim()));
        }
        Ok(())
    })?;
    Ok(all)
}

/// Gets a text with where it stands and all of its schemas.
type Visit<'v> = dyn FnMut(&str, &[&Value], &mut String) -> Result<(), TemplateError> + 'v;

/// Goes once through the values, with all schemas of each: however these refer to one another, a text is
/// rendered once, and the way ends.
pub(super) struct Walk<'s> {
    root: &'s Value,
    looked_at: usize,
    /// Where it is, as a JSON pointer.
    at: String,
}

impl<'s> Walk<'s> {
    /// Values within values: the registry accepts no deeper schema.
    const DEPTH: usize = 32;
    /// Schemas of one value.
    const LAYERS: usize = 256;
    /// Schemas of all values together.
    const LOOKS: usize = 100_000;

    pub(super) fn new(root: &'s Value) -> Walk<'s> {
        Walk { root, looked_at: 0, at: String::new() }
    }

    pub(super) fn texts(
        &mut self,
        settings: &mut Value,
        visit: &mut dyn FnMut(&str, Writing, &mut String) -> Result<(), TemplateError>,
    ) -> Result<(), TemplateError> {
        self.below(vec![self.root], settings, 0, &mut |at, layers, text| {
            layers.iter().copied().find_map(Writing::of).map_or(Ok(()), |writing| visit(at, writing, text))
        })
    }

    fn below(
        &mut self,
        schemas: Vec<&'s Value>,
        value: &mut Value,
        depth: usize,
        visit: &mut Visit<'_>,
    ) -> Result<(), TemplateError> {
        if schemas.is_empty() {
            return Ok(());
        }
        if depth > Self::DEPTH {
            return Err(TemplateError::Schema("deep"));
        }
        let layers = self.layers(schemas, value)?;
        match value {
            Value::String(text) => visit(&self.at, &layers, text),
            Value::Array(items) => {
                let of_items: Vec<_> = layers.into_iter().filter_map(|schema| schema.get("items")).collect();
                items.iter_mut().enumerate().try_for_each(|(index, item)| {
                    self.within(&index.to_string(), of_items.clone(), item, depth, visit)
                })
            }
            Value::Object(map) => map.iter_mut().try_for_each(|(key, item)| {
                let of_key = |schema: &&'s Value| {
                    let named = schema.get("properties").and_then(|all| all.get(key));
                    named.or_else(|| schema.get("additionalProperties"))
                };
                let of_item = layers.iter().filter_map(of_key).collect();
                self.within(key, of_item, item, depth, visit)
            }),
            _ => Ok(()),
        }
    }

    /// One step further.
    fn within(
        &mut self,
        step: &str,
        schemas: Vec<&'s Value>,
        value: &mut Value,
        depth: usize,
        visit: &mut Visit<'_>,
    ) -> Result<(), TemplateError> {
        let above = self.at.len();
        self.at.push('/');
        self.at.push_str(&step.replace('~', "~0").replace('/', "~1"));
        let done = self.below(schemas, value, depth + 1, visit);
        self.at.truncate(above);
        done
    }

    /// The schemas, what they refer to and what they are made of, each once.
    fn layers(&mut self, schemas: Vec<&'s Value>, value: &Value) -> Result<Vec<&'s Value>, TemplateError> {
        let mut layers = schemas;
        let mut next = 0;
        while let Some(schema) = layers.get(next).copied() {
            next += 1;
            self.looked_at += 1;
            if layers.len() > Self::LAYERS || self.looked_at > Self::LOOKS {
                return Err(TemplateError::Schema("large"));
            }
            let target = schema.get("$ref").and_then(Value::as_str);
            let referred = target.and_then(|target| self.root.pointer(target.strip_prefix('#')?));
            let parts =
                ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|part| schema.get(part)?.as_array());
            let parts = parts.flatten().filter(|schema| is_this_choice(schema, value));
            for found in referred.into_iter().chain(parts) {
                if !layers.iter().any(|known| std::ptr::eq(*known, found)) {
                    layers.push(found);
                }
            }
        }
        Ok(layers)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_inserted_is_told_with_where_that_stands() {
        let lines = json!({ "items": { "properties": { "a/b": { "x-template": true } } } });
        let schema = json!({ "properties": { "text": { "x-template": true }, "lines": lines } });
        let settings =
            json!({ "text": "{{ one }} {{ two }}", "lines": [{ "a/b": "no" }, { "a/b": "{{ one }}" }] });
        let mut found = inserted(&schema, &settings).unwrap();
        found.sort();
        let found: Vec<(&str, &str)> =
            found.iter().map(|(at, field)| (at.as_str(), field.as_str())).collect();
        assert_eq!(found, [("/lines/1/a~1b", "one"), ("/text", "one"), ("/text", "two")]);
    }

    #[test]
    fn a_field_gets_another_name_and_the_rest_stays_as_it_was_written() {
        let to = |path: &str| (path == "order.a").then(|| "order.fields.b".to_owned());
        for (text, expected) in [
            (
                "{{order.a}} and {{  order.a | money | a }}",
                "{{order.fields.b}} and {{  order.fields.b | money | a }}",
            ),
            ("order.a {{ order.ab }} {{ order.a }}!", "order.a {{ order.ab }} {{ order.fields.b }}!"),
            ("{{ client.name | order.a }}", "{{ client.name | order.a }}"),
            ("", ""),
        ] {
            assert_eq!(renamed(text, &to).as_deref(), Ok(expected), "{text}");
        }
        assert!(renamed("{{ order.a", &to).is_err());
    }
}
