use rulewright_domain::{Fields, Item, ItemId, List, ListField, Segment, ShopId, Workflow};
use rulewright_ports::storage::{Result, Transaction};
use serde_json::json;

use super::{
    ALL, NEWEST, New, read,
    sample::{self, NOW, ONE, TWO},
    try_write, write,
};

pub fn list(name: &str) -> List {
    let field = ListField { name: "sku".into(), title: "Article".into(), required: true };
    List { name: name.into(), title: "Prices".into(), fields: vec![field] }
}

fn item(id: i64, shop: ShopId, list: &str, sku: &str) -> Item {
    Item { id: ItemId(id), shop, list: list.into(), fields: Fields::from([("sku".into(), json!(sku))]) }
}

pub fn segment() -> Segment {
    Segment { name: "all".into(), title: "Everybody".into(), condition: None }
}

pub fn workflow(revision: u64) -> Workflow {
    Workflow {
        name: "approval".into(),
        title: format!("Approval {revision}"),
        revision,
        published: NOW,
        kind: rulewright_domain::OrderKind::Order,
        parameters: Vec::new(),
        rules: Vec::new(),
    }
}

fn shops_with_lists(tx: &mut dyn Transaction) -> Result<()> {
    for shop in [ONE, TWO] {
        tx.put_shop(&sample::shop(shop))?;
        tx.put_list(shop, &list("prices"))?;
        tx.put_list(shop, &list("branches"))?;
    }
    Ok(())
}

pub async fn items_are_found_by_their_fields(storage: New) {
    write(&storage, |tx| {
        shops_with_lists(tx)?;
        tx.put_item(&item(1, ONE, "prices", "tea"))?;
        tx.put_item(&item(2, ONE, "prices", "cup"))?;
        tx.put_item(&item(3, ONE, "prices", "tea"))?;
        tx.put_item(&item(4, ONE, "branches", "tea"))?;
        tx.put_item(&item(5, TWO, "prices", "tea"))
    })
    .await;
    let ids = |items: Vec<Item>| items.into_iter().map(|item| item.id.0).collect::<Vec<_>>();
    let tea = Fields::from([("sku".into(), json!("tea"))]);
    for (wanted, limit, expected) in
        [(tea.clone(), 9, &[1, 3][..]), (tea, 1, &[1]), (Fields::new(), 9, &[1, 2, 3])]
    {
        let found = read(&storage, move |reads| reads.find_items(ONE, "prices", &wanted, limit)).await;
        assert_eq!(ids(found), expected);
    }
    assert_eq!(ids(read(&storage, |reads| reads.items(ONE, "prices", NEWEST)).await), [3, 2, 1]);
    assert_eq!(read(&storage, |reads| reads.count_items(ONE, "prices")).await, 3);
    assert!(read(&storage, |reads| reads.item(ONE, "branches", ItemId(1))).await.is_none());
    assert!(read(&storage, |reads| reads.item(TWO, "prices", ItemId(1))).await.is_none());
    assert!(try_write(&storage, |tx| tx.put_item(&item(1, TWO, "prices", "cup"))).await.is_err());
    assert!(try_write(&storage, |tx| tx.put_item(&item(9, ONE, "nowhere", "cup"))).await.is_err());
}

pub async fn a_list_goes_with_its_items_and_their_ids_do_not_come_back(storage: New) {
    write(&storage, |tx| {
        shops_with_lists(tx)?;
        tx.put_item(&item(1, ONE, "branches", "tea"))?;
        tx.put_item(&item(7, ONE, "prices", "tea"))
    })
    .await;
    assert!(write(&storage, |tx| tx.remove_item(ONE, "branches", ItemId(1))).await);
    assert!(!write(&storage, |tx| tx.remove_item(ONE, "branches", ItemId(1))).await);
    write(&storage, |tx| tx.remove_list(ONE, "prices")).await;
    assert!(read(&storage, |reads| reads.items(ONE, "prices", ALL)).await.is_empty());
    let config = read(&storage, |reads| reads.config(ONE)).await.unwrap();
    assert_eq!(config.lists.into_keys().collect::<Vec<_>>(), ["branches"]);
    let next = write(&storage, |tx| tx.next(rulewright_ports::storage::Sequence::Item)).await;
    assert!(next > 7, "{next}");
}

pub async fn a_workflow_keeps_its_revisions_and_a_segment_its_condition(storage: New) {
    let segment = segment();
    let kept = segment.clone();
    write(&storage, move |tx| {
        shops_with_lists(tx)?;
        tx.put_segment(ONE, &kept)?;
        tx.publish_workflow(ONE, &workflow(1))?;
        tx.publish_workflow(ONE, &workflow(2))
    })
    .await;
    assert!(try_write(&storage, |tx| tx.publish_workflow(ONE, &workflow(2))).await.is_err());
    let config = read(&storage, |reads| reads.config(ONE)).await.unwrap();
    assert_eq!(config.segments["all"], segment);
    assert_eq!(config.workflows["approval"], workflow(2));
    write(&storage, |tx| tx.retire_workflow(ONE, "approval").and_then(|()| tx.remove_segment(ONE, "all")))
        .await;
    let after = read(&storage, |reads| reads.config(ONE)).await.unwrap();
    assert!(after.workflows.is_empty() && after.segments.is_empty() && after.version > config.version);
    assert_eq!(read(&storage, |reads| reads.workflow(ONE, "approval", 1)).await, Some(workflow(1)));
    assert_eq!(read(&storage, |reads| reads.last_workflow_revision(ONE, "approval")).await, 2);
    assert!(read(&storage, |reads| reads.workflow(TWO, "approval", 1)).await.is_none());
}
