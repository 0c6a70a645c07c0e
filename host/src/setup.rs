//! What a shop begins with: the bundled plugins, installed like anybody else's.

use std::sync::Arc;

use rulewright_domain::{
    AccountId, Currency, Employee, EmployeeId, Grant, OrderKind, Pipeline, Scope, ShipmentStatus, Shop,
    ShopId, Stage, StageKind, Timestamp, WorkingHours,
    account::{self, Account},
};
use rulewright_engine::{Engine, Refusal};
use rulewright_ports::{StorageError, StorageExt};
use rulewright_registry::{digest, inspect};

use crate::error::{CliError, Result};
use crate::token;

/// Installs each bundled plugin that the shop lacks, with everything that it asks for: who ships a plugin with the
/// program answers for it. What the shop has removed stays removed. `done` hears of each.
pub async fn install_bundled(engine: &Engine, shop: ShopId, done: impl Fn()) -> Result<()> {
    install(engine, shop, rulewright_bundled::PLUGINS, done).await
}

/// The same with some of them: folder and component.
pub async fn install(
    engine: &Engine,
    shop: ShopId,
    plugins: &[(&str, &[u8])],
    done: impl Fn(),
) -> Result<()> {
    let (installed, removed) = engine
        .storage()
        .read(move |reads| Ok::<_, StorageError>((reads.installations(shop)?, reads.removed_plugins(shop)?)))
        .await?;
    for (folder, bytes) in plugins {
        // Most are there as they are, and then need not be read at each start.
        let digest = digest(bytes);
        if installed.iter().any(|one| one.digest == digest) {
            done();
            continue;
        }
        let package = inspect(bytes).map_err(|refusal| {
            CliError::failed(format!("the bundled plugin `{folder}` is not accepted: {refusal}"))
        })?;
        let id = &package.manifest.id;
        if !removed.contains(id) && !installed.iter().any(|one| one.plugin == *id) {
            let grant = Grant::whole(&package.manifest, &package.imports, &[]);
            match engine.install(shop, package, Arc::from(*bytes), grant).await {
                Err(Refusal::Untrusted { message, .. }) => tracing::warn!(plugin = folder, "{message}"),
                installed => drop(installed?),
            }
        }
        done();
    }
    Ok(())
}

pub fn stages(stages: &[(&str, &str, StageKind)]) -> Vec<Stage> {
    stages.iter().map(|(id, name, kind)| Stage::new(*id, *name, *kind)).collect()
}

/// The shop of an empty data directory. What it begins with comes with [`complete`].
pub async fn first_shop(engine: &Engine, name: &str) -> Result<ShopId> {
    let shop = Shop {
        id: ShopId(0),
        name: name.to_owned(),
        currency: Currency::new(b"EUR"),
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
        hours: WorkingHours::default(),
        automate_orders: true,
        seed: String::new(),
        not_in_plan: Default::default(),
        requisites: Default::default(),
        sandbox: true,
        shipment_statuses: ShipmentStatus::usual(),
        hook_keys: Default::default(),
        spending: Default::default(),
    };
    Ok(engine.create_shop(shop).await?)
}

/// What opens a shop to whoever has just made it.
pub struct Opened {
    /// Shown only now.
    pub token: String,
    /// As whom it acts.
    pub administrator: EmployeeId,
}

/// Adds what the shop lacks, because its first start was ended half-way or an older program made it: pipelines for
/// orders and for deals, the bundled plugins, an administrator and a token. Returns what it made of the last two.
pub async fn complete(engine: &Engine, shop: ShopId) -> Result<Option<Opened>> {
    let storage = engine.storage();
    let (pipelines, tokens) = storage
        .read(move |reads| {
            let config = reads.config(shop)?;
            let tokens = reads.tokens(shop)?.iter().filter(|one| !token::is_for_commands(one)).count();
            Ok::<_, StorageError>((config.map_or(0, |config| config.pipelines.len()), tokens))
        })
        .await?;
    if pipelines == 0 {
        engine.put_pipeline(shop, first_pipeline()).await?;
        engine.put_pipeline(shop, rulewright_bitrix24::classic::pipeline()).await?;
    }
    install_bundled(engine, shop, || ()).await?;
    if tokens > 0 {
        return Ok(None);
    }
    let administrator = administrator(engine, shop).await?;
    // Last: whoever has it finds everything else.
    let (_, token) =
        token::create(storage, shop, "first", [Scope::Admin].into(), None, Some(administrator)).await?;
    Ok(Some(Opened { token, administrator }))
}

/// Path and query of the page where whoever has started a new server says who they are. None: somebody has an account.
pub async fn first_page(engine: &Engine) -> Result<Option<String>> {
    Ok(engine.open_setup().await?.map(|code| format!("/setup?code={code}")))
}

/// What an owner signs in with before they have said: it reaches nobody.
const UNSAID: &str = "owner@shop.invalid";

/// Path and query that sign an owner in to the console, once and for a few minutes. A shop without one gets its first,
/// who then sets an address and a password.
pub async fn entrance(engine: &Engine, shop: ShopId, administrator: EmployeeId) -> Result<String> {
    let accounts = engine.accounts(shop).await?;
    let owner = match accounts.iter().find(|account| account.is_owner()) {
        Some(owner) => owner.id,
        None => {
            let owner = Account {
                id: AccountId(0),
                email: UNSAID.to_owned(),
                name: "Owner".to_owned(),
                role: account::Role::Owner,
                employee: Some(administrator),
                language: None,
                zone: None,
                theme: account::Theme::System,
                created: Timestamp(0),
                disabled: false,
            };
            engine.put_account(shop, owner).await?
        }
    };
    let key = engine.entrance(shop, owner, engine.clock().now()).await?;
    Ok(format!("/enter?key={key}"))
}

/// The first employee, who is made where there is none: some interfaces know persons only.
pub async fn administrator(engine: &Engine, shop: ShopId) -> Result<EmployeeId> {
    let config = engine.storage().read(move |reads| reads.config(shop)).await?;
    let first = config.and_then(|config| config.employees.keys().next().copied());
    match first {
        Some(first) => Ok(first),
        None => {
            let employee = Employee {
                id: EmployeeId(0),
                name: "Administrator".to_owned(),
                phone: None,
                work_phone: None,
                email: None,
                position: None,
                head: None,
                absent: false,
                working: true,
            };
            Ok(engine.put_employee(shop, employee).await?)
        }
    }
}

pub fn first_pipeline() -> Pipeline {
    let stages = stages(&[
        ("new", "New", StageKind::Open),
        ("paid", "Paid", StageKind::Open),
        ("shipped", "Shipped", StageKind::Open),
        ("done", "Done", StageKind::Won),
        ("canceled", "Canceled", StageKind::Lost),
    ]);
    Pipeline::new("orders", "Orders", OrderKind::Order, stages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::{self, Durability};
    use crate::config::{Config, Flags};

    #[tokio::test]
    async fn a_first_start_that_was_ended_half_way_is_completed_and_what_was_removed_stays_removed() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::read(Flags::default()).unwrap();
        let storage = compose::storage(dir.path(), Durability::Process).unwrap();
        let clock = Arc::new(rulewright_engine::SystemClock);
        let engine = compose::engine(&config, dir.path(), storage.clone(), clock).unwrap();
        let shop = first_shop(&engine, "Tea").await.unwrap();
        // A command that worked on the directory meanwhile has left its token, which nobody holds.
        token::temporary(&storage, shop).await.unwrap().end(&storage).await.unwrap();
        assert!(complete(&engine, shop).await.unwrap().is_some_and(|opened| opened.token.starts_with("rw_")));
        let gone = storage.read(move |reads| reads.installations(shop)).await.unwrap().remove(0).plugin;
        engine.remove_plugin(shop, &gone, false).await.unwrap();
        assert!(complete(&engine, shop).await.unwrap().is_none(), "it has a token");
        let config = storage.read(move |reads| reads.config(shop)).await.unwrap().unwrap();
        assert_eq!(
            (config.plugins.len(), config.pipelines.len()),
            (rulewright_bundled::PLUGINS.len() - 1, 2)
        );
        assert!(!config.plugins.contains_key(&gone));

        // What one shop has or has removed says nothing about another.
        let other = first_shop(&engine, "Coffee").await.unwrap();
        token::create(&storage, other, "mine", [Scope::Admin].into(), None, None).await.unwrap();
        assert!(complete(&engine, other).await.unwrap().is_none());
        let config = storage.read(move |reads| reads.config(other)).await.unwrap().unwrap();
        assert_eq!(config.plugins.len(), rulewright_bundled::PLUGINS.len());
    }
}
