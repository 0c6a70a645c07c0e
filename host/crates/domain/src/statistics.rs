//! Numbers about runs that have ended, counted one by one as storage reads them: memory does not grow with their number.

use std::collections::BTreeMap;

use jiff::{ToSpan, tz::TimeZone};

use crate::{PipelineId, RuleId, Run, Timestamp, plugin::Digest};

mod histogram;
mod spread;
#[cfg(test)]
mod tests;

pub use histogram::Durations;
use histogram::Histogram;
pub use spread::{Bin, Spread};

/// Whose rule it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chain {
    Pipeline(PipelineId),
    Workflow(String),
}

impl Chain {
    pub fn of(run: &Run) -> Chain {
        match &run.workflow {
            None => Chain::Pipeline(run.pipeline.clone()),
            Some(started) => Chain::Workflow(started.workflow.clone()),
        }
    }
}

/// What is counted of a run that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedRun {
    pub ended: Timestamp,
    pub outcome: Outcome,
    /// Milliseconds from when its last step was ready to its end: pauses between tries and waiting for a place included,
    /// what it waited for of its own accord not.
    pub took: u64,
    /// Microseconds in the sandbox, of the steps whose trace is kept.
    pub busy: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Skipped,
    Failed,
    Cancelled,
}

impl Outcome {
    /// Of the name of a state in which a run has ended.
    pub fn named(state: &str) -> Option<Outcome> {
        match state {
            "done" => Some(Outcome::Done),
            "skipped" => Some(Outcome::Skipped),
            "failed" => Some(Outcome::Failed),
            "cancelled" => Some(Outcome::Cancelled),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub done: u64,
    pub skipped: u64,
    pub failed: u64,
    pub cancelled: u64,
}

impl Counts {
    pub fn add(&mut self, outcome: Outcome) {
        self.add_all(outcome, 1);
    }

    pub fn add_all(&mut self, outcome: Outcome, runs: u64) {
        *match outcome {
            Outcome::Done => &mut self.done,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Failed => &mut self.failed,
            Outcome::Cancelled => &mut self.cancelled,
        } += runs;
    }

    pub fn all(&self) -> u64 {
        self.done + self.skipped + self.failed + self.cancelled
    }

    /// Those that had something to do and were let.
    pub fn tried(&self) -> u64 {
        self.done + self.failed
    }

    /// The share of those tried that failed, from 0 to 1; None where none was.
    pub fn failure_rate(&self) -> Option<f64> {
        (self.tried() > 0).then(|| self.failed as f64 / self.tried() as f64)
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.done += other.done;
        self.skipped += other.skipped;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
    }
}

/// Runs that have something in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub counts: Counts,
    /// When the latest ended.
    pub last: Timestamp,
}

impl Group {
    fn add(&mut self, run: &EndedRun) {
        self.counts.add(run.outcome);
        self.last = self.last.max(run.ended);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    Minute,
    Hour,
    Day,
}

impl Bucket {
    /// More bars than a screen has pixels are no picture.
    pub const MOST: usize = 2_000;

    /// When each bucket begins that the time between `from` and `to` touches, by the clocks of the zone: a day may have 23
    /// hours. The error is for people.
    pub fn starts(self, from: Timestamp, to: Timestamp, zone: &str) -> Result<Vec<Timestamp>, String> {
        if from >= to {
            return Err("`from` must be before `to`".to_owned());
        }
        let zone = TimeZone::get(zone).map_err(|error| format!("the shop's time zone: {error}"))?;
        let mut starts = Vec::new();
        let mut at = self.start(from, &zone).ok_or("`from` is in no calendar")?;
        while at < to {
            if starts.len() == Self::MOST {
                return Err(format!(
                    "that is more than {} buckets: take larger ones, or a shorter time",
                    Self::MOST
                ));
            }
            starts.push(at);
            // None: it is the last day of the calendar.
            let Some(next) = self.next(at, &zone) else { break };
            at = next;
        }
        Ok(starts)
    }

    fn start(self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = at.civil()?.to_zoned(zone.clone());
        let offset = i64::from(local.offset().seconds()) * 1000;
        let floor = |width: i64| Timestamp((at.0 + offset).div_euclid(width) * width - offset);
        Some(match self {
            Bucket::Minute => floor(MINUTE),
            Bucket::Hour => floor(60 * MINUTE),
            Bucket::Day => Timestamp(local.start_of_day().ok()?.timestamp().as_millisecond()),
        })
    }

    fn next(self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Bucket::Minute => Some(at.plus(MINUTE)),
            Bucket::Hour => Some(at.plus(60 * MINUTE)),
            Bucket::Day => {
                let date = at.civil()?.to_zoned(zone.clone()).date().checked_add(1.day()).ok()?;
                Some(Timestamp(date.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond()))
            }
        }
    }
}

const MINUTE: i64 = 60_000;

/// What a time in which runs ended comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct RunStatistics {
    pub total: Counts,
    /// By when each begins.
    pub buckets: Vec<(Timestamp, Counts)>,
    /// Microseconds in the sandbox, of runs that came so far.
    pub busy: Durations,
    /// Microseconds from ready to ended, in steps of a thousand, of runs that were not cancelled.
    pub took: Durations,
    pub rules: Vec<(Chain, RuleId, Group)>,
    /// By the component that they ran with.
    pub builds: Vec<(Digest, Group)>,
}

/// Counts.
pub struct Tally {
    starts: Vec<Timestamp>,
    buckets: Vec<Counts>,
    total: Counts,
    busy: Histogram,
    took: Histogram,
    rules: BTreeMap<String, BTreeMap<String, Group>>,
    builds: BTreeMap<String, Group>,
}

impl Tally {
    /// `starts` as [`Bucket::starts`] has them.
    pub fn new(starts: Vec<Timestamp>) -> Tally {
        Tally {
            buckets: vec![Counts::default(); starts.len()],
            starts,
            total: Counts::default(),
            busy: Histogram::default(),
            took: Histogram::default(),
            rules: BTreeMap::new(),
            builds: BTreeMap::new(),
        }
    }

    /// `chain` names whose rule it is, in whatever words: [`Tally::finish`] is told what they mean.
    pub fn add(&mut self, run: &EndedRun, chain: &str, rule: &str, build: &str) {
        self.total.add(run.outcome);
        let place = self.starts.partition_point(|start| *start <= run.ended);
        if let Some(bucket) = place.checked_sub(1).and_then(|place| self.buckets.get_mut(place)) {
            bucket.add(run.outcome);
        }
        if run.busy > 0 {
            self.busy.add(run.busy);
        }
        if run.outcome != Outcome::Cancelled {
            self.took.add(run.took.saturating_mul(1000));
        }
        with(&mut self.rules, chain, |rules| with(rules, rule, |group| group.add(run)));
        with(&mut self.builds, build, |group| group.add(run));
    }

    pub fn finish(self, chain: impl Fn(&str) -> Chain) -> RunStatistics {
        let rules = self.rules.into_iter().flat_map(|(name, rules)| {
            let chain = chain(&name);
            rules.into_iter().map(move |(rule, group)| (chain.clone(), RuleId(rule), group))
        });
        RunStatistics {
            total: self.total,
            buckets: self.starts.into_iter().zip(self.buckets).collect(),
            busy: self.busy.durations(),
            took: self.took.durations(),
            rules: rules.collect(),
            builds: self.builds.into_iter().collect(),
        }
    }
}

/// Most are there already, and then the key is not copied.
pub(crate) fn with<T: Default>(map: &mut BTreeMap<String, T>, key: &str, change: impl FnOnce(&mut T)) {
    match map.get_mut(key) {
        Some(value) => change(value),
        None => change(map.entry(key.to_owned()).or_default()),
    }
}
