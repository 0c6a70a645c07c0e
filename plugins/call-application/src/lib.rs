use std::collections::BTreeMap;

use rulewright_sdk::Json;
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Rule
    /// Which of the rules that applications have registered.
    #[schemars(length(min = 1), extend("x-widget" = "application-rule"))]
    rule: String,
    /// Properties
    /// What the application asks for, by name.
    #[serde(default)]
    properties: BTreeMap<String, Property>,
    /// Time limit
    /// Minutes until the rule fails where the application has not answered.
    #[serde(default = "one_week")]
    #[schemars(range(min = 1, max = 129_600))]
    timeout_minutes: u32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Property {
    Text(Text),
    Texts(Vec<Text>),
    Flag(bool),
    Whole(i64),
    Number(f64),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-template" = true))]
struct Text(String);

const ANSWERED: &str = "application.answered";

fn one_week() -> u32 {
    7 * 24 * 60
}

struct CallApplication;

impl Rule for CallApplication {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        match &step.cause {
            Cause::Event(answer) => taken(answer),
            Cause::TimedOut | Cause::Timer => Err(Error::give_up(format!(
                "application-timed-out: it did not answer within {} minutes",
                step.settings.timeout_minutes
            ))),
            Cause::Started(_) => call(step),
        }
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match number(&settings.rule) {
            Some(_) => Vec::new(),
            None => vec![Issue::new("/rule", "no-such-rule", "Select a rule of an application.")],
        }
    }
}

/// The host tells the application of it, and the answer has the same token.
fn call(step: &Step<CallApplication>) -> Result<Outcome> {
    let Settings { rule, properties, timeout_minutes } = &step.settings;
    let number = number(rule).ok_or_else(|| Error::settings("no-such-rule: no rule is selected"))?;
    let token = format!("{}.{}", step.run, step.idempotency_key("call"));
    let timeout = u64::from(*timeout_minutes) * MINUTE;
    let properties = serde_json::to_string(properties)?;
    let attrs = [
        attr("rule", &**rule),
        attr("run", &*step.run),
        attr("properties", properties),
        attr("timeout-seconds", i64::from(*timeout_minutes) * 60),
    ];
    events::emit(&format!("application-rule.{number}"), Some(&step.order.id), Some(&token), &attrs)?;
    let filter = EventFilter { correlation: Some(token), ..EventFilter::new([ANSWERED]) };
    step.wait_for(filter, later(step.now(), timeout), ())
}

fn taken(answer: &Event) -> Result<Outcome> {
    let values: Json = match answer.attr_text("values").as_str() {
        "" => json!({}),
        text => serde_json::from_str(text)?,
    };
    let log = one_line(&answer.attr_text("log"));
    let summary = match answer.attr_text("at-once").as_str() {
        "true" => "The application is told".to_owned(),
        _ => filled(&log).unwrap_or_else(|| "The application has answered".to_owned()),
    };
    Ok(done_with(summary, values))
}

/// `arl_17`
fn number(rule: &str) -> Option<u64> {
    rule.trim().strip_prefix("arl_")?.parse().ok()
}

rule! {
    CallApplication {
        id: "rulewright.call-application",
        publisher: "Rulewright",
        title: "Application rule",
        description: "An application of somebody else carries out a rule that it has registered, and answers with values \
                      for the rules after this one.",
        missing: "A property of which nothing is left is sent empty. Where the application has taken the rule back, or does \
                  not answer in time, the rule fails.",
        group: Employees,
        outputs: [("name", "Each value that the application answers with, under its name")],
        example: json!({
            "rule": "arl_17",
            "properties": { "message": "Order {{ order.number }} is packed" },
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect, Scenario};

    use super::*;

    fn run() -> Scenario<CallApplication> {
        testing::run().settings(json!({
            "rule": "arl_17",
            "properties": { "message": "Packed", "to": ["a", "b"], "urgent": true, "weight": 1.5 },
            "timeout-minutes": 60,
        }))
    }

    fn token() -> String {
        format!("run-1.{}", testing::idempotency_key(0, "call"))
    }

    fn answer() -> Event {
        testing::event(ANSWERED).with_correlation(&token())
    }

    #[test]
    fn the_application_is_called_and_its_answer_handed_on() {
        let values = r#"{"parcel":"P-7","weight":3}"#;
        let answer = answer().with_attr("values", values).with_attr("log", "Weighed\nand labelled");
        let end = run().event_after(MINUTE, answer).go();
        assert_eq!(end.summary(), "Weighed and labelled");
        assert_eq!(end.output(), json!({ "parcel": "P-7", "weight": 3 }));
        let [Effect::Emit { kind, order, correlation, attrs }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!((kind.as_str(), order.as_deref()), ("application-rule.17", Some("order-1")));
        assert_eq!(correlation.as_deref(), Some(&*token()));
        let sent = find(attrs, "properties").map(ToString::to_string).unwrap_or_default();
        let expected = json!({ "message": "Packed", "to": ["a", "b"], "urgent": true, "weight": 1.5 });
        assert_eq!(serde_json::from_str::<Json>(&sent).unwrap(), expected);
    }

    #[test]
    fn another_answer_is_not_its_own() {
        let other = testing::event(ANSWERED).with_correlation("run-2.another");
        let end = run().event_after(MINUTE, other).go();
        assert!(end.gave_up().starts_with("application-timed-out"), "{}", end.gave_up());
        assert_eq!(end.now, later(testing::START, HOUR));
    }

    #[test]
    fn where_no_answer_is_wanted_the_rule_goes_on() {
        let end = run().event_after(0, answer().with_attr("at-once", true)).go();
        assert_eq!((end.summary(), end.output()), ("The application is told", json!({})));
    }

    #[test]
    fn a_rule_must_be_selected() {
        for rule in ["", "17", "arl_x"] {
            let issues = testing::check::<CallApplication>(json!({ "rule": rule }));
            assert_eq!(issues[0].path, "/rule", "{rule}");
        }
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = CallApplication::manifest()["example"].clone();
        assert_eq!(testing::check::<CallApplication>(example), []);
    }
}
