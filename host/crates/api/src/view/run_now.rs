use rulewright_domain::OrderId;
use rulewright_engine::Among;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which orders a rule is started for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({"orders": ["ord_42"]}))]
pub struct RunNowInput {
    /// Left out: all that stand in the stage. At most 5000.
    #[schema(value_type = Option<Vec<String>>)]
    orders: Option<Vec<OrderId>>,
}

/// What became of the orders.
#[derive(Debug, Serialize, ToSchema)]
pub struct StartedNow {
    started: u64,
    /// The rule has run, or runs, since they entered the stage: left alone.
    had_run: u64,
    /// They stand somewhere else, or are gone.
    elsewhere: u64,
}

/// What starting a rule would concern.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunNowPreview {
    /// Orders in the stage.
    here: u64,
    /// Those of them for which the rule has not run since they entered it: these would be started.
    never_ran: u64,
}

impl From<RunNowInput> for Among {
    fn from(input: RunNowInput) -> Among {
        input.orders.map_or(Among::Here, Among::These)
    }
}

impl From<rulewright_engine::StartedNow> for StartedNow {
    fn from(done: rulewright_engine::StartedNow) -> StartedNow {
        let rulewright_engine::StartedNow { started, had_run, elsewhere } = done;
        StartedNow { started, had_run, elsewhere }
    }
}

impl From<rulewright_engine::RunNowPreview> for RunNowPreview {
    fn from(found: rulewright_engine::RunNowPreview) -> RunNowPreview {
        let rulewright_engine::RunNowPreview { here, never_ran } = found;
        RunNowPreview { here, never_ran }
    }
}
