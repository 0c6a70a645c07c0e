use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Currency, ShopId, Spending, plugin::PluginId};

/// When the shop works, in its own zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingHours {
    /// Minutes after midnight, from Monday to Sunday; None is a day off. The end may be 1440.
    pub days: [Option<(u16, u16)>; 7],
    /// Civil dates such as `2026-12-25`.
    #[serde(default)]
    pub holidays: BTreeSet<String>,
}

impl Default for WorkingHours {
    fn default() -> Self {
        let day = Some((9 * 60, 18 * 60));
        WorkingHours { days: [day, day, day, day, day, None, None], holidays: BTreeSet::new() }
    }
}

impl WorkingHours {
    /// What is wrong with them: where, and what to do.
    pub fn problem(&self) -> Option<(&'static str, String)> {
        const END: u16 = 24 * 60;
        const DAYS: [&str; 7] =
            ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let days = DAYS.iter().zip(self.days);
        let wrong = |hours: (u16, u16)| hours.0 >= hours.1 || hours.1 > END;
        if let Some((day, _)) = days.into_iter().find(|(_, hours)| hours.is_some_and(wrong)) {
            return Some(("/hours/days", format!("on {day}, work begins before it ends")));
        }
        let is_date =
            |date: &&String| date.parse::<jiff::civil::Date>().is_ok_and(|day| day.to_string() == **date);
        let date = self.holidays.iter().find(|date| !is_date(date))?;
        Some(("/hours/holidays", format!("`{date}` is not a date such as 2026-12-25")))
    }
}

/// Whether this is a language tag such as `en` or `en-GB`.
pub fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let named = (2..=8).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_alphabetic());
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    named && parts.all(part) && text.len() <= 35
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shop {
    pub id: ShopId,
    pub name: String,
    pub currency: Currency,
    /// BCP 47.
    pub locale: String,
    /// IANA zone.
    pub time_zone: String,
    #[serde(default)]
    pub hours: WorkingHours,
    /// "Deals + Orders mode": off, orders of kind `order` have no automation.
    #[serde(default = "yes")]
    pub automate_orders: bool,
    /// Of everything that rules get as random: codes that they make up cannot be guessed without it. Filled in where
    /// it is left empty, and never shown.
    #[serde(default)]
    pub seed: String,
    /// Plugins outside the shop's plan: they can neither be added nor run.
    #[serde(default)]
    pub not_in_plan: BTreeSet<PluginId>,
    /// Whether the provider for development carries what no connection does: it sends nothing.
    #[serde(default = "yes")]
    pub sandbox: bool,
    /// As whom it writes documents, by name. The first is meant where none is named.
    #[serde(default)]
    pub requisites: BTreeMap<String, Requisites>,
    /// What a shipment of the shop can be, in the order of its way.
    #[serde(default = "ShipmentStatus::usual")]
    pub shipment_statuses: Vec<ShipmentStatus>,
    /// Keys of the webhooks whose calls must be signed, by code; never shown.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hook_keys: BTreeMap<String, String>,
    /// What its calls and text messages may cost.
    #[serde(default)]
    pub spending: Spending,
}

/// What the law wants on a document about whoever issues it: every country has other fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requisites {
    /// `name`, `address`, `vat-number`, ...
    pub fields: BTreeMap<String, String>,
    /// `iban`, `bank`, ...: only on documents that say so.
    pub bank: BTreeMap<String, String>,
}

/// Where a shipment can be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentStatus {
    /// What rules and providers name, e.g. `handed-over`.
    pub id: String,
    /// What staff see.
    pub name: String,
}

impl ShipmentStatus {
    /// What most couriers report: a shop that has never said otherwise begins with it.
    pub fn usual() -> Vec<ShipmentStatus> {
        [
            ("awaiting", "Awaiting dispatch"),
            ("packed", "Packed"),
            ("handed-over", "Handed over to the courier"),
            ("in-transit", "In transit"),
            ("ready-for-pickup", "Ready for pickup"),
            ("delivered", "Delivered"),
            ("not-delivered", "Not delivered"),
            ("returned", "Returned"),
        ]
        .map(|(id, name)| ShipmentStatus { id: id.to_owned(), name: name.to_owned() })
        .into()
    }
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_end_after_they_begin_and_holidays_are_days() {
        let mut hours = WorkingHours::default();
        assert_eq!(hours.problem(), None);
        hours.days[6] = Some((0, 1440));
        hours.holidays.insert("2026-12-25".to_owned());
        assert_eq!(hours.problem(), None);
        for day in [(600, 600), (600, 540), (600, 1441)] {
            let mut wrong = hours.clone();
            wrong.days[0] = Some(day);
            assert_eq!(wrong.problem().map(|(path, _)| path), Some("/hours/days"), "{day:?}");
        }
        for date in ["", "christmas", "2026-13-01", "20261225"] {
            let mut wrong = hours.clone();
            wrong.holidays.insert(date.to_owned());
            assert_eq!(wrong.problem().map(|(path, _)| path), Some("/hours/holidays"), "{date}");
        }
    }
}
