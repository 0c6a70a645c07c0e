//! A provider's plugin at work: what it is given, and how little of the house it can reach.

use std::sync::Arc;

use async_trait::async_trait;
use rulewright_domain::{
    ActivePlugin, Client, ClientId, Connection, Employee, Fields, Item, ItemId, Order, OrderId, ShopConfig,
    ShopId, plugin::HttpTarget,
};
use rulewright_ports::{
    Answer, Connected, Failure, HttpError, HttpRequest, HttpResponse, Invocation, StorageExt, Task, World,
    WorldError,
};

use crate::{Engine, Refusal, examine::Nowhere};

pub(crate) async fn run(
    engine: &Engine,
    config: &ShopConfig,
    connection: &Connection,
    plugin: &ActivePlugin,
    seed: String,
    task: Task,
) -> Result<Answer, Failure> {
    let invocation = Invocation {
        shop: config.shop.id,
        plugin: connection.plugin.clone(),
        digest: plugin.digest.clone(),
        grant: plugin.grant.clone(),
        limits: plugin.manifest.limits.clone(),
        seed,
        now: engine.clock().now(),
        locale: config.shop.locale.clone(),
        time_zone: config.shop.time_zone.clone(),
        hours: config.shop.hours.clone(),
        task,
    };
    let world = ProviderWorld {
        engine: engine.clone(),
        shop: config.shop.id,
        connection: connection.id.clone(),
        targets: plugin.grant.http.clone(),
    };
    let completion = engine.invoke(config, invocation, Arc::new(world)).await;
    for line in &completion.logs {
        tracing::debug!(connection = %connection.id, level = %line.level, "{}", line.message);
    }
    completion.result
}

impl Engine {
    /// Under which address gateways, clients and browsers reach this server, without a slash at the end.
    pub fn public_url(&self) -> Option<&str> {
        self.inner.public_url.as_deref()
    }

    pub(crate) fn connected(&self, config: &ShopConfig, connection: &Connection) -> Connected {
        Connected {
            id: connection.id.clone(),
            settings: connection.settings.to_string(),
            lines: connection.lines.clone(),
            inbound: self
                .public_url()
                .map(|url| format!("{url}{}", inbound_path(config.shop.id, connection))),
        }
    }
}

/// Where the gateway of a connection reports to.
pub fn inbound_path(shop: ShopId, connection: &Connection) -> String {
    format!("/hooks/providers/{shop}/{}/{}", connection.id, connection.code)
}

/// The secrets of one connection and the granted part of the network, nothing else.
struct ProviderWorld {
    engine: Engine,
    shop: ShopId,
    connection: String,
    targets: Vec<HttpTarget>,
}

#[async_trait]
impl World for ProviderWorld {
    async fn order(&self, id: OrderId) -> Result<Option<Order>, WorldError> {
        Nowhere.order(id).await
    }
    async fn orders_of_client(&self, id: ClientId, limit: u32) -> Result<Vec<OrderId>, WorldError> {
        Nowhere.orders_of_client(id, limit).await
    }
    async fn client(&self, id: ClientId) -> Result<Option<Client>, WorldError> {
        Nowhere.client(id).await
    }
    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        Nowhere.employees().await
    }
    async fn item(&self, list: &str, id: ItemId) -> Result<Option<Item>, WorldError> {
        Nowhere.item(list, id).await
    }
    async fn items(&self, list: &str, fields: Fields, limit: u32) -> Result<Vec<Item>, WorldError> {
        Nowhere.items(list, fields, limit).await
    }
    async fn stored(&self, key: &str) -> Result<Option<Vec<u8>>, WorldError> {
        Nowhere.stored(key).await
    }

    async fn has_secret(&self, name: &str) -> Result<bool, WorldError> {
        Ok(self.secret(name).await?.is_some())
    }

    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, WorldError> {
        let (shop, id, name) = (self.shop, self.connection.clone(), name.to_owned());
        let found = self
            .engine
            .storage()
            .glance(move |reads| Ok::<_, Refusal>(reads.connection_secret(shop, &id, &name)?));
        found.map_err(|error| {
            tracing::error!(%error, "a secret cannot be read");
            WorldError("the shop's data cannot be read at the moment".to_owned())
        })
    }

    /// Not journaled: a message is sent at least once, and its key says which one it is.
    async fn http(&self, _: &str, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.engine.send_for_guest(self.shop, &self.connection, request, &self.targets).await
    }
}
