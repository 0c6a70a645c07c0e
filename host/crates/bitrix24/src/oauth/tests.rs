//! The whole way: a person agrees, the application gets its tokens, uses them, gets the next, and is gone.

use axum::{
    body::Body,
    http::{HeaderMap, Request, header},
};
use rulewright_domain::{Application, EmployeeId, Scope, Token, TokenId};
use rulewright_engine::{Registered, Request as Asked};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::{
    caller::hex,
    golden::{CODE, Shop},
};

struct Page {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Page {
    /// Where the browser is sent, and what with.
    fn sent_to(&self) -> (String, Vec<(String, String)>) {
        let place = self.headers[header::LOCATION].to_str().unwrap();
        let (address, query) = place.split_once('?').unwrap();
        let query = form_urlencoded::parse(query.as_bytes());
        (address.to_owned(), query.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    fn code(&self) -> String {
        let (_, query) = self.sent_to();
        query.into_iter().find(|(name, _)| name == "code").unwrap().1
    }
}

async fn page(shop: &Shop, request: Request<Body>) -> Page {
    let response = shop.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let body = String::from_utf8(bytes.to_vec()).unwrap();
    shop.engine.idle().await;
    Page { status: parts.status.as_u16(), headers: parts.headers, body }
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

async fn ask(shop: &Shop, fields: &[(&str, &str)]) -> Page {
    let uri = format!("/oauth/authorize/?{}", form(fields));
    page(shop, Request::get(uri).body(Body::empty()).unwrap()).await
}

async fn answer(shop: &Shop, fields: &[(&str, &str)]) -> Page {
    let request =
        Request::post("/oauth/authorize/").header("content-type", "application/x-www-form-urlencoded");
    page(shop, request.body(Body::from(form(fields))).unwrap()).await
}

async fn tokens(shop: &Shop, fields: &[(&str, &str)]) -> (u16, Value) {
    let uri = format!("/oauth/token/?{}", form(fields));
    let Page { status, body, .. } = page(shop, Request::get(uri).body(Body::empty()).unwrap()).await;
    (status, serde_json::from_str(&body).unwrap())
}

async fn who(shop: &Shop, access: &Value) -> Value {
    let uri = format!("/rest/user.current?auth={}", access.as_str().unwrap());
    let Page { body, .. } = page(shop, Request::get(uri).body(Body::empty()).unwrap()).await;
    serde_json::from_str(&body).unwrap()
}

/// A token of employee 1 that is no administrator's.
async fn plain(shop: &Shop, code: &str, areas: &[&str]) {
    shop.webhook(code, &[Scope::OrdersRead], areas).await;
}

const ALL: &str = "bizproc,catalog,crm,department,sale,user";

async fn installed() -> (Shop, Application, String) {
    let shop = Shop::open().await;
    let Registered { application, secret } = shop.registered(Some("https://app.example/lifecycle")).await;
    (shop, application, secret.unwrap())
}

/// An administrator agrees: the code.
async fn agreed(shop: &Shop, application: &Application) -> String {
    let client = application.client_id.as_str();
    let fields = [("client_id", client), ("consent", ALL), ("decision", "allow"), ("token", CODE)];
    let page = answer(shop, &fields).await;
    assert_eq!(page.status, 303, "{}", page.body);
    page.code()
}

#[tokio::test]
async fn a_person_agrees_and_the_application_acts_for_them_until_it_is_uninstalled() {
    let (shop, application, secret) = installed().await;
    let client = application.client_id.as_str();

    let page = ask(&shop, &[("client_id", client), ("state", "x&\"y"), ("response_type", "code")]).await;
    assert_eq!(page.status, 200);
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(policy.contains("form-action 'self' https://app.example;"), "{policy}");
    for shown in ["<b>crm</b>: Read, change and delete deals", "to be installed", "x&amp;&quot;y", "Tea"] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert!(!page.body.contains("<script") && !page.body.contains(&secret));

    let fields =
        [("client_id", client), ("state", "s"), ("consent", ALL), ("decision", "allow"), ("token", CODE)];
    let page = answer(&shop, &fields).await;
    let (address, query) = page.sent_to();
    assert_eq!((page.status, address.as_str()), (303, "https://app.example/oauth"));
    let said: Vec<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(said, ["code", "state", "domain", "member_id", "scope", "server_domain"]);
    let (_, form) = shop.outside.taken().remove(0);
    assert_eq!((&form["event"], &form["data"]["VERSION"]), (&json!("ONAPPINSTALL"), &json!("1")));
    assert_eq!(form["auth"]["application_token"], application.token.as_str());

    let code = page.code();
    let exchange = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("client_secret", &secret),
        ("code", &code),
    ];
    let (status, first) = tokens(&shop, &exchange).await;
    assert_eq!(status, 200, "{first}");
    for (name, value) in [
        ("expires_in", json!(3600)),
        ("scope", json!(ALL)),
        ("user_id", json!(1)),
        ("status", json!("L")),
        ("client_endpoint", json!("http://localhost/rest/")),
    ] {
        assert_eq!(first[name], value, "{name}");
    }
    assert_eq!(who(&shop, &first["access_token"]).await["result"]["NAME"], "Ada");

    shop.later(3_600_000);
    assert_eq!(who(&shop, &first["access_token"]).await["error"], "expired_token");
    let refresh = |token: &Value| {
        let token = token.as_str().unwrap().to_owned();
        let (client, secret, shop) = (application.client_id.clone(), secret.clone(), &shop);
        async move {
            let fields = [
                ("grant_type", "refresh_token"),
                ("client_id", client.as_str()),
                ("client_secret", secret.as_str()),
                ("refresh_token", token.as_str()),
            ];
            tokens(shop, &fields).await
        }
    };
    let (status, second) = refresh(&first["refresh_token"]).await;
    assert_eq!(status, 200, "{second}");
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(who(&shop, &second["access_token"]).await["result"]["ID"], "1");
    // The token that came with the installation is another way in.
    assert_eq!(refresh(&form["auth"]["refresh_token"]).await.0, 200);

    let id = application.id;
    shop.engine.uninstall_application(shop.id, id, rulewright_domain::Actor::Host).await.unwrap();
    shop.engine.idle().await;
    let (_, form) = shop.outside.taken().remove(0);
    assert_eq!(form["event"], "ONAPPUNINSTALL");
    assert!(form["auth"].get("access_token").is_none());
    assert_eq!(form["auth"]["application_token"], application.token.as_str());
    assert_eq!(who(&shop, &second["access_token"]).await["error"], "invalid_token");
    assert_eq!(refresh(&second["refresh_token"]).await.1["error"], "invalid_client");
}

#[tokio::test]
async fn a_code_is_good_for_one_exchange_and_half_a_minute() {
    let (shop, application, secret) = installed().await;
    let client = application.client_id.as_str();
    let exchange = async |code: &str, client_secret: &str, redirect: Option<&str>| {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("client_secret", client_secret),
            ("code", code),
        ];
        fields.extend(redirect.map(|redirect| ("redirect_uri", redirect)));
        tokens(&shop, &fields).await
    };
    let code = agreed(&shop, &application).await;
    let (status, wrong) = exchange(&code, "guess", None).await;
    assert_eq!((status, &wrong["error"]), (401, &json!("invalid_client")));
    let (status, wrong) = exchange(&code, &secret, Some("https://app.example/other?x=1")).await;
    assert_eq!((status, &wrong["error"]), (400, &json!("invalid_grant")), "sent to another address");
    let (status, first) = exchange(&code, &secret, Some("https://app.example/oauth")).await;
    assert_eq!(status, 200, "{first}");
    let (_, again) = exchange(&code, &secret, None).await;
    assert_eq!(again["error"], "invalid_grant");
    assert_eq!(
        who(&shop, &first["access_token"]).await["error"],
        "invalid_token",
        "a stolen code ends all of it"
    );

    let code = agreed(&shop, &application).await;
    shop.later(30_000);
    assert_eq!(exchange(&code, &secret, None).await.1["error"], "invalid_grant");
    assert_eq!(tokens(&shop, &[("grant_type", "password")]).await.1["error"], "unsupported_grant_type");
    assert_eq!(
        tokens(&shop, &[]).await,
        (
            400,
            json!({
                "error": "invalid_request", "error_description": "grant_type is missing",
            })
        )
    );
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_the_applications() {
    let (shop, application, _) = installed().await;
    let client = application.client_id.as_str();
    for fields in [
        vec![("client_id", "app.1.nobody")],
        vec![("client_id", "")],
        vec![("client_id", client), ("redirect_uri", "https://app.example/oauth/")],
        vec![("client_id", client), ("redirect_uri", "https://evil.example/")],
    ] {
        let page = ask(&shop, &fields).await;
        assert!(page.status == 400 && !page.headers.contains_key(header::LOCATION), "{fields:?}");
    }
    let other = "https://app.example/other?x=1";
    let fields = [("client_id", client), ("redirect_uri", other), ("decision", "deny"), ("state", "s")];
    let (address, query) = answer(&shop, &fields).await.sent_to();
    assert_eq!(address, "https://app.example/other");
    let query: Vec<_> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(query[0], ("x", "1"));
    assert_eq!((query[1], query[3]), (("error", "access_denied"), ("state", "s")));
    let page = ask(&shop, &[("client_id", client), ("response_type", "token")]).await;
    assert!(page.sent_to().1.contains(&("error".into(), "unsupported_response_type".into())));
}

#[tokio::test]
async fn nobody_opens_what_they_do_not_have_and_only_administrators_install() {
    let (shop, application, secret) = installed().await;
    let client = application.client_id.as_str();
    let try_with = async |token: &str, consent: &str| {
        let fields = [("client_id", client), ("consent", consent), ("decision", "allow"), ("token", token)];
        answer(&shop, &fields).await
    };
    plain(&shop, "plain0all", &["bizproc", "catalog", "crm", "department", "sale", "user"]).await;
    plain(&shop, "plain0narrow", &["user"]).await;
    for (token, status, told) in [
        ("", 401, "paste a token"),
        ("guess", 401, "unknown or revoked"),
        ("plain0all", 403, "an administrator has to agree"),
    ] {
        let page = try_with(token, ALL).await;
        assert!(page.status == status && page.body.contains(told), "{token}: {} {}", page.status, page.body);
        assert!(token.is_empty() || !page.body.contains(token), "what somebody typed is not shown again");
    }
    let page = try_with(CODE, "crm").await;
    assert!(page.status == 403 && page.body.contains("changed in the meantime"), "{}", page.body);
    assert!(shop.engine.application(shop.id, application.id).await.unwrap().installed.is_none());

    agreed(&shop, &application).await;
    let page = try_with("plain0narrow", ALL).await;
    assert!(page.status == 403 && page.body.contains("does not open bizproc"), "{}", page.body);
    let code = try_with("plain0all", ALL).await.code();
    let exchange = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("client_secret", &secret),
        ("code", &code),
    ];
    let (_, given) = tokens(&shop, &exchange).await;
    let uri = format!("/rest/user.admin?auth={}", given["access_token"].as_str().unwrap());
    let page = self::page(&shop, Request::get(uri).body(Body::empty()).unwrap()).await;
    assert!(page.body.contains("\"result\":false"), "{}", page.body);
    let access = given["access_token"].as_str().unwrap();
    let page = try_with(access, ALL).await;
    assert!(page.status == 403 && page.body.contains("with their own"), "{}", page.body);
}

#[tokio::test]
async fn a_person_who_has_left_takes_the_applications_rights_with_them() {
    let (shop, application, secret) = installed().await;
    let client = application.client_id.as_str();
    let two = rulewright_domain::Employee {
        id: EmployeeId(0),
        name: "Grace Hopper".into(),
        phone: None,
        work_phone: None,
        email: None,
        position: None,
        head: None,
        absent: false,
        working: true,
    };
    let id = shop.engine.put_employee(shop.id, two.clone()).await.unwrap();
    let token = Token {
        id: TokenId(0),
        shop: shop.id,
        name: "grace".into(),
        hash: hex(&Sha256::digest("grace0code")),
        scopes: [Scope::Admin].into(),
        created: shop.engine.clock().now(),
        expires: None,
        employee: Some(id),
        areas: Default::default(),
    };
    shop.engine.create_token(shop.id, token).await.unwrap();
    let fields = [("client_id", client), ("consent", ALL), ("decision", "allow"), ("token", "grace0code")];
    let code = answer(&shop, &fields).await.code();
    let exchange = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("client_secret", &secret),
        ("code", &code),
    ];
    let (_, given) = tokens(&shop, &exchange).await;
    assert_eq!(who(&shop, &given["access_token"]).await["result"]["NAME"], "Grace");
    let gone = rulewright_domain::Employee { id, working: false, ..two };
    shop.engine.put_employee(shop.id, gone).await.unwrap();
    assert_eq!(who(&shop, &given["access_token"]).await["error"], "user_access_error");
    let refresh = given["refresh_token"].as_str().unwrap();
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", client),
        ("client_secret", secret.as_str()),
        ("refresh_token", refresh),
    ];
    assert_eq!(tokens(&shop, &fields).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn an_application_that_is_uninstalled_leaves_nothing_behind() {
    let shop = Shop::open().await;
    let Registered { application, .. } = shop.quiet_application().await;
    let bind = json!({"path": "/rest/event.bind", "query": format!("auth={}", crate::golden::ACCESS),
        "json": {"event": "ONCRMCONTACTADD", "event_type": "offline"}});
    assert_eq!(shop.send(&serde_json::from_value(bind).unwrap()).await.answer["result"], true);
    let contact = json!({"id": "cli_0", "kind": "contact", "name": "Zoë"});
    let command = rulewright_domain::Command::CreateClient(serde_json::from_value(contact).unwrap());
    let by = rulewright_domain::Actor::Host;
    shop.engine.execute(Asked { shop: shop.id, command, by, key: None }).await.unwrap();
    let kinds = ["application-pass", "queued-event", "subscription"];
    let left = async || {
        use rulewright_ports::{StorageError, StorageExt, storage::Page};
        let owner = application.id.to_string();
        let id = shop.id;
        let read = shop.engine.storage().read::<_, StorageError, _>(move |reads| {
            let page = Page { after: None, limit: 100, newest_first: false };
            kinds.iter().map(|kind| Ok(reads.raw_records(id, kind, Some(&owner), page)?.len())).collect()
        });
        let counts: Vec<usize> = read.await.unwrap();
        counts
    };
    assert_eq!(left().await, [2, 1, 1]);
    shop.engine.uninstall_application(shop.id, application.id, rulewright_domain::Actor::Host).await.unwrap();
    assert_eq!(left().await, [0, 0, 0]);
}
