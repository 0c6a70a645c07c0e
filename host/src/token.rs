//! Bearer tokens: made here, shown once, stored as their hash.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rulewright_domain::{EmployeeId, Scope, ShopId, Timestamp, Token, TokenId};
use rulewright_engine::SystemClock;
use rulewright_ports::storage::Sequence;
use rulewright_ports::{Clock, Storage, StorageError, StorageExt};

use crate::error::{Doing, Result};

/// Name of the token of commands that work on a directory.
const COMMANDS: &str = "command line";
/// Milliseconds after which the token of a killed command is worth nothing. A command that takes longer renews it.
const TEMPORARY: i64 = 10 * 60_000;

/// Stores a new token and returns it with the text that its holder sends, which is nowhere else.
pub async fn create(
    storage: &Arc<dyn Storage>,
    shop: ShopId,
    name: &str,
    scopes: BTreeSet<Scope>,
    expires: Option<Timestamp>,
    employee: Option<EmployeeId>,
) -> Result<(Token, String)> {
    let (secret, hash) = mint()?;
    let name = name.to_owned();
    let token = storage
        .write(move |tx| {
            let id = TokenId(tx.next(Sequence::Token)?);
            let (name, hash, scopes) = (name.clone(), hash.clone(), scopes.clone());
            let token = Token {
                id,
                shop,
                name,
                hash,
                scopes,
                created: SystemClock.now(),
                expires,
                employee,
                areas: Default::default(),
            };
            tx.put_token(&token)?;
            Ok::<_, StorageError>(token)
        })
        .await?;
    let bearer = rulewright_api::bearer(token.id, &secret);
    Ok((token, bearer))
}

/// The token of commands that work on a directory. Its row stays, worthless between commands, so that what they did has
/// one name.
pub struct Temporary {
    token: Token,
    bearer: String,
    /// When it is worth nothing any more, in milliseconds.
    until: AtomicI64,
}

pub async fn temporary(storage: &Arc<dyn Storage>, shop: ShopId) -> Result<Temporary> {
    let (secret, hash) = mint()?;
    let now = SystemClock.now();
    let expires = now.plus(TEMPORARY);
    let token = storage
        .write(move |tx| {
            let known = tx.tokens(shop)?.into_iter().find(is_for_commands);
            let id = match known {
                Some(token) => token.id,
                None => TokenId(tx.next(Sequence::Token)?),
            };
            let (name, hash, scopes) = (COMMANDS.to_owned(), hash.clone(), [Scope::Admin].into());
            let token = Token {
                id,
                shop,
                name,
                hash,
                scopes,
                created: now,
                expires: Some(expires),
                employee: None,
                areas: Default::default(),
            };
            tx.put_token(&token)?;
            Ok::<_, StorageError>(token)
        })
        .await?;
    let bearer = rulewright_api::bearer(token.id, &secret);
    Ok(Temporary { token, bearer, until: AtomicI64::new(expires.0) })
}

/// Nobody holds it between commands.
pub fn is_for_commands(token: &Token) -> bool {
    token.name == COMMANDS
}

impl Temporary {
    /// Renewed when half of its time is over: an import may take hours.
    pub async fn bearer(&self, storage: &Arc<dyn Storage>) -> Result<&str> {
        let now = SystemClock.now();
        if now.plus(TEMPORARY / 2).0 >= self.until.load(Ordering::Relaxed) {
            let expires = now.plus(TEMPORARY);
            self.expire(storage, expires).await?;
            self.until.store(expires.0, Ordering::Relaxed);
        }
        Ok(&self.bearer)
    }

    pub async fn end(&self, storage: &Arc<dyn Storage>) -> Result<()> {
        self.expire(storage, self.token.created).await
    }

    async fn expire(&self, storage: &Arc<dyn Storage>, expires: Timestamp) -> Result<()> {
        let token = Token { expires: Some(expires), ..self.token.clone() };
        Ok(storage.write(move |tx| tx.put_token(&token)).await?)
    }
}

fn mint() -> Result<(String, String)> {
    rulewright_api::mint().doing(|| "the system gives no random numbers".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::{self, Durability};
    use crate::config::{Config, Flags};
    use crate::setup;

    #[tokio::test]
    async fn the_token_of_a_long_command_is_renewed_before_it_expires() {
        let dir = tempfile::tempdir().unwrap();
        let storage = compose::storage(dir.path(), Durability::Process).unwrap();
        let config = Config::read(Flags::default()).unwrap();
        let engine = compose::engine(&config, dir.path(), storage.clone(), Arc::new(SystemClock)).unwrap();
        setup::first_shop(&engine, "Tea").await.unwrap();
        let token = temporary(&storage, ShopId(1)).await.unwrap();
        let stored = || async {
            let tokens = storage.read(|reads| reads.tokens(ShopId(1))).await.unwrap();
            tokens.into_iter().find(is_for_commands).unwrap().expires.unwrap()
        };
        let first = stored().await;
        token.bearer(&storage).await.unwrap();
        assert_eq!(stored().await, first, "a short command writes nothing more");
        let soon = SystemClock.now().plus(TEMPORARY / 2 - 1);
        token.expire(&storage, soon).await.unwrap();
        token.until.store(soon.0, Ordering::Relaxed);
        token.bearer(&storage).await.unwrap();
        assert!(stored().await >= first);
        token.end(&storage).await.unwrap();
        assert!(stored().await <= SystemClock.now());
    }
}
