//! SETTINGS of a user field: kept as they were sent, and what of them values keep to.

use rulewright_domain::{
    Currency, FieldDefinition, FieldKind, FieldOf,
    field::{FieldRules, Pattern},
};
use serde_json::{Map, Value, json};

use crate::{scalar, user_field::value};

/// Among what is shown of a field, under this name.
pub const SETTINGS: &str = "settings";

/// What a field of a type has where nothing is said.
pub fn defaults(kind: FieldKind) -> Map<String, Value> {
    let settings = match kind {
        FieldKind::Text => json!({
            "SIZE": 20, "ROWS": 1, "REGEXP": "", "MIN_LENGTH": 0, "MAX_LENGTH": 0, "DEFAULT_VALUE": "",
        }),
        FieldKind::Link => json!({
            "POPUP": "Y", "SIZE": 20, "MIN_LENGTH": 0, "MAX_LENGTH": 0, "DEFAULT_VALUE": "",
        }),
        FieldKind::Integer => json!({ "SIZE": 20, "MIN_VALUE": 0, "MAX_VALUE": 0, "DEFAULT_VALUE": null }),
        FieldKind::Number => json!({
            "PRECISION": 4, "SIZE": 20, "MIN_VALUE": 0, "MAX_VALUE": 0, "DEFAULT_VALUE": null,
        }),
        FieldKind::YesNo => json!({
            "DEFAULT_VALUE": 0, "DISPLAY": "CHECKBOX", "LABEL": ["", ""], "LABEL_CHECKBOX": "",
        }),
        FieldKind::Date | FieldKind::Time => json!({ "DEFAULT_VALUE": { "TYPE": "NONE", "VALUE": "" } }),
        FieldKind::Choice => json!({
            "DISPLAY": "LIST", "LIST_HEIGHT": 1, "CAPTION_NO_VALUE": "", "SHOW_NO_VALUE": "Y",
        }),
        FieldKind::Money => json!({ "DEFAULT_VALUE": "" }),
        FieldKind::Address => json!({ "SHOW_MAP": "Y" }),
        FieldKind::File => json!({
            "SIZE": 20, "LIST_WIDTH": 0, "LIST_HEIGHT": 0, "MAX_SHOW_SIZE": 0, "MAX_ALLOWED_SIZE": 0,
            "EXTENSIONS": [],
        }),
        FieldKind::Employee => json!({}),
        FieldKind::Dictionary => json!({ "ENTITY_TYPE": "" }),
        FieldKind::ListSection | FieldKind::ListItem => json!({
            "DISPLAY": "LIST", "LIST_HEIGHT": 1, "IBLOCK_ID": 0, "DEFAULT_VALUE": "", "ACTIVE_FILTER": "N",
        }),
        FieldKind::Reference => json!({ "LEAD": "N", "CONTACT": "N", "COMPANY": "N", "DEAL": "N" }),
    };
    settings.as_object().cloned().unwrap_or_default()
}

/// `given` is what was sent; only that binds.
pub fn rules(kind: FieldKind, given: &Map<String, Value>) -> FieldRules {
    let of = |name: &str| given.get(name).filter(|value| !scalar::is_empty(value));
    let length = |name: &str| {
        let length = of(name).and_then(scalar::integer).filter(|length| *length > 0);
        length.and_then(|length| u32::try_from(length).ok())
    };
    // 0 is no bound, as in the clients' own forms.
    let bound = |name: &str| of(name).and_then(scalar::number).filter(|bound| *bound != 0.0);
    let mut rules = FieldRules::default();
    if kind == FieldKind::Text {
        let sent = of("REGEXP").and_then(scalar::text);
        rules.pattern = sent.map(|sent| Pattern::new(pattern(sent.trim())));
    }
    match kind {
        FieldKind::Text | FieldKind::Link => {
            (rules.min_length, rules.max_length) = (length("MIN_LENGTH"), length("MAX_LENGTH"));
        }
        FieldKind::Integer | FieldKind::Number => {
            (rules.min, rules.max) = (bound("MIN_VALUE"), bound("MAX_VALUE"));
            let decimals = of("PRECISION").and_then(scalar::integer).filter(|_| kind == FieldKind::Number);
            rules.decimals = decimals.and_then(|decimals| u8::try_from(decimals.clamp(0, 12)).ok());
        }
        FieldKind::Dictionary => rules.dictionary = of("ENTITY_TYPE").and_then(scalar::text),
        FieldKind::Reference => {
            let targets =
                [("DEAL", FieldOf::Deal), ("CONTACT", FieldOf::Contact), ("COMPANY", FieldOf::Company)];
            let wanted =
                targets.into_iter().filter(|(name, _)| of(name).and_then(scalar::flag).unwrap_or(false));
            rules.refers_to = wanted.map(|(_, of)| of).collect();
        }
        _ => {}
    }
    let default = of("DEFAULT_VALUE");
    match (kind, default) {
        (FieldKind::Date | FieldKind::Time, Some(Value::Object(default))) => {
            let text = |name: &str| default.get(name).and_then(scalar::text).unwrap_or_default();
            match text("TYPE").to_ascii_uppercase().as_str() {
                "NOW" => rules.default_now = true,
                "FIXED" => rules.default = json!(text("VALUE")),
                _ => {}
            }
        }
        // Nobody asked for a no in every deal.
        (FieldKind::YesNo, Some(default)) if scalar::flag(default) == Some(false) => {}
        (FieldKind::Money, Some(default)) => {
            rules.currency =
                scalar::text(default).and_then(|text| Currency::parse(text.split_once('|')?.1.trim()).ok());
            rules.default = value::money(default);
        }
        (FieldKind::Choice, _) => {}
        (_, Some(default)) => rules.default = default.clone(),
        (_, None) => {}
    }
    rules
}

/// With delimiters and modifiers, as in PHP, or without: `/^[a-z]+$/iu` is `(?i)^[a-z]+$`. Texts are Unicode anyway.
fn pattern(sent: &str) -> String {
    let Some(delimiter) = sent.chars().next().filter(|first| matches!(first, '/' | '#' | '~')) else {
        return sent.to_owned();
    };
    match sent[1..].rsplit_once(delimiter) {
        Some((inner, modifiers)) if modifiers.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            match modifiers.replace('u', "").as_str() {
                "" => inner.to_owned(),
                modifiers => format!("(?{modifiers}){inner}"),
            }
        }
        _ => sent.to_owned(),
    }
}

/// Of a field, as it is answered.
pub fn of(field: &FieldDefinition) -> Value {
    shown(field.kind, &given(field))
}

/// What was sent for it.
pub fn given(field: &FieldDefinition) -> Map<String, Value> {
    field.display.get(SETTINGS).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// With the defaults for what was not said.
fn shown(kind: FieldKind, given: &Map<String, Value>) -> Value {
    let mut all = defaults(kind);
    all.extend(given.clone());
    // An empty map is a list in the answers that these clients know.
    if all.is_empty() { json!([]) } else { Value::Object(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: FieldKind, given: Value) -> FieldRules {
        rules(kind, given.as_object().unwrap())
    }

    #[test]
    fn settings_that_bind_become_rules_and_defaults_do_not() {
        for kind in FieldKind::ALL {
            let shown = defaults(kind);
            let expected = if kind == FieldKind::Number {
                FieldRules { decimals: Some(4), ..FieldRules::default() }
            } else {
                FieldRules::default()
            };
            assert_eq!(rules(kind, &shown), expected, "{kind:?}");
        }
        let text = of(FieldKind::Text, json!({ "MAX_LENGTH": "5", "DEFAULT_VALUE": "x" }));
        assert_eq!((text.max_length, text.default), (Some(5), json!("x")));
        for (sent, pattern) in [
            ("^[a-z]+$", "^[a-z]+$"),
            ("/^[a-z]+$/", "^[a-z]+$"),
            ("#^a/b$#iu", "(?i)^a/b$"),
            ("/a/b/c", "(?c)a/b"),
            ("/half", "/half"),
            ("/a/ b", "/a/ b"),
        ] {
            let rules = of(FieldKind::Text, json!({ "REGEXP": sent }));
            assert_eq!(rules.pattern, Some(Pattern::new(pattern)), "{sent}");
        }
        let number = of(FieldKind::Number, json!({ "PRECISION": "2", "MAX_VALUE": 9.5 }));
        assert_eq!((number.decimals, number.max, number.min), (Some(2), Some(9.5), None));
        assert!(of(FieldKind::Date, json!({ "DEFAULT_VALUE": { "TYPE": "NOW" } })).default_now);
        let fixed = json!({ "DEFAULT_VALUE": { "TYPE": "FIXED", "VALUE": "2026-01-01" } });
        assert_eq!(of(FieldKind::Date, fixed).default, json!("2026-01-01"));
        let crm = of(FieldKind::Reference, json!({ "DEAL": "Y", "COMPANY": "N" }));
        assert_eq!(crm.refers_to, [FieldOf::Deal].into());
        let money = of(FieldKind::Money, json!({ "DEFAULT_VALUE": "5|GBP" }));
        assert_eq!(money.default, json!({ "amount": "5", "currency": "GBP" }));
        assert_eq!(
            of(FieldKind::Dictionary, json!({ "ENTITY_TYPE": "SOURCE" })).dictionary.as_deref(),
            Some("SOURCE")
        );
    }
}
