//! `rulewright:host/orders-read`. What the step has staged is already seen.

use super::{Function, function, waiting};
use crate::{
    bindings::orders::OrderSnapshot,
    convert,
    refusal::{Refusal, invalid},
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[
    function("orders-read.get", |linker, name| {
        waiting(linker, name, |step, (id,): (String,)| Box::pin(get(step, id)))
    }),
    function("orders-read.list-of-client", |linker, name| {
        waiting(linker, name, |step, (id, limit): (String, u32)| Box::pin(list_of_client(step, id, limit)))
    }),
];

async fn get(step: &mut Step, id: String) -> Result<OrderSnapshot, Refusal> {
    let order = step.seen_order(convert::id("/id", &id)?).await?;
    Ok(convert::snapshot(order))
}

async fn list_of_client(step: &mut Step, id: String, limit: u32) -> Result<Vec<String>, Refusal> {
    if !(1..=100).contains(&limit) {
        return Err(invalid("/limit", "out-of-range", format!("{limit} is not 1 to 100")).into());
    }
    let id = convert::id("/id", &id)?;
    step.read()?;
    let world = step.world.clone();
    let orders = step.ask(async move { world.orders_of_client(id, limit).await }).await?;
    Ok(orders.iter().take(limit as usize).map(ToString::to_string).collect())
}
