//! A server of its own for a test.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

use crate::rulewright;

/// Gives a data directory the bundled plugins as they were compiled for an earlier one: every test has a shop of its own, and
/// most of its time would go to the same seventy components. One that has a cache already keeps it.
pub fn warm(data: &Path) {
    let cache = data.join("cache");
    if !cache.exists() {
        copy(compiled(), &cache).unwrap();
    }
}

/// A cache with all of them, kept from one run of these tests to the next.
fn compiled() -> &'static Path {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    CACHE.get_or_init(|| {
        let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        // Only what was compiled is kept: a database would have to be understood by the next program.
        for file in ["rulewright.db", "rulewright.db-wal", "rulewright.db-shm"] {
            let _ = fs::remove_file(data.join(file));
        }
        drop(Server::spawn(rulewright().arg("serve"), &data, LOOPBACK));
        data.join("cache")
    })
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => drop(fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}

/// Puts the key of one data directory into another, as an operator does before a backup is restored there.
pub fn bring_key(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::copy(from.join("secret.key"), to.join("secret.key")).unwrap();
}

/// On a free port.
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Killed with the test, however that ends.
pub struct Server {
    child: Child,
    pub url: String,
    pub token: String,
    /// Address of the administrator's webhook.
    pub bitrix24: String,
    /// Signs the shop's owner in to the console, once; of a shop that is opened for the first time, and of the demo's.
    pub console: Option<String>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub fn start(data: &Path) -> Server {
        Server::start_with(data, &[])
    }

    pub fn start_with(data: &Path, arguments: &[&str]) -> Server {
        Server::of(rulewright().arg("serve").args(arguments), data)
    }

    pub fn of(command: &mut Command, data: &Path) -> Server {
        Server::at(command, data, LOOPBACK)
    }

    /// On a port that was chosen before.
    pub fn at(command: &mut Command, data: &Path, address: SocketAddr) -> Server {
        warm(data);
        Server::spawn(command, data, address)
    }

    fn spawn(command: &mut Command, data: &Path, address: SocketAddr) -> Server {
        Server::attempt(command, data, address).unwrap_or_else(|status| panic!("the server ended: {status}"))
    }

    /// One that may die at any time. The error: it has, before it could say where it is.
    pub fn risk(command: &mut Command, data: &Path) -> Result<Server, ExitStatus> {
        warm(data);
        Server::attempt(command, data, LOOPBACK)
    }

    fn attempt(command: &mut Command, data: &Path, address: SocketAddr) -> Result<Server, ExitStatus> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let command = command.args(["--json", "--listen"]).arg(address.to_string()).arg("--data").arg(data);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line.is_empty() {
            return Err(child.wait().unwrap());
        }
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        let console = said["console"].as_str().map(str::to_owned);
        Ok(Server { url: text("url"), token: text("token"), bitrix24: text("bitrix24"), console, child })
    }

    /// None while it lives.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// At once.
    pub fn kill(mut self) -> ExitStatus {
        self.child.kill().unwrap();
        self.child.wait().unwrap()
    }

    /// As its operator does it.
    pub fn stop(self) -> ExitStatus {
        self.terminate();
        self.wait()
    }

    /// Until it has ended by itself.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// As a service manager does it.
    pub fn terminate(&self) {
        let done = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(done.unwrap().success());
    }

    pub async fn call(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let body = match body {
            Value::Null => None,
            body => Some(("application/json", body.to_string().into_bytes())),
        };
        let answer = self.send(method, path, body).await;
        if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer).unwrap() }
    }

    /// Media type and body; and the bytes of the answer.
    pub async fn send(&self, method: reqwest::Method, path: &str, body: Option<(&str, Vec<u8>)>) -> Vec<u8> {
        let client = reqwest::Client::builder().build().unwrap();
        let mut request = client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        if let Some((media_type, body)) = body {
            request = request.header("content-type", media_type).body(body);
        }
        let answer = request.send().await.unwrap();
        let (status, bytes) = (answer.status(), answer.bytes().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&bytes));
        bytes.into()
    }

    /// As `/metrics` shows it now. None: it does not.
    pub async fn metric(&self, name: &str) -> Option<u64> {
        let text = String::from_utf8(self.send(reqwest::Method::GET, "/metrics", None).await).unwrap();
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    /// Asks until the answer is as wanted: what follows a command comes soon, and how soon is not promised.
    pub async fn until(
        &self,
        path: &str,
        wanted: impl Fn(&Value) -> bool,
        patience: std::time::Duration,
    ) -> Value {
        let end = std::time::Instant::now() + patience;
        loop {
            let answer = self.call(reqwest::Method::GET, path, Value::Null).await;
            if wanted(&answer) {
                return answer;
            }
            assert!(std::time::Instant::now() < end, "{path} stays {answer}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}
