//! Clients of Bitrix24, unmodified as they come from their registries, work with a shop that a real server serves.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    server::Server,
    tls::{Files, Pair},
};

/// Where `venv` and `node_modules` of tests/cli/bitrix24 are installed.
const CLIENTS: &str = "RULEWRIGHT_BITRIX24_CLIENTS";

/// None where the clients are not there: then the test says so.
fn clients() -> Option<PathBuf> {
    let found = std::env::var_os(CLIENTS).map(PathBuf::from);
    if found.is_none() {
        println!(
            "SKIPPED: {CLIENTS} names no folder with clients of Bitrix24. Make one: npm install --prefix DIR with \
             tests/cli/bitrix24/package.json in it, and python3 -m venv DIR/venv && DIR/venv/bin/pip install -r \
             tests/cli/bitrix24/requirements.txt"
        );
    }
    found
}

/// Runs one of the programs of tests/cli/bitrix24.
fn run(clients: &Path, program: &str, webhook: &str, certificate: Option<&Path>) {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cli/bitrix24");
    let here = tempfile::tempdir().unwrap();
    // Node looks for packages beside the program.
    for file in std::fs::read_dir(programs).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), here.path().join(file.file_name())).unwrap();
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(clients.join("node_modules"), here.path().join("node_modules")).unwrap();
    let interpreter = match program.ends_with(".py") {
        true => clients.join("venv/bin/python"),
        false => PathBuf::from("node"),
    };
    let mut command = Command::new(interpreter);
    command.arg(program).current_dir(here.path()).env("BITRIX24", webhook);
    if let Some(certificate) = certificate {
        for variable in ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
            command.env(variable, certificate);
        }
    }
    let output = command.output().unwrap();
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{program}: {}{}", told(&output.stdout), told(&output.stderr));
}

fn over_http(program: &str) {
    let Some(clients) = clients() else { return };
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    run(&clients, program, &server.bitrix24, None);
}

/// For clients that know nothing but `https://`.
fn over_tls(program: &str) {
    let Some(clients) = clients() else { return };
    let files = Files::with(&Pair::new());
    let server = files.serve();
    run(&clients, program, &server.bitrix24, Some(&files.path("certificate.pem")));
}

#[test]
fn fast_bitrix24_works_unmodified() {
    over_http("use_fast_bitrix24.py");
}

#[test]
fn b24pysdk_works_unmodified() {
    over_tls("use_b24pysdk.py");
}

#[test]
fn b24jssdk_works_unmodified() {
    over_tls("use_b24jssdk.mjs");
}

#[test]
fn the_2bad_client_works_unmodified() {
    over_http("use_2bad_bitrix.mjs");
}
