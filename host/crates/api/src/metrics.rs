//! What `/metrics` shows. Every label has a closed set of values: a caller cannot make the list grow.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::http::{Method, StatusCode};
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use rulewright_domain::{Flow, Halt, Timestamp};
use rulewright_engine::Load;
use rulewright_ports::TurnedAway;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Labels {
    /// The template of the route, never the path.
    route: String,
    method: Verb,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFlow {
    flow: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfQueue {
    queue: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfWork {
    of: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfBound {
    bound: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfReason {
    reason: &'static str,
}

/// What stands at the door: connections that are open, and what was turned away before anybody looked into it.
#[derive(Clone, Default)]
pub struct DoorMetrics {
    refused: Family<OfReason, Counter>,
    open: Gauge,
}

impl DoorMetrics {
    pub fn refused(&self, why: TurnedAway) {
        self.refused.get_or_create(&OfReason { reason: why.name() }).inc();
    }

    /// Counts one connection for as long as the result lives.
    pub fn connected(&self) -> Open {
        Open::new(&self.open)
    }

    fn register(&self, registry: &mut Registry) {
        // All are shown, so that an alert sees the first.
        for why in TurnedAway::ALL {
            drop(self.refused.get_or_create(&OfReason { reason: why.name() }));
        }
        registry.register("rulewright_http_refused", "Turned away unread", self.refused.clone());
        registry.register("rulewright_http_connections", "Connections open now", self.open.clone());
    }
}

type Seconds = Family<Route, Histogram, fn() -> Histogram>;

#[derive(Clone)]
pub struct HttpMetrics(Arc<Families>);

struct Families {
    requests: Family<Labels, Counter>,
    seconds: Seconds,
    streams: Gauge,
    runs: Family<State, Gauge>,
    messages: Family<State, Gauge>,
    halted: Family<OfFlow, Gauge>,
    overdue: Family<OfQueue, Gauge>,
    backlog: Family<OfWork, Gauge>,
    overloaded: Family<OfBound, Counter>,
    door: DoorMetrics,
    clock: Gauge,
}

impl HttpMetrics {
    pub fn register(registry: &mut Registry, door: DoorMetrics) -> HttpMetrics {
        door.register(registry);
        let all = Families {
            requests: Family::default(),
            // From what a cached read takes to the time limit of a request.
            seconds: Seconds::new_with_constructor(|| {
                Histogram::new([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0])
            }),
            streams: Gauge::default(),
            runs: Family::default(),
            messages: Family::default(),
            halted: Family::default(),
            overdue: Family::default(),
            backlog: Family::default(),
            overloaded: Family::default(),
            clock: Gauge::default(),
            door,
        };
        registry.register("rulewright_http_requests", "Requests answered", all.requests.clone());
        let took = "Time until the answer began";
        registry.register("rulewright_http_request_seconds", took, all.seconds.clone());
        registry.register("rulewright_event_streams", "Event streams open now", all.streams.clone());
        registry.register("rulewright_runs", "Runs of every shop by state", all.runs.clone());
        registry.register("rulewright_messages", "Messages of every shop by state", all.messages.clone());
        registry.register("rulewright_halted", "1 where the operator has halted it", all.halted.clone());
        let late = "Seconds since the first of what waits was due; 0 where nothing is late";
        registry.register("rulewright_overdue_seconds", late, all.overdue.clone());
        registry.register("rulewright_backlog", "What waits in memory for its turn", all.backlog.clone());
        let refused = "Changes from outside that were told to come again because of what waits";
        registry.register("rulewright_overload_refused", refused, all.overloaded.clone());
        let behind = "Seconds by which the clock is behind a time that was known before; 0 where it is not";
        registry.register("rulewright_clock_behind_seconds", behind, all.clock.clone());
        HttpMetrics(Arc::new(all))
    }

    pub fn answered(&self, route: Option<&str>, method: &Method, status: StatusCode, took: Duration) {
        let route = route.unwrap_or("none").to_owned();
        self.0.seconds.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
        let labels = Labels { route, method: verb(method), status: status.as_u16() };
        self.0.requests.get_or_create(&labels).inc();
    }

    pub fn refused(&self, why: TurnedAway) {
        self.0.door.refused(why);
    }

    pub fn count_runs(&self, counts: impl Iterator<Item = (String, u64)>) {
        set(&self.0.runs, counts);
    }

    pub fn count_messages(&self, counts: impl Iterator<Item = (String, u64)>) {
        set(&self.0.messages, counts);
    }

    /// All are shown, so that an alert sees one come back.
    pub fn show_halts(&self, halts: &[Halt]) {
        for flow in Flow::ALL {
            let halted = halts.iter().any(|halt| halt.flow == flow);
            self.0.halted.get_or_create(&OfFlow { flow: flow.name() }).set(i64::from(halted));
        }
    }

    /// Each queue with when the first in it is due.
    pub fn show_queues(&self, now: Timestamp, queues: [(&'static str, Option<Timestamp>); 4]) {
        for (queue, due) in queues {
            let late = due.map_or(0, |due| now.0.saturating_sub(due.0).max(0) / 1_000);
            self.0.overdue.get_or_create(&OfQueue { queue }).set(late);
        }
    }

    /// The engine counts what it refuses, whoever brings it.
    pub fn show_load(&self, load: &Load) {
        for (of, waiting) in [("changes", load.changes), ("steps", load.steps)] {
            let waiting = i64::try_from(waiting).unwrap_or(i64::MAX);
            self.0.backlog.get_or_create(&OfWork { of }).set(waiting);
        }
        for (bound, count) in load.refused {
            let shown = self.0.overloaded.get_or_create(&OfBound { bound: bound.name() });
            shown.inner().store(count, Ordering::Relaxed);
        }
    }

    /// In milliseconds; a second that has begun counts.
    pub fn show_clock(&self, behind: i64) {
        self.0.clock.set(behind.saturating_add(999) / 1_000);
    }

    /// Counts one stream for as long as the result lives.
    pub fn stream(&self) -> Open {
        Open::new(&self.0.streams)
    }
}

/// One more, as long as it lives.
pub struct Open(Gauge);

impl Open {
    fn new(gauge: &Gauge) -> Open {
        gauge.inc();
        Open(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn set(family: &Family<State, Gauge>, counts: impl Iterator<Item = (String, u64)>) {
    let mut sums = std::collections::BTreeMap::<String, u64>::new();
    for (state, count) in counts {
        *sums.entry(state).or_default() += count;
    }
    family.clear();
    for (state, sum) in sums {
        family.get_or_create(&State { state }).set(i64::try_from(sum).unwrap_or(i64::MAX));
    }
}

fn verb(method: &Method) -> Verb {
    match *method {
        Method::GET => Verb::Get,
        Method::POST => Verb::Post,
        Method::PUT => Verb::Put,
        Method::PATCH => Verb::Patch,
        Method::DELETE => Verb::Delete,
        _ => Verb::Other,
    }
}
