//! `rulewright:host/storage`: the plugin's own data in this shop, written with the step.

use rulewright_domain::Effect;

use super::{Function, at_once, function, waiting};
use crate::{
    bindings::errors::HostError,
    options::bytes,
    refusal::{Refusal, denied, invalid},
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[
    function("storage.get", |linker, name| {
        waiting(linker, name, |step, (key,): (String,)| Box::pin(get(step, key)))
    }),
    function("storage.set", |linker, name| at_once(linker, name, set)),
    function("storage.delete", |linker, name| at_once(linker, name, delete)),
];

const KEY: usize = 200;

fn permitted(step: &Step, key: &str) -> Result<(), HostError> {
    if step.grant.storage == 0 {
        return Err(denied("no storage is granted"));
    }
    if key.is_empty() || key.len() > KEY {
        return Err(invalid("/key", "bad-key", format!("a key has 1 to {KEY} bytes")));
    }
    Ok(())
}

async fn get(step: &mut Step, key: String) -> Result<Option<Vec<u8>>, Refusal> {
    permitted(step, &key)?;
    if let Some(own) = step.staged.stored(&key) {
        return Ok(own.cloned());
    }
    step.read()?;
    let world = step.world.clone();
    Ok(step.ask(async move { world.stored(&key).await }).await?)
}

/// The step's own writes are held against the quota here, the sum with what is stored at the commit.
fn set(step: &mut Step, (key, value): (String, Vec<u8>)) -> Result<(), Refusal> {
    permitted(step, &key)?;
    let most = step.limits.stored_value;
    if value.len() as u64 > most {
        let message = format!("stored-value: {} of at most {}", bytes(value.len() as u64), bytes(most));
        return Err(HostError::Limit(message).into());
    }
    let used = step.staged.stored_bytes(&key) + (key.len() + value.len()) as u64;
    if used > step.grant.storage {
        let quota = bytes(step.grant.storage);
        return Err(denied(format!("{} would exceed the granted {quota}", bytes(used))).into());
    }
    step.stage(Effect::Storage { key, value: Some(value) })
}

fn delete(step: &mut Step, (key,): (String,)) -> Result<(), Refusal> {
    permitted(step, &key)?;
    step.stage(Effect::Storage { key, value: None })
}
