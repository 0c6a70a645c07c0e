use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use serde_json::Value;

use crate::{Chat, ClientId, EmployeeId, Fields, Rejection, Timestamp};

mod change;
mod name;
mod points;

pub use change::ClientChange;
pub use name::PersonName;
pub use points::{ContactPoint, PointList};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientKind {
    Contact,
    Company,
}

impl ClientKind {
    pub fn name(self) -> &'static str {
        match self {
            ClientKind::Contact => "contact",
            ClientKind::Company => "company",
        }
    }
}

/// A company that a contact belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affiliation {
    pub company: ClientId,
    /// Where it stands among the others for whoever shows them; which one is the primary does not depend on it.
    #[serde(default)]
    pub sort: i64,
}

impl Affiliation {
    /// Between two that nobody has given a place.
    pub const STEP: i64 = 10;
}

/// A person or a company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Client {
    pub id: ClientId,
    pub kind: ClientKind,
    pub name: String,
    #[serde(default, skip_serializing_if = "PersonName::is_empty")]
    pub names: PersonName,
    #[serde(default)]
    pub phones: Vec<ContactPoint>,
    #[serde(default)]
    pub emails: Vec<ContactPoint>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub websites: Vec<ContactPoint>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messengers: Vec<ContactPoint>,
    /// Where else the client is to be found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<ContactPoint>,
    /// The highest id that a point of these lists has had.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub last_point: u32,
    #[serde(default)]
    pub locale: Option<String>,
    #[serde(default)]
    pub time_zone: Option<String>,
    #[serde(default)]
    pub fields: Fields,
    /// Channels by which the client wants no marketing.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unsubscribed: BTreeSet<String>,
    /// Open channels that the client has used, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chats: Vec<Chat>,
    /// Of a contact, the primary one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub companies: Vec<Affiliation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible: Option<EmployeeId>,
    /// None: from before it was remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<EmployeeId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<EmployeeId>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Client {
    pub fn new(id: ClientId, kind: ClientKind, name: impl Into<String>) -> Client {
        Client {
            id,
            kind,
            name: name.into(),
            names: PersonName::default(),
            phones: Vec::new(),
            emails: Vec::new(),
            websites: Vec::new(),
            messengers: Vec::new(),
            links: Vec::new(),
            last_point: 0,
            locale: None,
            time_zone: None,
            fields: Fields::default(),
            unsubscribed: BTreeSet::new(),
            chats: Vec::new(),
            companies: Vec::new(),
            responsible: None,
            created: None,
            created_by: None,
            updated: None,
            updated_by: None,
        }
    }

    /// What [`Client::set`] takes for a part of the card, and not for a field of the shop's own.
    pub const PARTS: [&str; 6] = ["name", "phone", "email", "locale", "time-zone", "unsubscribed"];

    /// [`Client::PARTS`] by these names, everything else is the shop's own; null empties. A phone or address replaces
    /// the first.
    pub fn set(&mut self, name: &str, value: Value) -> Result<(), Rejection> {
        let invalid = |wanted: &str| Rejection::invalid(format!("client field `{name}`"), wanted.to_owned());
        let text = match &value {
            Value::Null => None,
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            _ if matches!(name, "name" | "phone" | "email" | "locale" | "time-zone") => {
                return Err(invalid("expected text"));
            }
            _ => None,
        };
        match name {
            "name" => self.name = text.ok_or_else(|| invalid("a client needs a name"))?,
            "locale" => self.locale = text,
            "time-zone" => match text {
                Some(zone) if !crate::schedule::is_zone(&zone) => {
                    return Err(invalid("expected an IANA zone such as Europe/London"));
                }
                zone => self.time_zone = zone,
            },
            "phone" => replace_first(&mut self.phones, text),
            "email" => replace_first(&mut self.emails, text),
            "unsubscribed" => {
                let channels = serde_json::from_value::<Option<BTreeSet<String>>>(value);
                self.unsubscribed =
                    channels.map_err(|_| invalid("expected a list of channels"))?.unwrap_or_default();
            }
            _ if value.is_null() => {
                self.fields.remove(name);
            }
            _ => {
                self.fields.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }

    /// Names of the parts that differ.
    pub fn changes(before: &Client, after: &Client) -> Vec<String> {
        let parts = [
            ("kind", before.kind != after.kind),
            ("name", before.name != after.name || before.names != after.names),
            ("phones", before.phones != after.phones),
            ("emails", before.emails != after.emails),
            ("websites", before.websites != after.websites),
            ("messengers", before.messengers != after.messengers),
            ("links", before.links != after.links),
            ("companies", before.companies != after.companies),
            ("responsible", before.responsible != after.responsible),
            ("locale", before.locale != after.locale),
            ("time-zone", before.time_zone != after.time_zone),
            ("unsubscribed", before.unsubscribed != after.unsubscribed),
        ];
        let mut names: Vec<String> =
            parts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()).collect();
        let own = before.fields.keys().chain(after.fields.keys());
        names.extend(own.filter(|name| before.fields.get(*name) != after.fields.get(*name)).cloned());
        names.sort();
        names.dedup();
        names
    }

    pub fn used(&mut self, channel: &str, peer: &str, at: Timestamp) {
        self.left(channel, peer);
        self.chats.push(Chat { channel: channel.to_owned(), peer: peer.to_owned(), used: at });
        self.chats.sort_by_key(|chat| std::cmp::Reverse(chat.used));
        self.chats.truncate(Chat::MOST);
    }

    /// Whoever writes there is somebody else.
    pub fn left(&mut self, channel: &str, peer: &str) {
        self.chats.retain(|chat| (chat.channel.as_str(), chat.peer.as_str()) != (channel, peer));
    }

    /// What `client.` leads to in conditions and templates.
    pub fn view(&self) -> serde_json::Value {
        serde_json::json!({
            "id": self.id, "kind": self.kind, "name": self.name,
            "phone": self.phones.first().map(|phone| &phone.value),
            "email": self.emails.first().map(|email| &email.value),
            "locale": self.locale, "fields": self.fields, "unsubscribed": self.unsubscribed,
        })
    }
}

fn replace_first(points: &mut Vec<ContactPoint>, value: Option<String>) {
    match (points.first_mut(), value) {
        (Some(first), Some(value)) => first.value = value,
        (None, Some(value)) => points.push(ContactPoint::new("main", value)),
        (Some(_), None) => drop(points.remove(0)),
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_card_is_changed_part_by_part_and_says_which() {
        let mut client: Client =
            serde_json::from_value(json!({ "id": "cli_1", "kind": "contact", "name": "Ada" })).unwrap();
        let before = client.clone();
        client.set("phone", json!("+44 20 7946 0000")).unwrap();
        client.set("vip", json!(true)).unwrap();
        client.set("unsubscribed", json!(["sms"])).unwrap();
        assert_eq!(Client::changes(&before, &client), ["phones", "unsubscribed", "vip"]);
        client.set("vip", Value::Null).unwrap();
        client.set("phone", Value::Null).unwrap();
        client.set("unsubscribed", Value::Null).unwrap();
        assert_eq!(client, before);
        for (name, value) in [("name", json!("")), ("phone", json!(7)), ("time-zone", json!("Mars/Base"))] {
            assert!(client.set(name, value).is_err(), "{name}");
        }
        assert_eq!(client, before);
    }
}
