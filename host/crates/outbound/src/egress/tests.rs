use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

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
        "2130706433",
        "0177.0.0.1",
        "0x7f000001",
        "127.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "0xa9fea9fe",
        "[fd00:ec2::254]",
        "10.0.0.1",
        "192.168.0.1",
        "localhost",
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
    for name in
        ["Host", "content-length", "Transfer-Encoding", "connection", "Proxy-Authorization", "te", "a b", ""]
    {
        assert!(matches!(one(name, "x"), Err(HttpError::Denied(_))), "{name}");
    }
    for value in ["a\r\nx-evil: 1", "a\nb", "a\rb", "a\0b"] {
        let Err(HttpError::Denied(why)) = one("x-name", value) else { panic!("{value:?}") };
        assert!(!why.contains("evil"), "the value may be a secret");
    }
    let many = vec![("x".to_owned(), "y".to_owned()); MAX_HEADERS + 1];
    assert!(matches!(headers(&many), Err(HttpError::Limit(_))));
}
