use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Form
    /// Empty means any.
    #[serde(default)]
    #[schemars(extend("x-widget" = "form"))]
    form: String,
}

struct FormSubmission;

impl Trigger for FormSubmission {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, submission: &Event) -> Result<Verdict> {
        if !ctx.order.concerns(submission) {
            return Ok(ignores("somebody else submitted it"));
        }
        let form = submission.attr_text("form");
        if !allows(&ctx.settings.form, &form) {
            return Ok(ignores(format!("it was the form {form}")));
        }
        Ok(fires(format!("the client submitted the form {form}")))
    }
}

trigger! {
    FormSubmission {
        id: "rulewright.form-submission",
        publisher: "Rulewright",
        title: "CRM form submission",
        description: "The client submits a form.",
        missing: "A form from somebody who is no client of the order does nothing.",
        example: json!({ "form": "Delivery address" }),
        origin: External,
        subscriptions: ["form.submitted"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn verdict(selected: &str, form: &str, client: &str) -> Verdict {
        let event = testing::event("form.submitted").of_client(client).with_attr("form", form);
        let settings = json!({ "form": selected });
        let verdict = testing::examine::<FormSubmission>(settings, testing::order(), event);
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
        assert_eq!(verdict("", "5", "client-2"), ignores("somebody else submitted it"));
    }
}
