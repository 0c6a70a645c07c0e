//! What the unit tests of several modules need.

use rulewright_domain::{Currency, Money, Order, OrderId, OrderKind, Shipment, ShipmentId, Timestamp};

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
