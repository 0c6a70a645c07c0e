//! Effects that a step has asked for so far.
//!
//! **Invariant:** nothing here has happened. The list is handed over as a whole, or dropped as a whole.

use std::{collections::BTreeMap, io};

use rulewright_domain::{
    Command, DocumentDraft, Effect, Order, OrderChange, OrderId, Pipeline, Rejection, Stage, StageKind,
    Timestamp, decide,
};

use crate::{
    bindings::errors::HostError,
    options::{Limits, bytes},
};

#[derive(Default)]
pub(crate) struct Staged {
    effects: Vec<Effect>,
    bytes: u64,
    labels: BTreeMap<&'static str, u32>,
}

impl Staged {
    /// A refusal names the limit; the guest may go on without this effect.
    pub fn push(&mut self, limits: &Limits, effect: Effect) -> Result<(), HostError> {
        if self.effects.len() as u64 >= limits.effects {
            return Err(HostError::Limit(format!("effects: a step stages at most {}", limits.effects)));
        }
        let weight = weigh(&effect);
        if self.bytes + weight > limits.effect_bytes {
            let most = bytes(limits.effect_bytes);
            return Err(HostError::Limit(format!("effect-bytes: a step stages at most {most}")));
        }
        self.bytes += weight;
        self.effects.push(effect);
        Ok(())
    }

    /// `task`, then `task-2`, ...
    pub fn label(&mut self, kind: &'static str) -> String {
        let count = self.labels.entry(kind).or_default();
        *count += 1;
        if *count == 1 { kind.to_owned() } else { format!("{kind}-{count}") }
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

    /// The order with what the step has staged for it; None when it has staged its deletion. Changes that the
    /// commit will refuse are passed over here.
    pub fn seen(&self, order: Order, now: Timestamp) -> Option<Order> {
        let mut order = order;
        for change in self.changes_of(order.id) {
            match apply(&order, change.clone(), now) {
                Ok(after) => order = after?,
                Err(_) => continue,
            }
        }
        Some(order)
    }

    fn changes_of(&self, wanted: OrderId) -> impl Iterator<Item = &OrderChange> {
        self.effects.iter().filter_map(move |effect| match effect {
            Effect::Command { command: Command::ChangeOrder { id, change, .. }, .. } if *id == wanted => {
                Some(change)
            }
            _ => None,
        })
    }

    pub fn into_effects(self) -> Vec<Effect> {
        self.effects
    }
}

/// Decided as at the commit, except that the pipeline is not at hand: the wanted stage is taken to exist.
pub(crate) fn apply(order: &Order, change: OrderChange, now: Timestamp) -> Result<Option<Order>, Rejection> {
    let stages = match &change {
        OrderChange::MoveStage { stage } => {
            vec![Stage { id: stage.clone(), name: String::new(), kind: StageKind::Open }]
        }
        _ => Vec::new(),
    };
    let pipeline = Pipeline { id: order.pipeline.clone(), name: String::new(), kind: order.kind, stages };
    decide(order, change, &pipeline, now).map(|decision| decision.order)
}

/// About as many bytes as the effect takes where it is written.
fn weigh(effect: &Effect) -> u64 {
    match effect {
        // As JSON, bytes would be a list of numbers.
        Effect::Storage { key, value } => (key.len() + value.as_ref().map_or(0, Vec::len)) as u64,
        Effect::Command {
            command: Command::CreateDocument(DocumentDraft::Made { title, content, .. }),
            ..
        } => (title.len() + content.len()) as u64,
        other => {
            let mut count = Count(0);
            // A sink that only counts never fails, and an effect is plain data.
            let _ = serde_json::to_writer(&mut count, other);
            count.0
        }
    }
}

struct Count(u64);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
        let seen = staged.seen(order.clone(), Timestamp(5)).unwrap();
        assert_eq!(seen.stage.0, "won");
        assert!(seen.tags.contains("vip") && seen.fields.contains_key("a"));
        let mut other = order;
        other.id = OrderId(2);
        assert_eq!(staged.seen(other.clone(), Timestamp(5)), Some(other));
    }

    #[test]
    fn an_order_that_the_step_deletes_is_gone_for_it() {
        let mut staged = Staged::default();
        staged.push(&Limits::default(), change(OrderChange::Delete)).unwrap();
        let mut order = testing::order();
        order.paid.amount = 0;
        assert_eq!(staged.seen(order, Timestamp(5)), None);
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
        let labels = [staged.label("task"), staged.label("task"), staged.label("document")];
        assert_eq!(labels, ["task", "task-2", "document"]);
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
