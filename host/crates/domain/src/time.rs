use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// UTC, milliseconds since the Unix epoch; RFC 3339 outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From the year 1 to the last day but one of 9999, in any zone: what RFC 3339 can write, and so what can be
    /// stored and read again.
    const RANGE: (i64, i64) = (-62_135_596_800_000, 253_402_207_200_000);

    /// Ends at the last moment that can be written.
    pub fn plus(self, milliseconds: i64) -> Timestamp {
        let (first, last) = Self::RANGE;
        Timestamp(self.0.saturating_add(milliseconds).clamp(first, last))
    }

    pub fn parse(text: &str) -> Result<Timestamp, String> {
        let at = text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_millisecond()));
        at.filter(|at| (Self::RANGE.0..=Self::RANGE.1).contains(&at.0))
            .ok_or_else(|| format!("`{text}` is not an RFC 3339 time such as 2026-11-20T09:30:00Z"))
    }

    /// In the calendar of a zone, by a pattern of `strftime`; None where the zone is none.
    pub fn written(self, zone: &str, pattern: &str) -> Option<String> {
        let zone = jiff::tz::TimeZone::get(zone).ok()?;
        Some(self.civil()?.to_zoned(zone).strftime(pattern).to_string())
    }

    /// None outside the years that a calendar can show.
    pub fn civil(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_millisecond(self.0).ok()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.civil() {
            Some(at) => write!(f, "{at:.3}"),
            None => write!(f, "{} ms", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        Timestamp::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_rfc_3339_outside() {
        let at = Timestamp(1_291_190_760_000);
        let text = serde_json::to_string(&at).unwrap();
        assert_eq!(text, "\"2010-12-01T08:06:00.000Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), at);
        assert!(serde_json::from_str::<Timestamp>("\"yesterday\"").is_err());
        for end in [Timestamp(0).plus(i64::MAX), Timestamp(0).plus(i64::MIN)] {
            assert_eq!(Timestamp::parse(&end.to_string()), Ok(end), "the last moment is read again");
        }
        for beyond in ["9999-12-30T22:00:00.5Z", "-000100-01-01T00:00:00Z"] {
            assert!(Timestamp::parse(beyond).is_err(), "{beyond} could not be written");
        }
    }
}
