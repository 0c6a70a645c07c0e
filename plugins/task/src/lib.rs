use rulewright_sdk::prelude::*;
use rulewright_sdk::tasks::Task;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Title
    #[schemars(length(min = 1), extend("x-template" = true))]
    title: String,
    /// Description
    #[serde(default)]
    #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
    description: String,
    /// Responsible
    /// Empty means the order's responsible.
    #[serde(default)]
    #[schemars(extend("x-widget" = "employee"))]
    responsible: String,
    /// Participants
    #[serde(default)]
    #[schemars(extend("x-widget" = "employees"))]
    participants: Vec<String>,
    /// Observers
    #[serde(default)]
    #[schemars(extend("x-widget" = "employees"))]
    observers: Vec<String>,
    /// Deadline
    /// After so many minutes, hours or days; 0 means none.
    #[serde(default)]
    deadline: u32,
    /// Unit of the deadline
    #[serde(default)]
    deadline_unit: Unit,
    /// Count the deadline in working time
    /// Evenings, weekends and holidays do not count.
    #[serde(default = "yes")]
    working_time: bool,
    /// Group
    /// Of whose tasks it is one: a team, or a project.
    #[serde(default)]
    #[schemars(extend("x-template" = true))]
    group: String,
    /// Checklist
    #[serde(default)]
    checklist: Vec<Item>,
    /// The responsible may change the deadline
    #[serde(default)]
    allow_change_deadline: bool,
    /// Bind to the order
    #[serde(default = "yes")]
    bind_to_order: bool,
    /// Complete when the order leaves the status
    #[serde(default)]
    complete_when_leaving_stage: bool,
}

fn yes() -> bool {
    true
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-template" = true))]
struct Item(String);

struct GiveTask;

impl Rule for GiveTask {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let settings = &step.settings;
        let Some(title) = filled(&one_line(&settings.title)) else {
            return Err(Error::give_up("empty-title: nothing is left of the title"));
        };
        let group = filled(&one_line(&settings.group));
        let flags = [
            ("allow-change-deadline", settings.allow_change_deadline),
            ("complete-when-leaving-stage", settings.complete_when_leaving_stage),
        ];
        let checklist = settings.checklist.iter();
        tasks::create(&Task {
            description: settings.description.clone(),
            responsible: responsible(step)?,
            participants: settings.participants.clone(),
            observers: settings.observers.clone(),
            deadline: deadline(step)?,
            checklist: checklist.filter_map(|item| filled(&item.0)).collect(),
            order: settings.bind_to_order.then(|| step.order.id.clone()),
            attrs: flags
                .map(|(key, flag)| attr(key, flag))
                .into_iter()
                .chain(group.map(|group| attr("group", group)))
                .collect(),
            ..Task::new(&title)
        })?;
        Ok(done(format!("Task given: {title}")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = Vec::new();
        if settings.title.trim().is_empty() {
            issues.push(Issue::new("/title", "empty-title", "Write a title."));
        }
        if settings.complete_when_leaving_stage && !settings.bind_to_order {
            let message = "Only a task that is bound to the order can be completed with it.";
            issues.push(Issue::new("/complete-when-leaving-stage", "not-bound", message));
        }
        issues
    }
}

fn deadline(step: &Step<GiveTask>) -> Result<Option<Instant>> {
    let Settings { deadline, deadline_unit, working_time, .. } = step.settings;
    let now = step.now();
    if deadline == 0 {
        return Ok(None);
    }
    if !working_time {
        return Ok(Some(later(now, deadline_unit.times(deadline))));
    }
    let (days, time) = match deadline_unit {
        Unit::Days => (deadline, 0),
        unit => (0, unit.times(deadline)),
    };
    let never = || Error::give_up("no-working-time: the shop does not work long enough for the deadline");
    step.working_time(now, days, time).map(Some).ok_or_else(never)
}

/// Whom staff chose, while they are there; else the order's responsible.
fn responsible(step: &Step<GiveTask>) -> Result<Option<String>> {
    let Some(chosen) = filled(&step.settings.responsible) else {
        return Ok(step.order.responsible.clone());
    };
    match employees::get(&chosen) {
        Ok(_) => Ok(Some(chosen)),
        Err(HostError::NotFound) => {
            log::warn(&format!(
                "no-such-employee: {chosen} has left, so the order's responsible gets the task"
            ));
            Ok(step.order.responsible.clone())
        }
        Err(error) => Err(error.into()),
    }
}

rule! {
    GiveTask {
        id: "rulewright.task",
        publisher: "Rulewright",
        title: "Task",
        description: "Gives an employee a task that is linked to the order.",
        missing: "A shop that never works has no working time: then the rule fails. Where nobody is chosen, or who is has left, the task is the order's responsible's; an order without \
                  one gets a task of nobody. Empty items of the checklist are left out. Where nothing is left of the \
                  title, the rule fails and gives no task.",
        example: json!({
            "title": "Pack order {{ order.number }}",
            "deadline": 4,
            "deadline-unit": "hours",
            "checklist": ["Box", "Label"],
        }),
        group: Employees,
        // The host puts it there at commit.
        outputs: [("task.id", "Id of the task")],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect, End};

    use super::*;

    #[test]
    fn gives_the_task() {
        let end = testing::run::<GiveTask>()
            .employee(testing::employee("employee-2"))
            .settings(json!({
                "title": "Pack order 1001",
                "description": "Carefully",
                "responsible": "employee-2",
                "participants": ["employee-3"],
                "observers": ["employee-1"],
                "deadline": 2,
                "deadline-unit": "hours",
                "checklist": ["Box", " ", "Label"],
                "complete-when-leaving-stage": true,
                "group": "Warehouse",
            }))
            .go();
        assert_eq!(end.summary(), "Task given: Pack order 1001");
        let task = Task {
            description: "Carefully".into(),
            responsible: Some("employee-2".into()),
            participants: vec!["employee-3".into()],
            observers: vec!["employee-1".into()],
            deadline: Some(later(testing::START, 2 * HOUR)),
            checklist: vec!["Box".into(), "Label".into()],
            order: Some("order-1".into()),
            attrs: vec![
                attr("allow-change-deadline", false),
                attr("complete-when-leaving-stage", true),
                attr("group", "Warehouse"),
            ],
            ..Task::new("Pack order 1001")
        };
        assert_eq!(end.effects, [Effect::CreateTask(task)]);
    }

    fn only_task(end: &End) -> &Task {
        match end.effects.as_slice() {
            [Effect::CreateTask(task)] => task,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_title_is_enough() {
        let end = testing::run::<GiveTask>().settings(json!({ "title": "Pack" })).go();
        let task = only_task(&end);
        assert_eq!((task.deadline, task.responsible.as_deref()), (None, Some("employee-1")));
        assert_eq!(end.log, []);
    }

    #[test]
    fn a_task_of_its_own_is_not_completed_with_an_order() {
        let settings = json!({ "title": "Count the boxes", "bind-to-order": false });
        assert_eq!(only_task(&testing::run::<GiveTask>().settings(settings).go()).order, None);
        let both = json!({ "title": "x", "bind-to-order": false, "complete-when-leaving-stage": true });
        assert_eq!(testing::check::<GiveTask>(both)[0].code, "not-bound");
    }

    #[test]
    fn the_task_of_somebody_who_has_left_is_the_orders_responsibles() {
        let settings = json!({ "title": "Pack", "responsible": "employee-9" });
        let end = testing::run::<GiveTask>().settings(settings.clone()).go();
        assert_eq!(only_task(&end).responsible.as_deref(), Some("employee-1"));
        let [line] = end.log.as_slice() else { panic!("{:?}", end.log) };
        assert_eq!(line.level, log::Level::Warn);
        assert!(line.message.starts_with("no-such-employee: employee-9"), "{}", line.message);
        let nobody = Order { responsible: None, ..testing::order() };
        let end = testing::run::<GiveTask>().settings(settings).order(nobody).go();
        assert_eq!(only_task(&end).responsible, None);
    }

    #[test]
    fn a_title_is_needed() {
        assert_eq!(testing::check::<GiveTask>(json!({ "title": "" }))[0].code, "empty-title");
        let end = testing::run::<GiveTask>().settings(json!({ "title": " " })).go();
        assert!(end.gave_up().starts_with("empty-title"));
    }

    #[test]
    fn values_can_be_inserted_into_the_checklist() {
        let manifest = GiveTask::manifest();
        let checklist = &manifest["settings"]["properties"]["checklist"];
        assert_eq!(checklist["items"]["x-template"], true);
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<GiveTask>(GiveTask::manifest()["example"].clone()), []);
    }
}
