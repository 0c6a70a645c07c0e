use rulewright_sdk::feed::Post;
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Title
    #[serde(default)]
    #[schemars(extend("x-template" = true))]
    title: String,
    /// Text
    #[schemars(length(min = 1), extend("x-template" = true, "x-widget" = "textarea"))]
    text: String,
    /// Author
    /// Empty means the system.
    #[serde(default)]
    #[schemars(extend("x-widget" = "employee"))]
    author: String,
    /// Recipients
    /// Who can read it.
    #[serde(default)]
    recipients: Recipients,
    /// Chosen employees
    /// Where the recipients are chosen employees.
    #[serde(default)]
    #[schemars(extend("x-widget" = "employees"))]
    employees: Vec<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Recipients {
    /// Everybody
    #[default]
    All,
    /// The order's responsible
    Responsible,
    /// Chosen employees
    Chosen,
}

struct AddMessageToFeed;

impl Rule for AddMessageToFeed {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { title, text, author, recipients, employees } = &step.settings;
        let Some(text) = filled(text) else {
            return Ok(skipped("empty-text: nothing is left of the text"));
        };
        let readers = match recipients {
            Recipients::All => Vec::new(),
            Recipients::Responsible => step.order.responsible.iter().cloned().collect(),
            Recipients::Chosen => employees.clone(),
        };
        // No readers would mean everybody.
        if readers.is_empty() && *recipients != Recipients::All {
            return Ok(skipped("no-recipient: the order has no responsible"));
        }
        let title = filled(&one_line(title));
        feed::publish(&Post { title, author: filled(author), readers, ..Post::new(text) })?;
        Ok(done("Posted to the feed"))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = Vec::new();
        if settings.text.trim().is_empty() {
            issues.push(Issue::new("/text", "empty-text", "Write a text."));
        }
        if settings.recipients == Recipients::Chosen && settings.employees.is_empty() {
            issues.push(Issue::new("/employees", "no-recipient", "Choose at least one employee."));
        }
        issues
    }
}

rule! {
    AddMessageToFeed {
        id: "rulewright.feed-message",
        publisher: "Rulewright",
        title: "Add message to Feed",
        description: "Posts to the company's feed, for everybody or for chosen employees.",
        missing: "Where nothing is left of the text, or the message is for the responsible of an order that has none, \
                  the rule is skipped.",
        example: json!({ "title": "A big order", "text": "Order {{ order.number }} is worth {{ order.total }}." }),
        group: Employees,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect};
    use rulewright_sdk::{Json, testing::Scenario};

    use super::*;

    fn post(settings: Json) -> Scenario<AddMessageToFeed> {
        testing::run().settings(settings)
    }

    #[test]
    fn posts_for_the_chosen_only() {
        let end = post(json!({
            "title": "Big\norder", "text": "Well done", "author": "employee-1",
            "recipients": "chosen", "employees": ["employee-2", "employee-3"],
        }))
        .go();
        assert_eq!(end.summary(), "Posted to the feed");
        let expected = Post {
            title: Some("Big order".into()),
            text: "Well done".into(),
            author: Some("employee-1".into()),
            readers: vec!["employee-2".into(), "employee-3".into()],
        };
        assert_eq!(end.effects, [Effect::Publish(expected)]);
    }

    #[test]
    fn posts_for_everybody_unless_told_otherwise() {
        let end = post(json!({ "text": "Well done", "employees": ["employee-2"] })).go();
        assert_eq!(end.effects, [Effect::Publish(Post::new("Well done"))]);
    }

    #[test]
    fn what_is_for_the_responsible_is_never_for_everybody() {
        let settings = json!({ "text": "Well done", "recipients": "responsible" });
        let end = post(settings.clone()).go();
        let expected = Post { readers: vec!["employee-1".into()], ..Post::new("Well done") };
        assert_eq!(end.effects, [Effect::Publish(expected)]);
        let order = Order { responsible: None, ..testing::order() };
        let end = post(settings).order(order).go();
        assert!(end.skipped().starts_with("no-recipient"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn an_empty_text_is_skipped_and_refused_when_it_is_saved() {
        assert!(post(json!({ "text": " " })).go().skipped().starts_with("empty-text"));
        assert_eq!(testing::check::<AddMessageToFeed>(json!({ "text": "" }))[0].code, "empty-text");
    }

    #[test]
    fn nobody_chosen_is_refused_when_it_is_saved() {
        let issues = testing::check::<AddMessageToFeed>(json!({ "text": "Hello", "recipients": "chosen" }));
        assert_eq!(issues[0].code, "no-recipient");
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<AddMessageToFeed>(AddMessageToFeed::manifest()["example"].clone()), []);
    }
}
