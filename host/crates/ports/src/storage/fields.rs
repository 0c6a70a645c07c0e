//! Definitions of fields, recurrences and their templates are records.

use rulewright_domain::{FieldDefinition, OrderTemplate, Recurrence};

use super::Record;

impl Record for FieldDefinition {
    const KIND: &'static str = "field";

    fn id(&self) -> i64 {
        self.id.0
    }

    fn owner(&self) -> Option<String> {
        Some(self.of.name().to_owned())
    }

    fn name(&self) -> Option<String> {
        Some(format!("{}/{}", self.of.name(), self.name))
    }
}

/// By the id that it has as an order.
impl Record for OrderTemplate {
    const KIND: &'static str = "order-template";

    fn id(&self) -> i64 {
        self.row
    }

    fn owner(&self) -> Option<String> {
        self.based_on.map(|order| order.to_string())
    }

    fn name(&self) -> Option<String> {
        Some(self.order.id.to_string())
    }
}

/// By the id of its template, of which there is one.
impl Record for Recurrence {
    const KIND: &'static str = "recurrence";

    fn id(&self) -> i64 {
        self.id.0
    }

    fn owner(&self) -> Option<String> {
        self.based_on.map(|order| order.to_string())
    }

    fn name(&self) -> Option<String> {
        Some(self.template.to_string())
    }
}
