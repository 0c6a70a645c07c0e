use rulewright_domain::{
    MailCursor, MailFolder, MailServer, MailTls, MailTrouble, Mailbox, MailboxState, Passwords, ShopId,
};

use super::{
    New, read,
    sample::{self, NOW, ONE, TWO},
    write,
};

pub fn mailbox(id: &str, default: bool) -> Mailbox {
    let server = |port| MailServer {
        host: "mail.shop.example".into(),
        port,
        tls: MailTls::Starttls,
        user: Some("sales".into()),
    };
    let imap = Some(MailFolder { server: server(143), folder: "INBOX".into() });
    let address = format!("{id}@shop.example");
    Mailbox { id: id.into(), address, name: "The shop".into(), smtp: server(587), imap, default }
}

fn passwords(smtp: &str) -> Passwords {
    Passwords { smtp: Some(smtp.into()), imap: None }
}

async fn shops(storage: &New) {
    write(storage, |tx| {
        tx.put_shop(&sample::shop(ONE))?;
        tx.put_shop(&sample::shop(TWO))
    })
    .await;
}

async fn of(storage: &New, shop: ShopId) -> Vec<Mailbox> {
    let config = read(storage, move |reads| reads.config(shop)).await;
    config.unwrap().mailboxes.into_values().collect()
}

pub async fn mailboxes_are_part_of_the_configuration_and_their_passwords_are_not(storage: New) {
    shops(&storage).await;
    write(&storage, |tx| {
        tx.put_mailbox(ONE, &mailbox("sales", false), &passwords("old"))?;
        tx.put_mailbox(ONE, &mailbox("jobs", false), &Passwords::default())?;
        tx.put_mailbox(TWO, &mailbox("sales", false), &passwords("theirs"))?;
        tx.put_mailbox(ONE, &mailbox("sales", true), &passwords("canary"))
    })
    .await;
    assert_eq!(of(&storage, ONE).await, [mailbox("jobs", false), mailbox("sales", true)]);
    let config = read(&storage, |reads| reads.config(ONE)).await;
    assert!(!format!("{config:?}").contains("canary"));
    let found = read(&storage, |reads| {
        let ours = (reads.mailbox_passwords(ONE, "sales")?, reads.mailbox_passwords(ONE, "jobs")?);
        Ok((ours.0, ours.1, reads.mailbox_passwords(TWO, "jobs")?))
    });
    assert_eq!(found.await, (passwords("canary"), Passwords::default(), Passwords::default()));
    let removed = write(&storage, |tx| {
        Ok((
            tx.remove_mailbox(TWO, "jobs")?,
            tx.remove_mailbox(ONE, "sales")?,
            tx.remove_mailbox(ONE, "sales")?,
        ))
    });
    assert_eq!(removed.await, (false, true, false));
    assert_eq!((of(&storage, ONE).await.len(), of(&storage, TWO).await.len()), (1, 1));
}

pub async fn how_far_a_mailbox_was_read_is_remembered_and_goes_with_it(storage: New) {
    shops(&storage).await;
    let state = MailboxState {
        sent: Some(NOW),
        cursor: Some(MailCursor { validity: 7, uid: u32::MAX }),
        since: None,
        looked: Some(NOW),
        received: None,
        trouble: Some(MailTrouble { since: NOW, message: "refused".into() }),
    };
    let kept = state.clone();
    let (before, after) = write(&storage, move |tx| {
        tx.put_mailbox(ONE, &mailbox("sales", false), &passwords("a"))?;
        tx.put_mailbox(TWO, &mailbox("sales", false), &passwords("b"))?;
        let before = tx.config_version(ONE)?;
        tx.put_mailbox_state(ONE, "sales", &MailboxState::default())?;
        tx.put_mailbox_state(ONE, "sales", &kept)?;
        tx.put_mailbox_state(ONE, "gone", &kept)?;
        Ok((before, tx.config_version(ONE)?))
    })
    .await;
    assert_eq!(before, after, "it is no configuration");
    let found = read(&storage, |reads| {
        let ours = (reads.mailbox_state(ONE, "sales")?, reads.mailbox_state(ONE, "gone")?);
        Ok((ours.0, ours.1, reads.mailbox_state(TWO, "sales")?))
    });
    assert_eq!(found.await, (state, MailboxState::default(), MailboxState::default()));
    let again = write(&storage, |tx| {
        tx.put_mailbox(ONE, &mailbox("sales", true), &passwords("a"))?;
        let changed = tx.mailbox_state(ONE, "sales")?;
        tx.remove_mailbox(ONE, "sales")?;
        tx.put_mailbox(ONE, &mailbox("sales", true), &passwords("a"))?;
        Ok((changed.sent, tx.mailbox_state(ONE, "sales")?))
    });
    assert_eq!(again.await, (Some(NOW), MailboxState::default()), "a new one begins anew");
}
