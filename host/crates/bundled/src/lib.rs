//! The plugins that come with Rulewright, as the components that a store would download, and the recipes.
//!
//! **Invariant:** bytes only. They are inspected, granted and run like anybody else's.

// `PLUGINS: &[(&str, &[u8])]`: folder below `plugins/` and component, in order of folder.
include!(concat!(env!("OUT_DIR"), "/plugins.rs"));

macro_rules! recipe {
    ($id:literal) => {
        ($id, include_str!(concat!("../../../recipes/", $id, ".json")))
    };
}

/// Id and file below `host/recipes/`.
pub const RECIPES: &[(&str, &str)] = &[
    recipe!("abandoned-payment"),
    recipe!("courier-booking"),
    recipe!("invoice"),
    recipe!("late-delivery"),
    recipe!("order-confirmation"),
    recipe!("parcel-at-depot"),
    recipe!("regulars-mailing"),
    recipe!("returning-visitor"),
    recipe!("review-request"),
    recipe!("stock-register"),
    recipe!("tracking-number"),
    recipe!("unreachable-client"),
    recipe!("vip-order-alert"),
];
