//! Where a shop's own things are used: what rules and triggers in force choose by name, as the schemas of their plugins
//! tell. What is used is not removed.

use rulewright_domain::{
    ShopConfig,
    in_force::{Part, Place},
    template,
};

use crate::{Refusal, change::Change};

/// A kind of things that rules choose by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    Template,
    Numerator,
    List,
    Segment,
    Schedule,
    Requisites,
    ShipmentStatus,
    DeliveryService,
}

impl Named {
    /// With which a form lets people choose one.
    fn widget(self) -> &'static str {
        match self {
            Named::Template => "document-template",
            Named::Numerator => "numerator",
            Named::List => "list",
            Named::Segment => "segment",
            Named::Schedule => "schedule",
            Named::Requisites => "requisites",
            Named::ShipmentStatus => "shipment-status",
            Named::DeliveryService => "delivery-service",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Named::Template => "template",
            Named::ShipmentStatus => "shipment status",
            Named::DeliveryService => "delivery service",
            other => other.widget(),
        }
    }
}

/// Who names something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// A rule or a trigger, by its id and its name.
    Part { place: Place, id: String, name: String },
    /// A template, which its numerator numbers.
    Template(String),
}

impl std::fmt::Display for NamedBy {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NamedBy::Part { place, name, .. } => write!(out, "`{name}` {place}"),
            NamedBy::Template(name) => write!(out, "template `{name}`"),
        }
    }
}

/// Everything in force that names it, also what is switched off just now.
pub fn named_by(config: &ShopConfig, what: Named, name: &str) -> Vec<NamedBy> {
    let says = |part: &Part<'_>| {
        let schema = config.plugins.get(part.plugin).map(|plugin| &plugin.manifest.settings);
        // What is wrong with the schema itself has been told when the plugin came in.
        let named = schema.and_then(|schema| template::named(schema, part.settings).ok()).unwrap_or_default();
        named.iter().any(|(widget, text)| widget == what.widget() && text.trim() == name)
    };
    let parts = config.in_force().filter(says);
    let by = |part: Part<'_>| NamedBy::Part {
        place: part.place,
        id: part.id.to_owned(),
        name: part.name.to_owned(),
    };
    let mut found: Vec<NamedBy> = parts.map(by).collect();
    if what == Named::Numerator {
        let numbered = config.templates.values().filter(|template| template.numerator == name);
        found.extend(numbered.map(|template| NamedBy::Template(template.name.clone())));
    }
    found
}

fn not_used(config: &ShopConfig, what: Named, name: &str) -> Result<(), Refusal> {
    let users = named_by(config, what, name);
    let Some(first) = users.first() else { return Ok(()) };
    let others = match users.len() - 1 {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    let message =
        format!("{} `{name}` is used by {first}{others}: take it out of what uses it first", what.what());
    Err(Refusal::Conflict { message })
}

impl Change<'_> {
    /// Refuses to remove what something in force still names.
    pub fn not_used(&self, what: Named, name: &str) -> Result<(), Refusal> {
        not_used(&self.config, what, name)
    }

    /// The same for each of those that are not there any more.
    pub fn none_used<'n>(
        &self,
        what: Named,
        before: impl IntoIterator<Item = &'n String>,
        still: impl Fn(&str) -> bool,
    ) -> Result<(), Refusal> {
        before.into_iter().filter(|name| !still(name)).try_for_each(|name| self.not_used(what, name))
    }
}
