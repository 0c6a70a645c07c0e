use std::collections::BTreeSet;

use rulewright_domain::{self as domain, Timestamp, TokenId};
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
}

impl From<domain::Token> for Token {
    fn from(token: domain::Token) -> Token {
        Token {
            id: token.id,
            name: token.name,
            scopes: token.scopes.into_iter().map(Scope::from).collect(),
            created: token.created,
            expires: token.expires,
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
}

#[derive(Serialize, ToSchema)]
pub struct TokenMade {
    #[serde(flatten)]
    pub token: Token,
    /// Shown this once.
    #[schema(example = "rw_2_0pJc...")]
    pub secret: String,
}
