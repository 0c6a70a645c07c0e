//! Definitions of user fields of deals, contacts and companies.

use rulewright_domain::{FieldDefinition, FieldId, FieldKind, FieldOf, find::Kind};
use rulewright_engine::Refusal;
use rulewright_ports::storage::Records;
use serde_json::{Map, Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    method::{Method, method},
    scalar,
    table::{self, Columns},
    user_field::{
        TYPES, code_of,
        definition::{self, Labels},
        kind_of, settings,
    },
};

/// The same for each entity.
macro_rules! of {
    ($name:literal, $run:ident, $of:expr) => {
        Method { name: $name, scope: "crm", run: |call| Box::pin($run(call, $of)) }
    };
}

pub(crate) const METHODS: &[Method] = &[
    of!("crm.deal.userfield.add", add, FieldOf::Deal),
    of!("crm.deal.userfield.get", get, FieldOf::Deal),
    of!("crm.deal.userfield.list", list, FieldOf::Deal),
    of!("crm.deal.userfield.update", update, FieldOf::Deal),
    of!("crm.deal.userfield.delete", delete, FieldOf::Deal),
    of!("crm.contact.userfield.add", add, FieldOf::Contact),
    of!("crm.contact.userfield.get", get, FieldOf::Contact),
    of!("crm.contact.userfield.list", list, FieldOf::Contact),
    of!("crm.contact.userfield.update", update, FieldOf::Contact),
    of!("crm.contact.userfield.delete", delete, FieldOf::Contact),
    of!("crm.company.userfield.add", add, FieldOf::Company),
    of!("crm.company.userfield.get", get, FieldOf::Company),
    of!("crm.company.userfield.list", list, FieldOf::Company),
    of!("crm.company.userfield.update", update, FieldOf::Company),
    of!("crm.company.userfield.delete", delete, FieldOf::Company),
    method!("crm.userfield.types", "crm", types),
    method!("crm.userfield.fields", "crm", fields),
    method!("crm.userfield.enumeration.fields", "crm", enumeration_fields),
    method!("crm.userfield.settings.fields", "crm", settings_fields),
];

fn denied() -> Fault {
    Fault::new(axum::http::StatusCode::FORBIDDEN, "", "Access denied.")
}

fn must_be_admin(call: &Call) -> Result<(), Fault> {
    if call.caller.admin { Ok(()) } else { Err(denied()) }
}

/// A field of something else is nobody's to see here.
async fn field(call: &Call, of: FieldOf) -> Result<FieldDefinition, Fault> {
    let (shop, id) = (call.shop(), FieldId(call.params.id("id")?));
    let found = call.read(move |reads| Ok(reads.record::<FieldDefinition>(shop, id.0)?)).await?;
    let found = found.ok_or_else(|| definition::not_found(id))?;
    if found.of == of { Ok(found) } else { Err(denied()) }
}

async fn add(call: Call, of: FieldOf) -> Outcome {
    let fields = call.params.map("fields")?;
    must_be_admin(&call)?;
    let field = definition::added(of, &fields)?;
    let name = field.name.clone();
    let added = call.facade.engine().add_field(call.asked(), call.caller.actor(), field).await;
    let id = added.map_err(|refusal| match refusal {
        Refusal::Conflict { message } => Fault::coded(
            "ERROR_CORE",
            format!("The field {name} of {} cannot be added: {message}.", code_of(of)),
        ),
        other => refused(other),
    })?;
    Ok(Answer::of(id.0))
}

fn refused(refusal: Refusal) -> Fault {
    match refusal {
        // Where it is, is said in our words; what is wrong, in everybody's.
        Refusal::Invalid(issues) => {
            let messages: Vec<&str> = issues.iter().map(|issue| issue.message.as_str()).collect();
            Fault::coded("ERROR_CORE", format!("The field is not valid: {}.", messages.join("; ")))
        }
        other => other.into(),
    }
}

async fn get(call: Call, of: FieldOf) -> Outcome {
    Ok(Answer::of(definition::row(&field(&call, of).await?, Labels::Whole)))
}

const COLUMNS: &Columns = &[
    ("ID", Kind::Number),
    ("FIELD_NAME", Kind::Text),
    ("USER_TYPE_ID", Kind::Text),
    ("XML_ID", Kind::Text),
    ("SORT", Kind::Number),
    ("MULTIPLE", Kind::Text),
    ("MANDATORY", Kind::Text),
    ("SHOW_FILTER", Kind::Text),
    ("SHOW_IN_LIST", Kind::Text),
    ("EDIT_IN_LIST", Kind::Text),
    ("IS_SEARCHABLE", Kind::Text),
];

/// `LANG` in the filter says in which language labels are.
async fn list(call: Call, of: FieldOf) -> Outcome {
    let filter = call.params.maybe_map("filter")?.unwrap_or_default();
    let language = match filter.get("LANG").and_then(scalar::text).filter(|language| !language.is_empty()) {
        Some(language) => language,
        None => call.config().await?.shop.locale.chars().take_while(|c| c.is_ascii_alphabetic()).collect(),
    };
    let shown = defined(&call, of).await?;
    let rows = shown.iter().map(|field| definition::row(field, Labels::In(&language))).collect();
    let rows = table::listed(&call.params, COLUMNS, rows)?;
    let total = rows.len() as u64;
    Ok(Answer { total: Some(total), ..Answer::of(rows) })
}

/// Those that have a name that these clients know.
pub(crate) async fn defined(call: &Call, of: FieldOf) -> Result<Vec<FieldDefinition>, Fault> {
    let shop = call.shop();
    let all =
        call.read(move |reads| Ok(reads.all_records::<FieldDefinition>(shop, Some(of.name()))?)).await?;
    Ok(all.into_iter().filter(|field| field.name.starts_with("UF_")).collect())
}

async fn update(call: Call, of: FieldOf) -> Outcome {
    let known = field(&call, of).await?;
    let fields = call.params.map("fields")?;
    must_be_admin(&call)?;
    let mut probe = known.clone();
    definition::changed(&mut probe, &fields)?;
    let patch = move |field: &mut FieldDefinition| {
        let fault = definition::changed(field, &fields).err();
        fault.map_or(Ok(()), |fault| Err(Refusal::Conflict { message: fault.description }))
    };
    let changed = call.facade.engine().change_field(call.asked(), call.caller.actor(), known.id, patch).await;
    changed.map_err(refused)?;
    Ok(Answer::of(true))
}

async fn delete(call: Call, of: FieldOf) -> Outcome {
    let known = field(&call, of).await?;
    must_be_admin(&call)?;
    call.facade.engine().remove_field(call.shop(), call.caller.actor(), known.id).await?;
    Ok(Answer::of(true))
}

async fn types(_: Call) -> Outcome {
    let types = TYPES.iter().map(|(id, _, title)| json!({ "ID": id, "title": title }));
    Ok(Answer::of(types.collect::<Value>()))
}

/// Name, type, title; whether it must be sent, whether it stays as it was added.
type Described = (&'static str, &'static str, &'static str, bool, bool);

fn described(all: &[Described]) -> Value {
    let line = |(name, kind, title, required, immutable): &Described| {
        let line = json!({
            "type": kind,
            "isRequired": required,
            "isReadOnly": *name == "ID",
            "isImmutable": immutable,
            "isMultiple": *name == "LIST",
            "isDynamic": false,
            "title": title,
        });
        ((*name).to_owned(), line)
    };
    Value::Object(all.iter().map(line).collect::<Map<_, _>>())
}

async fn fields(_: Call) -> Outcome {
    Ok(Answer::of(described(&[
        ("ID", "int", "ID", false, true),
        ("ENTITY_ID", "string", "Object", true, true),
        ("FIELD_NAME", "string", "Field code", true, true),
        ("USER_TYPE_ID", "string", "Data type", true, true),
        ("XML_ID", "string", "External code", false, false),
        ("SORT", "int", "Sorting", false, false),
        ("MULTIPLE", "char", "Multiple", false, true),
        ("MANDATORY", "char", "Mandatory", false, false),
        ("SHOW_FILTER", "char", "Show in filter", false, false),
        ("SHOW_IN_LIST", "char", "Show in list", false, false),
        ("EDIT_IN_LIST", "char", "Allow editing", false, false),
        ("IS_SEARCHABLE", "char", "Searchable", false, false),
        ("EDIT_FORM_LABEL", "string", "Label in the form", false, false),
        ("LIST_COLUMN_LABEL", "string", "Column header", false, false),
        ("LIST_FILTER_LABEL", "string", "Label in the filter", false, false),
        ("ERROR_MESSAGE", "string", "Error message", false, false),
        ("HELP_MESSAGE", "string", "Help", false, false),
        ("LIST", "uf_enum_element", "List items", false, false),
        ("SETTINGS", "object", "Settings", false, false),
    ])))
}

async fn enumeration_fields(_: Call) -> Outcome {
    Ok(Answer::of(described(&[
        ("ID", "int", "ID", false, true),
        ("SORT", "int", "Sorting", false, false),
        ("VALUE", "string", "Value", true, false),
        ("DEF", "char", "Default", false, false),
        ("XML_ID", "string", "External code", false, false),
        ("DEL", "char", "Delete", false, false),
    ])))
}

/// Of one type.
async fn settings_fields(call: Call) -> Outcome {
    let word = call.params.text("type").unwrap_or_default();
    let kind: FieldKind =
        kind_of(word.trim()).ok_or_else(|| Fault::classic("Parameter 'type' is not specified or empty."))?;
    let line = |(name, usual): (String, Value)| {
        let kind = match &usual {
            Value::Number(_) => "int",
            Value::Object(_) | Value::Array(_) => "object",
            _ => "string",
        };
        let line = json!({ "type": kind, "title": name });
        (name, line)
    };
    Ok(Answer::of(Value::Object(settings::defaults(kind).into_iter().map(line).collect())))
}
