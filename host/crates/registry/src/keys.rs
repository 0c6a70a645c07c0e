//! Keys of publishers and of registries: ed25519, as text, and what they sign.
//!
//! A signature is made over a word for what is signed, a line break, and the exact text. So what was signed as one thing
//! can never be shown as another.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use rulewright_domain::PublicKey;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

const PUBLIC: &str = "ed25519:";
const SECRET: &str = "ed25519-secret:";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadKey {
    #[error("a public key is `ed25519:` and 32 bytes in base64; `rulewright plugin key show FILE` prints it")]
    NotPublic,
    #[error("a key file has one line `ed25519-secret:...`; `rulewright plugin key new FILE` writes one")]
    NotSecret,
}

/// Signs. It is never printed: there is no `Debug`, and [`SecretKey::file`] is for the file alone.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// From 32 random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> SecretKey {
        SecretKey(SigningKey::from_bytes(seed))
    }

    /// What a key file holds.
    pub fn parse(text: &str) -> Result<SecretKey, BadKey> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return Err(BadKey::NotSecret);
        };
        let encoded = line.strip_prefix(SECRET).ok_or(BadKey::NotSecret)?;
        Ok(SecretKey::from_seed(&bytes(encoded).ok_or(BadKey::NotSecret)?))
    }

    pub fn file(&self) -> String {
        let (public, secret) = (self.public(), STANDARD_NO_PAD.encode(self.0.as_bytes()));
        format!(
            "# Rulewright signing key. Whoever has this file signs in your name: keep it secret, and keep a copy.\n\
             # Public key: {public}\n\
             {SECRET}{secret}\n"
        )
    }

    pub fn public(&self) -> PublicKey {
        shown(&self.0.verifying_key())
    }

    /// Base64 of the signature. `kind` says what the text is.
    pub fn sign(&self, kind: &str, text: &str) -> String {
        STANDARD.encode(self.0.sign(&signed(kind, text)).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SecretKey({})", self.public())
    }
}

/// Whether `key` made this signature over this text, as this kind of text. Keys and signatures that several messages
/// could share are refused (`verify_strict`).
pub fn verify(key: &str, kind: &str, text: &str, signature: &str) -> Result<bool, BadKey> {
    let key = read(key)?;
    let Some(signature) = bytes(signature) else { return Ok(false) };
    let signature = ed25519_dalek::Signature::from_bytes(&signature);
    Ok(key.verify_strict(&signed(kind, text), &signature).is_ok())
}

/// The key in its one spelling.
pub fn public(text: &str) -> Result<PublicKey, BadKey> {
    read(text.trim()).map(|key| shown(&key))
}

/// By what people compare keys: `9f86-d081-884c-7d65`.
pub fn fingerprint(key: &str) -> Result<String, BadKey> {
    let digest = Sha256::digest(read(key)?.as_bytes());
    let groups = digest.iter().take(8).collect::<Vec<_>>();
    let group = |pair: &[&u8]| pair.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    Ok(groups.chunks(2).map(group).collect::<Vec<_>>().join("-"))
}

/// Whether somebody who wrote `said` meant this key: its fingerprint, with any blanks or dashes, or the key itself.
pub fn is_meant(said: &str, key: &str) -> bool {
    let plain = |text: &str| text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_lowercase();
    said.trim() == key || fingerprint(key).is_ok_and(|fingerprint| plain(said) == plain(&fingerprint))
}

fn read(text: &str) -> Result<VerifyingKey, BadKey> {
    let encoded = text.strip_prefix(PUBLIC).ok_or(BadKey::NotPublic)?;
    let key = VerifyingKey::from_bytes(&bytes(encoded).ok_or(BadKey::NotPublic)?);
    // Under a weak key, anybody's signature is valid for anything.
    key.ok().filter(|key| !key.is_weak()).ok_or(BadKey::NotPublic)
}

fn shown(key: &VerifyingKey) -> PublicKey {
    format!("{PUBLIC}{}", STANDARD_NO_PAD.encode(key.as_bytes()))
}

/// With padding or without: tools differ.
fn bytes<const N: usize>(encoded: &str) -> Option<[u8; N]> {
    STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')).ok()?.try_into().ok()
}

fn signed(kind: &str, text: &str) -> Vec<u8> {
    format!("{kind}\n{text}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SecretKey {
        SecretKey::from_seed(&[byte; 32])
    }

    #[test]
    fn a_signature_holds_for_its_key_its_kind_and_its_text_alone() {
        let (one, other) = (key(1), key(2));
        let signature = one.sign("word", "text");
        let verified = |key: &SecretKey, kind: &str, text: &str, signature: &str| {
            verify(&key.public(), kind, text, signature).unwrap()
        };
        assert!(verified(&one, "word", "text", &signature));
        assert!(!verified(&other, "word", "text", &signature));
        assert!(!verified(&one, "other", "text", &signature));
        assert!(!verified(&one, "word", "texts", &signature));
        for wrong in ["", "x", &signature[4..], &STANDARD.encode([0; 64]), &STANDARD.encode([0xff; 64])] {
            assert!(!verified(&one, "word", "text", wrong), "{wrong}");
        }
    }

    #[test]
    fn a_key_file_is_read_back_and_nothing_else_is_one() {
        let written = key(7).file();
        assert_eq!(SecretKey::parse(&written).unwrap().public(), key(7).public());
        let twice = format!("{written}{written}");
        for wrong in ["", "# only a comment", "ed25519-secret:abcd", &key(7).public(), &twice] {
            assert!(SecretKey::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_not_shown_by_accident() {
        let secret = STANDARD_NO_PAD.encode([7; 32]);
        assert!(key(7).file().contains(&secret));
        assert!(!format!("{:?}", key(7)).contains(&secret));
    }

    #[test]
    fn a_weak_or_malformed_public_key_is_no_key() {
        // Points of small order: the neutral element, and one of order 2.
        let mut one = [0_u8; 32];
        one[0] = 1;
        let mut two = [0xff_u8; 32];
        (two[0], two[31]) = (0xec, 0x7f);
        for weak in [[0; 32], one, two] {
            let text = format!("ed25519:{}", STANDARD_NO_PAD.encode(weak));
            assert_eq!(public(&text), Err(BadKey::NotPublic), "{text}");
        }
        for wrong in ["", "ed25519:", "ed25519:AAAA", "rsa:AAAA", "ed25519:////"] {
            assert!(public(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn people_compare_fingerprints_and_may_write_them_as_they_like() {
        let key = key(1).public();
        let print = fingerprint(&key).unwrap();
        assert_eq!(print.len(), 19);
        for said in [&print, &print.replace('-', " "), &print.replace('-', "").to_uppercase(), &key] {
            assert!(is_meant(said, &key), "{said}");
        }
        for said in ["", &print[..14], "0000-0000-0000-0000"] {
            assert!(!is_meant(said, &key), "{said}");
        }
    }
}
