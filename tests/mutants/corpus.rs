//! What mutants descend from: plugins of ours, such as were published, and small ones made by hand, each with something
//! that the others do not have.

use std::borrow::Cow;

use rulewright_registry::MANIFEST_SECTION;
use serde_json::json;
use wasm_encoder::{ComponentSection, CustomSection};

/// Of the bundled plugins.
const BUNDLED: &[&str] =
    &["add-comment", "change-responsible", "http-request", "payment", "provider-webhook-chat", "wait"];

const FOSSILS: &[&[u8]] = &[
    include_bytes!("../fixtures/components/0.1.0/payment.wasm"),
    include_bytes!("../fixtures/components/0.1.0/send-sms.wasm"),
];

pub fn corpus() -> Vec<Vec<u8>> {
    let bundled = rulewright_bundled::PLUGINS.iter().filter(|(name, _)| BUNDLED.contains(name));
    let mut all: Vec<Vec<u8>> = bundled.map(|(_, bytes)| bytes.to_vec()).collect();
    assert_eq!(all.len(), BUNDLED.len(), "a bundled plugin has another name now");
    all.extend(FOSSILS.iter().map(|bytes| bytes.to_vec()));
    all.extend(
        BY_HAND.iter().map(|wat| with_manifest(wat::parse_str(wat).expect("it is written correctly"))),
    );
    all
}

fn with_manifest(mut component: Vec<u8>) -> Vec<u8> {
    let manifest = json!({
        "schema": 1, "id": "acme.greet", "version": "1.0.0", "kind": "rule", "group": "client-communications",
        "publisher": "Acme", "title": "Greet", "titles": { "de": "Grüßen" }, "host-api": "0.1.0",
        "settings": {
            "type": "object", "properties": { "text": { "type": "string", "pattern": "^a+$", "x-template": true } }
        },
        "permissions": { "http": [{ "host": "api.example.com", "path": "/v1", "methods": ["GET"] }] },
    });
    let text = manifest.to_string();
    let section = CustomSection { name: Cow::Borrowed(MANIFEST_SECTION), data: text.as_bytes().into() };
    section.append_to_component(&mut component);
    component
}

const BY_HAND: &[&str] = &[
    // The least of all.
    "(component)",
    // Code of every shape: blocks, tables, loops, memory, floats, vectors.
    r#"(component
        (core module $m
            (type $t (func (param i32) (result i32)))
            (memory (export "memory") 1 4) (table $f 4 8 funcref) (global $g (mut i32) (i32.const 7))
            (elem (table $f) (i32.const 0) func $a $b) (data (i32.const 16) "some bytes")
            (func $a (type $t) (block (block (br_table 0 1 0 (local.get 0)))) (i32.add (local.get 0) (i32.const 1)))
            (func $b (type $t) (local i64 f64 v128)
                (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100))))
                (call_indirect $f (type $t) (local.get 0) (i32.const 1)))
            (func (export "f") (param f64 f64) (result f64)
                (f64.copysign (f64.sqrt (local.get 0)) (f64.nearest (local.get 1))))
            (func (export "v") (param v128) (result v128) (i8x16.swizzle (local.get 0) (v128.const i32x4 1 2 3 4)))
            (func (export "m") (memory.copy (i32.const 0) (i32.const 16) (i32.const 8))
                (drop (memory.grow (i32.const 1))) (global.set $g (i32.const 9))))
        (core instance (instantiate $m)))"#,
    // Types, resources, and a function in and out of them.
    r#"(component
        (type $pair' (record (field "a" u32) (field "b" (list string))))
        (import "pair" (type $pair (eq $pair')))
        (type $kinds' (variant (case "none") (case "one" $pair) (case "many" (list $pair))))
        (import "kinds" (type $kinds (eq $kinds')))
        (type $host (instance
            (export "thing" (type (sub resource)))
            (type $f (func (param "a" string) (result (result string (error u8)))))
            (export "get" (func (type $f)))))
        (import "test:made-up/host@1.0.0" (instance $h (type $host)))
        (core module $libc
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024))
        (core instance $c (instantiate $libc))
        (alias core export $c "memory" (core memory $mem))
        (alias core export $c "realloc" (core func $realloc))
        (core func $get (canon lower (func $h "get") (memory $mem) (realloc $realloc)))
        (core module $m
            (import "h" "get" (func $get (param i32 i32 i32)))
            (func (export "run") (param i32 i32) (result i32) (call $get (local.get 0) (local.get 1) (i32.const 64)) i32.const 64))
        (core instance $i (instantiate $m (with "h" (instance (export "get" (func $get))))))
        (func $run (param "a" string) (result string)
            (canon lift (core func $i "run") (memory $mem) (realloc $realloc)))
        (export "run" (func $run)))"#,
    // Two instances that call each other, with memories of their own.
    r#"(component
        (component $inner
            (core module $m
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
                (func (export "f") (param i32 i32) (result i32) local.get 1))
            (core instance $i (instantiate $m))
            (func (export "f") (param "t" string) (result u32)
                (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
        (component $outer
            (import "f" (func $f (param "t" string) (result u32)))
            (core module $libc (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024))
            (core instance $c (instantiate $libc))
            (core func $low (canon lower (func $f) (memory (core memory $c "memory")) (realloc (core func $c "realloc"))))
            (core module $m
                (import "a" "f" (func $f (param i32 i32) (result i32)))
                (func (export "g") (result i32) (call $f (i32.const 0) (i32.const 3))))
            (core instance $i (instantiate $m (with "a" (instance (export "f" (func $low))))))
            (func (export "g") (result u32) (canon lift (core func $i "g"))))
        (instance $one (instantiate $inner))
        (instance $two (instantiate $outer (with "f" (func $one "f"))))
        (export "g" (func $two "g")))"#,
    // Nothing but nesting and aliases.
    r#"(component $a
        (core module $m (func (export "f")))
        (component $b (component $c (component $d)) (instance (instantiate $c)))
        (instance (instantiate $b)) (core instance $i (instantiate $m)) (core instance (instantiate $m))
        (alias core export $i "f" (core func $f)) (func (canon lift (core func $f))))"#,
];
