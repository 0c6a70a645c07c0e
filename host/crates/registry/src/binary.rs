//! The bytes themselves: how many, which kind of WebAssembly, which sections.

use rulewright_ports::component::{FEATURES, LARGE_BYTES};
use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};

use crate::{parts, refusal::Refusal};

/// Bytes of a component. What the operator of a host allows may be less, and is the sandbox's to say.
pub const MAX_BYTES: usize = LARGE_BYTES;

/// Refuses what the sandbox would not run, before anything looks deeper.
pub fn validate(bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.len() > MAX_BYTES {
        return Err(Refusal::TooLarge { size: bytes.len(), most: MAX_BYTES });
    }
    match Parser::new(0).parse_all(bytes).next() {
        Some(Ok(Payload::Version { encoding: Encoding::Component, .. })) => {}
        Some(Ok(Payload::Version { .. })) => {
            return Err(Refusal::NotAComponent("it is a bare core module".into()));
        }
        Some(Err(error)) => return Err(Refusal::NotAComponent(error.message().into())),
        _ => return Err(Refusal::NotAComponent("it is empty".into())),
    }
    let features = FEATURES.iter().filter_map(|name| WasmFeatures::from_name(name)).collect();
    Validator::new_with_features(features).validate_all(bytes).map_err(invalid)?;
    parts::check(bytes)
}

/// Every custom section of that name, at any depth: one that hides in a nested module counts too.
pub fn custom_sections<'a>(bytes: &'a [u8], name: &str) -> Result<Vec<&'a [u8]>, Refusal> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::CustomSection(section) = payload.map_err(invalid)?
            && section.name() == name
        {
            found.push(section.data());
        }
    }
    Ok(found)
}

pub fn invalid(error: wasmparser::BinaryReaderError) -> Refusal {
    Refusal::Invalid { offset: error.offset() as usize, problem: error.message().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_is_one_that_the_parser_knows() {
        assert!(FEATURES.iter().all(|name| WasmFeatures::from_name(name).is_some()));
    }

    #[test]
    fn what_the_sandbox_switches_off_is_refused_here() {
        for (feature, module) in [
            ("tail calls", "(module (func $f return_call $f))"),
            ("several memories", "(module (memory 1) (memory 1))"),
            ("64-bit memories", "(module (memory i64 1))"),
            ("threads", "(module (memory 1 1 shared))"),
            ("host references", "(module (table 1 externref))"),
            (
                "relaxed SIMD",
                "(module (func (param v128) (result v128) local.get 0 local.get 0 i8x16.relaxed_swizzle))",
            ),
        ] {
            let wat = format!("(component (core {}", module.replacen('(', "", 1) + ")");
            let refused = validate(&wat::parse_str(wat).unwrap());
            assert!(matches!(refused, Err(Refusal::Invalid { .. })), "{feature}: {refused:?}");
        }
    }
}
