//! Parameters of one call, whatever way they came.

use serde_json::{Map, Value};

use crate::{
    fault::Fault,
    scalar,
    wire::node::{Members, Node, object},
};

/// Names are case-insensitive at the top; what is inside a parameter is the method's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params(Members);

impl Params {
    pub fn new(members: Members) -> Params {
        Params(members)
    }

    /// As it was written, else the last one that is written otherwise.
    pub fn node(&self, name: &str) -> Option<&Node> {
        let alike = |(key, node)| -> Option<&Node> {
            let key: &String = key;
            key.eq_ignore_ascii_case(name).then_some(node)
        };
        self.0.get(name).or_else(|| self.0.iter().rev().find_map(alike))
    }

    /// Every spelling of it.
    pub fn take(&mut self, name: &str) -> Option<Node> {
        let found = self.node(name).cloned();
        self.0.retain(|key, _| !key.eq_ignore_ascii_case(name));
        found
    }

    pub fn members(&self) -> &Members {
        &self.0
    }

    pub fn object(&self) -> Map<String, Value> {
        object(&self.0)
    }

    /// None where it is absent or null.
    pub fn value(&self, name: &str) -> Option<Value> {
        self.node(name).map(Node::value).filter(|value| !value.is_null())
    }

    /// A positive whole number, asked for as the classic methods do.
    pub fn id(&self, name: &str) -> Result<i64, Fault> {
        let id = self.value(name).as_ref().and_then(scalar::integer).filter(|id| *id > 0);
        id.ok_or_else(|| Fault::classic("ID is not defined or invalid."))
    }

    /// The same of a universal method: absent and wrong are told apart.
    pub fn required_id(&self, name: &str) -> Result<i64, Fault> {
        let value = self.value(name).ok_or_else(|| Fault::missing(name))?;
        scalar::integer(&value).ok_or_else(|| invalid(name, "a whole number"))
    }

    pub fn map(&self, name: &str) -> Result<Map<String, Value>, Fault> {
        match self.node(name) {
            // An empty array may have meant either.
            Some(Node::List(items)) if items.is_empty() => Ok(Map::new()),
            Some(Node::Map(members)) => Ok(object(members)),
            _ => Err(Fault::classic(format!("Parameter '{name}' must be array."))),
        }
    }

    /// None where it is absent, null or an empty text.
    pub fn maybe_map(&self, name: &str) -> Result<Option<Map<String, Value>>, Fault> {
        match self.node(name) {
            None => Ok(None),
            Some(Node::Scalar(value)) if scalar::is_empty(value) => Ok(None),
            Some(_) => self.map(name).map(Some),
        }
    }

    /// Members in the order in which they were sent: what `order` sorts by first is sent first. Empty where it is no map.
    pub fn pairs(&self, name: &str) -> Vec<(String, Value)> {
        let members = self.node(name).and_then(Node::members).unwrap_or_default();
        members.into_iter().map(|(key, node)| (key, node.value())).collect()
    }

    /// Items, in the order in which they were sent, whatever their keys. Empty where it is absent; one value where only
    /// one is sent. An empty text as the only item stands for an empty list.
    pub fn list(&self, name: &str) -> Vec<Value> {
        let items: Vec<Value> = match self.node(name) {
            None => Vec::new(),
            Some(Node::Scalar(value)) if scalar::is_empty(value) => Vec::new(),
            Some(Node::Scalar(value)) => vec![value.clone()],
            Some(Node::List(items)) => items.iter().map(Node::value).collect(),
            Some(Node::Map(members)) => members.values().map(Node::value).collect(),
        };
        if items == [Value::String(String::new())] { Vec::new() } else { items }
    }

    /// Whether it was sent at all, be it empty.
    pub fn has(&self, name: &str) -> bool {
        self.node(name).is_some()
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.value(name).as_ref().and_then(scalar::text)
    }

    pub fn required_text(&self, name: &str) -> Result<String, Fault> {
        self.text(name).filter(|text| !text.is_empty()).ok_or_else(|| Fault::missing(name))
    }

    pub fn integer(&self, name: &str) -> Result<Option<i64>, Fault> {
        self.scalar(name, "a whole number", scalar::integer)
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        self.scalar(name, "Y or N", scalar::flag)
    }

    fn scalar<T>(
        &self,
        name: &str,
        expected: &str,
        read: fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(value) if scalar::is_empty(&value) => Ok(None),
            Some(value) => read(&value).map(Some).ok_or_else(|| invalid(name, expected)),
        }
    }

    /// Where a list begins; -1: do not count. What is no number begins at 0.
    pub fn start(&self) -> i64 {
        let start = self.value("start").as_ref().and_then(scalar::integer).unwrap_or(0);
        start.max(-1)
    }
}

fn invalid(name: &str, expected: &str) -> Fault {
    Fault::coded("INVALID_ARG_VALUE", format!("Invalid value of parameter '{name}': expected {expected}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::brackets::decode;

    fn params(text: &str) -> Params {
        Params::new(decode(text.as_bytes()).unwrap())
    }

    fn of_json(text: &str) -> Params {
        match serde_json::from_str(text).unwrap() {
            Node::Map(members) => Params::new(members),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names_are_case_insensitive_at_the_top_only() {
        let params = params("ID=7&FIELDS[title]=x&Select[]=ID");
        assert_eq!(params.id("id").unwrap(), 7);
        assert_eq!(params.map("fields").unwrap(), *json!({"title": "x"}).as_object().unwrap());
        assert_eq!(params.list("select"), [json!("ID")]);
    }

    #[test]
    fn a_wrong_parameter_is_told_with_the_sentence_of_the_contract() {
        for text in ["", "id=", "id=x", "id=0", "id=-1", "id[]=1"] {
            assert_eq!(params(text).id("id"), Err(Fault::classic("ID is not defined or invalid.")), "{text}");
        }
        for text in ["", "fields=x", "fields[]=x"] {
            let refused = params(text).map("fields");
            assert_eq!(refused, Err(Fault::classic("Parameter 'fields' must be array.")), "{text}");
        }
        assert_eq!(of_json(r#"{"fields":[]}"#).map("fields"), Ok(Map::new()));
        assert_eq!(params("").required_id("entityTypeId"), Err(Fault::missing("entityTypeId")));
        assert_eq!(
            params("entityTypeId=x").required_id("entityTypeId").unwrap_err().code,
            "INVALID_ARG_VALUE"
        );
    }

    #[test]
    fn lists_and_pairs_come_as_they_were_sent() {
        let params = of_json(
            r#"{"order":{"Z":"ASC","A":"DESC"},"rows":{"0":{"a":1},"1":{"a":2}},"none":[""],"one":5}"#,
        );
        assert_eq!(params.pairs("order"), [("Z".to_owned(), json!("ASC")), ("A".to_owned(), json!("DESC"))]);
        assert_eq!(params.list("rows"), [json!({"a": 1}), json!({"a": 2})]);
        assert_eq!(params.list("none"), Vec::<Value>::new());
        assert_eq!(params.list("one"), [json!(5)]);
        assert!(params.has("none") && !params.has("absent"));
    }

    #[test]
    fn flags_and_starts_are_read_from_any_spelling() {
        assert_eq!(params("halt=Y").flag("halt"), Ok(Some(true)));
        assert_eq!(params("halt=").flag("halt"), Ok(None));
        assert_eq!(params("halt=x").flag("halt").unwrap_err().code, "INVALID_ARG_VALUE");
        for (text, start) in [("", 0), ("start=50", 50), ("start=-1", -1), ("start=-7", -1), ("start=x", 0)] {
            assert_eq!(params(text).start(), start, "{text}");
        }
    }
}
