//! `rulewright:host/step`: always granted. The same answers however often the step is repeated.

use rulewright_domain::{Timestamp, schedule::at_work};
use wasmtime::StoreContextMut;

use super::{Function, charge, function, short};
use crate::{day, step::Step};

pub const FUNCTIONS: &[Function] = &[
    function("step.now", |linker, name| {
        linker.func_wrap(short(name), |mut store: StoreContextMut<'_, Step>, (): ()| {
            charge(&mut store, &())?;
            let step = store.data_mut();
            step.enter()?;
            Ok((step.now.0,))
        })
    }),
    function("step.random", |linker, name| {
        linker.func_wrap(short(name), |mut store: StoreContextMut<'_, Step>, (): ()| {
            charge(&mut store, &())?;
            let step = store.data_mut();
            step.enter()?;
            Ok((step.seed.next(),))
        })
    }),
    function("step.midnight", |linker, name| {
        linker.func_wrap(short(name), |mut store: StoreContextMut<'_, Step>, (date,): (String,)| {
            charge(&mut store, &date)?;
            let step = store.data_mut();
            step.enter()?;
            Ok((day::midnight(&date, &step.time_zone).map(|at| at.0),))
        })
    }),
    function("step.working-time", |linker, name| {
        linker.func_wrap(short(name), |mut store: StoreContextMut<'_, Step>, count: (i64, u32, u64)| {
            charge(&mut store, &())?;
            let step = store.data_mut();
            step.enter()?;
            let (after, days, time) = (Timestamp(count.0), count.1, count.2);
            Ok((at_work(after, days, time, &step.hours, &step.time_zone).map(|at| at.0),))
        })
    }),
    function("step.idempotency-key", |linker, name| {
        linker.func_wrap(short(name), |mut store: StoreContextMut<'_, Step>, (label,): (String,)| {
            charge(&mut store, &label)?;
            let step = store.data_mut();
            step.enter()?;
            Ok((step.seed.key(&label),))
        })
    }),
];
