use serde::{Deserialize, Serialize};

use crate::{ClientId, Fields};

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
}

impl Client {
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
