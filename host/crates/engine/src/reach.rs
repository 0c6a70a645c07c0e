//! Whom a draft would concern once it is published: orders that come to the stages of its new rules, and those that stand there.

use std::collections::BTreeMap;

use rulewright_domain::{Event, PipelineId, RuleSpec, ShopId, StageId, Timestamp, kind};
use rulewright_ports::{
    Reads, StorageExt,
    storage::{EventQuery, Page},
};
use serde_json::Value;

use crate::{Engine, Refusal, automation::Stages, sequence::is_stage_entry};

/// Milliseconds.
const DAY: i64 = 24 * 3_600_000;

/// Days that are looked back on.
const DAYS: i64 = 30;

/// Pages of events of one kind that are looked through. Where more happens, the latest of them tell how much.
const PAGES: usize = 20;

/// A stage whose orders get rules that did not run there before.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    pub stage: StageId,
    /// Names of the rules, in the order in which they run.
    pub rules: Vec<String>,
    /// Orders that stand there, and will not run them.
    pub here: u64,
    /// How many orders have come there a day, of late.
    pub a_day: f64,
}

impl Engine {
    /// What publishing the draft would reach, by the order of the stages.
    pub async fn publish_reach(&self, shop: ShopId, pipeline: &PipelineId) -> Result<Vec<Reach>, Refusal> {
        let (engine, pipeline, now) = (self.clone(), pipeline.clone(), self.clock().now());
        self.storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                let stages = config.pipelines.get(&pipeline);
                let stages = stages.ok_or_else(|| Refusal::not_found("pipeline", &pipeline))?;
                let (_, draft) = reads.draft(shop, &pipeline)?;
                let nothing = Stages::new();
                let published = config.automations.get(&pipeline).map_or(&nothing, |known| &known.stages);
                let mut added = added(published, &draft);
                if added.is_empty() {
                    return Ok(Vec::new());
                }
                added.sort_by_key(|(stage, _)| stages.position(stage));
                let counts = reads.order_counts(shop)?;
                let paces = paces(reads, shop, &pipeline, now)?;
                let reach = |(stage, rules): (StageId, Vec<String>)| {
                    let here = counts.iter().find(|(of, at, _)| *of == pipeline && *at == stage);
                    let a_day = paces.get(&stage).copied().unwrap_or_default();
                    Reach { here: here.map_or(0, |(_, _, count)| *count), a_day, stage, rules }
                };
                Ok(added.into_iter().map(reach).collect())
            })
            .await
    }
}

/// Rules that run where they did not before, stage by stage.
fn added(before: &Stages, after: &Stages) -> Vec<(StageId, Vec<String>)> {
    let ran = |stage: &StageId, rule: &RuleSpec| {
        let mut there = before.get(stage).into_iter().flat_map(|on| &on.rules);
        there.any(|one| one.active && one.id == rule.id)
    };
    let mut added = Vec::new();
    for (stage, on) in after {
        let new = on.rules.iter().filter(|rule| rule.active && !ran(stage, rule));
        let names: Vec<String> = new.map(|rule| rule.name.clone()).collect();
        if !names.is_empty() {
            added.push((stage.clone(), names));
        }
    }
    added
}

/// How many orders come to each stage a day.
fn paces(
    reads: &mut dyn Reads,
    shop: ShopId,
    pipeline: &PipelineId,
    now: Timestamp,
) -> Result<BTreeMap<StageId, f64>, Refusal> {
    let oldest = Page { after: None, limit: 1, newest_first: false };
    let first = reads.events(shop, &EventQuery::default(), oldest)?;
    // A shop that opened last week has not had a month.
    let opened = first.first().map_or(now, |event| event.at);
    let from = opened.max(now.plus(-DAYS * DAY));
    let mut paces: BTreeMap<StageId, f64> = BTreeMap::new();
    for of in [kind::ORDER_CREATED, kind::STAGE_CHANGED, kind::PIPELINE_CHANGED] {
        let (came, since) = came(reads, shop, pipeline, of, from)?;
        let days = (now.0.saturating_sub(since.0) as f64 / DAY as f64).max(1.0);
        for (stage, count) in came {
            *paces.entry(stage).or_default() += count as f64 / days;
        }
    }
    Ok(paces)
}

/// Orders that came to each stage by events of a kind, and since when they were counted.
fn came(
    reads: &mut dyn Reads,
    shop: ShopId,
    pipeline: &PipelineId,
    of: &str,
    from: Timestamp,
) -> Result<(BTreeMap<StageId, u64>, Timestamp), Refusal> {
    let query = EventQuery { order: None, kind: Some(of.to_owned()) };
    let mut page = Page { after: None, limit: Page::MAX, newest_first: true };
    let mut came: BTreeMap<StageId, u64> = BTreeMap::new();
    let mut since = from;
    for _ in 0..PAGES {
        let events = reads.events(shop, &query, page)?;
        let recent = events.iter().take_while(|event| event.at >= from);
        for stage in recent.filter_map(|event| entered(event, pipeline)) {
            *came.entry(stage).or_default() += 1;
        }
        let last = events.last().filter(|last| events.len() == Page::MAX as usize && last.at >= from);
        let Some(last) = last else { return Ok((came, from)) };
        page.after = Some(last.id.0);
        since = last.at;
    }
    Ok((came, since))
}

/// The stage that an order came to.
fn entered(event: &Event, pipeline: &PipelineId) -> Option<StageId> {
    let attr = |name: &str| event.what.attrs.get(name).and_then(Value::as_str);
    let created = event.what.kind == kind::ORDER_CREATED;
    let here = is_stage_entry(event) && attr("pipeline") == Some(pipeline.0.as_str());
    attr(if created { "stage" } else { "to" }).filter(|_| here).map(Into::into)
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{Actor, Cause, EventId, NewEvent, StageAutomation};
    use serde_json::json;

    use super::*;

    fn stages(all: Value) -> Stages {
        let rules = |on: &Value| {
            let rules = on.as_array().unwrap().iter().map(|rule| {
                let mut whole = json!({ "name": rule["id"], "plugin": "test.sms" });
                whole.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
                serde_json::from_value(whole).unwrap()
            });
            StageAutomation { triggers: Vec::new(), rules: rules.collect() }
        };
        all.as_object().unwrap().iter().map(|(id, on)| (id.as_str().into(), rules(on))).collect()
    }

    #[test]
    fn a_rule_is_new_where_it_did_not_run_before() {
        let before = stages(json!({
            "new": [{ "id": "stays" }, { "id": "goes-on" }],
            "paid": [{ "id": "sleeps", "active": false }],
        }));
        let after = stages(json!({
            "new": [{ "id": "stays", "name": "Renamed" }, { "id": "off", "active": false }],
            "paid": [{ "id": "sleeps" }, { "id": "goes-on" }, { "id": "fresh" }],
        }));
        let names = ["sleeps", "goes-on", "fresh"].map(str::to_owned).to_vec();
        assert_eq!(added(&before, &after), vec![(StageId::from("paid"), names)]);
        assert!(added(&after, &after).is_empty());
    }

    #[test]
    fn an_order_comes_to_a_stage_by_being_made_or_moved_there_and_not_by_being_brought_in() {
        let came = |of: &str, attrs: Value| {
            let event = Event {
                id: EventId(1),
                shop: ShopId(1),
                at: Timestamp(0),
                cause: Cause::from_outside(Actor::Host),
                what: NewEvent { attrs: serde_json::from_value(attrs).unwrap(), ..NewEvent::new(of) },
            };
            entered(&event, &"sales".into()).map(|stage| stage.0)
        };
        let made = json!({ "pipeline": "sales", "stage": "new" });
        assert_eq!(came(kind::ORDER_CREATED, made).as_deref(), Some("new"));
        let past = json!({ "pipeline": "sales", "stage": "new", "historical": true });
        assert_eq!(came(kind::ORDER_CREATED, past), None);
        let moved = json!({ "pipeline": "sales", "from": "new", "to": "paid" });
        assert_eq!(came(kind::STAGE_CHANGED, moved).as_deref(), Some("paid"));
        let over = json!({ "from-pipeline": "deals", "pipeline": "sales", "from": "x", "to": "new" });
        assert_eq!(came(kind::PIPELINE_CHANGED, over).as_deref(), Some("new"));
        let elsewhere = json!({ "pipeline": "deals", "from": "new", "to": "paid" });
        assert_eq!(came(kind::STAGE_CHANGED, elsewhere), None);
        assert_eq!(came(kind::PAYMENT_RECEIVED, json!({ "pipeline": "sales", "to": "new" })), None);
    }
}
