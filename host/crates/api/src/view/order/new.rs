//! An order to be, and what its lines and its total are said to be.

use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{self as domain, ClientId, Currency, EmployeeId, LineId, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Tax, TotalBy};
use crate::{
    problem::Problem,
    view::value::{Money, OrderKind, Quantity, quantity_schema},
};

/// An order to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "deal", "pipeline": "sales", "title": "Two teapots", "contacts": ["cli_7"], "lines": [{"title": "Teapot", "quantity": "2", "unit_price": {"amount": "12.50", "currency": "GBP"}}]}))]
pub struct NewOrder {
    #[serde(default = "store")]
    #[schema(default = "order")]
    kind: OrderKind,
    /// The order's id if left out.
    number: Option<String>,
    #[serde(default)]
    title: String,
    pipeline: String,
    /// The first stage if left out.
    stage: Option<String>,
    /// That of the total, or of the first line, if left out.
    #[schema(value_type = Option<String>, example = "GBP")]
    currency: Option<Currency>,
    #[serde(default)]
    lines: Vec<LineInput>,
    /// What the lines sum up to if left out.
    #[schema(value_type = Option<Money>)]
    total: Option<domain::Money>,
    /// `hand` if there is a total.
    total_by: Option<TotalBy>,
    #[schema(value_type = Option<String>, example = "emp_1")]
    responsible: Option<EmployeeId>,
    #[schema(value_type = Option<String>, example = "cli_8")]
    company: Option<ClientId>,
    /// The primary contact first.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["cli_7"]))]
    contacts: Vec<ClientId>,
    source: Option<String>,
    #[serde(default)]
    comments: String,
    #[serde(default)]
    tags: BTreeSet<String>,
    #[serde(default)]
    fields: BTreeMap<String, Value>,
    /// Brought in from the past: nothing runs because of it.
    #[serde(default)]
    historical: bool,
    /// When it was placed, if not now.
    #[schema(value_type = Option<String>, format = DateTime)]
    created: Option<Timestamp>,
}

fn store() -> OrderKind {
    OrderKind::Order
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderLineInput)]
pub struct LineInput {
    /// Of the line that it replaces; if left out, the line of the same article at the same place keeps its id.
    #[schema(value_type = Option<String>, example = "line_1")]
    id: Option<LineId>,
    sku: Option<String>,
    title: String,
    #[serde(default = "one")]
    #[schema(schema_with = quantity_schema)]
    quantity: Quantity,
    /// What one costs in the end, discounts taken off.
    #[schema(value_type = Money)]
    unit_price: domain::Money,
    tax: Option<Tax>,
    /// What else is known of it.
    #[serde(default)]
    attrs: BTreeMap<String, Value>,
}

fn one() -> Quantity {
    Quantity::ONE
}

impl From<LineInput> for domain::NewLine {
    fn from(line: LineInput) -> domain::NewLine {
        let LineInput { id, sku, title, quantity, unit_price, tax, attrs } = line;
        let tax = tax.map(domain::Tax::from);
        domain::NewLine { id, sku, title, quantity_milli: quantity.0, unit_price, tax, attrs }
    }
}

/// A total, and whether later lines leave it as it is. None: it follows the lines.
pub type Said = Option<(domain::Money, bool)>;

/// What a body says of the total. None: nothing.
pub fn said(total: Option<domain::Money>, by: Option<TotalBy>) -> Result<Option<Said>, Problem> {
    let wrong = |message: &str| Err(Problem::mistake("/total_by", "total-by", message));
    match (total, by) {
        (None, None) => Ok(None),
        (None, Some(TotalBy::Lines)) => Ok(Some(None)),
        (None, Some(_)) => wrong("a total by hand needs `total` beside it"),
        (Some(_), Some(TotalBy::Lines)) => {
            wrong("a total that follows the lines is not said: leave `total` out")
        }
        (Some(total), by) => Ok(Some(Some((total, by == Some(TotalBy::HandAlways))))),
    }
}

impl NewOrder {
    pub fn into_domain(self) -> Result<domain::NewOrder, Problem> {
        let said = said(self.total, self.total_by)?.flatten();
        let named = self.total.or(self.lines.first().map(|line| line.unit_price));
        let Some(currency) = self.currency.or(named.map(|money| money.currency)) else {
            let message = "an order without lines needs a currency, e.g. \"GBP\"";
            return Err(Problem::mistake("/currency", "missing", message));
        };
        Ok(domain::NewOrder {
            kind: self.kind.into(),
            number: self.number,
            title: self.title,
            pipeline: domain::PipelineId(self.pipeline),
            stage: self.stage.map(domain::StageId),
            currency,
            lines: self.lines.into_iter().map(domain::NewLine::from).collect(),
            responsible: self.responsible,
            company: self.company,
            contacts: self.contacts,
            source: self.source,
            comments: self.comments,
            tags: self.tags,
            fields: self.fields,
            historical: self.historical,
            created: self.created,
            total: said.map(|(total, _)| total),
            total_always: said.is_some_and(|(_, always)| always),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> Option<domain::NewOrder> {
        serde_json::from_value::<NewOrder>(body).unwrap().into_domain().ok()
    }

    #[test]
    fn an_order_takes_its_currency_from_its_total_or_its_lines() {
        let line =
            json!({"title": "Tea", "quantity": 2, "unit_price": {"amount": "3.50", "currency": "EUR"}});
        let order = read(json!({"pipeline": "sales", "lines": [line]})).unwrap();
        assert_eq!((order.currency.as_str(), order.lines[0].quantity_milli), ("EUR", 2000));
        let total = json!({"amount": "7", "currency": "GBP"});
        let order = read(json!({"pipeline": "sales", "total": total})).unwrap();
        assert_eq!((order.currency.as_str(), order.total_always), ("GBP", false));
        assert!(read(json!({"pipeline": "sales"})).is_none());
    }

    #[test]
    fn a_total_is_said_or_follows_the_lines_and_never_both() {
        let ten = domain::Money::zero(Currency::new(b"GBP"));
        let read = |total, by| said(total, by).ok();
        assert_eq!(read(None, None), Some(None));
        assert_eq!(read(None, Some(TotalBy::Lines)), Some(Some(None)));
        assert_eq!(read(Some(ten), None), Some(Some(Some((ten, false)))));
        assert_eq!(read(Some(ten), Some(TotalBy::HandAlways)), Some(Some(Some((ten, true)))));
        assert_eq!(read(Some(ten), Some(TotalBy::Lines)), None);
        assert_eq!(read(None, Some(TotalBy::Hand)), None);
    }
}
