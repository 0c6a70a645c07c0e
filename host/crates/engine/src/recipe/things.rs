//! Pure: the lists, templates and schedules that a recipe brings, beside what the shop has by these names.

use rulewright_domain::{Brings, List, Recipe, RuleSpec, ShopConfig, Timestamp};
use rulewright_ports::Issue;
use serde_json::Value;

use super::{Fate, ThingChange, ThingKind};
use crate::{
    Refusal,
    automation::{Stages, issue},
    configure::check_numerator,
    list::check_list,
    segment::check_segment,
    template::check_text,
};

/// One kind of them: its name, where the shop keeps it, and where recipes do.
macro_rules! each_kind {
    ($do:ident) => {
        $do!(ThingKind::Numerator, numerators);
        $do!(ThingKind::Template, templates);
        $do!(ThingKind::List, lists);
        $do!(ThingKind::Segment, segments);
        $do!(ThingKind::Schedule, schedules);
    };
}

/// Puts into the configuration what it lacks. What is there already stays where staff made or changed it; returns what
/// is the recipe's, and all that it needs.
pub(super) fn bring(
    config: &mut ShopConfig,
    recipe: &Recipe,
    brings: &Brings,
) -> Result<(Brings, Vec<ThingChange>), Vec<Issue>> {
    let mut ours = Brings::default();
    let mut changes = Vec::new();
    let records = config.recipes.clone();
    macro_rules! bring_kind {
        ($kind:expr, $all:ident) => {
            for thing in &brings.$all {
                let mut before = records.iter().flat_map(|one| &one.brought.$all);
                let before = before.find(|before| before.name == thing.name);
                let fate = fate(thing, config.$all.get(&thing.name), before);
                if matches!(fate, Fate::Added | Fate::Updated) {
                    config.$all.insert(thing.name.clone(), thing.clone());
                }
                if fate == Fate::Added || before.is_some() {
                    ours.$all.push(thing.clone());
                }
                changes.push(ThingChange { kind: $kind, name: thing.name.clone(), fate });
            }
        };
    }
    each_kind!(bring_kind);
    let issues: Vec<Issue> = brings.lists.iter().filter_map(|list| lacks(config, recipe, list)).collect();
    if issues.is_empty() { Ok((ours, changes)) } else { Err(issues) }
}

/// What is missing is needed, also where staff took it out.
fn fate<T: PartialEq>(ours: &T, there: Option<&T>, before: Option<&T>) -> Fate {
    match there {
        None => Fate::Added,
        Some(there) if there == ours => Fate::Unchanged,
        Some(_) if there == before => Fate::Updated,
        Some(_) => Fate::Kept,
    }
}

/// A list of the shop's own may have more fields than the recipe fills, and not fewer.
fn lacks(config: &ShopConfig, recipe: &Recipe, wanted: &List) -> Option<Issue> {
    let there = config.lists.get(&wanted.name)?;
    let known = |name: &str| there.fields.iter().any(|field| field.name == name);
    let missing: Vec<&str> =
        wanted.fields.iter().map(|field| field.name.as_str()).filter(|name| !known(name)).collect();
    let message = format!(
        "the shop's list `{}` lacks what recipe `{}` fills: {}. Add these fields, or rename the list",
        wanted.name,
        recipe.id,
        missing.join(", "),
    );
    (!missing.is_empty()).then(|| issue(String::new(), "list-fields", message))
}

/// What nobody else uses of it and nobody has changed can go; what holds data of the shop stays. `empty` tells whether
/// a list has no items.
pub(super) fn take_back(
    config: &ShopConfig,
    brought: &Brings,
    others: &[&Brings],
    left: &[&Stages],
    mut empty: impl FnMut(&str) -> bool,
) -> Vec<ThingChange> {
    let mut changes = Vec::new();
    macro_rules! take_back_kind {
        ($kind:expr, $all:ident) => {
            for thing in brought.$all.iter().filter(|thing| config.$all.contains_key(&thing.name)) {
                let shared = others.iter().any(|one| one.$all.iter().any(|other| other.name == thing.name));
                let kept = shared
                    || config.$all.get(&thing.name) != Some(thing)
                    || matches!($kind, ThingKind::Numerator | ThingKind::Template)
                    || is_used(config, left, &thing.name)
                    || ($kind == ThingKind::List && !empty(&thing.name));
                let fate = if kept { Fate::Kept } else { Fate::Removed };
                changes.push(ThingChange { kind: $kind, name: thing.name.clone(), fate });
            }
        };
    }
    each_kind!(take_back_kind);
    changes
}

fn is_used(config: &ShopConfig, left: &[&Stages], name: &str) -> bool {
    let on_stages = left.iter().flat_map(|stages| stages.values());
    let triggers = on_stages.clone().flat_map(|on| &on.triggers).map(|trigger| &trigger.settings);
    let rules = on_stages.flat_map(|on| &on.rules);
    let of_workflows = config.workflows.values().flat_map(|workflow| &workflow.rules);
    let rules = rules.chain(of_workflows).map(|rule: &RuleSpec| &rule.settings);
    triggers.chain(rules).any(|settings| says(settings, name))
}

fn says(settings: &Value, name: &str) -> bool {
    match settings {
        Value::String(text) => text.trim() == name,
        Value::Array(items) => items.iter().any(|item| says(item, name)),
        Value::Object(members) => members.values().any(|member| says(member, name)),
        _ => false,
    }
}

/// What is wrong with what would be written, for whoever chose the parameters.
pub(super) fn check(config: &ShopConfig, things: &[ThingChange], now: Timestamp) -> Vec<Issue> {
    let mut found = Vec::new();
    for thing in things.iter().filter(|thing| matches!(thing.fate, Fate::Added | Fate::Updated)) {
        let name = &thing.name;
        let checked = match thing.kind {
            ThingKind::Numerator => check_numerator(&config.numerators[name]),
            ThingKind::Template => check_text(&config.templates[name]),
            ThingKind::List => check_list(&config.lists[name]),
            ThingKind::Segment => check_segment(&config.segments[name]),
            ThingKind::Schedule => match config.schedules[name].issue(now) {
                Some((path, message)) => Err(Refusal::invalid(path, "schedule", message)),
                None => Ok(()),
            },
        };
        if let Err(Refusal::Invalid(issues)) = checked {
            let told = |found: Issue| {
                issue("/parameters".to_owned(), &found.code, format!("`{name}`: {}", found.message))
            };
            found.extend(issues.into_iter().map(told));
        }
    }
    found
}
