//! Passwords: only what argon2id makes of them is kept.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use rulewright_domain::{Account, AccountId, ShopId, Timestamp, audit::Deed};
use rulewright_ports::{Failure, StorageExt};

use super::session::denied;
use crate::{Engine, Refusal, hash::hash_of};

/// Characters.
pub const SHORTEST_PASSWORD: usize = 12;
/// Bytes: more would only be work.
const LONGEST: usize = 1_000;

/// For logins that nobody has: hashing with it takes as long as looking at a real one.
const NOBODY: &[u8; 16] = b"rulewright salt.";

pub(super) fn check(account: &Account, password: &str) -> Result<(), Refusal> {
    let wrong = |message: String| Err(Refusal::invalid("/password", "password", message));
    if password.chars().count() < SHORTEST_PASSWORD || password.len() > LONGEST {
        return wrong(format!("a password has at least {SHORTEST_PASSWORD} characters, e.g. four words"));
    }
    let given = password.trim().to_lowercase();
    let name = account.email.split('@').next().unwrap_or_default();
    // Twice the name is the name.
    let only_name = !name.is_empty() && given.replace(name, "").is_empty();
    if given == account.email || only_name || given == account.name.to_lowercase() {
        return wrong("a password is not the name that stands beside it".to_owned());
    }
    let mut letters = given.chars();
    let first = letters.next();
    if letters.all(|letter| Some(letter) == first) {
        return wrong("a password is more than one character again and again".to_owned());
    }
    Ok(())
}

pub(super) fn hashed(password: &str) -> Result<String, Refusal> {
    let hash: Result<PasswordHash, _> = Argon2::default().hash_password(password.as_bytes());
    let hash = hash.map_err(|error| Failure::new("unavailable", error.to_string(), true))?;
    Ok(hash.to_string())
}

/// The first that the password fits. As long for none as for one: how long it takes does not tell whether a login exists.
fn fitting(password: &str, hashes: &[Option<String>]) -> Option<usize> {
    let kept = hashes.iter().enumerate();
    let kept: Vec<(usize, PasswordHash)> =
        kept.filter_map(|(place, hash)| Some((place, PasswordHash::new(hash.as_deref()?).ok()?))).collect();
    if kept.is_empty() || password.len() > LONGEST {
        let some = &password.as_bytes()[..password.len().min(LONGEST)];
        let _: Result<PasswordHash, _> = Argon2::default().hash_password_with_salt(some, NOBODY);
        return None;
    }
    let fits = |hash: &PasswordHash| Argon2::default().verify_password(password.as_bytes(), hash).is_ok();
    kept.iter().find(|(_, hash)| fits(hash)).map(|(place, _)| *place)
}

impl Engine {
    /// Whoever is signed in has to sign in again, but for the session with the secret `keeping`.
    pub async fn set_password(
        &self,
        shop: ShopId,
        id: AccountId,
        password: &str,
        keeping: Option<&str>,
    ) -> Result<(), Refusal> {
        let account = self.account(shop, id).await?;
        self.replace_password(shop, account, password, keeping, None).await
    }

    /// The same by whoever is signed in to the account, with the password that it has had: somebody who finds an open
    /// browser does not take the account. A first password needs no other.
    pub async fn change_password(
        &self,
        shop: ShopId,
        id: AccountId,
        (old, new): (&str, &str),
        keeping: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let account = self.account(shop, id).await?;
        let kept = self.password_of(shop, &account).await?;
        if kept.is_some() {
            let email = &account.email;
            self.begin_try(email, now)?;
            let fits = self.fitting(old, vec![kept.clone()]).await;
            if fits.inspect_err(|_| self.inner.sign_ins.tries.back(email))?.is_none() {
                tracing::warn!(%email, "a wrong old password");
                return Err(denied("this is not the password that the account has"));
            }
            self.inner.sign_ins.tries.back(email);
        }
        self.replace_password(shop, account, new, keeping, Some(kept)).await
    }

    pub async fn has_password(&self, shop: ShopId, id: AccountId) -> Result<bool, Refusal> {
        let account = self.account(shop, id).await?;
        Ok(self.password_of(shop, &account).await?.is_some())
    }

    /// Its hash.
    async fn password_of(&self, shop: ShopId, account: &Account) -> Result<Option<String>, Refusal> {
        let (id, email) = (account.id, account.email.clone());
        let logins = self.storage().read(move |reads| Ok::<_, Refusal>(reads.logins(&email)?)).await?;
        let own = logins.into_iter().find(|login| login.shop == shop && login.account.id == id);
        Ok(own.and_then(|login| login.password))
    }

    /// `compared` is the hash of what was compared with, where something was.
    async fn replace_password(
        &self,
        shop: ShopId,
        account: Account,
        password: &str,
        keeping: Option<&str>,
        compared: Option<Option<String>>,
    ) -> Result<(), Refusal> {
        check(&account, password)?;
        let password = password.to_owned();
        let hash = self.hashing(move || hashed(&password)).await??;
        let keeping = keeping.map(|secret| hash_of(secret.as_bytes()));
        let (id, email) = (account.id, account.email.clone());
        let changed = self.change(shop, move |change| {
            if let Some(compared) = &compared {
                let own = change.tx.logins(&email)?.into_iter();
                let mut own = own.filter(|login| login.shop == shop && login.account.id == id);
                if own.next().is_none_or(|login| login.password != *compared) {
                    return Err(denied("the account has just been changed: try again"));
                }
            }
            if !change.tx.put_password(shop, id, &hash)? {
                return Err(Refusal::not_found("account", id));
            }
            change.tx.remove_tickets(shop, id, keeping.as_deref())?;
            change.audit(Deed::new("account.password-set", id))?;
            Ok(change.tx.logins(&email)?.len() < 2)
        });
        // What is guessed at in another shop is not forgotten because of this one.
        if changed.await? {
            self.inner.sign_ins.tries.right(&account.email);
        }
        Ok(())
    }

    /// Which of these the password fits.
    pub(super) async fn fitting(
        &self,
        password: &str,
        hashes: Vec<Option<String>>,
    ) -> Result<Option<usize>, Refusal> {
        let password = password.to_owned();
        self.hashing(move || fitting(&password, &hashes)).await
    }

    pub(super) async fn hashing<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let gone = |error: String| Refusal::from(Failure::new("unavailable", error, true));
        let waiting = self.inner.sign_ins.waiting.clone().try_acquire_owned();
        let waiting = waiting.map_err(|_| gone("too many people sign in just now: try again".to_owned()))?;
        let turn = self.inner.sign_ins.hashing.clone().acquire_owned().await;
        let turn = turn.map_err(|error| gone(error.to_string()))?;
        drop(waiting);
        let done = tokio::task::spawn_blocking(move || {
            // Kept until it is done, also when nobody waits any more.
            let _turn = turn;
            job()
        });
        done.await.map_err(|error| gone(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{
        Timestamp,
        account::{Role, Theme},
    };

    use super::*;

    fn ada() -> Account {
        Account {
            id: AccountId(1),
            email: "ada.lovelace@shop.example".into(),
            name: "Ada of Lovelace".into(),
            role: Role::Viewer,
            employee: None,
            language: None,
            zone: None,
            theme: Theme::System,
            created: Timestamp(0),
            disabled: false,
        }
    }

    #[test]
    fn a_password_is_long_and_no_name() {
        for right in ["tea and no milk", "äöüäöüäöüäöü", "ada.lovelace is not my name"] {
            assert!(check(&ada(), right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "elevenchars",
            "ADA.lovelace@shop.example",
            "ada.lovelace",
            "ada.lovelaceada.lovelace",
            "Ada of Lovelace",
            "xxxxxxxxxxxx",
            &"long".repeat(LONGEST),
        ] {
            assert!(check(&ada(), wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_hash_fits_its_password_alone_and_is_never_the_same_twice() {
        let (one, again) = (hashed("tea and no milk").unwrap(), hashed("tea and no milk").unwrap());
        assert!(one.starts_with("$argon2id$") && one != again);
        let kept = [None, Some("garbage".to_owned()), Some(hashed("coffee and milk").unwrap()), Some(one)];
        assert_eq!(fitting("tea and no milk", &kept), Some(3));
        assert_eq!(fitting("tea and milk", &kept), None);
        assert_eq!(fitting("tea and no milk", &[]), None);
        assert_eq!(fitting(&"long".repeat(LONGEST), &kept), None);
    }
}
