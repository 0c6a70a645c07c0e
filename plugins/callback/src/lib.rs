use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Callback form
    /// Empty means any.
    #[serde(default)]
    #[schemars(extend("x-widget" = "form"))]
    form: String,
}

struct Callback;

impl Trigger for Callback {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, request: &Event) -> Result<Verdict> {
        if !ctx.order.concerns(request) {
            return Ok(ignores("somebody else asked"));
        }
        let form = request.attr_text("form");
        if !allows(&ctx.settings.form, &form) {
            return Ok(ignores(format!("it was the form {form}")));
        }
        Ok(fires(format!("the client asked for a call with the form {form}")))
    }
}

trigger! {
    Callback {
        id: "rulewright.callback",
        publisher: "Rulewright",
        title: "Callback",
        description: "The client asks to be called back, with a callback form.",
        missing: "A request by somebody who is no client of the order does nothing.",
        example: json!({ "form": "Call me" }),
        origin: External,
        subscriptions: ["callback.requested"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn verdict(selected: &str, form: &str, client: &str) -> Verdict {
        let event = testing::event("callback.requested").of_client(client).with_attr("form", form);
        let settings = json!({ "form": selected });
        let verdict = testing::examine::<Callback>(settings, testing::order(), event);
        verdict.expect("the settings are right")
    }

    #[test]
    fn it_must_be_the_selected_form() {
        assert!(matches!(verdict("5", "5", "client-1"), Verdict::Fires(_)));
        assert_eq!(verdict("5", "6", "client-1"), ignores("it was the form 6"));
    }

    #[test]
    fn none_selected_means_any() {
        assert!(matches!(verdict("", "6", "client-1"), Verdict::Fires(_)));
    }

    #[test]
    fn it_must_be_the_client_of_the_order() {
        assert_eq!(verdict("", "5", "client-2"), ignores("somebody else asked"));
    }

    #[test]
    fn a_plain_form_is_no_request_for_a_call() {
        assert_eq!(Callback::manifest()["subscriptions"], json!(["callback.requested"]));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<Callback>(Callback::manifest()["example"].clone()), []);
    }
}
