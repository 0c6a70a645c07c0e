use std::collections::BTreeMap;

use rulewright_domain::{
    Automation, InstalledRecipe, Numerator, Pipeline, PipelineId, Schedule, Segment, ShopId, StageAutomation,
    StageId, Template, Workflow,
};

use super::Result;

pub type Stages = BTreeMap<StageId, StageAutomation>;

pub trait ReadAutomation {
    /// The draft and its version, 0 and empty where nobody has begun one.
    fn draft(&mut self, shop: ShopId, pipeline: &PipelineId) -> Result<(u64, Stages)>;
    fn revision(&mut self, shop: ShopId, pipeline: &PipelineId, revision: u64) -> Result<Option<Automation>>;
    /// Pipelines that were removed, as they were last: what happened in them is still told, and their numbers stay theirs.
    fn removed_pipelines(&mut self, shop: ShopId) -> Result<Vec<Pipeline>>;
    /// Newest first.
    fn revisions(&mut self, shop: ShopId, pipeline: &PipelineId) -> Result<Vec<Automation>>;
    /// The highest that was ever published, 0 before the first.
    fn last_workflow_revision(&mut self, shop: ShopId, name: &str) -> Result<u64>;
    /// Any revision, the one in force or an earlier one.
    fn workflow(&mut self, shop: ShopId, name: &str, revision: u64) -> Result<Option<Workflow>>;
    /// Of any template, now or before.
    fn template_file(&mut self, shop: ShopId, digest: &str) -> Result<Option<Vec<u8>>>;
}

pub trait WriteAutomation {
    fn put_pipeline(&mut self, shop: ShopId, pipeline: &Pipeline) -> Result<()>;
    /// With its draft and what is installed of recipes in it; no revision of it is in force any more. Revisions stay with
    /// the runs that belong to them.
    fn remove_pipeline(&mut self, shop: ShopId, pipeline: &Pipeline) -> Result<()>;
    /// The new version of the draft.
    fn put_draft(&mut self, shop: ShopId, pipeline: &PipelineId, stages: &Stages) -> Result<u64>;
    /// Stores an immutable revision and makes it the current one.
    fn publish(&mut self, shop: ShopId, automation: &Automation) -> Result<()>;
    /// Stores an immutable revision, which is in force from now on.
    fn publish_workflow(&mut self, shop: ShopId, workflow: &Workflow) -> Result<()>;
    /// Nobody can start it any more; its revisions stay with the runs that belong to them.
    fn retire_workflow(&mut self, shop: ShopId, name: &str) -> Result<()>;
    fn put_segment(&mut self, shop: ShopId, segment: &Segment) -> Result<()>;
    fn remove_segment(&mut self, shop: ShopId, name: &str) -> Result<()>;
    fn put_template(&mut self, shop: ShopId, template: &Template) -> Result<()>;
    /// Stays, whatever becomes of the template: runs of the past refer to it.
    fn put_template_file(&mut self, shop: ShopId, digest: &str, bytes: &[u8]) -> Result<()>;
    fn put_numerator(&mut self, shop: ShopId, numerator: &Numerator) -> Result<()>;
    /// Whether there was one. Its file stays, as do the documents that were made of it.
    fn remove_template(&mut self, shop: ShopId, name: &str) -> Result<bool>;
    /// Whether there was one. The numbers that it has given stay given.
    fn remove_numerator(&mut self, shop: ShopId, name: &str) -> Result<bool>;
    fn put_schedule(&mut self, shop: ShopId, schedule: &Schedule) -> Result<()>;
    /// Whether there was one.
    fn remove_schedule(&mut self, shop: ShopId, name: &str) -> Result<bool>;
    /// In place of what was there of it in this pipeline.
    fn put_recipe(&mut self, shop: ShopId, installed: &InstalledRecipe) -> Result<()>;
    fn remove_recipe(&mut self, shop: ShopId, pipeline: &PipelineId, recipe: &str) -> Result<()>;
}
