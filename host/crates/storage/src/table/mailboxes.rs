use rulewright_domain::{Mailbox, MailboxState, Passwords, ShopId};
use rulewright_ports::storage::{ReadMailboxes, Result, WriteMailboxes};
use rusqlite::types::ValueRef;

use crate::{
    sealed::{Column, IMAP, SMTP},
    session::{Session, Writing, corrupt, encode, refused},
    vault::Place,
};

impl<M> ReadMailboxes for Session<'_, M> {
    fn mailbox_passwords(&mut self, shop: ShopId, id: &str) -> Result<Passwords> {
        let sql = "SELECT smtp_password, imap_password FROM mailboxes WHERE shop = ?1 AND id = ?2";
        let found = self.each(sql, (shop.0, id), |row| {
            let opened = |column: usize, place: Place| -> Result<Option<String>> {
                match row.get_ref(column).map_err(refused)? {
                    ValueRef::Null => Ok(None),
                    _ => {
                        let password = self.open("password", row, column, &place)?;
                        String::from_utf8(password).map(Some).map_err(|error| corrupt("password", error))
                    }
                }
            };
            let (smtp, imap) = (SMTP.at([&shop.0, &id]), IMAP.at([&shop.0, &id]));
            Ok(Passwords { smtp: opened(0, smtp)?, imap: opened(1, imap)? })
        });
        Ok(found?.pop().unwrap_or_default())
    }

    fn mailbox_state(&mut self, shop: ShopId, id: &str) -> Result<MailboxState> {
        let sql = "SELECT body FROM mailbox_states WHERE shop = ?1 AND id = ?2";
        Ok(self.one("state of a mailbox", sql, (shop.0, id))?.unwrap_or_default())
    }
}

impl WriteMailboxes for Writing<'_> {
    fn put_mailbox(&mut self, shop: ShopId, mailbox: &Mailbox, passwords: &Passwords) -> Result<()> {
        let sealed = |column: &Column, password: &Option<String>| {
            let seal = |password: &String| self.seal(&column.at([&shop.0, &mailbox.id]), password.as_bytes());
            password.as_ref().map(seal).transpose()
        };
        let (smtp, imap) = (sealed(&SMTP, &passwords.smtp)?, sealed(&IMAP, &passwords.imap)?);
        self.execute(
            "INSERT INTO mailboxes (shop, id, body, smtp_password, imap_password) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (shop, id) DO UPDATE SET body = excluded.body,
                 smtp_password = excluded.smtp_password, imap_password = excluded.imap_password",
            (shop.0, &mailbox.id, encode("mailbox", mailbox)?, smtp, imap),
        )?;
        self.config_changed(shop)
    }

    fn remove_mailbox(&mut self, shop: ShopId, id: &str) -> Result<bool> {
        if self.execute("DELETE FROM mailboxes WHERE shop = ?1 AND id = ?2", (shop.0, id))? == 0 {
            return Ok(false);
        }
        self.config_changed(shop).map(|()| true)
    }

    fn put_mailbox_state(&mut self, shop: ShopId, id: &str, state: &MailboxState) -> Result<()> {
        self.execute(
            "INSERT INTO mailbox_states (shop, id, body)
             SELECT shop, id, ?3 FROM mailboxes WHERE shop = ?1 AND id = ?2
             ON CONFLICT (shop, id) DO UPDATE SET body = excluded.body",
            (shop.0, id, encode("state of a mailbox", state)?),
        )
        .map(drop)
    }
}
