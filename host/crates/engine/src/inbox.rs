//! Mails are fetched from where the shop's mailboxes are: one watch for each that is to be looked into.
//!
//! A mail is taken in before the place in the folder is written down, so a crash between the two brings it again, and
//! then its id is known.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::Mutex;
use rulewright_domain::{Actor, Flow, MailFolder, MailTrouble, MailboxState, ShopId, Timestamp};
use rulewright_ports::{Arrived, Inbox, MailAccess, StorageExt};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    Asked, Attached, Engine, INTAKE_HALTED, NewMail, OVERLOADED, Receipt, Refusal,
    mail::{ATTACHMENTS, LINE},
};

/// Bytes of a mail's text that are kept: a conversation quoted a hundred times over is no news.
const TEXT: usize = 256 << 10;

/// Milliseconds. Mails are known by their own ids, so one may come again, and the clocks of servers differ.
const OVERLAP: i64 = 24 * 3_600_000;

/// Milliseconds between two looks whether intake is halted, or there is no room, still.
const HALTED: i64 = 5_000;

/// Which mailboxes are no longer what they were.
#[derive(Default)]
pub(crate) struct Inboxes {
    touched: Mutex<BTreeSet<(ShopId, String)>>,
    changed: Notify,
}

impl Inboxes {
    /// This is committed. Its watch begins anew, if it is to be watched.
    pub fn touch(&self, shop: ShopId, mailbox: &str) {
        self.touched.lock().insert((shop, mailbox.to_owned()));
        self.changed.notify_one();
    }
}

struct Watch {
    shop: ShopId,
    mailbox: String,
    address: String,
    access: MailAccess,
    folder: String,
}

impl Engine {
    /// What a mail server of the shop hands over, as it is on the wire.
    pub async fn receive_raw_mail(
        &self,
        asked: impl Into<Asked>,
        by: Actor,
        mailbox: &str,
        raw: &[u8],
    ) -> Result<Receipt, Refusal> {
        let asked = asked.into();
        let (engine, shop, id) = (self.clone(), asked.shop, mailbox.to_owned());
        let config = self.storage().glance(move |reads| engine.inner.configs.of(reads, shop))?;
        let mailbox = config.mailboxes.get(&id).ok_or_else(|| Refusal::not_found("mailbox", &id))?;
        let Some(mail) = self.inner.deps.mail.read(raw) else {
            return Err(Refusal::invalid("", "mail", "this is no mail: not even a header is in it"));
        };
        self.receive_mail(asked, by, new_mail(&mailbox.address, mail)).await
    }

    /// Begins and ends watches as mailboxes come, change and go.
    pub(crate) async fn inbox_loop(&self) {
        let mut running: BTreeMap<(ShopId, String), CancellationToken> = BTreeMap::new();
        let mut failures = 0;
        loop {
            let touched = std::mem::take(&mut *self.inner.inboxes.touched.lock());
            for gone in touched.iter().filter_map(|key| running.remove(key)) {
                gone.cancel();
            }
            match self.watches().await {
                Ok(wanted) => {
                    failures = 0;
                    for watch in wanted {
                        running.entry((watch.shop, watch.mailbox.clone())).or_insert_with(|| {
                            let gone = self.inner.stop.child_token();
                            let (engine, until) = (self.clone(), gone.clone());
                            let watching = async move {
                                until.run_until_cancelled(engine.watch(&watch)).await;
                            };
                            self.inner.tasks.spawn(watching);
                            gone
                        });
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "mailboxes cannot be looked up");
                    failures += 1;
                    if !self.pause(failures).await {
                        return;
                    }
                    continue;
                }
            }
            tokio::select! {
                biased;
                () = self.inner.stop.cancelled() => return,
                () = self.inner.inboxes.changed.notified() => {}
            }
        }
    }

    async fn watches(&self) -> Result<Vec<Watch>, Refusal> {
        let engine = self.clone();
        let found = self.storage().read(move |reads| {
            let mut found = Vec::new();
            for shop in reads.shops()? {
                let config = engine.inner.configs.of(reads, shop.id)?;
                for mailbox in config.mailboxes.values() {
                    let Some(MailFolder { server, folder }) = mailbox.imap.clone() else { continue };
                    let password = reads.mailbox_passwords(shop.id, &mailbox.id)?.imap;
                    found.push(Watch {
                        shop: shop.id,
                        mailbox: mailbox.id.clone(),
                        address: mailbox.address.clone(),
                        access: MailAccess { server, password },
                        folder,
                    });
                }
            }
            Ok::<_, Refusal>(found)
        });
        found.await
    }

    async fn watch(&self, watch: &Watch) {
        let mut failures = 0;
        loop {
            let Err(trouble) = self.look(watch, &mut failures).await;
            failures += 1;
            let pause = pause_after(failures);
            tracing::warn!(shop = %watch.shop, mailbox = %watch.mailbox, %trouble, pause, "a mailbox cannot be looked into");
            if let Err(error) = self.note_trouble(watch, trouble).await {
                tracing::error!(%error, "the trouble with a mailbox cannot be written down");
            }
            let until = self.clock().now().plus(pause);
            self.clock().sleep_until(until).await;
        }
    }

    /// Until there is trouble.
    async fn look(&self, watch: &Watch, failures: &mut u32) -> Result<std::convert::Infallible, String> {
        let opened = self.inner.deps.mail.open(&watch.access, &watch.folder).await;
        let mut inbox = opened.map_err(|error| error.message)?;
        loop {
            while self.take_in(watch, &mut *inbox).await? {}
            *failures = 0;
            inbox.wait().await.map_err(|error| error.message)?;
        }
    }

    /// Whether there are more.
    async fn take_in(&self, watch: &Watch, inbox: &mut dyn Inbox) -> Result<bool, String> {
        // That is no trouble with the mailbox, so nothing is noted and the next look is soon after the end of it.
        while self.intake_halted()? || self.full(watch.shop).is_some() {
            self.clock().sleep_until(self.clock().now().plus(HALTED)).await;
        }
        let (shop, id) = (watch.shop, watch.mailbox.clone());
        let state = self.storage().read(move |reads| Ok::<_, Refusal>(reads.mailbox_state(shop, &id)?)).await;
        let state = state.map_err(|error| error.to_string())?;
        let fetched = inbox.fetch(state.cursor, known_until(&state, self.clock().now())).await;
        let fetched = fetched.map_err(|error| error.message)?;
        let mut received = false;
        for mail in fetched.mails {
            let by = Actor::Outside { source: format!("mailbox/{}", watch.mailbox) };
            let message_id = mail.message_id.clone();
            match self.receive_mail(shop, by, new_mail(&watch.address, mail)).await {
                Ok(receipt) => received |= !receipt.duplicate,
                // Halted, or too much, amid these: they are fetched again, and what was received is known by its id.
                Err(error) if matches!(error.code(), INTAKE_HALTED | OVERLOADED) => return Ok(true),
                Err(error @ (Refusal::Storage(_) | Refusal::Failed(_))) => return Err(error.to_string()),
                // It would be refused for ever, and nothing behind it would come in.
                Err(error) => tracing::warn!(%shop, %message_id, %error, "a mail is left out"),
            }
        }
        let (id, cursor) = (watch.mailbox.clone(), fetched.cursor);
        let noted = self.change(shop, move |change| {
            let mut state = change.tx.mailbox_state(shop, &id)?;
            state.cursor = Some(cursor);
            state.since = state.since.or(Some(change.now));
            state.looked = Some(change.now);
            state.trouble = None;
            if received {
                state.received = Some(change.now);
            }
            Ok(change.tx.put_mailbox_state(shop, &id, &state)?)
        });
        noted.await.map_err(|error| error.to_string())?;
        Ok(fetched.more)
    }

    fn intake_halted(&self) -> Result<bool, String> {
        let halt = self.storage().glance(|reads| Ok::<_, Refusal>(reads.halt(Flow::Intake)?));
        Ok(halt.map_err(|error| error.to_string())?.is_some())
    }

    async fn note_trouble(&self, watch: &Watch, message: String) -> Result<(), Refusal> {
        let (shop, id) = (watch.shop, watch.mailbox.clone());
        self.change(shop, move |change| {
            let mut state = change.tx.mailbox_state(shop, &id)?;
            let since = state.trouble.as_ref().map_or(change.now, |trouble| trouble.since);
            state.trouble = Some(MailTrouble { since, message: message.clone() });
            Ok(change.tx.put_mailbox_state(shop, &id, &state)?)
        })
        .await
    }
}

/// From here on there may be mails that were not taken in, whatever their ids are now.
fn known_until(state: &MailboxState, now: Timestamp) -> Timestamp {
    let looked = state.looked.unwrap_or(now).plus(-OVERLAP);
    state.since.map_or(looked, |since| since.max(looked))
}

/// Milliseconds: 5 s, then twice as long each time, and every 10 min in the end.
fn pause_after(failures: u32) -> i64 {
    (5_000_i64 << failures.saturating_sub(1).min(7)).min(600_000)
}

/// Cut to what we keep: a client's mail is not lost because something in it is long.
fn new_mail(mailbox: &str, mail: Arrived) -> NewMail {
    let Arrived { uid: _, message_id, from, to, subject, mut text, in_reply_to, automatic, attachments } =
        mail;
    text.truncate(text.floor_char_boundary(TEXT));
    let attached = |(name, size): (String, u64)| Attached { name: line(&name, "unnamed"), size };
    NewMail {
        message_id: line(&message_id, "unknown"),
        mailbox: mailbox.to_owned(),
        from: line(&from, ""),
        to: line(&to, ""),
        subject,
        text,
        in_reply_to: in_reply_to.map(|ids| line(&ids, "")),
        automatic,
        attachments: attachments.into_iter().take(ATTACHMENTS).map(attached).collect(),
    }
}

fn line(text: &str, empty: &str) -> String {
    let line: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(LINE).collect();
    if line.trim().is_empty() { empty.to_owned() } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<i64> = [1, 2, 3, 7, 8, 9, 40].map(pause_after).into();
        assert_eq!(pauses, [5_000, 10_000, 20_000, 320_000, 600_000, 600_000, 600_000]);
    }

    #[test]
    fn what_came_before_the_first_look_is_never_looked_for() {
        let state = |since, looked| MailboxState {
            since: Some(Timestamp(since)),
            looked: Some(Timestamp(looked)),
            ..MailboxState::default()
        };
        let now = Timestamp(9 * OVERLAP);
        assert_eq!(known_until(&state(10, 20), now), Timestamp(10));
        assert_eq!(known_until(&state(10, 5 * OVERLAP), now), Timestamp(4 * OVERLAP));
    }

    #[test]
    fn what_is_too_long_in_a_mail_is_cut() {
        let mail = Arrived {
            uid: 1,
            message_id: "1".repeat(2_000),
            from: format!("{} <a@x.example>", "x".repeat(20)),
            to: "sales@shop.example\r\nX: y".into(),
            subject: "s".repeat(5_000),
            text: "ü".repeat(TEXT),
            in_reply_to: None,
            automatic: false,
            attachments: vec![(String::new(), 1); 60],
        };
        let new = new_mail("sales@shop.example", mail);
        assert_eq!((new.message_id.len(), new.text.len(), new.attachments.len()), (LINE, TEXT, ATTACHMENTS));
        assert_eq!(
            (new.to.as_str(), new.attachments[0].name.as_str()),
            ("sales@shop.example  X: y", "unnamed")
        );
    }
}
