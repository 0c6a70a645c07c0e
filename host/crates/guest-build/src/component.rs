//! From a core module to a component that carries its manifest.

use std::borrow::Cow;

use anyhow::{Context, Result, anyhow, bail};
use walrus::{Module, ModuleConfig};
use wasm_encoder::{ComponentSection, CustomSection};
use wit_component::ComponentEncoder;

use crate::MANIFEST_SECTION;
use crate::describe::{DESCRIBE, describe};

/// Wraps a core module that was compiled with the SDK. The manifest becomes the component's one
/// `rulewright:manifest` section, readable without running anything; the code that wrote it is removed.
pub fn componentize(core: &[u8]) -> Result<Vec<u8>> {
    check_imports(core)?;
    let manifest = describe(core)?;
    let core = without_description(core)?;
    let mut component = ComponentEncoder::default()
        .validate(true)
        .module(&core)
        .context("the module does not say which world it is for: was it compiled with the SDK?")?
        .encode()
        .context("the module does not fit the world that it was compiled for")?;
    // Outermost, where one pass over the file finds it, not inside the nested core module.
    CustomSection { name: Cow::Borrowed(MANIFEST_SECTION), data: manifest.as_bytes().into() }
        .append_to_component(&mut component);
    Ok(component)
}

/// Imports are the permission list, so what a plugin cannot have is said here, with the likely reason, rather
/// than by the encoder, which only misses an adapter.
fn check_imports(core: &[u8]) -> Result<()> {
    let module = parse(core)?;
    for import in module.imports.iter() {
        let reason = match import.module.as_str() {
            "__wbindgen_placeholder__" | "__wbindgen_externref_xform__" => {
                "some dependency takes this target for a browser: look for it with \
                 `cargo tree --target wasm32-unknown-unknown -i wasm-bindgen` and switch its `js` or `wasmbind` \
                 feature off (chrono: `clock`, uuid: `js`, getrandom: `wasm_js`)"
            }
            "wasi_snapshot_preview1" | "wasi_unstable" => {
                "it was compiled for a WASI target, but plugins have no WASI: compile for \
                 wasm32-unknown-unknown, and use the SDK's clock, random numbers and log"
            }
            "env" => {
                "nothing defines it, usually a C library or an `extern \"C\"` block: use a crate in pure Rust"
            }
            _ => continue,
        };
        bail!("it imports `{}` from `{}`: {reason}", import.name, import.module);
    }
    Ok(())
}

fn without_description(core: &[u8]) -> Result<Vec<u8>> {
    let mut module = parse(core)?;
    module.exports.remove(DESCRIBE)?;
    // An older or foreign section would be a second manifest, which hosts refuse.
    while module.customs.remove_raw(MANIFEST_SECTION).is_some() {}
    walrus::passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}

fn parse(core: &[u8]) -> Result<Module> {
    let mut config = ModuleConfig::new();
    // Written by the tools that made the file; with them the same source would give another digest.
    config.generate_producers_section(false);
    config.parse(core).map_err(|error| anyhow!("not a usable WebAssembly module: {error:#}"))
}

#[cfg(test)]
mod tests {
    use wit_component::{StringEncoding, dummy_module, embed_component_metadata};
    use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

    use super::*;

    const JSON: &str = r#"{"id":"test.plugin"}"#;

    /// A core module as the SDK makes them, from WIT, with a description of the given text.
    fn core(wit: &str) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("test.wit", wit).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
        let plain = dummy_module(&resolve, world, abi);
        let mut module = Module::from_buffer(&plain).unwrap();
        let memory = module.memories.iter().next().unwrap().id();
        let offset = walrus::ConstExpr::Value(walrus::ir::Value::I32(0));
        let kind = walrus::DataKind::Active { memory, offset };
        module.data.add(kind, JSON.as_bytes().to_vec());
        module.memories.get_mut(memory).initial = 1;
        let mut describe = walrus::FunctionBuilder::new(&mut module.types, &[], &[walrus::ValType::I64]);
        describe.func_body().i64_const((JSON.len() as i64) << 32);
        let describe = describe.finish(vec![], &mut module.funcs);
        module.exports.add(DESCRIBE, describe);
        let mut bytes = module.emit_wasm();
        embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8).unwrap();
        bytes
    }

    #[test]
    fn the_component_carries_the_manifest_once_and_not_the_code_that_wrote_it() {
        let component =
            componentize(&core("package test:plugin@0.1.0; world w { export greet: func() -> string; }"))
                .unwrap();
        let found = |what: &[u8]| component.windows(what.len()).filter(|w| *w == what).count();
        assert_eq!(found(MANIFEST_SECTION.as_bytes()), 1);
        assert_eq!(found(DESCRIBE.as_bytes()), 0);
        assert_eq!(&component[component.len() - JSON.len()..], JSON.as_bytes());
    }

    #[test]
    fn foreign_imports_are_refused_by_name_with_the_likely_reason() {
        for (module, reason) in [
            ("__wbindgen_placeholder__", "browser"),
            ("wasi_snapshot_preview1", "WASI target"),
            ("env", "pure Rust"),
        ] {
            let wat = format!(r#"(module (import "{module}" "thing" (func)))"#);
            let error = componentize(&wat::parse_str(wat).unwrap()).unwrap_err().to_string();
            assert!(error.contains(&format!("imports `thing` from `{module}`")), "{error}");
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn bytes_that_are_no_module_are_refused() {
        assert!(componentize(b"MZ nothing").unwrap_err().to_string().contains("not a usable"));
    }
}
