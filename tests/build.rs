//! Compiles `tests/programs/examples` to components, and writes `programs.rs` with a constant for each.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rulewright_guest_build as guests;

#[allow(clippy::disallowed_methods, reason = "cargo passes settings to build scripts this way")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    guests::rerun_if_changed(
        &workspace,
        &[
            "tests/programs",
            "guest-sdk/Cargo.toml",
            "guest-sdk/src",
            "guest-sdk/examples/thanks-rust",
            "wit",
            "tests/build.rs",
        ],
    );
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);

    let built = |what| {
        guests::build(&guests::Spec {
            manifest_path: workspace.join("Cargo.toml"),
            target_dir: guests::guest_target_dir(&out),
            profile: "plugin".into(),
            what,
        })
    };
    let mut constants = String::new();
    // The rule that is there in every language, in Rust.
    let thanks = built(guests::What::Packages(vec!["thanks-rust".into()]))?;
    for guest in built(guests::What::Examples("rulewright-test-programs".into()))?.into_iter().chain(thanks) {
        let file = out.join(format!("{}.wasm", guest.name));
        std::fs::write(&file, guest.component)?;
        writeln!(
            constants,
            "pub const {}: &[u8] = include_bytes!({:?});",
            guest.name.to_uppercase(),
            file.display().to_string()
        )?;
    }
    std::fs::write(out.join("programs.rs"), constants)?;
    Ok(())
}
