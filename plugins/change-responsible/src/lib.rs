use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Employees
    /// Whom the order may be handed to. Somebody who stands here twice gets twice as many.
    #[schemars(length(min = 1), extend("x-widget" = "employees"))]
    employees: Vec<String>,
    /// Select new responsible
    #[serde(default)]
    select: Select,
    /// Skip absent employees
    #[serde(default = "yes")]
    skip_absent: bool,
    /// Skip clocked out employees
    /// Those whose working day has not begun or is paused.
    #[serde(default)]
    skip_clocked_out: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Select {
    /// In specified order
    /// One after the other, order by order.
    #[default]
    InOrder,
    /// In random order
    Random,
    /// First available
    FirstAvailable,
}

fn yes() -> bool {
    true
}

struct ChangeResponsible;

impl Rule for ChangeResponsible {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { employees: listed, select, skip_absent, skip_clocked_out } = &step.settings;
        let staff = employees::all()?;
        // Who has been dismissed is not among the staff.
        let free = |place: &usize| {
            let employee = staff.iter().find(|employee| employee.id == listed[*place]);
            employee.is_some_and(|it| !(*skip_absent && it.absent || *skip_clocked_out && !it.working))
        };
        let chosen = match select {
            Select::InOrder => {
                let key = key(step);
                let turn = turn(storage::get(&key)?);
                let places = (0..listed.len()).map(|place| (turn + place) % listed.len());
                let chosen = places.into_iter().find(free);
                if let Some(place) = chosen {
                    storage::set(&key, ((place + 1) % listed.len()).to_string().as_bytes())?;
                }
                chosen
            }
            Select::Random => {
                let free: Vec<usize> = (0..listed.len()).filter(free).collect();
                free.get(step.random_below(free.len() as u64) as usize).copied()
            }
            Select::FirstAvailable => (0..listed.len()).find(free),
        };
        let Some(to) = chosen.map(|place| &listed[place]) else {
            return Ok(skipped(
                "nobody-available: nobody of the list is, so the order stays with whom it is",
            ));
        };
        if step.order.responsible.as_ref() == Some(to) {
            return Ok(done(format!("{to} is responsible already")));
        }
        orders::set_responsible(&step.order.id, to)?;
        Ok(done(format!("Handed to {to}")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.employees.as_slice() {
            [] => vec![Issue::new("/employees", "required", "Choose at least one employee.")],
            _ => Vec::new(),
        }
    }
}

/// Where this rule keeps whose turn it is. Its id is its own within a pipeline; both together may be longer than a
/// key: so their FNV-1a hash.
fn key(step: &Step<ChangeResponsible>) -> String {
    let rule = format!("{}\n{}", step.order.pipeline, step.rule_id().unwrap_or_default());
    let hash = rule.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("turn-{hash:016x}")
}

/// A place in the list as it was then. Another rule's commit in between repeats the step, so no turn is taken twice.
fn turn(stored: Option<Vec<u8>>) -> usize {
    let text = stored.and_then(|bytes| String::from_utf8(bytes).ok());
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

rule! {
    ChangeResponsible {
        id: "rulewright.change-responsible",
        publisher: "Rulewright",
        title: "Change responsible person",
        description: "Hands the order to another employee: to each in turn, to anybody of a list, or to the first who \
                      is available.",
        missing: "Employees who have left are passed over, and so are the absent and the clocked out where that is \
                  chosen. Where nobody is left, the order stays with whom it is, and the rule is skipped.",
        example: json!({ "employees": ["emp_1", "emp_2"], "select": "in-order", "skip-absent": true }),
        group: Employees,
        // One line for each rule that takes turns.
        storage: 64 * 1024,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rulewright_sdk::testing::{self, Effect, End};
    use rulewright_sdk::{Employee, Json};

    use super::*;

    type Storage = BTreeMap<String, Vec<u8>>;

    struct Shop {
        staff: Vec<Employee>,
        settings: Json,
        storage: Storage,
    }

    fn shop(more: Json) -> Shop {
        let mut settings = json!({ "employees": ["a", "b", "c"] });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Shop { staff: ["a", "b", "c"].map(testing::employee).into(), settings, storage: Storage::new() }
    }

    impl Shop {
        /// One order, in an instance that knows nothing but what is stored.
        fn order_of(&mut self, pipeline: &str, rule: &str, seed: u64) -> End {
            // Where the rule stands, and what it is called, does not matter.
            let order = Order { pipeline: pipeline.into(), stage: format!("{seed}"), ..testing::order() };
            let mut scenario = testing::run::<ChangeResponsible>().order(order).rule_id(rule).seed(seed);
            for employee in &self.staff {
                scenario = scenario.employee(employee.clone());
            }
            for (key, value) in &self.storage {
                scenario = scenario.stored(key, value);
            }
            let end = scenario.settings(self.settings.clone()).go();
            self.storage = end.storage.clone();
            end
        }

        fn orders(&mut self, count: u64) -> String {
            let responsible = |seed| self.order_of("sales", "r1", seed).order.responsible.unwrap_or_default();
            (0..count).map(responsible).collect()
        }

        fn employee(&mut self, id: &str) -> &mut Employee {
            self.staff.iter_mut().find(|employee| employee.id == id).unwrap()
        }
    }

    #[test]
    fn each_has_a_turn_also_after_a_restart() {
        assert_eq!(shop(json!({})).orders(7), "abcabca");
    }

    #[test]
    fn the_absent_are_passed_over_and_lose_no_later_turn() {
        let mut shop = shop(json!({ "skip-absent": true }));
        shop.employee("b").absent = true;
        assert_eq!(shop.orders(3), "aca");
        shop.employee("b").absent = false;
        assert_eq!(shop.orders(3), "bca");
    }

    #[test]
    fn whom_to_skip_is_chosen() {
        let absent = |more| {
            let mut shop = shop(more);
            shop.employee("a").absent = true;
            shop.employee("b").working = false;
            shop.orders(3)
        };
        assert_eq!(absent(json!({})), "bcb");
        assert_eq!(absent(json!({ "skip-absent": false })), "abc");
        assert_eq!(absent(json!({ "skip-clocked-out": true })), "ccc");
        assert_eq!(absent(json!({ "skip-absent": false, "skip-clocked-out": true })), "aca");
    }

    #[test]
    fn who_has_left_is_passed_over() {
        let mut shop = shop(json!({ "skip-absent": false }));
        shop.staff.remove(0);
        assert_eq!(shop.orders(3), "bcb");
    }

    #[test]
    fn every_rule_of_every_pipeline_has_turns_of_its_own() {
        let mut shop = shop(json!({}));
        let rules = [("sales", "r1"), ("sales", "r2"), ("repairs", "r1"), ("sales", "r1")];
        let handed = rules.map(|(of, rule)| shop.order_of(of, rule, 1).order.responsible.unwrap());
        assert_eq!(handed, ["a", "a", "a", "b"]);
    }

    #[test]
    fn a_list_that_became_shorter_goes_on() {
        let mut shop = shop(json!({}));
        assert_eq!(shop.orders(2), "ab");
        shop.settings["employees"] = json!(["a", "b"]);
        assert_eq!(shop.orders(3), "aba");
    }

    #[test]
    fn the_first_available_gets_all() {
        let mut shop = shop(json!({ "select": "first-available" }));
        shop.employee("a").absent = true;
        assert_eq!(shop.orders(3), "bbb");
        assert!(shop.storage.is_empty());
    }

    #[test]
    fn at_random_everybody_available_gets_some() {
        let mut shop = shop(json!({ "select": "random" }));
        shop.employee("b").absent = true;
        let handed = shop.orders(300);
        let count = |id| handed.chars().filter(|c| *c == id).count();
        assert_eq!(count('a') + count('c'), 300);
        assert!((100..200).contains(&count('a')), "{handed}");
    }

    #[test]
    fn nobody_available_keeps_the_responsible_and_the_turn() {
        let mut shop = shop(json!({}));
        for id in ["a", "b", "c"] {
            shop.employee(id).absent = true;
        }
        for select in ["in-order", "random", "first-available"] {
            shop.settings["select"] = json!(select);
            let end = shop.order_of("sales", "r1", 1);
            assert!(end.skipped().starts_with("nobody-available"), "{select}");
            assert_eq!((end.effects.len(), end.storage.len()), (0, 0), "{select}");
        }
    }

    #[test]
    fn the_same_person_is_no_change_but_a_turn() {
        let settings = json!({ "employees": ["employee-1", "employee-2"] });
        let end = testing::run::<ChangeResponsible>().settings(settings).go();
        assert_eq!(end.summary(), "employee-1 is responsible already");
        assert_eq!(end.effects, []);
        assert_eq!(end.storage.into_values().collect::<Vec<_>>(), [b"1"]);
    }

    #[test]
    fn hands_the_order_over() {
        let end = testing::run::<ChangeResponsible>()
            .employee(testing::employee("a"))
            .settings(json!({ "employees": ["a"] }))
            .go();
        assert_eq!(end.summary(), "Handed to a");
        assert_eq!(end.effects, [Effect::SetResponsible { order: "order-1".into(), to: "a".into() }]);
    }

    #[test]
    fn an_empty_list_is_refused_when_it_is_saved() {
        let issues = testing::check::<ChangeResponsible>(json!({ "employees": [] }));
        assert_eq!(issues[0].code, "required");
        let end = testing::run::<ChangeResponsible>().settings(json!({ "employees": [] })).go();
        assert!(end.skipped().starts_with("nobody-available"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<ChangeResponsible>(ChangeResponsible::manifest()["example"].clone()), []);
    }
}
