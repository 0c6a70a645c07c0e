//! Rules below any language: what a compiler would never write is written here as core WebAssembly.

use std::{borrow::Cow, path::Path};

use serde_json::{Value, json};
use wasm_encoder::{ComponentSection, CustomSection};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const RULE: &str = "rulewright:plugin/rule@0.1.0";

/// A rule that takes all settings. Where nothing else is said, its step answers at once that it is done: its answer lies
/// at 1024, where all is zero.
#[derive(Clone, Copy)]
pub struct Guest {
    pub id: &'static str,
    /// 64 KiB each. The second one and those behind it are its allocator's.
    pub pages: u32,
    /// Interface and function of the host, and what the module calls it with.
    pub imports: &'static [(&'static str, &'static str, &'static str)],
    pub items: &'static str,
    /// Before anything is allocated, but for the first time: that is where it is shown its settings.
    pub allocating: &'static str,
    /// Leaves the address of the answer.
    pub step: &'static str,
    /// Instructions that its manifest wishes for.
    pub fuel: Option<u64>,
    pub secrets: &'static [&'static str],
}

impl Guest {
    pub const DONE: Guest = Guest {
        id: "test.done",
        pages: 4,
        imports: &[],
        items: "",
        allocating: "",
        step: "(i32.const 1024)",
        fuel: None,
        secrets: &[],
    };

    pub fn component(&self) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
        for name in ["types", "host", "plugin"] {
            let text = std::fs::read_to_string(wit.join(format!("{name}/{name}.wit"))).unwrap();
            resolve.push_str(format!("{name}.wit"), &text).unwrap();
        }
        let mut interfaces: Vec<&str> = self.imports.iter().map(|(interface, ..)| *interface).collect();
        interfaces.dedup();
        let imports: String =
            interfaces.iter().map(|name| format!("import rulewright:host/{name}@0.1.0; ")).collect();
        let world = format!("package test:hostile@1.0.0; world w {{ {imports} export {RULE}; }}");
        let package = resolve.push_str("hostile.wit", &world).unwrap();
        let world = resolve.select_world(&[package], Some("w")).unwrap();
        let mut core = wat::parse_str(self.module()).unwrap_or_else(|error| panic!("{}: {error}", self.id));
        embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8).unwrap();
        let mut component = ComponentEncoder::default().module(&core).unwrap().encode().unwrap();
        let manifest = self.manifest().to_string();
        CustomSection { name: Cow::Borrowed("rulewright:manifest"), data: manifest.as_bytes().into() }
            .append_to_component(&mut component);
        component
    }

    fn module(&self) -> String {
        let Guest { pages, items, allocating, step, .. } = self;
        let imports: String = self
            .imports
            .iter()
            .map(|(interface, function, named)| {
                format!("(import \"rulewright:host/{interface}@0.1.0\" \"{function}\" {named})\n")
            })
            .collect();
        format!(
            r#"(module
                {imports}
                (memory (export "memory") {pages})
                (global $free (mut i32) (i32.const 65536))
                (global $allocated (mut i32) (i32.const 0))
                {items}
                (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
                    (local $at i32)
                    (global.set $allocated (i32.add (global.get $allocated) (i32.const 1)))
                    (if (i32.gt_u (global.get $allocated) (i32.const 1)) (then {allocating}))
                    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
                    (global.set $free (i32.add (local.get $at) (local.get $size)))
                    (local.get $at))
                (func (export "{RULE}#validate") (param i32 i32) (result i32) (i32.const 1024))
                (func (export "{RULE}#step") (param i32) (result i32) {step})
                (func (export "{RULE}#upgrade") (param i32 i32 i32) (result i32) unreachable))"#
        )
    }

    fn manifest(&self) -> Value {
        let limits = self.fuel.map_or_else(|| json!({}), |fuel| json!({ "fuel": fuel }));
        json!({
            "schema": 1, "id": self.id, "version": "1.0.0", "kind": "rule", "group": "employees",
            "publisher": "Nobody", "title": self.id, "settings": { "type": "object" }, "host-api": "0.1.0",
            "limits": limits, "permissions": { "secrets": self.secrets },
        })
    }
}
