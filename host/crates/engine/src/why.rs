//! Why rules ran for an order, or did not: everything that tells it, from one snapshot.

use rulewright_domain::{
    Automation, Event, Order, OrderId, Run, ShopConfig, ShopId,
    why::{self, ENTRIES, Known, StageVisit, Why, WhyTrigger},
};
use rulewright_ports::{
    Reads, StorageExt,
    storage::{EventQuery, Page, RunQuery},
};

use crate::{Engine, Refusal};

/// Revisions that are looked through for when a rule was added: a shop that publishes ten times a day looks back over a
/// week.
const REVISIONS: usize = 100;

/// What became of the rules of a stage, and of the triggers that could move the order on from it.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderWhy {
    /// The one that this is about.
    pub visit: StageVisit,
    /// All that are known, oldest first.
    pub visits: Vec<StageVisit>,
    /// In list order, those that are gone last.
    pub rules: Vec<Why>,
    pub triggers: Vec<WhyTrigger>,
}

impl Engine {
    /// Of the stage in which the order is, or of an earlier visit.
    pub async fn why(&self, shop: ShopId, order: OrderId, visit: Option<u64>) -> Result<OrderWhy, Refusal> {
        let engine = self.clone();
        self.storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                let order = reads.order(shop, order)?.ok_or_else(|| Refusal::not_found("order", order))?;
                let visits = visits(reads, shop, &order)?;
                let wanted = visit.unwrap_or(order.visit);
                let visit = visits.iter().find(|one| one.visit == wanted).cloned();
                let visit = visit.ok_or_else(|| Refusal::not_found("visit", wanted))?;
                let runs = runs(reads, shop, order.id, &visit)?;
                let revisions = revisions(reads, &config, &visit, &runs)?;
                let newest = Page { after: None, limit: Page::MAX, newest_first: true };
                let matches = reads.matches(shop, Some(order.id), newest)?;
                let known = Known {
                    config: &config,
                    order: &order,
                    visit: &visit,
                    revisions: &revisions,
                    runs: &runs,
                    matches: &matches,
                };
                let (rules, triggers) = (why::rules(&known), why::triggers(&known));
                Ok(OrderWhy { visit, visits, rules, triggers })
            })
            .await
    }
}

fn visits(reads: &mut dyn Reads, shop: ShopId, order: &Order) -> Result<Vec<StageVisit>, Refusal> {
    let mut entries: Vec<Event> = Vec::new();
    for kind in ENTRIES {
        let query = EventQuery { order: Some(order.id), kind: Some(kind.to_owned()) };
        let page = Page { after: None, limit: Page::MAX, newest_first: true };
        entries.extend(reads.events(shop, &query, page)?);
    }
    entries.sort_by_key(|event| event.id);
    Ok(why::visits(order, &entries))
}

fn runs(
    reads: &mut dyn Reads,
    shop: ShopId,
    order: OrderId,
    visit: &StageVisit,
) -> Result<Vec<Run>, Refusal> {
    let query = RunQuery { order: Some(order), ..RunQuery::default() };
    let mut page = Page { after: None, limit: Page::MAX, newest_first: true };
    let mut found = Vec::new();
    loop {
        let runs = reads.runs(shop, &query, page)?;
        // Those of workflows come in between, so an earlier visit alone ends the search.
        let Some(last) = runs.last().map(|run| (run.id.0, run.visit)) else { break };
        found.extend(runs.into_iter().filter(|run| run.visit == visit.visit && run.workflow.is_none()));
        if last.1 < visit.visit {
            break;
        }
        page.after = Some(last.0);
    }
    Ok(found)
}

/// Newest first, from the one in force back to the one that was when the order came.
fn revisions(
    reads: &mut dyn Reads,
    config: &ShopConfig,
    visit: &StageVisit,
    runs: &[Run],
) -> Result<Vec<Automation>, Refusal> {
    let (shop, pipeline) = (config.shop.id, &visit.pipeline);
    let mut found = Vec::new();
    let current = config.automations.get(pipeline);
    // Of a pipeline that is gone, what its runs belong to is left.
    let newest = current.map(|one| one.revision).or_else(|| runs.iter().map(|run| run.revision).max());
    for revision in (1..=newest.unwrap_or(0)).rev().take(REVISIONS) {
        let known = current.filter(|one| one.revision == revision).cloned();
        let one = match known {
            Some(one) => Some(one),
            None => reads.revision(shop, pipeline, revision)?,
        };
        let Some(one) = one else { continue };
        let enough = why::was_in_force(visit, runs, &one);
        found.push(one);
        if enough {
            return Ok(found);
        }
    }
    // It lies further back than was looked.
    if let Some(revision) = why::started_by(visit, runs) {
        found.extend(reads.revision(shop, pipeline, revision)?);
    }
    Ok(found)
}
