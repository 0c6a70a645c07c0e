use rulewright_sdk::notifications::Notification;
use rulewright_sdk::prelude::*;

/// What a client can do to end the wait.
const ACTIONS: [(&str, &str); 6] = [
    ("call.incoming", "the client called"),
    ("mail.received", "the client wrote a mail"),
    ("sms.received", "the client wrote an SMS"),
    ("chat.message-received", "the client wrote in the chat"),
    ("form.submitted", "the client submitted a form"),
    ("payment.received", "the client paid"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Wait
    until: Moment,
    /// Description
    /// What the responsible employee reads when the wait is over.
    #[serde(default)]
    #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
    description: String,
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
            Moment::After { amount: 0, .. } => {
                vec![Issue::new("/until/amount", "too-short", "At least 1.")]
            }
            until if until.is_incomplete() => {
                vec![Issue::new("/until/field", "required", "Select a date field.")]
            }
            _ => Vec::new(),
        }
    }
}

fn begin(step: &Step<Wait>) -> Result<Outcome> {
    let until = step.settings.until.instant(step)?;
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
        missing: "Where the date field is empty or no date, or the time has passed, the rule fails and does not wait. \
                  An order without a client waits for the time alone, and one without a responsible notifies nobody.",
        example: json!({
            "until": { "kind": "after", "amount": 2, "unit": "days" },
            "description": "Ask whether the offer has arrived.",
        }),
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
            .event_after(HOUR, testing::event("mail.received").of_client("client-2"))
            .event_after(5 * HOUR, testing::event("mail.received").of_client("client-1"))
            .go();
        assert_eq!(end.output()["ended-by"], "mail.received");
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
    fn a_wait_has_a_length_or_an_end() {
        let code = |until| testing::check::<Wait>(json!({ "until": until }))[0].code.clone();
        assert_eq!(code(json!({ "kind": "after", "amount": 0 })), "too-short");
        assert_eq!(code(json!({ "kind": "before", "field": " " })), "required");
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<Wait>(Wait::manifest()["example"].clone()), []);
    }
}
