//! `rulewright:host/log`: always granted.

use serde_json::{Map, Value};
use wasmtime::StoreContextMut;

use super::{Function, carried::Carried, charge, function, short};
use crate::{
    bindings::{host::log::Level, values::Attr},
    convert,
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[function("log.write", |linker, name| {
    linker.func_wrap(short(name), |mut store: StoreContextMut<'_, Step>, line: Line| {
        // Not a call that counts against `host-calls`: too much log is dropped, and never fails a step.
        charge(&mut store, &line)?;
        write(store.data_mut(), line);
        Ok(())
    })
})];

type Line = (Level, String, Vec<Attr>);

fn write(step: &mut Step, (level, message, attrs): Line) {
    let limits = step.limits.clone();
    if step.log.is_full(&limits) {
        return step.log.drop_one();
    }
    let level = match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    let told = |text: String| Map::from_iter([("...".to_owned(), Value::String(text))]);
    let weight = attrs.bytes();
    let fields = if weight > limits.log_line {
        told(format!("cut: {weight} bytes of fields, at most {}", limits.log_line))
    } else {
        // A line with bad fields is still a line: it often tells why something else goes wrong.
        convert::fields("", attrs, &limits).unwrap_or_else(|error| told(format!("not kept: {error:?}")))
    };
    step.log.push(&limits, level, message, fields);
}
