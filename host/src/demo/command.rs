//! From a fact to the commands that a shop's systems would have sent.
//!
//! **Invariant:** pure, and the same commands for the same fact: they are one transaction under one idempotency key.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rulewright_domain::{
    Actor, Client, ClientId, ClientKind, Command, ContactPoint, EmployeeId, EntryKind, NewEvent, NewOrder,
    OrderChange, OrderId, OrderKind, kind,
};
use serde_json::{Value, json};

use super::dataset::CURRENCY;
use super::fact::What;
use super::invention::Person;
use super::shop;
use crate::order_file::Invoice;

/// What of the file is which row of the database.
#[derive(Debug, Default)]
pub struct Known {
    pub orders: HashMap<String, OrderId>,
    pub clients: HashMap<String, ClientId>,
}

/// Who would have sent a fact.
pub fn by(what: &What) -> Actor {
    let source = match what {
        What::Order { .. } => "store",
        What::Cancel { .. } | What::Return { .. } => "back office",
        What::Pay { .. } => "payment provider",
        What::Ship { .. } | What::Deliver { .. } => "courier",
        What::Call { .. } => "telephony",
        What::Form { .. } => "website",
    };
    Actor::Outside { source: source.to_owned() }
}

pub fn client(customer: &str, person: &Person, country: &str) -> Command {
    let points = |kind: &str, value: &Option<String>| {
        value.iter().map(|value| ContactPoint::new(kind, value.as_str())).collect()
    };
    let fields = [("customer", json!(customer)), ("country", json!(country))];
    Command::CreateClient(Client {
        phones: points("mobile", &person.phone),
        emails: points("work", &person.email),
        locale: Some("en-GB".to_owned()),
        fields: fields.map(|(name, value)| (name.to_owned(), value)).into(),
        ..Client::new(ClientId(0), ClientKind::Contact, person.name.as_str())
    })
}

/// An invoice as an order. A cancellation is an order of its own, with negative lines, in the pipeline of returns.
pub fn order(
    invoice: &Invoice,
    client: Option<ClientId>,
    responsible: EmployeeId,
) -> Result<Command, String> {
    let lines = invoice.lines.iter().map(|line| {
        // A hundred lines have no description; the code is what is known.
        let title = if line.title.is_empty() { &line.sku } else { &line.title };
        let quantity = line.quantity.saturating_mul(1000);
        json!({ "sku": line.sku, "title": title, "quantity_milli": quantity, "unit_price": line.unit_price })
    });
    // The domain does not name the type of a new line, so the field's type has to be inferred.
    let lines = serde_json::from_value(lines.collect()).map_err(|error| error.to_string())?;
    let (pipeline, what) =
        if invoice.is_credit() { (shop::RETURNS, "Cancellation") } else { (shop::ORDERS, "Order") };
    let mut tags = BTreeSet::new();
    if invoice.customer.is_none() {
        tags.insert("no-customer".to_owned());
    }
    if invoice.country != "United Kingdom" {
        tags.insert("abroad".to_owned());
    }
    Ok(Command::CreateOrder(NewOrder {
        kind: OrderKind::Order,
        number: Some(invoice.number.clone()),
        title: format!("{what} {}", invoice.number),
        pipeline: pipeline.into(),
        stage: None,
        currency: CURRENCY,
        lines,
        responsible: Some(responsible),
        company: None,
        contacts: client.into_iter().collect(),
        source: Some("online-retail".to_owned()),
        comments: String::new(),
        tags,
        fields: [("country".to_owned(), json!(invoice.country))].into(),
        historical: false,
        created: Some(invoice.at),
        total: None,
        total_always: false,
    }))
}

/// Orders among the commands are this client's.
pub fn of_client(commands: &[Command], client: Option<ClientId>) -> Vec<Command> {
    let mut commands = commands.to_vec();
    for command in &mut commands {
        if let Command::CreateOrder(new) = command {
            new.contacts.extend(client);
        }
    }
    commands
}

/// Of every fact but orders. Empty where the order or the customer was refused.
pub fn commands(what: &What, known: &Known) -> Vec<Command> {
    let order = |number: &String| known.orders.get(number).copied();
    let change = |id: OrderId, change: OrderChange| Command::ChangeOrder { id, expected: None, change };
    match what {
        What::Order { .. } => Vec::new(),
        What::Cancel { order: number, credit } => order(number).map_or_else(Vec::new, |id| {
            let reason = Some(format!("taken back by {credit}"));
            vec![
                change(id, OrderChange::Cancel { reason }),
                change(id, OrderChange::MoveStage { stage: shop::CANCELED.into() }),
            ]
        }),
        What::Return { order: number, credit } => order(number).map_or_else(Vec::new, |id| {
            let event = NewEvent { order: Some(id), ..NewEvent::new("goods.returned") };
            let text = format!("Some goods came back, see {credit}");
            vec![
                Command::Ingest(event.attr("credit", credit.as_str())),
                Command::AddEntry {
                    order: Some(id),
                    client: None,
                    kind: EntryKind::Comment,
                    text,
                    details: Value::Null,
                },
            ]
        }),
        What::Pay { order: number, amount, system } => order(number).map_or_else(Vec::new, |id| {
            let system = Some((*system).to_owned());
            vec![change(id, OrderChange::AddPayment { amount: *amount, system, paid: true })]
        }),
        What::Ship { order: number, service, tracking } => order(number).map_or_else(Vec::new, |id| {
            let fields = [("tracking-number", json!(tracking)), ("status", json!("with the courier"))];
            let fields = BTreeMap::from(fields.map(|(name, value)| (name.to_owned(), value)));
            vec![
                change(id, OrderChange::AddShipment { service: Some((*service).to_owned()) }),
                change(id, OrderChange::EditShipments { shipment: None, fields }),
                change(id, OrderChange::MarkShipped),
                hook(id, shop::HOOK_SHIPPED, json!({ "parcel": tracking })),
            ]
        }),
        What::Deliver { order: number } => order(number)
            .map_or_else(Vec::new, |id| vec![hook(id, shop::HOOK_DELIVERED, json!({ "signed": true }))]),
        What::Call { customer, line } => known.clients.get(customer).map_or_else(Vec::new, |client| {
            let event = NewEvent { client: Some(*client), ..NewEvent::new(kind::CALL_INCOMING) };
            vec![Command::Ingest(event.attr("line", *line))]
        }),
        What::Form { customer, form, question } => {
            known.clients.get(customer).map_or_else(Vec::new, |client| {
                let data = json!({ "question": question }).into();
                let event = NewEvent { client: Some(*client), data, ..NewEvent::new(kind::FORM_SUBMITTED) };
                vec![Command::Ingest(event.attr("form", *form))]
            })
        }
    }
}

/// As `POST /v1/hooks/{code}?order=..` would be taken in.
fn hook(order: OrderId, code: &str, body: Value) -> Command {
    let data = json!({ "query": {}, "body": body }).into();
    let event = NewEvent { order: Some(order), data, ..NewEvent::new(kind::WEBHOOK_RECEIVED) };
    Command::Ingest(event.attr("code", code).attr("method", "POST"))
}
