//! The database that every seed begins with, made once: shops with a pipeline and all plugins in their first version,
//! and the spy.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use rulewright_domain::{
    Currency, OrderKind, Pipeline, PipelineId, ShipmentStatus, Shop, ShopId, Stage, StageKind, Timestamp,
};
use rulewright_engine::{Deps, Engine, Options, SimulatedClock};
use rulewright_storage::Sqlite;

use crate::{
    gate::Gate,
    guest::{CALLER, Guests, RULE, TRIGGER, package},
    outside::{NoMail, Outside},
    plan::{Faults, Plan},
    storage::Spy,
    trace::Log,
};

/// 20 November 2026, 10:00 UTC.
pub const START: Timestamp = Timestamp(1_795_168_800_000);
pub const SHOPS: i64 = 3;
pub const PIPELINE: &str = "orders";
pub const STAGES: [(&str, StageKind); 5] = [
    ("new", StageKind::Open),
    ("paid", StageKind::Open),
    ("packing", StageKind::Open),
    ("done", StageKind::Won),
    ("lost", StageKind::Lost),
];

/// The database, and the key to what is sealed in it.
static TEMPLATE: OnceLock<Result<[Vec<u8>; 2], String>> = OnceLock::new();
const KEY: &str = "secret.key";

/// A copy of it, under this path.
pub fn copy(to: &Path) -> Result<(), String> {
    let made = || {
        let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
        let path = dir.path().join("template.db");
        make(&path)?;
        Spy::plant(&path).map_err(|error| error.to_string())?;
        let read = |path: &Path| std::fs::read(path).map_err(|error| error.to_string());
        Ok([read(&path)?, read(&path.with_file_name(KEY))?])
    };
    let [database, key] = TEMPLATE.get_or_init(made).as_ref().map_err(String::clone)?;
    let write = |path: &Path, bytes: &[u8]| std::fs::write(path, bytes).map_err(|error| error.to_string());
    write(&to.with_file_name(KEY), key)?;
    write(to, database)
}

fn make(path: &Path) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let (log, gate) = (Arc::new(Log::default()), Arc::new(Gate::default()));
        let plan = Plan::draw(0);
        let faults = Arc::new(Faults::new(plan.clone()));
        gate.calm(u64::MAX);
        let outside = Arc::new(Outside::new(log.clone(), gate.clone(), faults.clone()));
        let deps = Deps {
            storage: Arc::new(Sqlite::open(path, Default::default()).map_err(|error| error.to_string())?),
            executor: Arc::new(Guests::new(plan, log, gate, faults)),
            transport: outside.clone(),
            egress: outside,
            mail: Arc::new(NoMail),
            clock: Arc::new(SimulatedClock::new(START)),
        };
        let engine = Engine::new(deps, Options::default());
        for number in 1..=SHOPS {
            furnish(&engine, number).await.map_err(|refusal| refusal.to_string())?;
        }
        Ok::<(), String>(())
    })
}

async fn furnish(engine: &Engine, number: i64) -> Result<(), rulewright_engine::Refusal> {
    let shop = engine
        .create_shop(Shop {
            id: ShopId(0),
            name: format!("Shop {number}"),
            currency: Currency::new(b"GBP"),
            locale: "en-GB".into(),
            time_zone: "Europe/London".into(),
            hours: Default::default(),
            automate_orders: true,
            seed: format!("simulator {number}"),
            not_in_plan: Default::default(),
            requisites: Default::default(),
            sandbox: true,
            shipment_statuses: ShipmentStatus::usual(),
            hook_keys: Default::default(),
            spending: Default::default(),
        })
        .await?;
    let stages = STAGES.map(|(id, kind)| Stage::new(id, id, kind));
    let id = PipelineId::from(PIPELINE);
    engine.put_pipeline(shop, Pipeline::new(id, "Orders", OrderKind::Order, stages.into())).await?;
    for plugin in [RULE, CALLER, TRIGGER] {
        let (package, component, grant) = package(plugin, 1);
        engine.install(shop, package, component, grant).await?;
    }
    Ok(())
}
