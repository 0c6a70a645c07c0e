//! What must run nowhere, by the word of a registry's operator.

use std::collections::BTreeSet;

use rulewright_domain::plugin::Digest;
use rulewright_domain::{Revocation, Timestamp};
use serde::{Deserialize, Serialize};

use crate::envelope::{self, ListKind, ListRefusal, Seen, SignedList};
use crate::index::{is_digest, plain};
use crate::json;
use crate::keys::SecretKey;

/// Characters of a reason: staff read it where a rule no longer runs.
const REASON: usize = 500;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Revocations {
    /// Grows by one with each publication, and never goes back.
    pub sequence: u64,
    pub issued_at: Timestamp,
    /// All of them: what no longer stands here is no longer revoked.
    pub revoked: Vec<Revocation>,
}

impl SignedList for Revocations {
    const KIND: ListKind = ListKind::Revocations;

    fn open(bytes: &[u8], pinned: &str) -> Result<Revocations, ListRefusal> {
        let text = envelope::open(bytes, ListKind::Revocations, pinned)?;
        let list: Revocations = json::parse(text.as_bytes()).map_err(ListRefusal::Unreadable)?;
        list.check()?;
        Ok(list)
    }

    fn seal(&self, key: &SecretKey) -> Result<Vec<u8>, ListRefusal> {
        self.check()?;
        envelope::seal(ListKind::Revocations, self, key)
    }

    fn seen(&self) -> Seen {
        Seen { sequence: self.sequence, issued_at: self.issued_at }
    }

    fn renewed(mut self, at: Timestamp) -> Revocations {
        self.sequence = self.sequence.saturating_add(1);
        self.issued_at = at;
        self
    }
}

impl Revocations {
    /// The next one, with one more digest, or with another reason for it.
    pub fn with(mut self, digest: Digest, reason: String, at: Timestamp) -> Revocations {
        self.revoked.retain(|one| one.digest != digest);
        self.revoked.push(Revocation { digest, reason });
        self.renewed(at)
    }

    /// The next one, without that digest; none where it does not stand there.
    pub fn without(mut self, digest: &str, at: Timestamp) -> Option<Revocations> {
        let before = self.revoked.len();
        self.revoked.retain(|one| one.digest != digest);
        (self.revoked.len() < before).then(|| self.renewed(at))
    }

    fn check(&self) -> Result<(), ListRefusal> {
        let mut seen = BTreeSet::new();
        for (index, one) in self.revoked.iter().enumerate() {
            let at = |name: &str| format!("/revoked/{index}/{name}");
            if !is_digest(&one.digest) {
                return Err(ListRefusal::bad(at("digest"), "it should be 64 lower-case hex digits"));
            }
            if !seen.insert(&one.digest) {
                return Err(ListRefusal::bad(at("digest"), "it stands there twice"));
            }
            plain(&one.reason, 1, REASON).map_err(|problem| ListRefusal::bad(at("reason"), problem))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(letter: &str) -> Digest {
        letter.repeat(64)
    }

    #[test]
    fn a_list_grows_by_one_number_with_each_change_and_comes_back_whole() {
        let key = SecretKey::from_seed(&[3; 32]);
        let list = Revocations::default()
            .with(digest("a"), "It sends orders elsewhere".into(), Timestamp(1))
            .with(digest("b"), "Its publisher lost the key".into(), Timestamp(2))
            .with(digest("a"), "It sends orders to a stranger".into(), Timestamp(3));
        assert_eq!((list.sequence, list.revoked.len(), list.issued_at), (3, 2, Timestamp(3)));
        let read = Revocations::open(&list.seal(&key).unwrap(), &key.public()).unwrap();
        assert_eq!(read, list);
        assert_eq!(list.clone().without(&digest("c"), Timestamp(4)), None);
        let less = list.without(&digest("a"), Timestamp(4)).unwrap();
        assert_eq!((less.sequence, less.revoked.len()), (4, 1));
    }

    #[test]
    fn what_nobody_could_act_on_is_refused_when_it_is_signed_and_when_it_is_read() {
        let key = SecretKey::from_seed(&[3; 32]);
        for (name, reason) in [
            (digest("A"), "x".to_owned()),
            ("abc".to_owned(), "x".to_owned()),
            (digest("a"), String::new()),
            (digest("a"), "two\nlines".to_owned()),
            (digest("a"), "\u{202e}backwards".to_owned()),
            (digest("a"), "x".repeat(REASON + 1)),
        ] {
            let list = Revocations::default().with(name, reason, Timestamp(1));
            assert_eq!(list.seal(&key).unwrap_err().code(), "list-bad");
            let forced = envelope::seal(ListKind::Revocations, &list, &key).unwrap();
            assert_eq!(Revocations::open(&forced, &key.public()).unwrap_err().code(), "list-bad");
        }
        let twice = Revocations {
            revoked: vec![
                Revocation { digest: digest("a"), reason: "x".into() },
                Revocation { digest: digest("a"), reason: "y".into() },
            ],
            ..Revocations::default()
        };
        assert_eq!(twice.seal(&key).unwrap_err().code(), "list-bad");
    }
}
