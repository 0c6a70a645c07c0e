use rulewright_domain::{Account, AccountId, ShopId, Timestamp, account::Ticket, audit};

use super::{Page, Result};

/// An account as it signs in.
#[derive(Clone)]
pub struct Login {
    pub shop: ShopId,
    pub account: Account,
    /// As argon2 writes it. None: nobody has chosen one.
    pub password: Option<String>,
}

pub trait ReadAccounts {
    fn account(&mut self, shop: ShopId, id: AccountId) -> Result<Option<Account>>;
    fn accounts(&mut self, shop: ShopId) -> Result<Vec<Account>>;
    /// In whichever shops: somebody who signs in has not said which. By shop.
    fn logins(&mut self, email: &str) -> Result<Vec<Login>>;
    /// Whoever holds the secret need not say whose it is.
    fn ticket(&mut self, hash: &str) -> Result<Option<Ticket>>;
    fn tickets(&mut self, shop: ShopId, account: AccountId) -> Result<Vec<Ticket>>;
}

pub trait WriteAccounts {
    /// With the password that it has. An error where another account of the shop has this email: who lets people choose
    /// one looks first.
    fn put_account(&mut self, shop: ShopId, account: &Account) -> Result<()>;
    /// False: there is no such account.
    fn put_password(&mut self, shop: ShopId, account: AccountId, hash: &str) -> Result<bool>;
    /// With its tickets. Whether there was one.
    fn remove_account(&mut self, shop: ShopId, account: AccountId) -> Result<bool>;
    /// Inserts or replaces.
    fn put_ticket(&mut self, hash: &str, ticket: &Ticket) -> Result<()>;
    /// Whether there was one.
    fn remove_ticket(&mut self, hash: &str) -> Result<bool>;
    /// All of the account, but the one with this hash; how many there were.
    fn remove_tickets(&mut self, shop: ShopId, account: AccountId, but: Option<&str>) -> Result<u64>;
    /// Of all shops: nobody can show them any more.
    fn remove_ended_tickets(&mut self, now: Timestamp) -> Result<()>;
}

pub trait ReadAudit {
    fn last_audit(&mut self, shop: ShopId) -> Result<Option<audit::Entry>>;
    fn audit(&mut self, shop: ShopId, page: Page) -> Result<Vec<audit::Entry>>;
}

pub trait WriteAudit {
    /// An error where there is one with this number: entries are never replaced.
    fn append_audit(&mut self, shop: ShopId, entry: &audit::Entry) -> Result<()>;
}
