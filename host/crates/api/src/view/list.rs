use std::collections::BTreeMap;

use rulewright_domain::{self as domain, ItemId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A table of the shop's own. The name is in the path.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Courier prices", "fields": [{"name": "postcode", "required": true}, {"name": "price"}]}))]
pub struct ListInput {
    #[schema(example = "Courier prices")]
    title: String,
    fields: Vec<ListField>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ListField {
    #[schema(example = "postcode")]
    name: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    required: bool,
}

impl ListInput {
    pub fn into_domain(self, name: String) -> domain::List {
        let field = |ListField { name, title, required }| domain::ListField { name, title, required };
        domain::List { name, title: self.title, fields: self.fields.into_iter().map(field).collect() }
    }
}

/// A table of the shop's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct List {
    #[schema(example = "courier-prices")]
    name: String,
    #[serde(flatten)]
    rest: ListInput,
}

impl From<domain::List> for List {
    fn from(list: domain::List) -> List {
        let field = |domain::ListField { name, title, required }| ListField { name, title, required };
        let fields = list.fields.into_iter().map(field).collect();
        List { name: list.name, rest: ListInput { title: list.title, fields } }
    }
}

/// A row of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Item {
    #[schema(value_type = String, example = "item_5")]
    id: ItemId,
    fields: BTreeMap<String, Value>,
}

impl From<domain::Item> for Item {
    fn from(item: domain::Item) -> Item {
        Item { id: item.id, fields: item.fields }
    }
}

/// Values by field; null empties one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemInput {
    #[schema(example = json!({ "postcode": "CV5", "price": "4.20" }))]
    pub fields: BTreeMap<String, Value>,
}
