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
            Cause::Started(_) | Cause::Retried => begin(step),
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
            let date = value.as_time().or_else(|| value.as_text().and_then(midnight));
            let Some(date) = date else {
                return Err(Error::give_up(format!("not-a-date: {field} is {value}")));
            };
            Ok(earlier(date, u64::from(*days).saturating_mul(DAY)))
        }
    }
}

/// The beginning of a day such as `2026-01-31`, in UTC.
fn midnight(text: &str) -> Option<Instant> {
    let mut parts = text.trim().splitn(3, '-');
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
    let days = 365 * year + leap_days + (153 * months + 2) / 5 + day - 1 - 719_468;
    Some(days * DAY as i64)
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
    fn knows_the_calendar() {
        assert_eq!(midnight("1970-01-01"), Some(0));
        assert_eq!(midnight("2024-02-29"), Some(1_709_164_800_000));
        assert_eq!(midnight("2026-12-31"), Some(1_798_675_200_000));
        assert_eq!(midnight("1969-12-31"), Some(-86_400_000));
        for wrong in ["2026-02-29", "2026-13-01", "2026-1-1", "2026-01-01T10:00", "", "+026-01-01"] {
            assert_eq!(midnight(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_wait_has_a_length() {
        let issues = testing::check::<Wait>(json!({ "until": { "kind": "after", "amount": 0 } }));
        assert_eq!(issues[0].code, "too-short");
    }
}
