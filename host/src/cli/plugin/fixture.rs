//! A made-up shop with one order, for running a plugin without any data.

use std::sync::Arc;

use async_trait::async_trait;
use rulewright_domain::{
    Actor, Cause, Client, ClientId, ClientKind, ContactPoint, Currency, Employee, EmployeeId, Event, EventId,
    Fields, Item, ItemId, NewEvent, NewOrder, Order, OrderId, OrderKind, Pipeline, Rejection, ShopId, Stage,
    StageId, StageKind, Timestamp, create, kind,
};
use rulewright_ports::{HttpError, HttpRequest, HttpResponse, World, WorldError};
use serde_json::json;

pub const SHOP: ShopId = ShopId(1);
const ORDER: OrderId = OrderId(1);
const CLIENT: ClientId = ClientId(1);
const GBP: Currency = Currency::new(b"GBP");
const STAGES: [(&str, StageKind); 3] =
    [("new", StageKind::Open), ("paid", StageKind::Open), ("done", StageKind::Won)];
/// A Monday morning.
pub const NOW: Timestamp = Timestamp(1_767_603_600_000);

pub fn order() -> Result<Order, Rejection> {
    let lines = json!([
        { "sku": "85123A", "title": "White hanging heart T-light holder", "quantity_milli": 6000,
          "unit_price": { "amount": "2.55", "currency": "GBP" } },
        { "sku": "POST", "title": "Postage", "quantity_milli": 1000, "unit_price": { "amount": "3.00", "currency": "GBP" } },
    ]);
    let stage = |(id, kind): (&str, StageKind)| Stage { id: id.into(), name: id.to_owned(), kind };
    let pipeline = Pipeline {
        id: "orders".into(),
        name: "Orders".to_owned(),
        kind: OrderKind::Order,
        stages: STAGES.map(stage).into(),
    };
    let new = NewOrder {
        kind: OrderKind::Order,
        number: Some("1042".to_owned()),
        title: "Order 1042".to_owned(),
        pipeline: pipeline.id.clone(),
        stage: None,
        currency: GBP,
        // The domain does not name the type of a new line.
        lines: serde_json::from_value(lines)
            .map_err(|error| Rejection::invalid("lines", error.to_string()))?,
        responsible: Some(EmployeeId(1)),
        company: None,
        contacts: vec![CLIENT],
        source: Some("store".to_owned()),
        comments: String::new(),
        tags: Default::default(),
        fields: Default::default(),
        historical: false,
        created: None,
    };
    create(ORDER, new, &pipeline, NOW)?.order.ok_or_else(|| Rejection::invalid("order", "it was not made"))
}

pub fn stages() -> Vec<StageId> {
    STAGES.map(|(id, _)| id.into()).into()
}

/// Reachable in no real network.
fn client() -> Client {
    let point =
        |kind: &str, value: &str| vec![ContactPoint { kind: kind.to_owned(), value: value.to_owned() }];
    Client {
        id: CLIENT,
        kind: ClientKind::Contact,
        name: "Tess Merrow".to_owned(),
        phones: point("mobile", "+447700900123"),
        emails: point("work", "tess.merrow@example.com"),
        locale: Some("en-GB".to_owned()),
        time_zone: None,
        fields: Default::default(),
        unsubscribed: Default::default(),
        chats: Vec::new(),
    }
}

/// `None` is the event that starts a rule.
pub fn event(named: Option<&str>) -> Arc<Event> {
    let kind = named.unwrap_or(kind::STAGE_CHANGED);
    Arc::new(Event {
        id: EventId(1),
        shop: SHOP,
        at: NOW,
        cause: Cause::from_outside(Actor::Outside { source: "plugin test".to_owned() }),
        what: NewEvent { order: Some(ORDER), client: Some(CLIENT), ..NewEvent::new(kind) },
    })
}

/// What the step may ask for. Nothing leaves the machine.
pub struct Fixture {
    pub order: Arc<Order>,
}

#[async_trait]
impl World for Fixture {
    async fn order(&self, id: OrderId) -> Result<Option<Order>, WorldError> {
        Ok((id == ORDER).then(|| Order::clone(&self.order)))
    }

    async fn orders_of_client(&self, id: ClientId, _limit: u32) -> Result<Vec<OrderId>, WorldError> {
        Ok(if id == CLIENT { vec![ORDER] } else { Vec::new() })
    }

    async fn client(&self, id: ClientId) -> Result<Option<Client>, WorldError> {
        Ok((id == CLIENT).then(client))
    }

    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        Ok(vec![Employee {
            id: EmployeeId(1),
            name: "Ada Thornbury".to_owned(),
            phone: Some("+442079460101".to_owned()),
            work_phone: None,
            email: Some("ada@shop.example".to_owned()),
            position: Some("Sales".to_owned()),
            head: None,
            absent: false,
            working: true,
        }])
    }

    async fn item(&self, _list: &str, _id: ItemId) -> Result<Option<Item>, WorldError> {
        Ok(None)
    }

    async fn items(&self, _list: &str, _fields: Fields, _limit: u32) -> Result<Vec<Item>, WorldError> {
        Ok(Vec::new())
    }

    async fn stored(&self, _key: &str) -> Result<Option<Vec<u8>>, WorldError> {
        Ok(None)
    }

    async fn has_secret(&self, _name: &str) -> Result<bool, WorldError> {
        Ok(true)
    }

    async fn secret(&self, _name: &str) -> Result<Option<Vec<u8>>, WorldError> {
        Ok(Some(b"a-secret-for-tests".to_vec()))
    }

    async fn http(&self, _key: &str, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Connect(format!("`plugin test` sends nothing; it would have asked {}", request.url)))
    }
}
