//! Where a thing of the shop's is used, with a link to each place.

use maud::{Markup, html};
use rulewright_domain::ShopConfig;
use rulewright_engine::{Named, NamedBy, named_by};

use crate::{door::Look, names, show};

/// What nothing uses can be removed.
pub fn used(look: &Look, config: &ShopConfig, what: Named, name: &str) -> Markup {
    let users = named_by(config, what, name);
    html! {
        section.card aria-labelledby="used-title" {
            h2 #used-title { (look.text("settings-used")) }
            @if users.is_empty() { p.muted { (look.text("settings-unused")) } } @else {
                p.help { (look.text("settings-used-help")) }
                ul { @for user in &users { li { (place(look, config, user)) } } }
            }
        }
    }
}

fn place(look: &Look, config: &ShopConfig, user: &NamedBy) -> Markup {
    html! {
        @match user {
            NamedBy::Part { place, id, name } => {
                (show::link(name, names::address(place, id).as_deref()))
                " " span.muted { (names::place(config, place)) }
            }
            NamedBy::Template(name) => {
                a href=(format!("/settings/documents/templates/{name}")) { (name) }
                " " span.muted { (look.text("settings-template")) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rulewright_domain::{ActivePlugin, Automation, Grant, Template, Workflow};
    use serde_json::{Value, json};

    use super::*;
    use crate::{listing::tests::look, runs::sample};

    /// A rule that makes a document of a template and looks a price up, and one that only writes these words.
    fn config() -> ShopConfig {
        let mut config = sample::config();
        let named = |widget: &str| json!({"type": "string", "x-widget": widget});
        let schema = json!({"type": "object", "properties": {
            "template": named("document-template"), "list": named("list"), "text": {"type": "string"},
        }});
        let manifest: Value = json!({
            "schema": 1, "id": "acme.papers", "version": "1.0.0", "publisher": "acme", "title": "Papers",
            "kind": "rule", "group": "client-communications", "host-api": "0.1.0", "settings": schema,
        });
        let plugin = ActivePlugin {
            digest: "1".repeat(64),
            manifest: serde_json::from_value(manifest).unwrap(),
            grant: Grant::default(),
        };
        config.plugins.insert("acme.papers".into(), Arc::new(plugin));
        let automation: Automation = serde_json::from_value(json!({
            "pipeline": "sales", "revision": 1, "published": "2026-01-01T00:00:00Z",
            "stages": { "paid": { "triggers": [], "rules": [
                { "id": "r1", "name": "Bill", "plugin": "acme.papers", "settings": { "template": " invoice", "list": "prices" } },
                { "id": "r2", "name": "Say", "plugin": "acme.papers", "settings": { "text": "invoice" } },
            ] } },
        }))
        .unwrap();
        config.automations.insert("sales".into(), automation);
        let workflow: Workflow = serde_json::from_value(json!({
            "name": "thanks", "title": "Say thanks", "revision": 1, "published": "2026-01-01T00:00:00Z",
            "kind": "order", "rules": [
                { "id": "r3", "name": "Write", "plugin": "acme.papers", "settings": { "template": "invoice" } },
            ],
        }))
        .unwrap();
        config.workflows.insert("thanks".into(), workflow);
        let template = Template {
            name: "invoice".into(),
            title: "Invoice".into(),
            media_type: "text/html".into(),
            source: "<p>".into(),
            numerator: "invoices".into(),
        };
        config.templates.insert("invoice".into(), template);
        config
    }

    #[test]
    fn a_thing_is_used_where_a_rule_chooses_it_and_not_where_its_name_is_only_written() {
        let config = config();
        let html = used(&look("en"), &config, Named::Template, "invoice").into_string();
        assert!(html.contains("/automation/sales/parts/r1#side") && !html.contains("parts/r2"), "{html}");
        assert!(html.contains("Retail: Paid"), "{html}");
        assert!(html.contains("Write <span class=\"muted\">Say thanks"), "workflows are not drawn: {html}");
        assert_eq!(named_by(&config, Named::List, "prices").len(), 1);
        assert_eq!(named_by(&config, Named::Segment, "prices"), []);
        assert_eq!(named_by(&config, Named::Numerator, "invoices"), [NamedBy::Template("invoice".into())]);
    }

    #[test]
    fn what_nothing_uses_says_so() {
        let html = used(&look("en"), &config(), Named::List, "other").into_string();
        assert!(html.contains(&look("en").text("settings-unused")), "{html}");
    }
}
