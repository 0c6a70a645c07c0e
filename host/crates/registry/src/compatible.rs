//! The promise about WIT: within a published track nothing that exists changes. See `wit/README.md`.

use std::collections::BTreeSet;

use wit_parser::{InterfaceId, PackageName, Resolve, World, WorldItem, WorldKey};

use crate::shape;

/// Everything in `old` that a plugin or a host could have been built against and that `new` no longer keeps.
/// Empty: whoever works with `old` works with `new`.
pub fn breaking_changes(old: &Resolve, new: &Resolve) -> Vec<String> {
    let mut found = Vec::new();
    for (name, old_package) in &old.package_names {
        let title = format!("{}:{}", name.namespace, name.name);
        let Some(new_package) = successor(name, new) else {
            found.push(format!("package {title}: removed"));
            continue;
        };
        let (old_package, new_package) = (&old.packages[*old_package], &new.packages[new_package]);
        for (interface, id) in &old_package.interfaces {
            let place = format!("{title}/{interface}");
            match new_package.interfaces.get(interface) {
                Some(new_id) => interfaces(&place, (old, *id), (new, *new_id), &mut found),
                None => found.push(format!("interface {place}: removed")),
            }
        }
        for (world, id) in &old_package.worlds {
            let place = format!("{title}/{world}");
            match new_package.worlds.get(world) {
                Some(new_id) => {
                    worlds(&place, (old, &old.worlds[*id]), (new, &new.worlds[*new_id]), &mut found)
                }
                None => found.push(format!("world {place}: removed")),
            }
        }
    }
    found
}

/// The package of the same name on the same track.
fn successor(name: &PackageName, new: &Resolve) -> Option<wit_parser::PackageId> {
    new.package_names
        .iter()
        .find(|(other, _)| {
            other.namespace == name.namespace
                && other.name == name.name
                && track(other.version.as_ref()) == track(name.version.as_ref())
        })
        .map(|(_, id)| *id)
}

/// The part of a version within which nothing may break: `1` of 1.2.3, `0.1` of 0.1.2.
pub fn track(version: Option<&semver::Version>) -> Option<(u64, u64)> {
    version.map(|v| if v.major > 0 { (v.major, 0) } else { (0, v.minor) })
}

fn interfaces(
    place: &str,
    (old, old_id): (&Resolve, InterfaceId),
    (new, new_id): (&Resolve, InterfaceId),
    found: &mut Vec<String>,
) {
    let (old_interface, new_interface) = (&old.interfaces[old_id], &new.interfaces[new_id]);
    for (name, id) in &old_interface.types {
        let before = shape::definition(old, *id);
        match new_interface.types.get(name).map(|id| shape::definition(new, *id)) {
            None => found.push(format!("type {place}.{name}: removed")),
            Some(after) if after != before => {
                found.push(format!("type {place}.{name}: was `{before}`, is `{after}`"));
            }
            Some(_) => {}
        }
    }
    for (name, function) in &old_interface.functions {
        let before = shape::function(old, function);
        match new_interface.functions.get(name).map(|f| shape::function(new, f)) {
            None => found.push(format!("function {place}.{name}: removed")),
            Some(after) if after != before => {
                found.push(format!("function {place}.{name}: was `{before}`, is `{after}`"));
            }
            Some(_) => {}
        }
    }
}

fn worlds(
    place: &str,
    (old, old_world): (&Resolve, &World),
    (new, new_world): (&Resolve, &World),
    found: &mut Vec<String>,
) {
    // A plugin may lean on any import, a host on any export.
    let after = keys(new, new_world.imports.keys());
    for key in keys(old, old_world.imports.keys()).difference(&after) {
        found.push(format!("world {place}: no longer imports {key}"));
    }
    let (before, after) = (keys(old, old_world.exports.keys()), keys(new, new_world.exports.keys()));
    for key in before.difference(&after) {
        found.push(format!("world {place}: no longer exports {key}"));
    }
    // Plugins in use do not have what is new here.
    for key in after.difference(&before) {
        found.push(format!("world {place}: demands the new export {key}"));
    }
    for (key, item) in &old_world.exports {
        let (WorldKey::Interface(_), WorldItem::Interface { id, .. }) = (key, item) else {
            continue;
        };
        let name = key_name(old, key);
        let Some(new_id) = new_world.exports.keys().find_map(|other| match other {
            WorldKey::Interface(id) if key_name(new, other) == name => Some(*id),
            _ => None,
        }) else {
            continue;
        };
        let before = &old.interfaces[*id].functions;
        for function in new.interfaces[new_id].functions.keys() {
            if !before.contains_key(function) {
                found.push(format!("world {place}: demands the new function {name}.{function}"));
            }
        }
    }
}

fn keys<'a>(resolve: &Resolve, keys: impl Iterator<Item = &'a WorldKey>) -> BTreeSet<String> {
    keys.map(|key| key_name(resolve, key)).collect()
}

/// Without the version, which may grow within the track.
fn key_name(resolve: &Resolve, key: &WorldKey) -> String {
    let name = resolve.name_world_key(key);
    name.split_once('@').map_or(name.clone(), |(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const BASE: &str = "package test:api@0.1.0;
        interface data {
            record order { id: string, total: u64 }
            enum level { low, high }
            variant answer { yes, no(string) }
        }
        interface host {
            use data.{order};
            get: func(id: string) -> result<order, string>;
            put: func(o: order);
        }
        interface guest { run: func(); }
        world plugin { import host; export guest; }";

    fn parse(text: &str) -> Resolve {
        let mut resolve = Resolve::default();
        resolve.push_str("test.wit", text).unwrap();
        resolve
    }

    fn after(change: (&str, &str)) -> Vec<String> {
        let changed = BASE.replace(change.0, change.1);
        assert_ne!(changed, BASE, "the change did nothing");
        breaking_changes(&parse(BASE), &parse(&changed))
    }

    #[test]
    fn whatever_is_taken_away_or_changed_is_named() {
        for (change, expected) in [
            (("put: func(o: order);", ""), "function test:api/host.put: removed"),
            (
                ("put: func(o: order)", "put: func(o: string)"),
                "host.put: was `func(o: test:api/data.order)`, is `func(o: string)`",
            ),
            (("result<order, string>", "result<order>"), "host.get: was"),
            (("put: func(o: order)", "put: async func(o: order)"), "host.put: was"),
            (
                ("total: u64", "total: s64"),
                "type test:api/data.order: was `record { id: string, total: u64 }`",
            ),
            (("total: u64", "total: u64, note: string"), "data.order: was"),
            (("low, high", "low, high, top"), "data.level: was"),
            (("no(string)", "no(string), maybe"), "data.answer: was"),
            (("enum level { low, high }", ""), "type test:api/data.level: removed"),
            (("import host;", ""), "no longer imports test:api/host"),
            (("export guest;", "export guest; export more: func();"), "demands the new export more"),
            (("run: func();", "run: func(); stop: func();"), "demands the new function test:api/guest.stop"),
            (("api@0.1.0", "api@0.2.0"), "package test:api: removed"),
        ] {
            let found = after(change);
            assert!(found.iter().any(|line| line.contains(expected)), "{change:?}: {found:?}");
        }
    }

    #[test]
    fn an_interface_or_world_that_goes_is_named() {
        let more = format!("{BASE} interface extra {{ x: func(); }} world other {{ }}");
        let found = breaking_changes(&parse(&more), &parse(BASE));
        assert_eq!(found, ["interface test:api/extra: removed", "world test:api/other: removed"]);
    }

    #[test]
    fn what_is_only_added_breaks_nobody() {
        for change in [
            ("put: func(o: order);", "put: func(o: order); cancel: func(id: string);"),
            ("interface guest", "interface more { x: func(); } interface guest"),
            ("import host;", "import host; import data;"),
            ("enum level", "/// How loud.\n enum level"),
            ("enum level", "record extra { x: u8 } enum level"),
            ("api@0.1.0", "api@0.1.7"),
        ] {
            assert_eq!(after(change), Vec::<String>::new(), "{change:?}");
        }
    }

    #[test]
    fn a_type_moved_behind_an_alias_of_itself_is_the_same() {
        let with = |ty: &str| {
            parse(&format!("package t:t@0.1.0; interface i {{ type id = string; f: func(a: {ty}); }}"))
        };
        assert!(breaking_changes(&with("id"), &with("string")).is_empty());
    }

    /// The guard itself: `wit/` against every published copy of its track.
    #[test]
    fn nothing_published_has_been_broken() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../wit");
        let current = read(&root);
        let Ok(versions) = std::fs::read_dir(root.join("published")) else {
            return; // Nothing has been published yet.
        };
        for version in versions {
            let dir = version.unwrap().path();
            let published = read(&dir);
            let place = dir.display();
            if !current.package_names.keys().any(|name| {
                published.package_names.keys().any(|old| {
                    old.name == name.name && track(old.version.as_ref()) == track(name.version.as_ref())
                })
            }) {
                continue; // Another track: the sibling directory keeps that promise.
            }
            assert_eq!(breaking_changes(&published, &current), Vec::<String>::new(), "{place}");
            if published.package_names.keys().all(|name| current.package_names.contains_key(name)) {
                let added = breaking_changes(&current, &published);
                assert_eq!(added, Vec::<String>::new(), "{place}: additions need a new version");
            }
        }
    }

    fn read(root: &Path) -> Resolve {
        let mut resolve = Resolve::default();
        for package in ["types", "host", "plugin"] {
            resolve.push_dir(root.join(package)).unwrap();
        }
        resolve
    }
}
