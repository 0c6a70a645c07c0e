//! The plugins that come with Rulewright, as the components that a store would download.
//!
//! **Invariant:** bytes only. They are inspected, granted and run like anybody else's.

// `PLUGINS: &[(&str, &[u8])]`: folder below `plugins/` and component, in order of folder.
include!(concat!(env!("OUT_DIR"), "/plugins.rs"));
