//! The audit log: who changed what about a shop, written in the transaction that changes it.

use std::{collections::BTreeSet, sync::Arc};

use rulewright_domain::{
    ShopId, Timestamp,
    audit::{Deed, Entry, Who},
};
use rulewright_ports::{StorageExt, Transaction, storage::Page};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Engine, Refusal, change::Change};

/// What is found out by going through the whole log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditVerified {
    /// That follow each other as they were written.
    pub entries: u64,
    /// The first that does not, and so nothing after it is sure.
    pub broken: Option<u64>,
    /// Of the last that does: kept elsewhere, it proves later that nothing up to it was altered or cut off.
    pub hash: String,
}

/// The names of what is not the same in both.
pub(crate) fn changed<T: Serialize>(before: &T, after: &T) -> Vec<String> {
    let fields = |of: &T| match serde_json::to_value(of) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let (before, after) = (fields(before), fields(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

/// `thing.added`, or `thing.changed` with the names of what has.
fn saved<T: Serialize + PartialEq>(
    thing: &str,
    subject: impl ToString,
    before: Option<&T>,
    after: &T,
) -> Option<Deed> {
    match before {
        None => Some(Deed::new(&format!("{thing}.added"), subject)),
        Some(before) if before == after => None,
        Some(before) => {
            let fields = changed(before, after);
            Some(Deed::new(&format!("{thing}.changed"), subject).with("fields", fields))
        }
    }
}

pub(crate) fn append(
    tx: &mut dyn Transaction,
    shop: ShopId,
    now: Timestamp,
    who: &Who,
    deed: Deed,
) -> Result<(), Refusal> {
    let last = tx.last_audit(shop)?;
    Ok(tx.append_audit(shop, &Entry::after(last.as_ref(), now, who.clone(), deed))?)
}

impl Change<'_> {
    /// Whoever the engine acts for has done this.
    pub fn audit(&mut self, deed: Deed) -> Result<(), Refusal> {
        append(self.tx, self.shop, self.now, &self.engine.who, deed)
    }

    /// A thing of the shop's was saved: it is new, or some of its fields are others than `before`. What was saved as it
    /// was is nothing to tell.
    pub fn audit_saved<T: Serialize + PartialEq>(
        &mut self,
        thing: &str,
        subject: impl ToString,
        before: Option<&T>,
        after: &T,
    ) -> Result<(), Refusal> {
        match saved(thing, subject, before, after) {
            Some(deed) => self.audit(deed),
            None => Ok(()),
        }
    }

    pub fn audit_as(&mut self, who: &Who, deed: Deed) -> Result<(), Refusal> {
        append(self.tx, self.shop, self.now, who, deed)
    }
}

impl Engine {
    /// The same engine, and what is changed through it is written down as theirs. Without, it is the host's.
    pub fn acting(&self, who: impl Into<Who>) -> Engine {
        Engine { who: Arc::new(who.into()), ..self.clone() }
    }

    /// Newest first; `before` is the number that the page before ended with.
    pub async fn audit(&self, shop: ShopId, before: Option<u64>, limit: u32) -> Result<Vec<Entry>, Refusal> {
        let after = before.map(|before| i64::try_from(before).unwrap_or(i64::MAX));
        let page = Page { after, limit, newest_first: true };
        self.storage().read(move |reads| Ok(reads.audit(shop, page)?)).await
    }

    pub async fn verify_audit(&self, shop: ShopId) -> Result<AuditVerified, Refusal> {
        let mut last: Option<Entry> = None;
        loop {
            let after = last.as_ref().map(|last| last.number as i64);
            let page = Page { after, limit: Page::MAX, newest_first: false };
            let entries =
                self.storage().read(move |reads| Ok::<_, Refusal>(reads.audit(shop, page)?)).await?;
            let whole = entries.len() < Page::MAX as usize;
            let mut broken = None;
            for entry in entries {
                if !entry.follows(last.as_ref()) {
                    broken = Some(entry.number);
                    break;
                }
                last = Some(entry);
            }
            if whole || broken.is_some() {
                let entries = last.as_ref().map_or(0, |last| last.number);
                let hash = last.map(|last| last.hash).unwrap_or_default();
                return Ok(AuditVerified { entries, broken, hash });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_has_changed_is_told_by_name_and_without_its_value() {
        let (before, after) = (json!({"a": 1, "b": 2, "c": 3}), json!({"a": 1, "b": 4, "d": 3}));
        assert_eq!(changed(&before, &after), ["b", "c", "d"]);
        assert!(changed(&before, &before).is_empty());
    }

    #[test]
    fn what_is_saved_is_told_as_new_or_by_what_has_changed_and_else_not_at_all() {
        let (before, after) =
            (json!({"title": "Prices", "fields": ["sku"]}), json!({"title": "Prices", "fields": []}));
        let told =
            |before, after| saved("list", "prices", before, after).map(|deed| (deed.action, deed.details));
        let (action, details) = told(None, &after).unwrap();
        assert_eq!((&*action, details.len()), ("list.added", 0));
        let (action, details) = told(Some(&before), &after).unwrap();
        assert_eq!((&*action, &details["fields"]), ("list.changed", &json!(["fields"])));
        assert_eq!(told(Some(&after), &after), None);
    }
}
