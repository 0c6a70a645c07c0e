//! What the operator of a registry signs: the index of its plugins, and the list of what must run nowhere.
//!
//! Both travel in the same envelope: the exact text, so that nobody has to write JSON twice in the same way, and a
//! signature over that text as what it is, so that neither is ever taken for the other.

use rulewright_domain::Timestamp;
use rulewright_domain::provenance::PublicKey;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::json;
use crate::keys::{self, SecretKey};

/// Format of the envelope that this host reads.
const SCHEMA: u32 = 1;

/// Bytes of an envelope. An index with thousands of plugins has less.
pub const MAX_LIST: usize = 8 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListKind {
    Index,
    Revocations,
}

impl ListKind {
    /// As documents and messages name it.
    pub fn name(self) -> &'static str {
        match self {
            ListKind::Index => "index",
            ListKind::Revocations => "revocations",
        }
    }

    /// As sentences name it.
    pub fn title(self) -> &'static str {
        match self {
            ListKind::Index => "an index",
            ListKind::Revocations => "a list of revocations",
        }
    }

    /// What a registry's key signs, told apart from everything else that keys sign.
    fn signed(self) -> &'static str {
        match self {
            ListKind::Index => "rulewright-index-v1",
            ListKind::Revocations => "rulewright-revocations-v1",
        }
    }
}

/// Why a list is not believed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ListRefusal {
    #[error("it has {size} bytes, and may have {most}: publish fewer versions of each plugin")]
    TooLarge { size: usize, most: usize },
    #[error("it cannot be read: {0}; docs/marketplace.md says what it is made of")]
    Unreadable(String),
    #[error("its format is {found}, and this host reads {SCHEMA}: use a newer host")]
    OtherSchema { found: u32 },
    #[error(
        "it says `{found}` where `{expected}` was asked for: the registry serves the wrong document there"
    )]
    OtherKind { expected: &'static str, found: &'static str },
    #[error(
        "it is not signed: its operator signs it with `rulewright registry index sign`, and whoever removed the signature \
         may have changed the rest"
    )]
    Unsigned,
    #[error(
        "it is signed by {found}, and the settings name {pinned}: ask the registry's operator, by another way, \
         whether the key has changed, and only then change `key` in the settings"
    )]
    OtherKey { found: String, pinned: String },
    #[error("its signature does not fit its text: somebody else has changed it on its way")]
    BadSignature,
    #[error(
        "it has number {found}, and number {seen} was seen before: the registry, or somebody in between, serves an old one"
    )]
    RolledBack { found: u64, seen: u64 },
    #[error(
        "there are two different ones with number {0}: two operators published at once, or somebody shows different \
         hosts different lists; signing it anew gives it a new number"
    )]
    Forked(u64),
    /// `at` is a JSON pointer.
    #[error("it is wrong at `{at}`: {problem}")]
    Bad { at: String, problem: String },
}

impl ListRefusal {
    /// Stable and machine-readable.
    pub fn code(&self) -> &'static str {
        match self {
            ListRefusal::TooLarge { .. } => "list-too-large",
            ListRefusal::Unreadable(_) => "list-unreadable",
            ListRefusal::OtherSchema { .. } => "list-other-schema",
            ListRefusal::OtherKind { .. } => "list-other-kind",
            ListRefusal::Unsigned => "list-unsigned",
            ListRefusal::OtherKey { .. } => "list-other-key",
            ListRefusal::BadSignature => "list-bad-signature",
            ListRefusal::RolledBack { .. } => "list-rolled-back",
            ListRefusal::Forked(_) => "list-forked",
            ListRefusal::Bad { .. } => "list-bad",
        }
    }

    pub(crate) fn bad(at: impl Into<String>, problem: impl Into<String>) -> ListRefusal {
        ListRefusal::Bad { at: at.into(), problem: problem.into() }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Envelope {
    schema: u32,
    kind: ListKind,
    /// JSON, as it was signed.
    payload: String,
    #[serde(default)]
    key: PublicKey,
    #[serde(default)]
    signature: String,
}

/// Signs a list and returns the document that is published.
pub fn seal(kind: ListKind, payload: &impl Serialize, key: &SecretKey) -> Result<Vec<u8>, ListRefusal> {
    let unwritable = |error: serde_json::Error| ListRefusal::Unreadable(error.to_string());
    let payload = serde_json::to_string(payload).map_err(unwritable)?;
    let signature = key.sign(kind.signed(), &payload);
    let envelope = Envelope { schema: SCHEMA, kind, payload, key: key.public(), signature };
    let bytes = serde_json::to_vec(&envelope).map_err(unwritable)?;
    match bytes.len() {
        size if size > MAX_LIST => Err(ListRefusal::TooLarge { size, most: MAX_LIST }),
        _ => Ok(bytes),
    }
}

/// The text of a list that this very key has signed. Nothing of it is read before that is certain.
pub fn open(bytes: &[u8], kind: ListKind, pinned: &str) -> Result<String, ListRefusal> {
    if bytes.len() > MAX_LIST {
        return Err(ListRefusal::TooLarge { size: bytes.len(), most: MAX_LIST });
    }
    let envelope: Envelope = json::parse(bytes).map_err(ListRefusal::Unreadable)?;
    if envelope.schema != SCHEMA {
        return Err(ListRefusal::OtherSchema { found: envelope.schema });
    }
    if envelope.kind != kind {
        return Err(ListRefusal::OtherKind { expected: kind.name(), found: envelope.kind.name() });
    }
    if envelope.signature.is_empty() || envelope.key.is_empty() {
        return Err(ListRefusal::Unsigned);
    }
    if envelope.key != pinned {
        let shown = |key: &str| keys::fingerprint(key).unwrap_or_else(|_| "no key".to_owned());
        return Err(ListRefusal::OtherKey { found: shown(&envelope.key), pinned: shown(pinned) });
    }
    match keys::verify(pinned, kind.signed(), &envelope.payload, &envelope.signature) {
        Ok(true) => Ok(envelope.payload),
        Ok(false) | Err(_) => Err(ListRefusal::BadSignature),
    }
}

/// What was seen of a list before, so that an older one is not taken for the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub sequence: u64,
    pub issued_at: Timestamp,
}

impl Seen {
    /// Whether `found` may take the place of what was seen. `same`: their texts are equal.
    pub fn admits(&self, found: &Seen, same: bool) -> Result<(), ListRefusal> {
        match found.sequence {
            number if number < self.sequence => {
                Err(ListRefusal::RolledBack { found: number, seen: self.sequence })
            }
            number if number == self.sequence && !same => Err(ListRefusal::Forked(number)),
            _ => Ok(()),
        }
    }
}

/// A list of one of these kinds.
pub trait SignedList: Clone + PartialEq + Send + Sync + 'static {
    const KIND: ListKind;

    /// Verified and checked.
    fn open(bytes: &[u8], pinned: &str) -> Result<Self, ListRefusal>;
    fn seal(&self, key: &SecretKey) -> Result<Vec<u8>, ListRefusal>;
    fn seen(&self) -> Seen;
    /// The same, issued anew.
    fn renewed(self, at: Timestamp) -> Self;
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32])
    }

    fn changed(bytes: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut json: Value = serde_json::from_slice(bytes).unwrap();
        change(&mut json);
        serde_json::to_vec(&json).unwrap()
    }

    #[test]
    fn what_was_sealed_is_opened_with_the_pinned_key_and_with_no_other() {
        let sealed = seal(ListKind::Index, &json!({"sequence": 1}), &key(1)).unwrap();
        assert_eq!(open(&sealed, ListKind::Index, &key(1).public()).unwrap(), r#"{"sequence":1}"#);
        let other = open(&sealed, ListKind::Index, &key(2).public()).unwrap_err();
        assert_eq!(other.code(), "list-other-key");
        assert!(other.to_string().contains(&keys::fingerprint(&key(1).public()).unwrap()), "{other}");
    }

    #[test]
    fn no_part_of_an_envelope_can_be_changed_or_left_out() {
        let pinned = key(1).public();
        let sealed = seal(ListKind::Index, &json!({"sequence": 1}), &key(1)).unwrap();
        let other = seal(ListKind::Index, &json!({"sequence": 2}), &key(1)).unwrap();
        let other: Value = serde_json::from_slice(&other).unwrap();
        let table: [(&str, Vec<u8>); 9] = [
            ("list-bad-signature", changed(&sealed, |it| it["payload"] = json!("{\"sequence\":9}"))),
            ("list-bad-signature", changed(&sealed, |it| it["signature"] = other["signature"].clone())),
            ("list-bad-signature", changed(&sealed, |it| it["signature"] = json!("AAAA"))),
            ("list-other-key", changed(&sealed, |it| it["key"] = json!(key(2).public()))),
            ("list-unsigned", changed(&sealed, |it| it["signature"] = json!(""))),
            ("list-unsigned", changed(&sealed, |it| drop(it.as_object_mut().unwrap().remove("signature")))),
            ("list-other-schema", changed(&sealed, |it| it["schema"] = json!(2))),
            ("list-unreadable", changed(&sealed, |it| it["surprise"] = json!(1))),
            ("list-unreadable", b"<html>".to_vec()),
        ];
        for (code, bytes) in table {
            let refusal = open(&bytes, ListKind::Index, &pinned).unwrap_err();
            assert_eq!(refusal.code(), code, "{}", String::from_utf8_lossy(&bytes));
        }
        let twice = String::from_utf8(sealed).unwrap().replacen('{', r#"{"schema":1,"#, 1);
        assert_eq!(
            open(twice.as_bytes(), ListKind::Index, &pinned).unwrap_err().code(),
            "list-unreadable",
            "a key that stands twice is read differently by different programs"
        );
    }

    #[test]
    fn an_index_is_never_taken_for_a_list_of_revocations() {
        let sealed = seal(ListKind::Index, &json!({}), &key(1)).unwrap();
        let asked = open(&sealed, ListKind::Revocations, &key(1).public()).unwrap_err();
        assert_eq!(asked.code(), "list-other-kind");
        let relabelled = changed(&sealed, |it| it["kind"] = json!("revocations"));
        let asked = open(&relabelled, ListKind::Revocations, &key(1).public()).unwrap_err();
        assert_eq!(asked, ListRefusal::BadSignature);
    }

    #[test]
    fn a_list_that_is_older_than_the_last_one_or_another_with_its_number_is_not_taken() {
        let at = |sequence| Seen { sequence, issued_at: Timestamp(0) };
        assert_eq!(at(3).admits(&at(4), false), Ok(()));
        assert_eq!(at(3).admits(&at(3), true), Ok(()));
        assert_eq!(at(3).admits(&at(3), false), Err(ListRefusal::Forked(3)));
        assert_eq!(at(3).admits(&at(2), true), Err(ListRefusal::RolledBack { found: 2, seen: 3 }));
    }

    #[test]
    fn a_list_without_end_is_refused_before_it_is_read() {
        let refusal = open(&vec![b'{'; MAX_LIST + 1], ListKind::Index, &key(1).public()).unwrap_err();
        assert_eq!(refusal.code(), "list-too-large");
    }
}
