//! `rulewright:host/secrets-reveal`: the louder permission.

use wasmtime::component::Resource;

use super::{Function, Secret, function, secrets::value, waiting};

pub const FUNCTIONS: &[Function] = &[function("secrets-reveal.reveal", |linker, name| {
    waiting(linker, name, |step, (secret,): (Resource<Secret>,)| {
        Box::pin(async move { value(step, &secret).await })
    })
})];
