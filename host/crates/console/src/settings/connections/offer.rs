//! What a provider's settings choose from: things of the shop. They are about no order.

use rulewright_domain::{ShopConfig, Timestamp};
use serde_json::Value;

use crate::{
    door::Look,
    forms::{Choice, Choices, Field},
};

pub struct Offer<'a> {
    config: &'a ShopConfig,
    now: Timestamp,
}

impl<'a> Offer<'a> {
    pub fn of(look: &Look, config: &'a ShopConfig) -> Offer<'a> {
        Offer { config, now: look.now }
    }
}

impl Choices for Offer<'_> {
    fn of(&self, widget: &str) -> Option<Vec<Choice>> {
        let config = self.config;
        let named = |names: Vec<&String>| {
            names.into_iter().map(|name| Choice::new(name.clone(), name.clone())).collect()
        };
        Some(match widget {
            "employee" | "employees" => {
                let working = config.employees.values().filter(|one| one.working);
                working.map(|one| Choice::new(one.id.to_string(), one.name.clone())).collect()
            }
            "mailbox" => {
                let all = config.mailboxes.values();
                all.map(|one| Choice::new(one.id.clone(), one.address.clone())).collect()
            }
            "list" => named(config.lists.keys().collect()),
            "document-template" => named(config.templates.keys().collect()),
            _ => return None,
        })
    }

    fn list_fields(&self, list: &str) -> Option<Vec<Choice>> {
        let list = self.config.lists.get(list)?;
        Some(list.fields.iter().map(|field| Choice::new(field.name.clone(), field.name.clone())).collect())
    }

    fn fields(&self) -> &[Field] {
        &[]
    }

    fn sample(&self) -> Option<&Value> {
        None
    }

    fn clock(&self) -> Option<(Timestamp, &str)> {
        Some((self.now, &self.config.shop.time_zone))
    }

    fn money(&self) -> (&str, u8) {
        (self.config.shop.currency.as_str(), 2)
    }
}
