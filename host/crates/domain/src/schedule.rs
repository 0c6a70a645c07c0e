//! When a rule runs.

use jiff::{ToSpan, civil::Time, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{Order, Shop, Timestamp, WorkingHours};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "run", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum When {
    #[default]
    Immediately,
    After {
        /// At least 1.
        seconds: u64,
        #[serde(default)]
        working_hours: bool,
    },
    /// Before or after a date of the order, and again whenever that date changes.
    AtField {
        /// One of the shop's own fields.
        field: String,
        /// Negative is before.
        offset_seconds: i64,
        #[serde(default)]
        working_hours: bool,
    },
    At {
        time: Timestamp,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    Now,
    At(Timestamp),
    /// Nothing to count from; filled in, it is planned again.
    Parked(String),
}

impl When {
    /// Counted from `now`. A time that has passed means now.
    pub fn plan(&self, now: Timestamp, order: &Order, shop: &Shop) -> Plan {
        let at = match self {
            When::Immediately => return Plan::Now,
            When::At { time } => *time,
            When::After { seconds, working_hours } => {
                let seconds = i64::try_from(*seconds).unwrap_or(i64::MAX / 1000);
                shifted(now.plus(seconds.saturating_mul(1000)), *working_hours, shop)
            }
            When::AtField { field, offset_seconds, working_hours } => {
                let date = order.fields.get(field).and_then(|value| value.as_str());
                let Some(date) = date.filter(|text| !text.is_empty()) else {
                    return Plan::Parked(format!("date-empty: field `{field}` has no date yet"));
                };
                match Timestamp::parse(date) {
                    Ok(date) => {
                        let at = date.plus(offset_seconds.saturating_mul(1000));
                        shifted(at, *working_hours, shop)
                    }
                    Err(error) => return Plan::Parked(format!("date-invalid: field `{field}`: {error}")),
                }
            }
        };
        if at <= now { Plan::Now } else { Plan::At(at) }
    }

    /// The field whose changes move the plan.
    pub fn follows(&self) -> Option<&str> {
        match self {
            When::AtField { field, .. } => Some(field),
            _ => None,
        }
    }
}

/// Whether this is the name of an IANA zone.
pub fn is_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

fn shifted(at: Timestamp, working_hours: bool, shop: &Shop) -> Timestamp {
    if !working_hours {
        return at;
    }
    next_working(at, &shop.hours, &shop.time_zone).unwrap_or(at)
}

/// The instant itself within working hours, else the next time that work begins; None where there is none
/// within a year, or the zone is unknown.
fn next_working(at: Timestamp, hours: &WorkingHours, zone: &str) -> Option<Timestamp> {
    let zone = TimeZone::get(zone).ok()?;
    let local = at.civil()?.to_zoned(zone.clone());
    let mut date = local.date();
    for _ in 0..366 {
        let weekday = date.weekday().to_monday_zero_offset() as usize;
        let open = hours.days.get(weekday).copied().flatten();
        if let Some((from, to)) = open.filter(|_| !hours.holidays.contains(&date.to_string())) {
            let begin = on(date, from, &zone)?;
            let end = on(date, to, &zone)?;
            if at < end {
                return Some(at.max(begin));
            }
        }
        date = date.checked_add(1.day()).ok()?;
    }
    None
}

fn on(date: jiff::civil::Date, minutes: u16, zone: &TimeZone) -> Option<Timestamp> {
    let midnight = date.to_datetime(Time::midnight());
    let civil = midnight.checked_add(i64::from(minutes).minutes()).ok()?;
    let zoned = civil.to_zoned(zone.clone()).ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn london(text: &str) -> Timestamp {
        let mut hours = WorkingHours::default();
        hours.holidays.insert("2026-12-25".into());
        next_working(at(text), &hours, "Europe/London").unwrap()
    }

    #[test]
    fn work_begins_again_after_the_evening_the_weekend_and_a_holiday() {
        assert_eq!(london("2026-11-20T10:00:00Z"), at("2026-11-20T10:00:00Z"));
        assert_eq!(london("2026-11-20T18:00:00Z"), at("2026-11-23T09:00:00Z"));
        assert_eq!(london("2026-12-24T20:00:00Z"), at("2026-12-28T09:00:00Z"));
        assert_eq!(london("2026-07-01T03:00:00Z"), at("2026-07-01T08:00:00Z"));
    }
}
