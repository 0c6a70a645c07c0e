//! What the build scripts of this workspace share.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// What a plugin's `Cargo.toml` says about its build, in `[package.metadata.rulewright]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Whether the host carries it. One that takes minutes to compile is built and installed by itself, and is
    /// excluded from the workspace.
    pub bundled: bool,
    /// Bytes of the guest's own stack, at the bottom of its memory. The linker's megabyte would be a third of a
    /// usual component's pages for the host to look through after every step; JSON as deep as serde reads it takes
    /// half of this.
    pub stack: i64,
}

impl Default for Metadata {
    fn default() -> Metadata {
        Metadata { bundled: true, stack: 128 << 10 }
    }
}

impl Metadata {
    pub fn read(manifest_path: &Path) -> Result<Metadata> {
        Metadata::of(&manifest(manifest_path)?, manifest_path)
    }

    fn of(manifest: &toml::Table, path: &Path) -> Result<Metadata> {
        let mut metadata = Metadata::default();
        let package = manifest.get("package").and_then(|package| package.get("metadata"));
        let Some(ours) = package.and_then(|all| all.get("rulewright")).and_then(toml::Value::as_table) else {
            return Ok(metadata);
        };
        for (key, value) in ours {
            match (key.as_str(), value) {
                ("bundled", toml::Value::Boolean(bundled)) => metadata.bundled = *bundled,
                ("stack", toml::Value::Integer(stack)) if *stack > 0 => metadata.stack = *stack,
                _ => bail!(
                    "{}: `{key} = {value}` in [package.metadata.rulewright] means nothing: there are \
                     `bundled = false` and `stack = BYTES`",
                    path.display()
                ),
            }
        }
        Ok(metadata)
    }
}

fn manifest(path: &Path) -> Result<toml::Table> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.parse().with_context(|| format!("{} is not TOML", path.display()))
}

/// The bundled crates directly below `dir`: folder name and package name, in order of folder. A folder without a
/// `Cargo.toml` is none.
pub fn packages_in(dir: &Path) -> Result<Vec<(String, String)>> {
    let mut packages = Vec::new();
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    for entry in entries {
        let entry = entry?;
        let path = entry.path().join("Cargo.toml");
        if !path.is_file() {
            continue;
        }
        let table = manifest(&path)?;
        if !Metadata::of(&table, &path)?.bundled {
            continue;
        }
        let name = table
            .get("package")
            .and_then(|package| package.get("name"))
            .and_then(toml::Value::as_str)
            .with_context(|| format!("{} names no package", path.display()))?;
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
        std::fs::create_dir(dir.path().join("heavy")).unwrap();
        let text =
            "[package]\nname = \"heavy\"\n[package.metadata.rulewright]\nbundled = false\nstack = 4096\n";
        std::fs::write(dir.path().join("heavy/Cargo.toml"), text).unwrap();
        let found = packages_in(dir.path()).unwrap();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(found, [pair("add-tag", "plugin-add-tag"), pair("send-sms", "plugin-send-sms")]);
        let heavy = Metadata::read(&dir.path().join("heavy/Cargo.toml")).unwrap();
        assert_eq!(heavy, Metadata { bundled: false, stack: 4096 });
    }

    #[test]
    fn a_misspelt_key_is_not_taken_for_the_default() {
        let table = "[package.metadata.rulewright]\nbundeld = false\n".parse().unwrap();
        let error = Metadata::of(&table, Path::new("a/Cargo.toml")).unwrap_err();
        assert!(format!("{error:#}").contains("bundeld"), "{error:#}");
    }

    #[test]
    fn guests_are_compiled_beside_the_profiles_and_not_into_them() {
        let out = Path::new("/w/target/debug/build/rulewright-bundled-0123/out");
        assert_eq!(guest_target_dir(out), Path::new("/w/target/guests"));
    }
}
