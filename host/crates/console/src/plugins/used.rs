//! Where a shop uses a plugin. Pure.

use maud::{Markup, html};
use rulewright_domain::ShopConfig;

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
    let parts = config.in_force().filter(|part| part.plugin == plugin);
    let parts = parts.map(|part| Use {
        name: part.name.to_owned(),
        kind: if part.is_rule { "plugin-use-rule" } else { "plugin-use-trigger" },
        place: names::place(config, &part.place),
        link: names::address(&part.place, part.id),
    });
    let connections = config.connections.values().filter(|connection| connection.plugin == plugin);
    let providers = connections.map(|connection| Use {
        name: connection.title.clone(),
        kind: "plugin-use-provider",
        place: connection.id.clone(),
        link: None,
    });
    parts.chain(providers).collect()
}

pub fn shown(look: &Look, uses: &[Use]) -> Markup {
    html! {
        @if uses.is_empty() {
            (show::empty(&look.text("plugin-unused"), Some((&look.text("to-automation"), "/automation"))))
        } @else {
            ul {
                @for one in uses {
                    li {
                        (show::link(&one.name, one.link.as_deref()))
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
