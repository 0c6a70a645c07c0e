//! Parameters as they were sent. Unlike a `serde_json` map a [`Node`] keeps the order of its members: sorting and
//! batches depend on it.

use std::fmt;

use indexmap::IndexMap;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

pub type Members = IndexMap<String, Node>;

#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Null, a flag, a number or a text.
    Scalar(Value),
    List(Vec<Node>),
    Map(Members),
}

impl Node {
    pub fn text(text: impl Into<String>) -> Node {
        Node::Scalar(Value::String(text.into()))
    }

    pub fn value(&self) -> Value {
        match self {
            Node::Scalar(value) => value.clone(),
            Node::List(items) => items.iter().map(Node::value).collect(),
            Node::Map(members) => Value::Object(object(members)),
        }
    }

    /// Members in the order in which they were sent; those of a list are called 0, 1, 2 ... None: it is a scalar.
    pub fn members(&self) -> Option<Vec<(String, &Node)>> {
        match self {
            Node::Scalar(_) => None,
            Node::List(items) => {
                Some(items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect())
            }
            Node::Map(members) => Some(members.iter().map(|(key, node)| (key.clone(), node)).collect()),
        }
    }
}

pub fn object(members: &Members) -> Map<String, Value> {
    members.iter().map(|(key, node)| (key.clone(), node.value())).collect()
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyNode)
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::text(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut members = Members::new();
        while let Some((key, node)) = access.next_entry()? {
            members.insert(key, node);
        }
        Ok(Node::Map(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stay_in_the_order_in_which_they_were_sent() {
        let node: Node = serde_json::from_str(r#"{"z":1,"a":{"10":true,"9":null},"m":["x",1.5]}"#).unwrap();
        let names: Vec<String> = node.members().unwrap().into_iter().map(|(key, _)| key).collect();
        assert_eq!(names, ["z", "a", "m"]);
        assert_eq!(node.value(), serde_json::json!({"z": 1, "a": {"10": true, "9": null}, "m": ["x", 1.5]}));
    }

    #[test]
    fn json_nested_without_end_is_refused_and_does_not_overflow_the_stack() {
        assert!(serde_json::from_str::<Node>(&"[".repeat(100_000)).is_err());
    }
}
