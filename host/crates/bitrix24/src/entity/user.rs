//! The shop's own fields that clients name `UF_CRM_...`: the one place where rows, filters and writes ask for them.

use rulewright_domain::{Fields, find};
use serde_json::{Value, json};

use super::{Style, cell::Cell, names};
use crate::{call::Call, fault::Fault};

/// As far as rows, filters and lists need to know it.
#[derive(Clone, Debug, PartialEq)]
pub struct UserField {
    /// `UF_CRM_NOTE`
    pub name: String,
    /// `string`, `enumeration` ...
    pub kind: String,
    pub title: String,
    pub multiple: bool,
    pub mandatory: bool,
}

impl UserField {
    pub fn described(&self, style: Style) -> Value {
        let mut line = json!({
            "type": self.kind,
            "isRequired": self.mandatory,
            "isReadOnly": false,
            "isImmutable": false,
            "isMultiple": self.multiple,
            "isDynamic": true,
            "title": self.title,
        });
        if style == Style::Universal {
            line["upperName"] = json!(self.name);
        }
        line
    }
}

/// Defined ones of an entity. Values of others are kept and shown as they were sent.
pub async fn user_fields(_: &Call, _: &str) -> Result<Vec<UserField>, Fault> {
    Ok(Vec::new())
}

/// `UF_...`, and the binding to what an application keeps beside the entity, `PARENT_ID_...`.
pub fn is_user_field(name: &str) -> bool {
    let parent = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    name.strip_prefix("UF_").is_some_and(|rest| !rest.is_empty())
        || name.strip_prefix("PARENT_ID_").is_some_and(parent)
}

/// The stored name of what a caller wrote. None: that is no user field.
pub fn stored_name(name: &str, style: Style) -> Option<String> {
    let plain = name.to_ascii_uppercase();
    if is_user_field(&plain) {
        return Some(plain);
    }
    let upper = names::upper(name).unwrap_or_else(|| names::snake(name));
    Some(upper).filter(|upper| style == Style::Universal && is_user_field(upper))
}

pub fn name_in(name: &str, style: Style, original: bool) -> String {
    match style {
        Style::Universal if !original || !name.starts_with("UF_") => names::camel(name),
        _ => name.to_owned(),
    }
}

/// Those that one has: all that are defined, and what else was kept.
pub fn values(own: &Fields, defined: &[UserField]) -> Vec<(String, Cell)> {
    let mut values: Vec<(String, Cell)> = defined
        .iter()
        .map(|field| {
            (field.name.clone(), own.get(&field.name).map_or(Cell::Null, |value| Cell::Raw(value.clone())))
        })
        .collect();
    let kept = own.iter().filter(|(name, _)| is_user_field(name));
    let kept = kept.filter(|(name, _)| !defined.iter().any(|field| field.name == **name));
    values.extend(kept.map(|(name, value)| (name.clone(), Cell::Raw(value.clone()))));
    values
}

/// How a condition with this value compares: nothing else tells what kind of values a field that is not defined has.
pub fn compares(value: &Value) -> find::Kind {
    match value {
        Value::Bool(_) => find::Kind::Flag,
        Value::Array(items) => {
            let mut kinds = items.iter().map(compares);
            let first = kinds.next().unwrap_or(find::Kind::Text);
            if kinds.all(|kind| kind == first) { first } else { find::Kind::Text }
        }
        value if crate::scalar::number(value).is_some() => find::Kind::Number,
        Value::String(text) if is_moment(text) => find::Kind::Moment,
        _ => find::Kind::Text,
    }
}

fn is_moment(text: &str) -> bool {
    rulewright_domain::moment(text, "UTC").is_ok()
}
