//! What was changed about a shop, and by whom: each entry is chained to the one before by a hash, so that one which
//! was altered or taken out from between shows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Account, AccountId, Employee, EmployeeId, Timestamp, Token, TokenId};

/// Who changed it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Who {
    /// The program itself, or whoever works with its data directory.
    #[default]
    Host,
    Account {
        account: AccountId,
        name: String,
    },
    Token {
        token: TokenId,
        name: String,
    },
    /// Through a program that acts as them.
    Employee {
        employee: EmployeeId,
        name: String,
    },
}

impl Who {
    pub fn name(&self) -> &str {
        match self {
            Who::Host => "Rulewright",
            Who::Account { name, .. } | Who::Token { name, .. } | Who::Employee { name, .. } => name,
        }
    }
}

impl From<&Account> for Who {
    fn from(account: &Account) -> Who {
        Who::Account { account: account.id, name: account.name.clone() }
    }
}

impl From<&Token> for Who {
    fn from(token: &Token) -> Who {
        Who::Token { token: token.id, name: token.name.clone() }
    }
}

impl From<&Employee> for Who {
    fn from(employee: &Employee) -> Who {
        Who::Employee { employee: employee.id, name: employee.name.clone() }
    }
}

/// What was done to what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deed {
    /// A thing and what became of it, e.g. `automation.published`.
    pub action: String,
    /// Of the thing, in the words of the API: its id or its name.
    pub subject: String,
    /// Few, small and flat; never a secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, Value>,
}

impl Deed {
    pub fn new(action: &str, subject: impl ToString) -> Deed {
        Deed { action: action.to_owned(), subject: subject.to_string(), details: BTreeMap::new() }
    }

    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Deed {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// The thing.
    pub fn kind(&self) -> &str {
        self.action.split('.').next().unwrap_or_default()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// From 1, without gaps.
    pub number: u64,
    pub at: Timestamp,
    pub who: Who,
    #[serde(flatten)]
    pub deed: Deed,
    /// SHA-256 in hex, over the hash of the entry before and all that stands above. Not in the stored body: it is kept
    /// beside.
    #[serde(skip)]
    pub hash: String,
}

impl Entry {
    /// The one that comes after `last`.
    pub fn after(last: Option<&Entry>, at: Timestamp, who: Who, deed: Deed) -> Entry {
        let number = last.map_or(1, |last| last.number + 1);
        let mut entry = Entry { number, at, who, deed, hash: String::new() };
        entry.hash = entry.hash_after(last);
        entry
    }

    /// Whether it is what was written after `last`.
    pub fn follows(&self, last: Option<&Entry>) -> bool {
        self.number == last.map_or(1, |last| last.number + 1) && self.hash == self.hash_after(last)
    }

    fn hash_after(&self, last: Option<&Entry>) -> String {
        let before = last.map_or("", |last| last.hash.as_str());
        // Always the same text of the same entry: fields stand as they are declared, details by their names. There is
        // nothing in it that cannot be written.
        let all = serde_json::to_string(&(before, self)).unwrap_or_default();
        Sha256::digest(all.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn log() -> Vec<Entry> {
        let mut log: Vec<Entry> = Vec::new();
        for subject in ["sales", "repairs", "returns"] {
            let deed = Deed::new("automation.published", subject).with("revision", 2).with("a", json!(["b"]));
            let who = Who::Token { token: TokenId(3), name: "till".into() };
            log.push(Entry::after(log.last(), Timestamp(1_000), who, deed));
        }
        log
    }

    fn holds(log: &[Entry]) -> bool {
        log.iter().enumerate().all(|(at, entry)| entry.follows(at.checked_sub(1).map(|at| &log[at])))
    }

    #[test]
    fn entries_are_numbered_and_chained() {
        let log = log();
        assert!(holds(&log));
        assert_eq!(log.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(log[0].deed.kind(), "automation");
    }

    #[test]
    fn an_entry_that_was_altered_or_taken_out_shows() {
        let mut altered = log();
        altered[1].deed.subject = "other".into();
        assert!(!holds(&altered));
        let mut rehashed = altered.clone();
        rehashed[1].hash = rehashed[1].hash_after(Some(&rehashed[0].clone()));
        assert!(!holds(&rehashed), "the one after it was chained to what stood there");
        let mut shorter = log();
        shorter.remove(1);
        assert!(!holds(&shorter));
        shorter[1].number = 2;
        assert!(!holds(&shorter));
    }

    #[test]
    fn an_entry_that_was_stored_and_read_is_the_same() {
        let log = log();
        for entry in &log {
            let body = serde_json::to_string(entry).unwrap();
            assert!(!body.contains(&entry.hash));
            let read: Entry = serde_json::from_str(&body).unwrap();
            assert_eq!(Entry { hash: entry.hash.clone(), ..read }, *entry);
        }
    }
}
