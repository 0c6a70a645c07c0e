use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Client, ClientChange, ClientId, Currency, DocumentDraft, EmployeeId, EntryChange, EntryId, EntryKind,
    Fields, ItemId, LineId, Mailing, Money, NewEvent, OrderId, OrderKind, PaymentId, PipelineId, ShipmentId,
    StageId, Tax, Timestamp,
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
    /// All of it, or nothing.
    EditClient {
        id: ClientId,
        changes: Vec<ClientChange>,
    },
    /// With what is known of them. Orders and contacts stay, and name them no more.
    DeleteClient {
        id: ClientId,
    },
    /// Something happened outside: a call, a form, a mail, a webhook.
    Ingest(NewEvent),
    /// At an order, a client or both; at neither, it is the shop's.
    AddEntry {
        order: Option<OrderId>,
        #[serde(default)]
        client: Option<ClientId>,
        kind: EntryKind,
        text: String,
        details: Value,
    },
    /// Of a task or an activity.
    Complete {
        entry: EntryId,
    },
    ChangeEntry {
        entry: EntryId,
        change: EntryChange,
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
    /// Of the line that stands there already. None: the line of the same article at the same place, or a new one.
    #[serde(default)]
    pub id: Option<LineId>,
    pub sku: Option<String>,
    pub title: String,
    pub quantity_milli: i64,
    pub unit_price: Money,
    #[serde(default)]
    pub tax: Option<Tax>,
    #[serde(default)]
    pub attrs: Fields,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewOrder {
    pub kind: OrderKind,
    /// None takes the order's id.
    pub number: Option<String>,
    /// A deal without one is called by its number.
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
    /// None: what the lines sum up to.
    #[serde(default)]
    pub total: Option<Money>,
    /// Whether later lines leave that total as it is. See [`OrderChange::SetTotal`].
    #[serde(default)]
    pub total_always: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum OrderChange {
    MoveStage {
        stage: StageId,
    },
    /// To another pipeline for the same kind of order; None is its first stage.
    MovePipeline {
        pipeline: PipelineId,
        stage: Option<StageId>,
    },
    /// One revision and all or nothing. A deletion cannot be among them, nor two pipelines: where one moves the order
    /// to another, a stage that another one names is of that one.
    Several {
        changes: Vec<OrderChange>,
    },
    /// None: what the lines sum up to.
    SetTotal {
        total: Option<Money>,
        /// Whether new lines leave it as it is.
        always: bool,
    },
    /// Amounts keep their numbers. Refused once there is a payment.
    SetCurrency {
        currency: Currency,
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
    SetSource {
        source: Option<String>,
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
    /// It was not received after all.
    Unpay {
        payment: PaymentId,
    },
    EditPayment {
        /// None: the one that was added last.
        payment: Option<PaymentId>,
        /// Refused where it is paid.
        amount: Option<Money>,
        /// An empty one is none.
        system: Option<String>,
        /// Null empties.
        attrs: Fields,
    },
    /// Refused where it is paid.
    RemovePayment {
        payment: PaymentId,
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
    /// What else is known of it; null empties.
    NoteShipment {
        /// None: the one that was added last.
        shipment: Option<ShipmentId>,
        attrs: Fields,
    },
    /// Refused where it has been shipped.
    RemoveShipment {
        shipment: ShipmentId,
    },
    Cancel {
        reason: Option<String>,
    },
    Restore,
    Delete,
}

impl OrderChange {
    /// Where it moves the order, should it stand in another pipeline.
    pub fn to_pipeline(&self) -> Option<&PipelineId> {
        match self {
            OrderChange::MovePipeline { pipeline, .. } => Some(pipeline),
            OrderChange::Several { changes } => changes.iter().find_map(OrderChange::to_pipeline),
            _ => None,
        }
    }
}
