//! `rulewright:host/secrets-reveal`: the louder permission.

use wasmtime::component::Resource;

use super::{Function, Secret, function, waiting};
use crate::{
    refusal::{Refusal, Stop, denied, other},
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[function("secrets-reveal.reveal", |linker, name| {
    waiting(linker, name, |step, (secret,): (Resource<Secret>,)| Box::pin(reveal(step, secret)))
})];

async fn reveal(step: &mut Step, secret: Resource<Secret>) -> Result<Vec<u8>, Refusal> {
    let opened = step.secrets.get(&secret).map(|secret| secret.name.clone());
    let name = opened.map_err(|error| Stop::Host(error.to_string()))?;
    if !step.grant.secrets.contains(&name) {
        return Err(denied(format!("secret `{name}` is not granted")).into());
    }
    step.read()?;
    let (world, wanted) = (step.world.clone(), name.clone());
    let value = step.ask(async move { world.secret(&wanted).await }).await?;
    Ok(value.ok_or_else(|| other("no-secret", format!("the shop has removed secret `{name}`")))?)
}
