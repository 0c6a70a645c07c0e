//! Lines of an order as product rows: prices with and without discount and tax, which follow from the one that is kept.

use rulewright_domain::{Currency, Fields, Money, NewLine, Order, OrderLine, Tax};
use serde_json::{Map, Value, json};

use super::parts;
use crate::{
    entity::{
        Style,
        cell::{amount, cents, plain},
        names, value,
    },
    fault::Fault,
    scalar,
};

const STEP: i64 = 10;
/// Pieces.
const MEASURE: (i64, &str) = (796, "pcs");

/// Names of what is kept of a row beside the line's own parts.
mod kept {
    pub const DISCOUNT_TYPE: &str = "discount-type";
    pub const DISCOUNT_RATE: &str = "discount-rate";
    pub const DISCOUNT_SUM: &str = "discount-sum";
    pub const MEASURE_CODE: &str = "measure-code";
    pub const MEASURE_NAME: &str = "measure-name";
    pub const SORT: &str = "sort";
}

/// 1: an amount, 2: a percentage.
const AMOUNT: i64 = 1;
const PERCENT: i64 = 2;

/// By their sorting.
pub(crate) fn sorted(order: &Order) -> Vec<(usize, &OrderLine)> {
    let mut lines: Vec<_> = order.lines.iter().enumerate().collect();
    lines.sort_by_key(|(place, line)| sort(*place, line));
    lines
}

fn sort(place: usize, line: &OrderLine) -> i64 {
    line.attrs.get(kept::SORT).and_then(Value::as_i64).unwrap_or_else(|| usual_sort(place))
}

/// What one costs, from the price that it is sold for.
struct Prices {
    price: f64,
    /// With the discount, without the tax.
    exclusive: f64,
    /// Without either.
    net: f64,
    /// Without the discount, with the tax.
    gross: f64,
    rate: f64,
    sum: f64,
}

fn number(attrs: &Fields, name: &str) -> Option<f64> {
    attrs.get(name).and_then(scalar::number)
}

fn prices(line: &OrderLine) -> Prices {
    let price: f64 = line.unit_price.decimal().parse().unwrap_or_default();
    let tax = line.tax.map_or(0.0, |tax| tax.rate_milli as f64 / 100_000.0);
    let included = line.tax.is_none_or(|tax| tax.included);
    let exclusive = if included { round(price / (1.0 + tax)) } else { price };
    let (rate, sum) = (number(&line.attrs, kept::DISCOUNT_RATE), number(&line.attrs, kept::DISCOUNT_SUM));
    let net = match (discount_type(line), rate, sum) {
        (AMOUNT, _, Some(sum)) => exclusive + sum,
        (PERCENT, Some(rate), _) if rate < 100.0 => exclusive / (1.0 - rate / 100.0),
        (_, _, Some(sum)) => exclusive + sum,
        _ => exclusive,
    };
    let net = round(net);
    let rate = match (discount_type(line), rate) {
        (AMOUNT, _) if net != 0.0 => round((net - exclusive) / net * 100.0),
        (_, rate) => rate.unwrap_or(0.0),
    };
    Prices { price, exclusive, net, gross: round(net * (1.0 + tax)), rate, sum: round(net - exclusive) }
}

/// Only what is shown is a float: amounts that are kept are exact.
fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn discount_type(line: &OrderLine) -> i64 {
    line.attrs.get(kept::DISCOUNT_TYPE).and_then(Value::as_i64).unwrap_or(PERCENT)
}

/// `owner`: the short code of its type.
pub(crate) fn row(order: &Order, place: usize, line: &OrderLine, owner: &str, style: Style) -> Value {
    let prices = prices(line);
    let product = line.sku.as_deref().and_then(|sku| sku.parse::<i64>().ok()).unwrap_or(0);
    let attr = |name: &str| line.attrs.get(name).cloned();
    let id = |id: i64| if style == Style::Classic { json!(id.to_string()) } else { json!(id) };
    let account = match style {
        Style::Classic => json!(cents(line.unit_price)),
        Style::Universal => amount(line.unit_price),
    };
    let members = [
        ("ID", id(parts::line_id(order.id, line.id))),
        ("OWNER_ID", id(order.id.0)),
        ("OWNER_TYPE", json!(owner)),
        ("PRODUCT_ID", json!(product)),
        ("PRODUCT_NAME", json!(line.title)),
        ("PRICE", plain(prices.price)),
        ("PRICE_ACCOUNT", account),
        ("PRICE_EXCLUSIVE", plain(prices.exclusive)),
        ("PRICE_NETTO", plain(prices.net)),
        ("PRICE_BRUTTO", plain(prices.gross)),
        ("QUANTITY", plain(line.quantity_milli as f64 / 1_000.0)),
        ("DISCOUNT_TYPE_ID", json!(discount_type(line))),
        ("DISCOUNT_RATE", plain(prices.rate)),
        ("DISCOUNT_SUM", plain(prices.sum)),
        ("TAX_RATE", line.tax.map_or(Value::Null, |tax| plain(tax.rate_milli as f64 / 1_000.0))),
        ("TAX_INCLUDED", json!(if line.tax.is_some_and(|tax| tax.included) { "Y" } else { "N" })),
        ("CUSTOMIZED", json!("Y")),
        ("MEASURE_CODE", attr(kept::MEASURE_CODE).unwrap_or(json!(MEASURE.0))),
        ("MEASURE_NAME", attr(kept::MEASURE_NAME).unwrap_or(json!(MEASURE.1))),
        ("SORT", json!(sort(place, line))),
        ("XML_ID", json!("")),
        ("TYPE", json!(1)),
    ];
    let classic_only = [
        ("ORIGINAL_PRODUCT_NAME", json!(line.title)),
        ("PRODUCT_DESCRIPTION", Value::Null),
        ("STORE_ID", Value::Null),
        ("RESERVE_ID", Value::Null),
        ("DATE_RESERVE_END", Value::Null),
        ("RESERVE_QUANTITY", Value::Null),
    ];
    let shown = members.into_iter().chain(classic_only.into_iter().filter(|_| style == Style::Classic));
    let name = |name: &str| match style {
        Style::Classic => name.to_owned(),
        Style::Universal => names::plain_camel(name),
    };
    Value::Object(shown.map(|(member, value)| (name(member), value)).collect())
}

/// A line as it stands, to be sent again.
pub(crate) fn same(line: &OrderLine) -> NewLine {
    NewLine {
        id: Some(line.id),
        sku: line.sku.clone(),
        title: line.title.clone(),
        quantity_milli: line.quantity_milli,
        unit_price: line.unit_price,
        tax: line.tax,
        attrs: line.attrs.clone(),
    }
}

/// One row as it was sent, with names in either spelling.
pub(crate) struct Sent<'a>(pub &'a Map<String, Value>);

impl Sent<'_> {
    /// Whether it was sent, be it empty.
    pub fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    fn member(&self, name: &str) -> Option<&Value> {
        let camel = names::plain_camel(name);
        let found =
            self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name) || key.eq_ignore_ascii_case(&camel));
        found.map(|(_, value)| value)
    }

    pub fn value(&self, name: &str) -> Option<&Value> {
        self.member(name).filter(|value| !scalar::is_empty(value))
    }

    fn read<T>(&self, name: &str, read: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, Fault> {
        self.value(name).map(|value| read(value).ok_or_else(|| invalid(name, value))).transpose()
    }

    pub fn integer(&self, name: &str) -> Result<Option<i64>, Fault> {
        self.read(name, scalar::integer)
    }

    pub fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        self.read(name, scalar::text)
    }

    /// With up to six decimals, and exact.
    fn money(&self, name: &str, currency: Currency) -> Result<Option<Money>, Fault> {
        self.read(name, |value| value::money(value, currency))
    }
}

fn invalid(name: &str, value: &Value) -> Fault {
    Fault::coded("INVALID_ARG_VALUE", format!("Invalid value of product row field {name}: {value}"))
}

/// Puts what was sent into a line: a new one, or one that stands there. `strict`: the documented demands on discounts.
pub(crate) fn put(
    line: &mut NewLine,
    sent: &Sent<'_>,
    currency: Currency,
    strict: bool,
) -> Result<(), Fault> {
    if strict {
        check_discount(sent)?;
    }
    if let Some(product) = sent.integer("PRODUCT_ID")? {
        line.sku = (product > 0).then(|| product.to_string());
    }
    if let Some(name) = sent.text("PRODUCT_NAME")? {
        line.title = name;
    }
    if line.title.is_empty() {
        // There is no catalogue to take it from.
        line.title =
            line.sku.as_deref().map_or_else(|| "Product".to_owned(), |sku| format!("Product #{sku}"));
    }
    if let Some(quantity) = sent.read("QUANTITY", value::milli)? {
        line.quantity_milli = quantity;
    }
    put_tax(line, sent)?;
    put_attrs(&mut line.attrs, sent, currency)?;
    put_price(line, sent, currency)
}

fn put_tax(line: &mut NewLine, sent: &Sent<'_>) -> Result<(), Fault> {
    let before = line.tax;
    let included =
        sent.read("TAX_INCLUDED", scalar::flag)?.or(before.map(|tax| tax.included)).unwrap_or(false);
    let rate = match sent.has("TAX_RATE") {
        true => sent.read("TAX_RATE", value::milli)?,
        false => before.map(|tax| tax.rate_milli),
    };
    if rate.is_some_and(|rate| rate < 0) {
        return Err(invalid("TAX_RATE", sent.value("TAX_RATE").unwrap_or(&Value::Null)));
    }
    line.tax = rate.map(|rate_milli| Tax { rate_milli, included });
    Ok(())
}

fn put_attrs(attrs: &mut Fields, sent: &Sent<'_>, currency: Currency) -> Result<(), Fault> {
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            attrs.insert(name.to_owned(), value);
        }
    };
    let kind = sent.integer("DISCOUNT_TYPE_ID")?;
    if kind.is_some_and(|kind| ![AMOUNT, PERCENT].contains(&kind)) {
        return Err(invalid("DISCOUNT_TYPE_ID", sent.value("DISCOUNT_TYPE_ID").unwrap_or(&Value::Null)));
    }
    put(kept::DISCOUNT_TYPE, kind.map(Value::from));
    put(kept::DISCOUNT_RATE, sent.money("DISCOUNT_RATE", currency)?.map(|rate| json!(rate.decimal())));
    put(kept::DISCOUNT_SUM, sent.money("DISCOUNT_SUM", currency)?.map(|sum| json!(sum.decimal())));
    put(kept::MEASURE_CODE, sent.integer("MEASURE_CODE")?.map(Value::from));
    put(kept::MEASURE_NAME, sent.text("MEASURE_NAME")?.map(Value::from));
    put(kept::SORT, sent.integer("SORT")?.map(Value::from));
    Ok(())
}

/// The price in the end; where only another one was sent, it follows from that.
fn put_price(line: &mut NewLine, sent: &Sent<'_>, currency: Currency) -> Result<(), Fault> {
    if let Some(price) = sent.money("PRICE", currency)? {
        line.unit_price = price;
        return Ok(());
    }
    let tax = line.tax.map_or(0.0, |tax| tax.rate_milli as f64 / 100_000.0);
    let included = line.tax.is_some_and(|tax| tax.included);
    let read = |name: &str| sent.read(name, scalar::number);
    let net = match (read("PRICE_NETTO")?, read("PRICE_BRUTTO")?) {
        (Some(net), _) => Some(net),
        (None, gross) => gross.map(|gross| gross / (1.0 + tax)),
    };
    let discounted = |net: f64| match (
        line.attrs.get(kept::DISCOUNT_TYPE).and_then(Value::as_i64),
        number(&line.attrs, kept::DISCOUNT_RATE),
    ) {
        (Some(AMOUNT), _) => net - number(&line.attrs, kept::DISCOUNT_SUM).unwrap_or(0.0),
        (_, rate) => net * (1.0 - rate.unwrap_or(0.0) / 100.0),
    };
    let exclusive = read("PRICE_EXCLUSIVE")?.or(net.map(discounted));
    if let Some(exclusive) = exclusive {
        let price = if included { exclusive * (1.0 + tax) } else { exclusive };
        let text = format!("{:.2}", round(price));
        line.unit_price = Money::parse(&text, currency).map_err(|_| invalid("PRICE", &json!(text)))?;
    }
    Ok(())
}

/// In the words of the documentation.
fn check_discount(sent: &Sent<'_>) -> Result<(), Fault> {
    let (rate, sum) = (sent.value("DISCOUNT_RATE"), sent.value("DISCOUNT_SUM"));
    let problem = match sent.integer("DISCOUNT_TYPE_ID")? {
        Some(PERCENT) if rate.is_none() => {
            "Discount Rate (DISCOUNT_RATE) is required if Percentage Discount Type (DISCOUNT_TYPE_ID) is defined."
        }
        Some(PERCENT) if sum.is_none() && rate.and_then(scalar::number) == Some(100.0) => {
            "Discount Sum (DISCOUNT_SUM) is required if Percentage Discount Type (DISCOUNT_TYPE_ID) is defined \
             and Discount Rate (DISCOUNT_RATE) is 100%"
        }
        Some(AMOUNT) if sum.is_none() => {
            "Discount Sum (DISCOUNT_SUM) is required if Monetary Discount Type (DISCOUNT_TYPE_ID) is defined."
        }
        _ => return Ok(()),
    };
    Err(Fault::classic(problem))
}

/// To be filled by [`put`].
pub(crate) fn blank(currency: Currency, sort: i64) -> NewLine {
    NewLine {
        id: None,
        sku: None,
        title: String::new(),
        quantity_milli: 1_000,
        unit_price: Money::zero(currency),
        tax: None,
        // Kept, so that it stays the same when others come and go.
        attrs: Fields::from([(kept::SORT.to_owned(), json!(sort))]),
    }
}

/// Where a row is shown that does not say it.
fn usual_sort(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX).saturating_add(1).saturating_mul(STEP)
}

/// Behind all that are there.
pub(crate) fn last_sort(order: &Order) -> i64 {
    let sorts = order.lines.iter().enumerate().map(|(place, line)| sort(place, line));
    sorts.max().unwrap_or(0).saturating_add(STEP)
}

/// A row that replaces all of what stood there before. An id of a line of this order keeps it.
pub(crate) fn new_line(order: &Order, place: usize, sent: &Sent<'_>, strict: bool) -> Result<NewLine, Fault> {
    let currency = order.total.currency;
    let mut line = blank(currency, usual_sort(place));
    let id = sent.integer("ID")?.map(parts::split_line);
    let here = id.filter(|(of, id)| *of == order.id && order.lines.iter().any(|line| line.id == *id));
    line.id = here.map(|(_, id)| id);
    put(&mut line, sent, currency, strict)?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use rulewright_domain::LineId;

    use super::*;

    const EUR: Currency = Currency::new(b"EUR");

    fn line(row: Value) -> Result<OrderLine, Fault> {
        let mut new = blank(EUR, 10);
        put(&mut new, &Sent(row.as_object().unwrap()), EUR, true)?;
        let NewLine { sku, title, quantity_milli, unit_price, tax, attrs, .. } = new;
        Ok(OrderLine { id: LineId(1), sku, title, quantity_milli, unit_price, total: unit_price, tax, attrs })
    }

    #[test]
    fn the_other_prices_follow_from_the_one_that_it_is_sold_for() {
        // What the documentation shows.
        for (row, expected) in [
            (
                json!({"price": 80000, "discountTypeId": 2, "discountRate": 20, "taxRate": 20, "taxIncluded": "Y"}),
                [66666.67, 83333.34, 100_000.01, 20.0, 16666.67],
            ),
            (
                json!({"PRICE": "90000", "DISCOUNT_RATE": 10, "TAX_RATE": 10, "TAX_INCLUDED": "Y"}),
                [81818.18, 90909.09, 100_000.0, 10.0, 9090.91],
            ),
            (
                json!({"PRICE": 899.1, "DISCOUNT_TYPE_ID": 2, "DISCOUNT_RATE": 10}),
                [899.1, 999.0, 999.0, 10.0, 99.9],
            ),
            (
                json!({"PRICE": 90, "DISCOUNT_TYPE_ID": 1, "DISCOUNT_SUM": 10}),
                [90.0, 100.0, 100.0, 10.0, 10.0],
            ),
            (json!({"PRICE": 100, "TAX_RATE": 20, "TAX_INCLUDED": "N"}), [100.0, 100.0, 120.0, 0.0, 0.0]),
        ] {
            let Prices { exclusive, net, gross, rate, sum, .. } = prices(&line(row.clone()).unwrap());
            assert_eq!([exclusive, net, gross, rate, sum], expected, "{row}");
        }
        let by_net = line(json!({"PRICE_NETTO": 100, "DISCOUNT_TYPE_ID": 2, "DISCOUNT_RATE": 10})).unwrap();
        assert_eq!(by_net.unit_price.decimal(), "90.00");
    }

    #[test]
    fn a_discount_that_lacks_its_size_is_refused_in_the_words_of_the_documentation() {
        for (row, begin) in [
            (json!({"DISCOUNT_TYPE_ID": 2}), "Discount Rate (DISCOUNT_RATE) is required"),
            (json!({"DISCOUNT_TYPE_ID": "1"}), "Discount Sum (DISCOUNT_SUM) is required if Monetary"),
            (
                json!({"DISCOUNT_TYPE_ID": 2, "DISCOUNT_RATE": 100}),
                "Discount Sum (DISCOUNT_SUM) is required if Perc",
            ),
        ] {
            let refused = line(row.clone()).unwrap_err();
            assert_eq!(refused.code, "");
            assert!(refused.description.starts_with(begin), "{row}: {}", refused.description);
        }
        let free = json!({"DISCOUNT_TYPE_ID": 2, "DISCOUNT_RATE": 100, "DISCOUNT_SUM": 50, "PRICE": 0});
        assert_eq!(prices(&line(free).unwrap()).net, 50.0);
        for wrong in [json!({"PRICE": "a lot"}), json!({"TAX_RATE": -1}), json!({"DISCOUNT_TYPE_ID": 3})] {
            assert_eq!(line(wrong).unwrap_err().code, "INVALID_ARG_VALUE");
        }
    }

    #[test]
    fn a_row_without_a_name_is_called_by_its_product_and_one_piece_is_meant() {
        let of = line(json!({"PRODUCT_ID": "450", "PRICE": 1})).unwrap();
        assert_eq!(
            (of.title.as_str(), of.sku.as_deref(), of.quantity_milli),
            ("Product #450", Some("450"), 1_000)
        );
    }
}
