//! Everything that leaves the house: what plugins ask of the web, what messages go to customers, and
//! where packages are fetched from.
//!
//! **Invariant:** no other crate opens an outward connection, and none is opened here before the address that it
//! would really reach has been checked. Nothing is decided here: grants and messages come from the engine.

mod address;
mod blank;
mod egress;
mod guard;
mod mail;
mod packages;
mod sandbox;
mod target;

pub use egress::{EgressOptions, HttpEgress};
pub use mail::{MailClient, MailOptions};
pub use packages::{Credentials, FetchLimits, PackageFetcher, PackageOptions, RegistryOptions};
pub use sandbox::SandboxTransport;
