//! Secrets of every kind are planted in a server that works with them, says all that it can in its log, and is backed
//! up. What lets somebody in lies nowhere but as a hash; what the shop has to use again lies in its file sealed, and is
//! told nobody.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, http::HeaderMap};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{output, rulewright, server::Server};

const PATIENCE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "canary-password-6c1f";
const WRONG: &str = "canary-wrong-password-51aa";
const OF_RULES: &str = "canary-of-rules-90d2";
const OF_PROVIDER: &str = "canary-of-provider-77b3";
const OF_MAILBOX: &str = "canary-of-mailbox-1e44";
/// In front of the session in a cookie.
const COOKIE: &str = "rulewright-session=";

/// Says what it was told, as servers do that help with debugging.
async fn echo(State(heard): State<Arc<Mutex<String>>>, headers: HeaderMap) -> String {
    let lines =
        headers.iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap_or_default()));
    let told: String = lines.collect();
    heard.lock().unwrap().push_str(&told);
    told
}

/// Returns the session, where one began.
async fn sign_in(client: &reqwest::Client, server: &Server, password: &str) -> Option<String> {
    let form = format!("email=ada%40shop.example&password={password}");
    let request = client.post(format!("{}/sign-in", server.url)).body(form);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = request.send().await.unwrap();
    let set = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let session = set.filter_map(|set| set.strip_prefix(COOKIE)?.split(';').next()).next();
    session.filter(|session| !session.is_empty()).map(str::to_owned)
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

/// The rule that calls outside with its secret, and all else that has one.
async fn plant(server: &Server, outside: &str) -> Vec<(&'static str, String)> {
    let call = async |method, path: &str, body| server.call(method, path, body).await;
    let plugin = "/v1/plugins/rulewright.http-request";
    let mut grant = call(Method::GET, plugin, Value::Null).await["grant"].clone();
    grant["http"] = json!([{ "host": outside }]);
    call(Method::PUT, &format!("{plugin}/grant"), grant).await;
    call(Method::PUT, &format!("{plugin}/secrets/first"), json!({ "value": OF_RULES })).await;
    let settings = json!({ "url": format!("http://{outside}/call"), "secret": "first" });
    let rule =
        json!({ "id": "call", "name": "Call", "plugin": "rulewright.http-request", "settings": settings });
    let draft = json!({ "stages": { "paid": { "rules": [rule] } } });
    call(Method::PUT, "/v1/pipelines/orders/automation", draft).await;
    call(Method::POST, "/v1/pipelines/orders/automation/publish", Value::Null).await;

    let provider = json!({
        "title": "SMS", "plugin": "rulewright.provider-twilio-sms", "lines": ["+15005550006"],
        "settings": { "account": "AC0123456789abcdef0123456789abcdef" },
    });
    call(Method::PUT, "/v1/providers/main", provider).await;
    call(Method::PUT, "/v1/providers/main/secrets/auth-token", json!({ "value": OF_PROVIDER })).await;
    let smtp = json!({ "host": "mail.shop.example", "port": 465, "user": "sales", "password": OF_MAILBOX });
    call(Method::PUT, "/v1/mailboxes/sales", json!({ "address": "sales@shop.example", "smtp": smtp })).await;
    let hook = call(Method::POST, "/v1/hooks/erp/key", json!({})).await;
    let webhook = json!({ "url": format!("http://{outside}/hook"), "kinds": ["order.created"] });
    let webhook = call(Method::POST, "/v1/webhooks", webhook).await;
    vec![
        ("the secret of a plugin", OF_RULES.to_owned()),
        ("the secret of a provider", OF_PROVIDER.to_owned()),
        ("the password of a mailbox", OF_MAILBOX.to_owned()),
        ("the key of a webhook that comes in", text(&hook, "key")),
        ("the secret of a webhook that goes out", text(&webhook, "secret")),
    ]
}

/// What every address without a parameter says, and those of what was planted.
async fn answers(client: &reqwest::Client, server: &Server) -> Vec<(String, String)> {
    let document = server.call(Method::GET, "/v1/openapi.json", Value::Null).await;
    let plain = document["paths"].as_object().unwrap().iter();
    let plain = plain.filter(|(path, item)| item["get"].is_object() && !path.contains(['{', '}']));
    let mut paths: Vec<String> = plain.map(|(path, _)| path.clone()).collect();
    // It would not end.
    paths.retain(|path| !path.contains("stream"));
    assert!(paths.len() > 40 && paths.iter().any(|path| path == "/metrics"), "{paths:?}");
    let runs = server.call(Method::GET, "/v1/runs", Value::Null).await;
    let run = text(&runs["items"][0], "id");
    paths.extend([
        format!("/v1/runs/{run}"),
        format!("/v1/runs/{run}/recording"),
        "/v1/providers/main".to_owned(),
        "/v1/mailboxes/sales".to_owned(),
        "/v1/plugins/rulewright.http-request".to_owned(),
        "/v1/pipelines/orders/automation".to_owned(),
    ]);
    let mut answers = Vec::new();
    for path in paths {
        let request = client.get(format!("{}{path}", server.url)).bearer_auth(&server.token);
        answers.push((path, request.send().await.unwrap().text().await.unwrap()));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_where_it_does_not_belong() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let heard = Arc::new(Mutex::new(String::new()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let outside = listener.local_addr().unwrap().to_string();
    let router = Router::new().fallback(echo).with_state(heard.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let settings = format!("allow-http = true\nallow-private = [\"{outside}\"]\n");
    fs::write(at("rulewright.toml"), settings).unwrap();
    let mut command = rulewright();
    command.args(["serve", "--config"]).arg(at("rulewright.toml")).env("RULEWRIGHT_LOG", "debug");
    command.stderr(fs::File::create(at("log")).unwrap());
    let server = Server::of(&mut command, &at("data"));

    let kept = plant(&server, &outside).await;
    let owner = json!({ "email": "ada@shop.example", "name": "Ada", "role": "owner" });
    let account = text(&server.call(Method::POST, "/v1/accounts", owner).await, "id");
    let password = json!({ "password": PASSWORD });
    server.call(Method::PUT, &format!("/v1/accounts/{account}/password"), password).await;
    let asked = json!({ "name": "web", "scopes": ["orders-read"] });
    let token = text(&server.call(Method::POST, "/v1/tokens", asked).await, "secret");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    assert_eq!(sign_in(&client, &server, WRONG).await, None);
    let session = sign_in(&client, &server, PASSWORD).await.unwrap();

    // All of them at work.
    let orders = client.get(format!("{}/orders", server.url)).header("cookie", format!("{COOKIE}{session}"));
    assert_eq!(orders.send().await.unwrap().status(), 200);
    let listed = client.get(format!("{}/v1/orders", server.url)).bearer_auth(&token);
    assert_eq!(listed.send().await.unwrap().status(), 200);
    let classic = server.bitrix24.trim_end_matches('/').to_owned();
    assert_eq!(client.get(format!("{classic}/profile")).send().await.unwrap().status(), 200);
    let order = json!({ "pipeline": "orders", "number": "1", "currency": "EUR" });
    let order = text(&server.call(Method::POST, "/v1/orders", order).await, "order");
    server.call(Method::POST, &format!("/v1/orders/{order}/stage"), json!({ "stage": "paid" })).await;
    let done = |runs: &Value| runs["items"][0]["state"] == "done";
    let runs = server.until("/v1/runs", done, PATIENCE).await;
    let told = |_: &Value| heard.lock().unwrap().contains("webhook-signature");
    server.until("/v1/webhooks", told, PATIENCE).await;
    assert!(heard.lock().unwrap().contains(OF_RULES), "the secret is used: {runs}");

    let answers = answers(&client, &server).await;
    output(rulewright().arg("backup").arg(at("copy.db")).arg("--data").arg(at("data")));
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut keep = |path: &Path| {
        if let Ok(bytes) = fs::read(path) {
            files.push((path.display().to_string(), bytes));
        }
    };
    ["data/rulewright.db", "data/rulewright.db-wal", "copy.db"].iter().for_each(|name| keep(&at(name)));
    let hashed = [
        ("a password", PASSWORD.to_owned()),
        ("a wrong password", WRONG.to_owned()),
        ("a session", session),
        ("a token", token),
        ("the first token", server.token.clone()),
        ("the token in an address", classic.rsplit('/').next().unwrap().to_owned()),
    ];
    assert!(server.stop().success());
    let log = fs::read(at("log")).unwrap();
    assert!(holds(&log, "answered"), "it has said what it can");

    for (what, secret) in hashed.iter().chain(&kept) {
        assert!(secret.len() > 8, "{what}");
        assert!(!holds(&log, secret), "{what} is in the log");
        for (path, answer) in &answers {
            assert!(!answer.contains(secret.as_str()), "{what} is in the answer of {path}");
        }
    }
    assert_eq!(files.len(), 3, "the database, its log and the backup");
    let key = fs::read_to_string(at("data/secret.key")).unwrap();
    let key = ("the key to them", key.trim().to_owned());
    for (what, secret) in hashed.iter().chain(&kept).chain([&key]) {
        for (file, bytes) in &files {
            assert!(!holds(bytes, secret), "{what} is in {file}");
        }
    }
    // What is looked for can be found.
    assert!(files.iter().any(|(_, bytes)| holds(bytes, "ada@shop.example")));
    assert!(files.iter().any(|(_, bytes)| holds(bytes, "sealed:1:")));
}
