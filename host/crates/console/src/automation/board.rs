//! The stages of a pipeline as columns: triggers above, rules below, in the order in which they run.

use axum::{
    Router,
    extract::{Query, State},
    routing::get,
};
use maud::{Markup, html};
use rulewright_domain::{Edit, OrderId, RuleSpec, StageId, TriggerSpec, account::Ability, plugin::PluginId};
use serde::Deserialize;

use super::{Desk, offer::Offer, summary::Scene};
use crate::{
    Console,
    door::{At, See, Visitor},
    names,
    shell::{self, Page, Place},
    show::Tone,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/automation/{pipeline}", get(show))
}

#[derive(Deserialize)]
pub struct Asked {
    /// The order that things are tried with.
    pub order: Option<OrderId>,
}

async fn show(
    State(console): State<Console>,
    See(visitor): See,
    At(pipeline): At<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let desk = Desk::open(&console, &visitor, &pipeline, asked.order).await?;
    let desk = desk.observed(&console, &visitor).await?;
    Ok(page(&visitor, &desk, None, None))
}

/// The whole page. `open` is the part whose form stands beside it.
pub fn page(visitor: &Visitor, desk: &Desk, open: Option<&str>, side: Option<Markup>) -> Markup {
    let told = Told { visitor, desk, offer: Offer::of(visitor, desk), open };
    let title = visitor.with("automation-of", &[("pipeline", desk.pipeline.name.as_str().into())]);
    let body = html! {
        (head(visitor, desk))
        div.desk.with-side[side.is_some()] {
            div #columns .columns.scroll tabindex="0" role="region" aria-label=(visitor.text("automation-stages"))
                data-parts-at=[visitor.may(Ability::Edit).then(|| format!("{}/parts", desk.at()))] data-version=(desk.version) {
                @for stage in &desk.pipeline.stages { (column(&told, &stage.id, &stage.name)) }
            }
            @if let Some(side) = side { aside #side .side.card aria-label=(visitor.text("automation-settings")) { (side) } }
        }
    };
    shell::page(visitor, Page { title: &title, place: Some(Place::Automation), body })
}

fn head(visitor: &Visitor, desk: &Desk) -> Markup {
    let changes = desk.published().map_or_else(
        || Edit::between(&super::Stages::new(), &desk.stages).len(),
        |published| Edit::between(published, &desk.stages).len(),
    );
    let at = desk.at();
    html! {
        div.head {
            h1 { (visitor.text("nav-automation")) }
            details.menu {
                summary { (desk.pipeline.name) }
                div.menu-body.start {
                    @for pipeline in desk.config.pipelines.values() {
                        a href=(super::at(&pipeline.id)) aria-current=[(pipeline.id == desk.pipeline.id).then_some("page")] { (pipeline.name) }
                    }
                }
            }
            @if changes == 0 {
                span.muted { (visitor.with("automation-published", &[("revision", desk.revision().into())])) }
            } @else {
                (Tone::Warn.pill(&visitor.with("automation-changes", &[("count", changes.into())])))
            }
            div.end {
                @if visitor.may(Ability::Edit) {
                    a.button.quiet href={ (at) "/dry-run" } { (visitor.text("dry-run")) }
                    a.button.quiet href={ (at) "/simulate" } { (visitor.text("simulate")) }
                }
                a.button.quiet href={ (at) "/history" } { (visitor.text("history")) }
                @if visitor.may(Ability::Edit) && changes > 0 {
                    a.button href={ (at) "/publish" } { (visitor.with("publish-changes", &[("count", changes.into())])) }
                }
            }
        }
    }
}

/// What the tiles of a page are told with.
struct Told<'a> {
    visitor: &'a Visitor,
    desk: &'a Desk,
    offer: Offer<'a>,
    /// The part whose form stands beside them.
    open: Option<&'a str>,
}

fn column(told: &Told<'_>, id: &StageId, name: &str) -> Markup {
    let Told { visitor, desk, .. } = told;
    let on = desk.stages.get(id);
    let triggers = on.map_or(&[][..], |on| &on.triggers);
    let rules = on.map_or(&[][..], |on| &on.rules);
    let edits = visitor.may(Ability::Edit);
    let add = |kind: &str| format!("{}/add?stage={id}&kind={kind}", desk.at());
    html! {
        section.column aria-labelledby={ "stage-" (id) } {
            h2 id={ "stage-" (id) } { (name) }
            h3 { (visitor.text("automation-triggers")) }
            ul.parts data-stage=(id) data-kind="trigger" {
                @for trigger in triggers { (trigger_tile(told, name, trigger)) }
            }
            @if triggers.is_empty() { p.help { (visitor.text("automation-no-triggers")) } }
            @if edits { p { a.add href=(add("trigger")) { "+ " (visitor.text("automation-add-trigger")) span.sr { " · " (name) } } } }
            h3 { (visitor.text("automation-rules")) }
            ol.parts.rail data-stage=(id) data-kind="rule" {
                @for rule in rules { (rule_tile(told, name, rule)) }
            }
            @if rules.is_empty() { p.help { (visitor.text("automation-no-rules")) } }
            @if edits { p { a.add href=(add("rule")) { "+ " (visitor.text("automation-add-rule")) span.sr { " · " (name) } } } }
        }
    }
}

fn rule_tile(told: &Told<'_>, stage: &str, rule: &RuleSpec) -> Markup {
    let Told { visitor, desk, open, .. } = told;
    let way = if rule.after_previous { "form-way-after-previous" } else { "form-way-parallel" };
    html! {
        li.part.after[rule.after_previous].off[!rule.active] data-part=(rule.id) {
            (sign(told, &rule.plugin))
            a href={ (desk.at()) "/parts/" (rule.id) "#side" } aria-current=[(*open == Some(&rule.id.0)).then_some("true")] data-row="" { (rule.name) }
            p.summary { (told.scene(stage, &rule.plugin).rule(rule)) }
            p.help { (visitor.text(way)) }
            (marks(visitor, desk, &rule.plugin, rule.active))
            @if rule.shadow { (Tone::Skip.pill(&visitor.text("rule-shadow"))) }
            (desk.observed.health(&visitor.look, &desk.pipeline.id, &rule.id.0))
        }
    }
}

fn trigger_tile(told: &Told<'_>, stage: &str, trigger: &TriggerSpec) -> Markup {
    let Told { visitor, desk, open, .. } = told;
    let events = desk.config.plugins.get(&trigger.plugin).map(|known| &known.manifest.subscriptions);
    let previous = if trigger.allow_previous { "trigger-previous-on" } else { "trigger-previous-off" };
    html! {
        li.part.off[!trigger.active] data-part=(trigger.id) {
            (sign(told, &trigger.plugin))
            a href={ (desk.at()) "/parts/" (trigger.id) "#side" } aria-current=[(*open == Some(&trigger.id.0)).then_some("true")] data-row="" { (trigger.name) }
            p.summary { (told.scene(stage, &trigger.plugin).trigger(events, &trigger.settings, trigger.condition.as_ref())) }
            p.help { (visitor.text(previous)) }
            (marks(visitor, desk, &trigger.plugin, trigger.active))
        }
    }
}

impl Told<'_> {
    fn scene<'s>(&'s self, stage: &'s str, plugin: &PluginId) -> Scene<'s> {
        let known = self.desk.config.plugins.get(plugin);
        let schema = known.map(|known| &known.manifest.settings);
        Scene { look: &self.visitor.look, choices: &self.offer, stage, schema }
    }
}

/// The picture that came with the plugin, or letters in place of one. The name says the same beside it.
fn sign(told: &Told<'_>, plugin: &PluginId) -> Markup {
    let Told { visitor, desk, .. } = told;
    let known = desk.config.plugins.get(plugin);
    html! {
        @match known {
            Some(_) if desk.observed.has_icon(plugin) => {
                img.plugin-sign src={ "/plugins/" (plugin) "/icon" } alt="" width="24" height="24" loading="lazy";
            },
            Some(known) => span.plugin-sign aria-hidden="true" { (letters(names::plugin(&visitor.look, &known.manifest))) },
            None => span.plugin-sign aria-hidden="true" { "?" },
        }
    }
}

/// The first of the first two words.
fn letters(title: &str) -> String {
    let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.take(2).filter_map(|word| word.chars().next());
    first.flat_map(char::to_uppercase).collect()
}

/// What somebody has to know of a part at a glance.
fn marks(visitor: &Visitor, desk: &Desk, plugin: &PluginId, active: bool) -> Markup {
    let known = desk.config.plugins.get(plugin);
    html! {
        p.help {
            @match known {
                Some(known) => { (names::plugin(&visitor.look, &known.manifest)) " " (known.manifest.version) },
                None => (Tone::Bad.pill(&visitor.with("rule-no-plugin", &[("plugin", plugin.to_string().into())]))),
            }
        }
        @if !active { (Tone::Stop.pill(&visitor.text("rule-off"))) }
        @if known.is_some() && !desk.config.in_plan(plugin) { (Tone::Warn.pill(&visitor.text("rule-not-in-plan"))) }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{ActivePlugin, Grant, account::Role};
    use serde_json::{Value, json};

    use super::*;
    use crate::{automation::Stages, orders::sample};

    fn plugin(id: &str, more: Value) -> (PluginId, ActivePlugin) {
        let mut manifest = json!({
            "schema": 1, "id": id, "version": "1.4.0", "kind": "rule", "group": "client-communications",
            "publisher": "acme", "title": "Send SMS", "host-api": "0.1.0",
            "settings": { "type": "object", "properties": {
                "text": { "type": "string", "title": "Message text" },
                "key": { "type": "string", "title": "Key", "writeOnly": true },
            } },
        });
        manifest.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let manifest = serde_json::from_value(manifest).unwrap();
        (id.to_owned(), ActivePlugin { digest: "0".repeat(64), manifest, grant: Grant::default() })
    }

    fn desk(stages: Value) -> Desk {
        let mut config = sample::config();
        let pays = json!({
            "kind": "trigger", "group": "trigger", "title": "Payment", "subscriptions": ["payment.received"],
        });
        for (id, plugin) in [plugin("acme.sms", json!({})), plugin("acme.payment", pays)] {
            config.plugins.insert(id, plugin.into());
        }
        let stages: Stages = serde_json::from_value(stages).unwrap();
        Desk {
            config: config.into(),
            pipeline: sample::pipeline(),
            version: 1,
            stages,
            sample: None,
            observed: Default::default(),
        }
    }

    fn paid(language: &str, desk: &Desk) -> String {
        let visitor = Visitor { look: sample::look(language), ..sample::visitor(Role::Editor) };
        let told = Told { visitor: &visitor, desk, offer: Offer::of(&visitor, desk), open: None };
        column(&told, &"paid".into(), "Paid").into_string()
    }

    #[test]
    fn a_tile_of_a_rule_says_what_it_does_and_holds_no_secret() {
        let settings = json!({ "text": "Hello {{ client.name }}", "key": "s3cret" });
        let rule = json!({
            "id": "r1", "name": "Thank", "plugin": "acme.sms", "settings": settings,
            "when": { "run": "after", "seconds": 7200 },
            "condition": { "field": "order.total", "operator": "at-least", "value": "50" },
        });
        let desk = desk(json!({ "paid": { "rules": [rule] } }));
        let html = paid("en", &desk);
        for part in [
            "2 hours after entering Paid, Thank: Message text “Hello {{ client.name }}”, if total is at least 50 EUR",
            "Send SMS 1.4.0",
            ">SS<",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("s3cret"), "{html}");
        let german = paid("de", &desk);
        assert!(
            german.contains("2 Stunden nach dem Eintritt in Paid") && german.contains("Summe ist mindestens")
        );
    }

    #[test]
    fn a_tile_of_a_trigger_says_its_event_its_stage_and_whether_it_moves_back() {
        let trigger = |back: bool| json!({ "id": "t", "name": "Pays", "plugin": "acme.payment", "allow-previous": back });
        let html = paid("en", &desk(json!({ "paid": { "triggers": [trigger(false)] } })));
        assert!(html.contains("When a payment arrives, move to Paid"), "{html}");
        assert!(html.contains("Switching to a previous stage: off"), "{html}");
        let html = paid("de", &desk(json!({ "paid": { "triggers": [trigger(true)] } })));
        assert!(html.contains("Wenn eine Zahlung eingeht, nach Paid verschieben"), "{html}");
        assert!(html.contains("Wechsel in eine frühere Phase: an"), "{html}");
    }

    #[test]
    fn what_is_not_installed_tells_no_settings() {
        let rule =
            json!({ "id": "r", "name": "Gone", "plugin": "acme.gone", "settings": { "key": "s3cret" } });
        let html = paid("en", &desk(json!({ "paid": { "rules": [rule] } })));
        assert!(html.contains("On entering Paid, Gone") && !html.contains("s3cret"), "{html}");
        assert!(html.contains("acme.gone is not installed"), "{html}");
    }

    #[test]
    fn letters_stand_for_a_picture() {
        assert_eq!(letters("Send SMS"), "SS");
        assert_eq!(letters("écrire"), "É");
        assert_eq!(letters("  -- "), "");
    }
}
