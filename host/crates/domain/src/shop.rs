use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Currency, ShopId, plugin::PluginId};

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
    /// As whom it writes documents, by name. The first is meant where none is named.
    #[serde(default)]
    pub requisites: BTreeMap<String, Requisites>,
}

/// What the law wants on a document about whoever issues it: every country has other fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requisites {
    /// `name`, `address`, `vat-number`, ...
    pub fields: BTreeMap<String, String>,
    /// `iban`, `bank`, ...: only on documents that say so.
    pub bank: BTreeMap<String, String>,
}

fn yes() -> bool {
    true
}
