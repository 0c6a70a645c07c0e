//! How a dry run puts what it found: verdicts, and what differs.

use std::collections::BTreeMap;

use rulewright_domain::{Reason, Rejection, RunId, RunState};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{DryRequest, DryVerdict, scene::Play};
use crate::{Refusal, blank::blank, plugin::REVOKED, publish::NOT_IN_PLAN, request};

/// How the rule ends, as far as that can be told.
pub(super) fn verdict_of(play: &Play, names: &BTreeMap<RunId, String>) -> DryVerdict {
    if let Some(end) = &play.end {
        return end.clone();
    }
    let Some(run) = &play.run else { return DryVerdict::Off };
    let waits = |until, filter, reason| DryVerdict::Waits { until, filter, reason };
    match &run.state {
        RunState::Blocked { on } => {
            waits(None, None, Some(Reason::RunsAfter { rule: names.get(on).cloned() }.to_string()))
        }
        RunState::Parked { reason } => waits(None, None, Some(reason.clone())),
        RunState::Scheduled { until } => waits(Some(*until), None, None),
        RunState::Waiting { until, filter } => waits(*until, filter.clone(), None),
        RunState::Ready => waits(Some(run.ready_at), None, None),
        RunState::Done => DryVerdict::Runs { summary: None, output: run.output.clone() },
        RunState::Skipped { reason } if reason.starts_with(NOT_IN_PLAN) => {
            DryVerdict::OutOfPlan { reason: reason.clone() }
        }
        RunState::Skipped { reason } => DryVerdict::Skipped { reason: reason.clone() },
        RunState::Failed { code, message } => failed(code, message, None, false),
        RunState::Cancelled { reason } => DryVerdict::Cancelled { reason: reason.clone() },
    }
}

pub(super) fn failed(code: &str, message: &str, field: Option<String>, retryable: bool) -> DryVerdict {
    let (code, message) = (code.to_owned(), message.to_owned());
    match code.as_str() {
        "out-of-fuel" | "out-of-time" | "out-of-memory" | "stack-overflow" | "limit" => {
            DryVerdict::Stopped { code, message }
        }
        "no-such-plugin"
        | "wrong-kind"
        | "application-rule-removed"
        | "application-rule-off"
        | "unavailable"
        | REVOKED => DryVerdict::Unusable { code, message, issues: Vec::new() },
        _ => DryVerdict::Failed { code, message, field, retryable },
    }
}

/// What a refused effect is about.
pub(super) fn field_of(refusal: &Refusal) -> Option<String> {
    match refusal {
        Refusal::Rejected(Rejection::Invalid { what, .. }) => Some(what.clone()),
        Refusal::Rejected(Rejection::NoSuchStage { .. }) => Some("stage".to_owned()),
        Refusal::Rejected(Rejection::NoSuchPipeline(_)) => Some("pipeline".to_owned()),
        Refusal::Rejected(Rejection::NotFound { what, .. }) | Refusal::NotFound { what, .. } => {
            Some((*what).to_owned())
        }
        Refusal::Invalid(issues) => issues.first().map(|issue| issue.path.clone()),
        _ => None,
    }
}

/// Counters and times, which every change moves.
const COUNTERS: [&str; 7] = ["revision", "visit", "updated", "updated_by", "moved", "moved_by", "numbered"];

/// `{part: {before, after}}`; the shop's own fields one by one, as `fields.NAME`.
pub(super) fn difference(before: &impl Serialize, after: &impl Serialize) -> Map<String, Value> {
    let (before, after) = (json!(before), json!(after));
    let mut found = Map::new();
    parts(&before, &after, "", &mut found);
    found.retain(|part, _| !COUNTERS.contains(&part.as_str()));
    found
}

fn parts(before: &Value, after: &Value, at: &str, found: &mut Map<String, Value>) {
    let names = [before, after].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
    for name in names {
        let (old, new) = (&before[name.as_str()], &after[name.as_str()]);
        if old == new {
            continue;
        }
        let path = format!("{at}{name}");
        match name == "fields" && at.is_empty() {
            true => parts(old, new, "fields.", found),
            false => {
                found.insert(path, json!({ "before": old, "after": new }));
            }
        }
    }
}

impl DryRequest {
    /// What was put in for these is taken out again.
    pub(super) fn hide(&mut self, secrets: &[String]) {
        self.url = request::url(&self.url, secrets);
        let headers = self.headers.iter_mut().map(|(_, value)| value);
        for text in headers.chain(&mut self.body) {
            *text = blank(text, secrets);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_each_own_field_and_no_counter() {
        let before = json!({ "title": "A", "revision": 1, "fields": { "due": "1", "colour": "red" } });
        let after = json!({ "title": "A", "revision": 2, "fields": { "colour": "blue", "size": 4 } });
        assert_eq!(
            Value::Object(difference(&before, &after)),
            json!({
                "fields.due": { "before": "1", "after": null },
                "fields.colour": { "before": "red", "after": "blue" },
                "fields.size": { "before": null, "after": 4 },
            })
        );
    }

    #[test]
    fn a_limit_an_unusable_plugin_and_a_failure_are_told_apart() {
        assert_eq!(failed("out-of-fuel", "m", None, false).name(), "stopped");
        assert_eq!(failed(REVOKED, "m", None, false).name(), "unusable");
        assert_eq!(failed("config", "m", None, false).name(), "failed");
    }

    #[test]
    fn a_request_hides_secrets_wherever_they_stand() {
        let mut request = DryRequest {
            method: "POST".into(),
            url: "https://a.example/s3cret%2Fkey".into(),
            headers: vec![("Authorization".into(), "Bearer s3cret/key".into())],
            body: Some("key=s3cret%2Fkey".into()),
            answered: false,
        };
        request.hide(&["s3cret".to_owned(), "s3cret/key".to_owned()]);
        assert_eq!((&*request.url, request.body.as_deref()), ("https://a.example/***", Some("key=***")));
        assert_eq!(request.headers[0].1, "Bearer ***");
    }
}
