use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Line
    /// Which connected number was called. Empty means any.
    #[serde(default)]
    #[schemars(extend("x-widget" = "phone-line"))]
    line: String,
    /// Ignore calls older than
    /// Minutes between the call and its report: some telephony reports hours later. 0 ignores none.
    #[serde(default)]
    ignore_older_than: u32,
}

struct MissedCall;

impl Trigger for MissedCall {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, call: &Event) -> Result<Verdict> {
        if !ctx.order.concerns(call) {
            return Ok(ignores("somebody else called"));
        }
        let line = call.attr_text("line");
        if !allows(&ctx.settings.line, &line) {
            return Ok(ignores(format!("it was line {line}")));
        }
        let occurred = call.attr_integer("occurred-at").unwrap_or(call.at);
        let limit = u64::from(ctx.settings.ignore_older_than) * MINUTE;
        if limit > 0 && later(occurred, limit) < call.at {
            let minutes = call.at.abs_diff(occurred) / MINUTE;
            return Ok(ignores(format!("the call was reported after {minutes} minutes")));
        }
        Ok(fires(format!("nobody answered the client on line {line}")))
    }
}

trigger! {
    MissedCall {
        id: "rulewright.missed-call",
        publisher: "Rulewright",
        title: "Missed call",
        description: "The client calls, and nobody answers.",
        missing: "A call from a number of no client of the order does nothing. A call that does not say when \
                  it was counts as just missed.",
        example: json!({ "ignore-older-than": 60 }),
        origin: External,
        subscriptions: ["call.missed"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::{Json, testing};

    use super::*;

    fn missed(age: u64) -> Event {
        testing::event("call.missed")
            .of_client("client-1")
            .with_attr("line", "A")
            .with_attr("occurred-at", earlier(testing::START, age))
    }

    fn verdict(settings: Json, event: Event) -> Verdict {
        testing::examine::<MissedCall>(settings, testing::order(), event).expect("the settings are right")
    }

    #[test]
    fn a_call_that_is_reported_too_late_is_ignored() {
        let limit = json!({ "ignore-older-than": 60 });
        let late = ignores("the call was reported after 540 minutes");
        assert_eq!(verdict(limit.clone(), missed(9 * HOUR)), late);
        assert!(matches!(verdict(limit.clone(), missed(HOUR + 1)), Verdict::Ignores(_)));
        assert!(matches!(verdict(limit, missed(HOUR)), Verdict::Fires(_)));
        assert!(matches!(verdict(json!({}), missed(9 * HOUR)), Verdict::Fires(_)));
    }

    #[test]
    fn without_a_time_it_was_just_now() {
        let event = testing::event("call.missed").of_client("client-1").with_attr("line", "A");
        let fired = fires("nobody answered the client on line A");
        assert_eq!(verdict(json!({ "ignore-older-than": 1 }), event), fired);
    }

    #[test]
    fn it_must_be_the_selected_line() {
        assert!(matches!(verdict(json!({ "line": "A" }), missed(0)), Verdict::Fires(_)));
        assert_eq!(verdict(json!({ "line": "B" }), missed(0)), ignores("it was line A"));
    }

    #[test]
    fn it_must_be_the_client_of_the_order() {
        let event = testing::event("call.missed").of_client("client-2");
        assert_eq!(verdict(json!({}), event), ignores("somebody else called"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<MissedCall>(MissedCall::manifest()["example"].clone()), []);
    }
}
