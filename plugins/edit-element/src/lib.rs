use rulewright_sdk::fields::{self, FieldChange, Of};
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Fields
    /// The title, the comments, and the shop's own fields.
    #[schemars(length(min = 1))]
    fields: Vec<FieldChange>,
}

struct EditElement;

impl Rule for EditElement {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let order = &step.order;
        let changed = fields::changed(&step.settings.fields, |name| order.value(name));
        if changed.is_empty() {
            return Ok(done("Nothing to change"));
        }
        orders::set_fields(&order.id, &changed)?;
        let names: Vec<&str> = changed.iter().map(|field| field.key.as_str()).collect();
        Ok(done(format!("Changed: {}", names.join(", "))))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.fields.as_slice() {
            [] => vec![Issue::new("/fields", "required", "Select at least one field.")],
            changes => fields::change_issues("/fields", changes, Of::Order),
        }
    }
}

rule! {
    EditElement {
        id: "rulewright.edit-element",
        publisher: "Rulewright",
        title: "Edit element",
        description: "Writes values into fields of the order, or appends them to those that hold several.",
        missing: "A field of whose new value nothing is left is left alone. Where every field has its value already, \
                  nothing is saved and no other rule or trigger notices anything.",
        group: Employees,
        example: json!({
            "fields": [
                { "field": "comments", "value": "Pack it as a gift" },
                { "field": "labels", "value": "gift", "mode": "append" },
            ],
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Json;
    use rulewright_sdk::testing::{self, Effect, End};

    use super::*;

    fn edit(fields: Json) -> End {
        let mut order = testing::order();
        order.attrs.push(attr("comments", "Ring twice"));
        order.fields = vec![attr("labels", vec!["fragile".into()]), attr("boxes", 2)];
        testing::run::<EditElement>().order(order).settings(json!({ "fields": fields })).go()
    }

    #[test]
    fn the_values_are_written() {
        let end = edit(json!([
            { "field": "comments", "value": "Pack it as a gift" },
            { "field": "labels", "value": "gift, fragile", "mode": "append" },
            { "field": "boxes", "mode": "clear" },
        ]));
        assert_eq!(end.summary(), "Changed: comments, labels, boxes");
        assert_eq!(end.order.value("comments"), Some("Pack it as a gift".into()));
        let labels = vec!["fragile".into(), "gift".into()];
        assert_eq!((end.order.field("labels"), end.order.field("boxes")), (Some(&labels.into()), None));
        assert_eq!(end.effects.len(), 1);
    }

    #[test]
    fn no_difference_is_no_change() {
        let end = edit(json!([
            { "field": "title", "value": "Order 1001" },
            { "field": "comments", "value": "Ring twice" },
            { "field": "labels", "value": "fragile", "mode": "append" },
            { "field": "boxes", "value": "2" },
            { "field": "colour", "mode": "clear" },
        ]));
        assert_eq!((end.summary(), end.effects.len()), ("Nothing to change", 0));
    }

    #[test]
    fn what_is_missing_leaves_the_field_alone() {
        let end = edit(json!([{ "field": "comments", "value": " " }, { "field": "boxes", "value": "3" }]));
        let set = Effect::SetFields { order: "order-1".into(), fields: vec![attr("boxes", 3)] };
        assert_eq!(end.effects, [set]);
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let codes = |fields| {
            let issues = testing::check::<EditElement>(json!({ "fields": fields }));
            issues.into_iter().map(|issue| issue.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(json!([])), ["required"]);
        assert_eq!(codes(json!([{ "field": "stage", "value": "won" }])), ["read-only"]);
        assert_eq!(codes(json!([{ "field": "title", "value": "x", "mode": "append" }])), ["not-a-list"]);
        assert_eq!(codes(json!([{ "field": "colour", "value": "" }])), ["empty-value"]);
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = EditElement::manifest()["example"].clone();
        assert_eq!(testing::check::<EditElement>(example), []);
    }
}
