//! What the build scripts of this workspace share.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The crates directly below `dir`: folder name and package name, in order of folder. A folder without a
/// `Cargo.toml` is none.
pub fn packages_in(dir: &Path) -> Result<Vec<(String, String)>> {
    let mut packages = Vec::new();
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    for entry in entries {
        let entry = entry?;
        let manifest = entry.path().join("Cargo.toml");
        if !manifest.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&manifest)
            .with_context(|| format!("cannot read {}", manifest.display()))?;
        let table: toml::Table =
            text.parse().with_context(|| format!("{} is not TOML", manifest.display()))?;
        let name = table
            .get("package")
            .and_then(|package| package.get("name"))
            .and_then(toml::Value::as_str)
            .with_context(|| format!("{} names no package", manifest.display()))?;
        packages.push((entry.file_name().to_string_lossy().into_owned(), name.to_owned()));
    }
    packages.sort();
    Ok(packages)
}

/// Where a build script compiles guests: one folder for all build scripts and profiles of a target directory,
/// so that what guests have in common is compiled once. Cargo locks it by itself.
pub fn guest_target_dir(out_dir: &Path) -> PathBuf {
    // <target>/<profile>/build/<package>/out
    out_dir.ancestors().nth(4).unwrap_or(out_dir).join("guests")
}

/// Tells cargo when guests must be built again: when these paths below the workspace, the lock file or the
/// profiles change.
pub fn rerun_if_changed(workspace: &Path, paths: &[&str]) {
    for path in paths.iter().copied().chain(["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"]) {
        let path = workspace.join(path);
        // Cargo takes a path that is not there for one that has just changed, every time.
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_found_by_folder_and_others_ignored() {
        let dir = tempfile::tempdir().unwrap();
        for (folder, name) in [("send-sms", "plugin-send-sms"), ("add-tag", "plugin-add-tag")] {
            std::fs::create_dir(dir.path().join(folder)).unwrap();
            let text = format!("[package]\nname = \"{name}\"\nversion.workspace = true\n");
            std::fs::write(dir.path().join(folder).join("Cargo.toml"), text).unwrap();
        }
        std::fs::create_dir(dir.path().join("notes")).unwrap();
        let found = packages_in(dir.path()).unwrap();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(found, [pair("add-tag", "plugin-add-tag"), pair("send-sms", "plugin-send-sms")]);
    }

    #[test]
    fn guests_are_compiled_beside_the_profiles_and_not_into_them() {
        let out = Path::new("/w/target/debug/build/rulewright-bundled-0123/out");
        assert_eq!(guest_target_dir(out), Path::new("/w/target/guests"));
    }
}
