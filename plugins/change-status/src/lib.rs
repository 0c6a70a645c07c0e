use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Status
    /// Where the order goes. The rules of that status start, what still runs in this one stops.
    #[schemars(length(min = 1), extend("x-widget" = "stage"))]
    stage: String,
}

struct ChangeStatus;

impl Rule for ChangeStatus {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let stage = &step.settings.stage;
        if step.order.stage == *stage {
            return Ok(done(format!("Already in {stage}")));
        }
        match step.order.move_to(stage) {
            Err(error) if error.code() == "no-such-stage" => Err(Error::settings(error.explain())),
            moved => {
                moved?;
                Ok(done(format!("Moved to {stage}")))
            }
        }
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.stage.trim() {
            "" => vec![Issue::new("/stage", "required", "Select a status.")],
            _ => Vec::new(),
        }
    }
}

rule! {
    ChangeStatus {
        id: "rulewright.change-status",
        publisher: "Rulewright",
        title: "Change status",
        description: "Moves the order to another status of its pipeline.",
        missing: "An order that is in that status already is left alone. Where its pipeline has no such status any \
                  more, the rule fails, and somebody has to select another.",
        example: json!({ "stage": "packed" }),
        group: Employees,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    #[test]
    fn moves_the_order() {
        let end = testing::run::<ChangeStatus>().settings(json!({ "stage": "packed" })).go();
        assert_eq!(end.summary(), "Moved to packed");
        assert_eq!(end.order.stage, "packed");
        let moved = Effect::MoveStage { order: "order-1".into(), stage: "packed".into() };
        assert_eq!(end.effects, [moved]);
    }

    #[test]
    fn the_same_status_is_left_alone() {
        let end = testing::run::<ChangeStatus>().settings(json!({ "stage": "new" })).go();
        assert_eq!(end.summary(), "Already in new");
        assert_eq!(end.effects, []);
    }

    #[test]
    fn an_unknown_status_is_for_somebody_to_mend() {
        let end = testing::run::<ChangeStatus>().settings(json!({ "stage": "gone" })).stages(["new"]).go();
        assert!(format!("{:?}", end.failure()).contains("Config(\"no-such-stage: "), "{:?}", end.failure());
    }

    #[test]
    fn a_status_must_be_selected() {
        assert_eq!(testing::check::<ChangeStatus>(json!({ "stage": "" })).len(), 1);
        assert_eq!(testing::check::<ChangeStatus>(json!({ "stage": "won" })), []);
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<ChangeStatus>(ChangeStatus::manifest()["example"].clone()), []);
    }
}
