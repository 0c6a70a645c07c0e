//! `rulewright:host/clients-read`: personal data.

use super::{Function, function, waiting};
use crate::{
    bindings::{clients::Client, errors::HostError},
    convert,
    refusal::Refusal,
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[function("clients-read.get", |linker, name| {
    waiting(linker, name, |step, (id,): (String,)| Box::pin(get(step, id)))
})];

async fn get(step: &mut Step, id: String) -> Result<Client, Refusal> {
    let id = convert::id("/id", &id)?;
    step.read()?;
    let world = step.world.clone();
    let client = step.ask(async move { world.client(id).await }).await?.ok_or(HostError::NotFound)?;
    Ok(convert::client(&client))
}
