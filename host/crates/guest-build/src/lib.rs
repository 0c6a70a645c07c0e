//! Turns Rust crates into plugin components: runs cargo for the wasm target, asks the module for its manifest,
//! and wraps it with `wit-component`. Used by build scripts and by `rulewright plugin build`.
//!
//! **Invariant:** a tool. It knows no domain type, opens no connection of its own, and judges nothing:
//! whether a component may be installed is for `rulewright-registry` to say.

#![allow(clippy::disallowed_methods, reason = "a build tool is set up by its environment, as cargo is")]

mod cargo;
mod component;
mod describe;
mod target;
mod workspace;

pub use cargo::{Guest, Spec, What, build};
pub use component::componentize;
pub use describe::{DESCRIBE, describe};
pub use target::{TARGET, ensure_target};
pub use workspace::{Metadata, guest_target_dir, packages_in, rerun_if_changed};

/// Custom section of a component that holds its manifest as JSON.
pub const MANIFEST_SECTION: &str = "rulewright:manifest";
