//! `rulewright:host/secrets`: handles to values that stay outside the guest.

use wasmtime::{
    StoreContextMut,
    component::{Resource, ResourceTableError, ResourceType},
};

use super::{Function, Instance, charge, function, waiting};
use crate::{
    bindings::errors::HostError,
    refusal::{Refusal, Stop, denied, other},
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[function("secrets.open", |linker, name| {
    waiting(linker, name, |step, (secret,): (String,)| Box::pin(open(step, secret)))
})];

/// A secret that the guest may use: its name, never its value.
pub struct Secret {
    pub name: String,
}

/// The type and its methods. Harmless without `open`: there is no other way to get a handle.
pub(crate) fn resource(linker: &mut Instance<'_>) -> wasmtime::Result<()> {
    linker.resource("secret", ResourceType::host::<Secret>(), |mut store, handle| {
        store.data_mut().secrets.delete(Resource::<Secret>::new_own(handle))?;
        Ok(())
    })?;
    let name = |mut store: StoreContextMut<'_, Step>, (secret,): (Resource<Secret>,)| {
        charge(&mut store, &())?;
        let step = store.data_mut();
        step.enter()?;
        Ok((step.secrets.get(&secret)?.name.clone(),))
    };
    linker.func_wrap("[method]secret.name", name)
}

/// The name behind a handle that is put to use, which is a read.
pub(super) fn used(step: &mut Step, secret: &Resource<Secret>) -> Result<String, Refusal> {
    let opened = step.secrets.get(secret).map(|secret| secret.name.clone());
    let name = opened.map_err(|error| Stop::Host(error.to_string()))?;
    if !step.grant.secrets.contains(&name) {
        return Err(denied(format!("secret `{name}` is not granted")).into());
    }
    step.read()?;
    Ok(name)
}

/// The shop has removed it since the guest has opened it.
pub(super) fn removed(name: &str) -> HostError {
    other("no-secret", format!("the shop has removed secret `{name}`"))
}

async fn open(step: &mut Step, name: String) -> Result<Resource<Secret>, Refusal> {
    if !step.grant.secrets.contains(&name) {
        return Err(denied(format!("secret `{name}` is not granted")).into());
    }
    step.read()?;
    let (world, wanted) = (step.world.clone(), name.clone());
    if !step.ask(async move { world.has_secret(&wanted).await }).await? {
        return Err(other("no-secret", format!("the shop has not filled in secret `{name}`")).into());
    }
    step.secrets.push(Secret { name }).map_err(|error| match error {
        ResourceTableError::Full => {
            HostError::Limit(format!("handles: at most {} are open at a time", step.limits.handles)).into()
        }
        error => Refusal::Stop(Stop::Host(error.to_string())),
    })
}
