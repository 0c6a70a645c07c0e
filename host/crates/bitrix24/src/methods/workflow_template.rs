//! `bizproc.workflow.template.*`: the shop's workflows as templates.
//!
//! Templates of others are a binary format of theirs, which nobody else reads. What is taken is what `/v1/workflows` takes,
//! as JSON: `{"rules": [..], "parameters": [..]}`.

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rulewright_domain::{Timestamp, Workflow};
use rulewright_engine::Refusal;
use rulewright_ports::WorkflowNumber;
use serde_json::{Value, json};

use super::workflow::{admin, listed, number};
use crate::{
    call::{Answer, Call, Outcome},
    document,
    fault::Fault,
    method::{Method, method},
    params::Params,
    scalar,
    wire::{envelope::date, node::Node},
};

pub(crate) const METHODS: &[Method] = &[
    method!("bizproc.workflow.template.add", "bizproc", add),
    method!("bizproc.workflow.template.delete", "bizproc", delete),
    method!("bizproc.workflow.template.list", "bizproc", list),
    method!("bizproc.workflow.template.update", "bizproc", update),
];

const COLUMNS: &[&str] = &[
    "ID",
    "MODULE_ID",
    "ENTITY",
    "DOCUMENT_TYPE",
    "AUTO_EXECUTE",
    "NAME",
    "DESCRIPTION",
    "TEMPLATE",
    "PARAMETERS",
    "VARIABLES",
    "CONSTANTS",
    "MODIFIED",
    "IS_MODIFIED",
    "USER_ID",
    "SYSTEM_CODE",
];

async fn add(call: Call) -> Outcome {
    let owner = allowed(&call)?;
    let of = document::parts(&Value::Array(call.params.list("DOCUMENT_TYPE")));
    let (kind, _) = of.map_err(|_| invalid("Incorrect field DOCUMENT_TYPE!"))?;
    let name = call.params.text("NAME").filter(|name| !name.trim().is_empty());
    let title = name.ok_or_else(|| invalid("Empty template name!"))?;
    must_not_begin_by_itself(&call.params)?;
    let template = call.params.node("TEMPLATE_DATA");
    let (rules, parameters) = template.and_then(read).ok_or_else(unreadable)?;
    let known = call.facade.engine().workflow_numbers(call.shop()).await?;
    let name = free_name(&title, &known);
    let workflow =
        Workflow { name: name.clone(), title, revision: 0, published: Timestamp(0), kind, parameters, rules };
    publish(&call, workflow).await?;
    let id = call.facade.engine().own_workflow(call.shop(), &name, &owner).await?;
    Ok(Answer::of(id))
}

async fn update(call: Call) -> Outcome {
    let owner = allowed(&call)?;
    let fields = match call.params.node("FIELDS") {
        Some(Node::Map(members)) if !members.is_empty() => Params::new(members.clone()),
        _ => return Err(invalid("No fields to update.")),
    };
    let (number, mut workflow) = found(&call).await?;
    if number.owner != owner {
        return Err(not_owner());
    }
    must_not_begin_by_itself(&fields)?;
    if fields.has("NAME") {
        let name = fields.text("NAME").filter(|name| !name.trim().is_empty());
        workflow.title = name.ok_or_else(|| invalid("Empty template name!"))?;
    }
    if let Some(node) = fields.node("TEMPLATE_DATA") {
        (workflow.rules, workflow.parameters) = read(node).ok_or_else(unreadable)?;
    }
    publish(&call, workflow).await?;
    Ok(Answer::of(number.id))
}

/// What runs already goes on.
async fn delete(call: Call) -> Outcome {
    let owner = allowed(&call)?;
    let (number, workflow) = found(&call).await?;
    if number.owner != owner {
        return Err(not_owner());
    }
    call.engine().retire_workflow(call.shop(), &workflow.name).await?;
    Ok(Answer::of(Value::Null))
}

async fn list(call: Call) -> Outcome {
    admin(&call)?;
    let config = call.config().await?;
    let numbers = call.facade.engine().workflow_numbers(call.shop()).await?;
    let zone = &config.shop.time_zone;
    let row = |number: &WorkflowNumber| {
        let workflow = config.workflows.get(&number.workflow)?;
        let system_code = match number.owner.is_empty() {
            true => Value::Null,
            false => format!("rest_app_{}", number.owner).into(),
        };
        Some(json!({
            "ID": number.id.to_string(),
            "MODULE_ID": document::MODULE,
            "ENTITY": document::entity(workflow.kind),
            "DOCUMENT_TYPE": [document::MODULE, document::entity(workflow.kind), document::type_name(workflow.kind)],
            "AUTO_EXECUTE": "0",
            "NAME": workflow.title,
            "DESCRIPTION": "",
            "TEMPLATE": workflow.rules,
            "PARAMETERS": workflow.parameters,
            "VARIABLES": [],
            "CONSTANTS": [],
            "MODIFIED": date(workflow.published, zone),
            "IS_MODIFIED": "N",
            "USER_ID": null,
            "SYSTEM_CODE": system_code,
        }))
    };
    listed(&call, numbers.iter().filter_map(row).collect(), COLUMNS)
}

/// Only an application, on behalf of an administrator. Returns whose its templates are.
fn allowed(call: &Call) -> Result<String, Fault> {
    let Ok(application) = call.caller.application() else {
        return Err(Fault::new(StatusCode::FORBIDDEN, "ACCESS_DENIED", "Application context required"));
    };
    admin(call)?;
    Ok(application.id.clone())
}

async fn found(call: &Call) -> Result<(WorkflowNumber, Workflow), Fault> {
    let not_found = || Fault::coded("ERROR_TEMPLATE_NOT_FOUND", "Workflow template not found.");
    let id = number(call.params.value("ID")).ok_or_else(not_found)?;
    let numbers = call.facade.engine().workflow_numbers(call.shop()).await?;
    let number = numbers.into_iter().find(|number| number.id == id).ok_or_else(not_found)?;
    let config = call.config().await?;
    let workflow = config.workflows.get(&number.workflow).cloned().ok_or_else(not_found)?;
    Ok((number, workflow))
}

async fn publish(call: &Call, workflow: Workflow) -> Result<(), Fault> {
    match call.engine().publish_workflow(call.shop(), workflow).await {
        Ok(_) => Ok(()),
        Err(Refusal::Invalid(issues)) => {
            let first = issues.first().map(|issue| format!(" {}: {}", issue.path, issue.message));
            Err(invalid(&format!("Incorrect field TEMPLATE_DATA!{}", first.unwrap_or_default())))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// Here a stage begins things, or a rule: never a template by itself.
fn must_not_begin_by_itself(given: &Params) -> Result<(), Fault> {
    let wrong = || invalid("Incorrect field AUTO_EXECUTE!");
    match given.value("AUTO_EXECUTE") {
        None => Ok(()),
        Some(value) if scalar::is_empty(&value) => Ok(()),
        Some(value) => match scalar::integer(&value) {
            Some(0) => Ok(()),
            Some(1..=3) => Err(invalid(
                "Incorrect field AUTO_EXECUTE! Templates do not start by themselves here: put the rule `Run workflow` on a \
                 stage, and send 0",
            )),
            _ => Err(wrong()),
        },
    }
}

type Parts = (Vec<rulewright_domain::RuleSpec>, Vec<rulewright_domain::Parameter>);

/// A file as the contract sends them, name and Base64, or the JSON itself.
fn read(node: &Node) -> Option<Parts> {
    let value = node.value();
    let text = match &value {
        Value::Array(items) => scalar::text(items.last()?)?,
        Value::Object(members) if members.contains_key("rules") => value.to_string(),
        Value::Object(members) => {
            let data = members.iter().find(|(key, _)| key.eq_ignore_ascii_case("fileData"));
            match data.map(|(_, data)| data) {
                Some(Value::Array(items)) => scalar::text(items.last()?)?,
                Some(data) => scalar::text(data)?,
                None => scalar::text(members.values().next_back()?)?,
            }
        }
        value => scalar::text(value)?,
    };
    let plain = text.trim_start().starts_with('{');
    let bytes = if plain { text.into_bytes() } else { STANDARD.decode(text.trim()).ok()? };
    let read: Value = serde_json::from_slice(&bytes).ok()?;
    let rules = serde_json::from_value(read.get("rules")?.clone()).ok()?;
    let parameters = read.get("parameters").cloned().unwrap_or_else(|| json!([]));
    Some((rules, serde_json::from_value(parameters).ok()?))
}

fn unreadable() -> Fault {
    invalid(
        "Incorrect field TEMPLATE_DATA! Templates exported elsewhere cannot be read here: send the file of a workflow as \
         JSON, with `rules` and `parameters` as in PUT /v1/workflows",
    )
}

fn free_name(title: &str, known: &[WorkflowNumber]) -> String {
    let plain: String = title
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .take(40)
        .collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let name = if words.is_empty() { "workflow".to_owned() } else { words.join("-") };
    let free = |name: &String| known.iter().all(|one| one.workflow != *name);
    let numbered = (2..=known.len() + 2).map(|number| format!("{name}-{number}"));
    std::iter::once(name.clone()).chain(numbered).find(free).unwrap_or(name)
}

fn not_owner() -> Fault {
    Fault::coded("ERROR_TEMPLATE_NOT_OWNER", "You can update ONLY templates created by current application")
}

fn invalid(sentence: &str) -> Fault {
    Fault::coded("ERROR_TEMPLATE_VALIDATION_FAILURE", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(value: Value) -> Node {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_file_is_read_as_it_is_sent_and_a_foreign_one_is_not() {
        let json = r#"{"rules": [{"id": "a", "name": "A", "plugin": "rulewright.wait"}]}"#;
        let coded = STANDARD.encode(json);
        for sent in [
            json!(["approval.json", coded]),
            json!({"fileData": ["approval.json", coded]}),
            json!(coded),
            json!(json),
            json!({"rules": [{"id": "a", "name": "A", "plugin": "rulewright.wait"}]}),
        ] {
            let (rules, parameters) = read(&node(sent.clone())).unwrap_or_else(|| panic!("{sent}"));
            assert_eq!((rules.len(), parameters.len()), (1, 0));
        }
        for sent in [
            json!("template.bpt"),
            json!(["a.bpt", STANDARD.encode([0x78, 0x9c, 1])]),
            json!(null),
            json!([]),
        ] {
            assert!(read(&node(sent.clone())).is_none(), "{sent}");
        }
    }

    #[test]
    fn a_name_is_made_of_the_title_and_is_not_taken() {
        let known = |names: &[&str]| -> Vec<WorkflowNumber> {
            let one = |name: &&str| WorkflowNumber { id: 1, workflow: (*name).into(), owner: String::new() };
            names.iter().map(one).collect()
        };
        assert_eq!(free_name("Display Time!", &[]), "display-time");
        assert_eq!(free_name("Display time", &known(&["display-time"])), "display-time-2");
        assert_eq!(free_name("Zeit", &known(&["zeit", "zeit-2"])), "zeit-3");
        assert_eq!(free_name("日本", &[]), "workflow");
    }
}
