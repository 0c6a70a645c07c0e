//! `rulewright:host/payments-write`. Charges nobody.

use rulewright_domain::OrderChange;

use super::{Function, at_once, function};
use crate::{convert, refusal::Refusal, step::Step};

pub const FUNCTIONS: &[Function] =
    &[function("payments-write.mark-paid", |linker, name| at_once(linker, name, mark_paid))];

fn mark_paid(step: &mut Step, (id,): (String,)) -> Result<(), Refusal> {
    step.change(convert::id("/id", &id)?, OrderChange::Pay { payment: None })
}
