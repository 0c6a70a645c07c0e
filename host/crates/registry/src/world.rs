//! The component's world, compared with the contract: what it imports is what it asks for.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rulewright_domain::plugin::{HostFunction, PluginKind};
use semver::Version;
use wit_component::DecodedWasm;
use wit_parser::{InterfaceId, Package, Resolve, WorldId, WorldItem, WorldKey};

use crate::compatible::track;
use crate::contract::{Contract, HOST_API, is_permission, kind_name};
use crate::refusal::Refusal;
use crate::{packages, shape};

/// The namespace of the contract.
const OURS: &str = "rulewright";

/// What the binary says about itself.
pub struct World {
    pub kind: PluginKind,
    pub imports: BTreeSet<HostFunction>,
}

/// `host_api` is the version that the manifest asks for.
pub fn read(bytes: &[u8], host_api: &Version) -> Result<World, Refusal> {
    let (resolve, world) = decode(bytes)?;
    let contract = Contract::current();
    let kind = export(contract, &resolve, world)?;
    let mut imports = BTreeSet::new();
    let mut lacking = Lacking::default();
    for (key, item) in &resolve.worlds[world].imports {
        match item {
            WorldItem::Interface { id, .. } => {
                import(contract, kind, &resolve, key, *id, &mut imports, &mut lacking)?;
            }
            WorldItem::Function(function) => lacking.foreign.push(function.name.clone()),
            WorldItem::Type { .. } => {}
        }
    }
    lacking.refuse(built_for(&resolve, world).max(host_api.clone()), host_api)?;
    Ok(World { kind, imports })
}

/// All that the component wants and this host does not have, so that its author is told everything at once.
#[derive(Default)]
struct Lacking {
    /// Of our contract, by the names of permissions.
    ours: Vec<String>,
    /// By full names.
    foreign: Vec<String>,
}

impl Lacking {
    fn refuse(self, needs: Version, host_api: &Version) -> Result<(), Refusal> {
        if !self.foreign.is_empty() {
            return Err(Refusal::UnknownImport(self.foreign.join("`, `")));
        }
        // What was built for a newer host and uses nothing new runs here as well.
        if needs > HOST_API && (!self.ours.is_empty() || *host_api > HOST_API) {
            let (needs, host) = (needs.to_string(), HOST_API.to_string());
            return Err(Refusal::NewerHost { needs, host, missing: self.ours });
        }
        match self.ours.is_empty() {
            true => Ok(()),
            false => Err(Refusal::UnknownImport(self.ours.join("`, `"))),
        }
    }
}

/// The newest version of ours that the component names.
fn built_for(resolve: &Resolve, world: WorldId) -> Version {
    let world = &resolve.worlds[world];
    let versions = world.imports.values().chain(world.exports.values()).filter_map(|item| match item {
        WorldItem::Interface { id, .. } => {
            let package = &resolve.packages[resolve.interfaces[*id].package?];
            package.name.version.clone().filter(|_| package.name.namespace == OURS)
        }
        _ => None,
    });
    versions.max().unwrap_or(HOST_API)
}

fn decode(bytes: &[u8]) -> Result<(Resolve, WorldId), Refusal> {
    packages::check(bytes)?;
    // The decoder was written for an author's own files, not for strangers': where it panics on a component
    // that nobody's tools would make, that is a refusal and not the end of a worker.
    let decoded = catch_unwind(AssertUnwindSafe(|| wit_component::decode(bytes)));
    match decoded {
        Ok(Ok(DecodedWasm::Component(resolve, world))) => Ok((resolve, world)),
        Ok(Ok(DecodedWasm::WitPackage(..))) => Err(Refusal::NotAComponent("it is a WIT package".into())),
        Ok(Err(error)) => Err(Refusal::NotAComponent(format!("{error:#}"))),
        Err(_) => Err(Refusal::NotAComponent("its types cannot be read".into())),
    }
}

fn import(
    contract: &Contract,
    kind: PluginKind,
    resolve: &Resolve,
    key: &WorldKey,
    id: InterfaceId,
    imports: &mut BTreeSet<HostFunction>,
    lacking: &mut Lacking,
) -> Result<(), Refusal> {
    let interface = &resolve.interfaces[id];
    let full = resolve.name_world_key(key);
    let ours = ours(resolve, id, &full)?;
    // An interface without functions only lends its types, e.g. `secrets` to `http`. Types of other packages
    // come with functions or mean nothing.
    let Some((package, name)) = ours else {
        if !interface.functions.is_empty() {
            lacking.foreign.push(full);
        }
        return Ok(());
    };
    let Some(known) = contract.interface(package, name) else {
        lacking.ours.extend(interface.functions.keys().map(|function| format!("{name}.{function}")));
        if interface.functions.is_empty() {
            lacking.ours.push(name.to_owned());
        }
        return Ok(());
    };
    compare(contract, resolve, id, known, &full, &mut |missing| {
        lacking.ours.push(format!("{name}.{missing}"))
    })?;
    let there = contract.functions(known);
    for function in interface.functions.keys().filter(|function| there.contains_key(function.as_str())) {
        let function = format!("{name}.{function}");
        if package != "host" {
            lacking.foreign.push(format!("{full}.{function}"));
            continue;
        }
        if !contract.may_import(kind, known) {
            return Err(Refusal::BeyondKind { kind: kind_name(kind), function });
        }
        if is_permission(&function[name.len() + 1..]) {
            imports.insert(function);
        }
    }
    Ok(())
}

/// The one export that makes it a plugin. Others are not called by anybody.
fn export(contract: &Contract, resolve: &Resolve, world: WorldId) -> Result<PluginKind, Refusal> {
    let mut found = Vec::new();
    for (key, item) in &resolve.worlds[world].exports {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        let full = resolve.name_world_key(key);
        let Some(("plugin", name)) = ours(resolve, *id, &full)? else {
            continue;
        };
        let kinds = [PluginKind::Rule, PluginKind::Trigger, PluginKind::Provider];
        if let Some(kind) = kinds.into_iter().find(|kind| kind_name(*kind) == name) {
            found.push((kind, *id, full));
        }
    }
    match found.as_slice() {
        [] => Err(Refusal::NoExport),
        [(kind, id, full)] => {
            let Some(known) = contract.interface("plugin", kind_name(*kind)) else {
                return Err(Refusal::NoExport);
            };
            let mut more = Vec::new();
            compare(contract, resolve, *id, known, full, &mut |name| more.push(format!("{full}.{name}")))?;
            if !more.is_empty() {
                return Err(Refusal::UnknownImport(more.join("`, `")));
            }
            let exported = &resolve.interfaces[*id].functions;
            for (name, expected) in contract.functions(known) {
                if !exported.contains_key(name) {
                    let place = format!("{full}.{name}");
                    return Err(Refusal::Mismatch { place, found: "nothing".into(), expected });
                }
            }
            Ok(*kind)
        }
        _ => Err(Refusal::SeveralExports(found.into_iter().map(|(_, _, full)| full).collect())),
    }
}

/// Package and name of an interface of ours, on the track that this host speaks.
fn ours<'a>(
    resolve: &'a Resolve,
    id: InterfaceId,
    full: &str,
) -> Result<Option<(&'a str, &'a str)>, Refusal> {
    let interface = &resolve.interfaces[id];
    let package: Option<&Package> = interface.package.map(|id| &resolve.packages[id]);
    let (Some(package), Some(name)) = (package, &interface.name) else {
        return Ok(None);
    };
    if package.name.namespace != OURS {
        return Ok(None);
    }
    if track(package.name.version.as_ref()) != track(Some(&HOST_API)) {
        let host = HOST_API.to_string();
        return Err(Refusal::OtherVersion { interface: full.to_owned(), host });
    }
    Ok(Some((&package.name.name, name)))
}

/// Whatever the component has of an interface must be as the contract has it. `missing` hears of what the contract does
/// not have.
fn compare(
    contract: &Contract,
    resolve: &Resolve,
    id: InterfaceId,
    known: InterfaceId,
    full: &str,
    missing: &mut dyn FnMut(&str),
) -> Result<(), Refusal> {
    let mut differs = |name: &str, found: String, expected: Option<String>| match expected {
        Some(expected) if expected == found => Ok(()),
        Some(expected) => Err(Refusal::Mismatch { place: format!("{full}.{name}"), found, expected }),
        None => {
            missing(name);
            Ok(())
        }
    };
    let theirs = &contract.resolve().interfaces[known];
    for (name, id) in &resolve.interfaces[id].types {
        let expected = theirs.types.get(name);
        let expected = expected.map(|id| shape::definition(contract.resolve(), *id));
        differs(name, shape::definition(resolve, *id), expected)?;
    }
    let expected = contract.functions(known);
    for (name, function) in &resolve.interfaces[id].functions {
        differs(name, shape::function(resolve, function), expected.get(name.as_str()).cloned())?;
    }
    Ok(())
}
