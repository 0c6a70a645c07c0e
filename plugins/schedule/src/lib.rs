use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Schedule
    /// One of the shop's schedules, by its name.
    #[schemars(length(min = 1), extend("x-widget" = "schedule"))]
    schedule: String,
}

struct Schedule;

impl Trigger for Schedule {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, due: &Event) -> Result<Verdict> {
        let schedule = due.attr_text("schedule");
        let why = format!("the schedule {schedule} came due");
        Ok(if schedule == ctx.settings.schedule.trim() { fires(why) } else { ignores(why) })
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.schedule.trim() {
            "" => vec![Issue::new("/schedule", "required", "Select a schedule.")],
            _ => Vec::new(),
        }
    }
}

trigger! {
    Schedule {
        id: "rulewright.schedule",
        publisher: "Rulewright",
        title: "Schedule",
        description: "A schedule of the shop comes due, e.g. every morning at nine. Every open order is \
                      asked; a condition says which of them are meant.",
        missing: "A schedule that was removed or renamed never comes due.",
        example: json!({ "schedule": "Every morning" }),
        origin: Internal,
        subscriptions: ["schedule.due"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn verdict(selected: &str, event: Event) -> Verdict {
        let settings = json!({ "schedule": selected });
        testing::examine::<Schedule>(settings, testing::order(), event).expect("the settings are right")
    }

    #[test]
    fn it_must_be_the_selected_schedule() {
        let due = || testing::event("schedule.due").with_attr("schedule", "Every morning");
        assert_eq!(verdict("Every morning", due()), fires("the schedule Every morning came due"));
        assert_eq!(verdict("Every evening", due()), ignores("the schedule Every morning came due"));
        assert!(matches!(verdict("Every morning", testing::event("schedule.due")), Verdict::Ignores(_)));
    }

    #[test]
    fn a_schedule_is_needed() {
        assert_eq!(testing::check::<Schedule>(json!({ "schedule": " " }))[0].path, "/schedule");
        assert_eq!(testing::check::<Schedule>(json!({})).len(), 1);
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<Schedule>(Schedule::manifest()["example"].clone()), []);
    }
}
