use rulewright_sdk::prelude::*;

/// Ten years: what is further off is a typing error.
const FURTHEST: i64 = 10 * 366 * 24 * 60;

// The host reads both to plan the event.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Date
    /// A field of the order that holds a date.
    #[schemars(length(min = 1), extend("x-widget" = "date-field"))]
    field: String,
    /// Minutes after the date
    /// Negative is before: -1440 is a day earlier, 120 is two hours later.
    #[serde(default)]
    #[schemars(range(min = -FURTHEST, max = FURTHEST), extend("x-widget" = "minutes"))]
    offset_minutes: i64,
}

struct DateReached;

impl Trigger for DateReached {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, reached: &Event) -> Result<Verdict> {
        let Settings { field, offset_minutes } = &ctx.settings;
        if reached.attr_text("field") != *field || reached.attr_integer("offset") != Some(*offset_minutes) {
            return Ok(ignores("another trigger waited for this"));
        }
        Ok(fires(match offset_minutes {
            0 => format!("{field} has come"),
            1.. => format!("{offset_minutes} minutes after {field}"),
            _ => format!("{} minutes before {field}", offset_minutes.unsigned_abs()),
        }))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.field.trim() {
            "" => vec![Issue::new("/field", "required", "Select a date field.")],
            _ => Vec::new(),
        }
    }
}

trigger! {
    DateReached {
        id: "rulewright.date-reached",
        publisher: "Rulewright",
        title: "Date reached",
        description: "A date of the order has come, or comes in some time, or was some time ago.",
        missing: "Where the field holds no date, nothing happens until it does. When the date is changed, \
                  the trigger follows it.",
        example: json!({ "field": "delivery-date", "offset-minutes": -1440 }),
        origin: Internal,
        subscriptions: ["date.reached"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::{Json, testing};

    use super::*;

    fn verdict(settings: Json, field: &str, offset: i64) -> Verdict {
        let event = testing::event("date.reached").of_order("order-1");
        let event = event.with_attr("field", field).with_attr("offset", offset);
        testing::examine::<DateReached>(settings, testing::order(), event).expect("the settings are right")
    }

    #[test]
    fn fires_at_its_own_time_and_at_no_other() {
        let at = |offset: i64, reached: i64| {
            verdict(json!({ "field": "delivery-date", "offset-minutes": offset }), "delivery-date", reached)
        };
        assert_eq!(at(0, 0), fires("delivery-date has come"));
        assert_eq!(at(-1440, -1440), fires("1440 minutes before delivery-date"));
        assert_eq!(at(120, 120), fires("120 minutes after delivery-date"));
        for (offset, reached) in [(0, -1440), (-1440, 0), (120, -120)] {
            assert_eq!(at(offset, reached), ignores("another trigger waited for this"));
        }
    }

    #[test]
    fn it_must_be_its_own_field_and_the_date_itself_by_default() {
        assert!(matches!(verdict(json!({ "field": "a" }), "a", 0), Verdict::Fires(_)));
        assert!(matches!(verdict(json!({ "field": "a" }), "b", 0), Verdict::Ignores(_)));
    }

    #[test]
    fn a_field_is_needed() {
        assert_eq!(testing::check::<DateReached>(json!({ "field": " " }))[0].path, "/field");
    }

    #[test]
    fn the_host_finds_the_settings_that_it_plans_by() {
        let settings = &DateReached::manifest()["settings"]["properties"];
        assert_eq!(settings["field"]["type"], "string");
        assert_eq!(
            (&settings["offset-minutes"]["type"], &settings["offset-minutes"]["default"]),
            (&json!("integer"), &json!(0))
        );
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<DateReached>(DateReached::manifest()["example"].clone()), []);
    }
}
