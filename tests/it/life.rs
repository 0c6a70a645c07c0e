//! The life of a plugin in a shop: offered, agreed to whole or in part, upgraded while runs wait, rolled back. Cases B19
//! to B21, B25 and B29 of the project's list of abuse and faults; how it ends is in `life_ends.rs`.

use std::collections::BTreeSet;

use rulewright_domain::{
    Grant, Installation, OrderId, Package, PackageSource, Provenance, Revocation, RunState, audit::Entry,
};
use rulewright_engine::{Allowed, Extras, Offered, Refusal};
use rulewright_ports::{StorageError, StorageExt, storage::Reads};
use serde_json::{Value, json};

use crate::{
    programs,
    support::{TestShop, package, rule},
};

pub const PLUGIN: &str = "test.ages";
const SECTION: &[u8] = b"rulewright:manifest";
pub const HOUR: i64 = 3_600;

/// The component with another manifest: it is the last section of what the build makes.
pub fn with_manifest(component: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let name = component.windows(SECTION.len()).rposition(|window| window == SECTION).unwrap();
    let data = name + SECTION.len();
    let mut manifest: Value = serde_json::from_slice(&component[data..]).unwrap();
    let start = name - 2 - leb(1 + SECTION.len() + component.len() - data).len();
    assert_eq!(component[start], 0, "a custom section begins here");
    change(&mut manifest);
    let manifest = manifest.to_string();
    let size = leb(1 + SECTION.len() + manifest.len());
    [&component[..start], &[0], &size, &[SECTION.len() as u8], SECTION, manifest.as_bytes()].concat()
}

fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        bytes.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            return bytes;
        }
    }
}

pub fn version(component: &[u8], version: &str) -> Vec<u8> {
    with_manifest(component, |manifest| manifest["version"] = version.into())
}

pub fn whole(package: &Package) -> Grant {
    Grant::whole(&package.manifest, &package.imports, &[])
}

fn without(package: &Package, function: &str) -> Grant {
    let mut grant = whole(package);
    assert!(grant.functions.remove(function), "it asks for {:?}", package.imports);
    grant
}

pub fn file() -> Provenance {
    Provenance { source: PackageSource::File("ages.wasm".to_owned()), ..Provenance::default() }
}

fn signed(key: &str) -> Provenance {
    let source = PackageSource::Registry("registry.example/test/ages:latest".to_owned());
    Provenance { source, artifact: None, signed_by: Some(format!("ed25519:{key}")) }
}

/// What the tests do to a shop's plugins.
pub struct Life {
    pub shop: TestShop,
}

impl Life {
    /// A shop in which a file with the first version was offered and agreed to, with a rule that waits so many seconds.
    pub async fn begun(seconds: i64) -> (Life, Package) {
        let life = Life { shop: TestShop::with(&[]).await };
        let component = version(programs::AGES, "1.0.0");
        life.offer(&component, file(), Allowed::default()).await.unwrap();
        let first = package(&component);
        life.accept(&first, whole(&first)).await.unwrap();
        life.publish(seconds).await;
        (life, first)
    }

    pub async fn publish(&self, seconds: i64) {
        let rules = [rule("ages", PLUGIN, json!({ "amount": seconds * 1000 }))];
        self.shop.publish(json!({ "paid": { "rules": rules } })).await;
    }

    pub async fn offer(
        &self,
        component: &[u8],
        provenance: Provenance,
        allowed: Allowed,
    ) -> Result<Offered, Refusal> {
        let extras =
            Extras { readme: Some("# Ages".to_owned()), changelog: Some("## 2.0.0".to_owned()), icon: None };
        let package = package(component);
        self.shop.engine.offer(self.shop.id, package, component.into(), provenance, extras, allowed).await
    }

    pub async fn accept(&self, package: &Package, grant: Grant) -> Result<Installation, Refusal> {
        let (engine, plugin) = (&self.shop.engine, PLUGIN.to_owned());
        engine.accept(self.shop.id, &plugin, &package.digest, grant, None).await
    }

    pub async fn upgraded(&self, component: &[u8]) -> Package {
        let offered = self.offer(component, file(), Allowed::default()).await.unwrap();
        let package = package(component);
        if matches!(offered, Offered::Waiting(_)) {
            self.accept(&package, whole(&package)).await.unwrap();
        }
        package
    }

    pub async fn waiting(&self) -> OrderId {
        let order = self.shop.order().await;
        self.shop.enter(order, "paid").await;
        assert!(matches!(self.shop.run(order).await.state, RunState::Waiting { .. }));
        order
    }

    pub async fn stored<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut dyn Reads) -> Result<T, StorageError> + Send + 'static,
    ) -> T {
        self.shop.engine.storage().read(move |reads| Ok::<_, Refusal>(read(reads)?)).await.unwrap()
    }

    pub async fn installed(&self) -> Option<Installation> {
        let shop = self.shop.id;
        let all = self.stored(move |reads| reads.installations(shop)).await;
        all.into_iter().find(|one| one.plugin == PLUGIN)
    }

    pub async fn digests(&self) -> BTreeSet<String> {
        self.stored(|reads| reads.packages()).await.into_iter().map(|package| package.digest).collect()
    }

    pub async fn waiting_runs(&self) -> Vec<u64> {
        let waiting = self.shop.engine.waiting_runs(self.shop.id, &PLUGIN.to_owned()).await.unwrap();
        waiting.into_values().collect()
    }

    pub async fn revoke(&self, package: &Package, sequence: u64) -> Result<bool, Refusal> {
        let one = Revocation { digest: package.digest.clone(), reason: "it copies clients".to_owned() };
        self.shop.engine.revoke("registry.example", vec![one], sequence).await
    }
}

pub fn code<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    result.unwrap_err().code().to_owned()
}

pub fn reason(state: RunState) -> String {
    let RunState::Cancelled { reason } = state else { panic!("{state:?}") };
    reason
}

#[tokio::test(flavor = "multi_thread")]
async fn b19_a_wider_version_waits_for_consent_while_the_old_one_goes_on_with_its_old_grant() {
    let (life, first) = Life::begun(HOUR).await;
    let waiting = life.waiting().await;
    let component = version(programs::AGES_ANEW, "2.0.0");
    let second = package(&component);
    let Offered::Waiting(offer) = life.offer(&component, file(), Allowed::default()).await.unwrap() else {
        panic!("nobody agreed to tags")
    };
    assert_eq!(offer.digest, second.digest);
    assert_eq!(life.installed().await.unwrap().digest, first.digest);
    let later = life.waiting().await;
    life.shop.pass(HOUR).await;
    for order in [waiting, later] {
        assert_eq!(life.shop.comments(order).await, ["first version, waited 3600000 ms"]);
    }

    let installation = life.accept(&second, whole(&second)).await.unwrap();
    assert_eq!(installation.digest, second.digest);
    assert_eq!(life.accept(&second, whole(&second)).await.unwrap(), installation, "the same once more");
    let order = life.waiting().await;
    life.shop.pass(HOUR).await;
    assert_eq!(life.shop.comments(order).await, ["second version, begun, tagged, waited 3600000 ms"]);
    assert!(life.shop.read(order).await.tags.contains("aged"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_asks_for_nothing_new_is_active_at_once_and_comes_from_the_same_maker() {
    let (life, _) = Life::begun(HOUR).await;
    let next = version(programs::AGES, "1.1.0");
    let offered = life.offer(&next, file(), Allowed::default()).await.unwrap();
    assert!(matches!(offered, Offered::Active(one) if one.digest == package(&next).digest));
    // The same wishes, but signed by somebody of whom nobody has heard.
    let signed_next = version(programs::AGES, "1.2.0");
    let offered = life.offer(&signed_next, signed("one"), Allowed::default()).await.unwrap();
    assert!(matches!(offered, Offered::Waiting(_)), "{offered:?}");
    // Nor is what came with the program replaced without a word.
    let bundled = TestShop::with(&[programs::AGES]).await;
    let life = Life { shop: bundled };
    let offered = life.offer(&next, file(), Allowed::default()).await.unwrap();
    assert!(matches!(offered, Offered::Waiting(_)), "{offered:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_a_renamed_permission_and_another_host_are_asked_for_again() {
    let life = Life { shop: TestShop::with(&[]).await };
    let to = |host: &str, version: &str| {
        with_manifest(programs::SENDS_HTTP, |manifest| {
            manifest["version"] = version.into();
            manifest["permissions"] = json!({ "http": [{ "host": host }] });
        })
    };
    let first = to("a.example", "1.0.0");
    life.offer(&first, file(), Allowed::default()).await.unwrap();
    let first = package(&first);
    let (engine, shop, plugin) = (&life.shop.engine, life.shop.id, &first.manifest.id);
    engine.accept(shop, plugin, &first.digest, whole(&first), None).await.unwrap();
    let same = life.offer(&to("a.example", "1.0.1"), file(), Allowed::default()).await.unwrap();
    assert!(matches!(same, Offered::Active(_)), "{same:?}");
    for (index, host) in ["b.a.example", "example", "a.example:8443"].into_iter().enumerate() {
        let other = to(host, &format!("1.1.{index}"));
        let offered = life.offer(&other, file(), Allowed::default()).await.unwrap();
        assert!(matches!(offered, Offered::Waiting(_)), "{host}: {offered:?}");
    }
    assert_eq!(engine.offers(shop).await.unwrap().len(), 1, "each takes the place of the one before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_offer_leaves_no_rows() {
    let (life, first) = Life::begun(HOUR).await;
    let component = version(programs::AGES_ANEW, "2.0.0");
    let second = package(&component);
    life.offer(&component, file(), Allowed::default()).await.unwrap();
    let digest = second.digest.clone();
    let shop = life.shop.id;
    assert_eq!(life.stored(move |reads| reads.readme(shop, &digest)).await.as_deref(), Some("# Ages"));
    let digest = second.digest.clone();
    assert_eq!(life.stored(move |reads| reads.changelog(shop, &digest)).await.as_deref(), Some("## 2.0.0"));
    let (engine, shop, plugin) = (&life.shop.engine, life.shop.id, PLUGIN.to_owned());
    engine.decline(shop, &plugin).await.unwrap();
    assert!(engine.offers(shop).await.unwrap().is_empty());
    assert_eq!(life.digests().await, BTreeSet::from([first.digest.clone()]));
    let digest = second.digest.clone();
    assert_eq!(life.stored(move |reads| reads.readme(shop, &digest)).await, None);
    assert_eq!(code(engine.decline(shop, &plugin).await), "not-found");
    assert_eq!(code(life.accept(&second, whole(&second)).await), "not-found");
    assert_eq!(life.installed().await.unwrap().digest, first.digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_for_one_component_and_gives_at_most_what_it_asks_for() {
    let (life, _) = Life::begun(HOUR).await;
    let second = version(programs::AGES_ANEW, "2.0.0");
    let third = version(programs::AGES_ANEW, "2.1.0");
    life.offer(&second, file(), Allowed::default()).await.unwrap();
    life.offer(&third, file(), Allowed::default()).await.unwrap();
    let (second, third) = (package(&second), package(&third));
    assert_eq!(code(life.accept(&second, whole(&second)).await), "not-found", "the package is gone");
    let mut more = whole(&third);
    more.functions.insert("orders-write.delete".to_owned());
    let refused = life.accept(&third, more).await.unwrap_err();
    assert!(refused.to_string().contains("orders-write.delete"), "{refused}");
    life.accept(&third, whole(&third)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_the_permissions_works_and_the_other_half_answers_denied_for_all_to_see() {
    let (life, _) = Life::begun(HOUR).await;
    let component = version(programs::AGES_ANEW, "2.0.0");
    life.offer(&component, file(), Allowed::default()).await.unwrap();
    let second = package(&component);
    life.accept(&second, without(&second, "orders-write.add-tags")).await.unwrap();
    let order = life.waiting().await;
    life.shop.pass(HOUR).await;
    let run = life.shop.run(order).await;
    assert_eq!(run.state, RunState::Done);
    assert_eq!(life.shop.comments(order).await, ["second version, begun, may not tag, waited 3600000 ms"]);
    assert!(life.shop.read(order).await.tags.is_empty());
    let step = run.trace.last().unwrap();
    assert_eq!(step.usage.denied, BTreeSet::from(["orders-write.add-tags".to_owned()]));
    let told = "orders-write.add-tags was refused: the shop has not granted orders-write.add-tags";
    assert!(step.logs.iter().any(|line| line.message == told), "{:?}", step.logs);

    // The half without which it can do nothing.
    let (engine, shop, plugin) = (&life.shop.engine, life.shop.id, PLUGIN.to_owned());
    let grant = without(&second, "timeline.add-comment");
    engine.put_grant(shop, &plugin, &second.digest, grant).await.unwrap();
    let order = life.waiting().await;
    life.shop.pass(HOUR).await;
    let RunState::Failed { code, message } = life.shop.run(order).await.state else { panic!("it may not") };
    assert_eq!(code, "denied");
    assert!(message.contains("timeline.add-comment"), "{message}");
    assert!(life.shop.read(order).await.tags.is_empty(), "all or nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn b29_waiting_runs_stay_with_their_version_and_its_grant_and_keep_its_package() {
    let (life, first) = Life::begun(HOUR).await;
    let order = life.waiting().await;
    let component = version(programs::AGES_ANEW, "2.0.0");
    life.offer(&component, file(), Allowed::default()).await.unwrap();
    let mut newest = package(&component);
    life.accept(&newest, without(&newest, "timeline.add-comment")).await.unwrap();
    for minor in 1..=7 {
        newest = life.upgraded(&version(programs::AGES_ANEW, &format!("2.{minor}.0"))).await;
    }
    let before = life.shop.engine.history(life.shop.id, &PLUGIN.to_owned()).await.unwrap();
    assert_eq!(before.len(), 5);
    let kept = life.digests().await;
    assert!(kept.contains(&first.digest) && kept.len() == 7, "in use, five before, one with a run: {kept:?}");
    assert_eq!(life.waiting_runs().await, [1]);
    let life = Life { shop: life.shop.restarted().await };
    life.shop.pass(HOUR).await;
    let run = life.shop.run(order).await;
    assert_eq!((run.state, run.digest), (RunState::Done, first.digest.clone()));
    assert_eq!(life.shop.comments(order).await, ["first version, waited 3600000 ms"]);
    life.shop.pass(25 * HOUR).await;
    assert!(!life.digests().await.contains(&first.digest), "nothing names it any more");
    assert_eq!(life.shop.run(order).await.trace.len(), 2, "what happened stays known");
    assert_eq!(life.installed().await.unwrap().digest, newest.digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_shop_takes_back_is_gone_for_runs_of_earlier_versions_too() {
    let (life, _) = Life::begun(HOUR).await;
    let order = life.waiting().await;
    let second = life.upgraded(&version(programs::AGES_ANEW, "2.0.0")).await;
    let grant = without(&second, "timeline.add-comment");
    let (engine, shop, plugin) = (&life.shop.engine, life.shop.id, PLUGIN.to_owned());
    engine.put_grant(shop, &plugin, &second.digest, grant).await.unwrap();
    life.shop.pass(HOUR).await;
    let RunState::Failed { code, .. } = life.shop.run(order).await.state else { panic!("it may not") };
    assert_eq!(code, "denied");
    assert!(life.shop.comments(order).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_runs_go_over_when_somebody_says_so_and_who_cannot_says_why() {
    let (life, first) = Life::begun(HOUR).await;
    let even = life.waiting().await;
    let rules = [rule("ages", PLUGIN, json!({ "amount": HOUR * 1000 + 1 }))];
    life.shop.publish(json!({ "paid": { "rules": rules } })).await;
    let odd = life.waiting().await;
    let second = life.upgraded(&version(programs::AGES_ANEW, "2.0.0")).await;
    assert_eq!(life.waiting_runs().await, [2], "shown before");
    let (engine, shop, plugin) = (&life.shop.engine, life.shop.id, PLUGIN.to_owned());
    let migrated = engine.migrate_runs(shop, &plugin).await.unwrap();
    assert_eq!((migrated.moved, migrated.refused.len()), (1, 1));
    let stays = life.shop.run(odd).await;
    assert_eq!(migrated.refused[0].0, stays.id);
    assert_eq!(stays.digest, first.digest);
    assert!(stays.migrations[0].refused.as_ref().unwrap().contains("odd time"), "{:?}", stays.migrations);
    let moved = life.shop.run(even).await;
    assert_eq!((&moved.digest, &moved.migrations[0].refused), (&second.digest, &None));
    // Once more there is nothing to move, and the other is asked again.
    let again = engine.migrate_runs(shop, &plugin).await.unwrap();
    assert_eq!((again.moved, again.refused.len()), (0, 1));
    let log = engine.audit(shop, None, 2).await.unwrap();
    let told = |entry: &Entry| (entry.deed.action.clone(), entry.deed.details["moved"].clone());
    let expected = [0, 1].map(|moved| ("plugin.migrated".to_owned(), json!(moved)));
    assert_eq!(log.iter().map(told).collect::<Vec<_>>(), expected);

    life.shop.pass(HOUR + 1).await;
    assert_eq!(life.shop.comments(even).await, ["second version, upgraded, tagged, waited 3600000 ms"]);
    assert_eq!(life.shop.comments(odd).await, ["first version, waited 3600001 ms"]);
    let replay = engine.replay(shop, moved.id).await.unwrap_err().to_string();
    assert!(replay.contains("another version"), "{replay}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_goes_back_one_version_with_what_was_agreed_to_then() {
    let (life, first) = Life::begun(HOUR).await;
    let (engine, shop, plugin) = (life.shop.engine.clone(), life.shop.id, PLUGIN.to_owned());
    assert_eq!(code(engine.roll_back(shop, &plugin).await), "conflict");
    let component = version(programs::AGES_ANEW, "2.0.0");
    life.offer(&component, file(), Allowed::default()).await.unwrap();
    let second = package(&component);
    let half = without(&second, "orders-write.add-tags");
    life.accept(&second, half.clone()).await.unwrap();
    let third = life.upgraded(&version(programs::AGES_ANEW, "3.0.0")).await;
    let waiting = life.waiting().await;

    let back = engine.roll_back(shop, &plugin).await.unwrap();
    assert_eq!((&back.digest, &back.grant), (&second.digest, &half));
    let further = engine.roll_back(shop, &plugin).await.unwrap();
    assert_eq!((&further.digest, &further.grant), (&first.digest, &whole(&first)));
    assert_eq!(code(engine.roll_back(shop, &plugin).await), "conflict");
    assert!(engine.history(shop, &plugin).await.unwrap().is_empty());
    life.shop.pass(HOUR).await;
    let run = life.shop.run(waiting).await;
    assert_eq!((run.state, run.digest), (RunState::Done, third.digest.clone()), "it stays as it began");
    assert!(life.shop.read(waiting).await.tags.contains("aged"), "with its own grant");
    // Forward again goes an install, which asks.
    let offered = life.offer(&component, file(), Allowed::default()).await;
    assert_eq!(code(offered), "downgrade", "the shop has had version 3");
}

#[tokio::test(flavor = "multi_thread")]
async fn b21_an_older_version_needs_a_word() {
    let (life, _) = Life::begun(HOUR).await;
    life.upgraded(&version(programs::AGES, "1.10.0")).await;
    let older = version(programs::AGES, "1.9.0");
    let refused = life.offer(&older, file(), Allowed::default()).await.unwrap_err();
    assert_eq!(refused.code(), "downgrade");
    assert!(refused.to_string().contains("1.10.0"), "{refused}");
    let (engine, shop) = (life.shop.engine.clone(), life.shop.id);
    let early = engine.may_offer(shop, &package(&older), &file(), &Allowed::default()).await;
    assert_eq!(code(early), "downgrade", "before anything is compiled");
    let allowed = Allowed { downgrade: true, ..Allowed::default() };
    life.offer(&older, file(), allowed).await.unwrap();
    // Also after it was removed: what was mended since would be open again.
    life.shop.publish(json!({})).await;
    engine.remove_plugin(shop, &PLUGIN.to_owned(), false).await.unwrap();
    let back = life.offer(&older, file(), Allowed::default()).await;
    assert_eq!(code(back), "downgrade");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publishers_key_is_pinned_and_another_one_is_consent_again() {
    let life = Life { shop: TestShop::with(&[]).await };
    let one = version(programs::AGES, "1.0.0");
    life.offer(&one, signed("one"), Allowed::default()).await.unwrap();
    let first = package(&one);
    let (engine, shop, plugin) = (&life.shop.engine, life.shop.id, PLUGIN.to_owned());
    let shown_other = Some("ed25519:two".to_owned());
    let accepted = engine.accept(shop, &plugin, &first.digest, whole(&first), shown_other).await;
    assert_eq!(code(accepted), "conflict", "another key was shown");
    assert_eq!(engine.pinned_key(shop, "test").await.unwrap(), None);
    life.accept(&first, whole(&first)).await.unwrap();
    assert_eq!(engine.pinned_key(shop, "test").await.unwrap().as_deref(), Some("ed25519:one"));

    let two = version(programs::AGES, "1.1.0");
    let unsigned = Allowed { unsigned: true, ..Allowed::default() };
    assert_eq!(code(life.offer(&two, file(), unsigned).await), "unsigned");
    assert_eq!(code(life.offer(&two, signed("two"), Allowed::default()).await), "other-key");
    let known = life.offer(&two, signed("one"), Allowed::default()).await.unwrap();
    assert!(matches!(known, Offered::Active(_)), "{known:?}");
    let three = version(programs::AGES, "1.2.0");
    let allowed = Allowed { key: Some("ed25519:two".to_owned()), ..Allowed::default() };
    let offered = life.offer(&three, signed("two"), allowed).await.unwrap();
    assert!(matches!(&offered, Offered::Waiting(offer) if offer.replaces_key.is_some()), "{offered:?}");
    assert_eq!(engine.pinned_key(shop, "test").await.unwrap().as_deref(), Some("ed25519:one"));
    let third = package(&three);
    life.accept(&third, whole(&third)).await.unwrap();
    assert_eq!(engine.pinned_key(shop, "test").await.unwrap().as_deref(), Some("ed25519:two"));
    assert_eq!(life.installed().await.unwrap().provenance, signed("two"));
}

#[tokio::test(flavor = "multi_thread")]
async fn b25_no_file_is_named_after_a_plugin() {
    let (life, _) = Life::begun(HOUR).await;
    let names = std::fs::read_dir(life.shop.dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    let ours = |name: &String| name.starts_with("rulewright.db") || name == "secret.key";
    assert!(names.iter().all(ours), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_whose_version_is_gone_is_retried_with_the_one_in_use() {
    let life = Life { shop: TestShop::with(&[]).await };
    let (engine, shop) = (&life.shop.engine, life.shop.id);
    let of = |minor: u32| version(programs::CALLS_UNGRANTED, &format!("1.{minor}.0"));
    let first = package(&of(0));
    let plugin = first.manifest.id.clone();
    life.offer(&of(0), file(), Allowed::default()).await.unwrap();
    let nothing = Grant { functions: BTreeSet::new(), ..whole(&first) };
    engine.accept(shop, &plugin, &first.digest, nothing, None).await.unwrap();
    life.shop.publish(json!({ "paid": { "rules": [rule("calls", &plugin, json!({}))] } })).await;
    let order = life.shop.order().await;
    life.shop.enter(order, "paid").await;
    let run = life.shop.run(order).await;
    let RunState::Failed { code, .. } = run.state else { panic!("nothing was granted") };
    assert_eq!(code, "denied");
    for minor in 1..=6 {
        life.offer(&of(minor), file(), Allowed::default()).await.unwrap();
        let next = package(&of(minor));
        engine.accept(shop, &plugin, &next.digest, whole(&next), None).await.unwrap();
    }
    assert!(!life.digests().await.contains(&first.digest), "nothing names it: the run has ended");
    let replay = engine.replay(shop, run.id).await.unwrap_err().to_string();
    assert!(replay.contains("package"), "{replay}");
    engine.retry_run(shop, run.id).await.unwrap();
    engine.idle().await;
    let run = life.shop.run(order).await;
    assert_eq!((run.state, run.digest), (RunState::Done, package(&of(6)).digest));
}
