//! What a request says about the way that it came. Anybody can write such headers, so those inside see them only from a
//! proxy that is believed, and else what is true.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn};

const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FOR: &str = "x-forwarded-for";
const TOLD: [&str; 7] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-server",
    "x-real-ip",
];

pub fn around(routes: Router, trusted: bool, scheme: &'static str) -> Router {
    if trusted {
        return routes.layer(from_fn(believed));
    }
    routes.layer(from_fn(move |mut request: Request, next: Next| {
        let headers = request.headers_mut();
        for name in TOLD {
            headers.remove(name);
        }
        headers.insert(PROTO, HeaderValue::from_static(scheme));
        next.run(request)
    }))
}

/// Whoever stands before the proxy is who comes: one of them that does wrong is not all of them.
async fn believed(mut request: Request, next: Next) -> axum::response::Response {
    if let Some(client) = client(request.headers()) {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, 0)));
    }
    next.run(request).await
}

/// The last of the list is whom the proxy itself has seen; what stands before that, anybody can have written.
fn client(headers: &HeaderMap) -> Option<IpAddr> {
    let list = headers.get_all(FOR).iter().next_back()?.to_str().ok()?;
    let last = list.rsplit(',').next().unwrap_or(list).trim();
    let bare = last.trim_matches(['[', ']']).parse().ok();
    bare.or_else(|| last.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    #[test]
    fn who_comes_is_whom_the_proxy_itself_has_seen() {
        let seen = |lines: &[&'static str]| {
            let lines =
                lines.iter().map(|line| (HeaderName::from_static(FOR), HeaderValue::from_static(line)));
            client(&lines.collect()).map(|address| address.to_string())
        };
        assert_eq!(seen(&["192.0.2.9, 192.0.2.1"]).as_deref(), Some("192.0.2.1"), "the first is only said");
        assert_eq!(seen(&["192.0.2.9", "192.0.2.1:4711"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(seen(&["[2001:db8::1]"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(seen(&["[2001:db8::1]:80"]).as_deref(), Some("2001:db8::1"));
        assert_eq!((seen(&["unknown"]), seen(&[])), (None, None));
    }

    #[tokio::test]
    async fn what_a_stranger_says_about_the_way_is_not_believed() {
        let told = async |trusted| {
            let shows = |headers: HeaderMap| async move {
                let text =
                    |name: &str| headers.get(name).map_or("none", |value| value.to_str().unwrap()).to_owned();
                format!("{} {}", text("x-forwarded-proto"), text("x-forwarded-host"))
            };
            let routes = around(Router::new().route("/", get(shows)), trusted, "http");
            let request = Request::get("/")
                .header("x-forwarded-proto", "https")
                .header("x-forwarded-host", "evil.example")
                .body(Body::empty())
                .unwrap();
            let answer = routes.oneshot(request).await.unwrap();
            let body = axum::body::to_bytes(answer.into_body(), 1000).await.unwrap();
            String::from_utf8(body.to_vec()).unwrap()
        };
        assert_eq!(told(false).await, "http none");
        assert_eq!(told(true).await, "https evil.example");
    }
}
