//! From a component to something that can be instantiated: what it imports, and nothing more.
//!
//! **Invariant:** a linker holds exactly the functions that the component imports, and a component that imports
//! anything else than this host offers cannot be linked. Each of them asks the grant of the step first: what was not
//! granted answers `denied`, so that a shop can grant a part, and that a grant was narrowed shows at the next step,
//! without compiling or linking again.

use std::collections::BTreeSet;

use rulewright_ports::Failure;
use wasmtime::{
    Engine,
    component::{Component, InstancePre, Linker, types::ComponentItem},
};

use crate::{capability, step::Step};

const HOST: &str = "rulewright:host/";
/// The published track of the contract that this host speaks.
const TRACK: &str = "0.1";
const VERSION: &str = "0.1.0";

/// What a component asks for.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    /// By the names of grants, e.g. `orders-write.move-stage`.
    functions: BTreeSet<String>,
    /// Interfaces that name the type `secret`: its own, and those that use it.
    secret: BTreeSet<String>,
    /// By full names: not of this contract, or not of this host.
    foreign: Vec<String>,
}

impl Imports {
    pub fn of(engine: &Engine, component: &Component) -> Imports {
        let mut found = Imports::default();
        for (name, item) in component.component_type().imports(engine) {
            match item.ty {
                ComponentItem::ComponentInstance(instance) => {
                    let interface = interface(name);
                    for (export, item) in instance.exports(engine) {
                        found.item(name, interface, export, &item.ty);
                    }
                }
                ComponentItem::Type(_) => {}
                _ => found.foreign.push(name.to_owned()),
            }
        }
        found
    }

    fn item(&mut self, full: &str, interface: Option<&str>, export: &str, ty: &ComponentItem) {
        match (ty, interface) {
            (ComponentItem::Type(_), _) => {}
            (ComponentItem::Resource(_), Some(interface)) if export == "secret" => {
                self.secret.insert(interface.to_owned());
            }
            // The methods of a resource come with it.
            (ComponentItem::ComponentFunc(_), Some("secrets")) if export == "[method]secret.name" => {}
            (ComponentItem::ComponentFunc(_), Some(interface)) => {
                let function = format!("{interface}.{export}");
                if capability::find(&function).is_none() {
                    self.foreign.push(format!("{HOST}{function}"));
                } else {
                    self.functions.insert(function);
                }
            }
            _ => self.foreign.push(format!("{full}.{export}")),
        }
    }

    fn offered(&self) -> Result<(), Failure> {
        if self.foreign.is_empty() {
            return Ok(());
        }
        let message = format!("this host does not offer {} yet", self.foreign.join(", "));
        Err(Failure::new("not-offered", message, false))
    }
}

/// `orders-write` of `rulewright:host/orders-write@0.1.3`; None for everything else.
fn interface(name: &str) -> Option<&str> {
    let (interface, version) = name.strip_prefix(HOST)?.split_once('@')?;
    let patch = version.strip_prefix(TRACK)?.strip_prefix('.')?;
    patch.bytes().all(|byte| byte.is_ascii_digit()).then_some(interface)
}

pub(crate) fn link(
    engine: &Engine,
    component: &Component,
    imports: &Imports,
) -> Result<InstancePre<Step>, Failure> {
    imports.offered()?;
    define(engine, component, imports).map_err(|error| {
        let message = format!("the component does not fit the contract of this host: {error:#}");
        Failure::new("not-offered", message, false)
    })
}

fn define(engine: &Engine, component: &Component, imports: &Imports) -> wasmtime::Result<InstancePre<Step>> {
    let mut linker = Linker::<Step>::new(engine);
    for interface in &imports.secret {
        capability::secret_resource(&mut linker.instance(&full(interface))?)?;
    }
    for name in &imports.functions {
        let Some(function) = capability::find(name) else { continue };
        let interface = name.split_once('.').map_or(name.as_str(), |(interface, _)| interface);
        (function.define)(&mut linker.instance(&full(interface))?, function.name)?;
    }
    linker.instantiate_pre(component)
}

fn full(interface: &str) -> String {
    format!("{HOST}{interface}@{VERSION}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_interfaces_of_our_track_are_ours() {
        assert_eq!(interface("rulewright:host/log@0.1.0"), Some("log"));
        assert_eq!(interface("rulewright:host/log@0.1.17"), Some("log"));
        for other in [
            "rulewright:host/log@0.10.0",
            "rulewright:host/log@0.2.0",
            "rulewright:host/log@0.1.0-rc",
            "rulewright:host/log",
            "wasi:io/streams@0.1.0",
        ] {
            assert_eq!(interface(other), None, "{other}");
        }
    }
}
