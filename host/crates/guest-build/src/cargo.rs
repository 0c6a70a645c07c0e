//! Running cargo for guests, from the shell or from inside another cargo's build script.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::target::{TARGET, ensure_target};
use crate::workspace::Metadata;

/// What to compile, and where.
#[derive(Clone, Debug)]
pub struct Spec {
    /// `Cargo.toml` of the workspace, or of a crate that stands alone.
    pub manifest_path: PathBuf,
    /// Never the target directory of a cargo that is waiting for this build: it holds the lock.
    pub target_dir: PathBuf,
    /// `plugin` in this workspace; `release` for a crate that defines no such profile.
    pub profile: String,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    /// The package that `manifest_path` belongs to.
    Own,
    /// These packages of the workspace.
    Packages(Vec<String>),
    /// Every example of this package.
    Examples(String),
}

/// One finished component.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Name of the cargo target: the crate, or the example.
    pub name: String,
    /// Folder of the package.
    pub dir: PathBuf,
    pub component: Vec<u8>,
}

/// Compiles and wraps, in order of name.
pub fn build(spec: &Spec) -> Result<Vec<Guest>> {
    ensure_target()?;
    let mut guests = Vec::new();
    for (name, dir, file) in compile(spec)? {
        let core = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let component = crate::componentize(&core)
            .with_context(|| format!("`{name}` ({}) is no usable plugin", dir.display()))?;
        guests.push(Guest { name, dir, component });
    }
    if guests.is_empty() {
        bail!(
            "{} builds no plugin: a plugin is a library with `crate-type = [\"cdylib\"]`",
            spec.manifest_path.display()
        );
    }
    guests.sort_by(|a, b| (&a.dir, &a.name).cmp(&(&b.dir, &b.name)));
    Ok(guests)
}

fn compile(spec: &Spec) -> Result<Vec<(String, PathBuf, PathBuf)>> {
    // Errors go to the terminal, or to the outer cargo's report, as cargo renders them.
    let output = command(spec)?
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo: is Rust installed?")?;
    if !output.status.success() {
        bail!("cargo could not compile {} for {TARGET}; its messages say why", spec.manifest_path.display());
    }
    Ok(String::from_utf8(output.stdout)?.lines().filter_map(artifact).collect())
}

/// A wasm library or example out of one line of cargo's report.
fn artifact(line: &str) -> Option<(String, PathBuf, PathBuf)> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    let file = message["filenames"]
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .find(|name| name.ends_with(".wasm"))?;
    let name = message["target"]["name"].as_str()?;
    let dir = Path::new(message["manifest_path"].as_str()?).parent()?;
    Some((name.to_owned(), dir.to_owned(), file.into()))
}

fn command(spec: &Spec) -> Result<Command> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    for (key, _) in std::env::vars_os().filter(|(key, _)| disturbs(&key.to_string_lossy())) {
        command.env_remove(key);
    }
    command
        .args(["build", "--target", TARGET, "--message-format", "json-render-diagnostics"])
        .args(["--profile", &spec.profile])
        .arg("--manifest-path")
        .arg(&spec.manifest_path)
        .arg("--target-dir")
        .arg(&spec.target_dir)
        .env("CARGO_ENCODED_RUSTFLAGS", flags(&spec.manifest_path)?);
    match &spec.what {
        What::Own => {}
        What::Packages(names) => {
            for name in names {
                command.args(["--package", name]);
            }
        }
        What::Examples(package) => {
            command.args(["--package", package, "--examples"]);
        }
    }
    Ok(command)
}

/// Variables that an outer cargo, clippy or an editor sets for *its* build. Inherited, they would check the
/// guest instead of compiling it, link it with the host's flags, or put it into the locked target directory.
/// Registry, network, jobserver and terminal settings stay.
fn disturbs(key: &str) -> bool {
    const NAMES: &[&str] = &[
        "RUSTFLAGS",
        "RUSTDOCFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_LINKER",
        "CLIPPY_ARGS",
        "CLIPPY_CONF_DIR",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_ENCODED_RUSTDOCFLAGS",
        "CARGO_PRIMARY_PACKAGE",
        "TARGET",
        "HOST",
        "PROFILE",
        "OPT_LEVEL",
        "DEBUG",
        "OUT_DIR",
        "NUM_JOBS",
    ];
    const PREFIXES: &[&str] = &[
        "CARGO_BUILD_",
        "CARGO_TARGET_",
        "CARGO_CFG_",
        "CARGO_FEATURE_",
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_CRATE_",
        "CARGO_BIN_",
        "DEP_",
    ];
    key != "CARGO_BUILD_JOBS"
        && (NAMES.contains(&key) || PREFIXES.iter().any(|prefix| key.starts_with(prefix)))
}

/// The stack, and other names for paths: panic messages hold those of source files. As they are, the same source
/// would give another digest on every machine, and a published component would tell its author's user name.
fn flags(manifest_path: &Path) -> Result<OsString> {
    let stack = Metadata::read(manifest_path)?.stack;
    let mut flags = OsString::from(format!("-Clink-arg=-zstack-size={stack}"));
    let mut add = |from: &Path, to: &str| {
        flags.push("\x1f--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    };
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    if let Some(home) = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))) {
        add(&home, "cargo");
    }
    if let Some(dir) = std::path::absolute(manifest_path).ok().as_deref().and_then(Path::parent) {
        add(dir, "src");
    }
    Ok(flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_outer_build_sets_for_itself_is_not_inherited_and_the_rest_is() {
        for key in [
            "RUSTC_WORKSPACE_WRAPPER",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_TARGET_DIR",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER",
            "CARGO_BUILD_TARGET",
            "CARGO_FEATURE_STD",
        ] {
            assert!(disturbs(key), "{key}");
        }
        for key in ["PATH", "CARGO_HOME", "CARGO_MAKEFLAGS", "CARGO_BUILD_JOBS", "CARGO_NET_OFFLINE"] {
            assert!(!disturbs(key), "{key}");
        }
    }

    #[test]
    fn only_wasm_artifacts_are_taken_from_the_report() {
        let line = |file: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/w/plugins/a/Cargo.toml","target":{{"name":"a"}},"filenames":["{file}"]}}"#
            )
        };
        let (name, dir, file) = artifact(&line("/t/a.wasm")).unwrap();
        assert_eq!((name.as_str(), dir.as_path()), ("a", Path::new("/w/plugins/a")));
        assert_eq!(file, Path::new("/t/a.wasm"));
        assert!(artifact(&line("/t/liba.rlib")).is_none());
        assert!(artifact(r#"{"reason":"build-finished","success":true}"#).is_none());
        assert!(artifact("not json").is_none());
    }
}
