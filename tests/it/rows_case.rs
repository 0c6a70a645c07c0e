//! An order, its client and its shop, as the rows of triggers and of retail begin with them.

use rulewright_domain::*;
use rulewright_engine::Refusal;
use rulewright_ports::StorageExt;
use serde_json::{Value, json};

use crate::support::{ALL, TestShop, bundled, rule};

/// A shop, one of its clients, and that client's order in the first stage, `new`.
pub struct Case {
    pub shop: TestShop,
    pub client: ClientId,
    pub order: OrderId,
}

impl Case {
    pub async fn new(plugins: &[&str]) -> Case {
        let plugins: Vec<_> = plugins.iter().map(|name| bundled(name)).collect();
        Case::around(TestShop::with(&plugins).await).await
    }

    pub async fn around(shop: TestShop) -> Case {
        let client = shop.client(&[("mobile", "+1 202 555 0100")], &[("work", "a@x.example")]).await;
        let order = shop.order_of(&[client]).await;
        Case { shop, client, order }
    }

    /// With this trigger on the stage `packing`, and nothing else.
    pub async fn of(plugin: &str, settings: Value) -> Case {
        let case = Case::new(&[plugin]).await;
        case.publish(json!({ "packing": { "triggers": [trigger("it", plugin, settings)] } })).await;
        case
    }

    pub async fn publish(&self, stages: Value) {
        self.shop.publish(stages).await;
    }

    /// Something happens to the order.
    pub async fn does(&self, change: OrderChange) {
        self.does_to(self.order, change).await;
    }

    pub async fn does_to(&self, order: OrderId, change: OrderChange) {
        self.shop.change(order, change).await.unwrap();
        self.shop.engine.idle().await;
    }

    /// Something is reported from outside.
    pub async fn hears(&self, event: NewEvent) {
        self.shop.execute(Command::Ingest(event)).await.unwrap();
        self.shop.engine.idle().await;
    }

    /// An event of the client, without its order.
    pub fn client(&self, kind: &str) -> NewEvent {
        NewEvent { client: Some(self.client), ..NewEvent::new(kind) }
    }

    pub async fn employee(&self, name: &str, head: Option<EmployeeId>) -> EmployeeId {
        let employee = Employee {
            id: EmployeeId(0),
            name: name.to_owned(),
            phone: None,
            work_phone: None,
            email: Some(format!("{name}@shop.example")),
            position: None,
            head,
            absent: false,
            working: true,
        };
        self.shop.engine.put_employee(self.shop.id, employee).await.unwrap()
    }

    pub async fn stage(&self) -> String {
        self.shop.read(self.order).await.stage.0
    }

    /// The order's stage, and what became of every event that triggers were asked about: `packing: ignored, moved`.
    /// Of those that found no order as well.
    pub async fn story(&self) -> String {
        self.story_of(self.order).await
    }

    pub async fn story_of(&self, order: OrderId) -> String {
        let shop = self.shop.id;
        let read =
            self.shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.matches(shop, None, ALL)?));
        let mut ends = Vec::new();
        for one in read.await.unwrap() {
            match one.order {
                None => ends.push("no target".to_owned()),
                Some(of) if of == order => ends.extend(one.candidates.iter().map(|candidate| {
                    json!(candidate.verdict)["verdict"].as_str().unwrap_or("pending").to_owned()
                })),
                Some(_) => {}
            }
        }
        let stage = self.shop.read(order).await.stage;
        if ends.is_empty() { stage.0 } else { format!("{stage}: {}", ends.join(", ")) }
    }

    /// Why the trigger that was asked last did not fire.
    pub async fn reason(&self) -> String {
        let last = self.shop.matches(self.order).await.pop().unwrap();
        match &last.candidates[0].verdict {
            Some(Verdict::Ignored { reason }) => reason.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// In the order of their creation.
    pub async fn texts(&self) -> Vec<String> {
        self.shop.messages().await.into_iter().map(|message| message.draft.text).collect()
    }

    pub async fn entries(&self, kind: EntryKind) -> usize {
        self.shop.entries(self.order, kind).await.len()
    }
}

pub fn trigger(id: &str, plugin: &str, settings: Value) -> Value {
    rule(id, &format!("rulewright.{plugin}"), settings)
}

pub fn sms(text: &str) -> Value {
    rule("sms", "rulewright.send-sms", json!({ "text": text }))
}

pub fn responsible(to: EmployeeId) -> OrderChange {
    OrderChange::SetResponsible { to: Some(to) }
}

pub fn set(fields: &[(&str, &str)]) -> OrderChange {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
    OrderChange::SetFields { fields: fields.collect() }
}

pub fn pays(amount: &str) -> OrderChange {
    let amount = serde_json::from_value(json!({ "amount": amount, "currency": "GBP" })).unwrap();
    OrderChange::AddPayment { amount, system: None, paid: true }
}

/// A payment that is still to come.
pub fn owes(amount: &str) -> OrderChange {
    match pays(amount) {
        OrderChange::AddPayment { amount, system, .. } => {
            OrderChange::AddPayment { amount, system, paid: false }
        }
        other => other,
    }
}

pub fn costs(amount: &str) -> OrderChange {
    let price = json!({ "amount": amount, "currency": "GBP" });
    let line = json!({ "sku": null, "title": "Clock", "quantity_milli": 1000, "unit_price": price });
    OrderChange::SetLines { lines: vec![serde_json::from_value(line).unwrap()] }
}

pub fn ships_by(service: &str) -> OrderChange {
    OrderChange::AddShipment { service: Some(service.to_owned()) }
}

/// Of every shipment.
pub fn edits(field: &str, value: &str) -> OrderChange {
    OrderChange::EditShipments { shipment: None, fields: [(field.to_owned(), json!(value))].into() }
}
