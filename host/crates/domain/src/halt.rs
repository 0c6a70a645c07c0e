//! What the operator has halted on the whole server, until they let it go on: a switch for each way in or out.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What can be halted. Reading goes on, and so do changes of settings: whoever has halted something mends its cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// Events and changes from outside: whoever brings one is told to come again.
    Intake,
    /// Messages and webhooks: they wait, and go out afterwards.
    Outbox,
    /// Requests of plugins: they are refused as if there were no network.
    Egress,
}

impl Flow {
    pub const ALL: [Flow; 3] = [Flow::Intake, Flow::Outbox, Flow::Egress];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Flow::Intake => "intake",
            Flow::Outbox => "outbox",
            Flow::Egress => "egress",
        }
    }

    pub fn named(name: &str) -> Option<Flow> {
        Flow::ALL.into_iter().find(|flow| flow.name() == name)
    }
}

/// It holds over restarts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    pub flow: Flow,
    /// What staff and callers read meanwhile.
    pub reason: String,
    pub since: Timestamp,
    /// Who has done it, by name.
    pub by: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_is_found_by_the_name_that_it_is_stored_under() {
        for flow in Flow::ALL {
            assert_eq!(Flow::named(flow.name()), Some(flow));
            assert_eq!(serde_json::to_value(flow).unwrap(), flow.name());
        }
        assert_eq!(Flow::named("Intake"), None);
    }
}
