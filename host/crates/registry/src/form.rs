//! What a component looks like from outside of its code: its names, the encoding of its texts, what lies in what.
//!
//! Names end in messages, logs and lists, and decoders of other people go through all of this: it is checked first.

use wasmparser::{
    BinaryReaderError, CanonicalFunction, CanonicalOption, Encoding, Parser, Payload, WasmFeatures,
};

use crate::{binary::invalid, refusal::Refusal};

/// Bytes of a name in a component. The longest of the contract has about 80.
const NAME: usize = 256;
/// Bytes of a name between its modules: those of C++ are long.
const CORE_NAME: usize = 4 << 10;
/// Components in components. `wit-component` makes 2, composing makes another.
const NESTED: usize = 4;

pub fn check(bytes: &[u8]) -> Result<(), Refusal> {
    // What is told apart later must be readable here.
    let mut parser = Parser::new(0);
    parser.set_features(WasmFeatures::all());
    let mut open: Vec<Encoding> = Vec::new();
    for payload in parser.parse_all(bytes) {
        match payload.map_err(unreadable)? {
            Payload::Version { encoding, range, .. } => {
                open.push(encoding);
                let nested = open.iter().filter(|one| **one == Encoding::Component).count();
                if nested > NESTED {
                    return Err(Refusal::Nested { most: NESTED, offset: range.start as usize });
                }
            }
            Payload::End(_) => {
                open.pop();
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports_with_offsets() {
                    let (at, import) = import.map_err(unreadable)?;
                    name(import.module, CORE_NAME, at)?;
                    name(import.name, CORE_NAME, at)?;
                }
            }
            Payload::ExportSection(section) => {
                for export in section.into_iter_with_offsets() {
                    let (at, export) = export.map_err(unreadable)?;
                    name(export.name, CORE_NAME, at)?;
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.into_iter_with_offsets() {
                    let (at, import) = import.map_err(unreadable)?;
                    name(import.name.name, NAME, at)?;
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.into_iter_with_offsets() {
                    let (at, export) = export.map_err(unreadable)?;
                    name(export.name.name, NAME, at)?;
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section.into_iter_with_offsets() {
                    let (at, function) = function.map_err(unreadable)?;
                    encoding(&function, at)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn name(name: &str, most: usize, at: u64) -> Result<(), Refusal> {
    let problem = if name.len() > most {
        format!("it has {} bytes, and may have {most}", name.len())
    } else if name.chars().any(char::is_control) {
        "it has control characters".to_owned()
    } else if most == NAME && !name.is_ascii() {
        "it has other characters than those of ASCII".to_owned()
    } else {
        return Ok(());
    };
    let name: String = name.chars().take(40).flat_map(char::escape_default).collect();
    Err(Refusal::BadName { name, problem, offset: at as usize })
}

fn encoding(function: &CanonicalFunction, at: u64) -> Result<(), Refusal> {
    let (CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. }) = function
    else {
        return Ok(());
    };
    let found = options.iter().find_map(|option| match option {
        CanonicalOption::UTF16 => Some("UTF-16"),
        CanonicalOption::CompactUTF16 => Some("Latin-1 or UTF-16"),
        _ => None,
    });
    match found {
        Some(found) => Err(Refusal::TextEncoding { found, offset: at as usize }),
        None => Ok(()),
    }
}

/// A name that is too long for every reader is not read at all.
fn unreadable(error: BinaryReaderError) -> Refusal {
    match error.message() {
        "string size out of bounds" => Refusal::BadName {
            name: "(too long to read)".into(),
            problem: "it has more than 100,000 bytes".into(),
            offset: error.offset() as usize,
        },
        _ => invalid(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(wat: &str) -> &'static str {
        check(&wat::parse_str(wat).unwrap()).expect_err(wat).code()
    }

    #[test]
    fn b09_names_that_are_endless_or_would_mislead_are_refused() {
        for name in ["x".repeat(1 << 20), "x".repeat(CORE_NAME + 1), "a\\00b".into(), "a\\n".into()] {
            let module = format!("(component (core module (func (export \"{name}\"))))");
            assert_eq!(code(&module), "bad-name", "{}", module.len());
        }
        let import = "x".repeat(CORE_NAME + 1);
        assert_eq!(
            code(&format!("(component (core module (import \"{import}\" \"f\" (func))))")),
            "bad-name"
        );
        let interface = format!("(component (import \"a{}\" (func)))", "-b".repeat(200));
        assert_eq!(code(&interface), "bad-name");
    }

    #[test]
    fn b09_a_components_own_names_are_ascii() {
        // No text format writes it: e with an accent, in two characters, where `xe` stood.
        let mut bytes = wat::parse_str("(component (import \"xee\" (func)))").unwrap();
        let at = bytes.windows(3).position(|three| three == b"xee").unwrap();
        bytes[at..at + 3].copy_from_slice("e\u{301}".as_bytes());
        assert_eq!(check(&bytes).unwrap_err().code(), "bad-name");
    }

    #[test]
    fn b08_texts_in_other_encodings_are_refused() {
        for encoding in ["utf16", "latin1+utf16"] {
            let wat = format!(
                "(component
                    (core module $m (memory (export \"m\") 1) (func (export \"f\") (param i32 i32))
                        (func (export \"r\") (param i32 i32 i32 i32) (result i32) i32.const 0))
                    (core instance $i (instantiate $m))
                    (func (param \"t\" string) (canon lift (core func $i \"f\") (memory (core memory $i \"m\"))
                        (realloc (core func $i \"r\")) string-encoding={encoding})))"
            );
            assert_eq!(code(&wat), "text-encoding", "{encoding}");
        }
    }

    #[test]
    fn b08_components_in_components_in_components_have_an_end() {
        let nested = |levels: usize| "(component ".repeat(levels) + &")".repeat(levels);
        assert_eq!(check(&wat::parse_str(nested(NESTED)).unwrap()), Ok(()));
        assert_eq!(code(&nested(NESTED + 1)), "nested-components");
        assert_eq!(code(&nested(90)), "nested-components");
    }
}
