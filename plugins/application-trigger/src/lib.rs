use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Code
    /// Under which an application has registered the trigger.
    #[schemars(length(min = 1), extend("x-widget" = "application-trigger"))]
    code: String,
    /// Application
    /// Its id, where several applications use the same code; empty means any.
    #[serde(default)]
    application: String,
}

struct ApplicationTrigger;

impl Trigger for ApplicationTrigger {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, fired: &Event) -> Result<Verdict> {
        let Settings { code, application } = &ctx.settings;
        if fired.attr_text("code") != code.trim() {
            return Ok(ignores("the application fired another trigger"));
        }
        let by = fired.attr_text("application");
        if !application.trim().is_empty() && by != application.trim() {
            return Ok(ignores("another application fired a trigger of that code"));
        }
        Ok(fires(format!("the application fired `{}`", code.trim())))
    }
}

trigger! {
    ApplicationTrigger {
        id: "rulewright.application-trigger",
        publisher: "Rulewright",
        title: "Application trigger",
        description: "An application fires a trigger that it has registered, for this order.",
        missing: "A trigger that is fired with another code, or for an order that is gone, does nothing.",
        example: json!({ "code": "parcel.weighed" }),
        origin: External,
        subscriptions: ["application.trigger"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::{Json, testing};

    use super::*;

    fn fires_for(settings: Json, code: &str, application: &str) -> bool {
        let event = testing::event("application.trigger")
            .of_order("order-1")
            .with_attr("code", code)
            .with_attr("application", application);
        let verdict = testing::examine::<ApplicationTrigger>(settings, testing::order(), event);
        matches!(verdict, Ok(Verdict::Fires(_)))
    }

    #[test]
    fn the_code_must_be_the_same() {
        assert!(fires_for(json!({ "code": "parcel.weighed" }), "parcel.weighed", "a"));
        assert!(!fires_for(json!({ "code": "parcel.weighed" }), "parcel.lost", "a"));
        assert!(!fires_for(json!({ "code": "parcel.weighed" }), "", "a"));
    }

    #[test]
    fn of_one_code_an_application_can_be_chosen() {
        let settings = json!({ "code": "weighed", "application": "scales" });
        assert!(fires_for(settings.clone(), "weighed", "scales"));
        assert!(!fires_for(settings, "weighed", "another"));
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = ApplicationTrigger::manifest()["example"].clone();
        assert_eq!(testing::check::<ApplicationTrigger>(example), []);
    }
}
