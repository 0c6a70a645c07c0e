//! The console, in a real browser, over a real server with the demo's orders.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::server::Server;

/// Where `node_modules` of tests/browser is installed.
const TOOLS: &str = "RULEWRIGHT_BROWSER_TOOLS";

/// Where pictures of the main screens are put, if anywhere: docs/images, to renew those of the documentation.
const SCREENSHOTS: &str = "RULEWRIGHT_SCREENSHOTS";

fn chromium() -> Option<PathBuf> {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .map(PathBuf::from)
        .into_iter()
        .find(|program| program.exists())
}

#[test]
fn the_console_keeps_its_promises_in_a_browser() {
    let Some(tools) = std::env::var_os(TOOLS).map(PathBuf::from) else {
        println!(
            "SKIPPED: {TOOLS} names no folder with playwright-core and axe-core. Make one: npm install --prefix DIR with \
             tests/browser/package.json in it"
        );
        return;
    };
    let Some(chromium) = chromium() else {
        println!("SKIPPED: no Chromium is installed (Debian: apt-get install chromium)");
        return;
    };
    let data = tempfile::tempdir().unwrap();
    let server = Server::of(crate::rulewright().arg("demo"), data.path());
    let here = tempfile::tempdir().unwrap();
    // Node looks for packages beside the program.
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/browser")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), here.path().join(file.file_name())).unwrap();
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(tools.join("node_modules"), here.path().join("node_modules")).unwrap();
    let mut command = Command::new("node");
    command.arg("run.mjs").current_dir(here.path());
    command.env("CONSOLE", &server.console).env("TOKEN", &server.token).env("CHROMIUM", chromium);
    if let Some(folder) = std::env::var_os(SCREENSHOTS) {
        command.env("SCREENSHOTS_TO", folder);
    }
    let output = command.output().unwrap();
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", told(&output.stdout));
    assert!(output.status.success(), "{}{}", told(&output.stdout), told(&output.stderr));
}
