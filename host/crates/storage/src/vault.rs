//! Sealing: AES-256-GCM, a nonce drawn for each value, and the value's place as additional data.
//!
//! **Invariant:** a sealed value opens with its key and at its place, and nowhere else. A key shows nothing of itself but
//! its id.

use std::fmt::{self, Display};

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest::{SHA256, digest},
    rand::{SecureRandom, SystemRandom},
};
use rulewright_ports::{StorageError, storage::Result};

const BYTES: usize = 32;
/// The first version: whatever seals in another way says so here.
const MARK: &str = "sealed:1:";

pub(crate) struct Key {
    id: String,
    bytes: [u8; BYTES],
    // Less safe, says its name, because it does not see to it that no nonce comes twice. Drawn from 96 bits, none does
    // before billions of values, and what is sealed here is settings.
    cipher: LessSafeKey,
}

/// Where a value stands: the column, and what its row is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place(String);

impl Place {
    /// As JSON, so that no two lists of keys read the same.
    pub(crate) fn of(column: &str, keys: impl IntoIterator<Item = String>) -> Place {
        let parts = std::iter::once(column.to_owned()).chain(keys);
        Place(serde_json::Value::from_iter(parts).to_string())
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Key {
    pub(crate) fn random() -> Result<Key> {
        let mut bytes = [0; BYTES];
        SystemRandom::new().fill(&mut bytes).map_err(|_| no_random())?;
        Key::of(bytes)
    }

    fn of(bytes: [u8; BYTES]) -> Result<Key> {
        let key = UnboundKey::new(&AES_256_GCM, &bytes)
            .map_err(|_| StorageError::Key("this is no key for AES-256".to_owned()))?;
        let known = digest(&SHA256, &[b"rulewright key id ".as_slice(), &bytes].concat());
        let id = known.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Ok(Key { id, bytes, cipher: LessSafeKey::new(key) })
    }

    /// As [`Key::text`] writes it.
    pub(crate) fn read(text: &str) -> Option<Key> {
        let bytes = STANDARD.decode(text).ok()?;
        Key::of(bytes.try_into().ok()?).ok()
    }

    /// All of it: whoever has this opens what it seals.
    pub(crate) fn text(&self) -> String {
        STANDARD.encode(self.bytes)
    }

    /// What it is called, wherever it is told of.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn seal(&self, place: &Place, plain: &[u8]) -> Result<String> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| no_random())?;
        let mut sealed = plain.to_vec();
        let with = (Nonce::assume_unique_for_key(nonce), Aad::from(place.0.as_bytes()));
        self.cipher
            .seal_in_place_append_tag(with.0, with.1, &mut sealed)
            .map_err(|_| StorageError::Database(format!("{place} is too large to be sealed")))?;
        let sealed = STANDARD.encode([nonce.as_slice(), sealed.as_slice()].concat());
        Ok(format!("{MARK}{}:{sealed}", self.id))
    }

    /// The error says why not.
    pub(crate) fn open(&self, place: &Place, sealed: &[u8]) -> std::result::Result<Vec<u8>, String> {
        let id = id_of(sealed).ok_or_else(|| format!("{place} is not sealed"))?;
        if id != self.id {
            return Err(format!("{place} is sealed with key {id}, and this is key {}", self.id));
        }
        let opened = self.opened(place, sealed.get(MARK.len() + id.len() + 1..).unwrap_or_default());
        opened.ok_or_else(|| format!("{place} was changed, or was sealed for another place"))
    }

    fn opened(&self, place: &Place, encoded: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = STANDARD.decode(encoded).ok()?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let plain = self.cipher.open_in_place(nonce, Aad::from(place.0.as_bytes()), sealed).ok()?;
        Some(plain.to_vec())
    }
}

/// Of the key that a value says it is sealed with.
pub(crate) fn id_of(sealed: &[u8]) -> Option<&str> {
    let rest = std::str::from_utf8(sealed).ok()?.strip_prefix(MARK)?;
    Some(rest.split_once(':')?.0)
}

fn no_random() -> StorageError {
    StorageError::Database("the system gives no random numbers".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(shop: i64, name: &str) -> Place {
        Place::of("secrets.value", [shop.to_string(), name.to_owned()])
    }

    #[test]
    fn what_is_sealed_opens_and_shows_nothing_and_never_looks_the_same_twice() {
        let key = Key::random().unwrap();
        for plain in ["", "tok_live_42", "sealed:1:00000000:AAAA", &"long ".repeat(10_000)] {
            let (first, second) =
                (key.seal(&place(1, "a"), plain.as_bytes()), key.seal(&place(1, "a"), plain.as_bytes()));
            let (first, second) = (first.unwrap(), second.unwrap());
            assert_ne!(first, second);
            assert!(plain.is_empty() || !first.contains(plain), "{first}");
            assert_eq!(key.open(&place(1, "a"), first.as_bytes()).unwrap(), plain.as_bytes());
            assert_eq!(id_of(first.as_bytes()), Some(key.id()));
        }
    }

    #[test]
    fn a_value_opens_in_no_other_shop_and_in_no_other_place() {
        let key = Key::random().unwrap();
        let sealed = key.seal(&place(1, "a"), b"secret").unwrap();
        let elsewhere = [
            place(2, "a"),
            place(1, "b"),
            Place::of("connection_secrets.value", ["1".to_owned(), "a".to_owned()]),
            Place::of("secrets.value", ["1\",\"a".to_owned()]),
            Place::of("secrets.value", ["1".to_owned(), "a".to_owned(), String::new()]),
        ];
        for other in elsewhere {
            let refused = key.open(&other, sealed.as_bytes()).unwrap_err();
            assert!(refused.contains("another place"), "{other}: {refused}");
        }
    }

    #[test]
    fn a_value_with_one_other_byte_does_not_open() {
        let key = Key::random().unwrap();
        let sealed = key.seal(&place(1, "a"), b"secret").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(key.open(&place(1, "a"), &changed).is_err(), "byte {at}");
            assert!(key.open(&place(1, "a"), &sealed.as_bytes()[..at]).is_err(), "cut off at {at}");
        }
    }

    #[test]
    fn another_key_is_named_and_opens_nothing() {
        let (key, other) = (Key::random().unwrap(), Key::random().unwrap());
        let sealed = key.seal(&place(1, "a"), b"secret").unwrap();
        let refused = other.open(&place(1, "a"), sealed.as_bytes()).unwrap_err();
        assert!(refused.contains(key.id()) && refused.contains(other.id()), "{refused}");
        let again = Key::read(&key.text()).unwrap();
        assert_eq!(
            (again.id(), again.open(&place(1, "a"), sealed.as_bytes()).unwrap().as_slice()),
            (key.id(), &b"secret"[..])
        );
        assert!(Key::read("AAAA").is_none() && Key::read("no key").is_none());
    }
}
