use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Fields, ItemId, Rejection, ShopId};

/// A table of the shop's own: prices, branches, a register of promises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    pub name: String,
    pub title: String,
    pub fields: Vec<ListField>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListField {
    pub name: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub required: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub id: ItemId,
    pub shop: ShopId,
    pub list: String,
    pub fields: Fields,
}

impl List {
    /// Items of one list; beyond it, a list is somebody's database.
    pub const MAX_ITEMS: u64 = 10_000;

    /// The fields of an item after some were given; null empties one.
    pub fn filled(&self, mut before: Fields, given: Fields) -> Result<Fields, Rejection> {
        for (name, value) in given {
            if !self.fields.iter().any(|field| field.name == name) {
                let known: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
                let message = format!("list `{}` has no such field; it has {}", self.name, known.join(", "));
                return Err(Rejection::invalid(format!("field `{name}`"), message));
            }
            match value.is_null() {
                true => before.remove(&name),
                false => before.insert(name, value),
            };
        }
        let empty = |name: &str| before.get(name).is_none_or(|value| value.as_str() == Some(""));
        match self.fields.iter().find(|field| field.required && empty(&field.name)) {
            Some(field) => {
                let message = format!("list `{}` requires it", self.name);
                Err(Rejection::invalid(format!("field `{}`", field.name), message))
            }
            None => Ok(before),
        }
    }
}

impl Item {
    /// Whether every wanted field is equal.
    pub fn has(&self, wanted: &Fields) -> bool {
        let written = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let same = |(name, value): (&String, &Value)| match (value.is_null(), self.fields.get(name)) {
            (true, own) => own.is_none(),
            // What a person typed into a form is text, whatever the item holds.
            (false, own) => own.is_some_and(|own| own == value || written(own) == written(value)),
        };
        wanted.iter().all(same)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(of: Value) -> Fields {
        serde_json::from_value(of).unwrap()
    }

    fn prices() -> List {
        let field = |name: &str, required| ListField { name: name.into(), title: String::new(), required };
        List {
            name: "prices".into(),
            title: "Prices".into(),
            fields: vec![field("sku", true), field("price", false)],
        }
    }

    #[test]
    fn an_item_has_the_required_fields_and_no_others() {
        let list = prices();
        let good = list.filled(Fields::new(), fields(json!({ "sku": "85123A" }))).unwrap();
        assert_eq!(list.filled(good.clone(), fields(json!({ "price": 3 }))).unwrap().len(), 2);
        for bad in [json!({ "price": 3 }), json!({ "sku": "" }), json!({ "sku": "1", "colour": "red" })] {
            assert!(list.filled(Fields::new(), fields(bad.clone())).is_err(), "{bad}");
        }
        assert!(list.filled(good, fields(json!({ "sku": null }))).is_err());
    }

    #[test]
    fn an_item_is_found_by_equal_fields_only() {
        let item = Item {
            id: ItemId(1),
            shop: ShopId(1),
            list: "prices".into(),
            fields: fields(json!({ "sku": "85123A", "price": 3 })),
        };
        assert!(item.has(&Fields::new()));
        assert!(item.has(&fields(json!({ "sku": "85123A", "colour": null }))));
        assert!(item.has(&fields(json!({ "price": "3" }))));
        assert!(!item.has(&fields(json!({ "sku": "85123A", "price": 4 }))));
    }
}
