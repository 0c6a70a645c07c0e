//! What the replay did, counted from the database and not from memory: it is the same after a restart.

use std::collections::BTreeMap;
use std::sync::Arc;

use rulewright_domain::{MessageState, ShopId};
use rulewright_ports::storage::{EventQuery, Page, Result};
use rulewright_ports::{Storage, StorageError, StorageExt};
use serde::Serialize;

use crate::order_file::Refused;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Orders {
    pub real: usize,
    pub imported: usize,
    pub refused: usize,
}

/// The last line of `demo --exit-after-replay --json`, exactly.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    pub orders: Orders,
    pub events: u64,
    /// By outcome.
    pub runs: BTreeMap<String, u64>,
    /// That arrived, by channel.
    pub deliveries: BTreeMap<String, u64>,
    pub documents: u64,
    /// Of the replay itself, on the wall.
    pub seconds: f64,
}

/// What people want to know beyond it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extra {
    /// Messages that did not leave, by channel and state.
    pub unsent: Vec<(String, String, u64)>,
    pub stages: Vec<(String, u64)>,
}

pub async fn count(
    storage: &Arc<dyn Storage>,
    shop: ShopId,
) -> std::result::Result<(Summary, Extra), StorageError> {
    storage
        .read(move |reads| {
            let mut summary = Summary::default();
            let mut extra = Extra::default();
            summary.runs = reads.run_counts(shop)?.into_iter().collect();
            let sent = name(MessageState::Sent);
            for (channel, state, number) in reads.message_counts(shop)? {
                if state == sent {
                    *summary.deliveries.entry(channel).or_insert(0) += number;
                } else {
                    extra.unsent.push((channel, state, number));
                }
            }
            for (pipeline, stage, number) in reads.order_counts(shop)? {
                extra.stages.push((format!("{pipeline}/{stage}"), number));
            }
            summary.events = pages(|page| {
                Ok(reads
                    .events(shop, &EventQuery::default(), page)?
                    .into_iter()
                    .map(|event| event.id.0)
                    .collect())
            })?;
            summary.documents = pages(|page| {
                Ok(reads.documents(shop, None, page)?.into_iter().map(|one| one.id.0).collect())
            })?;
            Ok((summary, extra))
        })
        .await
}

/// Ids may have gaps, so they do not tell a number.
fn pages(mut read: impl FnMut(Page) -> Result<Vec<i64>>) -> Result<u64> {
    let mut page = Page { after: None, limit: Page::MAX, newest_first: false };
    let mut number = 0;
    loop {
        let ids = read(page)?;
        number += ids.len() as u64;
        match ids.last() {
            Some(last) => page.after = Some(*last),
            None => return Ok(number),
        }
    }
}

fn name(state: MessageState) -> String {
    serde_json::to_value(state).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// For people.
pub fn tell(summary: &Summary, extra: &Extra, refused: &[Refused]) -> String {
    let counts = |map: &BTreeMap<String, u64>| match map.is_empty() {
        true => "none".to_owned(),
        false => map.iter().map(|(name, number)| format!("{number} {name}")).collect::<Vec<_>>().join(", "),
    };
    let Orders { real, imported, refused: number } = &summary.orders;
    let mut lines = vec![
        format!("Orders      {real} real: {imported} imported, {number} refused"),
        format!(
            "            {}",
            extra
                .stages
                .iter()
                .map(|(stage, number)| format!("{number} {stage}"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        format!("Events      {}", summary.events),
        format!("Runs        {}", counts(&summary.runs)),
        format!("Deliveries  {}", counts(&summary.deliveries)),
        format!("Documents   {}", summary.documents),
        format!(
            "Wall time   {:.2} s, {:.0} orders/s",
            summary.seconds,
            *real as f64 / summary.seconds.max(0.001)
        ),
    ];
    if !extra.unsent.is_empty() {
        let unsent =
            extra.unsent.iter().map(|(channel, state, number)| format!("{number} {channel} {state}"));
        lines.insert(5, format!("Not sent    {}", unsent.collect::<Vec<_>>().join(", ")));
    }
    for one in refused {
        lines.push(format!("Refused     {} at line {}: {}", one.order, one.line, one.reason));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_line_has_exactly_the_promised_shape() {
        let summary = Summary { runs: [("done".to_owned(), 2)].into(), seconds: 1.5, ..Summary::default() };
        let shape = json!({
            "orders": { "real": 0, "imported": 0, "refused": 0 }, "events": 0, "runs": { "done": 2 },
            "deliveries": {}, "documents": 0, "seconds": 1.5,
        });
        assert_eq!(serde_json::to_value(summary).unwrap(), shape);
    }
}
