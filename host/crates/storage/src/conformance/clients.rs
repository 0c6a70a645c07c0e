use rulewright_domain::{Affiliation, Client, ClientId, find::Filter};
use rulewright_ports::storage::{Find, Page, Sequence};

use super::{
    ALL, New, read,
    sample::{self, ONE, TWO},
    try_write, write,
};

pub async fn a_client_is_found_by_its_addresses(storage: New) {
    write(&storage, |tx| {
        tx.put_client(ONE, &sample::client(1, "+441632960001", "Grace@Example.com"))?;
        tx.put_client(ONE, &sample::client(2, "+441632960001", "ADA@example.com"))?;
        tx.put_client(TWO, &sample::client(3, "+441632960001", "ada@example.com"))
    })
    .await;
    let by = |address: &'static str| {
        let storage = storage.clone();
        async move {
            let found = read(&storage, move |reads| reads.clients_by_address(ONE, address)).await;
            found.into_iter().map(|client| client.0).collect::<Vec<_>>()
        }
    };
    assert_eq!(by("+441632960001").await, [1, 2]);
    assert_eq!(by("grace@EXAMPLE.com").await, [1]);
    assert_eq!(by("ada@example.com").await, [2]);
    write(&storage, |tx| tx.put_client(ONE, &sample::client(1, "+441632960009", "g@example.com"))).await;
    assert_eq!(by("+441632960001").await, [2]);
    assert_eq!(by("grace@example.com").await, [0; 0]);
    assert_eq!(by("+441632960009").await, [1]);
}

pub async fn a_client_is_found_by_the_end_of_a_phone_number(storage: New) {
    write(&storage, |tx| {
        tx.put_client(ONE, &sample::client(1, "+1 (202) 555-0100", "a@example.com"))?;
        tx.put_client(ONE, &sample::client(2, "3025550100", "b@example.com"))?;
        tx.put_client(ONE, &sample::client(3, "anonymous", "c@example.com"))?;
        tx.put_client(TWO, &sample::client(4, "+12025550100", "d@example.com"))
    })
    .await;
    let by = |end: &'static str| read(&storage, move |reads| reads.clients_by_phone_end(ONE, end));
    assert_eq!(by("5550100").await, [ClientId(1), ClientId(2)]);
    assert_eq!(by("2025550100").await, []);
    write(&storage, |tx| tx.put_client(ONE, &sample::client(1, "+442079460958", "a@example.com"))).await;
    assert_eq!(by("5550100").await, [ClientId(2)]);
}

pub async fn a_client_of_another_shop_is_out_of_reach(storage: New) {
    let client = || sample::client(1, "+441632960001", "grace@example.com");
    write(&storage, move |tx| tx.put_client(ONE, &client())).await;
    assert_eq!(read(&storage, |reads| reads.client(TWO, ClientId(1))).await, None);
    assert!(try_write(&storage, move |tx| tx.put_client(TWO, &client())).await.is_err());
    assert_eq!(read(&storage, |reads| reads.client(ONE, ClientId(1))).await, Some(client()));
    let (one, two) = read(&storage, |reads| Ok((reads.clients(ONE, ALL)?, reads.clients(TWO, ALL)?))).await;
    assert_eq!((one.len(), two.len()), (1, 0));
}

pub async fn a_deleted_client_is_gone_with_its_addresses_and_its_id(storage: New) {
    write(&storage, |tx| {
        let id = tx.next(Sequence::Client)?;
        tx.put_client(ONE, &sample::client(id, "+441632960001", "grace@example.com"))
    })
    .await;
    write(&storage, |tx| tx.delete_client(TWO, ClientId(1))).await;
    assert!(read(&storage, |reads| reads.client(ONE, ClientId(1))).await.is_some(), "of another shop");
    let counted = Find { count: true, ..Find::first(Filter::All(Vec::new())) };
    let count = || {
        let find = counted.clone();
        read(&storage, move |reads| Ok(reads.find_clients(ONE, None, &find)?.total))
    };
    assert_eq!(count().await, Some(1));
    write(&storage, |tx| tx.delete_client(ONE, ClientId(1))).await;
    assert_eq!(read(&storage, |reads| reads.client(ONE, ClientId(1))).await, None);
    assert_eq!(count().await, Some(0));
    for address in ["+441632960001", "grace@example.com"] {
        assert_eq!(
            read(&storage, move |reads| reads.clients_by_address(ONE, address)).await,
            [],
            "{address}"
        );
    }
    assert_eq!(read(&storage, |reads| reads.clients_by_phone_end(ONE, "2960001")).await, []);
    let next = write(&storage, |tx| tx.next(Sequence::Client)).await;
    assert_eq!(next, 2, "an id is never given twice");
}

pub async fn contacts_are_found_by_their_companies(storage: New) {
    let of = |id: i64, companies: &[i64]| {
        let companies = companies.iter().map(|id| Affiliation { company: ClientId(*id), sort: 10 }).collect();
        // A number that is written like the company's is none of its contacts.
        Client { companies, ..sample::client(id, "9", "9") }
    };
    let (one, two, other) = (of(1, &[9, 8]), of(2, &[9]), of(3, &[9]));
    write(&storage, move |tx| {
        tx.put_client(ONE, &one)?;
        tx.put_client(ONE, &two)?;
        tx.put_client(ONE, &of(4, &[]))?;
        tx.put_client(TWO, &other)
    })
    .await;
    let contacts = |company: i64, page| {
        read(&storage, move |reads| reads.contacts_of_company(ONE, ClientId(company), page))
    };
    assert_eq!(contacts(9, ALL).await, [ClientId(1), ClientId(2)]);
    assert_eq!(contacts(9, Page { after: Some(1), ..ALL }).await, [ClientId(2)]);
    assert_eq!(contacts(9, Page { limit: 1, newest_first: true, after: None }).await, [ClientId(2)]);
    assert_eq!(contacts(8, ALL).await, [ClientId(1)]);
    let one = of(1, &[8]);
    write(&storage, move |tx| tx.put_client(ONE, &one)).await;
    assert_eq!(contacts(9, ALL).await, [ClientId(2)]);
}
