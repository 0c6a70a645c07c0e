//! A published rule for orders that stand in its stage already: an entry starts only the rules that are there by then.

use std::sync::Arc;

use rulewright_domain::{
    Actor, Cause, NewEvent, Order, OrderId, PipelineId, RuleId, RuleSpec, Run, RunId, ShopConfig, ShopId,
    StageId, audit::Deed, kind,
};
use rulewright_ports::{
    StorageExt,
    storage::{Page, RunQuery, Sequence},
};
use serde::{Deserialize, Serialize};

use crate::{
    Asked, Engine, Refusal,
    change::Change,
    execute::Key,
    sequence::{Chain, first_state, run_of},
};

/// Orders of one transaction: others get their turn in between.
const BATCH: u32 = 200;

/// Orders that can be named at once; who means more means the stage.
const MOST: usize = 5_000;

/// Which orders a rule is started for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Among {
    /// All that stand in the stage.
    Here,
    These(Vec<OrderId>),
    /// One of the orders of a job, which has been told whole: see [`Engine::tell_run_now`].
    OfJob(OrderId),
}

/// Somebody wants a rule to run for orders that entered its stage before it was there.
#[derive(Clone, Debug)]
pub struct RunNow {
    pub pipeline: PipelineId,
    pub stage: StageId,
    pub rule: RuleId,
    pub orders: Among,
    pub by: Actor,
}

/// What became of the orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StartedNow {
    pub started: u64,
    /// The rule has run, or runs, since they entered the stage.
    pub had_run: u64,
    /// They stand somewhere else, or are gone.
    pub elsewhere: u64,
}

/// What starting a rule now would concern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunNowPreview {
    /// Orders in the stage.
    pub here: u64,
    /// Those of them for which the rule has not run since they entered it.
    pub never_ran: u64,
}

#[derive(Serialize, Deserialize)]
struct Batch {
    done: StartedNow,
    /// Where the next one goes on; None after the last.
    next: Option<i64>,
}

impl Engine {
    /// Starts the rule as an entry would, order after order: what stands above it in the list is waited for, and an order
    /// for which it has run since it came is left alone. Done in transactions of [`BATCH`] orders; repeated with the
    /// same key, it does what was not yet done, and answers as the first time.
    pub async fn run_now(&self, asked: impl Into<Asked>, mut wish: RunNow) -> Result<StartedNow, Refusal> {
        let Asked { shop, key } = asked.into();
        if let Among::These(orders) = &mut wish.orders {
            if orders.len() > MOST {
                let message = format!("{} orders, at most {MOST} at once", orders.len());
                return Err(Refusal::invalid("/orders", "too-many", message));
            }
            orders.sort_unstable();
            orders.dedup();
        }
        let wish = Arc::new(wish);
        let (mut done, mut after) = (StartedNow::default(), None);
        let begun = matches!(wish.orders, Among::OfJob(_));
        if !begun {
            self.must_have_room(shop)?;
        }
        for number in 0_u64.. {
            // What has begun is not refused half-way: it goes on as there is room.
            while (begun || number > 0) && self.full(shop).is_some() && self.pause(0).await {}
            let (wish, key) = (wish.clone(), key.as_ref().map(|key| key_of_batch(key, number)));
            let batch = self.change(shop, move |change| {
                change.once(key.as_ref(), |change| {
                    let batch = change.run_batch(&wish, after)?;
                    if number == 0 {
                        change.tell_run_now(&wish)?;
                    }
                    Ok(batch)
                })
            });
            let batch = batch.await?.answer;
            done.started += batch.done.started;
            done.had_run += batch.done.had_run;
            done.elsewhere += batch.done.elsewhere;
            after = batch.next;
            if after.is_none() {
                break;
            }
        }
        Ok(done)
    }

    /// Writes into the audit log that a job starts the rule for these orders, one after another.
    pub async fn tell_run_now(&self, shop: ShopId, wish: RunNow) -> Result<(), Refusal> {
        self.change(shop, move |change| change.tell_run_now(&wish)).await
    }

    /// Counts what [`Engine::run_now`] would find in the stage.
    pub async fn run_now_preview(
        &self,
        shop: ShopId,
        pipeline: &PipelineId,
        stage: &StageId,
        rule: &RuleId,
    ) -> Result<RunNowPreview, Refusal> {
        let engine = self.clone();
        let (pipeline, stage, rule) = (pipeline.clone(), stage.clone(), rule.clone());
        self.storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                let (chain, position) = place_of(&config, &pipeline, &stage, &rule)?;
                let live = &chain.rules[position];
                let mut found = RunNowPreview::default();
                let mut page = Page { after: None, limit: Page::MAX, newest_first: false };
                loop {
                    let ids = reads.orders_in(shop, &pipeline, std::slice::from_ref(&stage), page)?;
                    let Some(last) = ids.last() else { return Ok(found) };
                    page.after = Some(last.0);
                    found.here += ids.len() as u64;
                    for id in ids {
                        let Some(order) = reads.order(shop, id)? else { continue };
                        let ran = reads.has_run(shop, id, order.visit, &rule, live.shadow)?;
                        found.never_ran += u64::from(!ran);
                    }
                }
            })
            .await
    }
}

impl Change<'_> {
    fn tell_run_now(&mut self, wish: &RunNow) -> Result<(), Refusal> {
        let RunNow { pipeline, stage, rule, orders, .. } = wish;
        let deed = Deed::new("rule.run-now", rule)
            .with("pipeline", pipeline.0.as_str())
            .with("stage", stage.0.as_str());
        match orders {
            Among::Here => self.audit(deed),
            Among::These(orders) => self.audit(deed.with("orders", orders.len())),
            Among::OfJob(_) => Ok(()),
        }
    }

    fn run_batch(&mut self, wish: &RunNow, after: Option<i64>) -> Result<Batch, Refusal> {
        self.must_take_in()?;
        let (shop, config) = (self.shop, self.config.clone());
        let RunNow { pipeline, stage, rule, .. } = wish;
        let (chain, position) = place_of(&config, pipeline, stage, rule)?;
        check_startable(&config, &chain, position, pipeline)?;
        let live = &chain.rules[position];
        let ids: Vec<OrderId> = match &wish.orders {
            Among::Here => {
                let page = Page { after, limit: BATCH, newest_first: false };
                self.tx.orders_in(shop, pipeline, std::slice::from_ref(stage), page)?
            }
            Among::These(ids) => {
                let rest = ids.iter().filter(|id| after.is_none_or(|after| id.0 > after));
                rest.take(BATCH as usize).copied().collect()
            }
            Among::OfJob(id) => vec![*id],
        };
        let full = ids.len() == BATCH as usize;
        let next = ids.last().map(|last| last.0).filter(|_| full);
        let mut done = StartedNow::default();
        for id in ids {
            let order = self.tx.order(shop, id)?;
            let here = order.filter(|order| order.pipeline == *pipeline && order.stage == *stage);
            let Some(order) = here else {
                done.elsewhere += 1;
                continue;
            };
            // What was only recorded does not count for a rule that is out of the shadow.
            if self.tx.has_run(shop, id, order.visit, rule, live.shadow)? {
                done.had_run += 1;
                continue;
            }
            let cause = Cause::from_outside(wish.by.clone());
            self.start_now(&order, &chain, position, &cause, None)?;
            done.started += 1;
        }
        Ok(Batch { done, next })
    }

    /// One run of the rule; `again` is the one that it repeats.
    pub fn start_now(
        &mut self,
        order: &Order,
        chain: &Chain<'_>,
        position: usize,
        cause: &Cause,
        again: Option<&Run>,
    ) -> Result<RunId, Refusal> {
        let config = self.config.clone();
        let rule = &chain.rules[position];
        let event =
            NewEvent { order: Some(order.id), client: order.client(), ..started(order, rule, chain, again) };
        let id = self.record(event, cause, Some(order), None)?;
        let event = self.tx.event(self.shop, id)?.ok_or_else(|| Refusal::not_found("event", id))?;
        let id = RunId(self.tx.next(Sequence::Run)?);
        let mut run = run_of(&config, order, &event, chain, position, id);
        run.again = again.map(|old| old.id);
        match self.run_above(order, chain, position)? {
            None => {
                run.inputs = again.map(|old| old.inputs.clone()).unwrap_or_default();
                run.state = first_state(rule, &config, order, event.at);
            }
            Some(above) if above.state.is_terminal() => run.state = self.state_after(&above, &mut run)?,
            Some(above) => self.put_last(&above, &mut run)?,
        }
        run.ended = run.state.is_terminal().then_some(event.at);
        self.start_runs(&[run])?;
        Ok(id)
    }

    /// Of the rule that this one runs after, in the order's visit. What a workflow begins again does not wait for the rest
    /// of it.
    fn run_above(
        &mut self,
        order: &Order,
        chain: &Chain<'_>,
        position: usize,
    ) -> Result<Option<Run>, Refusal> {
        let after = chain.workflow.is_none() && chain.rules[position].after_previous;
        let above = chain.rules[..position].iter().rev().find(|rule| rule.active);
        let Some(above) = above.filter(|_| after) else { return Ok(None) };
        let query = RunQuery { order: Some(order.id), rule: Some(above.id.0.clone()), ..RunQuery::default() };
        let page = Page { after: None, limit: Page::MAX, newest_first: true };
        let runs = self.tx.runs(self.shop, &query, page)?;
        Ok(runs.into_iter().find(|run| run.visit == order.visit && run.workflow.is_none()))
    }

    /// At the end of the chain that is under way: those in it keep the one that they wait for.
    fn put_last(&mut self, above: &Run, run: &mut Run) -> Result<(), Refusal> {
        let (mut last, mut next) = (above.clone(), above.next);
        while let Some(id) = next {
            let Some(one) = self.tx.run(self.shop, id)? else { break };
            next = one.next;
            // What has ended lets nobody begin any more.
            if !one.state.is_terminal() {
                last = one;
            }
        }
        last.next = Some(run.id);
        run.after = Some(last.id);
        run.state = rulewright_domain::RunState::Blocked { on: last.id };
        // Not through put_run: nothing has become of it.
        Ok(self.tx.put_run(&last)?)
    }
}

/// What is told of a start. That of a workflow can be stopped by its event.
pub(crate) fn started(order: &Order, rule: &RuleSpec, chain: &Chain<'_>, again: Option<&Run>) -> NewEvent {
    let event = match &chain.workflow {
        Some(started) => NewEvent::new(kind::WORKFLOW_STARTED).attr("workflow", started.workflow.as_str()),
        None => NewEvent::new(kind::RULE_STARTED)
            .attr("rule", rule.id.0.as_str())
            .attr("name", rule.name.as_str())
            .attr("stage", order.stage.0.as_str()),
    };
    match again {
        Some(old) => event.attr("again", old.id.to_string()),
        None => event,
    }
}

/// The published rules of the stage, and where the rule stands among them.
pub(crate) fn place_of<'c>(
    config: &'c ShopConfig,
    pipeline: &PipelineId,
    stage: &StageId,
    rule: &RuleId,
) -> Result<(Chain<'c>, usize), Refusal> {
    let known = config.pipelines.get(pipeline).ok_or_else(|| Refusal::not_found("pipeline", pipeline))?;
    if known.stage(stage).is_none() {
        return Err(Refusal::not_found("stage", stage));
    }
    let rules = config.rules(pipeline, stage);
    let revision = config.automations.get(pipeline).map_or(0, |automation| automation.revision);
    let position = rules.iter().position(|one| one.id == *rule);
    let position = position.ok_or_else(|| Refusal::not_found("rule", rule))?;
    Ok((Chain { rules, revision, workflow: None }, position))
}

/// Better said once than by each of a thousand runs.
pub(crate) fn check_startable(
    config: &ShopConfig,
    chain: &Chain<'_>,
    position: usize,
    pipeline: &PipelineId,
) -> Result<(), Refusal> {
    let rule = &chain.rules[position];
    let automated = config.pipelines.get(pipeline).is_some_and(|known| config.automates(known.kind));
    let message = if !rule.active {
        format!("rule `{}` is switched off: switch it on and publish it first", rule.id)
    } else if !automated {
        "the shop works with deals only, so orders of this kind have no automation".to_owned()
    } else if !config.plugins.contains_key(&rule.plugin) {
        format!("plugin `{}` is not installed: install it first", rule.plugin)
    } else {
        return Ok(());
    };
    Err(Refusal::Conflict { message })
}

/// The first has the key itself, so that another request with it is noticed.
fn key_of_batch(key: &Key, number: u64) -> Key {
    match number {
        0 => key.clone(),
        _ => Key { source: format!("{} batch {number}", key.source), ..key.clone() },
    }
}
