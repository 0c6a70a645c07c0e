//! Lengths of time as people write them: `2h`, `1d 4h`, `90 min`.

/// Seconds.
pub const MINUTE: i64 = 60;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// Seconds; negative with a minus in front. None where it is no length of time.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, mut rest) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (-1, rest.trim_start()),
        None => (1, text),
    };
    let mut all = 0i64;
    loop {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let amount: i64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.len() - rest.trim_start_matches(char::is_alphabetic).len();
        let one = match &*rest[..letters].to_lowercase() {
            "s" | "sec" | "second" | "seconds" | "sek" | "sekunde" | "sekunden" => 1,
            "m" | "min" | "minute" | "minutes" | "minuten" => MINUTE,
            "h" | "hour" | "hours" | "std" | "stunde" | "stunden" => HOUR,
            "d" | "day" | "days" | "tag" | "tage" | "tagen" => DAY,
            "w" | "week" | "weeks" | "woche" | "wochen" => WEEK,
            _ => return None,
        };
        all = all.checked_add(amount.checked_mul(one)?)?;
        rest = rest[letters..].trim_start();
        if rest.is_empty() {
            return Some(sign * all);
        }
    }
}

/// The same again, as short as it can be said: `1d 4h`.
pub fn written(seconds: i64) -> String {
    let mut left = seconds.unsigned_abs();
    let mut parts = Vec::new();
    for (one, name) in [(DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1, "s")] {
        let one = one.unsigned_abs();
        if left >= one {
            parts.push(format!("{}{name}", left / one));
            left %= one;
        }
    }
    match (parts.is_empty(), seconds < 0) {
        (true, _) => "0min".to_owned(),
        (false, minus) => format!("{}{}", if minus { "-" } else { "" }, parts.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("2h", 2 * HOUR),
            (" 1d 4h ", DAY + 4 * HOUR),
            ("90 min", 90 * MINUTE),
            ("1 Tag 30 Minuten", DAY + 30 * MINUTE),
            ("-1d", -DAY),
            ("0min", 0),
            ("1w", 7 * DAY),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
        for wrong in ["", "2", "h", "2 hourses", "1d-4h", "1 day, 2h", "soon", "9223372036854775807d", "٣h"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for seconds in [0, 1, 59, MINUTE, HOUR + 1, DAY + 4 * HOUR, 400 * DAY, -DAY - MINUTE] {
            assert_eq!(parse(&written(seconds)), Some(seconds), "{}", written(seconds));
        }
        assert_eq!(written(DAY + 4 * HOUR), "1d 4h");
    }
}
