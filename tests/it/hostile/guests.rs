//! Rules below any language: what a compiler would never write is written here as core WebAssembly. Shared with the tests
//! of processes that guests run in.

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

/// A guest, the code of its failure, and what the message says of the limit and of what was used.
pub type Case = (Guest, &'static str, &'static str);

const NOW: &[(&str, &str, &str)] = &[("step", "now", "(func $now (result i64))")];
pub const WRITE: &[(&str, &str, &str)] = &[("log", "write", "(func $write (param i32 i32 i32 i32 i32))")];
pub const OPEN: &[(&str, &str, &str)] = &[("secrets", "open", "(func $open (param i32 i32 i32))")];

#[rustfmt::skip]
pub const REFUSED: &[Case] = &[
    (Guest { id: "a01.loops", step: "(loop (br 0)) (i32.const 1024)", ..Guest::DONE },
        "out-of-fuel", "used 50,000,000 of 50,000,000 fuel"),
    (Guest { id: "a02.fills", pages: 300,
        step: "(loop (memory.fill (i32.const 131072) (i32.const 7) (i32.const 16000000)) (br 0)) (i32.const 1024)",
        ..Guest::DONE },
        "out-of-fuel", "used 50,000,000 of 50,000,000 fuel"),
    (Guest { id: "a03.takes-all-at-once",
        step: "(if (i32.eq (memory.grow (i32.const 60000)) (i32.const -1)) (then unreachable)) (i32.const 1024)",
        ..Guest::DONE },
        "out-of-memory", "asked for 3750 MiB, limit `memory` is 32 MiB"),
    (Guest { id: "a04.takes-bit-by-bit",
        step: "(loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable",
        ..Guest::DONE },
        "out-of-memory", "limit `memory` is 32 MiB"),
    (Guest { id: "a06.takes-tables", items: "(table $t 1 funcref)",
        step: "(drop (table.grow $t (ref.null func) (i32.const 1000000))) unreachable",
        ..Guest::DONE },
        "limit", "limit `tables`: asked for 1,000,00"),
    (Guest { id: "a08.calls-itself", items: "(func $deeper (call $deeper))",
        step: "(call $deeper) (i32.const 1024)",
        ..Guest::DONE },
        "stack-overflow", "calls nest too deep"),
    (Guest { id: "a09.calls-back", imports: WRITE,
        allocating: "(call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 0) (i32.const 0))",
        ..Guest::DONE },
        "trap", "leave"),
    // `skipped`, with a text.
    (Guest { id: "a10.answers-at-length", pages: 128,
        step: "(i32.store8 (i32.const 1032) (i32.const 1)) (i32.store (i32.const 1040) (i32.const 65536))
            (i32.store (i32.const 1044) (i32.const 5000000)) (i32.const 1024)",
        ..Guest::DONE },
        "limit", "limit `hostcall`: a call of the host carried more than 4 MiB"),
    // `wait-for`, with kinds of events that are empty texts: half a million of them are 4 MB here and 12 there.
    (Guest { id: "a11.answers-with-nothing-often", pages: 128,
        step: "(i32.store8 (i32.const 1032) (i32.const 3)) (i32.store (i32.const 1040) (i32.const 1048576))
            (i32.store (i32.const 1044) (i32.const 500000)) (i32.const 1024)",
        ..Guest::DONE },
        "limit", "limit `hostcall`: a call of the host carried more than 4 MiB"),
    (Guest { id: "a12.answers-from-elsewhere", step: "(i32.const -16)", ..Guest::DONE },
        "trap", "out of bounds"),
    (Guest { id: "a12.answers-from-in-between", step: "(i32.const 1028)", ..Guest::DONE },
        "trap", "aligned"),
    (Guest { id: "a12.answers-beyond-its-end",
        step: "(i32.store8 (i32.const 1032) (i32.const 1)) (i32.store (i32.const 1040) (i32.const 65536))
            (i32.store (i32.const 1044) (i32.const -1)) (i32.const 1024)",
        ..Guest::DONE },
        "trap", "out of bounds"),
    (Guest { id: "a12.gives-room-that-is-none", allocating: "(return (i32.const -8))", ..Guest::DONE },
        "trap", "realloc"),
    (Guest { id: "a13.answers-with-no-text", items: "(data (i32.const 2048) \"\\ff\\fe\")",
        step: "(i32.store8 (i32.const 1032) (i32.const 1)) (i32.store (i32.const 1040) (i32.const 2048))
            (i32.store (i32.const 1044) (i32.const 2)) (i32.const 1024)",
        ..Guest::DONE },
        "trap", "utf-8"),
    (Guest { id: "a13.answers-with-no-answer", step: "(i32.store8 (i32.const 1032) (i32.const 99)) (i32.const 1024)",
        ..Guest::DONE },
        "trap", "discriminant"),
    (Guest { id: "a18.calls-without-end", imports: NOW, fuel: Some(1_000_000_000),
        step: "(loop (drop (call $now)) (br 0)) (i32.const 1024)",
        ..Guest::DONE },
        "limit", "limit `host-calls`: a step makes at most 100000"),
    (Guest { id: "a18.keeps-what-it-opens", imports: OPEN, fuel: Some(1_000_000_000), secrets: &["token"],
        items: "(data (i32.const 2048) \"token\")",
        step: "(loop (global.set $free (i32.const 65536)) (call $open (i32.const 2048) (i32.const 5) (i32.const 4096)) (br 0)) (i32.const 1024)",
        ..Guest::DONE },
        "limit", "limit `host-calls`: a step makes at most 100000"),
    (Guest { id: "a20.breaks-when-given", allocating: "unreachable", ..Guest::DONE }, "trap", "unreachable"),
    (Guest { id: "a20.breaks-when-cleared-up",
        items: "(func (export \"cabi_post_rulewright:plugin/rule@0.1.0#step\") (param i32) unreachable)",
        ..Guest::DONE },
        "trap", "unreachable"),
];

/// What these try does not succeed, they are told so, and go on.
#[rustfmt::skip]
pub const TOLD: &[Guest] = &[
    Guest { id: "a03.is-given-none",
        step: "(if (i32.ne (memory.grow (i32.const 60000)) (i32.const -1)) (then unreachable)) (i32.const 1024)",
        ..Guest::DONE },
    Guest { id: "a07.could-have-all-tables", items: "(table $t 1 0xffffffff funcref)",
        step: "(if (i32.ne (table.grow $t (ref.null func) (i32.const 1000000)) (i32.const -1)) (then unreachable))
            (i32.const 1024)",
        ..Guest::DONE },
    Guest { id: "a22.watches-the-clock", imports: NOW, items: "(global $left (mut i32) (i32.const 10000))",
        step: "(loop (if (i64.ne (call $now) (call $now)) (then unreachable))
            (global.set $left (i32.sub (global.get $left) (i32.const 1))) (br_if 0 (global.get $left)))
            (i32.const 1024)",
        ..Guest::DONE },
    // What a processor makes of a number that is none is its own affair, and could tell one from another.
    Guest { id: "a23.marks-a-number", items: "(global $odd (mut f64) (f64.const nan:0x4000000001234))",
        step: "(if (i64.ne (i64.reinterpret_f64 (f64.add (global.get $odd) (f64.const 1))) (i64.const 0x7ff8000000000000))
            (then unreachable)) (i32.const 1024)",
        ..Guest::DONE },
];
