//! Inserting values into texts: `{{ order.number }}`, `{{ order.total | money }}` in a [`Format`], or
//! `{{ client.name | dear customer }}` with words for where there is none. Nothing else: no logic, no calls, and
//! inserted text is never looked at again.

mod walk;
mod writing;

use serde_json::Value;

use self::walk::Walk;
pub use self::{
    walk::{addresses, field_names, inserted, named, rename, settings_fields},
    writing::Writing,
};
use crate::{Timestamp, condition::lookup};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("`{{{{` at character {0} is never closed by `}}}}`")]
    Unclosed(usize),
    #[error("`{{{{ {name} }}}}` is not a field: expected dotted names such as order.number")]
    Name { name: String },
    #[error(
        "the plugin's schema is too {0} to find the texts in these settings: use fewer, or another version of it"
    )]
    Schema(&'static str),
}

enum Part<'a> {
    Text(&'a str),
    Field { path: &'a str, format: Option<Format>, default: Option<&'a str> },
}

/// How a value is put for people, after the first bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// An amount with its currency, which stands beside it: `12.50 GBP`.
    Money,
    /// The day where the shop is: `2026-01-31`.
    Date,
    /// The time of day where the shop is: `14:05`.
    Time,
    Upper,
    Lower,
}

impl Format {
    fn named(name: &str) -> Option<Format> {
        match name {
            "money" => Some(Format::Money),
            "date" => Some(Format::Date),
            "time" => Some(Format::Time),
            "upper" => Some(Format::Upper),
            "lower" => Some(Format::Lower),
            _ => None,
        }
    }

    /// What it cannot put is left as it is: a text with a wrong value says more than one without it.
    fn put(self, value: String, path: &str, view: &Value) -> String {
        let at = |pattern: &str| {
            let zone = lookup(view, "shop.time-zone").and_then(Value::as_str).unwrap_or("UTC");
            Timestamp::parse(&value).ok().and_then(|time| time.written(zone, pattern))
        };
        match self {
            Format::Money => {
                let beside = path.rsplit_once('.').map(|(parent, _)| format!("{parent}.currency"));
                match shown(beside.and_then(|beside| lookup(view, &beside))) {
                    Some(currency) => format!("{value} {currency}"),
                    None => value,
                }
            }
            Format::Date => at("%Y-%m-%d").unwrap_or(value),
            Format::Time => at("%H:%M").unwrap_or(value),
            Format::Upper => value.to_uppercase(),
            Format::Lower => value.to_lowercase(),
        }
    }
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
    render_as(Writing::Plain, text, view)
}

fn render_as(writing: Writing, text: &str, view: &Value) -> Result<(String, Vec<String>), TemplateError> {
    let mut rendered = String::with_capacity(text.len());
    let mut missing = Vec::new();
    for part in parse(text)? {
        match part {
            Part::Text(text) => rendered.push_str(text),
            Part::Field { path, format, default } => match (shown(lookup(view, path)), default) {
                (Some(value), _) => {
                    let value = match format {
                        Some(format) => format.put(value, path, view),
                        None => value,
                    };
                    writing.write(&value, &mut rendered);
                }
                (None, Some(default)) => writing.write(default, &mut rendered),
                (None, None) => missing.push(path.to_owned()),
            },
        }
    }
    Ok((rendered, missing))
}

/// Whether anything could be inserted at all: where not, nobody has to put together what.
pub fn has_placeholders(settings: &Value) -> bool {
    match settings {
        Value::String(text) => text.contains("{{"),
        Value::Array(items) => items.iter().any(has_placeholders),
        Value::Object(map) => map.values().any(has_placeholders),
        _ => false,
    }
}

/// Renders the properties of `settings` that `schema` marks with `x-template`.
pub fn render_settings(
    schema: &Value,
    settings: &mut Value,
    view: &Value,
) -> Result<Vec<String>, TemplateError> {
    let mut missing = Vec::new();
    if !has_placeholders(settings) {
        return Ok(missing);
    }
    Walk::new(schema).texts(settings, &mut |_, writing, text| {
        let (rendered, empty) = render_as(writing, text, view)?;
        *text = rendered;
        missing.extend(empty);
        Ok(())
    })?;
    Ok(missing)
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
        let mut words = inside[..end].splitn(3, '|').map(str::trim);
        let (name, first, second) = (words.next().unwrap_or_default(), words.next(), words.next());
        let format = first.and_then(Format::named);
        let default = match (format, first, second) {
            (Some(_), _, default) => default,
            // A default may hold bars itself.
            (None, Some(_), _) => inside[..end].split_once('|').map(|(_, default)| default.trim()),
            (None, None, _) => None,
        };
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.is_empty() || !name.chars().all(plain) {
            return Err(TemplateError::Name { name: name.chars().take(80).collect() });
        }
        parts.push(Part::Text(&rest[..start]));
        parts.push(Part::Field { path: name, format, default });
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
    fn a_value_can_be_put_for_people() {
        let view = json!({
            "order": { "total": "12.50", "currency": "GBP", "created": "2026-06-30T23:30:00Z", "title": "Tea" },
            "shop": { "time-zone": "Europe/London" },
        });
        for (text, expected) in [
            ("{{ order.total | money }}", "12.50 GBP"),
            ("{{ order.created | date }} {{ order.created|time }}", "2026-07-01 00:30"),
            ("{{ order.title | upper | nothing }}", "TEA"),
            ("{{ order.paid | money | nothing yet }}", "nothing yet"),
            ("{{ order.title | date }}", "Tea"),
            ("{{ order.none | no money }}", "no money"),
        ] {
            assert_eq!(render(text, &view).unwrap().0, expected, "{text}");
        }
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

    #[test]
    fn a_schema_that_refers_to_itself_or_fans_out_ends_and_renders_once() {
        let around = json!({ "$ref": "#", "allOf": [{ "$ref": "#" }], "x-template": true });
        let mut settings = json!("{{ a }}");
        render_settings(&around, &mut settings, &json!({ "a": "{{ a }}!" })).unwrap();
        assert_eq!(settings, json!("{{ a }}!"));

        let step = |next: usize| json!({ "allOf": [{ "$ref": format!("#/$defs/{next}") }, { "$ref": format!("#/$defs/{next}") }] });
        let mut chain: serde_json::Map<_, _> = (0..40).map(|n: usize| (n.to_string(), step(n + 1))).collect();
        chain.insert("40".into(), json!({ "x-template": true }));
        let chain = json!({ "$defs": chain, "properties": { "text": { "$ref": "#/$defs/0" } } });
        let mut settings = json!({ "text": "{{ a }}" });
        render_settings(&chain, &mut settings, &json!({ "a": 1 })).unwrap();
        assert_eq!(settings, json!({ "text": "1" }));
    }

    #[test]
    fn settings_beyond_every_form_are_an_error_and_not_the_end_of_the_stack() {
        let nested = json!({ "items": { "$ref": "#" }, "x-template": true });
        let mut deep = json!("{{ a }}");
        for _ in 0..100 {
            deep = json!([deep]);
        }
        assert_eq!(render_settings(&nested, &mut deep, &json!({})), Err(TemplateError::Schema("deep")));
        let mut wide = json!(vec!["{{ a }}"; 200_000]);
        assert_eq!(render_settings(&nested, &mut wide, &json!({})), Err(TemplateError::Schema("large")));
    }

    #[test]
    fn a_value_stays_one_value_in_json_and_in_an_address() {
        let schema = json!({ "properties": { "body": { "x-template": "json" }, "url": { "x-template": "url" }, "form": { "x-template": "url" } } });
        let mut settings = json!({ "body": r#"{"name":"{{ name }}"}"#, "url": "{{ host }}/o/{{ name }}?q={{ no | a b }}", "form": "{{ name }}" });
        let view = json!({ "name": "a\",\"b/../c&d=é", "host": "https://example.com" });
        render_settings(&schema, &mut settings, &view).unwrap();
        let body: Value = serde_json::from_str(settings["body"].as_str().unwrap()).unwrap();
        assert_eq!(body, json!({ "name": view["name"] }));
        assert_eq!(settings["url"], "https://example.com/o/a%22%2C%22b%2F..%2Fc%26d%3D%C3%A9?q=a%20b");
        assert_eq!(settings["form"], "a%22%2C%22b%2F..%2Fc%26d%3D%C3%A9");
    }

    #[test]
    fn whatever_a_name_holds_it_stays_a_name_where_it_is_inserted() {
        let polyglot =
            "=1+1\r\nBcc: x@y.z\", '<b onload=x>&amp;{{ shop.secret }}</b><break time=\"9s\"/>\u{0}";
        let view = json!({ "name": polyglot, "shop": { "secret": "no" }, "total": "-12.50" });
        let put = |kind: Value, text: &str| {
            let schema = json!({ "properties": { "text": { "x-template": kind } } });
            let mut settings = json!({ "text": text });
            render_settings(&schema, &mut settings, &view).unwrap();
            settings["text"].as_str().unwrap().to_owned()
        };
        assert_eq!(put(json!(true), "{{ name }}"), polyglot);
        let line = put("line".into(), "Dear\n{{ name }}!");
        assert!(
            line.starts_with("Dear\n=1+1 Bcc: x@y.z\"") && !line[5..].contains(char::is_control),
            "{line:?}"
        );
        let markup = put("markup".into(), "<p title='{{ name }}'>{{ name }}</p>");
        let inside = &markup["<p title='".len()..markup.len() - "</p>".len()];
        assert!(!inside.replacen("'>", "", 1).contains(['<', '>', '"', '\'']), "{markup}");
        assert!(markup.contains("&amp;amp;{{ shop.secret }}&lt;/b&gt;"), "{markup}");
        let row = put("csv".into(), "{{ name }},{{ total }},x");
        let rest = row.strip_prefix("\"'=1+1").unwrap();
        assert_eq!(rest.replace("\"\"", "").matches('"').count(), 3, "{row}");
        assert!(row.ends_with(",\"-12.50\",x"), "an amount is no formula: {row}");
    }

    #[test]
    fn placeholders_are_found_wherever_they_are() {
        assert!(has_placeholders(&json!({ "a": [{ "b": "x {{ y }}" }] })));
        assert!(!has_placeholders(&json!({ "{{": ["{ {", 1, null] })));
    }
}
