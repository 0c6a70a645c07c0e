use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Client, ClientId, Currency, DocumentDraft, EmployeeId, EntryId, EntryKind, Fields, ItemId, Mailing,
    Money, NewEvent, OrderId, OrderKind, PaymentId, PipelineId, ShipmentId, StageId, Timestamp,
};

/// Every way to change anything that rules can see. REST, the CLI and rules issue the same ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Command {
    CreateOrder(NewOrder),
    ChangeOrder {
        id: OrderId,
        /// Refuse when the order is no longer at this revision.
        #[serde(default)]
        expected: Option<u64>,
        change: OrderChange,
    },
    /// The id is ignored.
    CreateClient(Client),
    /// Replaces everything but the id.
    UpdateClient(Client),
    /// Sets some of its fields; null empties. See [`Client::set`].
    ChangeClient {
        id: ClientId,
        fields: Fields,
    },
    /// Something happened outside: a call, a form, a mail, a webhook.
    Ingest(NewEvent),
    AddEntry {
        order: Option<OrderId>,
        kind: EntryKind,
        text: String,
        details: Value,
    },
    /// Of a task or an activity.
    Complete {
        entry: EntryId,
    },
    CreateDocument(DocumentDraft),
    AddItem {
        list: String,
        fields: Fields,
    },
    /// Sets some of its fields; null empties.
    ChangeItem {
        list: String,
        id: ItemId,
        fields: Fields,
    },
    /// The messages leave as any others do.
    SendMailing(Mailing),
    StartWorkflow {
        workflow: String,
        order: OrderId,
        parameters: Map<String, Value>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewLine {
    pub sku: Option<String>,
    pub title: String,
    pub quantity_milli: i64,
    pub unit_price: Money,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewOrder {
    pub kind: OrderKind,
    /// None takes the order's id.
    pub number: Option<String>,
    pub title: String,
    pub pipeline: PipelineId,
    /// None is the pipeline's first.
    pub stage: Option<StageId>,
    pub currency: Currency,
    pub lines: Vec<NewLine>,
    pub responsible: Option<EmployeeId>,
    pub company: Option<ClientId>,
    pub contacts: Vec<ClientId>,
    pub source: Option<String>,
    pub comments: String,
    pub tags: BTreeSet<String>,
    pub fields: Fields,
    /// Brought in from the past: nothing runs because of it.
    pub historical: bool,
    pub created: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum OrderChange {
    MoveStage {
        stage: StageId,
    },
    /// `title` and `comments` by these names, everything else is the shop's own; null empties.
    SetFields {
        fields: Fields,
    },
    AppendFields {
        fields: Fields,
    },
    AddTags {
        tags: BTreeSet<String>,
    },
    SetResponsible {
        to: Option<EmployeeId>,
    },
    SetClients {
        company: Option<ClientId>,
        contacts: Vec<ClientId>,
    },
    SetLines {
        lines: Vec<NewLine>,
    },
    AddPayment {
        amount: Money,
        system: Option<String>,
        paid: bool,
    },
    /// None: every open payment, and one more for what none covers.
    Pay {
        payment: Option<PaymentId>,
    },
    AddShipment {
        service: Option<String>,
    },
    AllowDelivery,
    MarkShipped,
    /// None: every shipment.
    EditShipments {
        shipment: Option<ShipmentId>,
        fields: Fields,
    },
    Cancel {
        reason: Option<String>,
    },
    Restore,
    Delete,
}
