//! Another version beside the one in use: what it asks for, whom it breaks, and the way back.

use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{
    Installation, Manifest, Package, Replaced, ShopConfig, ShopId,
    in_force::{Part, Place},
    plugin::{Digest, PluginId},
};
use rulewright_engine::{Asked, Refusal as EngineRefusal};
use rulewright_ports::{StorageError, StorageExt};
use rulewright_registry::{Diff, SettingsChange, settings_changes, settings_problems};

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
    /// What agreeing to the package of this question changes for the shop. None: there is no version in use.
    pub fn of(config: &ShopConfig, question: &Question) -> Option<Upgrade> {
        let ((_, old), diff) = question.installed.as_ref().zip(question.diff())?;
        let (old, new) = (&old.manifest, &question.package.manifest);
        let used_by = used_by(config.in_force(), old, new);
        Some(Upgrade { from: old.version.clone(), to: new.version.clone(), diff, used_by })
    }

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

/// Who is in force with the plugin, and what the new version changes for it.
fn used_by<'c>(parts: impl Iterator<Item = Part<'c>>, old: &Manifest, new: &Manifest) -> Vec<UsedBy> {
    let parts = parts.filter(|part| *part.plugin == new.id);
    let used_by = |Part { place, is_rule, id, name, settings, .. }: Part<'c>| {
        let had: BTreeSet<String> = settings_problems(&old.settings, settings).into_iter().collect();
        let mut problems = settings_problems(&new.settings, settings);
        problems.retain(|problem| !had.contains(problem));
        let changes = settings_changes(&old.settings, &new.settings, settings);
        UsedBy { place, is_rule, id: id.to_owned(), name: name.to_owned(), problems, changes }
    };
    parts.map(used_by).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn manifest(version: &str, settings: Value) -> Manifest {
        serde_json::from_value(json!({
            "schema": 1, "id": "acme.test", "version": version, "kind": "rule", "group": "employees",
            "publisher": "Acme", "title": "Test", "settings": settings, "host-api": "0.1",
        }))
        .unwrap()
    }

    #[test]
    fn whoever_is_in_force_and_does_not_fit_the_new_version_is_named() {
        let old =
            manifest("1.0.0", json!({ "type": "object", "properties": { "text": { "type": "string" } } }));
        let new =
            manifest("2.0.0", json!({ "type": "object", "required": ["to"], "properties": { "to": {} } }));
        let stage = Place::Stage { pipeline: "orders".into(), stage: "new".into() };
        let workflow = Place::Workflow("thanks".into());
        let (ours, other) = (PluginId::from("acme.test"), PluginId::from("acme.other"));
        let (text, to, nothing) = (json!({ "text": "x" }), json!({ "to": "x" }), json!({}));
        let part = |place: &Place, id, plugin, settings| Part {
            place: place.clone(),
            is_rule: true,
            id,
            name: id,
            plugin,
            settings,
        };
        let parts = [
            part(&stage, "lacks", &ours, &text),
            part(&stage, "fits", &ours, &to),
            part(&stage, "other", &other, &nothing),
            part(&workflow, "lacks_too", &ours, &nothing),
        ];
        let all = |old: &Manifest| used_by(parts.iter().cloned(), old, &new);
        let told = |old: &Manifest| -> Vec<(Place, String)> {
            let found: Vec<UsedBy> = all(old).into_iter().filter(UsedBy::needs_settings).collect();
            assert!(found.iter().all(|one| one.is_rule && one.problems.len() == 1), "{found:?}");
            found.into_iter().map(|one| (one.place, one.id)).collect()
        };
        assert_eq!(told(&old), [(stage, "lacks".to_owned()), (workflow, "lacks_too".to_owned())]);
        assert!(told(&new).is_empty(), "what does not fit the version in use is no news");
        let lacks = all(&old).swap_remove(0);
        let missing = SettingsChange::Missing { field: "to".into() };
        assert_eq!(lacks.changes, [missing, SettingsChange::Gone { field: "text".into() }]);
        let names: Vec<String> = all(&old).into_iter().map(|one| one.id).collect();
        assert_eq!(names, ["lacks", "fits", "lacks_too"], "whoever uses it is named");
    }
}
