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
    /// Checklist
    #[serde(default)]
    checklist: Vec<Item>,
    /// The responsible may change the deadline
    #[serde(default)]
    allow_change_deadline: bool,
    /// Complete when the order leaves the status
    #[serde(default)]
    complete_when_leaving_stage: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-template" = true))]
struct Item(String);

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Unit {
    /// Minutes
    Minutes,
    /// Hours
    Hours,
    /// Days
    #[default]
    Days,
}

impl Unit {
    fn milliseconds(self) -> u64 {
        match self {
            Unit::Minutes => MINUTE,
            Unit::Hours => HOUR,
            Unit::Days => DAY,
        }
    }
}

struct GiveTask;

impl Rule for GiveTask {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let settings = &step.settings;
        let Some(title) = filled(&settings.title) else {
            return Err(Error::give_up("empty-title: nothing is left of the title"));
        };
        let unit = settings.deadline_unit.milliseconds();
        let offset = u64::from(settings.deadline).saturating_mul(unit);
        let checklist = settings.checklist.iter();
        tasks::create(&Task {
            description: settings.description.clone(),
            responsible: filled(&settings.responsible),
            participants: settings.participants.clone(),
            observers: settings.observers.clone(),
            deadline: (offset > 0).then(|| later(step.now(), offset)),
            checklist: checklist.filter_map(|item| filled(&item.0)).collect(),
            order: Some(step.order.id.clone()),
            attrs: vec![
                attr("allow-change-deadline", settings.allow_change_deadline),
                attr("complete-when-leaving-stage", settings.complete_when_leaving_stage),
            ],
            ..Task::new(&title)
        })?;
        Ok(done(format!("Task given: {title}")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.title.trim() {
            "" => vec![Issue::new("/title", "empty-title", "Write a title.")],
            _ => Vec::new(),
        }
    }
}

rule! {
    GiveTask {
        id: "rulewright.task",
        publisher: "Rulewright",
        title: "Task",
        description: "Gives an employee a task that is linked to the order.",
        group: Employees,
        // The host puts it there at commit.
        outputs: [("task.id", "Id of the task")],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    #[test]
    fn gives_the_task() {
        let end = testing::run::<GiveTask>()
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
            attrs: vec![attr("allow-change-deadline", false), attr("complete-when-leaving-stage", true)],
            ..Task::new("Pack order 1001")
        };
        assert_eq!(end.effects, [Effect::CreateTask(task)]);
    }

    #[test]
    fn a_title_is_enough() {
        let end = testing::run::<GiveTask>().settings(json!({ "title": "Pack" })).go();
        let [Effect::CreateTask(task)] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!((task.deadline, &task.responsible), (None, &None));
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
}
