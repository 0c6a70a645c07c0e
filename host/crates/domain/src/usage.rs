//! Which rules and triggers read a field: asked before somebody renames or removes it.

use std::collections::BTreeMap;

use crate::{
    Condition, Manifest, StageAutomation, StageId, When, kind,
    plugin::PluginId,
    template::{field_names, rename, settings_fields},
};

/// A rule or trigger that reads the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    pub stage: StageId,
    pub is_rule: bool,
    pub id: String,
    pub name: String,
    pub plugin: PluginId,
    /// Of `settings`, `condition` and `when`.
    pub places: Vec<&'static str>,
    /// As they are written there, each once.
    pub fields: Vec<String>,
}

/// Those that read `path` or anything below it. Settings read what their texts insert, and the fields of the order that
/// they name where the plugin's schema says so with `x-field`, or where they are the date that a trigger waits for.
pub fn readers<'m>(
    stages: &BTreeMap<StageId, StageAutomation>,
    manifest: &dyn Fn(&PluginId) -> Option<&'m Manifest>,
    path: &str,
) -> Vec<Reader> {
    let mut found = Vec::new();
    for (stage, on) in stages {
        let triggers = on.triggers.iter().map(|trigger| {
            let part = (&trigger.plugin, &trigger.settings, trigger.condition.as_ref(), None);
            (false, &trigger.id.0, &trigger.name, part)
        });
        let rules = on.rules.iter().map(|rule| {
            let part = (&rule.plugin, &rule.settings, rule.condition.as_ref(), rule.when.follows());
            (true, &rule.id.0, &rule.name, part)
        });
        for (is_rule, id, name, (plugin, settings, condition, follows)) in triggers.chain(rules) {
            let read = [
                ("settings", manifest(plugin).map(|manifest| of_settings(manifest, settings))),
                ("condition", condition.map(of_condition)),
                ("when", follows.map(|field| vec![own(field)])),
            ];
            let (mut places, mut fields) = (Vec::new(), Vec::new());
            for (place, all) in read {
                let mut hits: Vec<String> =
                    all.into_iter().flatten().filter(|field| is_below(field, path)).collect();
                if !hits.is_empty() {
                    places.push(place);
                    fields.append(&mut hits);
                }
            }
            fields.sort();
            fields.dedup();
            if !places.is_empty() {
                let (id, name, plugin) = (id.clone(), name.clone(), plugin.clone());
                found.push(Reader { stage: stage.clone(), is_rule, id, name, plugin, places, fields });
            }
        }
    }
    found
}

/// The stages with every reader of `from`, or of what lies below it, reading the same of `to`. What cannot be written
/// otherwise stays: it is still among the [`readers`] of `from`.
pub fn rewritten<'m>(
    stages: &BTreeMap<StageId, StageAutomation>,
    manifest: &dyn Fn(&PluginId) -> Option<&'m Manifest>,
    from: &str,
    to: &str,
) -> BTreeMap<StageId, StageAutomation> {
    let inserted = |path: &str| is_below(path, from).then(|| format!("{to}{}", &path[from.len()..]));
    // Names of the order's own fields are written without their path where they were.
    let named = |name: &str| {
        let path = inserted(&own(name))?;
        let short = path.strip_prefix(OWN).filter(|_| !name.starts_with("order."));
        Some(short.map_or_else(|| path.clone(), str::to_owned))
    };
    let in_settings = |plugin: &PluginId, settings: &mut serde_json::Value| {
        let Some(manifest) = manifest(plugin) else { return };
        let before = settings.clone();
        if rename(&manifest.settings, settings, &inserted, &named).is_err() {
            *settings = before;
        }
        if manifest.subscriptions.contains(kind::DATE_REACHED)
            && let Some(name) = settings.get("field").and_then(|field| named(field.as_str()?))
        {
            settings["field"] = name.into();
        }
    };
    let mut stages = stages.clone();
    for on in stages.values_mut() {
        for trigger in &mut on.triggers {
            in_settings(&trigger.plugin, &mut trigger.settings);
            trigger.condition.iter_mut().for_each(|condition| condition.rename(&inserted));
        }
        for rule in &mut on.rules {
            in_settings(&rule.plugin, &mut rule.settings);
            rule.condition.iter_mut().for_each(|condition| condition.rename(&inserted));
            // Only a field of the order's own can be a date to count from.
            if let When::AtField { field, .. } = &mut rule.when
                && let Some(path) = inserted(&own(field))
                && let Some(name) = path.strip_prefix(OWN)
            {
                *field = name.to_owned();
            }
        }
    }
    stages
}

/// A schema that cannot be walked through reads nothing that could be found: it could not be published either.
fn of_settings(manifest: &Manifest, settings: &serde_json::Value) -> Vec<String> {
    let mut all = settings_fields(&manifest.settings, settings).unwrap_or_default();
    let named = field_names(&manifest.settings, settings).unwrap_or_default();
    all.extend(named.iter().map(|name| own(name)));
    if manifest.subscriptions.contains(kind::DATE_REACHED) {
        all.extend(settings.get("field").and_then(|field| field.as_str()).map(own));
    }
    all
}

fn of_condition(condition: &Condition) -> Vec<String> {
    condition.fields().into_iter().map(str::to_owned).collect()
}

/// Names of the order's own fields may be written with or without their path.
fn own(name: &str) -> String {
    match name.starts_with("order.") {
        true => name.to_owned(),
        false => format!("{OWN}{name}"),
    }
}

/// Where the order's own fields are.
const OWN: &str = "order.fields.";

fn is_below(field: &str, path: &str) -> bool {
    field.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manifest(trigger: bool) -> Manifest {
        let (kind, group) = if trigger { ("trigger", "trigger") } else { ("rule", "employees") };
        serde_json::from_value(json!({
            "schema": 1, "id": "test.any", "version": "1.0.0", "kind": kind, "group": group,
            "publisher": "Test", "title": "Any", "host-api": "0.1.0",
            "subscriptions": if trigger { json!(["date.reached"]) } else { json!([]) },
            "settings": { "properties": {
                "text": { "type": "string", "x-template": true },
                "plain": { "type": "string" },
                "target": { "type": "string", "x-field": true },
            } },
        }))
        .unwrap()
    }

    #[test]
    fn exactly_those_that_read_the_field_are_found_with_the_place() {
        let rule = |id: &str, rest: serde_json::Value| {
            let mut rule = json!({ "id": id, "name": id, "plugin": "rule" });
            rule.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            rule
        };
        let stages: BTreeMap<StageId, StageAutomation> = serde_json::from_value(json!({ "new": {
            "triggers": [
                { "id": "date", "name": "date", "plugin": "date", "settings": { "field": "track" } },
                { "id": "other", "name": "other", "plugin": "date", "settings": { "field": "tracking" } },
            ],
            "rules": [
                rule("text", json!({ "settings": { "text": "No {{ order.fields.track | - }}" } })),
                rule("below", json!({ "settings": { "text": "{{ order.fields.track.url }}" } })),
                rule("not-inserted", json!({ "settings": { "plain": "{{ order.fields.track }}" } })),
                rule("longer", json!({ "settings": { "text": "{{ order.fields.track-2 }}" } })),
                rule("named", json!({ "settings": { "target": "track" } })),
                rule("when", json!({ "when": { "run": "at-field", "field": "track", "offset-seconds": 0 } })),
                rule("condition", json!({
                    "settings": { "text": "{{ order.fields.track }}" },
                    "condition": { "any": [{ "field": "order.fields.track", "operator": "filled" }] },
                })),
            ],
        } }))
        .unwrap();
        let (rules, dates) = (manifest(false), manifest(true));
        let of = |plugin: &PluginId| Some(if plugin == "date" { &dates } else { &rules });
        let found = readers(&stages, &of, "order.fields.track");
        let told: Vec<(&str, &[&str])> =
            found.iter().map(|one| (one.id.as_str(), one.places.as_slice())).collect();
        let expected: [(&str, &[&str]); 6] = [
            ("date", &["settings"]),
            ("text", &["settings"]),
            ("below", &["settings"]),
            ("named", &["settings"]),
            ("when", &["when"]),
            ("condition", &["settings", "condition"]),
        ];
        assert_eq!(told, expected);
        assert_eq!(readers(&stages, &of, "order.tracking-number"), []);

        let after = rewritten(&stages, &of, "order.fields.track", "order.fields.parcel");
        assert_eq!(readers(&after, &of, "order.fields.track"), []);
        let moved: Vec<String> =
            readers(&after, &of, "order.fields.parcel").into_iter().map(|one| one.id).collect();
        assert_eq!(moved, ["date", "text", "below", "named", "when", "condition"]);
        let on = &after[&StageId::from("new")];
        assert_eq!(on.rules[0].settings["text"], "No {{ order.fields.parcel | - }}");
        assert_eq!(on.rules[1].settings["text"], "{{ order.fields.parcel.url }}");
        assert_eq!(
            (&on.triggers[0].settings["field"], &on.rules[4].settings["target"]),
            (&"parcel".into(), &"parcel".into())
        );
        assert_eq!(
            on.rules[2..4],
            stages[&StageId::from("new")].rules[2..4],
            "those that read another field"
        );
        let outside = rewritten(&stages, &of, "order.fields.track", "order.tracking-number");
        let left: Vec<String> =
            readers(&outside, &of, "order.fields.track").into_iter().map(|one| one.id).collect();
        assert_eq!(left, ["when"], "a date is one of the order's own fields");
    }
}
