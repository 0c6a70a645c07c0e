//! Who shows wrong secrets, whichever door they come to: tokens, codes in addresses, signatures, the code of the
//! setup.
//!
//! A secret that is right is never kept out by wrong ones: a whole office may come from one address, and 256 bits
//! are not guessed at any pace. What is limited is how often wrong ones are answered as if they were mistakes:
//! whoever goes on is told to stop, seen in the numbers, and costs little. Kept in memory: a restart forgives.

use std::net::IpAddr;

use parking_lot::Mutex;
use rulewright_domain::bucket::{Bucket, Buckets, network};

use crate::Engine;

/// Of one address, where nothing else is said. Ten at once, and ten more in each minute: more than a program with an old
/// token in its settings sends by mistake.
pub const WRONG_SECRETS: Bucket = Bucket { burst: 10, per_second: 10.0 / 60.0 };

/// By network. None: nobody is counted.
pub(crate) struct Strangers(Option<Mutex<Buckets<IpAddr>>>);

impl Strangers {
    pub fn new(limit: Option<Bucket>) -> Strangers {
        Strangers(limit.map(|limit| Mutex::new(Buckets::new(limit))))
    }
}

impl Engine {
    /// Counts a wrong secret. Some: the address has shown too many, and should wait as many seconds. An address
    /// that nobody knows is not counted: it is within this process.
    pub fn wrong_secret(&self, from: Option<IpAddr>) -> Option<u64> {
        let (from, strangers) = (network(from?), self.inner.strangers.0.as_ref()?);
        let wait = strangers.lock().put(from, self.clock().now()).err()?;
        tracing::debug!(%from, "wrong secrets again and again");
        Some(wait)
    }
}
