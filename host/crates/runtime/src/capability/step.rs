//! `rulewright:host/step`: always granted. The same answers however often the step is repeated.

use wasmtime::StoreContextMut;

use super::{Function, function, short};
use crate::step::Step;

pub const FUNCTIONS: &[Function] = &[
    function("step.now", |linker, name| {
        linker.func_wrap(short(name), |mut store: StoreContextMut<'_, Step>, (): ()| {
            let step = store.data_mut();
            step.enter()?;
            Ok((step.now.0,))
        })
    }),
    function("step.random", |linker, name| {
        linker.func_wrap(short(name), |mut store: StoreContextMut<'_, Step>, (): ()| {
            let step = store.data_mut();
            step.enter()?;
            Ok((step.seed.next(),))
        })
    }),
    function("step.idempotency-key", |linker, name| {
        linker.func_wrap(short(name), |mut store: StoreContextMut<'_, Step>, (label,): (String,)| {
            let step = store.data_mut();
            step.enter()?;
            Ok((step.seed.key(&label),))
        })
    }),
];
