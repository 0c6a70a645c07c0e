//! What the board and the list show, read in one snapshot.

use std::collections::BTreeMap;

use rulewright_domain::{
    Client, ClientId, Money, Order, OrderId, Pipeline, PipelineId, ShopConfig, ShopId, Stage, StageId,
    Timestamp,
    find::{Field, Filter, Test},
};
use rulewright_ports::{
    Reads, StorageError,
    storage::{Find, Page, RunMark, StageTotal},
};

use super::ask::{Ask, is_late, since};
use crate::names;

/// Cards of one column, and of the whole board: a browser lays out a few hundred at once.
const OF_COLUMN: usize = 50;
const OF_BOARD: usize = 400;
/// Rows of one page of the table.
pub const OF_LIST: usize = 100;
/// Clients that one text is taken for, and orders with failures that are looked at.
const CLIENTS: u32 = 200;
const FAILURES: u32 = 500;

pub struct Column {
    pub stage: Stage,
    pub count: u64,
    pub sums: Vec<Money>,
    pub cards: Vec<Card>,
    /// There are more than these.
    pub more: bool,
}

/// An order as it is shown among others.
#[derive(Clone, Debug)]
pub struct Card {
    pub id: OrderId,
    pub revision: u64,
    pub number: String,
    pub title: String,
    pub stage: StageId,
    pub client: Option<String>,
    pub total: Money,
    pub responsible: Option<String>,
    /// When it came to its stage.
    pub since: Timestamp,
    pub late: bool,
    pub unpaid: bool,
    pub canceled: bool,
    pub mark: Option<Mark>,
}

/// How the automation of an order's stage stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Failed,
    /// Cannot go on by itself.
    Parked,
    Running,
    /// None: for something that has no time.
    Waits(Option<Timestamp>),
    Done,
}

impl Mark {
    /// What needs somebody comes first.
    pub fn of(runs: &[RunMark]) -> Option<Mark> {
        let any = |states: &[&str]| runs.iter().any(|run| states.contains(&run.state.as_str()));
        if any(&["failed"]) {
            return Some(Mark::Failed);
        }
        if any(&["parked"]) {
            return Some(Mark::Parked);
        }
        if any(&["ready"]) {
            return Some(Mark::Running);
        }
        if any(&["scheduled", "waiting", "blocked"]) {
            return Some(Mark::Waits(runs.iter().filter_map(|run| run.wake_at).min()));
        }
        any(&["done", "skipped"]).then_some(Mark::Done)
    }
}

/// The pipelines as they are listed.
pub fn pipelines(config: &ShopConfig) -> Vec<&Pipeline> {
    let mut all: Vec<&Pipeline> = config.pipelines.values().collect();
    all.sort_by_key(|one| (one.sort.or(one.number), &one.id));
    all
}

/// The one that is asked for, else the one with the most orders.
pub fn pipeline<'c>(
    reads: &mut dyn Reads,
    shop: ShopId,
    config: &'c ShopConfig,
    ask: &Ask,
) -> Result<Option<&'c Pipeline>, StorageError> {
    if let Some(asked) = config.pipelines.get(&PipelineId(ask.pipeline.clone())) {
        return Ok(Some(asked));
    }
    let counts = reads.order_counts(shop)?;
    let count = |pipeline: &Pipeline| -> u64 {
        counts.iter().filter(|(id, ..)| *id == pipeline.id).map(|(.., count)| count).sum()
    };
    // Of several with as many, the first.
    Ok(pipelines(config).into_iter().rev().max_by_key(|one| count(one)))
}

/// Looks up what the filter needs besides.
pub fn filter(
    reads: &mut dyn Reads,
    shop: ShopId,
    pipeline: &Pipeline,
    ask: &Ask,
    now: Timestamp,
) -> Result<Filter, StorageError> {
    let mut clients = Vec::new();
    if let Some(text) = ask.text() {
        let named = Find {
            limit: CLIENTS,
            ..Find::first(Field::text(["name"]).is(Test::Contains(text.chars().take(200).collect())))
        };
        let found = reads.find_clients(shop, None, &named)?.rows;
        clients.extend(found.into_iter().map(|client| client.id));
    }
    let mut failed = Vec::new();
    if !ask.failed.is_empty() {
        failed = reads.orders_with_failures(shop, FAILURES)?;
        failed.sort();
        failed.dedup();
    }
    Ok(ask.filter(pipeline, now, &clients, &failed))
}

/// Every stage of the pipeline with its newest orders.
pub fn board(
    reads: &mut dyn Reads,
    shop: ShopId,
    config: &ShopConfig,
    pipeline: &Pipeline,
    ask: &Ask,
    now: Timestamp,
) -> Result<Vec<Column>, StorageError> {
    let filter = filter(reads, shop, pipeline, ask, now)?;
    let totals = reads.stage_totals(shop, &pipeline.id, &filter)?;
    let most = (OF_BOARD / pipeline.stages.len().max(1)).clamp(1, OF_COLUMN);
    let mut cards = Cards { reads, shop, config, pipeline, now, names: BTreeMap::new() };
    let mut columns = Vec::new();
    for stage in &pipeline.stages {
        let total = totals.iter().find(|total| total.stage == stage.id).cloned();
        let StageTotal { count, sums, .. } =
            total.unwrap_or(StageTotal { stage: stage.id.clone(), count: 0, sums: Vec::new() });
        let cards = if count > 0 { cards.on(stage, &filter, None, most)? } else { Vec::new() };
        columns.push(Column { stage: stage.clone(), count, sums, more: count > cards.len() as u64, cards });
    }
    Ok(columns)
}

/// One page of the table, and whether there are more.
pub fn list(
    reads: &mut dyn Reads,
    shop: ShopId,
    config: &ShopConfig,
    pipeline: &Pipeline,
    ask: &Ask,
    now: Timestamp,
) -> Result<(Vec<Card>, bool), StorageError> {
    let filter = filter(reads, shop, pipeline, ask, now)?;
    let mut cards = Cards { reads, shop, config, pipeline, now, names: BTreeMap::new() };
    let mut all = Vec::new();
    for stage in wanted_stages(pipeline, ask) {
        all.extend(cards.on(stage, &filter, ask.before(), OF_LIST + 1)?);
    }
    // Each stage is read by its own index, and the newest of all of them are the page.
    all.sort_by_key(|card| std::cmp::Reverse(card.id));
    let more = all.len() > OF_LIST;
    all.truncate(OF_LIST);
    Ok((all, more))
}

fn wanted_stages<'p>(pipeline: &'p Pipeline, ask: &'p Ask) -> impl Iterator<Item = &'p Stage> {
    pipeline.stages.iter().filter(move |stage| ask.stage.is_empty() || stage.id.0 == ask.stage)
}

/// Everything that matches, up to so many, the newest of each stage first.
pub fn all_of(
    reads: &mut dyn Reads,
    shop: ShopId,
    pipeline: &Pipeline,
    ask: &Ask,
    now: Timestamp,
    most: usize,
) -> Result<Vec<OrderId>, StorageError> {
    let filter = filter(reads, shop, pipeline, ask, now)?;
    let mut all = Vec::new();
    for stage in wanted_stages(pipeline, ask) {
        let mut page = Page { after: None, limit: Page::MAX, newest_first: true };
        while all.len() < most {
            let found = reads.orders_on(shop, &pipeline.id, &stage.id, &filter, page)?;
            let Some(last) = found.last() else { break };
            page.after = Some(last.id.0);
            all.extend(found.iter().map(|order| order.id));
        }
    }
    all.truncate(most);
    Ok(all)
}

struct Cards<'r, 'c> {
    reads: &'r mut dyn Reads,
    shop: ShopId,
    config: &'c ShopConfig,
    pipeline: &'c Pipeline,
    now: Timestamp,
    names: BTreeMap<ClientId, Option<String>>,
}

impl Cards<'_, '_> {
    fn on(
        &mut self,
        stage: &Stage,
        filter: &Filter,
        before: Option<OrderId>,
        limit: usize,
    ) -> Result<Vec<Card>, StorageError> {
        let limit = u32::try_from(limit).unwrap_or(Page::MAX);
        let page = Page { after: before.map(|id| id.0), limit, newest_first: true };
        let orders = self.reads.orders_on(self.shop, &self.pipeline.id, &stage.id, filter, page)?;
        orders.into_iter().map(|order| self.card(order, stage)).collect()
    }

    fn card(&mut self, order: Order, stage: &Stage) -> Result<Card, StorageError> {
        let marks = self.reads.run_marks(self.shop, order.id, order.visit)?;
        let client = match order.client() {
            Some(id) => self.name(id)?,
            None => None,
        };
        Ok(Card {
            id: order.id,
            revision: order.revision,
            client,
            responsible: order.responsible.map(|id| names::employee(self.config, id)),
            since: since(&order),
            late: is_late(&order, stage.kind, self.now),
            unpaid: order.total.is_positive() && !order.is_paid() && !order.canceled,
            canceled: order.canceled,
            mark: Mark::of(&marks),
            total: order.total,
            number: order.number,
            title: order.title,
            stage: order.stage,
        })
    }

    fn name(&mut self, id: ClientId) -> Result<Option<String>, StorageError> {
        if let Some(name) = self.names.get(&id) {
            return Ok(name.clone());
        }
        let name = self.reads.client(self.shop, id)?.map(|client| called(&client));
        self.names.insert(id, name.clone());
        Ok(name)
    }
}

pub fn called(client: &Client) -> String {
    match client.name.trim() {
        "" => client.id.to_string(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::RunId;

    use super::*;

    fn runs(states: &[(&str, Option<i64>)]) -> Vec<RunMark> {
        let mark = |(state, wake): &(&str, Option<i64>)| RunMark {
            run: RunId(1),
            state: (*state).to_owned(),
            wake_at: wake.map(Timestamp),
        };
        states.iter().map(mark).collect()
    }

    #[test]
    fn what_needs_somebody_is_marked_before_what_does_not() {
        let mark = |states: &[(&str, Option<i64>)]| Mark::of(&runs(states));
        assert_eq!(mark(&[]), None);
        assert_eq!(mark(&[("cancelled", None)]), None);
        assert_eq!(mark(&[("done", None), ("skipped", None)]), Some(Mark::Done));
        let waits = [("done", None), ("scheduled", Some(9)), ("waiting", Some(4)), ("blocked", None)];
        assert_eq!(mark(&waits), Some(Mark::Waits(Some(Timestamp(4)))));
        assert_eq!(mark(&[("waiting", None)]), Some(Mark::Waits(None)));
        assert_eq!(mark(&[("waiting", Some(1)), ("ready", None)]), Some(Mark::Running));
        assert_eq!(mark(&[("ready", None), ("parked", None)]), Some(Mark::Parked));
        assert_eq!(mark(&[("parked", None), ("failed", None), ("done", None)]), Some(Mark::Failed));
    }
}
