//! Components that nothing names any more go: no shop has them installed, can go back to them or is offered them, and no
//! run that has not ended began with them.

use std::collections::BTreeSet;

use rulewright_domain::{Rings, plugin::Digest};

use crate::{Refusal, change::Change};

/// Milliseconds after which somebody looks again whether the runs have ended that keep a component.
const AGAIN: i64 = 24 * 60 * 60 * 1000;

impl Change<'_> {
    /// Of this shop what is remembered, of all shops what is stored. Returns how many runs and packages it looked at, as
    /// alarms do.
    pub(crate) fn sweep_packages(&mut self) -> Result<u32, Refusal> {
        let shop = self.shop;
        let mut open: BTreeSet<Digest> =
            self.tx.open_digests(shop)?.into_iter().map(|(digest, _)| digest).collect();
        let mut held = false;
        for installed in self.tx.installations(shop)? {
            held |= self.trim_history(&installed.plugin, &open)?;
        }
        let unnamed = self.tx.unnamed_packages()?;
        if !unnamed.is_empty() {
            for other in self.tx.shops()?.into_iter().filter(|other| other.id != shop) {
                open.extend(self.tx.open_digests(other.id)?.into_iter().map(|(digest, _)| digest));
            }
        }
        let (kept, gone): (Vec<&Digest>, Vec<&Digest>) =
            unnamed.iter().partition(|digest| open.contains(*digest));
        for digest in gone {
            self.tx.remove_package(digest)?;
        }
        if held || !kept.is_empty() {
            self.set_alarm(self.now.plus(AGAIN), Rings::SweepPackages)?;
        }
        Ok(1)
    }
}
