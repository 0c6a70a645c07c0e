use rulewright_domain::{self as domain, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::value::yes;

/// Times that are shown of what comes next.
const SHOWN: usize = 3;

/// When a schedule comes due. The name is in the path.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleInput {
    #[schema(example = "Every working morning")]
    title: String,
    /// Minute, hour, day of the month, month, day of the week.
    #[schema(example = "30 9 * * MON-FRI")]
    cron: String,
    /// IANA zone; the shop's if left out.
    #[schema(example = "Europe/London")]
    zone: Option<String>,
    #[serde(default = "yes")]
    active: bool,
}

impl ScheduleInput {
    pub fn into_domain(self, name: String, zone: String) -> domain::Schedule {
        let ScheduleInput { title, cron, zone: own, active } = self;
        domain::Schedule { name, title, cron, zone: own.unwrap_or(zone), active }
    }
}

/// Comes due again and again; triggers are asked about the open orders then.
#[derive(Debug, Serialize, ToSchema)]
pub struct Schedule {
    /// Stands in the events.
    #[schema(example = "morning")]
    name: String,
    #[serde(flatten)]
    rest: ScheduleInput,
    /// The next three times; none where it is not active.
    #[schema(value_type = Vec<String>, example = json!(["2026-11-20T09:30:00.000Z"]))]
    next: Vec<Timestamp>,
}

impl Schedule {
    pub fn of(schedule: domain::Schedule, now: Timestamp) -> Schedule {
        let first = schedule.next(now).filter(|_| schedule.active);
        let next = std::iter::successors(first, |at| schedule.next(*at)).take(SHOWN).collect();
        let domain::Schedule { name, title, cron, zone, active } = schedule;
        Schedule { name, rest: ScheduleInput { title, cron, zone: Some(zone), active }, next }
    }
}
