use super::{
    New, read,
    sample::{self, ONE, TWO},
    try_write, write,
};

async fn prepared(storage: &New) {
    write(storage, |tx| {
        tx.put_shop(&sample::shop(ONE))?;
        tx.put_shop(&sample::shop(TWO))?;
        tx.put_pipeline(ONE, &sample::pipeline("sales"))?;
        tx.put_pipeline(TWO, &sample::pipeline("sales"))
    })
    .await;
}

pub async fn a_draft_counts_its_versions(storage: New) {
    prepared(&storage).await;
    let none = read(&storage, |reads| reads.draft(ONE, &"sales".into())).await;
    assert_eq!(none, (0, Default::default()));
    for version in 1..=3 {
        let put = write(&storage, move |tx| {
            tx.put_draft(ONE, &"sales".into(), &sample::stages(&format!("draft {version}")))
        })
        .await;
        assert_eq!(put, version);
    }
    let draft = read(&storage, |reads| reads.draft(ONE, &"sales".into())).await;
    assert_eq!(draft, (3, sample::stages("draft 3")));
    assert_eq!(read(&storage, |reads| reads.draft(TWO, &"sales".into())).await.0, 0);
}

pub async fn a_published_revision_is_immutable(storage: New) {
    prepared(&storage).await;
    write(&storage, |tx| tx.publish(ONE, &sample::automation("sales", 1))).await;
    let mut changed = sample::automation("sales", 1);
    changed.stages = sample::stages("changed");
    let again = try_write(&storage, move |tx| tx.publish(ONE, &changed)).await;
    assert!(again.is_err());
    let kept = read(&storage, |reads| reads.revision(ONE, &"sales".into(), 1)).await;
    assert_eq!(kept, Some(sample::automation("sales", 1)));
}

pub async fn the_newest_revision_is_in_force(storage: New) {
    prepared(&storage).await;
    write(&storage, |tx| {
        tx.publish(ONE, &sample::automation("sales", 1))?;
        tx.publish(ONE, &sample::automation("sales", 2))?;
        tx.publish(TWO, &sample::automation("sales", 7))
    })
    .await;
    let (all, config, none) = read(&storage, |reads| {
        let none = reads.revision(ONE, &"sales".into(), 7)?;
        Ok((reads.revisions(ONE, &"sales".into())?, reads.config(ONE)?, none))
    })
    .await;
    assert_eq!(all, [sample::automation("sales", 2), sample::automation("sales", 1)]);
    assert_eq!(config.unwrap().automations[&"sales".into()].revision, 2);
    assert_eq!(none, None);
}

pub async fn a_removed_pipeline_is_remembered_and_its_revisions_stay(storage: New) {
    prepared(&storage).await;
    write(&storage, |tx| {
        tx.publish(ONE, &sample::automation("sales", 1))?;
        tx.put_draft(ONE, &"sales".into(), &sample::stages("draft"))?;
        tx.remove_pipeline(ONE, &sample::pipeline("sales"))
    })
    .await;
    let (config, draft, revision, removed) = read(&storage, |reads| {
        let sales = "sales".into();
        Ok((
            reads.config(ONE)?.unwrap(),
            reads.draft(ONE, &sales)?.0,
            reads.revision(ONE, &sales, 1)?,
            reads.removed_pipelines(ONE)?,
        ))
    })
    .await;
    assert!(config.pipelines.is_empty() && config.automations.is_empty());
    assert_eq!((draft, revision), (0, Some(sample::automation("sales", 1))));
    assert_eq!(removed, [sample::pipeline("sales")]);
    let (others, none) =
        read(&storage, |reads| Ok((reads.config(TWO)?.unwrap(), reads.removed_pipelines(TWO)?))).await;
    assert!(others.pipelines.contains_key(&"sales".into()) && none.is_empty(), "another shop's stays");
    write(&storage, |tx| tx.put_pipeline(ONE, &sample::pipeline("sales"))).await;
    let (again, removed) =
        read(&storage, |reads| Ok((reads.config(ONE)?.unwrap(), reads.removed_pipelines(ONE)?))).await;
    assert!(again.pipelines.contains_key(&"sales".into()) && removed.is_empty());
}
