use serde::{Deserialize, Serialize};

use crate::{Chat, ClientId, Fields, Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientKind {
    Contact,
    Company,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactPoint {
    /// `mobile`, `work`, `home`, ...
    pub kind: String,
    pub value: String,
}

/// A person or a company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Client {
    pub id: ClientId,
    pub kind: ClientKind,
    pub name: String,
    #[serde(default)]
    pub phones: Vec<ContactPoint>,
    #[serde(default)]
    pub emails: Vec<ContactPoint>,
    #[serde(default)]
    pub locale: Option<String>,
    #[serde(default)]
    pub time_zone: Option<String>,
    #[serde(default)]
    pub fields: Fields,
    /// Open channels that the client has used, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chats: Vec<Chat>,
}

impl Client {
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
            "fields": self.fields,
        })
    }
}
