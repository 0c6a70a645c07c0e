use std::collections::BTreeSet;

use super::{MAX_LINES, Rejection};
use crate::{Currency, LineId, Money, OrderLine, command::NewLine};

/// The lines with their sums. One without an id is the line of the same article at the same place, or a new one.
pub(super) fn lines(
    new: Vec<NewLine>,
    currency: Currency,
    before: &[OrderLine],
    mut last: i64,
) -> Result<Vec<OrderLine>, Rejection> {
    if new.len() > MAX_LINES {
        return Err(Rejection::invalid("lines", format!("{} lines, at most {MAX_LINES}", new.len())));
    }
    let mut taken = BTreeSet::new();
    for id in new.iter().filter_map(|line| line.id) {
        if !before.iter().any(|line| line.id == id) {
            return Err(Rejection::NotFound { what: "line", id: id.to_string() });
        }
        if !taken.insert(id) {
            return Err(Rejection::invalid("lines", format!("`{id}` stands there twice")));
        }
    }
    let line = |(index, new): (usize, NewLine)| {
        let total = new.unit_price.times_milli(new.quantity_milli)?;
        let total = match new.tax {
            Some(tax) if !tax.included => total.plus(total.times_milli(tax.rate_milli)?.hundredth()?)?,
            _ => total,
        };
        Money::zero(currency).plus(total)?;
        let same = |old: &&OrderLine| old.sku == new.sku && old.title == new.title;
        let there = before.get(index).filter(same).map(|line| line.id);
        let id = new.id.or(there.filter(|id| taken.insert(*id))).unwrap_or_else(|| {
            last += 1;
            LineId(last)
        });
        Ok(OrderLine {
            id,
            sku: new.sku,
            title: new.title,
            quantity_milli: new.quantity_milli,
            unit_price: new.unit_price,
            total,
            tax: new.tax,
            attrs: new.attrs,
        })
    };
    new.into_iter().enumerate().map(line).collect()
}
