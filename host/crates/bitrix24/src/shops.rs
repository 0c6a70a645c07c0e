//! Settings of shops, remembered until they change: every call needs its shop's zone, pipelines and people.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use rulewright_domain::{ShopConfig, ShopId};
use rulewright_engine::Engine;
use rulewright_ports::{StorageError, StorageExt};

use crate::fault::Fault;

#[derive(Default)]
pub struct Shops {
    known: Mutex<HashMap<ShopId, Arc<ShopConfig>>>,
}

impl Shops {
    /// As they are now. None: there is no such shop.
    pub async fn of(&self, engine: &Engine, shop: ShopId) -> Result<Option<Arc<ShopConfig>>, Fault> {
        let storage = engine.storage();
        let version = storage.glance::<_, StorageError, _>(move |reads| reads.config_version(shop))?;
        let known = self.known.lock().get(&shop).cloned();
        if let Some(known) = known.filter(|known| known.version == version) {
            return Ok(Some(known));
        }
        let read = storage.read::<_, StorageError, _>(move |reads| reads.config(shop)).await?.map(Arc::new);
        let mut all = self.known.lock();
        match &read {
            Some(config) => all.insert(shop, config.clone()),
            None => all.remove(&shop),
        };
        Ok(read)
    }
}
