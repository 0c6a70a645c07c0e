//! Components that nothing names any more go: no shop has them installed, can go back to them or is offered them, and no
//! run that has not ended began with them.

use std::collections::BTreeSet;

use rulewright_domain::{Installation, Rings, ShopId, plugin::Digest};

use crate::{Refusal, change::Change};

/// Milliseconds after which somebody looks again whether the runs have ended that keep a component.
const AGAIN: i64 = 24 * 60 * 60 * 1000;

impl Change<'_> {
    /// Of this shop what is remembered, of all shops what is stored. Returns how many runs and packages it looked at, as
    /// alarms do.
    pub(crate) fn sweep_packages(&mut self) -> Result<u32, Refusal> {
        let shop = self.shop;
        let mut beyond = Vec::new();
        for installed in self.tx.installations(shop)? {
            beyond.extend(self.beyond_history(&installed.plugin)?);
        }
        // Looking through everything that is open takes a while, and mostly there is nothing to clear away.
        if beyond.is_empty() && self.tx.unnamed_packages()?.is_empty() {
            return Ok(1);
        }
        let mut open = BTreeSet::new();
        self.note_open(shop, &mut open)?;
        let mut held = false;
        for replaced in beyond {
            let Installation { plugin, digest, .. } = &replaced.installation;
            match open.contains(digest) {
                true => held = true,
                false => self.tx.remove_replaced(shop, plugin, replaced.number)?,
            }
        }
        let unnamed = self.tx.unnamed_packages()?;
        if !unnamed.is_empty() {
            for other in self.tx.shops()?.into_iter().filter(|other| other.id != shop) {
                self.note_open(other.id, &mut open)?;
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

    fn note_open(&mut self, shop: ShopId, open: &mut BTreeSet<Digest>) -> Result<(), Refusal> {
        open.extend(self.tx.open_digests(shop)?.into_iter().map(|(digest, _)| digest));
        Ok(())
    }
}
