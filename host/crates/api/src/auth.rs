//! Who calls, and what they may do. A handler names the scope in its signature, so that none can forget to ask.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Deref,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use rulewright_domain::{EmployeeId, Scope, ShopId, Token, TokenId, audit::Who};

use crate::{problem::Problem, state::Api, token};

/// The holder of a valid token.
#[derive(Clone)]
pub struct Caller {
    token: Arc<Token>,
    hash: String,
}

impl Caller {
    pub fn shop(&self) -> ShopId {
        self.token.shop
    }

    pub fn name(&self) -> &str {
        &self.token.name
    }

    pub fn token(&self) -> TokenId {
        self.token.id
    }

    pub fn scopes(&self) -> &BTreeSet<Scope> {
        &self.token.scopes
    }

    /// As the audit log knows them.
    pub fn who(&self) -> Who {
        Who::from(&*self.token)
    }

    /// As whom the token acts.
    pub fn employee(&self) -> Option<EmployeeId> {
        self.token.employee
    }

    pub fn may(&self, scope: Scope) -> bool {
        self.token.allows(scope)
    }

    /// For answers that go on for long: whether the token has been neither revoked nor outlived.
    pub async fn is_still_valid(&self, api: &Api) -> bool {
        matches!(find(api, self.token.id, &self.hash).await, Ok(Some(_)))
    }
}

/// Reads a token, whatever it may do.
pub async fn authenticate(api: &Api, text: Option<&str>) -> Result<Caller, Problem> {
    let Some(text) = text else {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "no-token", "the request has no bearer token")
            .hint("send `Authorization: Bearer rw_...`; `rulewright token create` makes one"));
    };
    let unknown = || {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "invalid-token",
            "the bearer token is unknown, revoked or expired",
        )
        .hint("make a new one with `rulewright token create` or POST /v1/tokens")
        .wrong_secret()
    };
    let (id, secret) = token::parse(text).ok_or_else(unknown)?;
    let hash = token::hash(secret);
    let token = find(api, id, &hash).await?.ok_or_else(unknown)?;
    Ok(Caller { token, hash })
}

async fn find(api: &Api, id: TokenId, hash: &str) -> Result<Option<Arc<Token>>, Problem> {
    // Asked before the database is: what is revoked in between is not taken for known.
    let revoked = api.engine.tokens_revoked();
    let token = match api.tokens.get(hash, revoked) {
        Some(token) => token,
        None => {
            let wanted = hash.to_owned();
            let Some(token) = api.read(move |reads| reads.token_by_hash(&wanted)).await? else {
                return Ok(None);
            };
            let token = Arc::new(token);
            api.tokens.remember(hash, token.clone(), revoked);
            token
        }
    };
    let expired = token.expires.is_some_and(|expires| expires <= api.engine.clock().now());
    Ok((token.id == id && !expired).then_some(token))
}

pub fn bearer_of(parts: &Parts) -> Option<&str> {
    bearer_in(&parts.headers)
}

pub fn bearer_in(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

macro_rules! callers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        pub struct $name(pub Caller);

        impl Deref for $name {
            type Target = Caller;

            fn deref(&self) -> &Caller {
                &self.0
            }
        }

        impl FromRequestParts<Api> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
                let caller = authenticate(api, bearer_of(parts)).await?;
                allowed(&caller, Scope::$name)?;
                Ok($name(caller))
            }
        }
    )*};
}

// Named like the scopes.
callers! {
    OrdersRead;
    OrdersWrite;
    AutomationRead;
    AutomationWrite;
    RunsRead;
    RunsWrite;
    EventsWrite;
    PluginsWrite;
    Admin;
}

pub fn allowed(caller: &Caller, scope: Scope) -> Result<(), Problem> {
    if caller.may(scope) {
        return Ok(());
    }
    let scope = crate::view::Scope::from(scope).name();
    let detail = format!("the token `{}` lacks the scope `{scope}`", caller.name());
    Err(Problem::new(StatusCode::FORBIDDEN, "missing-scope", detail)
        .hint("use a token with this scope, or with `admin`"))
}

/// Tokens seen lately, by hash: a request does not read the database to know its caller.
#[derive(Default)]
pub struct Tokens {
    known: RwLock<HashMap<String, Seen>>,
}

struct Seen {
    token: Arc<Token>,
    since: Instant,
    /// Revocations until then; see [`rulewright_engine::Engine::tokens_revoked`].
    revoked: u64,
}

impl Tokens {
    /// Revoked by another process, e.g. the command line, a token works at most this long.
    const FRESH: Duration = Duration::from_secs(10);
    const MOST: usize = 10_000;

    /// None also where any token has been revoked since, by whichever way: then the database is asked.
    fn get(&self, hash: &str, revoked: u64) -> Option<Arc<Token>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let seen = known.get(hash).filter(|seen| seen.revoked == revoked)?;
        (seen.since.elapsed() < Self::FRESH).then(|| seen.token.clone())
    }

    fn remember(&self, hash: &str, token: Arc<Token>, revoked: u64) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(hash.to_owned(), Seen { token, since: Instant::now(), revoked });
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::Timestamp;

    use super::*;

    fn some_token() -> Arc<Token> {
        Arc::new(Token {
            id: TokenId(1),
            shop: ShopId(1),
            name: "t".into(),
            hash: "h".into(),
            scopes: [Scope::OrdersRead].into(),
            created: Timestamp(0),
            expires: None,
            employee: None,
            areas: Default::default(),
        })
    }

    #[test]
    fn a_revoked_token_is_not_remembered_by_a_reader_that_was_slower() {
        let tokens = Tokens::default();
        tokens.remember("h", some_token(), 0);
        assert!(tokens.get("h", 0).is_some());
        assert!(tokens.get("h", 1).is_none(), "one has been revoked since");
        tokens.remember("h", some_token(), 0);
        assert!(tokens.get("h", 1).is_none(), "read before, remembered after");
        tokens.remember("h", some_token(), 1);
        assert!(tokens.get("h", 1).is_some());
    }

    #[test]
    fn only_admin_holds_every_scope() {
        let caller = |scope| {
            let token = Token { scopes: [scope].into(), ..(*some_token()).clone() };
            Caller { token: Arc::new(token), hash: String::new() }
        };
        assert!(allowed(&caller(Scope::Admin), Scope::PluginsWrite).is_ok());
        let refused = allowed(&caller(Scope::OrdersRead), Scope::OrdersWrite);
        assert_eq!(refused.err().map(|problem| problem.status()), Some(StatusCode::FORBIDDEN));
    }
}
