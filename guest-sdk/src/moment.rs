//! Lengths of time and moments as staff write them into settings and into the shop's own fields.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{DAY, Error, HOUR, Instant, MINUTE, Result, Rule, SECOND, Step, Value, earlier, later};

/// What an amount of time in settings is counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Minutes
    Minutes,
    /// Hours
    Hours,
    /// Days
    #[default]
    Days,
}

impl Unit {
    /// So many of them in milliseconds.
    pub fn times(self, amount: u32) -> u64 {
        let one = match self {
            Unit::Minutes => MINUTE,
            Unit::Hours => HOUR,
            Unit::Days => DAY,
        };
        one.saturating_mul(amount.into())
    }
}

/// A setting that says when.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Moment {
    /// After some time
    After {
        /// How long
        #[serde(default = "one")]
        amount: u32,
        /// Unit
        #[serde(default)]
        unit: Unit,
    },
    /// On a date
    Before {
        /// Date field
        #[schemars(length(min = 1), extend("x-widget" = "date-field"))]
        field: String,
        /// Days before
        #[serde(default)]
        days: u32,
    },
}

fn one() -> u32 {
    1
}

impl Moment {
    /// Gives up where the field is empty (`empty-date`) or holds anything else (`not-a-date`). May be in the past.
    pub fn instant<R: Rule>(&self, step: &Step<R>) -> Result<Instant> {
        match self {
            Moment::After { amount, unit } => Ok(later(step.now(), unit.times(*amount))),
            Moment::Before { field, days } => {
                let blank = |value: &&Value| value.as_text().is_some_and(|text| text.trim().is_empty());
                let Some(value) = step.order.field(field).filter(|value| !blank(value)) else {
                    return Err(Error::give_up(format!("empty-date: {field} is empty")));
                };
                let at = match value {
                    Value::Time(at) => Some(earlier(*at, Unit::Days.times(*days))),
                    Value::Text(text) => before(step, text.trim(), i64::from(*days)),
                    _ => None,
                };
                at.ok_or_else(|| Error::give_up(format!("not-a-date: {field} is {value}")))
            }
        }
    }

    /// Whether a field is still to be selected.
    pub fn is_incomplete(&self) -> bool {
        matches!(self, Moment::Before { field, .. } if field.trim().is_empty())
    }
}

/// So many days before the beginning of a day, e.g. `2026-01-31`, or a moment, e.g. `2026-01-31T10:00:00Z`. Where
/// nothing is said about the zone it is the shop's.
fn before<R: Rule>(step: &Step<R>, text: &str, days: i64) -> Option<Instant> {
    let (day, clock) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let day = days_since_1970(day)?.checked_sub(days)?;
    match time_of_day(clock)? {
        (time, Some(offset)) => Some(day.checked_mul(DAY as i64)? + time - offset),
        (time, None) => Some(step.midnight(&civil(day))? + time),
    }
}

/// Milliseconds since midnight, and of the offset from UTC where it is told: `10:00`, `10:00:30.500Z`, `10:00+02:00`.
fn time_of_day(text: &str) -> Option<(i64, Option<i64>)> {
    let at = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(at);
    let offset = match zone {
        "" => None,
        "Z" => Some(0),
        _ => {
            let ahead = hours_and_minutes(zone.get(1..)?)?;
            Some(if zone.starts_with('-') { -ahead } else { ahead })
        }
    };
    let (minutes, seconds) = match clock.match_indices(':').nth(1) {
        Some((second, _)) => (&clock[..second], &clock[second + 1..]),
        None => (clock, "0"),
    };
    // Nothing is planned closer than to the second.
    let seconds: i64 =
        seconds.split('.').next()?.parse().ok().filter(|seconds| (0..=60).contains(seconds))?;
    Some((hours_and_minutes(minutes)? + seconds * SECOND as i64, offset))
}

fn hours_and_minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then(|| i64::from(hours) * HOUR as i64 + i64::from(minutes) * MINUTE as i64)
}

/// Of a day such as `2026-01-31`.
pub(crate) fn days_since_1970(day: &str) -> Option<i64> {
    let mut parts = day.splitn(3, '-');
    let mut part = |length: usize| {
        let part = parts.next().filter(|part| part.len() == length)?;
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<i64>().ok()).flatten()
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) {
        return None;
    }
    // Years that begin in March put the leap day last; day 719468 of that count is 1970-01-01.
    let year = if month > 2 { year } else { year - 1 };
    let months = (month + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(365 * year + leap_days + (153 * months + 2) / 5 + day - 1 - 719_468)
}

/// The way back: of 400 years, which always have the same number of days, then of 100, 4 and 1.
fn civil(days: i64) -> String {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let months = (5 * day + 2) / 153;
    let (month, day) = ((months + 2) % 12 + 1, day - (153 * months + 2) / 5 + 1);
    let year = era * 400 + year + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Scenario};
    use crate::{Outcome, attr, done, rule};

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        /// At
        at: Moment,
    }

    struct At;

    impl Rule for At {
        type Settings = Settings;
        type State = ();

        fn step(step: &mut Step<Self>) -> Result<Outcome> {
            Ok(done(step.settings.at.instant(step)?.to_string()))
        }
    }

    rule! { At { id: "test.at", title: "At" } }

    fn before(value: impl Into<Value>, days: u32) -> Scenario<At> {
        let mut order = testing::order();
        order.fields.push(attr("delivery-date", value));
        let at = serde_json::json!({ "kind": "before", "field": "delivery-date", "days": days });
        testing::run().order(order).settings(serde_json::json!({ "at": at }))
    }

    fn told(scenario: Scenario<At>) -> Instant {
        scenario.go().summary().parse().expect("an instant")
    }

    #[test]
    fn some_time_is_counted_from_now() {
        let after = |at| told(testing::run().settings(serde_json::json!({ "at": at })));
        let two_hours = serde_json::json!({ "kind": "after", "amount": 2, "unit": "hours" });
        assert_eq!(after(two_hours), later(testing::START, 2 * HOUR));
        assert_eq!(after(serde_json::json!({ "kind": "after" })), later(testing::START, DAY));
        assert_eq!(Unit::Minutes.times(90), 90 * MINUTE);
    }

    #[test]
    fn a_day_begins_where_the_shop_is() {
        // The start is 2026-01-05, 09:00 UTC.
        let tomorrow = later(testing::START, 15 * HOUR);
        assert_eq!(told(before("2026-01-07", 1)), tomorrow);
        assert_eq!(told(before("2026-01-07", 1).utc_offset(2)), earlier(tomorrow, 2 * HOUR));
        assert_eq!(told(before(Value::Time(testing::START), 3)), earlier(testing::START, 3 * DAY));
    }

    #[test]
    fn a_moment_is_understood_in_any_way_to_write_it() {
        let until_ten = later(testing::START, DAY + HOUR);
        for text in [
            "2026-01-07T10:00:00Z",
            "2026-01-07T10:00:00.000Z",
            "2026-01-07T12:30+02:30",
            "2026-01-07T05:00:00-05:00",
            "2026-01-07 10:00",
        ] {
            assert_eq!(told(before(text, 1)), until_ten, "{text}");
        }
        for wrong in
            ["soon", "2026-01-07T25:00", "2026-01-07T10", "2026-01-07T10:00:00X", "2026-01-07T10:00+2"]
        {
            assert!(before(wrong, 0).go().gave_up().starts_with("not-a-date"), "{wrong}");
        }
        for empty in [Value::None, " ".into()] {
            assert!(before(empty, 0).go().gave_up().starts_with("empty-date"));
        }
    }

    #[test]
    fn the_calendar_is_known_both_ways() {
        for (day, days) in
            [("1970-01-01", 0), ("2024-02-29", 19_782), ("2026-12-31", 20_818), ("1969-12-31", -1)]
        {
            assert_eq!(days_since_1970(day), Some(days));
            assert_eq!(civil(days), day);
        }
        for wrong in ["2026-02-29", "2026-13-01", "2026-1-1", "2026-01-01T10:00", "", "+026-01-01"] {
            assert_eq!(days_since_1970(wrong), None, "{wrong}");
        }
        for days in (-200_000..400_000).step_by(97) {
            assert_eq!(days_since_1970(&civil(days)), Some(days));
        }
    }
}
