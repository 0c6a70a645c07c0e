//! Components that must run nowhere: by a signed list, or by the operator's word. It holds in all shops from the commit
//! on, and what has not ended of them ends.

use std::collections::BTreeSet;

use rulewright_domain::{
    Actor, Alarm, EntryKind, Reason, Revocation, Rings, Run, RunId, RunState, audit::Deed, plugin::Digest,
};
use rulewright_ports::{StorageExt, Transaction};
use serde_json::json;

use crate::{
    Engine, Refusal,
    alarm::BATCH,
    audit,
    change::{Aftermath, Change},
};

/// Source of what the operator revokes.
pub const OPERATOR: &str = "operator";

/// Characters of a reason: it stands in every run that ends because of it.
const REASON: usize = 500;

impl Engine {
    /// Follows a list whose signature somebody has verified: it stands for all that its source revokes, so what it no
    /// longer names may run again. A list that is older than the one followed last is refused. Returns whether anything
    /// changed.
    pub async fn revoke(&self, source: &str, list: Vec<Revocation>, sequence: u64) -> Result<bool, Refusal> {
        if source == OPERATOR {
            let message = format!("`{OPERATOR}` is the operator of this server, and no list");
            return Err(Refusal::invalid("/source", "source", message));
        }
        let list = checked(list)?;
        let source = source.to_owned();
        self.follow(None, move |tx| {
            let followed = tx.revocation_sequence(&source)?;
            if let Some(newest) = followed.filter(|newest| *newest > sequence) {
                let message = format!("the list {sequence} of `{source}` is older than {newest}");
                return Err(Refusal::Untrusted { code: "stale-list", message });
            }
            let same = of_source(tx, &source)? == list;
            if followed == Some(sequence) && !same {
                let message = format!("there are two lists of `{source}` with the number {sequence}");
                return Err(Refusal::Untrusted { code: "stale-list", message });
            }
            if followed != Some(sequence) {
                tx.put_revocations(&source, Some(sequence), &list)?;
            }
            Ok(!same)
        })
        .await
    }

    /// By the operator's word, whatever lists say. Once more replaces the reason.
    pub async fn quarantine(&self, digest: &Digest, reason: &str) -> Result<(), Refusal> {
        let added = checked(vec![Revocation { digest: digest.clone(), reason: reason.to_owned() }])?;
        let told = ("plugin.quarantined", digest.clone());
        self.follow(Some(told), move |tx| {
            let mut all = of_source(tx, OPERATOR)?;
            all.retain(|one| added.iter().all(|added| added.digest != one.digest));
            all.extend(added.clone());
            tx.put_revocations(OPERATOR, None, &all)?;
            Ok(true)
        })
        .await
        .map(drop)
    }

    /// The operator takes it back. It stays revoked where a list says so too.
    pub async fn release(&self, digest: &Digest) -> Result<(), Refusal> {
        let digest = digest.clone();
        self.follow(Some(("plugin.released", digest.clone())), move |tx| {
            let mut all = of_source(tx, OPERATOR)?;
            let before = all.len();
            all.retain(|one| one.digest != digest);
            if all.len() == before {
                return Err(Refusal::not_found("quarantine", &digest));
            }
            tx.put_revocations(OPERATOR, None, &all)?;
            Ok(true)
        })
        .await
        .map(drop)
    }

    /// All that must not run, with the source that says so.
    pub async fn revocations(&self) -> Result<Vec<(String, Revocation)>, Refusal> {
        self.storage().read(|reads| Ok(reads.revocations()?)).await
    }

    /// Shops that have the component of `told` are told what became of it. Where something changed, runs of what is
    /// revoked have ended when it returns. After a crash in between, alarms go on with it.
    async fn follow(
        &self,
        told: Option<(&'static str, Digest)>,
        job: impl Fn(&mut dyn Transaction) -> Result<bool, Refusal> + Send + 'static,
    ) -> Result<bool, Refusal> {
        let changed = self
            .change_shops(move |engine, tx, now| {
                let changed = job(tx)?;
                if let Some((action, digest)) = &told {
                    for shop in tx.shops()? {
                        let installed = tx.installations(shop.id)?;
                        if let Some(one) = installed.into_iter().find(|one| one.digest == *digest) {
                            let deed = Deed::new(action, one.plugin).with("digest", digest.clone());
                            audit::append(tx, shop.id, now, &engine.who, deed)?;
                        }
                    }
                }
                let mut after = Aftermath::default();
                let revoked: BTreeSet<Digest> =
                    tx.revocations()?.into_iter().map(|(_, one)| one.digest).collect();
                if !changed || revoked.is_empty() {
                    return Ok((changed, after));
                }
                for shop in tx.shops()? {
                    for (digest, _) in tx.open_digests(shop.id)? {
                        if revoked.contains(&digest) {
                            let rings = Rings::EndRevoked { digest };
                            tx.put_alarm(&Alarm { shop: shop.id, at: now, rings })?;
                            after.timers = true;
                        }
                    }
                }
                Ok((changed, after))
            })
            .await?;
        if changed {
            self.ring_due().await?;
        }
        Ok(changed)
    }
}

fn of_source(tx: &mut dyn Transaction, source: &str) -> Result<Vec<Revocation>, Refusal> {
    let all = tx.revocations()?.into_iter();
    Ok(all.filter(|(from, _)| from == source).map(|(_, one)| one).collect())
}

/// In the order in which they are stored, each once.
fn checked(mut list: Vec<Revocation>) -> Result<Vec<Revocation>, Refusal> {
    for (index, one) in list.iter().enumerate() {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if one.digest.len() != 64 || !one.digest.bytes().all(hex) {
            let message = format!("`{}` is not the SHA-256 of a component in lower-case hex", one.digest);
            return Err(Refusal::invalid(&format!("/{index}/digest"), "digest", message));
        }
        crate::check::line(&format!("/{index}/reason"), &one.reason, REASON)?;
    }
    list.sort_by(|one, other| one.digest.cmp(&other.digest));
    list.dedup_by(|one, other| one.digest == other.digest);
    Ok(list)
}

impl Change<'_> {
    /// Ends a batch of what has not ended; returns how many runs that were. Nothing, where it may run again by now.
    pub(crate) fn end_revoked(&mut self, digest: Digest) -> Result<u32, Refusal> {
        let Some(revocation) = self.tx.revocation(&digest)? else { return Ok(1) };
        let reason = Reason::Revoked { why: revocation.reason.clone() };
        let ended = self.end_runs_of(&digest, &reason.to_string(), BATCH)?;
        if ended == BATCH {
            self.set_alarm(self.now, Rings::EndRevoked { digest })?;
        }
        Ok(ended.max(1))
    }

    /// Ends so many runs of a component; what they have committed stays. Returns how many it looked at.
    pub(super) fn end_runs_of(&mut self, digest: &Digest, reason: &str, most: u32) -> Result<u32, Refusal> {
        let open = self.tx.open_runs_of_digest(self.shop, digest, RunId(0), most)?;
        let count = u32::try_from(open.len()).unwrap_or(most);
        for id in open {
            // One that ran after another of them may have ended with it.
            if let Some(mut run) = self.tx.run(self.shop, id)?.filter(|run| !run.state.is_terminal()) {
                self.stop_run(&mut run, reason)?;
            }
        }
        Ok(count)
    }

    /// Whoever looks at the order sees that something was stopped, and why.
    pub(crate) fn stop_run(&mut self, run: &mut Run, reason: &str) -> Result<(), Refusal> {
        self.take_back_messages(run.id)?;
        let text = format!("`{}` was stopped: {reason}", run.rule_name);
        let details = json!({ "run": run.id });
        self.add_entry(Some(run.order), EntryKind::Comment, text, details, &Actor::Host)?;
        self.end_run(run, RunState::Cancelled { reason: reason.to_owned() })
    }
}
