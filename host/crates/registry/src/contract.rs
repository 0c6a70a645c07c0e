//! The WIT that this host was built with, and what it says about a plugin's imports and exports.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rulewright_domain::plugin::PluginKind;
use wit_parser::{InterfaceId, PackageName, Resolve, WorldItem};

use crate::shape;

const TYPES: &str = include_str!("../../../../wit/types/types.wit");
const HOST: &str = include_str!("../../../../wit/host/host.wit");
const PLUGIN: &str = include_str!("../../../../wit/plugin/plugin.wit");

/// Version of `rulewright:host` that this host implements.
pub const HOST_API: semver::Version = semver::Version::new(0, 1, 0);

/// The three packages under `wit/`, read.
pub struct Contract {
    resolve: Resolve,
}

impl Contract {
    /// Of this host.
    pub fn current() -> &'static Contract {
        static CURRENT: OnceLock<Contract> = OnceLock::new();
        CURRENT.get_or_init(|| {
            let mut resolve = Resolve::default();
            for (name, text) in [("types", TYPES), ("host", HOST), ("plugin", PLUGIN)] {
                // Compiled in, and read by every test of this crate: it cannot be wrong in a running host.
                resolve.push_str(name, text).expect("the WIT of this host parses");
            }
            Contract { resolve }
        })
    }

    pub fn resolve(&self) -> &Resolve {
        &self.resolve
    }

    /// Every function of `rulewright:host` that a plugin can be granted, as `interface.function`.
    pub fn host_functions(&self) -> Vec<String> {
        let package = self.package("host").expect("rulewright:host is one of the three");
        let mut names = Vec::new();
        for (interface, id) in &package.interfaces {
            for function in self.resolve.interfaces[*id].functions.values() {
                if is_permission(&function.name) {
                    names.push(format!("{interface}.{}", function.name));
                }
            }
        }
        names
    }

    /// An interface of a `rulewright:` package.
    pub fn interface(&self, package: &str, interface: &str) -> Option<InterfaceId> {
        self.package(package)?.interfaces.get(interface).copied()
    }

    /// Functions of an interface and their signatures.
    pub fn functions(&self, id: InterfaceId) -> BTreeMap<&str, String> {
        let functions = self.resolve.interfaces[id].functions.iter();
        functions.map(|(name, f)| (name.as_str(), shape::function(&self.resolve, f))).collect()
    }

    /// Whether plugins of this kind may import from this interface of `rulewright:host`.
    pub fn may_import(&self, kind: PluginKind, interface: InterfaceId) -> bool {
        let world = format!("{}-plugin", kind_name(kind));
        let Some(world) = self.package("plugin").and_then(|package| package.worlds.get(&world)) else {
            return false;
        };
        self.resolve.worlds[*world]
            .imports
            .values()
            .any(|item| matches!(item, WorldItem::Interface { id, .. } if *id == interface))
    }

    fn package(&self, name: &str) -> Option<&wit_parser::Package> {
        let name = PackageName { namespace: "rulewright".into(), name: name.into(), version: Some(HOST_API) };
        Some(&self.resolve.packages[*self.resolve.package_names.get(&name)?])
    }
}

/// Methods of a resource belong to having got hold of it, which is a function of its own.
pub fn is_permission(function: &str) -> bool {
    !function.starts_with('[')
}

/// The word for a kind in WIT and in manifests.
pub fn kind_name(kind: PluginKind) -> &'static str {
    match kind {
        PluginKind::Rule => "rule",
        PluginKind::Trigger => "trigger",
        PluginKind::Provider => "provider",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_of_each_kind_is_its_world() {
        let contract = Contract::current();
        let may = |kind, name| contract.may_import(kind, contract.interface("host", name).unwrap());
        assert!(may(PluginKind::Rule, "messages"));
        assert!(!may(PluginKind::Trigger, "orders-write"));
        assert!(may(PluginKind::Trigger, "orders-read"));
        assert!(may(PluginKind::Provider, "http"));
        assert!(!may(PluginKind::Provider, "clients-read"));
    }

    #[test]
    fn a_resource_counts_by_the_function_that_hands_it_out() {
        let functions = Contract::current().host_functions();
        assert!(functions.contains(&"secrets.open".to_owned()));
        assert!(functions.iter().all(|name| !name.contains('[')));
    }
}
