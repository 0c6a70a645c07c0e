//! Everything that a step can reach, in memory.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use rulewright_domain::{Client, ClientId, Employee, Fields, Item, ItemId, Order, OrderId, plugin::Digest};
use rulewright_ports::{ComponentSource, HttpError, HttpRequest, HttpResponse, World, WorldError};

#[derive(Default)]
pub struct Outside {
    components: BTreeMap<Digest, Arc<[u8]>>,
    asked: AtomicUsize,
    pub requests: Mutex<Vec<HttpRequest>>,
    pub secrets: BTreeMap<String, Vec<u8>>,
    /// Milliseconds until an answer from outside.
    pub slow: u64,
}

impl Outside {
    pub fn holding(component: &[u8]) -> Outside {
        let components = [(super::digest(component), component.into())].into();
        Outside { components, ..Outside::default() }
    }

    /// How often a component was asked for.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl ComponentSource for Outside {
    async fn component(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.components.get(digest).cloned()
    }
}

#[async_trait]
impl World for Outside {
    async fn order(&self, _: OrderId) -> Result<Option<Order>, WorldError> {
        Ok(None)
    }

    async fn orders_of_client(&self, _: ClientId, _: u32) -> Result<Vec<OrderId>, WorldError> {
        Ok(Vec::new())
    }

    async fn client(&self, _: ClientId) -> Result<Option<Client>, WorldError> {
        Ok(None)
    }

    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        Ok(Vec::new())
    }

    async fn item(&self, _: &str, _: ItemId) -> Result<Option<Item>, WorldError> {
        Ok(None)
    }

    async fn items(&self, _: &str, _: Fields, _: u32) -> Result<Vec<Item>, WorldError> {
        Ok(Vec::new())
    }

    async fn stored(&self, _: &str) -> Result<Option<Vec<u8>>, WorldError> {
        Ok(None)
    }

    async fn has_secret(&self, name: &str) -> Result<bool, WorldError> {
        Ok(self.secrets.contains_key(name))
    }

    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, WorldError> {
        Ok(self.secrets.get(name).cloned())
    }

    async fn http(&self, _: &str, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        tokio::time::sleep(std::time::Duration::from_millis(self.slow)).await;
        self.requests.lock().unwrap().push(request);
        let body = b"hello".to_vec();
        Ok(HttpResponse { status: 200, headers: Vec::new(), body, truncated: false, replayed: false })
    }
}
