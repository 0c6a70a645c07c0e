//! Who calls, and what they may do. A handler names the scope in its signature, so that none can forget to ask.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Deref,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
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
    };
    let (id, secret) = token::parse(text).ok_or_else(unknown)?;
    let hash = token::hash(secret);
    let token = find(api, id, &hash).await?.ok_or_else(unknown)?;
    Ok(Caller { token, hash })
}

async fn find(api: &Api, id: TokenId, hash: &str) -> Result<Option<Arc<Token>>, Problem> {
    let token = match api.tokens.get(hash) {
        Some(token) => token,
        None => {
            let generation = api.tokens.generation();
            let wanted = hash.to_owned();
            let Some(token) = api.read(move |reads| reads.token_by_hash(&wanted)).await? else {
                return Ok(None);
            };
            let token = Arc::new(token);
            api.tokens.remember(hash, token.clone(), generation);
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
    known: RwLock<HashMap<String, (Arc<Token>, Instant)>>,
    generation: AtomicU64,
}

impl Tokens {
    /// Revoked by another process, e.g. the command line, a token works at most this long.
    const FRESH: Duration = Duration::from_secs(10);
    const MOST: usize = 10_000;

    fn get(&self, hash: &str) -> Option<Arc<Token>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (token, since) = known.get(hash)?;
        (since.elapsed() < Self::FRESH).then(|| token.clone())
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    fn remember(&self, hash: &str, token: Arc<Token>, generation: u64) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // Read before a revocation and remembered after it, a token would come back to life.
        if generation != self.generation() {
            return;
        }
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(hash.to_owned(), (token, Instant::now()));
    }

    /// Call after a token has been removed from storage.
    pub fn forget(&self, id: TokenId) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        self.generation.fetch_add(1, Ordering::SeqCst);
        known.retain(|_, (token, _)| token.id != id);
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
    fn a_forgotten_token_is_not_remembered_by_a_reader_that_was_slower() {
        let tokens = Tokens::default();
        let before = tokens.generation();
        tokens.remember("h", some_token(), before);
        assert!(tokens.get("h").is_some());
        tokens.forget(TokenId(1));
        assert!(tokens.get("h").is_none());
        tokens.remember("h", some_token(), before);
        assert!(tokens.get("h").is_none());
        tokens.remember("h", some_token(), tokens.generation());
        assert!(tokens.get("h").is_some());
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
