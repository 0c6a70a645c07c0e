//! What a rule or a trigger does, as a sentence. Pure.

use std::collections::BTreeSet;

use rulewright_domain::{Condition, RuleSpec, When};
use serde_json::Value;

use crate::{
    door::Look,
    forms::{Choices, brief},
};

/// What a sentence is made with.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub look: &'a Look,
    pub choices: &'a dyn Choices,
    /// The name of the stage that the part stands on.
    pub stage: &'a str,
    /// Of the plugin's settings. None: it is not installed, and nobody knows which of them are secret.
    pub schema: Option<&'a Value>,
}

impl Scene<'_> {
    /// `2 hours after entering Paid, Send SMS: Message text “Hello..”, if total is at least 50 EUR`.
    pub fn rule(&self, rule: &RuleSpec) -> String {
        let when = self.when(&rule.when);
        let settings = self.settings(&rule.settings);
        let name = rule.name.as_str();
        let sentence = match settings.is_empty() {
            true => self.look.with("summary-rule", &[("when", when.into()), ("rule", name.into())]),
            false => self.look.with(
                "summary-rule-with",
                &[("when", when.into()), ("rule", name.into()), ("settings", settings.into())],
            ),
        };
        self.only_if(sentence, rule.condition.as_ref())
    }

    /// `When a payment arrives, move to Paid: Payment “Any payment, a part too”`.
    pub fn trigger(
        &self,
        events: Option<&BTreeSet<String>>,
        settings: &Value,
        condition: Option<&Condition>,
    ) -> String {
        let (stage, settings) = (self.stage, self.settings(settings));
        let events = events.into_iter().flatten().map(|kind| self.event(kind));
        let or = |first: String, second: String| {
            self.look.with("condition-or", &[("first", first.into()), ("second", second.into())])
        };
        let sentence = match events.reduce(or) {
            None => self.look.with("summary-trigger-unknown", &[("stage", stage.into())]),
            Some(events) if settings.is_empty() => {
                self.look.with("summary-trigger", &[("events", events.into()), ("stage", stage.into())])
            }
            Some(events) => self.look.with(
                "summary-trigger-with",
                &[("events", events.into()), ("stage", stage.into()), ("settings", settings.into())],
            ),
        };
        self.only_if(sentence, condition)
    }

    /// Others than those of the bundled triggers are told by their names.
    fn event(&self, kind: &str) -> String {
        let key = format!("summary-event-{}", kind.replace('.', "-"));
        if self.look.words.has(&key) { self.look.text(&key) } else { kind.to_owned() }
    }

    fn settings(&self, settings: &Value) -> String {
        let Some(schema) = self.schema else { return String::new() };
        let said = brief::settings(self.look.words, schema, settings, self.choices);
        let said = said.into_iter().map(|one| {
            self.look.with("summary-setting", &[("title", one.title.into()), ("value", one.value.into())])
        });
        said.collect::<Vec<_>>().join(", ")
    }

    fn only_if(&self, sentence: String, condition: Option<&Condition>) -> String {
        let condition = condition.map(|one| brief::condition(self.look.words, one, self.choices));
        match condition.filter(|said| !said.is_empty()) {
            None => sentence,
            Some(said) => self.look.with(
                "summary-if",
                &[("sentence", sentence.into()), ("condition", brief::cut(&said).into())],
            ),
        }
    }

    fn when(&self, when: &When) -> String {
        let look = self.look;
        let length = |seconds: u64| brief::length(look.words, i64::try_from(seconds).unwrap_or(i64::MAX));
        match when {
            When::Immediately { .. } => look.with("summary-now", &[("stage", self.stage.into())]),
            When::After { seconds, .. } => look
                .with("summary-after", &[("length", length(*seconds).into()), ("stage", self.stage.into())]),
            When::AtField { field, offset_seconds, .. } => {
                let named = brief::field(self.choices, &format!("order.fields.{field}"));
                let key = match offset_seconds {
                    0 => return look.with("summary-on", &[("field", named.into())]),
                    before if *before < 0 => "summary-before",
                    _ => "summary-past",
                };
                let length = length(offset_seconds.unsigned_abs());
                look.with(key, &[("field", named.into()), ("length", length.into())])
            }
            When::At { time } => {
                let shown = time.written(look.zone_name(), "%Y-%m-%d %H:%M");
                look.with("summary-at", &[("time", shown.unwrap_or_else(|| time.to_string()).into())])
            }
            When::AtTimeOfDay { time, .. } => {
                let time = time.strftime("%H:%M").to_string();
                look.with("summary-time-of-day", &[("time", time.into()), ("stage", self.stage.into())])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{forms::testing::shop, listing::tests::look};

    fn schema() -> Value {
        json!({ "type": "object", "required": ["text"], "properties": {
            "text": { "title": "Message text", "type": "string" },
            "phone": { "title": "Phone number", "default": "auto", "oneOf": [
                { "const": "auto", "title": "Auto select" }, { "const": "mobile", "title": "Mobile" },
            ] },
            "key": { "title": "Key", "type": "string", "writeOnly": true },
        } })
    }

    fn rule(more: Value) -> RuleSpec {
        let mut whole = json!({
            "id": "r", "name": "Send SMS", "plugin": "sms",
            "settings": { "text": "Hello {{ client.name }}", "phone": "mobile", "key": "s3cret" },
        });
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    fn said(language: &str, more: Value) -> String {
        let (look, shop, schema) = (look(language), shop(), schema());
        let scene = Scene { look: &look, choices: &shop, stage: "Paid", schema: Some(&schema) };
        scene.rule(&rule(more))
    }

    #[test]
    fn a_rule_is_a_sentence_of_when_what_and_if() {
        let later = json!({
            "when": { "run": "after", "seconds": 7200 },
            "condition": { "field": "order.total", "operator": "at-least", "value": "50" },
        });
        assert_eq!(
            said("en", later.clone()),
            "2 hours after entering Paid, Send SMS: Message text “Hello {{ client.name }}”, \
             Phone number “Mobile”, if Total is at least 50 EUR"
        );
        assert_eq!(
            said("de", later),
            "2 Stunden nach dem Eintritt in Paid: Send SMS – Message text „Hello {{ client.name }}“, \
             Phone number „Mobile“, wenn gilt: Total ist mindestens 50 EUR"
        );
        assert!(said("en", json!({})).starts_with("On entering Paid, Send SMS: "));
        let bare = json!({ "settings": {} });
        assert_eq!(said("de", bare), "Beim Eintritt in Paid: Send SMS");
    }

    #[test]
    fn every_time_that_a_rule_can_run_at_has_words() {
        let when = |language: &str, when: Value| {
            let said = said(language, json!({ "when": when, "settings": {} }));
            said.replace(", Send SMS", "").replace(": Send SMS", "")
        };
        let due = |offset: i64| json!({ "run": "at-field", "field": "due", "offset-seconds": offset });
        assert_eq!(when("en", due(0)), "On Due");
        assert_eq!(when("en", due(-86_400)), "1 day before Due");
        assert_eq!(when("de", due(5_400)), "1 Stunde 30 Minuten nach Due");
        let at = json!({ "run": "at", "time": "2026-12-24T17:00:00Z" });
        assert_eq!(when("en", at), "On 2026-12-24 18:00", "on the clock of whoever looks");
        let morning = json!({ "run": "at-time-of-day", "time": "09:30" });
        assert_eq!(when("en", morning.clone()), "At the next 09:30 after entering Paid");
        assert_eq!(when("de", morning), "Um 09:30 nach dem Eintritt in Paid");
    }

    #[test]
    fn a_secret_is_in_no_summary_and_without_a_schema_no_setting_is() {
        assert!(!said("en", json!({})).contains("s3cret"));
        let (look, shop) = (look("en"), shop());
        let scene = Scene { look: &look, choices: &shop, stage: "Paid", schema: None };
        assert_eq!(scene.rule(&rule(json!({}))), "On entering Paid, Send SMS");
    }

    #[test]
    fn a_trigger_says_what_it_waits_for_and_where_it_moves_to() {
        let said = |language: &str, events: &[&str], settings: Value| {
            let (look, shop, schema) = (look(language), shop(), schema());
            let scene = Scene { look: &look, choices: &shop, stage: "Paid", schema: Some(&schema) };
            let events: BTreeSet<String> = events.iter().map(|kind| (*kind).to_owned()).collect();
            scene.trigger(Some(&events), &settings, None)
        };
        assert_eq!(said("en", &["payment.received"], json!({})), "When a payment arrives, move to Paid");
        assert_eq!(
            said("de", &["payment.received", "shop.opened"], json!({ "text": "x" })),
            "Wenn eine Zahlung eingeht oder shop.opened, nach Paid verschieben – Message text „x“"
        );
        assert_eq!(said("en", &[], json!({})), "Moves to Paid");
    }
}
