//! I5, I6: messages.

use std::{collections::BTreeMap, sync::Arc};

use rulewright_domain::{Message, MessageId, MessageState};

use super::facts::Facts;
use crate::trace::{Happened, Row, is_settled};

pub(super) fn i5(facts: &Facts<'_>) -> Result<(), String> {
    let (trace, rest) = (facts.trace, facts.rest);
    let (mut by_id, mut by_key) = (BTreeMap::new(), BTreeMap::new());
    let stored = rest.messages.values().map(|one| (one.id, &one.key, &one.draft.text));
    let left = trace.0.iter().filter_map(|one| match one {
        Happened::Left { message, key, text, .. } => Some((*message, key, text)),
        _ => None,
    });
    for (id, key, text) in left.chain(stored) {
        let first = *by_id.entry(id).or_insert((key, text));
        if first != (key, text) {
            return Err(format!("{id} left as {first:?}, then as {:?}", (key, text)));
        }
        let owner = *by_key.entry(key).or_insert(id);
        if owner != id {
            return Err(format!("{owner} and {id} have the same key {key}"));
        }
    }
    Ok(())
}

pub(super) fn i6(facts: &Facts<'_>) -> Result<(), String> {
    let (trace, rest) = (facts.trace, facts.rest);
    let mut last = BTreeMap::<MessageId, &Arc<Message>>::new();
    // Whether it was ever taken, and what was said last.
    let mut carried = BTreeMap::<MessageId, (bool, &str)>::new();
    for happened in &trace.0 {
        match happened {
            Happened::Committed(commit) => {
                let messages = commit.rows.iter().filter_map(|row| match row {
                    Row::Message(message) => Some((message.id, message)),
                    _ => None,
                });
                last.extend(messages);
            }
            Happened::Left { message, attempt, .. } => {
                let known = last.get(message);
                let marked =
                    |one: &&&Arc<Message>| one.state == MessageState::Sending && one.attempt == *attempt;
                if known.filter(marked).is_none() {
                    let is = known.map(|one| (one.state, one.attempt));
                    return Err(format!(
                        "{message} left at attempt {attempt}, and what is committed is {is:?}"
                    ));
                }
            }
            Happened::Carried { message, accepted, answer } => {
                let one = carried.entry(*message).or_insert((false, *answer));
                *one = (one.0 || *accepted, *answer);
            }
            _ => {}
        }
    }
    for message in rest.messages.values() {
        let (taken, said) = carried.get(&message.id).copied().unwrap_or((false, "nothing"));
        let right = match message.state {
            MessageState::Sent => taken && said == "sent",
            MessageState::Dead => said == "rejected" || message.attempt >= Message::MAX_ATTEMPTS,
            _ => is_settled(message),
        };
        if !right && !rest.exhausted {
            let (id, state, attempt) = (message.id, message.state, message.attempt);
            return Err(format!("{id} is {state:?} at attempt {attempt}, its provider said {said}"));
        }
    }
    Ok(())
}
