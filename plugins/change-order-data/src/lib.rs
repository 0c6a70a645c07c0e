use rulewright_sdk::fields::{self, FieldChange, Of};
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Comment
    /// Added below the order's comments, unless they have it already.
    #[serde(default)]
    #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
    comment: String,
    /// Tags
    /// Added to those that the order has.
    #[serde(default)]
    tags: Vec<Tag>,
    /// Responsible
    /// Empty means that the order stays in the hands it is in.
    #[serde(default)]
    #[schemars(extend("x-widget" = "employee"))]
    responsible: String,
    /// Fields
    #[serde(default)]
    fields: Vec<FieldChange>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-template" = true))]
struct Tag(String);

struct ChangeOrderData;

impl Rule for ChangeOrderData {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let (order, settings) = (&step.order, &step.settings);
        let mut fields = fields::changed(&settings.fields, |name| order.value(name));
        fields.extend(with_comment(order, settings.comment.trim()));
        let mut changed: Vec<&str> = fields.iter().map(|field| field.key.as_str()).collect();
        if !fields.is_empty() {
            orders::set_fields(&order.id, &fields)?;
        }
        let tags = settings.tags.iter().map(|tag| one_line(&tag.0));
        let tags: Vec<String> = tags.filter(|tag| !tag.is_empty() && !order.tags.contains(tag)).collect();
        if !tags.is_empty() {
            orders::add_tags(&order.id, &tags)?;
            changed.push("tags");
        }
        if let Some(to) = filled(&settings.responsible)
            && order.responsible.as_ref() != Some(&to)
        {
            orders::set_responsible(&order.id, &to)?;
            changed.push("responsible");
        }
        match changed.as_slice() {
            [] => Ok(done("Nothing to change")),
            changed => Ok(done(format!("Changed: {}", changed.join(", ")))),
        }
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = fields::change_issues("/fields", &settings.fields, Of::Order);
        if let Some(index) = settings.fields.iter().position(|change| change.field.trim() == "comments") {
            let message = "The comment has a place of its own in this form.";
            issues.push(Issue::new(format!("/fields/{index}/field"), "twice", message));
        }
        let blank = [&settings.comment, &settings.responsible].into_iter().all(|text| text.trim().is_empty());
        let no_tags = settings.tags.iter().all(|tag| tag.0.trim().is_empty());
        if blank && no_tags && settings.fields.is_empty() {
            issues.push(Issue::new("", "required", "Say what is to be changed."));
        }
        issues
    }
}

/// The comments with one more, where they do not have it.
fn with_comment(order: &Order, comment: &str) -> Option<Attr> {
    let old = order.value("comments").map(|comments| comments.to_string()).unwrap_or_default();
    if comment.is_empty() || format!("\n{old}\n").contains(&format!("\n{comment}\n")) {
        return None;
    }
    let new = if old.is_empty() { comment.to_owned() } else { format!("{old}\n{comment}") };
    Some(attr("comments", new))
}

rule! {
    ChangeOrderData {
        id: "rulewright.change-order-data",
        publisher: "Rulewright",
        title: "Change order data",
        description: "Changes what people note on an order: a comment, tags, who is responsible, and fields.",
        missing: "What is empty is left alone. What the order has already is not written again, so that nothing notices \
                  a change where there is none. Where the responsible has left the shop, the rule fails.",
        group: Employees,
        example: json!({
            "comment": "Paid by {{ previous.payer | the client }}",
            "tags": ["paid"],
            "fields": [{ "field": "delivery-type", "value": "Courier delivery" }],
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Json;
    use rulewright_sdk::testing::{self, Effect, End};

    use super::*;

    fn change(settings: Json) -> End {
        let mut order = testing::order();
        order.attrs.push(attr("comments", "Ring twice"));
        order.tags.push("gift".into());
        let clerk = testing::employee("employee-2");
        testing::run::<ChangeOrderData>().order(order).employee(clerk).settings(settings).go()
    }

    #[test]
    fn everything_is_changed_at_once() {
        let end = change(json!({
            "comment": "Call before delivery ",
            "tags": ["gift", "v.i.p.\n", " "],
            "responsible": "employee-2",
            "fields": [{ "field": "delivery-type", "value": "Courier delivery" }],
        }));
        assert_eq!(end.summary(), "Changed: delivery-type, comments, tags, responsible");
        let id = || "order-1".to_owned();
        let fields = vec![
            attr("delivery-type", "Courier delivery"),
            attr("comments", "Ring twice\nCall before delivery"),
        ];
        let expected = [
            Effect::SetFields { order: id(), fields },
            Effect::AddTags { order: id(), tags: vec!["v.i.p.".into()] },
            Effect::SetResponsible { order: id(), to: "employee-2".into() },
        ];
        assert_eq!(end.effects, expected);
    }

    #[test]
    fn what_the_order_has_already_is_left_alone() {
        let end = change(json!({ "comment": "Ring twice", "tags": ["gift"], "responsible": "employee-1" }));
        assert_eq!((end.summary(), end.effects.len()), ("Nothing to change", 0));
    }

    #[test]
    fn a_part_of_a_comment_is_another_comment() {
        let end = change(json!({ "comment": "Ring" }));
        assert_eq!(end.order.value("comments"), Some("Ring twice\nRing".into()));
    }

    #[test]
    fn somebody_who_has_left_gets_no_order() {
        let end = change(json!({ "tags": ["late"], "responsible": "employee-9" }));
        assert!(end.gave_up().contains("employee-9"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn what_changes_nothing_or_twice_is_refused() {
        let codes = |settings| {
            let issues = testing::check::<ChangeOrderData>(settings);
            issues.into_iter().map(|issue| issue.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(json!({ "comment": " ", "tags": [""] })), ["required"]);
        assert_eq!(codes(json!({ "fields": [{ "field": "comments", "value": "x" }] })), ["twice"]);
        assert_eq!(codes(json!({ "fields": [{ "field": "tags", "value": "x" }] })), ["read-only"]);
        assert_eq!(codes(json!({ "responsible": "employee-2" })), [""; 0]);
    }

    #[test]
    fn values_can_be_inserted_into_tags() {
        let manifest = ChangeOrderData::manifest();
        assert_eq!(manifest["settings"]["properties"]["tags"]["items"]["x-template"], true);
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = ChangeOrderData::manifest()["example"].clone();
        assert_eq!(testing::check::<ChangeOrderData>(example), []);
    }
}
