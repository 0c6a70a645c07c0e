use rulewright_domain::{Mailbox, MailboxState, Passwords, ShopId};

use super::Result;

/// What of a mailbox is no part of the configuration.
pub trait ReadMailboxes {
    /// None of either where there is no such mailbox.
    fn mailbox_passwords(&mut self, shop: ShopId, id: &str) -> Result<Passwords>;
    fn mailbox_state(&mut self, shop: ShopId, id: &str) -> Result<MailboxState>;
}

pub trait WriteMailboxes {
    fn put_mailbox(&mut self, shop: ShopId, mailbox: &Mailbox, passwords: &Passwords) -> Result<()>;
    /// With its passwords and its state. Whether there was one.
    fn remove_mailbox(&mut self, shop: ShopId, id: &str) -> Result<bool>;
    /// Of a mailbox that is gone, nothing is kept.
    fn put_mailbox_state(&mut self, shop: ShopId, id: &str, state: &MailboxState) -> Result<()>;
}
