//! `serve` with a certificate of its own, and what it refuses without one.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use crate::{output, rulewright, server::Server};

const PATIENCE: Duration = Duration::from_secs(30);

/// A certificate that nobody else has signed, and its key, in PEM.
pub struct Pair {
    pub certificate: String,
    key: String,
}

impl Pair {
    pub fn new() -> Pair {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        Pair { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
    }

    /// A client that trusts this certificate and no other.
    fn client(&self) -> reqwest::Client {
        let trusted = reqwest::Certificate::from_pem(self.certificate.as_bytes()).unwrap();
        reqwest::Client::builder().tls_certs_only([trusted]).build().unwrap()
    }
}

pub struct Files {
    dir: tempfile::TempDir,
}

impl Files {
    pub fn with(pair: &Pair) -> Files {
        let files = Files { dir: tempfile::tempdir().unwrap() };
        files.put(pair);
        files
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn put(&self, pair: &Pair) {
        fs::write(self.path("key.pem"), &pair.key).unwrap();
        fs::write(self.path("certificate.pem"), &pair.certificate).unwrap();
    }

    pub fn serve(&self) -> Server {
        let mut command = rulewright();
        command.arg("serve").stderr(fs::File::create(self.path("log")).unwrap());
        command
            .arg("--tls-cert")
            .arg(self.path("certificate.pem"))
            .arg("--tls-key")
            .arg(self.path("key.pem"));
        Server::of(&mut command, &self.path("data"))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }
}

async fn is_up(client: &reqwest::Client, server: &Server) -> bool {
    let answer = client.get(format!("{}/healthz", server.url)).send().await;
    answer.is_ok_and(|answer| answer.status() == 200)
}

async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is().await {
        assert!(Instant::now() < end, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn hang_up(server: &Server) {
    assert!(Command::new("kill").args(["-HUP", &server.id().to_string()]).status().unwrap().success());
}

/// What the first line of an answer to plain HTTP is, and the rest.
fn plain_answer(server: &Server) -> String {
    let mut plain = TcpStream::connect(server.url.trim_start_matches("https://")).unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut told = String::new();
    plain.read_to_string(&mut told).unwrap();
    told
}

/// One server for all of it: a start compiles every plugin.
#[tokio::test]
async fn a_new_certificate_is_taken_over_a_broken_one_is_told_and_open_connections_go_on() {
    let (first, second) = (Pair::new(), Pair::new());
    let files = Files::with(&first);
    let server = files.serve();
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    // If handshakes stood in a line, who says nothing would let the others wait.
    let _silent = TcpStream::connect(server.url.trim_start_matches("https://")).unwrap();
    let old = first.client();
    assert!(is_up(&old, &server).await);
    assert!(!is_up(&second.client(), &server).await, "nobody else is trusted");
    let told = plain_answer(&server);
    assert!(told.starts_with("HTTP/1.1 400") && told.contains("https://"), "{told}");

    for (name, text) in
        [("certificate.pem", "nonsense"), ("certificate.pem", second.certificate.as_str()), ("key.pem", "")]
    {
        files.put(&first);
        fs::write(files.path(name), text).unwrap();
        let before = files.log().matches("stays as it is").count();
        hang_up(&server);
        until("a line in the log", async || files.log().matches("stays as it is").count() > before).await;
        assert!(is_up(&first.client(), &server).await, "{name}: {text}");
    }

    files.put(&second);
    until("the new certificate", async || is_up(&second.client(), &server).await).await;
    assert!(!is_up(&first.client(), &server).await, "new connections get the new one");
    assert!(is_up(&old, &server).await, "the connection that was open goes on");
    // The program itself is a client as well.
    let listed = output(
        rulewright()
            .args(["run", "list", "--json"])
            .env("SSL_CERT_FILE", files.path("certificate.pem"))
            .env("RULEWRIGHT_SERVER", &server.url)
            .env("RULEWRIGHT_TOKEN", &server.token),
    );
    assert!(listed.contains("\"items\""), "{listed}");
}

#[test]
fn plain_text_where_others_can_listen_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for command in ["serve", "demo"] {
        let refused = rulewright()
            .args([command, "--json", "--listen", "0.0.0.0:0", "--data"])
            .arg(dir.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{command}: {told}");
        assert!(told.contains("\"plain-http\"") && told.contains("--tls-cert"), "{told}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing was begun");
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_with_its_file() {
    let (first, second) = (Pair::new(), Pair::new());
    let files = Files::with(&first);
    let serve = |certificate: &Path, key: &Path| {
        let mut command = rulewright();
        command.args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"]).arg(files.path("data"));
        let done = command.arg("--tls-cert").arg(certificate).arg("--tls-key").arg(key).output().unwrap();
        assert!(!done.status.success());
        String::from_utf8_lossy(&done.stderr).into_owned()
    };
    let (certificate, key) = (files.path("certificate.pem"), files.path("key.pem"));
    fs::write(files.path("other.pem"), &second.key).unwrap();
    for (told, expected) in [
        (serve(&files.path("none.pem"), &key), "none.pem"),
        (serve(&key, &key), "no certificate"),
        (serve(&certificate, &certificate), "no private key"),
        (serve(&certificate, &files.path("other.pem")), "not the key of"),
    ] {
        assert!(told.contains(expected) && told.contains("hint"), "{expected}: {told}");
    }
}
