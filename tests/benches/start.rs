//! A server with 1,000 installed plugins: how soon it is ready, and what a plugin that does nothing and a run that
//! waits cost in memory and on disk.
//!
//! `cargo bench --workspace --bench start [-- PLUGINS]`. Installing compiles each of them once, which takes a minute
//! or two; that is not measured.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a tool for developers")]

use std::path::Path;

use futures::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[allow(dead_code, reason = "each benchmark uses a part")]
mod program;
use program::Server;

const STARTS: usize = 9;
const WAITING: usize = 10_000;

#[tokio::main]
async fn main() {
    let plugins = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(1_000);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    installed_plugins(&folder.path().join("plugins"), plugins).await;
    waiting_runs(folder.path()).await;
}

async fn installed_plugins(data: &Path, count: usize) {
    let server = Server::start(data, None);
    let token = server.token().to_owned();
    server.stop();
    // Started again, because the first start compiles the bundled plugins.
    let server = Server::start(data, Some(&token));
    let empty = Memory::of(&server);
    let component = bundled("write-to-log");
    let install = |number| {
        let (server, component) = (&server, named(component, &format!("bench.plugin-{number:04}")));
        async move { server.install(component).await }
    };
    stream::iter(0..count).map(install).buffer_unordered(4).for_each(|()| async {}).await;
    server.stop();

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let server = Server::start(data, Some(&token));
        assert_eq!(server.call(Method::GET, "/readyz", Value::Null).await["status"], "ready");
        starts.push(server.started.as_secs_f64() * 1e3);
        server.stop();
    }
    starts.sort_by(f64::total_cmp);
    println!("start to ready with {count} plugins: median {:.0} ms, {starts:.0?}", starts[STARTS / 2]);

    let server = Server::start(data, Some(&token));
    let idle = Memory::of(&server);
    // Checking its settings asks a plugin, which loads it.
    let rule = |number| {
        json!({ "id": format!("r{number}"), "name": "Log", "plugin": format!("bench.plugin-{number:04}"),
            "settings": { "text": "Hello" } })
    };
    for some in (0..count).collect::<Vec<_>>().chunks(50) {
        let rules: Vec<Value> = some.iter().copied().map(rule).collect();
        let body = json!({ "stages": { "new": { "rules": rules } } });
        let checked = server.call(Method::POST, "/v1/pipelines/orders/automation/check", body).await;
        assert_eq!(checked["ok"], true, "{checked}");
    }
    let used = Memory::of(&server);
    println!("the empty server: {empty}; with {count} plugins: {idle}; each of them used once: {used}");
    println!("an installed plugin: {}", idle.beyond(&empty, count));
    println!("an installed plugin that was used: {}", used.beyond(&empty, count));
}

async fn waiting_runs(folder: &Path) {
    let [with, without] = [true, false].map(|waits| (folder.join(format!("waiting-{waits}")), waits));
    let mut found = Vec::new();
    for (data, waits) in [without, with] {
        let server = Server::start(&data, None);
        let token = server.token().to_owned();
        if waits {
            let until = json!({ "kind": "after", "amount": 30, "unit": "days" });
            server
                .publish(&[json!({ "id": "wait", "name": "Wait", "plugin": "rulewright.wait",
                    "settings": { "until": until, "description": "Call {{ order.number }}" } })])
                .await;
        }
        let order = json!({ "pipeline": "orders", "title": "One of many", "currency": "GBP" });
        let create = |_| server.call(Method::POST, "/v1/orders", order.clone());
        stream::iter(0..WAITING).map(create).buffer_unordered(64).for_each(|_| async {}).await;
        let expected = if waits { WAITING as u64 } else { 0 };
        while server.runs(Some("waiting")).await < expected {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        server.stop();
        let size = size(&data);
        let server = Server::start(&data, Some(&token));
        found.push((size, Memory::of(&server)));
        server.stop();
    }
    let [(empty_size, empty), (full_size, full)] = &found[..] else { unreachable!("two of them") };
    println!(
        "a waiting run, of {WAITING}: {}; on disk {:.2} KiB",
        full.beyond(empty, WAITING),
        (full_size - empty_size) / WAITING as f64
    );
}

/// KiB of everything in the folder.
fn size(folder: &Path) -> f64 {
    let files = std::fs::read_dir(folder).unwrap();
    let size = |file: std::io::Result<std::fs::DirEntry>| file.unwrap().metadata().unwrap().len();
    files.map(size).sum::<u64>() as f64 / 1024.0
}

/// KiB of a process.
struct Memory {
    /// Of its own: no file stands behind it.
    private: f64,
    resident: f64,
}

impl Memory {
    fn of(server: &Server) -> Memory {
        let told = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", server.pid())).unwrap();
        let line = |name: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().trim_end_matches(" kB").parse::<f64>().unwrap()
        };
        Memory { private: line("Anonymous:"), resident: line("Rss:") }
    }

    fn beyond(&self, other: &Memory, count: usize) -> String {
        let each = |mine: f64, other: f64| (mine - other) / count as f64;
        let (private, resident) = (each(self.private, other.private), each(self.resident, other.resident));
        format!("{private:.2} KiB private, {resident:.2} KiB resident")
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Memory { private, resident } = self;
        write!(f, "{:.0} MiB private, {:.0} MiB resident", private / 1024.0, resident / 1024.0)
    }
}

impl Server {
    async fn install(&self, component: Vec<u8>) {
        let digest: String = Sha256::digest(&component).iter().map(|byte| format!("{byte:02x}")).collect();
        let path = format!("/v1/plugins?accept={digest}");
        self.request(Method::POST, &path, Some(("application/wasm", component))).await;
    }
}

fn bundled(name: &str) -> &'static [u8] {
    let mut all = rulewright_bundled::PLUGINS.iter();
    all.find(|(folder, _)| *folder == name).unwrap().1
}

/// The same component under another id: its manifest is a custom section, which is replaced.
fn named(component: &[u8], id: &str) -> Vec<u8> {
    const NAME: &[u8] = b"rulewright:manifest";
    let mut renamed = component[..8].to_vec();
    let mut rest = &component[8..];
    while let [kind, after @ ..] = rest {
        let (size, content) = leb128(after);
        let (section, next) = content.split_at(size);
        match section.strip_prefix(&[&[NAME.len() as u8], NAME].concat()[..]) {
            Some(manifest) if *kind == 0 => {
                let mut manifest: Value = serde_json::from_slice(manifest).unwrap();
                manifest["id"] = id.into();
                let section = [&[NAME.len() as u8], NAME, manifest.to_string().as_bytes()].concat();
                renamed.push(0);
                renamed.extend(to_leb128(section.len()));
                renamed.extend(section);
            }
            _ => renamed.extend(&rest[..rest.len() - next.len()]),
        }
        rest = next;
    }
    renamed
}

fn leb128(bytes: &[u8]) -> (usize, &[u8]) {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    let value = bytes[..end].iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f));
    (value, &bytes[end..])
}

fn to_leb128(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
