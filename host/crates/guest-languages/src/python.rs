//! Python: run by CPython, which componentize-py puts around it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::{Place, Problem, Project, component, sdk, toolchain, world};

/// The version that this host was tested with.
pub const COMPONENTIZE: &str = "componentize-py==0.25.1";

/// Modules that the toolchain makes itself.
const TAKEN: [&str; 4] = ["wit_world", "rulewright", world::WORLD, "componentize_py_types"];

pub fn build(project: &Project, place: &Place) -> Result<Vec<u8>, Problem> {
    sdk::unpack(sdk::PYTHON, &place.sdk)?;
    let dir =
        std::path::absolute(&project.dir).map_err(|error| Problem::file("find", &project.dir, &error))?;
    let main = dir.join(&project.main);
    let module = main.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if TAKEN.contains(&module.as_str()) {
        return Err(Problem::new(
            "bad-project",
            format!("`main` cannot be called {module}.py: that module is taken"),
        )
        .hint("call it rule.py"));
    }
    let sources = main.parent().unwrap_or(&dir);
    mentions(sources, &project.uses)?;

    let venvs = [dir.join(".venv/bin"), dir.join("venv/bin")];
    let install = format!("python3 -m venv .venv && .venv/bin/pip install {COMPONENTIZE}");
    let componentize = toolchain::find("componentize-py", &venvs, &install)?;
    let common: [&OsStr; 5] =
        ["-q".as_ref(), "-d".as_ref(), place.wit.as_os_str(), "-w".as_ref(), world::WORLD.as_ref()];
    // For editors and type checkers; the component gets its own.
    let stubs = place.sdk.join("stubs");
    let bindings: [&OsStr; 2] = ["bindings".as_ref(), stubs.as_os_str()];
    // The toolchain does not write over what it made for another world.
    match std::fs::remove_dir_all(&stubs) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Problem::file("replace", &stubs, &error));
        }
        _ => {}
    }
    toolchain::run(&componentize, &[&common[..], &bindings].concat(), &dir)?;

    let output = place.work.join("toolchain.wasm");
    let arguments: [&OsStr; 9] = [
        "componentize".as_ref(),
        module.as_ref(),
        "-p".as_ref(),
        sources.as_os_str(),
        "-p".as_ref(),
        place.sdk.as_os_str(),
        "--stub-wasi".as_ref(),
        "-o".as_ref(),
        output.as_os_str(),
    ];
    toolchain::run(&componentize, &[&common[..], &arguments].concat(), &dir).map_err(explained)?;
    std::fs::read(&output).map_err(|error| Problem::file("read", &output, &error))
}

/// A module of the host that the world does not have is one that `uses` does not name.
fn explained(problem: Problem) -> Problem {
    let said = &problem.message;
    if said.contains("wit_world.imports")
        && (said.contains("cannot import name") || said.contains("No module named"))
    {
        return problem.hint(format!("name the functions that the code calls in `uses` of {}", crate::FILE));
    }
    if said.contains("AttributeError: module") && said.contains("has no attribute") {
        return problem.hint(
            "write `class Rule(rulewright.Rule)`, or Trigger or Provider, in the module that `main` names",
        );
    }
    problem
}

/// CPython imports all of the world, so whether a function is called only shows in the sources.
fn mentions(sources: &Path, uses: &BTreeSet<String>) -> Result<(), Problem> {
    let mut text = String::new();
    read(sources, &mut text)?;
    for (name, module) in sdk::PYTHON {
        // Counts where the plugin uses it.
        let module_name = Path::new(name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if module_name == "__init__"
            || text.contains(&format!("rulewright import {module_name}"))
            || text.contains(&format!("rulewright.{module_name}"))
        {
            text.push_str(module);
        }
    }
    let called = |function: &&String| {
        let name = function.split_once('.').map_or("", |(_, name)| name).replace('-', "_");
        text.match_indices(&name).any(|(at, _)| {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
            !before.is_some_and(word) && !after.is_some_and(word)
        })
    };
    match uses.iter().find(|function| !called(function)) {
        Some(unused) => Err(component::never_called(unused)),
        None => Ok(()),
    }
}

/// Every Python file below the folder, but not of a virtual environment.
fn read(dir: &Path, text: &mut String) -> Result<(), Problem> {
    let entries = std::fs::read_dir(dir).map_err(|error| Problem::file("list", dir, &error))?;
    for entry in entries {
        let path: PathBuf = entry.map_err(|error| Problem::file("list", dir, &error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir()
            && !name.starts_with('.')
            && !["venv", "target", "__pycache__"].contains(&name.as_str())
        {
            read(&path, text)?;
        } else if path.extension().is_some_and(|extension| extension == "py") {
            text.push_str(
                &std::fs::read_to_string(&path).map_err(|error| Problem::file("read", &path, &error))?,
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_no_source_mentions_is_not_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("venv")).unwrap();
        std::fs::write(dir.path().join("venv/lib.py"), "cancel()").unwrap();
        std::fs::write(dir.path().join("rule.py"), "timeline.add_comment(order, text, None)\nset_fields2()")
            .unwrap();
        let of = |name: &str| mentions(dir.path(), &[name.to_owned()].into());
        assert_eq!(of("timeline.add-comment"), Ok(()));
        assert_eq!(of("orders-write.cancel").unwrap_err().code, "unused-permission");
        assert_eq!(of("orders-write.set-fields").unwrap_err().code, "unused-permission");
    }
}
