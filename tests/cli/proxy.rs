//! Where the environment names proxies, as it does in the networks of some firms.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    process::{Command, Output},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::json;

use crate::{rulewright, server::Server};

const PATIENCE: Duration = Duration::from_secs(60);

const NOT_FOUND: &[u8] = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Has nothing for anybody, and counts who comes. Open as long as the process of the tests.
struct Ear {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    /// First lines of requests.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Ear {
    fn open() -> Ear {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, heard) = (Arc::new(AtomicUsize::new(0)), Arc::default());
        let ear = Ear { address, connections, heard };
        let (count, list) = (ear.connections.clone(), ear.heard.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                let (stream, list) = (stream.unwrap(), list.clone());
                // One that says nothing keeps nobody from being heard.
                thread::spawn(move || {
                    let mut head = BufReader::new(&stream).lines().map_while(Result::ok);
                    let Some(first) = head.next() else { return };
                    list.lock().unwrap().push(first);
                    let _ = head.find(String::is_empty);
                    let _ = (&stream).write_all(NOT_FOUND);
                });
            }
        });
        ear
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

/// Whatever the environment of the tests says of proxies, the command is told of this one.
fn behind<'c>(command: &'c mut Command, proxy: &Ear) -> &'c mut Command {
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, format!("http://{}", proxy.address));
    }
    command
}

#[tokio::test]
async fn c14_what_leaves_the_server_asks_no_proxy_that_the_environment_names() {
    let (home, proxy, outside) = (tempfile::tempdir().unwrap(), Ear::open(), Ear::open());
    let host = outside.address;
    let settings = format!(
        "allow-http = true\nallow-private = [\"{host}\"]\n[registries.\"{host}\"]\nplain-http = true\n"
    );
    fs::write(home.path().join("rulewright.toml"), settings).unwrap();
    let mut command = rulewright();
    behind(command.current_dir(home.path()).arg("serve"), &proxy);
    let server = Server::of(&mut command, &home.path().join("data"));

    let hook = json!({ "url": format!("http://{host}/hook"), "kinds": ["order.created"] });
    server.call(Method::POST, "/v1/webhooks", hook).await;
    let order = json!({ "pipeline": "orders", "number": "1001", "currency": "EUR" });
    server.call(Method::POST, "/v1/orders", order).await;
    let source = json!({ "source": format!("{host}/acme/greets:1.0.0") });
    let job = server.call(Method::POST, "/v1/installs", source).await;
    let job = format!("/v1/installs/{}", job["id"].as_str().unwrap());
    let job = server.until(&job, |job| job["state"] != "working", PATIENCE).await;
    assert_eq!(job["refusal"]["code"], "not-found", "{job}");

    let end = Instant::now() + PATIENCE;
    for wanted in ["POST /hook ", "GET /v2/acme/greets/manifests/1.0.0 "] {
        while !outside.heard().iter().any(|line| line.starts_with(wanted)) {
            assert!(Instant::now() < end, "no {wanted}: {:?}, {:?}", outside.heard(), proxy.heard());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert_eq!(proxy.connections(), 0, "{:?}", proxy.heard());
}

#[test]
fn a_command_asks_the_proxy_for_a_server_elsewhere_and_never_for_one_on_its_own_machine() {
    let (proxy, here) = (Ear::open(), Ear::open());
    let asked = |url: &str| -> Output {
        let mut command = rulewright();
        command.args(["deliveries", "--server", url, "--token", "secret"]);
        behind(&mut command, &proxy).output().unwrap()
    };
    let done = asked(&format!("http://{}", here.address));
    assert!(!done.status.success(), "it has nothing for anybody");
    assert_eq!(proxy.connections(), 0, "{:?}", proxy.heard());
    assert!(here.heard().iter().any(|line| line.starts_with("GET /v1/deliveries")), "{:?}", here.heard());

    // What is set is what the same library goes by where it may.
    asked("http://shop.invalid");
    let heard = proxy.heard();
    assert!(heard.iter().any(|line| line.starts_with("GET http://shop.invalid/v1/deliveries")), "{heard:?}");
}
