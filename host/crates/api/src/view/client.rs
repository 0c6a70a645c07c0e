use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{self as domain, ClientId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::value::{mirror, must_be_locale};
use crate::problem::Problem;

mirror! {
    ClientKind = domain::ClientKind { Contact = "contact", Company = "company", }
}

/// A phone number or a mail address.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactPoint {
    #[schema(example = "mobile")]
    kind: String,
    #[schema(example = "+442079460000")]
    value: String,
}

/// A person or a company.
#[derive(Debug, Serialize, ToSchema)]
pub struct Client {
    #[schema(value_type = String, example = "cli_7")]
    id: ClientId,
    #[serde(flatten)]
    rest: ClientInput,
    /// Open channels that the client has used, the latest first. They follow from what the client writes.
    chats: Vec<Chat>,
}

/// An open channel that a client has used.
#[derive(Debug, Serialize, ToSchema)]
struct Chat {
    #[schema(example = "telegram")]
    channel: String,
    /// The messenger's id of the client.
    peer: String,
    #[schema(value_type = String, format = DateTime)]
    used: Timestamp,
}

/// Everything about a client but its id.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "contact", "name": "Ada Lovelace", "phones": [{"kind": "mobile", "value": "+442079460000"}], "emails": [{"kind": "work", "value": "ada@example.com"}]}))]
pub struct ClientInput {
    kind: ClientKind,
    name: String,
    #[serde(default)]
    phones: Vec<ContactPoint>,
    #[serde(default)]
    emails: Vec<ContactPoint>,
    /// BCP 47.
    locale: Option<String>,
    /// IANA zone.
    time_zone: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, Value>,
    /// Channels by which the client wants no marketing.
    #[serde(default)]
    #[schema(example = json!(["sms"]))]
    unsubscribed: BTreeSet<String>,
}

impl ClientInput {
    pub fn into_domain(self, id: ClientId) -> Result<domain::Client, Problem> {
        if let Some(locale) = &self.locale {
            must_be_locale(locale)?;
        }
        if let Some(zone) = self.time_zone.as_deref().filter(|zone| !domain::schedule::is_zone(zone)) {
            let message = format!("`{zone}` is no IANA time zone such as Europe/London");
            return Err(Problem::unprocessable("invalid", message.clone()).fault(
                "/time_zone",
                "time-zone",
                message,
            ));
        }
        let points = |points: Vec<ContactPoint>| {
            let point = |point: ContactPoint| domain::ContactPoint { kind: point.kind, value: point.value };
            points.into_iter().map(point).collect()
        };
        Ok(domain::Client {
            id,
            kind: self.kind.into(),
            name: self.name,
            phones: points(self.phones),
            emails: points(self.emails),
            locale: self.locale,
            time_zone: self.time_zone,
            fields: self.fields,
            unsubscribed: self.unsubscribed,
            chats: Vec::new(),
        })
    }
}

impl From<domain::Client> for Client {
    fn from(client: domain::Client) -> Client {
        let points = |points: Vec<domain::ContactPoint>| {
            let point = |point: domain::ContactPoint| ContactPoint { kind: point.kind, value: point.value };
            points.into_iter().map(point).collect()
        };
        Client {
            id: client.id,
            rest: ClientInput {
                kind: client.kind.into(),
                name: client.name,
                phones: points(client.phones),
                emails: points(client.emails),
                locale: client.locale,
                time_zone: client.time_zone,
                fields: client.fields,
                unsubscribed: client.unsubscribed,
            },
            chats: client
                .chats
                .into_iter()
                .map(|domain::Chat { channel, peer, used }| Chat { channel, peer, used })
                .collect(),
        }
    }
}
