//! What a guest's export returned, checked again.

use rulewright_domain::{Outcome, SavedState, Timestamp};
use rulewright_ports::{Answer, Failure, Issue};
use serde_json::{Map, Value as Json};

use super::{
    event,
    json::{self, Unread},
    time,
};
use crate::{
    bindings::{errors, runs, trigger},
    log::cut,
    options::{Limits, bytes},
    trap::limit,
};

/// Texts that people read in one line: summaries, reasons.
pub(super) const LINE: usize = 1 << 10;
/// Milliseconds. A wait is rows and a timer, so a shorter one is only a busy loop.
pub(crate) const SHORTEST_WAIT: i64 = 1_000;
/// Milliseconds: 30 days.
pub(crate) const LONGEST_RETRY: u64 = 30 * 24 * 3_600_000;
const ISSUES: usize = 100;

pub(crate) fn outcome(answer: runs::Outcome, now: Timestamp, limits: &Limits) -> Result<Outcome, Failure> {
    Ok(match answer {
        runs::Outcome::Done(done) => Outcome::Done {
            summary: done.summary.map(|text| cut(text, LINE)),
            output: output(done.output, limits)?,
        },
        runs::Outcome::Skipped(reason) => Outcome::Skipped { reason: cut(reason, LINE) },
        runs::Outcome::WaitUntil(wait) => {
            Outcome::WaitUntil { at: later(wait.at, now)?, state: state(wait.state, limits)? }
        }
        runs::Outcome::WaitFor(wait) => Outcome::WaitFor {
            filter: event::filter(wait.filter, limits).map_err(|error| wrong(&error))?,
            until: wait.until.map(|until| later(until, now)).transpose()?,
            state: state(wait.state, limits)?,
        },
        runs::Outcome::Retry(retry) => Outcome::Retry {
            after: retry.after.map(|after| after.min(LONGEST_RETRY)),
            reason: cut(retry.reason, LINE),
        },
    })
}

fn output(output: Option<String>, limits: &Limits) -> Result<Map<String, Json>, Failure> {
    let Some(text) = output else { return Ok(Map::new()) };
    within("output", text.len(), limits.output)?;
    match json::read(&text, limits, &mut limits.values.clone()) {
        Ok(Json::Object(map)) => Ok(map),
        Ok(_) => Err(Failure::new("bad-answer", "the output must be the JSON of an object", false)),
        Err(Unread::Limit(name)) => Err(Failure::new("limit", format!("limit {name}"), false)),
        Err(Unread::Broken(why)) => {
            Err(Failure::new("bad-answer", format!("the output is not JSON: {why}"), false))
        }
    }
}

/// A time that has passed means as soon as possible.
fn later(at: i64, now: Timestamp) -> Result<Timestamp, Failure> {
    let at = time("/until", at).map_err(|error| wrong(&error))?;
    Ok(at.max(now.plus(SHORTEST_WAIT)))
}

pub(crate) fn state(state: runs::SavedState, limits: &Limits) -> Result<SavedState, Failure> {
    within("state", state.bytes.len(), limits.state)?;
    Ok(SavedState { version: state.version, bytes: state.bytes })
}

pub(crate) fn saved(state: SavedState) -> runs::SavedState {
    runs::SavedState { version: state.version, bytes: state.bytes }
}

pub(crate) fn verdict(verdict: trigger::Verdict) -> Answer {
    let (fires, reason) = match verdict {
        trigger::Verdict::Fires(reason) => (true, reason),
        trigger::Verdict::Ignores(reason) => (false, reason),
    };
    Answer::Verdict { fires, reason: cut(reason, LINE) }
}

pub(crate) fn issues(issues: Vec<errors::Issue>) -> Answer {
    let one = |issue: errors::Issue| Issue {
        path: cut(issue.path, LINE),
        code: cut(issue.code, LINE),
        message: cut(issue.message, LINE),
    };
    Answer::Issues(issues.into_iter().take(ISSUES).map(one).collect())
}

/// What the plugin itself calls a failure.
pub(crate) fn plugin_failure(failure: runs::Failure) -> Failure {
    let (code, message, retryable) = match failure {
        runs::Failure::Permanent(message) => ("permanent", message, false),
        runs::Failure::Config(message) => ("config", message, false),
        runs::Failure::Transient(message) => ("transient", message, true),
    };
    Failure::new(code, cut(message, LINE), retryable)
}

pub(super) fn within(name: &'static str, used: usize, allowed: u64) -> Result<(), Failure> {
    if used as u64 <= allowed {
        return Ok(());
    }
    Err(limit(name, &format!("{} of at most {}", bytes(used as u64), bytes(allowed))))
}

pub(super) fn wrong(error: &errors::HostError) -> Failure {
    let text = match error {
        errors::HostError::Invalid(issues) => {
            let all = issues.iter().map(|issue| format!("{}: {}", issue.path, issue.message));
            all.collect::<Vec<_>>().join("; ")
        }
        errors::HostError::Limit(name) => return Failure::new("limit", format!("limit {name}"), false),
        other => format!("{other:?}"),
    };
    Failure::new("bad-answer", text, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn checked(answer: runs::Outcome) -> Result<Outcome, Failure> {
        outcome(answer, NOW, &Limits::default())
    }

    fn done(output: &str) -> runs::Outcome {
        runs::Outcome::Done(runs::Done { summary: None, output: Some(output.to_owned()) })
    }

    fn wait(at: i64, bytes: usize) -> runs::Outcome {
        let state = runs::SavedState { version: 1, bytes: vec![0; bytes] };
        runs::Outcome::WaitUntil(runs::WaitUntil { at, state })
    }

    #[test]
    fn an_output_is_an_object_within_its_limit() {
        assert!(checked(done("{\"a\":1}")).is_ok());
        for bad in ["[]", "1", "{", ""] {
            assert_eq!(checked(done(bad)).unwrap_err().code, "bad-answer");
        }
        let big = format!("{{\"a\":\"{}\"}}", "x".repeat(70_000));
        let failure = checked(done(&big)).unwrap_err();
        assert_eq!(failure.code, "limit");
        assert!(failure.message.contains("output") && failure.message.contains("64 KiB"), "{failure}");
    }

    #[test]
    fn a_wait_lies_in_the_future_and_in_the_calendar() {
        let at = |answer| match checked(answer) {
            Ok(Outcome::WaitUntil { at, .. }) => at.0,
            other => panic!("{other:?}"),
        };
        assert_eq!(at(wait(0, 0)), NOW.0 + SHORTEST_WAIT);
        assert_eq!(at(wait(NOW.0 + 5_000, 0)), NOW.0 + 5_000);
        assert!(checked(wait(i64::MAX, 0)).is_err() && checked(wait(-1, 0)).is_err());
    }

    #[test]
    fn state_over_the_limit_is_a_failure_that_says_how_much() {
        let failure = checked(wait(NOW.0, 65_537)).unwrap_err();
        assert_eq!((failure.code.as_str(), failure.retryable), ("limit", false));
        assert!(failure.message.contains("state"), "{failure}");
    }
}
