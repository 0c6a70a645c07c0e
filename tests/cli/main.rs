//! Promises of the `rulewright` program itself, run as its users run it.

#![allow(
    clippy::disallowed_methods,
    reason = "a user of the program: calls its API as a client, and is told by the environment how long to test"
)]

mod author;
mod bitrix24;
mod browser;
mod canary;
mod compile;
mod crash;
#[path = "../it/docker_registry.rs"]
#[allow(dead_code, reason = "of what tests/it needs, this needs a part")]
mod docker_registry;
mod endure;
mod explain;
#[cfg(target_os = "linux")]
mod failing_disk;
mod first_rule;
mod front;
mod full_disk;
#[cfg(target_os = "linux")]
mod handles;
mod install;
mod key;
mod languages;
mod life;
mod load;
mod logs;
mod migrate;
mod operating;
mod pdf;
mod proxy;
mod publish;
mod recipe;
mod registry;
mod schemathesis;
mod server;
mod telemetry;
mod tls;
mod workers;

use std::process::{Command, Stdio};

/// The program under test, with nothing of the caller's settings.
fn rulewright() -> Command {
    clean(Command::new(env!("CARGO_BIN_EXE_rulewright")))
}

fn clean(mut command: Command) -> Command {
    for name in [
        "DATA",
        "KEY_FILE",
        "LISTEN",
        "BACKUP_TO",
        "SERVER",
        "TOKEN",
        "SHOP",
        "LOG",
        "CONFIG",
        "TLS_CERT",
        "TLS_KEY",
        "ALLOW_PLAIN_HTTP",
        "TRUST_FORWARDED",
        "CRASH_AT",
        "GRACE",
        "GUESTS",
    ] {
        command.env_remove(format!("RULEWRIGHT_{name}"));
    }
    command.env_remove("OTEL_EXPORTER_OTLP_ENDPOINT");
    command.stdin(Stdio::null());
    command
}

/// Runs to the end and returns stdout; a failure shows everything.
fn output(command: &mut Command) -> String {
    let done = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{command:?}: {}\n{out}\n{err}", done.status);
    out.into_owned()
}
