//! When a rule runs.

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{Order, Reason, Shop, Timestamp, WorkingHours, date_of};

/// Of a clock on the wall, such as `09:30`.
pub type TimeOfDay = jiff::civil::Time;

/// With `responsible-hours`, a rule whose time has come begins once the order's responsible is at work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "run", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum When {
    Immediately {
        #[serde(default, skip_serializing_if = "is_no")]
        responsible_hours: bool,
    },
    After {
        /// At least 1.
        seconds: u64,
        #[serde(default)]
        working_hours: bool,
        #[serde(default, skip_serializing_if = "is_no")]
        responsible_hours: bool,
    },
    /// Before or after a date of the order, and again whenever that date changes.
    AtField {
        /// One of the shop's own fields.
        field: String,
        /// Negative is before.
        offset_seconds: i64,
        #[serde(default)]
        working_hours: bool,
        #[serde(default, skip_serializing_if = "is_no")]
        responsible_hours: bool,
    },
    At {
        time: Timestamp,
    },
    /// The next time that clocks in the shop show this.
    AtTimeOfDay {
        time: TimeOfDay,
        /// Not on a day off.
        #[serde(default)]
        working_days: bool,
    },
}

impl Default for When {
    fn default() -> When {
        When::Immediately { responsible_hours: false }
    }
}

fn is_no(flag: &bool) -> bool {
    !flag
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    Now,
    At(Timestamp),
    /// Nothing to count from; filled in, it is planned again.
    Parked(String),
}

impl Plan {
    /// A time that has passed means now.
    fn at(at: Timestamp, now: Timestamp) -> Plan {
        if at <= now { Plan::Now } else { Plan::At(at) }
    }
}

impl When {
    /// Counted from `now`.
    pub fn plan(&self, now: Timestamp, order: &Order, shop: &Shop) -> Plan {
        let at = match self {
            When::Immediately { .. } => return Plan::Now,
            When::At { time } => *time,
            When::After { seconds, working_hours, .. } => {
                let seconds = i64::try_from(*seconds).unwrap_or(i64::MAX / 1000);
                shifted(now.plus(seconds.saturating_mul(1000)), *working_hours, shop)
            }
            When::AtField { field, offset_seconds, working_hours, .. } => {
                let date = match date_of(order, field, &shop.time_zone) {
                    Ok(Some(date)) => date,
                    Ok(None) => {
                        let reason = Reason::DateEmpty { field: field.clone() };
                        return Plan::Parked(reason.to_string());
                    }
                    Err(error) => {
                        let reason = Reason::DateInvalid { field: field.clone(), error };
                        return Plan::Parked(reason.to_string());
                    }
                };
                let offset = offset_seconds.saturating_mul(1000);
                match *working_hours && offset < 0 {
                    true => before_at_work(date, offset, shop).unwrap_or(date.plus(offset)),
                    false => shifted(date.plus(offset), *working_hours, shop),
                }
            }
            When::AtTimeOfDay { time, working_days } => {
                next_time_of_day(now, *time, *working_days, shop).unwrap_or(now)
            }
        };
        Plan::at(at, now)
    }

    /// Whether it waits for the order's responsible to be at work.
    pub fn responsible_hours(&self) -> bool {
        match self {
            When::Immediately { responsible_hours }
            | When::After { responsible_hours, .. }
            | When::AtField { responsible_hours, .. } => *responsible_hours,
            When::At { .. } | When::AtTimeOfDay { .. } => false,
        }
    }

    /// Its time has come before, and it has waited for somebody since: that may have taken until the night.
    pub fn go_on(&self, now: Timestamp, shop: &Shop) -> Plan {
        match self {
            When::After { working_hours, .. } | When::AtField { working_hours, .. } => {
                Plan::at(shifted(now, *working_hours, shop), now)
            }
            _ => Plan::Now,
        }
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
    let mut date = at.civil()?.to_zoned(zone.clone()).date();
    for _ in 0..DAYS {
        if let Some((from, to)) = hours.on(date) {
            let begin = on(date, from, &zone)?;
            let end = on(date, to, &zone)?;
            if at < end {
                return Some(at.max(begin));
            }
        }
        date = date.tomorrow().ok()?;
    }
    None
}

/// So many working days after `from`, at the same time of day where work goes on then, and `time` (in milliseconds)
/// of working time after that. None where the shop does not work long enough within ten years, or the zone is unknown.
pub fn at_work(from: Timestamp, days: u32, time: u64, hours: &WorkingHours, zone: &str) -> Option<Timestamp> {
    let mut at = next_working(from, hours, zone)?;
    let zone = TimeZone::get(zone).ok()?;
    let clock = at.civil()?.to_zoned(zone.clone());
    let (mut date, mut days, mut left) = (clock.date(), days, i64::try_from(time).ok()?);
    for _ in 0..10 * DAYS {
        let next = date.tomorrow().ok()?;
        let Some((from, to)) = hours.on(date) else {
            date = next;
            continue;
        };
        let (begin, end) = (on(date, from, &zone)?, on(date, to, &zone)?);
        if days > 0 {
            if clock.date() != date {
                days -= 1;
            }
            let same = date.to_datetime(clock.time()).to_zoned(zone.clone()).ok()?.timestamp();
            at = Timestamp(same.as_millisecond()).max(begin).min(end);
            if days > 0 {
                date = next;
                continue;
            }
        } else {
            at = at.max(begin);
        }
        let room = end.0 - at.0;
        if left <= room {
            return Some(at.plus(left));
        }
        left -= room.max(0);
        date = next;
    }
    None
}

/// `offset` before a date, by the days on which the shop works: a date on a day off counts as the nearest working day
/// before it, and so does a day off that the offset leads to. Outside the hours of that day it is as work begins, where
/// that is still before the date, or else as work ends before it.
fn before_at_work(date: Timestamp, offset: i64, shop: &Shop) -> Option<Timestamp> {
    let zone = TimeZone::get(&shop.time_zone).ok()?;
    let counted = on_working_day(date, &shop.hours, &zone)?;
    let at = on_working_day(counted.plus(offset), &shop.hours, &zone)?;
    let mut day = at.civil()?.to_zoned(zone.clone()).date();
    let (from, to) = shop.hours.on(day)?;
    let (begin, end) = (on(day, from, &zone)?, on(day, to, &zone)?);
    if at >= begin {
        return Some(at.min(end));
    }
    if begin < date {
        return Some(begin);
    }
    for _ in 0..DAYS {
        day = day.yesterday().ok()?;
        if let Some((_, to)) = shop.hours.on(day) {
            return on(day, to, &zone);
        }
    }
    None
}

/// The same time of day on the nearest working day that is not later.
fn on_working_day(at: Timestamp, hours: &WorkingHours, zone: &TimeZone) -> Option<Timestamp> {
    let local = at.civil()?.to_zoned(zone.clone());
    let mut date = local.date();
    for _ in 0..DAYS {
        if hours.on(date).is_some() {
            let zoned = date.to_datetime(local.time()).to_zoned(zone.clone()).ok()?;
            return Some(Timestamp(zoned.timestamp().as_millisecond()));
        }
        date = date.yesterday().ok()?;
    }
    None
}

fn next_time_of_day(now: Timestamp, time: TimeOfDay, working_days: bool, shop: &Shop) -> Option<Timestamp> {
    let zone = TimeZone::get(&shop.time_zone).ok()?;
    let mut date = now.civil()?.to_zoned(zone.clone()).date();
    for _ in 0..DAYS {
        if !working_days || shop.hours.on(date).is_some() {
            let zoned = date.to_datetime(time).to_zoned(zone.clone()).ok()?;
            let at = Timestamp(zoned.timestamp().as_millisecond());
            if at > now {
                return Some(at);
            }
        }
        date = date.tomorrow().ok()?;
    }
    None
}

/// Looked at; a shop that works on none of them never works.
const DAYS: usize = 366;

impl WorkingHours {
    /// Minutes after midnight; None on a day off.
    fn on(&self, date: Date) -> Option<(u16, u16)> {
        let open = self.days.get(date.weekday().to_monday_zero_offset() as usize).copied().flatten();
        open.filter(|_| !self.holidays.contains(&date.to_string()))
    }
}

fn on(date: Date, minutes: u16, zone: &TimeZone) -> Option<Timestamp> {
    let civil = date.to_datetime(TimeOfDay::midnight()).checked_add(i64::from(minutes).minutes()).ok()?;
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

    fn shop(holidays: &[&str]) -> Shop {
        let mut hours = WorkingHours::default();
        hours.holidays.extend(holidays.iter().map(|date| (*date).to_owned()));
        Shop {
            id: crate::ShopId(1),
            name: "Tea".into(),
            currency: crate::Currency::new(b"GBP"),
            locale: "en-GB".into(),
            time_zone: "Europe/London".into(),
            hours,
            automate_orders: true,
            seed: String::new(),
            not_in_plan: Default::default(),
            requisites: Default::default(),
            sandbox: true,
            shipment_statuses: Vec::new(),
            hook_keys: Default::default(),
            spending: Default::default(),
        }
    }

    #[test]
    fn working_time_stands_still_in_the_evening_at_the_weekend_and_on_holidays() {
        let (hours, zone) = (shop(&["2026-12-25"]).hours, "Europe/London");
        const HOUR: u64 = 3_600_000;
        for (from, days, time, expected) in [
            // A Friday at ten.
            ("2026-11-20T10:00:00Z", 0, 0, "2026-11-20T10:00:00Z"),
            ("2026-11-20T10:00:00Z", 0, 4 * HOUR, "2026-11-20T14:00:00Z"),
            ("2026-11-20T10:00:00Z", 0, 8 * HOUR, "2026-11-20T18:00:00Z"),
            ("2026-11-20T10:00:00Z", 0, 9 * HOUR, "2026-11-23T10:00:00Z"),
            ("2026-11-20T10:00:00Z", 1, 0, "2026-11-23T10:00:00Z"),
            ("2026-11-20T10:00:00Z", 5, HOUR, "2026-11-27T11:00:00Z"),
            // At night, at the weekend and before Christmas.
            ("2026-11-20T22:00:00Z", 0, HOUR, "2026-11-23T10:00:00Z"),
            ("2026-11-21T12:00:00Z", 2, 0, "2026-11-25T09:00:00Z"),
            ("2026-12-24T17:30:00Z", 0, HOUR, "2026-12-28T09:30:00Z"),
            ("2026-12-24T12:00:00Z", 1, 0, "2026-12-28T12:00:00Z"),
            // One hour ahead of UTC.
            ("2026-07-01T03:00:00Z", 0, HOUR, "2026-07-01T09:00:00Z"),
            ("2026-11-20T10:00:00Z", 0, 45 * HOUR * 52, "2027-11-22T10:00:00Z"),
        ] {
            assert_eq!(
                at_work(at(from), days, time, &hours, zone),
                Some(at(expected)),
                "{from} {days} {time}"
            );
        }
        let never = WorkingHours { days: [None; 7], ..Default::default() };
        assert_eq!(at_work(at("2026-11-20T10:00:00Z"), 1, 1, &never, zone), None);
        assert_eq!(at_work(at("2026-11-20T10:00:00Z"), u32::MAX, 0, &hours, zone), None);
        assert_eq!(at_work(at("2026-11-20T10:00:00Z"), 0, u64::MAX, &hours, zone), None);
    }

    #[test]
    fn a_date_on_a_day_off_counts_as_the_working_day_before_it() {
        const HOUR: i64 = 3_600_000;
        let shop = shop(&["2026-04-15"]);
        for (date, offset, expected) in [
            // A Wednesday off: counted from Tuesday, so that a day before is Monday.
            ("2026-04-15T10:00:00Z", -24 * HOUR, "2026-04-13T10:00:00Z"),
            ("2026-04-14T14:00:00Z", -2 * HOUR, "2026-04-14T12:00:00Z"),
            // A day before Monday is a Sunday, which counts as Friday.
            ("2026-04-20T10:00:00Z", -24 * HOUR, "2026-04-17T10:00:00Z"),
            // Before work begins, and after it has ended.
            ("2026-04-14T09:00:00Z", -2 * HOUR, "2026-04-14T08:00:00Z"),
            ("2026-04-14T21:00:00Z", -HOUR, "2026-04-14T17:00:00Z"),
            ("2026-04-14T07:00:00Z", -HOUR, "2026-04-13T17:00:00Z"),
        ] {
            assert_eq!(before_at_work(at(date), offset, &shop), Some(at(expected)), "{date} {offset}");
        }
        let never = Shop { hours: WorkingHours { days: [None; 7], ..Default::default() }, ..shop };
        assert_eq!(before_at_work(at("2026-04-14T09:00:00Z"), -HOUR, &never), None);
    }

    #[test]
    fn a_time_of_day_is_the_next_one_that_clocks_in_the_shop_show() {
        let shop = shop(&["2026-11-23"]);
        let next = |now: &str, time: &str, working_days| {
            next_time_of_day(at(now), time.parse().unwrap(), working_days, &shop).unwrap()
        };
        assert_eq!(next("2026-11-20T10:00:00Z", "10:30", false), at("2026-11-20T10:30:00Z"));
        assert_eq!(next("2026-11-20T10:30:00Z", "10:30", false), at("2026-11-21T10:30:00Z"));
        assert_eq!(next("2026-11-20T10:30:00Z", "10:30", true), at("2026-11-24T10:30:00Z"));
        assert_eq!(next("2026-07-01T00:00:00Z", "10:30", true), at("2026-07-01T09:30:00Z"));
    }

    #[test]
    fn what_was_saved_before_is_read_and_comes_back_as_it_was() {
        for text in [
            r#"{"run":"immediately"}"#,
            r#"{"run":"immediately","responsible-hours":true}"#,
            r#"{"run":"after","seconds":5,"working-hours":false}"#,
            r#"{"run":"at-field","field":"f","offset-seconds":-5,"working-hours":true}"#,
            r#"{"run":"at-time-of-day","time":"09:30:00","working-days":true}"#,
        ] {
            let when: When = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&when).unwrap(), text);
        }
        assert!(serde_json::from_str::<When>(r#"{"run":"immediately","hours":true}"#).is_err());
    }
}
