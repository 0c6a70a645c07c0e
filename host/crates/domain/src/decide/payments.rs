use super::{Rejection, about, must_be_of, note};
use crate::{Fields, Money, NewEvent, Order, Payment, PaymentId, Touch, kind};

pub(super) fn add_payment(
    order: &mut Order,
    amount: Money,
    system: Option<String>,
) -> Result<PaymentId, Rejection> {
    // Also one that is not paid yet: it never could be.
    must_be_of(order, amount)?;
    let id = PaymentId(order.numbered.payment + 1);
    order.numbered.payment = id.0;
    order.payments.push(Payment { id, amount, paid: false, paid_at: None, system, attrs: Fields::new() });
    Ok(id)
}

fn payment(order: &mut Order, id: PaymentId) -> Result<&mut Payment, Rejection> {
    let found = order.payments.iter_mut().find(|payment| payment.id == id);
    found.ok_or_else(|| Rejection::NotFound { what: "payment", id: id.to_string() })
}

pub(super) fn pay(
    order: &mut Order,
    id: PaymentId,
    touch: Touch,
    events: &mut Vec<NewEvent>,
) -> Result<(), Rejection> {
    let payment = payment(order, id)?;
    if payment.paid {
        return Ok(());
    }
    payment.paid = true;
    payment.paid_at = Some(touch.at);
    let amount = payment.amount;
    order.recount()?;
    events.push(
        about(order, kind::PAYMENT_RECEIVED)
            .attr("payment", id.to_string())
            .attr("amount", amount.decimal())
            .attr("currency", amount.currency.as_str())
            .attr("full", order.is_paid()),
    );
    Ok(())
}

pub(super) fn unpay(order: &mut Order, id: PaymentId, events: &mut Vec<NewEvent>) -> Result<(), Rejection> {
    let payment = payment(order, id)?;
    if !payment.paid {
        return Ok(());
    }
    payment.paid = false;
    payment.paid_at = None;
    order.recount()?;
    events.push(about(order, kind::PAYMENT_REVERSED).attr("payment", id.to_string()));
    Ok(())
}

pub(super) fn edit_payment(
    order: &mut Order,
    id: Option<PaymentId>,
    amount: Option<Money>,
    system: Option<String>,
    attrs: Fields,
    events: &mut Vec<NewEvent>,
) -> Result<(), Rejection> {
    let last = order.payments.last().map(|payment| payment.id);
    let Some(id) = id.or(last) else { return Err(Rejection::invalid("payment", "the order has none")) };
    if let Some(amount) = amount {
        must_be_of(order, amount)?;
    }
    let payment = payment(order, id)?;
    let before = payment.clone();
    if let Some(amount) = amount.filter(|amount| *amount != payment.amount) {
        if payment.paid {
            let why = "is paid: its amount stays";
            return Err(Rejection::Settled { what: "payment", id: id.to_string(), why });
        }
        payment.amount = amount;
    }
    if let Some(system) = system {
        payment.system = Some(system).filter(|system| !system.is_empty());
    }
    note(&mut payment.attrs, &attrs);
    if before != *payment {
        events.push(about(order, kind::PAYMENT_CHANGED).attr("payment", id.to_string()));
    }
    Ok(())
}

pub(super) fn remove_payment(
    order: &mut Order,
    id: PaymentId,
    events: &mut Vec<NewEvent>,
) -> Result<(), Rejection> {
    if payment(order, id)?.paid {
        let why = "is paid: take that back first";
        return Err(Rejection::Settled { what: "payment", id: id.to_string(), why });
    }
    order.payments.retain(|payment| payment.id != id);
    events.push(about(order, kind::PAYMENT_REMOVED).attr("payment", id.to_string()));
    Ok(())
}

pub(super) fn pay_all(order: &mut Order, touch: Touch, events: &mut Vec<NewEvent>) -> Result<(), Rejection> {
    let payments = order.payments.iter().map(|payment| payment.amount);
    let covered = payments.into_iter().try_fold(Money::zero(order.total.currency), Money::plus)?;
    let open = order.total.minus(covered)?;
    if open.is_positive() {
        add_payment(order, open, None)?;
    }
    let unpaid: Vec<PaymentId> =
        order.payments.iter().filter(|payment| !payment.paid).map(|payment| payment.id).collect();
    unpaid.into_iter().try_for_each(|id| pay(order, id, touch, events))
}
