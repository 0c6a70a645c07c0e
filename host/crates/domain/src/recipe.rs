//! Recipes: automations that somebody has thought through, for shops to install.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    List, Numerator, Pipeline, PipelineId, Schedule, Segment, StageAutomation, StageId, StageKind, Template,
};

/// By language tag; `en` is always there.
pub type Words = BTreeMap<String, String>;

/// As its file holds it. In `brings` and `automation`, `${name}` stands for a parameter, `${stage.role}` for the stage
/// that takes a role, and `${name * 3600}` for a number in another unit; a text that is nothing else becomes the value
/// itself, with its type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Recipe {
    pub id: String,
    /// Grows with every change of the file.
    pub version: u32,
    pub title: Words,
    pub description: Words,
    /// Made where the shop has none of this id, and meant where none is named: a recipe for something that is no
    /// order of a client brings its own.
    #[serde(default)]
    pub pipeline: Option<Pipeline>,
    /// The stages that it uses, in the order in which an order passes them.
    pub stages: Vec<Role>,
    /// JSON Schema of the parameters, with their defaults; the form is drawn from it.
    #[serde(default = "no_parameters")]
    pub parameters: Value,
    /// A [`Brings`] before anything is inserted.
    #[serde(default)]
    pub brings: Value,
    /// By role, a [`StageAutomation`] before anything is inserted. Ids are the recipe's own: on a stage they have its
    /// id in front.
    pub automation: BTreeMap<String, Value>,
    /// An order that the recipe's rules run for, where they are about no client's: made where the pipeline has no open
    /// one.
    #[serde(default)]
    pub order: Option<OwnOrder>,
}

/// A stage by what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Role {
    pub role: String,
    /// Of the stage that is made where none fits.
    pub name: String,
    pub kind: StageKind,
    /// Ids or names of stages that fit, the best first. The first is the id of one that is made.
    pub suggested: Vec<String>,
    /// Only tells where those beside it belong; where no stage takes it, none is made.
    #[serde(default, skip_serializing_if = "is_no")]
    pub only_place: bool,
}

fn is_no(flag: &bool) -> bool {
    !flag
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OwnOrder {
    pub title: String,
    /// The role of the stage that it begins in.
    pub stage: String,
}

/// What a recipe needs beside rules and triggers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Brings {
    pub numerators: Vec<Numerator>,
    pub templates: Vec<Template>,
    pub lists: Vec<List>,
    pub segments: Vec<Segment>,
    pub schedules: Vec<Schedule>,
}

/// A recipe in a pipeline of a shop: what was put there last, so that what staff have changed since is told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct InstalledRecipe {
    pub recipe: String,
    pub version: u32,
    pub pipeline: PipelineId,
    /// By role.
    pub stages: BTreeMap<String, StageId>,
    pub parameters: Map<String, Value>,
    pub parts: BTreeMap<StageId, StageAutomation>,
    pub brought: Brings,
}

fn no_parameters() -> Value {
    serde_json::json!({ "type": "object", "additionalProperties": false })
}

impl Recipe {
    /// The text in the language that comes nearest.
    pub fn word<'a>(words: &'a Words, locale: &str) -> &'a str {
        let language = locale.split('-').next().unwrap_or(locale);
        let found = [locale, language, "en"].into_iter().find_map(|tag| words.get(tag));
        found.map_or("", String::as_str)
    }

    /// The id that a rule or trigger of it has on a stage. No dots: `rules.<id>.<output>` leads to what it handed on.
    pub fn part_id(&self, own: &str) -> String {
        format!("{}_{own}", self.id)
    }

    /// The parameters as a shop gets them that names none.
    pub fn defaults(&self) -> Map<String, Value> {
        let properties = self.parameters.get("properties").and_then(Value::as_object);
        let default =
            |(name, schema): (&String, &Value)| Some((name.clone(), schema.get("default")?.clone()));
        properties.into_iter().flatten().filter_map(default).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_put_in_the_language_that_comes_nearest() {
        let words = Words::from([("en".into(), "Hello".into()), ("de".into(), "Hallo".into())]);
        for (locale, text) in [("de-AT", "Hallo"), ("de", "Hallo"), ("en-GB", "Hello"), ("fi", "Hello")] {
            assert_eq!(Recipe::word(&words, locale), text, "{locale}");
        }
    }
}
