//! How many requests one token may send. Asked before the token is looked up and before the body is read: what is
//! turned away has cost next to nothing, and none of it has happened.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
};

use axum::http::Request;
use rulewright_domain::{
    Timestamp,
    bucket::{Bucket, Buckets},
};

use crate::auth::bearer_in;

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
        // A webhook's sender may have it in the address; what it is called by there is not decoded to be counted.
        let query = request.uri().query().unwrap_or_default();
        let in_query = || query.split('&').find_map(|pair| pair.strip_prefix("token="));
        let Some(token) = bearer_in(request.headers()).or_else(in_query) else { return Ok(()) };
        buckets.lock().unwrap_or_else(PoisonError::into_inner).put(self.keys.hash_one(token), now)
    }
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
