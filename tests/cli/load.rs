//! A flood, against a server that takes little: what is refused is told when to come again and is not done, what is accepted is
//! done once, and another shop notices nothing. How much a server takes is measured by `tests/benches/arrivals.rs`.

#[path = "../benches/arrivals/figures.rs"]
#[allow(dead_code, reason = "the benchmark's, tested here")]
mod figures;
#[path = "../benches/arrivals/shops.rs"]
#[allow(dead_code, reason = "the benchmark uses more of it")]
mod shops;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{output, rulewright, server::Server};

const PATIENCE: Duration = Duration::from_secs(120);
/// Orders that come at the same moment.
const CROWD: usize = 64;
/// Refusals that are waited for.
const ENOUGH: usize = 100;
/// Of these a shop among two has half.
const SETTINGS: &str = "[load]\nchanges = 8\nsteps = 16\n[door]\nconnections-of-one = 0\nper-second = 0\n";

fn serve(data: &Path) -> std::process::Command {
    let mut command = rulewright();
    command.args(["serve", "--config"]).arg(data.with_extension("toml"));
    command
}

/// Number, status, and whether it says when to come again.
async fn order(
    client: &reqwest::Client,
    server: &Server,
    token: &str,
    number: String,
) -> (String, u16, bool) {
    let answer = client
        .post(format!("{}/v1/orders", server.url))
        .bearer_auth(token)
        .header("idempotency-key", &number)
        .header("content-type", "application/json")
        .body(json!({ "pipeline": "orders", "number": number, "currency": "EUR" }).to_string())
        .send()
        .await
        .unwrap();
    let (status, says) = (answer.status().as_u16(), answer.headers().contains_key("retry-after"));
    let body = answer.text().await.unwrap();
    assert!(matches!(status, 201 | 429), "{number}: {status} {body}");
    if status == 429 {
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(problem["code"], "overloaded", "{problem}");
    }
    (number, status, says)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_refused_before_it_is_accepted_and_another_shop_notices_nothing() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    std::fs::write(data.with_extension("toml"), SETTINGS).unwrap();
    let server = Server::of(&mut serve(&data), &data);
    let loud = server.token.clone();
    assert!(server.stop().success());
    let database = data.join("rulewright.db");
    shops::add(&database, 2).await;
    let made =
        output(rulewright().args(["token", "create", "--json", "--shop", "shop_2", "--data"]).arg(&data));
    let quiet = serde_json::from_str::<Value>(&made).unwrap()["secret"].as_str().unwrap().to_owned();
    let mut server = Server::of(&mut serve(&data), &data);
    let rule = json!({ "id": "log", "name": "Log", "plugin": "rulewright.write-to-log",
        "settings": { "text": "{{ order.number }} came in" } });
    for token in [&quiet, &loud] {
        server.token.clone_from(token);
        let draft = json!({ "stages": { "new": { "rules": [rule] } } });
        server.call(Method::PUT, "/v1/pipelines/orders/automation", draft).await;
        server.call(Method::POST, "/v1/pipelines/orders/automation/publish", Value::Null).await;
    }

    let client = reqwest::Client::builder().build().unwrap();
    let end = Instant::now() + PATIENCE;
    let (mut accepted, mut refused, mut of_quiet) = (Vec::new(), Vec::new(), Vec::new());
    let mut number = 0;
    while refused.len() < ENOUGH {
        assert!(Instant::now() < end, "{} refused, {} accepted", refused.len(), accepted.len());
        let crowd = (0..CROWD).map(|one| order(&client, &server, &loud, format!("flood-{}", number + one)));
        let one = order(&client, &server, &quiet, format!("quiet-{number}"));
        let (crowd, (calm, status, _)) = futures::join!(futures::future::join_all(crowd), one);
        number += CROWD;
        assert_eq!(status, 201, "{calm} is refused because of another shop");
        of_quiet.push(calm);
        for (number, status, says) in crowd {
            match status {
                429 => {
                    assert!(says, "{number} is not told when to come again");
                    refused.push(number);
                }
                _ => accepted.push(number),
            }
        }
    }
    assert!(!accepted.is_empty(), "even alone it would be let in");

    while server.metric("rulewright_runs{state=\"ready\"}").await.unwrap_or_default() > 0 {
        assert!(Instant::now() < end, "the rules of what was accepted do not come to their end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut counted = 0;
    for bound in ["changes", "steps", "oldest"] {
        let name = format!("rulewright_overload_refused_total{{bound=\"{bound}\"}}");
        counted += server.metric(&name).await.unwrap();
    }
    assert_eq!(counted, refused.len() as u64);
    let became = |shop: i64, prefix: &str| shops::became(&database, shop, prefix);
    assert_eq!(became(1, "flood-").wrong(&accepted, &refused), Vec::<String>::new());
    assert_eq!(became(2, "quiet-").wrong(&of_quiet, &[]), Vec::<String>::new());

    // What was refused is done when it comes again, under the same key.
    let again = refused.swap_remove(0);
    assert_eq!(order(&client, &server, &loud, again.clone()).await.1, 201);
    let comes = format!("/v1/orders?number={again}");
    let is_one = |found: &Value| found["items"].as_array().is_some_and(|items| items.len() == 1);
    server.until(&comes, is_one, PATIENCE).await;
}
