//! What every handler shares.

use std::{ops::Deref, sync::Arc, time::Duration};

use prometheus_client::registry::Registry;
use rulewright_domain::{Actor, Command};
use rulewright_engine::{Engine, Receipt, Request};
use rulewright_market::{Installs, Marketplace};
use rulewright_ports::{Reads, StorageError, StorageExt};
use tokio_util::sync::CancellationToken;

use crate::{
    ApiDeps, Troubles,
    auth::{Caller, Tokens},
    key::RequestKey,
    metrics::HttpMetrics,
    problem::Problem,
    rate::Rate,
};

#[derive(Clone)]
pub struct Api {
    pub engine: Engine,
    shared: Arc<Shared>,
}

pub struct Shared {
    pub version: &'static str,
    pub recipes: Vec<rulewright_domain::Recipe>,
    pub market: Marketplace,
    pub installs: Installs,
    pub metrics: Registry,
    pub http: HttpMetrics,
    pub troubles: Troubles,
    pub tokens: Tokens,
    pub rate: Rate,
    pub body_within: Option<Duration>,
    pub stop: CancellationToken,
}

impl Deref for Api {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Api {
    pub fn new(deps: ApiDeps) -> Api {
        let mut metrics = deps.metrics;
        let http = HttpMetrics::register(&mut metrics, deps.door_metrics);
        let shared = Shared {
            version: deps.version,
            recipes: deps.recipes,
            market: deps.market,
            installs: deps.installs,
            metrics,
            http,
            troubles: deps.troubles,
            tokens: Tokens::default(),
            rate: Rate::new(deps.rate),
            body_within: deps.body_within,
            stop: deps.stop,
        };
        Api { engine: deps.engine, shared: Arc::new(shared) }
    }

    /// Reads on one consistent snapshot.
    pub async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Reads) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, Problem> {
        Ok(self.engine.storage().read::<T, StorageError, _>(job).await?)
    }

    /// The same, and what is changed through its engine is written down as the caller's doing.
    pub fn by(&self, caller: &Caller) -> Api {
        Api { engine: self.engine.acting(caller.who()), shared: self.shared.clone() }
    }

    /// Installing, written down as the caller's doing.
    pub fn installs(&self, caller: &Caller) -> Installs {
        self.installs.acting(caller.who())
    }

    /// The one write of a request. `subjects` are the ids in the path: not finding one is a 404, not finding
    /// anything else that the body names is a 422.
    pub async fn execute(
        &self,
        caller: &Caller,
        key: Option<RequestKey>,
        command: Command,
        subjects: &[&str],
    ) -> Result<Receipt, Problem> {
        let by = match &command {
            Command::Ingest(_) => Actor::Outside { source: caller.name().to_owned() },
            _ => Actor::Token { name: caller.name().to_owned() },
        };
        let key = key.map(|key| key.of(caller));
        let request = Request { shop: caller.shop(), command, by, key };
        self.engine.execute(request).await.map_err(|refusal| Problem::refused(refusal, subjects))
    }
}
