use std::sync::Arc;

use rulewright_domain::{
    Client, ClientId, ClientKind, Money, Order, OrderId, OrderKind, PipelineId, ShopId, StageId, find::Filter,
};

use super::{Find, Found, Page, Result};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderQuery {
    pub pipeline: Option<PipelineId>,
    pub stage: Option<StageId>,
    pub client: Option<ClientId>,
    pub number: Option<String>,
}

/// The orders of a stage, for whoever looks at all of them together.
#[derive(Clone, Debug, PartialEq)]
pub struct StageTotal {
    pub stage: StageId,
    pub count: u64,
    /// What they come to: one for each currency.
    pub sums: Vec<Money>,
}

pub trait ReadOrders {
    fn order(&mut self, shop: ShopId, id: OrderId) -> Result<Option<Arc<Order>>>;
    fn orders(&mut self, shop: ShopId, query: &OrderQuery, page: Page) -> Result<Vec<Order>>;
    /// Those of one kind, or of both.
    fn find_orders(&mut self, shop: ShopId, kind: Option<OrderKind>, find: &Find) -> Result<Found<Order>>;
    /// Newest first, with the client as company or among the contacts, whatever their stage.
    fn orders_of_client(&mut self, shop: ShopId, client: ClientId, limit: u32) -> Result<Vec<Order>>;
    /// Ids of the orders in these stages of a pipeline, in one order over all of them.
    fn orders_in(
        &mut self,
        shop: ShopId,
        pipeline: &PipelineId,
        stages: &[StageId],
        page: Page,
    ) -> Result<Vec<OrderId>>;
    /// The orders of a pipeline that match, stage by stage. A stage without any is not among them.
    fn stage_totals(
        &mut self,
        shop: ShopId,
        pipeline: &PipelineId,
        filter: &Filter,
    ) -> Result<Vec<StageTotal>>;
    /// Those of one stage that match, without their lines.
    fn orders_on(
        &mut self,
        shop: ShopId,
        pipeline: &PipelineId,
        stage: &StageId,
        filter: &Filter,
        page: Page,
    ) -> Result<Vec<Order>>;
    /// Orders in each stage of each pipeline.
    fn order_counts(&mut self, shop: ShopId) -> Result<Vec<(PipelineId, StageId, u64)>>;
}

pub trait WriteOrders {
    /// Inserts or replaces.
    fn put_order(&mut self, shop: ShopId, order: &Order) -> Result<()>;
    fn delete_order(&mut self, shop: ShopId, id: OrderId) -> Result<()>;
}

pub trait ReadClients {
    fn client(&mut self, shop: ShopId, id: ClientId) -> Result<Option<Client>>;
    fn clients(&mut self, shop: ShopId, page: Page) -> Result<Vec<Client>>;
    /// Those of one kind, or of both.
    fn find_clients(&mut self, shop: ShopId, kind: Option<ClientKind>, find: &Find) -> Result<Found<Client>>;
    /// With this phone number (as stored) or mail address (any case).
    fn clients_by_address(&mut self, shop: ShopId, address: &str) -> Result<Vec<ClientId>>;
    /// With a phone number that has this [`end`](rulewright_domain::phone::end).
    fn clients_by_phone_end(&mut self, shop: ShopId, end: &str) -> Result<Vec<ClientId>>;
    /// Contacts that belong to the company.
    fn contacts_of_company(&mut self, shop: ShopId, company: ClientId, page: Page) -> Result<Vec<ClientId>>;
}

pub trait WriteClients {
    fn put_client(&mut self, shop: ShopId, client: &Client) -> Result<()>;
    /// With its addresses.
    fn delete_client(&mut self, shop: ShopId, id: ClientId) -> Result<()>;
}
