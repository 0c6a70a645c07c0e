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

impl Scope {
    pub const ALL: [Scope; 9] = [
        Scope::OrdersRead,
        Scope::OrdersWrite,
        Scope::AutomationRead,
        Scope::AutomationWrite,
        Scope::RunsRead,
        Scope::RunsWrite,
        Scope::EventsWrite,
        Scope::PluginsWrite,
        Scope::Admin,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Scope::OrdersRead => "orders-read",
            Scope::OrdersWrite => "orders-write",
            Scope::AutomationRead => "automation-read",
            Scope::AutomationWrite => "automation-write",
            Scope::RunsRead => "runs-read",
            Scope::RunsWrite => "runs-write",
            Scope::EventsWrite => "events-write",
            Scope::PluginsWrite => "plugins-write",
            Scope::Admin => "admin",
        }
    }
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

    /// What is wrong with one that somebody wants: where, and what to do.
    pub fn problem(&self, now: Timestamp) -> Option<(&'static str, &'static str)> {
        let word = |area: &String| {
            !area.is_empty() && area.len() <= 64 && area.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        };
        if self.name.trim().is_empty() || self.name.chars().count() > 100 {
            Some(("/name", "a token has a name of 1 to 100 characters"))
        } else if self.scopes.is_empty() && self.areas.is_empty() {
            Some(("/scopes", "a token without scopes and areas can do nothing"))
        } else if self.employee.is_none() && !self.areas.is_empty() {
            Some(("/employee", "areas are opened to somebody: name the employee"))
        } else if !self.areas.iter().all(word) {
            Some(("/areas", "an area is a word in small letters such as `crm`"))
        } else if self.expires.is_some_and(|expires| expires <= now) {
            Some(("/expires", "the time has passed already"))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_named_as_it_is_written() {
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.name());
        }
    }

    #[test]
    fn a_token_that_could_do_nothing_or_is_over_already_is_not_made() {
        let now = Timestamp(1_000);
        let token = Token {
            id: TokenId(0),
            shop: ShopId(1),
            name: "web shop".to_owned(),
            hash: String::new(),
            scopes: [Scope::OrdersRead].into(),
            created: now,
            expires: None,
            employee: None,
            areas: BTreeSet::new(),
        };
        let wrong = |token: Token| token.problem(now).map(|(path, _)| path);
        let crm = BTreeSet::from(["crm".to_owned()]);
        assert_eq!(wrong(token.clone()), None);
        assert_eq!(wrong(Token { name: " ".to_owned(), ..token.clone() }), Some("/name"));
        assert_eq!(wrong(Token { scopes: BTreeSet::new(), ..token.clone() }), Some("/scopes"));
        assert_eq!(wrong(Token { areas: crm, ..token.clone() }), Some("/employee"));
        assert_eq!(wrong(Token { expires: Some(now), ..token }), Some("/expires"));
    }
}
