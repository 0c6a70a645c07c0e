//! The last good copy of a signed list, and what came of the last look at the registry. Pure.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use rulewright_domain::Timestamp;
use rulewright_ports::FetchRefusal;
use rulewright_registry::{ListRefusal, SignedList};

/// Why there is no newer list, or none at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Stable and machine-readable.
    pub code: Cow<'static, str>,
    pub message: String,
}

impl From<FetchRefusal> for Trouble {
    fn from(refusal: FetchRefusal) -> Trouble {
        Trouble { code: refusal.code.into(), message: refusal.message }
    }
}

impl From<ListRefusal> for Trouble {
    fn from(refusal: ListRefusal) -> Trouble {
        Trouble { code: refusal.code().into(), message: refusal.to_string() }
    }
}

#[derive(Clone, Debug)]
pub struct Copy<T> {
    pub list: Option<Arc<T>>,
    /// When the registry last gave a good one.
    pub fetched_at: Option<Timestamp>,
    pub trouble: Option<Trouble>,
}

impl<T> Default for Copy<T> {
    fn default() -> Copy<T> {
        Copy { list: None, fetched_at: None, trouble: None }
    }
}

/// How much a list can be relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    pub sequence: Option<u64>,
    pub issued_at: Option<Timestamp>,
    pub fetched_at: Option<Timestamp>,
    /// Its operator has not signed it for so long that something new may be withheld.
    pub old: bool,
    pub trouble: Option<Trouble>,
}

impl<T: SignedList> Copy<T> {
    /// From an earlier start of the program. It is as good as it was, and may be old.
    pub fn kept(list: T) -> Copy<T> {
        Copy { list: Some(Arc::new(list)), fetched_at: None, trouble: None }
    }

    /// What a look at the registry brought takes the place of what is here, if it may. Returns whether it is new.
    pub fn take(&mut self, found: Result<Option<T>, Trouble>, now: Timestamp) -> bool {
        let found = match (found, &self.list) {
            (Ok(Some(found)), Some(last)) => {
                let same = found == **last;
                match last.seen().admits(&found.seen(), same) {
                    Ok(()) => Ok(Some((found, !same))),
                    Err(refusal) => Err(Trouble::from(refusal)),
                }
            }
            (Ok(Some(found)), None) => Ok(Some((found, true))),
            (Ok(None), Some(_)) => Err(Trouble {
                code: "list-gone".into(),
                message: format!(
                    "the registry had {} before, and has none now: its operator publishes it again, or somebody withholds it",
                    T::KIND.title()
                ),
            }),
            (Ok(None), None) => Ok(None),
            (Err(trouble), _) => Err(trouble),
        };
        match found {
            Ok(found) => {
                (self.fetched_at, self.trouble) = (Some(now), None);
                let new = found.as_ref().is_some_and(|(_, new)| *new);
                if let Some((list, true)) = found {
                    self.list = Some(Arc::new(list));
                }
                new
            }
            Err(trouble) => {
                self.trouble = Some(trouble);
                false
            }
        }
    }

    pub fn freshness(&self, now: Timestamp, limit: Duration) -> Freshness {
        let seen = self.list.as_ref().map(|list| list.seen());
        let limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        Freshness {
            sequence: seen.as_ref().map(|seen| seen.sequence),
            issued_at: seen.as_ref().map(|seen| seen.issued_at),
            fetched_at: self.fetched_at,
            old: seen.is_some_and(|seen| seen.issued_at.plus(limit) < now),
            trouble: self.trouble.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_registry::revocations::Revocations;

    use super::*;

    fn list(letter: &str) -> Revocations {
        Revocations::default().with(letter.repeat(64), "It reads more than it says".into(), Timestamp(1_000))
    }

    fn trouble(copy: &Copy<Revocations>) -> Option<&str> {
        copy.trouble.as_ref().map(|trouble| trouble.code.as_ref())
    }

    #[test]
    fn a_good_list_stays_until_a_better_one_comes() {
        let mut copy = Copy::default();
        assert!(!copy.take(Ok(None), Timestamp(1)));
        assert_eq!(
            (trouble(&copy), copy.fetched_at),
            (None, Some(Timestamp(1))),
            "a registry need not have one"
        );
        assert!(copy.take(Ok(Some(list("a"))), Timestamp(2)));
        let newer = list("a").with("b".repeat(64), "As well".into(), Timestamp(2_000));
        assert!(copy.take(Ok(Some(newer.clone())), Timestamp(3)));
        assert!(!copy.take(Ok(Some(newer.clone())), Timestamp(4)), "the same is nothing new");
        assert_eq!((trouble(&copy), copy.fetched_at), (None, Some(Timestamp(4))));

        let unreachable = Trouble { code: "unreachable".into(), message: "it does not answer".into() };
        for (found, code) in [
            (Ok(Some(list("a"))), "list-rolled-back"),
            (Ok(Some(list("c").with("d".repeat(64), "Else".into(), Timestamp(2_000)))), "list-forked"),
            (Ok(None), "list-gone"),
            (Err(unreachable), "unreachable"),
        ] {
            assert!(!copy.take(found, Timestamp(5)));
            assert_eq!(trouble(&copy), Some(code));
            assert_eq!(copy.list.as_deref(), Some(&newer));
            assert_eq!(copy.fetched_at, Some(Timestamp(4)), "when the good one came is not forgotten");
        }
    }

    #[test]
    fn a_list_that_nobody_has_signed_for_long_is_old() {
        let copy = Copy::kept(list("a"));
        let limit = Duration::from_secs(60);
        assert!(!copy.freshness(Timestamp(61_000), limit).old);
        assert!(copy.freshness(Timestamp(61_001), limit).old);
        assert!(!Copy::<Revocations>::default().freshness(Timestamp(61_001), limit).old);
    }
}
