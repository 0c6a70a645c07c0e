//! When a day begins where the shop is.

use jiff::{civil::Date, tz::TimeZone};
use rulewright_domain::Timestamp;

/// `day` as in `2026-01-31`. None for what is not a day; in a zone that is not known it begins with UTC's.
pub(crate) fn midnight(day: &str, zone: &str) -> Option<Timestamp> {
    let plain = day.len() == 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date: Date = plain.then(|| day.parse().ok()).flatten()?;
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Some(Timestamp(date.to_zoned(zone).ok()?.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_the_shop_is() {
        let at = |text: &str| Some(Timestamp::parse(text).unwrap());
        assert_eq!(midnight("2026-01-31", "Europe/London"), at("2026-01-31T00:00:00Z"));
        assert_eq!(midnight("2026-07-01", "Europe/London"), at("2026-06-30T23:00:00Z"));
        assert_eq!(midnight("2026-07-01", "Asia/Kolkata"), at("2026-06-30T18:30:00Z"));
        assert_eq!(midnight("2026-07-01", "Mars/Olympus"), at("2026-07-01T00:00:00Z"));
    }

    #[test]
    fn a_night_without_midnight_begins_as_soon_as_it_can() {
        let at = Timestamp::parse("2018-11-04T03:00:00Z").unwrap();
        assert_eq!(midnight("2018-11-04", "America/Sao_Paulo"), Some(at));
    }

    #[test]
    fn what_is_not_a_day_has_no_beginning() {
        for wrong in ["", "2026-02-29", "2026-13-01", "2026-1-1", "2026-01-01T10:00", "20260101", "today"] {
            assert_eq!(midnight(wrong, "UTC"), None, "{wrong}");
        }
    }
}
