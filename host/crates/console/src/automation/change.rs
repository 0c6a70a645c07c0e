//! Changes of a draft, as values: what is saved is the whole of it.

use rulewright_domain::{
    RuleId, RuleSpec, StageAutomation, StageId, TriggerId, TriggerSpec, When,
    automation::{OnFailure, Which},
    plugin::{Manifest, PluginKind},
};
use serde_json::{Map, Value};

use super::Stages;

/// A trigger or a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Rule(RuleSpec),
    Trigger(TriggerSpec),
}

impl Part {
    /// As somebody begins with it.
    pub fn new(id: &str, manifest: &Manifest, name: &str) -> Part {
        let settings = beginning(&manifest.settings);
        match manifest.kind {
            PluginKind::Trigger => Part::Trigger(TriggerSpec {
                id: TriggerId(id.to_owned()),
                name: name.to_owned(),
                plugin: manifest.id.clone(),
                settings,
                condition: None,
                allow_previous: false,
                include_changes_by_rules: false,
                which: Which::default(),
                active: true,
                recipe: None,
            }),
            _ => Part::Rule(RuleSpec {
                id: RuleId(id.to_owned()),
                name: name.to_owned(),
                plugin: manifest.id.clone(),
                settings,
                when: When::default(),
                condition: None,
                after_previous: false,
                on_previous_failed: OnFailure::default(),
                active: true,
                shadow: false,
                recipe: None,
            }),
        }
    }

    pub fn id(&self) -> &str {
        match self {
            Part::Rule(rule) => &rule.id.0,
            Part::Trigger(trigger) => &trigger.id.0,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Part::Rule(rule) => &rule.name,
            Part::Trigger(trigger) => &trigger.name,
        }
    }

    pub fn is_rule(&self) -> bool {
        matches!(self, Part::Rule(_))
    }
}

/// What a schema says of itself: the defaults of its properties.
fn beginning(schema: &Value) -> Value {
    let properties = schema["properties"].as_object();
    let defaults = properties.into_iter().flatten().filter_map(|(name, property)| {
        let default = property.get("default").filter(|default| !default.is_null())?;
        Some((name.clone(), default.clone()))
    });
    Value::Object(defaults.collect::<Map<_, _>>())
}

/// Where a part stands: its stage, and its place among the rules or triggers there.
pub fn find(stages: &Stages, id: &str) -> Option<(StageId, usize, Part)> {
    stages.iter().find_map(|(stage, on)| {
        let rule = on.rules.iter().position(|rule| rule.id.0 == id);
        let rule = rule.map(|at| (stage.clone(), at, Part::Rule(on.rules[at].clone())));
        rule.or_else(|| {
            let at = on.triggers.iter().position(|trigger| trigger.id.0 == id)?;
            Some((stage.clone(), at, Part::Trigger(on.triggers[at].clone())))
        })
    })
}

/// Adds it below the others of the stage.
pub fn add(stages: &mut Stages, stage: &StageId, part: Part) {
    let last = usize::MAX;
    insert(stages.entry(stage.clone()).or_default(), last, part);
}

pub fn replace(stages: &mut Stages, part: Part) -> bool {
    let Some((stage, at, _)) = find(stages, part.id()) else { return false };
    let Some(on) = stages.get_mut(&stage) else { return false };
    match part {
        Part::Rule(rule) => on.rules[at] = rule,
        Part::Trigger(trigger) => on.triggers[at] = trigger,
    }
    true
}

/// Whether it was there.
pub fn remove(stages: &mut Stages, id: &str) -> bool {
    let Some((stage, at, part)) = find(stages, id) else { return false };
    let Some(on) = stages.get_mut(&stage) else { return false };
    match part {
        Part::Rule(_) => drop(on.rules.remove(at)),
        Part::Trigger(_) => drop(on.triggers.remove(at)),
    }
    mend(on);
    true
}

/// One place up (negative) or down among its like.
pub fn shift(stages: &mut Stages, id: &str, by: isize) -> bool {
    let Some((stage, at, part)) = find(stages, id) else { return false };
    let to = at.saturating_add_signed(by);
    move_to(stages, part, &stage, to)
}

/// To another stage, below the others there.
pub fn carry(stages: &mut Stages, id: &str, stage: &StageId) -> bool {
    put(stages, id, stage, usize::MAX)
}

/// To this place among its like on a stage; beyond the end it is the last.
pub fn put(stages: &mut Stages, id: &str, stage: &StageId, at: usize) -> bool {
    let Some((_, _, part)) = find(stages, id) else { return false };
    move_to(stages, part, stage, at)
}

fn move_to(stages: &mut Stages, part: Part, stage: &StageId, at: usize) -> bool {
    remove(stages, part.id());
    let on = stages.entry(stage.clone()).or_default();
    insert(on, at, part);
    mend(on);
    true
}

fn insert(on: &mut StageAutomation, at: usize, part: Part) {
    match part {
        Part::Rule(rule) => on.rules.insert(at.min(on.rules.len()), rule),
        Part::Trigger(trigger) => on.triggers.insert(at.min(on.triggers.len()), trigger),
    }
}

/// The first rule has none above it to run after.
fn mend(on: &mut StageAutomation) {
    if let Some(first) = on.rules.first_mut() {
        first.after_previous = false;
    }
}

/// A copy below its original, under a name of its own.
pub fn copy(stages: &mut Stages, id: &str, new: &str, name: impl Fn(&str) -> String) -> bool {
    let Some((stage, at, mut part)) = find(stages, id) else { return false };
    match &mut part {
        Part::Rule(rule) => {
            rule.id = RuleId(new.to_owned());
            rule.name = name(&rule.name);
            rule.recipe = None;
        }
        Part::Trigger(trigger) => {
            trigger.id = TriggerId(new.to_owned());
            trigger.name = name(&trigger.name);
            trigger.recipe = None;
        }
    }
    insert(stages.entry(stage).or_default(), at + 1, part);
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(id: &str, after: bool) -> Part {
        Part::Rule(
            serde_json::from_value(json!({ "id": id, "name": id, "plugin": "sms", "after-previous": after }))
                .unwrap(),
        )
    }

    fn stages() -> Stages {
        let mut stages = Stages::new();
        for (id, after) in [("a", false), ("b", true), ("c", false)] {
            add(&mut stages, &StageId("new".into()), rule(id, after));
        }
        stages
    }

    fn order(stages: &Stages, stage: &str) -> String {
        stages[&StageId(stage.into())].rules.iter().map(|rule| rule.id.0.as_str()).collect()
    }

    #[test]
    fn a_rule_moves_up_and_down_and_no_further_than_the_ends() {
        let mut stages = stages();
        assert!(shift(&mut stages, "c", -1));
        assert_eq!(order(&stages, "new"), "acb");
        shift(&mut stages, "a", -1);
        shift(&mut stages, "b", 1);
        assert_eq!(order(&stages, "new"), "acb");
    }

    #[test]
    fn a_rule_that_comes_first_runs_after_nobody() {
        let mut stages = stages();
        shift(&mut stages, "b", -1);
        assert_eq!(order(&stages, "new"), "bac");
        let (_, _, Part::Rule(first)) = find(&stages, "b").unwrap() else { panic!() };
        assert!(!first.after_previous);
    }

    #[test]
    fn a_rule_is_carried_to_another_stage_and_a_copy_stays_by_its_original() {
        let mut stages = stages();
        carry(&mut stages, "a", &StageId("paid".into()));
        assert_eq!((order(&stages, "new").as_str(), order(&stages, "paid").as_str()), ("bc", "a"));
        copy(&mut stages, "b", "d", |name| format!("{name} again"));
        assert_eq!(order(&stages, "new"), "bdc");
        assert_eq!(find(&stages, "d").unwrap().2.name(), "b again");
    }

    #[test]
    fn a_rule_that_is_dropped_between_two_others_stands_there() {
        let mut stages = stages();
        put(&mut stages, "c", &StageId("new".into()), 1);
        assert_eq!(order(&stages, "new"), "acb");
        put(&mut stages, "a", &StageId("paid".into()), 7);
        assert_eq!((order(&stages, "new").as_str(), order(&stages, "paid").as_str()), ("cb", "a"));
    }

    #[test]
    fn what_is_not_there_is_neither_moved_nor_removed() {
        let mut stages = stages();
        let before = stages.clone();
        assert!(
            !remove(&mut stages, "z")
                && !shift(&mut stages, "z", 1)
                && !replace(&mut stages, rule("z", false))
        );
        assert_eq!(stages, before);
    }

    #[test]
    fn settings_begin_with_the_defaults_of_their_schema() {
        let schema = json!({ "properties": { "a": { "default": 3 }, "b": { "type": "string" }, "c": { "default": null } } });
        assert_eq!(beginning(&schema), json!({ "a": 3 }));
    }
}
