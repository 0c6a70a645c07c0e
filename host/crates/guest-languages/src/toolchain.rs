//! Programs of other languages: found, started, and their complaints passed on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Problem;

/// The first of the places that has the program, or the program as the shell would find it.
pub fn find(name: &str, places: &[PathBuf], install: &str) -> Result<PathBuf, Problem> {
    let here = places.iter().map(|place| place.join(name)).find(|path| path.is_file());
    here.or_else(|| on_path(name)).ok_or_else(|| {
        Problem::new("no-toolchain", format!("`{name}` is not installed")).hint(format!("run: {install}"))
    })
}

#[allow(clippy::disallowed_methods, reason = "a build tool is set up by its environment, as the shell is")]
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| path.is_file())
}

/// Runs it in the folder. What it says is told only where it fails.
pub fn run(program: &Path, arguments: &[&std::ffi::OsStr], dir: &Path) -> Result<String, Problem> {
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
    let output = Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::null())
        // Of the tool itself: nothing in it is the author's.
        .env("RUST_BACKTRACE", "0")
        .output()
        .map_err(|error| {
            Problem::new("no-toolchain", format!("cannot start {}: {error}", program.display()))
        })?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        return Ok(said(&output.stdout));
    }
    let (out, err) = (said(&output.stdout), said(&output.stderr));
    let both: Vec<&str> = [out.as_str(), err.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
    Err(Problem::new("compile", format!("{name} could not compile the plugin:\n{}", both.join("\n"))))
}
