use rulewright_sdk::{Json, prelude::*};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Field
    /// One of the shop's own fields, or title, comments or tags.
    #[schemars(length(min = 1), extend("x-widget" = "order-field"))]
    field: String,
    /// Old value
    /// What it was before; of a list, what was taken out. Empty means anything.
    #[serde(default)]
    old_value: String,
    /// New value
    /// What it is now; of a list, what was added. Empty means anything.
    #[serde(default)]
    new_value: String,
}

struct OrderFieldChanged;

impl Trigger for OrderFieldChanged {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, change: &Event) -> Result<Verdict> {
        let Settings { field, old_value, new_value } = &ctx.settings;
        let field = field.trim();
        if !change.attr_texts("fields").iter().any(|name| name == field) {
            return Ok(ignores(format!("{field} did not change")));
        }
        let (old, new) = (filled(old_value), filled(new_value));
        if old.is_none() && new.is_none() {
            return Ok(fires(format!("{field} changed")));
        }
        let changes: Json = change.payload.as_deref().and_then(|text| text.parse().ok()).unwrap_or_default();
        let [before, after] = ["before", "after"].map(|side| value(&changes, field, side));
        if before == after {
            return Ok(ignores(format!("no-values: the event does not say what {field} was and is")));
        }
        if let Some(old) = old.filter(|old| !has(before, old) || has(after, old)) {
            return Ok(ignores(format!("{field} was not `{old}` before")));
        }
        if let Some(new) = new.filter(|new| !has(after, new) || has(before, new)) {
            return Ok(ignores(format!("{field} did not become `{new}`")));
        }
        Ok(fires(format!("{field} changed as asked for")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.field.trim() {
            "" => vec![Issue::new("/field", "required", "Select a field.")],
            _ => Vec::new(),
        }
    }
}

/// The shop's own fields change as one part; title, comments and tags are parts of their own.
fn value<'a>(changes: &'a Json, field: &str, side: &str) -> &'a Json {
    match &changes["fields"][side][field] {
        Json::Null => &changes[field][side],
        value => value,
    }
}

/// Whether it is that value as staff write it, or a list with it.
fn has(value: &Json, text: &str) -> bool {
    match value {
        Json::Null => false,
        Json::String(value) => allows(text, value),
        Json::Array(values) => values.iter().any(|value| has(value, text)),
        value => allows(text, &value.to_string()),
    }
}

trigger! {
    OrderFieldChanged {
        id: "rulewright.order-field-changed",
        publisher: "Rulewright",
        title: "Order field changed",
        description: "A field of the order changes; where asked for, from one value or to one.",
        missing: "Saving the same value again does nothing. An empty field has no value: it cannot be asked \
                  for by name.",
        example: json!({ "field": "packing", "new-value": "gift" }),
        origin: Internal,
        subscriptions: ["order.fields-changed"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    /// As the host writes it: every field of the shop's own on both sides, whichever changed.
    fn own(field: &str, before: Json, after: Json) -> Event {
        let changes = json!({ "fields": {
            "before": { "other": "same", field: before },
            "after": { "other": "same", field: after },
        } });
        changed(field, changes)
    }

    fn changed(field: &str, changes: Json) -> Event {
        let event = testing::event("order.fields-changed").of_order("order-1");
        let event = event.with_attr("fields", vec![field.to_owned()]);
        Event { payload: Some(changes.to_string()), ..event }
    }

    fn verdict(settings: Json, event: Event) -> Verdict {
        let verdict = testing::examine::<OrderFieldChanged>(settings, testing::order(), event);
        verdict.expect("the settings are right")
    }

    #[test]
    fn it_must_be_the_field() {
        let change = || own("packing", json!("box"), json!("gift"));
        assert_eq!(verdict(json!({ "field": "packing" }), change()), fires("packing changed"));
        assert_eq!(verdict(json!({ "field": "other" }), change()), ignores("other did not change"));
    }

    #[test]
    fn it_must_change_from_and_to_the_values() {
        let change = |old: &str, new: &str| {
            let settings = json!({ "field": "packing", "old-value": old, "new-value": new });
            verdict(settings, own("packing", json!("box"), json!("gift")))
        };
        for (old, new) in [("box", ""), ("", "gift"), ("Box", "Gift "), (" ", "")] {
            assert!(matches!(change(old, new), Verdict::Fires(_)), "{old} to {new}");
        }
        assert_eq!(change("gift", ""), ignores("packing was not `gift` before"));
        assert_eq!(change("", "box"), ignores("packing did not become `box`"));
        assert_eq!(change("box", "same"), ignores("packing did not become `same`"));
    }

    #[test]
    fn numbers_and_flags_are_compared_as_they_are_written() {
        let becomes = |new: &str, value: Json| {
            let event = own("f", Json::Null, value);
            matches!(verdict(json!({ "field": "f", "new-value": new }), event), Verdict::Fires(_))
        };
        assert!(becomes("5", json!(5)) && becomes("1.5", json!(1.5)) && becomes("true", json!(true)));
        assert!(!becomes("5", json!(50)) && !becomes("null", Json::Null));
    }

    #[test]
    fn of_a_list_what_was_added_or_taken_out_counts() {
        let change = |old: &str, new: &str| {
            let changes = json!({ "tags": { "before": ["gift", "old"], "after": ["gift", "vip"] } });
            let settings = json!({ "field": "tags", "old-value": old, "new-value": new });
            matches!(verdict(settings, changed("tags", changes)), Verdict::Fires(_))
        };
        assert!(change("", "vip") && change("old", "") && change("old", "vip"));
        assert!(!change("", "gift") && !change("gift", "") && !change("vip", ""));
    }

    #[test]
    fn title_is_a_part_of_its_own_beside_the_fields() {
        let mut changes = json!({ "fields": { "before": { "a": 1 }, "after": { "a": 2 } } });
        changes["title"] = json!({ "before": "Old", "after": "New" });
        let settings = json!({ "field": "title", "old-value": "old", "new-value": "new" });
        assert!(matches!(verdict(settings, changed("title", changes)), Verdict::Fires(_)));
    }

    #[test]
    fn without_the_values_a_value_cannot_be_met() {
        let settings = || json!({ "field": "packing", "new-value": "gift" });
        let event = Event { payload: None, ..changed("packing", json!({})) };
        assert!(
            matches!(verdict(settings(), event), Verdict::Ignores(why) if why.starts_with("no-values: "))
        );
        assert!(matches!(verdict(settings(), own("packing", Json::Null, Json::Null)), Verdict::Ignores(_)));
    }

    #[test]
    fn a_field_is_needed() {
        let issues = testing::check::<OrderFieldChanged>(json!({ "field": " " }));
        assert_eq!(issues[0].path, "/field");
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<OrderFieldChanged>(OrderFieldChanged::manifest()["example"].clone()), []);
    }
}
