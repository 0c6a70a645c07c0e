//! The first owner of a server. Whoever finds a new one first shall not have it: it prints a code when it is started, and
//! only who has started it reads that.

use rulewright_domain::{
    Account, AccountId, Currency, Shop, ShopId, Timestamp,
    account::{Role, Theme},
};
use rulewright_ports::{Reads, StorageExt};

use super::{
    manage::checked,
    password::{check, hashed},
    session::denied,
};
use crate::{
    Engine, Refusal, Session,
    change::Change,
    hash::{hash_of, secret},
};

/// What the first owner says of themselves and of their shop.
#[derive(Clone)]
pub struct Founder {
    pub name: String,
    pub email: String,
    pub password: String,
    pub shop_name: String,
    pub currency: Currency,
    pub time_zone: String,
}

fn over() -> Refusal {
    denied("this server has been set up: sign in")
}

/// Whether anybody can sign in, to whichever shop.
fn anybody<R: Reads + ?Sized>(reads: &mut R) -> Result<bool, Refusal> {
    for shop in reads.shops()? {
        if !reads.accounts(shop.id)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Engine {
    /// From now on the first owner comes in by the code that is returned, until there is an account. Kept in memory: the
    /// next start has another. None: there is an account.
    pub async fn open_setup(&self) -> Result<Option<String>, Refusal> {
        let code = secret()?;
        if self.storage().read(|reads| anybody(reads)).await? {
            return Ok(None);
        }
        *self.inner.sign_ins.setup.lock() = Some(hash_of(code.as_bytes()));
        Ok(Some(code))
    }

    /// Whether the server waits for its first owner.
    pub fn setup_is_open(&self) -> bool {
        self.inner.sign_ins.setup.lock().is_some()
    }

    /// Whether it is the code that was printed: only for whoever has it, the page tells about the shop.
    pub fn is_setup_code(&self, code: &str) -> bool {
        self.inner.sign_ins.setup.lock().as_ref() == Some(&hash_of(code.trim().as_bytes()))
    }

    pub(super) fn close_setup(&self) {
        *self.inner.sign_ins.setup.lock() = None;
    }

    /// Makes the first owner, says what their shop is called, and signs them in: all of it or nothing.
    pub async fn set_up(&self, code: &str, founder: Founder, now: Timestamp) -> Result<Session, Refusal> {
        if !self.setup_is_open() {
            return Err(over());
        }
        // Wrong ones are not counted: nobody guesses 256 bits, and whoever tries would lock out the owner.
        if !self.is_setup_code(code) {
            tracing::warn!("a wrong setup code");
            let message = "this is not the code that the program printed when it was started".to_owned();
            return Err(Refusal::Denied { code: "wrong-setup-code", message });
        }
        let owner = checked(Account {
            id: AccountId(0),
            email: founder.email.clone(),
            name: founder.name.clone(),
            role: Role::Owner,
            employee: None,
            language: None,
            zone: None,
            theme: Theme::System,
            created: now,
            disabled: false,
        })?;
        check(&owner, &founder.password)?;
        let password = founder.password.clone();
        let hash = self.hashing(move || hashed(&password)).await??;
        let shops = self.storage().read(|reads| Ok::<_, Refusal>(reads.shops()?)).await?;
        let shop = shops.first().ok_or_else(|| Refusal::not_found("shop", ShopId(1)))?.id;
        let begun =
            self.begin(shop, now, move |change| Ok((change.found(&owner, &hash, &founder)?, "setup")));
        let session = begun.await?;
        self.close_setup();
        Ok(session)
    }
}

impl Change<'_> {
    fn found(&mut self, owner: &Account, hash: &str, founder: &Founder) -> Result<Account, Refusal> {
        if anybody(self.tx)? {
            return Err(over());
        }
        let shop = self.shop;
        let sold = self.tx.order_counts(shop)?.iter().any(|(.., orders)| *orders > 0);
        if sold && founder.currency != self.config.shop.currency {
            let message = format!("there are orders in {}", self.config.shop.currency.as_str());
            return Err(Refusal::invalid("/currency", "currency", message));
        }
        // Somebody of the staff is there from the first start on.
        let employee = self.config.employees.keys().next().copied();
        let id = self.put_account(Account { employee, ..owner.clone() })?;
        self.tx.put_password(shop, id, hash)?;
        self.change_shop(&|shop: &mut Shop| {
            shop.name.clone_from(&founder.shop_name);
            shop.currency = founder.currency;
            shop.time_zone.clone_from(&founder.time_zone);
        })?;
        self.known_account(id)
    }
}
