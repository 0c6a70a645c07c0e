//! What is secret in settings: who may not write them does not read it, and whoever saves what they were shown instead
//! does not lose it.

use std::borrow::Cow;

use rulewright_domain::{
    RuleSpec, ShopConfig,
    secret::{put_back, without_secrets},
};
use serde_json::{Value, json};

use crate::automation::Stages;

/// Of a plugin that is not there all is secret: nobody knows what of it is not.
fn schema<'c>(config: &'c ShopConfig, plugin: &str) -> Cow<'c, Value> {
    match config.plugins.get(plugin) {
        Some(plugin) => Cow::Borrowed(&plugin.manifest.settings),
        None => Cow::Owned(json!({ "writeOnly": true })),
    }
}

/// Leaves a mark where a secret stands in settings of a plugin.
pub fn hide_secrets(config: &ShopConfig, plugin: &str, settings: &mut Value) {
    *settings = without_secrets(settings, &schema(config, plugin));
}

/// The same in all rules and triggers.
pub fn hide_secrets_of(config: &ShopConfig, stages: &mut Stages) {
    for stage in stages.values_mut() {
        for rule in &mut stage.rules {
            hide_secrets(config, &rule.plugin, &mut rule.settings);
        }
        for trigger in &mut stage.triggers {
            hide_secrets(config, &trigger.plugin, &mut trigger.settings);
        }
    }
}

/// Puts back what the marks stand for: what the rule or trigger of this id had, as long as it is of this plugin.
pub(crate) fn keep_secrets(config: &ShopConfig, stages: &mut Stages, before: &[&Stages]) {
    let before = || before.iter().flat_map(|stages| stages.values());
    for stage in stages.values_mut() {
        keep_secrets_of(config, &mut stage.rules, || before().flat_map(|stage| &stage.rules));
        for trigger in &mut stage.triggers {
            let triggers = before().flat_map(|stage| &stage.triggers);
            let own = triggers.filter(|one| one.id == trigger.id && one.plugin == trigger.plugin);
            let schema = schema(config, &trigger.plugin);
            own.for_each(|one| put_back(&mut trigger.settings, &schema, &one.settings));
        }
    }
}

/// The same for rules that stand on no stage.
pub(crate) fn keep_secrets_of<'b, B: Iterator<Item = &'b RuleSpec>>(
    config: &ShopConfig,
    rules: &mut [RuleSpec],
    before: impl Fn() -> B,
) {
    for rule in rules {
        let own = before().filter(|one| one.id == rule.id && one.plugin == rule.plugin);
        let schema = schema(config, &rule.plugin);
        own.for_each(|one| put_back(&mut rule.settings, &schema, &one.settings));
    }
}
