//! Bearer tokens: `rw_<id>_<secret>`. Only the hash of the secret is ever stored.

use rulewright_domain::TokenId;
use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 43 digits of base 62 hold 256 bits.
const LENGTH: usize = 43;

/// A new secret and the hash to store, see [`bearer`] for the text that is handed out.
pub fn mint() -> Result<(String, String), getrandom::Error> {
    let mut secret = String::with_capacity(LENGTH);
    while secret.len() < LENGTH {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes)?;
        // 248 is the last multiple of 62: what lies above would make the first digits likelier.
        let digits = bytes.iter().filter(|byte| **byte < 248).map(|byte| ALPHABET[usize::from(byte % 62)]);
        secret.extend(digits.take(LENGTH - secret.len()).map(char::from));
    }
    let hash = hash(&secret);
    Ok((secret, hash))
}

/// What the holder sends as `Authorization: Bearer`.
pub fn bearer(id: TokenId, secret: &str) -> String {
    format!("rw_{}_{secret}", id.0)
}

/// Id and secret, if the text looks like a token at all. Each has one spelling: requests are counted by it.
pub fn parse(text: &str) -> Option<(TokenId, &str)> {
    let (number, secret) = text.strip_prefix("rw_")?.split_once('_')?;
    let plain = secret.len() == LENGTH && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let id: i64 = number.parse().ok()?;
    (plain && id.to_string() == number).then_some((TokenId(id), secret))
}

/// What is stored of a secret.
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// Small digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_token_is_read_back_and_hashes_to_what_is_stored() {
        let (secret, stored) = mint().unwrap();
        let text = bearer(TokenId(7), &secret);
        let (id, read) = parse(&text).unwrap();
        assert_eq!((id, hash(read)), (TokenId(7), stored.clone()));
        assert_eq!(stored.len(), 64);
        assert_ne!(mint().unwrap().0, secret);
    }

    #[test]
    fn what_is_no_token_is_not_looked_up() {
        let secret = "a".repeat(LENGTH);
        for text in [
            "",
            "rw_",
            "rw_1_short",
            "rw__x",
            &format!("rw_x_{secret}"),
            &format!("tok_1_{secret}"),
            &format!("rw_1_{secret}a"),
            &format!("rw_01_{secret}"),
            &format!("rw_+1_{secret}"),
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
