//! A publisher's key is forgotten: the next package of theirs is taken as the first one.

use rulewright_domain::{ShopId, audit::Deed};

use crate::{Engine, Refusal};

impl Engine {
    /// What is installed stays.
    pub async fn unpin_key(&self, shop: ShopId, publisher: &str) -> Result<(), Refusal> {
        let publisher = publisher.to_owned();
        self.change(shop, move |change| match change.tx.unpin_key(shop, &publisher)? {
            true => change.audit(Deed::new("publisher.forgotten", &publisher)),
            false => Err(Refusal::not_found("publisher", &publisher)),
        })
        .await
    }
}
