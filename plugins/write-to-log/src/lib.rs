use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Text
    /// What is written into the order's history. Where nothing is left of it, the rule is skipped.
    #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
    text: String,
    /// Author
    /// Empty means the rule itself.
    #[serde(default)]
    #[schemars(extend("x-widget" = "employee"))]
    author: String,
}

struct WriteToLog;

impl Rule for WriteToLog {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Some(text) = filled(&step.settings.text) else {
            return Ok(skipped("empty-text: there is nothing to write"));
        };
        let author = filled(&step.settings.author);
        history::write(&step.order.id, &text, author.as_deref()).map_err(unknown_author)?;
        Ok(done("Written to the history"))
    }
}

/// Only the author can be wrong, and only somebody can select another.
fn unknown_author(error: HostError) -> Error {
    match error {
        HostError::Invalid(_) => Error::settings(format!("no-such-employee: {}", error.explain())),
        error => error.into(),
    }
}

rule! {
    WriteToLog {
        id: "rulewright.write-to-log",
        publisher: "Rulewright",
        title: "Write to log",
        description: "Adds a line to the order's history, not to its timeline.",
        missing: "Where nothing is left of the text, the rule is skipped. Where the author has left, it fails, and \
                  somebody has to choose another.",
        example: json!({ "text": "Total at this point: {{ order.total }}" }),
        group: Employees,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    #[test]
    fn writes_into_the_history() {
        let end = testing::run::<WriteToLog>()
            .settings(json!({ "text": "Checked by hand", "author": "employee-1" }))
            .go();
        assert_eq!(end.summary(), "Written to the history");
        let line = Effect::WriteHistory {
            order: "order-1".into(),
            text: "Checked by hand".into(),
            author: Some("employee-1".into()),
        };
        assert_eq!(end.effects, [line]);
    }

    #[test]
    fn an_author_who_has_left_is_for_somebody_to_mend() {
        let settings = json!({ "text": "Checked", "author": "employee-9" });
        let end = testing::run::<WriteToLog>().settings(settings).go();
        assert!(format!("{:?}", end.failure()).contains("Config(\"no-such-employee: "));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn blank_text_is_skipped() {
        let end = testing::run::<WriteToLog>().settings(json!({ "text": "  " })).go();
        assert!(end.skipped().starts_with("empty-text"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<WriteToLog>(WriteToLog::manifest()["example"].clone()), []);
    }
}
