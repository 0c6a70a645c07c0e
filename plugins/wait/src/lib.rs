use rulewright_sdk::notifications::Notification;
use rulewright_sdk::prelude::*;

/// What a client can do to end the wait.
const ACTIONS: [(&str, &str); 5] = [
    ("call.incoming", "the client called"),
    ("mail.incoming", "the client wrote a mail"),
    ("chat.message", "the client wrote in the chat"),
    ("form.submitted", "the client submitted a form"),
    ("payment.received", "the client paid"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Wait
    until: Until,
    /// Description
    /// What the responsible employee reads when the wait is over.
    #[serde(default)]
    #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
    description: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Until {
    /// For some time
    After {
        /// How long
        #[serde(default = "one")]
        #[schemars(range(min = 1))]
        amount: u32,
        /// Unit
        #[serde(default)]
        unit: Unit,
    },
    /// Until a date
    Before {
        /// Date field
        #[schemars(length(min = 1), extend("x-widget" = "date-field"))]
        field: String,
        /// Days before
        #[serde(default)]
        days: u32,
    },
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Unit {
    /// Minutes
    Minutes,
    /// Hours
    Hours,
    /// Days
    #[default]
    Days,
}

fn one() -> u32 {
    1
}

struct Wait;

impl Rule for Wait {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        match &step.cause {
            Cause::Started(_) => begin(step),
            Cause::Event(event) => end(step, &event.kind),
            Cause::Timer | Cause::TimedOut => end(step, "time"),
        }
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match &settings.until {
            Until::After { amount: 0, .. } => {
                vec![Issue::new("/until/amount", "too-short", "At least 1.")]
            }
            Until::Before { field, .. } if field.trim().is_empty() => {
                vec![Issue::new("/until/field", "required", "Select a date field.")]
            }
            _ => Vec::new(),
        }
    }
}

fn begin(step: &Step<Wait>) -> Result<Outcome> {
    let until = instant(step)?;
    if until <= step.now() {
        return Err(Error::give_up("already-past: the time to wait for is over"));
    }
    let clients: Vec<String> = step.order.clients().map(Into::into).collect();
    if clients.is_empty() {
        // A filter without clients would mean anybody.
        return step.wait_until(until, ());
    }
    let filter = EventFilter { clients, ..EventFilter::new(ACTIONS.map(|(kind, _)| kind)) };
    step.wait_for(filter, until, ())
}

fn instant(step: &Step<Wait>) -> Result<Instant> {
    match &step.settings.until {
        Until::After { amount, unit } => {
            let unit = match unit {
                Unit::Minutes => MINUTE,
                Unit::Hours => HOUR,
                Unit::Days => DAY,
            };
            Ok(later(step.now(), u64::from(*amount).saturating_mul(unit)))
        }
        Until::Before { field, days } => {
            let Some(value) = step.order.field(field) else {
                return Err(Error::give_up(format!("empty-date: {field} is empty")));
            };
            let at = match value {
                Value::Time(at) => Some(earlier(*at, u64::from(*days).saturating_mul(DAY))),
                Value::Text(text) => before(step, text.trim(), i64::from(*days)),
                _ => None,
            };
            at.ok_or_else(|| Error::give_up(format!("not-a-date: {field} is {value}")))
        }
    }
}

/// So many days before the beginning of a day, e.g. `2026-01-31`, or a moment, e.g. `2026-01-31T10:00:00Z`. Where
/// nothing is said about the zone it is the shop's.
fn before(step: &Step<Wait>, text: &str, days: i64) -> Option<Instant> {
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
    // A wait is planned to the second.
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
fn days_since_1970(day: &str) -> Option<i64> {
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

fn end(step: &Step<Wait>, by: &str) -> Result<Outcome> {
    let action = ACTIONS.iter().find(|(kind, _)| *kind == by);
    let why = action.map_or("the time is up", |(_, why)| why);
    if let Some(responsible) = &step.order.responsible {
        let mut text = format!("Order {}: {why}.", step.order.number);
        if let Some(description) = filled(&step.settings.description) {
            text = format!("{text} {description}");
        }
        notifications::send(&Notification {
            about: Some(step.order.id.clone()),
            ..Notification::new(text, [responsible.clone()])
        })?;
    }
    Ok(done_with(format!("The wait is over: {why}"), json!({ "ended-by": by })))
}

rule! {
    Wait {
        id: "rulewright.wait",
        publisher: "Rulewright",
        title: "Wait",
        description: "Pauses until the client acts or a time has come, then notifies the responsible employee.",
        group: Employees,
        outputs: [("ended-by", "The client's action, e.g. call.incoming, or time")],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect, End, Scenario};

    use super::*;

    fn two_days() -> Scenario<Wait> {
        testing::run().settings(json!({
            "until": { "kind": "after", "amount": 2 }, "description": "Call back",
        }))
    }

    fn before(value: Value, days: u32) -> End {
        let mut order = testing::order();
        order.fields.push(attr("delivery-date", value));
        let until = json!({ "kind": "before", "field": "delivery-date", "days": days });
        testing::run::<Wait>().settings(json!({ "until": until })).order(order).go()
    }

    fn notified(end: &End) -> &str {
        match end.effects.as_slice() {
            [Effect::Notify(note)] if note.recipients == ["employee-1"] => &note.text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn ends_at_its_time() {
        let end = two_days().go();
        assert_eq!(end.output()["ended-by"], "time");
        assert_eq!(end.now, later(testing::START, 2 * DAY));
        assert_eq!(notified(&end), "Order 1001: the time is up. Call back");
    }

    #[test]
    fn ends_when_the_client_acts() {
        let end = two_days()
            .event_after(HOUR, testing::event("mail.incoming").of_client("client-2"))
            .event_after(5 * HOUR, testing::event("mail.incoming").of_client("client-1"))
            .go();
        assert_eq!(end.output()["ended-by"], "mail.incoming");
        assert_eq!(end.now, later(testing::START, 5 * HOUR));
        assert!(notified(&end).contains("the client wrote a mail"));
    }

    #[test]
    fn an_order_of_nobody_waits_for_nobody() {
        let mut order = testing::order();
        order.contacts.clear();
        let end = two_days()
            .order(order)
            .event_after(HOUR, testing::event("call.incoming").of_client("client-9"))
            .go();
        assert_eq!(end.output()["ended-by"], "time");
    }

    #[test]
    fn ends_before_a_date() {
        let date = later(testing::START, 10 * DAY);
        assert_eq!(before(Value::Time(date), 3).now, later(testing::START, 7 * DAY));
        // The start is 2026-01-05, 09:00 UTC.
        assert_eq!(before("2026-01-07".into(), 1).now, later(testing::START, 15 * HOUR));
    }

    #[test]
    fn does_not_start_without_a_time_to_come() {
        let past = earlier(testing::START, 1);
        assert!(before(Value::Time(past), 0).gave_up().starts_with("already-past"));
        assert!(before("2026-01-07".into(), 30).gave_up().starts_with("already-past"));
        assert!(before(Value::None, 0).gave_up().starts_with("empty-date"));
        assert!(before("soon".into(), 0).gave_up().starts_with("not-a-date"));
    }

    #[test]
    fn a_day_begins_where_the_shop_is() {
        let mut order = testing::order();
        order.fields.push(attr("delivery-date", "2026-01-07"));
        let until = json!({ "kind": "before", "field": "delivery-date", "days": 1 });
        let end = testing::run::<Wait>().settings(json!({ "until": until })).order(order).utc_offset(2).go();
        assert_eq!(end.now, later(testing::START, 13 * HOUR));
    }

    #[test]
    fn ends_before_a_moment_in_any_way_to_write_it() {
        let until_ten = later(testing::START, DAY + HOUR);
        for text in [
            "2026-01-07T10:00:00Z",
            "2026-01-07T10:00:00.000Z",
            "2026-01-07T12:30+02:30",
            "2026-01-07T05:00:00-05:00",
            "2026-01-07 10:00",
        ] {
            assert_eq!(before(text.into(), 1).now, until_ten, "{text}");
        }
        for wrong in ["2026-01-07T25:00", "2026-01-07T10", "2026-01-07T10:00:00X", "2026-01-07T10:00+2"] {
            assert!(before(wrong.into(), 0).gave_up().starts_with("not-a-date"), "{wrong}");
        }
    }

    #[test]
    fn knows_the_calendar_both_ways() {
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

    #[test]
    fn a_wait_has_a_length() {
        let issues = testing::check::<Wait>(json!({ "until": { "kind": "after", "amount": 0 } }));
        assert_eq!(issues[0].code, "too-short");
    }
}
