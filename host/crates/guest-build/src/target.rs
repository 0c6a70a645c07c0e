//! The wasm half of the Rust toolchain.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// No WASI in it, so what a component imports is exactly what its author asked for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Sees to it that rustc can compile for [`TARGET`]: `rust-toolchain.toml` names the target, but a toolchain
/// that was installed before, or is not rustup's, may lack it.
pub fn ensure_target() -> Result<()> {
    if installed()? {
        return Ok(());
    }
    let added = Command::new("rustup").args(["target", "add", TARGET]).output();
    // Looked up again rather than believed: two build scripts may have been adding it at once, and the one
    // that came second fails although the target is there.
    if installed()? {
        return Ok(());
    }
    let why = match added {
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => format!("rustup could not be started: {error}"),
    };
    bail!(
        "plugins are compiled for {TARGET}, which this Rust toolchain lacks, and adding it failed.\n\
         Run this, then build again:\n\n    rustup target add {TARGET}\n\n{why}"
    )
}

fn installed() -> Result<bool> {
    Ok(holds_target(&sysroot()?))
}

fn holds_target(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir()
}

fn sysroot() -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(&rustc)
        .args(["--print", "sysroot"])
        .output()
        .with_context(|| format!("cannot start {}: is Rust installed?", rustc.display()))?;
    if !output.status.success() {
        bail!("rustc does not say where its sysroot is: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sysroot_without_the_target_is_told_from_one_with_it() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!holds_target(dir.path()));
        std::fs::create_dir_all(dir.path().join("lib/rustlib").join(TARGET).join("lib")).unwrap();
        assert!(holds_target(dir.path()));
    }
}
