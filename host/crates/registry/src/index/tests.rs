use rulewright_domain::plugin::Package;
use serde_json::{Value, json};

use super::*;
use crate::testing;

fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn package(version: &str, letter: &str) -> Package {
    let change = json!({ "version": version, "title": format!("Greet {version}") });
    Package { digest: letter.repeat(64), ..testing::package(change, &["timeline.add-comment"]) }
}

fn addition<'a>(package: &'a Package, key: &SecretKey) -> Addition<'a> {
    Addition {
        package,
        reference: format!("registry.example/acme/greet:{}", package.manifest.version),
        artifact: "e".repeat(64),
        signed_by: key.public(),
        at: Timestamp(1_000),
        verified: false,
        accept_key: None,
    }
}

fn index() -> Index {
    Index::default()
        .with(addition(&package("1.2.0", "a"), &secret(1)))
        .and_then(|index| index.with(addition(&package("1.10.0", "b"), &secret(1))))
        .unwrap()
}

#[test]
fn an_index_that_was_signed_is_read_back_whole() {
    let index = index();
    let read = Index::open(&index.seal(&secret(9)).unwrap(), &secret(9).public()).unwrap();
    let written = |index: &Index| serde_json::to_value(index).unwrap();
    assert_eq!(written(&read), written(&index));
    assert_eq!(read.sequence, 2);
    let versions: Vec<&str> = read.plugins[0].versions.iter().map(|one| one.version.as_str()).collect();
    assert_eq!(versions, ["1.10.0", "1.2.0"], "by number, not by letter");
    assert!(read.plugins[0].versions[0].permissions.iter().any(|one| one.text.contains("comment")));
}

#[test]
fn the_texts_are_those_of_the_newest_version_whatever_was_added_last() {
    let index = index().with(addition(&package("1.3.0", "c"), &secret(1))).unwrap();
    assert_eq!(index.plugins[0].title, "Greet 1.10.0");
}

#[test]
fn a_version_is_added_twice_only_with_the_same_bytes() {
    let again = index().with(addition(&package("1.2.0", "a"), &secret(1))).unwrap();
    assert_eq!(again.plugins[0].versions.len(), 2);
    let other = index().with(addition(&package("1.2.0", "f"), &secret(1))).unwrap_err();
    assert_eq!(other.code(), "version-taken");
}

#[test]
fn another_key_is_an_operators_decision_and_is_verified_anew() {
    let two = package("2.0.0", "c");
    let verified = Addition { verified: true, ..addition(&two, &secret(1)) };
    let index = index().with(verified).unwrap();
    assert_eq!(index.vouches("acme", &secret(1).public()), Some(Timestamp(1_000)));
    assert_eq!(index.vouches("acme", &secret(2).public()), None);
    let package = package("3.0.0", "d");
    let refused = index.clone().with(addition(&package, &secret(2))).unwrap_err();
    assert_eq!(refused.code(), "other-key");
    assert!(refused.to_string().contains(&keys::fingerprint(&secret(2).public()).unwrap()), "{refused}");
    let other = keys::fingerprint(&secret(3).public()).unwrap();
    let guessed = Addition { accept_key: Some(&other), ..addition(&package, &secret(2)) };
    assert_eq!(index.clone().with(guessed).unwrap_err().code(), "other-key");
    let print = keys::fingerprint(&secret(2).public()).unwrap();
    let accepted = Addition { accept_key: Some(&print), ..addition(&package, &secret(2)) };
    let index = index.with(accepted).unwrap();
    assert_eq!(index.publisher("acme").unwrap().key, secret(2).public());
    assert_eq!(index.vouches("acme", &secret(2).public()), None, "nobody has looked at the new key");
}

#[test]
fn what_is_taken_out_is_gone_and_what_is_not_there_is_told() {
    let index = index();
    let less = index.clone().without("acme.greet", Some("1.10.0"), Timestamp(5)).unwrap();
    assert_eq!((less.plugins[0].versions.len(), less.sequence), (1, 3));
    let none = index.clone().without("acme.greet", None, Timestamp(5)).unwrap();
    assert!(none.plugins.is_empty() && none.publisher("acme").is_some());
    for (id, version) in [("acme.greet", Some("9.9.9")), ("acme.other", None)] {
        assert_eq!(index.clone().without(id, version, Timestamp(5)).unwrap_err().code(), "not-found");
    }
}

#[test]
fn a_newer_version_is_one_by_number_and_a_pre_release_only_for_who_has_one() {
    assert!(is_newer("1.10.0", "1.9.0"));
    assert!(!is_newer("1.10.0", "1.10.0"));
    assert!(!is_newer("2.0.0-beta.1", "1.10.0"));
    assert!(is_newer("2.0.0-beta.2", "2.0.0-beta.1"));
    assert!(!is_newer("2.0.0", "not a version"));
}

#[test]
fn what_was_built_for_a_newer_host_or_another_track_does_not_fit() {
    assert!(fits("0.1.0"));
    assert!(!fits("0.1.1") && !fits("0.2.0") && !fits("1.0.0") && !fits("x"));
}

#[test]
fn what_is_fetched_is_named_by_its_digest() {
    let release = |reference: &str| {
        let reference = reference.to_owned();
        Release { reference, ..index().plugins[0].versions[0].clone() }.pinned().unwrap().to_string()
    };
    let digest = "e".repeat(64);
    assert_eq!(
        release("registry.example/acme/greet:1.2.0"),
        format!("registry.example/acme/greet@sha256:{digest}")
    );
    assert_eq!(release("127.0.0.1:5000/acme/greet"), format!("127.0.0.1:5000/acme/greet@sha256:{digest}"));
}

/// Signed by the right key, and yet not what a host could work with.
#[test]
fn an_index_with_anything_wrong_in_it_is_refused_with_its_place() {
    let key = secret(9);
    let table: [(&str, Value, &str); 12] = [
        ("/plugins/0/id", json!("../etc"), "/plugins/0/id"),
        ("/plugins/0/id", json!("other.greet"), "/plugins/0/id"),
        ("/plugins/0/title", json!(""), "/plugins/0/title"),
        ("/plugins/0/title", json!("\u{202e}teerG"), "/plugins/0/title"),
        ("/plugins/0/description", json!("\u{1b}[2J"), "/plugins/0/description"),
        ("/plugins/0/versions", json!([]), "/plugins/0/versions"),
        ("/plugins/0/versions/0/version", json!("1.1.0"), "/plugins/0/versions/1/version"),
        ("/plugins/0/versions/0/artifact", json!("sha256:x"), "/plugins/0/versions/0/artifact"),
        ("/plugins/0/versions/0/reference", json!("https://x/y"), "/plugins/0/versions/0/reference"),
        ("/plugins/0/versions/0/signed-by", json!("ed25519:x"), "/plugins/0/versions/0/signed-by"),
        ("/publishers/0/id", json!("Acme"), "/publishers/0/id"),
        ("/publishers/0/key", json!("rsa:AAAA"), "/publishers/0/key"),
    ];
    for (place, value, expected) in table {
        let mut json = serde_json::to_value(index()).unwrap();
        *json.pointer_mut(place).unwrap() = value;
        let sealed = envelope::seal(ListKind::Index, &json, &key).unwrap();
        match Index::open(&sealed, &key.public()) {
            Err(ListRefusal::Bad { at, .. }) => assert_eq!(at, expected),
            other => panic!("{place}: {other:?}"),
        }
    }
    let mut unknown = serde_json::to_value(index()).unwrap();
    unknown["plugins"][0]["surprise"] = json!(1);
    let sealed = envelope::seal(ListKind::Index, &unknown, &key).unwrap();
    assert_eq!(Index::open(&sealed, &key.public()).unwrap_err().code(), "list-unreadable");
}
