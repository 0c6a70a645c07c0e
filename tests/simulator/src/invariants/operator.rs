//! L2, L3: what the operator has halted or stopped.

use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{Actor, Event, Flow, Message, MessageId, MessageState};

use super::facts::{Facts, told};
use crate::{
    trace::{Commit, Happened, Row},
    workload::TOKEN,
};

/// From the commit that halts a flow to the one that lets it go on. What was marked as being sent before still leaves.
pub(super) fn l2(facts: &Facts<'_>) -> Result<(), String> {
    let (mut halted, mut marked) = (BTreeSet::<Flow>::new(), BTreeMap::<MessageId, u32>::new());
    for happened in &facts.trace.0 {
        match happened {
            Happened::Committed(commit) => stands_still(commit, &mut halted, &mut marked)?,
            Happened::Requested { about } if halted.contains(&Flow::Egress) => {
                return Err(format!("egress is halted, and a server was asked for {about}"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn stands_still(
    commit: &Commit,
    halted: &mut BTreeSet<Flow>,
    marked: &mut BTreeMap<MessageId, u32>,
) -> Result<(), String> {
    for row in &commit.rows {
        match row {
            Row::Halted(flow) => {
                halted.insert(*flow);
            }
            Row::Resumed(flow) => {
                halted.remove(flow);
            }
            Row::Message(message) if message.state == MessageState::Sending => {
                let Message { id, attempt, .. } = &**message;
                let before = marked.insert(*id, *attempt);
                if before != Some(*attempt) && halted.contains(&Flow::Outbox) {
                    return Err(format!("the outbox is halted, and attempt {attempt} of {id} began"));
                }
            }
            Row::Event(event) if halted.contains(&Flow::Intake) && is_from_outside(event) => {
                return Err(format!("intake is halted, and {} was taken in", told(event)));
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_from_outside(event: &Event) -> bool {
    matches!(&event.cause.by, Actor::Token { name } if name == TOKEN)
}

pub(super) fn l3(facts: &Facts<'_>) -> Result<(), String> {
    let mut stopped = None;
    for happened in &facts.trace.0 {
        match happened {
            Happened::Started { .. } => stopped = None,
            Happened::Stopped { life, at_rest: false } => {
                return Err(format!("life {life} was told to stop, and it went on"));
            }
            Happened::Stopped { life, .. } => stopped = Some(*life),
            // Whoever still asks is answered, and what was asked for is found at the next start.
            Happened::Began(_)
            | Happened::Left { .. }
            | Happened::Requested { .. }
            | Happened::Posted { .. } => {
                if let Some(life) = stopped {
                    return Err(format!("life {life} had stopped, and there was {happened:?}"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
