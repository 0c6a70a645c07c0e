//! The shop that a plugin is tried in while it is written: a demo's, or one that is gone afterwards.

use std::sync::Arc;
use std::time::Duration;

use rulewright_domain::plugin::PluginKind;
use rulewright_domain::{Package, Scope};
use rulewright_engine::{Engine, SystemClock};
use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::access::{Access, query};
use crate::compose::{self, Durability};
use crate::config::{Config, Server};
use crate::error::{CliError, Doing, Result};
use crate::fixture::pruned;
use crate::serve::Door;
use crate::{serve, setup, token};

/// Away from the shop's own pipelines.
const PIPELINE: &str = "plugin-dev";
const STAGE: &str = "here";
/// How often it is looked whether something has happened, and how often at most.
const PAUSE: Duration = Duration::from_millis(50);
const LOOKS: u32 = 600;

/// A server of its own on temporary data.
pub struct Own {
    server: Server,
    stop: CancellationToken,
    serving: JoinHandle<Result<()>>,
    _data: tempfile::TempDir,
}

impl Own {
    pub async fn start(config: &Config) -> Result<Own> {
        let data = tempfile::Builder::new().prefix("rulewright-dev-").tempdir();
        let data = data.doing(|| "no temporary folder".to_owned())?;
        let storage = compose::storage(data.path(), Durability::Temporary)?;
        let engine: Engine = compose::engine(config, data.path(), storage.clone(), Arc::new(SystemClock))?;
        let shop = setup::first_shop(&engine, "Plugin development").await?;
        let (_, token) =
            token::create(&storage, shop, "plugin dev", [Scope::Admin].into(), None, None).await?;
        engine.start().await?;
        let listener = serve::listen(([127, 0, 0, 1], 0).into()).await?;
        let address = listener.local_addr().doing(|| "the address is gone".to_owned())?;
        let stop = CancellationToken::new();
        let told = stop.clone();
        let sources = compose::sources(config, data.path(), engine.clock().clone());
        let serving =
            tokio::spawn(async move { serve::run(&engine, sources, listener, Door::default(), told).await });
        let server = Server { url: format!("http://{address}"), token };
        Ok(Own { server, stop, serving, _data: data })
    }

    pub fn config(&self, config: &Config) -> Config {
        Config { server: Some(self.server.clone()), ..config.clone() }
    }

    pub async fn end(self) {
        self.stop.cancel();
        let _ = self.serving.await;
    }
}

pub struct DevShop {
    access: Access,
    client: Value,
}

impl DevShop {
    pub async fn open(config: &Config) -> Result<DevShop> {
        let access = Access::open(config).await?;
        let shop = access.get("/v1/shop").await?;
        if shop["sandbox"] != json!(true) {
            return Err(CliError::refused("real-shop", "this shop sends to real people").hint(
                "use one that `rulewright demo` opens, or none: without --server there is one for the time",
            ));
        }
        let stage = |id: &str, kind: &str| json!({ "id": id, "name": id, "kind": kind });
        let pipeline = json!({
            "name": "Plugin development", "kind": "order",
            "stages": [stage("new", "open"), stage(STAGE, "open"), stage("done", "won")],
        });
        access.put(&format!("/v1/pipelines/{PIPELINE}"), &pipeline).await?;
        // Reachable in no real network.
        let client = json!({
            "kind": "contact", "name": "Tess Merrow", "locale": "en-GB",
            "phones": [{ "kind": "mobile", "value": "+447700900123" }],
            "emails": [{ "kind": "work", "value": "tess.merrow@example.com" }],
        });
        let client = access.post("/v1/clients", &client).await?["client"].clone();
        Ok(DevShop { access, client })
    }

    /// Installs it, lets an order in, and tells what it did.
    pub async fn try_out(
        &self,
        package: &Package,
        component: Vec<u8>,
        number: u32,
        settings: &Option<Value>,
    ) -> Result<Value> {
        let manifest = &package.manifest;
        // Who writes it agrees to what it asks for.
        let path = format!("/v1/plugins{}", query(&[("accept", Some(package.digest.clone()))]));
        self.access.post_component(&path, component, None).await?;
        if manifest.kind == PluginKind::Provider {
            return Ok(json!({ "plugin": manifest.id, "installed": true }));
        }
        let settings = settings.clone().or_else(|| manifest.example.clone()).unwrap_or_else(|| json!({}));
        let part =
            json!({ "id": "dev", "name": manifest.title, "plugin": manifest.id, "settings": settings });
        let list = if manifest.kind == PluginKind::Trigger { "triggers" } else { "rules" };
        let on: Map<String, Value> = [(list.to_owned(), json!([part]))].into_iter().collect();
        let automation = format!("/v1/pipelines/{PIPELINE}/automation");
        self.access.put(&automation, &json!({ "stages": { STAGE: on } })).await?;
        self.access.post(&format!("{automation}/publish"), &json!({})).await?;
        let order = json!({
            "pipeline": PIPELINE, "title": format!("Try {number}"), "contacts": [self.client],
            "lines": [{ "sku": "85123A", "title": "White hanging heart T-light holder", "quantity": "6",
                "unit_price": { "amount": "2.55", "currency": "GBP" } }],
        });
        let order = self.access.post("/v1/orders", &order).await?["order"].clone();
        let order = order.as_str().unwrap_or_default().to_owned();
        let seen = match manifest.kind {
            PluginKind::Trigger => self.trigger(package, &order).await?,
            _ => self.rule(&order).await?,
        };
        // The same in every round.
        let text = seen.to_string().replace(&order, "ORDER");
        let seen: Value = serde_json::from_str(&text).unwrap_or(seen);
        Ok(json!({ "plugin": manifest.id, "came": seen }))
    }

    async fn rule(&self, order: &str) -> Result<Value> {
        self.access.post(&format!("/v1/orders/{order}/stage"), &json!({ "stage": STAGE })).await?;
        let at_work = ["ready", "blocked"];
        let runs = self
            .until(&format!("/v1/orders/{order}/runs"), |runs| {
                let state = runs["items"][0]["state"].as_str().unwrap_or("ready");
                !at_work.contains(&state)
            })
            .await?;
        let id = runs["items"][0]["id"].as_str().unwrap_or_default();
        let run = self.access.get(&format!("/v1/runs/{id}")).await?;
        let steps =
            run["trace"].as_array().into_iter().flatten().map(
                |step| json!({ "result": step["result"], "effects": step["effects"], "log": step["logs"] }),
            );
        let told = pruned(&json!({
            "state": run["state"], "reason": run["reason"], "code": run["code"], "message": run["message"],
            "steps": steps.collect::<Vec<_>>(),
        }));
        let text = told.to_string().replace(id, "RUN");
        Ok(serde_json::from_str(&text).unwrap_or(told))
    }

    async fn trigger(&self, package: &Package, order: &str) -> Result<Value> {
        let Some(kind) = package.manifest.subscriptions.first() else { return Ok(Value::Null) };
        let event = json!({ "kind": kind, "order": order });
        if let Err(error) = self.access.post("/v1/events", &event).await {
            // The host's own events follow from commands, which the author gives.
            return Ok(json!({ "not-tried": error.message }));
        }
        let matches = self
            .until(&format!("/v1/matches?order={order}"), |matches| {
                matches["items"].as_array().is_some_and(|all| {
                    !all.is_empty() && all.iter().all(|one| one["pending"] == json!(false))
                })
            })
            .await?;
        let candidate = &matches["items"][0]["candidates"][0];
        Ok(json!({ "event": kind, "verdict": candidate["verdict"], "reason": candidate["reason"] }))
    }

    /// What follows a command comes soon; how soon is not promised.
    async fn until(&self, path: &str, is_there: impl Fn(&Value) -> bool) -> Result<Value> {
        for _ in 0..LOOKS {
            let answer = self.access.get(path).await?;
            if is_there(&answer) {
                return Ok(answer);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(CliError::failed("the shop is busy: the order has not been worked on in time")
            .hint("look at it with `rulewright run list`"))
    }
}
