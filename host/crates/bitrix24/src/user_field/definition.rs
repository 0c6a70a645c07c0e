//! The definition of a user field: from the parameters of `add` and `update`, and as `get` and `list` answer it.

use rulewright_domain::{FieldDefinition, FieldId, FieldKind, FieldOf, FieldOption, field::Texts};
use serde_json::{Map, Value, json};

use super::{PREFIX, code_of, kind_of, settings, word_of};
use crate::{fault::Fault, scalar};

/// In which labels may be written, as these clients spell them.
const LANGUAGES: [&str; 21] = [
    "ar", "br", "de", "en", "fr", "hi", "id", "in", "it", "ja", "kz", "la", "ms", "pl", "ru", "sc", "tc",
    "th", "tr", "ua", "vn",
];

/// Characters of a name, its prefix among them.
const MAX_NAME: usize = 50;

/// `SHOW_FILTER`, ... with what they are where nothing is said.
const SWITCHES: [(&str, &str); 4] =
    [("SHOW_FILTER", "N"), ("SHOW_IN_LIST", "Y"), ("EDIT_IN_LIST", "Y"), ("IS_SEARCHABLE", "N")];

fn core(description: impl Into<String>) -> Fault {
    Fault::coded("ERROR_CORE", description)
}

/// `manager_note` is `UF_CRM_MANAGER_NOTE`.
pub fn full_name(sent: &str) -> Result<String, Fault> {
    let name = sent.trim().to_ascii_uppercase();
    let rest = name.strip_prefix(PREFIX).or_else(|| name.strip_prefix("UF_")).unwrap_or(&name);
    let full = format!("{PREFIX}{rest}");
    if full.chars().count() > MAX_NAME {
        return Err(core("Field name is too long (more than 50 characters)."));
    }
    if rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(core("Field name contains invalid characters. Allowed characters are: A-Z, 0-9 and _."));
    }
    Ok(full)
}

pub fn added(of: FieldOf, fields: &Map<String, Value>) -> Result<FieldDefinition, Fault> {
    let text = |name: &str| get(fields, name).and_then(scalar::text).filter(|text| !text.trim().is_empty());
    let missing = |name: &str| Fault::classic(format!("The '{name}' field is not found."));
    let name = full_name(&text("FIELD_NAME").ok_or_else(|| missing("FIELD_NAME"))?)?;
    let word = text("USER_TYPE_ID").ok_or_else(|| missing("USER_TYPE_ID"))?;
    let kind = kind_of(word.trim()).ok_or_else(|| core("Incorrect custom type specified."))?;
    let mut field = FieldDefinition::new(of, name, kind);
    // No field of that kind has several values.
    field.multiple = flag(fields, "MULTIPLE")?.unwrap_or(false) && kind != FieldKind::YesNo;
    if let Some(label) = text("LABEL") {
        field.labels = in_every_language(&label);
    }
    changed(&mut field, fields)?;
    Ok(field)
}

/// Only what may change, and only what was sent.
pub fn changed(field: &mut FieldDefinition, fields: &Map<String, Value>) -> Result<(), Fault> {
    if let Some(mandatory) = flag(fields, "MANDATORY")? {
        field.mandatory = mandatory;
    }
    if let Some(sort) = get(fields, "SORT").filter(|sort| !scalar::is_empty(sort)) {
        field.sort = scalar::integer(sort).ok_or_else(|| core("The 'SORT' field must be a whole number."))?;
    }
    if let Some(id) = get(fields, "XML_ID") {
        field.external_id = scalar::text(id).filter(|id| !id.is_empty());
    }
    for (name, texts) in [
        ("EDIT_FORM_LABEL", &mut field.labels),
        ("LIST_COLUMN_LABEL", &mut field.column_labels),
        ("LIST_FILTER_LABEL", &mut field.filter_labels),
        ("ERROR_MESSAGE", &mut field.errors),
        ("HELP_MESSAGE", &mut field.help),
    ] {
        match get(fields, name) {
            None | Some(Value::Null) => {}
            Some(Value::Object(by_language)) => {
                for (language, label) in by_language {
                    texts.insert(language.to_ascii_lowercase(), scalar::text(label).unwrap_or_default());
                }
            }
            Some(label) => *texts = in_every_language(&scalar::text(label).unwrap_or_default()),
        }
        texts.retain(|_, text| !text.is_empty());
    }
    for (name, _) in SWITCHES {
        let Some(sent) = get(fields, name).filter(|sent| !scalar::is_empty(sent)) else { continue };
        let text = scalar::text(sent).unwrap_or_default().trim().to_ascii_uppercase();
        let shown = match (name, text.as_str()) {
            ("SHOW_FILTER", "I" | "E" | "S") => text,
            _ => yes_no(flag(fields, name)?.unwrap_or(false)).to_owned(),
        };
        field.display.insert(name.to_owned(), json!(shown));
    }
    match get(fields, "SETTINGS") {
        Some(Value::Object(sent)) => {
            let mut given = settings::given(field);
            given.extend(sent.clone());
            field.rules = settings::rules(field.kind, &given);
            field.display.insert(settings::SETTINGS.to_owned(), Value::Object(given));
        }
        None => {}
        Some(empty) if scalar::is_empty(empty) => {}
        Some(_) => return Err(core("The 'SETTINGS' field must be array.")),
    }
    match get(fields, "LIST") {
        None => {}
        Some(list) if scalar::is_empty(list) => {}
        Some(_) if field.kind != FieldKind::Choice => {}
        Some(Value::Array(items)) => options(field, items.iter())?,
        Some(Value::Object(items)) => options(field, items.values())?,
        Some(_) => return Err(core("The 'LIST' field must be array.")),
    }
    Ok(())
}

/// An item with an ID is changed or, with DEL, taken away; one without is added; the others stay.
fn options<'a>(field: &mut FieldDefinition, items: impl Iterator<Item = &'a Value>) -> Result<(), Fault> {
    for item in items {
        let Some(item) = item.as_object() else {
            return Err(core("The 'LIST' field must be array of items with VALUE."));
        };
        let text = |name: &str| get(item, name).and_then(scalar::text);
        let id = get(item, "ID").and_then(scalar::integer).filter(|id| *id > 0);
        let sort = get(item, "SORT").and_then(scalar::integer);
        let default = flag(item, "DEF")?;
        let external = text("XML_ID").map(|id| Some(id).filter(|id| !id.is_empty()));
        match id {
            Some(id) if flag(item, "DEL")?.unwrap_or(false) => field.options.retain(|option| option.id != id),
            Some(id) => {
                let known = field.options.iter_mut().find(|option| option.id == id);
                let option = known.ok_or_else(|| core(format!("List item with ID={id} is not found.")))?;
                if let Some(value) = text("VALUE") {
                    option.value = value;
                }
                option.sort = sort.unwrap_or(option.sort);
                option.default = default.unwrap_or(option.default);
                option.external_id = external.unwrap_or(option.external_id.take());
            }
            None => {
                let next = field.options.iter().map(|option| option.sort).max().unwrap_or(0) + 10;
                field.options.push(FieldOption {
                    id: 0,
                    value: text("VALUE").unwrap_or_default(),
                    sort: sort.unwrap_or(next),
                    default: default.unwrap_or(false),
                    external_id: external.flatten(),
                });
            }
        }
    }
    let mut known = std::collections::BTreeSet::new();
    for id in field.options.iter().filter_map(|option| option.external_id.as_ref()) {
        if !known.insert(id) {
            return Err(core(format!("List item with value XML_ID={id} already exists.")));
        }
    }
    if field.options.iter().any(|option| option.value.trim().is_empty()) {
        return Err(core("The 'VALUE' field of a list item is not found."));
    }
    field.options.sort_by_key(|option| option.sort);
    Ok(())
}

fn get<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields
        .get(name)
        .or_else(|| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

fn flag(fields: &Map<String, Value>, name: &str) -> Result<Option<bool>, Fault> {
    match get(fields, name) {
        None => Ok(None),
        Some(value) if scalar::is_empty(value) => Ok(None),
        Some(value) => {
            let flag = scalar::flag(value);
            flag.map(Some).ok_or_else(|| core(format!("The '{name}' field must be Y or N.")))
        }
    }
}

fn in_every_language(label: &str) -> Texts {
    let filled = !label.is_empty();
    LANGUAGES.iter().filter(|_| filled).map(|language| ((*language).to_owned(), label.to_owned())).collect()
}

pub fn yes_no(flag: bool) -> &'static str {
    if flag { "Y" } else { "N" }
}

/// How labels are written.
#[derive(Clone, Copy)]
pub enum Labels<'a> {
    /// All of them, by language.
    Whole,
    /// In one language, else in any.
    In(&'a str),
}

pub fn row(field: &FieldDefinition, labels: Labels<'_>) -> Value {
    let texts = |texts: &Texts| match labels {
        Labels::Whole => {
            let mut all: Map<String, Value> =
                LANGUAGES.iter().map(|language| ((*language).to_owned(), json!(""))).collect();
            all.extend(texts.iter().map(|(language, text)| (language.clone(), json!(text))));
            Value::Object(all)
        }
        Labels::In(language) => {
            json!(texts.get(language).or_else(|| texts.get("en")).or_else(|| texts.values().next()))
        }
    };
    let switch = |(name, usual): (&str, &str)| {
        let shown = field.display.get(name).cloned().unwrap_or_else(|| json!(usual));
        (name.to_owned(), shown)
    };
    let mut row = Map::from_iter([
        ("ID".to_owned(), json!(field.id.0.to_string())),
        ("ENTITY_ID".to_owned(), json!(code_of(field.of))),
        ("FIELD_NAME".to_owned(), json!(field.name)),
        ("USER_TYPE_ID".to_owned(), json!(word_of(field.kind))),
        ("XML_ID".to_owned(), json!(field.external_id)),
        ("SORT".to_owned(), json!(field.sort.to_string())),
        ("MULTIPLE".to_owned(), json!(yes_no(field.multiple))),
        ("MANDATORY".to_owned(), json!(yes_no(field.mandatory))),
        ("SETTINGS".to_owned(), settings::of(field)),
        ("EDIT_FORM_LABEL".to_owned(), texts(&field.labels)),
        ("LIST_COLUMN_LABEL".to_owned(), texts(&field.column_labels)),
        ("LIST_FILTER_LABEL".to_owned(), texts(&field.filter_labels)),
        ("ERROR_MESSAGE".to_owned(), texts(&field.errors)),
        ("HELP_MESSAGE".to_owned(), texts(&field.help)),
    ]);
    row.extend(SWITCHES.map(switch));
    if field.kind == FieldKind::Choice {
        row.insert("LIST".to_owned(), field.options.iter().map(item).collect());
    }
    Value::Object(row)
}

fn item(option: &FieldOption) -> Value {
    json!({
        "ID": option.id.to_string(),
        "SORT": option.sort.to_string(),
        "VALUE": option.value,
        "DEF": yes_no(option.default),
        "XML_ID": option.external_id.clone().unwrap_or_default(),
    })
}

/// `items` in the answer of `fields`.
pub fn items(field: &FieldDefinition) -> Value {
    field.options.iter().map(|option| json!({ "ID": option.id.to_string(), "VALUE": option.value })).collect()
}

pub fn not_found(id: FieldId) -> Fault {
    Fault::coded("ERROR_NOT_FOUND", format!("The entity with ID '{}' is not found.", id.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(of: Value) -> Map<String, Value> {
        of.as_object().unwrap().clone()
    }

    #[test]
    fn a_name_gets_the_prefix_of_the_contract() {
        for (sent, full) in [
            ("manager_note", "UF_CRM_MANAGER_NOTE"),
            ("UF_NOTE", "UF_CRM_NOTE"),
            ("UF_CRM_NOTE", "UF_CRM_NOTE"),
            ("1713790573", "UF_CRM_1713790573"),
        ] {
            assert_eq!(full_name(sent).unwrap(), full);
        }
        assert!(full_name(&"X".repeat(43)).is_ok());
        assert!(full_name(&"X".repeat(44)).unwrap_err().description.contains("too long"));
        for wrong in ["a b", "ä", "a-b", "UF_CRM_"] {
            assert!(full_name(wrong).unwrap_err().description.contains("invalid characters"), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_new_field_has_the_words_of_the_contract() {
        for (sent, code, description) in [
            (json!({ "USER_TYPE_ID": "string" }), "", "The 'FIELD_NAME' field is not found."),
            (json!({ "FIELD_NAME": "X" }), "", "The 'USER_TYPE_ID' field is not found."),
            (
                json!({ "FIELD_NAME": "X", "USER_TYPE_ID": "video" }),
                "ERROR_CORE",
                "Incorrect custom type specified.",
            ),
            (
                json!({
                    "FIELD_NAME": "X", "USER_TYPE_ID": "enumeration",
                    "LIST": [{ "VALUE": "a", "XML_ID": "k" }, { "VALUE": "b", "XML_ID": "k" }],
                }),
                "ERROR_CORE",
                "List item with value XML_ID=k already exists.",
            ),
        ] {
            let fault = added(FieldOf::Deal, &fields(sent)).unwrap_err();
            assert_eq!((fault.code.as_str(), fault.description.as_str()), (code, description));
        }
    }

    #[test]
    fn items_of_a_list_are_changed_added_and_taken_away_by_id() {
        let sent = json!({
            "FIELD_NAME": "X", "USER_TYPE_ID": "enumeration", "MULTIPLE": "Y",
            "LIST": [{ "VALUE": "Red", "DEF": "Y" }, { "VALUE": "Blue" }],
        });
        let mut field = added(FieldOf::Deal, &fields(sent)).unwrap();
        assert!(field.multiple && field.options[0].default);
        for (index, option) in field.options.iter_mut().enumerate() {
            option.id = index as i64 + 5;
        }
        let sent = json!({ "LIST": {
            "0": { "ID": "5", "DEL": "Y" }, "1": { "ID": 6, "VALUE": "Navy" }, "2": { "VALUE": "Green", "SORT": 5 },
        } });
        changed(&mut field, &fields(sent)).unwrap();
        let shown: Vec<_> = field.options.iter().map(|option| (option.id, option.value.as_str())).collect();
        assert_eq!(shown, [(0, "Green"), (6, "Navy")]);
        assert!(changed(&mut field, &fields(json!({ "LIST": [{ "ID": 99, "VALUE": "x" }] }))).is_err());
    }

    #[test]
    fn settings_and_labels_that_are_not_sent_stay() {
        let sent = json!({
            "FIELD_NAME": "X", "USER_TYPE_ID": "string", "LABEL": "Note", "SETTINGS": { "ROWS": 3 },
            "LIST_COLUMN_LABEL": { "en": "Col" },
        });
        let mut field = added(FieldOf::Deal, &fields(sent)).unwrap();
        changed(&mut field, &fields(json!({ "SETTINGS": { "MAX_LENGTH": 4 }, "SHOW_FILTER": "I" }))).unwrap();
        assert_eq!((field.label("en"), field.rules.max_length), ("Note", Some(4)));
        let row = row(&field, Labels::Whole);
        assert_eq!((&row["SETTINGS"]["ROWS"], &row["SETTINGS"]["MAX_LENGTH"]), (&json!(3), &json!(4)));
        assert_eq!(
            (&row["LIST_COLUMN_LABEL"]["en"], &row["LIST_COLUMN_LABEL"]["de"]),
            (&json!("Col"), &json!(""))
        );
        assert_eq!((&row["SHOW_FILTER"], &row["SHOW_IN_LIST"]), (&json!("I"), &json!("Y")));
    }
}
