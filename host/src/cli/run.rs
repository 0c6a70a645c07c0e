//! Runs of rules: what happened, and why it did not.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::access::{Access, escaped, query};
use crate::config::Config;
use crate::error::Result;
use crate::output::{Column, Output, cell};

#[derive(Subcommand, Debug)]
pub enum RunCommand {
    /// List runs, newest first
    List {
        /// Only in this state: ready, blocked, scheduled, parked, waiting, done, skipped, failed, cancelled
        #[arg(long)]
        state: Option<String>,
        /// Only of this order, e.g. ord_42
        #[arg(long)]
        order: Option<String>,
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Show one run with everything it did
    Show { run: String },
    /// Try a failed run again
    Retry { run: String },
    /// Start the rule of an ended run again: what the run did is done once more
    Again { run: String },
    /// End a run that has not ended
    Cancel { run: String },
}

impl RunCommand {
    pub async fn run(self, config: Config) -> Result<()> {
        let access = Access::open(&config).await?;
        let done = self.with(&access, config.output).await;
        access.close().await.and(done)
    }

    async fn with(self, access: &Access, output: Output) -> Result<()> {
        match self {
            RunCommand::List { state, order, limit } => {
                let limit = Some(limit.to_string());
                let query = query(&[("state", state), ("order", order), ("limit", limit)]);
                let page = access.get(&format!("/v1/runs{query}")).await?;
                let columns = [
                    Column("RUN", "/id"),
                    Column("STATE", "/state"),
                    Column("RULE", "/rule_name"),
                    Column("ORDER", "/order"),
                    Column("STAGE", "/stage"),
                    Column("CREATED", "/created"),
                    Column("WHY", "/reason"),
                    Column("CODE", "/code"),
                ];
                output.list(
                    &page,
                    &columns,
                    "No runs. A run begins when an order enters a stage that has rules.",
                );
            }
            RunCommand::Show { run } => {
                let run = access.get(&format!("/v1/runs/{}", escaped(&run))).await?;
                match output.json {
                    true => output.value(&run),
                    false => output.say(&told(&run)),
                }
            }
            RunCommand::Retry { run } => act(access, output, &run, "retry", "is ready again").await?,
            RunCommand::Again { run } => {
                let path = format!("/v1/runs/{}/again", escaped(&run));
                let started = access.post(&path, &json!({})).await?;
                match output.json {
                    true => output.value(&started),
                    false => output.say(&format!("{} is started: it repeats {run}", cell(&started["run"]))),
                }
            }
            RunCommand::Cancel { run } => act(access, output, &run, "cancel", "is cancelled").await?,
        }
        Ok(())
    }
}

async fn act(access: &Access, output: Output, run: &str, verb: &str, what: &str) -> Result<()> {
    access.post(&format!("/v1/runs/{}/{verb}", escaped(run)), &json!({})).await?;
    match output.json {
        true => output.value(&json!({ "run": run, "done": verb })),
        false => output.say(&format!("{run} {what}")),
    }
    Ok(())
}

/// A run as a story: its state, then each step.
fn told(run: &Value) -> String {
    let field = |pointer: &str| cell(run.pointer(pointer).unwrap_or(&Value::Null));
    let mut lines = vec![
        format!(
            "{} of rule \"{}\" on order {} in stage {}",
            field("/id"),
            field("/rule_name"),
            field("/order"),
            field("/stage")
        ),
        format!("state    {}", field("/state")),
    ];
    for (name, pointer) in [
        ("why", "/reason"),
        ("code", "/code"),
        ("message", "/message"),
        ("until", "/until"),
        ("after", "/blocked_on"),
    ] {
        if run.pointer(pointer).is_some_and(|value| !value.is_null()) {
            lines.push(format!("{name:8} {}", field(pointer)));
        }
    }
    if run["again"].is_string() {
        lines.push(format!("repeats  {}", field("/again")));
    }
    lines.push(format!("event    {}", field("/event")));
    for step in run["trace"].as_array().into_iter().flatten() {
        let of = |pointer: &str| cell(step.pointer(pointer).unwrap_or(&Value::Null));
        lines.push(format!(
            "step {}   {} at {}, woken by {}",
            of("/step"),
            of("/result"),
            of("/at"),
            of("/wake")
        ));
        for compared in step.pointer("/condition/compared").and_then(Value::as_array).into_iter().flatten() {
            let of = |name: &str| cell(&compared[name]);
            lines.push(format!(
                "  {} {} {}: it was {} -> {}",
                of("field"),
                of("operator"),
                of("expected"),
                of("actual"),
                of("met")
            ));
        }
        for frame in step["backtrace"].as_array().into_iter().flatten() {
            lines.push(format!("  in     {}", cell(frame)));
        }
        for request in step["requests"].as_array().into_iter().flatten() {
            let of = |name: &str| cell(&request[name]);
            let answer = match request["status"].is_null() {
                true => of("error"),
                false => format!("{}, {} bytes", of("status"), of("received")),
            };
            lines.push(format!("  {} {} -> {answer} in {} ms", of("method"), of("url"), of("milliseconds")));
        }
        for effect in step["effects"].as_array().into_iter().flatten() {
            lines.push(format!("  effect {}", cell(effect)));
        }
        for log in step["logs"].as_array().into_iter().flatten() {
            lines.push(format!("  {:5} {}", cell(&log["level"]), cell(&log["message"])));
        }
        let usage = |name: &str| cell(&step["usage"][name]);
        lines.push(format!(
            "  used {} of {} fuel, {} of {} bytes, {} host calls, {} us",
            usage("fuel"),
            usage("fuel_limit"),
            usage("memory"),
            usage("memory_limit"),
            usage("host_calls"),
            usage("microseconds")
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_tells_which_condition_was_not_met() {
        let run = json!({
            "id": "run_1", "rule_name": "Thank", "order": "ord_2", "stage": "paid", "event": "evt_1",
            "state": "skipped", "reason": "condition",
            "trace": [{ "step": 0, "result": "skipped", "at": "now", "wake": "started", "usage": {}, "backtrace": ["acme_sms::send"],
                "condition": { "met": false, "compared": [
                    { "field": "order.total", "operator": "at-least", "expected": 500, "actual": "12.00", "met": false }] } }],
        });
        let text = told(&run);
        assert!(text.contains("order.total at-least 500: it was 12.00 -> false"), "{text}");
        assert!(text.contains("why      condition"), "{text}");
        assert!(text.contains("in     acme_sms::send"), "{text}");
    }

    #[test]
    fn a_run_tells_what_it_repeats_and_what_servers_answered() {
        let answered = json!({
            "method": "POST", "url": "https://api.example/x", "sent": 3, "milliseconds": 7, "status": 503, "received": 4,
            "cut": false, "error": null,
        });
        let kept = json!({
            "method": "GET", "url": "https://api.example/y", "sent": 0, "milliseconds": null, "status": null,
            "received": null, "cut": false, "error": "no answer in time",
        });
        let run = json!({
            "id": "run_6", "rule_name": "Ask", "order": "ord_2", "stage": "paid", "event": "evt_9", "state": "done",
            "again": "run_1", "trace": [{ "step": 0, "usage": {}, "requests": [answered, kept] }],
        });
        let text = told(&run);
        for line in [
            "repeats  run_1",
            "POST https://api.example/x -> 503, 4 bytes in 7 ms",
            "GET https://api.example/y -> no answer in time in - ms",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }
}
