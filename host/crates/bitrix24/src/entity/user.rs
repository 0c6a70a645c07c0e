//! The shop's own fields that clients name `UF_CRM_...`: the one place where rows, filters and writes ask for them.

use std::sync::Arc;

use rulewright_domain::{FieldDefinition, FieldKind, Fields, find};
use serde_json::{Map, Value, json};

use super::{Scene, Style, cell::Cell, list::Compared, names};
use crate::{
    call::Call,
    fault::Fault,
    methods::userfield::defined,
    user_field::{
        definition, entity_of, settings,
        value::{self, Sent},
        word_of,
    },
};

/// One that the shop has defined.
#[derive(Clone, Debug, PartialEq)]
pub struct UserField {
    /// `UF_CRM_NOTE`
    pub name: String,
    pub title: String,
    pub definition: Arc<FieldDefinition>,
}

impl UserField {
    pub fn described(&self, style: Style) -> Value {
        let field = &self.definition;
        let mut line = json!({
            "type": word_of(field.kind),
            "isRequired": field.mandatory,
            "isReadOnly": false,
            "isImmutable": false,
            "isMultiple": field.multiple,
            "isDynamic": true,
            "title": self.title,
            "settings": settings::of(field),
        });
        if field.kind == FieldKind::Choice {
            line["items"] = definition::items(field);
        }
        match style {
            Style::Classic => {
                line["title"] = json!(self.name);
                for label in ["listLabel", "formLabel", "filterLabel"] {
                    line[label] = json!(self.title);
                }
            }
            Style::Universal => line["upperName"] = json!(self.name),
        }
        line
    }

    /// Where a list looks for its values, how they compare, and what was sent to compare with.
    pub fn compared(&self, sent: &Value) -> (Vec<String>, Compared, Value) {
        let path = |part: Option<&str>| {
            let parts = ["fields", self.name.as_str()].into_iter().chain(part);
            parts.map(str::to_owned).collect::<Vec<_>>()
        };
        let field = &self.definition;
        let each = |one: &dyn Fn(&Value) -> Value| match sent {
            Value::Array(items) => items.iter().map(one).collect(),
            sent => one(sent),
        };
        match field.kind {
            FieldKind::Text | FieldKind::Link | FieldKind::Address | FieldKind::Dictionary => {
                (path(None), Compared::Text, sent.clone())
            }
            FieldKind::Integer
            | FieldKind::Number
            | FieldKind::Choice
            | FieldKind::ListSection
            | FieldKind::ListItem
            | FieldKind::Employee => (path(None), Compared::Number, sent.clone()),
            FieldKind::YesNo => (path(None), Compared::Flag, sent.clone()),
            FieldKind::Date => (path(None), Compared::Day, sent.clone()),
            FieldKind::Time => (path(None), Compared::Second, sent.clone()),
            FieldKind::Money => {
                let amount = |sent: &Value| match value::money(sent) {
                    Value::Object(parts) => parts.get("amount").cloned().unwrap_or_default(),
                    other => other,
                };
                (path(Some("amount")), Compared::Number, each(&amount))
            }
            FieldKind::File => (path(Some("id")), Compared::Number, sent.clone()),
            FieldKind::Reference => (path(None), Compared::Text, each(&|sent| value::reference(field, sent))),
        }
    }

    pub fn sorted_by(&self) -> find::Field {
        let (path, compared, _) = self.compared(&Value::Null);
        find::Field::new(path, compared.key())
    }
}

/// Defined ones of an entity. Values of others are kept and shown as they were sent.
pub async fn user_fields(call: &Call, code: &str) -> Result<Vec<UserField>, Fault> {
    let Some(of) = entity_of(code) else { return Ok(Vec::new()) };
    let all = defined(call, of).await?;
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let config = call.config().await?;
    let language: String = config.shop.locale.chars().take_while(char::is_ascii_alphabetic).collect();
    let field = |field: FieldDefinition| UserField {
        name: field.name.clone(),
        title: field.label(&language).to_owned(),
        definition: Arc::new(field),
    };
    Ok(all.into_iter().map(field).collect())
}

pub fn field<'a>(scene: &'a Scene, stored: &str) -> Option<&'a UserField> {
    scene.user.iter().find(|field| field.name == stored)
}

/// The fields of a call with the values of defined ones in the form of the domain. Files that came with them are kept
/// first; `before` has those that stay.
pub async fn received(
    call: &Call,
    scene: &Scene,
    style: Style,
    mut fields: Map<String, Value>,
    before: Option<&Fields>,
) -> Result<Map<String, Value>, Fault> {
    for (name, sent) in &mut fields {
        let Some(stored) = stored_name(name, style) else { continue };
        let Some(UserField { definition: known, .. }) = field(scene, &stored) else { continue };
        let invalid = |why: String| match style {
            Style::Classic => Fault::classic(format!("Invalid value for the \"{stored}\" field: {why}")),
            Style::Universal => Fault::coded(
                "CRM_FIELD_ERROR_VALUE_NOT_VALID",
                format!("Invalid value for field \"{name}\": {why}"),
            ),
        };
        let mut values = Vec::new();
        for one in value::received(known, sent).map_err(invalid)? {
            let there = before.and_then(|before| before.get(&stored));
            values.push(kept(call, one, there).await?.map_err(invalid)?);
        }
        *sent = match (known.multiple, values.len()) {
            (_, 0) => Value::Null,
            (false, 1) => values.swap_remove(0),
            _ => Value::Array(values),
        };
    }
    Ok(fields)
}

/// As it is stored: a new file is kept first, and one that is named must be among those that are `there`.
pub async fn kept(call: &Call, sent: Sent, there: Option<&Value>) -> Result<Result<Value, String>, Fault> {
    Ok(match sent {
        Sent::Value(value) => Ok(value),
        Sent::File(file) => {
            let digest = call.facade.engine().keep_file(call.shop(), file.bytes.clone()).await?;
            Ok(value::stored_file(&file, &digest))
        }
        Sent::Kept(number) => {
            let known = there.and_then(|there| kept_file(there, number));
            known.ok_or_else(|| format!("it has no file {number}"))
        }
    })
}

fn kept_file(there: &Value, number: i64) -> Option<Value> {
    let there = there.as_array().map_or(std::slice::from_ref(there), Vec::as_slice);
    let has =
        |file: &&Value| file.get("digest").and_then(Value::as_str).map(value::file_number) == Some(number);
    there.iter().find(has).cloned()
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
            let value = own.get(&field.name).cloned().unwrap_or_default();
            (field.name.clone(), Cell::User { field: field.definition.clone(), value })
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
