//! What every call shares.

use std::{net::IpAddr, ops::Deref, sync::Arc};

use rulewright_domain::{ShopConfig, ShopId, Timestamp};
use rulewright_engine::{Engine, Shares};
use rulewright_ports::TurnedAway;
use tokio::sync::Semaphore;

use crate::{
    FacadeDeps, Options,
    fault::{Fault, System},
    handler::EventTokens,
    limits::Limits,
    serve::UNIDENTIFIED,
    shops::Shops,
};

#[derive(Clone)]
pub(crate) struct Facade(Arc<Shared>);

pub(crate) struct Shared {
    engine: Engine,
    pub options: Options,
    pub limits: Limits,
    shops: Shops,
    /// Places for large bodies of whoever is not identified yet, and those that a network has taken.
    pub unidentified: Semaphore,
    pub of_network: Shares<IpAddr>,
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
        let (shops, of_network) = (Shops::default(), Shares::default());
        let unidentified = Semaphore::new(UNIDENTIFIED);
        Facade(Arc::new(Shared { engine, options, limits, shops, unidentified, of_network, tokens }))
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
