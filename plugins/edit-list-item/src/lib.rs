use rulewright_sdk::fields::{self, FieldChange, Of};
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// List
    #[schemars(length(min = 1), extend("x-widget" = "list"))]
    list: String,
    /// Item
    /// Its id, e.g. of an item that a rule before this one has created or read.
    #[schemars(length(min = 1), extend("x-template" = true))]
    item: String,
    /// Fields
    #[schemars(length(min = 1), extend("x-list-fields" = "some"))]
    fields: Vec<FieldChange>,
}

struct EditListItem;

impl Rule for EditListItem {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { list, item, fields } = &step.settings;
        let id = item.trim();
        if id.is_empty() {
            return Err(Error::give_up("empty-id: nothing is left of the item's id"));
        }
        let item = lists::get(list, id).map_err(|error| match error {
            HostError::NotFound => Error::give_up(format!("not-found: {list} has no item {id}")),
            error => error.into(),
        })?;
        let changed = fields::changed(fields, |name| find(&item.fields, name).cloned());
        if changed.is_empty() {
            return Ok(done(format!("Nothing to change in item {id}")));
        }
        lists::update(list, id, &changed)?;
        Ok(done(format!("Item {id} of {list} changed")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = fields::change_issues("/fields", &settings.fields, Of::Item);
        let needed = [
            ("/list", "Select a list.", settings.list.trim().is_empty()),
            ("/item", "Write or insert the id of an item.", settings.item.trim().is_empty()),
            ("/fields", "Select at least one field.", settings.fields.is_empty()),
        ];
        let missing = needed.into_iter().filter(|(_, _, missing)| *missing);
        issues.extend(missing.map(|(path, message, _)| Issue::new(path, "required", message)));
        issues
    }
}

rule! {
    EditListItem {
        id: "rulewright.edit-list-item",
        publisher: "Rulewright",
        title: "Edit list item",
        description: "Changes an item of one of the shop's lists.",
        missing: "Where the list has no item with that id, or nothing is left of the id, the rule fails and changes \
                  nothing. A field of whose new value nothing is left is left alone.",
        group: Employees,
        example: json!({
            "list": "register",
            "item": "{{ previous.item.id }}",
            "fields": [{ "field": "state", "value": "Paid" }],
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Json;
    use rulewright_sdk::lists::Item;
    use rulewright_sdk::testing::{self, Effect, End};

    use super::*;

    fn edit(list: &str, item: &str, fields: Json) -> End {
        let old = Item {
            id: "item-1".into(),
            list_name: "register".into(),
            fields: vec![attr("state", "New"), attr("count", 1)],
        };
        let settings = json!({ "list": list, "item": item, "fields": fields });
        testing::run::<EditListItem>().item(old).settings(settings).go()
    }

    #[test]
    fn only_what_differs_is_changed() {
        let fields = json!([{ "field": "state", "value": "New" }, { "field": "count", "value": "2" }]);
        let end = edit("register", " item-1 ", fields);
        assert_eq!(end.summary(), "Item item-1 of register changed");
        let fields = vec![attr("count", 2)];
        let update = Effect::UpdateItem { list: "register".into(), id: "item-1".into(), fields };
        assert_eq!(end.effects, [update]);
    }

    #[test]
    fn no_difference_is_no_change() {
        let end = edit("register", "item-1", json!([{ "field": "count", "value": "1" }]));
        assert_eq!((end.summary(), end.effects.len()), ("Nothing to change in item item-1", 0));
    }

    #[test]
    fn a_wrong_id_changes_nothing() {
        let fields = || json!([{ "field": "state", "value": "Paid" }]);
        for (list, item) in [("register", "item-2"), ("prices", "item-1")] {
            let end = edit(list, item, fields());
            assert!(end.gave_up().starts_with("not-found"), "{list} {item}");
            assert_eq!(end.effects, []);
        }
        assert!(edit("register", " ", fields()).gave_up().starts_with("empty-id"));
    }

    #[test]
    fn a_list_an_item_and_a_field_are_needed() {
        let settings = json!({ "list": "", "item": " ", "fields": [] });
        let paths = testing::check::<EditListItem>(settings).into_iter().map(|issue| issue.path);
        assert_eq!(paths.collect::<Vec<_>>(), ["/list", "/item", "/fields"]);
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = EditListItem::manifest()["example"].clone();
        assert_eq!(testing::check::<EditListItem>(example), []);
    }
}
