use rulewright_domain::{Account, AccountId, ShopId, Timestamp, account::Ticket, audit::Entry};
use rulewright_ports::storage::{
    Login, Page, ReadAccounts, ReadAudit, Result, Sequence, WriteAccounts, WriteAudit,
};
use rusqlite::Row;

use crate::{
    list::List,
    session::{Session, Writing, body, encode, refused, signed},
};

impl<M> ReadAccounts for Session<'_, M> {
    fn account(&mut self, shop: ShopId, id: AccountId) -> Result<Option<Account>> {
        self.one("account", "SELECT body FROM accounts WHERE id = ?1 AND shop = ?2", (id.0, shop.0))
    }

    fn accounts(&mut self, shop: ShopId) -> Result<Vec<Account>> {
        self.many("account", "SELECT body FROM accounts WHERE shop = ?1 ORDER BY id", [shop.0])
    }

    fn logins(&mut self, email: &str) -> Result<Vec<Login>> {
        let sql = "SELECT body, shop, password FROM accounts WHERE email = ?1 ORDER BY shop";
        self.each(sql, [email], |row| {
            Ok(Login {
                account: body("account", row, 0)?,
                shop: ShopId(row.get(1).map_err(refused)?),
                password: row.get(2).map_err(refused)?,
            })
        })
    }

    fn ticket(&mut self, hash: &str) -> Result<Option<Ticket>> {
        self.one("ticket", "SELECT body FROM tickets WHERE hash = ?1", [hash])
    }

    fn tickets(&mut self, shop: ShopId, account: AccountId) -> Result<Vec<Ticket>> {
        self.many("ticket", "SELECT body FROM tickets WHERE account = ?1 AND shop = ?2", (account.0, shop.0))
    }
}

impl WriteAccounts for Writing<'_> {
    fn put_account(&mut self, shop: ShopId, account: &Account) -> Result<()> {
        self.taken(Sequence::Account, account.id.0);
        self.store(
            "account",
            "INSERT INTO accounts (id, shop, email, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET email = excluded.email, body = excluded.body
             WHERE shop = excluded.shop",
            (account.id.0, shop.0, &account.email, encode("account", account)?),
        )
    }

    fn put_password(&mut self, shop: ShopId, account: AccountId, hash: &str) -> Result<bool> {
        let sql = "UPDATE accounts SET password = ?3 WHERE id = ?1 AND shop = ?2";
        Ok(self.execute(sql, (account.0, shop.0, hash))? > 0)
    }

    fn remove_account(&mut self, shop: ShopId, account: AccountId) -> Result<bool> {
        let removed =
            self.execute("DELETE FROM accounts WHERE id = ?1 AND shop = ?2", (account.0, shop.0))?;
        if removed > 0 {
            self.departs(Sequence::Account, account.0)?;
        }
        Ok(removed > 0)
    }

    fn put_ticket(&mut self, hash: &str, ticket: &Ticket) -> Result<()> {
        self.store(
            "ticket",
            "INSERT INTO tickets (hash, shop, account, ends, body)
             SELECT ?1, shop, id, ?4, ?5 FROM accounts WHERE id = ?3 AND shop = ?2
             ON CONFLICT (hash) DO UPDATE SET ends = excluded.ends, body = excluded.body
             WHERE shop = excluded.shop AND account = excluded.account",
            (hash, ticket.shop.0, ticket.account.0, ticket.ends.0, encode("ticket", ticket)?),
        )
    }

    fn remove_ticket(&mut self, hash: &str) -> Result<bool> {
        Ok(self.execute("DELETE FROM tickets WHERE hash = ?1", [hash])? > 0)
    }

    fn remove_tickets(&mut self, shop: ShopId, account: AccountId, but: Option<&str>) -> Result<u64> {
        let sql = "DELETE FROM tickets WHERE account = ?1 AND shop = ?2 AND hash IS NOT ?3";
        Ok(self.execute(sql, (account.0, shop.0, but))? as u64)
    }

    fn remove_ended_tickets(&mut self, now: Timestamp) -> Result<()> {
        self.execute("DELETE FROM tickets WHERE ends <= ?1", [now.0]).map(drop)
    }
}

/// The hash stands beside the body that it is over.
pub(crate) fn entry(row: &Row<'_>) -> Result<Entry> {
    let entry: Entry = body("entry of the audit log", row, 0)?;
    Ok(Entry { hash: row.get(1).map_err(refused)?, ..entry })
}

impl<M> ReadAudit for Session<'_, M> {
    fn last_audit(&mut self, shop: ShopId) -> Result<Option<Entry>> {
        let last = Page { after: None, limit: 1, newest_first: true };
        Ok(self.audit(shop, last)?.pop())
    }

    fn audit(&mut self, shop: ShopId, page: Page) -> Result<Vec<Entry>> {
        List::of_shop("SELECT body, hash FROM audit WHERE shop = ?", shop)
            .page_of(self, "number", page, entry)
    }
}

impl WriteAudit for Writing<'_> {
    fn append_audit(&mut self, shop: ShopId, entry: &Entry) -> Result<()> {
        self.execute(
            "INSERT INTO audit (shop, number, hash, body) VALUES (?1, ?2, ?3, ?4)",
            (
                shop.0,
                signed("number of an audit entry", entry.number)?,
                &entry.hash,
                encode("entry of the audit log", entry)?,
            ),
        )
        .map(drop)
    }
}
