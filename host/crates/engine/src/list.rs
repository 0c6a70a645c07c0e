//! The shop's lists and their items.

use rulewright_domain::{Cause, Fields, Item, ItemId, List, NewEvent, Rejection, ShopId, audit::Deed, kind};
use rulewright_ports::storage::Sequence;

use crate::{Engine, Receipt, Refusal, change::Change, check, command::check_depth, used::Named};

impl Change<'_> {
    pub fn add_item(&mut self, list: &str, fields: Fields, cause: &Cause) -> Result<Receipt, Refusal> {
        let fields = self.list(list)?.filled(Fields::new(), fields)?;
        if self.tx.count_items(self.shop, list)? >= List::MAX_ITEMS {
            let message = format!("list `{list}` has {} items, which is the limit", List::MAX_ITEMS);
            return Err(Rejection::invalid("list", message).into());
        }
        let id = ItemId(self.tx.next(Sequence::Item)?);
        self.put_item(Item { id, shop: self.shop, list: list.to_owned(), fields }, kind::ITEM_ADDED, cause)
    }

    pub fn change_item(
        &mut self,
        list: &str,
        id: ItemId,
        fields: Fields,
        cause: &Cause,
    ) -> Result<Receipt, Refusal> {
        let known = self.list(list)?.clone();
        let item = self.tx.item(self.shop, list, id)?;
        let item = item.ok_or_else(|| Rejection::NotFound { what: "item", id: id.to_string() })?;
        let fields = known.filled(item.fields.clone(), fields)?;
        if fields == item.fields {
            return Ok(Receipt { item: Some(id), ..Receipt::default() });
        }
        self.put_item(Item { fields, ..item }, kind::ITEM_CHANGED, cause)
    }

    fn put_item(&mut self, item: Item, kind: &str, cause: &Cause) -> Result<Receipt, Refusal> {
        check_depth(cause)?;
        self.tx.put_item(&item)?;
        let event = NewEvent::new(kind).attr("list", item.list.as_str()).attr("item", item.id.to_string());
        let event = self.record(event, cause, None, None)?;
        Ok(Receipt { item: Some(item.id), events: vec![event], ..Receipt::default() })
    }

    fn list(&self, name: &str) -> Result<&List, Refusal> {
        let lists = &self.config.lists;
        lists.get(name).ok_or_else(|| {
            let known = if lists.is_empty() { "none".to_owned() } else { names(lists.keys()) };
            Rejection::invalid("list", format!("there is no list `{name}`; there are {known}")).into()
        })
    }
}

pub(crate) fn names<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// What is wrong with a list, before anybody fills it.
pub(crate) fn check_list(list: &List) -> Result<(), Refusal> {
    check::name("/name", &list.name)?;
    check::title(&list.title)?;
    if list.fields.is_empty() {
        return Err(Refusal::invalid("/fields", "empty", "a list has at least one field"));
    }
    for (index, field) in list.fields.iter().enumerate() {
        check::key(&format!("/fields/{index}/name"), &field.name)?;
        if list.fields[..index].iter().any(|other| other.name == field.name) {
            let message = format!("`{}` is named twice", field.name);
            return Err(Refusal::invalid(&format!("/fields/{index}/name"), "twice", message));
        }
    }
    Ok(())
}

impl Engine {
    /// Fields that items have already may be taken away: they stay where they are, and are no longer checked.
    pub async fn put_list(&self, shop: ShopId, list: List) -> Result<(), Refusal> {
        check_list(&list)?;
        self.change(shop, move |change| {
            let before = change.config.lists.get(&list.name).cloned();
            change.tx.put_list(shop, &list)?;
            change.audit_saved("list", &list.name, before.as_ref(), &list)
        })
        .await
    }

    /// With its items. Refused while something uses it.
    pub async fn remove_list(&self, shop: ShopId, name: &str) -> Result<(), Refusal> {
        let name = name.to_owned();
        self.change(shop, move |change| {
            if !change.config.lists.contains_key(&name) {
                return Err(Refusal::not_found("list", &name));
            }
            change.not_used(Named::List, &name)?;
            let items = change.tx.count_items(shop, &name)?;
            change.tx.remove_list(shop, &name)?;
            change.audit(Deed::new("list.removed", &name).with("items", items))
        })
        .await
    }

    pub async fn remove_item(&self, shop: ShopId, list: &str, id: ItemId) -> Result<(), Refusal> {
        let list = list.to_owned();
        self.change(shop, move |change| match change.tx.remove_item(shop, &list, id)? {
            true => Ok(()),
            false => Err(Refusal::not_found("item", id)),
        })
        .await
    }
}
