use rulewright_domain::{self as domain, EventId, MatchId, OrderId, Timestamp, Verdict};
use serde::Serialize;
use utoipa::ToSchema;

use super::run::ConditionTrace;

/// One event examined by the triggers of one order: why it moved, or did not.
#[derive(Debug, Serialize, ToSchema)]
pub struct Match {
    #[schema(value_type = String, example = "mat_3")]
    id: MatchId,
    #[schema(value_type = String, example = "evt_1001")]
    event: EventId,
    /// Null: triggers wait for this kind of event, but it belongs to no open order.
    #[schema(value_type = Option<String>, example = "ord_42")]
    order: Option<OrderId>,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    /// Not examined yet.
    pending: bool,
    candidates: Vec<Candidate>,
}

/// One trigger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MatchCandidate)]
pub struct Candidate {
    trigger: String,
    name: String,
    /// Where the trigger stands, and so where it moves the order.
    stage: String,
    /// `moved`, `ignored`, `condition-false`, `backward`, `already-there`, `closed`, `lost-to`, `rule-origin` or
    /// `failed`; null while pending.
    verdict: Option<&'static str>,
    /// In a sentence.
    reason: Option<String>,
    /// Of `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The trigger that won, of `lost-to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<ConditionTrace>,
}

impl From<domain::Match> for Match {
    fn from(matching: domain::Match) -> Match {
        Match {
            id: matching.id,
            event: matching.event,
            order: matching.order,
            created: matching.created,
            pending: matching.pending,
            candidates: matching.candidates.into_iter().map(Candidate::from).collect(),
        }
    }
}

impl From<domain::Candidate> for Candidate {
    fn from(candidate: domain::Candidate) -> Candidate {
        let mut view = Candidate {
            trigger: candidate.trigger.0,
            name: candidate.name,
            stage: candidate.stage.0,
            verdict: None,
            reason: None,
            code: None,
            lost_to: None,
            condition: None,
        };
        let Some(verdict) = candidate.verdict else { return view };
        let (name, reason) = match verdict {
            Verdict::Moved { reason } => ("moved", reason),
            Verdict::Ignored { reason } => ("ignored", reason),
            Verdict::ConditionFalse { condition } => {
                view.condition = Some(condition.into());
                ("condition-false", "the condition was not met".to_owned())
            }
            Verdict::Backward => (
                "backward",
                "its stage lies before the order's, and switching back is not allowed".to_owned(),
            ),
            Verdict::AlreadyThere => ("already-there", "the order is in its stage already".to_owned()),
            Verdict::Closed => ("closed", "the order is won or lost".to_owned()),
            Verdict::LostTo { trigger, name } => {
                view.lost_to = Some(trigger.0);
                ("lost-to", format!("`{name}` on an earlier stage matched too"))
            }
            Verdict::RuleOrigin => {
                ("rule-origin", "a rule made the change, and the trigger does not listen to rules".to_owned())
            }
            Verdict::Failed { code, message } => {
                view.code = Some(code);
                ("failed", message)
            }
        };
        view.verdict = Some(name);
        view.reason = Some(reason);
        view
    }
}
