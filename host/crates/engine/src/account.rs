//! Who signs in to the console: their accounts, their passwords, and how they get in.
//!
//! People live by the clock on the wall, whatever time the shop has: how long a session lasts is counted from the `now`
//! that the caller says.

mod manage;
mod password;
mod session;
mod setup;
mod tries;

pub use password::SHORTEST_PASSWORD;
pub use session::{SIGN_IN, Session, TOO_MANY_TRIES};
pub use setup::Founder;

/// What the engine remembers about people who sign in.
pub(crate) struct SignIns {
    tries: tries::Tries,
    /// A hash takes 19 MiB and much of a processor: who sends many passwords waits, and the shop does not.
    hashing: std::sync::Arc<tokio::sync::Semaphore>,
    /// Those who wait for it: a queue that grows for ever would keep everybody out.
    waiting: std::sync::Arc<tokio::sync::Semaphore>,
    stay: rulewright_domain::account::Stay,
    /// Hash of the code that lets the first owner in; None: nobody is let in by one.
    setup: parking_lot::Mutex<Option<String>>,
}

/// Passwords hashed at once.
const AT_ONCE: usize = 2;
/// Passwords that wait to be hashed: some seconds of work.
const WAITING: usize = 100;

impl SignIns {
    pub fn new(stay: rulewright_domain::account::Stay) -> SignIns {
        let places = |many| std::sync::Arc::new(tokio::sync::Semaphore::new(many));
        SignIns {
            tries: tries::Tries::default(),
            hashing: places(AT_ONCE),
            waiting: places(WAITING),
            stay,
            setup: Default::default(),
        }
    }
}
