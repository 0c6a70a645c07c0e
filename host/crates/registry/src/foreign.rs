//! Imports that no plugin can have, told from the bytes of whatever an author's tools have made: for advice, where
//! `inspect` has refused.

use std::collections::BTreeSet;

use wasmparser::{Parser, Payload};

/// Where an import leads that does not come from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// `wasm-bindgen`: some crate takes the target for a browser.
    Browser,
    /// A system of files, clocks and sockets.
    Wasi,
    /// Nothing defines it: usually a C library.
    Undefined,
    Other,
}

/// An import that is not of `rulewright:`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Foreign {
    pub origin: Origin,
    /// e.g. `wasi:filesystem/types@0.2.3` or `__wbindgen_placeholder__`.
    pub from: String,
}

/// Of a component, and of a bare core module. Bytes that cannot be read to the end tell what they tell until there.
pub fn foreign_imports(bytes: &[u8]) -> Vec<Foreign> {
    let mut found = BTreeSet::new();
    let mut depth = 0_u32;
    let mut is_component = false;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload {
            Ok(Payload::Version { encoding, .. }) => {
                is_component |= depth == 0 && encoding == wasmparser::Encoding::Component;
                depth += 1;
            }
            Ok(Payload::End(_)) => depth = depth.saturating_sub(1),
            Ok(Payload::ComponentImportSection(section)) if depth == 1 => {
                found.extend(section.into_iter().flatten().filter_map(|import| foreign(import.name.name)));
            }
            // What the modules of a component import, the component gives them.
            Ok(Payload::ImportSection(section)) if depth == 1 && !is_component => {
                for import in section.into_imports().flatten() {
                    found.extend(foreign(import.module));
                }
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    found.into_iter().collect()
}

fn foreign(from: &str) -> Option<Foreign> {
    let origin = match from {
        _ if from.starts_with("rulewright:") => return None,
        _ if from.starts_with("__wbindgen") || from == "wbg" => Origin::Browser,
        _ if from.starts_with("wasi:") || from.starts_with("wasi_") => Origin::Wasi,
        "env" => Origin::Undefined,
        _ => Origin::Other,
    };
    Some(Foreign { origin, from: from.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::component;

    fn told(bytes: &[u8]) -> Vec<(Origin, String)> {
        foreign_imports(bytes).into_iter().map(|one| (one.origin, one.from)).collect()
    }

    #[test]
    fn imports_of_a_bare_module_are_told_by_where_they_come_from() {
        let wat = r#"(module
            (import "__wbindgen_placeholder__" "a" (func)) (import "__wbindgen_placeholder__" "b" (func))
            (import "wasi_snapshot_preview1" "fd_write" (func)) (import "env" "sqlite3_open" (func))
            (import "rulewright:host/log@0.1.0" "write" (func)))"#;
        let expected = [
            (Origin::Browser, "__wbindgen_placeholder__".to_owned()),
            (Origin::Wasi, "wasi_snapshot_preview1".to_owned()),
            (Origin::Undefined, "env".to_owned()),
        ];
        assert_eq!(told(&wat::parse_str(wat).unwrap()), expected);
    }

    #[test]
    fn of_a_component_only_its_own_imports_count() {
        let ours = component("world w { import rulewright:host/log@0.1.0; }", &[]);
        assert_eq!(told(&ours), []);
        let wat = r#"(component
            (import "wasi:cli/stdout@0.2.3" (instance))
            (core module (import "env" "inner" (func))))"#;
        let wasi = (Origin::Wasi, "wasi:cli/stdout@0.2.3".to_owned());
        assert_eq!(told(&wat::parse_str(wat).unwrap()), [wasi]);
        assert_eq!(told(b"no wasm at all"), []);
    }
}
