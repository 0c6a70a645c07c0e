//! A recipe leaves a shop: its rules and triggers, whoever changed them since, and what nobody else uses of the rest.

use rulewright_domain::{
    Brings, InstalledRecipe, PipelineId, Recipe, Rings, ShopConfig, ShopId, audit::Deed, automation::issues,
};
use rulewright_ports::{Reads, StorageExt, storage::Page};

use super::{
    Fate, PartChange, RecipeChange, RecipeWish, ThingChange, ThingKind, merge::take_out, plan, things,
};
use crate::{
    Asked, Engine, Refusal,
    automation::{Stages, issue},
    change::Change,
    publish::{Pending, Signed, removed},
};

struct Removal {
    record: InstalledRecipe,
    draft_version: u64,
    draft: Option<Stages>,
    published: Option<Stages>,
    parts: Vec<PartChange>,
    things: Vec<ThingChange>,
    pending: u64,
}

impl Engine {
    /// What removing would do.
    pub async fn preview_recipe_removal(
        &self,
        shop: ShopId,
        recipe: &Recipe,
        pipeline: Option<&PipelineId>,
    ) -> Result<RecipeChange, Refusal> {
        let (engine, recipe, pipeline) = (self.clone(), recipe.clone(), pipeline.cloned());
        self.storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                let removal = plan_removal(reads, &config, &recipe, pipeline.as_ref())?;
                Ok(told(&config, &removal))
            })
            .await
    }

    /// Takes the recipe out of the draft and of what runs. Plugins are not asked: what stays was valid before.
    pub async fn remove_recipe(
        &self,
        asked: impl Into<Asked>,
        recipe: &Recipe,
        pipeline: Option<&PipelineId>,
        pending: Pending,
    ) -> Result<RecipeChange, Refusal> {
        let Asked { shop, key } = asked.into();
        let (recipe, pipeline) = (recipe.clone(), pipeline.cloned());
        let done = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                let config = change.config.clone();
                let removal = plan_removal(change.tx, &config, &recipe, pipeline.as_ref())?;
                change.remove_planned(&removal, pending)
            })
        });
        Ok(done.await?.answer)
    }
}

fn plan_removal<R: Reads + ?Sized>(
    reads: &mut R,
    config: &ShopConfig,
    recipe: &Recipe,
    pipeline: Option<&PipelineId>,
) -> Result<Removal, Refusal> {
    let wish = RecipeWish { pipeline: pipeline.cloned(), ..RecipeWish::default() };
    let id = plan::pipeline_of(recipe, &wish, config).map_err(|issue| Refusal::Invalid(vec![issue]))?;
    let Some(record) = plan::record_of(config, recipe, &id).cloned() else {
        let message = format!("recipe `{}` is not installed in pipeline `{id}`", recipe.id);
        return Err(Refusal::invalid("/pipeline", "not-installed", message));
    };
    let shop = config.shop.id;
    let (draft_version, before) = reads.draft(shop, &id)?;
    let mut draft = before.clone();
    let mut parts = take_out(&mut draft, &record.parts);
    let running = config.automations.get(&id).map(|automation| &automation.stages);
    let published = running.map(|running| {
        let mut published = running.clone();
        let gone = take_out(&mut published, &record.parts);
        parts.extend(
            gone.into_iter().filter(|one| parts.iter().all(|known| known.id != one.id)).collect::<Vec<_>>(),
        );
        published
    });
    let changed = published.filter(|published| Some(published) != running);
    if let Some(pipeline) = config.pipelines.get(&id) {
        // A rule of staff's that ran after one of the recipe's may be the first now.
        let wrong = changed.iter().chain([&draft]).flat_map(|stages| issues(stages, pipeline));
        let before = issues(&before, pipeline);
        let wrong: Vec<_> = wrong.filter(|one| !before.contains(one)).collect();
        if !wrong.is_empty() {
            let told = |(path, message)| issue(format!("/stages{path}"), "automation", message);
            return Err(Refusal::Invalid(wrong.into_iter().map(told).collect()));
        }
    }
    let pending = match &changed {
        Some(published) => removed(reads, config, &id, published)?.iter().map(|one| one.pending).sum(),
        None => 0,
    };
    let others: Vec<&Brings> =
        config.recipes.iter().filter(|one| **one != record).map(|one| &one.brought).collect();
    let mut left: Vec<&Stages> = vec![&draft];
    left.extend(config.automations.values().filter(|one| one.pipeline != id).map(|one| &one.stages));
    left.extend(changed.as_ref().or(running));
    let mut empty = Vec::new();
    for list in &record.brought.lists {
        let page = Page { after: None, limit: 1, newest_first: false };
        if reads.items(shop, &list.name, page)?.is_empty() {
            empty.push(list.name.clone());
        }
    }
    let things = things::take_back(config, &record.brought, &others, &left, |list| {
        empty.iter().any(|name| name == list)
    });
    let draft = (draft != before).then_some(draft);
    Ok(Removal { record, draft_version, draft, published: changed, parts, things, pending })
}

fn told(config: &ShopConfig, removal: &Removal) -> RecipeChange {
    let pipeline = &removal.record.pipeline;
    RecipeChange {
        pipeline: Some(pipeline.clone()),
        parameters: removal.record.parameters.clone(),
        things: removal.things.clone(),
        parts: removal.parts.clone(),
        draft: removal.draft_version,
        revision: config.automations.get(pipeline).map(|automation| automation.revision),
        pending: removal.pending,
        ..RecipeChange::default()
    }
}

impl Change<'_> {
    fn remove_planned(&mut self, removal: &Removal, pending: Pending) -> Result<RecipeChange, Refusal> {
        let mut done = told(&self.config, removal);
        let (shop, id) = (self.shop, &removal.record.pipeline);
        if let Some(draft) = &removal.draft {
            done.draft = self.put_draft(id, draft, None)?;
        }
        if let Some(published) = &removal.published {
            done.revision = Some(self.publish(id, published, pending, Signed::default())?.revision);
        }
        for thing in removal.things.iter().filter(|thing| thing.fate == Fate::Removed) {
            match thing.kind {
                ThingKind::List => self.tx.remove_list(shop, &thing.name)?,
                ThingKind::Segment => self.tx.remove_segment(shop, &thing.name)?,
                ThingKind::Schedule => {
                    self.tx.remove_schedule(shop, &thing.name)?;
                    self.remove_alarm(Rings::Schedule { name: thing.name.clone() })?;
                }
                // Documents name them.
                ThingKind::Numerator | ThingKind::Template => {}
            }
        }
        self.tx.remove_recipe(shop, id, &removal.record.recipe)?;
        self.audit(Deed::new("recipe.removed", &removal.record.recipe).with("pipeline", id.0.clone()))?;
        Ok(done)
    }
}
