//! `rulewright:host/signatures`: what is keyed with a secret, without the secret.

use wasmtime::component::Resource;

use super::{
    Function, Secret, function,
    secrets::{removed, used},
    waiting,
};
use crate::{bindings::host::signatures::Hash, keeper, refusal::Refusal, step::Step};

pub const FUNCTIONS: &[Function] = &[
    function("signatures.sign", |linker, name| {
        waiting(linker, name, |step, (secret, by, data): (Resource<Secret>, Hash, Vec<u8>)| {
            Box::pin(sign(step, secret, by, data))
        })
    }),
    function("signatures.matches", |linker, name| {
        waiting(linker, name, |step, (secret, text): (Resource<Secret>, String)| {
            Box::pin(matches(step, secret, text))
        })
    }),
];

async fn sign(
    step: &mut Step,
    secret: Resource<Secret>,
    by: Hash,
    data: Vec<u8>,
) -> Result<Vec<u8>, Refusal> {
    let by = match by {
        Hash::Sha1 => keeper::Hash::Sha1,
        Hash::Sha256 => keeper::Hash::Sha256,
        Hash::Sha512 => keeper::Hash::Sha512,
    };
    let name = used(step, &secret)?;
    let keeper = step.keeper.clone();
    let signed = step.ask(keeper.sign(&name, by, &data)).await?;
    Ok(signed.ok_or_else(|| removed(&name))?)
}

async fn matches(step: &mut Step, secret: Resource<Secret>, text: String) -> Result<bool, Refusal> {
    let name = used(step, &secret)?;
    let keeper = step.keeper.clone();
    let same = step.ask(keeper.matches(&name, &text)).await?;
    Ok(same.ok_or_else(|| removed(&name))?)
}
