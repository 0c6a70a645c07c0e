//! A shop's pipelines and their stages.

use std::collections::BTreeSet;

use rulewright_domain::{OrderKind, Pipeline, PipelineId, audit::Deed};
use rulewright_ports::{Reads, StorageExt};

use crate::{Asked, Engine, Refusal, change::Change, check};

/// Characters of a name that people read.
const MAX_NAME: usize = 200;
/// Characters of a stage's id.
const MAX_ID: usize = 64;
/// A board with more stages shows nobody anything.
const MAX_STAGES: usize = 200;

impl Engine {
    /// Stages that orders stand in cannot be taken away. What else is known of it stays, where nothing is said of that.
    pub async fn put_pipeline(&self, asked: impl Into<Asked>, pipeline: Pipeline) -> Result<(), Refusal> {
        check_whole(&pipeline)?;
        let Asked { shop, key } = asked.into();
        self.change(shop, move |change| {
            let once = change.once(key.as_ref(), |change| {
                let mut pipeline = pipeline.clone();
                let known = change.config.pipelines.get(&pipeline.id);
                if let Some(known) = known.filter(|_| pipeline.attrs.is_empty()) {
                    pipeline.attrs.clone_from(&known.attrs);
                }
                change.put_pipeline(pipeline)
            });
            once.map(drop)
        })
        .await
    }

    /// Its id is chosen here; the given one is ignored.
    pub async fn add_pipeline(
        &self,
        asked: impl Into<Asked>,
        pipeline: Pipeline,
    ) -> Result<PipelineId, Refusal> {
        check_whole(&pipeline)?;
        let Asked { shop, key } = asked.into();
        let added = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                let mut pipeline = pipeline.clone();
                pipeline.id = change.free_id(pipeline.kind)?;
                change.put_pipeline(pipeline.clone())?;
                Ok(pipeline.id)
            })
        });
        Ok(added.await?.answer)
    }

    /// Changes the pipeline as it is at that moment, so that two changes at once are both there in the end.
    pub async fn change_pipeline(
        &self,
        asked: impl Into<Asked>,
        id: PipelineId,
        patch: impl Fn(&mut Pipeline) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<(), Refusal> {
        let Asked { shop, key } = asked.into();
        self.change(shop, move |change| {
            let once = change.once(key.as_ref(), |change| {
                let mut pipeline = change.known_pipeline(&id)?;
                patch(&mut pipeline)?;
                pipeline.id = id.clone();
                check_whole(&pipeline)?;
                change.put_pipeline(pipeline)
            });
            once.map(drop)
        })
        .await
    }

    /// With its automation. Refused while orders stand in it, and of the one that deals begin in.
    pub async fn remove_pipeline(&self, asked: impl Into<Asked>, id: PipelineId) -> Result<(), Refusal> {
        let Asked { shop, key } = asked.into();
        self.change(shop, move |change| {
            let once = change.once(key.as_ref(), |change| {
                let pipeline = change.known_pipeline(&id)?;
                if pipeline.number == Some(0) {
                    let message = format!("pipeline `{id}` is where deals begin: it stays");
                    return Err(Refusal::Conflict { message });
                }
                let counts = change.tx.order_counts(shop)?;
                let orders: u64 = counts.iter().filter(|(of, ..)| *of == id).map(|(.., orders)| orders).sum();
                if orders > 0 {
                    let message = format!("{orders} orders stand in pipeline `{id}`: move them first");
                    return Err(Refusal::Conflict { message });
                }
                change.forget_draft(&id)?;
                change.tx.remove_pipeline(shop, &pipeline)?;
                change.audit(Deed::new("pipeline.removed", &id))
            });
            once.map(drop)
        })
        .await
    }

    /// Those that were stored before pipelines had numbers.
    pub(crate) async fn number_pipelines(&self) -> Result<(), Refusal> {
        let engine = self.clone();
        let without = move |reads: &mut dyn Reads| {
            let mut found = Vec::new();
            for shop in reads.shops()? {
                let config = engine.inner.configs.of(reads, shop.id)?;
                if config.pipelines.values().any(|pipeline| pipeline.number.is_none()) {
                    found.push(shop.id);
                }
            }
            Ok::<_, Refusal>(found)
        };
        for shop in self.storage().read(without).await? {
            self.change(shop, |change| {
                let config = change.config.clone();
                let unnumbered = config.pipelines.values().filter(|pipeline| pipeline.number.is_none());
                unnumbered.cloned().try_for_each(|pipeline| change.put_numbered(pipeline))
            })
            .await?;
        }
        Ok(())
    }
}

impl Change<'_> {
    fn known_pipeline(&self, id: &PipelineId) -> Result<Pipeline, Refusal> {
        let known = self.config.pipelines.get(id).cloned();
        known.ok_or_else(|| Refusal::not_found("pipeline", id))
    }

    fn put_pipeline(&mut self, pipeline: Pipeline) -> Result<(), Refusal> {
        let counts = self.tx.order_counts(self.shop)?;
        let lost = counts.iter().find(|(id, stage, _)| *id == pipeline.id && pipeline.stage(stage).is_none());
        if let Some((_, stage, orders)) = lost {
            let message = format!("{orders} orders stand in stage `{stage}`: move them first");
            return Err(Refusal::Conflict { message });
        }
        let deed = match self.config.pipelines.get(&pipeline.id) {
            Some(_) => Deed::new("pipeline.changed", &pipeline.id),
            None => Deed::new("pipeline.added", &pipeline.id),
        };
        self.put_numbered(pipeline)?;
        self.audit(deed)?;
        // Stages may be open that were not.
        self.plan_all_dates()
    }

    /// Stores a pipeline with the numbers that it and its stages keep.
    pub fn put_numbered(&mut self, mut pipeline: Pipeline) -> Result<(), Refusal> {
        let config = self.engine.inner.configs.of(self.tx, self.shop)?;
        // Also of those that are gone: what happened in them is told by their numbers.
        let removed = self.tx.removed_pipelines(self.shop)?;
        let others = config.pipelines.values().filter(|other| other.id != pipeline.id);
        let others: Vec<i64> = others.chain(&removed).filter_map(|other| other.number).collect();
        pipeline.give_numbers(config.pipelines.get(&pipeline.id), &others);
        Ok(self.tx.put_pipeline(self.shop, &pipeline)?)
    }

    fn free_id(&mut self, kind: OrderKind) -> Result<PipelineId, Refusal> {
        let removed = self.tx.removed_pipelines(self.shop)?;
        let taken: BTreeSet<&str> =
            self.config.pipelines.values().chain(&removed).map(|pipeline| pipeline.id.0.as_str()).collect();
        let kind = match kind {
            OrderKind::Deal => "deals",
            OrderKind::Order => "orders",
        };
        // One of so many is free.
        let ids = (1..=taken.len() + 1).map(|number| format!("{kind}-{number}"));
        let free = ids.into_iter().find(|id| !taken.contains(id.as_str()));
        Ok(PipelineId(free.unwrap_or_else(|| kind.to_owned())))
    }
}

fn check_whole(pipeline: &Pipeline) -> Result<(), Refusal> {
    check::line("/name", &pipeline.name, MAX_NAME)?;
    if let Some(issue) = pipeline.issues().into_iter().next() {
        return Err(Refusal::invalid("/stages", "stages", issue));
    }
    if pipeline.stages.len() > MAX_STAGES {
        let message = format!("{} stages, at most {MAX_STAGES}", pipeline.stages.len());
        return Err(Refusal::invalid("/stages", "stages", message));
    }
    for (index, stage) in pipeline.stages.iter().enumerate() {
        check::line(&format!("/stages/{index}/id"), &stage.id.0, MAX_ID)?;
        check::line(&format!("/stages/{index}/name"), &stage.name, MAX_NAME)?;
    }
    Ok(())
}
