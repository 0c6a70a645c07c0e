use rulewright_domain::ShopId;
use rulewright_ports::storage::{Page, PutRecords, Record, Records, Sequence};
use serde::{Deserialize, Serialize};

use super::{
    ALL, NEWEST, New, read,
    sample::{ONE, TWO},
    try_write, write,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    id: i64,
    of: Option<String>,
    called: Option<String>,
    text: String,
}

impl Record for Note {
    const KIND: &'static str = "note";

    fn id(&self) -> i64 {
        self.id
    }

    fn owner(&self) -> Option<String> {
        self.of.clone()
    }

    fn name(&self) -> Option<String> {
        self.called.clone()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Label(i64);

impl Record for Label {
    const KIND: &'static str = "label";

    fn id(&self) -> i64 {
        self.0
    }
}

fn note(id: i64, of: Option<&str>, called: Option<&str>) -> Note {
    Note { id, of: of.map(str::to_owned), called: called.map(str::to_owned), text: format!("note {id}") }
}

async fn ids(storage: &New, shop: ShopId, owner: Option<&'static str>, page: Page) -> Vec<i64> {
    let notes = read(storage, move |reads| reads.records::<Note>(shop, owner, page)).await;
    notes.into_iter().map(|note| note.id).collect()
}

pub async fn records_are_found_by_kind_id_owner_and_name(storage: New) {
    write(&storage, |tx| {
        tx.put_record(ONE, &note(1, Some("ord_1"), Some("first")))?;
        tx.put_record(ONE, &note(2, Some("ord_1"), None))?;
        tx.put_record(ONE, &note(3, Some("ord_2"), Some("third")))?;
        tx.put_record(ONE, &note(4, None, None))?;
        tx.put_record(ONE, &Label(5))?;
        // The same name in another shop is another name.
        tx.put_record(TWO, &note(6, Some("ord_1"), Some("first")))
    })
    .await;
    assert_eq!(ids(&storage, ONE, None, ALL).await, [1, 2, 3, 4]);
    assert_eq!(ids(&storage, ONE, None, NEWEST).await, [4, 3, 2, 1]);
    assert_eq!(ids(&storage, ONE, Some("ord_1"), ALL).await, [1, 2]);
    let second = Page { after: Some(1), limit: 1, newest_first: false };
    assert_eq!(ids(&storage, ONE, None, second).await, [2]);
    assert_eq!(ids(&storage, TWO, None, ALL).await, [6]);
    let (kept, named, label, not_a_label, elsewhere, all) = read(&storage, |reads| {
        Ok((
            reads.record::<Note>(ONE, 1)?,
            reads.record_named::<Note>(ONE, "first")?,
            reads.record::<Label>(ONE, 5)?,
            reads.record::<Label>(ONE, 1)?,
            reads.record::<Note>(TWO, 1)?,
            reads.all_records::<Note>(ONE, None)?,
        ))
    })
    .await;
    let first = Some(note(1, Some("ord_1"), Some("first")));
    assert_eq!((kept, named, label), (first.clone(), first, Some(Label(5))));
    assert_eq!((not_a_label, elsewhere, all.len()), (None, None, 4));
}

pub async fn a_record_is_replaced_whole_and_stays_its_shops_and_kinds(storage: New) {
    write(&storage, |tx| tx.put_record(ONE, &note(1, Some("ord_1"), Some("first")))).await;
    write(&storage, |tx| tx.put_record(ONE, &note(1, None, Some("other")))).await;
    write(&storage, |tx| tx.put_record(ONE, &note(2, None, Some("first")))).await;
    assert_eq!(ids(&storage, ONE, Some("ord_1"), ALL).await, [0; 0]);
    let named = read(&storage, |reads| reads.record_named::<Note>(ONE, "other")).await;
    assert_eq!(named, Some(note(1, None, Some("other"))));
    let taken = try_write(&storage, |tx| tx.put_record(ONE, &note(3, None, Some("first")))).await;
    assert!(taken.is_err(), "a name is unique");
    assert!(try_write(&storage, |tx| tx.put_record(TWO, &note(1, None, None))).await.is_err());
    assert!(try_write(&storage, |tx| tx.put_record(ONE, &Label(1))).await.is_err());
    assert_eq!(ids(&storage, ONE, None, ALL).await, [1, 2]);
}

pub async fn a_removed_record_is_gone_and_its_id_too(storage: New) {
    write(&storage, |tx| {
        tx.put_record(ONE, &note(1, None, None))?;
        tx.put_record(ONE, &note(9, None, Some("last")))
    })
    .await;
    assert!(!write(&storage, |tx| tx.remove_record::<Note>(TWO, 9)).await);
    assert!(!write(&storage, |tx| tx.remove_record::<Label>(ONE, 9)).await);
    assert!(write(&storage, |tx| tx.remove_record::<Note>(ONE, 9)).await);
    assert!(!write(&storage, |tx| tx.remove_record::<Note>(ONE, 9)).await);
    assert_eq!(ids(&storage, ONE, None, ALL).await, [1]);
    assert_eq!(read(&storage, |reads| reads.record_named::<Note>(ONE, "last")).await, None);
    assert_eq!(write(&storage, |tx| tx.next(Sequence::Record)).await, 10);
}

pub async fn the_clock_of_a_kind_moves_with_its_records(storage: New) {
    let clock = |shop| read(&storage, move |reads| reads.record_clock(shop, Note::KIND));
    let mut seen = vec![clock(ONE).await];
    assert_eq!(seen, [0]);
    write(&storage, |tx| tx.put_record(ONE, &note(1, None, None))).await;
    seen.push(clock(ONE).await);
    write(&storage, |tx| tx.put_record(ONE, &note(1, None, Some("other")))).await;
    seen.push(clock(ONE).await);
    write(&storage, |tx| tx.remove_record::<Note>(ONE, 1)).await;
    seen.push(clock(ONE).await);
    write(&storage, |tx| {
        tx.put_record(ONE, &Label(2))?;
        tx.put_record(TWO, &note(3, None, None))?;
        tx.remove_record::<Note>(ONE, 1)
    })
    .await;
    assert_eq!(clock(ONE).await, seen[3], "nothing of this kind and shop has changed");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);
}
