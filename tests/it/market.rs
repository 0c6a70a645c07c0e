//! The marketplace over Debian's docker-registry: what is believed of a registry, what is found in it, and what stops
//! because of it.

use rulewright_domain::{RunState, Timestamp, reference::Reference};
use rulewright_market::Marketplace;
use rulewright_outbound::{FetchLimits, PackageFetcher};
use rulewright_ports::{Clock, Registries};
use rulewright_registry::{
    ListKind, SignedList,
    artifact::{self, Contents},
    index::{Addition, Index},
    inspect, list_artifact,
    revocations::Revocations,
    signature::sign,
};
use serde_json::{Value, json};

use crate::{
    docker_registry::{DockerRegistry, missing},
    gateway::Api,
    packages::shelf::{fetcher, key},
    programs,
    support::{TestShop, bundled, rule},
};

/// Signs the lists of the registry; publishers have others.
const OPERATOR: u8 = 9;
const PLUGIN: &str = "test.waits-for-event";
const ICON: &[u8] = b"\x89PNG\r\n\x1a\nrest of a picture";

/// The same plugin as another version of it: the manifest lies in the component as text.
fn version(number: &str) -> Vec<u8> {
    assert_eq!(number.len(), 5, "of the length that it has");
    let (from, to) = (br#""version":"0.1.0""#, format!(r#""version":"{number}""#));
    let mut component = programs::WAITS_FOR_EVENT.to_vec();
    let at = component.windows(from.len()).rposition(|window| window == from).expect("its manifest");
    component[at..at + from.len()].copy_from_slice(to.as_bytes());
    component
}

struct Case {
    registry: DockerRegistry,
    client: PackageFetcher,
    shop: TestShop,
    market: Marketplace,
    api: Api,
}

impl Case {
    async fn new() -> Option<Case> {
        if let Some(why) = missing() {
            println!("SKIPPED: {why}");
            return None;
        }
        let registry = DockerRegistry::start();
        let client = fetcher(&[&registry.host], FetchLimits::default());
        let shop = TestShop::with(&[]).await;
        let market = shop.market(&[(&registry.host, key(OPERATOR).public())], ours());
        let api = Api::over(shop.router_with(market.clone())).await;
        Some(Case { registry, client, shop, market, api })
    }

    async fn ask(&self, method: &str, path: &str) -> Value {
        let (status, answer) = self.tried(method, path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    async fn tried(&self, method: &str, path: &str) -> (u16, Value) {
        self.api.staff(&self.shop, method, path, json!({})).await
    }

    /// Publishes the package and returns what an index says about it.
    async fn published(&self, index: Index, component: &[u8], by: u8, verified: bool) -> Index {
        let package = inspect(component).unwrap();
        let document = sign(&package, &key(by)).document();
        let contents = Contents {
            component,
            signature: Some(&document),
            icon: Some(ICON),
            readme: Some("# Waits\n\nFor an event."),
            changelog: Some("## 1.3.0\n\nIt waits longer."),
        };
        let upload = artifact::package(&package, &contents);
        let text = format!("{}/test/waits:{}", self.registry.host, package.manifest.version);
        let reference = Reference::parse(&text, None).unwrap();
        self.client.push(&reference, &upload, &|_, _| ()).await.unwrap();
        let addition = Addition {
            package: &package,
            reference: text,
            artifact: upload.digest,
            signed_by: key(by).public(),
            at: self.shop.clock.now(),
            verified,
            accept_key: None,
        };
        index.with(addition).unwrap()
    }

    /// What whoever may write into the registry can do.
    async fn put<T: SignedList>(&self, list: Vec<u8>) {
        let place = list_artifact::reference(&self.registry.host, T::KIND).unwrap();
        self.client.push(&place, &list_artifact::upload(T::KIND, list), &|_, _| ()).await.unwrap();
    }

    async fn sign<T: SignedList>(&self, list: &T) {
        self.put::<T>(list.seal(&key(OPERATOR)).unwrap()).await;
    }

    /// What the marketplace says about its registry after it has looked again.
    async fn looked(&self) -> Value {
        self.ask("POST", "/v1/marketplace/refresh").await["registries"][0].clone()
    }
}

/// What comes with the program: two are enough here.
fn ours() -> &'static [(&'static str, &'static [u8])] {
    Box::leak(Box::new(["send-sms", "add-comment"].map(|name| (name, bundled(name)))))
}

fn ids(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().unwrap().iter();
    items
        .map(|item| format!("{} {}", item["source"].as_str().unwrap(), item["id"].as_str().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn search_finds_what_the_index_has_and_show_tells_all_that_one_wants_to_know_before() {
    let Some(case) = Case::new().await else { return };
    let host = case.registry.host.clone();
    let index = case.published(Index::default(), &version("1.2.0"), 1, true).await;
    let index = case.published(index, &version("1.3.0"), 1, true).await;
    case.sign(&index).await;

    let found = case.ask("GET", "/v1/marketplace?q=waits").await;
    assert_eq!(ids(&found), [format!("{host} {PLUGIN}")]);
    let item = &found["items"][0];
    assert_eq!((&item["version"], &item["trust"]), (&json!("1.3.0"), &json!("verified")));
    assert_eq!(found["registries"][0]["index"]["sequence"], 2);
    assert_eq!(found["hint"], Value::Null, "there is nothing to say");

    let one = case.ask("GET", &format!("/v1/marketplace/{PLUGIN}")).await;
    assert_eq!(one["readme"], "# Waits\n\nFor an event.");
    assert_eq!(one["changelog"], "## 1.3.0\n\nIt waits longer.");
    assert_eq!(one["versions"].as_array().map(Vec::len), Some(2));
    let sentences = rulewright_registry::consent(&inspect(&version("1.3.0")).unwrap());
    let told: Vec<&str> =
        one["sentences"].as_array().unwrap().iter().map(|it| it["text"].as_str().unwrap()).collect();
    assert_eq!(told, sentences.iter().map(|it| it.text.as_str()).collect::<Vec<_>>());
    let place = Reference::parse(one["reference"].as_str().unwrap(), None).unwrap();
    let pinned = case.client.manifest(&place).await.unwrap();
    assert_eq!(place.at(&pinned.digest), place, "what is to be installed is named by its digest");
    let (status, _) = case.tried("GET", one["icon"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    assert_eq!(case.tried("GET", "/v1/marketplace/test.nothing").await.0, 404);
    assert_eq!(case.tried("GET", "/v1/marketplace/rulewright.send-sms/icon").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_with_the_program_is_in_it_too_and_pages_skip_nothing() {
    let Some(case) = Case::new().await else { return };
    let index = case.published(Index::default(), &version("1.2.0"), 1, false).await;
    case.sign(&index).await;
    let all = case.ask("GET", "/v1/marketplace").await;
    let mut paged = Vec::new();
    let mut after = String::new();
    loop {
        let page = case.ask("GET", &format!("/v1/marketplace?limit=1{after}")).await;
        paged.extend(ids(&page));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(paged, ids(&all));
    let mut names = paged.clone();
    names.sort();
    let ours = format!("{} {PLUGIN}", case.registry.host);
    assert_eq!(names, [ours, "bundled rulewright.add-comment".into(), "bundled rulewright.send-sms".into()]);
    let bundled = case.ask("GET", "/v1/marketplace?source=bundled&q=SMS&kind=rule").await;
    assert_eq!(ids(&bundled), ["bundled rulewright.send-sms"]);
    assert_eq!(bundled["items"][0]["reference"], "bundled:rulewright.send-sms");
    assert_eq!(case.tried("GET", "/v1/marketplace?after=k1").await.0, 400);
    assert_eq!(case.tried("GET", "/v1/marketplace?limit=0").await.0, 400);
    let nowhere = case.ask("GET", "/v1/marketplace?source=nowhere.example").await;
    assert!(nowhere["hint"].as_str().unwrap().contains(&case.registry.host), "{nowhere}");
    let nothing = case.ask("GET", "/v1/marketplace?q=zzzzz").await;
    assert!(nothing["items"] == json!([]) && nothing["hint"].is_string(), "{nothing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_older_stripped_or_of_another_key_is_refused_and_the_last_good_one_stays() {
    let Some(case) = Case::new().await else { return };
    let first = case.published(Index::default(), &version("1.2.0"), 1, true).await;
    let second = case.published(first.clone(), &version("1.3.0"), 1, true).await;
    case.sign(&second).await;
    assert_eq!(case.looked().await["index"]["problem"], Value::Null);

    let stripped = {
        let mut json: Value = serde_json::from_slice(&second.seal(&key(OPERATOR)).unwrap()).unwrap();
        json.as_object_mut().unwrap().remove("signature");
        json.to_string().into_bytes()
    };
    let forked = case.published(first.clone(), &version("9.9.9"), 1, true).await;
    let list = Revocations::default().with("a".repeat(64), "Else".into(), Timestamp(0));
    let table = [
        ("list-rolled-back", first.seal(&key(OPERATOR)).unwrap()),
        ("list-forked", forked.seal(&key(OPERATOR)).unwrap()),
        ("list-other-key", second.clone().renewed(Timestamp(1)).seal(&key(1)).unwrap()),
        ("list-unsigned", stripped),
        ("list-other-kind", list.seal(&key(OPERATOR)).unwrap()),
        ("list-unreadable", b"{}".to_vec()),
    ];
    for (code, bytes) in table {
        case.put::<Index>(bytes).await;
        let state = case.looked().await;
        assert_eq!(state["index"]["problem"]["code"], code, "{state}");
        assert_eq!((&state["index"]["sequence"], &state["plugins"]), (&json!(2), &json!(1)));
        let found = case.ask("GET", "/v1/marketplace?q=waits").await;
        assert_eq!(found["items"][0]["version"], "1.3.0", "{code}: what was good is still shown");
    }
    // Also by a program that has just been started: what it saw before is kept.
    let market = case.shop.market(&[(&case.registry.host, key(OPERATOR).public())], &[]);
    case.put::<Index>(first.seal(&key(OPERATOR)).unwrap()).await;
    let states = market.refresh(&case.shop.engine).await;
    assert_eq!(states[0].index.trouble.as_ref().unwrap().code, "list-rolled-back");
    // Unless the operator has another key: then nothing of before is believed.
    let market = case.shop.market(&[(&case.registry.host, key(8).public())], &[]);
    let states = market.refresh(&case.shop.engine).await;
    assert_eq!((states[0].index.sequence, states[0].plugins), (None, 0));
    // The next one is taken again.
    case.sign(&second.renewed(Timestamp(2))).await;
    assert_eq!(case.looked().await["index"]["problem"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_gone_is_told_and_what_it_had_is_still_found() {
    let Some(case) = Case::new().await else { return };
    let index = case.published(Index::default(), &version("1.2.0"), 1, false).await;
    case.sign(&index).await;
    assert_eq!(ids(&case.ask("GET", "/v1/marketplace?q=waits").await).len(), 1);
    let Case { registry, shop, market, api, .. } = case;
    let host = registry.host.clone();
    drop(registry);
    let (_, answer) = api.staff(&shop, "POST", "/v1/marketplace/refresh", json!({})).await;
    assert_eq!(answer["registries"][0]["index"]["problem"]["code"], "unreachable", "{answer}");
    let (status, found) = api.staff(&shop, "GET", "/v1/marketplace?q=waits", json!({})).await;
    assert_eq!((status, ids(&found)), (200, vec![format!("{host} {PLUGIN}")]));
    let (status, one) = api.staff(&shop, "GET", &format!("/v1/marketplace/{PLUGIN}"), json!({})).await;
    assert_eq!((status, &one["readme_problem"]["code"]), (200, &json!("unreachable")), "{one}");
    assert_eq!(market.states()[0].plugins, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_verified_is_the_operators_word_for_one_key_and_no_other() {
    let Some(case) = Case::new().await else { return };
    let index = case.published(Index::default(), &version("1.2.0"), 1, true).await;
    case.sign(&index).await;
    case.looked().await;
    let (host, key_of) = (case.registry.host.clone(), |seed: u8| key(seed).public());
    assert_eq!(case.market.vouching("test", &key_of(1)).into_keys().collect::<Vec<_>>(), [host]);
    assert!(case.market.vouching("test", &key_of(2)).is_empty());
    // Also by a program that has not looked yet, such as a command that works on a directory.
    let fresh = case.shop.market(&[(&case.registry.host, key_of(OPERATOR))], &[]);
    assert_eq!(fresh.vouched("test", &key_of(1)), None);
    assert_eq!(fresh.verified("test", &key_of(1)).await, Some(true));
    assert_eq!(fresh.verified("test", &key_of(2)).await, Some(false));
    assert_eq!(case.shop.market(&[], &[]).verified("test", &key_of(1)).await, None);
    assert!(case.market.vouching("other", &key_of(1)).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_shown_and_never_installs_itself() {
    let Some(case) = Case::new().await else { return };
    case.shop.install(&version("1.2.0")).await;
    let index = case.published(Index::default(), &version("1.2.0"), 1, true).await;
    case.sign(&index).await;
    let item = |answer: Value| answer["items"][0].clone();
    let now = item(case.ask("GET", "/v1/marketplace?q=waits").await);
    assert_eq!((&now["installed"]["version"], &now["update"]), (&json!("1.2.0"), &Value::Null));
    let index = case.published(index, &version("1.3.0"), 1, true).await;
    case.sign(&index).await;
    case.looked().await;
    let now = item(case.ask("GET", "/v1/marketplace?q=waits").await);
    assert_eq!((&now["installed"]["version"], &now["update"]), (&json!("1.2.0"), &json!("1.3.0")));
    case.shop.pass(7 * 24 * 3600).await;
    let installed = case.ask("GET", &format!("/v1/plugins/{PLUGIN}")).await;
    assert_eq!(installed["version"], "1.2.0");
    // What is revoked is offered to nobody.
    let bad = inspect(&version("1.3.0")).unwrap().digest;
    case.sign(&Revocations::default().with(bad, "It lies".into(), Timestamp(1))).await;
    case.looked().await;
    let now = item(case.ask("GET", "/v1/marketplace?q=waits").await);
    assert_eq!((&now["version"], &now["update"]), (&json!("1.2.0"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_on_the_list_of_revocations_stops_where_it_runs_until_it_is_taken_off() {
    let Some(case) = Case::new().await else { return };
    let component = version("1.2.0");
    case.shop.install(&component).await;
    case.shop
        .publish(json!({ "paid": { "rules": [rule("waits", PLUGIN, json!({ "text": "call.incoming" }))] } }))
        .await;
    let order = case.shop.order().await;
    case.shop.enter(order, "paid").await;
    assert!(matches!(case.shop.run(order).await.state, RunState::Waiting { .. }));

    let digest = inspect(&component).unwrap().digest;
    let list = Revocations::default().with(digest, "It sends orders to a stranger".into(), Timestamp(1));
    // A stranger cannot stop anything.
    case.put::<Revocations>(list.seal(&key(1)).unwrap()).await;
    assert_eq!(case.looked().await["revocations"]["problem"]["code"], "list-other-key");
    assert!(matches!(case.shop.run(order).await.state, RunState::Waiting { .. }));

    case.sign(&list).await;
    let state = case.looked().await;
    assert_eq!((&state["revoked"], &state["revocations"]["problem"]), (&json!(1), &Value::Null));
    case.shop.engine.idle().await;
    let RunState::Cancelled { reason } = case.shop.run(order).await.state else { panic!("it goes on") };
    assert!(reason.contains("a stranger"), "{reason}");
    let later = case.shop.order().await;
    case.shop.enter(later, "paid").await;
    assert!(!matches!(case.shop.run(later).await.state, RunState::Waiting { .. }), "it started again");
    let shown = case.ask("GET", "/v1/marketplace").await;
    assert_eq!(shown["registries"][0]["revoked"], 1);

    // An older list does not bring it back, the operator does.
    case.sign(&Revocations::default().renewed(Timestamp(0))).await;
    assert_eq!(case.looked().await["revocations"]["problem"]["code"], "list-forked");
    let again = list.without(&inspect(&component).unwrap().digest, Timestamp(2)).unwrap();
    case.sign(&again).await;
    case.looked().await;
    let third = case.shop.order().await;
    case.shop.enter(third, "paid").await;
    assert!(matches!(case.shop.run(third).await.state, RunState::Waiting { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_lies_in_the_registry_as_other_tools_expect_an_artifact() {
    let Some(case) = Case::new().await else { return };
    case.sign(&Index::default().renewed(Timestamp(1))).await;
    let place = list_artifact::reference(&case.registry.host, ListKind::Index).unwrap();
    let manifest: Value = serde_json::from_slice(&case.client.manifest(&place).await.unwrap().bytes).unwrap();
    assert_eq!(manifest["artifactType"], "application/vnd.rulewright.index.v1+json");
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.oci.empty.v1+json");
}
