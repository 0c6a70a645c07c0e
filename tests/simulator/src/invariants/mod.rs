//! What has to hold whatever happens: pure functions over the trace and over what is there in the end. The numbers are
//! those of the list in `docs/reliability-simulator.md`.

mod dates;
mod effects;
mod facts;
mod operator;
mod orders;
mod outbox;
mod runs;
mod shops;
mod time;

use facts::Facts;

use crate::trace::{Rest, Trace};

/// A promise that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// `I5`.
    pub number: &'static str,
    /// What is promised.
    pub promise: &'static str,
    /// What was seen in its place.
    pub seen: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} does not hold ({}): {}", self.number, self.promise, self.seen)
    }
}

/// What was seen, where it does not hold.
type Check = fn(&Facts<'_>) -> Result<(), String>;

/// The plainest first: what breaks a later one often breaks an earlier one too, which tells more.
const ALL: [(&str, &str, Check); 25] = [
    ("I2", "what comes twice under one key is done once", runs::i2),
    ("I5", "a message has one key at every attempt, and no other message has it", outbox::i5),
    ("I10", "a run stays with the version of its plugin that it began with", runs::i10),
    ("I14", "no time comes early, and each comes once", time::i14),
    ("I14b", "what counts from a date follows it", dates::i14b),
    ("I16", "what is dead writes nothing, and no step is committed twice", runs::i16),
    ("I15", "a step is committed on the order that it saw", orders::i15),
    ("I15b", "steps of one order that are committed together are in list order", runs::i15b),
    ("I3", "a step leaves all of its effects together with its state, or none", effects::i3),
    ("I9b", "a step that is tried again hears the answers that it heard", effects::i9b),
    ("I8", "no change is lost, and none is made on an old revision", effects::i8),
    ("L1", "whatever waits in a stage ends when its order leaves", runs::l1),
    ("L2", "what the operator has halted stands still", operator::l2),
    ("L3", "an engine that is told to stop does, and then does nothing by itself", operator::l3),
    ("L4", "a shop sends no more texts than it wants to", outbox::l4),
    ("I13", "what is done in one shop is written in no other", shops::i13),
    ("I17", "every link of a chain counts, and chains end", runs::i17),
    ("I21", "money adds up, in one currency", orders::i21),
    ("I7", "a step sees an order as one commit left it", orders::i7),
    ("I4", "an order is the sum of its events", orders::i4),
    ("I6", "nothing leaves before its commit, and every message is settled in the end", outbox::i6),
    ("L5", "who wants to be told of an event is told of it, once", outbox::l5),
    ("I1", "what was accepted is there, with one run for each matching rule, which ends once", runs::i1),
    ("I18", "once nothing breaks any more, everything comes to rest", time::i18),
    ("I9", "a run that is done again does the same", effects::i9),
];

pub fn first_broken(trace: &Trace, rest: &Rest) -> Option<Broken> {
    let facts = Facts::of(trace, rest);
    let broken = |(number, promise, check): (&'static str, &'static str, Check)| {
        check(&facts).err().map(|seen| Broken { number, promise, seen })
    };
    ALL.into_iter().find_map(broken)
}
