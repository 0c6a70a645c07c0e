//! Rules of applications on stages: what keeps one from being saved, and what keeps one from running.

use rulewright_domain::{
    ApplicationRule, ApplicationRuleId, OrderKind, ShopConfig, application_rule::RULE_WIDGET, template,
};
use rulewright_ports::{Failure, Issue};
use serde_json::Value;

use crate::automation::issue;

/// The rule that the settings name: where the plugin is one for rules of applications.
fn named(schema: &Value, settings: &Value) -> Option<String> {
    if schema["properties"]["rule"]["x-widget"].as_str() != Some(RULE_WIDGET) {
        return None;
    }
    let named = template::named(schema, settings).unwrap_or_default();
    named.into_iter().find(|(widget, _)| widget == RULE_WIDGET).map(|(_, name)| name)
}

fn find<'c>(config: &'c ShopConfig, name: &str) -> Option<&'c ApplicationRule> {
    config.application_rules.get(&name.trim().parse::<ApplicationRuleId>().ok()?)
}

/// Everything about the application's own form that keeps a rule from being saved at `at`.
pub(crate) fn issues(
    config: &ShopConfig,
    kind: OrderKind,
    schema: &Value,
    settings: &Value,
    at: &str,
) -> Vec<Issue> {
    let Some(name) = named(schema, settings) else { return Vec::new() };
    let Some(rule) = find(config, &name) else {
        let known: Vec<String> = config.application_rules.keys().map(ToString::to_string).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let message = format!("no application has registered the rule `{name}`; there are {known}");
        return vec![issue(format!("{at}/settings/rule"), "no-such-rule", message)];
    };
    if !rule.is_for(kind) {
        let message = format!("`{}` is for the other kind of order", rule.name);
        return vec![issue(format!("{at}/settings/rule"), "wrong-kind-of-order", message)];
    }
    let found = rule.issues(&settings["properties"]).into_iter();
    found
        .map(|(path, code, message)| issue(format!("{at}/settings/properties{path}"), code, message))
        .collect()
}

/// Why the rule cannot run any more.
pub(crate) fn dead(
    config: &ShopConfig,
    kind: OrderKind,
    schema: &Value,
    settings: &Value,
) -> Option<Failure> {
    let name = named(schema, settings)?;
    let failure = |code: &str, message: String| Some(Failure::new(code, message, false));
    let Some(rule) = find(config, &name) else {
        let message = format!("the application has taken back the rule `{name}`: remove it from the stage");
        return failure("application-rule-removed", message);
    };
    let Some(told) = config.subscriptions.get(&rule.subscription) else {
        let message = format!("nobody is told of `{}` any more: its handler was removed", rule.name);
        return failure("application-rule-removed", message);
    };
    if !told.is_on() {
        let why = told.disabled.as_ref().map_or("it is switched off", |disabled| &disabled.reason);
        let message = format!("the handler of `{}` is not called any more: {why}", rule.name);
        return failure("application-rule-off", message);
    }
    if !rule.is_for(kind) {
        let message = format!("the application has taken `{}` back from this kind of order", rule.name);
        return failure("application-rule-removed", message);
    }
    None
}
