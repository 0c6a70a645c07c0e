use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{EmployeeId, ShopId, Timestamp, TokenId};

/// What a bearer token may do through the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Orders, clients, timelines, documents.
    OrdersRead,
    OrdersWrite,
    /// Pipelines, automations, shop settings.
    AutomationRead,
    AutomationWrite,
    /// Runs, deliveries, events and their traces.
    RunsRead,
    /// Retry and cancel.
    RunsWrite,
    /// Only `POST /v1/events`.
    EventsWrite,
    /// Install, grant, remove.
    PluginsWrite,
    /// Tokens and everything else.
    Admin,
}

/// A bearer token as it is stored: never the token itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    pub id: TokenId,
    pub shop: ShopId,
    pub name: String,
    /// SHA-256 of the secret in hex. The secret has 256 random bits, so no slow hash is needed.
    #[serde(skip_serializing, default)]
    pub hash: String,
    pub scopes: BTreeSet<Scope>,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
    /// As whom it acts.
    #[serde(default)]
    pub employee: Option<EmployeeId>,
    /// What it opens of an interface that has scopes of its own, in that interface's words.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub areas: BTreeSet<String>,
}

impl Token {
    pub fn allows(&self, scope: Scope) -> bool {
        self.scopes.contains(&Scope::Admin) || self.scopes.contains(&scope)
    }
}
