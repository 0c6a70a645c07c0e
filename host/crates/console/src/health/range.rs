//! How far back is looked.

use rulewright_domain::{Timestamp, statistics::Bucket};

const HOUR: i64 = 3_600_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    Hour,
    Day,
    Week,
    Month,
}

impl Range {
    pub const ALL: [Range; 4] = [Range::Hour, Range::Day, Range::Week, Range::Month];

    /// What an address says; anything else is a day.
    pub fn named(name: &str) -> Range {
        Range::ALL.into_iter().find(|range| range.name() == name).unwrap_or(Range::Day)
    }

    pub fn name(self) -> &'static str {
        match self {
            Range::Hour => "1h",
            Range::Day => "24h",
            Range::Week => "7d",
            Range::Month => "30d",
        }
    }

    /// The key of its words.
    pub fn word(self) -> &'static str {
        match self {
            Range::Hour => "health-hour",
            Range::Day => "health-day",
            Range::Week => "health-week",
            Range::Month => "health-month",
        }
    }

    pub fn none(self) -> &'static str {
        match self {
            Range::Hour => "health-none-hour",
            Range::Day => "health-none-day",
            Range::Week => "health-none-week",
            Range::Month => "health-none-month",
        }
    }

    /// So many that each is seen as a bar: 30 to 170.
    pub fn bucket(self) -> Bucket {
        match self {
            Range::Hour => Bucket::Minute,
            Range::Day | Range::Week => Bucket::Hour,
            Range::Month => Bucket::Day,
        }
    }

    /// How a bucket's beginning is written.
    pub fn format(self) -> &'static str {
        match self {
            Range::Hour | Range::Day => "%H:%M",
            Range::Week => "%m-%d %H:%M",
            Range::Month => "%Y-%m-%d",
        }
    }

    /// Which kinds of change have it drawn anew. A week is counted from all of its runs, and moves too slowly to be
    /// watched.
    pub fn live(self) -> Option<&'static str> {
        matches!(self, Range::Hour | Range::Day).then_some("run message")
    }

    /// From when on, and before when: what ends at this very moment is in it.
    pub fn until(self, now: Timestamp) -> (Timestamp, Timestamp) {
        let hours = match self {
            Range::Hour => 1,
            Range::Day => 24,
            Range::Week => 7 * 24,
            Range::Month => 30 * 24,
        };
        (now.plus(1 - hours * HOUR), now.plus(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_is_found_by_its_name_and_has_bars_that_can_be_seen() {
        let now = Timestamp::parse("2026-03-29T12:34:56Z").unwrap();
        for range in Range::ALL {
            assert_eq!(Range::named(range.name()), range);
            let (from, to) = range.until(now);
            let bars = range.bucket().starts(from, to, "Europe/Berlin").unwrap().len();
            assert!((25..=170).contains(&bars), "{range:?}: {bars}");
        }
        assert_eq!(Range::named("a year"), Range::Day);
    }
}
