//! `crm.item.*`: one set of methods for all types of entities. Each type brings a line of the table.

use futures::future::BoxFuture;
use serde_json::{Map, Value};

use super::{client_item, deal_item};
use crate::{
    call::{Call, Outcome},
    fault::Fault,
    method::{Method, method},
};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.item.add", "crm", add),
    method!("crm.item.get", "crm", get),
    method!("crm.item.list", "crm", list),
    method!("crm.item.update", "crm", update),
    method!("crm.item.delete", "crm", delete),
    method!("crm.item.fields", "crm", fields),
];

pub(crate) type Run = fn(Call) -> BoxFuture<'static, Outcome>;

/// What one type of entities does.
pub(crate) struct Items {
    /// `entityTypeId`
    pub type_id: i64,
    pub add: Run,
    pub get: Run,
    pub list: Run,
    pub update: Run,
    pub delete: Run,
    pub fields: Run,
}

const TYPES: &[Items] =
    &[deal_item::DEAL_ITEMS, deal_item::ORDER_ITEMS, client_item::CONTACT_ITEMS, client_item::COMPANY_ITEMS];

/// Leads, estimates and invoices: clients know them, and nothing here is one.
const NOT_SUPPORTED: &[(i64, &str)] = &[(1, "Lead"), (7, "Quote"), (31, "SmartInvoice"), (5, "Invoice")];

fn of_type(call: &Call) -> Result<&'static Items, Fault> {
    let wanted = call.params.required_id("entityTypeId")?;
    if let Some(items) = TYPES.iter().find(|items| items.type_id == wanted) {
        return Ok(items);
    }
    Err(match NOT_SUPPORTED.iter().find(|(type_id, _)| *type_id == wanted) {
        Some((_, name)) => {
            Fault::coded("ENTITY_TYPE_NOT_SUPPORTED", format!("Entity type `{name}` is not supported"))
        }
        None => Fault::coded("NOT_FOUND", "SPA not found"),
    })
}

async fn add(call: Call) -> Outcome {
    (of_type(&call)?.add)(call).await
}

async fn get(call: Call) -> Outcome {
    (of_type(&call)?.get)(call).await
}

async fn list(call: Call) -> Outcome {
    (of_type(&call)?.list)(call).await
}

async fn update(call: Call) -> Outcome {
    (of_type(&call)?.update)(call).await
}

async fn delete(call: Call) -> Outcome {
    (of_type(&call)?.delete)(call).await
}

async fn fields(call: Call) -> Outcome {
    (of_type(&call)?.fields)(call).await
}

/// `fields` of a universal method.
pub(crate) fn sent_fields(call: &Call) -> Result<Map<String, Value>, Fault> {
    if !call.params.has("fields") {
        return Err(Fault::missing("fields"));
    }
    let wrong =
        |_| Fault::coded("INVALID_ARG_VALUE", "Invalid value of parameter 'fields': expected an object");
    call.params.map("fields").map_err(wrong)
}

pub(crate) fn not_found() -> Fault {
    Fault::coded("NOT_FOUND", "Item not found")
}
