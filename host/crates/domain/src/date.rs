//! Dates that stand in an order's own fields.

use jiff::{civil::DateTime, tz::TimeZone};
use serde_json::Value;

use crate::{Order, Timestamp};

/// The moment that a field of the order names, in the shop's zone. None where it is empty.
pub fn date_of(order: &Order, field: &str, zone: &str) -> Result<Option<Timestamp>, String> {
    match order.fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => moment(text.trim(), zone).map(Some),
        Some(other) => Err(format!("{other} is no date: expected text such as 2026-11-20")),
    }
}

/// A text without a zone is the shop's civil time, and a day begins at its midnight. Where clocks leave that time out
/// it is the moment as far behind the gap; where they show it twice, the first.
pub fn moment(text: &str, zone: &str) -> Result<Timestamp, String> {
    if let Ok(at) = Timestamp::parse(text) {
        return Ok(at);
    }
    let wrong =
        || format!("`{text}` is no date such as 2026-11-20, 2026-11-20T09:30 or 2026-11-20T09:30:00Z");
    let civil: DateTime = text.parse().map_err(|_| wrong())?;
    let zone = TimeZone::get(zone).map_err(|_| format!("`{zone}` is no IANA time zone"))?;
    let at = civil.to_zoned(zone).map_err(|_| wrong())?.timestamp();
    // Read back, so that it is one of the times that can be stored.
    Timestamp::parse(&at.to_string()).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::moment;
    use crate::Timestamp;

    #[test]
    fn a_day_begins_at_midnight_where_the_shop_is() {
        for (text, zone, expected) in [
            ("2026-11-20", "Europe/London", "2026-11-20T00:00:00Z"),
            ("2026-07-01", "Europe/London", "2026-06-30T23:00:00Z"),
            ("2026-07-01T09:30", "America/New_York", "2026-07-01T13:30:00Z"),
            ("2026-07-01 09:30", "America/New_York", "2026-07-01T13:30:00Z"),
            ("2026-07-01T09:30:00Z", "America/New_York", "2026-07-01T09:30:00Z"),
            ("2026-07-01T09:30:00+02:00", "America/New_York", "2026-07-01T07:30:00Z"),
            // Left out by the clocks, and shown twice.
            ("2026-03-29T01:30", "Europe/London", "2026-03-29T01:30:00Z"),
            ("2026-10-25T01:30", "Europe/London", "2026-10-25T00:30:00Z"),
        ] {
            assert_eq!(moment(text, zone), Timestamp::parse(expected), "{text} {zone}");
        }
        for wrong in ["", "tomorrow", "2026-13-01", "20.11.2026", "12:00"] {
            assert!(moment(wrong, "Europe/London").is_err(), "{wrong}");
        }
    }
}
