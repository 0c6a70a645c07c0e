//! What a guest may import: one file per interface of `rulewright:host`, one line per function.
//!
//! **Invariant:** a function that is not in these tables cannot be linked, and one that was not granted answers
//! `denied` before it looks at its arguments: [`Step::open`]. Parameters of a grant (channels, hosts, secrets, storage)
//! are checked on the first line of the function that takes them.

mod activities;
mod carried;
mod clients_read;
mod clients_write;
mod documents;
mod employees_read;
mod events_emit;
mod feed;
mod history;
mod http;
mod lists_read;
mod lists_write;
mod log;
mod messages;
mod notifications;
mod orders_read;
mod orders_write;
mod payments_write;
mod secrets;
mod secrets_reveal;
mod segments;
mod shipments_write;
mod signatures;
mod step;
mod storage;
mod tasks;
mod timeline;
mod workflows;

use std::{pin::Pin, sync::LazyLock};

use carried::Carried;
use wasmtime::{
    StoreContextMut, Trap,
    component::{ComponentNamedList, ComponentType, Lift, LinkerInstance, Lower},
};

use crate::{bindings::errors::HostError, refusal::Refusal, step::Step};

pub(crate) use documents::must_be_media_type;
pub use secrets::Secret;
pub(crate) use secrets::resource as secret_resource;

type Instance<'a> = LinkerInstance<'a, Step>;

/// One host function under the name that grants use, and how it is put into a linker.
pub(crate) struct Function {
    pub name: &'static str,
    pub define: fn(&mut Instance<'_>, &'static str) -> wasmtime::Result<()>,
}

const fn function(
    name: &'static str,
    define: fn(&mut Instance<'_>, &'static str) -> wasmtime::Result<()>,
) -> Function {
    Function { name, define }
}

const FUNCTIONS: &[&[Function]] = &[
    log::FUNCTIONS,
    step::FUNCTIONS,
    orders_read::FUNCTIONS,
    orders_write::FUNCTIONS,
    payments_write::FUNCTIONS,
    shipments_write::FUNCTIONS,
    clients_read::FUNCTIONS,
    clients_write::FUNCTIONS,
    employees_read::FUNCTIONS,
    timeline::FUNCTIONS,
    history::FUNCTIONS,
    feed::FUNCTIONS,
    notifications::FUNCTIONS,
    activities::FUNCTIONS,
    tasks::FUNCTIONS,
    lists_read::FUNCTIONS,
    lists_write::FUNCTIONS,
    messages::FUNCTIONS,
    segments::FUNCTIONS,
    documents::FUNCTIONS,
    workflows::FUNCTIONS,
    events_emit::FUNCTIONS,
    storage::FUNCTIONS,
    secrets::FUNCTIONS,
    signatures::FUNCTIONS,
    secrets_reveal::FUNCTIONS,
    http::FUNCTIONS,
];

pub(crate) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().copied().flatten().find(|function| function.name == name)
}

/// Every host function that this host can link, e.g. `orders-write.move-stage`. A component that imports any
/// other function of `rulewright:host` cannot run here, so it should not be installed.
pub fn offered() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> =
        LazyLock::new(|| FUNCTIONS.iter().copied().flatten().map(|function| function.name).collect());
    &NAMES
}

/// The function's name within its interface.
fn short(name: &'static str) -> &'static str {
    name.split_once('.').map_or(name, |(_, function)| function)
}

/// Instructions that a call counts as, besides one for each byte that it carries: what the host does for a guest
/// is done on its account.
const CALL: u64 = 500;

fn charge(store: &mut StoreContextMut<'_, Step>, arguments: &impl Carried) -> wasmtime::Result<()> {
    let left = store.get_fuel()?;
    match left.checked_sub(CALL.saturating_add(arguments.bytes())) {
        Some(left) => store.set_fuel(left),
        None => {
            store.set_fuel(0)?;
            Err(Trap::OutOfFuel.into())
        }
    }
}

/// A function that answers at once.
fn at_once<P, T>(
    linker: &mut Instance<'_>,
    name: &'static str,
    act: fn(&mut Step, P) -> Result<T, Refusal>,
) -> wasmtime::Result<()>
where
    P: ComponentNamedList + Lift + Carried + 'static,
    T: ComponentType + Lower + Send + 'static,
    (Result<T, HostError>,): ComponentNamedList + Lower,
{
    linker.func_wrap(short(name), move |mut store: StoreContextMut<'_, Step>, arguments: P| {
        charge(&mut store, &arguments)?;
        let step = store.data_mut();
        let result = step.open(name).and_then(|()| act(step, arguments));
        step.close(name, result)
    })
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 'a>>;

/// A function that may have to wait for the world.
fn waiting<P, T>(
    linker: &mut Instance<'_>,
    name: &'static str,
    act: for<'a> fn(&'a mut Step, P) -> Answer<'a, T>,
) -> wasmtime::Result<()>
where
    P: ComponentNamedList + Lift + Carried + Send + Sync + 'static,
    T: ComponentType + Lower + Send + 'static,
    (Result<T, HostError>,): ComponentNamedList + Lower,
{
    linker.func_wrap_async(short(name), move |mut store: StoreContextMut<'_, Step>, arguments: P| {
        Box::new(async move {
            charge(&mut store, &arguments)?;
            let step = store.data_mut();
            let result = match step.open(name) {
                Ok(()) => act(step, arguments).await,
                Err(refusal) => Err(refusal),
            };
            step.close(name, result)
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_function_is_offered_twice_and_every_name_has_two_parts() {
        let names: BTreeSet<_> = offered().iter().collect();
        assert_eq!(names.len(), offered().len());
        assert!(offered().iter().all(|name| name.split('.').count() == 2));
        assert!(find("orders-write.move-stage").is_some() && find("lists-read.burn").is_none());
    }
}
