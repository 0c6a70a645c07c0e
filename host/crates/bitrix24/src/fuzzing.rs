//! Doors for fuzzers: whatever comes in, nothing panics, and it takes bounded time.

use crate::{
    batch::{Command, Results},
    filter::{self, Nesting},
    order,
    params::Params,
    select::Select,
    wire::{brackets, node::Node, xml},
};

pub fn fuzz_brackets(bytes: &[u8]) {
    let Ok(members) = brackets::decode(bytes) else { return };
    let params = Params::new(members);
    let value = serde_json::Value::Object(params.object());
    xml::document(&value);
    let _ = (params.id("id"), params.start(), params.maybe_map("fields"), params.list("rows"));
}

/// Takes the bytes for JSON, and for a query string where they are none.
pub fn fuzz_filter(bytes: &[u8]) {
    let node = serde_json::from_slice(bytes).ok().or_else(|| brackets::decode(bytes).ok().map(Node::Map));
    let Some(node) = node else { return };
    for nesting in [Nesting::Flat, Nesting::Nested] {
        let _ = filter::parse(Some(&node), nesting);
    }
    let params = Params::new([("order".to_owned(), node)].into_iter().collect());
    let _ = order::strict(&params.pairs("order"));
    order::lenient(&params.pairs("order"));
    Select::parse(&params.list("order"));
}

/// Each line is a command, which may refer to the ones before.
pub fn fuzz_batch(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut results: Results = Vec::new();
    for (place, line) in text.lines().take(50).enumerate() {
        if let Ok(Command { method, params }) = Command::read(line, &results) {
            let answer = serde_json::json!({ "method": method, "params": Params::new(params).object() });
            results.push((place.to_string(), answer));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    const INPUTS: usize = 20_000;
    /// Together; about two seconds on one core, unoptimised.
    const LIMIT: Duration = Duration::from_secs(60);

    /// The same inputs every time.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            // xorshift64
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 >> 33).unwrap_or(0) % sides
        }
    }

    fn throw(seed: u64, words: &[&str], target: fn(&[u8])) {
        let mut dice = Dice(seed);
        let began = Instant::now();
        for _ in 0..INPUTS {
            let mut input = Vec::new();
            for _ in 0..dice.roll(24) {
                if dice.roll(4) == 0 {
                    input.push(u8::try_from(dice.roll(256)).unwrap_or(0));
                } else {
                    input.extend_from_slice(words[dice.roll(words.len())].as_bytes());
                }
            }
            target(&input);
        }
        assert!(began.elapsed() < LIMIT, "{INPUTS} inputs took {:?}", began.elapsed());
    }

    #[test]
    fn no_query_string_panics_or_takes_long() {
        let words = [
            "a", "[", "]", "[]", "=", "&", "[0]", "[1]", "%5B", "%5D", "%", "id", "fields", ".", " ", "é",
            "99",
        ];
        throw(0x9E37_79B9, &words, fuzz_brackets);
        fuzz_brackets("a[x]".repeat(100_000).as_bytes());
        fuzz_brackets("[".repeat(1_000_000).as_bytes());
        fuzz_brackets((0..9_000).map(|key| format!("a[{key}x]=1&")).collect::<String>().as_bytes());
    }

    #[test]
    fn no_filter_panics_or_takes_long() {
        let words = [
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"logic\"",
            "\"OR\"",
            "\"!=%F\"",
            "\">ID\"",
            "1",
            "null",
            "\"0\"",
            "{\"0\":",
            "filter[",
            "]=",
            "&",
        ];
        throw(0xBF58_476D, &words, fuzz_filter);
        fuzz_filter(format!("{}1{}", "{\"0\":".repeat(120), "}".repeat(120)).as_bytes());
        fuzz_filter("{\"0\":".repeat(100_000).as_bytes());
    }

    #[test]
    fn no_batch_panics_or_takes_long() {
        let words = [
            "\n",
            "m?",
            "id=",
            "&",
            "$result",
            "[0]",
            "[1]",
            "[params]",
            "[id]",
            "[",
            "]",
            "%24result",
            "x",
            "[]=",
            "$result[0]",
        ];
        throw(0x94D0_49BB, &words, fuzz_batch);
        let doubled = |n: usize| {
            let before = format!("$result[{}][params][v]", n.saturating_sub(1));
            format!("m?v={before}{before}x\n")
        };
        let doubling: String = (0..50).map(doubled).collect();
        fuzz_batch(doubling.as_bytes());
        let nested = |n: usize| format!("m?a=$result[{0}]&b=$result[{0}]\n", n.saturating_sub(1));
        let nesting: String = (0..50).map(nested).collect();
        fuzz_batch(nesting.as_bytes());
    }
}
