//! What is done with a plugin that the shop has.

use std::collections::BTreeSet;

use axum::{Form, extract::State, response::Redirect};
use rulewright_market::Refused;
use rulewright_registry::choose;
use serde::Deserialize;

use super::load::InUse;
use crate::{
    Console,
    door::{At, Plugins, Visitor},
    forms::Posted,
    installs, listing,
    trouble::Trouble,
};

pub fn at(id: &str, said: &[(&str, &str)]) -> Redirect {
    Redirect::to(&listing::address(&format!("/plugins/{id}"), said))
}

/// At most what it asks for: what is chosen among is its own sentences.
pub async fn grant(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Redirect, Trouble> {
    let known = known(&console, &visitor, &id).await?;
    let posted = Posted::of(&pairs);
    let digest = posted.last("digest").unwrap_or_default().to_owned();
    if digest != known.package.digest {
        return Err(Trouble::Own(visitor.with("plugin-grant-other", &[("plugin", id.as_str().into())])));
    }
    let functions: BTreeSet<String> = posted.all("function").iter().map(|name| (*name).to_owned()).collect();
    let hosts = installs::named_hosts(posted.last("hosts").unwrap_or_default())?;
    let grant = choose(&known.package, Some(&functions), &hosts).map_err(Refused::from)?;
    visitor.engine(&console).put_grant(visitor.shop, &id, &digest, grant).await?;
    Ok(at(&id, &[("saved", "grant")]))
}

pub async fn known(console: &Console, visitor: &Visitor, id: &str) -> Result<InUse, Trouble> {
    let (shop, id) = (visitor.shop, id.to_owned());
    console.read(move |reads| InUse::read(reads, shop, &id)).await?.ok_or(Trouble::NotFound)
}

#[derive(Deserialize)]
pub struct Secret {
    value: String,
}

pub async fn secret(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At((id, name)): At<(String, String)>,
    Form(secret): Form<Secret>,
) -> Result<Redirect, Trouble> {
    let value = Some(secret.value.into_bytes());
    visitor.engine(&console).put_secret(visitor.shop, &id, &name, value).await?;
    Ok(at(&id, &[("saved", "secret")]))
}

pub async fn forget_secret(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At((id, name)): At<(String, String)>,
) -> Result<Redirect, Trouble> {
    visitor.engine(&console).put_secret(visitor.shop, &id, &name, None).await?;
    Ok(at(&id, &[("saved", "secret")]))
}

pub async fn roll_back(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
) -> Result<Redirect, Trouble> {
    visitor.engine(&console).roll_back(visitor.shop, &id).await?;
    Ok(at(&id, &[]))
}

pub async fn migrate(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
) -> Result<Redirect, Trouble> {
    let migrated = visitor.engine(&console).migrate_runs(visitor.shop, &id).await?;
    let (moved, stayed) = (migrated.moved.to_string(), migrated.refused.len().to_string());
    Ok(at(&id, &[("moved", &moved), ("stayed", &stayed)]))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Removal {
    /// Ends what has not ended.
    force: Option<String>,
}

pub async fn remove(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
    Form(removal): Form<Removal>,
) -> Result<Redirect, Trouble> {
    visitor.engine(&console).remove_plugin(visitor.shop, &id, removal.force.is_some()).await?;
    Ok(Redirect::to(&listing::address("/plugins", &[("removed", &id)])))
}
