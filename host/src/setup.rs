//! What a shop begins with: the bundled plugins, installed like anybody else's.

use std::sync::Arc;

use rulewright_domain::{
    Currency, Grant, OrderKind, Pipeline, PipelineId, Shop, ShopId, Stage, StageKind, WorkingHours,
    plugin::PluginId,
};
use rulewright_engine::Engine;
use rulewright_ports::{StorageError, StorageExt};
use rulewright_registry::inspect;

use crate::error::{CliError, Result};

/// Installs each bundled plugin that the shop lacks, with everything that it asks for: who ships a plugin with the
/// program answers for it. `done` hears of each.
pub async fn install_bundled(engine: &Engine, shop: ShopId, done: impl Fn()) -> Result<()> {
    let installed: Vec<PluginId> = engine
        .storage()
        .read(move |reads| {
            let all = reads.installations(shop)?;
            Ok::<_, StorageError>(all.into_iter().map(|one| one.plugin).collect())
        })
        .await?;
    for (folder, bytes) in rulewright_bundled::PLUGINS {
        let package = inspect(bytes).map_err(|refusal| {
            CliError::failed(format!("the bundled plugin `{folder}` is not accepted: {refusal}"))
        })?;
        if !installed.contains(&package.manifest.id) {
            let grant = Grant::whole(&package.manifest, &package.imports, &[]);
            engine.install(shop, package, Arc::from(*bytes), grant).await?;
        }
        done();
    }
    Ok(())
}

pub fn stages(stages: &[(&str, &str, StageKind)]) -> Vec<Stage> {
    stages
        .iter()
        .map(|(id, name, kind)| Stage { id: (*id).into(), name: (*name).to_owned(), kind: *kind })
        .collect()
}

/// The shop of an empty data directory: one pipeline, no rules.
pub async fn first_shop(engine: &Engine, name: &str) -> Result<ShopId> {
    let shop = Shop {
        id: ShopId(0),
        name: name.to_owned(),
        currency: Currency::new(b"EUR"),
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
        hours: WorkingHours::default(),
        automate_orders: true,
        not_in_plan: Default::default(),
    };
    let shop = engine.create_shop(shop).await?;
    let stages = stages(&[
        ("new", "New", StageKind::Open),
        ("paid", "Paid", StageKind::Open),
        ("shipped", "Shipped", StageKind::Open),
        ("done", "Done", StageKind::Won),
        ("canceled", "Canceled", StageKind::Lost),
    ]);
    let pipeline = Pipeline {
        id: PipelineId::from("orders"),
        name: "Orders".to_owned(),
        kind: OrderKind::Order,
        stages,
    };
    engine.put_pipeline(shop, pipeline).await?;
    Ok(shop)
}
