//! Something that happened to the demo's shop, real or invented, before it is a command.

use std::collections::HashMap;

use rulewright_domain::{Money, Timestamp};

/// One thing at one time. Facts with the same id are one fact reported twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    pub at: Timestamp,
    /// What makes a repeated replay take it once.
    pub id: String,
    pub what: What,
}

/// Orders and customers are named as the file names them.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Real: an invoice, by its place in the file.
    Order {
        invoice: usize,
    },
    /// Real: a cancellation takes back a whole earlier order.
    Cancel {
        order: String,
        credit: String,
    },
    /// Real: a cancellation takes back some of an earlier order.
    Return {
        order: String,
        credit: String,
    },
    /// Invented from here on.
    Pay {
        order: String,
        amount: Money,
        system: &'static str,
    },
    /// The courier took the parcel, and its system says so.
    Ship {
        order: String,
        service: &'static str,
        tracking: String,
    },
    Deliver {
        order: String,
    },
    Call {
        customer: String,
        line: &'static str,
    },
    Form {
        customer: String,
        form: &'static str,
        question: &'static str,
    },
}

impl What {
    /// Of facts at the same time, what comes first: a call moves the order that was placed last, and a payment of the
    /// same minute must not decide by luck which one that is.
    pub fn rank(&self) -> u8 {
        match self {
            What::Order { .. } => 0,
            What::Cancel { .. } | What::Return { .. } => 1,
            What::Pay { .. } => 2,
            What::Ship { .. } => 3,
            What::Deliver { .. } => 4,
            What::Call { .. } => 5,
            What::Form { .. } => 6,
        }
    }

    /// The order or the customer that it is about.
    pub fn about(&self) -> &str {
        match self {
            What::Order { .. } => "",
            What::Cancel { order, .. }
            | What::Return { order, .. }
            | What::Pay { order, .. }
            | What::Ship { order, .. }
            | What::Deliver { order } => order,
            What::Call { customer, .. } | What::Form { customer, .. } => customer,
        }
    }
}

/// In the order in which they happened; the same for every replay.
pub fn sort(facts: &mut [Fact]) {
    facts.sort_by_key(|fact| (fact.at, fact.what.rank()));
}

/// The facts in rounds, in each of which all can happen at once without one meeting another: no two are the same
/// customer's, because what customers do also wakes rules that wait on their other orders. Orders are never in an earlier round
/// than one that was placed before them, so their ids are the same in every replay.
pub fn rounds<'f>(facts: &'f [Fact], whose: impl Fn(&'f Fact) -> &'f str) -> Vec<Vec<&'f Fact>> {
    let mut rounds: Vec<Vec<&Fact>> = Vec::new();
    let mut next: HashMap<&str, usize> = HashMap::new();
    let mut orders = 0;
    for fact in facts {
        let next = next.entry(whose(fact)).or_default();
        let mut round = *next;
        if matches!(fact.what, What::Order { .. }) {
            round = round.max(orders);
            orders = round;
        }
        if rounds.len() == round {
            rounds.push(Vec::new());
        }
        rounds[round].push(fact);
        *next = round + 1;
    }
    rounds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(id: &str) -> Fact {
        Fact { at: Timestamp(0), id: id.to_owned(), what: What::Order { invoice: 0 } }
    }

    fn delivery(id: &str) -> Fact {
        Fact { what: What::Deliver { order: id.to_owned() }, ..order(id) }
    }

    /// The customer is what stands before the dash.
    fn rounds_of(facts: &[Fact]) -> Vec<Vec<&str>> {
        let rounds = rounds(facts, |fact| fact.id.split('-').next().unwrap_or_default());
        rounds.into_iter().map(|round| round.into_iter().map(|fact| fact.id.as_str()).collect()).collect()
    }

    #[test]
    fn two_facts_about_one_customer_never_happen_at_once() {
        let facts = ["anna-1", "anna-2", "ben-1", "anna-3", "ben-2"].map(delivery);
        assert_eq!(rounds_of(&facts), [vec!["anna-1", "ben-1"], vec!["anna-2", "ben-2"], vec!["anna-3"]]);
    }

    #[test]
    fn orders_begin_in_the_order_in_which_they_were_placed() {
        let facts =
            [order("anna-1"), delivery("anna-2"), order("anna-3"), order("ben-1"), delivery("cleo-1")];
        let rounds = rounds_of(&facts);
        assert_eq!(rounds, [vec!["anna-1", "cleo-1"], vec!["anna-2"], vec!["anna-3", "ben-1"]]);
    }
}
