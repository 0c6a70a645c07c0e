//! I21 of an order: its money.

use std::cmp::Ordering;

use rulewright_domain::{Money, OrderLine, Payment};
use serde_json::Value;

/// The total is that of the lines, the paid that of the paid payments, and all of one currency.
pub fn adds_up(order: &Value) -> bool {
    if order.is_null() {
        return true;
    }
    let lines: Vec<OrderLine> = serde_json::from_value(order["lines"].clone()).unwrap();
    let payments: Vec<Payment> = serde_json::from_value(order["payments"].clone()).unwrap();
    let money = |part: &str| serde_json::from_value::<Money>(order[part].clone()).unwrap();
    let zero = Money::zero(money("total").currency);
    let is = |parts: Vec<Money>, part: &str| {
        let sum = parts.into_iter().try_fold(zero, Money::plus).ok();
        sum.and_then(|sum| sum.compare(money(part))).is_some_and(Ordering::is_eq)
    };
    let paid = payments.iter().filter(|one| one.paid).map(|one| one.amount);
    lines.iter().all(|line| line.unit_price.times_milli(line.quantity_milli) == Ok(line.total))
        && payments.iter().all(|payment| payment.amount.currency == zero.currency)
        && is(lines.iter().map(|line| line.total).collect(), "total")
        && is(paid.collect(), "paid")
}
