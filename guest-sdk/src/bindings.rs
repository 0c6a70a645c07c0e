//! What `wit-bindgen` makes of `wit/`, and nothing else.
//!
//! The public modules of the crate re-export these types; the export macros are for `rule!`, `trigger!` and `provider!`.

/// The world of a rule. All types and all imports are bound here, once.
pub mod rule {
    wit_bindgen::generate!({
        path: ["../wit/types", "../wit/host", "../wit/plugin"],
        world: "rulewright:plugin/rule-plugin",
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq],
        additional_derives_ignore: ["request", "header", "header-value", "secret-value", "basic-value"],
        pub_export_macro: true,
        default_bindings_module: "rulewright_sdk::bindings::rule",
        runtime_path: "::rulewright_sdk::__private::wit_bindgen::rt",
    });
}

/// The world of a trigger: only its exports, on the types of the rule world.
pub mod trigger {
    wit_bindgen::generate!({
        path: ["../wit/types", "../wit/host", "../wit/plugin"],
        world: "rulewright:plugin/trigger-plugin",
        with: {
            "rulewright:types/time@0.1.0": crate::bindings::rule::rulewright::types::time,
            "rulewright:types/values@0.1.0": crate::bindings::rule::rulewright::types::values,
            "rulewright:types/errors@0.1.0": crate::bindings::rule::rulewright::types::errors,
            "rulewright:types/clients@0.1.0": crate::bindings::rule::rulewright::types::clients,
            "rulewright:types/employees@0.1.0": crate::bindings::rule::rulewright::types::employees,
            "rulewright:types/orders@0.1.0": crate::bindings::rule::rulewright::types::orders,
            "rulewright:types/events@0.1.0": crate::bindings::rule::rulewright::types::events,
            "rulewright:plugin/runs@0.1.0": crate::bindings::rule::rulewright::plugin::runs,
            "rulewright:host/log@0.1.0": crate::bindings::rule::rulewright::host::log,
            "rulewright:host/step@0.1.0": crate::bindings::rule::rulewright::host::step,
            "rulewright:host/storage@0.1.0": crate::bindings::rule::rulewright::host::storage,
            "rulewright:host/secrets@0.1.0": crate::bindings::rule::rulewright::host::secrets,
            "rulewright:host/signatures@0.1.0": crate::bindings::rule::rulewright::host::signatures,
            "rulewright:host/secrets-reveal@0.1.0": crate::bindings::rule::rulewright::host::secrets_reveal,
            "rulewright:host/http@0.1.0": crate::bindings::rule::rulewright::host::http,
            "rulewright:host/orders-read@0.1.0": crate::bindings::rule::rulewright::host::orders_read,
            "rulewright:host/clients-read@0.1.0": crate::bindings::rule::rulewright::host::clients_read,
        },
        additional_derives: [PartialEq],
        pub_export_macro: true,
        default_bindings_module: "rulewright_sdk::bindings::trigger",
        runtime_path: "::rulewright_sdk::__private::wit_bindgen::rt",
    });
}

/// The world of a provider: only its exports, on the types of the rule world.
pub mod provider {
    wit_bindgen::generate!({
        path: ["../wit/types", "../wit/host", "../wit/plugin"],
        world: "rulewright:plugin/provider-plugin",
        with: {
            "rulewright:types/time@0.1.0": crate::bindings::rule::rulewright::types::time,
            "rulewright:types/values@0.1.0": crate::bindings::rule::rulewright::types::values,
            "rulewright:types/errors@0.1.0": crate::bindings::rule::rulewright::types::errors,
            "rulewright:types/clients@0.1.0": crate::bindings::rule::rulewright::types::clients,
            "rulewright:types/employees@0.1.0": crate::bindings::rule::rulewright::types::employees,
            "rulewright:types/orders@0.1.0": crate::bindings::rule::rulewright::types::orders,
            "rulewright:types/events@0.1.0": crate::bindings::rule::rulewright::types::events,
            "rulewright:plugin/runs@0.1.0": crate::bindings::rule::rulewright::plugin::runs,
            "rulewright:host/log@0.1.0": crate::bindings::rule::rulewright::host::log,
            "rulewright:host/step@0.1.0": crate::bindings::rule::rulewright::host::step,
            "rulewright:host/secrets@0.1.0": crate::bindings::rule::rulewright::host::secrets,
            "rulewright:host/signatures@0.1.0": crate::bindings::rule::rulewright::host::signatures,
            "rulewright:host/secrets-reveal@0.1.0": crate::bindings::rule::rulewright::host::secrets_reveal,
            "rulewright:host/http@0.1.0": crate::bindings::rule::rulewright::host::http,
        },
        additional_derives: [PartialEq],
        pub_export_macro: true,
        default_bindings_module: "rulewright_sdk::bindings::provider",
        runtime_path: "::rulewright_sdk::__private::wit_bindgen::rt",
    });
}
