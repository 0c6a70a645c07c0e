//! What a rule of a dry run may ask for: the shop's data as they are, the draft where it differs, and no way out.

use async_trait::async_trait;
use parking_lot::Mutex;
use rulewright_domain::{
    Client, ClientId, Employee, Fields, FromTemplate, Item, ItemId, Order, OrderId, Prepared, Source,
    Template, Timestamp, Unprepared,
};
use rulewright_ports::{HttpError, HttpRequest, HttpResponse, World, WorldError};

use super::{DryRequest, draft::Draft};
use crate::{
    blank::blank,
    prepare::{prepare, prepare_for},
    world::ShopWorld,
};

/// Stands for every secret, so that none reaches the sandbox. It can stand in a path, as a real one can.
const SECRET: &str = "secret-of-a-dry-run";

pub(super) struct DryWorld {
    shop: ShopWorld,
    config: std::sync::Arc<rulewright_domain::ShopConfig>,
    plugin: String,
    draft: Draft,
    at: Timestamp,
    answer: Option<HttpResponse>,
    requests: Mutex<Vec<DryRequest>>,
}

impl DryWorld {
    pub fn new(
        engine: crate::Engine,
        snapshot: &crate::invocation::Snapshot,
        draft: Draft,
        answer: Option<HttpResponse>,
    ) -> DryWorld {
        let (config, plugin) = (snapshot.config.clone(), snapshot.plugin.manifest.id.clone());
        let clients = snapshot.clients.clone();
        DryWorld {
            shop: ShopWorld::new(engine, config.clone(), plugin.clone(), clients),
            config,
            plugin,
            draft,
            at: snapshot.run.ready_at,
            answer,
            requests: Mutex::default(),
        }
    }

    pub fn take_requests(&self) -> Vec<DryRequest> {
        std::mem::take(&mut self.requests.lock())
    }
}

#[async_trait]
impl World for DryWorld {
    async fn order(&self, id: OrderId) -> Result<Option<Order>, WorldError> {
        match self.draft.touched(id) {
            Some(order) => Ok(order.cloned()),
            None => self.shop.order(id).await,
        }
    }

    async fn orders_of_client(&self, id: ClientId, limit: u32) -> Result<Vec<OrderId>, WorldError> {
        self.shop.orders_of_client(id, limit).await
    }

    async fn client(&self, id: ClientId) -> Result<Option<Client>, WorldError> {
        match self.draft.client(id) {
            Some(client) => Ok(Some(client.clone())),
            None => self.shop.client(id).await,
        }
    }

    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        self.shop.employees().await
    }

    async fn item(&self, list: &str, id: ItemId) -> Result<Option<Item>, WorldError> {
        self.shop.item(list, id).await
    }

    async fn items(&self, list: &str, fields: Fields, limit: u32) -> Result<Vec<Item>, WorldError> {
        self.shop.items(list, fields, limit).await
    }

    async fn stored(&self, key: &str) -> Result<Option<Vec<u8>>, WorldError> {
        match self.draft.stored(&self.plugin, key) {
            Some(value) => Ok(value.clone()),
            None => self.shop.stored(key).await,
        }
    }

    async fn has_secret(&self, name: &str) -> Result<bool, WorldError> {
        self.shop.has_secret(name).await
    }

    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, WorldError> {
        Ok(self.shop.has_secret(name).await?.then(|| SECRET.as_bytes().to_vec()))
    }

    /// Nobody waits for a turn with the number: it is told, and stays free.
    async fn prepare(
        &self,
        from: &FromTemplate,
    ) -> Result<Result<(Prepared, Vec<u8>), Unprepared>, WorldError> {
        let (config, at, wanted, draft) = (self.config.clone(), self.at, from.clone(), self.draft.clone());
        let looked = self.shop.look(move |reads| {
            let found = match draft.order(wanted.order) {
                Some(order) => {
                    prepare_for(reads, &config, order, &wanted, at, &|numerator| draft.taken(numerator))?
                }
                None => prepare(reads, &config, &wanted, at)?,
            };
            let bytes = match &found {
                Ok(Prepared { template: Template { source: Source::File(file), .. }, .. }) => {
                    reads.template_file(config.shop.id, &file.digest)?.unwrap_or_default()
                }
                _ => Vec::new(),
            };
            Ok(found.map(|prepared| (prepared, bytes)))
        });
        looked.await
    }

    async fn http(&self, _: &str, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let hidden = |text: &str| blank(text, &request.secrets);
        self.requests.lock().push(DryRequest {
            method: request.method,
            url: hidden(&request.url),
            headers: request.headers.iter().map(|(name, value)| (name.clone(), hidden(value))).collect(),
            body: request.body.map(|body| hidden(&String::from_utf8_lossy(&body))),
            answered: self.answer.is_some(),
        });
        let nothing = || HttpError::Other("this is a dry run: nothing was sent".to_owned());
        self.answer.clone().ok_or_else(nothing)
    }
}
