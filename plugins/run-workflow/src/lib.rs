use rulewright_sdk::fields::{self, FieldValue};
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Workflow
    /// One for this kind of order.
    #[schemars(length(min = 1), extend("x-widget" = "workflow"))]
    workflow: String,
    /// Parameters
    /// What the workflow asks for, by name. Its rules can insert them.
    #[serde(default)]
    parameters: Vec<FieldValue>,
}

struct RunWorkflow;

impl Rule for RunWorkflow {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { workflow, parameters } = &step.settings;
        workflows::start(workflow, &step.order.id, &fields::values(parameters))?;
        Ok(done(format!("Workflow {workflow} started")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let names = settings.parameters.iter().map(|line| line.field.as_str());
        let mut issues = fields::name_issues("/parameters", names);
        if settings.workflow.trim().is_empty() {
            issues.push(Issue::new("/workflow", "required", "Select a workflow."));
        }
        issues
    }
}

rule! {
    RunWorkflow {
        id: "rulewright.run-workflow",
        publisher: "Rulewright",
        title: "Run workflow",
        description: "Starts one of the shop's workflows for the order, and does not wait for its end.",
        missing: "A parameter of which nothing is left is not passed. Where the workflow requires it, is gone, or is for \
                  the other kind of order, the rule fails and nothing is started.",
        group: Employees,
        // The host puts it there at commit.
        outputs: [("workflow.id", "Id of the start")],
        example: json!({
            "workflow": "approval",
            "parameters": [{ "field": "reason", "value": "Total {{ order.total }}" }],
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    #[test]
    fn the_workflow_starts_with_the_parameters_that_are_left() {
        let end = testing::run::<RunWorkflow>()
            .settings(json!({
                "workflow": "approval",
                "parameters": [{ "field": "reason", "value": "Total 100.00" }, { "field": "note", "value": "" }],
            }))
            .go();
        assert_eq!(end.summary(), "Workflow approval started");
        let start = Effect::StartWorkflow {
            workflow: "approval".into(),
            order: "order-1".into(),
            parameters: vec![attr("reason", "Total 100.00")],
        };
        assert_eq!(end.effects, [start]);
    }

    #[test]
    fn a_workflow_must_be_selected_and_each_parameter_named_once() {
        let twice = json!([{ "field": "a", "value": "1" }, { "field": "a", "value": "2" }]);
        let issues = testing::check::<RunWorkflow>(json!({ "workflow": "", "parameters": twice }));
        let paths: Vec<&str> = issues.iter().map(|issue| issue.path.as_str()).collect();
        assert_eq!(paths, ["/parameters/1/field", "/workflow"]);
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = RunWorkflow::manifest()["example"].clone();
        assert_eq!(testing::check::<RunWorkflow>(example), []);
    }
}
