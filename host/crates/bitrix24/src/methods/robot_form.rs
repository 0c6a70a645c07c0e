//! What an application says of a rule: in its words, and in ours.

use rulewright_domain::{
    OrderKind,
    application_rule::{Property, PropertyKind},
};
use serde_json::{Map, Value};

use crate::{document, fault::Fault, params::Params, scalar, wire::node::Node};

const DOCUMENT_TYPE: &str = "document-type";
const FILTER: &str = "filter";

/// What was said; none of it must be.
#[derive(Debug, Default, PartialEq)]
pub struct Spec {
    pub name: Option<String>,
    pub description: Option<String>,
    pub properties: Option<Vec<Property>>,
    pub returns: Option<Vec<Property>>,
    pub waits: Option<bool>,
    /// What is kept beside, because other rows depend on it.
    pub params: Map<String, Value>,
}

impl Spec {
    pub fn read(given: &Params, locale: &str) -> Result<Spec, Fault> {
        let mut params = Map::new();
        if given.has("DOCUMENT_TYPE") {
            let of = given.value("DOCUMENT_TYPE").unwrap_or_default();
            if !scalar::is_empty(&of) {
                // Types of others are right as well: the rule is then for no order.
                if document::parts(&of) == Err(document::NoDocument::Wrong) {
                    return Err(invalid("Wrong activity DOCUMENT_TYPE!"));
                }
            }
            params.insert(DOCUMENT_TYPE.to_owned(), of);
        }
        if given.has("FILTER") {
            params.insert(FILTER.to_owned(), filter(given.value("FILTER").unwrap_or_default())?);
        }
        if let Some(user) = given.integer("AUTH_USER_ID")? {
            params.insert("auth-user".to_owned(), user.into());
        }
        if let Some(shown) = given.flag("USE_PLACEMENT")? {
            params.insert("placement".to_owned(), shown.into());
        }
        if let Some(url) = given.text("PLACEMENT_HANDLER").filter(|url| !url.is_empty()) {
            params.insert("placement-handler".to_owned(), handler(Some(url))?.into());
        }
        Ok(Spec {
            name: localized(given, "NAME", locale),
            description: localized(given, "DESCRIPTION", locale),
            properties: properties(given, "PROPERTIES", locale)?,
            returns: properties(given, "RETURN_PROPERTIES", locale)?,
            // Only a plain no means that nobody waits.
            waits: given.has("USE_SUBSCRIPTION").then(|| {
                let said = given.value("USE_SUBSCRIPTION").as_ref().and_then(scalar::flag);
                said.unwrap_or(true)
            }),
            params,
        })
    }

    pub fn is_empty(&self) -> bool {
        *self == Spec::default()
    }
}

pub fn invalid(sentence: &str) -> Fault {
    Fault::coded("ERROR_ACTIVITY_VALIDATION_FAILURE", sentence)
}

/// Where the application is told.
pub fn handler(url: Option<String>) -> Result<String, Fault> {
    let wrong = || Fault::coded("ERROR_WRONG_HANDLER_URL", "Wrong handler URL");
    let url = url.unwrap_or_default().trim().to_owned();
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(Fault::coded("ERROR_UNSUPPORTED_PROTOCOL", "Unsupported handler protocol"));
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match host.is_empty() || url.contains(char::is_whitespace) {
        true => Err(wrong()),
        false => Ok(url),
    }
}

/// Orders that a rule is for, by its type of document and its filter. None: any.
pub fn kinds(params: &Map<String, Value>) -> Option<Vec<OrderKind>> {
    let of = params.get(DOCUMENT_TYPE).filter(|of| !scalar::is_empty(of)).map(document::parts);
    let lists = |name: &str| -> Vec<Vec<String>> {
        let list = params.get(FILTER).and_then(|filter| filter.get(name)).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .map(words)
            .filter(|words| !EDITIONS.contains(&words.join("/").as_str()))
            .collect()
    };
    let (included, excluded) = (lists("INCLUDE"), lists("EXCLUDE"));
    if of.is_none() && included.is_empty() && excluded.is_empty() {
        return None;
    }
    let is = |kind: OrderKind, words: &Vec<String>| {
        let parts = [document::MODULE, document::entity(kind), document::type_name(kind)];
        words.iter().zip(parts).all(|(word, part)| word.eq_ignore_ascii_case(part))
            && words.len() <= parts.len()
    };
    let all = [OrderKind::Deal, OrderKind::Order].into_iter();
    let right = all.filter(|kind| match &of {
        Some(Ok((wanted, _))) => wanted == kind,
        Some(Err(_)) => false,
        None => true,
    });
    let right = right.filter(|kind| included.is_empty() || included.iter().any(|words| is(*kind, words)));
    Some(right.filter(|kind| !excluded.iter().any(|words| is(*kind, words))).collect())
}

/// Where such a rule is offered at all, which is everywhere here.
const EDITIONS: &[&str] = &["", "b24", "box", "cloud"];

fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(scalar::text).collect(),
        value => scalar::text(value).into_iter().collect(),
    }
}

fn filter(value: Value) -> Result<Value, Fault> {
    let wrong = || invalid("Wrong activity FILTER!");
    if scalar::is_empty(&value) {
        return Ok(Value::Null);
    }
    let members = value.as_object().ok_or_else(wrong)?;
    let mut read = Map::new();
    for (key, list) in members {
        let key = key.to_ascii_uppercase();
        if !["INCLUDE", "EXCLUDE"].contains(&key.as_str()) {
            return Err(wrong());
        }
        let items = match list {
            Value::Array(items) => items.clone(),
            Value::Object(members) => members.values().cloned().collect(),
            Value::String(one) => vec![one.clone().into()],
            _ => return Err(wrong()),
        };
        if items.iter().any(|item| words(item).is_empty()) {
            return Err(wrong());
        }
        read.insert(key, Value::Array(items));
    }
    Ok(Value::Object(read))
}

/// A text, or one for each language: the shop's, else English, else the first.
fn localized(given: &Params, name: &str, locale: &str) -> Option<String> {
    given.node(name).map(|node| text(node, locale))
}

fn text(node: &Node, locale: &str) -> String {
    let language = locale.split('-').next().unwrap_or(locale);
    match node {
        Node::Scalar(value) => scalar::text(value).unwrap_or_default(),
        node => {
            let members = node.members().unwrap_or_default();
            let of = |wanted: &str| members.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted));
            let found = of(locale).or_else(|| of(language)).or_else(|| of("en")).or(members.first());
            found.and_then(|(_, node)| scalar::text(&node.value())).unwrap_or_default()
        }
    }
}

fn properties(given: &Params, name: &str, locale: &str) -> Result<Option<Vec<Property>>, Fault> {
    let wrong = || invalid("Wrong properties array!");
    let Some(node) = given.node(name) else { return Ok(None) };
    if scalar::is_empty(&node.value()) {
        return Ok(Some(Vec::new()));
    }
    let Node::Map(members) = node else { return Err(wrong()) };
    let mut found = Vec::new();
    for (key, said) in members {
        let begins = key.starts_with(|c: char| c.is_ascii_alphabetic());
        if !begins || key.len() > 128 || !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(invalid(&format!("Wrong property key {key}!")));
        }
        let Node::Map(said) = said else { return Err(wrong()) };
        let said = Params::new(said.clone());
        let called = localized(&said, "Name", locale).filter(|name| !name.trim().is_empty());
        let kind = match said.text("Type") {
            None => PropertyKind::Line,
            Some(said) => kind(&said).ok_or_else(wrong)?,
        };
        found.push(Property {
            key: key.clone(),
            name: called.ok_or_else(|| invalid(&format!("Empty property NAME {key}!")))?,
            description: localized(&said, "Description", locale).unwrap_or_default(),
            kind,
            required: said.flag("Required").ok().flatten().unwrap_or(false),
            multiple: said.flag("Multiple").ok().flatten().unwrap_or(false),
            default: default(said.value("Default").unwrap_or_default()),
            options: said.node("Options").map(|node| options(node, locale)).unwrap_or_default(),
        });
    }
    Ok(Some(found))
}

fn kind(name: &str) -> Option<PropertyKind> {
    Some(match name.trim().to_ascii_lowercase().as_str() {
        "bool" | "boolean" => PropertyKind::Flag,
        "date" => PropertyKind::Date,
        "datetime" => PropertyKind::Time,
        "double" => PropertyKind::Number,
        "int" | "integer" => PropertyKind::Whole,
        "select" => PropertyKind::Select,
        "string" => PropertyKind::Line,
        "text" => PropertyKind::Text,
        "user" => PropertyKind::Employee,
        "file" => PropertyKind::File,
        _ => return None,
    })
}

fn default(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_values().collect(),
        value if scalar::is_empty(&value) => Value::Null,
        value => value,
    }
}

/// A map from the value to what is shown, or a list of values that are shown as they are.
fn options(node: &Node, locale: &str) -> Vec<(String, String)> {
    match node {
        Node::Map(members) => {
            members.iter().map(|(value, node)| (value.clone(), text(node, locale))).collect()
        }
        Node::List(items) => {
            let texts = items.iter().map(|item| text(item, locale));
            texts.map(|text| (text.clone(), text)).collect()
        }
        Node::Scalar(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn given(value: Value) -> Params {
        match serde_json::from_value(value).unwrap() {
            Node::Map(members) => Params::new(members),
            other => panic!("{other:?}"),
        }
    }

    fn sentence(value: Value) -> String {
        Spec::read(&given(value), "en").unwrap_err().description
    }

    #[test]
    fn properties_become_a_form_in_the_order_in_which_they_were_sent() {
        // As text: what passes through a map of JSON is sorted.
        let text = r#"{
            "NAME": {"de": "Wiegen", "en": "Weigh"},
            "PROPERTIES": {
                "to": {"Name": "To", "Type": "user", "Required": "Y", "Multiple": "N"},
                "Size": {"Name": {"de": "Groesse", "en": "Size"}, "Type": "select", "Options": {"s": "Small", "l": "Large"}},
                "a1": {"Name": "Any"}
            },
            "USE_SUBSCRIPTION": "N"
        }"#;
        let Node::Map(members) = serde_json::from_str(text).unwrap() else { panic!("{text}") };
        let spec = Spec::read(&Params::new(members), "de-AT").unwrap();
        assert_eq!((spec.name.as_deref(), spec.waits), (Some("Wiegen"), Some(false)));
        let properties = spec.properties.unwrap();
        let keys: Vec<&str> = properties.iter().map(|property| property.key.as_str()).collect();
        assert_eq!(keys, ["to", "Size", "a1"]);
        assert_eq!((properties[0].kind, properties[0].required), (PropertyKind::Employee, true));
        assert_eq!(properties[1].options, [("s".into(), "Small".into()), ("l".into(), "Large".into())]);
        assert_eq!((properties[1].name.as_str(), properties[2].kind), ("Groesse", PropertyKind::Line));
    }

    #[test]
    fn what_is_wrong_is_told_with_the_sentence_of_the_contract() {
        for (value, expected) in [
            (json!({"PROPERTIES": "x"}), "Wrong properties array!"),
            (json!({"PROPERTIES": {"a": "x"}}), "Wrong properties array!"),
            (json!({"PROPERTIES": {"a": {"Name": "A", "Type": "colour"}}}), "Wrong properties array!"),
            (json!({"RETURN_PROPERTIES": ["x"]}), "Wrong properties array!"),
            (json!({"PROPERTIES": {"1a": {"Name": "A"}}}), "Wrong property key 1a!"),
            (json!({"PROPERTIES": {"a": {"Name": ""}}}), "Empty property NAME a!"),
            (json!({"FILTER": "x"}), "Wrong activity FILTER!"),
            (json!({"FILTER": {"ONLY": []}}), "Wrong activity FILTER!"),
            (json!({"DOCUMENT_TYPE": ["crm", "CCrmDocumentDeal"]}), "Wrong activity DOCUMENT_TYPE!"),
        ] {
            assert_eq!(sentence(value.clone()), expected, "{value}");
        }
    }

    #[test]
    fn a_handler_is_an_address_of_the_web() {
        let code = |url: &str| handler(Some(url.into())).unwrap_err().code;
        assert_eq!(handler(Some("https://a.example/x".into())).unwrap(), "https://a.example/x");
        for url in ["", "a.example/x", "https://", "https:///x", "https://a b"] {
            assert_eq!(code(url), "ERROR_WRONG_HANDLER_URL", "{url}");
        }
        assert_eq!(code("ftp://a.example"), "ERROR_UNSUPPORTED_PROTOCOL");
    }

    #[test]
    fn a_rule_is_for_the_documents_that_it_names() {
        let of = |value: Value| kinds(&Spec::read(&given(value), "en").unwrap().params);
        let (deal, order) = (OrderKind::Deal, OrderKind::Order);
        assert_eq!(of(json!({})), None);
        assert_eq!(of(json!({"DOCUMENT_TYPE": ["crm", "CCrmDocumentDeal", "DEAL"]})), Some(vec![deal]));
        assert_eq!(of(json!({"DOCUMENT_TYPE": ["crm", "CCrmDocumentLead", "LEAD"]})), Some(vec![]));
        assert_eq!(of(json!({"FILTER": {"INCLUDE": [["crm"]]}})), Some(vec![deal, order]));
        assert_eq!(of(json!({"FILTER": {"INCLUDE": [["crm", "CCrmDocumentDeal"]]}})), Some(vec![deal]));
        assert_eq!(of(json!({"FILTER": {"EXCLUDE": [["crm", "CCrmDocumentDeal"]]}})), Some(vec![order]));
        assert_eq!(of(json!({"FILTER": {"INCLUDE": ["b24"]}})), None);
    }
}
