//! Something that happened to the demo's shop, real or invented, before it is a command.

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
    /// Of facts at the same time, which comes first; only orders are created one by one.
    pub fn rank(&self) -> u8 {
        match self {
            What::Order { .. } => 0,
            What::Cancel { .. } | What::Return { .. } => 1,
            _ => 2,
        }
    }
}

/// In the order in which they happened; the same for every replay.
pub fn sort(facts: &mut [Fact]) {
    facts.sort_by_key(|fact| (fact.at, fact.what.rank()));
}
