//! Bearer tokens: made here, shown once, stored as their hash.

use std::collections::BTreeSet;
use std::sync::Arc;

use rulewright_domain::{Scope, ShopId, Timestamp, Token, TokenId};
use rulewright_engine::SystemClock;
use rulewright_ports::storage::Sequence;
use rulewright_ports::{Clock, Storage, StorageError, StorageExt};

use crate::error::{Doing, Result};

/// Name of the token of commands that work on a directory.
const COMMANDS: &str = "command line";
/// Milliseconds after which the token of a killed command is worth nothing.
const TEMPORARY: i64 = 10 * 60_000;

/// Stores a new token and returns it with the text that its holder sends, which is nowhere else.
pub async fn create(
    storage: &Arc<dyn Storage>,
    shop: ShopId,
    name: &str,
    scopes: BTreeSet<Scope>,
    expires: Option<Timestamp>,
) -> Result<(Token, String)> {
    let (secret, hash) = mint()?;
    let name = name.to_owned();
    let token = storage
        .write(move |tx| {
            let id = TokenId(tx.next(Sequence::Token)?);
            let token = Token { id, shop, name, hash, scopes, created: SystemClock.now(), expires };
            tx.put_token(&token)?;
            Ok::<_, StorageError>(token)
        })
        .await?;
    let bearer = rulewright_api::bearer(token.id, &secret);
    Ok((token, bearer))
}

/// The token of commands that work on a directory. Its row stays, worthless between commands: idempotency keys belong
/// to a token, and a file that is imported again must meet the keys of the first time.
pub struct Temporary {
    token: Token,
    bearer: String,
}

pub async fn temporary(storage: &Arc<dyn Storage>, shop: ShopId) -> Result<Temporary> {
    let (secret, hash) = mint()?;
    let now = SystemClock.now();
    let token = storage
        .write(move |tx| {
            let known = tx.tokens(shop)?.into_iter().find(|token| token.name == COMMANDS);
            let id = match known {
                Some(token) => token.id,
                None => TokenId(tx.next(Sequence::Token)?),
            };
            let scopes = [Scope::Admin].into();
            let expires = Some(now.plus(TEMPORARY));
            let token = Token { id, shop, name: COMMANDS.to_owned(), hash, scopes, created: now, expires };
            tx.put_token(&token)?;
            Ok::<_, StorageError>(token)
        })
        .await?;
    let bearer = rulewright_api::bearer(token.id, &secret);
    Ok(Temporary { token, bearer })
}

impl Temporary {
    pub fn bearer(&self) -> &str {
        &self.bearer
    }

    pub async fn end(&self, storage: &Arc<dyn Storage>) -> Result<()> {
        let token = Token { expires: Some(self.token.created), ..self.token.clone() };
        storage.write(move |tx| tx.put_token(&token)).await?;
        Ok(())
    }
}

fn mint() -> Result<(String, String)> {
    rulewright_api::mint().doing(|| "the system gives no random numbers".to_owned())
}
