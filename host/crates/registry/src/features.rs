//! Which WebAssembly a component is written in, and how it is called where it is more than the sandbox runs.

use rulewright_ports::component::FEATURES;
use wasmparser::{
    BinaryReaderError, FuncValidatorAllocations, Parser, ValidPayload, Validator, WasmFeatures,
};

use crate::refusal::Refusal;

/// What the sandbox does without. Whoever asks for several is told of the first that is met.
const OTHERS: &[(&str, &str, WasmFeatures)] = &[
    ("uses-threads", "threads", WasmFeatures::THREADS.union(WasmFeatures::SHARED_EVERYTHING_THREADS)),
    ("uses-tail-calls", "tail calls", WasmFeatures::TAIL_CALL),
    ("uses-several-memories", "several memories in one module", WasmFeatures::MULTI_MEMORY),
    ("uses-64-bit-memory", "64-bit memories", WasmFeatures::MEMORY64.union(WasmFeatures::CM64)),
    (
        "uses-relaxed-simd",
        "relaxed SIMD, which computes differently on different machines",
        WasmFeatures::RELAXED_SIMD,
    ),
    (
        "uses-gc",
        "garbage collection",
        WasmFeatures::GC
            .union(WasmFeatures::GC_TYPES)
            .union(WasmFeatures::FUNCTION_REFERENCES)
            .union(WasmFeatures::CM_GC)
            .union(WasmFeatures::CUSTOM_DESCRIPTORS),
    ),
    (
        "uses-exceptions",
        "exceptions",
        WasmFeatures::EXCEPTIONS.union(WasmFeatures::LEGACY_EXCEPTIONS).union(WasmFeatures::GC_TYPES),
    ),
    (
        "uses-async",
        "async functions, streams or futures",
        WasmFeatures::CM_ASYNC
            .union(WasmFeatures::CM_ASYNC_STACKFUL)
            .union(WasmFeatures::CM_MORE_ASYNC_BUILTINS)
            .union(WasmFeatures::CM_THREADING)
            .union(WasmFeatures::CM_ERROR_CONTEXT),
    ),
    (
        "uses-stack-switching",
        "stack switching",
        WasmFeatures::STACK_SWITCHING.union(WasmFeatures::EXCEPTIONS),
    ),
    (
        "uses-new-instructions",
        "instructions or types that are too new",
        WasmFeatures::WIDE_ARITHMETIC
            .union(WasmFeatures::CUSTOM_PAGE_SIZES)
            .union(WasmFeatures::MEMORY_CONTROL)
            .union(WasmFeatures::COMPACT_IMPORTS)
            .union(WasmFeatures::CM_VALUES)
            .union(WasmFeatures::CM_NESTED_NAMES)
            .union(WasmFeatures::CM_FIXED_LENGTH_LISTS)
            .union(WasmFeatures::CM_MAP)
            .union(WasmFeatures::CM_IMPLEMENTS)
            .union(WasmFeatures::CM_CANON_NAMES),
    ),
];

/// Refuses what is not valid with the features of the sandbox alone, and names the one that would make it so.
pub fn check(bytes: &[u8]) -> Result<(), Refusal> {
    let ours: WasmFeatures = FEATURES.iter().filter_map(|name| WasmFeatures::from_name(name)).collect();
    let Err(error) = validate(bytes, ours, u64::MAX) else { return Ok(()) };
    let at = error.offset();
    let culprit = OTHERS.iter().find(|(_, _, more)| match validate(bytes, ours.union(*more), at) {
        Ok(()) => true,
        Err(later) => later.offset() > at,
    });
    Err(match culprit {
        Some((code, feature, _)) => Refusal::Feature { code, feature, offset: at as usize },
        None => crate::binary::invalid(error),
    })
}

/// In the order of the bytes. What lies wholly behind `until` need not be looked at.
fn validate(bytes: &[u8], features: WasmFeatures, until: u64) -> Result<(), BinaryReaderError> {
    let mut validator = Validator::new_with_features(features);
    let mut allocations = FuncValidatorAllocations::default();
    let mut parser = Parser::new(0);
    parser.set_features(features);
    for payload in parser.parse_all(bytes) {
        if let ValidPayload::Func(function, body) = validator.payload(&payload?)? {
            if body.range().start > until {
                return Ok(());
            }
            let mut function = function.into_validator(allocations);
            function.validate(&body)?;
            allocations = function.into_allocations();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(wat: &str) -> String {
        match check(&wat::parse_str(wat).unwrap()) {
            Err(Refusal::Feature { code, .. }) => code.to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn every_feature_is_one_that_the_parser_knows() {
        assert!(FEATURES.iter().all(|name| WasmFeatures::from_name(name).is_some()));
    }

    #[test]
    fn b07_b08_each_feature_that_the_sandbox_switches_off_is_refused_by_its_own_code() {
        for (expected, module) in [
            ("uses-tail-calls", "(func $f return_call $f)"),
            ("uses-several-memories", "(memory 1) (memory 1)"),
            ("uses-64-bit-memory", "(memory i64 1)"),
            ("uses-threads", "(memory 1 1 shared)"),
            ("uses-threads", "(memory 1) (func (drop (i32.atomic.load (i32.const 0))))"),
            ("uses-gc", "(table 1 externref)"),
            ("uses-gc", "(type (struct (field i32)))"),
            ("uses-gc", "(func (result (ref null struct)) ref.null struct)"),
            ("uses-exceptions", "(tag)"),
            ("uses-exceptions", "(type $t (func)) (tag (type $t)) (func (throw 0))"),
            (
                "uses-relaxed-simd",
                "(func (param v128) (result v128) local.get 0 local.get 0 i8x16.relaxed_swizzle)",
            ),
            (
                "uses-new-instructions",
                "(func (param i64 i64) (result i64 i64) local.get 0 local.get 1 i64.mul_wide_s)",
            ),
        ] {
            assert_eq!(code(&format!("(component (core module {module}))")), expected, "{module}");
        }
        for component in [
            "(component (type (stream u8)))",
            "(component (type (future u8)))",
            "(component (core module $m (func (export \"f\") (result i32) i32.const 0)
                (func (export \"cb\") (param i32 i32 i32) (result i32) i32.const 0))
                (core instance $i (instantiate $m))
                (func (export \"f\") async (canon lift (core func $i \"f\") async (callback (core func $i \"cb\")))))",
        ] {
            assert_eq!(code(component), "uses-async", "{component}");
        }
    }

    #[test]
    fn what_no_feature_would_make_valid_is_invalid() {
        let told = code("(component (core module (func (result i32))))");
        assert!(told.contains("Invalid"), "{told}");
    }

    #[test]
    fn the_first_feature_is_named_where_there_are_several() {
        let first = "(core module (memory 1 1 shared))";
        let second = "(core module (memory i64 1))";
        assert_eq!(code(&format!("(component {first} {second})")), "uses-threads");
        assert_eq!(code(&format!("(component {second} {first})")), "uses-64-bit-memory");
    }
}
