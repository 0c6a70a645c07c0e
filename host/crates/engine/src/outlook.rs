//! What starting a rule now for some orders would come to: counted, and nothing is begun.

use rulewright_domain::{
    Actor, Cause, Event, EventId, NewEvent, Order, OrderId, PipelineId, RuleId, RunId, ShopConfig, ShopId,
    StageId, Timestamp,
};
use rulewright_ports::{Reads, StorageExt};

use crate::{
    Engine, Refusal,
    invocation::looks,
    run_now::{check_startable, place_of, started},
    sequence::{Chain, run_of},
    step::last_run,
    view,
};

/// What would become of the orders. Conditions are looked at as everything is now: a rule that waits for its time, or for
/// the one above it, looks when it begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunNowOutlook {
    pub would_run: u64,
    /// Would be started, and skipped by the rule's condition.
    pub condition_false: u64,
    /// The rule has run, or runs, since they entered the stage: left alone.
    pub had_run: u64,
    /// They stand somewhere else, or are gone.
    pub elsewhere: u64,
}

impl Engine {
    /// Counts what [`Engine::run_now`] would make of these orders, in one snapshot.
    pub async fn run_now_outlook(
        &self,
        shop: ShopId,
        pipeline: PipelineId,
        stage: StageId,
        rule: RuleId,
        orders: Vec<OrderId>,
    ) -> Result<RunNowOutlook, Refusal> {
        let (engine, now) = (self.clone(), self.clock().now());
        self.storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                let (chain, position) = place_of(&config, &pipeline, &stage, &rule)?;
                check_startable(&config, &chain, position, &pipeline)?;
                let shadow = chain.rules[position].shadow;
                let mut found = RunNowOutlook::default();
                for id in orders {
                    let order = reads.order(shop, id)?;
                    let here = order.filter(|order| order.pipeline == pipeline && order.stage == stage);
                    let Some(order) = here else {
                        found.elsewhere += 1;
                        continue;
                    };
                    if reads.has_run(shop, id, order.visit, &rule, shadow)? {
                        found.had_run += 1;
                    } else if is_met(reads, &config, &order, &chain, position, now)? {
                        found.would_run += 1;
                    } else {
                        found.condition_false += 1;
                    }
                }
                Ok(found)
            })
            .await
    }
}

fn is_met(
    reads: &mut dyn Reads,
    config: &ShopConfig,
    order: &Order,
    chain: &Chain<'_>,
    position: usize,
    now: Timestamp,
) -> Result<bool, Refusal> {
    let rule = &chain.rules[position];
    let Some(condition) = &rule.condition else { return Ok(true) };
    let shop = config.shop.id;
    let mut clients = Vec::new();
    for id in order.clients() {
        clients.extend(reads.client(shop, id)?);
    }
    let what =
        NewEvent { order: Some(order.id), client: order.client(), ..started(order, rule, chain, None) };
    let event = Event { id: EventId(0), shop, at: now, cause: Cause::from_outside(Actor::Host), what };
    // Comes after every run that there is.
    let run = run_of(config, order, &event, chain, position, RunId(i64::MAX));
    let looks = looks(rule);
    let last = if looks.at_last_run() { last_run(reads, &run)? } else { None };
    let view = view::of(config, order, &clients, &event, Some(&run), last, &looks);
    Ok(condition.evaluate(&view).met)
}
