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
