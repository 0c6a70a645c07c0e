//! The bytes themselves: how many, which kind of WebAssembly, which sections.

use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};

use crate::refusal::Refusal;

/// The bundled plugins have about 100 KiB; a language with a runtime of its own needs some megabytes. Above
/// that, compiling becomes a burden for the host.
pub const MAX_BYTES: usize = 16 << 20;

/// What guests may be made of. Not: threads, 64-bit memories, garbage collection, exceptions and component async,
/// which the sandbox switches off; nor relaxed SIMD, whose results differ between machines, so no run could be
/// replayed.
const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::COMPONENT_MODEL);

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
    Validator::new_with_features(FEATURES).validate_all(bytes).map(drop).map_err(invalid)
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

fn invalid(error: wasmparser::BinaryReaderError) -> Refusal {
    Refusal::Invalid { offset: error.offset() as usize, problem: error.message().into() }
}
