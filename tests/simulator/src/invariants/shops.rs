//! I13: shops.

use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{Actor, EventId, MessageId, OrderId, RunId, ShopId};

use super::facts::{Facts, commits};
use crate::trace::{Commit, Row};

/// What belongs to one shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Order(OrderId),
    Event(EventId),
    Run(RunId),
    Message(MessageId),
}

pub(super) fn i13(facts: &Facts<'_>) -> Result<(), String> {
    let (mut owners, mut steps) = (BTreeMap::<Thing, ShopId>::new(), BTreeMap::<RunId, u32>::new());
    for (_, commit) in commits(facts.trace) {
        for row in &commit.rows {
            let Some(shop) = shop_of(row) else { continue };
            for thing in things(row) {
                let owner = *owners.entry(thing).or_insert(shop);
                if owner != shop {
                    return Err(format!("{thing:?} is of {owner}, and {shop} has {row:?}"));
                }
            }
        }
        let mine = doers(commit, &mut steps);
        let all: BTreeSet<ShopId> = commit.rows.iter().filter_map(shop_of).collect();
        // Where others were let in, the first may have been for several shops.
        if !commit.joined && !mine.is_empty() && mine != all {
            return Err(format!("what was done in {mine:?} was written in {all:?}"));
        }
    }
    Ok(())
}

/// None: of the whole server.
fn shop_of(row: &Row) -> Option<ShopId> {
    match row {
        Row::Run(run) => Some(run.shop),
        Row::Message(message) => Some(message.shop),
        Row::Match(matching) => Some(matching.shop),
        Row::Event(event) => Some(event.shop),
        Row::Entry(entry) => Some(entry.shop),
        Row::Published(shop, _)
        | Row::Stored(shop, ..)
        | Row::Subscribed(shop, _)
        | Row::Unsubscribed(shop, _) => Some(*shop),
        Row::Halted(_) | Row::Resumed(_) => None,
    }
}

/// The row itself, and what it names.
fn things(row: &Row) -> Vec<Thing> {
    let by = |by: &Actor| match by {
        Actor::Rule { run, .. } => Some(Thing::Run(*run)),
        _ => None,
    };
    let order = |order: Option<OrderId>| order.map(Thing::Order);
    match row {
        Row::Run(run) => vec![Thing::Run(run.id), Thing::Order(run.order), Thing::Event(run.event)],
        Row::Event(event) => {
            let parent = event.cause.parent.map(Thing::Event);
            let named = [parent, order(event.what.order), by(&event.cause.by)];
            [Some(Thing::Event(event.id))].into_iter().chain(named).flatten().collect()
        }
        Row::Message(message) => {
            let named = [order(message.order), message.run.map(Thing::Run)];
            [Some(Thing::Message(message.id))].into_iter().chain(named).flatten().collect()
        }
        Row::Match(matching) => {
            [Some(Thing::Event(matching.event)), order(matching.order)].into_iter().flatten().collect()
        }
        Row::Entry(entry) => [order(entry.order), by(&entry.by)].into_iter().flatten().collect(),
        _ => Vec::new(),
    }
}

/// Shops in which the commit does what somebody has asked for, what a trigger says, or a step. Timers and the relay
/// have those of several in one.
fn doers(commit: &Commit, steps: &mut BTreeMap<RunId, u32>) -> BTreeSet<ShopId> {
    let mut found = BTreeSet::new();
    for row in &commit.rows {
        match row {
            Row::Event(event) if matches!(event.cause.by, Actor::Token { .. } | Actor::Trigger { .. }) => {
                found.insert(event.shop);
            }
            Row::Run(run) if steps.insert(run.id, run.step).is_some_and(|before| before < run.step) => {
                found.insert(run.shop);
            }
            _ => {}
        }
    }
    found
}
