//! What happened, as plain values in its order: all that the invariants look at.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use rulewright_domain::{
    Automation, Entry, Event, Flow, Match, MatchId, Message, MessageId, MessageState, Order, OrderId, Reason,
    Run, RunId, RunState, ShopId, Spending, Subscription, SubscriptionId, Timestamp,
    plugin::{Digest, PluginId},
};
use rulewright_engine::{Receipt, Replayed};

use crate::{lock, workload::Ask};

/// A row as one transaction left it.
#[derive(Clone, Debug)]
pub enum Row {
    Run(Arc<Run>),
    Message(Arc<Message>),
    Match(Arc<Match>),
    Event(Arc<Event>),
    Entry(Arc<Entry>),
    Published(ShopId, Arc<Automation>),
    /// A plugin's own storage: `plugin key`, and the value.
    Stored(ShopId, String, String),
    Subscribed(ShopId, Arc<Subscription>),
    Unsubscribed(ShopId, SubscriptionId),
    /// On the whole server.
    Halted(Flow),
    Resumed(Flow),
}

#[derive(Clone, Debug)]
pub struct Commit {
    pub life: u32,
    pub at: Timestamp,
    /// Others were let into the transaction.
    pub joined: bool,
    pub rows: Vec<Row>,
}

/// A guest is given a step.
#[derive(Clone, Debug)]
pub struct Began {
    pub run: RunId,
    pub step: u32,
    pub attempt: u32,
    pub digest: Digest,
    pub order: Arc<Order>,
    /// What the step before left.
    pub state: Option<String>,
    /// What the step stages that can be told apart, however often it is tried: all of it, or nothing.
    pub marks: Vec<String>,
    /// It counts one more, in a field of the order and in its own storage.
    pub counts: bool,
    pub keeps: bool,
}

/// What a guest answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Ends,
    WaitsUntil(Timestamp),
    Failed,
}

#[derive(Clone, Debug)]
pub enum Happened {
    /// The engine begins on what the file holds; lives are counted from 1.
    Started {
        life: u32,
    },
    /// The engine was told to stop; whether it did.
    Stopped {
        life: u32,
        at_rest: bool,
    },
    /// Everything in memory is gone.
    Crashed {
        life: u32,
    },
    Clock {
        at: Timestamp,
    },
    Asked {
        ask: usize,
        what: Arc<Ask>,
    },
    Answered {
        ask: usize,
        answer: Result<Receipt, String>,
    },
    Committed(Commit),
    /// A transaction was undone, and its sender told so; or it was run once more without one of those who came.
    Undone {
        life: u32,
    },
    Began(Box<Began>),
    Ended {
        run: RunId,
        step: u32,
        attempt: u32,
        said: Said,
    },
    /// A guest is told the answer of a server, from the journal or from outside.
    Heard {
        run: RunId,
        step: u32,
        answer: Result<String, String>,
    },
    /// A request of a guest reaches its server.
    Requested {
        about: String,
    },
    /// A message reaches its provider.
    Left {
        message: MessageId,
        key: String,
        text: String,
        attempt: u32,
    },
    Carried {
        message: MessageId,
        accepted: bool,
        answer: &'static str,
    },
    /// A webhook reaches its subscriber, who knows nothing of it but this.
    Posted {
        key: String,
        body: String,
    },
    Taken {
        key: String,
        accepted: bool,
        answer: &'static str,
    },
}

/// What somebody has to do before a run goes on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// The plugin is paused.
    LetGoOn(ShopId, PluginId),
    /// The order has no date to count from.
    SetDate(ShopId, OrderId),
}

#[derive(Clone, Debug, Default)]
pub struct Trace(pub Vec<Happened>);

/// What is there in the end.
#[derive(Clone, Debug, Default)]
pub struct Rest {
    pub runs: BTreeMap<RunId, Arc<Run>>,
    pub messages: BTreeMap<MessageId, Arc<Message>>,
    pub matches: BTreeMap<MatchId, Arc<Match>>,
    /// Of deleted ones, nothing.
    pub orders: BTreeMap<OrderId, Option<Arc<Order>>>,
    /// What differs where a run is done again.
    pub replayed: Vec<(RunId, Result<Vec<Replayed>, String>)>,
    /// What texts may cost.
    pub spending: BTreeMap<ShopId, Spending>,
    /// It went on and on, and was stopped.
    pub exhausted: bool,
}

impl Rest {
    fn note(&mut self, row: &Row) {
        match row {
            Row::Run(run) => drop(self.runs.insert(run.id, run.clone())),
            Row::Message(message) => drop(self.messages.insert(message.id, message.clone())),
            Row::Match(matching) => drop(self.matches.insert(matching.id, matching.clone())),
            Row::Event(event) => {
                if let Some(order) = event.what.order {
                    self.orders.entry(order).or_default();
                }
            }
            Row::Entry(_)
            | Row::Published(..)
            | Row::Stored(..)
            | Row::Subscribed(..)
            | Row::Unsubscribed(..)
            | Row::Halted(_)
            | Row::Resumed(_) => {}
        }
    }

    /// Whether nothing goes on by itself any more.
    pub fn is_reached(&self) -> bool {
        self.runs.values().all(|run| run.state.is_terminal())
            && self.messages.values().all(|message| is_settled(message))
            && self.matches.values().all(|matching| !matching.pending)
    }

    /// What parked runs wait for.
    pub fn wanted(&self) -> BTreeSet<Wanted> {
        let wanted = |run: &Arc<Run>| match &run.state {
            RunState::Parked { reason } => match Reason::read(reason) {
                Reason::PluginPaused { plugin } => Some(Wanted::LetGoOn(run.shop, plugin)),
                Reason::DateEmpty { .. } => Some(Wanted::SetDate(run.shop, run.order)),
                _ => None,
            },
            _ => None,
        };
        self.runs.values().filter_map(wanted).collect()
    }

    /// When something is to happen next.
    pub fn next(&self) -> Option<Timestamp> {
        let runs = self.runs.values().filter_map(|run| run.state.wake_at());
        let waiting = self.messages.values().filter(|message| message.state == MessageState::Pending);
        runs.chain(waiting.map(|message| message.next_at)).min()
    }

    /// The liveliest state of an order's runs.
    pub fn state_of(&self, order: OrderId) -> &'static str {
        let of = self.runs.values().filter(|run| run.order == order);
        of.map(|run| liveliness(&run.state)).max().map_or("no-runs", |(_, name)| name)
    }
}

/// States that an order can be in when somebody asks for something; `shop` is none.
pub const STATES: [&str; 7] = ["shop", "no-runs", "ended", "blocked", "scheduled", "waiting", "ready"];

fn liveliness(state: &RunState) -> (usize, &'static str) {
    let name = match state {
        RunState::Blocked { .. } => "blocked",
        RunState::Scheduled { .. } => "scheduled",
        RunState::Waiting { .. } | RunState::Parked { .. } => "waiting",
        RunState::Ready => "ready",
        _ => "ended",
    };
    (STATES.iter().position(|one| *one == name).unwrap_or_default(), name)
}

pub fn is_settled(message: &Message) -> bool {
    !matches!(message.state, MessageState::Pending | MessageState::Sending)
}

#[derive(Default)]
struct Kept {
    trace: Trace,
    /// As of the last commit.
    rest: Rest,
    answers: Vec<(usize, Option<Receipt>)>,
}

/// Where everything that happens is written down.
#[derive(Default)]
pub struct Log(Mutex<Kept>);

impl Log {
    pub fn push(&self, happened: Happened) {
        let mut kept = lock(&self.0);
        match &happened {
            Happened::Committed(commit) => commit.rows.iter().for_each(|row| kept.rest.note(row)),
            Happened::Answered { ask, answer } => kept.answers.push((*ask, answer.clone().ok())),
            _ => {}
        }
        kept.trace.0.push(happened);
    }

    /// Answers since the last look; none is a refusal.
    pub fn take_answers(&self) -> Vec<(usize, Option<Receipt>)> {
        std::mem::take(&mut lock(&self.0).answers)
    }

    pub fn with_rest<T>(&self, look: impl FnOnce(&Rest) -> T) -> T {
        look(&lock(&self.0).rest)
    }

    /// How much has happened.
    pub fn count(&self) -> usize {
        lock(&self.0).trace.0.len()
    }

    pub fn take(&self) -> (Trace, Rest) {
        let Kept { trace, rest, .. } = std::mem::take(&mut *lock(&self.0));
        (trace, rest)
    }
}
