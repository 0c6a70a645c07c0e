//! Effects that a step has asked for so far.
//!
//! **Invariant:** nothing here has happened. The list is handed over as a whole, or dropped as a whole.

use std::collections::BTreeMap;

use rulewright_domain::{
    Command, Effect, Order, OrderChange, OrderId, Pipeline, Rejection, Stage, StageKind, Timestamp, decide,
};

use crate::{
    bindings::errors::HostError,
    options::{Limits, bytes},
    weight,
};

/// Orders that are kept as the step sees them. Few steps read more than their own; another one is read again.
const KEPT: usize = 8;

#[derive(Default)]
pub(crate) struct Staged {
    effects: Vec<Effect>,
    bytes: u64,
    labels: BTreeMap<&'static str, u32>,
    orders: BTreeMap<OrderId, Seen>,
    /// So many effects of the step [`Staged::untold`] has looked at for each order.
    told: BTreeMap<OrderId, usize>,
}

/// An order with what the first effects of the step do to it.
struct Seen {
    /// None: the step deletes it.
    order: Option<Order>,
    /// So many effects have been looked at.
    effects: usize,
}

impl Staged {
    /// A refusal names the limit; the guest may go on without this effect.
    pub fn push(&mut self, limits: &Limits, effect: Effect) -> Result<(), HostError> {
        if self.effects.len() as u64 >= limits.effects {
            return Err(HostError::Limit(format!("effects: a step stages at most {}", limits.effects)));
        }
        let weight = weight::of_effect(&effect);
        if self.bytes + weight > limits.effect_bytes {
            let most = bytes(limits.effect_bytes);
            return Err(HostError::Limit(format!("effect-bytes: a step stages at most {most}")));
        }
        self.bytes += weight;
        self.effects.push(effect);
        Ok(())
    }

    /// `task`, then `task-2`, ...: of the next that is created.
    pub fn label(&self, kind: &'static str) -> String {
        match self.labels.get(kind) {
            None => kind.to_owned(),
            Some(count) => format!("{kind}-{}", count + 1),
        }
    }

    /// The label is taken, because what it names has been staged.
    pub fn labelled(&mut self, kind: &'static str) {
        *self.labels.entry(kind).or_default() += 1;
    }

    pub fn messages(&self) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::Message(_))).count()
    }

    /// What the step itself has put under the key: None when it has not touched it.
    pub fn stored(&self, wanted: &str) -> Option<Option<&Vec<u8>>> {
        self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Storage { key, value } if key == wanted => Some(value.as_ref()),
            _ => None,
        })
    }

    /// Bytes of the keys and values that the step stores under other keys than this one.
    pub fn stored_bytes(&self, except: &str) -> u64 {
        let mut latest = BTreeMap::new();
        for effect in &self.effects {
            if let Effect::Storage { key, value } = effect {
                let size = value.as_ref().map_or(0, |value| key.len() + value.len());
                latest.insert(key.as_str(), size as u64);
            }
        }
        latest.into_iter().filter(|(key, _)| *key != except).map(|(_, size)| size).sum()
    }

    /// Whether [`Staged::see`] need not be given the order again.
    pub fn keeps(&self, id: OrderId) -> bool {
        self.orders.contains_key(&id)
    }

    pub fn keep(&mut self, order: Order) {
        if self.orders.len() >= KEPT {
            // The one that takes the least to be made again.
            let cheapest = self.orders.iter().min_by_key(|(_, seen)| seen.effects).map(|(id, _)| *id);
            cheapest.map(|id| self.orders.remove(&id));
        }
        self.orders.insert(order.id, Seen { order: Some(order), effects: 0 });
    }

    /// The order with what the step has staged for it; None when it has staged its deletion, or the order is not
    /// kept. Changes that the commit will refuse are passed over here.
    pub fn see(&mut self, id: OrderId, now: Timestamp) -> Option<&Order> {
        let seen = self.orders.get_mut(&id)?;
        for effect in &self.effects[seen.effects..] {
            if let Some(change) = change_of(effect, id)
                && let Some(order) = &seen.order
                && let Ok(after) = apply(order, change.clone(), now)
            {
                seen.order = after;
            }
        }
        seen.effects = self.effects.len();
        seen.order.as_ref()
    }

    /// Changes of the order that were staged since this was last asked.
    pub fn untold(&mut self, id: OrderId) -> Vec<OrderChange> {
        let told = self.told.insert(id, self.effects.len()).unwrap_or_default();
        self.effects.iter().skip(told).filter_map(|effect| change_of(effect, id)).cloned().collect()
    }

    pub fn deletes(&self, id: OrderId) -> bool {
        self.effects.iter().any(|effect| matches!(change_of(effect, id), Some(OrderChange::Delete)))
    }

    pub fn into_effects(self) -> Vec<Effect> {
        self.effects
    }
}

fn change_of(effect: &Effect, wanted: OrderId) -> Option<&OrderChange> {
    match effect {
        Effect::Command { command: Command::ChangeOrder { id, change, .. }, .. } if *id == wanted => {
            Some(change)
        }
        _ => None,
    }
}

/// Decided as at the commit, except that the pipeline is not at hand: the wanted stage is taken to exist.
fn apply(order: &Order, change: OrderChange, now: Timestamp) -> Result<Option<Order>, Rejection> {
    let stages = match &change {
        OrderChange::MoveStage { stage } => {
            vec![Stage::new(stage.clone(), String::new(), StageKind::Open)]
        }
        _ => Vec::new(),
    };
    let pipeline = Pipeline::new(order.pipeline.clone(), String::new(), order.kind, stages);
    decide(order, change, &pipeline, now).map(|decision| decision.order)
}

/// How many shipments a change would change, or why the commit would refuse it.
pub(crate) fn try_change(order: &Order, change: OrderChange, now: Timestamp) -> Result<u32, Rejection> {
    let after = apply(order, change, now)?;
    let after = after.as_ref().map_or(&[][..], |order| &order.shipments);
    let differ = order.shipments.iter().zip(after).filter(|(old, new)| old != new);
    Ok(u32::try_from(differ.count()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn change(change: OrderChange) -> Effect {
        let command = Command::ChangeOrder { id: OrderId(1), expected: None, change };
        Effect::Command { command, label: None }
    }

    fn stored(key: &str, value: Option<&[u8]>) -> Effect {
        Effect::Storage { key: key.into(), value: value.map(<[u8]>::to_vec) }
    }

    #[test]
    fn a_step_sees_its_own_changes_and_nobody_elses_order() {
        let limits = Limits::default();
        let mut staged = Staged::default();
        for effect in [
            change(OrderChange::MoveStage { stage: "won".into() }),
            change(OrderChange::AddTags { tags: ["vip".into()].into() }),
            change(OrderChange::SetFields { fields: [("a".into(), 1.into())].into() }),
        ] {
            staged.push(&limits, effect).unwrap();
        }
        let order = testing::order();
        let mut other = order.clone();
        other.id = OrderId(2);
        staged.keep(order);
        staged.keep(other.clone());
        let seen = staged.see(OrderId(1), Timestamp(5)).unwrap();
        assert_eq!(seen.stage.0, "won");
        assert!(seen.tags.contains("vip") && seen.fields.contains_key("a"));
        assert_eq!(staged.see(OrderId(2), Timestamp(5)), Some(&other));
    }

    #[test]
    fn an_order_that_the_step_deletes_is_gone_for_it() {
        let mut staged = Staged::default();
        staged.push(&Limits::default(), change(OrderChange::Delete)).unwrap();
        let mut order = testing::order();
        order.paid.amount = 0;
        staged.keep(order);
        assert_eq!(staged.see(OrderId(1), Timestamp(5)), None);
        assert!(staged.keeps(OrderId(1)), "it is gone, not forgotten");
    }

    #[test]
    fn what_an_order_becomes_is_told_elsewhere_once() {
        let mut staged = Staged::default();
        let tag = |tag: &str| OrderChange::AddTags { tags: [tag.to_owned()].into() };
        let limits = Limits::default();
        staged.push(&limits, change(tag("a"))).unwrap();
        assert_eq!(staged.untold(OrderId(2)), []);
        staged.push(&limits, change(tag("b"))).unwrap();
        assert_eq!(staged.untold(OrderId(1)), [tag("a"), tag("b")]);
        staged.push(&limits, change(OrderChange::Delete)).unwrap();
        assert_eq!(staged.untold(OrderId(1)), [OrderChange::Delete]);
        assert_eq!(staged.untold(OrderId(1)), []);
        assert!(staged.deletes(OrderId(1)) && !staged.deletes(OrderId(2)));
    }

    #[test]
    fn what_was_looked_at_is_not_looked_at_again() {
        let mut staged = Staged::default();
        staged.keep(testing::order());
        let append =
            |value: i64| change(OrderChange::AppendFields { fields: [("a".into(), value.into())].into() });
        for value in 0..50 {
            staged.push(&Limits::default(), append(value)).unwrap();
            let seen = staged.see(OrderId(1), Timestamp(5)).unwrap();
            assert_eq!(seen.fields["a"].as_array().unwrap().len() as i64, value + 1);
        }
        assert_eq!(staged.orders[&OrderId(1)].effects, 50);
    }

    #[test]
    fn only_so_many_orders_are_kept_and_the_changed_ones_longest() {
        let mut staged = Staged::default();
        staged.keep(testing::order());
        staged
            .push(&Limits::default(), change(OrderChange::AddTags { tags: ["vip".into()].into() }))
            .unwrap();
        staged.see(OrderId(1), Timestamp(5));
        for id in 2..100 {
            let mut order = testing::order();
            order.id = OrderId(id);
            staged.keep(order);
        }
        assert_eq!(staged.orders.len(), KEPT);
        assert!(staged.keeps(OrderId(1)));
    }

    #[test]
    fn number_and_bytes_of_effects_are_limited() {
        let limits = Limits { effects: 2, effect_bytes: 1000, ..Limits::default() };
        let mut staged = Staged::default();
        let name = |result| match result {
            Err(HostError::Limit(name)) => name,
            other => panic!("{other:?}"),
        };
        let big = name(staged.push(&limits, stored("a", Some(&[0; 2000]))));
        assert!(big.starts_with("effect-bytes"), "{big}");
        staged.push(&limits, stored("a", None)).unwrap();
        staged.push(&limits, stored("b", None)).unwrap();
        assert!(name(staged.push(&limits, stored("c", None))).starts_with("effects"));
        assert_eq!(staged.into_effects().len(), 2);
    }

    #[test]
    fn labels_are_numbered_from_the_second_on() {
        let mut staged = Staged::default();
        let mut next = |kind| {
            let label = staged.label(kind);
            staged.labelled(kind);
            label
        };
        assert_eq!([next("task"), next("task"), next("document")], ["task", "task-2", "document"]);
        assert_eq!(staged.label("task"), staged.label("task"), "asking takes none");
    }

    #[test]
    fn the_latest_value_of_a_key_counts() {
        let mut staged = Staged::default();
        for effect in [stored("a", Some(b"12345")), stored("b", Some(b"1")), stored("a", None)] {
            staged.push(&Limits::default(), effect).unwrap();
        }
        assert_eq!(staged.stored("a"), Some(None));
        assert_eq!(staged.stored("b"), Some(Some(&b"1".to_vec())));
        assert_eq!(staged.stored("c"), None);
        assert_eq!((staged.stored_bytes("a"), staged.stored_bytes("b")), (2, 0));
    }
}
