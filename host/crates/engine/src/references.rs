//! Settings that name something of the shop's: what is not there is told when a rule is saved, with the name that
//! comes nearest.

use std::collections::BTreeSet;

use rulewright_domain::{ShopConfig, template};
use serde_json::Value;

use crate::view::nearest;

/// Each name that nothing has: what it should be, and the message.
pub(crate) fn unknown(config: &ShopConfig, schema: &Value, settings: &Value) -> Vec<String> {
    // What is wrong with the schema itself has been told already.
    let named = template::named(schema, settings).unwrap_or_default();
    named.into_iter().filter_map(|(widget, name)| problem(config, &widget, name.trim())).collect()
}

fn problem(config: &ShopConfig, widget: &str, name: &str) -> Option<String> {
    let (what, known): (&str, BTreeSet<&str>) = match widget {
        "list" => ("list", config.lists.keys().map(String::as_str).collect()),
        "segment" => ("segment", config.segments.keys().map(String::as_str).collect()),
        "workflow" => ("workflow", config.workflows.keys().map(String::as_str).collect()),
        "document-template" => ("template", config.templates.keys().map(String::as_str).collect()),
        "numerator" => ("numerator", config.numerators.keys().map(String::as_str).collect()),
        "employee" => {
            let there = name.parse().is_ok_and(|id| config.employees.contains_key(&id));
            return (!there).then(|| format!("there is no employee `{name}`"));
        }
        _ => return None,
    };
    if known.contains(name) {
        return None;
    }
    let near = nearest(name, &known).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
    let known = if known.is_empty() { "none".to_owned() } else { Vec::from_iter(known).join(", ") };
    Some(format!("there is no {what} `{name}`{near}; there are {known}"))
}
