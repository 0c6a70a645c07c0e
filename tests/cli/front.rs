//! Clients that mean no good: those who hold the server up are let go, and others are served meanwhile.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use reqwest::Method;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{rulewright, server::Server};

const PATIENCE: Duration = Duration::from_secs(60);

struct Case {
    server: Server,
    home: tempfile::TempDir,
}

impl Case {
    /// With this below `[door]` of the settings.
    fn with(door: &str) -> Case {
        let home = tempfile::tempdir().unwrap();
        let settings = home.path().join("rulewright.toml");
        fs::write(&settings, format!("[door]\n{door}\n")).unwrap();
        let mut command = rulewright();
        command.arg("serve").arg("--config").arg(settings);
        Case { server: Server::of(&mut command, &home.path().join("data")), home }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.server.url.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// A connection that has been served, and stays open.
    fn settled(&self) -> TcpStream {
        let mut stream = self.connect();
        ask(&mut stream);
        assert!(is_served(&mut stream));
        stream
    }

    async fn refused(&self, reason: &str) -> u64 {
        let end = Instant::now() + PATIENCE;
        let metrics = loop {
            // Of a share that has been used up, the places come free a moment after they were left.
            if let Ok(answer) = reqwest::get(format!("{}/metrics", self.server.url)).await {
                break answer.text().await.unwrap();
            }
            assert!(Instant::now() < end, "nobody is served");
        };
        let line = format!("rulewright_http_refused_total{{reason=\"{reason}\"}} ");
        let count = metrics.lines().find_map(|text| text.strip_prefix(&line));
        count.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap()
    }
}

const ASKED: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: shop.example\r\n\r\n";

fn ask(stream: &mut TcpStream) {
    // Where the other end has let go already, the answer shows it.
    let _ = stream.write_all(ASKED);
}

/// Whether the answer comes to what was asked, whole; false: the connection has ended.
fn is_served(stream: &mut TcpStream) -> bool {
    let (mut answer, mut part) = (Vec::new(), [0; 1024]);
    loop {
        match stream.read(&mut part) {
            Ok(0) => return false,
            Ok(count) => answer.extend(&part[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("neither answered nor let go: {error}")
            }
            Err(_) => return false,
        }
        // All that `/healthz` says is one object.
        if answer.ends_with(b"}") {
            assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
            return true;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d01_a_client_that_sends_its_head_byte_by_byte_is_let_go_while_others_are_served() {
    let case = Case::with("head-seconds = 2");
    let mut slow = case.connect();
    slow.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let began = Instant::now();
    let dripping = tokio::task::spawn_blocking(move || {
        slow.write_all(b"GET /healthz HTTP/1.1\r\nx-slow: ").unwrap();
        loop {
            assert!(began.elapsed() < PATIENCE, "it is still listened to");
            let sent = slow.write_all(b"a");
            match slow.read(&mut [0; 512]) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Ok(0) | Err(_) => break,
                Ok(_) => panic!("half a head was answered"),
            }
            if sent.is_err() {
                break;
            }
        }
    });
    let mut silent = case.connect();
    while !dripping.is_finished() {
        assert_eq!(case.server.call(Method::GET, "/healthz", Value::Null).await["status"], "ok");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    dripping.await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(2), "it had its time: {:?}", began.elapsed());
    let silent = tokio::task::spawn_blocking(move || is_served(&mut silent));
    assert!(!silent.await.unwrap(), "who says nothing is let go too");
    assert!(case.refused("head_timeout").await >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn d01_a_body_that_does_not_come_is_waited_for_so_long_and_no_longer() {
    let case = Case::with("body-seconds = 1");
    for path in ["/v1/orders", "/rest/crm.deal.add"] {
        let mut stream = case.connect();
        let token = &case.server.token;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: shop.example\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{{"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 408", "{path}");
    }
    assert_eq!(case.refused("body_timeout").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_silent_between_two_requests_keeps_its_connection() {
    let case = Case::with("head-seconds = 1");
    let mut kept = case.settled();
    // Three times as long as a head may take.
    tokio::time::sleep(Duration::from_secs(3)).await;
    ask(&mut kept);
    assert!(is_served(&mut kept));
}

#[tokio::test(flavor = "multi_thread")]
async fn d01_one_address_has_its_share_of_connections_and_no_more() {
    let case = Case::with("connections-of-one = 3");
    let held = [case.settled(), case.settled(), case.settled()];
    let mut beyond = case.connect();
    ask(&mut beyond);
    assert!(!is_served(&mut beyond), "a fourth is let go at once");
    #[cfg(target_os = "linux")]
    {
        // Every address of this network is this machine.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        let address = case.server.url.trim_start_matches("http://").parse().unwrap();
        let neighbour = socket.connect(address).await.unwrap().into_std().unwrap();
        neighbour.set_nonblocking(false).unwrap();
        neighbour.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut neighbour = neighbour;
        ask(&mut neighbour);
        assert!(is_served(&mut neighbour), "another address has its own");
    }
    drop(held);
    let end = Instant::now() + PATIENCE;
    loop {
        let mut next = case.connect();
        ask(&mut next);
        if is_served(&mut next) {
            break;
        }
        assert!(Instant::now() < end, "the places that were left are not free");
    }
    assert!(case.refused("connections").await >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn d01_where_all_places_are_taken_the_next_waits_until_one_is_free() {
    let case = Case::with("connections = 2\nconnections-of-one = 0");
    let [first, _second] = [case.settled(), case.settled()];
    let mut next = case.connect();
    ask(&mut next);
    next.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let waits = next.read(&mut [0; 1]).unwrap_err();
    assert!(matches!(waits.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{waits}");
    drop(first);
    next.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(is_served(&mut next));
}

#[tokio::test(flavor = "multi_thread")]
async fn d09_wrong_tokens_are_answered_with_429_and_the_right_one_works() {
    let case = Case::with("wrong-secrets = 3");
    let client = reqwest::Client::builder().build().unwrap();
    let show = async |path: &str, token: &str| {
        client.get(format!("{}{path}", case.server.url)).bearer_auth(token).send().await.unwrap()
    };
    assert_eq!(show("/v1/orders", "rw_1_wrong").await.status().as_u16(), 401);
    let end = Instant::now() + PATIENCE;
    let refused = loop {
        let answer = show("/v1/orders", "rw_1_wrong").await;
        if answer.status().as_u16() == 429 {
            break answer;
        }
        assert!(Instant::now() < end, "wrong tokens are never refused otherwise");
    };
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let problem: Value = serde_json::from_str(&refused.text().await.unwrap()).unwrap();
    assert_eq!(problem["code"], "too-many-wrong-secrets");
    case.server.call(Method::GET, "/v1/orders", Value::Null).await;
    assert!(case.refused("wrong_secrets").await >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn d20_what_comes_too_fast_is_refused_before_it_is_accepted_and_done_once_when_it_is_repeated() {
    let case = Case::with("burst = 5\nper-second = 1");
    let client = reqwest::Client::builder().build().unwrap();
    let order = async |key: &str| {
        let request = client.post(format!("{}/v1/orders", case.server.url)).bearer_auth(&case.server.token);
        let body = json!({ "pipeline": "orders", "number": key, "currency": "EUR" }).to_string();
        let request = request.header("content-type", "application/json").header("idempotency-key", key);
        request.body(body).send().await.unwrap()
    };
    let count = || {
        let file = Connection::open(case.home.path().join("data/rulewright.db")).unwrap();
        file.query_row("SELECT count(*) FROM orders", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let (mut accepted, end) = (0_i64, Instant::now() + PATIENCE);
    let (key, refused) = loop {
        let key = format!("order-{accepted}");
        let answer = order(&key).await;
        match answer.status().as_u16() {
            201 => accepted += 1,
            _ => break (key, answer),
        }
        assert!(Instant::now() < end, "{accepted} orders, and none was too fast");
    };
    assert_eq!(refused.status().as_u16(), 429);
    assert!(accepted >= 5, "{accepted}");
    assert!(refused.headers().contains_key("retry-after"));
    let problem: Value = serde_json::from_str(&refused.text().await.unwrap()).unwrap();
    assert_eq!(problem["code"], "too-many-requests");
    assert_eq!(count(), accepted, "nothing of it has happened");

    let mut done = 0;
    while done < 2 {
        let answer = order(&key).await;
        match answer.status().as_u16() {
            200 | 201 => done += 1,
            429 => {
                let wait = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
                tokio::time::sleep(Duration::from_secs(wait)).await;
            }
            other => panic!("{other}: {}", answer.text().await.unwrap()),
        }
        assert!(Instant::now() < end, "it stays too fast");
    }
    assert_eq!(count(), accepted + 1, "and then it has, once");
}
