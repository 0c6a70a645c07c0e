#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rulewright_bitrix24::fuzzing::fuzz_batch(bytes));
