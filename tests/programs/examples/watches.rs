//! Fires when what it watches comes: a date or a change of the order's `field`, or a `schedule`.

use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    #[schemars(extend("x-field" = true))]
    field: String,
    #[serde(default)]
    offset_minutes: i64,
    #[serde(default)]
    schedule: String,
    /// Of the field, not its date.
    #[serde(default)]
    changes: bool,
}

struct Watches;

impl Trigger for Watches {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, event: &Event) -> Result<Verdict> {
        let wanted = &ctx.settings;
        let came = match event.kind.as_str() {
            "schedule.due" => event.attr_text("schedule") == wanted.schedule,
            "date.reached" => {
                let offset = matches!(event.attr("offset"), Some(Value::Integer(offset)) if *offset == wanted.offset_minutes);
                offset && event.attr_text("field") == wanted.field
            }
            _ => wanted.changes && event.attr_texts("fields").contains(&wanted.field),
        };
        Ok(if came { fires("it came") } else { ignores("something else came") })
    }
}

trigger!(Watches {
    id: "test.watches",
    title: "Watches",
    subscriptions: ["schedule.due", "date.reached", "order.fields-changed"],
});
