//! Pure: what a recipe's file says with `${..}`, with the values of a shop.

use serde_json::{Map, Value};

/// What `${..}` can name.
pub(super) type Named = Map<String, Value>;

/// Inserted once: a value that holds `${..}` itself stays as it is.
pub(super) fn fill(value: &Value, named: &Named) -> Result<Value, String> {
    match value {
        Value::String(text) => fill_text(text, named),
        Value::Array(items) => items.iter().map(|item| fill(item, named)).collect(),
        Value::Object(members) => {
            let filled = members.iter().map(|(key, member)| Ok((key.clone(), fill(member, named)?)));
            filled.collect::<Result<Map<_, _>, String>>().map(Value::Object)
        }
        other => Ok(other.clone()),
    }
}

fn fill_text(text: &str, named: &Named) -> Result<Value, String> {
    if let Some(inside) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
        && !inside.contains('}')
    {
        return find(inside, named);
    }
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (inside, after) = after.split_once('}').ok_or_else(|| format!("`${{{after}` is never closed"))?;
        filled.push_str(before);
        match find(inside, named)? {
            Value::String(value) => filled.push_str(&value),
            value => filled.push_str(&value.to_string()),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(Value::String(filled))
}

/// `name`, or `name * 60`.
fn find(inside: &str, named: &Named) -> Result<Value, String> {
    let (name, times) = match inside.split_once('*') {
        Some((name, times)) => (name.trim(), Some(times.trim())),
        None => (inside.trim(), None),
    };
    let value = named.get(name).ok_or_else(|| format!("nothing is called `{name}`"))?;
    let Some(times) = times else { return Ok(value.clone()) };
    let product = value.as_i64().zip(times.parse().ok()).and_then(|(value, times)| value.checked_mul(times));
    product.map(Value::from).ok_or_else(|| format!("`{inside}` is no number"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_text_becomes_the_value_and_a_part_of_one_its_text() {
        let Value::Object(named) = json!({ "hours": 2, "words": "a ${hours}", "stage.lost": "gone" }) else {
            unreachable!()
        };
        let filled = |text: &str| fill(&json!({ "at": [text] }), &named).map(|value| value["at"][0].clone());
        for (text, expected) in [
            ("${hours}", json!(2)),
            ("${hours * 3600}", json!(7200)),
            (
                "in ${hours} hours: ${words}, {{ order.number }}",
                json!("in 2 hours: a ${hours}, {{ order.number }}"),
            ),
            ("${stage.lost}", json!("gone")),
            ("no dollars", json!("no dollars")),
        ] {
            assert_eq!(filled(text).unwrap(), expected, "{text}");
        }
        for wrong in ["${days}", "x ${hours", "${words * 2}", "${hours * x}"] {
            assert!(filled(wrong).is_err(), "{wrong}");
        }
    }
}
