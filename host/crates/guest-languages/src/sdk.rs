//! The SDKs of the three languages, which the program carries: a plugin is built with the one that fits this host's WIT.

use std::path::Path;

use crate::Problem;

/// Files of an SDK: where they lie below its folder, and what is in them.
pub type Files = &'static [(&'static str, &'static str)];

macro_rules! files {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../guest-sdk/", $folder, "/", $name))),)*]
    };
}

pub const JAVASCRIPT: Files =
    files!("js": "package.json", "src/index.ts", "src/messages.ts", "src/host.d.ts");
pub const PYTHON: Files =
    files!("python": "rulewright/__init__.py", "rulewright/messages.py", "rulewright/py.typed");
pub const C: Files = files!("c":
    "rulewright.h",
    "rulewright.c",
    "include/stdlib.h",
    "include/string.h",
);

/// Below the folder.
pub fn unpack(files: Files, folder: &Path) -> Result<(), Problem> {
    files.iter().try_for_each(|(name, text)| write(&folder.join(name), text.as_bytes()))
}

/// Makes the folders above it. A file that is as it should be is left alone, for tools that look at its time.
pub fn write(file: &Path, bytes: &[u8]) -> Result<(), Problem> {
    if std::fs::read(file).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    let parent = file.parent().unwrap_or(file);
    std::fs::create_dir_all(parent).map_err(|error| Problem::file("create", parent, &error))?;
    std::fs::write(file, bytes).map_err(|error| Problem::file("write", file, &error))
}
