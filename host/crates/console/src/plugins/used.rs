//! Where a shop uses a plugin. Pure.

use maud::{Markup, html};
use rulewright_domain::{PipelineId, ShopConfig, StageId};

use crate::{door::Look, names, show};

/// A rule, a trigger or a provider that names the plugin, in what is in force.
#[derive(Debug, PartialEq, Eq)]
pub struct Use {
    pub name: String,
    /// Key of what it is.
    pub kind: &'static str,
    /// As staff call it.
    pub place: String,
    pub link: Option<String>,
}

pub fn uses(config: &ShopConfig, plugin: &str) -> Vec<Use> {
    let mut all = Vec::new();
    for automation in config.automations.values() {
        for (stage, on) in &automation.stages {
            let rules = on.rules.iter().filter(|rule| rule.plugin == plugin);
            let rules = rules.map(|rule| ("plugin-use-rule", &rule.name, &rule.id.0));
            let triggers = on.triggers.iter().filter(|trigger| trigger.plugin == plugin);
            let triggers = triggers.map(|trigger| ("plugin-use-trigger", &trigger.name, &trigger.id.0));
            all.extend(rules.chain(triggers).map(|(kind, name, id)| Use {
                name: name.clone(),
                kind,
                place: stage_name(config, &automation.pipeline, stage),
                link: Some(format!("/automation/{}/parts/{id}#side", automation.pipeline)),
            }));
        }
    }
    for workflow in config.workflows.values() {
        let rules = workflow.rules.iter().filter(|rule| rule.plugin == plugin);
        all.extend(rules.map(|rule| Use {
            name: rule.name.clone(),
            kind: "plugin-use-rule",
            place: workflow.title.clone(),
            link: None,
        }));
    }
    let connections = config.connections.values().filter(|connection| connection.plugin == plugin);
    all.extend(connections.map(|connection| Use {
        name: connection.title.clone(),
        kind: "plugin-use-provider",
        place: connection.id.clone(),
        link: None,
    }));
    all
}

fn stage_name(config: &ShopConfig, pipeline: &PipelineId, stage: &StageId) -> String {
    format!("{}: {}", names::pipeline(config, pipeline), names::stage(config, pipeline, stage))
}

pub fn shown(look: &Look, uses: &[Use]) -> Markup {
    html! {
        @if uses.is_empty() {
            (show::empty(&look.text("plugin-unused"), Some((&look.text("to-automation"), "/automation"))))
        } @else {
            ul {
                @for one in uses {
                    li {
                        @match &one.link { Some(link) => { a href=(link) { (one.name) } } None => { (one.name) } }
                        " " span.muted { (look.text(one.kind)) " · " (one.place) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::Automation;
    use serde_json::json;

    use super::*;
    use crate::{listing::tests::look, runs::sample};

    #[test]
    fn each_rule_leads_to_its_place_on_the_stages() {
        let mut config = sample::config();
        let automation: Automation = serde_json::from_value(json!({
            "pipeline": "sales", "revision": 1, "published": "2026-01-01T00:00:00Z",
            "stages": { "paid": { "triggers": [], "rules": [
                { "id": "r1", "name": "Greet", "plugin": "acme.greet" },
                { "id": "r2", "name": "Other", "plugin": "acme.other" },
            ] } },
        }))
        .unwrap();
        config.automations.insert("sales".into(), automation);
        let uses = uses(&config, "acme.greet");
        assert_eq!(uses.len(), 1);
        assert_eq!((uses[0].place.as_str(), uses[0].kind), ("Retail: Paid", "plugin-use-rule"));
        let html = shown(&look("en"), &uses).into_string();
        assert!(html.contains("href=\"/automation/sales/parts/r1#side\""), "{html}");
    }
}
