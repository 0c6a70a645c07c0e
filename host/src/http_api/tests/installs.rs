//! Installing step by step, over a real engine and sandbox.

use std::time::{Duration, Instant};

use super::*;

#[path = "../../../../tests/remade.rs"]
mod remade;

use remade::remade;

const WASM: (&str, &str) = ("content-type", "application/wasm");

fn bundled(folder: &str) -> &'static [u8] {
    rulewright_bundled::PLUGINS.iter().find(|(name, _)| *name == folder).unwrap().1
}

/// A program under another name, as one of its versions.
fn version(folder: &str, version: &str) -> Vec<u8> {
    remade(bundled(folder), |manifest| {
        manifest["id"] = json!("acme.greet");
        manifest["version"] = json!(version);
    })
}

impl Shop {
    /// Sends a component, and waits until it waits for consent or is over.
    async fn install(&self, query: &str, component: Vec<u8>) -> Value {
        let (status, job) =
            self.send(Method::POST, &format!("/v1/installs{query}"), &[WASM], component).await;
        assert_eq!(status, 202, "{job}");
        self.rests(&job["id"]).await
    }

    async fn install_from(&self, body: Value) -> Value {
        let (status, job) = self.post("/v1/installs", body).await;
        assert_eq!(status, 202, "{job}");
        self.rests(&job["id"]).await
    }

    async fn rests(&self, id: &Value) -> Value {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let (status, job) = self.get(&format!("/v1/installs/{}", id.as_str().unwrap())).await;
            assert_eq!(status, 200, "{job}");
            if job["state"] != "working" {
                return job;
            }
            assert!(Instant::now() < end, "{job}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn agree(&self, job: &Value, answer: Value) -> Value {
        let (status, answered) = self.post(&at(job, "/consent"), answer).await;
        assert_eq!(status, 202, "{answered}");
        self.rests(&job["id"]).await
    }

    async fn installed(&self, id: &str) -> Value {
        self.get(&format!("/v1/plugins/{id}")).await.1
    }
}

fn at(job: &Value, action: &str) -> String {
    format!("/v1/installs/{}{action}", job["id"].as_str().unwrap())
}

fn yes(job: &Value) -> Value {
    json!({ "digest": job["digest"] })
}

fn stages(job: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    job["stages"].as_array().unwrap().iter().map(|one| (text(&one["name"]), text(&one["state"]))).collect()
}

#[tokio::test]
async fn a_plugin_walks_through_its_stages_waits_and_runs_after_a_yes() {
    let shop = Shop::new().await;
    let job = shop.install("?name=greet.wasm", version("add-comment", "1.0.0")).await;
    assert_eq!(
        (&job["state"], &job["plugin"], &job["source"]),
        (&json!("waiting"), &json!("acme.greet"), &json!("greet.wasm"))
    );
    let consent = &job["consent"];
    assert!(consent["sentences"].as_array().unwrap().len() > 1 && consent["pin"].is_null(), "{consent}");
    assert!(consent["warnings"][0].as_str().unwrap().contains("not signed"), "{consent}");
    assert_eq!(shop.get("/v1/plugins/acme.greet").await.0, 404, "nobody has agreed");
    assert_eq!(shop.get("/v1/offers").await.1["items"][0]["id"], job["id"]);

    let done = shop.agree(&job, yes(&job)).await;
    assert_eq!(done["state"], "active", "{done}");
    let ended: Vec<(&str, &str)> = [
        ("fetch", "done"),
        ("verify", "done"),
        ("check", "done"),
        ("compile", "done"),
        ("consent", "done"),
        ("self-test", "done"),
        ("active", "done"),
    ]
    .into();
    assert_eq!(
        stages(&done),
        ended.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>()
    );
    let plugin = shop.installed("acme.greet").await;
    assert_eq!(
        (&plugin["version"], &plugin["denied"], &plugin["source"]),
        (&json!("1.0.0"), &json!([]), &json!("greet.wasm"))
    );
    assert_eq!(shop.get("/v1/offers").await.1["items"], json!([]));
    // The same yes once more is the same answer, a no comes too late.
    assert_eq!(shop.agree(&job, yes(&job)).await["state"], "active");
    let (status, late) = shop.post(&at(&job, "/decline"), json!({})).await;
    assert_eq!((status, &late["code"]), (409, &json!("not-waiting")));
}

#[tokio::test]
async fn an_upgrade_that_asks_for_no_more_is_active_at_once_and_one_that_does_waits_while_the_old_one_goes_on()
 {
    let shop = Shop::new().await;
    let first = shop.install("", version("add-comment", "1.0.0")).await;
    shop.agree(&first, yes(&first)).await;
    let same = shop.install("", version("add-comment", "1.1.0")).await;
    assert_eq!(
        (&same["state"], &same["stages"][4]["state"]),
        (&json!("active"), &json!("skipped")),
        "{same}"
    );
    let wider = shop.install("", version("feed-message", "1.2.0")).await;
    assert_eq!(wider["state"], "waiting", "{wider}");
    let added = wider["diff"]["added"].as_array().unwrap();
    assert!(added.iter().any(|one| one["function"] == "feed.publish"), "{wider}");
    assert_eq!(wider["diff"]["from"], "1.1.0");
    assert_eq!(shop.installed("acme.greet").await["version"], "1.1.0");
    let (status, declined) = shop.post(&at(&wider, "/decline"), json!({})).await;
    assert_eq!((status, &declined["state"]), (200, &json!("declined")));
    let digest = wider["digest"].as_str().unwrap().to_owned();
    let kept = shop.engine.storage();
    let kept = rulewright_ports::StorageExt::read(&**kept, move |reads| reads.package(&digest));
    assert_eq!(kept.await.unwrap(), None, "of what was declined nothing is kept");

    let again = shop.install("", version("feed-message", "1.2.0")).await;
    shop.agree(&again, yes(&again)).await;
    let (_, versions) = shop.get("/v1/plugins/acme.greet/versions").await;
    let told: Vec<_> =
        versions["items"].as_array().unwrap().iter().map(|one| (&one["version"], &one["in_use"])).collect();
    let (t, f) = (json!(true), json!(false));
    assert_eq!(told[0], (&json!("1.2.0"), &t));
    assert_eq!(told[1], (&json!("1.1.0"), &f), "{versions}");
    let (status, back) = shop.post("/v1/plugins/acme.greet/rollback", json!({})).await;
    assert_eq!((status, &back["version"]), (200, &json!("1.1.0")), "{back}");
    let (_, counted) = shop.post("/v1/plugins/acme.greet/migrate", json!({ "dry_run": true })).await;
    assert_eq!(
        (&counted["to"], &counted["waiting"], &counted["moved"]),
        (&json!("1.1.0"), &json!(0), &json!(0))
    );
}

#[tokio::test]
async fn a_part_is_granted_and_what_was_not_asked_for_is_not() {
    let shop = Shop::new().await;
    let job = shop.install("", version("feed-message", "1.0.0")).await;
    let beyond = json!({ "digest": job["digest"], "functions": ["orders-write.delete"] });
    let (status, refused) = shop.post(&at(&job, "/consent"), beyond).await;
    assert_eq!((status, &refused["code"]), (422, &json!("more-than-asked")));
    let (status, refused) =
        shop.post(&at(&job, "/consent"), json!({ "digest": job["digest"], "hosts": ["a.example"] })).await;
    assert_eq!((status, &refused["code"]), (422, &json!("more-than-asked")), "it lets nobody choose hosts");
    let (status, refused) = shop.post(&at(&job, "/consent"), json!({ "digest": "0".repeat(64) })).await;
    assert_eq!((status, &refused["code"]), (409, &json!("other-digest")));
    let functions: Vec<&str> = job["consent"]["sentences"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["function"].as_str())
        .filter(|name| *name != "feed.publish")
        .collect();
    let part = json!({ "digest": job["digest"], "functions": functions });
    let done = shop.agree(&job, part).await;
    assert_eq!(done["state"], "active", "{done}");
    let plugin = shop.installed("acme.greet").await;
    let granted = plugin["grant"]["functions"].as_array().unwrap();
    assert!(!granted.contains(&json!("feed.publish")), "{plugin}");
    assert_eq!(plugin["denied"][0]["function"], "feed.publish");
}

#[tokio::test]
async fn every_refusal_names_its_stage_and_changes_nothing() {
    let shop = Shop::new().await;
    let first = shop.install("", version("add-comment", "1.1.0")).await;
    shop.agree(&first, yes(&first)).await;
    let before = shop.installed("acme.greet").await;
    let mut damaged = version("add-comment", "1.2.0");
    damaged.truncate(damaged.len() / 2);
    let table = [
        ("", b"hello".to_vec(), "check", "not-a-component"),
        ("", damaged, "check", "invalid-binary"),
        ("", version("add-comment", "1.0.0"), "verify", "downgrade"),
        ("?plugin=acme.other", version("add-comment", "1.2.0"), "verify", "other-plugin"),
        ("?accept_key=0000-0000-0000-0000", version("add-comment", "1.2.0"), "verify", "unsigned"),
    ];
    for (query, component, stage, code) in table {
        let job = shop.install(query, component).await;
        let refusal = &job["refusal"];
        assert_eq!((&job["state"], &refusal["stage"]), (&json!("refused"), &json!(stage)), "{job}");
        assert_eq!(refusal["code"], code, "{job}");
        assert!(refusal["hint"].as_str().is_some_and(|hint| hint.len() > 9), "{job}");
    }
    let missing = shop.install_from(json!({ "source": "bundled:rulewright.nothing" })).await;
    assert_eq!(
        (&missing["refusal"]["stage"], &missing["refusal"]["code"]),
        (&json!("fetch"), &json!("not-found"))
    );
    for (body, status) in [
        (json!({ "source": "greet" }), 422),
        (json!({ "source": "file:///etc/passwd" }), 422),
        (json!({ "source": "bundled:x", "surprise": 1 }), 422),
        (json!({}), 422),
    ] {
        assert_eq!(shop.post("/v1/installs", body.clone()).await.0, status, "{body}");
    }
    assert_eq!(shop.installed("acme.greet").await, before);
    assert_eq!(shop.get("/v1/offers").await.1["items"], json!([]));
    // Older on purpose.
    let older = shop.install("?allow_downgrade=true", version("add-comment", "1.0.0")).await;
    assert_eq!(older["state"], "active", "{older}");
}

#[tokio::test]
async fn a_plugin_that_traps_in_its_first_call_is_not_installed() {
    let shop = Shop::new().await;
    // Starts with less fuel than it takes to look at its settings.
    let starved = remade(bundled("add-comment"), |manifest| {
        manifest["id"] = json!("acme.greet");
        manifest["limits"] = json!({ "fuel": 1 });
    });
    let job = shop.install("", starved).await;
    let done = shop.agree(&job, yes(&job)).await;
    assert_eq!(
        (&done["state"], &done["refusal"]["stage"], &done["refusal"]["code"]),
        (&json!("refused"), &json!("self-test"), &json!("self-test")),
        "{done}"
    );
    assert!(done["refusal"]["message"].as_str().unwrap().contains("fuel"), "{done}");
    assert_eq!(shop.get("/v1/plugins/acme.greet").await.0, 404);
    assert_eq!(shop.get("/v1/offers").await.1["items"], json!([]), "nothing is left behind");
}

#[tokio::test]
async fn what_comes_with_the_program_is_installed_by_its_name_and_asked_about_too() {
    let shop = Shop::new().await;
    let job = shop.install_from(json!({ "source": "bundled:rulewright.add-comment" })).await;
    assert_eq!((&job["state"], &job["consent"]["warnings"]), (&json!("waiting"), &json!([])), "{job}");
    assert_eq!(shop.agree(&job, yes(&job)).await["state"], "active");
    // A file under its name is another maker's.
    let file = shop
        .install("", remade(bundled("add-comment"), |manifest| manifest["version"] = json!("9.0.0")))
        .await;
    assert_eq!(file["state"], "waiting", "{file}");
    assert_eq!(file["diff"]["added"], json!([]));
}

#[tokio::test]
async fn what_stands_in_the_marketplace_is_installed_by_its_id() {
    let shop = Shop::new().await;
    let job = shop.install_from(json!({ "source": "rulewright.add-comment" })).await;
    assert_eq!(
        (&job["state"], &job["plugin"]),
        (&json!("waiting"), &json!("rulewright.add-comment")),
        "{job}"
    );
    assert_eq!(shop.agree(&job, yes(&job)).await["state"], "active");
    for source in ["acme.nothing", "rulewright.add-comment@99.0.0"] {
        let job = shop.install_from(json!({ "source": source })).await;
        let refusal = &job["refusal"];
        assert_eq!((&refusal["stage"], &refusal["code"]), (&json!("fetch"), &json!("not-found")), "{job}");
    }
}

#[tokio::test]
async fn an_installation_is_begun_once_for_each_key_and_found_again_after_a_restart() {
    let shop = Shop::new().await;
    let body = || version("add-comment", "1.0.0");
    let keyed: Headers = &[WASM, KEY];
    let begin = || shop.send(Method::POST, "/v1/installs", keyed, body());
    let answers = join_all((0..4).map(|_| begin())).await;
    let ids: std::collections::BTreeSet<String> =
        answers.iter().map(|(_, job)| job["id"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(ids.len(), 1, "{answers:?}");
    let job = shop.rests(&answers[0].1["id"]).await;
    assert_eq!(job["state"], "waiting");
    let (status, reused) = shop.send(Method::POST, "/v1/installs", keyed, b"other".to_vec()).await;
    assert_eq!((status, &reused["code"]), (422, &json!("idempotency-key-reused")));

    // Another router knows nothing of the job, only of what waits.
    let restarted = Shop { router: shop.again(), ..shop };
    let (_, waiting) = restarted.get("/v1/offers").await;
    let found = &waiting["items"][0];
    assert_eq!((&found["plugin"], &found["digest"]), (&json!("acme.greet"), &job["digest"]), "{waiting}");
    assert_eq!(found["consent"]["sentences"], job["consent"]["sentences"]);
    assert_eq!(restarted.get("/v1/installs").await.1["items"].as_array().unwrap().len(), 1);
    let done = restarted.agree(found, yes(found)).await;
    assert_eq!(done["state"], "active", "{done}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_repeats_a_request_before_it_is_answered_is_told_of_its_one_installation() {
    let shop = std::sync::Arc::new(Shop::new().await);
    for round in 0..25 {
        let key: &'static str = format!("round-{round}").leak();
        let headers: Headers = Box::leak(Box::new([WASM, ("idempotency-key", key)]));
        let asks = (0..4).map(|_| {
            let shop = shop.clone();
            let ask = async move { shop.send(Method::POST, "/v1/installs", headers, b"none".to_vec()).await };
            tokio::spawn(ask)
        });
        let answers = join_all(asks).await;
        let ids: std::collections::BTreeSet<String> =
            answers.iter().map(|answer| answer.as_ref().unwrap().1["id"].to_string()).collect();
        assert_eq!(ids.len(), 1, "round {round}: {answers:?}");
    }
}

#[tokio::test]
async fn of_two_offers_of_one_plugin_the_later_one_stands() {
    let shop = Shop::new().await;
    let first = shop.install("", version("add-comment", "1.0.0")).await;
    let second = shop.install("", version("feed-message", "1.1.0")).await;
    let lost = shop.agree(&first, yes(&first)).await;
    assert_eq!((&lost["state"], &lost["refusal"]["code"]), (&json!("refused"), &json!("conflict")), "{lost}");
    let won = shop.agree(&second, yes(&second)).await;
    assert_eq!(won["state"], "active", "{won}");
    assert_eq!(shop.installed("acme.greet").await["version"], "1.1.0");
}

#[tokio::test]
async fn what_waits_can_be_canceled_and_another_shop_sees_nothing_of_it() {
    let shop = Shop::new().await;
    let job = shop.install("", version("add-comment", "1.0.0")).await;
    let other = setup::first_shop(&shop.engine, "Coffee").await.unwrap();
    let (_, token) = token::create(shop.engine.storage(), other, "other", [Scope::Admin].into(), None, None)
        .await
        .unwrap();
    let mine = shop.token.clone();
    let stranger = Shop { token, ..shop };
    assert_eq!(stranger.get(&at(&job, "")).await.0, 404);
    assert_eq!(stranger.get("/v1/installs").await.1["items"], json!([]));
    for action in ["/consent", "/decline", "/cancel"] {
        assert_eq!(stranger.post(&at(&job, action), yes(&job)).await.0, 404, "{action}");
    }
    let shop = Shop { token: mine, ..stranger };
    let (status, ended) = shop.post(&at(&job, "/cancel"), json!({})).await;
    assert_eq!((status, &ended["state"]), (202, &json!("canceled")));
    assert_eq!(shop.get("/v1/offers").await.1["items"], json!([]));
    let (status, late) = shop.post(&at(&job, "/consent"), yes(&job)).await;
    assert_eq!((status, &late["code"]), (409, &json!("not-waiting")));
}

#[tokio::test]
async fn an_installation_is_followed_to_its_end() {
    let shop = Shop::new().await;
    let job = shop.install("", version("add-comment", "1.0.0")).await;
    let request = |last: Option<&str>| {
        let mut request = Request::builder()
            .uri(at(&job, "/stream"))
            .header("authorization", format!("Bearer {}", shop.token));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        shop.router.clone().oneshot(request.body(Body::empty()).unwrap())
    };
    let stream = request(None).await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    shop.agree(&job, yes(&job)).await;
    // It ends by itself, with the job.
    let text = axum::body::to_bytes(stream.into_body(), 1 << 20).await.unwrap();
    let text = String::from_utf8(text.to_vec()).unwrap();
    assert!(text.starts_with("id: ") && text.contains("event: active"), "{text}");
    let last = text.lines().rev().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
    let resumed = request(Some(&last)).await.unwrap();
    assert!(axum::body::to_bytes(resumed.into_body(), 1 << 20).await.unwrap().is_empty(), "it has seen all");
    assert_eq!(request(Some("x")).await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_component_is_stopped_by_the_operator_and_let_run_again() {
    let shop = Shop::new().await;
    let job = shop.install("", version("add-comment", "1.0.0")).await;
    let digest = job["digest"].as_str().unwrap();
    let path = format!("/v1/quarantine/{digest}");
    let (status, body) = shop.json(Method::PUT, &path, json!({ "reason": "it sends twice" })).await;
    assert_eq!(status, 204, "{body}");
    let (_, all) = shop.get("/v1/quarantine").await;
    assert_eq!((&all["items"][0]["digest"], &all["items"][0]["by"]), (&job["digest"], &json!("operator")));
    let refused = shop.agree(&job, yes(&job)).await;
    assert_eq!(
        (&refused["state"], &refused["refusal"]["code"]),
        (&json!("refused"), &json!("revoked")),
        "{refused}"
    );
    let again = shop.install("", version("add-comment", "1.0.0")).await;
    assert_eq!(
        (&again["refusal"]["stage"], &again["refusal"]["code"]),
        (&json!("verify"), &json!("revoked"))
    );
    assert_eq!(shop.send(Method::DELETE, &path, &[], Vec::new()).await.0, 204);
    assert_eq!(shop.send(Method::DELETE, &path, &[], Vec::new()).await.0, 404);
    assert_eq!(shop.install("", version("add-comment", "1.0.0")).await["state"], "waiting");
    // With several shops it is the operator's alone.
    setup::first_shop(&shop.engine, "Coffee").await.unwrap();
    let (status, refused) = shop.json(Method::PUT, &path, json!({ "reason": "no" })).await;
    assert_eq!((status, &refused["code"]), (403, &json!("operator-only")));
}
