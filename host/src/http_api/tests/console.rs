//! The console over a real engine, as a browser would use it without scripts.

use axum::{
    http::{Method, Request, header},
    response::Response,
};
use futures::StreamExt;
use rulewright_domain::{
    AccountId, Timestamp,
    account::{Account, Role, Theme},
};

use super::*;

/// Somebody's browser: keeps the cookie, follows nothing.
pub struct Browser {
    router: Router,
    cookie: Option<String>,
}

pub struct Seen {
    pub status: u16,
    pub html: String,
    /// Where it leads on.
    pub to: Option<String>,
    pub headers: header::HeaderMap,
}

impl Browser {
    pub fn new(shop: &Shop) -> Browser {
        Browser { router: shop.router.clone(), cookie: None }
    }

    /// Somebody with this role, who has come in by a key.
    pub async fn signed_in(shop: &Shop, role: Role) -> Browser {
        let account = Account {
            id: AccountId(0),
            email: format!("{}@shop.example", role.name()),
            name: format!("Ada {}", role.name()),
            role,
            employee: None,
            language: None,
            zone: None,
            theme: Theme::System,
            created: Timestamp(0),
            disabled: false,
        };
        let id = shop.engine.put_account(shop.id, account).await.unwrap();
        let key = shop.engine.entrance(shop.id, id, shop.engine.clock().now()).await.unwrap();
        let mut browser = Browser::new(shop);
        let entered = browser.post("/enter", &[("key", &key)]).await;
        assert_eq!((entered.status, entered.to.as_deref()), (303, Some("/orders")));
        browser
    }

    pub async fn get(&mut self, path: &str) -> Seen {
        self.send(Method::GET, path, &[], "").await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let body = form_urlencoded(fields);
        self.send(Method::POST, path, &[("content-type", "application/x-www-form-urlencoded")], &body).await
    }

    /// What a page hears from `since` on, in milliseconds.
    async fn listen(&self, since: i64) -> axum::body::BodyDataStream {
        let answer = self.answered(Method::GET, &format!("/live?since={since}"), &[], "").await;
        answer.into_body().into_data_stream()
    }

    async fn answered(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let mut request = Request::builder().method(method).uri(path).header("host", "shop.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Seen {
        let answer = self.answered(method, path, headers, body).await;
        let headers = answer.headers().clone();
        for set in headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            if set.starts_with("rulewright-session=") {
                self.cookie = Some(set);
            }
        }
        let status = answer.status().as_u16();
        let to = headers.get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        Seen { status, html: String::from_utf8(bytes.into()).unwrap(), to, headers }
    }
}

fn form_urlencoded(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => (byte as char).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect::<String>()
    };
    fields
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

#[tokio::test]
async fn nobody_sees_a_page_before_signing_in() {
    let shop = Shop::new().await;
    let mut browser = Browser::new(&shop);
    let seen = browser.get("/orders?q=tea").await;
    assert_eq!((seen.status, seen.to.as_deref()), (303, Some("/sign-in?back=%2Forders%3Fq%3Dtea")));
}

#[tokio::test]
async fn a_link_lets_in_once() {
    let shop = Shop::new().await;
    let path =
        setup::entrance(&shop.engine, shop.id, setup::administrator(&shop.engine, shop.id).await.unwrap());
    let path = path.await.unwrap();
    let key = path.split_once('=').unwrap().1.to_owned();
    assert_eq!(Browser::new(&shop).get(&path).await.status, 200);
    assert_eq!(Browser::new(&shop).post("/enter", &[("key", &key)]).await.status, 303);
    assert_eq!(Browser::new(&shop).post("/enter", &[("key", &key)]).await.status, 403);
}

#[tokio::test]
async fn a_password_that_was_set_signs_in_and_another_does_not() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Editor).await;
    assert_eq!(ada.post("/account/password", &[("password", "short")]).await.status, 422);
    assert_eq!(ada.post("/account/password", &[("password", "a long enough one")]).await.status, 200);
    let mut again = Browser::new(&shop);
    let wrong = again
        .post("/sign-in", &[("email", "editor@shop.example"), ("password", "another one entirely")])
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.html.contains("role=\"alert\""));
    let right = [("email", "Editor@shop.example"), ("password", "a long enough one"), ("back", "/runs")];
    let seen = again.post("/sign-in", &right).await;
    assert_eq!((seen.status, seen.to.as_deref()), (303, Some("/runs")));
    assert_eq!(again.get("/account").await.status, 200);
    assert_eq!(again.post("/sign-out", &[]).await.status, 303);
    assert_eq!(again.get("/account").await.status, 303);
}

#[tokio::test]
async fn what_another_site_has_a_browser_send_is_not_done() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    for from in [[("sec-fetch-site", "cross-site")], [("origin", "https://evil.example")]] {
        let seen = ada.send(Method::POST, "/sign-out", &from, "").await;
        assert_eq!(seen.status, 403);
    }
    assert_eq!(ada.get("/account").await.status, 200);
}

#[tokio::test]
async fn every_page_forbids_what_is_not_the_consoles_own() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let seen = ada.get("/account").await;
    let policy = seen.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    assert!(
        !seen.html.contains("<style") && !seen.html.contains(" style=") && !seen.html.contains(" onclick=")
    );
}

/// Of every `.route("..", get(..).post(..))` in the console's sources: its path, filled in, and whether it takes a form.
fn routes() -> Vec<(String, bool, bool)> {
    let filled = |path: String| {
        let steps = path.split('/').map(|step| if step.starts_with('{') { "x1" } else { step });
        steps.collect::<Vec<_>>().join("/")
    };
    written().into_iter().map(|(path, reads, writes)| (filled(path), reads, writes)).collect()
}

/// The same, with the paths as they are written.
pub(super) fn written() -> Vec<(String, bool, bool)> {
    let mut found = Vec::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/console/src");
    let mut folders = vec![sources];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(path).unwrap();
            for call in source.split(".route(").skip(1) {
                let call = call.trim_start().trim_start_matches('"');
                let Some((path, rest)) = call.split_once('"') else { continue };
                let methods = rest.split(".route(").next().unwrap().split('\n').next().unwrap();
                found.push((path.to_owned(), methods.contains("get("), methods.contains("post(")));
            }
        }
    }
    assert!(found.len() > 90, "only {} routes were found", found.len());
    found
}

/// Asked by people who have not signed in.
const OPEN: [&str; 7] =
    ["/sign-in", "/sign-out", "/enter", "/setup", "/favicon.ico", "/assets/x1/x1", "/help/x1"];

/// Of one's own account, whatever the role.
const OWN: [&str; 2] = ["/account", "/account/password"];

#[tokio::test]
async fn whoever_has_not_signed_in_gets_no_page_and_changes_nothing() {
    let shop = Shop::new().await;
    let mut nobody = Browser::new(&shop);
    for (path, reads, writes) in routes() {
        if OPEN.contains(&path.as_str()) || path == "/" {
            continue;
        }
        for seen in [reads.then_some("GET"), writes.then_some("POST")].into_iter().flatten() {
            let answer = match seen {
                "GET" => nobody.get(&path).await,
                _ => nobody.post(&path, &[]).await,
            };
            let to = answer.to.unwrap_or_default();
            assert!(
                answer.status == 303 && to.starts_with("/sign-in"),
                "{seen} {path}: {} {to}",
                answer.status
            );
        }
    }
}

#[tokio::test]
async fn an_address_that_names_nothing_readable_is_not_found_on_a_page_of_the_console() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let unreadable = |path: &str| {
        let steps = path.split('/').map(|step| if step.starts_with('{') { "%FF" } else { step });
        steps.collect::<Vec<_>>().join("/")
    };
    let too_large = "/orders/ord_99999999999999999999".to_owned();
    let mut asked = vec![("GET", too_large)];
    for (path, reads, writes) in written() {
        if !path.contains('{') || path.starts_with("/assets/") {
            continue;
        }
        asked.extend(reads.then(|| ("GET", unreadable(&path))));
        asked.extend(writes.then(|| ("POST", unreadable(&path))));
    }
    assert!(asked.len() > 60, "{asked:?}");
    for (method, path) in asked {
        let seen = if method == "GET" { ada.get(&path).await } else { ada.post(&path, &[]).await };
        assert_eq!(seen.status, 404, "{method} {path}: {}", seen.html);
        assert!(seen.html.contains("<main"), "{path}: {}", seen.html);
    }
}

/// What each role may send, beside what those before it may. A form that nobody may send yet is of the last.
#[tokio::test]
async fn each_form_is_refused_to_every_role_below_the_one_that_has_it() {
    let least = |path: &str| {
        let begins = |all: &[&str]| all.iter().any(|begin| path.starts_with(begin));
        match path {
            _ if begins(&["/settings/providers"]) => Role::PluginAdmin,
            _ if begins(&["/settings"]) => Role::Owner,
            _ if path.ends_with("/run-now") => Role::Operator,
            _ if path.ends_with("/forget-key") => Role::Owner,
            _ if begins(&["/automation", "/recipes"]) => Role::Editor,
            _ if begins(&["/installs", "/plugins", "/marketplace"]) => Role::PluginAdmin,
            _ => Role::Operator,
        }
    };
    let shop = Shop::new().await;
    for role in Role::ALL {
        let mut somebody = Browser::signed_in(&shop, role).await;
        for (path, _, writes) in routes() {
            if !writes || OPEN.contains(&path.as_str()) || OWN.contains(&path.as_str()) {
                continue;
            }
            let status = somebody.post(&path, &[]).await.status;
            let may = role >= least(&path);
            assert_eq!(status == 403, !may, "{} posts to {path}: {status}", role.name());
        }
    }
}

#[tokio::test]
async fn what_is_ones_own_holds_no_role_and_nobody_elses_account() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Viewer).await;
    let sent = [
        ("name", "Ada"),
        ("email", "ada@shop.example"),
        ("language", ""),
        ("zone", ""),
        ("theme", "dark"),
        ("role", "owner"),
        ("id", "acc_1"),
        ("disabled", "false"),
    ];
    assert_eq!(ada.post("/account", &sent).await.status, 303);
    let account = shop.engine.accounts(shop.id).await.unwrap().remove(0);
    assert_eq!(
        (account.role, account.theme, &*account.email),
        (Role::Viewer, Theme::Dark, "ada@shop.example")
    );
}

#[tokio::test]
async fn whoever_comes_in_anew_leaves_no_session_behind() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let id = shop.engine.accounts(shop.id).await.unwrap().remove(0).id;
    let before = ada.cookie.clone();
    let key = shop.engine.entrance(shop.id, id, shop.engine.clock().now()).await.unwrap();
    assert_eq!(ada.post("/enter", &[("key", &key)]).await.status, 303);
    assert_ne!(ada.cookie, before, "a session that somebody may know is not gone on with");
    let mut other = Browser { cookie: before, ..Browser::new(&shop) };
    assert_eq!(other.get("/account").await.status, 303);
    assert_eq!(ada.get("/account").await.status, 200);
}

#[tokio::test]
async fn a_link_of_somebody_else_asks_whoever_is_inside() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    assert!(!ada.get("/enter?key=abc").await.html.contains("data-send-at-once"));
    assert!(Browser::new(&shop).get("/enter?key=abc").await.html.contains("data-send-at-once"));
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_after_signing_in() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Editor).await;
    assert_eq!(ada.post("/account/password", &[("password", "a long enough one")]).await.status, 200);
    for back in ["//evil.example", "/\t/evil.example", "/\\evil.example", "https://evil.example"] {
        let right = [("email", "editor@shop.example"), ("password", "a long enough one"), ("back", back)];
        let seen = Browser::new(&shop).post("/sign-in", &right).await;
        assert_eq!((seen.status, seen.to.as_deref()), (303, Some("/orders")), "{back:?}");
    }
}

#[tokio::test]
async fn a_page_that_is_older_than_the_latest_change_is_told_so_as_soon_as_it_listens() {
    let shop = Shop::new().await;
    let ada = Browser::signed_in(&shop, Role::Viewer).await;
    let order = || shop.post("/v1/orders", json!({"pipeline": "orders", "currency": "GBP"}));
    assert_eq!(order().await.0, 201);
    for (later, second) in [(0, "event: all"), (1, "event: change")] {
        let mut heard = ada.listen(shop.engine.told_at().0 + later).await;
        let begin = heard.next().await.unwrap().unwrap();
        assert!(begin.starts_with(b"event: begin"), "{begin:?}");
        assert_eq!(order().await.0, 201);
        let next = heard.next().await.unwrap().unwrap();
        assert!(next.starts_with(second.as_bytes()), "{later} ms later: {next:?}");
    }
}
