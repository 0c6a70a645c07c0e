use rulewright_sdk::fields::{self, FieldValue};
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// List
    #[schemars(length(min = 1), extend("x-widget" = "list"))]
    list: String,
    /// Fields
    /// A field of which nothing is left stays empty.
    #[schemars(length(min = 1), extend("x-list-fields" = "all"))]
    fields: Vec<FieldValue>,
}

struct CreateListItem;

impl Rule for CreateListItem {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { list, fields } = &step.settings;
        let values = fields::values(fields);
        if values.is_empty() {
            return Err(Error::give_up("empty-item: nothing is left of the values"));
        }
        lists::create(list, &values)?;
        Ok(done(format!("Item added to {list}")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues =
            fields::name_issues("/fields", settings.fields.iter().map(|line| line.field.as_str()));
        if settings.list.trim().is_empty() {
            issues.push(Issue::new("/list", "required", "Select a list."));
        }
        if settings.fields.iter().all(|line| line.value.trim().is_empty()) {
            issues.push(Issue::new("/fields", "empty-item", "Write the value of at least one field."));
        }
        issues
    }
}

rule! {
    CreateListItem {
        id: "rulewright.create-list-item",
        publisher: "Rulewright",
        title: "Create list item",
        description: "Adds an item to one of the shop's lists. The rules after this one can insert its id.",
        missing: "A field of which nothing is left stays empty. Where that is a required one, or nothing is left of any, \
                  the rule fails and no item is added; one that is empty from the start is refused when the rule is \
                  saved, and so is a list or field that does not exist.",
        group: Employees,
        // The host puts it there at commit.
        outputs: [("item.id", "Id of the item")],
        example: json!({
            "list": "register",
            "fields": [
                { "field": "order", "value": "{{ order.number }}" },
                { "field": "client", "value": "{{ client.name }}" },
            ],
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Json;
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    fn settings(fields: &[(&str, &str)]) -> Json {
        let lines = fields.iter().map(|(field, value)| json!({ "field": field, "value": value }));
        json!({ "list": "register", "fields": lines.collect::<Vec<_>>() })
    }

    #[test]
    fn the_item_has_the_values_that_are_left() {
        let fields = settings(&[("order", "1001"), ("note", " ")]);
        let end = testing::run::<CreateListItem>().settings(fields).go();
        assert_eq!(end.summary(), "Item added to register");
        let fields = vec![attr("order", "1001")];
        assert_eq!(end.effects, [Effect::CreateItem { list: "register".into(), fields }]);
    }

    #[test]
    fn an_item_of_nothing_is_not_added() {
        let end = testing::run::<CreateListItem>().settings(settings(&[("order", "")])).go();
        assert!(end.gave_up().starts_with("empty-item"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn the_table_is_checked_when_it_is_saved() {
        let codes = |settings| {
            let issues = testing::check::<CreateListItem>(settings);
            issues.into_iter().map(|issue| issue.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(settings(&[("order", "1"), ("order", "2")])), ["twice"]);
        assert_eq!(codes(settings(&[("", "1")])), ["required"]);
        assert_eq!(codes(settings(&[("order", " ")])), ["empty-item"]);
        assert_eq!(codes(json!({ "list": " ", "fields": [{ "field": "a", "value": "1" }] })), ["required"]);
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = CreateListItem::manifest()["example"].clone();
        assert_eq!(testing::check::<CreateListItem>(example), []);
    }
}
