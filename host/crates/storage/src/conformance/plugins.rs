use rulewright_domain::{Offer, Replaced, Revocation, ShopId};
use rulewright_ports::{Transaction, storage::Result};

use super::{
    New, read,
    sample::{self, ONE, TWO},
    try_write, write,
};

const PLUGIN: &str = "rulewright.send-sms";

async fn prepared(storage: &New) {
    write(storage, |tx| {
        tx.put_shop(&sample::shop(ONE))?;
        tx.put_shop(&sample::shop(TWO))
    })
    .await;
}

pub async fn a_package_is_immutable(storage: New) {
    prepared(&storage).await;
    write(&storage, |tx| {
        tx.put_package(&sample::package("abc"), b"wasm")?;
        tx.put_package(&sample::package("abc"), b"other")?;
        tx.put_installation(ONE, &sample::installation("abc"))
    })
    .await;
    let missing = try_write(&storage, |tx| tx.put_installation(ONE, &sample::installation("xyz"))).await;
    assert!(missing.is_err(), "there is no such package");
    let (package, component, all, of_one, of_two, none) = read(&storage, |reads| {
        Ok((
            reads.package(&"abc".into())?,
            reads.component(&"abc".into())?,
            reads.packages()?,
            reads.installations(ONE)?,
            reads.installations(TWO)?,
            reads.component(&"xyz".into())?,
        ))
    })
    .await;
    assert_eq!(package, Some(sample::package("abc")));
    assert_eq!((component, none), (Some(b"wasm".to_vec()), None));
    assert_eq!((all.len(), of_two.len()), (1, 0));
    assert_eq!(of_one, [sample::installation("abc")]);
    write(&storage, |tx| tx.remove_installation(ONE, &PLUGIN.into())).await;
    assert!(read(&storage, |reads| reads.installations(ONE)).await.is_empty());
    let removed = || async {
        read(&storage, |reads| Ok((reads.removed_plugins(ONE)?, reads.removed_plugins(TWO)?))).await
    };
    // Once more, and by a shop that never had it: nothing to remove.
    write(&storage, |tx| tx.remove_installation(ONE, &PLUGIN.into())).await;
    write(&storage, |tx| tx.remove_installation(TWO, &PLUGIN.into())).await;
    assert_eq!(removed().await, (vec![PLUGIN.to_owned()], vec![]));
    write(&storage, |tx| tx.put_installation(ONE, &sample::installation("abc"))).await;
    assert_eq!(removed().await, (vec![], vec![]));
}

pub async fn private_storage_is_private(storage: New) {
    prepared(&storage).await;
    let size = || async { read(&storage, |reads| reads.stored_size(ONE, &PLUGIN.into())).await };
    assert_eq!(size().await, 0);
    write(&storage, |tx| {
        tx.store(ONE, &PLUGIN.into(), "kö", Some(&[1, 2, 3]))?;
        tx.store(ONE, &PLUGIN.into(), "b", Some(&[0; 10]))?;
        tx.store(ONE, &PLUGIN.into(), "b", Some(&[0; 5]))?;
        tx.store(ONE, &"other.plugin".into(), "kö", Some(&[9; 100]))?;
        tx.store(TWO, &PLUGIN.into(), "kö", Some(&[8; 100]))
    })
    .await;
    assert_eq!(size().await, 3 + 3 + 1 + 5);
    let storage = &storage;
    let get = |key: &'static str| async move {
        read(storage, move |reads| reads.stored(ONE, &PLUGIN.into(), key)).await
    };
    assert_eq!(get("kö").await, Some(vec![1, 2, 3]));
    assert_eq!(get("c").await, None);
    write(storage, |tx| tx.store(ONE, &PLUGIN.into(), "b", None)).await;
    assert_eq!((get("b").await, size().await), (None, 6));
}

pub async fn secrets_are_kept_and_forgotten(storage: New) {
    prepared(&storage).await;
    write(&storage, |tx| {
        tx.put_secret(ONE, &PLUGIN.into(), "key", Some(b"old"))?;
        tx.put_secret(ONE, &PLUGIN.into(), "key", Some(b"new"))
    })
    .await;
    let (mine, of_other_plugin, of_other_shop) = read(&storage, |reads| {
        Ok((
            reads.secret(ONE, &PLUGIN.into(), "key")?,
            reads.secret(ONE, &"other.plugin".into(), "key")?,
            reads.secret(TWO, &PLUGIN.into(), "key")?,
        ))
    })
    .await;
    assert_eq!((mine, of_other_plugin, of_other_shop), (Some(b"new".to_vec()), None, None));
    write(&storage, |tx| tx.put_secret(ONE, &PLUGIN.into(), "key", None)).await;
    assert_eq!(read(&storage, |reads| reads.secret(ONE, &PLUGIN.into(), "key")).await, None);
}

fn named(tx: &mut dyn Transaction, digest: &str) -> Result<()> {
    tx.put_package(&sample::package(digest), b"wasm")
}

fn offer(digest: &str) -> Offer {
    Offer {
        plugin: PLUGIN.into(),
        digest: digest.into(),
        provenance: Default::default(),
        offered_at: sample::NOW,
        replaces_key: None,
    }
}

fn replaced(number: u64, digest: &str) -> Replaced {
    let installation = sample::installation(digest);
    Replaced { number, installation, replaced_at: sample::NOW, rolled_back: false }
}

pub async fn an_offer_is_replaced_and_goes_without_a_trace(storage: New) {
    prepared(&storage).await;
    assert!(try_write(&storage, |tx| tx.put_offer(ONE, &offer("abc"))).await.is_err(), "no such package");
    write(&storage, |tx| {
        named(tx, "abc")?;
        named(tx, "def")?;
        tx.put_offer(ONE, &offer("abc"))?;
        tx.put_offer(ONE, &offer("def"))
    })
    .await;
    let offers = || async { read(&storage, |reads| Ok((reads.offers(ONE)?, reads.offers(TWO)?))).await };
    assert_eq!(offers().await, (vec![offer("def")], vec![]));
    write(&storage, |tx| tx.remove_offer(TWO, &PLUGIN.into())).await;
    assert_eq!(offers().await.0.len(), 1, "it is another shop's");
    write(&storage, |tx| tx.remove_offer(ONE, &PLUGIN.into())).await;
    assert_eq!(offers().await, (vec![], vec![]));
}

pub async fn what_was_replaced_is_remembered_in_order(storage: New) {
    prepared(&storage).await;
    write(&storage, |tx| {
        named(tx, "abc")?;
        named(tx, "def")?;
        tx.put_replaced(ONE, &replaced(1, "abc"))?;
        tx.put_replaced(ONE, &replaced(2, "def"))?;
        tx.put_replaced(ONE, &Replaced { rolled_back: true, ..replaced(2, "def") })
    })
    .await;
    let history = |shop| {
        let storage = &storage;
        async move { read(storage, move |reads| reads.replaced_plugins(shop, &PLUGIN.into())).await }
    };
    let second = Replaced { rolled_back: true, ..replaced(2, "def") };
    assert_eq!(history(ONE).await, [second.clone(), replaced(1, "abc")], "newest first");
    assert_eq!(history(TWO).await, []);
    write(&storage, |tx| tx.remove_replaced(ONE, &PLUGIN.into(), 1)).await;
    assert_eq!(history(ONE).await, [second]);
}

pub async fn a_package_that_is_named_stays(storage: New) {
    prepared(&storage).await;
    write(&storage, |tx| {
        for digest in ["a", "b", "c", "d"] {
            named(tx, digest)?;
            let digest = digest.to_owned();
            tx.put_extras(ONE, &digest, Some("# Read me"), Some("## 1.1"), Some(&[1, 2]))?;
        }
        tx.put_installation(ONE, &sample::installation("a"))?;
        tx.put_offer(ONE, &offer("b"))?;
        tx.put_replaced(TWO, &replaced(1, "c"))
    })
    .await;
    assert_eq!(read(&storage, |reads| reads.unnamed_packages()).await, ["d"]);
    for digest in ["a", "b", "c"] {
        let refused = try_write(&storage, move |tx| tx.remove_package(&digest.to_owned())).await;
        assert!(refused.is_err(), "{digest} is named");
    }
    write(&storage, |tx| tx.remove_package(&"d".into())).await;
    assert_eq!(extras(&storage, ONE, "d").await, (None, None, None), "they go with it");
    assert_eq!(read(&storage, |reads| reads.package(&"d".into())).await, None);
}

async fn extras(
    storage: &New,
    shop: ShopId,
    digest: &str,
) -> (Option<String>, Option<String>, Option<Vec<u8>>) {
    let digest = digest.to_owned();
    read(storage, move |reads| {
        Ok((reads.readme(shop, &digest)?, reads.changelog(shop, &digest)?, reads.icon(shop, &digest)?))
    })
    .await
}

pub async fn what_came_with_a_package_is_each_shops_own(storage: New) {
    prepared(&storage).await;
    write(&storage, |tx| {
        named(tx, "d")?;
        tx.put_extras(ONE, &"d".into(), Some("# Read me"), Some("## 1.1"), Some(&[1, 2]))?;
        tx.put_extras(TWO, &"d".into(), Some("# Beware"), None, None)
    })
    .await;
    let all = (Some("# Read me".to_owned()), Some("## 1.1".to_owned()), Some(vec![1, 2]));
    assert_eq!(extras(&storage, ONE, "d").await, all);
    write(&storage, |tx| tx.put_extras(TWO, &"d".into(), None, None, None)).await;
    assert_eq!(extras(&storage, ONE, "d").await, all);
    assert_eq!(extras(&storage, TWO, "d").await, (None, None, None));
    write(&storage, |tx| tx.put_extras(ONE, &"d".into(), None, Some("## 1.2"), None)).await;
    assert_eq!(extras(&storage, ONE, "d").await, (None, Some("## 1.2".to_owned()), None));
    write(&storage, |tx| tx.put_extras(ONE, &"d".into(), None, None, Some(&[3]))).await;
    assert_eq!(extras(&storage, ONE, "d").await, (None, None, Some(vec![3])));
}

pub async fn a_publishers_key_and_the_highest_version_are_kept(storage: New) {
    prepared(&storage).await;
    write(&storage, |tx| {
        tx.pin_key(ONE, "acme", &"ed25519:old".to_owned(), sample::NOW)?;
        tx.pin_key(ONE, "acme", &"ed25519:new".to_owned(), sample::NOW)?;
        tx.put_highest_version(ONE, &PLUGIN.into(), "1.9.0")?;
        tx.put_highest_version(ONE, &PLUGIN.into(), "1.10.0")
    })
    .await;
    let (pinned, others, highest, none) = read(&storage, |reads| {
        Ok((
            reads.pinned_key(ONE, "acme")?,
            (reads.pinned_key(TWO, "acme")?, reads.pinned_key(ONE, "acm")?),
            reads.highest_version(ONE, &PLUGIN.into())?,
            reads.highest_version(TWO, &PLUGIN.into())?,
        ))
    })
    .await;
    assert_eq!((pinned.as_deref(), others), (Some("ed25519:new"), (None, None)));
    assert_eq!((highest.as_deref(), none), (Some("1.10.0"), None));
    let all = read(&storage, |reads| Ok((reads.pinned_keys(ONE)?, reads.pinned_keys(TWO)?))).await;
    assert_eq!(all, (vec![("acme".to_owned(), "ed25519:new".to_owned(), sample::NOW)], vec![]));
    let gone = write(&storage, |tx| Ok((tx.unpin_key(ONE, "acme")?, tx.unpin_key(ONE, "acme")?))).await;
    assert_eq!(gone, (true, false));
    assert_eq!(read(&storage, |reads| reads.pinned_key(ONE, "acme")).await, None);
}

pub async fn a_revocation_holds_in_every_shop_until_its_source_takes_it_back(storage: New) {
    prepared(&storage).await;
    let revoked = |digest: &str, reason: &str| Revocation { digest: digest.into(), reason: reason.into() };
    let versions = || async {
        read(&storage, |reads| Ok((reads.config_version(ONE)?, reads.config_version(TWO)?))).await
    };
    let of_config = || async { read(&storage, |reads| Ok((reads.config(ONE)?, reads.config(TWO)?))).await };
    write(&storage, |tx| named(tx, "abc")).await;
    let before = versions().await;
    let (bad, other) = (revoked("abc", "steals"), revoked("def", "breaks"));
    let list = [bad.clone(), other.clone(), bad.clone()];
    write(&storage, move |tx| tx.put_revocations("list", Some(7), &list)).await;
    let hand = [bad.clone()];
    write(&storage, move |tx| tx.put_revocations("operator", None, &hand)).await;
    let after = versions().await;
    assert!(after.0 > before.0 && after.1 > before.1, "{before:?} {after:?}");
    let (one, two) = of_config().await;
    for config in [one, two] {
        // Of what is not stored, nothing has to be known.
        assert_eq!(
            config.unwrap().revoked.into_iter().collect::<Vec<_>>(),
            [("abc".into(), "steals".into())]
        );
    }
    let all = read(&storage, |reads| reads.revocations()).await;
    let from = |source: &str, one: &Revocation| (source.to_owned(), one.clone());
    assert_eq!(all, [from("list", &bad), from("list", &other), from("operator", &bad)]);
    let sequences = read(&storage, |reads| {
        Ok((reads.revocation_sequence("list")?, reads.revocation_sequence("operator")?))
    });
    assert_eq!(sequences.await, (Some(7), None));
    write(&storage, |tx| tx.put_revocations("list", Some(8), &[])).await;
    assert_eq!(
        read(&storage, |reads| reads.revocation(&"abc".into())).await,
        Some(bad),
        "the operator's stays"
    );
    assert_eq!(read(&storage, |reads| reads.revocation(&"def".into())).await, None);
    write(&storage, |tx| tx.put_revocations("operator", None, &[])).await;
    assert_eq!(of_config().await.0.unwrap().revoked.len(), 0);
}
