use rulewright_sdk::Json;
use rulewright_sdk::fields::{self, FieldValue};
use rulewright_sdk::lists::Item;
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// List
    #[schemars(length(min = 1), extend("x-widget" = "list"))]
    list: String,
    /// Item
    item: Which,
    /// Fields
    /// What is read of the item; empty means everything.
    #[serde(default)]
    fields: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Which {
    /// The one with an id
    Id {
        /// Id
        #[schemars(length(min = 1), extend("x-template" = true))]
        id: String,
    },
    /// The first with these values
    Filter {
        /// Values
        /// All of them must be equal.
        #[schemars(length(min = 1))]
        fields: Vec<FieldValue>,
    },
}

struct ReadListItem;

impl Rule for ReadListItem {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Settings { list, item, fields } = &step.settings;
        let found = match item {
            Which::Id { id } => by_id(list, id.trim())?,
            Which::Filter { fields } => by_values(list, fields)?,
        };
        let Item { id, fields: mut values, .. } = match found {
            Ok(item) => item,
            Err(reason) => {
                return Ok(done_with(reason, json!({ "found": false, "item-id": null, "item": null })));
            }
        };
        values.retain(|value| fields.is_empty() || fields.iter().any(|field| field.trim() == value.key));
        let output = json!({ "found": true, "item-id": id, "item": fields::to_json(&values) });
        Ok(done_with(format!("Item {id} of {list} read"), output))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = Vec::new();
        if settings.list.trim().is_empty() {
            issues.push(Issue::new("/list", "required", "Select a list."));
        }
        match &settings.item {
            Which::Id { id } if id.trim().is_empty() => {
                issues.push(Issue::new("/item/id", "required", "Write or insert the id of an item."));
            }
            Which::Filter { fields } if fields.is_empty() => {
                issues.push(Issue::new("/item/fields", "required", "Write at least one value to look for."));
            }
            Which::Filter { fields } => {
                let names = fields.iter().map(|line| line.field.as_str());
                issues.extend(fields::name_issues("/item/fields", names));
                for (index, line) in
                    fields.iter().enumerate().filter(|(_, line)| line.value.trim().is_empty())
                {
                    let message = format!("Write the value of {} to look for.", line.field);
                    issues.push(Issue::new(format!("/item/fields/{index}/value"), "empty-value", message));
                }
            }
            Which::Id { .. } => {}
        }
        issues
    }
}

/// The item, or why there is none.
type Found = Result<Item, String>;

fn by_id(list: &str, id: &str) -> Result<Found> {
    if id.is_empty() {
        return Ok(Err("empty-id: nothing is left of the item's id".into()));
    }
    match lists::get(list, id) {
        Ok(item) => Ok(Ok(item)),
        Err(HostError::NotFound) => Ok(Err(format!("not-found: {list} has no item {id}"))),
        Err(error) => Err(error.into()),
    }
}

fn by_values(list: &str, wanted: &[FieldValue]) -> Result<Found> {
    let texts = fields::values(wanted);
    // What is missing must not find just any item.
    if texts.len() < wanted.len() {
        return Ok(Err("empty-value: nothing is left of a value to look for".into()));
    }
    let mut items = lists::find(list, &texts, 1)?;
    let numbers: Vec<Attr> = texts.iter().map(as_number).collect();
    if items.is_empty() && numbers != texts {
        items = lists::find(list, &numbers, 1)?;
    }
    Ok(items.pop().ok_or_else(|| format!("not-found: no item of {list} has these values")))
}

/// Other systems fill lists with numbers, and a form has only texts.
fn as_number(text: &Attr) -> Attr {
    let parsed = text.value.to_string().trim().parse().unwrap_or(Json::Null);
    match Value::from_json(parsed) {
        number @ (Value::Integer(_) | Value::Boolean(_) | Value::Json(_)) => attr(&*text.key, number),
        _ => text.clone(),
    }
}

rule! {
    ReadListItem {
        id: "rulewright.read-list-item",
        publisher: "Rulewright",
        title: "Read list item",
        description: "Looks an item up in one of the shop's lists, e.g. a price, for the rules after this one. Of several \
                      it takes the first by id.",
        missing: "Where no item is found, or nothing is left of the id or of a value to look for, the outputs are empty, \
                  the history says why, and the rules after this one go on.",
        group: Employees,
        outputs: [
            ("found", "Whether there is such an item"),
            ("item-id", "Id of the item"),
            ("item", "Its fields, e.g. item.price"),
        ],
        example: json!({
            "list": "delivery-prices",
            "item": { "kind": "filter", "fields": [{ "field": "service", "value": "{{ order.delivery-service }}" }] },
            "fields": ["price"],
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn price(id: &str, sku: impl Into<Value>, price: i64) -> Item {
        let fields = vec![attr("sku", sku), attr("price", price)];
        Item { id: id.into(), list_name: "prices".into(), fields }
    }

    fn read(item: Json) -> Json {
        let elsewhere = Item { list_name: "branches".into(), ..price("item-9", "A", 9) };
        let end = testing::run::<ReadListItem>()
            .settings(json!({ "list": "prices", "item": item, "fields": ["price"] }))
            .item(elsewhere)
            .item(price("item-3", "A", 3))
            .item(price("item-2", "A", 2))
            .item(price("item-4", 85123, 4))
            .go();
        assert_eq!(end.effects, []);
        let mut output = end.output();
        output["why"] = end.summary().into();
        output
    }

    fn sku(value: &str) -> Json {
        json!({ "kind": "filter", "fields": [{ "field": "sku", "value": value }] })
    }

    #[test]
    fn of_several_the_first_by_id_is_taken() {
        let why = "Item item-2 of prices read";
        let expected = json!({ "found": true, "item-id": "item-2", "item": { "price": 2 }, "why": why });
        assert_eq!(read(sku("A")), expected);
    }

    #[test]
    fn an_item_is_found_by_id_in_its_own_list_only() {
        assert_eq!(read(json!({ "kind": "id", "id": " item-3 " }))["item"], json!({ "price": 3 }));
        let other = read(json!({ "kind": "id", "id": "item-9" }));
        let why = "not-found: prices has no item item-9";
        assert_eq!(other, json!({ "found": false, "item-id": null, "item": null, "why": why }));
    }

    #[test]
    fn no_item_leaves_the_outputs_empty() {
        let why = "not-found: no item of prices has these values";
        let expected = json!({ "found": false, "item-id": null, "item": null, "why": why });
        assert_eq!(read(sku("B")), expected);
    }

    #[test]
    fn a_number_is_found_however_it_is_kept() {
        assert_eq!(read(sku("85123"))["item-id"], "item-4");
    }

    #[test]
    fn a_missing_value_finds_nothing() {
        assert!(read(sku(" "))["why"].as_str().unwrap().starts_with("empty-value"));
        assert!(read(json!({ "kind": "id", "id": "" }))["why"].as_str().unwrap().starts_with("empty-id"));
    }

    #[test]
    fn without_a_selection_every_field_is_read() {
        let settings = json!({ "list": "prices", "item": sku("A") });
        let end = testing::run::<ReadListItem>().settings(settings).item(price("item-1", "A", 1)).go();
        assert_eq!(end.output()["item"], json!({ "sku": "A", "price": 1 }));
    }

    #[test]
    fn what_to_look_for_is_needed() {
        let paths = |item| {
            let issues = testing::check::<ReadListItem>(json!({ "list": "prices", "item": item }));
            issues.into_iter().map(|issue| issue.path).collect::<Vec<_>>()
        };
        assert_eq!(paths(sku("A")), [""; 0]);
        assert_eq!(paths(sku(" ")), ["/item/fields/0/value"]);
        assert_eq!(paths(json!({ "kind": "filter", "fields": [] })), ["/item/fields"]);
        assert_eq!(paths(json!({ "kind": "id", "id": " " })), ["/item/id"]);
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = ReadListItem::manifest()["example"].clone();
        assert_eq!(testing::check::<ReadListItem>(example), []);
    }
}
