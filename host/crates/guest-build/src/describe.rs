//! Asking a core module for its manifest: the one moment at which a plugin's own code says what it is.

use anyhow::{Context, Result, anyhow, bail};
use wasmi::{Config, Engine, Error, ExternType, Linker, Module, Store, StoreLimits, StoreLimitsBuilder};

/// Export that the SDK's macro adds: `() -> u64`, `(length << 32) | address` of JSON in `memory`.
pub const DESCRIBE: &str = "__rulewright_describe";

/// Instructions, roughly. Drawing up a JSON Schema takes a few millions; a loop should end within seconds,
/// even where a debug build interprets it.
const FUEL: u64 = 200_000_000;

/// Bytes. A guest's initial memory is about one MiB.
const MEMORY: usize = 256 << 20;

/// Bytes. Longer than any form that a person would fill in.
const MANIFEST: usize = 256 << 10;

/// The manifest of a core module, as JSON text of an object. Runs the module with no host behind it.
pub fn describe(core: &[u8]) -> Result<String> {
    let mut config = Config::default();
    config.consume_fuel(true);
    let engine = Engine::new(&config);
    let module = Module::new(&engine, core).context("not a WebAssembly module")?;
    if module.get_export(DESCRIBE).is_none() {
        bail!(
            "the module does not export `{DESCRIBE}`: a plugin declares itself with the SDK's macro, \
             in a library with `crate-type = [\"cdylib\"]`"
        );
    }

    let limits = StoreLimitsBuilder::new().memory_size(MEMORY).build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits: &mut StoreLimits| limits);
    store.set_fuel(FUEL)?;
    let mut linker = Linker::new(&engine);
    for import in module.imports() {
        let ExternType::Func(ty) = import.ty() else {
            bail!(
                "the module imports `{}` from `{}`, which is not a function: it was linked for another host",
                import.name(),
                import.module()
            );
        };
        let called = format!("{}.{}", import.module(), import.name());
        linker.func_new(import.module(), import.name(), ty.clone(), move |_, _, _| {
            Err(Error::new(format!("`{called}` was called, but a description is given without a host")))
        })?;
    }
    let instance = linker.instantiate_and_start(&mut store, &module).context("the module does not start")?;
    let place = instance
        .get_typed_func::<(), u64>(&store, DESCRIBE)
        .with_context(|| format!("`{DESCRIBE}` must be a function `() -> u64`"))?
        .call(&mut store, ())
        .context("the module did not finish describing itself")?;

    let memory = instance
        .get_memory(&store, "memory")
        .ok_or_else(|| anyhow!("the module does not export its `memory`"))?;
    let (length, address) = ((place >> 32) as usize, (place & 0xffff_ffff) as usize);
    if length > MANIFEST {
        bail!("the manifest has {length} bytes; at most {MANIFEST} are read");
    }
    let bytes = memory
        .data(&store)
        .get(address..)
        .and_then(|rest| rest.get(..length))
        .ok_or_else(|| anyhow!("`{DESCRIBE}` points outside the memory: {address}+{length}"))?;
    let text = std::str::from_utf8(bytes).context("the manifest is not UTF-8")?;
    let json: serde_json::Value = serde_json::from_str(text).context("the manifest is not JSON")?;
    if !json.is_object() {
        bail!("the manifest is not a JSON object");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> Result<String> {
        let wat = format!(
            r#"(module
                (import "rulewright:host/step@0.1.0" "now" (func $now (result i64)))
                (memory (export "memory") 1)
                (data (i32.const 16) "{{\"id\":\"a.b\"}}")
                (data (i32.const 64) "[1]")
                (func (export "{DESCRIBE}") (result i64) {body}))"#
        );
        describe(&wat::parse_str(wat)?)
    }

    fn refusal(body: &str) -> String {
        format!("{:#}", told(body).unwrap_err())
    }

    #[test]
    fn the_text_is_read_from_the_memory_that_the_module_points_at() {
        assert_eq!(told("(i64.const 0xc00000010)").unwrap(), r#"{"id":"a.b"}"#);
    }

    #[test]
    fn a_module_that_asks_the_host_loops_or_points_astray_is_refused_with_the_reason() {
        assert!(refusal("call $now").contains("step@0.1.0.now` was called"));
        assert!(refusal("(loop $l br $l) i64.const 0").contains("did not finish"));
        assert!(refusal("(i64.const 0x1000_0000ffff)").contains("outside the memory"));
        assert!(refusal("(i64.const 0x7fffffff_00000000)").contains("at most"));
        assert!(refusal("(i64.const 0x3_00000040)").contains("not a JSON object"));
        assert!(refusal("(i64.const 0x4_00000010)").contains("not JSON"));
    }

    #[test]
    fn a_module_without_the_export_is_told_what_a_plugin_is() {
        let error = describe(&wat::parse_str("(module)").unwrap()).unwrap_err();
        assert!(error.to_string().contains("SDK's macro"));
    }
}
