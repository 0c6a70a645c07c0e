//! Pure: what a recipe puts on stages, beside what staff have put there and what they have changed of it since.

use rulewright_domain::{RuleSpec, StageAutomation, StageId, TriggerSpec, plugin::PluginId};

use super::{Fate, PartChange};
use crate::automation::Stages;

/// A rule or a trigger.
pub(super) trait Part: Clone + PartialEq + 'static {
    const TRIGGER: bool;
    fn all(on: &StageAutomation) -> &Vec<Self>;
    fn all_mut(on: &mut StageAutomation) -> &mut Vec<Self>;
    fn id(&self) -> &str;
    fn told(&self) -> (&str, &PluginId);
}

impl Part for RuleSpec {
    const TRIGGER: bool = false;

    fn all(on: &StageAutomation) -> &Vec<Self> {
        &on.rules
    }

    fn all_mut(on: &mut StageAutomation) -> &mut Vec<Self> {
        &mut on.rules
    }

    fn id(&self) -> &str {
        &self.id.0
    }

    fn told(&self) -> (&str, &PluginId) {
        (&self.name, &self.plugin)
    }
}

impl Part for TriggerSpec {
    const TRIGGER: bool = true;

    fn all(on: &StageAutomation) -> &Vec<Self> {
        &on.triggers
    }

    fn all_mut(on: &mut StageAutomation) -> &mut Vec<Self> {
        &mut on.triggers
    }

    fn id(&self) -> &str {
        &self.id.0
    }

    fn told(&self) -> (&str, &PluginId) {
        (&self.name, &self.plugin)
    }
}

/// Puts `ours` on the stages. What is no longer as `before`, which is what was put there last, belongs to staff and
/// stays as it is, also where they took it out.
pub(super) fn merge(stages: &mut Stages, ours: &Stages, before: &Stages) -> Vec<PartChange> {
    let mut changes = merge_parts::<TriggerSpec>(stages, ours, before);
    changes.extend(merge_parts::<RuleSpec>(stages, ours, before));
    stages.retain(|_, on| !on.triggers.is_empty() || !on.rules.is_empty());
    changes
}

fn merge_parts<P: Part>(stages: &mut Stages, ours: &Stages, before: &Stages) -> Vec<PartChange> {
    let mut changes = Vec::new();
    for (stage, part) in parts::<P>(ours) {
        let base = place::<P>(before, part.id());
        let fate = match place::<P>(stages, part.id()) {
            None if base.is_some() => Fate::Kept,
            None => {
                P::all_mut(stages.entry(stage.clone()).or_default()).push(part.clone());
                Fate::Added
            }
            Some((at, _, there)) if (at, there) == (stage, part) => Fate::Unchanged,
            Some((at, index, there)) if base.is_some_and(|(was, _, base)| (was, base) == (at, there)) => {
                let at = at.clone();
                let list = P::all_mut(stages.entry(at.clone()).or_default());
                match at == *stage {
                    true => list[index] = part.clone(),
                    false => {
                        list.remove(index);
                        P::all_mut(stages.entry(stage.clone()).or_default()).push(part.clone());
                    }
                }
                Fate::Updated
            }
            Some(_) => Fate::Kept,
        };
        changes.push(told(stage, part, fate));
    }
    // What this version of the recipe no longer has.
    for (stage, base) in parts::<P>(before).filter(|(_, base)| place::<P>(ours, base.id()).is_none()) {
        let Some((at, index, there)) = place::<P>(stages, base.id()) else { continue };
        let fate = if (at, there) == (stage, base) { Fate::Removed } else { Fate::Kept };
        let change = told(at, there, fate);
        if fate == Fate::Removed {
            P::all_mut(stages.entry(stage.clone()).or_default()).remove(index);
        }
        changes.push(change);
    }
    changes
}

/// Takes all of `parts` out, and says which staff had changed.
pub(super) fn take_out(stages: &mut Stages, before: &Stages) -> Vec<PartChange> {
    let mut changes = Vec::new();
    fn of<P: Part>(stages: &mut Stages, before: &Stages, changes: &mut Vec<PartChange>) {
        for (_, base) in parts::<P>(before) {
            if let Some((at, index, there)) = place::<P>(stages, base.id()) {
                let at = at.clone();
                changes.push(told(&at, there, Fate::Removed));
                P::all_mut(stages.entry(at).or_default()).remove(index);
            }
        }
    }
    of::<TriggerSpec>(stages, before, &mut changes);
    of::<RuleSpec>(stages, before, &mut changes);
    stages.retain(|_, on| !on.triggers.is_empty() || !on.rules.is_empty());
    changes
}

/// Puts the recipe's parts on `published` as they stand in `draft`, and nothing else of the draft.
pub(super) fn carry_over(published: &mut Stages, draft: &Stages, ids: &Stages) {
    fn of<P: Part>(published: &mut Stages, draft: &Stages, ids: &Stages) {
        for (_, wanted) in parts::<P>(ids) {
            let there = place::<P>(published, wanted.id()).map(|(at, index, _)| (at.clone(), index));
            match (place::<P>(draft, wanted.id()), there) {
                (Some((at, _, part)), Some((old, index))) if *at == old => {
                    P::all_mut(published.entry(old).or_default())[index] = part.clone();
                }
                (now, there) => {
                    if let Some((old, index)) = there {
                        P::all_mut(published.entry(old).or_default()).remove(index);
                    }
                    if let Some((at, _, part)) = now {
                        P::all_mut(published.entry(at.clone()).or_default()).push(part.clone());
                    }
                }
            }
        }
    }
    of::<TriggerSpec>(published, draft, ids);
    of::<RuleSpec>(published, draft, ids);
    published.retain(|_, on| !on.triggers.is_empty() || !on.rules.is_empty());
}

fn parts<P: Part>(stages: &Stages) -> impl Iterator<Item = (&StageId, &P)> {
    stages.iter().flat_map(|(stage, on)| P::all(on).iter().map(move |part| (stage, part)))
}

fn place<'a, P: Part>(stages: &'a Stages, id: &str) -> Option<(&'a StageId, usize, &'a P)> {
    stages.iter().find_map(|(stage, on)| {
        let index = P::all(on).iter().position(|part| part.id() == id)?;
        Some((stage, index, &P::all(on)[index]))
    })
}

fn told<P: Part>(stage: &StageId, part: &P, fate: Fate) -> PartChange {
    let (name, plugin) = part.told();
    PartChange {
        id: part.id().to_owned(),
        name: name.to_owned(),
        trigger: P::TRIGGER,
        plugin: plugin.clone(),
        stage: stage.clone(),
        fate,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stages(of: &[(&str, &[(&str, &str)])]) -> Stages {
        let rule = |(id, name): &(&str, &str)| json!({ "id": id, "name": name, "plugin": "a.b" });
        let on = |rules: &[(&str, &str)]| json!({ "rules": rules.iter().map(rule).collect::<Vec<_>>() });
        let all = of.iter().map(|(stage, rules)| ((*stage).to_owned(), on(rules)));
        serde_json::from_value(all.collect()).unwrap()
    }

    fn merged(stages: &mut Stages, ours: &Stages, before: &Stages) -> Vec<(String, Fate)> {
        merge(stages, ours, before).into_iter().map(|change| (change.id, change.fate)).collect()
    }

    #[test]
    fn what_staff_changed_or_took_out_stays_so_and_the_rest_follows() {
        let before = stages(&[("new", &[("a", "A"), ("b", "B"), ("c", "C"), ("d", "D")])]);
        let ours = stages(&[("new", &[("a", "A2"), ("b", "B2"), ("c", "C2")]), ("paid", &[("e", "E")])]);
        let mut now = stages(&[("new", &[("own", "Own"), ("a", "A"), ("b", "Mine"), ("d", "D")])]);
        let changes = merged(&mut now, &ours, &before);
        let fates = [
            ("a", Fate::Updated),
            ("b", Fate::Kept),
            ("c", Fate::Kept),
            ("e", Fate::Added),
            ("d", Fate::Removed),
        ];
        assert_eq!(changes, fates.map(|(id, fate)| (id.to_owned(), fate)));
        let left = [("new", &[("own", "Own"), ("a", "A2"), ("b", "Mine")][..]), ("paid", &[("e", "E")])];
        assert_eq!(now, stages(&left));
        assert!(merged(&mut now, &ours, &ours).iter().all(|(_, fate)| *fate != Fate::Added));
        assert_eq!(now, stages(&left), "a second time changes nothing");
    }

    #[test]
    fn a_part_follows_its_role_to_another_stage() {
        let before = stages(&[("new", &[("a", "A")])]);
        let ours = stages(&[("paid", &[("a", "A")])]);
        let mut now = before.clone();
        assert_eq!(merged(&mut now, &ours, &before), [("a".to_owned(), Fate::Updated)]);
        assert_eq!(now, ours);
        assert_eq!(take_out(&mut now, &ours).len(), 1);
        assert!(now.is_empty());
    }

    #[test]
    fn only_the_parts_of_the_recipe_are_carried_from_the_draft() {
        let draft = stages(&[("new", &[("own", "Half-finished"), ("a", "A2")]), ("paid", &[("b", "B")])]);
        let mut published = stages(&[("new", &[("own", "Own"), ("a", "A"), ("c", "C")])]);
        let ids = stages(&[("new", &[("a", ""), ("b", ""), ("c", "")])]);
        carry_over(&mut published, &draft, &ids);
        assert_eq!(published, stages(&[("new", &[("own", "Own"), ("a", "A2")]), ("paid", &[("b", "B")])]));
    }
}
