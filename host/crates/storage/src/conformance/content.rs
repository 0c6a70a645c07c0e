use rulewright_domain::{
    ClientId, Document, DocumentId, Entry, EntryId, EntryKind, OrderId, Subject,
    find::{Field, Test},
};
use rulewright_ports::{
    StorageError,
    storage::{EntryQuery, Find, Page, Result, Sequence},
};

use super::{
    ALL, NEWEST, New, read,
    sample::{self, NOW, ONE, TWO},
    try_write, write,
};

fn document(id: i64, code: Option<&str>) -> Document {
    Document {
        id: DocumentId(id),
        shop: ONE,
        order: OrderId(1),
        run: None,
        template: Some("invoice".into()),
        numerator: None,
        number: None,
        title: "Invoice".into(),
        media_type: "text/html".into(),
        public_code: code.map(str::to_owned),
        created: NOW,
        size: 3,
        content: vec![0, 1, 255],
    }
}

pub async fn entries_are_found_by_order_and_kind(storage: New) {
    use EntryKind::{Comment, History, Task};
    write(&storage, |tx| {
        tx.add_entry(&sample::entry(1, ONE, Some(1), Comment))?;
        tx.add_entry(&sample::entry(2, ONE, Some(1), Task))?;
        tx.add_entry(&sample::entry(3, ONE, Some(2), Comment))?;
        tx.add_entry(&sample::entry(4, ONE, None, History))?;
        tx.add_entry(&sample::entry(5, TWO, Some(1), Comment))?;
        tx.add_entry(&sample::entry(6, ONE, Some(1), Comment))
    })
    .await;
    let page = |after, limit| Page { after, limit, newest_first: true };
    let (all, one) = (EntryQuery::default, Some(Subject::Order(OrderId(1))));
    for (query, page, expected) in [
        (all(), ALL, &[1, 2, 3, 4, 6][..]),
        (EntryQuery { at: one, ..all() }, NEWEST, &[6, 2, 1]),
        (EntryQuery { at: one, kinds: vec![Comment, Comment] }, ALL, &[1, 6]),
        (EntryQuery { at: None, kinds: vec![Task, Comment] }, NEWEST, &[6, 3, 2, 1]),
        (EntryQuery { at: None, kinds: vec![Task, Comment] }, page(Some(6), 2), &[3, 2]),
        (EntryQuery { at: None, kinds: vec![History] }, page(None, 2), &[4]),
    ] {
        let asked = query.clone();
        let entries: Vec<Entry> = read(&storage, move |reads| reads.entries(ONE, &asked, page)).await;
        let ids: Vec<i64> = entries.into_iter().map(|entry| entry.id.0).collect();
        assert_eq!(ids, expected, "{query:?}");
    }
    let twice = try_write(&storage, |tx| tx.add_entry(&sample::entry(1, ONE, None, Task))).await;
    assert!(twice.is_err());
}

pub async fn a_task_of_an_order_is_found_and_changed(storage: New) {
    use EntryKind::{Comment, Task};
    write(&storage, |tx| {
        for (id, shop, order, kind) in [
            (1, ONE, Some(1), Task),
            (2, ONE, Some(1), Comment),
            (3, ONE, Some(2), Task),
            (4, ONE, None, Task),
            (5, TWO, Some(1), Task),
            (6, ONE, Some(1), Task),
        ] {
            tx.add_entry(&sample::entry(id, shop, order, kind))?;
        }
        let done = |id, shop| Entry { text: "Done".into(), ..sample::entry(id, shop, Some(1), Task) };
        tx.change_entry(&done(6, ONE))?;
        // Of another shop: nobody else's is changed.
        tx.change_entry(&done(1, TWO))
    })
    .await;
    let tasks: Vec<Entry> = read(&storage, |reads| reads.tasks(ONE, OrderId(1))).await;
    let before = sample::entry(1, ONE, Some(1), Task).text;
    let found: Vec<_> = tasks.iter().map(|task| (task.id.0, task.text.as_str())).collect();
    assert_eq!(found, [(1, before.as_str()), (6, "Done")]);
    let mine =
        read(&storage, |reads| Ok((reads.entry(ONE, EntryId(6))?, reads.entry(TWO, EntryId(6))?))).await;
    assert_eq!((mine.0.map(|entry| entry.text), mine.1), (Some("Done".to_owned()), None));
}

pub async fn an_entry_is_found_wherever_it_is_shown(storage: New) {
    use EntryKind::{Comment, Log};
    let [first, second] = [1, 2].map(|id| Subject::Order(OrderId(id)));
    let client = Subject::Client(ClientId(7));
    write(&storage, move |tx| {
        tx.add_entry(&sample::entry(1, ONE, Some(1), Comment))?;
        tx.add_entry(&Entry { also: vec![second, client], ..sample::entry(2, ONE, Some(1), Comment) })?;
        tx.add_entry(&Entry { client: Some(ClientId(7)), ..sample::entry(3, ONE, None, Log) })?;
        tx.add_entry(&Entry { also: vec![client], ..sample::entry(4, TWO, Some(1), Comment) })?;
        tx.add_entry(&Entry { also: vec![client], ..sample::entry(5, ONE, Some(3), Log) })
    })
    .await;
    let at = |at: Subject, kinds: &[EntryKind], page: Page| {
        let (query, storage) = (EntryQuery { at: Some(at), kinds: kinds.to_vec() }, storage.clone());
        async move {
            let entries: Vec<Entry> = read(&storage, move |reads| reads.entries(ONE, &query, page)).await;
            entries.into_iter().map(|entry| entry.id.0).collect::<Vec<_>>()
        }
    };
    assert_eq!(at(first, &[], ALL).await, [1, 2]);
    assert_eq!(at(second, &[Comment], ALL).await, [2]);
    assert_eq!(at(client, &[], NEWEST).await, [5, 3, 2]);
    assert_eq!(at(client, &[Log], ALL).await, [3, 5]);
    let after = Page { after: Some(5), limit: 1, newest_first: true };
    assert_eq!(at(client, &[Log, Comment], after).await, [3]);
    let of_client = Find::first(Field::number(["client"]).is(Test::Equal(7.0.into())));
    let (bound, found) = read(&storage, move |reads| {
        Ok((reads.bound_entries(ONE, client, 9)?, reads.find_entries(ONE, &[], &of_client)?))
    })
    .await;
    assert_eq!(bound, [EntryId(5), EntryId(2)]);
    assert_eq!(found.rows.iter().map(|entry| entry.id.0).collect::<Vec<_>>(), [3]);
    write(&storage, move |tx| {
        let moved = Entry { client: Some(ClientId(7)), ..sample::entry(2, ONE, Some(2), Comment) };
        tx.change_entry(&moved)?;
        tx.delete_entry(TWO, EntryId(3))?;
        tx.delete_entry(ONE, EntryId(5))
    })
    .await;
    assert_eq!(at(first, &[], ALL).await, [1]);
    assert_eq!(at(second, &[], ALL).await, [2]);
    assert_eq!(at(client, &[], ALL).await, [2, 3], "another shop deletes nothing");
    assert!(write(&storage, |tx| tx.next(Sequence::Entry)).await > 5, "no id comes back");
}

pub async fn documents_go_with_their_order(storage: New) {
    write(&storage, |tx| {
        tx.add_document(&document(1, Some("code")))?;
        tx.add_document(&Document { order: OrderId(2), ..document(2, None) })?;
        tx.add_document(&document(3, None))?;
        tx.delete_documents(TWO, OrderId(1))
    })
    .await;
    let ids = |list: Vec<Document>| list.iter().map(|document| document.id.0).collect::<Vec<_>>();
    assert_eq!(ids(read(&storage, |reads| reads.documents(ONE, None, NEWEST)).await), [3, 2, 1]);
    write(&storage, |tx| tx.delete_documents(ONE, OrderId(1))).await;
    assert_eq!(ids(read(&storage, |reads| reads.documents(ONE, None, NEWEST)).await), [2]);
    assert_eq!(read(&storage, |reads| reads.document_by_code("code")).await, None);
    assert!(write(&storage, |tx| tx.next(Sequence::Document)).await > 3, "no id comes back");
}

pub async fn a_document_keeps_its_content(storage: New) {
    write(&storage, |tx| {
        tx.add_document(&document(1, Some("code")))?;
        tx.add_document(&document(2, None))
    })
    .await;
    let (whole, other, by_code, nobody, list) = read(&storage, |reads| {
        Ok((
            reads.document(ONE, DocumentId(1))?,
            reads.document(TWO, DocumentId(1))?,
            reads.document_by_code("code")?,
            reads.document_by_code("other")?,
            reads.documents(ONE, Some(OrderId(1)), NEWEST)?,
        ))
    })
    .await;
    assert_eq!(whole, Some(document(1, Some("code"))));
    assert_eq!((other, by_code, nobody), (None, whole, None));
    let ids: Vec<i64> = list.iter().map(|document| document.id.0).collect();
    assert_eq!(ids, [2, 1]);
    assert!(list.iter().all(|document| document.content.is_empty()), "a list carries no content");
    let same_code = try_write(&storage, |tx| tx.add_document(&document(3, Some("code")))).await;
    assert!(same_code.is_err());
}

pub async fn numbers_have_no_gaps(storage: New) {
    write(&storage, |tx| {
        tx.put_shop(&sample::shop(ONE))?;
        tx.put_shop(&sample::shop(TWO))
    })
    .await;
    let mut taken = Vec::new();
    for round in 0..9 {
        let number: Result<u64> = try_write(&storage, move |tx| {
            let number = tx.last_number(ONE, "invoices", "2026")?.map_or(100, |last| last + 1);
            tx.put_last_number(ONE, "invoices", "2026", number)?;
            // Every third is taken back.
            if round % 3 == 2 { Err(StorageError::Closed) } else { Ok(number) }
        })
        .await;
        taken.extend(number);
    }
    assert_eq!(taken, [100, 101, 102, 103, 104, 105]);
    let others = read(&storage, |reads| {
        Ok([
            reads.last_number(ONE, "invoices", "2026")?,
            reads.last_number(TWO, "invoices", "2026")?,
            reads.last_number(ONE, "offers", "2026")?,
            reads.last_number(ONE, "invoices", "2027")?,
            reads.last_number(ONE, "invoices", "")?,
        ])
    })
    .await;
    assert_eq!(
        others,
        [Some(105), None, None, None, None],
        "shops, numerators and periods count for themselves"
    );
}

pub async fn a_template_file_stays_under_its_digest(storage: New) {
    write(&storage, |tx| {
        tx.put_shop(&sample::shop(ONE))?;
        tx.put_template_file(ONE, "abc", &[0, 1, 255])?;
        tx.put_template_file(ONE, "abc", &[0, 1, 255])
    })
    .await;
    let found = read(&storage, |reads| {
        let of = |reads: &mut dyn rulewright_ports::storage::Reads, shop, digest| {
            reads.template_file(shop, digest)
        };
        Ok([of(reads, ONE, "abc")?, of(reads, TWO, "abc")?, of(reads, ONE, "abd")?])
    })
    .await;
    assert_eq!(found, [Some(vec![0, 1, 255]), None, None]);
}
