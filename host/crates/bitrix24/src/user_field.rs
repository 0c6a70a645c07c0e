//! User fields, `UF_CRM_...`: the shop's own fields in the words of these clients.

pub mod definition;
pub mod settings;
pub mod value;

use rulewright_domain::{FieldKind, FieldOf};

/// Before every name.
pub const PREFIX: &str = "UF_CRM_";

/// USER_TYPE_ID, what it is, and its title.
pub const TYPES: &[(&str, FieldKind, &str)] = &[
    ("string", FieldKind::Text, "Text"),
    ("integer", FieldKind::Integer, "Integer"),
    ("double", FieldKind::Number, "Number"),
    ("boolean", FieldKind::YesNo, "Yes/No"),
    ("enumeration", FieldKind::Choice, "List"),
    ("date", FieldKind::Date, "Date"),
    ("datetime", FieldKind::Time, "Date/Time"),
    ("money", FieldKind::Money, "Money"),
    ("url", FieldKind::Link, "Link"),
    ("address", FieldKind::Address, "Address"),
    ("file", FieldKind::File, "File"),
    ("employee", FieldKind::Employee, "Employee"),
    ("crm_status", FieldKind::Dictionary, "CRM directory"),
    ("iblock_section", FieldKind::ListSection, "Information block section"),
    ("iblock_element", FieldKind::ListItem, "Information block element"),
    ("crm", FieldKind::Reference, "CRM item"),
];

pub fn kind_of(word: &str) -> Option<FieldKind> {
    TYPES.iter().find(|(name, ..)| *name == word).map(|(_, kind, _)| *kind)
}

pub fn word_of(kind: FieldKind) -> &'static str {
    TYPES.iter().find(|(_, of, _)| *of == kind).map_or("string", |(name, ..)| name)
}

/// ENTITY_ID. Store orders have no user fields here.
pub const ENTITIES: &[(&str, FieldOf)] =
    &[("CRM_DEAL", FieldOf::Deal), ("CRM_CONTACT", FieldOf::Contact), ("CRM_COMPANY", FieldOf::Company)];

pub fn entity_of(code: &str) -> Option<FieldOf> {
    ENTITIES.iter().find(|(name, _)| *name == code).map(|(_, of)| *of)
}

pub fn code_of(of: FieldOf) -> &'static str {
    ENTITIES.iter().find(|(_, known)| *known == of).map_or("CRM_ORDER", |(name, _)| name)
}

#[cfg(test)]
mod tests;
