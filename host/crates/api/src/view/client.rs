use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{self as domain, ClientChange, ClientId, EmployeeId, Timestamp};
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
pub(super) struct ContactPoint {
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
pub(super) struct Affiliation {
    #[schema(value_type = String, example = "cli_9")]
    company: ClientId,
    /// Where it stands among the others; which one is the primary does not depend on it.
    #[serde(default)]
    #[schema(example = 10)]
    sort: i64,
}

impl From<Affiliation> for domain::Affiliation {
    fn from(Affiliation { company, sort }: Affiliation) -> domain::Affiliation {
        domain::Affiliation { company, sort }
    }
}

impl From<domain::Affiliation> for Affiliation {
    fn from(domain::Affiliation { company, sort }: domain::Affiliation) -> Affiliation {
        Affiliation { company, sort }
    }
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
    pub fn of(self, company: ClientId) -> ClientChange {
        let Binding { primary, sort } = self;
        ClientChange::BindCompany { company, primary, sort }
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
    /// When it was made. Only of a new client that was made elsewhere: now if left out. Null: from before it was
    /// remembered.
    #[schema(value_type = Option<String>, format = DateTime)]
    created: Option<Timestamp>,
    /// The employee who made it; only of a new client. Null: not an employee, but a system or a rule.
    #[schema(value_type = Option<String>, example = "emp_1")]
    created_by: Option<EmployeeId>,
    /// Only of a new client: when it was made if left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    updated: Option<Timestamp>,
    /// Only of a new client.
    #[schema(value_type = Option<String>, example = "emp_1")]
    updated_by: Option<EmployeeId>,
}

impl ClientInput {
    /// In place of a client that is there: when and by whom that was made is settled.
    pub fn replacing(self, id: ClientId) -> Result<domain::Client, Problem> {
        let told = [
            ("/created", self.created.is_some()),
            ("/created_by", self.created_by.is_some()),
            ("/updated", self.updated.is_some()),
            ("/updated_by", self.updated_by.is_some()),
        ];
        match told.into_iter().find(|(_, told)| *told) {
            Some((path, _)) => {
                let message = "only a new client is told when and by whom it was made: leave it out";
                Err(Problem::mistake(path, "settled", message))
            }
            None => self.into_domain(id),
        }
    }

    pub fn into_domain(self, id: ClientId) -> Result<domain::Client, Problem> {
        must_be_somewhere(self.locale.as_deref(), self.time_zone.as_deref())?;
        let name = |name: Option<String>| name.unwrap_or_default().trim().to_owned();
        Ok(domain::Client {
            names: domain::PersonName {
                given: name(self.given_name),
                middle: name(self.middle_name),
                family: name(self.family_name),
            },
            phones: each(self.phones),
            emails: each(self.emails),
            websites: each(self.websites),
            messengers: each(self.messengers),
            links: each(self.links),
            locale: self.locale,
            time_zone: self.time_zone,
            fields: self.fields,
            unsubscribed: self.unsubscribed,
            companies: each(self.companies),
            responsible: self.responsible,
            created: self.created,
            created_by: self.created_by,
            updated: self.updated,
            updated_by: self.updated_by,
            ..domain::Client::new(id, self.kind.into(), self.name)
        })
    }
}

pub(super) fn each<A, B: From<A>>(values: Vec<A>) -> Vec<B> {
    values.into_iter().map(B::from).collect()
}

pub(super) fn must_be_somewhere(locale: Option<&str>, zone: Option<&str>) -> Result<(), Problem> {
    locale.map(must_be_locale).transpose()?;
    match zone.filter(|zone| !domain::schedule::is_zone(zone)) {
        None => Ok(()),
        Some(zone) => {
            let message = format!("`{zone}` is no IANA time zone such as Europe/London");
            Err(Problem::mistake("/time_zone", "time-zone", message))
        }
    }
}

impl From<domain::Client> for Client {
    fn from(mut client: domain::Client) -> Client {
        client.number_points();
        let name = |name: String| Some(name).filter(|name| !name.is_empty());
        Client {
            id: client.id,
            rest: ClientInput {
                kind: client.kind.into(),
                name: client.name,
                given_name: name(client.names.given),
                middle_name: name(client.names.middle),
                family_name: name(client.names.family),
                phones: each(client.phones),
                emails: each(client.emails),
                websites: each(client.websites),
                messengers: each(client.messengers),
                links: each(client.links),
                companies: each(client.companies),
                responsible: client.responsible,
                locale: client.locale,
                time_zone: client.time_zone,
                fields: client.fields,
                unsubscribed: client.unsubscribed,
                created: client.created,
                created_by: client.created_by,
                updated: client.updated,
                updated_by: client.updated_by,
            },
            chats: client
                .chats
                .into_iter()
                .map(|domain::Chat { channel, peer, used }| Chat { channel, peer, used })
                .collect(),
        }
    }
}
