//! The door of an installation, from outside: what is refused is told by its own code, and nothing of it is left. The
//! rows of the catalogue of abuse that one file can show are unit tests of `registry`, by the same names.

use rulewright_domain::Grant;
use rulewright_engine::Refusal;
use rulewright_ports::{Reads, StorageExt};
use rulewright_registry::digest;
use serde_json::{Value, json};

use crate::{
    gateway::Api,
    support::{TestShop, bundled},
};

fn wasm(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap()
}

/// Whether the host keeps anything of that component.
async fn is_kept(shop: &TestShop, component: &[u8]) -> bool {
    let (id, digest) = (shop.id, digest(component));
    let look = move |reads: &mut dyn Reads| {
        let stored = reads.component(&digest)?.is_some() || reads.package(&digest)?.is_some();
        Ok::<_, Refusal>(stored || !reads.installations(id)?.is_empty())
    };
    shop.engine.storage().read(look).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gate_refuses_has_its_own_code_and_leaves_nothing_behind() {
    let shop = TestShop::with(&[]).await;
    let api = Api::of(&shop).await;
    let whole = bundled("add-comment");
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("not-a-component", b"PK\x03\x04 an archive".to_vec()),
        ("not-a-component", wasm("(module)")),
        ("invalid-binary", whole[..whole.len() / 2].to_vec()),
        ("uses-threads", wasm("(component (core module (memory 1 1 shared)))")),
        ("uses-gc", wasm("(component (core module (type (struct))))")),
        ("uses-exceptions", wasm("(component (core module (tag)))")),
        ("uses-64-bit-memory", wasm("(component (core module (memory i64 1)))")),
        ("uses-several-memories", wasm("(component (core module (memory 1) (memory 1)))")),
        ("uses-async", wasm("(component (type (stream u8)))")),
        ("nested-components", wasm(&("(component ".repeat(9) + &")".repeat(9)))),
        ("bad-name", wasm(&format!("(component (core module (func (export \"{}\"))))", "x".repeat(1 << 20)))),
        ("manifest-count", wasm("(component)")),
    ];
    for (code, component) in cases {
        let (status, problem) = api.upload(&shop, &component).await;
        assert_eq!((status, problem["code"].as_str()), (422, Some(code)), "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|text| text.len() > 30), "{problem}");
        assert!(!is_kept(&shop, &component).await, "{code} is kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b25_an_id_that_is_none_leads_nowhere() {
    let shop = TestShop::with(&[bundled("add-comment")]).await;
    let api = Api::of(&shop).await;
    let installed = api.staff(&shop, "GET", "/v1/plugins", Value::Null).await.1;
    for id in [
        "..%2fx",
        "x%2f..%2f..%2fy",
        ".",
        "%2e%2e",
        "CON",
        "%00",
        "%E2%80%AEtnemmoc-dda.thgirwelur",
        "rulewright.add-comm%D0%B5nt",
        "rulewright.add-comme%CC%81nt",
        &"x".repeat(300),
    ] {
        for (method, path) in [("GET", ""), ("DELETE", ""), ("PUT", "/grant")] {
            let (status, problem) =
                api.staff(&shop, method, &format!("/v1/plugins/{id}{path}"), json!({})).await;
            assert!((400..500).contains(&status), "{method} {id}{path}: {status} {problem}");
        }
    }
    assert_eq!(api.staff(&shop, "GET", "/v1/plugins", Value::Null).await.1, installed);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_checked_by_patterns_that_no_text_makes_slow() {
    // What backtracking engines take years for: it is in the manifest, and the text is of whoever writes the rule.
    let schema =
        json!({ "type": "object", "properties": { "text": { "type": "string", "pattern": "^(a+)+$" } } });
    let component = with_settings(bundled("add-comment"), &schema);
    let package = rulewright_registry::inspect(&component).unwrap();
    let shop = TestShop::with(&[]).await;
    let grant = Grant::whole(&package.manifest, &package.imports, &[]);
    shop.engine.install(shop.id, package, component.into(), grant).await.unwrap();
    let rule =
        crate::support::rule("r", "rulewright.add-comment", json!({ "text": "a".repeat(50_000) + "!" }));
    let started = std::time::Instant::now();
    let refused = shop.try_publish(json!({ "paid": { "rules": [rule] } })).await.unwrap_err();
    assert!(format!("{refused:?}").contains("schema"), "{refused:?}");
    assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
}

/// The same plugin with another schema of settings in its manifest.
fn with_settings(component: &[u8], schema: &Value) -> Vec<u8> {
    let name = b"rulewright:manifest";
    let at = component.windows(name.len()).rposition(|bytes| bytes == name).unwrap();
    let mut manifest: Value =
        serde_json::from_slice(&component[at + name.len()..]).expect("it is the last section");
    manifest["settings"] = schema.clone();
    let text = manifest.to_string();
    // The head of the section: its kind, its length and the length of its name.
    let start = (0..at).rev().find(|start| {
        component[*start] == 0 && ends(&component[*start + 1..]) == component.len() - start - 1
    });
    let mut bytes = component[..start.unwrap()].to_vec();
    let mut body = vec![name.len() as u8];
    body.extend_from_slice(name);
    body.extend_from_slice(text.as_bytes());
    bytes.push(0);
    let mut length = body.len();
    while length > 0x7f {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(body);
    bytes
}

/// Where a section ends whose length stands at the beginning of these bytes.
fn ends(bytes: &[u8]) -> usize {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return index + 1 + value;
        }
    }
    0
}
