//! Why a run was ended, or waits for somebody.
//!
//! With the run its text is kept, `code: words`, so that whoever reads the data reads a sentence. The text can be read back,
//! so that it can be told in another language.

use std::fmt;

use crate::{EmployeeId, RESPONSIBLE_AWAY, Run, RunState, StageId, away};

#[cfg(test)]
mod tests;

/// Of a plugin.
const PAUSED: &str = "broke at every run and is paused: let it go on, or install another version";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Of a dry run: the rule before it ends at that time.
    After {
        rule: String,
    },
    ByHand,
    /// `compared` are the comparisons that were not met.
    ConditionFalse {
        compared: String,
    },
    DateEmpty {
        field: String,
    },
    DateInvalid {
        field: String,
        error: String,
    },
    NotAutomated,
    NotInPlan {
        plugin: String,
    },
    /// Nothing that it waits for could come.
    NothingComes,
    OrderDeleted,
    /// It has broken at every run of late: see [`health::Finding::PluginPaused`](crate::health::Finding).
    PluginPaused {
        plugin: String,
    },
    PluginRemoved {
        plugin: String,
    },
    /// The rule before it failed, or else was cancelled.
    PreviousEnded {
        failed: bool,
        rule: String,
    },
    ResponsibleAway {
        employee: EmployeeId,
        name: String,
        /// Else it is outside of their working hours.
        absent: bool,
    },
    Revoked {
        why: String,
    },
    RuleGone,
    RuleRemoved {
        revision: u64,
        rule: String,
    },
    /// Of a dry run: nobody can tell how the rule before it ends.
    RunsAfter {
        rule: Option<String>,
    },
    /// In shadow no request is sent.
    Shadow {
        method: String,
        url: String,
    },
    StageLeft {
        by: String,
        stage: StageId,
    },
    /// By the rule itself.
    StageLeftByItself,
    WorkflowStopped {
        why: String,
    },
    /// In the words of a plugin, or of a version that gave other reasons.
    Other(String),
}

impl Reason {
    /// What `above` having ended means for the rule after it.
    pub fn previous(above: &Run) -> Reason {
        let failed = matches!(above.state, RunState::Failed { .. });
        Reason::PreviousEnded { failed, rule: above.rule_name.clone() }
    }

    /// Of the text that is kept with a run.
    pub fn read(text: &str) -> Reason {
        // Whoever else begins a text like one of these says something else.
        let exactly = |reason: &Reason| reason.to_string() == text;
        known(text).filter(exactly).unwrap_or_else(|| Reason::Other(text.to_owned()))
    }

    /// Without the code that it is found by.
    pub fn words(&self) -> String {
        let text = self.to_string();
        match text.strip_prefix(RESPONSIBLE_AWAY) {
            Some(away) => away.split_once(": ").map_or(away, |(_, words)| words).to_owned(),
            None => words(&text).to_owned(),
        }
    }
}

/// Runs and matches give reasons as `code: words`.
pub(crate) fn words(reason: &str) -> &str {
    let is_code = |code: &str| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    match reason.split_once(": ") {
        Some((code, words)) if is_code(code) => words,
        _ => reason,
    }
}

/// As it is kept.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::After { rule } => write!(f, "it runs after `{rule}`"),
            Reason::ByHand => f.write_str("by-hand: somebody cancelled it"),
            Reason::ConditionFalse { compared } => write!(f, "condition: not met: {compared}"),
            Reason::DateEmpty { field } => write!(f, "date-empty: field `{field}` has no date yet"),
            Reason::DateInvalid { field, error } => write!(f, "date-invalid: field `{field}`: {error}"),
            Reason::NotAutomated => f.write_str("orders-not-automated: the shop works with deals only"),
            Reason::NotInPlan { plugin } => {
                write!(f, "not-available-on-plan: `{plugin}` is not part of the shop's plan")
            }
            Reason::NothingComes => f.write_str("it waits for nothing that could come"),
            Reason::OrderDeleted => f.write_str("order-deleted: the order was deleted"),
            Reason::PluginPaused { plugin } => {
                write!(f, "plugin-paused: `{plugin}` {PAUSED}")
            }
            Reason::PluginRemoved { plugin } => {
                write!(f, "plugin-removed: `{plugin}` was removed from the shop")
            }
            Reason::PreviousEnded { failed, rule } => {
                let how = if *failed { "failed" } else { "cancelled" };
                write!(f, "previous-{how}: `{rule}` did not succeed")
            }
            Reason::ResponsibleAway { employee, name, absent } => {
                let why = if *absent { "is absent" } else { "is not at work" };
                write!(f, "{}{name} {why}", away(*employee))
            }
            Reason::Revoked { why } => write!(f, "revoked: {why}"),
            Reason::RuleGone => f.write_str("rule-gone: the revision of the automation is gone"),
            Reason::RuleRemoved { revision, rule } => {
                write!(f, "rule-removed: revision {revision} no longer has `{rule}`")
            }
            Reason::RunsAfter { rule: Some(rule) } => {
                write!(f, "it runs after `{rule}`, of which the end cannot be told")
            }
            Reason::RunsAfter { rule: None } => f.write_str("it runs after, of which the end cannot be told"),
            Reason::Shadow { method, url } => {
                write!(f, "shadow: not sent: {method} {url}: what follows from its answer is not known")
            }
            Reason::StageLeft { by, stage } => write!(f, "stage-left: {by} moved the order to `{stage}`"),
            Reason::StageLeftByItself => f.write_str("stage-left: the rule itself moved the order on"),
            Reason::WorkflowStopped { why } => write!(f, "workflow-stopped: {why}"),
            Reason::Other(text) => f.write_str(text),
        }
    }
}

fn known(text: &str) -> Option<Reason> {
    if let Some(rule) = between(text, "it runs after `", "`, of which the end cannot be told") {
        return Some(Reason::RunsAfter { rule: Some(rule) });
    }
    if let Some(rule) = between(text, "it runs after `", "`") {
        return Some(Reason::After { rule });
    }
    let alone = [
        Reason::ByHand,
        Reason::NotAutomated,
        Reason::NothingComes,
        Reason::OrderDeleted,
        Reason::RuleGone,
        Reason::RunsAfter { rule: None },
        Reason::StageLeftByItself,
    ];
    if let Some(reason) = alone.into_iter().find(|reason| reason.to_string() == text) {
        return Some(reason);
    }
    let (code, words) = text.split_once(": ")?;
    Some(match code {
        "condition" => Reason::ConditionFalse { compared: between(words, "not met: ", "")? },
        "date-empty" => Reason::DateEmpty { field: between(words, "field `", "` has no date yet")? },
        "date-invalid" => {
            let (field, error) = words.strip_prefix("field `")?.split_once("`: ")?;
            Reason::DateInvalid { field: field.to_owned(), error: error.to_owned() }
        }
        "not-available-on-plan" => {
            Reason::NotInPlan { plugin: between(words, "`", "` is not part of the shop's plan")? }
        }
        "plugin-paused" => Reason::PluginPaused { plugin: between(words, "`", &format!("` {PAUSED}"))? },
        "plugin-removed" => {
            Reason::PluginRemoved { plugin: between(words, "`", "` was removed from the shop")? }
        }
        "previous-failed" | "previous-cancelled" => Reason::PreviousEnded {
            failed: code == "previous-failed",
            rule: between(words, "`", "` did not succeed")?,
        },
        "responsible-away" => {
            let (employee, why) = words.split_once(": ")?;
            let (absent, name) = match why.strip_suffix(" is absent") {
                Some(name) => (true, name),
                None => (false, why.strip_suffix(" is not at work")?),
            };
            Reason::ResponsibleAway { employee: employee.parse().ok()?, name: name.to_owned(), absent }
        }
        "revoked" => Reason::Revoked { why: words.to_owned() },
        "rule-removed" => {
            let (revision, rule) = words.strip_prefix("revision ")?.split_once(" no longer has `")?;
            let (revision, rule) = (revision.parse().ok()?, rule.strip_suffix('`')?.to_owned());
            Reason::RuleRemoved { revision, rule }
        }
        "shadow" => {
            let request = between(words, "not sent: ", ": what follows from its answer is not known")?;
            let (method, url) = request.split_once(' ')?;
            Reason::Shadow { method: method.to_owned(), url: url.to_owned() }
        }
        "stage-left" => {
            let (by, stage) = words.strip_suffix('`')?.rsplit_once(" moved the order to `")?;
            Reason::StageLeft { by: by.to_owned(), stage: stage.into() }
        }
        "workflow-stopped" => Reason::WorkflowStopped { why: words.to_owned() },
        _ => return None,
    })
}

fn between(text: &str, before: &str, after: &str) -> Option<String> {
    text.strip_prefix(before)?.strip_suffix(after).map(str::to_owned)
}
