//! A store order as clients see it.

use rulewright_domain::{ClientId, Money, MoneyError, Order, OrderLine};
use serde_json::{Value, json};

use super::table::{Field, Rule::*, Type::*, kept, own};
use crate::{
    entity::cell::plain,
    methods::parts::{self, Marks},
    scalar,
    seek::Row,
};

pub const FIELDS: &[Field] = &[
    own("accountNumber", Text, ReadOnly),
    kept("additionalInfo", Text),
    kept("affiliateId", Integer),
    own("canceled", Char, Free),
    own("comments", Text, Free),
    kept("companyId", Integer),
    own("currency", Text, Given),
    own("dateCanceled", Date, ReadOnly),
    own("dateInsert", Date, Immutable),
    own("dateLock", Date, ReadOnly),
    own("dateMarked", Date, ReadOnly),
    own("dateStatus", Date, ReadOnly),
    own("dateUpdate", Date, ReadOnly),
    own("deducted", Char, ReadOnly),
    kept("discountValue", Double),
    own("empCanceledId", Integer, ReadOnly),
    kept("empMarkedId", Integer),
    own("empStatusId", Integer, ReadOnly),
    kept("externalOrder", Char),
    own("id", Integer, ReadOnly),
    kept("id1c", Text),
    Field { rule: Given, ..kept("lid", Text) },
    kept("lockedBy", Text),
    kept("marked", Char),
    own("orderTopic", Text, Free),
    own("payed", Char, ReadOnly),
    Field { rule: Given, ..kept("personTypeId", Integer) },
    own("personTypeXmlId", Text, ReadOnly),
    own("price", Double, Free),
    own("reasonCanceled", Text, Free),
    kept("reasonMarked", Text),
    kept("recountFlag", Char),
    kept("recurringId", Text),
    own("responsibleId", Integer, Free),
    own("statusId", Text, Free),
    own("statusXmlId", Text, ReadOnly),
    own("taxValue", Double, ReadOnly),
    kept("updated1c", Char),
    kept("userDescription", Text),
    Field { rule: Immutable, ..kept("userId", Integer) },
    own("version", Integer, ReadOnly),
    kept("version1c", Text),
    kept("xmlId", Text),
];

pub fn row(order: &Order, marks: &Marks, zone: &str) -> Row {
    let canceled = marks.canceled(order.id);
    let canceled = if order.canceled { canceled } else { Default::default() };
    let value = |field: &Field| match field.name {
        _ if field.kept => match (field.name, order.fields.get(&field.key())) {
            // Orders that did not come from such a client have neither.
            ("lid", None) => json!("s1"),
            ("personTypeId", None) => json!(1),
            (_, kept) => field.shown(kept, zone),
        },
        "accountNumber" => json!(order.number),
        "canceled" => parts::yes(order.canceled),
        "comments" => json!(order.comments),
        "currency" => json!(order.total.currency.as_str()),
        "dateCanceled" => parts::date(canceled.at, zone),
        "dateInsert" => parts::date(Some(order.created), zone),
        "dateMarked" => field.shown(order.fields.get("marked-at"), zone),
        "dateStatus" => parts::date(order.moved.or(Some(order.created)), zone),
        "dateUpdate" => parts::date(Some(order.updated), zone),
        "deducted" => parts::yes(is_shipped(order)),
        "empCanceledId" => parts::employee(canceled.by),
        "empStatusId" => parts::employee(order.moved_by),
        "id" => json!(order.id.0),
        "orderTopic" => json!(order.title),
        "payed" => parts::yes(order.is_paid()),
        "price" => parts::amount(order.total),
        "reasonCanceled" => json!(canceled.reason.clone().unwrap_or_default()),
        "responsibleId" => parts::employee(order.responsible),
        "statusId" => json!(order.stage.0),
        "taxValue" => tax(order).map_or(Value::Null, parts::amount),
        "version" => json!(order.revision),
        "personTypeXmlId" | "statusXmlId" => json!(""),
        _ => Value::Null,
    };
    FIELDS.iter().map(|field| (field.name.to_owned(), value(field))).collect()
}

/// There is something to ship, and all of it has been.
pub fn is_shipped(order: &Order) -> bool {
    !order.shipments.is_empty() && order.shipments.iter().all(|shipment| shipment.shipped)
}

/// None where no line says anything about tax.
fn tax(order: &Order) -> Option<Money> {
    let taxes = order.lines.iter().filter_map(|line| line_tax(line).transpose());
    let zero = Money::zero(order.total.currency);
    let sum = taxes.fold(None, |sum: Option<Result<Money, MoneyError>>, tax| {
        Some(sum.unwrap_or(Ok(zero)).and_then(|sum| sum.plus(tax?)))
    });
    sum?.ok()
}

fn line_tax(line: &OrderLine) -> Result<Option<Money>, MoneyError> {
    let Some(tax) = line.tax else { return Ok(None) };
    if !tax.included {
        return line.total.minus(line.unit_price.times_milli(line.quantity_milli)?).map(Some);
    }
    // 19 % of what was taxed is 19/119 of the price.
    let (rate, whole) = (i128::from(tax.rate_milli), i128::from(tax.rate_milli) + 100_000);
    if whole == 0 {
        return Ok(None);
    }
    let product = i128::from(line.total.amount) * rate;
    let amount = (product + whole / 2 * product.signum()) / whole;
    let amount = i64::try_from(amount).map_err(|_| MoneyError::Overflow)?;
    Ok(Some(Money { amount, ..line.total }))
}

pub fn clients(order: &Order) -> Vec<Value> {
    let client = |(place, (kind, id, primary)): (usize, (i64, ClientId, bool))| {
        json!({
            "entityId": id.0,
            "entityTypeId": kind,
            "id": parts::part_id(order.id, i64::try_from(place + 1).unwrap_or_default()),
            "isPrimary": parts::yes(primary),
            "orderId": order.id.0,
            "roleId": 0,
            "sort": 0,
        })
    };
    let contacts = order.contacts.iter().enumerate().map(|(place, id)| (3, *id, place == 0));
    let company = order.company.map(|id| (4, id, true));
    contacts.chain(company).enumerate().map(client).collect()
}

pub fn basket_item(order: &Order, line: &OrderLine) -> Value {
    let attr = |name: &str| line.attrs.get(name).and_then(scalar::text).unwrap_or_default();
    let product = line.sku.as_deref().and_then(|sku| sku.parse::<i64>().ok()).unwrap_or_default();
    let rate = line.tax.map_or(0.0, |tax| tax.rate_milli as f64 / 100_000.0);
    json!({
        "basePrice": parts::amount(line.unit_price),
        "canBuy": "Y",
        "currency": line.total.currency.as_str(),
        "customPrice": "N",
        "discountPrice": 0,
        "id": parts::line_id(order.id, line.id).to_string(),
        "lid": "s1",
        "measureCode": attr("measure-code"),
        "measureName": attr("measure-name"),
        "name": line.title,
        "orderId": order.id.0.to_string(),
        "price": parts::amount(line.unit_price),
        "productId": product,
        "productXmlId": line.sku.clone().unwrap_or_default(),
        "properties": [],
        "quantity": plain(line.quantity_milli as f64 / 1000.0),
        "reservations": [],
        "sort": 100,
        "vatIncluded": parts::yes(line.tax.is_none_or(|tax| tax.included)),
        "vatRate": plain(rate),
        "weight": 0,
        "xmlId": "",
    })
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{Currency, LineId, Tax};

    use super::*;

    #[test]
    fn tax_is_what_came_on_top_or_what_the_price_holds() {
        let euros = |text: &str| Money::parse(text, Currency::new(b"EUR")).unwrap();
        let line = |total: &str, included| OrderLine {
            id: LineId(1),
            sku: None,
            title: "Tea".into(),
            quantity_milli: 2_000,
            unit_price: euros("50.00"),
            total: euros(total),
            tax: Some(Tax { rate_milli: 19_000, included }),
            attrs: Default::default(),
        };
        assert_eq!(line_tax(&line("119.00", false)), Ok(Some(euros("19.00"))));
        assert_eq!(line_tax(&line("100.00", true)), Ok(Some(euros("15.97"))));
        assert_eq!(line_tax(&OrderLine { tax: None, ..line("100.00", true) }), Ok(None));
    }
}
