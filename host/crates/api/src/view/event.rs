use std::collections::BTreeMap;

use rulewright_domain::{self as domain, ClientId, EventId, OrderId, RunId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    #[schema(value_type = String, example = "evt_1001")]
    pub id: EventId,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    #[schema(example = "order.stage-changed")]
    pub kind: String,
    #[schema(value_type = Option<String>, example = "ord_42")]
    order: Option<OrderId>,
    #[schema(value_type = Option<String>, example = "cli_7")]
    client: Option<ClientId>,
    correlation: Option<String>,
    by: Actor,
    cause: Cause,
    /// Small values that filters and triggers compare.
    attrs: BTreeMap<String, Value>,
    /// The whole payload; of a change `{part: {before, after}}`.
    data: Value,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Actor {
    /// `token`, `employee`, `account`, `rule`, `trigger`, `outside` or `host`.
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "run_5")]
    run: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<String>,
}

/// Where an event comes from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventCause)]
struct Cause {
    /// First event of the chain; null for the first itself.
    #[schema(value_type = Option<String>, example = "evt_1000")]
    root: Option<EventId>,
    #[schema(value_type = Option<String>, example = "evt_1000")]
    parent: Option<EventId>,
    /// Rules and triggers between this event and the outside.
    depth: u16,
    /// Their names, the latest last.
    chain: Vec<String>,
}

impl From<domain::Actor> for Actor {
    fn from(actor: domain::Actor) -> Actor {
        let name = actor.name().to_owned();
        let plain = |kind| Actor { kind, name: name.clone(), run: None, rule: None, trigger: None };
        match actor {
            domain::Actor::Token { .. } => plain("token"),
            domain::Actor::Employee { .. } => plain("employee"),
            domain::Actor::Account { .. } => plain("account"),
            domain::Actor::Outside { .. } => plain("outside"),
            domain::Actor::Host => plain("host"),
            domain::Actor::Rule { run, rule, .. } => {
                Actor { run: Some(run), rule: Some(rule.0), ..plain("rule") }
            }
            domain::Actor::Trigger { trigger, .. } => Actor { trigger: Some(trigger.0), ..plain("trigger") },
        }
    }
}

impl From<domain::Event> for Event {
    fn from(event: domain::Event) -> Event {
        let domain::Event { id, at, cause, what, .. } = event;
        Event {
            id,
            at,
            kind: what.kind,
            order: what.order,
            client: what.client,
            correlation: what.correlation,
            by: cause.by.into(),
            cause: Cause { root: cause.root, parent: cause.parent, depth: cause.depth, chain: cause.chain },
            attrs: what.attrs,
            data: what.data.value(),
        }
    }
}

/// Something that happened outside. Kinds that follow from commands, such as `payment.received`, are refused:
/// send the command.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "call.incoming", "client": "cli_7", "attrs": {"line": "+442079460001"}}))]
pub struct NewEvent {
    #[schema(example = "call.incoming")]
    kind: String,
    #[schema(value_type = Option<String>, example = "ord_42")]
    order: Option<OrderId>,
    /// Found by `attrs.phone` or `attrs.email` if left out.
    #[schema(value_type = Option<String>, example = "cli_7")]
    client: Option<ClientId>,
    /// What a waiting rule looks for, e.g. the id of a call.
    correlation: Option<String>,
    #[serde(default)]
    attrs: BTreeMap<String, Value>,
    #[serde(default)]
    data: Value,
}

impl From<NewEvent> for domain::NewEvent {
    fn from(event: NewEvent) -> domain::NewEvent {
        let NewEvent { kind, order, client, correlation, attrs, data } = event;
        domain::NewEvent { kind, order, client, correlation, attrs, data: data.into() }
    }
}
