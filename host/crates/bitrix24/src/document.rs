//! Orders as documents of workflows: `["crm", "CCrmDocumentDeal", "DEAL_25"]`.

use rulewright_domain::{OrderId, OrderKind};
use serde_json::Value;

use crate::scalar;

pub const MODULE: &str = "crm";
const ORDERS: &str = "Bitrix\\Crm\\Integration\\BizProc\\Document\\Order";

/// Why a document is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDocument {
    /// It has not three parts, or the last one names nothing.
    Wrong,
    /// It is a document of another kind.
    OtherType,
}

pub fn entity(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Deal => "CCrmDocumentDeal",
        OrderKind::Order => ORDERS,
    }
}

/// `DEAL`, `ORDER`
pub fn type_name(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Deal => "DEAL",
        OrderKind::Order => "ORDER",
    }
}

pub fn id(kind: OrderKind, order: OrderId) -> String {
    format!("{}_{}", type_name(kind), order.0)
}

/// Module, entity and type, or module, entity and id: the kind and what stands last.
pub fn parts(value: &Value) -> Result<(OrderKind, String), NoDocument> {
    let texts: Vec<String> = match value {
        Value::Array(items) => items.iter().filter_map(scalar::text).collect(),
        Value::Object(members) => members.values().filter_map(scalar::text).collect(),
        _ => Vec::new(),
    };
    let [module, name, last] = texts.as_slice() else { return Err(NoDocument::Wrong) };
    if module.is_empty() || name.is_empty() || last.is_empty() {
        return Err(NoDocument::Wrong);
    }
    let kinds = [OrderKind::Deal, OrderKind::Order];
    let kind =
        kinds.into_iter().find(|kind| entity(*kind).eq_ignore_ascii_case(name.trim_start_matches('\\')));
    match kind.filter(|_| module == MODULE) {
        Some(kind) => Ok((kind, last.clone())),
        None => Err(NoDocument::OtherType),
    }
}

/// The order that a document is.
pub fn order(value: &Value) -> Result<(OrderKind, OrderId), NoDocument> {
    let (kind, last) = parts(value)?;
    match target(&last) {
        Some((of, order)) if of == kind => Ok((kind, order)),
        _ => Err(NoDocument::Wrong),
    }
}

/// `DEAL_25`, `ORDER_7`
pub fn target(text: &str) -> Option<(OrderKind, OrderId)> {
    let (name, id) = text.rsplit_once('_')?;
    let kinds = [OrderKind::Deal, OrderKind::Order];
    let kind = kinds.into_iter().find(|kind| type_name(*kind).eq_ignore_ascii_case(name))?;
    let id = id.parse().ok().filter(|id| *id > 0)?;
    Some((kind, OrderId(id)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_an_order_of_its_kind() {
        assert_eq!(order(&json!(["crm", "CCrmDocumentDeal", "DEAL_25"])), Ok((OrderKind::Deal, OrderId(25))));
        assert_eq!(order(&json!(["crm", ORDERS, "ORDER_7"])), Ok((OrderKind::Order, OrderId(7))));
        for (value, why) in [
            (json!(["crm", "CCrmDocumentDeal"]), NoDocument::Wrong),
            (json!("DEAL_25"), NoDocument::Wrong),
            (json!(["crm", "CCrmDocumentDeal", "ORDER_25"]), NoDocument::Wrong),
            (json!(["crm", "CCrmDocumentDeal", "DEAL_x"]), NoDocument::Wrong),
            (json!(["crm", "CCrmDocumentDeal", "DEAL_0"]), NoDocument::Wrong),
            (json!(["crm", "CCrmDocumentLead", "LEAD_1"]), NoDocument::OtherType),
            (json!(["lists", "CCrmDocumentDeal", "DEAL_1"]), NoDocument::OtherType),
        ] {
            assert_eq!(order(&value), Err(why), "{value}");
        }
    }

    #[test]
    fn a_target_names_its_type() {
        assert_eq!(target("DEAL_25"), Some((OrderKind::Deal, OrderId(25))));
        assert_eq!(target("deal_25"), Some((OrderKind::Deal, OrderId(25))));
        for text in ["", "25", "DEAL", "DEAL_", "DEAL_x", "LEAD_1", "DEAL_-1"] {
            assert_eq!(target(text), None, "{text}");
        }
    }
}
