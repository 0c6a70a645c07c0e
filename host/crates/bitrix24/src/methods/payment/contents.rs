//! What a payment pays for: lines and shipments of its order. Kept with the payment, in its `contents`.

use rulewright_domain::{LineId, Money, MoneyError, Order, OrderChange, Payment, PaymentId, ShipmentId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    methods::parts,
};

/// The field of a payment.
const FIELD: &str = "contents";
/// Things that one payment pays for.
const EACH: i64 = 1_000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    /// The highest number that was given: none comes twice.
    #[serde(default)]
    last: i64,
    #[serde(default)]
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub number: i64,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Line {
        id: LineId,
        /// Thousandths.
        quantity_milli: i64,
    },
    Shipment {
        id: ShipmentId,
    },
}

impl Contents {
    pub fn of(payment: &Payment) -> Contents {
        let kept = payment.attrs.get(FIELD).cloned();
        kept.and_then(|kept| serde_json::from_value(kept).ok()).unwrap_or_default()
    }

    /// Its number.
    pub fn add(&mut self, what: What) -> Result<i64, Fault> {
        if self.last + 1 >= EACH {
            return Err(Fault::coded(
                "0",
                format!("A payment is for at most {EACH} things: add another payment"),
            ));
        }
        self.last += 1;
        self.items.push(Item { number: self.last, what });
        Ok(self.last)
    }

    /// The payment with these contents, and the sum that follows from them.
    pub fn change(self, order: &Order, payment: &Payment) -> Result<OrderChange, Fault> {
        let amount = self.sum(order).map_err(super::money)?;
        let contents = serde_json::to_value(self).unwrap_or(Value::Null);
        Ok(OrderChange::EditPayment {
            payment: Some(payment.id),
            amount: Some(amount),
            system: None,
            attrs: [(FIELD.to_owned(), contents)].into(),
        })
    }

    fn sum(&self, order: &Order) -> Result<Money, MoneyError> {
        self.items.iter().try_fold(Money::zero(order.total.currency), |sum, item| {
            let part = match &item.what {
                What::Line { id, quantity_milli } => {
                    let line = order.lines.iter().find(|line| line.id == *id);
                    line.map(|line| share(line.total, *quantity_milli, line.quantity_milli)).transpose()?
                }
                What::Shipment { id } => {
                    let shipment = order.shipments.iter().find(|shipment| shipment.id == *id);
                    shipment.and_then(|shipment| super::delivery::price(shipment, order))
                }
            };
            part.map_or(Ok(sum), |part| sum.plus(part))
        })
    }
}

/// The part of a line's total that falls on so many of its articles, rounded half away from zero.
fn share(total: Money, quantity: i64, of: i64) -> Result<Money, MoneyError> {
    if of == 0 || quantity == of {
        return Ok(total);
    }
    let (product, of) = (i128::from(total.amount) * i128::from(quantity), i128::from(of));
    let half = of.abs() / 2 * product.signum();
    let amount = i64::try_from((product + half) / of).map_err(|_| MoneyError::Overflow)?;
    Ok(Money { amount, ..total })
}

pub fn item_id(order: &Order, payment: PaymentId, number: i64) -> i64 {
    parts::part_id(order.id, payment.0).saturating_mul(EACH).saturating_add(number)
}

/// The payment that `paymentId` names, changed by what it now pays for.
pub async fn change(
    call: &Call,
    payment: i64,
    not_found: impl Fn() -> Fault,
    patch: impl Fn(&Order, &Payment, &mut Contents) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let (order, number) = parts::split(payment);
    let decide = |order: &Order| {
        let payment = order.payments.iter().find(|payment| payment.id == PaymentId(number));
        let payment = payment.ok_or_else(&not_found)?;
        let mut contents = Contents::of(payment);
        patch(order, payment, &mut contents)?;
        Ok(vec![contents.change(order, payment)?])
    };
    parts::change(call, order, &not_found, decide).await.map(drop)
}

/// Takes the item with this id out of its payment, if it is of the wanted sort.
pub async fn remove(
    call: &Call,
    id: i64,
    not_found: impl Fn() -> Fault,
    wanted: impl Fn(&What) -> bool,
) -> Outcome {
    let (payment, number) = split(id);
    change(call, payment, &not_found, |_, _, contents| {
        let is = |one: &Item| one.number == number && wanted(&one.what);
        if !contents.items.iter().any(is) {
            return Err(not_found());
        }
        contents.items.retain(|one| !is(one));
        Ok(())
    })
    .await?;
    Ok(Answer::of(true))
}

/// The payment and the number in it that an item's id stands for.
pub fn split(id: i64) -> (i64, i64) {
    (id.div_euclid(EACH), id.rem_euclid(EACH))
}

#[cfg(test)]
mod tests {
    use rulewright_domain::Currency;

    use super::*;

    #[test]
    fn a_share_is_rounded_half_away_from_zero_and_the_whole_is_exact() {
        let euros = |text: &str| Money::parse(text, Currency::new(b"EUR")).unwrap();
        for (total, quantity, of, expected) in [
            ("10.00", 1_000, 3_000, "3.33"),
            ("20.00", 1_000, 3_000, "6.67"),
            ("0.05", 500, 1_000, "0.03"),
            ("9.99", 3_000, 3_000, "9.99"),
            ("-10.00", 1_000, 3_000, "-3.33"),
        ] {
            assert_eq!(share(euros(total), quantity, of), Ok(euros(expected)), "{total} {quantity}/{of}");
        }
        assert_eq!(share(euros("1.00"), 1_000, 0), Ok(euros("1.00")));
    }

    #[test]
    fn what_a_payment_is_for_comes_back_as_it_was_and_no_number_twice() {
        let mut contents = Contents::default();
        let line = What::Line { id: LineId(3), quantity_milli: 2_500 };
        assert_eq!(contents.add(line).unwrap(), 1);
        assert_eq!(contents.add(What::Shipment { id: ShipmentId(1) }).unwrap(), 2);
        contents.items.pop();
        assert_eq!(contents.add(What::Shipment { id: ShipmentId(2) }).unwrap(), 3);
        let json = serde_json::to_value(&contents).unwrap();
        assert_eq!(serde_json::from_value::<Contents>(json).unwrap(), contents);
    }
}
