use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{self as domain, ClientId, EmployeeId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::value::{mirror, must_be_locale};
use crate::problem::Problem;

mirror! {
    ClientKind = domain::ClientKind { Contact = "contact", Company = "company", }
}

/// A phone number, an address of mail or of a site, a name in a messenger.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactPoint {
    /// Of this client only; it stays while the rest changes. Left out: what stands there already keeps its own, anything
    /// else gets a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    id: Option<u32>,
    /// Of a messenger its name.
    #[schema(example = "mobile")]
    kind: String,
    #[schema(example = "+442079460000")]
    value: String,
}

impl From<ContactPoint> for domain::ContactPoint {
    fn from(point: ContactPoint) -> domain::ContactPoint {
        let ContactPoint { id, kind, value } = point;
        domain::ContactPoint { id: id.unwrap_or_default(), kind, value }
    }
}

impl From<domain::ContactPoint> for ContactPoint {
    fn from(point: domain::ContactPoint) -> ContactPoint {
        let domain::ContactPoint { id, kind, value } = point;
        ContactPoint { id: Some(id), kind, value }
    }
}

/// A company that a contact belongs to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Affiliation {
    #[schema(value_type = String, example = "cli_9")]
    company: ClientId,
    /// Where it stands among the others; which one is the primary does not depend on it.
    #[serde(default)]
    #[schema(example = 10)]
    sort: i64,
}

/// How a contact is bound to a company.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// Before all others. The first company of a contact is its primary one in any case.
    #[serde(default)]
    primary: bool,
    /// 10 after the last if left out.
    #[schema(example = 10)]
    sort: Option<i64>,
}

impl Binding {
    pub fn of(self, company: ClientId) -> domain::ClientChange {
        let Binding { primary, sort } = self;
        domain::ClientChange::BindCompany { company, primary, sort }
    }
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
    /// Null: from before it was remembered.
    #[schema(value_type = Option<String>, format = DateTime)]
    created: Option<Timestamp>,
    /// An employee's id. Null: not an employee, but a system or a rule.
    #[schema(value_type = Option<String>, example = "emp_1")]
    created_by: Option<EmployeeId>,
    #[schema(value_type = Option<String>, format = DateTime)]
    updated: Option<Timestamp>,
    #[schema(value_type = Option<String>, example = "emp_1")]
    updated_by: Option<EmployeeId>,
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
    #[schema(example = "Ada Lovelace")]
    name: String,
    /// Of a contact. Its names make up `name`; where only `name` is sent, the last word of it is the family's.
    #[serde(default)]
    #[schema(example = "Ada")]
    given_name: Option<String>,
    #[serde(default)]
    middle_name: Option<String>,
    #[serde(default)]
    #[schema(example = "Lovelace")]
    family_name: Option<String>,
    /// At most 100, as the other lists of points.
    #[serde(default)]
    phones: Vec<ContactPoint>,
    #[serde(default)]
    emails: Vec<ContactPoint>,
    #[serde(default)]
    websites: Vec<ContactPoint>,
    #[serde(default)]
    messengers: Vec<ContactPoint>,
    /// Where else the client is to be found.
    #[serde(default)]
    links: Vec<ContactPoint>,
    /// Of a contact, the primary one first; at most 100.
    #[serde(default)]
    companies: Vec<Affiliation>,
    /// An employee's id.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "emp_1")]
    responsible: Option<EmployeeId>,
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
        let points = |points: Vec<ContactPoint>| points.into_iter().map(Into::into).collect();
        let name = |name: Option<String>| name.unwrap_or_default().trim().to_owned();
        let companies = self.companies.into_iter();
        Ok(domain::Client {
            names: domain::PersonName {
                given: name(self.given_name),
                middle: name(self.middle_name),
                family: name(self.family_name),
            },
            phones: points(self.phones),
            emails: points(self.emails),
            websites: points(self.websites),
            messengers: points(self.messengers),
            links: points(self.links),
            locale: self.locale,
            time_zone: self.time_zone,
            fields: self.fields,
            unsubscribed: self.unsubscribed,
            companies: companies
                .map(|Affiliation { company, sort }| domain::Affiliation { company, sort })
                .collect(),
            responsible: self.responsible,
            ..domain::Client::new(id, self.kind.into(), self.name)
        })
    }
}

impl From<domain::Client> for Client {
    fn from(mut client: domain::Client) -> Client {
        client.number_points();
        let points = |points: Vec<domain::ContactPoint>| points.into_iter().map(Into::into).collect();
        let name = |name: String| Some(name).filter(|name| !name.is_empty());
        let companies = client.companies.into_iter();
        Client {
            id: client.id,
            rest: ClientInput {
                kind: client.kind.into(),
                name: client.name,
                given_name: name(client.names.given),
                middle_name: name(client.names.middle),
                family_name: name(client.names.family),
                phones: points(client.phones),
                emails: points(client.emails),
                websites: points(client.websites),
                messengers: points(client.messengers),
                links: points(client.links),
                companies: companies
                    .map(|domain::Affiliation { company, sort }| Affiliation { company, sort })
                    .collect(),
                responsible: client.responsible,
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
            created: client.created,
            created_by: client.created_by,
            updated: client.updated,
            updated_by: client.updated_by,
        }
    }
}
