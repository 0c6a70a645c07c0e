//! What a request says about the way that it came. Anybody can write such headers, so those inside see them only from a
//! proxy that is believed, and else what is true.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn};

const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
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
        return routes;
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

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::HeaderMap;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

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
