//! The contract of `wit/` as Rust types, generated.
//!
//! **Invariant:** types and exports only. What the guest imports is defined function by function in
//! `capability`, because the generated linkers can only define whole interfaces, granted or not.

#![allow(dead_code, clippy::all, reason = "generated, including the linkers that are not used here")]

wasmtime::component::bindgen!({
    path: ["../../../wit/types", "../../../wit/host", "../../../wit/plugin"],
    inline: "
        package rulewright:runtime;
        /// All kinds of plugin at once, so that they share their types.
        world plugins {
            include rulewright:plugin/rule-plugin@0.1.0;
            include rulewright:plugin/trigger-plugin@0.1.0;
            include rulewright:plugin/provider-plugin@0.1.0;
        }
    ",
    world: "rulewright:runtime/plugins",
    exports: { default: async },
    with: { "rulewright:host/secrets.secret": crate::capability::Secret },
});

pub use exports::rulewright::plugin::{provider, trigger};
pub use rulewright::host;
pub use rulewright::plugin::runs;
pub use rulewright::types::{clients, employees, errors, events, orders, values};
