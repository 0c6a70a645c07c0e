use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Line
    /// Which connected number was called. Empty means any.
    #[serde(default)]
    #[schemars(extend("x-widget" = "phone-line"))]
    line: String,
}

struct IncomingCall;

impl Trigger for IncomingCall {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, call: &Event) -> Result<Verdict> {
        if !ctx.order.concerns(call) {
            return Ok(ignores("somebody else called"));
        }
        let line = call.attr_text("line");
        if !allows(&ctx.settings.line, &line) {
            return Ok(ignores(format!("it was line {line}")));
        }
        Ok(fires(format!("the client called on line {line}")))
    }
}

trigger! {
    IncomingCall {
        id: "rulewright.incoming-call",
        publisher: "Rulewright",
        title: "Incoming call",
        description: "The client calls.",
        missing: "A call from a number of no client of the order does nothing.",
        example: json!({ "line": "+44 20 7946 0000" }),
        origin: External,
        subscriptions: ["call.incoming"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn verdict(selected: &str, line: &str, client: &str) -> Verdict {
        let event = testing::event("call.incoming").of_client(client).with_attr("line", line);
        let settings = json!({ "line": selected });
        let verdict = testing::examine::<IncomingCall>(settings, testing::order(), event);
        verdict.expect("the settings are right")
    }

    #[test]
    fn it_must_be_the_selected_line() {
        assert!(matches!(verdict("A", "A", "client-1"), Verdict::Fires(_)));
        assert_eq!(verdict("A", "B", "client-1"), ignores("it was line B"));
    }

    #[test]
    fn none_selected_means_any() {
        assert!(matches!(verdict("", "B", "client-1"), Verdict::Fires(_)));
    }

    #[test]
    fn it_must_be_the_client_of_the_order() {
        assert_eq!(verdict("", "A", "client-2"), ignores("somebody else called"));
    }
}
