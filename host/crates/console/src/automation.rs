//! The automation of a pipeline: its stages with triggers above and rules below, as a draft that is tried, and published.

mod board;
mod catalogue;
mod change;
mod dry;
mod form;
mod history;
mod now;
mod observed;
mod offer;
mod part;
mod publish;
mod simulate;
mod summary;

use std::{collections::BTreeMap, sync::Arc};

use axum::{Router, extract::State, response::Redirect, routing::get};
use rulewright_domain::{
    Client, Order, OrderId, Pipeline, PipelineId, ShopConfig, StageAutomation, StageId,
    secret::without_secrets,
};
use rulewright_ports::storage::{OrderQuery, Page};
use serde_json::Value;

use crate::{
    Console,
    door::{See, Visitor},
    trouble::Trouble,
};

pub type Stages = BTreeMap<StageId, StageAutomation>;

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/automation", get(first))
        .merge(board::routes())
        .merge(catalogue::routes())
        .merge(part::routes())
        .merge(dry::routes())
        .merge(now::routes())
        .merge(publish::routes())
        .merge(simulate::routes())
        .merge(history::routes())
}

/// The pipeline that is looked at first.
async fn first(State(console): State<Console>, See(visitor): See) -> Result<Redirect, Trouble> {
    let config = console.config(visitor.shop).await?;
    let mut pipelines: Vec<&Pipeline> = config.pipelines.values().collect();
    // The one with most on its stages is what somebody comes for.
    pipelines.sort_by_key(|pipeline| {
        let stages = config.automations.get(&pipeline.id).into_iter().flat_map(|all| all.stages.values());
        std::cmp::Reverse(stages.map(|stage| stage.rules.len() + stage.triggers.len()).sum::<usize>())
    });
    let first = pipelines.first().ok_or(Trouble::NotFound)?;
    Ok(Redirect::to(&at(&first.id)))
}

/// Where a pipeline's automation is.
fn at(pipeline: &PipelineId) -> String {
    format!("/automation/{pipeline}")
}

/// A draft as somebody looks at it, with all that is needed to show it.
struct Desk {
    config: Arc<ShopConfig>,
    pipeline: Pipeline,
    /// Of the draft: what is saved on it says which one it was made from.
    version: u64,
    stages: Stages,
    /// An order to try things with.
    sample: Option<Sample>,
    /// Nothing, before [`Desk::observed`].
    observed: observed::Observed,
}

/// An order with what is known of its clients.
struct Sample {
    order: Arc<Order>,
    clients: Vec<Client>,
}

impl Desk {
    /// With the order that was asked for, or the latest of the pipeline.
    async fn open(
        console: &Console,
        visitor: &Visitor,
        pipeline: &str,
        sample: Option<OrderId>,
    ) -> Result<Desk, Trouble> {
        let shop = visitor.shop;
        let config = console.config(shop).await?;
        let id = PipelineId(pipeline.to_owned());
        let pipeline = config.pipelines.get(&id).ok_or(Trouble::NotFound)?.clone();
        let read = move |reads: &mut dyn rulewright_ports::Reads| {
            let (version, stages) = reads.draft(shop, &id)?;
            let order = match sample {
                Some(order) => reads.order(shop, order)?,
                None => {
                    let query = OrderQuery { pipeline: Some(id.clone()), ..OrderQuery::default() };
                    let latest =
                        reads.orders(shop, &query, Page { after: None, limit: 1, newest_first: true })?;
                    latest.into_iter().next().map(Arc::new)
                }
            };
            let sample = match order {
                Some(order) => {
                    let mut clients = Vec::new();
                    for client in order.clients() {
                        clients.extend(reads.client(shop, client)?);
                    }
                    Some(Sample { order, clients })
                }
                None => None,
            };
            Ok((version, stages, sample))
        };
        let (version, stages, sample) = console.read(read).await?;
        Ok(Desk { config, pipeline, version, stages, sample, observed: Default::default() })
    }

    fn at(&self) -> String {
        at(&self.pipeline.id)
    }

    /// What runs now.
    fn published(&self) -> Option<&Stages> {
        self.config.automations.get(&self.pipeline.id).map(|automation| &automation.stages)
    }

    fn revision(&self) -> u64 {
        self.config.automations.get(&self.pipeline.id).map_or(0, |automation| automation.revision)
    }

    fn stage_name(&self, id: &StageId) -> String {
        self.pipeline.stage(id).map_or_else(|| id.to_string(), |stage| stage.name.clone())
    }
}

/// Without its schema nobody knows which of them are secret, and none are shown.
fn shown_settings(config: &ShopConfig, plugin: &str, settings: &Value) -> Value {
    let schema = config.plugins.get(plugin).map(|plugin| &plugin.manifest.settings);
    schema.map_or(Value::Null, |schema| without_secrets(settings, schema))
}
