use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Code
    /// What the address called must carry as `code`; empty answers to every call for the order.
    #[serde(default)]
    #[schemars(extend("x-widget" = "webhook-code"))]
    code: String,
}

struct Webhook;

impl Trigger for Webhook {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, call: &Event) -> Result<Verdict> {
        let code = ctx.settings.code.trim();
        if code.is_empty() || call.attr_text("code") == code {
            return Ok(fires("the webhook was called"));
        }
        Ok(ignores("the webhook was called with another code"))
    }
}

trigger! {
    Webhook {
        id: "rulewright.webhook",
        publisher: "Rulewright",
        title: "Webhook",
        description: "Another system calls the shop's webhook for this order.",
        missing: "Where a code is set, a call without one, or with another one, does nothing.",
        example: json!({ "code": "k3y-of-the-warehouse" }),
        origin: External,
        subscriptions: ["webhook.received"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn fires_for(setting: &str, code: Option<&str>) -> bool {
        let mut event = testing::event("webhook.received").of_order("order-1");
        if let Some(code) = code {
            event = event.with_attr("code", code);
        }
        let settings = json!({ "code": setting });
        let verdict = testing::examine::<Webhook>(settings, testing::order(), event);
        matches!(verdict, Ok(Verdict::Fires(_)))
    }

    #[test]
    fn the_code_must_be_the_same() {
        assert!(fires_for("k3y", Some("k3y")));
        assert!(!fires_for("k3y", Some("K3Y")));
        assert!(!fires_for("k3y", None));
    }

    #[test]
    fn an_empty_code_answers_to_every_call() {
        for setting in ["", " "] {
            assert!(fires_for(setting, None));
            assert!(fires_for(setting, Some("k3y")));
        }
    }
}
