//! Which shop of a data directory a command is about.

use std::sync::Arc;

use rulewright_domain::{Shop, ShopId};
use rulewright_ports::{Storage, StorageExt};

use crate::error::{CliError, Result};

pub async fn all(storage: &Arc<dyn Storage>) -> Result<Vec<Shop>> {
    Ok(storage.read(|reads| reads.shops()).await?)
}

/// The named one, or the only one.
pub async fn choose(storage: &Arc<dyn Storage>, named: Option<ShopId>) -> Result<ShopId> {
    let shops = all(storage).await?;
    let known =
        || shops.iter().map(|shop| format!("{} ({})", shop.id, shop.name)).collect::<Vec<_>>().join(", ");
    match (named, shops.as_slice()) {
        (Some(named), _) if shops.iter().any(|shop| shop.id == named) => Ok(named),
        (Some(named), _) => Err(CliError::refused("not-found", format!("there is no shop `{named}`"))
            .hint(format!("there are: {}", known()))),
        (None, [only]) => Ok(only.id),
        (None, []) => Err(CliError::refused("no-shop", "there is no shop yet")
            .hint("`rulewright serve` creates one in an empty data directory")),
        (None, _) => {
            Err(CliError::usage("there are several shops").hint(format!("name one with --shop: {}", known())))
        }
    }
}
