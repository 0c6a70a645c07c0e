//! From bytes to a package, or to the reason why not.

use rulewright_domain::plugin::{Digest, Manifest, Package};
use sha2::{Digest as _, Sha256};

use crate::contract::kind_name;
use crate::refusal::Refusal;
use crate::{binary, json, manifest, world};

/// Custom section that holds the manifest as JSON.
pub const MANIFEST_SECTION: &str = "rulewright:manifest";

/// Bytes. Longer than any form that a person would fill in; parsed, JSON takes many times its length.
const MANIFEST: usize = 256 << 10;

/// Values and names in a manifest.
const MANIFEST_ITEMS: usize = 20_000;

/// Reads and checks a component from anybody. Runs none of it.
pub fn inspect(bytes: &[u8]) -> Result<Package, Refusal> {
    binary::validate(bytes)?;
    let sections = binary::custom_sections(bytes, MANIFEST_SECTION)?;
    let [section] = sections.as_slice() else {
        return Err(Refusal::Manifests(sections.len()));
    };
    if section.len() > MANIFEST {
        return Err(Refusal::LongManifest { size: section.len(), most: MANIFEST });
    }
    json::strict(section, MANIFEST_ITEMS).map_err(Refusal::UnreadableManifest)?;
    let parsed: Manifest =
        serde_json::from_slice(section).map_err(|error| Refusal::UnreadableManifest(error.to_string()))?;
    let host_api = manifest::check(&parsed)?;

    let world = world::read(bytes, &host_api)?;
    if world.kind != parsed.kind {
        return Err(Refusal::WrongKind { manifest: kind_name(parsed.kind), export: kind_name(world.kind) });
    }
    manifest::check_against(&parsed, &world.imports)?;
    Ok(Package { digest: digest(bytes), manifest: parsed, imports: world.imports, size: bytes.len() as u64 })
}

/// SHA-256 in lower-case hex: the name by which a component is stored and a run pinned.
pub fn digest(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wit_parser::Resolve;

    use super::*;
    use crate::testing::{component, component_of, manifest_json};

    const RULE: &str = "export rulewright:plugin/rule@0.1.0;";

    fn world(items: &str) -> String {
        format!("world w {{ {items} }}")
    }

    fn rule(imports: &str, change: Value) -> Vec<u8> {
        component(&world(&format!("{imports} {RULE}")), &[manifest_json(change)])
    }

    fn refused(bytes: &[u8]) -> Refusal {
        inspect(bytes).unwrap_err()
    }

    #[test]
    fn a_sound_rule_is_read_with_what_it_imports_and_nothing_else() {
        let bytes =
            rule("import rulewright:host/log@0.1.0; import rulewright:host/timeline@0.1.0;", json!({}));
        let package = inspect(&bytes).unwrap();
        let imports: Vec<&str> = package.imports.iter().map(String::as_str).collect();
        assert_eq!(imports, ["log.write", "timeline.add-comment", "timeline.add-comment-with-documents"]);
        assert_eq!(package.digest, digest(&bytes));
        assert_eq!(package.size, bytes.len() as u64);
    }

    #[test]
    fn an_interface_that_only_lends_a_type_asks_for_nothing() {
        // As in a binary that sends requests and opens no secret: the import is there, `open` is not.
        let open = "open: func(name: string) -> result<secret, host-error>;";
        let wit = world(&format!("import rulewright:host/http@0.1.0; {RULE}"));
        let change = json!({ "permissions": { "http": [{ "host": "api.example.com" }] } });
        let bytes = component_of(forged("host", open, ""), &wit, &[manifest_json(change)]);
        let imports = inspect(&bytes).unwrap().imports;
        assert_eq!(imports.into_iter().collect::<Vec<_>>(), ["http.send"]);
    }

    #[test]
    fn using_a_secret_is_one_permission_and_its_methods_are_none() {
        let bytes =
            rule("import rulewright:host/secrets@0.1.0;", json!({ "permissions": { "secrets": ["token"] } }));
        let imports = inspect(&bytes).unwrap().imports;
        assert_eq!(imports.into_iter().collect::<Vec<_>>(), ["secrets.open"]);
    }

    #[test]
    fn triggers_and_providers_are_known_by_their_export() {
        let trigger = json!({
            "kind": "trigger", "group": "trigger", "subscriptions": ["payment.received"]
        });
        let provider = json!({
            "kind": "provider", "group": "provider", "permissions": { "channels": ["sms"] }
        });
        for (name, change) in [("trigger", trigger), ("provider", provider)] {
            let wit = world(&format!("export rulewright:plugin/{name}@0.1.0;"));
            let package = inspect(&component(&wit, &[manifest_json(change)])).unwrap();
            assert_eq!(kind_name(package.manifest.kind), name);
        }
    }

    #[test]
    fn what_is_not_a_component_is_told_apart() {
        assert_eq!(refused(b"").code(), "not-a-component");
        assert_eq!(refused(b"hello world, not wasm").code(), "not-a-component");
        let core = b"\0asm\x01\0\0\0";
        assert!(refused(core).to_string().contains("bare core module"));
        assert_eq!(refused(&vec![0; crate::MAX_BYTES + 1]).code(), "too-large");
    }

    #[test]
    fn exactly_one_manifest_is_accepted() {
        let wit = world(RULE);
        assert_eq!(refused(&component(&wit, &[])), Refusal::Manifests(0));
        let one = manifest_json(json!({}));
        assert_eq!(refused(&component(&wit, &[one.clone(), one])), Refusal::Manifests(2));
        let long = manifest_json(json!({ "description": "x".repeat(MANIFEST) }));
        assert_eq!(refused(&component(&wit, &[long])).code(), "long-manifest");
        let odd = manifest_json(json!({ "surprise": 1 }));
        assert_eq!(refused(&component(&wit, &[odd])).code(), "unreadable-manifest");
    }

    #[test]
    fn exports_and_kind_must_agree() {
        let manifest = [manifest_json(json!({}))];
        let none = component(&world("export greet: func();"), &manifest);
        assert_eq!(refused(&none), Refusal::NoExport);
        let two = component(&world(&format!("{RULE} export rulewright:plugin/trigger@0.1.0;")), &manifest);
        assert_eq!(refused(&two).code(), "several-exports");
        let other = component(&world("export rulewright:plugin/trigger@0.1.0;"), &manifest);
        let expected = Refusal::WrongKind { manifest: "rule", export: "trigger" };
        assert_eq!(refused(&other), expected);
    }

    #[test]
    fn an_import_that_the_host_does_not_have_is_named() {
        let wit = format!("interface files {{ delete-all: func(); }} world w {{ import files; {RULE} }}");
        let refusal = refused(&component(&wit, &[manifest_json(json!({}))]));
        assert_eq!(refusal, Refusal::UnknownImport("test:made-up/files@1.0.0".into()));
        let bare = component(&world(&format!("import run: func(); {RULE}")), &[manifest_json(json!({}))]);
        assert_eq!(refused(&bare), Refusal::UnknownImport("run".into()));
    }

    #[test]
    fn a_trigger_cannot_ask_for_what_only_rules_may() {
        let change = json!({
            "kind": "trigger", "group": "trigger", "subscriptions": ["payment.received"]
        });
        let wit = world("import rulewright:host/timeline@0.1.0; export rulewright:plugin/trigger@0.1.0;");
        let refusal = refused(&component(&wit, &[manifest_json(change)]));
        let function = "timeline.add-comment".to_owned();
        assert_eq!(refusal, Refusal::BeyondKind { kind: "trigger", function });
    }

    #[test]
    fn permissions_and_imports_must_agree() {
        let declared = rule("", json!({ "permissions": { "storage": 1024 } }));
        assert_eq!(refused(&declared).code(), "unused-permission");
        let used = rule("import rulewright:host/messages@0.1.0;", json!({}));
        assert_eq!(refused(&used).code(), "undeclared-permission");
    }

    /// The contract with one thing changed, as a plugin's author might have it.
    fn forged(file: &str, from: &str, to: &str) -> Resolve {
        let mut resolve = Resolve::default();
        for name in ["types", "host", "plugin"] {
            let path = format!("{}/../../../wit/{name}/{name}.wit", env!("CARGO_MANIFEST_DIR"));
            let mut text = std::fs::read_to_string(path).unwrap();
            if name == file || file == "*" {
                assert!(text.contains(from), "{file} has no `{from}`");
                text = text.replace(from, to);
            }
            resolve.push_str(name, &text).unwrap();
        }
        resolve
    }

    #[test]
    fn a_component_built_against_other_wit_is_refused_before_it_is_linked() {
        let wit = world(&format!("import rulewright:host/timeline@0.1.0; {RULE}"));
        let manifest = [manifest_json(json!({}))];
        let function = forged("host", "order: order-id, text: string", "order: order-id, text: u64");
        let refusal = refused(&component_of(function, &wit, &manifest));
        assert_eq!(refusal.code(), "mismatch", "{refusal}");
        assert!(refusal.to_string().contains("timeline@0.1.0.add-comment"), "{refusal}");

        let outcome = forged("plugin", "skipped(string)", "skipped");
        assert_eq!(refused(&component_of(outcome, &wit, &manifest)).code(), "mismatch");

        let less = forged("plugin", "upgrade: func(state: saved-state)", "renew: func(state: saved-state)");
        assert!(refused(&component_of(less, &wit, &manifest)).to_string().contains("rule@0.1.0.renew"));
    }

    #[test]
    fn another_track_is_named_with_the_one_that_the_host_speaks() {
        let wit = world(&format!("import rulewright:host/timeline@0.2.0; {RULE}")).replace("0.1.0", "0.2.0");
        let bytes = component_of(forged("*", "@0.1.0", "@0.2.0"), &wit, &[manifest_json(json!({}))]);
        let refusal = refused(&bytes);
        assert_eq!(refusal.code(), "other-version", "{refusal}");
        assert!(refusal.to_string().contains("0.2.0") && refusal.to_string().contains("0.1.0"));
    }

    /// The contract of a later host of this track, which has more.
    fn later() -> Resolve {
        let mut resolve = Resolve::default();
        for name in ["types", "host", "plugin"] {
            let path = format!("{}/../../../wit/{name}/{name}.wit", env!("CARGO_MANIFEST_DIR"));
            let mut text = std::fs::read_to_string(path).unwrap().replace("@0.1.0", "@0.1.7");
            if name == "host" {
                text = text.replacen(
                    "interface feed {",
                    "interface feed { record pin { order: u64 } unpin: func(it: pin); read: func() -> list<string>;",
                    1,
                );
                text.push_str("\ninterface forecasts { of-order: func(order: u64) -> u64; }");
            }
            resolve.push_str(name, &text).unwrap();
        }
        resolve
    }

    fn of_a_later_host(imports: &str, change: Value) -> Vec<u8> {
        let wit = world(&format!("{imports} {RULE}")).replace("@0.1.0", "@0.1.7");
        component_of(later(), &wit, &[manifest_json(change)])
    }

    #[test]
    fn a_plugin_that_needs_a_newer_host_is_told_every_function_that_is_missing() {
        let imports = "import rulewright:host/feed@0.1.0; import rulewright:host/forecasts@0.1.0;";
        for host_api in ["0.1.0", "0.1.7"] {
            let refusal = refused(&of_a_later_host(imports, json!({ "host-api": host_api })));
            assert_eq!(refusal.code(), "newer-host", "{refusal}");
            let told = refusal.to_string();
            assert!(told.starts_with("it needs API 0.1.7, and this host has 0.1.0; missing: "), "{told}");
            for missing in ["feed.unpin", "feed.read", "forecasts.of-order"] {
                assert!(told.contains(missing), "{told}");
            }
            assert!(!told.contains("feed.publish"), "{told}");
        }
    }

    #[test]
    fn a_plugin_built_for_a_newer_host_that_uses_nothing_new_is_accepted() {
        let bytes = of_a_later_host("import rulewright:host/timeline@0.1.0;", json!({}));
        assert!(inspect(&bytes).unwrap().imports.contains("timeline.add-comment"));
    }

    #[test]
    fn a_manifest_that_asks_for_a_newer_host_is_refused_with_both_versions() {
        let refusal = refused(&rule("", json!({ "host-api": "0.1.9" })));
        assert_eq!(refusal.code(), "newer-host");
        assert!(refusal.to_string().contains("API 0.1.9, and this host has 0.1.0"), "{refusal}");
        let refusal = refused(&rule("", json!({ "host-api": "0.2.0" })));
        assert_eq!(refusal.code(), "other-version");
    }

    #[test]
    fn b05_what_reaches_for_the_machine_is_refused_by_name_all_at_once() {
        let mut resolve = Resolve::clone(crate::Contract::current().resolve());
        for text in [
            "package wasi:sockets@0.2.0; interface tcp { connect: func(); }",
            "package wasi:filesystem@0.2.0; interface types { open-at: func(); }",
        ] {
            resolve.push_str("wasi.wit", text).unwrap();
        }
        let wit =
            world(&format!("import wasi:sockets/tcp@0.2.0; import wasi:filesystem/types@0.2.0; {RULE}"));
        let refusal = refused(&component_of(resolve, &wit, &[manifest_json(json!({}))]));
        assert_eq!(refusal.code(), "unknown-import");
        let told = refusal.to_string();
        assert!(
            told.contains("wasi:sockets/tcp@0.2.0") && told.contains("wasi:filesystem/types@0.2.0"),
            "{told}"
        );
    }

    #[test]
    fn b06_another_version_of_the_export_is_refused_with_the_one_that_is_spoken() {
        for version in ["0.9.0", "0.0.1", "1.0.0"] {
            let wit = world(RULE).replace("0.1.0", version);
            let bytes = component_of(
                forged("*", "@0.1.0", &format!("@{version}")),
                &wit,
                &[manifest_json(json!({}))],
            );
            let refusal = refused(&bytes);
            assert_eq!(refusal.code(), "other-version");
            assert!(refusal.to_string().contains(&format!("rule@{version}")), "{refusal}");
            assert!(refusal.to_string().contains("speaks version 0.1.0"), "{refusal}");
        }
    }

    #[test]
    fn b14_a_manifest_that_two_readers_would_read_differently_is_refused() {
        let sound =
            manifest_json(json!({ "settings": { "type": "object", "properties": { "a": {} } } })).to_string();
        let with = |text: String| {
            let mut bytes = component(&world(RULE), &[]);
            let section =
                wasm_encoder::CustomSection { name: MANIFEST_SECTION.into(), data: text.into_bytes().into() };
            wasm_encoder::ComponentSection::append_to_component(&section, &mut bytes);
            inspect(&bytes).map(drop)
        };
        assert_eq!(with(sound.clone()), Ok(()));
        let deep = "{\"a\":".repeat(40) + "1" + &"}".repeat(40);
        let many: String = (0..12_000).map(|n| format!("\"{n}\":0,")).collect();
        for (told, text) in [
            ("stands twice", sound.replacen("\"id\":", "\"id\":\"evil.twin\",\"id\":", 1)),
            ("stands twice", sound.replacen("\"a\":{}", "\"a\":{},\"a\":{\"type\":\"string\"}", 1)),
            ("deep", sound.replacen("\"a\":{}", &format!("\"a\":{deep}"), 1)),
            ("deep", "[".repeat(100_000)),
            ("more than", sound.replacen("\"a\":{}", &format!("{many}\"a\":{{}}"), 1)),
            ("byte order mark", format!("\u{feff}{sound}")),
            ("trailing", format!("{sound} {{}}")),
        ] {
            let refusal = with(text).unwrap_err();
            assert_eq!(refusal.code(), "unreadable-manifest", "{told}: {refusal}");
            assert!(refusal.to_string().contains(told), "{told}: {refusal}");
        }
    }

    /// Strangers' files: whatever the bytes, there is an answer.
    #[test]
    fn damaged_files_are_refused_and_never_panic() {
        let whole = rule("import rulewright:host/orders-write@0.1.0;", json!({}));
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed % below as u64) as usize
        };
        for _ in 0..500 {
            let mut bytes = whole.clone();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                bytes[at] = random(256) as u8;
            }
            bytes.truncate(whole.len() - random(3) * random(whole.len() / 2));
            let _ = inspect(&bytes);
        }
    }
}
