//! The bytes themselves: how many, which kind of WebAssembly, which sections.

use rulewright_ports::component::LARGE_BYTES;
use wasmparser::{Encoding, Parser, Payload};

use crate::{features, form, parts, refusal::Refusal};

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
    form::check(bytes)?;
    features::check(bytes)?;
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
