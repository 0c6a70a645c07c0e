use std::collections::BTreeSet;

use rulewright_domain::{self as domain, EmployeeId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::value::Scope;

/// A bearer token; its secret is not known to anybody but its holder.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    #[schema(value_type = String, example = "tok_2")]
    id: TokenId,
    name: String,
    scopes: BTreeSet<Scope>,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
    /// As whom it acts.
    #[schema(value_type = Option<String>, example = "emp_1")]
    employee: Option<EmployeeId>,
    /// What it opens of other interfaces, in their words.
    #[schema(example = json!(["crm", "sale"]))]
    areas: BTreeSet<String>,
}

impl From<domain::Token> for Token {
    fn from(token: domain::Token) -> Token {
        Token {
            id: token.id,
            name: token.name,
            scopes: token.scopes.into_iter().map(Scope::from).collect(),
            created: token.created,
            expires: token.expires,
            employee: token.employee,
            areas: token.areas,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "web shop", "scopes": ["orders-write", "events-write"]}))]
pub struct NewToken {
    /// Shown wherever the token does something.
    pub name: String,
    pub scopes: BTreeSet<Scope>,
    /// Never if left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires: Option<Timestamp>,
    /// As whom it acts. Interfaces that know persons only, such as `/rest`, take no token without one.
    #[schema(value_type = Option<String>, example = "emp_1")]
    pub employee: Option<EmployeeId>,
    /// What it opens of other interfaces, in their words, such as `crm` of `/rest`. A token with the scope `admin` that
    /// names none opens all of them.
    #[serde(default)]
    #[schema(example = json!(["crm", "sale"]))]
    pub areas: BTreeSet<String>,
}

#[derive(Serialize, ToSchema)]
pub struct TokenMade {
    #[serde(flatten)]
    pub token: Token,
    /// Shown this once.
    #[schema(example = "rw_2_0pJc...")]
    pub secret: String,
}
