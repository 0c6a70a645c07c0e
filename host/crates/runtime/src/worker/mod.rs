//! Guests in processes of their own, which have no database, no secrets, no files and no network.
//!
//! **Invariant:** a worker is a stranger. It is given what a step may see, and what it says is believed as far as the
//! grant goes (`believe.rs`). What a secret, an address or another order is needed for is done here (`keeper.rs`), and
//! whatever ends a worker ends its steps as if they had not begun.
//!
//! The same program is started for each worker, as for compilers. A socket is all that it has: `frame.rs` and
//! `words.rs` are what goes over it, `child.rs` is the other side, `walls.rs` what the system forbids there, and
//! `memory.rs` ends what takes more than it may.

#[cfg(unix)]
mod asking;
#[cfg(unix)]
mod believe;
#[cfg(unix)]
mod chain;
#[cfg(unix)]
mod child;
#[cfg(unix)]
mod frame;
#[cfg(unix)]
mod granted;
mod guests;
#[cfg(unix)]
mod memory;
#[cfg(not(unix))]
mod nowhere;
#[cfg(unix)]
mod order;
#[cfg(all(unix, debug_assertions))]
mod probe;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod talk;
mod walls;
#[cfg(unix)]
mod words;
#[cfg(unix)]
mod workers;

#[cfg(unix)]
pub(crate) use chain::Chain;
#[cfg(unix)]
pub use child::worker_child;
pub use guests::{Guests, GuestsNow};
#[cfg(not(unix))]
pub use nowhere::worker_child;
#[cfg(not(unix))]
pub(crate) use nowhere::{Chain, Workers};
pub use walls::Walls;
#[cfg(unix)]
pub(crate) use workers::Workers;

/// The first argument of the program that runs guests, followed by its order. Not a command for people.
pub const WORKER_CHILD: &str = "__guests";

/// Bytes of a digest, as text.
#[cfg(unix)]
const DIGEST: usize = 64;
