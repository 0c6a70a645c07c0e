//! Bearer tokens. Made in the data directory, because the first one opens the API.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::Subcommand;
use rulewright_domain::{Scope, TokenId};
use rulewright_engine::SystemClock;
use rulewright_ports::{Clock, Storage, StorageExt};
use serde_json::{Value, json};

use crate::config::Config;
use crate::error::{CliError, Result};
use crate::output::Column;
use crate::{compose, shops, token};

#[derive(Subcommand, Debug)]
pub enum TokenCommand {
    /// Make a token and print it, once
    Create {
        /// What it is for
        #[arg(long, default_value = "operator")]
        name: String,
        /// What it may do, e.g. orders-read; several with commas
        #[arg(long = "scope", value_delimiter = ',', default_value = "admin", value_parser = scope)]
        scopes: Vec<Scope>,
        /// Days until it is worth nothing [default: never]
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        expires: Option<u32>,
    },
    /// List tokens; their secrets are not kept
    List,
    /// Make a token worthless
    Revoke { token: TokenId },
}

fn scope(text: &str) -> std::result::Result<Scope, String> {
    serde_json::from_value(json!(text)).map_err(|_| {
        let known = "orders-read, orders-write, automation-read, automation-write, runs-read, runs-write, events-write, \
                     plugins-write, admin";
        format!("there are {known}")
    })
}

impl TokenCommand {
    pub async fn run(self, config: Config) -> Result<()> {
        if config.server.is_some() {
            return Err(CliError::usage("tokens are managed in the data directory, not through a server")
                .hint("run this where the data is, while no server holds it, without --server"));
        }
        let storage = compose::existing_storage(&config.data)?;
        let shop = shops::choose(&storage, config.shop).await?;
        let output = config.output;
        match self {
            TokenCommand::Create { name, scopes, expires } => {
                let scopes: BTreeSet<Scope> = scopes.into_iter().collect();
                let expires = expires.map(|days| SystemClock.now().plus(i64::from(days) * 86_400_000));
                let (token, secret) = token::create(&storage, shop, &name, scopes, expires).await?;
                output.note(&format!("{} for {shop}. It is shown only now:", token.id));
                match output.json {
                    true => output.value(
                        &json!({ "id": token.id, "shop": shop, "token": secret, "scopes": token.scopes }),
                    ),
                    false => output.say(&secret),
                }
            }
            TokenCommand::List => {
                let tokens = list(&storage, shop).await?;
                let columns = [
                    Column("TOKEN", "/id"),
                    Column("NAME", "/name"),
                    Column("SCOPES", "/scopes"),
                    Column("CREATED", "/created"),
                    Column("EXPIRES", "/expires"),
                ];
                output.list(&tokens, &columns, "No tokens. Make one: rulewright token create");
            }
            TokenCommand::Revoke { token } => {
                let was = storage.write(move |tx| tx.remove_token(shop, token)).await?;
                if !was {
                    return Err(CliError::refused("not-found", format!("there is no token `{token}`"))
                        .hint("list them: rulewright token list"));
                }
                match output.json {
                    true => output.value(&json!({ "id": token, "revoked": true })),
                    false => output.say(&format!("{token} is worth nothing now")),
                }
            }
        }
        Ok(())
    }
}

async fn list(storage: &Arc<dyn Storage>, shop: rulewright_domain::ShopId) -> Result<Value> {
    let tokens = storage.read(move |reads| reads.tokens(shop)).await?;
    Ok(json!({ "items": tokens, "next": null }))
}
