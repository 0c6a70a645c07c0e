//! Values as clients write them: a form has only texts, so a number or a flag may always be one.

use serde_json::Value;

/// A whole number. `7.0` is one, `7.5` is none.
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        Value::Bool(flag) => Some(i64::from(*flag)),
        _ => None,
    }
}

fn whole(number: f64) -> Option<i64> {
    // Above this, not every integer is a float any more.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

pub fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// `Y`, `N`, `1`, `0`, `true`, `false`, as texts, numbers or flags.
pub fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => match number.as_f64()? {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        },
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "y" | "1" | "true" => Some(true),
            "n" | "0" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Of a scalar; null and containers are no text.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("1".to_owned()),
        Value::Bool(false) => Some("0".to_owned()),
        _ => None,
    }
}

/// Nothing was said: null, an empty text or an empty container.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_flags_may_be_texts() {
        for (value, expected) in [
            (json!("7"), Some(7)),
            (json!(" 7 "), Some(7)),
            (json!(7.0), Some(7)),
            (json!("-1"), Some(-1)),
            (json!("7.5"), None),
            (json!("1e400"), None),
            (json!("7a"), None),
            (json!(""), None),
            (json!(null), None),
            (json!([7]), None),
        ] {
            assert_eq!(integer(&value), expected, "{value}");
        }
        assert_eq!(number(&json!("2.55")), Some(2.55));
        assert_eq!(number(&json!("inf")), None);
        for yes in [json!("Y"), json!("y"), json!("1"), json!("true"), json!("True"), json!(1), json!(true)] {
            assert_eq!(flag(&yes), Some(true), "{yes}");
        }
        for no in [json!("N"), json!("0"), json!("false"), json!("False"), json!(0), json!(false)] {
            assert_eq!(flag(&no), Some(false), "{no}");
        }
        for neither in [json!("maybe"), json!(""), json!(2), json!(null), json!([])] {
            assert_eq!(flag(&neither), None, "{neither}");
        }
        assert_eq!(text(&json!(1.5)).as_deref(), Some("1.5"));
        assert_eq!(text(&json!({})), None);
        assert!(is_empty(&json!("")) && is_empty(&json!([])) && !is_empty(&json!(0)));
    }
}
