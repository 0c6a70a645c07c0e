//! The `rulewright` program, as benchmarks run it: a server of its own on a free port, in a directory of its own.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::Value;

/// What is measured is how much it can do, not from when on it refuses to.
pub const UNLIMITED: &str = "[load]
changes = 0
steps = 0
oldest-seconds = 0
[door]
connections-of-one = 0
per-second = 0
";

pub struct Server {
    child: Child,
    pub url: String,
    /// From the spawn to the line that says that it serves.
    pub started: Duration,
    client: reqwest::Client,
    token: String,
}

impl Server {
    /// The first start makes a shop and its token; later ones are given it.
    pub fn start(data: &Path, token: Option<&str>) -> Server {
        // Its memory and its time are those of one process.
        Server::start_with(data, token, UNLIMITED, &["--guests", "in-process"])
    }

    /// The same, with these settings, and further arguments of `serve`.
    pub fn start_with(data: &Path, token: Option<&str>, settings: &str, arguments: &[&str]) -> Server {
        let file = data.with_extension("toml");
        std::fs::write(&file, settings).unwrap();
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_rulewright"))
            .args(["serve", "--json", "--log", "error", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .arg("--config")
            .arg(file)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let started = begun.elapsed();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let token = said["token"].as_str().or(token).unwrap().to_owned();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().build().unwrap();
        Server { child, url: said["url"].as_str().unwrap().to_owned(), started, client, token }
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    /// From now on in the name of another.
    pub fn act_with(&mut self, token: &str) {
        self.token = token.to_owned();
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        let body = (!body.is_null()).then(|| ("application/json", body.to_string().into_bytes()));
        self.request(method, path, body).await
    }

    pub async fn request(&self, method: Method, path: &str, body: Option<(&str, Vec<u8>)>) -> Value {
        let mut request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        if let Some((kind, bytes)) = body {
            request = request.header("content-type", kind).body(bytes);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }

    /// Publishes rules on the first stage of the shop's only pipeline.
    pub async fn publish(&self, rules: &[Value]) {
        let draft = serde_json::json!({ "stages": { "new": { "rules": rules } } });
        self.call(Method::PUT, "/v1/pipelines/orders/automation", draft).await;
        self.call(Method::POST, "/v1/pipelines/orders/automation/publish", Value::Null).await;
    }

    /// Runs in the given state, or in all.
    pub async fn runs(&self, state: Option<&str>) -> u64 {
        let Value::String(text) = self.call(Method::GET, "/metrics", Value::Null).await else { return 0 };
        let of = |line: &str| line.rsplit(' ').next()?.parse::<u64>().ok();
        let wanted = state.map_or_else(String::new, |state| format!("state=\"{state}\""));
        let lines = text.lines().filter(|line| line.starts_with("rulewright_runs{"));
        lines.filter(|line| line.contains(&wanted)).filter_map(of).sum()
    }

    /// Ends it as an operator would, so that everything is on disk.
    pub fn stop(mut self) {
        let told = Command::new("kill").arg(self.pid().to_string()).status().unwrap();
        assert!(told.success());
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
