//! How many requests one token may send. Asked before the token is looked up and before the body is read: what is
//! turned away has cost next to nothing, and none of it has happened.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
};

use axum::{
    extract::Query,
    http::{HeaderMap, Request, Uri, header},
};
use rulewright_domain::{
    Timestamp,
    bucket::{Bucket, Buckets},
};

/// By token, whether it is one of ours or not: under another's token nobody gets, and so nobody can use up their
/// share.
pub struct Rate {
    buckets: Option<Mutex<Buckets<u64>>>,
    /// Tokens are not kept: of each there is a number that only this process can find again.
    keys: RandomState,
}

impl Rate {
    /// None: any number.
    pub fn new(limit: Option<Bucket>) -> Rate {
        Rate { buckets: limit.map(|limit| Mutex::new(Buckets::new(limit))), keys: RandomState::new() }
    }

    /// An error says how many seconds to wait.
    pub fn ask<B>(&self, request: &Request<B>, now: Timestamp) -> Result<(), u64> {
        let Some(buckets) = &self.buckets else { return Ok(()) };
        let key = match in_header(request.headers()) {
            Some(token) => self.keys.hash_one(token),
            None => match in_query(request.uri()) {
                Some(token) => self.keys.hash_one(token.as_str()),
                None => return Ok(()),
            },
        };
        buckets.lock().unwrap_or_else(PoisonError::into_inner).put(key, now)
    }
}

/// Of any scheme: a webhook's sender may call it as it likes.
fn in_header(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.split_once(' ').map(|(_, token)| token.trim())
}

/// A webhook's sender may have it in the address. Read as the webhook reads it: one token can be written there in
/// many ways.
fn in_query(uri: &Uri) -> Option<String> {
    uri.query()?;
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    pairs.into_iter().find(|(name, _)| name == "token").map(|(_, token)| token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(token: Option<&str>, address: &str) -> Request<()> {
        let request = Request::get(address);
        let request = match token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        request.body(()).unwrap()
    }

    #[test]
    fn a_token_that_has_asked_too_much_waits_and_no_other_does() {
        let rate = Rate::new(Some(Bucket { burst: 2, per_second: 0.5 }));
        let ask =
            |token: Option<&str>, address: &str, ms: i64| rate.ask(&with(token, address), Timestamp(ms));
        assert_eq!([ask(Some("a"), "/", 0), ask(Some("a"), "/", 0)], [Ok(()), Ok(())]);
        assert_eq!(ask(Some("a"), "/", 0), Err(2));
        assert_eq!(ask(Some("a"), "/v1/hooks/x?token=b", 0), Err(2), "what is in the header counts");
        assert_eq!(ask(None, "/v1/hooks/x?order=ord_1&token=a", 0), Err(2), "wherever it stands");
        assert_eq!(ask(None, "/v1/hooks/x?%74oken=%61", 0), Err(2), "however it is written");
        let other_scheme = Request::get("/").header("authorization", "Token a").body(()).unwrap();
        assert_eq!(rate.ask(&other_scheme, Timestamp(0)), Err(2), "whatever it is called");
        assert_eq!(ask(Some("b"), "/", 0), Ok(()));
        assert_eq!(ask(Some("a"), "/", 1_500), Err(1), "whole seconds");
        assert_eq!(ask(Some("a"), "/", 4_000), Ok(()));
        for _ in 0..100 {
            assert_eq!(ask(None, "/healthz", 0), Ok(()), "who shows no token is not counted");
        }
    }

    #[test]
    fn without_a_limit_any_number_may_come() {
        let rate = Rate::new(None);
        assert!((0..10_000).all(|_| rate.ask(&with(Some("a"), "/"), Timestamp(0)).is_ok()));
    }
}
