use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Reason contains
    /// Case does not matter. Empty means any reason, or none.
    #[serde(default)]
    reason_contains: String,
}

struct OrderCanceled;

impl Trigger for OrderCanceled {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, cancelation: &Event) -> Result<Verdict> {
        let part = ctx.settings.reason_contains.trim();
        let reason = cancelation.attr_text("reason");
        if !reason.to_lowercase().contains(&part.to_lowercase()) {
            return Ok(ignores(format!("the reason does not contain `{part}`: {reason}")));
        }
        Ok(fires(format!("the order was canceled: {reason}")))
    }
}

trigger! {
    OrderCanceled {
        id: "rulewright.order-canceled",
        publisher: "Rulewright",
        title: "Order canceled",
        description: "The order is marked as canceled.",
        missing: "Where a reason is asked for, a cancelation without one does nothing. Canceling twice, or \
                  taking it back, does nothing.",
        example: json!({ "reason-contains": "too late" }),
        origin: Internal,
        subscriptions: ["order.canceled"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn verdict(part: &str, reason: Option<&str>) -> Verdict {
        let event = testing::event("order.canceled").of_order("order-1");
        let event = event.with_attr("reason", reason.map_or(Value::None, Value::from));
        let settings = json!({ "reason-contains": part });
        let verdict = testing::examine::<OrderCanceled>(settings, testing::order(), event);
        verdict.expect("the settings are right")
    }

    #[test]
    fn any_reason_will_do_and_none() {
        assert_eq!(verdict(" ", Some("Came too late")), fires("the order was canceled: Came too late"));
        assert!(matches!(verdict("", None), Verdict::Fires(_)));
    }

    #[test]
    fn the_reason_must_contain_what_is_asked_for_in_any_case() {
        assert!(matches!(verdict("Too Late", Some("Came too late")), Verdict::Fires(_)));
        assert!(matches!(verdict("price", Some("Came too late")), Verdict::Ignores(_)));
        assert!(matches!(verdict("price", None), Verdict::Ignores(_)));
    }

    #[test]
    fn taking_it_back_is_not_meant() {
        assert_eq!(OrderCanceled::manifest()["subscriptions"], json!(["order.canceled"]));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<OrderCanceled>(OrderCanceled::manifest()["example"].clone()), []);
    }
}
