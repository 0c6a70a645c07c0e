use rulewright_domain::{
    Account, AccountId, ShopId, Timestamp,
    account::{Role, Theme, Ticket, TicketKind},
    audit::{Deed, Entry, Who},
};
use rulewright_ports::{Transaction, storage::Sequence};

use super::{
    ALL, NEWEST, New, read,
    sample::{self, NOW, ONE, TWO},
    try_write, write,
};

pub fn account(id: i64, email: &str) -> Account {
    Account {
        id: AccountId(id),
        email: email.into(),
        name: "Ada".into(),
        role: Role::Editor,
        employee: None,
        language: Some("de".into()),
        zone: None,
        theme: Theme::Dark,
        created: NOW,
        disabled: false,
    }
}

fn ticket(shop: ShopId, account: i64, ends: i64) -> Ticket {
    let account = AccountId(account);
    Ticket { shop, account, kind: TicketKind::Session, made: NOW, seen: NOW, ends: NOW.plus(ends) }
}

async fn shops(storage: &New) {
    write(storage, |tx| {
        tx.put_shop(&sample::shop(ONE))?;
        tx.put_shop(&sample::shop(TWO))?;
        tx.put_account(ONE, &account(1, "ada@shop.example"))?;
        tx.put_account(ONE, &account(2, "bob@shop.example"))?;
        tx.put_account(TWO, &account(3, "ada@shop.example"))
    })
    .await;
}

pub async fn an_account_is_found_by_its_shop_and_by_its_email(storage: New) {
    shops(&storage).await;
    let (one, elsewhere, all, of_ada, of_nobody) = read(&storage, |reads| {
        Ok((
            reads.account(ONE, AccountId(2))?,
            reads.account(TWO, AccountId(2))?,
            reads.accounts(ONE)?,
            reads.logins("ada@shop.example")?,
            reads.logins("eve@shop.example")?,
        ))
    })
    .await;
    assert_eq!((one, elsewhere), (Some(account(2, "bob@shop.example")), None));
    assert_eq!(all, [account(1, "ada@shop.example"), account(2, "bob@shop.example")]);
    let found: Vec<_> = of_ada.iter().map(|login| (login.shop, login.account.id.0)).collect();
    assert_eq!(found, [(ONE, 1), (TWO, 3)]);
    assert!(of_ada.iter().all(|login| login.password.is_none()) && of_nobody.is_empty());
}

pub async fn an_email_is_unique_in_its_shop_and_its_password_is_kept_apart(storage: New) {
    shops(&storage).await;
    assert!(try_write(&storage, |tx| tx.put_account(ONE, &account(4, "ada@shop.example"))).await.is_err());
    assert!(write(&storage, |tx| tx.put_password(ONE, AccountId(1), "$argon2id$canary")).await);
    // What is changed about it leaves its password, and another email finds it.
    write(&storage, |tx| tx.put_account(ONE, &account(1, "ada@new.example"))).await;
    let (old, new, all) = read(&storage, |reads| {
        Ok((reads.logins("ada@shop.example")?, reads.logins("ada@new.example")?, reads.accounts(ONE)?))
    })
    .await;
    assert_eq!(old.len(), 1, "the one of the other shop");
    assert_eq!(new[0].password.as_deref(), Some("$argon2id$canary"));
    assert!(!format!("{all:?}").contains("canary"));
}

pub async fn a_ticket_is_found_by_its_hash_and_goes_with_its_account(storage: New) {
    shops(&storage).await;
    write(&storage, |tx| {
        for (hash, account) in [("a", 1), ("b", 1), ("c", 1), ("d", 2)] {
            tx.put_ticket(hash, &ticket(ONE, account, 10))?;
        }
        let seen = Ticket { seen: NOW.plus(5), ..ticket(ONE, 1, 10) };
        tx.put_ticket("a", &seen)
    })
    .await;
    let (found, all) =
        read(&storage, |reads| Ok((reads.ticket("a")?, reads.tickets(ONE, AccountId(1))?))).await;
    assert_eq!(found.map(|ticket| ticket.seen), Some(NOW.plus(5)));
    assert_eq!(all.len(), 3);
    let removed = write(&storage, |tx| {
        Ok((tx.remove_ticket("b")?, tx.remove_ticket("b")?, tx.remove_tickets(ONE, AccountId(1), Some("c"))?))
    });
    assert_eq!(removed.await, (true, false, 1));
    assert!(write(&storage, |tx| tx.remove_account(ONE, AccountId(2))).await);
    let left = read(&storage, |reads| Ok((reads.ticket("c")?, reads.ticket("d")?))).await;
    assert!(left.0.is_some() && left.1.is_none());
    assert_eq!(write(&storage, |tx| tx.remove_tickets(ONE, AccountId(1), None)).await, 1);
}

pub async fn tickets_that_are_over_are_cleared_away(storage: New) {
    shops(&storage).await;
    write(&storage, |tx| {
        tx.put_ticket("short", &ticket(ONE, 1, 10))?;
        tx.put_ticket("long", &ticket(TWO, 3, 11))?;
        tx.remove_ended_tickets(NOW.plus(10))
    })
    .await;
    let left = read(&storage, |reads| Ok((reads.ticket("short")?, reads.ticket("long")?))).await;
    assert_eq!(left, (None, Some(ticket(TWO, 3, 11))));
}

pub async fn an_account_of_another_shop_is_out_of_reach(storage: New) {
    shops(&storage).await;
    write(&storage, |tx| tx.put_ticket("a", &ticket(ONE, 1, 10))).await;
    let theirs = try_write(&storage, |tx| tx.put_account(TWO, &account(1, "eve@shop.example"))).await;
    assert!(theirs.is_err());
    assert!(try_write(&storage, |tx| tx.put_ticket("b", &ticket(TWO, 1, 10))).await.is_err());
    assert!(try_write(&storage, |tx| tx.put_ticket("a", &ticket(TWO, 3, 10))).await.is_err());
    let nothing = write(&storage, |tx| {
        Ok((
            tx.put_password(TWO, AccountId(1), "x")?,
            tx.remove_account(TWO, AccountId(1))?,
            tx.remove_tickets(TWO, AccountId(1), None)?,
        ))
    });
    assert_eq!(nothing.await, (false, false, 0));
    assert!(write(&storage, |tx| tx.remove_account(TWO, AccountId(3))).await);
    assert_eq!(write(&storage, |tx| tx.next(Sequence::Account)).await, 4, "an id does not come back");
}

fn log(tx: &mut dyn Transaction, shop: ShopId, subject: &str) -> rulewright_ports::storage::Result<()> {
    let last = tx.last_audit(shop)?;
    let deed = Deed::new("plugin.accepted", subject).with("version", "1.2.0");
    tx.append_audit(shop, &Entry::after(last.as_ref(), Timestamp(7), Who::Host, deed))
}

pub async fn the_audit_log_of_a_shop_is_append_only(storage: New) {
    write(&storage, |tx| {
        log(tx, ONE, "a")?;
        log(tx, TWO, "b")?;
        log(tx, ONE, "c")
    })
    .await;
    let (ours, newest, theirs) = read(&storage, |reads| {
        Ok((reads.audit(ONE, ALL)?, reads.audit(ONE, NEWEST)?, reads.audit(TWO, ALL)?))
    })
    .await;
    assert!(ours[0].follows(None) && ours[1].follows(Some(&ours[0])) && ours.len() == 2);
    assert_eq!(newest.iter().map(|one| one.number).collect::<Vec<_>>(), [2, 1]);
    assert!(theirs.len() == 1 && theirs[0].follows(None), "each shop has its own");
    let again = ours[0].clone();
    assert!(try_write(&storage, move |tx| tx.append_audit(ONE, &again)).await.is_err());
}
