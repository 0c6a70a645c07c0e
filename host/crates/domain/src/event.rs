use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AccountId, ClientId, EmployeeId, EventId, OrderId, Payload, RuleId, RunId, ShopId, Timestamp, TriggerId,
};

/// Kinds of events that the host itself produces. The set is open: see `Command::Ingest`.
pub mod kind {
    pub const ORDER_CREATED: &str = "order.created";
    pub const ORDER_DELETED: &str = "order.deleted";
    pub const ORDER_CANCELED: &str = "order.canceled";
    pub const ORDER_RESTORED: &str = "order.restored";
    pub const STAGE_CHANGED: &str = "order.stage-changed";
    /// To another pipeline, and to a stage of it.
    pub const PIPELINE_CHANGED: &str = "order.pipeline-changed";
    pub const FIELDS_CHANGED: &str = "order.fields-changed";
    pub const LINES_CHANGED: &str = "order.lines-changed";
    pub const CLIENTS_CHANGED: &str = "order.clients-changed";
    pub const RESPONSIBLE_CHANGED: &str = "order.responsible-changed";
    pub const PAYMENT_ADDED: &str = "payment.added";
    pub const PAYMENT_RECEIVED: &str = "payment.received";
    pub const PAYMENT_CHANGED: &str = "payment.changed";
    pub const PAYMENT_REVERSED: &str = "payment.reversed";
    pub const PAYMENT_REMOVED: &str = "payment.removed";
    pub const SHIPMENT_ADDED: &str = "shipment.added";
    pub const SHIPMENT_APPROVED: &str = "shipment.approved";
    pub const SHIPMENT_SHIPPED: &str = "shipment.shipped";
    pub const SHIPMENT_TRACKING_ADDED: &str = "shipment.tracking-added";
    pub const SHIPMENT_REMOVED: &str = "shipment.removed";
    pub const SHIPMENT_UPDATED: &str = "shipment.updated";
    pub const DOCUMENT_CREATED: &str = "document.created";
    pub const MESSAGE_SENT: &str = "message.sent";
    pub const MESSAGE_FAILED: &str = "message.failed";
    pub const MESSAGE_DELIVERED: &str = "message.delivered";
    pub const MESSAGE_UNDELIVERED: &str = "message.undelivered";
    pub const SMS_RECEIVED: &str = "sms.received";
    pub const TASK_COMPLETED: &str = "task.completed";
    pub const ACTIVITY_COMPLETED: &str = "activity.completed";
    pub const COMMENT_ADDED: &str = "comment.added";
    pub const COMMENT_CHANGED: &str = "comment.changed";
    pub const COMMENT_REMOVED: &str = "comment.removed";
    pub const ACTIVITY_ADDED: &str = "activity.added";
    pub const ACTIVITY_CHANGED: &str = "activity.changed";
    pub const ACTIVITY_REMOVED: &str = "activity.removed";
    pub const TASK_ADDED: &str = "task.added";
    pub const TASK_CHANGED: &str = "task.changed";
    pub const TASK_REMOVED: &str = "task.removed";
    pub const CLIENT_CREATED: &str = "client.created";
    pub const CLIENT_CHANGED: &str = "client.changed";
    pub const CLIENT_DELETED: &str = "client.deleted";
    pub const ITEM_ADDED: &str = "list.item-added";
    pub const ITEM_CHANGED: &str = "list.item-changed";
    pub const MAILING_QUEUED: &str = "mailing.queued";
    pub const WORKFLOW_STARTED: &str = "workflow.started";
    /// Somebody has started a rule of its stage for the order.
    pub const RULE_STARTED: &str = "rule.started";
    pub const CALL_INCOMING: &str = "call.incoming";
    pub const CALL_FINISHED: &str = "call.finished";
    pub const FORM_SUBMITTED: &str = "form.submitted";
    pub const FIELD_ADDED: &str = "field.added";
    pub const FIELD_CHANGED: &str = "field.changed";
    pub const FIELD_REMOVED: &str = "field.removed";
    /// The options of a choice.
    pub const FIELD_OPTIONS_CHANGED: &str = "field.values-changed";
    pub const RECURRENCE_ADDED: &str = "recurrence.added";
    pub const RECURRENCE_CHANGED: &str = "recurrence.changed";
    pub const RECURRENCE_REMOVED: &str = "recurrence.removed";
    /// An order was made of it.
    pub const RECURRENCE_EXPOSED: &str = "recurrence.exposed";
    pub const SCHEDULE_DUE: &str = "schedule.due";
    pub const DATE_REACHED: &str = "date.reached";
    pub const CALL_MISSED: &str = "call.missed";
    pub const CALLBACK_REQUESTED: &str = "callback.requested";
    pub const MAIL_RECEIVED: &str = "mail.received";
    pub const MAIL_VIEWED: &str = "mail.viewed";
    pub const MAIL_LINK_CLICKED: &str = "mail.link-clicked";
    pub const VISIT_STARTED: &str = "visit.started";
    pub const VISITOR_RETURNED: &str = "visitor.returned";
    pub const CHAT_RECEIVED: &str = "chat.message-received";
    pub const CHAT_SENT: &str = "chat.message-sent";
    pub const DOCUMENT_OPENED: &str = "document.opened";
    pub const WEBHOOK_RECEIVED: &str = "webhook.received";
    /// An application has fired a trigger of its own.
    pub const APPLICATION_TRIGGER: &str = "application.trigger";
    /// An application has answered a rule that it carries out.
    pub const APPLICATION_ANSWERED: &str = "application.answered";
    pub const APPLICATION_INSTALLED: &str = "application.installed";
    pub const APPLICATION_UNINSTALLED: &str = "application.uninstalled";
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Actor {
    /// Holder of an API token.
    Token {
        name: String,
    },
    /// Somebody of the shop, in the console or through a program that acts as them.
    Employee {
        employee: EmployeeId,
        name: String,
    },
    /// Somebody in the console who is no employee of the shop.
    Account {
        account: AccountId,
        name: String,
    },
    Rule {
        run: RunId,
        rule: RuleId,
        name: String,
    },
    Trigger {
        trigger: TriggerId,
        name: String,
    },
    /// A system that reported an event.
    Outside {
        source: String,
    },
    /// Rulewright itself, e.g. the relay reporting a delivery.
    Host,
}

impl Actor {
    /// Only what automation does can loop; people and systems start new chains.
    pub fn is_automation(&self) -> bool {
        matches!(self, Actor::Rule { .. } | Actor::Trigger { .. })
    }

    /// Somebody at a keyboard, or a program that they made.
    pub fn is_holder(&self) -> bool {
        matches!(self, Actor::Token { .. } | Actor::Employee { .. } | Actor::Account { .. })
    }

    pub fn employee(&self) -> Option<EmployeeId> {
        match self {
            Actor::Employee { employee, .. } => Some(*employee),
            _ => None,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Actor::Token { name }
            | Actor::Employee { name, .. }
            | Actor::Account { name, .. }
            | Actor::Rule { name, .. }
            | Actor::Trigger { name, .. } => name,
            Actor::Outside { source } => source,
            Actor::Host => "Rulewright",
        }
    }
}

/// Where an event comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    pub by: Actor,
    /// First event of the chain; None for the first itself.
    pub root: Option<EventId>,
    pub parent: Option<EventId>,
    /// 0 for what came from outside, one more for each rule or trigger between.
    pub depth: u16,
    /// Rules and triggers of the chain, the latest last; what a loop names as its culprits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<String>,
}

impl Cause {
    /// Hops of rules and triggers after which a chain is a loop. Longer chains than a handful are not seen in
    /// real shops; each hop costs a run, so the limit also bounds what one event can set off.
    pub const MAX_DEPTH: u16 = 16;
    const REMEMBERED: usize = 4;

    pub fn from_outside(by: Actor) -> Cause {
        Cause { by, root: None, parent: None, depth: 0, chain: Vec::new() }
    }

    /// The cause of what `by` does because of `event`.
    pub fn following(event: &Event, by: Actor) -> Cause {
        Cause::link(event.id, &event.cause, by)
    }

    pub fn link(parent: EventId, above: &Cause, by: Actor) -> Cause {
        let mut chain = above.chain.clone();
        if by.is_automation() {
            chain.push(by.name().to_owned());
        }
        let surplus = chain.len().saturating_sub(Self::REMEMBERED);
        chain.drain(..surplus);
        let hop = u16::from(by.is_automation());
        Cause {
            by,
            root: above.root.or(Some(parent)),
            parent: Some(parent),
            depth: above.depth.saturating_add(hop),
            chain,
        }
    }
}

/// Something that happened, not yet in the log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NewEvent {
    pub kind: String,
    #[serde(default)]
    pub order: Option<OrderId>,
    #[serde(default)]
    pub client: Option<ClientId>,
    #[serde(default)]
    pub correlation: Option<String>,
    /// Small and queryable: what filters and triggers compare.
    #[serde(default)]
    pub attrs: BTreeMap<String, Value>,
    /// The whole payload; of a change `{part: {before, after}}`.
    #[serde(default)]
    pub data: Payload,
}

impl NewEvent {
    pub fn new(kind: &str) -> NewEvent {
        NewEvent { kind: kind.to_owned(), ..NewEvent::default() }
    }

    pub fn attr(mut self, key: &str, value: impl Into<Value>) -> NewEvent {
        self.attrs.insert(key.to_owned(), value.into());
        self
    }
}

/// Something that happened: a line of the append-only log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: EventId,
    pub shop: ShopId,
    pub at: Timestamp,
    pub cause: Cause,
    #[serde(flatten)]
    pub what: NewEvent,
}

impl Event {
    /// What `event.` leads to in conditions and templates. The payload may be a whole order: only where it is asked
    /// for.
    pub fn view(&self, with_data: bool) -> Value {
        let mut view = serde_json::json!({
            "id": self.id, "kind": self.what.kind, "at": self.at, "by": self.cause.by.name(),
            "attrs": self.what.attrs,
        });
        if with_data {
            view["data"] = self.what.data.value();
        }
        view
    }
}

/// What a waiting run wakes up for. All given parts must match.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventFilter {
    pub kinds: Vec<String>,
    pub order: Option<OrderId>,
    /// Any of these; empty means anybody.
    pub clients: Vec<ClientId>,
    pub correlation: Option<String>,
    pub attrs: BTreeMap<String, Value>,
}

impl EventFilter {
    pub fn matches(&self, event: &NewEvent) -> bool {
        self.kinds.contains(&event.kind)
            && self.order.is_none_or(|order| event.order == Some(order))
            && (self.clients.is_empty() || event.client.is_some_and(|client| self.clients.contains(&client)))
            && (self.correlation.is_none() || self.correlation == event.correlation)
            && self.attrs.iter().all(|(key, value)| event.attrs.get(key) == Some(value))
    }
}
