//! What every call shares.

use std::{net::IpAddr, ops::Deref, sync::Arc};

use rulewright_domain::{ShopConfig, ShopId, Timestamp};
use rulewright_engine::Engine;
use rulewright_ports::TurnedAway;
use tokio::sync::Semaphore;

use crate::{
    FacadeDeps, Options,
    fault::{Fault, System},
    handler::EventTokens,
    limits::Limits,
    serve::STRANGERS,
    shops::Shops,
};

#[derive(Clone)]
pub(crate) struct Facade(Arc<Shared>);

pub(crate) struct Shared {
    engine: Engine,
    pub options: Options,
    pub limits: Limits,
    shops: Shops,
    /// For bodies that are large, and nobody knows yet whose.
    pub strangers: Semaphore,
    /// What stands in the events that applications are sent.
    pub tokens: EventTokens,
}

impl Deref for Facade {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Facade {
    pub fn new(deps: FacadeDeps) -> Facade {
        let FacadeDeps { engine, options } = deps;
        let limits = Limits::new(options.limits.clone());
        let tokens = EventTokens::of(&engine);
        let (shops, strangers) = (Shops::default(), Semaphore::new(STRANGERS));
        Facade(Arc::new(Shared { engine, options, limits, shops, strangers, tokens }))
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn now(&self) -> Timestamp {
        self.engine.clock().now()
    }

    /// Counts a wrong secret; a fault where the address has shown too many.
    pub fn stranger(&self, from: Option<IpAddr>) -> Option<Fault> {
        let wait = self.engine.wrong_secret(from)?;
        Some(Fault::system(System::TooManyWrong).turned_away(TurnedAway::WrongSecrets, Some(wait)))
    }

    /// As it is now, also right after a change.
    pub async fn config(&self, shop: ShopId) -> Result<Arc<ShopConfig>, Fault> {
        self.shops.of(&self.engine, shop).await?.ok_or_else(|| Fault::system(System::NoAuth))
    }
}
