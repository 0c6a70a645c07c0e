use rulewright_sdk::activities::Activity;
use rulewright_sdk::notifications::Notification;
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Subject
    #[schemars(length(min = 1), extend("x-template" = true))]
    subject: String,
    /// Description
    #[serde(default)]
    #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
    description: String,
    /// Type
    #[serde(default)]
    r#type: Type,
    /// Deadline
    /// After so many minutes, hours or days; 0 means none.
    #[serde(default)]
    deadline: u32,
    /// Unit of the deadline
    #[serde(default)]
    deadline_unit: Unit,
    /// Responsible
    /// Empty means the order's responsible.
    #[serde(default)]
    #[schemars(extend("x-widget" = "employee"))]
    responsible: String,
    /// Already completed
    #[serde(default)]
    completed: bool,
    /// Notify the responsible
    #[serde(default)]
    notify: bool,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Type {
    /// To-do
    #[default]
    Todo,
    /// Call
    Call,
    /// Meeting
    Meeting,
}

impl Type {
    fn kind(self) -> &'static str {
        match self {
            Type::Todo => "todo",
            Type::Call => "call",
            Type::Meeting => "meeting",
        }
    }
}

struct AddActivity;

impl Rule for AddActivity {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { description, r#type, deadline, deadline_unit, completed, .. } = &step.settings;
        let Some(subject) = filled(&one_line(&step.settings.subject)) else {
            return Err(Error::give_up("empty-subject: nothing is left of the subject"));
        };
        let responsible = step.order.employee(&step.settings.responsible);
        activities::add(&Activity {
            description: description.clone(),
            deadline: (*deadline > 0).then(|| later(step.now(), deadline_unit.times(*deadline))),
            responsible: responsible.clone(),
            completed: *completed,
            ..Activity::new(&step.order.id, r#type.kind(), &subject)
        })?;
        if let Some(responsible) = responsible.filter(|_| step.settings.notify) {
            let text = format!("Order {}: {subject}", step.order.number);
            notifications::send(&Notification {
                about: Some(step.order.id.clone()),
                ..Notification::new(text, [responsible])
            })?;
        }
        Ok(done(format!("Activity added: {subject}")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.subject.trim() {
            "" => vec![Issue::new("/subject", "empty-subject", "Write a subject.")],
            _ => Vec::new(),
        }
    }
}

rule! {
    AddActivity {
        id: "rulewright.activity",
        publisher: "Rulewright",
        title: "Activity",
        description: "Adds an activity to the order: a to-do, a call or a meeting.",
        missing: "Where nobody is chosen, the order's responsible is to do it; an order without one gets an activity \
                  of nobody, and nobody is notified. Where nothing is left of the subject, the rule fails and adds \
                  nothing.",
        example: json!({
            "subject": "Check the stock for order {{ order.number }}",
            "type": "todo",
            "deadline": 4,
            "deadline-unit": "hours",
            "notify": true,
        }),
        group: Employees,
        // The host puts it there at commit.
        outputs: [("activity.id", "Id of the activity")],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    #[test]
    fn adds_one_activity_to_the_order() {
        let end = testing::run::<AddActivity>()
            .settings(json!({
                "subject": "Check\nthe stock",
                "description": "Shelf 4",
                "type": "meeting",
                "deadline": 2,
                "deadline-unit": "hours",
                "responsible": "employee-2",
                "completed": true,
            }))
            .go();
        assert_eq!(end.summary(), "Activity added: Check the stock");
        let activity = Activity {
            description: "Shelf 4".into(),
            deadline: Some(later(testing::START, 2 * HOUR)),
            responsible: Some("employee-2".into()),
            completed: true,
            ..Activity::new("order-1", "meeting", "Check the stock")
        };
        assert_eq!(end.effects, [Effect::AddActivity(activity)]);
    }

    #[test]
    fn a_subject_is_enough() {
        let end = testing::run::<AddActivity>().settings(json!({ "subject": "Check" })).go();
        let activity =
            Activity { responsible: Some("employee-1".into()), ..Activity::new("order-1", "todo", "Check") };
        assert_eq!(end.effects, [Effect::AddActivity(activity)]);
    }

    #[test]
    fn the_responsible_is_notified_where_asked_to() {
        let settings = json!({ "subject": "Check", "notify": true });
        let end = testing::run::<AddActivity>().settings(settings.clone()).go();
        let note = Notification {
            about: Some("order-1".into()),
            ..Notification::new("Order 1001: Check", ["employee-1"])
        };
        assert_eq!(end.effects[1..], [Effect::Notify(note)]);
        let order = Order { responsible: None, ..testing::order() };
        let end = testing::run::<AddActivity>().settings(settings).order(order).go();
        assert_eq!(end.effects, [Effect::AddActivity(Activity::new("order-1", "todo", "Check"))]);
    }

    #[test]
    fn a_subject_is_needed() {
        assert_eq!(testing::check::<AddActivity>(json!({ "subject": " " }))[0].code, "empty-subject");
        let end = testing::run::<AddActivity>().settings(json!({ "subject": " \n" })).go();
        assert!(end.gave_up().starts_with("empty-subject"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<AddActivity>(AddActivity::manifest()["example"].clone()), []);
    }
}
