//! Compiles every crate in `plugins/` and lists the components for `include_bytes!`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rulewright_guest_build as guests;

#[allow(clippy::disallowed_methods, reason = "cargo passes settings to build scripts this way")]
fn main() -> Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").canonicalize()?;
    guests::rerun_if_changed(
        &workspace,
        &["plugins", "guest-sdk/Cargo.toml", "guest-sdk/src", "guest-sdk/docx", "wit"],
    );
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").context("cargo sets OUT_DIR")?);

    let packages = guests::packages_in(&workspace.join("plugins"))?;
    let mut list = String::from("pub const PLUGINS: &[(&str, &[u8])] = &[\n");
    if !packages.is_empty() {
        let built = guests::build(&guests::Spec {
            manifest_path: workspace.join("Cargo.toml"),
            target_dir: guests::guest_target_dir(&out),
            profile: "plugin".into(),
            what: guests::What::Packages(packages.into_iter().map(|(_, name)| name).collect()),
        })?;
        for guest in built {
            let name = guest.dir.file_name().context("a plugin has a folder")?.to_string_lossy();
            let file = out.join(format!("{name}.wasm"));
            std::fs::write(&file, guest.component)?;
            writeln!(list, "    ({name:?}, include_bytes!({:?})),", file.display().to_string())?;
        }
    }
    list.push_str("];\n");
    std::fs::write(out.join("plugins.rs"), list)?;
    Ok(())
}
