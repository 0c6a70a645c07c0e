//! The audit log: who changed what about a shop, written in the transaction that changes it.

use rulewright_domain::{
    ShopId,
    audit::{Deed, Entry, Who},
};
use rulewright_ports::{StorageExt, storage::Page};

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

impl Change<'_> {
    /// Whoever the engine acts for has done this.
    pub fn record(&mut self, deed: Deed) -> Result<(), Refusal> {
        self.record_by((*self.engine.who).clone(), deed)
    }

    pub fn record_by(&mut self, who: Who, deed: Deed) -> Result<(), Refusal> {
        let last = self.tx.last_audit(self.shop)?;
        Ok(self.tx.append_audit(self.shop, &Entry::after(last.as_ref(), self.now, who, deed))?)
    }
}

impl Engine {
    /// The same engine, and what is changed through it is written down as theirs. Without, it is the host's.
    pub fn acting(&self, who: impl Into<Who>) -> Engine {
        Engine { who: std::sync::Arc::new(who.into()), ..self.clone() }
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
