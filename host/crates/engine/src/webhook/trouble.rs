//! How an address has answered lately, as a record of its own: it changes with the answers, and the configuration, which
//! everybody remembers, does not.

use rulewright_domain::{
    Subscription, SubscriptionId,
    subscription::{Disabled, Trouble},
};
use rulewright_ports::{
    Reads,
    storage::{PutRecords, Record, Records, Sequence},
};
use serde::{Deserialize, Serialize};

use crate::{Refusal, change::Change};

#[derive(Serialize, Deserialize)]
struct TroubleOf {
    id: i64,
    subscription: SubscriptionId,
    trouble: Trouble,
}

impl Record for TroubleOf {
    const KIND: &'static str = "subscription-trouble";

    fn id(&self) -> i64 {
        self.id
    }

    fn name(&self) -> Option<String> {
        Some(self.subscription.to_string())
    }
}

fn find(
    reads: &mut dyn Reads,
    shop: rulewright_domain::ShopId,
    id: SubscriptionId,
) -> Result<Option<TroubleOf>, Refusal> {
    Ok(reads.record_named::<TroubleOf>(shop, &id.to_string())?)
}

pub(super) fn trouble_of(
    reads: &mut dyn Reads,
    shop: rulewright_domain::ShopId,
    id: SubscriptionId,
) -> Result<Option<Trouble>, Refusal> {
    Ok(find(reads, shop, id)?.map(|found| found.trouble))
}

impl Change<'_> {
    /// Whatever there was is over.
    pub fn forget_trouble(&mut self, id: SubscriptionId) -> Result<(), Refusal> {
        if let Some(found) = self.trouble(id)? {
            self.tx.remove_record::<TroubleOf>(self.shop, found.id)?;
        }
        Ok(())
    }

    /// One more attempt failed, and perhaps that is enough.
    pub(super) fn note_trouble(&mut self, id: SubscriptionId, reason: &str) -> Result<(), Refusal> {
        let before = self.trouble(id)?;
        let record = match &before {
            Some(before) => before.id,
            None => self.tx.next(Sequence::Record)?,
        };
        let trouble = Trouble::after(before.map(|before| before.trouble), reason, self.now);
        if let Some(reason) = trouble.gives_up(self.now) {
            self.disable(id, reason)?;
        }
        Ok(self.tx.put_record(self.shop, &TroubleOf { id: record, subscription: id, trouble })?)
    }

    /// Nothing is sent to it from now on, until somebody turns it on again.
    pub(super) fn disable(&mut self, id: SubscriptionId, reason: String) -> Result<(), Refusal> {
        let Some(mut subscription) = self.tx.record::<Subscription>(self.shop, id.0)? else { return Ok(()) };
        if subscription.disabled.is_some() {
            return Ok(());
        }
        tracing::warn!(shop = %self.shop, webhook = %id, %reason, "a webhook is turned off");
        subscription.disabled = Some(Disabled { at: self.now, reason });
        self.put_subscription(&subscription)
    }

    /// What the rest of this transaction sees is what it has written.
    pub fn put_subscription(&mut self, subscription: &Subscription) -> Result<(), Refusal> {
        self.tx.put_record(self.shop, subscription)?;
        self.config = self.engine.inner.configs.of(self.tx, self.shop)?;
        Ok(())
    }

    fn trouble(&mut self, id: SubscriptionId) -> Result<Option<TroubleOf>, Refusal> {
        Ok(self.tx.record_named::<TroubleOf>(self.shop, &id.to_string())?)
    }
}
