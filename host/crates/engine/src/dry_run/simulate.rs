//! A stage's rules tried with many orders: how often each would do what, and what is different from what is published.

use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{OrderId, PipelineId, RuleId, ShopId, StageId, kind};
use rulewright_ports::{
    Reads, StorageExt,
    storage::{EventQuery, OrderQuery, Page},
};
use tokio_util::sync::CancellationToken;

use super::{DryRule, DryRun, DryRunReport};
use crate::{Engine, Refusal, automation::Stages};

/// Which orders are tried, and with what.
#[derive(Clone, Debug)]
pub struct Simulation {
    pub pipeline: PipelineId,
    pub stage: StageId,
    /// Stages that nobody has saved, compared with the published ones; None: the published ones alone.
    pub stages: Option<Stages>,
    pub rule: Option<RuleId>,
    /// So many of the orders that stand in the stage or came to it, the latest first; at most [`Simulation::MOST`].
    pub last: usize,
}

impl Simulation {
    /// Orders of one simulation: each of their steps is a real one, for the sandbox.
    pub const MOST: usize = 1_000;
    /// Pages of the log that are looked through for orders that have left the stage again.
    const PAGES: usize = 50;
}

/// How often each verdict and each kind of effect came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub verdicts: BTreeMap<&'static str, u64>,
    pub effects: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedRule {
    pub rule: RuleId,
    pub name: String,
    pub tally: Tally,
    /// What it does as it is published. None: there is no such rule, or nothing to compare with.
    pub published: Option<Tally>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    /// Orders that were tried; fewer than asked for where there are no more, or somebody cancelled.
    pub orders: u64,
    pub cancelled: bool,
    /// In list order; rules that are only published come last.
    pub rules: Vec<SimulatedRule>,
    /// Orders for which anything comes out differently than with what is published.
    pub different: Vec<OrderId>,
}

impl Engine {
    /// Tries the rules of a stage with the latest orders. `progress` is told how many of how many are done.
    pub async fn simulate(
        &self,
        shop: ShopId,
        wish: Simulation,
        progress: impl Fn(usize, usize) + Send,
        cancel: CancellationToken,
    ) -> Result<Simulated, Refusal> {
        let (pipeline, stage) = (wish.pipeline.clone(), wish.stage.clone());
        let last = wish.last.min(Simulation::MOST);
        let engine = self.clone();
        let orders = self
            .storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                if !config.pipelines.contains_key(&pipeline) {
                    return Err(Refusal::not_found("pipeline", &pipeline));
                }
                latest(reads, shop, &pipeline, &stage, last)
            })
            .await?;
        let mut simulated =
            Simulated { orders: 0, cancelled: false, rules: Vec::new(), different: Vec::new() };
        // Or one that is cancelled before the first order would look like one without any.
        progress(0, orders.len());
        for (done, order) in orders.iter().enumerate() {
            if cancel.is_cancelled() {
                simulated.cancelled = true;
                break;
            }
            let wanted = self.try_one(shop, &wish, *order, wish.stages.clone()).await?;
            let published = match &wish.stages {
                Some(_) => self.try_one(shop, &wish, *order, None).await?,
                None => None,
            };
            // Deleted since, both find nothing.
            if wanted.is_some() || published.is_some() {
                simulated.orders += 1;
                simulated.add(*order, wanted, published, wish.stages.is_some());
            }
            progress(done + 1, orders.len());
        }
        Ok(simulated)
    }

    /// None: the order or the rule is not there.
    async fn try_one(
        &self,
        shop: ShopId,
        wish: &Simulation,
        order: OrderId,
        stages: Option<Stages>,
    ) -> Result<Option<DryRunReport>, Refusal> {
        let Simulation { pipeline, stage, rule, .. } = wish.clone();
        let (now, event, answer) = (None, None, None);
        let one = DryRun { pipeline, stage, stages, rule, order, now, event, answer };
        match self.dry_run(shop, one).await {
            Ok(report) => Ok(Some(report)),
            Err(Refusal::Rejected(rulewright_domain::Rejection::NotFound { .. })) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }
}

impl Simulated {
    fn add(
        &mut self,
        order: OrderId,
        wanted: Option<DryRunReport>,
        published: Option<DryRunReport>,
        compared: bool,
    ) {
        let outline = |report: &Option<DryRunReport>| -> Vec<(RuleId, &'static str, Vec<serde_json::Value>)> {
            let rules = report.iter().flat_map(|report| &report.rules);
            rules.map(|rule| (rule.rule.clone(), ending(rule), effects_of(rule))).collect()
        };
        if compared && outline(&wanted) != outline(&published) {
            self.different.push(order);
        }
        for rule in wanted.into_iter().flat_map(|report| report.rules) {
            count(&mut self.of(&rule).tally, &rule);
        }
        for rule in published.into_iter().flat_map(|report| report.rules) {
            count(self.of(&rule).published.get_or_insert_default(), &rule);
        }
    }

    fn of(&mut self, rule: &DryRule) -> &mut SimulatedRule {
        let place = match self.rules.iter().position(|known| known.rule == rule.rule) {
            Some(place) => place,
            None => {
                let (id, name) = (rule.rule.clone(), rule.name.clone());
                self.rules.push(SimulatedRule { rule: id, name, tally: Tally::default(), published: None });
                self.rules.len() - 1
            }
        };
        &mut self.rules[place]
    }
}

/// How it ends in the end.
fn ending(rule: &DryRule) -> &'static str {
    rule.then.as_ref().unwrap_or(&rule.verdict).name()
}

fn effects_of(rule: &DryRule) -> Vec<serde_json::Value> {
    rule.steps.iter().flat_map(|step| &step.effects).map(|effect| effect.effect.clone()).collect()
}

fn count(tally: &mut Tally, rule: &DryRule) {
    *tally.verdicts.entry(ending(rule)).or_default() += 1;
    for effect in rule.steps.iter().flat_map(|step| &step.effects) {
        *tally.effects.entry(effect.kind.clone()).or_default() += 1;
    }
}

/// Those that stand in the stage, then those that have come to it, the latest first.
fn latest(
    reads: &mut dyn Reads,
    shop: ShopId,
    pipeline: &PipelineId,
    stage: &StageId,
    most: usize,
) -> Result<Vec<OrderId>, Refusal> {
    let mut found = Vec::new();
    let mut known = BTreeSet::new();
    let mut page = Page { after: None, limit: Page::MAX, newest_first: true };
    let query =
        OrderQuery { pipeline: Some(pipeline.clone()), stage: Some(stage.clone()), ..OrderQuery::default() };
    while found.len() < most {
        let orders = reads.orders(shop, &query, page)?;
        let Some(last) = orders.last() else { break };
        page.after = Some(last.id.0);
        found.extend(orders.into_iter().map(|order| order.id).filter(|id| known.insert(*id)));
    }
    let query = EventQuery { order: None, kind: Some(kind::STAGE_CHANGED.to_owned()) };
    page.after = None;
    for _ in 0..Simulation::PAGES {
        if found.len() >= most {
            break;
        }
        let events = reads.events(shop, &query, page)?;
        let Some(last) = events.last() else { break };
        page.after = Some(last.id.0);
        let is = |event: &rulewright_domain::NewEvent, attr: &str, wanted: &str| {
            event.attrs.get(attr).and_then(serde_json::Value::as_str) == Some(wanted)
        };
        let came = events
            .iter()
            .filter(|event| is(&event.what, "to", &stage.0) && is(&event.what, "pipeline", &pipeline.0));
        found.extend(came.filter_map(|event| event.what.order).filter(|id| known.insert(*id)));
    }
    found.truncate(most);
    Ok(found)
}
