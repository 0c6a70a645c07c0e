//! I3, I8, I9: what steps leave, and what they hear.

use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{MessageId, OrderId, RunId, ShopId, kind};
use serde_json::Value;

use super::facts::{Facts, commits};
use crate::{
    guest::{COUNT, MARK, marked},
    trace::{Began, Happened, Row, Trace},
    workload::What,
};

type StepOf = (RunId, u32);

/// Marks that a step has left, by the commit that has left them.
fn marks(trace: &Trace) -> BTreeMap<StepOf, BTreeMap<usize, BTreeSet<String>>> {
    let mut found = BTreeMap::<StepOf, BTreeMap<usize, BTreeSet<String>>>::new();
    let mut messages = BTreeSet::<MessageId>::new();
    for (place, commit) in commits(trace) {
        for row in &commit.rows {
            let text = match row {
                Row::Entry(entry) => entry.text.clone(),
                // Its row is written again as it is sent.
                Row::Message(message) if messages.insert(message.id) => message.draft.text.clone(),
                Row::Event(event) if event.what.kind == kind::FIELDS_CHANGED => {
                    let data = event.what.data.value();
                    let fields = &data["fields"];
                    match &fields["after"][MARK] {
                        Value::String(mark) if fields["before"][MARK] != fields["after"][MARK] => {
                            mark.clone()
                        }
                        _ => continue,
                    }
                }
                _ => continue,
            };
            if let Some(owner) = marked(&text) {
                found.entry(owner).or_default().entry(place).or_default().insert(text);
            }
        }
    }
    found
}

pub(super) fn i3(facts: &Facts<'_>) -> Result<(), String> {
    let committed: BTreeMap<StepOf, usize> =
        facts.steps.iter().map(|step| ((step.after.id, step.number), step.place)).collect();
    let found = marks(facts.trace);
    for ((run, step), places) in &found {
        let committed = committed.get(&(*run, *step));
        if let Some((_, marks)) = places.iter().find(|(place, _)| committed != Some(*place)) {
            return Err(format!("step {step} of {run} left {marks:?} without being committed with it"));
        }
    }
    for (place, began) in &facts.began {
        let (run, step) = (began.run, began.step);
        let left = (step > 0).then(|| format!("{run} {}", step - 1));
        if began.state != left {
            return Err(format!("step {step} of {run} was given {:?} by the one before it", began.state));
        }
        if !committed.contains_key(&(run, step)) || facts.is_in_vain(*place, began) {
            continue;
        }
        let left: BTreeSet<&String> =
            found.get(&(run, step)).into_iter().flat_map(BTreeMap::values).flatten().collect();
        let staged: BTreeSet<&String> = began.marks.iter().collect();
        if left != staged {
            return Err(format!("step {step} of {run} staged {staged:?} and left {left:?}"));
        }
    }
    Ok(())
}

pub(super) fn i8(facts: &Facts<'_>) -> Result<(), String> {
    let (trace, rest) = (facts.trace, facts.rest);
    outdated(trace)?;
    let counters: BTreeMap<StepOf, &Began> =
        facts.began.iter().map(|(_, one)| ((one.run, one.step), *one)).collect();
    let mut counted = BTreeMap::<OrderId, u64>::new();
    let mut kept = BTreeMap::<(ShopId, String), u64>::new();
    for step in &facts.steps {
        let Some(began) = counters.get(&(step.after.id, step.number)) else { continue };
        *counted.entry(step.after.order).or_default() += u64::from(began.counts);
        // A digest is `plugin-version`.
        let plugin = began.digest.rsplit_once('-').map_or("", |(plugin, _)| plugin);
        let storage = (step.after.shop, format!("{plugin} {COUNT}"));
        *kept.entry(storage).or_default() += u64::from(began.keeps);
    }
    for order in rest.orders.values().flatten() {
        let is = order.fields.get(COUNT).and_then(Value::as_u64).unwrap_or_default();
        let wanted = counted.get(&order.id).copied().unwrap_or_default();
        if is != wanted {
            return Err(format!("{wanted} steps counted in {}, and its count is {is}", order.id));
        }
    }
    let mut stored = BTreeMap::<(ShopId, String), u64>::new();
    for (_, commit) in commits(trace) {
        for row in &commit.rows {
            if let Row::Stored(shop, key, value) = row {
                stored.insert((*shop, key.clone()), value.parse().unwrap_or_default());
            }
        }
    }
    kept.retain(|_, count| *count > 0);
    match kept == stored {
        true => Ok(()),
        false => Err(format!("the plugins' storage holds {stored:?}, and steps counted {kept:?}")),
    }
}

/// A change that names the revision it is for is made on that one.
fn outdated(trace: &Trace) -> Result<(), String> {
    let mut named = BTreeMap::<usize, u64>::new();
    for happened in &trace.0 {
        match happened {
            Happened::Asked { ask, what } => {
                if let What::Change { expected: Some(expected), .. } = &what.what {
                    named.insert(*ask, *expected);
                }
            }
            Happened::Answered { ask, answer: Ok(receipt) } => {
                let Some(named) = named.get(ask) else { continue };
                // Where nothing differs, nothing is changed.
                let right = [Some(*named), Some(named + 1)].contains(&receipt.revision);
                if !right {
                    let is = receipt.revision;
                    return Err(format!("request {ask} was for revision {named} and made revision {is:?}"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn i9(facts: &Facts<'_>) -> Result<(), String> {
    let (trace, rest) = (facts.trace, facts.rest);
    // What a server did not answer is not in the journal, so the run finds an answer where it had none.
    let unheard = trace.0.iter().filter_map(|one| match one {
        Happened::Heard { run, answer: Err(_), .. } => Some(*run),
        _ => None,
    });
    let unheard: BTreeSet<RunId> = unheard.collect();
    for (run, replayed) in rest.replayed.iter().filter(|(run, _)| !unheard.contains(run)) {
        match replayed {
            Ok(differs) if differs.is_empty() => {}
            Ok(differs) => return Err(format!("{run} done again: {differs:?}")),
            Err(error) => return Err(format!("{run} cannot be done again: {error}")),
        }
    }
    Ok(())
}

pub(super) fn i9b(facts: &Facts<'_>) -> Result<(), String> {
    let mut heard = BTreeMap::<StepOf, &String>::new();
    let mut asked = BTreeSet::<String>::new();
    for happened in &facts.trace.0 {
        match happened {
            Happened::Heard { run, step, answer: Ok(answer) } => {
                asked.insert(format!("{run} {step}"));
                let first = *heard.entry((*run, *step)).or_insert(answer);
                if first != answer {
                    return Err(format!("step {step} of {run} heard {first}, then {answer}"));
                }
            }
            Happened::Requested { about } if asked.contains(about) => {
                return Err(format!("the server was asked again for {about}, which had heard its answer"));
            }
            _ => {}
        }
    }
    Ok(())
}
