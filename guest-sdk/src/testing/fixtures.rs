//! Plain values to start from; change their fields, or use struct update syntax.

use super::START;
use crate::{Client, ContactPoint, Employee, Event, Money, Order, Shipment, Value, attr};

/// `order-1`, 100.00 EUR, unpaid, in stage `new`, of `client-1`, in the hands of `employee-1`.
pub fn order() -> Order {
    Order {
        id: "order-1".into(),
        revision: 1,
        kind: "order".into(),
        number: "1001".into(),
        title: "Order 1001".into(),
        pipeline: "sales".into(),
        stage: "new".into(),
        created: START,
        updated: START,
        total: Money::new(10_000, 2, "EUR"),
        paid: Money::new(0, 2, "EUR"),
        canceled: false,
        responsible: Some("employee-1".into()),
        company: None,
        contacts: vec!["client-1".into()],
        lines: Vec::new(),
        payments: Vec::new(),
        shipments: Vec::new(),
        tags: Vec::new(),
        fields: Vec::new(),
        attrs: Vec::new(),
    }
}

/// Neither approved nor shipped, of no service yet.
pub fn shipment(id: &str) -> Shipment {
    Shipment {
        id: id.into(),
        allowed: false,
        shipped: false,
        status: None,
        tracking_number: None,
        service: None,
        attrs: Vec::new(),
    }
}

/// A contact with neither phone nor mail address.
pub fn client(id: &str) -> Client {
    Client {
        id: id.into(),
        kind: "contact".into(),
        name: format!("Client {id}"),
        phones: Vec::new(),
        emails: Vec::new(),
        locale: None,
        time_zone: None,
        attrs: Vec::new(),
    }
}

/// Somebody at work.
pub fn employee(id: &str) -> Employee {
    Employee {
        id: id.into(),
        name: format!("Employee {id}"),
        phone: None,
        email: None,
        position: None,
        head: None,
        absent: false,
        working: true,
        attrs: Vec::new(),
    }
}

/// An event of that kind, about nothing yet.
pub fn event(kind: &str) -> Event {
    Event {
        id: "event-1".into(),
        kind: kind.into(),
        at: START,
        order: None,
        client: None,
        correlation: None,
        attrs: Vec::new(),
        payload: None,
    }
}

impl Client {
    pub fn with_phone(mut self, kind: &str, value: &str) -> Self {
        self.phones.push(point(kind, value));
        self
    }

    pub fn with_email(mut self, kind: &str, value: &str) -> Self {
        self.emails.push(point(kind, value));
        self
    }
}

fn point(kind: &str, value: &str) -> ContactPoint {
    ContactPoint { kind: kind.into(), value: value.into() }
}

impl Event {
    pub fn of_order(mut self, id: &str) -> Self {
        self.order = Some(id.into());
        self
    }

    pub fn of_client(mut self, id: &str) -> Self {
        self.client = Some(id.into());
        self
    }

    pub fn with_correlation(mut self, key: &str) -> Self {
        self.correlation = Some(key.into());
        self
    }

    pub fn with_attr(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.attrs.push(attr(key, value));
        self
    }
}
