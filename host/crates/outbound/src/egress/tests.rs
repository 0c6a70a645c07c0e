use std::{
    io::ErrorKind,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;
use crate::guard::Found;

/// Answers every connection with the same bytes, then closes it.
async fn server(answer: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&answer).await;
        }
    });
    port
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn egress(allow_private: &[String]) -> HttpEgress {
    HttpEgress::new(EgressOptions { allow_http: true, allow_private: allow_private.to_vec() })
}

fn target(host: String) -> HttpTarget {
    HttpTarget { host, methods: Default::default(), path: "/".into() }
}

fn get(url: String) -> HttpRequest {
    HttpRequest {
        method: "GET".into(),
        url,
        headers: Vec::new(),
        body: None,
        timeout: 10_000,
        secrets: Vec::new(),
    }
}

async fn fetch(host: &str, allowed: bool, response: Vec<u8>) -> Result<HttpResponse, HttpError> {
    let authority = format!("{host}:{}", server(response).await);
    let private = if allowed { vec![authority.clone()] } else { Vec::new() };
    egress(&private).send(get(format!("http://{authority}/")), &[target(authority.clone())]).await
}

#[tokio::test]
async fn a_loopback_server_is_reached_only_where_the_operator_says_so() {
    for host in ["127.0.0.1", "localhost"] {
        let response = fetch(host, true, answer("200 OK", b"hello")).await.unwrap();
        assert_eq!((response.status, response.body.as_slice()), (200, &b"hello"[..]), "{host}");
        let refused = fetch(host, false, answer("200 OK", b"hello")).await;
        assert!(matches!(refused, Err(HttpError::Denied(_))), "{host}: {refused:?}");
    }
}

#[tokio::test]
async fn no_spelling_of_a_private_address_gets_out() {
    let spellings = [
        "127.0.0.1",
        "127.0.0.1.",
        "2130706433",
        "0177.0.0.1",
        "017700000001",
        "0x7f000001",
        "0X7F.0.0.1",
        "0x7f.0x0.0x0.0x1",
        "0x7f.1",
        "127.1",
        "127.0.1",
        "127.255.255.254",
        "0",
        "0.0.0.0",
        "0x0",
        // Digits and dots that are made plain ones.
        "①②⑦.⓪.⓪.①",
        "１２７．０．０．１",
        "127。0。0。1",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:7f00:1::]",
        "[fe80::1]",
        "[fec0::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "[::ffff:169.254.169.254]",
        "169.254.170.2",
        "100.100.100.200",
        "168.63.129.16",
        "100.64.0.1",
        "10.0.0.1",
        "10.1",
        "172.16.0.1",
        "192.168.0.1",
        "192.168.257",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "4294967295",
        "localhost",
        "LOCALHOST",
        // The letter is a Roman numeral.
        "ⅼocalhost",
    ];
    for spelling in spellings {
        let url = format!("http://{spelling}:9/");
        // Granted under the very name that the URL means: only the address can be the reason.
        let host = reqwest::Url::parse(&url).unwrap().host_str().unwrap().to_owned();
        let refused = egress(&[]).send(get(url), &[target(format!("{host}:9"))]).await;
        let Err(HttpError::Denied(why)) = refused else { panic!("{spelling}: {refused:?}") };
        assert!(why.contains("public"), "{spelling}: {why}");
    }
}

#[tokio::test]
async fn what_is_no_address_to_us_is_not_left_to_somebody_else_to_read() {
    for spelling in [
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
        "127.0.0.1%00",
        "127.0.0.1%2eexample.com",
        "256.0.0.1",
        "0x7g.1",
        "08.0.0.1",
    ] {
        let targets = [target(format!("{spelling}:9"))];
        let refused = egress(&[]).send(get(format!("http://{spelling}:9/")), &targets).await;
        assert!(matches!(refused, Err(HttpError::Denied(_))), "{spelling}: {refused:?}");
    }
}

/// Whose names lead to this machine, and how often one was looked up.
fn led_home() -> (HttpEgress, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let lookup = Arc::new(move |_: String| -> Found {
        counted.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))]) })
    });
    let options = EgressOptions { allow_http: true, allow_private: Vec::new() };
    (HttpEgress { options, guard: Guard::asking(lookup) }, asked)
}

#[tokio::test]
async fn a_name_that_leads_home_is_refused_when_the_connection_is_made() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (egress, asked) = led_home();
    for name in ["rebound.example", "xn--lcalhost-nbh.example", "metadata.google.internal"] {
        let url = format!("http://{name}:{port}/");
        // All that is known before is the name, and that is granted.
        assert!(egress.target(&url).is_ok(), "{name}");
        let refused = egress.send(get(url), &[target(format!("{name}:{port}"))]).await;
        assert!(
            matches!(&refused, Err(HttpError::Denied(why)) if why.contains("public")),
            "{name}: {refused:?}"
        );
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3, "once each: a second answer could be another one");
    let knocked = listener.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(knocked, Err(ErrorKind::WouldBlock), "somebody has connected");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let moved = answer("302 Found\r\nlocation: http://169.254.169.254/", b"");
    let response = fetch("127.0.0.1", true, moved).await.unwrap();
    assert_eq!(response.status, 302);
    assert!(response.headers.iter().any(|(name, _)| name == "location"));
}

#[tokio::test]
async fn a_long_body_is_cut_and_says_so() {
    let exact = fetch("127.0.0.1", true, answer("200 OK", &vec![b'x'; MAX_BODY])).await.unwrap();
    assert_eq!((exact.body.len(), exact.truncated), (MAX_BODY, false));
    let cut = fetch("127.0.0.1", true, answer("200 OK", &vec![b'x'; MAX_BODY + 1])).await.unwrap();
    assert_eq!((cut.body.len(), cut.truncated), (MAX_BODY, true));
}

/// Answers with this head, and then with the same again and again until nobody listens.
async fn endless(head: &'static [u8], again: &'static [u8], pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        let mut sent = stream.write_all(head).await;
        while sent.is_ok() {
            tokio::time::sleep(pause).await;
            sent = stream.write_all(again).await;
        }
    });
    authority
}

async fn taken(authority: String, timeout: u64) -> Result<HttpResponse, HttpError> {
    let request = HttpRequest { timeout, ..get(format!("http://{authority}/")) };
    egress(std::slice::from_ref(&authority)).send(request, &[target(authority.clone())]).await
}

#[tokio::test]
async fn a_body_without_end_is_cut() {
    static CHUNK: [u8; 8192] = [b'x'; 8192];
    let response = taken(endless(b"HTTP/1.1 200 OK\r\n\r\n", &CHUNK, Duration::ZERO).await, 60_000).await;
    let response = response.unwrap();
    assert_eq!((response.body.len(), response.truncated), (MAX_BODY, true));
}

#[tokio::test]
async fn headers_without_end_are_given_up() {
    let endless = endless(b"HTTP/1.1 200 OK\r\n", b"x-more: and more and more\r\n", Duration::ZERO).await;
    let refused = taken(endless, 60_000).await;
    assert!(matches!(refused, Err(HttpError::Limit(_) | HttpError::Other(_))), "{refused:?}");
}

#[tokio::test]
async fn an_answer_that_drips_is_over_when_its_time_is() {
    let pause = Duration::from_millis(5);
    let drips: [(&'static [u8], &'static [u8]); 3] = [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ];
    for (head, again) in drips {
        let dripping = taken(endless(head, again, pause).await, 300).await;
        assert_eq!(dripping, Err(HttpError::Timeout), "{}", String::from_utf8_lossy(head));
    }
}

#[tokio::test]
async fn what_is_compressed_stays_so_and_takes_no_more_room_than_it_had() {
    // It is not even gzip behind its first bytes: who does not unpack does not find out.
    let packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03not unpacked";
    for encoding in ["gzip", "deflate", "br", "zstd", "gzip, gzip"] {
        let head = format!("200 OK\r\ncontent-encoding: {encoding}");
        let response = fetch("127.0.0.1", true, answer(&head, packed)).await.unwrap();
        assert_eq!(response.body, packed, "{encoding}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_none() {
    let short = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\nhello".to_vec();
    let refused = fetch("127.0.0.1", true, short).await;
    assert!(matches!(refused, Err(HttpError::Other(_))), "{refused:?}");
}

#[tokio::test]
async fn a_secret_that_comes_back_is_blanked_out() {
    let echo = answer("200 OK\r\nx-token: Bearer s3cret-token", b"you sent s3cret-token");
    let authority = format!("127.0.0.1:{}", server(echo).await);
    let secrets = vec!["s3cret-token".to_owned()];
    let request = HttpRequest { secrets, ..get(format!("http://{authority}/")) };
    let targets = [target(authority.clone())];
    let response = egress(std::slice::from_ref(&authority)).send(request, &targets).await.unwrap();
    assert_eq!(response.body, b"you sent ***");
    assert!(response.headers.contains(&("x-token".to_owned(), "Bearer ***".to_owned())));
}

#[tokio::test]
async fn a_flood_of_headers_is_a_limit() {
    let many: String = (0..80).map(|n| format!("\r\nx-{n}: y")).collect();
    let refused = fetch("127.0.0.1", true, answer(&format!("200 OK{many}"), b"")).await;
    assert!(matches!(refused, Err(HttpError::Limit(_))), "{refused:?}");
}

#[tokio::test]
async fn silence_ends_in_a_timeout_and_a_closed_port_in_a_connect_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    let egress = egress(std::slice::from_ref(&authority));
    let targets = [target(authority.clone())];
    let request = HttpRequest { timeout: 50, ..get(format!("http://{authority}/")) };
    assert_eq!(egress.send(request, &targets).await, Err(HttpError::Timeout));
    drop(listener);
    let closed = egress.send(get(format!("http://{authority}/")), &targets).await;
    assert!(matches!(closed, Err(HttpError::Connect(_))), "{closed:?}");
}

#[test]
fn headers_of_the_connection_and_line_breaks_are_refused() {
    let one = |name: &str, value: &str| headers(&[(name.to_owned(), value.to_owned())]);
    assert!(one("Authorization", "Bearer secret").is_ok());
    assert!(one("x-name", "Zoë").is_ok());
    let of_the_connection = [
        "Host",
        "content-length",
        "Transfer-Encoding",
        "connection",
        "Keep-Alive",
        "Proxy-Authorization",
        "Proxy-Connection",
        "te",
        "Trailer",
        "Upgrade",
        "Expect",
    ];
    let no_names =
        ["a b", "", "host ", "x:y", "transfer-encoding\0", "x\r\nhost", "\u{212a}eep-alive", "x\u{a0}"];
    for name in of_the_connection.into_iter().chain(no_names) {
        assert!(matches!(one(name, "x"), Err(HttpError::Denied(_))), "{name}");
    }
    for value in ["a\r\nx-evil: 1", "a\nb", "a\rb", "a\0b"] {
        let Err(HttpError::Denied(why)) = one("x-name", value) else { panic!("{value:?}") };
        assert!(!why.contains("evil"), "the value may be a secret");
    }
    let many = vec![("x".to_owned(), "y".to_owned()); MAX_HEADERS + 1];
    assert!(matches!(headers(&many), Err(HttpError::Limit(_))));
}

/// In DER: a certificate that says this name and is valid until this year, and its key.
fn certified(name: &str, until: i32) -> (Vec<u8>, Vec<u8>) {
    let mut params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().der().to_vec(), key.serialize_der())
}

/// Its port, and how many requests it has read.
async fn encrypted((certificate, key): (Vec<u8>, Vec<u8>)) -> (u16, Arc<AtomicUsize>) {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key));
    let config = rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate)], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let read = Arc::new(AtomicUsize::new(0));
    let heard = read.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_ok_and(|bytes| bytes > 0) {
                heard.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(&answer("200 OK", b"hello")).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (port, read)
}

#[tokio::test]
async fn a_certificate_must_be_right_and_no_plugin_can_say_otherwise() {
    let right = certified("localhost", 4096);
    let (elsewhere, expired) = (certified("api.example", 4096), certified("localhost", 2020));
    // Whoever made these three is believed, so that nothing else is wrong with them.
    let authorities = [&right, &elsewhere, &expired];
    let authorities =
        authorities.map(|(certificate, _)| reqwest::Certificate::from_der(certificate).unwrap());
    let strangers = certified("localhost", 4096);
    for (shown, believed) in [(right, true), (elsewhere, false), (expired, false), (strangers, false)] {
        let (port, read) = encrypted(shown).await;
        let authority = format!("localhost:{port}");
        let options = EgressOptions { allow_http: false, allow_private: vec![authority.clone()] };
        let egress = HttpEgress { options, guard: Guard::believing(&authorities) };
        let said = egress.send(get(format!("https://{authority}/")), &[target(authority.clone())]).await;
        match believed {
            true => assert_eq!(said.unwrap().body, b"hello"),
            false => assert!(matches!(said, Err(HttpError::Connect(_) | HttpError::Other(_))), "{said:?}"),
        }
        assert_eq!(read.load(Ordering::SeqCst), usize::from(believed), "nothing was told to a stranger");
    }
}

#[tokio::test]
async fn an_address_that_the_operator_has_named_is_reached_wherever_it_is_and_no_other() {
    let port = server(answer("200 OK", b"")).await;
    let url = format!("http://127.0.0.1:{port}/v1/traces");
    let egress = HttpEgress::new(EgressOptions::only(&url).unwrap());
    let targets = [egress.target(&url).unwrap()];
    let post = |url: String| egress.send(HttpRequest { method: "POST".into(), ..get(url) }, &targets);
    assert_eq!(post(url.clone()).await.unwrap().status, 200);
    for other in [format!("http://127.0.0.1:{port}/v1/logs"), format!("http://127.0.0.2:{port}/v1/traces")] {
        assert!(matches!(post(other.clone()).await, Err(HttpError::Denied(_))), "{other}");
    }
    for none in ["127.0.0.1:4318", "ftp://127.0.0.1:4318/v1/traces"] {
        let options = EgressOptions::only(none);
        assert!(options.and_then(|options| HttpEgress::new(options).target(none)).is_err(), "{none}");
    }
}
