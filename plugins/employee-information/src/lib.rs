use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Employee
    /// Empty means the order's responsible.
    #[serde(default)]
    #[schemars(extend("x-widget" = "employee"))]
    employee: String,
}

struct EmployeeInformation;

impl Rule for EmployeeInformation {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Some(id) = step.order.employee(&step.settings.employee) else {
            return Ok(skipped("no-responsible: the order has no responsible"));
        };
        let staff = employees::all()?;
        let find = |id: &str| staff.iter().find(|employee| employee.id == id);
        let Some(employee) = find(&id) else {
            return Ok(skipped(format!("no-such-employee: {id} has left")));
        };
        let head_name = employee.head.as_deref().and_then(find).map(|head| &head.name);
        let output = json!({
            "name": employee.name,
            "phone": employee.phone,
            "email": employee.email,
            "position": employee.position,
            "head": employee.head,
            "head-name": head_name,
            "absent": employee.absent,
        });
        Ok(done_with(format!("Read: {}", employee.name), output))
    }
}

rule! {
    EmployeeInformation {
        id: "rulewright.employee-information",
        publisher: "Rulewright",
        title: "Employee information",
        description: "Reads an employee's profile, so that the rules after this one can insert it.",
        missing: "What is not filled in is empty. Where the order has no responsible, or the employee has left, the \
                  rule is skipped, and all of it is empty for the rules after it.",
        example: json!({ "employee": "" }),
        group: Employees,
        outputs: [
            ("name", "Name"),
            ("phone", "Phone number"),
            ("email", "Mail address"),
            ("position", "Position"),
            ("head", "Id of the head"),
            ("head-name", "Name of the head"),
            ("absent", "Whether they are away today"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Employee;
    use rulewright_sdk::testing::{self, Scenario};

    use super::*;

    fn read(employee: &str) -> Scenario<EmployeeInformation> {
        testing::run().settings(json!({ "employee": employee })).employee(Employee {
            name: "Ada".into(),
            phone: Some("+44 20 7946 0002".into()),
            email: Some("ada@example.com".into()),
            position: Some("Sales".into()),
            head: Some("employee-1".into()),
            absent: true,
            ..testing::employee("employee-2")
        })
    }

    #[test]
    fn the_outputs_equal_the_profile() {
        let end = read("employee-2").go();
        let profile = json!({
            "name": "Ada", "phone": "+44 20 7946 0002", "email": "ada@example.com", "position": "Sales",
            "head": "employee-1", "head-name": "Employee employee-1", "absent": true,
        });
        assert_eq!(end.output(), profile);
        assert_eq!(end.effects, []);
    }

    #[test]
    fn every_output_is_announced() {
        let output = read("employee-2").go().output();
        let manifest = EmployeeInformation::manifest();
        let keys =
            |of: &rulewright_sdk::Json| of.as_object().map(|all| all.keys().cloned().collect::<Vec<_>>());
        assert_eq!(keys(&output), keys(&manifest["outputs"]));
    }

    #[test]
    fn nobody_chosen_means_the_responsible_and_what_is_not_there_is_empty() {
        let output = read("").go().output();
        assert_eq!(output["name"], "Employee employee-1");
        assert_eq!((&output["phone"], &output["head-name"]), (&json!(null), &json!(null)));
    }

    #[test]
    fn nobody_to_read_is_skipped() {
        assert!(read("employee-9").go().skipped().starts_with("no-such-employee"));
        let nobody = Order { responsible: None, ..testing::order() };
        assert!(read("").order(nobody).go().skipped().starts_with("no-responsible"));
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = EmployeeInformation::manifest()["example"].clone();
        assert_eq!(testing::check::<EmployeeInformation>(example), []);
    }
}
