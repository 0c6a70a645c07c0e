//! The console, in a real browser, over a real server with the demo's orders.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
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

/// What drives a browser. None where it is not there: then the test says so.
struct Driver {
    chromium: PathBuf,
    /// The programs of tests/browser, with what they need beside them.
    here: tempfile::TempDir,
}

impl Driver {
    fn find() -> Option<Driver> {
        let Some(tools) = std::env::var_os(TOOLS).map(PathBuf::from) else {
            println!(
                "SKIPPED: {TOOLS} names no folder with playwright-core and axe-core. Make one: npm install --prefix DIR with \
                 tests/browser/package.json in it"
            );
            return None;
        };
        let Some(chromium) = chromium() else {
            println!("SKIPPED: no Chromium is installed (Debian: apt-get install chromium)");
            return None;
        };
        let here = tempfile::tempdir().unwrap();
        // Node looks for packages beside the program.
        for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/browser")).unwrap()
        {
            let file = file.unwrap();
            std::fs::copy(file.path(), here.path().join(file.file_name())).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(tools.join("node_modules"), here.path().join("node_modules")).unwrap();
        Some(Driver { chromium, here })
    }

    fn program(&self, name: &str, console: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(name).current_dir(self.here.path());
        command.env("CONSOLE", console).env("CHROMIUM", &self.chromium);
        // No page may show the key of a message in place of its words.
        command.env("WORDS", Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/crates/console/words/en"));
        command
    }
}

#[test]
fn the_console_keeps_its_promises_in_a_browser() {
    let Some(driver) = Driver::find() else { return };
    let data = tempfile::tempdir().unwrap();
    let server = Server::of(crate::rulewright().arg("demo"), data.path());
    let mut command = driver.program("run.mjs", server.console.as_deref().unwrap());
    command.env("TOKEN", &server.token);
    if let Some(folder) = std::env::var_os(SCREENSHOTS) {
        command.env("SCREENSHOTS_TO", Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder));
    }
    let output = command.output().unwrap();
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", told(&output.stdout));
    assert!(output.status.success(), "{}{}", told(&output.stdout), told(&output.stderr));
}

#[test]
fn a_new_server_is_set_up_by_whoever_has_its_link() {
    let Some(driver) = Driver::find() else { return };
    let data = tempfile::tempdir().unwrap();
    let server = Server::of(crate::rulewright().arg("serve"), data.path());
    let output = driver.program("first.mjs", server.console.as_deref().unwrap()).output().unwrap();
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", told(&output.stdout), told(&output.stderr));
}

#[test]
fn an_open_tab_outlives_its_server_and_is_live_again() {
    let Some(driver) = Driver::find() else { return };
    let data = tempfile::tempdir().unwrap();
    // The tab knows one address only, so the second server takes the port of the first.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let start = || Server::at(crate::rulewright().arg("serve"), data.path(), port);
    let server = start();
    let mut tab = driver
        .program("restart.mjs", server.console.as_deref().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut answer, told) = (tab.stdin.take().unwrap(), BufReader::new(tab.stdout.take().unwrap()));
    let mut server = Some(server);
    let mut last = String::new();
    for line in told.lines() {
        last = line.unwrap();
        match last.as_str() {
            "kill" => drop(server.take()),
            "start" => server = Some(start()),
            _ => continue,
        }
        writeln!(answer, "done").unwrap();
    }
    assert!(tab.wait().unwrap().success() && last == "end", "the tab said last: {last}");
}

/// A table of what proves what is worth something only as long as it is true.
#[test]
fn every_check_that_the_table_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| {
        std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let table = read("tests/browser/README.md");
    let mut items = Vec::new();
    for row in table.lines().filter_map(|line| line.strip_prefix("| ")) {
        let item = row.split(' ').next().and_then(|first| first.parse::<u8>().ok());
        items.extend(item);
        // `file: name of the check`; of tests in Rust their path and function.
        for proof in row.split('`').skip(1).step_by(2).filter(|_| item.is_some()) {
            let Some((file, name)) = proof.split_once(": ") else { continue };
            let (path, wanted) = match file.rsplit_once('.') {
                Some((_, "rs")) => (file.to_owned(), format!("fn {name}(")),
                Some(_) => (format!("tests/browser/{file}"), name.to_owned()),
                None => (format!("tests/browser/{file}.spec.mjs"), format!("name: \"{name}\"")),
            };
            assert!(read(&path).contains(&wanted), "README.md names `{proof}`, which {path} does not have");
        }
    }
    items.dedup();
    assert_eq!(items, Vec::from_iter(1..=31), "each item has its rows, in order");
}
