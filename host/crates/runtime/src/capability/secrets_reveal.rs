//! `rulewright:host/secrets-reveal`: the louder permission.

use wasmtime::component::Resource;

use super::{
    Function, Secret, function,
    secrets::{removed, used},
    waiting,
};
use crate::{refusal::Refusal, step::Step};

pub const FUNCTIONS: &[Function] = &[function("secrets-reveal.reveal", |linker, name| {
    waiting(linker, name, |step, (secret,): (Resource<Secret>,)| Box::pin(reveal(step, secret)))
})];

async fn reveal(step: &mut Step, secret: Resource<Secret>) -> Result<Vec<u8>, Refusal> {
    let name = used(step, &secret)?;
    let keeper = step.keeper.clone();
    let value = step.ask(keeper.reveal(&name)).await?;
    Ok(value.ok_or_else(|| removed(&name))?)
}
