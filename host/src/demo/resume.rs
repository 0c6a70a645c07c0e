//! Where simulated time goes on after a replay that was killed.
//!
//! Not before anything that is in the data, or what was under way would be finished earlier than it began; and not
//! after a time that somebody waits for, or its timer would fire late.

use std::sync::Arc;

use rulewright_domain::{ShopId, Timestamp};
use rulewright_ports::storage::{EntryQuery, EventQuery, MessageQuery, Page, Result, RunQuery};
use rulewright_ports::{Reads, Storage, StorageError, StorageExt};

use super::fact::Fact;
use super::replay::STRETCH;

/// In empty data: just before the first fact.
pub async fn at(storage: &Arc<dyn Storage>, facts: &[Fact]) -> std::result::Result<Timestamp, StorageError> {
    let begin = facts.first().map_or(Timestamp(0), |fact| fact.at.plus(-60_000));
    storage
        .read(move |reads| {
            let mut latest = begin;
            for shop in reads.shops()? {
                // What is done at once is written as it comes: another row may be later than the newest one.
                latest = newest(reads, shop.id)?.map_or(latest, |newest| latest.max(newest.plus(STRETCH)));
            }
            for ready in reads.ready_runs()? {
                let run = reads.run(ready.shop, ready.run)?;
                latest = run.map_or(latest, |run| run.ready_at.max(latest));
            }
            // Whatever is in the data is earlier, see `Replay::run`.
            let waits = [reads.next_wake(&[])?, reads.next_alarm()?].into_iter().flatten().min();
            Ok(waits.map_or(latest, |waits| latest.min(waits.plus(-1))))
        })
        .await
}

/// Of each table's newest row, the latest time.
fn newest(reads: &mut dyn Reads, shop: ShopId) -> Result<Option<Timestamp>> {
    let page = Page { after: None, limit: 1, newest_first: true };
    let event = reads.events(shop, &EventQuery::default(), page)?.first().map(|event| event.at);
    let entry = reads.entries(shop, &EntryQuery::default(), page)?.first().map(|entry| entry.at);
    let run = reads.runs(shop, &RunQuery::default(), page)?.first().map(|run| run.created);
    let message =
        reads.messages(shop, &MessageQuery::default(), page)?.first().map(|message| message.created);
    Ok([event, entry, run, message].into_iter().flatten().max())
}
