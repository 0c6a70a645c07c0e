use rulewright_domain::{
    Automation, InstalledRecipe, Numerator, Pipeline, PipelineId, Schedule, Segment, ShopId, Template,
    Workflow,
};
use rulewright_ports::storage::{ReadAutomation, Result, Stages, WriteAutomation};
use serde::{Deserialize, Serialize};

use crate::{
    sealed::{DRAFTS, RECIPES, REVISIONS, WORKFLOWS},
    session::{Session, Writing, decode, encode, refused, signed, unsigned},
};

/// A row of `pipelines`. One that was removed stays: revisions refer to it.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(flatten)]
    pub pipeline: Pipeline,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

impl<M> Session<'_, M> {
    pub(super) fn pipelines(&self, shop: ShopId, removed: bool) -> Result<Vec<Pipeline>> {
        let rows: Vec<Kept> =
            self.many("pipeline", "SELECT body FROM pipelines WHERE shop = ?1", [shop.0])?;
        Ok(rows.into_iter().filter(|row| row.removed == removed).map(|row| row.pipeline).collect())
    }
}

impl<M> ReadAutomation for Session<'_, M> {
    fn draft(&mut self, shop: ShopId, pipeline: &PipelineId) -> Result<(u64, Stages)> {
        let found = self.each(
            "SELECT version, body FROM drafts WHERE shop = ?1 AND pipeline = ?2",
            (shop.0, &pipeline.0),
            |row| {
                let draft = self.open("draft", row, 1, &DRAFTS.at([&shop.0, &pipeline.0]))?;
                Ok((unsigned(row.get(0).map_err(refused)?), decode("draft", &draft)?))
            },
        );
        Ok(found?.pop().unwrap_or_default())
    }

    fn revision(&mut self, shop: ShopId, pipeline: &PipelineId, revision: u64) -> Result<Option<Automation>> {
        let found = self.opened(
            "automation",
            "SELECT body FROM automation_revisions
             WHERE shop = ?1 AND pipeline = ?2 AND revision = ?3",
            (shop.0, &pipeline.0, signed("revision", revision)?),
            |_| Ok(REVISIONS.at([&shop.0, &pipeline.0, &revision])),
        );
        Ok(found?.pop())
    }

    fn removed_pipelines(&mut self, shop: ShopId) -> Result<Vec<Pipeline>> {
        self.pipelines(shop, true)
    }

    fn revisions(&mut self, shop: ShopId, pipeline: &PipelineId) -> Result<Vec<Automation>> {
        self.opened(
            "automation",
            "SELECT body, revision FROM automation_revisions
             WHERE shop = ?1 AND pipeline = ?2 ORDER BY revision DESC",
            (shop.0, &pipeline.0),
            |row| Ok(REVISIONS.at([&shop.0, &pipeline.0, &row.get::<_, i64>(1)?])),
        )
    }

    fn last_workflow_revision(&mut self, shop: ShopId, name: &str) -> Result<u64> {
        let sql = "SELECT max(revision) FROM workflow_revisions WHERE shop = ?1 AND name = ?2";
        Ok(unsigned(self.value::<Option<i64>>(sql, (shop.0, name))?.flatten().unwrap_or_default()))
    }

    fn workflow(&mut self, shop: ShopId, name: &str, revision: u64) -> Result<Option<Workflow>> {
        let found = self.opened(
            "workflow",
            "SELECT body FROM workflow_revisions WHERE shop = ?1 AND name = ?2 AND revision = ?3",
            (shop.0, name, signed("revision", revision)?),
            |_| Ok(WORKFLOWS.at([&shop.0, &name, &revision])),
        );
        Ok(found?.pop())
    }

    fn template_file(&mut self, shop: ShopId, digest: &str) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT bytes FROM template_files WHERE shop = ?1 AND digest = ?2";
        self.value(sql, (shop.0, digest))
    }
}

impl WriteAutomation for Writing<'_> {
    fn put_pipeline(&mut self, shop: ShopId, pipeline: &Pipeline) -> Result<()> {
        self.execute(
            "INSERT INTO pipelines (shop, id, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, id) DO UPDATE SET body = excluded.body",
            (shop.0, &pipeline.id.0, encode("pipeline", pipeline)?),
        )?;
        self.config_changed(shop)
    }

    fn remove_pipeline(&mut self, shop: ShopId, pipeline: &Pipeline) -> Result<()> {
        let key = (shop.0, &pipeline.id.0);
        self.execute("DELETE FROM automation_current WHERE shop = ?1 AND pipeline = ?2", key)?;
        self.execute("DELETE FROM drafts WHERE shop = ?1 AND pipeline = ?2", key)?;
        self.execute("DELETE FROM recipes WHERE shop = ?1 AND pipeline = ?2", key)?;
        let row = Kept { pipeline: pipeline.clone(), removed: true };
        self.execute(
            "UPDATE pipelines SET body = ?3 WHERE shop = ?1 AND id = ?2",
            (shop.0, &pipeline.id.0, encode("pipeline", &row)?),
        )?;
        self.config_changed(shop)
    }

    fn put_draft(&mut self, shop: ShopId, pipeline: &PipelineId, stages: &Stages) -> Result<u64> {
        let body = self.sealed("draft", &DRAFTS.at([&shop.0, &pipeline.0]), stages)?;
        self.execute_returning(
            "INSERT INTO drafts (shop, pipeline, version, body) VALUES (?1, ?2, 1, ?3)
             ON CONFLICT (shop, pipeline) DO UPDATE SET version = version + 1, body = excluded.body
             RETURNING version",
            (shop.0, &pipeline.0, body),
        )
        .map(unsigned)
    }

    fn publish(&mut self, shop: ShopId, automation: &Automation) -> Result<()> {
        let revision = signed("revision", automation.revision)?;
        let place = REVISIONS.at([&shop.0, &automation.pipeline.0, &revision]);
        let body = self.sealed("automation", &place, automation)?;
        self.execute(
            "INSERT INTO automation_revisions (shop, pipeline, revision, body)
             VALUES (?1, ?2, ?3, ?4)",
            (shop.0, &automation.pipeline.0, revision, body),
        )?;
        self.execute(
            "INSERT INTO automation_current (shop, pipeline, revision) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, pipeline) DO UPDATE SET revision = excluded.revision",
            (shop.0, &automation.pipeline.0, revision),
        )?;
        self.config_changed(shop)
    }

    fn publish_workflow(&mut self, shop: ShopId, workflow: &Workflow) -> Result<()> {
        let revision = signed("revision", workflow.revision)?;
        let body = self.sealed("workflow", &WORKFLOWS.at([&shop.0, &workflow.name, &revision]), workflow)?;
        self.execute(
            "INSERT INTO workflow_revisions (shop, name, revision, body) VALUES (?1, ?2, ?3, ?4)",
            (shop.0, &workflow.name, revision, body),
        )?;
        self.execute(
            "INSERT INTO workflow_current (shop, name, revision) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, name) DO UPDATE SET revision = excluded.revision",
            (shop.0, &workflow.name, revision),
        )?;
        self.config_changed(shop)
    }

    fn retire_workflow(&mut self, shop: ShopId, name: &str) -> Result<()> {
        self.execute("DELETE FROM workflow_current WHERE shop = ?1 AND name = ?2", (shop.0, name))?;
        self.config_changed(shop)
    }

    fn put_segment(&mut self, shop: ShopId, segment: &Segment) -> Result<()> {
        self.execute(
            "INSERT INTO segments (shop, name, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, name) DO UPDATE SET body = excluded.body",
            (shop.0, &segment.name, encode("segment", segment)?),
        )?;
        self.config_changed(shop)
    }

    fn remove_segment(&mut self, shop: ShopId, name: &str) -> Result<()> {
        self.execute("DELETE FROM segments WHERE shop = ?1 AND name = ?2", (shop.0, name))?;
        self.config_changed(shop)
    }

    fn put_template(&mut self, shop: ShopId, template: &Template) -> Result<()> {
        self.execute(
            "INSERT INTO templates (shop, name, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, name) DO UPDATE SET body = excluded.body",
            (shop.0, &template.name, encode("template", template)?),
        )?;
        self.config_changed(shop)
    }

    fn put_template_file(&mut self, shop: ShopId, digest: &str, bytes: &[u8]) -> Result<()> {
        self.execute(
            "INSERT INTO template_files (shop, digest, bytes) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, digest) DO NOTHING",
            (shop.0, digest, bytes),
        )
        .map(drop)
    }

    fn put_numerator(&mut self, shop: ShopId, numerator: &Numerator) -> Result<()> {
        self.execute(
            "INSERT INTO numerators (shop, name, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, name) DO UPDATE SET body = excluded.body",
            (shop.0, &numerator.name, encode("numerator", numerator)?),
        )?;
        self.config_changed(shop)
    }

    fn remove_template(&mut self, shop: ShopId, name: &str) -> Result<bool> {
        let removed = self.execute("DELETE FROM templates WHERE shop = ?1 AND name = ?2", (shop.0, name))?;
        if removed > 0 {
            self.config_changed(shop)?;
        }
        Ok(removed > 0)
    }

    fn remove_numerator(&mut self, shop: ShopId, name: &str) -> Result<bool> {
        let removed = self.execute("DELETE FROM numerators WHERE shop = ?1 AND name = ?2", (shop.0, name))?;
        if removed > 0 {
            self.config_changed(shop)?;
        }
        Ok(removed > 0)
    }

    fn put_schedule(&mut self, shop: ShopId, schedule: &Schedule) -> Result<()> {
        self.execute(
            "INSERT INTO schedules (shop, name, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, name) DO UPDATE SET body = excluded.body",
            (shop.0, &schedule.name, encode("schedule", schedule)?),
        )?;
        self.config_changed(shop)
    }

    fn remove_schedule(&mut self, shop: ShopId, name: &str) -> Result<bool> {
        let removed = self.execute("DELETE FROM schedules WHERE shop = ?1 AND name = ?2", (shop.0, name))?;
        if removed > 0 {
            self.config_changed(shop)?;
        }
        Ok(removed > 0)
    }

    fn put_recipe(&mut self, shop: ShopId, installed: &InstalledRecipe) -> Result<()> {
        let place = RECIPES.at([&shop.0, &installed.pipeline.0, &installed.recipe]);
        let body = self.sealed("recipe", &place, installed)?;
        self.execute(
            "INSERT INTO recipes (shop, pipeline, recipe, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (shop, pipeline, recipe) DO UPDATE SET body = excluded.body",
            (shop.0, &installed.pipeline.0, &installed.recipe, body),
        )?;
        self.config_changed(shop)
    }

    fn remove_recipe(&mut self, shop: ShopId, pipeline: &PipelineId, recipe: &str) -> Result<()> {
        let sql = "DELETE FROM recipes WHERE shop = ?1 AND pipeline = ?2 AND recipe = ?3";
        self.execute(sql, (shop.0, &pipeline.0, recipe))?;
        self.config_changed(shop)
    }
}
