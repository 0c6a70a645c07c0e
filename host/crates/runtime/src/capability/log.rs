//! `rulewright:host/log`: always granted.

use wasmtime::StoreContextMut;

use super::{Function, function, short};
use crate::{
    bindings::{host::log::Level, values::Attr},
    convert,
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[function("log.write", |linker, name| {
    linker.func_wrap(short(name), |mut store: StoreContextMut<'_, Step>, line: Line| {
        let step = store.data_mut();
        // Not held against `host-calls`: too much log is dropped, and never fails a step.
        step.host_calls += 1;
        write(step, line);
        Ok(())
    })
})];

type Line = (Level, String, Vec<Attr>);

fn write(step: &mut Step, (level, message, attrs): Line) {
    let level = match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    // A line with bad fields is still a line: it often tells why something else goes wrong.
    let fields = convert::fields("", attrs).unwrap_or_else(|error| {
        [("...".to_owned(), format!("not kept: {error:?}").into())].into_iter().collect()
    });
    let limits = step.limits.clone();
    step.log.push(&limits, level, message, fields);
}
