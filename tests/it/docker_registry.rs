//! Debian's docker-registry, started by the test that asks it, on a port and in a folder of its own.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const REGISTRY: &str = "/usr/bin/docker-registry";
/// For a server to be there.
const PATIENCE: Duration = Duration::from_secs(60);
pub const USER: &str = "ada";
pub const PASSWORD: &str = "canary-pass-4c2";
/// Of the password, made once with little work in it.
const HASH: &str = "$2a$04$NRF6dcBm9N9TJm.NzItJZO/rcLiRUmtTsh90jimjBs.Pb4JhtrHgm";

pub struct DockerRegistry {
    /// Host and port, as references begin with them.
    pub host: String,
    dir: tempfile::TempDir,
    running: Child,
}

/// What keeps the tests with a real registry from running here, if anything does.
pub fn missing() -> Option<String> {
    let there = Path::new(REGISTRY).is_file();
    (!there).then(|| format!("{REGISTRY} is not installed: apt-get install docker-registry"))
}

impl DockerRegistry {
    /// For everybody.
    pub fn start() -> DockerRegistry {
        DockerRegistry::with("")
    }

    /// For [`USER`] with [`PASSWORD`].
    pub fn start_closed() -> DockerRegistry {
        DockerRegistry::with("auth:\n  htpasswd:\n    realm: test\n    path: DIR/htpasswd\n")
    }

    #[allow(clippy::disallowed_methods, reason = "a server of this test")]
    fn with(auth: &str) -> DockerRegistry {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("htpasswd"), format!("{USER}:{HASH}\n")).unwrap();
        // A port that nobody listened on a moment ago.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let host = format!("127.0.0.1:{port}");
        let config = format!(
            "version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\n\
             storage:\n  filesystem:\n    rootdirectory: DIR/data\n  delete:\n    enabled: true\n\
             http:\n  addr: {host}\n{auth}"
        );
        let file = dir.path().join("config.yml");
        fs::write(&file, config.replace("DIR", &dir.path().display().to_string())).unwrap();
        let log = fs::File::create(dir.path().join("log")).unwrap();
        // Ends when its standard input does, also where the test is killed.
        let running = Command::new("/bin/sh")
            .args([
                "-c",
                "\"$@\" </dev/null & own=$!; read -r _; kill $own; wait $own",
                "sh",
                REGISTRY,
                "serve",
            ])
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let registry = DockerRegistry { host, dir, running };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = fs::read_to_string(registry.dir.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < PATIENCE, "no registry at {}: {log}", registry.host);
            std::thread::sleep(Duration::from_millis(20));
        }
        registry
    }

    /// Puts other bytes where the registry keeps a blob: what whoever owns its disk can do.
    pub fn swap_blob(&self, digest: &str, bytes: &[u8]) {
        let (start, _) = digest.split_at(2);
        let blob = self.dir.path().join("data/docker/registry/v2/blobs/sha256").join(start).join(digest);
        fs::write(blob.join("data"), bytes).unwrap();
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        drop(self.running.stdin.take());
        let _ = self.running.wait();
    }
}
