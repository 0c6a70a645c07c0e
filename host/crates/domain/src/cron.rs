//! Schedules of a shop: when each comes due, in its own zone.

use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Comes due again and again; triggers are asked about the open orders then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Stands in the events; unique in the shop.
    pub name: String,
    pub title: String,
    /// Minute, hour, day of the month, month, day of the week.
    pub cron: String,
    /// IANA zone.
    pub zone: String,
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

impl Schedule {
    /// Where it is wrong, and how.
    pub fn issue(&self, now: Timestamp) -> Option<(&'static str, String)> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        if !(1..=64).contains(&self.name.len()) || !self.name.chars().all(plain) {
            return Some(("/name", "a schedule is named by 1 to 64 of a-z, 0-9, dots and dashes".into()));
        }
        if self.title.trim().is_empty() || self.title.chars().count() > 200 {
            return Some(("/title", "a title has 1 to 200 characters".into()));
        }
        if TimeZone::get(&self.zone).is_err() {
            return Some(("/zone", format!("`{}` is no IANA time zone such as Europe/London", self.zone)));
        }
        match parse(&self.cron) {
            Err(problem) => Some(("/cron", problem)),
            Ok(_) if self.next(now).is_none() => Some(("/cron", format!("`{}` never comes due", self.cron))),
            Ok(_) => None,
        }
    }

    /// The first time after `now`; None where there is none. A time of day that clocks leave out comes when they go
    /// on, one that they show twice comes once; what comes every so many minutes or hours goes by what clocks show.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let cron = parse(&self.cron).ok()?;
        let from = now.civil()?.to_zoned(TimeZone::get(&self.zone).ok()?);
        let next = cron.find_next_occurrence(&from, false).ok()?;
        let at = Timestamp(next.timestamp().as_millisecond());
        // Nobody waits that long, and no time is stored that cannot be written.
        (at > now && at <= now.plus(LONGEST)).then_some(at)
    }
}

/// A leap day comes after at most eight years.
const LONGEST: i64 = 8 * 366 * 86_400_000;

fn parse(cron: &str) -> Result<Cron, String> {
    let expected = "expected minute, hour, day of month, month and day of week, such as `30 9 * * MON-FRI`";
    if cron.split_whitespace().count() != 5 {
        return Err(format!("`{cron}` has not five parts: {expected}"));
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(cron).map_err(|error| format!("`{cron}`: {error}; {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(cron: &str, zone: &str) -> Schedule {
        Schedule {
            name: "daily".into(),
            title: "Every day".into(),
            cron: cron.into(),
            zone: zone.into(),
            active: true,
        }
    }

    fn next(cron: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let schedule = schedule(cron, zone);
        let mut at = Timestamp::parse(from).unwrap();
        let mut all = Vec::new();
        for _ in 0..count {
            at = schedule.next(at).unwrap();
            all.push(at.to_string().replace(":00.000Z", ""));
        }
        all
    }

    #[test]
    fn a_schedule_goes_by_the_clocks_of_its_zone() {
        let summer = next("30 9 * * *", "Europe/London", "2026-07-01T08:30:00Z", 2);
        assert_eq!(summer, ["2026-07-02T08:30", "2026-07-03T08:30"], "strictly after");
        let winter = next("30 9 * * MON-FRI", "Europe/London", "2026-11-20T09:00:00Z", 2);
        assert_eq!(winter, ["2026-11-20T09:30", "2026-11-23T09:30"]);
        let leap = next("0 0 29 2 *", "UTC", "2097-01-01T00:00:00Z", 1);
        assert_eq!(leap, ["2104-02-29T00:00"], "2100 is no leap year");
    }

    #[test]
    fn a_time_that_clocks_leave_out_comes_once_when_they_go_on() {
        let gap = next("30 1 * * *", "Europe/London", "2026-03-28T02:00:00Z", 2);
        assert_eq!(gap, ["2026-03-29T01:00", "2026-03-30T00:30"]);
        let often = next("*/30 * * * *", "Europe/London", "2026-03-29T00:20:00Z", 3);
        assert_eq!(often, ["2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30"]);
    }

    #[test]
    fn a_time_that_clocks_show_twice_comes_once_and_a_rhythm_goes_on() {
        let overlap = next("30 1 * * *", "Europe/London", "2026-10-24T12:00:00Z", 2);
        assert_eq!(overlap, ["2026-10-25T00:30", "2026-10-26T01:30"]);
        let often = next("*/30 * * * *", "Europe/London", "2026-10-25T00:10:00Z", 4);
        assert_eq!(often, ["2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T02:00"]);
    }

    /// Over the weeks in which clocks are changed anywhere, at whatever hour and by however much.
    #[test]
    fn in_every_zone_what_comes_daily_comes_once_on_each_day() {
        let mut zones = 0;
        for zone in jiff::tz::db().available() {
            let clocks = TimeZone::get(zone.as_str()).unwrap();
            let daily = schedule("30 2 * * *", zone.as_str());
            for (from, until) in [("2026-02-10", "2026-05-01"), ("2026-09-01", "2026-11-10")] {
                let [mut at, until] =
                    [from, until].map(|day| Timestamp::parse(&format!("{day}T12:00:00Z")).unwrap());
                let mut days = Vec::new();
                while let Some(next) = daily.next(at).filter(|next| *next < until) {
                    days.push(next.civil().unwrap().to_zoned(clocks.clone()).date());
                    at = next;
                }
                assert!(days.len() >= 69, "{zone}: {} days after {from}", days.len());
                for pair in days.windows(2) {
                    assert_eq!(pair[0].tomorrow().unwrap(), pair[1], "{zone}");
                }
            }
            zones += 1;
        }
        assert!(zones > 400, "{zones}");
    }

    #[test]
    fn a_schedule_says_what_is_wrong_with_it() {
        let now = Timestamp::parse("2026-11-20T10:00:00Z").unwrap();
        assert_eq!(schedule("0 9 * * *", "Europe/London").issue(now), None);
        for (cron, zone, at) in [
            ("0 9 * *", "UTC", "/cron"),
            ("0 0 9 * * *", "UTC", "/cron"),
            ("@daily", "UTC", "/cron"),
            ("61 9 * * *", "UTC", "/cron"),
            ("0 9 31 2 *", "UTC", "/cron"),
            ("0 9 * * *", "Mars/Olympus", "/zone"),
        ] {
            let found = schedule(cron, zone).issue(now);
            assert_eq!(found.as_ref().map(|(path, _)| *path), Some(at), "{cron} {zone}: {found:?}");
        }
        let named = Schedule { name: "Every day".into(), ..schedule("0 9 * * *", "UTC") };
        assert_eq!(named.issue(now).unwrap().0, "/name");
    }
}
