//! Names that are attacks on a page: on every page of the console they arrive as names.

use rulewright_domain::account::Role;

use super::*;
use crate::http_api::tests::console::{Browser, written};

/// The end of an attribute, of a tag, of a script and of a comment, a tag, a template, and what turns text around.
const NAME: &str = "\"'--></script></title><pwned x=\"y\">{{7*7}}${7*7}\u{202e}";
/// The same in an address.
const ASKED: &str = "%22%27--%3E%3C/script%3E%3Cpwned%20x=%22y%22%3E%7B%7B7*7%7D%7D";

/// A page that has no end, and what is no page.
fn is_page(path: &str) -> bool {
    !["/live", "/icon", "/content", "/file", "/html", "/recording", "/favicon.ico", "/failures.csv"]
        .iter()
        .any(|end| path.ends_with(end))
        && !path.starts_with("/assets")
}

/// What stands for a parameter behind this step of a path.
fn named(things: &BTreeMap<&'static str, String>, before: &str) -> String {
    let of = |path: &str| things[path].clone();
    match before {
        "automation" => "orders".to_owned(),
        "history" => "1".to_owned(),
        "requisites" => "main".to_owned(),
        "help" => "conflict".to_owned(),
        "items" => of("/v1/lists/{name}/items/{id}"),
        other => {
            let begins = format!("/v1/{other}/{{");
            let thing = things.iter().find(|(path, _)| {
                path.starts_with(&begins) && path.ends_with('}') && path.matches('{').count() == 1
            });
            thing.map_or("x1".to_owned(), |(_, id)| id.clone())
        }
    }
}

/// Gives everything that can have a name this one.
async fn poisoned(world: &Channels) -> BTreeMap<&'static str, String> {
    let mut things = things::of(world).await;
    let sent = async |method: Method, path: &str, body: Value| {
        let (status, answer) = world.json(method, path, body).await;
        assert!(status < 300, "{path}: {status} {answer}");
        answer
    };
    let client = world.client(NAME, "+442079460001", "eve@example.com").await;
    let order = world.order(&client).await;
    for (path, body) in [
        ("/v1/lists/prices", json!({"title": NAME, "fields": [{"name": "postcode"}, {"name": "price"}]})),
        ("/v1/dictionaries/colours", json!({"title": NAME, "entries": [{"id": "RED", "name": NAME}]})),
        ("/v1/schedules/mornings", json!({"title": NAME, "cron": "0 9 * * *"})),
        ("/v1/segments/abroad", json!({"title": NAME})),
        ("/v1/providers/main", json!({"title": NAME, "plugin": "test.carries"})),
    ] {
        sent(Method::PUT, path, body).await;
    }
    let order_of_theirs = format!("/v1/orders/{order}");
    sent(Method::PATCH, &order_of_theirs, json!({"title": NAME, "comments": NAME})).await;
    sent(Method::POST, &format!("{order_of_theirs}/timeline"), json!({"text": NAME})).await;
    sent(Method::POST, &format!("{order_of_theirs}/stage"), json!({"stage": "told"})).await;
    sent(Method::POST, "/v1/employees", json!({"name": NAME})).await;
    sent(Method::POST, "/v1/tokens", json!({"name": NAME, "scopes": ["orders-read"]})).await;
    sent(Method::POST, "/v1/lists/prices/items", json!({"fields": {"postcode": NAME}})).await;
    let account = json!({"email": "eve@shop.example", "name": NAME, "role": "editor"});
    let account = sent(Method::POST, "/v1/accounts", account).await;
    world.engine.idle().await;
    things.insert("/v1/clients/{id}", client);
    things.insert("/v1/orders/{id}", order);
    things.insert("/v1/accounts/{id}", account["id"].as_str().unwrap().to_owned());
    things
}

#[tokio::test]
async fn a_name_that_attacks_a_page_is_a_name_on_every_page() {
    let world = Channels::new().await;
    let things = poisoned(&world).await;
    let mut owner = Browser::signed_in(&world, Role::Owner).await;
    let mut paths = Vec::new();
    for (path, reads, _) in written() {
        if !reads || !is_page(&path) {
            continue;
        }
        let mut steps: Vec<String> = Vec::new();
        let mut twisted: Vec<&str> = Vec::new();
        for step in path.split('/') {
            let is_parameter = step.starts_with('{');
            let filled = match steps.last() {
                Some(before) if is_parameter => named(&things, before),
                _ => step.to_owned(),
            };
            steps.push(filled);
            twisted.push(if is_parameter { ASKED } else { step });
        }
        let filled = steps.join("/");
        // What was asked for is shown again, in lists and where nothing was found.
        paths.extend([format!("{filled}?q={ASKED}&to={ASKED}&code={ASKED}"), filled]);
        if path.contains('{') {
            // Its end in an address would be another step.
            paths.push(twisted.join("/").replace("%3C/script", "%3C%2Fscript"));
        }
    }
    let mut showing = 0;
    for path in paths {
        let seen = owner.get(&path).await;
        assert!(seen.status < 500, "{path}: {}", seen.status);
        let media = seen.headers.get("content-type").map_or("", |media| media.to_str().unwrap());
        if !media.starts_with("text/html") {
            assert!(seen.html.is_empty() || seen.headers["x-content-type-options"] == "nosniff", "{path}");
            continue;
        }
        assert!(!seen.html.contains("<pwned"), "{path}: {}", seen.html);
        assert!(!seen.html.contains("x=\"y\""), "{path}: {}", seen.html);
        showing += usize::from(seen.html.contains("&lt;pwned"));
    }
    assert!(showing > 15, "the name is shown on {showing} pages only: nothing was looked at");
}
