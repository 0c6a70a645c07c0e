//! An installation as it goes: a line for each stage, and then the question or the end.

use std::time::Duration;

use indicatif::ProgressBar;
use serde_json::{Value, json};

use crate::access::{Access, escaped};
use crate::error::{CliError, Exit, Result};
use crate::output::{Output, cell};

/// Between two looks, first and last.
const FIRST: Duration = Duration::from_millis(20);
const LAST: Duration = Duration::from_millis(300);

/// What has been told of a job so far.
pub struct Follow<'a> {
    access: &'a Access,
    output: Output,
    /// Of each stage that was told.
    told: Vec<String>,
}

impl<'a> Follow<'a> {
    pub fn new(access: &'a Access, output: Output) -> Follow<'a> {
        Follow { access, output, told: Vec::new() }
    }

    /// Until it waits for consent or is over. A refusal is an error.
    pub async fn until_rest(&mut self, mut job: Value) -> Result<Value> {
        let working = self.output.working("");
        let mut pause = FIRST;
        loop {
            self.tell(&job, &working);
            match job["state"].as_str().unwrap_or_default() {
                "working" => {}
                "refused" => {
                    working.finish_and_clear();
                    return Err(refused(&job));
                }
                "canceled" => {
                    working.finish_and_clear();
                    return Err(CliError::refused("canceled", "somebody has canceled the installation"));
                }
                _ => {
                    working.finish_and_clear();
                    return Ok(job);
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST);
            job = self.access.get(&path(&job, "")).await?;
        }
    }

    /// Each stage once, when it has ended or waits.
    fn tell(&mut self, job: &Value, working: &ProgressBar) {
        for stage in job["stages"].as_array().into_iter().flatten() {
            let (name, state) = (cell(&stage["name"]), cell(&stage["state"]));
            if state == "running" {
                working.set_message(match (stage["bytes"].as_u64(), stage["of"].as_u64()) {
                    (Some(came), Some(of)) => format!("{name}: {came} of {of} bytes"),
                    (Some(came), None) => format!("{name}: {came} bytes"),
                    _ => name,
                });
                continue;
            }
            if state == "pending" || self.told.contains(&name) || state == "waiting" {
                continue;
            }
            let line = line(stage);
            self.told.push(name);
            match self.output.json {
                true => self.output.value(&json!({ "type": "stage", "install": job["id"], "stage": stage })),
                false => working.suspend(|| self.output.note(&line)),
            }
        }
    }
}

fn line(stage: &Value) -> String {
    let mark = match stage["state"].as_str() {
        Some("done") => "ok",
        Some("skipped") => "-",
        _ => "no",
    };
    let detail = stage["detail"].as_str().map(|_| cell(&stage["detail"])).unwrap_or_default();
    format!("  {mark:>2} {:10} {detail}", cell(&stage["name"])).trim_end().to_owned()
}

fn refused(job: &Value) -> CliError {
    let refusal = &job["refusal"];
    let what = match job["plugin"].as_str() {
        Some(plugin) => format!("{plugin} {}", cell(&job["version"])),
        None => cell(&job["source"]),
    };
    let message = format!("{what} is not installed: {}", cell(&refusal["message"]));
    CliError::new(Exit::Refused, refusal["code"].as_str().unwrap_or("refused"), message)
        .hint(hinted(&cell(&refusal["hint"])))
}

/// The API's words for what flags do here.
fn hinted(text: &str) -> String {
    text.replace("`allow_unsigned`", "--allow-unsigned")
        .replace("`accept_key`", "--accept-key")
        .replace("`allow_downgrade`", "--allow-downgrade")
        .replace("POST /v1/plugins/{id}/rollback", "`rulewright plugin rollback`")
        .replace("GET /v1/publishers", "`rulewright plugin publishers`")
        .replace("GET /v1/installs", "`rulewright plugin offers`")
}

pub fn path(job: &Value, action: &str) -> String {
    format!("/v1/installs/{}{action}", escaped(job["id"].as_str().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_with_flags_instead_of_fields() {
        let job = json!({ "source": "r.example/a/b:1", "plugin": "acme.greet", "version": "1.0.0", "refusal": {
            "code": "unsigned", "message": "it is not signed", "hint": "allow it with `allow_unsigned`" } });
        let error = refused(&job);
        assert_eq!((error.code.as_str(), error.exit), ("unsigned", Exit::Refused));
        assert!(error.message.starts_with("acme.greet 1.0.0 is not installed: it is not signed"), "{error}");
        assert_eq!(error.hint, "allow it with --allow-unsigned");
    }

    #[test]
    fn a_stage_is_one_line() {
        let stage = json!({ "name": "verify", "state": "done", "detail": "signed with\u{1b} 9f86" });
        assert_eq!(line(&stage), "  ok verify     signed with\u{fffd} 9f86");
        assert_eq!(line(&json!({ "name": "compile", "state": "done", "detail": null })), "  ok compile");
    }
}
