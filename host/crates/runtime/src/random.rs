//! Random numbers and keys that every repetition of a step sees again.
//!
//! **Invariant:** a function of the step's seed alone, the same on every machine and in every version: recorded
//! runs depend on it.

use sha2::{Digest as _, Sha256};

use crate::artifact_cache::hex;

pub(crate) struct Seed {
    text: String,
    drawn: u64,
}

impl Seed {
    pub fn new(text: String) -> Seed {
        Seed { text, drawn: 0 }
    }

    /// The next number of the sequence.
    pub fn next(&mut self) -> u64 {
        let hash = self.hash("random", &self.drawn.to_le_bytes());
        self.drawn += 1;
        hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// Unique per seed and label; 32 hex digits, which every gateway takes for a key.
    pub fn key(&self, label: &str) -> String {
        self.named("key", label)
    }

    /// What replies to the step's `ordinal`-th message carry, where the plugin gave nothing.
    pub fn correlation(&self, ordinal: usize) -> String {
        self.named("correlation", &ordinal.to_string())
    }

    fn named(&self, purpose: &str, label: &str) -> String {
        hex(&self.hash(purpose, label.as_bytes())[..16])
    }

    fn hash(&self, purpose: &str, what: &[u8]) -> [u8; 32] {
        // Lengths keep parts apart: `a` + `bc` is not `ab` + `c`.
        let mut hash = Sha256::new();
        for part in [self.text.as_bytes(), purpose.as_bytes(), what] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_fixed_for_good() {
        let mut seed = Seed::new("shop_1/ord_2/1/greet/0".into());
        let first = [seed.next(), seed.next()];
        let mut again = Seed::new("shop_1/ord_2/1/greet/0".into());
        assert_eq!([again.next(), again.next()], first);
        assert_ne!(first[0], first[1]);
        assert_ne!(Seed::new("shop_1/ord_2/1/greet/1".into()).next(), first[0]);
    }

    #[test]
    fn keys_differ_by_seed_purpose_and_label() {
        let seed = Seed::new("a".into());
        let keys = [seed.key("1"), seed.key("2"), seed.correlation(1), Seed::new("b".into()).key("1")];
        for (index, key) in keys.iter().enumerate() {
            assert!(key.len() == 32 && !keys[..index].contains(key));
        }
        assert_eq!(seed.key("1"), keys[0]);
    }
}
