//! How people get in, stay in and leave.

use std::fmt;

use rulewright_domain::{
    Account, AccountId, ShopId, Timestamp,
    account::{Ticket, TicketKind, login},
    audit::{Deed, Who},
};
use rulewright_ports::{StorageExt, storage::Login};

use crate::{
    Engine, Refusal,
    change::Change,
    hash::{hash_of, secret},
};

/// The email, the password or the key opens nothing; which of them, nobody is told.
pub const SIGN_IN: &str = "sign-in";
pub const TOO_MANY_TRIES: &str = "too-many-tries";

/// Milliseconds between two notes of when a session was used last: each is a write.
const NOTED: i64 = 60_000;

/// Somebody has come in.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// For their browser alone: nobody can show it again.
    pub secret: String,
    pub shop: ShopId,
    pub account: Account,
    /// Whatever they do.
    pub ends: Timestamp,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Session { shop, account, ends, .. } = self;
        write!(f, "session of {} in {shop} until {ends}", account.id)
    }
}

pub(super) fn denied(message: &str) -> Refusal {
    Refusal::Denied { code: SIGN_IN, message: message.to_owned() }
}

impl Engine {
    /// One email may have accounts in several shops: where none is said, the first that the password fits.
    pub async fn sign_in(
        &self,
        shop: Option<ShopId>,
        email: &str,
        password: &str,
        now: Timestamp,
    ) -> Result<Session, Refusal> {
        let unknown = || denied("this email and this password open nothing");
        // Not even an address: nobody has it, and nobody's tries are counted.
        let email = login(email).map_err(|_| unknown())?;
        self.begin_try(&email, now)?;
        let wanted = email.clone();
        let logins = self.storage().read(move |reads| Ok::<_, Refusal>(reads.logins(&wanted)?)).await?;
        let alone = logins.len() < 2;
        let open = |login: &Login| !login.account.disabled && shop.is_none_or(|shop| shop == login.shop);
        let logins: Vec<Login> = logins.into_iter().filter(open).collect();
        let hashes = logins.iter().map(|login| login.password.clone()).collect();
        // A password that nobody has looked at is no wrong one.
        let fits =
            self.fitting(password, hashes).await.inspect_err(|_| self.inner.sign_ins.tries.back(&email))?;
        let Some(login) = fits.and_then(|place| logins.into_iter().nth(place)) else {
            tracing::warn!(%email, "a wrong password");
            return Err(unknown());
        };
        match alone {
            true => self.inner.sign_ins.tries.right(&email),
            false => self.inner.sign_ins.tries.back(&email),
        }
        let (id, password) = (login.account.id, login.password);
        self.begin(login.shop, now, move |change| {
            // It may have been changed since it was compared.
            let now = change.tx.logins(&email)?.into_iter().find(|one| one.account.id == id);
            match now.filter(|now| now.password == password && !now.account.disabled) {
                Some(now) => Ok((now.account, "password")),
                None => Err(denied("the account has just been changed: sign in again")),
            }
        })
        .await
    }

    /// A key that signs somebody in once, within minutes: for whoever works with the data directory, and for the first
    /// owner, who has no password yet.
    pub async fn entrance(&self, shop: ShopId, id: AccountId, now: Timestamp) -> Result<String, Refusal> {
        let key = secret()?;
        let hash = hash_of(key.as_bytes());
        let ends = now.plus(self.inner.sign_ins.stay.entrance);
        self.change(shop, move |change| {
            let account = change.known_account(id)?;
            if account.disabled {
                let message = format!("`{}` is disabled: enable the account first", account.name);
                return Err(Refusal::Conflict { message });
            }
            let kind = TicketKind::Entrance;
            change.tx.put_ticket(&hash, &Ticket { shop, account: id, kind, made: now, seen: now, ends })?;
            change.audit(Deed::new("account.entrance-made", id))
        })
        .await?;
        Ok(key)
    }

    /// Redeems an entrance's key.
    pub async fn enter(&self, key: &str, now: Timestamp) -> Result<Session, Refusal> {
        let unknown = || denied("this key is unknown, used or over: ask for a new one");
        let (hash, stay) = (hash_of(key.as_bytes()), self.inner.sign_ins.stay);
        let wanted = hash.clone();
        let ticket = self.storage().read(move |reads| Ok::<_, Refusal>(reads.ticket(&wanted)?)).await?;
        let shop = ticket.ok_or_else(unknown)?.shop;
        self.begin(shop, now, move |change| {
            let ticket = change.tx.ticket(&hash)?.ok_or_else(unknown)?;
            if ticket.kind != TicketKind::Entrance || ticket.is_over(now, stay) {
                return Err(unknown());
            }
            change.tx.remove_ticket(&hash)?;
            let account = change.tx.account(shop, ticket.account)?;
            Ok((account.filter(|account| !account.disabled).ok_or_else(unknown)?, "entrance"))
        })
        .await
    }

    /// Whoever has guessed too often waits.
    pub(super) fn begin_try(&self, login: &str, now: Timestamp) -> Result<(), Refusal> {
        self.inner.sign_ins.tries.begin(login, now).map_err(|wait| {
            let seconds = (wait + 999) / 1_000;
            let message = format!("too many wrong tries: try again in {seconds} seconds");
            Refusal::Denied { code: TOO_MANY_TRIES, message }
        })
    }

    /// Opens a session for the account that `of` finds, and the way in which it came.
    pub(super) async fn begin(
        &self,
        shop: ShopId,
        now: Timestamp,
        of: impl Fn(&mut Change<'_>) -> Result<(Account, &'static str), Refusal> + Send + 'static,
    ) -> Result<Session, Refusal> {
        let secret = secret()?;
        let hash = hash_of(secret.as_bytes());
        let ends = now.plus(self.inner.sign_ins.stay.most);
        let begun = self.change(shop, move |change| {
            let (account, way) = of(change)?;
            change.tx.remove_ended_tickets(now)?;
            let (id, kind) = (account.id, TicketKind::Session);
            change.tx.put_ticket(&hash, &Ticket { shop, account: id, kind, made: now, seen: now, ends })?;
            change.audit_as(&Who::from(&account), Deed::new("account.signed-in", id).with("by", way))?;
            Ok(account)
        });
        Ok(Session { secret, shop, account: begun.await?, ends })
    }

    /// Whose session it is, as their account is now. None: nobody's, or it is over.
    pub async fn session(&self, secret: &str, now: Timestamp) -> Result<Option<(ShopId, Account)>, Refusal> {
        let hash = hash_of(secret.as_bytes());
        let Some((ticket, account)) = self.open_session(hash.clone(), now)? else { return Ok(None) };
        if ticket.seen.plus(NOTED) <= now {
            let noted = self.storage().write(move |tx| {
                // It may have ended meanwhile.
                match tx.ticket(&hash)? {
                    Some(ticket) => {
                        Ok(tx.put_ticket(&hash, &Ticket { seen: now.max(ticket.seen), ..ticket })?)
                    }
                    None => Ok::<_, Refusal>(()),
                }
            });
            noted.await?;
        }
        Ok(Some((ticket.shop, account)))
    }

    /// Whether a session goes on. Asking is no use of it: a page that is only open keeps nobody signed in.
    pub fn is_signed_in(&self, secret: &str, now: Timestamp) -> Result<bool, Refusal> {
        Ok(self.open_session(hash_of(secret.as_bytes()), now)?.is_some())
    }

    fn open_session(&self, hash: String, now: Timestamp) -> Result<Option<(Ticket, Account)>, Refusal> {
        let stay = self.inner.sign_ins.stay;
        let found = self.storage().glance(move |reads| {
            let Some(ticket) = reads.ticket(&hash)? else { return Ok(None) };
            let account = reads.account(ticket.shop, ticket.account)?;
            Ok::<_, Refusal>(account.map(|account| (ticket, account)))
        })?;
        Ok(found.filter(|(ticket, account)| {
            ticket.kind == TicketKind::Session && !ticket.is_over(now, stay) && !account.disabled
        }))
    }

    /// Whether there was a session to leave.
    pub async fn sign_out(&self, secret: &str) -> Result<bool, Refusal> {
        let hash = hash_of(secret.as_bytes());
        self.storage().write(move |tx| Ok(tx.remove_ticket(&hash)?)).await
    }

    /// Those that are not over, the latest first.
    pub async fn sessions_of(
        &self,
        shop: ShopId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Vec<Ticket>, Refusal> {
        let stay = self.inner.sign_ins.stay;
        let read = self.storage().read(move |reads| Ok::<_, Refusal>(reads.tickets(shop, account)?));
        let mut sessions = read.await?;
        sessions.retain(|one| one.kind == TicketKind::Session && !one.is_over(now, stay));
        sessions.sort_by_key(|one| std::cmp::Reverse((one.seen, one.made)));
        Ok(sessions)
    }

    /// Entrances too. How many there were.
    pub async fn end_sessions(&self, shop: ShopId, account: AccountId) -> Result<u64, Refusal> {
        self.change(shop, move |change| {
            let ended = change.tx.remove_tickets(shop, account, None)?;
            if ended > 0 {
                change.audit(Deed::new("account.sessions-ended", account).with("sessions", ended))?;
            }
            Ok(ended)
        })
        .await
    }
}
