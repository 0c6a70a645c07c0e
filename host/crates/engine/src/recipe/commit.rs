//! A planned recipe becomes true, in one transaction.

use rulewright_domain::{Actor, Cause, Command, Fields, NewOrder, Recipe, Rings, ShopId, audit::Deed};

use super::{Fate, RecipeChange, ThingChange, ThingKind, has_open_order, plan::Plan, told};
use crate::{
    Asked, Engine, Refusal,
    change::Change,
    publish::{Pending, Signed},
};

impl Engine {
    pub(super) async fn commit_recipe(
        &self,
        asked: Asked,
        recipe: &Recipe,
        plan: Plan,
    ) -> Result<RecipeChange, Refusal> {
        let Asked { shop, key } = asked;
        let recipe = recipe.clone();
        let done = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                let (draft, _) = change.tx.draft(shop, &plan.record.pipeline)?;
                if (change.config.version, draft) != (plan.version, plan.draft_version) {
                    let message = "somebody changed the shop meanwhile: look at the recipe again".to_owned();
                    return Err(Refusal::Conflict { message });
                }
                change.install_planned(shop, &recipe, &plan)
            })
        });
        Ok(done.await?.answer)
    }
}

impl Change<'_> {
    fn install_planned(
        &mut self,
        shop: ShopId,
        recipe: &Recipe,
        plan: &Plan,
    ) -> Result<RecipeChange, Refusal> {
        let mut done = told(plan);
        let id = &plan.record.pipeline;
        let before = self.config.clone();
        if let Some(pipeline) = &plan.pipeline {
            self.put_numbered(pipeline.clone())?;
        }
        for thing in &plan.things {
            self.put_thing(plan, thing)?;
        }
        self.grant_hosts(plan)?;
        if !before.recipes.contains(&plan.record) {
            self.tx.put_recipe(shop, &plan.record)?;
            self.audit(Deed::new("recipe.installed", &recipe.id).with("pipeline", id.0.clone()))?;
        }
        if let Some(draft) = &plan.draft {
            done.draft = self.put_draft(id, draft, None)?;
        }
        // What follows works on what has just been written.
        self.config = self.engine.inner.configs.of(self.tx, shop)?;
        if plan.pipeline.is_some() {
            self.plan_all_dates()?;
        }
        if let Some(published) = &plan.published {
            done.revision = Some(self.publish(id, published, Pending::Finish, Signed::default())?.revision);
            self.config = self.engine.inner.configs.of(self.tx, shop)?;
        }
        done.order = self.own_order(recipe, plan)?;
        done.order_created = done.order.is_some();
        Ok(done)
    }

    fn put_thing(&mut self, plan: &Plan, thing: &ThingChange) -> Result<(), Refusal> {
        if !matches!(thing.fate, Fate::Added | Fate::Updated) {
            return Ok(());
        }
        let (shop, config, name) = (self.shop, &plan.config, &thing.name);
        match thing.kind {
            ThingKind::Numerator => self.tx.put_numerator(shop, &config.numerators[name])?,
            ThingKind::Template => self.tx.put_template(shop, &config.templates[name])?,
            ThingKind::List => self.tx.put_list(shop, &config.lists[name])?,
            ThingKind::Segment => self.tx.put_segment(shop, &config.segments[name])?,
            ThingKind::Schedule => {
                let schedule = &config.schedules[name];
                self.tx.put_schedule(shop, schedule)?;
                if let Some(next) = schedule.next(self.now).filter(|_| schedule.active) {
                    self.set_alarm(next, Rings::Schedule { name: name.clone() })?;
                }
            }
        }
        Ok(())
    }

    fn grant_hosts(&mut self, plan: &Plan) -> Result<(), Refusal> {
        for host in plan.hosts.iter().filter(|host| host.allowed) {
            let installed = self.tx.installations(self.shop)?;
            let installed = installed.into_iter().find(|one| one.plugin == host.plugin);
            let mut installed = installed.ok_or_else(|| Refusal::not_found("plugin", &host.plugin))?;
            if let Some(plugin) = plan.config.plugins.get(&host.plugin) {
                installed.grant.http = plugin.grant.http.clone();
                self.tx.put_installation(self.shop, &installed)?;
            }
        }
        Ok(())
    }

    fn own_order(
        &mut self,
        recipe: &Recipe,
        plan: &Plan,
    ) -> Result<Option<rulewright_domain::OrderId>, Refusal> {
        let (config, id) = (self.config.clone(), &plan.record.pipeline);
        let Some(own) = &recipe.order else { return Ok(None) };
        let Some(pipeline) = config.pipelines.get(id) else { return Ok(None) };
        if has_open_order(self.tx, &config, id)? {
            return Ok(None);
        }
        let order = NewOrder {
            kind: pipeline.kind,
            number: None,
            title: own.title.clone(),
            pipeline: id.clone(),
            stage: plan.record.stages.get(&own.stage).cloned(),
            currency: config.shop.currency,
            lines: Vec::new(),
            responsible: None,
            company: None,
            contacts: Vec::new(),
            source: None,
            comments: String::new(),
            tags: Default::default(),
            fields: Fields::new(),
            historical: false,
            created: None,
            total: None,
            total_always: false,
        };
        let cause = Cause::from_outside(Actor::Host);
        Ok(self.apply(Command::CreateOrder(order), &cause, None)?.order)
    }
}
