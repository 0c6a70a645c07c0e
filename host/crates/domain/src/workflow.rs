use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{OrderKind, Rejection, RuleSpec, Timestamp};

/// A named chain of rules that a rule, or somebody, starts for an order. One immutable revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    pub name: String,
    pub title: String,
    pub revision: u64,
    pub published: Timestamp,
    /// Orders that it is for.
    pub kind: OrderKind,
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// In list order; each runs as a stage's rules do.
    pub rules: Vec<RuleSpec>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub name: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub required: bool,
}

/// Of a run: the workflow that it belongs to, in place of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    pub workflow: String,
    /// What `workflow.` leads to in conditions and templates.
    #[serde(default)]
    pub parameters: Map<String, Value>,
}

impl Workflow {
    /// What keeps it from being published, apart from the plugins' settings: place and message.
    pub fn issues(&self) -> Vec<(String, String)> {
        let mut issues = Vec::new();
        if self.rules.is_empty() {
            issues.push(("/rules".to_owned(), "a workflow has at least one rule".to_owned()));
        }
        let mut ids = BTreeSet::new();
        for (index, rule) in self.rules.iter().enumerate() {
            if rule.id.0.is_empty() || !ids.insert(&rule.id) {
                let message = format!("rule id `{}` is empty or used twice", rule.id);
                issues.push((format!("/rules/{index}/id"), message));
            }
            if index == 0 && rule.after_previous {
                let message = "the first rule has none above it to run after".to_owned();
                issues.push((format!("/rules/{index}/after-previous"), message));
            }
        }
        let mut names = BTreeSet::new();
        for (index, parameter) in self.parameters.iter().enumerate() {
            if parameter.name.is_empty() || !names.insert(&parameter.name) {
                let message = format!("parameter `{}` is empty or named twice", parameter.name);
                issues.push((format!("/parameters/{index}/name"), message));
            }
        }
        issues
    }

    /// The parameters as they were given, where all that are required are there and no others.
    pub fn accept(&self, given: &Map<String, Value>) -> Result<(), Rejection> {
        let known = |name: &str| self.parameters.iter().any(|parameter| parameter.name == name);
        if let Some(name) = given.keys().find(|name| !known(name)) {
            let names: Vec<&str> = self.parameters.iter().map(|one| one.name.as_str()).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let message = format!("workflow `{}` has no such parameter; it has {names}", self.name);
            return Err(Rejection::invalid(format!("parameter `{name}`"), message));
        }
        let empty = |value: Option<&Value>| value.is_none_or(|value| value.is_null() || value == "");
        match self.parameters.iter().find(|one| one.required && empty(given.get(&one.name))) {
            Some(one) => {
                let message = format!("workflow `{}` requires it", self.name);
                Err(Rejection::invalid(format!("parameter `{}`", one.name), message))
            }
            None => Ok(()),
        }
    }
}
