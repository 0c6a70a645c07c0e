//! JavaScript and TypeScript: bundled to one module by esbuild, and run by QuickJS, which componentize-qjs puts around it.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use crate::{Place, Problem, Project, component, sdk, toolchain, world};

/// Versions that this host was tested with. Newer ones may bring imports or instructions that it does not have.
pub const COMPONENTIZE: &str = "componentize-qjs@0.4.5";
pub const BUNDLE: &str = "esbuild@0.28.2";

pub fn build(project: &Project, place: &Place) -> Result<Vec<u8>, Problem> {
    sdk::unpack(sdk::JAVASCRIPT, &place.sdk.join("rulewright"))?;
    // Of the project, or of a workspace around it.
    let dir =
        std::path::absolute(&project.dir).map_err(|error| Problem::file("find", &project.dir, &error))?;
    let modules: Vec<_> = dir.ancestors().map(|dir| dir.join("node_modules/.bin")).collect();
    let install = format!("npm install --save-dev {COMPONENTIZE} {BUNDLE}");
    let esbuild = toolchain::find("esbuild", &modules, &install)?;
    let componentize = toolchain::find("componentize-qjs", &modules, &install)?;

    let bundle = place.work.join("bundle.js");
    let alias = |name: &str, file: &str| {
        format!("--alias:{name}={}", place.sdk.join("rulewright/src").join(file).display())
    };
    let outfile = format!("--outfile={}", bundle.display());
    toolchain::run(
        &esbuild,
        &[
            project.main.as_os_str(),
            "--bundle".as_ref(),
            "--format=esm".as_ref(),
            "--target=es2023".as_ref(),
            "--charset=utf8".as_ref(),
            "--legal-comments=none".as_ref(),
            "--log-level=warning".as_ref(),
            "--color=false".as_ref(),
            "--external:rulewright:*".as_ref(),
            alias("rulewright/messages", "messages.ts").as_ref(),
            alias("rulewright", "index.ts").as_ref(),
            outfile.as_ref(),
        ],
        &dir,
    )?;
    let text = std::fs::read_to_string(&bundle).map_err(|error| Problem::file("read", &bundle, &error))?;
    check(&text, &project.uses)?;
    exports(&text, project)?;

    let output = place.work.join("toolchain.wasm");
    let arguments: [&OsStr; 10] = [
        "--wit".as_ref(),
        place.wit.as_os_str(),
        "--world".as_ref(),
        world::WORLD.as_ref(),
        "--js".as_ref(),
        bundle.as_os_str(),
        "--output".as_ref(),
        output.as_os_str(),
        "--stub-wasi".as_ref(),
        // No component async in the sandbox. Not `--opt-size`: it is made of tail calls.
        "--sync".as_ref(),
    ];
    toolchain::run(&componentize, &arguments, &dir)?;
    std::fs::read(&output).map_err(|error| Problem::file("read", &output, &error))
}

/// QuickJS imports all of the world, so what the code calls is told from what it imports.
fn check(bundle: &str, uses: &BTreeSet<String>) -> Result<(), Problem> {
    let found = imported(bundle);
    for (interface, functions) in &found {
        let Functions::Named(names) = functions else { continue };
        if let Some(missing) =
            names.iter().map(|name| format!("{interface}.{name}")).find(|name| !uses.contains(name))
        {
            return Err(component::not_listed(&missing));
        }
    }
    let called = |function: &&String| {
        let (interface, name) = function.split_once('.').unwrap_or((function, ""));
        found.iter().any(|(other, functions)| {
            other == interface
                && match functions {
                    Functions::All => true,
                    Functions::Named(names) => names.iter().any(|other| other == name),
                }
        })
    };
    match uses.iter().find(|function| !called(function)) {
        Some(unused) => Err(component::never_called(unused)),
        None => Ok(()),
    }
}

/// QuickJS would find out in the first step.
fn exports(bundle: &str, project: &Project) -> Result<(), Problem> {
    let kind = project.kind.name();
    let list = bundle.rsplit_once("export {").map_or("", |(_, list)| list.split('}').next().unwrap_or(list));
    if list.split(',').any(|item| item.split_whitespace().next_back() == Some(kind)) {
        return Ok(());
    }
    let main = project.main.display();
    let define = format!(
        "define{}{}",
        kind.get(..1).unwrap_or_default().to_uppercase(),
        kind.get(1..).unwrap_or_default()
    );
    Err(Problem::new("no-export", format!("{main} does not export `{kind}`"))
        .hint(format!("write: export const {kind} = {define}({{ .. }})")))
}

#[derive(Debug, PartialEq)]
enum Functions {
    Named(Vec<String>),
    /// The interface as a whole: which of its functions are called does not show.
    All,
}

/// Interfaces of the host, and functions of each, in `import { queue as a } from "rulewright:host/messages@0.1.0";`.
fn imported(bundle: &str) -> Vec<(String, Functions)> {
    let mut found = Vec::new();
    let mut rest = bundle;
    while let Some((before, after)) = rest.split_once("\"rulewright:host/") {
        rest = after;
        let Some(interface) = after.split(['@', '"']).next() else { continue };
        let Some(clause) = before.trim_end().strip_suffix("from") else { continue };
        let Some((_, clause)) = clause.rsplit_once("import") else { continue };
        let functions = match clause.trim().strip_prefix('{').and_then(|names| names.strip_suffix('}')) {
            Some(names) => {
                let name = |item: &str| item.split_whitespace().next().map(kebab);
                Functions::Named(names.split(',').filter_map(name).collect())
            }
            None => Functions::All,
        };
        found.push((interface.to_owned(), functions));
    }
    found
}

/// `addComment` as `add-comment`.
fn kebab(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            text.push('-');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUNDLE: &str = r#"// a bundle
import { queue } from "rulewright:host/messages@0.1.0";
import {
  now,
  idempotencyKey as key
} from "rulewright:host/step@0.1.0";
import * as log from "rulewright:host/log@0.1.0";
var a = "rulewright:host/feed@0.1.0";
export { a as rule };"#;

    fn uses(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_a_bundle_imports_is_told_by_interface_and_function() {
        let named = |names: &[&str]| Functions::Named(names.iter().map(|name| (*name).to_owned()).collect());
        let expected = [
            ("messages".to_owned(), named(&["queue"])),
            ("step".to_owned(), named(&["now", "idempotency-key"])),
            ("log".to_owned(), Functions::All),
        ];
        assert_eq!(imported(BUNDLE), expected);
    }

    #[test]
    fn what_is_called_and_what_is_listed_must_be_the_same() {
        let all = ["messages.queue", "step.now", "step.idempotency-key", "log.write"];
        assert_eq!(check(BUNDLE, &uses(&all)), Ok(()));
        let less = check(BUNDLE, &uses(&all[1..])).unwrap_err();
        assert_eq!(less.code, "undeclared-permission");
        assert!(less.message.contains("`messages.queue`") && less.hint.unwrap().contains("rulewright.json"));
        let more = check(BUNDLE, &uses(&[&all[..], &["timeline.add-comment"]].concat())).unwrap_err();
        assert_eq!(more.code, "unused-permission");
        assert!(more.message.contains("`timeline.add-comment`"));
    }
}
