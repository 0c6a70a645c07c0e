//! I5, I6, L4, L5: messages and webhooks.

use std::{collections::BTreeMap, sync::Arc};

use rulewright_domain::{
    EventId, Message, MessageId, MessageState, SMS, ShopId, Subscription, SubscriptionId, Timestamp,
};

use super::facts::{Facts, commits, told};
use crate::trace::{Happened, Row, is_settled};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

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
    let mut bodies = BTreeMap::new();
    for happened in &trace.0 {
        let Happened::Posted { key, body } = happened else { continue };
        if !by_key.contains_key(key) {
            return Err(format!("a subscriber was told under {key}, and no message has that key"));
        }
        let first = *bodies.entry(key).or_insert(body);
        if first != body {
            return Err(format!("under {key} a subscriber was told {first}, then {body}"));
        }
    }
    Ok(())
}

pub(super) fn i6(facts: &Facts<'_>) -> Result<(), String> {
    let (trace, rest) = (facts.trace, facts.rest);
    let mut last = BTreeMap::<MessageId, &Arc<Message>>::new();
    let mut by_key = BTreeMap::<&str, MessageId>::new();
    // Whether it was ever taken, and what was said last.
    let mut carried = BTreeMap::<MessageId, (bool, &str)>::new();
    for happened in &trace.0 {
        match happened {
            Happened::Committed(commit) => {
                for row in &commit.rows {
                    let Row::Message(message) = row else { continue };
                    last.insert(message.id, message);
                    by_key.insert(&message.key, message.id);
                }
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
            Happened::Posted { key, .. } => {
                let known = by_key.get(key.as_str()).and_then(|id| last.get(id));
                if known.is_none_or(|one| one.state != MessageState::Sending) {
                    let is = known.map(|one| (one.id, one.state));
                    return Err(format!("a webhook left under {key}, and what is committed is {is:?}"));
                }
            }
            Happened::Carried { message, accepted, answer } => {
                let one = carried.entry(*message).or_insert((false, *answer));
                *one = (one.0 || *accepted, *answer);
            }
            Happened::Taken { key, accepted, answer } => {
                let Some(message) = by_key.get(key.as_str()) else { continue };
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
            MessageState::Dead => {
                let refused = !carried.contains_key(&message.id) && is_limited(message);
                let given_up = message.pause().is_none() || nobody_listens(message);
                refused || given_up || ["rejected", "gone"].contains(&said)
            }
            _ => is_settled(message),
        };
        if !right && !rest.exhausted {
            let (id, state, attempt) = (message.id, message.state, message.attempt);
            return Err(format!("{id} is {state:?} at attempt {attempt}, its provider said {said}"));
        }
    }
    Ok(())
}

/// The shop wants no more of them, or none there.
fn is_limited(message: &Message) -> bool {
    message.error.as_deref().is_some_and(|error| error.starts_with("limit-"))
}

/// Its subscriber had gone before it left.
fn nobody_listens(message: &Message) -> bool {
    let error = message.error.as_deref().unwrap_or_default();
    message.subscription().is_some()
        && (error.starts_with("there is no webhook") || error.ends_with("is switched off"))
}

/// Counted is what was to leave, from when it was asked for; what goes nowhere costs nothing.
pub(super) fn l4(facts: &Facts<'_>) -> Result<(), String> {
    for (shop, spending) in &facts.rest.spending {
        let leaves = |one: &Message| !is_limited(one) && spending.bars(SMS, &one.draft.address).is_none();
        let counts = |one: &&Arc<Message>| one.shop == *shop && one.draft.channel == SMS && leaves(one);
        let texts: Vec<&Arc<Message>> = facts.rest.messages.values().filter(counts).collect();
        for (place, one) in texts.iter().enumerate() {
            let since = |time: i64| {
                let after: Timestamp = one.created.plus(-time);
                texts[..=place].iter().filter(move |other| other.created > after)
            };
            let same = |other: &&&Arc<Message>| other.draft.address == one.draft.address;
            for (most, are, what) in [
                (spending.sms.hour, since(HOUR).count(), "in an hour"),
                (spending.sms.day, since(DAY).count(), "in a day"),
                (spending.number, since(DAY).filter(same).count(), "to one number in a day"),
            ] {
                if most.is_some_and(|most| are > most as usize) {
                    return Err(format!("{} is text {are} {what}, of {most:?} that {shop} wants", one.id));
                }
            }
        }
    }
    Ok(())
}

pub(super) fn l5(facts: &Facts<'_>) -> Result<(), String> {
    let mut tellings = BTreeMap::<EventId, Vec<SubscriptionId>>::new();
    for message in facts.rest.messages.values() {
        let event = message.draft.correlation.as_deref().and_then(|event| event.parse::<EventId>().ok());
        if let (Some(to), Some(event)) = (message.subscription(), event) {
            tellings.entry(event).or_default().push(to);
        }
    }
    let mut subscriptions = BTreeMap::<SubscriptionId, (ShopId, &Arc<Subscription>)>::new();
    for (_, commit) in commits(facts.trace) {
        for row in &commit.rows {
            match row {
                Row::Subscribed(shop, subscription) => {
                    subscriptions.insert(subscription.id, (*shop, subscription));
                }
                Row::Unsubscribed(_, id) => {
                    subscriptions.remove(id);
                }
                Row::Event(event) => {
                    let wants = subscriptions
                        .values()
                        .filter(|(shop, one)| *shop == event.shop && one.is_on() && one.wants(event, None));
                    let wanted: Vec<SubscriptionId> = wants.map(|(_, one)| one.id).collect();
                    let mut found = tellings.remove(&event.id).unwrap_or_default();
                    found.sort();
                    if found != wanted {
                        let event = told(event);
                        return Err(format!("{event} was to be told to {wanted:?} and is for {found:?}"));
                    }
                }
                _ => {}
            }
        }
    }
    match tellings.first_key_value() {
        None => Ok(()),
        Some((event, to)) => Err(format!("{to:?} are told of {event}, which is not there")),
    }
}
