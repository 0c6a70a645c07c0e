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
    /// Of facts at the same time, what comes first. Different kinds never run at once: a call moves the order that was
    /// placed last, and a payment of the same minute must not decide by luck which one that is.
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

/// Groups of facts that can happen at once without one meeting another: no two in a group are about the same customer,
/// because what a customer does also wakes rules that wait on their other orders. `customers` is by order.
pub fn waves<'f>(facts: &'f [Fact], customers: &HashMap<&str, &str>) -> Vec<Vec<&'f Fact>> {
    let mut waves: Vec<Vec<&Fact>> = Vec::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for fact in facts {
        let about = fact.what.about();
        let turn = seen.entry(customers.get(about).copied().unwrap_or(about)).or_insert(0);
        if waves.len() <= *turn {
            waves.push(Vec::new());
        }
        waves[*turn].push(fact);
        *turn += 1;
    }
    waves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_facts_about_one_customer_never_happen_at_once() {
        let fact = |order: &str| Fact {
            at: Timestamp(0),
            id: order.to_owned(),
            what: What::Deliver { order: order.to_owned() },
        };
        let facts = [fact("1"), fact("2"), fact("3"), fact("3")];
        let customers = HashMap::from([("1", "anna"), ("2", "anna")]);
        let waves = waves(&facts, &customers);
        let ids: Vec<Vec<&str>> =
            waves.iter().map(|wave| wave.iter().map(|fact| fact.id.as_str()).collect()).collect();
        assert_eq!(ids, [vec!["1", "3"], vec!["2", "3"]]);
    }
}
