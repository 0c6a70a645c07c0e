//! What the unit tests of several modules need.

use std::sync::Arc;

use async_trait::async_trait;
use rulewright_domain::{
    Actor, Cause, Client, ClientId, Currency, Draft, Employee, Event, EventId, Fields, Grant, Item, ItemId,
    Money, NewEvent, Order, OrderId, OrderKind, Recipient, Shipment, ShipmentId, ShopId, Timestamp, kind,
};
use rulewright_ports::{
    ExamineTask, HttpError, HttpRequest, HttpResponse, Invocation, Task, World, WorldError,
};

/// These functions, and some of what they need.
pub(crate) fn grant(functions: &[&str]) -> Grant {
    Grant {
        functions: functions.iter().map(|name| (*name).to_owned()).collect(),
        secrets: ["token".to_owned()].into(),
        channels: ["sms".to_owned()].into(),
        storage: 100,
        ..Grant::default()
    }
}

pub(crate) fn draft(channel: &str, to: Recipient, address: &str) -> Draft {
    Draft {
        channel: channel.into(),
        to,
        address: address.into(),
        about: None,
        sender: None,
        subject: None,
        text: "Hello".into(),
        params: Default::default(),
        correlation: None,
    }
}

pub(crate) fn order() -> Order {
    let gbp = |amount| Money { amount, scale: 2, currency: Currency::new(b"GBP") };
    Order {
        id: OrderId(1),
        revision: 3,
        kind: OrderKind::Order,
        number: "536365".into(),
        title: "A lamp".into(),
        pipeline: "orders".into(),
        stage: "new".into(),
        visit: 1,
        created: Timestamp(1),
        updated: Timestamp(2),
        created_by: None,
        updated_by: None,
        moved: None,
        moved_by: None,
        total: gbp(1_000),
        total_by: Default::default(),
        paid: gbp(500),
        canceled: false,
        responsible: None,
        company: None,
        contacts: Vec::new(),
        source: None,
        comments: String::new(),
        lines: Default::default(),
        payments: Vec::new(),
        shipments: vec![Shipment {
            id: ShipmentId(1),
            allowed: false,
            shipped: false,
            status: None,
            tracking_number: None,
            service: None,
            comment: None,
            date: None,
            responsible: None,
            attrs: Default::default(),
        }],
        tags: Default::default(),
        fields: Default::default(),
        numbered: Default::default(),
    }
}

/// A trigger of the order, to which nothing is granted.
pub(crate) fn invocation(order: Order) -> Invocation {
    let (shop, at, cause) = (ShopId(1), Timestamp(5), Cause::from_outside(Actor::Host));
    let event = Event { id: EventId(1), shop, at, cause, what: NewEvent::new(kind::STAGE_CHANGED) };
    let task = ExamineTask {
        trigger_name: String::new(),
        settings: "{}".into(),
        order: Arc::new(order),
        event: Arc::new(event),
    };
    Invocation {
        shop,
        plugin: "a.b".into(),
        digest: String::new(),
        grant: Grant::default(),
        limits: Default::default(),
        seed: String::new(),
        now: at,
        locale: "en".into(),
        time_zone: "UTC".into(),
        hours: Default::default(),
        task: Task::Examine(Box::new(task)),
    }
}

/// Orders and people. There is nothing else to ask for.
#[derive(Default)]
pub(crate) struct Shop {
    pub orders: Vec<Order>,
    pub clients: Vec<Client>,
    pub employees: Vec<Employee>,
}

fn unasked<T>() -> Result<T, WorldError> {
    Err(WorldError("nobody asks for that".to_owned()))
}

#[async_trait]
impl World for Shop {
    async fn order(&self, id: OrderId) -> Result<Option<Order>, WorldError> {
        Ok(self.orders.iter().find(|order| order.id == id).cloned())
    }
    async fn orders_of_client(&self, _: ClientId, _: u32) -> Result<Vec<OrderId>, WorldError> {
        unasked()
    }
    async fn client(&self, id: ClientId) -> Result<Option<Client>, WorldError> {
        Ok(self.clients.iter().find(|client| client.id == id).cloned())
    }
    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        Ok(self.employees.clone())
    }
    async fn item(&self, _: &str, _: ItemId) -> Result<Option<Item>, WorldError> {
        unasked()
    }
    async fn items(&self, _: &str, _: Fields, _: u32) -> Result<Vec<Item>, WorldError> {
        unasked()
    }
    async fn stored(&self, _: &str) -> Result<Option<Vec<u8>>, WorldError> {
        unasked()
    }
    async fn has_secret(&self, _: &str) -> Result<bool, WorldError> {
        unasked()
    }
    async fn secret(&self, _: &str) -> Result<Option<Vec<u8>>, WorldError> {
        unasked()
    }
    async fn http(&self, _: &str, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Denied("there is no way out".to_owned()))
    }
}
