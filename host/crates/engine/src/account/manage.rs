//! A shop's accounts. There is always an owner, once there has been one: nobody else could make another.

use rulewright_domain::{Account, AccountId, ShopId, account, audit::Deed, schedule};
use rulewright_ports::{Reads, StorageExt};

use crate::{Asked, Engine, Refusal, change::Change, check};

/// Characters.
const NAME: usize = 100;
const LANGUAGE: usize = 35;
/// Of one shop.
const MOST: usize = 1_000;

pub(super) fn checked(mut account: Account) -> Result<Account, Refusal> {
    let email = account::login(&account.email);
    account.email = email.map_err(|message| Refusal::invalid("/email", "address", message))?;
    check::line("/name", &account.name, NAME)?;
    let tag = |tag: &String| {
        (2..=LANGUAGE).contains(&tag.len()) && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    if let Some(language) = account.language.as_ref().filter(|language| !tag(language)) {
        let message = format!("`{language}` is no language tag such as de or en-GB");
        return Err(Refusal::invalid("/language", "language", message));
    }
    if let Some(zone) = account.zone.as_ref().filter(|zone| !schedule::is_zone(zone)) {
        let message = format!("`{zone}` is no IANA time zone such as Europe/London");
        return Err(Refusal::invalid("/zone", "time-zone", message));
    }
    Ok(account)
}

/// Refuses to leave the shop without an owner.
fn not_the_last_owner<R: Reads + ?Sized>(
    reads: &mut R,
    shop: ShopId,
    before: &Account,
) -> Result<(), Refusal> {
    let others = reads.accounts(shop)?;
    if !before.is_owner() || others.iter().any(|other| other.id != before.id && other.is_owner()) {
        return Ok(());
    }
    let message = format!("`{}` is the shop's only owner: make somebody else an owner first", before.name);
    Err(Refusal::Conflict { message })
}

impl Engine {
    pub async fn account(&self, shop: ShopId, id: AccountId) -> Result<Account, Refusal> {
        let found = self.storage().read(move |reads| Ok::<_, Refusal>(reads.account(shop, id)?));
        found.await?.ok_or_else(|| Refusal::not_found("account", id))
    }

    pub async fn accounts(&self, shop: ShopId) -> Result<Vec<Account>, Refusal> {
        self.storage().read(move |reads| Ok(reads.accounts(shop)?)).await
    }

    /// Id 0 adds a new one, which cannot sign in before it has a password; see [`Engine::set_password`] and
    /// [`Engine::entrance`]. When it was made is said here, whatever is given.
    pub async fn put_account(&self, asked: impl Into<Asked>, account: Account) -> Result<AccountId, Refusal> {
        let Asked { shop, key } = asked.into();
        let account = checked(account)?;
        let put = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| change.put_account(account.clone()))
        });
        let id = put.await?.answer;
        self.close_setup();
        Ok(id)
    }

    /// Changes the account as it is at that moment, so that two changes at once are both there in the end.
    pub async fn change_account(
        &self,
        shop: ShopId,
        id: AccountId,
        patch: impl Fn(&mut Account) + Send + 'static,
    ) -> Result<Account, Refusal> {
        self.change(shop, move |change| {
            let mut account = change.known_account(id)?;
            patch(&mut account);
            change.put_account(checked(Account { id, ..account })?)?;
            change.known_account(id)
        })
        .await
    }

    /// With everything that lets them in.
    pub async fn remove_account(&self, shop: ShopId, id: AccountId) -> Result<(), Refusal> {
        self.change(shop, move |change| {
            let before = change.known_account(id)?;
            not_the_last_owner(change.tx, shop, &before)?;
            change.tx.remove_account(shop, id)?;
            change
                .audit(Deed::new("account.removed", id).with("email", before.email).with("name", before.name))
        })
        .await
    }
}

impl Change<'_> {
    pub(super) fn known_account(&mut self, id: AccountId) -> Result<Account, Refusal> {
        self.tx.account(self.shop, id)?.ok_or_else(|| Refusal::not_found("account", id))
    }

    pub(super) fn put_account(&mut self, account: Account) -> Result<AccountId, Refusal> {
        let shop = self.shop;
        if let Some(id) = account.employee.filter(|id| !self.config.employees.contains_key(id)) {
            let message = format!("there is no employee `{id}`");
            return Err(Refusal::invalid("/employee", "no-such-employee", message));
        }
        let all = self.tx.accounts(shop)?;
        if all.iter().any(|other| other.id != account.id && other.email == account.email) {
            let message = format!("`{}` has an account in this shop", account.email);
            return Err(Refusal::invalid("/email", "taken", message));
        }
        let (account, action) = match account.id {
            AccountId(0) if all.len() >= MOST => {
                let message = format!("a shop has at most {MOST} accounts");
                return Err(Refusal::Conflict { message });
            }
            AccountId(0) => {
                let id = AccountId(self.tx.next(rulewright_ports::storage::Sequence::Account)?);
                (Account { id, created: self.now, ..account }, "account.created")
            }
            id => {
                let before = all.into_iter().find(|one| one.id == id);
                let before = before.ok_or_else(|| Refusal::not_found("account", id))?;
                let account = Account { created: before.created, ..account };
                if account == before {
                    return Ok(id);
                }
                if !account.is_owner() {
                    not_the_last_owner(self.tx, shop, &before)?;
                }
                (account, "account.changed")
            }
        };
        self.tx.put_account(shop, &account)?;
        if account.disabled {
            self.tx.remove_tickets(shop, account.id, None)?;
        }
        let deed = Deed::new(action, account.id)
            .with("email", account.email)
            .with("role", account.role.name())
            .with("disabled", account.disabled);
        self.audit(deed)?;
        Ok(account.id)
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{
        Timestamp,
        account::{Role, Theme},
    };

    use super::*;

    fn account() -> Account {
        Account {
            id: AccountId(0),
            email: "Ada@Shop.example".into(),
            name: "Ada".into(),
            role: Role::Viewer,
            employee: None,
            language: Some("en-GB".into()),
            zone: Some("Europe/London".into()),
            theme: Theme::System,
            created: Timestamp(0),
            disabled: false,
        }
    }

    #[test]
    fn an_account_says_who_it_is_in_words_that_can_be_used() {
        assert_eq!(checked(account()).unwrap().email, "ada@shop.example");
        for wrong in [
            Account { email: "ada".into(), ..account() },
            Account { name: " ".into(), ..account() },
            Account { language: Some("<x>".into()), ..account() },
            Account { zone: Some("Atlantis".into()), ..account() },
        ] {
            assert!(checked(wrong.clone()).is_err(), "{wrong:?}");
        }
    }
}
