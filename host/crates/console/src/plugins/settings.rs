//! What can be set about a plugin, told from its schema. Pure.

use maud::{Markup, html};
use serde_json::Value;

use crate::door::Look;

/// Each field with its title and help; which of them have to be filled in.
pub fn told(look: &Look, schema: &Value) -> Markup {
    let fields = schema.get("properties").and_then(Value::as_object);
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    html! {
        @match fields.filter(|fields| !fields.is_empty()) {
            None => { p.muted { (look.text("plugin-settings-none")) } }
            Some(fields) => {
                dl.facts {
                    @for (name, field) in fields {
                        dt {
                            @match text(field, "title") { Some(title) => span lang="en" { (title) }, None => (name) }
                            @if required.contains(&name.as_str()) { " " span.muted { (look.text("plugin-setting-required")) } }
                        }
                        dd lang="en" { (text(field, "description").unwrap_or_default()) }
                    }
                }
            }
        }
    }
}

fn text<'v>(field: &'v Value, key: &str) -> Option<&'v str> {
    field.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::listing::tests::look;

    #[test]
    fn a_field_is_told_by_its_title_and_one_that_must_be_filled_in_is_marked() {
        let schema = json!({ "required": ["to"], "properties": {
            "to": { "title": "Recipient", "description": "Who gets it." }, "delay": {},
        } });
        let html = told(&look("en"), &schema).into_string();
        assert!(
            html.contains("Recipient") && html.contains("Who gets it.") && html.contains("delay"),
            "{html}"
        );
        assert_eq!(html.matches("required").count(), 1, "{html}");
        assert!(told(&look("en"), &json!({})).into_string().contains("Nothing"));
    }
}
