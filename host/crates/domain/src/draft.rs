//! Who saved a draft, when, and what that changed: so that of two people who edit it, none overwrites the other unseen.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{Actor, PipelineId, RuleSpec, StageAutomation, StageId, Timestamp, TriggerSpec};

/// What has become of a part in one save.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edited {
    Added,
    Changed,
    /// To another stage, or to another place among the same parts.
    Moved,
    Removed,
}

impl Edited {
    pub fn name(self) -> &'static str {
        match self {
            Edited::Added => "added",
            Edited::Changed => "changed",
            Edited::Moved => "moved",
            Edited::Removed => "removed",
        }
    }
}

/// One part that a save touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Else a trigger.
    pub rule: bool,
    pub id: String,
    pub name: String,
    /// Where it stands now; of one that was removed, where it stood.
    pub stage: StageId,
    pub edited: Edited,
}

impl fmt::Display for Edit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.rule { "rule" } else { "trigger" };
        write!(out, "{kind} `{}` in `{}` {}", self.name, self.stage, self.edited.name())
    }
}

/// One version of a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftSave {
    pub version: u64,
    pub at: Timestamp,
    /// None: the host itself, e.g. with a recipe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    pub edits: Vec<Edit>,
}

impl fmt::Display for DraftSave {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = self.by.as_ref().unwrap_or(&Actor::Host).name();
        write!(out, "version {} by {by} at {}: ", self.version, self.at)?;
        match self.edits.as_slice() {
            [] => out.write_str("nothing changed"),
            [one] => write!(out, "{one}"),
            [one, two] => write!(out, "{one}, {two}"),
            [one, two, more @ ..] => write!(out, "{one}, {two} and {} more", more.len()),
        }
    }
}

/// The latest saves of a pipeline's draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftLog {
    pub id: i64,
    pub pipeline: PipelineId,
    /// Oldest first.
    pub saves: Vec<DraftSave>,
}

impl DraftLog {
    /// Saves that are kept, the oldest go first: who has edited for longer than that reads the draft again anyway.
    pub const KEPT: usize = 50;

    pub fn note(&mut self, save: DraftSave) {
        self.saves.push(save);
        let over = self.saves.len().saturating_sub(Self::KEPT);
        self.saves.drain(..over);
    }

    /// Those after this version.
    pub fn since(&self, version: u64) -> impl Iterator<Item = &DraftSave> {
        self.saves.iter().filter(move |save| save.version > version)
    }
}

type Stages = BTreeMap<StageId, StageAutomation>;

/// What a part is apart from its kind.
trait Part: PartialEq + Sized + 'static {
    const RULE: bool;
    fn of(on: &StageAutomation) -> &[Self];
    fn id(&self) -> &str;
    fn name(&self) -> &str;
}

impl Part for RuleSpec {
    const RULE: bool = true;

    fn of(on: &StageAutomation) -> &[RuleSpec] {
        &on.rules
    }

    fn id(&self) -> &str {
        &self.id.0
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Part for TriggerSpec {
    const RULE: bool = false;

    fn of(on: &StageAutomation) -> &[TriggerSpec] {
        &on.triggers
    }

    fn id(&self) -> &str {
        &self.id.0
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Edit {
    /// Everything that differs between two versions, triggers first, in the order of the stages.
    pub fn between(before: &Stages, after: &Stages) -> Vec<Edit> {
        let mut edits = Vec::new();
        compare::<TriggerSpec>(before, after, &mut edits);
        compare::<RuleSpec>(before, after, &mut edits);
        edits
    }
}

fn compare<P: Part>(before: &Stages, after: &Stages, edits: &mut Vec<Edit>) {
    let (was, is) = (places::<P>(before), places::<P>(after));
    let edit = |stage: &StageId, part: &P, edited| Edit {
        rule: P::RULE,
        id: part.id().to_owned(),
        name: part.name().to_owned(),
        stage: stage.clone(),
        edited,
    };
    for (stage, on) in after {
        // Those that stood here before as well, in the order of then and of now.
        let here = |id: &str, places: &Places<'_, P>| places.get(id).is_some_and(|(at, _)| *at == stage);
        let now = P::of(on).iter().filter(|part| here(part.id(), &was)).map(Part::id);
        let then = before.get(stage).into_iter().flat_map(|on| P::of(on));
        let then = then.filter(|part| here(part.id(), &is)).map(Part::id);
        let places: BTreeMap<&str, bool> = now.zip(then).map(|(now, then)| (now, now == then)).collect();
        for part in P::of(on) {
            let edited = match was.get(part.id()) {
                None => Edited::Added,
                Some((_, then)) if *then != part => Edited::Changed,
                Some((at, _)) if *at != stage || places.get(part.id()) == Some(&false) => Edited::Moved,
                Some(_) => continue,
            };
            edits.push(edit(stage, part, edited));
        }
    }
    for (stage, on) in before {
        let gone = P::of(on).iter().filter(|part| !is.contains_key(part.id()));
        edits.extend(gone.map(|part| edit(stage, part, Edited::Removed)));
    }
}

type Places<'a, P> = BTreeMap<&'a str, (&'a StageId, &'a P)>;

fn places<P: Part>(stages: &Stages) -> Places<'_, P> {
    let all = stages.iter().flat_map(|(stage, on)| P::of(on).iter().map(move |part| (stage, part)));
    all.map(|(stage, part)| (part.id(), (stage, part))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stages(of: &[(&str, &[(&str, &str)])]) -> Stages {
        let rule = |(id, name): &(&str, &str)| json!({ "id": id, "name": name, "plugin": "p" });
        let on = |rules: &[(&str, &str)]| json!({ "rules": rules.iter().map(rule).collect::<Vec<_>>() });
        let of = of.iter().map(|(stage, rules)| {
            ((*stage).into(), serde_json::from_value::<StageAutomation>(on(rules)).unwrap())
        });
        of.collect()
    }

    fn told(before: &Stages, after: &Stages) -> Vec<String> {
        Edit::between(before, after)
            .iter()
            .map(|edit| format!("{} {}", edit.id, edit.edited.name()))
            .collect()
    }

    #[test]
    fn every_part_that_differs_is_told_once() {
        let before = stages(&[("new", &[("a", "A"), ("b", "B"), ("c", "C")]), ("paid", &[("d", "D")])]);
        assert_eq!(told(&before, &before), [""; 0]);
        for (after, expected) in [
            (
                stages(&[("new", &[("a", "A"), ("b", "B2"), ("c", "C")]), ("paid", &[("d", "D")])]),
                &["b changed"][..],
            ),
            (stages(&[("new", &[("a", "A"), ("c", "C")]), ("paid", &[("d", "D")])]), &["b removed"]),
            (
                stages(&[
                    ("new", &[("x", "X"), ("a", "A"), ("b", "B"), ("c", "C")]),
                    ("paid", &[("d", "D")]),
                ]),
                &["x added"],
            ),
            (
                stages(&[("new", &[("b", "B"), ("a", "A"), ("c", "C")]), ("paid", &[("d", "D")])]),
                &["b moved", "a moved"],
            ),
            (
                stages(&[("new", &[("b", "B"), ("c", "C")]), ("paid", &[("a", "A"), ("d", "D")])]),
                &["a moved"],
            ),
            (Stages::new(), &["a removed", "b removed", "c removed", "d removed"]),
        ] {
            assert_eq!(told(&before, &after), expected);
        }
    }

    #[test]
    fn a_log_forgets_the_oldest_and_tells_what_came_after_a_version() {
        let mut log = DraftLog { id: 1, pipeline: "sales".into(), saves: Vec::new() };
        for version in 1..=60 {
            log.note(DraftSave { version, at: Timestamp(0), by: None, edits: Vec::new() });
        }
        assert_eq!((log.saves.len(), log.saves[0].version), (DraftLog::KEPT, 11));
        assert_eq!(log.since(58).map(|save| save.version).collect::<Vec<_>>(), [59, 60]);
        let by = Some(Actor::Token { name: "Ada".into() });
        let edits = Edit::between(&Stages::new(), &stages(&[("new", &[("a", "A"), ("b", "B"), ("c", "C")])]));
        let save = DraftSave { version: 61, at: Timestamp(0), by, edits };
        let told = save.to_string();
        assert!(told.starts_with("version 61 by Ada at 1970-01-01"), "{told}");
        assert!(told.ends_with("rule `A` in `new` added, rule `B` in `new` added and 1 more"), "{told}");
    }
}
