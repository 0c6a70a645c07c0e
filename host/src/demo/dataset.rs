//! The real part of the demo: the invoices that come with it, and what they say happened.
//!
//! **Invariant:** pure. Nothing here is invented: see `invention`.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::tz::TimeZone;
use rulewright_domain::Currency;

use super::fact::{Fact, What};
use crate::order_file::{self, FileError, Invoice, OrderFile};

/// Chen, D. (2015). Online Retail. UCI Machine Learning Repository, doi 10.24432/C5BW33, CC BY 4.0.
const FILE: &[u8] = include_bytes!("../../data/online-retail-2010-12.csv.gz");

pub const ZONE: &str = "Europe/London";
pub const CURRENCY: Currency = Currency::new(b"GBP");

pub fn load() -> Result<OrderFile, FileError> {
    priced_in(CURRENCY)
}

/// As if the shop had sold in another currency.
pub fn priced_in(currency: Currency) -> Result<OrderFile, FileError> {
    // The zone is compiled in; without it the times would be an hour off in summer, and there is no summer here.
    let zone = TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
    order_file::read(flate2::read::MultiGzDecoder::new(FILE), &zone, currency)
}

/// One fact for each invoice, and one more where a cancellation takes back an earlier order of the customer.
pub fn facts(file: &OrderFile) -> Vec<Fact> {
    let mut earlier: HashMap<&str, Vec<&Invoice>> = HashMap::new();
    let mut canceled: HashSet<&str> = HashSet::new();
    let mut facts = Vec::with_capacity(file.invoices.len());
    for (place, invoice) in file.invoices.iter().enumerate() {
        facts.push(Fact {
            at: invoice.at,
            id: format!("order/{}", invoice.number),
            what: What::Order { invoice: place },
        });
        let Some(customer) = invoice.customer.as_deref() else { continue };
        if !invoice.is_credit() {
            earlier.entry(customer).or_default().push(invoice);
            continue;
        }
        let known = earlier.get(customer).map_or(&[][..], Vec::as_slice);
        let Some((order, whole)) = taken_back(invoice, known, &canceled) else { continue };
        if whole {
            canceled.insert(order.number.as_str());
        }
        let (order, credit) = (order.number.clone(), invoice.number.clone());
        let what = if whole { What::Cancel { order, credit } } else { What::Return { order, credit } };
        facts.push(Fact { at: invoice.at, id: format!("credit/{}", invoice.number), what });
    }
    facts
}

/// The latest earlier order that has every code of the cancellation, and whether it is taken back wholly; an
/// order that matches wholly wins over a later one that does not.
fn taken_back<'a>(
    credit: &Invoice,
    earlier: &[&'a Invoice],
    canceled: &HashSet<&str>,
) -> Option<(&'a Invoice, bool)> {
    let back: BTreeMap<&str, i64> =
        quantities(credit).into_iter().map(|(sku, count)| (sku, -count)).collect();
    let open = || earlier.iter().rev().filter(|order| !canceled.contains(order.number.as_str()));
    let whole = open().find(|order| quantities(order) == back).map(|order| (*order, true));
    whole.or_else(|| {
        let has_all = |order: &&&Invoice| {
            let sold = quantities(order);
            back.keys().all(|sku| sold.contains_key(sku))
        };
        open().find(has_all).map(|order| (*order, false))
    })
}

fn quantities(invoice: &Invoice) -> BTreeMap<&str, i64> {
    let mut sum = BTreeMap::new();
    for line in &invoice.lines {
        *sum.entry(line.sku.as_str()).or_insert(0) += line.quantity;
    }
    sum
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_one_of_the_1892_invoices_is_accounted_for() {
        let file = load().unwrap();
        assert_eq!(file.real(), 1_892);
        assert_eq!((file.invoices.len(), file.refused.len(), file.rows), (1_892, 0, 39_522));
        assert_eq!(file.invoices.iter().map(|invoice| invoice.lines.len()).sum::<usize>(), 39_522);
        let orders: BTreeSet<String> = facts(&file)
            .into_iter()
            .filter(|fact| matches!(fact.what, What::Order { .. }))
            .map(|fact| fact.id)
            .collect();
        assert_eq!(orders.len(), 1_892);
    }

    #[test]
    fn what_is_odd_in_the_real_file_is_still_there() {
        let file = load().unwrap();
        let count =
            |is: &dyn Fn(&Invoice) -> bool| file.invoices.iter().filter(|invoice| is(invoice)).count();
        assert_eq!(count(&Invoice::is_credit), 299);
        assert_eq!(count(&|invoice| invoice.customer.is_none()), 269);
        assert_eq!(count(&|invoice| invoice.total().is_some_and(|total| total.amount == 0)), 138);
        assert!(count(&|invoice| invoice.lines.iter().any(|line| line.sku == "BANK CHARGES")) > 0);
    }

    #[test]
    fn cancellations_find_the_order_that_they_take_back() {
        let facts = facts(&load().unwrap());
        let whole = facts.iter().filter(|fact| matches!(fact.what, What::Cancel { .. })).count();
        let part = facts.iter().filter(|fact| matches!(fact.what, What::Return { .. })).count();
        assert_eq!((whole, part), (6, 106));
    }
}
