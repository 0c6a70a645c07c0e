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
