//! Definitions of fields, recurrences and their templates are records.

use std::sync::Arc;

use rulewright_domain::{FieldDefinition, Order, OrderId, OrderTemplate, Recurrence, ShopId};

use super::{Reads, Record, Records, Result};

/// For whoever asks by the id: a template lies apart from the orders, and is read and changed as one.
pub fn order_or_template(reads: &mut dyn Reads, shop: ShopId, id: OrderId) -> Result<Option<Arc<Order>>> {
    match reads.order(shop, id)? {
        Some(order) => Ok(Some(order)),
        None => {
            let template = reads.record_named::<OrderTemplate>(shop, &id.to_string())?;
            Ok(template.map(|template| Arc::new(template.order)))
        }
    }
}

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
