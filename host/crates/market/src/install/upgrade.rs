//! Another version beside the one in use: what it asks for, whom it breaks, and the way back.

use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{
    Automation, Installation, Manifest, Package, PipelineId, Replaced, ShopId, StageId, Workflow,
    plugin::{Digest, PluginId},
};
use rulewright_engine::{Asked, Refusal as EngineRefusal};
use rulewright_ports::{StorageError, StorageExt};
use rulewright_registry::{Diff, SettingsChange, settings_changes, settings_problems};
use serde_json::Value;

use super::{Denied, Installs, Question};

/// What changes once somebody agrees to another version.
#[derive(Clone, Debug)]
pub struct Upgrade {
    /// The version in use.
    pub from: String,
    pub to: String,
    /// Permissions: added, removed and same, in sentences.
    pub diff: Diff,
    /// Every rule and trigger in force that uses it, with what changes for its settings.
    pub used_by: Vec<UsedBy>,
}

impl Upgrade {
    /// Those whose settings do not fit it. Whoever agrees changes them and publishes again.
    pub fn needs_settings(&self) -> impl Iterator<Item = &UsedBy> {
        self.used_by.iter().filter(|one| one.needs_settings())
    }
}

/// A rule or trigger beside another version of its plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct UsedBy {
    pub place: Place,
    pub is_rule: bool,
    pub id: String,
    pub name: String,
    /// Each with its place in the settings; those that the version in use has not.
    pub problems: Vec<String>,
    /// Field by field, whether it fits or not.
    pub changes: Vec<SettingsChange>,
}

impl UsedBy {
    /// The version does not take its settings.
    pub fn needs_settings(&self) -> bool {
        !self.problems.is_empty()
    }
}

/// Where a rule or trigger stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Stage {
        pipeline: PipelineId,
        stage: StageId,
    },
    /// By its name.
    Workflow(String),
}

/// The versions of a plugin that a shop has or had.
#[derive(Clone, Debug)]
pub struct Versions {
    pub in_use: (Installation, Package),
    /// Newest first.
    pub before: Vec<(Replaced, Package)>,
    /// That have not ended, by the version that they began with.
    pub runs: BTreeMap<Digest, u64>,
}

impl Versions {
    /// Where a rollback goes, unless it was revoked since.
    pub fn back(&self) -> Option<&(Replaced, Package)> {
        self.before.iter().find(|(replaced, _)| !replaced.rolled_back)
    }
}

impl Installs {
    /// What agreeing to the package of this question changes. None: there is no version in use.
    pub async fn upgrade(&self, shop: ShopId, question: &Question) -> Result<Option<Upgrade>, Denied> {
        let Some(((_, old), diff)) = question.installed.as_ref().zip(question.diff()) else {
            return Ok(None);
        };
        let read = self.deps().engine.storage().read(move |reads| reads.config(shop));
        let (old, new) = (&old.manifest, &question.package.manifest);
        let used_by = match read.await? {
            Some(config) => used_by(config.automations.values(), config.workflows.values(), old, new),
            None => Vec::new(),
        };
        Ok(Some(Upgrade { from: old.version.clone(), to: new.version.clone(), diff, used_by }))
    }

    /// The version in use, and those before it. None: it is not installed.
    pub async fn versions(&self, shop: ShopId, plugin: &PluginId) -> Result<Option<Versions>, Denied> {
        let engine = &self.deps().engine;
        let wanted = plugin.clone();
        let read = engine.storage().read(move |reads| {
            let found = reads.installations(shop)?.into_iter().find(|one| one.plugin == wanted);
            let Some(installation) = found else { return Ok(None) };
            let package = reads.package(&installation.digest)?;
            Ok::<_, StorageError>(package.map(|package| (installation, package)))
        });
        let Some(in_use) = read.await? else { return Ok(None) };
        let history = engine.history(shop, plugin).await?;
        let runs = engine.waiting_runs(shop, plugin).await?;
        let read = engine.storage().read(move |reads| {
            let mut before = Vec::new();
            for replaced in history {
                let package = reads.package(&replaced.installation.digest)?;
                before.extend(package.map(|package| (replaced, package)));
            }
            Ok::<_, StorageError>(before)
        });
        Ok(Some(Versions { in_use, before: read.await?, runs }))
    }

    /// Back to the version before, with what it was granted then. Runs stay with the version that they began with.
    pub async fn roll_back(&self, asked: Asked, plugin: &PluginId) -> Result<Installation, EngineRefusal> {
        self.deps().engine.roll_back(asked, plugin).await
    }
}

/// Who is in force with the plugin, and what the new version changes for it. Pure.
fn used_by<'a>(
    automations: impl Iterator<Item = &'a Automation>,
    workflows: impl Iterator<Item = &'a Workflow>,
    old: &Manifest,
    new: &Manifest,
) -> Vec<UsedBy> {
    let mut found = Vec::new();
    let mut look = |place: Place, is_rule, (id, name): (&String, &String), settings: &Value| {
        let had: BTreeSet<String> = settings_problems(&old.settings, settings).into_iter().collect();
        let mut problems = settings_problems(&new.settings, settings);
        problems.retain(|problem| !had.contains(problem));
        let changes = settings_changes(&old.settings, &new.settings, settings);
        found.push(UsedBy { place, is_rule, id: id.clone(), name: name.clone(), problems, changes });
    };
    for automation in automations {
        for (stage, on) in &automation.stages {
            let place = || Place::Stage { pipeline: automation.pipeline.clone(), stage: stage.clone() };
            for trigger in on.triggers.iter().filter(|trigger| trigger.plugin == new.id) {
                look(place(), false, (&trigger.id.0, &trigger.name), &trigger.settings);
            }
            for rule in on.rules.iter().filter(|rule| rule.plugin == new.id) {
                look(place(), true, (&rule.id.0, &rule.name), &rule.settings);
            }
        }
    }
    for workflow in workflows {
        for rule in workflow.rules.iter().filter(|rule| rule.plugin == new.id) {
            let place = Place::Workflow(workflow.name.clone());
            look(place, true, (&rule.id.0, &rule.name), &rule.settings);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manifest(version: &str, settings: Value) -> Manifest {
        serde_json::from_value(json!({
            "schema": 1, "id": "acme.test", "version": version, "kind": "rule", "group": "employees",
            "publisher": "Acme", "title": "Test", "settings": settings, "host-api": "0.1",
        }))
        .unwrap()
    }

    fn rule(id: &str, plugin: &str, settings: Value) -> Value {
        json!({ "id": id, "name": id, "plugin": plugin, "settings": settings })
    }

    #[test]
    fn whoever_is_in_force_and_does_not_fit_the_new_version_is_named() {
        let old =
            manifest("1.0.0", json!({ "type": "object", "properties": { "text": { "type": "string" } } }));
        let new =
            manifest("2.0.0", json!({ "type": "object", "required": ["to"], "properties": { "to": {} } }));
        let automation: Automation = serde_json::from_value(json!({
            "pipeline": "orders", "revision": 1, "published": "2026-01-01T00:00:00Z",
            "stages": { "new": { "triggers": [], "rules": [
                rule("lacks", "acme.test", json!({ "text": "x" })),
                rule("fits", "acme.test", json!({ "to": "x" })),
                rule("other", "acme.other", json!({})),
            ] } },
        }))
        .unwrap();
        let workflow: Workflow = serde_json::from_value(json!({
            "name": "thanks", "title": "Thanks", "revision": 1, "published": "2026-01-01T00:00:00Z",
            "kind": "order", "rules": [rule("lacks_too", "acme.test", json!({}))],
        }))
        .unwrap();
        let all = |old: &Manifest| used_by([&automation].into_iter(), [&workflow].into_iter(), old, &new);
        let told = |old: &Manifest| -> Vec<(Place, String)> {
            let found: Vec<UsedBy> = all(old).into_iter().filter(UsedBy::needs_settings).collect();
            assert!(found.iter().all(|one| one.is_rule && one.problems.len() == 1), "{found:?}");
            found.into_iter().map(|one| (one.place, one.id)).collect()
        };
        let stage = Place::Stage { pipeline: automation.pipeline.clone(), stage: StageId("new".into()) };
        let expected =
            [(stage, "lacks".to_owned()), (Place::Workflow("thanks".into()), "lacks_too".to_owned())];
        assert_eq!(told(&old), expected);
        assert!(told(&new).is_empty(), "what does not fit the version in use is no news");
        let lacks = all(&old).swap_remove(0);
        let missing = SettingsChange::Missing { field: "to".into() };
        assert_eq!(lacks.changes, [missing, SettingsChange::Gone { field: "text".into() }]);
        let names: Vec<String> = all(&old).into_iter().map(|one| one.id).collect();
        assert_eq!(names, ["lacks", "fits", "lacks_too"], "whoever uses it is named");
    }
}
