//! What a running step may ask for, answered from storage and the one way out.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use rulewright_domain::{Client, ClientId, Employee, Order, OrderId, RunId, ShopConfig, ShopId};
use rulewright_ports::{HttpError, HttpRequest, HttpResponse, Reads, StorageExt, World, WorldError};
use serde::{Deserialize, Serialize};

use crate::{Engine, Refusal, invocation::Snapshot, lane::Place};

pub(crate) struct StepWorld {
    engine: Engine,
    config: Arc<ShopConfig>,
    shop: ShopId,
    run: RunId,
    step: u32,
    plugin: String,
    targets: Vec<rulewright_domain::plugin::HttpTarget>,
    place: Arc<Place>,
    /// Set once a request has left the journal behind: from then on the step is out on the network.
    outside: AtomicBool,
}

#[derive(Serialize, Deserialize)]
struct Journaled(Result<HttpResponse, HttpError>);

impl StepWorld {
    pub fn new(engine: Engine, snapshot: &Snapshot, place: Arc<Place>) -> StepWorld {
        StepWorld {
            engine,
            config: snapshot.config.clone(),
            shop: snapshot.run.shop,
            run: snapshot.run.id,
            step: snapshot.run.step,
            plugin: snapshot.plugin.manifest.id.clone(),
            targets: snapshot.plugin.grant.http.clone(),
            place,
            outside: AtomicBool::new(false),
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Reads) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, WorldError> {
        let read = self.engine.storage().read(job).await;
        read.map_err(|error| WorldError(error.to_string()))
    }
}

#[async_trait]
impl World for StepWorld {
    async fn order(&self, id: OrderId) -> Result<Option<Order>, WorldError> {
        let shop = self.shop;
        self.read(move |reads| Ok(reads.order(shop, id)?)).await
    }

    async fn orders_of_client(&self, id: ClientId, limit: u32) -> Result<Vec<OrderId>, WorldError> {
        let shop = self.shop;
        let orders = self.read(move |reads| Ok(reads.orders_of_client(shop, id, limit.min(100))?)).await?;
        Ok(orders.into_iter().map(|order| order.id).collect())
    }

    async fn client(&self, id: ClientId) -> Result<Option<Client>, WorldError> {
        let shop = self.shop;
        self.read(move |reads| Ok(reads.client(shop, id)?)).await
    }

    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        Ok(self.config.employees.values().cloned().collect())
    }

    async fn stored(&self, key: &str) -> Result<Option<Vec<u8>>, WorldError> {
        let (shop, plugin, key) = (self.shop, self.plugin.clone(), key.to_owned());
        self.read(move |reads| Ok(reads.stored(shop, &plugin, &key)?)).await
    }

    async fn has_secret(&self, name: &str) -> Result<bool, WorldError> {
        Ok(self.secret(name).await?.is_some())
    }

    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, WorldError> {
        let (shop, plugin, name) = (self.shop, self.plugin.clone(), name.to_owned());
        self.read(move |reads| Ok(reads.secret(shop, &plugin, &name)?)).await
    }

    async fn http(&self, key: &str, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let other = |error: &dyn std::fmt::Display| HttpError::Other(error.to_string());
        let (run, step, journal_key) = (self.run, self.step, key.to_owned());
        let recorded = self.read(move |reads| Ok(reads.journaled(run, step, &journal_key)?)).await;
        if let Some(text) = recorded.map_err(|error| other(&error))? {
            let Journaled(answer) = serde_json::from_str(&text).map_err(|error| other(&error))?;
            return answer.map(|response| HttpResponse { replayed: true, ..response });
        }
        if !self.outside.swap(true, Ordering::SeqCst) {
            self.place.leave();
        }
        let answer = self.engine.inner.deps.egress.send(request, &self.targets).await;
        // Only answers are kept: what never arrived may be asked for again.
        if answer.is_ok() {
            let text = serde_json::to_string(&Journaled(answer.clone())).map_err(|error| other(&error))?;
            let journal_key = key.to_owned();
            let stored = self
                .engine
                .storage()
                .write(move |tx| tx.put_journaled(run, step, &journal_key, &text).map_err(Refusal::from));
            stored.await.map_err(|error| other(&error))?;
        }
        answer
    }
}
