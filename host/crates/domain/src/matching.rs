use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ConditionTrace, EventId, MatchId, OrderId, ShopId, StageId, Timestamp, TriggerId};

/// One event examined by the triggers of one order: why it moved, or did not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Match {
    pub id: MatchId,
    pub shop: ShopId,
    pub event: EventId,
    /// None: triggers wait for this kind of event, but it belongs to no open order.
    pub order: Option<OrderId>,
    pub created: Timestamp,
    pub pending: bool,
    pub candidates: Vec<Candidate>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    pub trigger: TriggerId,
    pub name: String,
    /// Where the trigger stands, and so where it moves the order.
    pub stage: StageId,
    pub verdict: Option<Verdict>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// Moved the order.
    Moved {
        reason: String,
    },
    Ignored {
        reason: String,
    },
    ConditionFalse {
        condition: ConditionTrace,
    },
    /// Its stage lies before the order's, and switching back is not allowed.
    Backward,
    AlreadyThere,
    /// The order is won or lost.
    Closed,
    /// A trigger on an earlier stage matched too.
    LostTo {
        trigger: TriggerId,
        name: String,
    },
    /// A rule changed the field, and the trigger does not listen to rules.
    RuleOrigin,
    Failed {
        code: String,
        message: String,
    },
}

impl Verdict {
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Moved { .. } => "moved",
            Verdict::Ignored { .. } => "ignored",
            Verdict::ConditionFalse { .. } => "condition-false",
            Verdict::Backward => "backward",
            Verdict::AlreadyThere => "already-there",
            Verdict::Closed => "closed",
            Verdict::LostTo { .. } => "lost-to",
            Verdict::RuleOrigin => "rule-origin",
            Verdict::Failed { .. } => "failed",
        }
    }
}

/// In a sentence, without what is told beside it.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Moved { reason } | Verdict::Ignored { reason } => f.write_str(reason),
            Verdict::ConditionFalse { .. } => f.write_str("the condition was not met"),
            Verdict::Backward => {
                f.write_str("its stage lies before the order's, and switching back is not allowed")
            }
            Verdict::AlreadyThere => f.write_str("the order is in its stage already"),
            Verdict::Closed => f.write_str("the order is won or lost"),
            Verdict::LostTo { name, .. } => write!(f, "`{name}` on an earlier stage matched too"),
            Verdict::RuleOrigin => {
                f.write_str("a rule made the change, and the trigger does not listen to rules")
            }
            Verdict::Failed { message, .. } => f.write_str(message),
        }
    }
}
