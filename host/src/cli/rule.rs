//! Rules on stages, tried without letting them loose.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::access::{Access, escaped};
use crate::config::Config;
use crate::error::Result;
use crate::output::{Output, cell};

#[derive(Subcommand, Debug)]
pub enum RuleCommand {
    /// Show what the rules of a stage would do with an order; nothing is sent and nothing is written
    DryRun(DryRun),
}

#[derive(Args, Debug)]
pub struct DryRun {
    /// The order, e.g. ord_42
    #[arg(long)]
    order: String,
    /// The stage; without it, the one in which the order stands
    #[arg(long)]
    stage: Option<String>,
    /// The pipeline; without it, the order's
    #[arg(long)]
    pipeline: Option<String>,
    /// Only this rule of the stage
    #[arg(long)]
    rule: Option<String>,
    /// The draft instead of what is published
    #[arg(long)]
    draft: bool,
    /// What the rules are told as the time, e.g. 2026-12-24T18:00:00Z
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
}

impl RuleCommand {
    pub async fn run(self, config: Config) -> Result<()> {
        let access = Access::open(&config).await?;
        let RuleCommand::DryRun(wish) = self;
        let done = wish.with(&access, config.output).await;
        access.close().await.and(done)
    }
}

impl DryRun {
    async fn with(self, access: &Access, output: Output) -> Result<()> {
        // As people write it: a number alone is one, too.
        let order = match self.order.bytes().all(|byte| byte.is_ascii_digit()) {
            true => format!("ord_{}", self.order),
            false => self.order,
        };
        let stands = access.get(&format!("/v1/orders/{}", escaped(&order))).await?;
        let of = |name: &str| stands[name].as_str().unwrap_or_default().to_owned();
        let pipeline = self.pipeline.unwrap_or_else(|| of("pipeline"));
        let stage = self.stage.unwrap_or_else(|| of("stage"));
        let path = format!("/v1/pipelines/{}/automation", escaped(&pipeline));
        let mut wish = json!({ "order": order, "stage": stage, "rule": self.rule, "now": self.now });
        if self.draft {
            wish["stages"] = access.get(&path).await?["stages"].take();
        }
        let report = access.post(&format!("{path}/dry-run"), &wish).await?;
        match output.json {
            true => output.value(&report),
            false => output.say(&told(&report, &stage)),
        }
        Ok(())
    }
}

/// Rule by rule, as it would happen.
fn told(report: &Value, stage: &str) -> String {
    let of = |name: &str| cell(&report[name]);
    let order = of("order");
    let mut lines = vec![format!("Nothing was sent. {order} in stage {stage} at {}:", of("now"))];
    let rules = report["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
    if rules.is_empty() {
        lines.push("There are no rules on this stage.".to_owned());
    }
    for rule in rules {
        lines.push(format!("\"{}\" ({}): {}", cell(&rule["name"]), cell(&rule["plugin"]), verdict(rule)));
        if rule["then"].is_object() {
            lines.push(format!("  then {}", verdict(&rule["then"])));
        }
        for step in items(rule, "steps") {
            lines.extend(step_told(step));
        }
    }
    lines.join("\n")
}

fn verdict(told: &Value) -> String {
    let mut text = cell(&told["verdict"]);
    for (word, name) in [("until", "until"), ("because of", "code"), ("in", "field")] {
        if told[name].is_string() {
            text.push_str(&format!(" {word} {}", cell(&told[name])));
        }
    }
    if told["reason"].is_string() {
        text.push_str(&format!(": {}", cell(&told["reason"])));
    }
    text
}

fn step_told(step: &Value) -> Vec<String> {
    let of = |pointer: &str| cell(step.pointer(pointer).unwrap_or(&Value::Null));
    let mut lines = vec![format!("  step {}   {} at {}", of("/step"), of("/result"), of("/at"))];
    for compared in step.pointer("/condition/compared").and_then(Value::as_array).into_iter().flatten() {
        let of = |name: &str| cell(&compared[name]);
        let (field, operator, expected) = (of("field"), of("operator"), of("expected"));
        lines.push(format!("    {field} {operator} {expected}: it is {} -> {}", of("actual"), of("met")));
    }
    for effect in items(step, "effects") {
        lines.push(format!("    {} {}", cell(&effect["kind"]), cell(&effect["effect"])));
        for (part, change) in effect["changes"].as_object().into_iter().flatten() {
            lines.push(format!("      {part}: {} -> {}", cell(&change["before"]), cell(&change["after"])));
        }
        if effect["document"].is_object() {
            let of = |name: &str| cell(&effect["document"][name]);
            lines.push(format!("      {} ({}): {}", of("title"), of("media_type"), of("text")));
        }
    }
    for request in items(step, "requests") {
        lines.push(format!("    would send {} {}", cell(&request["method"]), cell(&request["url"])));
    }
    for log in items(step, "logs") {
        lines.push(format!("    {:5} {}", cell(&log["level"]), cell(&log["message"])));
    }
    lines.push(format!(
        "    used {} of {} fuel, {} of {} bytes, {} us",
        of("/usage/fuel"),
        of("/usage/fuel_limit"),
        of("/usage/memory"),
        of("/usage/memory_limit"),
        of("/usage/microseconds")
    ));
    lines
}

fn items<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value[name].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dry_run_begins_with_what_it_did_not_do() {
        let report = json!({
            "order": "ord_42", "now": "2026-11-20T10:00:00Z",
            "rules": [{ "rule": "thanks", "name": "Thanks", "plugin": "rulewright.send-sms", "verdict": "waits",
                "until": "2026-11-20T11:00:00Z", "then": { "verdict": "runs", "reason": "sent" },
                "steps": [{ "step": 0, "at": "2026-11-20T11:00:00Z", "result": "done", "usage": {},
                    "effects": [{ "kind": "change-order", "effect": {}, "document": null,
                        "changes": { "fields.due": { "before": null, "after": "soon" } } }] }] }],
        });
        let text = told(&report, "won");
        assert!(text.starts_with("Nothing was sent. ord_42 in stage won"), "{text}");
        assert!(text.contains("waits until 2026-11-20T11:00:00Z"), "{text}");
        assert!(text.contains("then runs: sent") && text.contains("-> soon"), "{text}");
    }
}
