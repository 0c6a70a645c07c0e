//! The world of one plugin: no more of the host than it says that it uses.
//!
//! The toolchains of languages with a runtime of their own import everything that the world has, called or not. What a
//! component imports is what it asks a shop for, so the world itself must be as small as the plugin.

use std::collections::BTreeSet;
use std::path::Path;

use wit_component::WitPrinter;
use wit_parser::{PackageId, PackageName, Resolve, WorldId, WorldItem};

use crate::{Kind, Problem};

const TYPES: &str = include_str!("../../../../wit/types/types.wit");
const HOST: &str = include_str!("../../../../wit/host/host.wit");
const PLUGIN: &str = include_str!("../../../../wit/plugin/plugin.wit");
pub const VERSION: &str = "0.1.0";

/// Name of the world, in a package of its own.
pub const WORLD: &str = "plugin";

pub struct Cut {
    pub resolve: Resolve,
    pub world: WorldId,
}

/// The whole contract.
pub fn contract() -> Result<Resolve, Problem> {
    let mut resolve = Resolve::default();
    for (name, text) in [("types", TYPES), ("host", HOST), ("plugin", PLUGIN)] {
        resolve.push_str(name, text).map_err(|error| internal(format!("{error:#}")))?;
    }
    Ok(resolve)
}

pub fn cut(kind: Kind, uses: &BTreeSet<String>) -> Result<Cut, Problem> {
    let mut resolve = contract()?;
    let mut world = format!("package rulewright:build;\nworld {WORLD} {{\n");
    for interface in interfaces(&resolve, kind, uses)? {
        world += &format!("  import rulewright:host/{interface}@{VERSION};\n");
    }
    world += &format!("  export rulewright:plugin/{}@{VERSION};\n}}\n", kind.name());

    let host = package(&resolve, "host")?;
    for (name, id) in resolve.packages[host].interfaces.clone() {
        // Methods come with the resource that they belong to.
        let kept =
            |function: &String| function.starts_with('[') || uses.contains(&format!("{name}.{function}"));
        resolve.interfaces[id].functions.retain(|function, _| kept(function));
    }
    let package = resolve.push_str("build", &world).map_err(|error| internal(format!("{error:#}")))?;
    let world =
        resolve.select_world(&[package], Some(WORLD)).map_err(|error| internal(format!("{error:#}")))?;
    Ok(Cut { resolve, world })
}

/// The interfaces that the functions are in, each of which plugins of this kind may import.
fn interfaces<'a>(
    resolve: &Resolve,
    kind: Kind,
    uses: &'a BTreeSet<String>,
) -> Result<BTreeSet<&'a str>, Problem> {
    let host = &resolve.packages[package(resolve, "host")?];
    let plugin = &resolve.packages[package(resolve, "plugin")?];
    let ceiling = plugin.worlds.get(&format!("{}-plugin", kind.name())).copied();
    let imports = ceiling.map(|world| &resolve.worlds[world].imports);
    let mut found = BTreeSet::new();
    for function in uses {
        let (interface, name) = function.split_once('.').unwrap_or((function, ""));
        let id = host.interfaces.get(interface).copied();
        let Some(id) =
            id.filter(|id| !name.starts_with('[') && resolve.interfaces[*id].functions.contains_key(name))
        else {
            return Err(unknown(resolve, host, function));
        };
        let mut may = imports.into_iter().flat_map(|imports| imports.values());
        if !may.any(|item| matches!(item, WorldItem::Interface { id: other, .. } if *other == id)) {
            let kind = kind.name();
            return Err(Problem::new("beyond-kind", format!("a {kind} may not use `{function}`"))
                .hint("leave it out of `uses`, or make the plugin a rule"));
        }
        found.insert(interface);
    }
    Ok(found)
}

fn unknown(resolve: &Resolve, host: &wit_parser::Package, function: &str) -> Problem {
    let mut known = Vec::new();
    for (interface, id) in &host.interfaces {
        for name in resolve.interfaces[*id].functions.keys().filter(|name| !name.starts_with('[')) {
            known.push(format!("{interface}.{name}"));
        }
    }
    let nearest = known.iter().min_by_key(|name| strsim::damerau_levenshtein(name, function));
    let problem = Problem::new("unknown-function", format!("the host has no function `{function}`"));
    match nearest {
        Some(nearest) => {
            problem.hint(format!("write `{nearest}` in `uses`, or look them up in wit/host/host.wit"))
        }
        None => problem,
    }
}

fn package(resolve: &Resolve, name: &str) -> Result<PackageId, Problem> {
    let found = resolve
        .package_names
        .iter()
        .find(|(PackageName { namespace, name: other, .. }, _)| namespace == "rulewright" && other == name);
    found.map(|(_, id)| *id).ok_or_else(|| internal(format!("there is no rulewright:{name}")))
}

/// As files, in the layout that all toolchains read.
pub fn write(cut: &Cut, dir: &Path) -> Result<(), Problem> {
    for (name, id) in &cut.resolve.package_names {
        let file = match name.name.as_str() {
            "build" => dir.join("world.wit"),
            other => dir.join("deps").join(other).join(format!("{other}.wit")),
        };
        let mut printer = WitPrinter::default();
        printer.print(&cut.resolve, *id, &[]).map_err(|error| internal(format!("{error:#}")))?;
        crate::sdk::write(&file, printer.output.to_string().as_bytes())?;
    }
    Ok(())
}

fn internal(problem: String) -> Problem {
    Problem::new(
        "internal",
        format!("the contract that this program was built with cannot be read: {problem}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn functions(cut: &Cut) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for item in cut.resolve.worlds[cut.world].imports.values() {
            if let WorldItem::Interface { id, .. } = item {
                let interface = &cut.resolve.interfaces[*id];
                let name = interface.name.as_deref().unwrap();
                found.extend(interface.functions.keys().map(|function| format!("{name}.{function}")));
            }
        }
        found
    }

    #[test]
    fn a_world_has_the_functions_that_are_used_and_no_other() {
        let asked = uses(&["messages.queue", "orders-read.get", "step.now"]);
        assert_eq!(functions(&cut(Kind::Rule, &asked).unwrap()), asked);
        assert_eq!(functions(&cut(Kind::Trigger, &uses(&[])).unwrap()), uses(&[]));
    }

    #[test]
    fn a_resource_comes_with_what_uses_it_and_cannot_be_opened_by_that() {
        let found = functions(&cut(Kind::Rule, &uses(&["http.send"])).unwrap());
        assert_eq!(found, uses(&["http.send", "secrets.[method]secret.name"]));
    }

    #[test]
    fn the_files_say_what_the_world_does() {
        let dir = tempfile::tempdir().unwrap();
        let asked = uses(&["timeline.add-comment", "log.write"]);
        write(&cut(Kind::Rule, &asked).unwrap(), dir.path()).unwrap();
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(dir.path()).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        assert_eq!(functions(&Cut { resolve, world }), asked);
    }

    #[test]
    fn what_the_host_does_not_have_or_not_for_this_kind_is_named_with_what_to_write() {
        let of = |kind, name: &str| cut(kind, &uses(&[name])).map(|_| ()).unwrap_err();
        let misspelt = of(Kind::Rule, "timeline.add-coment");
        assert_eq!(misspelt.code, "unknown-function");
        assert!(misspelt.hint.unwrap().contains("`timeline.add-comment`"));
        for name in ["timeline", "", "secrets.[method]secret.name"] {
            assert_eq!(of(Kind::Rule, name).code, "unknown-function", "{name}");
        }
        assert_eq!(of(Kind::Trigger, "orders-write.cancel").code, "beyond-kind");
        assert_eq!(of(Kind::Provider, "clients-read.get").code, "beyond-kind");
    }
}
