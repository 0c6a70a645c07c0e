use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{self as domain, ClientChange, ClientId, EmployeeId, PointList, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::value::{mirror, must_be_locale, present};
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

fn each<A, B: From<A>>(values: Vec<A>) -> Vec<B> {
    values.into_iter().map(B::from).collect()
}

fn must_be_somewhere(locale: Option<&str>, zone: Option<&str>) -> Result<(), Problem> {
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

/// What is left out stays, and null empties. Lists that are sent take the place of those that are there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"family_name": "King", "emails": [{"kind": "work", "value": "ada@example.com"}], "fields": {"vip": true}}))]
pub struct ClientPatch {
    kind: Option<ClientKind>,
    /// Never empty. Of a contact: its names are made of it, unless they are sent, too.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String)]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    given_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    middle_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    family_name: Option<Option<String>>,
    /// A point with the id of one that is there changes it, one without is new unless the same is there, and what is
    /// not among them goes; so in the other lists of points.
    #[serde(default, deserialize_with = "present")]
    phones: Option<Option<Vec<ContactPoint>>>,
    #[serde(default, deserialize_with = "present")]
    emails: Option<Option<Vec<ContactPoint>>>,
    #[serde(default, deserialize_with = "present")]
    websites: Option<Option<Vec<ContactPoint>>>,
    #[serde(default, deserialize_with = "present")]
    messengers: Option<Option<Vec<ContactPoint>>>,
    #[serde(default, deserialize_with = "present")]
    links: Option<Option<Vec<ContactPoint>>>,
    /// Of a contact, the primary one first.
    #[serde(default, deserialize_with = "present")]
    companies: Option<Option<Vec<Affiliation>>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "emp_1")]
    responsible: Option<Option<EmployeeId>>,
    /// BCP 47.
    #[serde(default, deserialize_with = "present")]
    locale: Option<Option<String>>,
    /// IANA zone.
    #[serde(default, deserialize_with = "present")]
    time_zone: Option<Option<String>>,
    /// Sets the fields named here; null empties one.
    fields: Option<BTreeMap<String, Value>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(example = json!(["sms"]))]
    unsubscribed: Option<Option<BTreeSet<String>>>,
}

impl ClientPatch {
    pub fn into_changes(self) -> Result<Vec<ClientChange>, Problem> {
        must_be_somewhere(text(&self.locale), text(&self.time_zone))?;
        if self.name.is_some() && text(&self.name).is_none_or(|name| name.trim().is_empty()) {
            return Err(Problem::mistake("/name", "empty", "a client needs a name"));
        }
        let mut fields = own(self.fields.unwrap_or_default())?;
        let texts = [("name", self.name), ("locale", self.locale), ("time-zone", self.time_zone)];
        fields.extend(texts.into_iter().filter_map(|(part, text)| Some((part.to_owned(), json!(text?)))));
        fields.extend(self.unsubscribed.map(|channels| ("unsubscribed".to_owned(), json!(channels))));

        let mut changes = Vec::new();
        changes.extend(self.kind.map(|kind| ClientChange::SetKind { kind: kind.into() }));
        if !fields.is_empty() {
            changes.push(ClientChange::SetFields { fields });
        }
        let [given, middle, family] = [self.given_name, self.middle_name, self.family_name]
            .map(|name| name.map(|name| name.unwrap_or_default().trim().to_owned()));
        if given.is_some() || middle.is_some() || family.is_some() {
            changes.push(ClientChange::SetNames { given, middle, family });
        }
        let lists = [
            (PointList::Phones, self.phones),
            (PointList::Emails, self.emails),
            (PointList::Websites, self.websites),
            (PointList::Messengers, self.messengers),
            (PointList::Links, self.links),
        ];
        changes.extend(lists.into_iter().filter_map(|(list, points)| {
            Some(ClientChange::SetPoints { list, points: each(points?.unwrap_or_default()) })
        }));
        changes.extend(self.companies.map(|companies| {
            let companies = each(companies.unwrap_or_default());
            ClientChange::SetCompanies { companies }
        }));
        changes.extend(self.responsible.map(|to| ClientChange::SetResponsible { to }));
        match changes.is_empty() {
            true => Err(Problem::unprocessable("nothing-to-change", "the body names nothing to change")
                .hint(
                    "name, phones, fields, or anything else that GET shows and that is not made by the host",
                )),
            false => Ok(changes),
        }
    }
}

fn text(sent: &Option<Option<String>>) -> Option<&str> {
    sent.as_ref()?.as_deref()
}

/// Parts of the card have keys of their own: two places would say two things about one value.
fn own(fields: BTreeMap<String, Value>) -> Result<BTreeMap<String, Value>, Problem> {
    match domain::Client::PARTS.into_iter().find(|part| fields.contains_key(*part)) {
        None => Ok(fields),
        Some(part) => {
            let message = format!("`{part}` is a part of the card, and no field: send it beside `fields`");
            Err(Problem::mistake(format!("/fields/{part}"), "not-own", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(patch: Value) -> Result<Value, String> {
        let patch: ClientPatch = serde_json::from_value(patch).map_err(|error| error.to_string())?;
        let changes = patch.into_changes().map_err(|problem| json!(problem.view()).to_string())?;
        Ok(json!(changes))
    }

    #[test]
    fn a_patch_tells_null_from_nothing() {
        assert_eq!(
            changes(json!({
                "kind": "contact", "middle_name": null, "phones": null, "companies": [{"company": "cli_9"}],
                "responsible": null, "locale": null, "fields": {"vip": null}, "unsubscribed": ["sms"],
            })),
            Ok(json!([
                {"change": "set-kind", "kind": "contact"},
                {"change": "set-fields", "fields": {"locale": null, "unsubscribed": ["sms"], "vip": null}},
                {"change": "set-names", "given": null, "middle": "", "family": null},
                {"change": "set-points", "list": "phones", "points": []},
                {"change": "set-companies", "companies": [{"company": "cli_9", "sort": 0}]},
                {"change": "set-responsible", "to": null},
            ]))
        );
    }

    #[test]
    fn a_mistake_in_a_patch_is_told_where_it_is() {
        for (patch, told) in [
            (json!({}), "nothing-to-change"),
            (json!({"name": null}), "/name"),
            (json!({"name": " "}), "/name"),
            (json!({"locale": "english please"}), "/locale"),
            (json!({"time_zone": "Mars/Base"}), "/time_zone"),
            (json!({"fields": {"phone": "1"}}), "/fields/phone"),
            (json!({"created": "2026-01-01T00:00:00Z"}), "unknown field"),
        ] {
            let refused = changes(patch.clone()).unwrap_err();
            assert!(refused.contains(told), "{patch}: {refused}");
        }
    }
}
