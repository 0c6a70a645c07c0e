use rulewright_sdk::activities::Activity;
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Subject
    #[schemars(length(min = 1), extend("x-template" = true))]
    subject: String,
    /// Description
    #[serde(default)]
    #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
    description: String,
    /// Time
    /// What would be in the past is planned for now.
    time: Moment,
    /// Place
    #[serde(default)]
    #[schemars(extend("x-template" = true))]
    place: String,
    /// Responsible
    /// Empty means the order's responsible.
    #[serde(default)]
    #[schemars(extend("x-widget" = "employee"))]
    responsible: String,
    /// Important
    #[serde(default)]
    important: bool,
    /// Reminder
    /// So many minutes before; 0 means none.
    #[serde(default)]
    reminder: u32,
}

struct ScheduleMeeting;

impl Rule for ScheduleMeeting {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { description, time, place, responsible, important, reminder, .. } = &step.settings;
        let Some(subject) = filled(&one_line(&step.settings.subject)) else {
            return Err(Error::give_up("empty-subject: nothing is left of the subject"));
        };
        let mut attrs = vec![attr("important", *important)];
        attrs.extend(filled(&one_line(place)).map(|place| attr("place", place)));
        if *reminder > 0 {
            attrs.push(attr("remind-before", i64::from(*reminder)));
        }
        activities::add(&Activity {
            description: description.clone(),
            starts: Some(time.instant(step)?.max(step.now())),
            responsible: step.order.employee(responsible),
            attrs,
            ..Activity::new(&step.order.id, "meeting", &subject)
        })?;
        Ok(done(format!("Meeting planned: {subject}")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = Vec::new();
        if settings.subject.trim().is_empty() {
            issues.push(Issue::new("/subject", "empty-subject", "Write a subject."));
        }
        if settings.time.is_incomplete() {
            issues.push(Issue::new("/time/field", "required", "Select a date field."));
        }
        issues
    }
}

rule! {
    ScheduleMeeting {
        id: "rulewright.schedule-meeting",
        publisher: "Rulewright",
        title: "Schedule a meeting",
        description: "Plans a meeting of an employee with the client.",
        missing: "Where the date field is empty or no date, or nothing is left of the subject, the rule fails and \
                  plans nothing. A time that has passed becomes now. An order without a responsible gets a meeting of \
                  nobody, unless one is chosen. The place may be left empty.",
        example: json!({
            "subject": "Show order {{ order.number }}",
            "time": { "kind": "before", "field": "delivery-date", "days": 1 },
            "place": "Showroom",
            "reminder": 30,
        }),
        group: Employees,
        // The host puts it there at commit.
        outputs: [("activity.id", "Id of the meeting")],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect, Scenario};
    use rulewright_sdk::{Json, json};

    use super::*;

    fn schedule(time: Json) -> Scenario<ScheduleMeeting> {
        let mut order = testing::order();
        order.fields.push(attr("delivery-date", "2026-01-07T10:00"));
        order.fields.push(attr("colour", "red"));
        testing::run().settings(json!({ "subject": "Meet", "time": time })).order(order)
    }

    fn starts(time: Json) -> Instant {
        let end = schedule(time).utc_offset(2).go();
        match end.effects.as_slice() {
            [Effect::AddActivity(Activity { starts: Some(at), .. })] => *at,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn plans_a_meeting() {
        let end = testing::run::<ScheduleMeeting>()
            .settings(json!({
                "subject": "Try\non",
                "description": "About the size",
                "time": { "kind": "after", "amount": 90, "unit": "minutes" },
                "place": "Room\n4",
                "responsible": "employee-2",
                "important": true,
                "reminder": 15,
            }))
            .go();
        assert_eq!(end.summary(), "Meeting planned: Try on");
        let meeting = Activity {
            description: "About the size".into(),
            starts: Some(later(testing::START, 90 * MINUTE)),
            responsible: Some("employee-2".into()),
            attrs: vec![attr("important", true), attr("place", "Room 4"), attr("remind-before", 15_i64)],
            ..Activity::new("order-1", "meeting", "Try on")
        };
        assert_eq!(end.effects, [Effect::AddActivity(meeting)]);
    }

    #[test]
    fn a_date_field_is_a_time_where_the_shop_is() {
        // The start is 2026-01-05, 09:00 UTC.
        let ten_at_utc_plus_two = later(testing::START, 2 * DAY - HOUR);
        assert_eq!(starts(json!({ "kind": "before", "field": "delivery-date" })), ten_at_utc_plus_two);
        let day_before = json!({ "kind": "before", "field": "delivery-date", "days": 1 });
        assert_eq!(starts(day_before), earlier(ten_at_utc_plus_two, DAY));
    }

    #[test]
    fn what_has_passed_is_planned_for_now() {
        let past = json!({ "kind": "before", "field": "delivery-date", "days": 9 });
        assert_eq!(starts(past), testing::START);
    }

    #[test]
    fn without_a_date_nothing_is_planned() {
        for (field, code) in [("pick-up", "empty-date"), ("colour", "not-a-date")] {
            let end = schedule(json!({ "kind": "before", "field": field })).go();
            assert!(end.gave_up().starts_with(code));
            assert_eq!(end.effects, []);
        }
    }

    #[test]
    fn a_meeting_has_a_subject_and_a_time() {
        let codes = |settings| -> Vec<String> {
            testing::check::<ScheduleMeeting>(settings).into_iter().map(|issue| issue.code).collect()
        };
        let settings = json!({ "subject": " ", "time": { "kind": "before", "field": "" } });
        assert_eq!(codes(settings), ["empty-subject", "required"]);
        assert_eq!(codes(json!({ "subject": "Meet" })), ["invalid"]);
        let settings = json!({ "subject": " ", "time": { "kind": "after" } });
        let end = testing::run::<ScheduleMeeting>().settings(settings).go();
        assert!(end.gave_up().starts_with("empty-subject"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<ScheduleMeeting>(ScheduleMeeting::manifest()["example"].clone()), []);
    }
}
