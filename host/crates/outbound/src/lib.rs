//! Everything that leaves the house: what plugins ask of the web, and what messages go to customers.
//!
//! **Invariant:** no other crate opens an outward connection, and none is opened here before the address that it
//! would really reach has been checked. Nothing is decided here: grants and messages come from the engine.

mod address;
mod blank;
mod egress;
mod mail;
mod sandbox;
mod target;

pub use egress::{EgressOptions, HttpEgress};
pub use mail::{MailClient, MailOptions};
pub use sandbox::SandboxTransport;
